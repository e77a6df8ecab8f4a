//! Checks a file of worked examples: numbers that exchanges and other projects printed, each answered by asking the core.
//!
//! Nothing is computed here that the core computes. A handler builds a contract, brackets, a rule set and a position from an example's inputs,
//! asks the core, and the answer is held against the printed number exactly. How the core is asked with more digits than its money has is described in the module `scale`.

mod answer;
mod ask;
mod build;
mod compare;
mod error;
mod number;
mod scale;
mod schema;
mod setting;

#[cfg(test)]
mod tests;

use std::io::Write;
use std::path::Path;

use answer::{Answer, row_of};
use ask::{Ask, kind_of};
pub use error::ExamplesError;
use error::Trouble;
use schema::Example;

/// How many examples agreed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The core's answer is the printed number.
    pub passed: usize,
    /// It is not.
    pub failed: usize,
    /// There is no such function here.
    pub unsupported: usize,
}

impl Report {
    /// The exit status of a command that ends with this: 3 when something failed, otherwise 0.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        if self.failed > 0 { 3 } else { 0 }
    }
}

impl core::fmt::Display for Report {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(formatter, "{} passed, {} failed, {} unsupported", self.passed, self.failed, self.unsupported)
    }
}

/// Checks a file and writes the report: a line per mismatch, a line per unsupported function, and the count.
///
/// # Errors
/// [`ExamplesError`] when the file cannot be read or is malformed, or the report cannot be written.
pub fn run_file(path: &Path, out: &mut impl Write) -> Result<Report, ExamplesError> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|source| ExamplesError::Io { what: name.clone(), source })?;
    run(&name, &text, out)
}

/// Checks the text of a file that is called `name` in messages.
///
/// # Errors
/// As [`run_file`].
pub fn run(name: &str, text: &str, out: &mut impl Write) -> Result<Report, ExamplesError> {
    let examples = schema::read(name, text)?;
    let mut report = Report::default();
    for example in &examples {
        let line = match check(name, example)? {
            Verdict::Passed => {
                report.passed += 1;
                continue;
            }
            Verdict::Failed(line) => {
                report.failed += 1;
                line
            }
            Verdict::Unsupported(line) => {
                report.unsupported += 1;
                line
            }
        };
        write_line(out, &line)?;
    }
    write_line(out, &report.to_string())?;
    Ok(report)
}

fn write_line(out: &mut impl Write, line: &str) -> Result<(), ExamplesError> {
    writeln!(out, "{line}").map_err(|source| ExamplesError::Io { what: "the report".to_owned(), source })
}

enum Verdict {
    Passed,
    Failed(String),
    Unsupported(String),
}

fn check(file: &str, example: &Example) -> Result<Verdict, ExamplesError> {
    let Example { id, function, source, expected, compare, .. } = example;
    let answer = match answer(example) {
        Ok(Some(answer)) => answer,
        Ok(None) => return Ok(Verdict::Unsupported(format!("{id} {function}: unsupported function"))),
        Err(Trouble::Malformed { field, value, wanted }) => {
            return Err(ExamplesError::malformed(file, id, (&field, &value), wanted));
        }
        Err(trouble) => return Ok(Verdict::Failed(format!("{id} {function}: cannot be answered: {trouble}; source {source}"))),
    };
    match compare::agrees(&answer, expected, compare) {
        None => Err(ExamplesError::malformed(file, id, ("expected", &expected.shown()), "a decimal number")),
        Some(true) => Ok(Verdict::Passed),
        Some(false) => {
            let expected = expected.shown();
            Ok(Verdict::Failed(format!("{id} {function}: got {answer}, expected {expected} ({compare}); source {source}")))
        }
    }
}

/// Asks at the best scale at which nothing leaves the core's range; `None` for a function that is not in the table.
fn answer(example: &Example) -> Result<Option<Answer>, Trouble> {
    let Some(row) = row_of(&example.function) else { return Ok(None) };
    if let Some((unknown, _)) = example.inputs.iter().find(|(name, _)| !row.takes(name)) {
        return Err(Trouble::UnknownInput(unknown.clone()));
    }
    let kind = kind_of(example, row.shape)?;
    let (mut trouble, mut never): (Option<Trouble>, bool) = (None, false);
    for scale in scale::scales(example, row.shape, kind) {
        // Prices grown by a power of ten may have left the range where prices as they are have not.
        if never && scale.price != 0 {
            continue;
        }
        match (row.handler)(&Ask { example, kind, shape: row.shape, scale: scale.clone() }) {
            Ok(Answer::Never) if scale.price > 0 => never = true,
            Ok(answer) => return Ok(Some(answer)),
            Err(malformed @ Trouble::Malformed { .. }) => return Err(malformed),
            // What the core refuses says more than what left its range.
            Err(other) if trouble.as_ref().is_none_or(|known| matches!(known, Trouble::OutOfRange(_))) => trouble = Some(other),
            Err(_) => {}
        }
    }
    match trouble {
        Some(trouble) if !never => Err(trouble),
        Some(_) | None => Ok(Some(Answer::Never)),
    }
}
