//! Load: many clients with signed orders, and beside them the yardstick and the disk.

mod client;
mod pace;
pub mod report;
pub mod row;

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::Failure;
use crate::histogram::Histogram;
use crate::probe::{Beside, Probe};
use crate::process::{self, Launch};
use crate::target::{FarAway, ServerOptions, Target};
use report::Report;
use row::{Measured, Row};

/// How requests travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Transport {
    /// HTTP/1.1 on connections that are kept.
    Http,
    /// The WebSocket API.
    Ws,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Mix {
    /// Orders that rest; when an account has as many as it may, they are cancelled.
    Place,
    /// An order, its cancel, an order, its cancel.
    PlaceCancel,
    /// Orders at the market, buying and selling in turn. They trade, so the streams have much to say.
    Trade,
}

/// What to measure.
#[derive(Clone, Debug, PartialEq, clap::Args)]
pub struct LoadOptions {
    /// The server
    #[command(flatten)]
    pub server: ServerOptions,
    /// Connections; a row for each number
    #[arg(long, value_delimiter = ',', default_value = "1,64,256")]
    pub connections: Vec<usize>,
    /// Seconds of each row that count, after one that does not
    #[arg(long, default_value_t = 10)]
    pub seconds: u64,
    /// Open loop with so many requests a second; without it each connection asks again when it is answered
    #[arg(long)]
    pub rate: Option<u64>,
    /// How requests travel
    #[arg(long, value_enum, default_value_t = Transport::Http)]
    pub path: Transport,
    /// What is asked
    #[arg(long, value_enum, default_value_t = Mix::Place)]
    pub mix: Mix,
    /// Open orders an account may have
    #[arg(long, default_value_t = 150)]
    pub open_orders: usize,
    /// Threads of the generator
    #[arg(long, default_value_t = 1)]
    pub threads: usize,
    /// Measure server and yardstick so many times in turn; the middle counts
    #[arg(long, default_value_t = 1)]
    pub rounds: usize,
    /// Exit with code 3 when a goal is missed: 40,000 orders/s at 64 connections, 2.5 times within the yardstick, and in open
    /// loop a 99th percentile of at most 3 times that of fdatasync and 2 ms
    #[arg(long)]
    pub check: bool,
}

/// What can be measured in turn.
struct Sides {
    server: Target,
    yardstick: Target,
    directory: Option<PathBuf>,
}

/// Measures every row and prints it.
///
/// # Errors
/// When a server cannot be started or used, and with `--check` when a goal is missed.
pub fn run(options: &LoadOptions) -> Result<(), Failure> {
    let sides = Sides::open(options)?;
    let report = Report::new(options);
    if let Some(directory) = &sides.directory {
        report.disk("idle", &Probe::new(directory)?.during(Duration::from_secs(1))?);
    }
    let mut missed = Vec::new();
    for connections in &options.connections {
        let row = Row {
            connections: *connections,
            seconds: options.seconds,
            rate: options.rate,
            transport: options.path,
            mix: options.mix,
            open_orders: options.open_orders,
            threads: options.threads,
        };
        missed.extend(sides.measure(&row, options, &report)?);
    }
    if missed.is_empty() { Ok(()) } else { Err(Failure::Difference(missed.join("\n"))) }
}

impl Sides {
    fn open(options: &LoadOptions) -> Result<Self, Failure> {
        let directory = options.server.data.clone();
        let part = |name: &str| directory.as_deref().map(|directory| directory.join(name));
        let (for_server, for_yardstick) = (part("server"), part("yardstick"));
        for made in [&for_server, &for_yardstick].into_iter().flatten() {
            std::fs::create_dir_all(made).map_err(Failure::file(made))?;
        }
        let server = options.server.open(for_server.as_deref())?;
        let accounts = server.ready.accounts.len();
        let yardstick = Target::start(&yardstick(for_yardstick.as_deref(), accounts)?)?;
        Ok(Self { server, yardstick, directory })
    }

    fn measure(&self, row: &Row, options: &LoadOptions, report: &Report) -> Result<Vec<String>, Failure> {
        let (mut ours, mut theirs, mut disk) = (Vec::new(), Vec::new(), Histogram::new());
        for _ in 0..options.rounds.max(1) {
            let (measured, beside) = self.beside(&self.server, row, options)?;
            ours.push(measured);
            disk.add(&beside);
            theirs.push(self.beside(&self.yardstick, row, options)?.0);
        }
        let (ours, theirs) = (row::middle(ours), row::middle(theirs));
        report.row("server", row, &ours);
        report.row("yardstick", row, &theirs);
        Ok(report.compare(row, &ours, &theirs, &disk))
    }

    /// Measures one side with the probe of the disk beside it.
    fn beside(&self, target: &Target, row: &Row, options: &LoadOptions) -> Result<(Measured, Histogram), Failure> {
        let far = FarAway::ask(target.address(), &options.server.symbol)?;
        let before = target.process().map(process::usage);
        let probe = self.directory.as_deref().map(Beside::start).transpose()?;
        let mut measured = row::measure(target, row, &options.server.symbol, &far)?;
        let disk = probe.map_or(Ok(Histogram::new()), Beside::stop)?;
        if let (Some(before), Some(process)) = (before, target.process()) {
            measured.processor = process::usage(process).processor.saturating_sub(before.processor);
        }
        Ok((measured, disk))
    }
}

/// How the yardstick is started: as a process of its own, so that it shares the machine as the server does.
///
/// # Errors
/// When this program cannot find itself.
pub fn yardstick(data: Option<&Path>, accounts: usize) -> Result<Launch, Failure> {
    Ok(Launch {
        wrapper: Vec::new(),
        program: std::env::current_exe().map_err(Failure::io("this program"))?,
        command: "yardstick".to_owned(),
        data: data.map(Path::to_owned),
        arguments: vec!["--accounts".to_owned(), accounts.to_string()],
    })
}
