//! A second exchange beside the first, for snapshots.
//!
//! It reads the journal as it grows, executes every record again and compares the outcome: so a snapshot never stops the exchange, and what
//! recovery would do is done all the time. It costs the memory of a second state and, at load, the share of a core that execution takes.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use ringfence_journal::{Batches, Position, Reader, RecordKind, Snapshot};

use crate::exchange::World;
use crate::start::{StartError, section};
use crate::users::Note;

/// When snapshots are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapshotTerms {
    /// After so many records…
    pub records: u64,
    /// …but not more often than this.
    pub interval: Duration,
}

impl SnapshotTerms {
    /// A million records, at most once a minute: recovery executes about that many a second.
    pub const DEFAULT: Self = Self { records: 1_000_000, interval: Duration::from_secs(60) };
}

/// How often the journal is looked at.
const EVERY: Duration = Duration::from_millis(500);

/// A follower at work.
pub struct Follower {
    thread: JoinHandle<Result<(), StartError>>,
    stop: Sender<()>,
}

struct Following {
    reader: Reader,
    batches: Batches,
    world: World,
    notes: Vec<Note>,
    written: u64,
    written_at: Instant,
    terms: SnapshotTerms,
}

/// Starts following a journal from a position on, at which the world and the notes are these.
///
/// # Errors
/// [`StartError::Read`] where the journal cannot be read, [`StartError::KeyFile`] where there is no thread.
pub fn follow(
    directory: &Path,
    (world, notes): (World, Vec<Note>),
    position: Position,
    terms: SnapshotTerms,
) -> Result<Follower, StartError> {
    let reader = Reader::open(directory)?;
    let batches = reader.batches_after(position)?;
    let mut following = Following { reader, batches, world, notes, written: position.index, written_at: Instant::now(), terms };
    let (stop, stopped) = channel();
    let thread = std::thread::Builder::new().name("follower".to_owned()).spawn(move || following.run(&stopped));
    let failed = |error: std::io::Error| StartError::KeyFile { path: PathBuf::from("follower"), error: error.to_string() };
    Ok(Follower { thread: thread.map_err(failed)?, stop })
}

impl Follower {
    /// Whether it has stopped by itself, which it does only because it found something wrong.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.thread.is_finished()
    }

    /// Catches up once more, writes a last snapshot where that saves the next start some time, and ends.
    ///
    /// # Errors
    /// [`StartError`]: what it found wrong.
    pub fn stop(self) -> Result<(), StartError> {
        drop(self.stop);
        match self.thread.join() {
            Ok(outcome) => outcome,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

impl Following {
    fn run(&mut self, stop: &Receiver<()>) -> Result<(), StartError> {
        loop {
            let stopping = stop.recv_timeout(EVERY) == Err(RecvTimeoutError::Disconnected);
            self.catch_up()?;
            let behind = self.batches.position().index.saturating_sub(self.written);
            let is_due = behind >= self.terms.records && self.written_at.elapsed() >= self.terms.interval;
            let is_last = stopping && behind >= self.terms.records / 10;
            if is_due || is_last {
                self.write()?;
            }
            if stopping {
                return Ok(());
            }
        }
    }

    /// Executes what the journal has got since.
    fn catch_up(&mut self) -> Result<(), StartError> {
        let mut events = Vec::new();
        while let Some(batch) = self.batches.next()? {
            for record in batch.records {
                match &record.kind {
                    RecordKind::Command(command) => {
                        events.clear();
                        let executed = self.world.step(command, &mut events);
                        if executed.is_err() || self.world.hash() != record.outcome {
                            return Err(StartError::Diverged { index: record.index });
                        }
                    }
                    RecordKind::Note(bytes) => {
                        let unreadable = |_| StartError::Unreadable { index: record.index, what: "a note about users" };
                        self.notes.push(postcard::from_bytes(bytes).map_err(unreadable)?);
                    }
                }
            }
        }
        Ok(())
    }

    fn write(&mut self) -> Result<(), StartError> {
        let position = self.batches.position();
        let failed = |what: &'static str| move |_| StartError::Unreadable { index: position.index, what };
        let sections = vec![
            (section::ENGINE.to_owned(), self.world.engine_snapshot()),
            (section::RECORD.to_owned(), postcard::to_allocvec(self.world.record()).map_err(failed(section::RECORD))?),
            (section::USERS.to_owned(), postcard::to_allocvec(&self.notes).map_err(failed(section::USERS))?),
        ];
        let written = self.reader.snapshots()?.write(&Snapshot { position, sections });
        match written {
            Ok(()) => tracing::info!(index = position.index, "snapshot written"),
            // No snapshot is worth stopping for: the journal has everything.
            Err(error) => tracing::warn!(%error, "no snapshot was written"),
        }
        (self.written, self.written_at) = (position.index, Instant::now());
        Ok(())
    }
}
