//! `config show`: every key, its value and where it came from.

use clap::{Args, Subcommand};

use super::flags::{AllFlags, Given};
use super::options::{ClientOptions, ServeOptions};
use super::settings::{Resolved, Settings};
use crate::error::CliError;
use crate::output::{Report, Table, headers};
use crate::session::Session;
use crate::values::NONE;

/// Look at the configuration.
#[derive(Subcommand, Debug)]
pub(crate) enum ConfigCommand {
    /// Show every key, its value and where it came from
    Show(ShowArgs),
}

const EXAMPLES: &str = "\
Examples:
  ringfence config show
  RINGFENCE_SPEED=60 ringfence config show -o json
  ringfence config show --config other.toml --listen 127.0.0.1:9000";

/// What `config show` takes: any flag, to see what it would change.
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES, before_long_help = EXAMPLES)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    flags: AllFlags,
}

impl ConfigCommand {
    /// Resolves everything as the commands would, and lists it. `given` are flags that stood before the command.
    ///
    /// # Errors
    /// [`CliError::Usage`] as for the commands themselves.
    pub(crate) fn run(&self, session: &Session, given: &Given) -> Result<Report, CliError> {
        let Self::Show(show) = self;
        let flags = show.flags.0.iter().chain(given).cloned().collect();
        let settings = session.settings(flags)?;
        ServeOptions::new(&settings, session.verbosity)?;
        ClientOptions::new(&settings)?;
        let mut report = Report::new("Configuration");
        let rows = settings.entries().iter().map(row).collect();
        report.table(Table { key: "settings", headers: headers(&["KEY", "VALUE", "FROM"]), rows });
        Ok(report)
    }
}

fn row(entry: &Resolved) -> Vec<String> {
    let value = match (entry.values.is_empty(), entry.key.is_secret()) {
        (true, _) => NONE.to_owned(),
        (false, true) => "(hidden)".to_owned(),
        (false, false) => entry.values.join(","),
    };
    vec![entry.key.name.to_owned(), value, entry.origin.to_string()]
}

impl Session {
    /// Settings with the flags given; notes about the environment go to standard error.
    ///
    /// # Errors
    /// [`CliError::Usage`] as the sources say.
    pub(crate) fn settings(&self, flags: Given) -> Result<Settings, CliError> {
        let settings = Settings::load(flags, self.config.as_deref())?;
        for note in &settings.notes {
            self.note(note);
        }
        Ok(settings)
    }
}
