//! `explain`: why an account stands where it stands, in the server's words.

use std::io::Write;

use clap::Args;
use serde_json::Value;

use super::answer::text;
use super::desk::{AccountArgs, Desk, symbol};
use crate::error::CliError;
use crate::output::{Format, Report, Table, headers};
use crate::remote::{Method, Parameters};
use crate::session::Session;

pub(crate) const EXAMPLES: &str = "\
Examples:
  ringfence explain alice
  ringfence explain alice BTCUSDT
  ringfence explain alice BTCUSDT -o json";

/// Why was I liquidated, and how did these numbers come about?
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES, before_long_help = EXAMPLES)]
pub(crate) struct ExplainArgs {
    #[command(flatten)]
    whose: AccountArgs,
    /// Market; without it all
    #[arg(value_parser = symbol)]
    symbol: Option<String>,
}

impl ExplainArgs {
    /// Prints the explanation: as JSON the server's answer unchanged.
    ///
    /// # Errors
    /// [`CliError::Failed`] as the server says.
    pub(crate) fn run(&self, session: &Session) -> Result<(), CliError> {
        let desk = Desk::open(session, &self.whose)?;
        let mut parameters: Parameters = vec![("account", desk.account.clone())];
        parameters.extend(self.symbol.clone().map(|symbol| ("symbol", symbol)));
        let answer = desk.remote.local(Method::Get, "/local/v1/explain", &parameters)?;
        if session.format == Format::Json {
            let mut out = anstream::stdout().lock();
            writeln!(out, "{answer:#}")?;
            out.flush()?;
            return Ok(());
        }
        self.report(&answer, session.format).print(session.format)
    }

    fn report(&self, answer: &Value, format: Format) -> Report {
        let about = self.symbol.as_ref().map_or_else(String::new, |symbol| format!(" in {symbol}"));
        let own = answer.get("title").and_then(Value::as_str).map(str::to_owned);
        let mut report = Report::new(own.unwrap_or_else(|| format!("{}{about}: explanation", self.whose.account)));
        let lines = strings(answer.get("text"));
        let steps = answer.get("steps").and_then(Value::as_array).map_or(&[] as &[Value], Vec::as_slice);
        for line in &lines {
            report.note(line.clone());
        }
        // The lines tell the steps already; a table of them is for machines, and for answers without lines.
        if !steps.is_empty() && (lines.is_empty() || format == Format::Csv) {
            let columns = headers(&["STEP", "FORMULA", "INPUTS", "ROUNDING", "RESULT", "SOURCE"]);
            report.table(Table { key: "steps", headers: columns, rows: steps.iter().map(step_row).collect() });
        }
        if lines.is_empty() && steps.is_empty() {
            report.note("nothing to explain");
        }
        report
    }
}

/// Lines of a list of strings, or of one string.
fn strings(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) => text.lines().map(str::to_owned).collect(),
        Some(Value::Array(lines)) => lines.iter().filter_map(|line| line.as_str().map(str::to_owned)).collect(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => Vec::new(),
    }
}

fn step_row(step: &Value) -> Vec<String> {
    let inputs = step.get("inputs").and_then(Value::as_array).map_or(&[] as &[Value], Vec::as_slice);
    let inputs: Vec<String> = inputs.iter().map(|input| format!("{} = {}", text(input, "name"), text(input, "value"))).collect();
    vec![
        text(step, "name"),
        text(step, "formula"),
        inputs.join(", "),
        text(step, "rounding"),
        text(step, "result"),
        text(step, "source"),
    ]
}
