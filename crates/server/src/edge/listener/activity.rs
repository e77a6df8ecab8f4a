//! What a connection is doing, and until when it may.
//!
//! The stream and the body of the answer report; the connection's task asks. All of them run within one task, so every
//! change is seen before the task sleeps.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::{Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::ListenerLimits;
use super::places::Place;

#[derive(Clone, Copy, Debug)]
enum Phase {
    /// Waiting for a request since then.
    Idle(Instant),
    /// The head of a request has been coming since then.
    Head(Instant),
    /// The service has the request.
    Serving,
    /// The answer is being sent; its last part was taken then.
    Answering(Instant),
    /// The service gave its whole answer; what is left is in a buffer. Its last part was taken then.
    Flushing(Instant),
}

/// What a connection is doing.
#[derive(Clone, Debug)]
pub(super) struct Activity {
    phase: Arc<Mutex<Phase>>,
    limits: ListenerLimits,
}

impl Activity {
    /// A new connection owes a head.
    pub(super) fn new(limits: ListenerLimits) -> Self {
        Self { phase: Arc::new(Mutex::new(Phase::Head(Instant::now()))), limits }
    }

    /// When the connection is to be closed unless something happens; `None` while the service works.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let phase = *self.phase.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, time) = match phase {
            Phase::Serving => return None,
            Phase::Idle(since) => (since, self.limits.idle_time),
            Phase::Head(since) => (since, self.limits.head_time),
            Phase::Answering(since) | Phase::Flushing(since) => (since, self.limits.write_time),
        };
        since.checked_add(time)
    }

    fn change(&self, next: impl FnOnce(Phase) -> Phase) {
        let mut phase = self.phase.lock().unwrap_or_else(PoisonError::into_inner);
        *phase = next(*phase);
    }

    pub(super) fn serving(&self) {
        self.change(|_| Phase::Serving);
    }

    pub(super) fn answering(&self) {
        self.change(|_| Phase::Answering(Instant::now()));
    }

    fn answer_given(&self) {
        self.change(|phase| match phase {
            Phase::Answering(since) => Phase::Flushing(since),
            other @ (Phase::Idle(_) | Phase::Head(_) | Phase::Serving | Phase::Flushing(_)) => other,
        });
    }

    fn received(&self) {
        self.change(|phase| match phase {
            Phase::Idle(_) => Phase::Head(Instant::now()),
            other @ (Phase::Head(_) | Phase::Serving | Phase::Answering(_) | Phase::Flushing(_)) => other,
        });
    }

    fn sent(&self) {
        self.change(|phase| match phase {
            Phase::Answering(_) => Phase::Answering(Instant::now()),
            Phase::Flushing(_) => Phase::Flushing(Instant::now()),
            other @ (Phase::Idle(_) | Phase::Head(_) | Phase::Serving) => other,
        });
    }

    fn flushed(&self) {
        self.change(|phase| match phase {
            Phase::Flushing(_) => Phase::Idle(Instant::now()),
            other @ (Phase::Idle(_) | Phase::Head(_) | Phase::Serving | Phase::Answering(_)) => other,
        });
    }
}

/// A connection's stream that reports what it does, and that holds the connection's place as long as it lives.
#[derive(Debug)]
pub(super) struct WatchedStream {
    pub(super) stream: TcpStream,
    pub(super) activity: Activity,
    pub(super) _place: Place,
}

impl AsyncRead for WatchedStream {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let polled = Pin::new(&mut this.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            this.activity.received();
        }
        polled
    }
}

impl AsyncWrite for WatchedStream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.stream).poll_write(context, bytes);
        if polled.is_ready() {
            this.activity.sent();
        }
        polled
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.stream).poll_write_vectored(context, slices);
        if polled.is_ready() {
            this.activity.sent();
        }
        polled
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// Called when nothing is left in the buffer above.
    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.stream).poll_flush(context);
        if polled.is_ready() {
            this.activity.flushed();
        }
        polled
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

/// The body of an answer that reports when it was given whole.
pub(super) struct WatchedBody {
    body: UnsyncBoxBody<Bytes, axum::Error>,
    activity: Activity,
}

impl WatchedBody {
    pub(super) fn new(body: Body, activity: Activity) -> Self {
        Self { body: UnsyncBoxBody::new(body), activity }
    }
}

impl HttpBody for WatchedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for WatchedBody {
    fn drop(&mut self) {
        self.activity.answer_given();
    }
}
