//! Records one by one; at a start decoded ahead by a thread, so that decoding and executing share the time.

use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

use crate::error::ReadError;
use crate::record::Record;
use crate::scan::Scan;

/// How many records the thread hands over at a time, at least: about what a core's own cache holds.
const CHUNK: usize = 512;
/// How many times that may wait.
const WAITING: usize = 4;

/// Records, from a position on to where the log ends.
pub struct Records {
    source: Source,
    portion: Vec<Record>,
    /// How many of the portion were taken one by one.
    taken: usize,
    has_ended: bool,
}

enum Source {
    Here(Scan),
    /// By a thread, which starts with the first record asked for.
    Later(Option<Scan>),
    Thread(Ahead),
}

/// A thread that reads.
struct Ahead {
    full: Receiver<Answer>,
    /// Lists to be filled again.
    empty: Sender<Vec<Record>>,
}

/// Some records; `None` at the end of the log.
type Answer = Result<Option<Vec<Record>>, ReadError>;

impl Records {
    /// Read where they are used.
    pub(crate) fn new(scan: Scan) -> Self {
        Self::of(Source::Here(scan))
    }

    /// Read ahead by a thread.
    pub(crate) fn ahead(scan: Scan) -> Self {
        Self::of(Source::Later(Some(scan)))
    }

    const fn of(source: Source) -> Self {
        Self { source, portion: Vec::new(), taken: 0, has_ended: false }
    }

    /// The next records, as many as come together; empty at the end of the log. Not those that were taken one by one.
    ///
    /// # Errors
    /// [`ReadError`]: nothing follows it.
    pub fn portion(&mut self) -> Result<&[Record], ReadError> {
        while self.taken == self.portion.len() && !self.has_ended {
            (self.taken, self.has_ended) = (0, true);
            self.has_ended = !self.more()?;
        }
        let portion = self.portion.get(self.taken..).unwrap_or(&[]);
        self.taken = self.portion.len();
        Ok(portion)
    }

    /// Replaces the portion by the next; whether there is one.
    fn more(&mut self) -> Result<bool, ReadError> {
        if let Source::Later(scan) = &mut self.source
            && let Some(scan) = scan.take()
        {
            self.source = Source::Thread(start(scan)?);
        }
        let mut used = std::mem::take(&mut self.portion);
        used.clear();
        match &mut self.source {
            Source::Here(scan) => {
                self.portion = used;
                scan.next_batch(&mut self.portion).map(|end| end.is_some())
            }
            Source::Thread(ahead) => {
                // At the end nobody fills it again.
                let _ = ahead.empty.send(used);
                // An end that nobody announced is no end: the thread did not get that far.
                let next = ahead.full.recv().unwrap_or_else(|_| Err(gone("ended early")))?;
                Ok(next.map(|portion| self.portion = portion).is_some())
            }
            Source::Later(_) => Err(gone("did not start")),
        }
    }
}

fn gone(what: &str) -> ReadError {
    ReadError::Io(format!("the thread that reads the log {what}"))
}

fn start(scan: Scan) -> Result<Ahead, ReadError> {
    let ((to, full), (empty, used)) = (sync_channel(WAITING), channel());
    let thread = std::thread::Builder::new().name("journal-records".to_owned());
    thread.spawn(move || read_ahead(scan, &to, &used)).map_err(|error| gone(&format!("did not start: {error}")))?;
    Ok(Ahead { full, empty })
}

/// Reads until the end, an error, or nobody listens any more.
fn read_ahead(mut scan: Scan, to: &SyncSender<Answer>, used: &Receiver<Vec<Record>>) {
    loop {
        let mut records = used.try_recv().unwrap_or_default();
        let end = loop {
            match scan.next_batch(&mut records) {
                Ok(Some(_)) => {}
                Ok(None) => break Some(Ok(None)),
                Err(error) => break Some(Err(error)),
            }
            if records.len() >= CHUNK {
                break None;
            }
        };
        if to.send(Ok(Some(records))).is_err() {
            return;
        }
        if let Some(end) = end {
            // Nobody listening any more is fine.
            let _ = to.send(end);
            return;
        }
    }
}

impl core::fmt::Debug for Records {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_struct("Records").finish_non_exhaustive()
    }
}

impl Iterator for Records {
    type Item = Result<Record, ReadError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        while self.taken == self.portion.len() {
            if self.has_ended {
                return None;
            }
            (self.taken, self.has_ended) = (0, true);
            match self.more() {
                Ok(is_more) => self.has_ended = !is_more,
                Err(error) => return Some(Err(error)),
            }
        }
        let next = self.portion.get(self.taken).cloned()?;
        self.taken += 1;
        Some(Ok(next))
    }
}
