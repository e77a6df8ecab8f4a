//! What waits to be sent on one connection.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::extract::ws::Utf8Bytes;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// What a frame costs beside its text.
const FRAME_COST: usize = 32;

/// How a connection ends from this side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Its client reads too slowly: what waited was dropped.
    Overflow,
    /// After what waits, with this code and reason.
    Close(u16, &'static str),
}

/// How frames are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As they are.
    Raw,
    /// With the name of their stream.
    Combined,
}

/// Frames on their way to one connection. Whoever fills it never waits.
#[derive(Debug)]
pub struct Outbox {
    id: u64,
    limit: usize,
    combined: AtomicBool,
    waiting: Mutex<Waiting>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    frames: VecDeque<Utf8Bytes>,
    /// Of the frames, and of those taken but not written yet.
    bytes: usize,
    haste: Haste,
    taker: Taker,
    end: Option<End>,
}

/// What the connection does. One that rests comes by itself: to wake it for what may wait costs more than the frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Taker {
    #[default]
    Waits,
    Rests,
}

/// Whether what waits may wait for more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Haste {
    #[default]
    None,
    /// Somebody waits for one of the frames.
    Now,
}

/// What a connection has to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// To write these frames, and say so: they cost so much.
    Write(VecDeque<Utf8Bytes>, usize),
    /// To end.
    End(End),
}

impl Outbox {
    /// An empty one that takes so many bytes.
    #[must_use]
    pub fn new(id: u64, limit: usize) -> Self {
        Self { id, limit, combined: AtomicBool::new(false), waiting: Mutex::default(), wake: Notify::new() }
    }

    /// The number of its connection.
    #[must_use]
    pub const fn id(&self) -> u64 {
        self.id
    }

    /// Whether its frames are told with the name of their stream.
    #[must_use]
    pub fn is_combined(&self) -> bool {
        self.combined.load(Ordering::Relaxed)
    }

    /// Tells frames in this form from now on.
    pub(super) fn set_form(&self, form: Form) {
        self.combined.store(form == Form::Combined, Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a frame in that may wait for more. One that does not fit any more ends the connection.
    pub fn push(&self, frame: Utf8Bytes) {
        self.put(frame, Haste::None);
    }

    /// Puts a frame in that somebody waits for: an answer, or what became of an order.
    pub(super) fn push_now(&self, frame: Utf8Bytes) {
        self.put(frame, Haste::Now);
    }

    fn put(&self, frame: Utf8Bytes, haste: Haste) {
        let mut waiting = self.lock();
        if waiting.end.is_some() {
            return;
        }
        waiting.bytes = waiting.bytes.saturating_add(frame.as_str().len()).saturating_add(FRAME_COST);
        if waiting.bytes > self.limit {
            waiting.end = Some(End::Overflow);
            waiting.frames = VecDeque::new();
        } else {
            waiting.frames.push_back(frame);
            if waiting.frames.len() > 1 && haste <= waiting.haste {
                // All that waits is taken at once, and an earlier one has woken the taker.
                return;
            }
            waiting.haste = haste;
            if haste == Haste::None && waiting.taker == Taker::Rests {
                return;
            }
        }
        drop(waiting);
        self.wake.notify_one();
    }

    /// Ends the connection once what waits is sent.
    pub(super) fn close(&self, code: u16, reason: &'static str) {
        self.lock().end.get_or_insert(End::Close(code, reason));
        self.wake.notify_one();
    }

    /// The next thing to do; what may wait is not done before `from`.
    pub(super) async fn next(&self, from: Option<Instant>) -> Task {
        if let Some(from) = from {
            self.lock().taker = Taker::Rests;
            tokio::select! {
                () = sleep_until(from) => {}
                () = self.hurried() => {}
            }
        }
        self.lock().taker = Taker::Waits;
        loop {
            if let Some(task) = self.task() {
                return task;
            }
            self.wake.notified().await;
        }
    }

    /// Ready when there is something that must not wait.
    async fn hurried(&self) {
        while !self.hurries() {
            self.wake.notified().await;
        }
    }

    fn hurries(&self) -> bool {
        let waiting = self.lock();
        waiting.haste == Haste::Now || waiting.end.is_some()
    }

    fn task(&self) -> Option<Task> {
        let mut waiting = self.lock();
        if !waiting.frames.is_empty() {
            let frames = std::mem::take(&mut waiting.frames);
            waiting.haste = Haste::None;
            let cost =
                frames.iter().fold(0_usize, |sum, frame| sum.saturating_add(frame.as_str().len()).saturating_add(FRAME_COST));
            return Some(Task::Write(frames, cost));
        }
        waiting.end.map(Task::End)
    }

    /// Frames of this cost were written.
    pub(super) fn written(&self, cost: usize) {
        let mut waiting = self.lock();
        waiting.bytes = waiting.bytes.saturating_sub(cost);
    }

    /// Ready when its client turned out to read too slowly.
    pub(super) async fn overflowed(&self) {
        while self.lock().end != Some(End::Overflow) {
            self.wake.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    fn frame(bytes: usize) -> Utf8Bytes {
        Utf8Bytes::from("x".repeat(bytes))
    }

    #[tokio::test]
    async fn frames_count_until_they_are_written() {
        let outbox = Outbox::new(1, 300);
        outbox.push(frame(100));
        outbox.push(frame(100));
        let Task::Write(frames, cost) = outbox.next(None).await else { panic!("nothing to write") };
        assert_eq!((frames.len(), cost), (2, 264));
        outbox.written(cost);
        outbox.push(frame(200));
        assert!(matches!(outbox.next(None).await, Task::Write(..)));
        outbox.push(frame(100));
        assert_eq!(outbox.next(None).await, Task::End(End::Overflow));
        outbox.overflowed().await;
    }

    #[tokio::test]
    async fn what_may_wait_does_and_what_must_not_takes_it_along() {
        let outbox = Outbox::new(1, 1_000);
        let (moment, patience, long) = (Duration::from_millis(20), Duration::from_secs(5), Duration::from_secs(60));
        outbox.push(frame(1));
        let mut waits = pin!(outbox.next(Some(Instant::now() + long)));
        assert!(timeout(moment, &mut waits).await.is_err(), "it may wait");
        outbox.push(frame(1));
        assert!(timeout(moment, &mut waits).await.is_err(), "and so may another");
        outbox.push_now(frame(1));
        let Ok(Task::Write(frames, _)) = timeout(patience, waits).await else { panic!("it does not wait") };
        assert_eq!(frames.len(), 3);
        outbox.push(frame(1));
        let from = Instant::now() + moment;
        assert!(matches!(outbox.next(Some(from)).await, Task::Write(frames, _) if frames.len() == 1));
        assert!(Instant::now() >= from);
        outbox.close(1008, "a reason");
        let end = timeout(patience, outbox.next(Some(Instant::now() + long))).await;
        assert_eq!(end, Ok(Task::End(End::Close(1008, "a reason"))), "an end does not wait");
    }

    #[tokio::test]
    async fn what_waits_is_written_before_the_end() {
        let outbox = Outbox::new(1, 300);
        outbox.push(frame(1));
        outbox.close(1008, "a reason");
        outbox.push(frame(1));
        assert!(matches!(outbox.next(None).await, Task::Write(frames, _) if frames.len() == 1));
        assert_eq!(outbox.next(None).await, Task::End(End::Close(1008, "a reason")));
    }
}
