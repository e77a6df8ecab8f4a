//! The `ringfence` command.

mod bracket_history;
mod calc;
mod client;
mod compare;
mod completions;
mod config;
mod contracts;
mod error;
mod examples;
mod funding;
mod journal;
mod output;
mod recorded_input;
mod remote;
mod replay;
mod replay_input;
mod replay_ladder;
mod rules;
mod serve;
mod session;
mod setup;
mod tiers;
mod trade;
mod values;
mod verbosity;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::config::{ConfigCommand, KEYS, ServeFlags, ServeOptions};
use crate::error::CliError;
use crate::output::Format;
use crate::session::Session;
use crate::verbosity::Verbosity;

/// A request is a dozen small allocations on several threads: at load, the system's allocator takes a seventh of the server's time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Shown first in `--help`: three things to try.
const EXAMPLES: &str = "\
Examples:
  ringfence
  ringfence order alice buy 0.1 BTCUSDT --leverage 20 --isolated
  ringfence calc liquidation --quantity 1 --entry 64000 --leverage 20x --explain";

const SERVE_EXAMPLES: &str = "\
Examples:
  ringfence serve --data exchange
  ringfence serve --listen 127.0.0.1:0 --ready-file ready.json
  ringfence serve --market BTCUSDT=fixed:64000 --account alice=5000 --maker off";

/// A perpetual-futures exchange on this machine: without a command it is started
#[derive(Parser, Debug)]
#[command(name = "ringfence", version, before_help = EXAMPLES, before_long_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// How the result is printed
    #[arg(short, long, global = true, value_enum, default_value = "table", value_name = "FORMAT")]
    pub(crate) output: Format,
    /// Say nothing but the result
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say more: every request that is sent or served
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    /// Whether colours are used
    #[arg(long, global = true, value_enum, default_value = "auto", value_name = "WHEN")]
    color: clap::ColorChoice,
    /// Configuration file [default: ringfence.toml in the working directory, where there is one]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) progress: ProgressArgs,
    #[command(flatten)]
    serve: ServeFlags,
    #[arg(skip)]
    pub(crate) said: Said,
}

/// What was said rather than left to a default.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Said {
    /// The form of the result.
    pub(crate) output: Option<Format>,
    /// Whether the contract of a recording is the default.
    pub(crate) contract: Given,
}

/// Whether a value was given.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Given {
    /// It is the default.
    #[default]
    Default,
    /// It was.
    Given,
}

impl Said {
    fn of(matches: &ArgMatches, output: Format) -> Self {
        let given = |matches: &ArgMatches, name: &str| {
            matches.ids().any(|id| id.as_str() == name) && matches.value_source(name) == Some(ValueSource::CommandLine)
        };
        let contract = matches.subcommand().is_some_and(|(_, below)| given(below, "contract"));
        Self {
            output: given(matches, "output").then_some(output),
            contract: if contract { Given::Given } else { Given::Default },
        }
    }
}

/// Numbers below 0 are values wherever a value may stand, so that the option says what it takes.
fn taking_negative_numbers(command: clap::Command) -> clap::Command {
    let values = |arg: clap::Arg| if arg.get_action().takes_values() { arg.allow_negative_numbers(true) } else { arg };
    command.mut_args(values).mut_subcommands(taking_negative_numbers)
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
    /// Run the exchange (the same as no command)
    #[command(before_help = SERVE_EXAMPLES, before_long_help = SERVE_EXAMPLES)]
    Serve(ServeFlags),
    /// Place, list and cancel orders at a running server
    Order(trade::OrderArgs),
    /// Show open positions
    Position(trade::PositionArgs),
    /// Show balances and positions
    Account(trade::BalanceArgs),
    /// Change the leverage of a symbol
    Leverage(trade::LeverageArgs),
    /// Add margin to an isolated position, or remove it
    Margin(trade::MarginArgs),
    /// Why was I liquidated? Steps and numbers in the server's words
    Explain(trade::ExplainArgs),
    /// Remember the state of a running server, and go back to it
    #[command(subcommand)]
    Snapshot(trade::SnapshotCommand),
    /// Print the lines that point an existing client at this server
    Client(client::ClientArgs),
    /// Look at the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print a script that completes commands in your shell
    Completions(completions::CompletionsArgs),
    /// Check, show and export what a data directory holds
    #[command(subcommand)]
    Journal(journal::JournalCommand),
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
    /// Hold recorded funding rates against the formula, or compute them
    #[command(before_help = funding::EXAMPLES, before_long_help = funding::EXAMPLES)]
    Funding(Box<funding::FundingArgs>),
    /// Carry positions through recorded prices, isolated and cross side by side
    Replay(Box<replay::ReplayArgs>),
    /// Carry the same commands under several margin modes, rule sets, bracket dates and leverages, and say what differs
    #[command(before_help = compare::EXAMPLES, before_long_help = compare::EXAMPLES)]
    Compare(Box<compare::CompareArgs>),
}

fn main() -> ExitCode {
    color_from_arguments().write_global();
    let command = taking_negative_numbers(Cli::command()).color(match anstream::ColorChoice::global() {
        anstream::ColorChoice::Always | anstream::ColorChoice::AlwaysAnsi => clap::ColorChoice::Always,
        anstream::ColorChoice::Never => clap::ColorChoice::Never,
        anstream::ColorChoice::Auto => clap::ColorChoice::Auto,
    });
    let parsed = command.try_get_matches().and_then(|matches| {
        let cli = Cli::from_arg_matches(&matches)?;
        Ok(Cli { said: Said::of(&matches, cli.output), ..cli })
    });
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return usage_error(&error),
    };
    match run(&cli) {
        Ok(status) => status,
        Err(CliError::OutputClosed) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error.to_string());
            ExitCode::from(error.exit_status())
        }
    }
}

/// What `--color` says, found before the arguments are parsed since help and usage errors are coloured too.
fn color_from_arguments() -> anstream::ColorChoice {
    let arguments: Vec<String> = std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect();
    let following = arguments.iter().skip_while(|argument| *argument != "--color").nth(1).map(String::as_str);
    match arguments.iter().find_map(|argument| argument.strip_prefix("--color=")).or(following) {
        Some("always") => anstream::ColorChoice::Always,
        Some("never") => anstream::ColorChoice::Never,
        Some(_) | None => anstream::ColorChoice::Auto,
    }
}

/// An error on standard error, on one line.
fn complain(text: &str) {
    let red = anstyle::AnsiColor::Red.on_default().bold();
    anstream::eprintln!("{red}error:{red:#} {}", one_line(text));
}

/// Whatever was given stays on one line of bearable length: control characters are escaped.
pub(crate) fn one_line(text: &str) -> String {
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
    complain(&format!("{} (see --help)", lines.join(" ").trim().trim_start_matches("error: ")));
    ExitCode::from(2)
}

impl Cli {
    fn session(&self) -> Session {
        let verbosity = match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, 0) => Verbosity::Normal,
            (false, _) => Verbosity::Verbose,
        };
        Session { format: self.output, verbosity, config: self.config.clone() }
    }

    /// Flags of the server before a command that starts none are a mistake, not to be passed over.
    fn refuse_serve_flags(&self) -> Result<(), CliError> {
        let Some((setting, _)) = self.serve.0.first() else { return Ok(()) };
        let name = KEYS.iter().find(|key| key.setting == *setting).map_or("", |key| key.name);
        Err(CliError::Usage(format!("--{name} belongs to `serve`: put the flags of a command behind its name")))
    }
}

fn serve(session: &Session, flags: Vec<(config::Setting, Vec<String>)>) -> Result<ExitCode, CliError> {
    let settings = session.settings(flags)?;
    Ok(serve::run(ServeOptions::new(&settings, session.verbosity)?))
}

fn run(cli: &Cli) -> Result<ExitCode, CliError> {
    let session = cli.session();
    match &cli.command {
        None => return serve(&session, cli.serve.0.clone()),
        Some(Command::Serve(flags)) => return serve(&session, flags.0.iter().chain(&cli.serve.0).cloned().collect()),
        Some(Command::Config(config)) => config.run(&session, &cli.serve.0)?.print(cli.output)?,
        Some(command) => {
            cli.refuse_serve_flags()?;
            answer(cli, &session, command)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Commands that print an answer and end.
fn answer(cli: &Cli, session: &Session, command: &Command) -> Result<(), CliError> {
    match command {
        Command::Order(args) => args.run(session)?.print(cli.output),
        Command::Position(args) => args.run(session)?.print(cli.output),
        Command::Account(args) => args.run(session)?.print(cli.output),
        Command::Leverage(args) => args.run(session)?.print(cli.output),
        Command::Margin(args) => args.run(session)?.print(cli.output),
        Command::Explain(args) => args.run(session),
        Command::Snapshot(args) => args.run(session)?.print(cli.output),
        Command::Client(args) => args.run(session),
        Command::Completions(args) => args.run(),
        Command::Journal(journal) => journal.run(cli.output, cli.said.output),
        Command::Calc(calc) => calc.run()?.print(cli.output),
        Command::Tiers(args) => args.run()?.print(cli.output),
        Command::Contracts => contracts::run()?.print(cli.output),
        Command::Rules(args) => args.run()?.print(cli.output),
        Command::Examples(args) => args.run(cli.output),
        Command::Funding(args) => args.run(cli.output),
        Command::Replay(args) => args.run(cli),
        Command::Compare(args) => args.run(cli),
        // These two are answered before.
        Command::Serve(_) | Command::Config(_) => Ok(()),
    }
}
