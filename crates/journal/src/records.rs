//! Records one by one; at a start decoded ahead by a thread, so that decoding and executing share the time.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use crate::error::ReadError;
use crate::record::Record;
use crate::scan::Scan;

/// How many records the thread hands over at a time, at least.
const CHUNK: usize = 4_096;
/// How many times that may wait.
const WAITING: usize = 2;

/// Records, from a position on to where the log ends.
pub struct Records {
    source: Source,
    ready: std::vec::IntoIter<Record>,
    has_ended: bool,
}

enum Source {
    Here(Scan),
    /// By a thread, which starts with the first record asked for.
    Later(Option<Scan>),
    Thread(Receiver<Answer>),
}

/// Some records; `None` at the end of the log.
type Answer = Result<Option<Vec<Record>>, ReadError>;

impl Records {
    /// Read where they are used.
    pub(crate) fn new(scan: Scan) -> Self {
        Self { source: Source::Here(scan), ready: Vec::new().into_iter(), has_ended: false }
    }

    /// Read ahead by a thread.
    pub(crate) fn ahead(scan: Scan) -> Self {
        Self { source: Source::Later(Some(scan)), ready: Vec::new().into_iter(), has_ended: false }
    }

    fn more(&mut self) -> Answer {
        if let Source::Later(scan) = &mut self.source
            && let Some(scan) = scan.take()
        {
            self.source = Source::Thread(start(scan)?);
        }
        match &mut self.source {
            Source::Here(scan) => Ok(scan.next_batch()?.map(|batch| batch.records)),
            // An end that nobody announced is no end: the thread did not get that far.
            Source::Thread(answers) => answers.recv().unwrap_or_else(|_| Err(gone("ended early"))),
            Source::Later(_) => Err(gone("did not start")),
        }
    }
}

fn gone(what: &str) -> ReadError {
    ReadError::Io(format!("the thread that reads the log {what}"))
}

fn start(scan: Scan) -> Result<Receiver<Answer>, ReadError> {
    let (sender, receiver) = sync_channel(WAITING);
    let thread = std::thread::Builder::new().name("journal-records".to_owned());
    thread.spawn(move || read_ahead(scan, &sender)).map_err(|error| gone(&format!("did not start: {error}")))?;
    Ok(receiver)
}

/// Reads until the end, an error, or nobody listens any more.
fn read_ahead(mut scan: Scan, to: &SyncSender<Answer>) {
    loop {
        let mut records = Vec::with_capacity(CHUNK);
        let end = loop {
            match scan.next_batch() {
                Ok(Some(batch)) => records.extend(batch.records),
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
        loop {
            if let Some(record) = self.ready.next() {
                return Some(Ok(record));
            }
            if self.has_ended {
                return None;
            }
            match self.more() {
                Ok(Some(records)) => self.ready = records.into_iter(),
                Ok(None) => self.has_ended = true,
                Err(error) => {
                    self.has_ended = true;
                    return Some(Err(error));
                }
            }
        }
    }
}
