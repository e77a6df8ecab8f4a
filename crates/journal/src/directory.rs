//! Files of a directory.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::error::StoreError;
use crate::store::Files;

/// What is flushed at a time.
const PIECE: usize = 1 << 20;

/// The files beside a log.
#[derive(Clone, Debug)]
pub(crate) struct Directory {
    path: PathBuf,
}

impl Directory {
    pub(crate) fn new(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

/// What the operating system's error is to us.
pub(crate) fn failed(path: &Path, error: &std::io::Error) -> StoreError {
    let what = format!("{}: {error}", path.display());
    if matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) {
        StoreError::NoSpace(what)
    } else {
        StoreError::Io(what)
    }
}

impl Files for Directory {
    fn list(&mut self) -> Result<Vec<String>, StoreError> {
        let wrong = |error| failed(&self.path, &error);
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.path).map_err(wrong)? {
            names.extend(entry.map_err(wrong)?.file_name().into_string());
        }
        Ok(names)
    }

    fn read(&mut self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        match std::fs::read(self.at(name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(&self.at(name), &error)),
        }
    }

    fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let path = self.at(name);
        let written = || -> std::io::Result<()> {
            // Over what was there, not into an emptied file: a watermark then needs no new space.
            let mut file = File::options().write(true).create(true).truncate(false).open(&path)?;
            // A long file goes out piece by piece, so that a commit beside it never waits behind all of it.
            let (pieces, rest) = bytes.as_chunks::<PIECE>();
            for piece in pieces {
                file.write_all(piece)?;
                file.sync_data()?;
            }
            file.write_all(rest)?;
            file.set_len(bytes.len() as u64)
        };
        written().map_err(|error| failed(&path, &error))
    }

    fn sync(&mut self, name: &str) -> Result<(), StoreError> {
        let path = self.at(name);
        File::options().write(true).open(&path).and_then(|file| file.sync_data()).map_err(|error| failed(&path, &error))
    }

    fn rename(&mut self, from: &str, to: &str) -> Result<(), StoreError> {
        std::fs::rename(self.at(from), self.at(to)).map_err(|error| failed(&self.at(to), &error))
    }

    fn remove(&mut self, name: &str) -> Result<(), StoreError> {
        match std::fs::remove_file(self.at(name)) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(failed(&self.at(name), &error)),
        }
    }

    fn sync_names(&mut self) -> Result<(), StoreError> {
        File::open(&self.path).and_then(|directory| directory.sync_all()).map_err(|error| failed(&self.path, &error))
    }
}
