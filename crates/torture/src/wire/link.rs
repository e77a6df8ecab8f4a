//! A connection that waits: one request, one reply.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

use super::http;

/// Most bytes a reply may have.
const LONGEST_REPLY: usize = 16 << 20;

/// A reply that has left its buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// The journal index of the change.
    pub index: Option<u64>,
    /// What the server does with the connection.
    pub after: http::After,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON; null when it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The body as text, for messages.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A connection kept open.
#[derive(Debug)]
pub struct Link {
    socket: TcpStream,
    read: Vec<u8>,
}

impl Link {
    /// Connects. `patience` bounds each wait for the server.
    ///
    /// # Errors
    /// When the server does not take the connection.
    pub fn open(address: SocketAddr, patience: Duration) -> io::Result<Self> {
        let socket = TcpStream::connect_timeout(&address, patience)?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(patience))?;
        socket.set_write_timeout(Some(patience))?;
        Ok(Self { socket, read: Vec::new() })
    }

    /// Sends a request and waits for its reply.
    ///
    /// # Errors
    /// When the connection ends or stays silent before a whole reply. Whether the server acted is then unknown.
    pub fn ask(&mut self, request: &[u8]) -> io::Result<Answer> {
        self.send(request)?;
        self.answer()
    }

    /// Sends bytes.
    ///
    /// # Errors
    /// When the connection has ended.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.socket.write_all(bytes)
    }

    /// Waits for the next reply.
    ///
    /// # Errors
    /// When the connection ends or stays silent before a whole reply.
    pub fn answer(&mut self) -> io::Result<Answer> {
        loop {
            let parsed = http::parse(&self.read).map_err(io::Error::other)?;
            if let Some(http::Reply { status, index, after, body, taken }) = parsed {
                let answer = Answer { status, index, after, body: body.into_owned() };
                self.read.drain(..taken);
                return Ok(answer);
            }
            if self.read.len() > LONGEST_REPLY {
                return Err(io::Error::other("a reply longer than 16 MiB"));
            }
            let mut piece = [0; 16 * 1024];
            let count = self.socket.read(&mut piece)?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.read.extend_from_slice(&piece[..count]);
        }
    }

    /// Asks for a public or local resource.
    ///
    /// # Errors
    /// As [`Link::ask`].
    pub fn get(&mut self, path: &str) -> io::Result<Answer> {
        let host = self.socket.peer_addr()?;
        self.ask(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes())
    }
}
