//! `snapshot`: the state of a running server under a name, in its memory, and back to it.

use clap::{Args, Subcommand};
use serde_json::Value;

use super::answer::text;
use crate::config::{ClientFlags, ClientOptions};
use crate::error::CliError;
use crate::output::{Report, Table, headers};
use crate::remote::{Method, Remote};
use crate::session::Session;

const EXAMPLES: &str = "\
Examples:
  ringfence snapshot save before
  ringfence snapshot load before
  ringfence snapshot list";

/// Remember the state of a running server, and go back to it; not where it keeps its data in a directory.
#[derive(Subcommand, Debug)]
#[command(before_help = EXAMPLES, before_long_help = EXAMPLES)]
pub(crate) enum SnapshotCommand {
    /// Remember the state as it is now; one of the same name is replaced
    Save(NamedArgs),
    /// Go back to a state that was saved; it stays
    Load(NamedArgs),
    /// Show the names there are
    List(ListArgs),
}

#[derive(Args, Debug)]
pub(crate) struct NamedArgs {
    /// What the state is called
    name: String,
    #[command(flatten)]
    connection: ClientFlags,
}

#[derive(Args, Debug)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    connection: ClientFlags,
}

impl SnapshotCommand {
    /// # Errors
    /// [`CliError::Failed`] as the server says.
    pub(crate) fn run(&self, session: &Session) -> Result<Report, CliError> {
        match self {
            Self::Save(args) => args.ask(session, ("snapshot", "saved")),
            Self::Load(args) => args.ask(session, ("revert", "loaded")),
            Self::List(args) => args.ask(session),
        }
    }
}

fn remote(session: &Session, flags: &ClientFlags) -> Result<Remote, CliError> {
    let options = ClientOptions::new(&session.settings(flags.0.clone())?)?;
    // No account: nothing is signed.
    Ok(Remote::new(&options, "", session.verbosity))
}

impl NamedArgs {
    fn ask(&self, session: &Session, (call, done): (&str, &str)) -> Result<Report, CliError> {
        let remote = remote(session, &self.connection)?;
        let answer = remote.local(Method::Post, &format!("/local/v1/{call}"), &[("name", self.name.clone())])?;
        let mut report = Report::new(format!("Snapshot {}: {done}", self.name));
        report.fact("time", "time of the exchange, in milliseconds", text(&answer, "time"));
        Ok(report)
    }
}

impl ListArgs {
    fn ask(&self, session: &Session) -> Result<Report, CliError> {
        let answer = remote(session, &self.connection)?.local(Method::Get, "/local/v1/snapshots", &[])?;
        let names: Vec<String> = answer
            .get("snapshots")
            .and_then(Value::as_array)
            .map_or_else(Vec::new, |names| names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect());
        let mut report = Report::new("Snapshots");
        let most = text(&answer, "most");
        report.fact("snapshots", "snapshots", format!("{} of at most {most}", names.len()));
        let rows: Vec<Vec<String>> = names.into_iter().map(|name| vec![name]).collect();
        if !rows.is_empty() {
            report.table(Table { key: "names", headers: headers(&["NAME"]), rows });
        }
        Ok(report)
    }
}
