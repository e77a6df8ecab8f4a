//! Tests of the file reader, of the comparison, of the open examples, and of every function against formulas of its own.

mod compare;
mod dice;
mod malformed;
mod open_file;
mod oracle;
mod oracle_more;

use crate::{ExamplesError, Report, run};

fn report_of(text: &str) -> Result<(Report, String), ExamplesError> {
    let mut out = Vec::new();
    let report = run("a.json", text, &mut out)?;
    Ok((report, String::from_utf8(out).unwrap()))
}

/// One example as JSON.
fn example(function: &str, inputs: &str, expected: &str, compare: &str) -> String {
    format!(r#"{{"id":"A-1","fn":"{function}","source":"s","inputs":{{{inputs}}},"expected":{expected},"compare":{compare}}}"#)
}
