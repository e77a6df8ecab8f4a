//! The `ringfence-torture` command.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use ringfence_torture::calls::{self, CallsOptions};
use ringfence_torture::error::Failure;
use ringfence_torture::fanout::{self, FanoutOptions};
use ringfence_torture::kill::{self, KillOptions};
use ringfence_torture::load::{self, LoadOptions};
use ringfence_torture::net::{self, NetOptions};
use ringfence_torture::recover::{self, RecoverOptions};
use ringfence_torture::yardstick::{self, Settings};

/// Load, crashes and hostile networks against a running exchange, seen only through its sockets
#[derive(Parser, Debug)]
#[command(name = "ringfence-torture", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Signed orders on many connections, beside a yardstick that trades nothing and the disk alone
    Load(LoadOptions),
    /// Kill the server with signal 9 under load, again and again, and hold it to every acknowledgement
    Kill(KillOptions),
    /// Slow, idle, oversized and ambiguous clients, beside an honest one
    Net(NetOptions),
    /// The order of system calls under strace: journal written, synced, then the reply
    Calls(CallsOptions),
    /// Many subscribers of one stream, beside a server that writes each message on its own
    Fanout(FanoutOptions),
    /// How soon a server is ready again on a directory, beside a check of the same journal
    Recover(RecoverOptions),
    #[command(alias = "serve")]
    /// The yardstick alone: a web server that checks signatures and makes requests durable
    Yardstick(Settings),
}

fn main() -> ExitCode {
    match run(&Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Load(options) => load::run(options),
        Command::Kill(options) => kill::run(options),
        Command::Net(options) => net::run(options),
        Command::Calls(options) => calls::run(options),
        Command::Fanout(options) => fanout::run(options),
        Command::Recover(options) => recover::run(options),
        Command::Yardstick(settings) => yardstick::serve(settings),
    }
}
