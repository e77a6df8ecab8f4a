//! The `ringfence-sim` command.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use ringfence_sim::campaign::{AfterFailure, Failure, Plan, Report, simulate};
use ringfence_sim::checker::{Auditor, Options};
use ringfence_sim::shrink::shrink;
use ringfence_sim::sometimes::{EXPECTED, REFUSALS};
use ringfence_sim::violation::{Ignored, Law};
use ringfence_sim::world::live;

/// Exit code of a broken law.
const BROKEN: u8 = 3;
/// Exit code of a simulation that did not get everywhere.
const NOT_REACHED: u8 = 4;

/// Simulate random exchanges with adversarial actors, and look at every law after every command
#[derive(Parser, Debug)]
#[command(name = "ringfence-sim", version)]
struct Cli {
    /// Begin no world after so many seconds
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// The first seed; the others follow
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// At most so many worlds
    #[arg(long, default_value_t = u64::MAX)]
    worlds: u64,
    /// Commands in a world
    #[arg(long, default_value_t = 2_000)]
    commands: usize,
    /// Threads
    #[arg(long, default_value_t = 2)]
    jobs: usize,
    /// Look at the slow laws after every so many commands
    #[arg(long, default_value_t = Options::DEFAULT.every)]
    every: u64,
    /// The independent model recomputes every so many worlds; 0 for none
    #[arg(long, default_value_t = 16)]
    model_every: u64,
    /// Seconds to make a failing world small
    #[arg(long, default_value_t = 60)]
    shrink_seconds: u64,
    /// A law that is not looked at
    #[arg(long, value_parser = law, value_name = "LAW")]
    ignore: Vec<Law>,
    #[command(flatten)]
    switches: Switches,
    /// Print the commands of this world and what becomes of it
    #[arg(long, value_name = "SEED")]
    replay: Option<u64>,
}

#[derive(clap::Args, Debug)]
struct Switches {
    /// Go on after a broken law, and show one world of each kind of violation
    #[arg(long, value_enum, default_value = "stop")]
    on_violation: OnViolation,
    /// Fail when something that must happen sometimes never did
    #[arg(long)]
    require_marks: bool,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum OnViolation {
    /// Begin no more worlds
    Stop,
    /// Live all worlds
    GoOn,
}

/// The law of a name.
fn law(name: &str) -> Result<Law, String> {
    Law::named(name).ok_or_else(|| format!("the laws are {:?}", Law::ALL))
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let ignored = cli.ignore.iter().fold(Ignored::NONE, |ignored, law| ignored.and(*law));
    let options = Options { every: cli.every.max(1), ignored, auditor: Auditor::Books };
    if let Some(seed) = cli.replay {
        return replay(seed, cli.commands, options);
    }
    let limit = Duration::from_secs(cli.seconds);
    let plan = Plan {
        seed: cli.seed,
        worlds: cli.worlds,
        commands: cli.commands,
        limit,
        jobs: cli.jobs,
        options,
        model_every: cli.model_every,
    };
    let after = match cli.switches.on_violation {
        OnViolation::Stop => AfterFailure::Stop,
        OnViolation::GoOn => AfterFailure::GoOn,
    };
    let begun = Instant::now();
    let report = simulate(&plan, after, &|report| progress(report, begun));
    eprintln!();
    print_marks(&report);
    for failure in &report.failures {
        println!("seed {}, command {}: {}", failure.seed, failure.commands.len(), clipped(&failure.violation.to_string()));
    }
    for failure in &report.failures {
        print_shrunk(failure, options, Duration::from_secs(cli.shrink_seconds));
    }
    print_total(&report, begun);
    if report.broken > 0 {
        return ExitCode::from(BROKEN);
    }
    let missing = report.marks.missing();
    if cli.switches.require_marks && !missing.is_empty() {
        println!("never reached: {}", missing.join(", "));
        return ExitCode::from(NOT_REACHED);
    }
    ExitCode::SUCCESS
}

fn progress(report: &Report, begun: Instant) {
    let end = if std::io::stderr().is_terminal() { '\r' } else { '\n' };
    if end == '\r' || report.worlds.is_multiple_of(100) {
        let rate = report.commands as f64 / begun.elapsed().as_secs_f64().max(0.001);
        eprint!("{} worlds, {} commands, {rate:.0}/s, {} broken{end}", report.worlds, report.commands, report.broken);
        drop(std::io::stderr().flush());
    }
}

/// The start of something long.
fn clipped(text: &str) -> String {
    text.chars().take(600).collect()
}

fn print_marks(report: &Report) {
    println!("{:40} {:>12}", "what must happen sometimes", "times");
    for name in &EXPECTED {
        println!("{name:40} {:>12}", report.marks.reached.get(name).copied().unwrap_or_default());
    }
    for name in &REFUSALS {
        println!("refused: {name:31} {:>12}", report.marks.refused.get(name).copied().unwrap_or_default());
    }
}

fn print_shrunk(failure: &Failure, options: Options, limit: Duration) {
    let auditor = if failure.violation.law == Law::Model { Auditor::Model } else { options.auditor };
    let shrunk = shrink(&failure.commands, &failure.violation, Options { auditor, ..options }, limit);
    println!("seed {}: {} commands are enough:", failure.seed, shrunk.commands.len());
    for (command, number) in shrunk.commands.iter().zip(1_u32..) {
        println!("{number:4}  {command:?}");
    }
    println!("{}", shrunk.violation);
}

fn print_total(report: &Report, begun: Instant) {
    let Report { worlds, commands, events, checks, broken, .. } = report;
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "worlds {worlds}, commands {commands}, events {events}, invariants checked {checks}, violations {broken}, seconds {seconds:.1}"
    );
}

fn replay(seed: u64, commands: usize, options: Options) -> ExitCode {
    let outcome = live(seed, commands, options);
    let mut out = std::io::stdout().lock();
    for (command, number) in outcome.commands.iter().zip(1_u32..) {
        // A reader that has seen enough closes the pipe.
        if writeln!(out, "{number:5}  {command:?}").is_err() {
            return ExitCode::SUCCESS;
        }
    }
    drop(writeln!(out, "{} events, {} checks", outcome.events, outcome.checks));
    match outcome.violation {
        Some(violation) => {
            drop(writeln!(out, "{violation}"));
            ExitCode::from(BROKEN)
        }
        None => ExitCode::SUCCESS,
    }
}
