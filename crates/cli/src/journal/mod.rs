//! `journal`: what a data directory holds.

use std::io::Write;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use ringfence_engine::limits::Limits;
use ringfence_journal::show::{Form, ShowError, show};
use ringfence_journal::verify::{Depth, Report as Verification, SnapshotReport, verify};
use ringfence_journal::{ReadError, Reader};
use serde_json::{Value, json};

use crate::error::CliError;
use crate::output::{Format, Report, Table, headers};
use crate::values::{self, or_none};

mod export;
#[cfg(feature = "parquet")]
mod parquet;

use export::ExportArgs;

const EXAMPLES: &str = "\
Examples:
  ringfence journal verify --data exchange
  ringfence journal show --data exchange --from 1 --to 20
  ringfence journal export trades --data exchange -o csv
  ringfence journal export all --data exchange --file history.sqlite";

/// Look into a data directory; a server may be running on it.
#[derive(Subcommand, Debug)]
#[command(before_help = EXAMPLES, before_long_help = EXAMPLES)]
pub(crate) enum JournalCommand {
    /// Check every hash, execute every command again and compare every outcome; prints JSON unless -o says otherwise, exit status 3 where something is wrong
    Verify(DataArgs),
    /// Show records
    Show(ShowArgs),
    /// Tables of the history, rebuilt from the log: printed, or in a file
    Export(ExportArgs),
}

#[derive(Args, Debug)]
pub(crate) struct DataArgs {
    /// The directory
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    data: DataArgs,
    /// The first record
    #[arg(long, default_value_t = 1, value_name = "INDEX", value_parser = values::whole)]
    from: u64,
    /// The last record [default: the last there is]
    #[arg(long, value_name = "INDEX", value_parser = values::whole)]
    to: Option<u64>,
}

impl JournalCommand {
    /// Does it: prints to standard output.
    ///
    /// # Errors
    /// [`CliError::Difference`] where the journal is damaged, [`CliError::Usage`] where it is newer than this program,
    /// [`CliError::Io`] where it cannot be read.
    /// `said` is the form where one was asked for: a verification is JSON unless it was.
    pub(crate) fn run(&self, format: Format, said: Option<Format>) -> Result<(), CliError> {
        match self {
            Self::Verify(data) => verified(data, said.unwrap_or(Format::Json)),
            Self::Show(args) => shown(args, format),
            Self::Export(args) => args.run(format),
        }
    }
}

fn verified(args: &DataArgs, format: Format) -> Result<(), CliError> {
    let report = verify(&args.data, Depth::Execution(Limits::DEFAULT)).map_err(read_error)?;
    let snapshots: Vec<Value> =
        report.snapshots.iter().map(|snapshot| json!({"index": snapshot.index, "fault": snapshot.fault})).collect();
    let first_bad = report.first_bad.as_ref().map(ToString::to_string);
    let answer = json!({
        "ok": report.ok(),
        "last_index": report.last_index,
        "state_hash": report.state_hash.to_string(),
        "snapshots": snapshots,
        "first_bad": first_bad,
    });
    match format {
        Format::Json => writeln!(std::io::stdout(), "{answer}").map_err(closed)?,
        Format::Table | Format::Csv | Format::Md => verification(args, &report).print(format)?,
    }
    if report.ok() { Ok(()) } else { Err(CliError::Difference("the journal is damaged: see first_bad and snapshots".to_owned())) }
}

fn verification(args: &DataArgs, found: &Verification) -> Report {
    let mut report = Report::new(format!("Journal {}", args.data.display()));
    report.fact("ok", "ok", if found.ok() { "yes" } else { "no" });
    report.fact("last_index", "last index", found.last_index);
    report.fact("state_hash", "state hash", found.state_hash);
    report.fact("first_bad", "first bad", or_none(found.first_bad.as_ref()));
    let fault = |snapshot: &SnapshotReport| vec![snapshot.index.to_string(), or_none(snapshot.fault.as_ref())];
    report.fact("snapshots", "snapshots", found.snapshots.len());
    if found.snapshots.iter().any(|snapshot| snapshot.fault.is_some()) {
        let rows = found.snapshots.iter().map(fault).collect();
        report.table(Table { key: "snapshots", headers: headers(&["SNAPSHOT", "FAULT"]), rows });
    }
    report
}

fn shown(args: &ShowArgs, format: Format) -> Result<(), CliError> {
    let form = match format {
        Format::Table => Form::Text,
        Format::Md => Form::Markdown,
        Format::Csv => Form::Csv,
        Format::Json => Form::JsonLines,
    };
    let range: RangeInclusive<u64> = args.from..=args.to.unwrap_or(u64::MAX);
    let reader = Reader::open(&args.data.data).map_err(read_error)?;
    let count = show(&reader, &range, form, &mut std::io::stdout().lock()).map_err(|error| match error {
        ShowError::Read(error) => read_error(error),
        ShowError::Write(error) => closed(error),
    })?;
    if count == 0 { Err(CliError::usage(format!("no record from {} on", args.from))) } else { Ok(()) }
}

#[expect(clippy::needless_pass_by_value, reason = "what map_err hands over")]
fn read_error(error: ReadError) -> CliError {
    match error {
        ReadError::Corrupt(_) => CliError::Difference(error.to_string()),
        ReadError::Newer(_) => CliError::usage(&error),
        ReadError::Io(_) => CliError::Io(error.to_string()),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "what map_err hands over")]
fn closed(error: std::io::Error) -> CliError {
    if error.kind() == std::io::ErrorKind::BrokenPipe { CliError::OutputClosed } else { CliError::Io(error.to_string()) }
}
