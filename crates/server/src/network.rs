//! From the network to the calls and streams, and back.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::api::app::App;
use crate::api::http::respond;
use crate::edge::error::{ApiError, Code};
use crate::edge::guard::{HostPolicy, Privacy, check_origin, secure_headers};
use crate::edge::listener::{ListenerLimits, Stopped, serve};
use crate::page;
use crate::stream;

/// How long sockets have to say goodbye.
const GOODBYE: Duration = Duration::from_secs(2);

/// What every connection shares.
struct Entrance {
    app: Arc<App>,
    hosts: HostPolicy,
    limits: ListenerLimits,
    stop: watch::Receiver<bool>,
}

/// Serves calls and streams until it is told to stop.
///
/// # Errors
/// When the socket fails.
pub async fn run(listener: TcpListener, app: Arc<App>, hosts: HostPolicy, stop: watch::Receiver<bool>) -> io::Result<Stopped> {
    let limits = ListenerLimits::bound_to(listener.local_addr()?.ip());
    let hub = Arc::clone(&app.hub);
    let entrance = Arc::new(Entrance { app, hosts, limits, stop: stop.clone() });
    let service = Router::new().fallback(enter).with_state(entrance);
    let stopped = serve(listener, service, limits, stop).await;
    hub.closed(GOODBYE).await;
    stopped
}

async fn enter(State(entrance): State<Arc<Entrance>>, ConnectInfo(peer): ConnectInfo<SocketAddr>, request: Request) -> Response {
    let is_public = is_public(request.uri().path());
    let mut response = match admit(&entrance, request, peer).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    };
    secure_headers(response.headers_mut(), if is_public { Privacy::Public } else { Privacy::Private });
    response
}

/// Whether an answer is the same for everybody and may be kept.
fn is_public(path: &str) -> bool {
    !(path.starts_with("/fapi") || path.starts_with("/dapi") || path.starts_with("/local"))
}

async fn admit(entrance: &Entrance, request: Request, peer: SocketAddr) -> Result<Response, ApiError> {
    let (parts, body) = request.into_parts();
    entrance.hosts.check(&parts)?;
    check_origin(&parts)?;
    if let Some(route) = stream::route(&parts)? {
        return Ok(stream::upgrade(Arc::clone(&entrance.app), peer.ip(), parts, (route, entrance.stop.clone())).await);
    }
    if let Some(page) = page::respond(&parts) {
        return Ok(page);
    }
    let body = to_bytes(body, entrance.limits.body_bytes).await.map_err(|_| ApiError::of(Code::InvalidData))?;
    Ok(respond(Arc::clone(&entrance.app), peer, parts, body).await)
}
