//! The `ringfence` command.

mod calc;
mod contracts;
mod error;
mod examples;
mod output;
mod replay;
mod replay_input;
mod rules;
mod setup;
mod tiers;
mod values;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::error::CliError;
use crate::output::Format;

/// Shown first in `--help`: three things to try.
const EXAMPLES: &str = "\
Examples:
  ringfence calc liquidation --quantity 1 --entry 64000 --leverage 20x --explain
  ringfence replay data/bitmex_XBTUSD_perp_1m_2020-03_11-14.csv.gz
  ringfence tiers BTCUSDT --date 2022-02-12";

/// Exact margin, leverage, liquidation and loss for perpetual positions
#[derive(Parser, Debug)]
#[command(name = "ringfence", version, before_help = EXAMPLES, before_long_help = EXAMPLES, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
    /// How the result is printed
    #[arg(short, long, global = true, value_enum, default_value = "table", value_name = "FORMAT")]
    pub(crate) output: Format,
    /// Say nothing but the result
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    #[command(flatten)]
    pub(crate) progress: ProgressArgs,
}

/// Whether long work shows how far it is. It never does when standard error is not a terminal.
#[derive(clap::Args, Debug, Clone, Copy)]
pub(crate) struct ProgressArgs {
    /// No progress bar
    #[arg(long, global = true)]
    pub(crate) no_progress: bool,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Answer a margin question
    #[command(subcommand)]
    Calc(calc::Calc),
    /// Show leverage brackets
    Tiers(tiers::TiersArgs),
    /// List the contracts
    Contracts,
    /// Show rule sets and their sources
    Rules(rules::RulesArgs),
    /// Check a file of worked examples against the core
    Examples(examples::ExamplesArgs),
    /// Carry positions through recorded prices, isolated and cross side by side
    Replay(replay::ReplayArgs),
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage_error(&error),
    };
    match run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(CliError::OutputClosed) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", one_line(&error.to_string()));
            ExitCode::from(error.exit_status())
        }
    }
}

/// Whatever was given stays on one line of bearable length: control characters are escaped.
fn one_line(text: &str) -> String {
    const LONGEST: usize = 600;
    let escaped: String =
        text.chars().flat_map(|c| if c.is_control() { c.escape_default().collect::<Vec<_>>() } else { vec![c] }).collect();
    if escaped.chars().count() <= LONGEST { escaped } else { escaped.chars().take(LONGEST).chain(['…']).collect() }
}

/// Help and version as they are; a mistake as one line.
fn usage_error(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() || error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let status = u8::from(error.use_stderr()) * 2;
        return match error.print() {
            Ok(()) => ExitCode::from(status),
            Err(_) => ExitCode::from(4),
        };
    }
    let text = error.to_string();
    let lines: Vec<&str> =
        text.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more")).collect();
    eprintln!("{} (see --help)", one_line(lines.join(" ").trim()));
    ExitCode::from(2)
}

fn run(cli: &Cli) -> Result<(), CliError> {
    match &cli.command {
        Command::Calc(calc) => calc.run()?.print(cli.output),
        Command::Tiers(args) => args.run()?.print(cli.output),
        Command::Contracts => contracts::run()?.print(cli.output),
        Command::Rules(args) => args.run()?.print(cli.output),
        Command::Examples(args) => args.run(cli.output),
        Command::Replay(args) => args.run(cli),
    }
}
