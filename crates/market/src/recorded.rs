//! A recorded market of any kind.

use crate::book::Book;
use crate::error::ReadError;
use crate::feed::FeedFile;
use crate::message::is_message;
use crate::observation::Observation;
use crate::order::Summary;
use crate::price_file::PriceFile;
use crate::reading::Reading;
use crate::source::Progress;
use crate::table::Opened;
use std::path::Path;

/// A file of prices, or a recorded feed with its book; which one is told by the first line.
#[derive(Debug)]
pub enum Recorded {
    /// Bars, ticks or quotes.
    Prices(Box<PriceFile>),
    /// A feed.
    Feed(Box<FeedFile>),
}

impl Recorded {
    /// Opens a file and detects what it is.
    ///
    /// # Errors
    /// As [`PriceFile::open_with`].
    pub fn open(path: &Path, reading: &Reading) -> Result<Self, ReadError> {
        if crate::source::is_parquet(path) {
            return PriceFile::open_with(path, reading).map(|file| Self::Prices(Box::new(file)));
        }
        Self::new(Opened::file(path)?, reading)
    }

    pub(crate) fn new(opened: Opened, reading: &Reading) -> Result<Self, ReadError> {
        if reading.columns.is_none() && is_message(opened.lines.line()) {
            return Ok(Self::Feed(Box::new(FeedFile::new(opened, reading))));
        }
        PriceFile::new(opened, reading).map(|file| Self::Prices(Box::new(file)))
    }

    /// What was detected, in words.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Prices(file) => file.describe(),
            Self::Feed(file) => file.describe(),
        }
    }

    /// How far the file is read. Cheap: fit to be asked at every row.
    #[must_use]
    pub fn progress(&self) -> Progress {
        match self {
            Self::Prices(file) => file.progress(),
            Self::Feed(file) => file.progress(),
        }
    }

    /// What was counted so far; of the whole file once its last row is read.
    #[must_use]
    pub fn summary(&self) -> Summary {
        match self {
            Self::Prices(file) => file.summary(),
            Self::Feed(file) => file.summary(),
        }
    }

    /// The book at the last observation, where one was recorded.
    #[must_use]
    pub fn book(&self) -> Option<&Book> {
        match self {
            Self::Prices(_) => None,
            Self::Feed(file) => file.book(),
        }
    }
}

impl Iterator for Recorded {
    type Item = Result<Observation, ReadError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Prices(file) => file.next(),
            Self::Feed(file) => file.next(),
        }
    }
}
