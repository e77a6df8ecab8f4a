//! `examples`: numbers that others printed, answered by the core.

use std::path::PathBuf;

use clap::Args;
use ringfence_examples::{ExamplesError, run_file};

use crate::error::CliError;

/// Check worked examples.
#[derive(Args, Debug)]
pub(crate) struct ExamplesArgs {
    /// File of worked examples (JSON)
    file: PathBuf,
}

impl ExamplesArgs {
    /// Prints a line per mismatch and the count.
    ///
    /// # Errors
    /// [`CliError::Difference`] when an answer differs, [`CliError::Usage`] for a malformed file, [`CliError::Io`] for an unreadable one.
    pub(crate) fn run(&self) -> Result<(), CliError> {
        let mut out = std::io::stdout().lock();
        match run_file(&self.file, &mut out) {
            Ok(report) if report.failed > 0 => Err(CliError::Difference(format!(
                "{} of the examples in {} are answered differently",
                report.failed,
                self.file.display()
            ))),
            Ok(_) => Ok(()),
            Err(ExamplesError::Io { what, source }) if source.kind() == std::io::ErrorKind::BrokenPipe => {
                let _ = what;
                Err(CliError::OutputClosed)
            }
            Err(error @ ExamplesError::Io { .. }) => Err(CliError::Io(error.to_string())),
            Err(error) => Err(CliError::usage(error)),
        }
    }
}
