//! The `ringfence` command.

mod calc;
mod error;
mod output;
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
  ringfence calc liquidation --contract BTCUSD_PERP --quantity 100 --entry 10000 --leverage 100x --explain
  ringfence replay data/bitmex_XBTUSD_perp_1m_2020-03_11-14.csv.gz
  ringfence tiers BTCUSDT --date 2022-02-12";

/// Exact margin, leverage, liquidation and loss for perpetual positions
#[derive(Parser, Debug)]
#[command(name = "ringfence", version, before_help = EXAMPLES, before_long_help = EXAMPLES, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// How the result is printed
    #[arg(short, long, global = true, value_enum, default_value = "table", value_name = "FORMAT")]
    output: Format,
    /// Say nothing but the result
    #[arg(short, long, global = true)]
    quiet: bool,
    #[command(flatten)]
    progress: ProgressArgs,
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
    /// Show rule sets and their sources
    Rules(rules::RulesArgs),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(CliError::OutputClosed) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(error.exit_status())
        }
    }
}

fn run(cli: &Cli) -> Result<(), CliError> {
    match &cli.command {
        Command::Calc(calc) => calc.run()?.print(cli.output),
        Command::Tiers(args) => args.run()?.print(cli.output),
        Command::Rules(args) => args.run()?.print(cli.output),
    }
}
