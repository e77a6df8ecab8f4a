//! `serve`: the exchange.

mod banner;
mod ready;
mod setup;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use ringfence_server::follower::SnapshotTerms;
use ringfence_server::log::{self, Format};
use ringfence_server::server::{Reach, Server, ServerError, ServerSettings, Throttle, launch_telling};
use ringfence_server::start::Keeping;

use crate::config::kinds::Switch;
use crate::config::{LogFormat, ServeOptions};
use crate::verbosity::Verbosity;

/// Runs the exchange until it is told to stop (SIGTERM, Ctrl-C). Its last line at the start is `READY`, where it keeps its data.
#[expect(clippy::needless_pass_by_value, reason = "the server keeps its options as long as it runs")]
pub(crate) fn run(options: ServeOptions) -> ExitCode {
    start_log(&options);
    match serve(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("error: {error}");
            ExitCode::from(exit_code(&error))
        }
    }
}

/// Why it does not run.
#[derive(Debug)]
enum Failed {
    Usage(String),
    Server(ServerError),
    /// The ready file.
    ReadyFile(String),
    Output(std::io::Error),
}

impl core::fmt::Display for Failed {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Usage(what) | Self::ReadyFile(what) => formatter.write_str(what),
            Self::Server(error) => write!(formatter, "{error}"),
            Self::Output(error) => write!(formatter, "{error}"),
        }
    }
}

fn exit_code(error: &Failed) -> u8 {
    match error {
        Failed::Usage(_) => 2,
        Failed::Server(error) => error.exit_code(),
        Failed::ReadyFile(_) | Failed::Output(_) => 4,
    }
}

fn serve(options: &ServeOptions) -> Result<(), Failed> {
    let settings = settings(options)?;
    // Before anything is made.
    let ready_file = options.ready_file.as_deref();
    ready_file.map_or(Ok(()), |path| ready::check(path).map_err(|error| Failed::ReadyFile(ready::refusal(path, &error))))?;
    // One line an event, after the banner; a pipe is told as well as a terminal.
    let told = (options.verbosity != Verbosity::Quiet).then(|| Box::new(std::io::stdout()) as Box<dyn Write + Send>);
    let server = launch_telling(&settings, told).map_err(Failed::Server)?;
    let wallets = server.wallets();
    announce(options, &banner::banner(options, &settings, (&server, &wallets)), &server).map_err(Failed::Output)?;
    let written = |path| ready::write(path, &settings, (&server, &wallets));
    ready_file.map_or(Ok(()), |path| written(path).map_err(|error| Failed::ReadyFile(ready::refusal(path, &error))))?;
    server.run(ringfence_server::server::told_to_stop()).map_err(Failed::Server)
}

fn settings(options: &ServeOptions) -> Result<ServerSettings, Failed> {
    let mut sequencer = ringfence_server::exchange::SequencerSettings::DEFAULT;
    sequencer.feed_every = options.feed_interval;
    let reach = match (&options.token, options.allow_remote) {
        (Some(token), _) => Reach::Anywhere(ringfence_server::edge::secret::Secret::new(token.clone().into_bytes())),
        (None, Switch::Off) => Reach::Loopback,
        (None, Switch::On) => return Err(Failed::Usage("allow-remote needs a token: give --token too".to_owned())),
    };
    Ok(ServerSettings {
        setup: setup::setup(options).map_err(Failed::Usage)?,
        keeping: options.data.clone().map_or(Keeping::Memory, Keeping::Directory),
        listen: options.listen,
        hosts: Vec::new(),
        reach,
        throttle: match options.throttle {
            Switch::On => Throttle::AsBinance,
            Switch::Off => Throttle::Off,
        },
        sequencer,
        snapshots: SnapshotTerms::DEFAULT,
    })
}

/// The banner, where it is wanted; the line with the place in the journal, where there is one.
fn announce(options: &ServeOptions, banner: &str, server: &Server) -> std::io::Result<()> {
    let mut out = anstream::stdout().lock();
    if options.verbosity != Verbosity::Quiet {
        write!(out, "{banner}")?;
    }
    for note in &server.report.notes {
        anstream::eprintln!("note: {note}");
    }
    if options.data.is_some() {
        let report = &server.report;
        writeln!(out, "READY {} index={} hash={}", server.address, report.index, report.hash)?;
    }
    out.flush()
}

/// What the server says of itself goes to standard error: warnings, and more with `-v`.
fn start_log(options: &ServeOptions) {
    let level = match options.verbosity {
        Verbosity::Quiet => "error",
        Verbosity::Normal => "warn",
        Verbosity::Verbose => "debug",
    };
    let format = match options.log {
        LogFormat::Json => Format::Json,
        LogFormat::Text if std::io::stderr().is_terminal() => Format::Coloured,
        LogFormat::Text => Format::Plain,
    };
    log::start(level, format);
}
