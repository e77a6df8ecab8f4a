//! Space kept for cancels: a file of known size that is given up when the disk is full.

use std::time::{Duration, Instant};

use crate::error::StoreError;
use crate::store::Files;

const NAME: &str = "reserve.rf";

/// What there is room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// Everything.
    Plenty,
    /// The disk is full. What is left is for cancels and for what closes positions; refuse new commands before executing them.
    CancelsOnly,
}

/// The reserve.
pub(crate) struct Reserve {
    files: Box<dyn Files>,
    bytes: usize,
    retry: Duration,
    is_whole: bool,
    tried: Instant,
}

impl Reserve {
    /// Makes sure that it is there.
    pub(crate) fn open(files: Box<dyn Files>, bytes: usize, retry: Duration) -> Result<Self, StoreError> {
        let mut reserve = Self { files, bytes, retry, is_whole: false, tried: Instant::now() };
        if reserve.files.read(NAME)?.is_some_and(|found| found.len() == bytes) {
            reserve.is_whole = true;
        } else {
            reserve.fill()?;
        }
        Ok(reserve)
    }

    /// What there is room for. Tries now and then to get the reserve back.
    pub(crate) fn room(&mut self) -> Result<Room, StoreError> {
        if !self.is_whole && self.tried.elapsed() >= self.retry {
            self.fill()?;
        }
        Ok(self.state())
    }

    /// What there is room for as far as is known.
    pub(crate) const fn state(&self) -> Room {
        if self.is_whole { Room::Plenty } else { Room::CancelsOnly }
    }

    /// Gives it up; whether there was any.
    pub(crate) fn release(&mut self) -> Result<bool, StoreError> {
        if !self.is_whole {
            return Ok(false);
        }
        self.is_whole = false;
        self.tried = Instant::now();
        self.files.remove(NAME)?;
        self.files.sync_names()?;
        Ok(true)
    }

    fn fill(&mut self) -> Result<(), StoreError> {
        self.tried = Instant::now();
        let mut bytes = vec![0; self.bytes];
        // Bytes without pattern: a file system that compresses would not keep room for zeros.
        blake3::Hasher::new().update(NAME.as_bytes()).finalize_xof().fill(&mut bytes);
        let written = self.files.write(NAME, &bytes).and_then(|()| self.files.sync(NAME)).and_then(|()| self.files.sync_names());
        match written {
            Ok(()) => self.is_whole = true,
            Err(StoreError::NoSpace(_)) => self.files.remove(NAME)?,
            Err(error @ (StoreError::Io(_) | StoreError::Damaged(_))) => return Err(error),
        }
        Ok(())
    }
}
