//! What runs are made of: the series, and the market and the positions of a cell.

use std::path::Path;

use ringfence_compare::{Axes, Cell, Fact, Prepared, checksum};
use ringfence_market::{FundingRow, Observation, PriceFile, ReadError};
use ringfence_replay::{Crowd, Modes, Options, Population, Script, UtcTime};
use ringfence_risk::units::MarkPrice;

use super::args::CompareArgs;
use crate::Cli;
use crate::error::CliError;
use crate::replay_input::{Watched, begins, check_openings, market, population_error, progress_bar, read_error, read_rates};
use crate::replay_ladder::{ladder, setup_on};
use crate::setup::{MarketArgs, Setup};

/// Most observations kept in memory; a longer file is read anew for every run.
const MOST_KEPT: usize = 8_000_000;

/// The recorded series, read and checked once.
pub(super) struct Series {
    kept: Option<Vec<Observation>>,
    pub(super) described: String,
    pub(super) count: u64,
    pub(super) begins: (i64, MarkPrice),
    pub(super) ends_ms: i64,
}

/// One way through a series.
pub(super) enum Walk<'a> {
    Kept(std::iter::Copied<std::slice::Iter<'a, Observation>>),
    Read(Box<PriceFile>),
}

impl Iterator for Walk<'_> {
    type Item = Result<Observation, ReadError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Kept(kept) => kept.next().map(Ok),
            Self::Read(file) => file.next(),
        }
    }
}

impl Series {
    /// Reads the whole file: a fault anywhere ends it before any run is made.
    pub(super) fn read(cli: &Cli, path: &Path) -> Result<Self, CliError> {
        let file = PriceFile::open(path).map_err(|error| read_error(&error))?;
        let described = file.describe();
        let bar = progress_bar(cli, &file);
        let mut kept = Some(Vec::new());
        let (mut count, mut first, mut ends_ms) = (0_u64, None, 0);
        for observation in (Watched { file, bar: bar.clone(), seen: 0 }) {
            let observation = observation.map_err(|error| read_error(&error))?;
            first.get_or_insert(observation);
            ends_ms = begins(&observation).0;
            count = count.saturating_add(1);
            if let Some(observations) = kept.as_mut() {
                observations.push(observation);
                if observations.len() > MOST_KEPT {
                    kept = None;
                }
            }
        }
        bar.finish_and_clear();
        let first = first.ok_or_else(|| CliError::Usage(format!("{} has no rows", path.display())))?;
        Ok(Self { kept, described, count, begins: begins(&first), ends_ms })
    }

    pub(super) fn walk(&self, path: &Path) -> Result<Walk<'_>, ReadError> {
        match &self.kept {
            Some(kept) => Ok(Walk::Kept(kept.iter().copied())),
            None => PriceFile::open(path).map(|file| Walk::Read(Box::new(file))),
        }
    }
}

/// Everything that cells are prepared from.
pub(super) struct Inputs<'a> {
    pub(super) args: &'a CompareArgs,
    pub(super) series: Series,
    pub(super) funding: Vec<FundingRow>,
    pub(super) axes: Axes,
    /// Positions of a file.
    file: Option<Population>,
    crowd: Option<Crowd>,
    script: Option<Script>,
}

impl<'a> Inputs<'a> {
    /// Reads all files.
    pub(super) fn read(cli: &Cli, args: &'a CompareArgs) -> Result<Self, CliError> {
        args.check()?;
        let axes = args.axes.axes()?;
        let file = args.positions.population.as_deref().map(Population::from_csv).transpose();
        let script = args.positions.strategy.as_deref().map(Script::from_toml).transpose();
        let inputs = Self {
            args,
            funding: args.funding.as_deref().map_or(Ok(Vec::new()), read_rates)?,
            axes,
            file: file.map_err(|error| population_error(&error))?,
            crowd: args.crowd.crowd(),
            script: script.map_err(|error| population_error(&error))?,
            series: Series::read(cli, &args.file)?,
        };
        if inputs.crowd.is_none() && inputs.axes.seeds.iter().any(Option::is_some) {
            return Err(CliError::Usage("seeds need a random population: give --random with the number of accounts".to_owned()));
        }
        Ok(inputs)
    }

    fn setup(&self, cell: &Cell) -> Result<(Setup, String), CliError> {
        let args = MarketArgs {
            contract: self.args.contract.clone(),
            rules: cell.rules.clone(),
            date: cell.date.clone(),
            mmr: self.args.mmr,
            taker_fee: self.args.taker_fee,
            funding_rate: None,
        };
        setup_on(&args, self.series.begins.0)
    }

    /// Market, positions and options of a cell.
    pub(super) fn prepare(&self, cell: &Cell) -> Result<Prepared, CliError> {
        let (setup, brackets) = self.setup(cell)?;
        let market = market(&setup);
        let mark = self.series.begins.1;
        let leverage: Vec<_> = cell.leverage.into_iter().collect();
        let positions = &self.args.positions;
        let mut population = match (&self.file, &self.crowd) {
            _ if positions.alone => Population::default(),
            (Some(file), _) => {
                // A leverage of the comparison is not the file's: what the brackets do not allow is then reported as refused.
                if leverage.is_empty() {
                    check_openings(&setup, file, mark, positions.population.as_deref())?;
                }
                file.clone()
            }
            (None, Some(crowd)) => {
                let crowd = Crowd { seed: cell.seed.unwrap_or(crowd.seed), ..crowd.clone() };
                Population::random(&crowd, &market, mark).map_err(|error| population_error(&error))?
            }
            (None, None) => {
                let rungs = if leverage.is_empty() { &positions.ladder } else { &leverage };
                ladder(&setup, mark, positions.sides, (positions.quantity, rungs))?
            }
        };
        if let Some(script) = &self.script {
            population = population.with_script(script.clone());
        }
        if let Some(leverage) = cell.leverage {
            population = population.with_leverage(None, leverage).map_err(|error| population_error(&error))?;
        }
        for (account, amount) in &positions.wallets {
            population = population.with_wallet(account, *amount).map_err(|error| population_error(&error))?;
        }
        if let Some(money) = positions.money {
            population = population.with_money(money).map_err(|error| population_error(&error))?;
        }
        let options = Options {
            path: cell.path.0,
            steps: self.args.marks.into(),
            modes: Modes::Isolated,
            maker: self.args.maker.maker(),
            insurance: self.args.insurance,
            impact: self.args.impact.impact(),
        };
        Ok(Prepared { market, brackets, population, options })
    }

    /// What every report states: the data and its checksum, the positions and their seeds, the version and the command.
    pub(super) fn facts(&self) -> Result<Vec<Fact>, CliError> {
        let mut facts = Vec::new();
        let mut add = |key, label, value: String| facts.push(Fact { key, label, value });
        let name = |path: &Path| path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let sum = |path: &Path| checksum(path).map_err(|error| super::compare_error(&error));
        add("file", "file", name(&self.args.file));
        add("sha256", "SHA-256 of the file", sum(&self.args.file)?);
        add("format", "format", self.series.described.clone());
        add("observations", "bars or ticks", self.series.count.to_string());
        let ends = UtcTime(self.series.ends_ms);
        add("span", "from … to", format!("{} … {ends}", UtcTime(self.series.begins.0)));
        add("contract", "contract", self.args.contract.clone());
        let files = [
            ("population", "positions", &self.args.positions.population),
            ("strategy", "script", &self.args.positions.strategy),
            ("funding", "funding", &self.args.funding),
        ];
        for (key, label, path) in files {
            if let Some(path) = path {
                add(key, label, format!("{}, SHA-256 {}", name(path), sum(path)?));
            }
        }
        if let Some(crowd) = &self.crowd {
            let seeds: Vec<String> = self.axes.seeds.iter().map(|seed| seed.unwrap_or(crowd.seed).to_string()).collect();
            let seed = if seeds.len() > 1 { "of each run".to_owned() } else { seeds.concat() };
            let Crowd { accounts, seed: _, least, most, longs, hedged, cross, leverages } = crowd;
            let weights: Vec<String> =
                leverages.iter().map(|weighted| format!("{}x:{}", weighted.leverage, weighted.weight)).collect();
            let drawn = format!(
                "{accounts} random accounts, seed {seed}, sizes {least} to {most} of the quote currency evenly over the orders of magnitude, \
                 leverages {} (lowered where the bracket of a size allows less), share of longs {longs}, of hedgers {hedged}, on cross where modes \
                 are as stated {cross}",
                weights.join(" ")
            );
            add("random", "positions", drawn);
        }
        add("version", "version", format!("ringfence {}", env!("CARGO_PKG_VERSION")));
        add("command", "command", command());
        Ok(facts)
    }
}

/// The command that makes the same comparison: without what says only where results go and how they are shown.
fn command() -> String {
    let mut words = vec!["ringfence".to_owned()];
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--report" | "--workers" | "--out" | "--shard" | "-o" | "--output" | "--color" | "--config" => {
                arguments.next();
            }
            "-q" | "--quiet" | "--no-progress" | "-v" | "--verbose" => {}
            other
                if ["--report=", "--workers=", "--out=", "--shard=", "--output="].iter().any(|flag| other.starts_with(flag)) => {}
            other if other.contains([' ', '"', '\'']) => words.push(format!("'{}'", other.replace('\'', "'\\''"))),
            other => words.push(other.to_owned()),
        }
    }
    words.join(" ")
}
