//! Why a measurement could not be made, or what it found.

use std::path::Path;

/// What ends a command before its result, or as its result.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The server did not start, or did not answer as its API says.
    #[error("{0}")]
    Server(String),
    /// Something was asked that cannot be done.
    #[error("{0}")]
    Usage(String),
    /// What was measured is not as it must be.
    #[error("{0}")]
    Difference(String),
    /// A file, a process or a socket.
    #[error("{what}: {source}")]
    Io {
        /// What was being done.
        what: String,
        /// Why it failed.
        source: std::io::Error,
    },
}

impl Failure {
    /// The exit code: 1 failed, 2 usage, 3 a difference was found, 4 input or output.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Server(_) => 1,
            Self::Usage(_) => 2,
            Self::Difference(_) => 3,
            Self::Io { .. } => 4,
        }
    }

    /// Names what was being done when input or output failed.
    pub fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }

    /// Names the file on which input or output failed.
    pub fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        Self::io(path.display().to_string())
    }
}
