//! Accepting connections, and holding each to its limits.
//!
//! Every connection must send its head, its body and take its answer in time; there are only so many connections in all
//! and per address. A request reaches the service whole, with its body read and the peer's address as
//! [`ConnectInfo`](axum::extract::ConnectInfo) in its extensions. Only HTTP/1 is spoken; WebSocket upgrades pass through and
//! keep their place among the connections until they close. The peer's address is that of the connection: headers such as
//! `X-Forwarded-For` are not believed.
//!
//! | breach | answer |
//! |---|---|
//! | head not complete in time, no request in time, answer not taken in time | connection closed |
//! | address over 8 KiB | 414 |
//! | headers over 16 KiB, or over 100 headers | 431 |
//! | body over 64 KiB | 413, unread when its length is declared |
//! | body not complete in time | 408 |
//! | compressed body | 415 |
//! | too many connections | connection closed |

mod activity;
mod connection;
mod intake;
mod places;

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use http::Request;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tower::Service;
use tracing::{debug, warn};

use connection::serve_connection;
use places::Places;

/// How long to rest when the system has no room for another connection.
const OUT_OF_FILES_REST: Duration = Duration::from_millis(50);

/// Bytes of answers and frames that the system may hold for one connection. Without a bound it takes megabytes, and a
/// client that does not read is noticed only after those.
const SEND_BUFFER: u32 = 256 * 1024;
/// Connections that may wait to be accepted: as many as may come from this machine at once. The system may allow fewer; one
/// beyond them is taken a second later.
const ACCEPT_QUEUE: u32 = 4096;

/// A socket that listens on this address; its connections hold a bounded amount unsent. Called inside a runtime.
///
/// # Errors
/// When the address cannot be had.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(ACCEPT_QUEUE)
}

/// Limits of a listener and its connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListenerLimits {
    /// For the whole head of a request, from the connection's beginning or the request's first byte.
    pub head_time: Duration,
    /// For the whole body of a request.
    pub body_time: Duration,
    /// Between the end of an answer and the next request.
    pub idle_time: Duration,
    /// Between two parts of an answer that the client takes.
    pub write_time: Duration,
    /// For requests under way when the listener stops.
    pub shutdown_time: Duration,
    /// Bytes of a request's address.
    pub uri_bytes: usize,
    /// Bytes of a request's headers.
    pub header_bytes: usize,
    /// Bytes of a request's body.
    pub body_bytes: usize,
    /// Connections in all.
    pub connections: usize,
    /// Connections of one address, as [`super::limits::counted_address`] counts.
    pub connections_per_address: usize,
}

impl ListenerLimits {
    /// The limits for a listener bound to this address. On a loopback address all programs of the machine share one
    /// address, so it may have 4096 connections; elsewhere 100.
    #[must_use]
    pub const fn bound_to(address: IpAddr) -> Self {
        Self {
            head_time: Duration::from_secs(8),
            body_time: Duration::from_secs(8),
            idle_time: Duration::from_secs(75),
            write_time: Duration::from_secs(8),
            shutdown_time: Duration::from_secs(5),
            uri_bytes: 8 * 1024,
            header_bytes: 16 * 1024,
            body_bytes: 64 * 1024,
            connections: 8_192,
            connections_per_address: if address.is_loopback() { 4_096 } else { 100 },
        }
    }
}

/// How a listener ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// Connections that were cut because they did not end in time.
    pub cut: usize,
}

/// Serves connections until `stop` becomes true or its sender is gone. Then no more are accepted, requests under way are
/// answered, and what is left after [`ListenerLimits::shutdown_time`] is cut. Open WebSockets are the service's to close.
///
/// # Errors
/// When the socket fails for good. Errors of single connections and a lack of file descriptors do not end it.
pub async fn serve<S>(
    listener: TcpListener,
    service: S,
    limits: ListenerLimits,
    stop: watch::Receiver<bool>,
) -> io::Result<Stopped>
where
    S: Service<Request<Body>, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let places = Places::new(limits.connections, limits.connections_per_address);
    let mut connections = JoinSet::new();
    let mut stopping = pin!(stopped(stop.clone()));
    loop {
        tokio::select! {
            biased;
            () = &mut stopping => break,
            Some(ended) = connections.join_next() => {
                if let Err(error) = ended {
                    warn!(%error, "a connection ended badly");
                }
            }
            accepted = listener.accept() => {
                if let Some((stream, peer)) = admit(accepted).await? {
                    let Some(place) = places.take(peer.ip()) else {
                        debug!(%peer, "too many connections");
                        continue;
                    };
                    connections.spawn(serve_connection((stream, peer, place), service.clone(), limits, stop.clone()));
                }
            }
        }
    }
    drop(listener);
    Ok(wait_for(connections, limits.shutdown_time).await)
}

/// Waits until the listener is to stop.
async fn stopped(mut stop: watch::Receiver<bool>) {
    // An error means that nobody is left to say so.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// A connection ready to be served; `None` when there is none to serve.
async fn admit(accepted: io::Result<(TcpStream, SocketAddr)>) -> io::Result<Option<(TcpStream, SocketAddr)>> {
    match accepted {
        Ok((stream, peer)) => {
            let ready = stream.set_nodelay(true);
            Ok(ready.ok().map(|()| (stream, peer)))
        }
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Err(error),
        Err(error) => {
            // The peer went away at once, or there is no file descriptor left: both pass.
            warn!(%error, "a connection was not accepted");
            tokio::time::sleep(OUT_OF_FILES_REST).await;
            Ok(None)
        }
    }
}

async fn wait_for(mut connections: JoinSet<()>, time: Duration) -> Stopped {
    let all = async { while connections.join_next().await.is_some() {} };
    let in_time = tokio::time::timeout(time, all).await;
    let cut = if in_time.is_ok() { 0 } else { connections.len() };
    connections.shutdown().await;
    Stopped { cut }
}
