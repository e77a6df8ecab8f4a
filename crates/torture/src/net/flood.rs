//! Many connections that keep a server busy with little.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use super::{CLOSED_WITHIN, LATE, Verdict};
use crate::error::Failure;
use crate::target::Target;

/// Connections from one source address: a server may limit those of one address, and the next address comes.
const FROM_ONE_ADDRESS: usize = 500;
/// Time between the drops of a slow connection.
const DROP: Duration = Duration::from_secs(1);
/// How many replies a connection asks for that it does not read.
const UNREAD: usize = 20_000;

/// What the connections do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attack {
    /// A header field a second, and never the last one.
    SlowHeaders,
    /// A byte of the body a second.
    SlowBody,
    /// Many requests, and no reply is read.
    SlowRead,
    /// Nothing.
    Idle,
}

impl Attack {
    const fn name(self) -> &'static str {
        match self {
            Self::SlowHeaders => "slow headers",
            Self::SlowBody => "slow bodies",
            Self::SlowRead => "replies not read",
            Self::Idle => "idle connections",
        }
    }

    fn first(self, key: &str) -> Vec<u8> {
        match self {
            Self::SlowHeaders => b"GET /fapi/v1/ping HTTP/1.1\r\nHost: 127.0.0.1\r\n".to_vec(),
            Self::SlowBody => format!(
                "POST /fapi/v1/order HTTP/1.1\r\nHost: 127.0.0.1\r\nX-MBX-APIKEY: {key}\r\n\
                 Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\n"
            )
            .into_bytes(),
            Self::SlowRead => b"GET /fapi/v1/exchangeInfo HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".repeat(UNREAD),
            Self::Idle => Vec::new(),
        }
    }

    const fn drop(self) -> &'static [u8] {
        match self {
            Self::SlowHeaders => b"X-Slow: 1\r\n",
            Self::SlowBody => b"a",
            Self::SlowRead | Self::Idle => b"",
        }
    }
}

/// The source address of a hostile connection: never that of the honest client.
fn source(number: usize) -> SocketAddr {
    let last = u8::try_from(1 + number / FROM_ONE_ADDRESS).unwrap_or(u8::MAX);
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 66, last)), 0)
}

/// Opens the connections and waits until the server has closed them all, or too long.
pub(super) fn run(attack: Attack, target: &Target, connections: usize) -> Result<Verdict, Failure> {
    let connections = if attack == Attack::SlowRead { connections.min(20) } else { connections };
    let (address, key) = (target.address(), target.account(0).api_key.clone());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::io("threads"))?;
    let ends = runtime.block_on(async {
        let tasks: Vec<_> = (0..connections).map(|number| tokio::spawn(hold(attack, address, number, key.clone()))).collect();
        let mut ends = Vec::new();
        for task in tasks {
            ends.push(task.await.map_err(|error| Failure::Server(error.to_string()))?);
        }
        Ok::<_, Failure>(ends)
    })?;
    let open = ends.iter().filter(|end| end.is_none()).count();
    let longest = ends.iter().flatten().max().copied().unwrap_or_default();
    let (name, seen) = (attack.name(), format!("{} of {connections} closed within {longest:.1?}", connections - open));
    if open > 0 {
        return Ok(Verdict::fail(name, seen, format!("{open} still open after {:?}", CLOSED_WITHIN + LATE)));
    }
    Ok(Verdict::pass(name, seen))
}

/// Holds one connection. How long it lasted, or none when the server keeps it.
async fn hold(attack: Attack, address: SocketAddr, number: usize, key: String) -> Option<Duration> {
    let Ok(mut socket) = connect(attack, address, number).await else { return Some(Duration::ZERO) };
    let begun = Instant::now();
    let patience = tokio::time::sleep(CLOSED_WITHIN + LATE);
    tokio::select! {
        () = patience => return None,
        _ = press(attack, &mut socket, &key) => {}
    }
    Some(begun.elapsed())
}

async fn connect(attack: Attack, address: SocketAddr, number: usize) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    if attack == Attack::SlowRead {
        socket.set_recv_buffer_size(4096)?;
    }
    socket.bind(source(number))?;
    socket.connect(address).await
}

/// Goes on until the server closes.
async fn press(attack: Attack, socket: &mut TcpStream, key: &str) -> io::Result<()> {
    if attack == Attack::SlowRead {
        let (mut read, mut write) = socket.split();
        let _ = write.write_all(&attack.first(key)).await;
        tokio::time::sleep(CLOSED_WITHIN).await;
        return drain(&mut read).await;
    }
    socket.write_all(&attack.first(key)).await?;
    let mut piece = [0; 4096];
    loop {
        match tokio::time::timeout(DROP, socket.read(&mut piece)).await {
            Ok(Ok(0)) => return Ok(()),
            Ok(read) => drop(read?),
            Err(_) => socket.write_all(attack.drop()).await?,
        }
    }
}

/// Reads what is left until the end.
async fn drain(read: &mut (impl AsyncReadExt + Unpin)) -> io::Result<()> {
    let mut piece = vec![0; 1 << 20];
    while read.read(&mut piece).await? > 0 {}
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_closed_connection_is_told_from_an_open_one() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let closing = tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.expect("a connection");
            let mut piece = [0; 100];
            let count = socket.read(&mut piece).await.expect("the first bytes");
            tokio::time::sleep(Duration::from_millis(100)).await;
            piece[..count].to_vec()
        });
        let lasted = hold(Attack::SlowHeaders, address, 0, String::new()).await.expect("closed");
        assert!(lasted >= Duration::from_millis(100), "{lasted:?}");
        assert_eq!(closing.await.expect("read"), Attack::SlowHeaders.first(""));
    }

    #[test]
    fn hostile_connections_come_from_other_addresses_than_the_honest() {
        assert_eq!(
            [0, 499, 500, 1999].map(|number| source(number).ip().to_string()),
            ["127.0.66.1", "127.0.66.1", "127.0.66.2", "127.0.66.4"]
        );
    }
}
