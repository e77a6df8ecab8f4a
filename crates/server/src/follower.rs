//! A second exchange beside the first, for snapshots.
//!
//! It starts as recovery does, from the newest snapshot on disk, reads the journal as it grows, executes every record again and compares the
//! outcome: so neither a start nor a snapshot makes the exchange wait, and what recovery would do is done all the time. It costs the memory of a
//! second state and, at load, the share of a core that execution takes; while it is behind it works at most half of the time.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use ringfence_engine::event::Event;
use ringfence_journal::{Batches, ReadError, Reader, Record, RecordKind, Snapshot};

use crate::exchange::World;
use crate::record::{Record as ReadModel, RecordLimits};
use crate::start::{StartError, nothing, reads, restore, section};
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
    /// A million records, at most once a minute: a start executes few more than that again.
    pub const DEFAULT: Self = Self { records: 1_000_000, interval: Duration::from_secs(60) };
}

/// How often the journal is looked at.
const EVERY: Duration = Duration::from_millis(500);
/// How long it works before it rests for as long, so that the exchange has the processor when it starts.
const SHIFT: Duration = Duration::from_millis(5);

/// Whether it rests between its shifts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pace {
    /// It does.
    Steady,
    /// The exchange stops: it does not.
    Hurried,
}

/// A follower at work.
pub struct Follower {
    thread: JoinHandle<Result<(), StartError>>,
    stop: Sender<()>,
}

struct Following {
    stop: Receiver<()>,
    reader: Reader,
    batches: Batches,
    world: World,
    notes: Vec<Note>,
    written: u64,
    written_at: Instant,
    terms: SnapshotTerms,
}

/// Starts following the journal in a directory. `limits` are those of a read model that begins with nothing.
///
/// # Errors
/// [`StartError::KeyFile`] where there is no thread. What it finds wrong later ends it: [`Follower::has_ended`].
pub fn follow(directory: &Path, limits: RecordLimits, terms: SnapshotTerms) -> Result<Follower, StartError> {
    let (stop, stopped) = channel();
    let directory = directory.to_owned();
    let run = move || Following::begin(&directory, limits, terms, stopped)?.run();
    let thread = std::thread::Builder::new().name("follower".to_owned()).spawn(run);
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

/// The newest snapshot that is whole and fits the journal.
fn newest(reader: &Reader) -> Result<Option<Snapshot>, StartError> {
    let mut snapshots = reader.snapshots()?;
    let indexes = snapshots.list().map_err(|error| ReadError::Io(error.to_string()))?;
    for index in indexes {
        match snapshots.load(index) {
            Ok(snapshot) if reads(&snapshot).is_ok() && reader.has(snapshot.position)? => return Ok(Some(snapshot)),
            // Recovery passed over it, too, and said so.
            Ok(_) | Err(ReadError::Corrupt(_)) => {}
            Err(error @ (ReadError::Newer(_) | ReadError::Io(_))) => return Err(error.into()),
        }
    }
    Ok(None)
}

impl Following {
    fn begin(directory: &Path, limits: RecordLimits, terms: SnapshotTerms, stop: Receiver<()>) -> Result<Self, StartError> {
        let reader = Reader::open(directory)?;
        let (position, (world, notes)) = match newest(&reader)? {
            Some(snapshot) => (snapshot.position, restore(&snapshot)?),
            None => (reader.origin(), (nothing(limits), Vec::new())),
        };
        let batches = reader.batches_after(position)?;
        Ok(Self { stop, reader, batches, world, notes, written: position.index, written_at: Instant::now(), terms })
    }

    fn run(&mut self) -> Result<(), StartError> {
        loop {
            let mut pace = self.rest(EVERY);
            if self.catch_up(pace)? == Pace::Hurried {
                pace = Pace::Hurried;
            }
            let behind = self.batches.position().index.saturating_sub(self.written);
            let is_due = behind >= self.terms.records && self.written_at.elapsed() >= self.terms.interval;
            let is_last = pace == Pace::Hurried && behind >= self.terms.records / 10;
            if is_due || is_last {
                self.write()?;
            }
            if pace == Pace::Hurried {
                return Ok(());
            }
        }
    }

    /// Waits, unless the exchange stops.
    fn rest(&self, time: Duration) -> Pace {
        if self.stop.recv_timeout(time) == Err(RecvTimeoutError::Disconnected) { Pace::Hurried } else { Pace::Steady }
    }

    /// Executes what the journal has got since. Once the exchange stops it does so without rests.
    fn catch_up(&mut self, mut pace: Pace) -> Result<Pace, StartError> {
        let (mut events, mut began) = (Vec::new(), Instant::now());
        while let Some(batch) = self.batches.next()? {
            for record in batch.records {
                self.execute(&record, &mut events)?;
            }
            let worked = began.elapsed();
            if worked >= SHIFT && pace == Pace::Steady {
                (pace, began) = (self.rest(worked), Instant::now());
            }
        }
        Ok(pace)
    }

    fn execute(&mut self, record: &Record, events: &mut Vec<Event>) -> Result<(), StartError> {
        let index = record.index;
        match &record.kind {
            RecordKind::Command(command) => {
                events.clear();
                let executed = self.world.step(command, events);
                if executed.is_err() || self.world.hash() != record.outcome {
                    return Err(StartError::Diverged { index });
                }
            }
            RecordKind::Note(bytes) => {
                let unreadable = |_| StartError::Unreadable { index, what: "a note about users" };
                self.notes.push(postcard::from_bytes(bytes).map_err(unreadable)?);
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
            (section::RECORD_FORMAT.to_owned(), ReadModel::FORMAT.to_le_bytes().to_vec()),
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
