//! The recorded series: read and checked once, then walked by every run.

use std::path::Path;

use indicatif::ProgressBar;
use ringfence_market::{Book, Observation, ReadError, Reading, Recorded, Summary};
use ringfence_replay::Recording;
use ringfence_risk::units::MarkPrice;

use crate::Cli;
use crate::error::CliError;
use crate::replay_input::{Watched, begins, progress_bar, read_error};

/// Most observations kept in memory; a longer file is read anew for every run, and so is a feed, whose book is not kept.
const MOST_KEPT: usize = 8_000_000;

/// The recorded series, read and checked once.
pub(super) struct Series {
    kept: Option<Vec<Observation>>,
    bytes: u64,
    /// Moved by runs that read the file anew.
    bar: ProgressBar,
    pub(super) described: String,
    /// What the reader counted.
    pub(super) summary: Summary,
    pub(super) count: u64,
    pub(super) begins: (i64, MarkPrice),
    pub(super) ends_ms: i64,
}

/// One way through a series.
pub(super) enum Walk<'a> {
    Kept(std::iter::Copied<std::slice::Iter<'a, Observation>>),
    Read(Box<Watched>),
}

impl Recording for Walk<'_> {
    #[inline]
    fn next_observation(&mut self) -> Option<Result<Observation, ReadError>> {
        match self {
            Self::Kept(kept) => kept.next().map(Ok),
            Self::Read(watched) => watched.as_mut().next_observation(),
        }
    }

    #[inline]
    fn book(&self) -> Option<&Book> {
        match self {
            Self::Kept(_) => None,
            Self::Read(watched) => watched.file.book(),
        }
    }
}

impl Series {
    /// Reads the whole file: a fault anywhere ends it before any run is made.
    pub(super) fn read(cli: &Cli, path: &Path, reading: &Reading) -> Result<Self, CliError> {
        // It is read again for its checksum, which of a pipe would be that of nothing.
        if path.exists() && !path.is_file() {
            return Err(CliError::Usage(format!("{} must be a file: a comparison reads it more than once", path.display())));
        }
        let file = Recorded::open(path, reading).map_err(|error| read_error(&error))?;
        let (described, bytes) = (file.describe(), file.progress().total);
        let mut kept = match &file {
            Recorded::Prices(_) => Some(Vec::new()),
            Recorded::Feed(_) => None,
        };
        let bar = progress_bar(cli, "reading", bytes);
        let mut watched = Watched::new(file, bar.clone());
        let first = watched.look(path)?;
        let (mut count, mut ends_ms) = (0_u64, 0);
        while let Some(observation) = (&mut watched).next_observation() {
            let observation = observation.map_err(|error| read_error(&error))?;
            ends_ms = begins(&observation).0;
            count = count.saturating_add(1);
            if kept.as_ref().is_some_and(|kept| kept.len() == MOST_KEPT) {
                kept = None;
            }
            if let Some(kept) = kept.as_mut() {
                kept.push(observation);
            }
        }
        bar.finish_and_clear();
        let (summary, bar) = (watched.file.summary(), ProgressBar::hidden());
        Ok(Self { kept, bytes, bar, described, summary, count, begins: begins(&first), ends_ms })
    }

    /// Shows how far so many runs are, where they read the file anew.
    pub(super) fn show(&mut self, cli: &Cli, walks: usize) {
        if self.kept.is_none() {
            let walks = u64::try_from(walks).unwrap_or(u64::MAX);
            self.bar = progress_bar(cli, "running", self.bytes.saturating_mul(walks));
        }
    }

    /// Takes the bar of [`Self::show`] away.
    pub(super) fn shown(&self) {
        self.bar.finish_and_clear();
    }

    pub(super) fn walk(&self, path: &Path, reading: &Reading) -> Result<Walk<'_>, ReadError> {
        match &self.kept {
            Some(kept) => Ok(Walk::Kept(kept.iter().copied())),
            None => Recorded::open(path, reading).map(|file| Walk::Read(Box::new(Watched::new(file, self.bar.clone())))),
        }
    }
}
