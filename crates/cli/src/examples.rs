//! `examples`: numbers that others printed, answered by the core.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use ringfence_examples::{ExamplesError, run_file};

use crate::error::CliError;
use crate::output::{Format, Report};

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
    pub(crate) fn run(&self, format: Format) -> Result<(), CliError> {
        let mut lines = Vec::new();
        let counts = run_file(&self.file, &mut lines).map_err(|error| match error {
            ExamplesError::Io { .. } => CliError::Io(error.to_string()),
            ExamplesError::NotJson { .. } | ExamplesError::NotAList { .. } | ExamplesError::Malformed { .. } => {
                CliError::usage(error)
            }
        })?;
        match format {
            Format::Table => std::io::stdout().lock().write_all(&lines)?,
            Format::Json | Format::Csv | Format::Md => {
                let mut report = Report::new(format!("Worked examples of {}", self.file.display()));
                report.fact("passed", "passed", counts.passed);
                report.fact("failed", "failed", counts.failed);
                report.fact("unsupported", "unsupported", counts.unsupported);
                let text = String::from_utf8_lossy(&lines);
                let mismatches: Vec<&str> = text.lines().collect();
                // The last line is the count, which stands above.
                for line in mismatches.iter().take(mismatches.len().saturating_sub(1)) {
                    report.note(*line);
                }
                report.print(format)?;
            }
        }
        if counts.failed > 0 {
            let file = self.file.display();
            return Err(CliError::Difference(format!("{} of the examples in {file} are answered differently", counts.failed)));
        }
        Ok(())
    }
}
