//! What every command knows of how it was called.

use std::path::PathBuf;

use crate::output::Format;
use crate::verbosity::Verbosity;

/// The global flags.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) format: Format,
    pub(crate) verbosity: Verbosity,
    /// The configuration file named by flag.
    pub(crate) config: Option<PathBuf>,
}

impl Session {
    /// A line on standard error, unless only the result is wanted.
    pub(crate) fn note(&self, text: &str) {
        if self.verbosity > Verbosity::Quiet {
            anstream::eprintln!("note: {}", crate::one_line(text));
        }
    }
}
