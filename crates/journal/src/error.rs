//! What can go wrong, told apart by what a person has to do about it.

use std::path::{Path, PathBuf};

/// What a store could not do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The disk or a quota is full.
    #[error("no space left: {0}")]
    NoSpace(String),
    /// The device or the operating system failed.
    #[error("input/output error: {0}")]
    Io(String),
    /// The store's own structure is damaged.
    #[error("damaged: {0}")]
    Damaged(String),
}

/// Data that is not what was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}, row {row}, index {index}: {what}")]
pub struct Corrupt {
    /// The file.
    pub file: String,
    /// The row of the log: the index of its first record. 0 where it is not about a row.
    pub row: u64,
    /// The index of the first record that cannot be vouched for.
    pub index: u64,
    /// What is wrong.
    pub what: String,
}

/// Data written by a newer program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file} has {what} {found}, this program reads up to {known}: use the program that wrote it, or a newer one")]
pub struct Newer {
    /// The file.
    pub file: String,
    /// Which version: the format's or the rules'.
    pub what: &'static str,
    /// The version found.
    pub found: u16,
    /// The newest version this program reads.
    pub known: u16,
}

/// A snapshot with a section in a format that this program does not read, and no way around it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{file} has {} {}, this program reads {}; the log does not reach back to where it could do without: use the program that wrote it",
    unread.what, unread.found, unread.known
)]
pub struct NoWayAround {
    /// The file.
    pub file: String,
    /// What of it is not read.
    pub unread: Unread,
}

/// What of a whole snapshot its owner does not read, because another version wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} {found}, this program reads {known}")]
pub struct Unread {
    /// What has a version, such as `read model of format`.
    pub what: &'static str,
    /// The version found.
    pub found: u16,
    /// The version that is read.
    pub known: u16,
}

/// Why a log or a snapshot cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It is not what was written.
    #[error("corrupt: {0}")]
    Corrupt(#[from] Corrupt),
    /// A newer program wrote it.
    #[error("{0}")]
    Newer(#[from] Newer),
    /// It could not be read at all.
    #[error("{0}")]
    Io(String),
}

/// Why a journal cannot be opened. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error("{} is in use by another process", path.display())]
    InUse {
        /// The lock file.
        path: PathBuf,
    },
    /// It is not what was written, or part of what was durable is gone.
    #[error("corrupt: {0}")]
    Corrupt(#[from] Corrupt),
    /// A newer program wrote it.
    #[error("{0}")]
    Newer(#[from] Newer),
    /// Another version wrote the only thing to start from.
    #[error("{0}")]
    NoWayAround(#[from] NoWayAround),
    /// The device or the operating system failed.
    #[error("{0}")]
    Io(String),
}

impl OpenError {
    /// The exit code of a program that cannot go on because of it: 2 another version's, 3 corrupt, 4 input/output, 5 in use.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Newer(_) | Self::NoWayAround(_) => 2,
            Self::Corrupt(_) => 3,
            Self::Io(_) => 4,
            Self::InUse { .. } => 5,
        }
    }
}

impl From<ReadError> for OpenError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Corrupt(corrupt) => Self::Corrupt(corrupt),
            ReadError::Newer(newer) => Self::Newer(newer),
            ReadError::Io(what) => Self::Io(what),
        }
    }
}

/// Why nothing can be kept in, or read from, this place that should be a directory.
pub(crate) fn not_a_directory(path: &Path) -> Option<String> {
    let is_other = path.metadata().is_ok_and(|found| !found.is_dir());
    is_other.then(|| format!("{} is a file, not a directory: name a directory; one that is not there is made", path.display()))
}

impl ReadError {
    /// The exit code of a program that cannot go on because of it: 2 another version's, 3 corrupt, 4 input/output.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Newer(_) => 2,
            Self::Corrupt(_) => 3,
            Self::Io(_) => 4,
        }
    }

    /// What a store said while this file was read.
    pub(crate) fn store(file: &str, index: u64, error: StoreError) -> Self {
        match error {
            StoreError::Damaged(what) => Self::corrupt(file, index, what),
            StoreError::NoSpace(_) | StoreError::Io(_) => Self::Io(format!("{file}: {error}")),
        }
    }

    /// A row, or what should be one, that is not what was written.
    pub(crate) fn corrupt(file: &str, index: u64, what: impl Into<String>) -> Self {
        Self::Corrupt(Corrupt { file: file.to_owned(), row: index, index, what: what.into() })
    }
}

/// Why a batch is not durable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// No space is left, not even the reserve. The batch is kept: call again. Until then nothing of it may be published.
    #[error("no space left for the journal, the reserve is used up")]
    Full,
    /// It is unknown what is on the disk. The process must stop (exit code 4); a restart finds what is durable.
    #[error("the journal failed: {0}")]
    Failed(StoreError),
}

/// A note longer than [`Journal::LARGEST_NOTE`](crate::Journal::LARGEST_NOTE).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a note of {bytes} bytes, at most {most} are allowed")]
pub struct NoteTooLong {
    /// How long it is.
    pub bytes: usize,
    /// How long it may be.
    pub most: usize,
}
