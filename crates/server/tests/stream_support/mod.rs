//! A WebSocket client that waits for what a test expects.
#![allow(dead_code, reason = "each test uses a part")]

use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::handshake::HandshakeError;
use tokio_tungstenite::tungstenite::protocol::WebSocket;
use tokio_tungstenite::tungstenite::{Error, Message, client};

/// How long a test waits for anything.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// A connection.
pub(crate) struct Socket {
    inner: WebSocket<TcpStream>,
    /// What came while something else was waited for.
    kept: Vec<Value>,
}

/// What ended a connection: its code, or 0 where it was cut.
pub(crate) type Code = u16;

impl Socket {
    /// Connects to a path.
    pub(crate) fn open(address: SocketAddr, path: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        stream.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
        let (inner, _) = client(format!("ws://{address}{path}"), stream).unwrap();
        Self { inner, kept: Vec::new() }
    }

    /// The status of an answer that is no upgrade.
    pub(crate) fn refused(address: SocketAddr, path: &str) -> u16 {
        let stream = TcpStream::connect(address).unwrap();
        match client(format!("ws://{address}{path}"), stream) {
            Err(HandshakeError::Failure(Error::Http(answer))) => answer.status().as_u16(),
            Ok(_) => panic!("{path} is served"),
            Err(error) => panic!("{path}: {error}"),
        }
    }

    pub(crate) fn send(&mut self, message: Message) {
        self.inner.send(message).unwrap();
    }

    pub(crate) fn say(&mut self, message: &Value) {
        self.send(Message::text(message.to_string()));
    }

    /// Says something, unless the connection takes no more.
    pub(crate) fn try_say(&mut self, message: &Value) -> bool {
        self.inner.send(Message::text(message.to_string())).is_ok()
    }

    /// The next message: JSON, the code of the end, or nothing in time.
    fn next(&mut self) -> Option<Result<Value, Code>> {
        match self.inner.read() {
            Ok(Message::Text(text)) => Some(Ok(serde_json::from_str(text.as_str()).unwrap())),
            Ok(Message::Close(frame)) => Some(Err(frame.map_or(0, |frame| frame.code.into()))),
            Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => None,
            Err(Error::Io(error)) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {
                None
            }
            Err(_) => Some(Err(0)),
        }
    }

    /// The next message that fits; the others are kept.
    pub(crate) fn wait(&mut self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.kept.iter().position(&fits) {
            return self.kept.remove(at);
        }
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            match self.next() {
                Some(Ok(value)) if fits(&value) => return value,
                Some(Ok(value)) => self.kept.push(value),
                Some(Err(code)) => panic!("closed with {code} while waiting for {what}"),
                None => {}
            }
        }
        panic!("no {what} in time; kept {:?}", self.kept.iter().rev().take(3).collect::<Vec<_>>())
    }

    /// The next event of this kind.
    pub(crate) fn event(&mut self, kind: &str) -> Value {
        self.wait(kind, |value| value["e"] == kind)
    }

    /// Says something and waits for the answer with its id.
    pub(crate) fn ask(&mut self, message: &Value) -> Value {
        self.say(message);
        let id = message["id"].clone();
        self.wait("answer", |value| value.get("id") == Some(&id) && value.get("e").is_none())
    }

    pub(crate) fn subscribe(&mut self, streams: &[&str]) {
        let answer = self.ask(&json!({ "method": "SUBSCRIBE", "params": streams, "id": 4711 }));
        assert_eq!(answer, json!({ "result": null, "id": 4711 }));
    }

    /// Everything that comes within this time.
    pub(crate) fn gather(&mut self, time: Duration) -> Vec<Value> {
        let until = Instant::now() + time;
        let mut gathered = std::mem::take(&mut self.kept);
        while Instant::now() < until {
            match self.next() {
                Some(Ok(value)) => gathered.push(value),
                Some(Err(code)) => panic!("closed with {code}"),
                None => {}
            }
        }
        gathered
    }

    /// How the connection ends.
    pub(crate) fn end(&mut self) -> Code {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            if let Some(Err(code)) = self.next() {
                return code;
            }
        }
        panic!("the connection goes on")
    }
}

pub(crate) fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis().try_into().unwrap()
}
