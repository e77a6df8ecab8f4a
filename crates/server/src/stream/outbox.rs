//! What waits to be sent on one connection.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::extract::ws::Utf8Bytes;
use tokio::sync::Notify;

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
    end: Option<End>,
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

    /// Puts a frame in. One that does not fit any more ends the connection.
    pub fn push(&self, frame: Utf8Bytes) {
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
        }
        drop(waiting);
        self.wake.notify_one();
    }

    /// Ends the connection once what waits is sent.
    pub(super) fn close(&self, code: u16, reason: &'static str) {
        self.lock().end.get_or_insert(End::Close(code, reason));
        self.wake.notify_one();
    }

    /// The next thing to do.
    pub(super) async fn next(&self) -> Task {
        loop {
            if let Some(task) = self.task() {
                return task;
            }
            self.wake.notified().await;
        }
    }

    fn task(&self) -> Option<Task> {
        let mut waiting = self.lock();
        if !waiting.frames.is_empty() {
            let frames = std::mem::take(&mut waiting.frames);
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
    use super::*;

    fn frame(bytes: usize) -> Utf8Bytes {
        Utf8Bytes::from("x".repeat(bytes))
    }

    #[tokio::test]
    async fn frames_count_until_they_are_written() {
        let outbox = Outbox::new(1, 300);
        outbox.push(frame(100));
        outbox.push(frame(100));
        let Task::Write(frames, cost) = outbox.next().await else { panic!("nothing to write") };
        assert_eq!((frames.len(), cost), (2, 264));
        outbox.written(cost);
        outbox.push(frame(200));
        assert!(matches!(outbox.next().await, Task::Write(..)));
        outbox.push(frame(100));
        assert_eq!(outbox.next().await, Task::End(End::Overflow));
        outbox.overflowed().await;
    }

    #[tokio::test]
    async fn what_waits_is_written_before_the_end() {
        let outbox = Outbox::new(1, 300);
        outbox.push(frame(1));
        outbox.close(1008, "a reason");
        outbox.push(frame(1));
        assert!(matches!(outbox.next().await, Task::Write(frames, _) if frames.len() == 1));
        assert_eq!(outbox.next().await, Task::End(End::Close(1008, "a reason")));
    }
}
