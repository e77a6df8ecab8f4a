//! What runs are made of: files, and the market and the positions of a cell.

use ringfence_compare::{Axes, Cell, Prepared};
use ringfence_market::{FundingRow, ReadError, Reading};
use ringfence_replay::{Crowd, Modes, Options, Population, Script};

use super::args::CompareArgs;
use super::series::{Series, Walk};
use crate::Cli;
use crate::bracket_history::SeriesSetup;
use crate::error::CliError;
use crate::replay_input::{check_openings, market, population_error};
use crate::replay_ladder::ladder;
use crate::setup::MarketArgs;

/// Everything that cells are prepared from.
pub(super) struct Inputs<'a> {
    pub(super) args: &'a CompareArgs,
    pub(super) series: Series,
    pub(super) reading: Reading,
    pub(super) funding: Vec<FundingRow>,
    /// How funding was computed, if it was.
    pub(super) computed: Option<String>,
    pub(super) axes: Axes,
    /// Positions of a file.
    file: Option<Population>,
    pub(super) crowd: Option<Crowd>,
    script: Option<Script>,
}

impl<'a> Inputs<'a> {
    /// Reads all files.
    pub(super) fn read(cli: &Cli, args: &'a CompareArgs) -> Result<Self, CliError> {
        args.check()?;
        let axes = args.axes.axes()?;
        let file = args.positions.population.as_deref().map(Population::from_csv).transpose();
        let script = args.positions.strategy.as_deref().map(Script::from_toml).transpose();
        let reading = args.reading.reading();
        let (funding, computed) = args.rates.rates(&args.file, &reading)?;
        let inputs = Self {
            args,
            funding,
            computed,
            axes,
            file: file.map_err(|error| population_error(&error))?,
            crowd: args.crowd.crowd(),
            script: script.map_err(|error| population_error(&error))?,
            series: Series::read(cli, &args.file, &reading)?,
            reading,
        };
        if inputs.crowd.is_none() && inputs.axes.seeds.iter().any(Option::is_some) {
            return Err(CliError::Usage("seeds need a random population: give --random with the number of accounts".to_owned()));
        }
        Ok(inputs)
    }

    /// One way through the series.
    pub(super) fn walk(&self) -> Result<Walk<'_>, ReadError> {
        self.series.walk(&self.args.file, &self.reading)
    }

    fn setup(&self, cell: &Cell) -> Result<SeriesSetup, CliError> {
        let args = MarketArgs {
            contract: self.args.contract.clone(),
            rules: cell.rules.clone(),
            date: cell.date.clone(),
            mmr: self.args.mmr,
            taker_fee: self.args.taker_fee,
            funding_rate: None,
        };
        SeriesSetup::on(&args, self.series.begins.0)
    }

    /// Which brackets hold, for each choice of them; those of the first rule set, whose dates are those of all.
    pub(super) fn brackets(&self) -> Result<String, CliError> {
        let Some(first) = self.axes.cell(0) else { return Ok(String::new()) };
        let words = |date: &Option<String>| {
            let on = self.setup(&Cell { date: date.clone(), ..first.clone() })?;
            Ok(on.words(self.series.ends_ms))
        };
        Ok(self.axes.dates.iter().map(words).collect::<Result<Vec<_>, CliError>>()?.join("; "))
    }

    /// Market, positions and options of a cell.
    pub(super) fn prepare(&self, cell: &Cell) -> Result<Prepared, CliError> {
        let on = self.setup(cell)?;
        let (market, setup) = (market(&on), &on.setup);
        let mark = self.series.begins.1;
        let leverage: Vec<_> = cell.leverage.into_iter().collect();
        let positions = &self.args.positions;
        let mut population = match (&self.file, &self.crowd) {
            _ if positions.alone => Population::default(),
            (Some(file), _) => {
                // A leverage of the comparison is not the file's: what the brackets do not allow is then reported as refused.
                if leverage.is_empty() {
                    check_openings(setup, file, mark, positions.population.as_deref())?;
                }
                file.clone()
            }
            (None, Some(crowd)) => {
                let crowd = Crowd { seed: cell.seed.unwrap_or(crowd.seed), ..crowd.clone() };
                Population::random(&crowd, &market, mark).map_err(|error| population_error(&error))?
            }
            (None, None) => {
                let rungs = if leverage.is_empty() { &positions.ladder } else { &leverage };
                ladder(setup, mark, positions.sides, (positions.quantity, rungs))?
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
        Ok(Prepared { market, brackets: on.words(self.series.ends_ms), population, options })
    }
}
