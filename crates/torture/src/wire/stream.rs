//! A connection among many: the same bytes on the event loop.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use super::{http, websocket};

/// Bytes asked of a socket at once.
const PIECE: usize = 64 * 1024;

/// A connection kept open.
#[derive(Debug)]
pub struct Stream {
    socket: TcpStream,
    read: Vec<u8>,
    taken: usize,
    /// The last answer that was no success, as text.
    pub refusal: String,
}

/// What a load needs of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Status code.
    pub status: u16,
    /// The journal index of the change; over a WebSocket there is none.
    pub index: Option<u64>,
}

/// Source addresses of this machine, so that a limit on the connections of one address does not stop a load: so many
/// connections come from each.
const FROM_ONE_ADDRESS: usize = 64;

/// The source address of the n-th of many connections.
#[must_use]
pub fn source(number: usize) -> SocketAddr {
    let last = u8::try_from(2 + number / FROM_ONE_ADDRESS % 200).unwrap_or(2);
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, last)), 0)
}

impl Stream {
    /// Connects from a source address of this machine.
    ///
    /// # Errors
    /// When the server does not take the connection.
    pub async fn open(address: SocketAddr, from: SocketAddr) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind(from)?;
        Self::connect(socket, address).await
    }

    /// Connects a socket that is made ready already.
    ///
    /// # Errors
    /// When the server does not take the connection.
    pub async fn connect(socket: TcpSocket, address: SocketAddr) -> io::Result<Self> {
        let socket = socket.connect(address).await?;
        socket.set_nodelay(true)?;
        Ok(Self { socket, read: Vec::with_capacity(PIECE), taken: 0, refusal: String::new() })
    }

    /// Sends bytes.
    ///
    /// # Errors
    /// When the connection has ended.
    pub async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.socket.write_all(bytes).await
    }

    /// Waits for the next reply of HTTP.
    ///
    /// # Errors
    /// When the connection ends before a whole reply.
    pub async fn reply(&mut self) -> io::Result<Outcome> {
        loop {
            let parsed = http::parse(&self.read[self.taken..]).map_err(io::Error::other)?;
            if let Some(reply) = parsed {
                let outcome = Outcome { status: reply.status, index: reply.index };
                if reply.status >= 400 {
                    self.refusal = String::from_utf8_lossy(&reply.body).into_owned();
                }
                let taken = reply.taken;
                self.take(taken);
                return Ok(outcome);
            }
            self.more().await?;
        }
    }

    /// Waits for the next message of the WebSocket API, answering pings. The status is the one in the message.
    ///
    /// # Errors
    /// When the connection ends, or with a message that has no status.
    pub async fn message(&mut self) -> io::Result<Outcome> {
        loop {
            let parsed = websocket::parse(&self.read[self.taken..]).map_err(io::Error::other)?;
            let Some(frame) = parsed else {
                self.more().await?;
                continue;
            };
            let (kind, taken) = (frame.kind, frame.taken);
            match kind {
                websocket::Kind::Ping => {
                    let mut pong = Vec::new();
                    websocket::write(websocket::Kind::Pong, frame.payload, &mut pong);
                    self.send(&pong).await?;
                }
                websocket::Kind::Close => return Err(io::ErrorKind::ConnectionAborted.into()),
                websocket::Kind::Text | websocket::Kind::Binary => {
                    let status = status_of(frame.payload).ok_or_else(|| io::Error::other("a message without a status"))?;
                    if status >= 400 {
                        self.refusal = String::from_utf8_lossy(frame.payload).into_owned();
                    }
                    self.take(taken);
                    return Ok(Outcome { status, index: None });
                }
                websocket::Kind::Continuation | websocket::Kind::Pong => {}
            }
            self.take(taken);
        }
    }

    /// Turns the connection into a WebSocket.
    ///
    /// # Errors
    /// When the server does not agree.
    pub async fn upgrade(&mut self, host: &str, path: &str) -> io::Result<()> {
        self.send(&websocket::opening(host, path)).await?;
        let reply = self.reply().await?;
        if reply.status == 101 { Ok(()) } else { Err(io::Error::other(format!("{path} answers {} to an upgrade", reply.status))) }
    }

    /// The socket, which does not block, and what was read and not yet taken.
    ///
    /// # Errors
    /// When the event loop does not let go of it.
    pub fn into_socket(self) -> io::Result<(std::net::TcpStream, Vec<u8>)> {
        let rest = self.read[self.taken..].to_vec();
        self.socket.into_std().map(|socket| (socket, rest))
    }

    /// What was read and not yet taken.
    #[must_use]
    pub fn unread(&self) -> &[u8] {
        &self.read[self.taken..]
    }

    /// Leaves the front of what was read behind.
    pub fn take(&mut self, bytes: usize) {
        self.taken += bytes;
        if self.taken == self.read.len() {
            self.read.clear();
            self.taken = 0;
        }
    }

    /// Waits for more bytes.
    ///
    /// # Errors
    /// When the connection ends.
    pub async fn more(&mut self) -> io::Result<usize> {
        if self.taken > PIECE {
            self.read.drain(..self.taken);
            self.taken = 0;
        }
        self.read.reserve(PIECE / 4);
        match self.socket.read_buf(&mut self.read).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            count => Ok(count),
        }
    }
}

/// The number after `"status":`, wherever it stands: reading it so costs less than reading the whole message.
fn status_of(message: &[u8]) -> Option<u16> {
    const NAME: &[u8] = b"\"status\":";
    let places = message.windows(NAME.len()).enumerate().filter(|(_, window)| *window == NAME);
    places.map(|(at, _)| message[at + NAME.len()..].trim_ascii_start()).find_map(|rest| {
        let end = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
        std::str::from_utf8(&rest[..end]).ok()?.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_of_a_message_is_the_number_not_that_of_the_order() {
        let table: [(&str, Option<u16>); 5] = [
            (r#"{"id":1,"result":{"status":"NEW"},"status":503}"#, Some(503)),
            (r#"{"id":1,"status":200,"result":{"status":"NEW"}}"#, Some(200)),
            (r#"{"result":{"status":"NEW"},"id":1}"#, None),
            (r#"{"id":1, "status": 400}"#, Some(400)),
            (r#"{"id":1}"#, None),
        ];
        for (message, expected) in table {
            assert_eq!(status_of(message.as_bytes()), expected, "{message}");
        }
    }

    #[test]
    fn no_source_address_has_more_than_its_share() {
        let last = |number| source(number).ip().to_string();
        assert_eq!([last(0), last(63), last(64), last(255)], ["127.0.0.2", "127.0.0.2", "127.0.0.3", "127.0.0.5"]);
    }
}
