//! Requests of one connection that are not answered yet.

use std::future::{Future, ready};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

type Request<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Requests under way: begun in the order they came, answered as they are done.
pub(super) struct UnderWay<T>(FuturesUnordered<Request<T>>);

impl<T: Send + 'static> UnderWay<T> {
    pub(super) fn new() -> Self {
        Self(FuturesUnordered::new())
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Begins a request: when this returns, it has come as far as it comes without waiting. A command is in the sequencer's
    /// queue then, before that of any later request.
    pub(super) fn begin(&mut self, request: impl Future<Output = T> + Send + 'static) {
        let mut request: Request<T> = Box::pin(request);
        // Nobody need be woken: what is put below is asked again.
        self.0.push(match request.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => Box::pin(ready(answer)),
            Poll::Pending => request,
        });
    }

    /// The next answer; never, as long as nothing is asked.
    pub(super) async fn next(&mut self) -> T {
        match self.0.next().await {
            Some(answer) => answer,
            None => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tokio::sync::oneshot;

    use super::UnderWay;

    #[tokio::test]
    async fn requests_begin_in_their_order_and_are_answered_as_they_are_done() {
        let (mut under_way, begun) = (UnderWay::new(), Arc::new(Mutex::new(Vec::new())));
        let mut senders = Vec::new();
        for number in 0..3 {
            let (sender, done) = oneshot::channel::<()>();
            let list = Arc::clone(&begun);
            under_way.begin(async move {
                list.lock().unwrap().push(number);
                done.await.map(|()| number).ok()
            });
            senders.push(sender);
            assert_eq!(*begun.lock().unwrap(), (0..=number).collect::<Vec<_>>(), "begun before the next one is read");
        }
        under_way.begin(async { Some(3) });
        assert_eq!((under_way.len(), under_way.next().await), (4, Some(3)));
        for (number, sender) in senders.into_iter().enumerate().rev() {
            sender.send(()).unwrap();
            assert_eq!(under_way.next().await, Some(number));
        }
        assert_eq!(under_way.len(), 0);
    }
}
