//! One connection, from its first byte to its end or upgrade.

use std::convert::Infallible;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::pin;
use std::task::Poll;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::{IntoResponse, Response};
use http::header::{CONNECTION, HeaderValue};
use http::{Request, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, Sleep, sleep_until};
use tower::{Service, ServiceExt};
use tracing::debug;

use super::activity::{Activity, WatchedBody, WatchedStream};
use super::intake::take_in;
use super::places::Place;
use super::{ListenerLimits, stopped};

/// Room for the request line beyond its address, and for the end of the head.
const REQUEST_LINE_BYTES: usize = 1024;
/// Least buffer that hyper takes.
const LEAST_BUFFER: usize = 8192;
/// A head this many times over its limits is answered by hyper alone (431), a lesser one by [`take_in`].
const HEAD_SLACK: usize = 2;

/// Serves a connection until it ends, is upgraded, breaks a limit of time, or the listener stops.
pub(super) async fn serve_connection<S>(
    (stream, peer, place): (TcpStream, SocketAddr, Place),
    service: S,
    limits: ListenerLimits,
    stop: watch::Receiver<bool>,
) where
    S: Service<Request<Body>, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let activity = Activity::new(limits);
    let answered = activity.clone();
    let service = service_fn(move |request| answer(request, (service.clone(), peer), limits, answered.clone()));
    let stream = TokioIo::new(WatchedStream { stream, activity: activity.clone(), _place: place });
    let head_bytes = limits.uri_bytes.saturating_add(limits.header_bytes).saturating_add(REQUEST_LINE_BYTES);
    let mut builder = http1::Builder::new();
    builder.header_read_timeout(None).max_buf_size(head_bytes.saturating_mul(HEAD_SLACK).max(LEAST_BUFFER));
    let mut connection = pin!(builder.serve_connection(stream, service).with_upgrades());
    let mut timer = pin!(sleep_until(Instant::now()));
    let mut stopping = pin!(stopped(stop));
    let mut told = false;
    poll_fn(|context| {
        if !told && stopping.as_mut().poll(context).is_ready() {
            told = true;
            connection.as_mut().graceful_shutdown();
        }
        if let Poll::Ready(ended) = connection.as_mut().poll(context) {
            if let Err(error) = ended {
                debug!(%peer, %error, "connection ended");
            }
            return Poll::Ready(());
        }
        poll_deadline(&activity, timer.as_mut(), context)
    })
    .await;
}

/// Ready when the connection has been doing what it does for too long. Asked after every step of the connection.
fn poll_deadline(activity: &Activity, mut timer: std::pin::Pin<&mut Sleep>, context: &mut std::task::Context<'_>) -> Poll<()> {
    let Some(deadline) = activity.deadline() else { return Poll::Pending };
    if timer.deadline() != deadline {
        timer.as_mut().reset(deadline);
    }
    timer.poll(context)
}

/// Takes the request in, has it served, and reports the answer's progress.
async fn answer<S>(
    request: Request<Incoming>,
    (service, peer): (S, SocketAddr),
    limits: ListenerLimits,
    activity: Activity,
) -> Result<http::Response<WatchedBody>, Infallible>
where
    S: Service<Request<Body>, Response = Response, Error = Infallible> + Send,
    S::Future: Send,
{
    activity.serving();
    let response = match take_in(request, &limits).await {
        Ok(mut request) => {
            request.extensions_mut().insert(ConnectInfo(peer));
            service.oneshot(request).await.unwrap_or_else(|never| match never {})
        }
        Err(error) => {
            // What is left of the request is not read, so the connection cannot serve another.
            let mut response = error.into_response();
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            response
        }
    };
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        activity.answering();
    }
    let given = activity.clone();
    Ok(response.map(|body| WatchedBody::new(body, given)))
}
