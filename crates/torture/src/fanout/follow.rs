//! Subscribers that read whatever comes.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::Failure;
use crate::wire::stream::{self, Stream};
use crate::wire::websocket::{self, Kind};

/// Sources of the subscribers begin here: those of the orders come before.
const FIRST_SOURCE: usize = 1000;
/// Time between two looks at the sockets.
const PAUSE: Duration = Duration::from_millis(1);
/// Bytes asked of a socket at once.
const PIECE: usize = 256 * 1024;

/// Who is to follow what.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) address: SocketAddr,
    pub(super) streams: Vec<String>,
    pub(super) subscribers: usize,
}

/// What subscribers received.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Received {
    pub(super) messages: u64,
    pub(super) bytes: u64,
    pub(super) reads: u64,
    pub(super) lost: u64,
}

impl Received {
    pub(super) const fn add(&mut self, other: Self) {
        self.messages += other.messages;
        self.bytes += other.bytes;
        self.reads += other.reads;
        self.lost += other.lost;
    }
}

/// What all subscribers received, and what the first of them was told.
#[derive(Clone, Debug, Default)]
pub(super) struct Followed {
    pub(super) received: Received,
    pub(super) told: Vec<(Instant, String)>,
}

/// Subscribes and reads until the end. The sockets are looked at in turn: nobody sleeps on them, so waking the reader is not part of
/// what a server pays.
pub(super) fn follow(wanted: &Wanted, end: Instant) -> Result<Followed, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::io("threads"))?;
    let subscribed = runtime.block_on(async {
        let mut readers = Vec::new();
        for number in 0..wanted.subscribers {
            let (socket, unread) = subscribe(wanted, number).await?.into_socket()?;
            let told = (number == 0).then(Vec::new);
            readers.push(Reader { socket, unread, received: Received::default(), told, state: State::Open });
        }
        Ok(readers)
    });
    let mut readers = subscribed.map_err(Failure::io("a subscription"))?;
    let mut piece = vec![0; PIECE];
    while Instant::now() < end {
        for reader in &mut readers {
            reader.look(&mut piece);
        }
        thread::sleep(PAUSE);
    }
    let mut all = Followed::default();
    for one in readers {
        all.received.add(Received { lost: u64::from(one.state == State::Lost), ..one.received });
        all.told.extend(one.told.into_iter().flatten());
    }
    Ok(all)
}

/// Opens a WebSocket that follows streams.
async fn subscribe(wanted: &Wanted, number: usize) -> io::Result<Stream> {
    let mut subscribed = Stream::open(wanted.address, stream::source(FIRST_SOURCE + number)).await?;
    subscribed.upgrade(&wanted.address.to_string(), "/ws").await?;
    let request = serde_json::json!({"method": "SUBSCRIBE", "params": wanted.streams, "id": 1});
    let mut frame = Vec::new();
    websocket::write(Kind::Text, request.to_string().as_bytes(), &mut frame);
    subscribed.send(&frame).await?;
    Ok(subscribed)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    Lost,
}

struct Reader {
    socket: TcpStream,
    unread: Vec<u8>,
    received: Received,
    told: Option<Vec<(Instant, String)>>,
    state: State,
}

impl Reader {
    /// Reads what is there.
    fn look(&mut self, piece: &mut [u8]) {
        while self.state == State::Open {
            match self.socket.read(piece) {
                Ok(0) => self.state = State::Lost,
                Ok(count) => {
                    self.received.reads += 1;
                    self.unread.extend_from_slice(&piece[..count]);
                    if self.take().is_err() {
                        self.state = State::Lost;
                    }
                    if count < piece.len() {
                        return;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(_) => self.state = State::Lost,
            }
        }
    }

    /// Counts what was read. The answer to the subscription is no message.
    fn take(&mut self) -> io::Result<()> {
        let mut taken = 0;
        while let Some(frame) = websocket::parse(&self.unread[taken..]).map_err(io::Error::other)? {
            match frame.kind {
                Kind::Text | Kind::Binary if frame.payload.starts_with(br#"{"result""#) => {}
                Kind::Text | Kind::Binary => {
                    self.received.messages += 1;
                    self.received.bytes += frame.payload.len() as u64;
                    if let Some(told) = &mut self.told {
                        told.push((Instant::now(), String::from_utf8_lossy(frame.payload).into_owned()));
                    }
                }
                Kind::Ping => {
                    let mut pong = Vec::new();
                    websocket::write(Kind::Pong, frame.payload, &mut pong);
                    self.socket.write_all(&pong)?;
                }
                Kind::Close => return Err(io::ErrorKind::ConnectionAborted.into()),
                Kind::Continuation | Kind::Pong => {}
            }
            taken += frame.taken;
        }
        self.unread.drain(..taken);
        Ok(())
    }
}
