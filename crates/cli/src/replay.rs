//! `replay`: a population trades on the engine through a recorded market, isolated and cross side by side.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use ringfence_market::PriceFile;
use ringfence_replay::{
    BarPath, Comparison, DEFAULT_LADDER, LadderSides, MarkSteps, Modes, Options, Population, Replay, UtcTime,
};
use ringfence_risk::solve::quantity_worth;
use ringfence_risk::units::{Amount, Leverage, MarkPrice, Notional, Quantity, Rate};

use crate::Cli;
use crate::error::CliError;
use crate::output::{Format, Report, Table};
use crate::replay_input::{
    MakerArgs, Watched, begins, check_openings, market, population_error, progress_bar, read_error, read_rates, replay_error,
};
use crate::setup::{MarketArgs, Setup};
use crate::values;

/// The sides a ladder is built on.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Sides {
    Long,
    Short,
    Both,
}

/// The way through a bar.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum PathArg {
    /// Open, low, high, close
    Olhc,
    /// Open, high, low, close
    Ohlc,
}

/// Which marks are visited between two prices of a bar.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum MarksArg {
    /// The recorded prices only: the mark jumps between them
    Recorded,
    /// Every step of the mark's grid
    EveryStep,
}

/// Trade a population through recorded prices on the engine.
#[derive(Args, Debug)]
pub(crate) struct ReplayArgs {
    /// Recorded prices: bars or ticks, CSV, plain, gzip or zip
    file: PathBuf,
    /// Contract, as its venue names it
    #[arg(long, default_value = "bitmex:XBTUSD", value_name = "SYMBOL")]
    contract: String,
    /// Rule set
    #[arg(long, default_value = "ringfence", value_name = "NAME")]
    rules: String,
    /// Brackets in force on this day [default: the first day of the file, or the earliest known]
    #[arg(long, value_name = "DAY", conflicts_with = "mmr")]
    date: Option<String>,
    /// One maintenance rate for every size instead of brackets (0.005 or 0.5%)
    #[arg(long, value_name = "RATE", value_parser = values::rate, allow_hyphen_values = true)]
    mmr: Option<Rate>,
    /// Taker fee [default: the rule set's]
    #[arg(long, value_name = "RATE", value_parser = values::rate, allow_hyphen_values = true)]
    taker_fee: Option<Rate>,
    /// Positions from a file (name,account,side,quantity,leverage and, if you like, entry) instead of a ladder; rows of one account and side
    /// add up
    #[arg(long, value_name = "FILE", conflicts_with_all = ["sides", "quantity", "leverages"])]
    population: Option<PathBuf>,
    /// Sides of the ladder; each of its positions is an account of its own
    #[arg(long, value_enum, default_value = "both")]
    sides: Sides,
    /// Size of each position of the ladder [default: worth 10,000 of the quote currency]
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    quantity: Option<Quantity>,
    /// Leverages of the ladder
    #[arg(long, value_name = "TIMES,…", value_delimiter = ',', value_parser = values::leverage, allow_hyphen_values = true)]
    leverages: Vec<Leverage>,
    /// Money of an account, as account=amount [default: twice what its positions post]
    #[arg(long = "wallet", value_name = "ACCOUNT=AMOUNT", value_parser = wallet)]
    wallets: Vec<(String, Amount)>,
    /// Funding rates (CSV: ts_ms,funding_rate)
    #[arg(long, value_name = "FILE")]
    funding: Option<PathBuf>,
    /// The way through a bar
    #[arg(long, value_enum, default_value = "olhc")]
    path: PathArg,
    /// Which marks are visited inside a bar
    #[arg(long, value_enum, default_value = "recorded")]
    marks: MarksArg,
    /// Money the insurance fund begins with
    #[arg(long, value_name = "AMOUNT", default_value = "0", allow_hyphen_values = true)]
    insurance: Amount,
    #[command(flatten)]
    maker: MakerArgs,
}

fn wallet(text: &str) -> Result<(String, Amount), String> {
    let (account, amount) = text.split_once('=').ok_or_else(|| format!("'{text}' is not account=amount"))?;
    let amount: Amount = amount.parse().map_err(|error: ringfence_risk::decimal::ParseError| error.to_string())?;
    Ok((account.to_owned(), amount))
}

impl ReplayArgs {
    /// Runs and prints.
    ///
    /// # Errors
    /// [`CliError`]: unknown names, a faulty file (by row), or a run that cannot go on.
    pub(crate) fn run(&self, cli: &Cli) -> Result<(), CliError> {
        let mut file = PriceFile::open(&self.file).map_err(|error| read_error(&error))?;
        let described = file.describe();
        let first = match file.next() {
            Some(first) => first.map_err(|error| read_error(&error))?,
            None => return Err(CliError::Usage(format!("{} has no rows", self.file.display()))),
        };
        let (time_ms, mark) = begins(&first);
        let (setup, dated) = self.setup(time_ms)?;
        let funding = self.funding.as_deref().map_or(Ok(Vec::new()), read_rates)?;
        if self.insurance < Amount::ZERO {
            return Err(CliError::Usage(format!("--insurance must not be below 0, got {}", self.insurance)));
        }
        let population = self.population(&setup, mark)?;
        let market = market(&setup);
        let options = self.options();
        let replay = Replay { market: &market, population: &population, funding: &funding, options };
        let bar = progress_bar(cli, &file);
        let watched = std::iter::once(Ok(first)).chain(Watched { file, bar: bar.clone(), seen: 0 });
        let comparison = replay.run(watched, |_| {});
        bar.finish_and_clear();
        let comparison = comparison.map_err(|error| replay_error(&error))?;
        if let (true, Some(refused)) = (comparison.positions.is_empty(), comparison.refused.first()) {
            return Err(CliError::Usage(format!("no position could be opened: {}: {}", refused.name, refused.reason)));
        }
        self.print(cli, &Printed { comparison: &comparison, setup: &setup, described: &described, dated: &dated })
    }

    fn options(&self) -> Options {
        let path = match self.path {
            PathArg::Olhc => BarPath::OpenLowHighClose,
            PathArg::Ohlc => BarPath::OpenHighLowClose,
        };
        let steps = match self.marks {
            MarksArg::Recorded => MarkSteps::Recorded,
            MarksArg::EveryStep => MarkSteps::EveryStep,
        };
        Options { path, steps, modes: Modes::Both, maker: self.maker.maker(), insurance: self.insurance }
    }

    /// Brackets of the day the file begins, unless a day is given; where none are known of that day, the earliest that are.
    fn setup(&self, time_ms: i64) -> Result<(Setup, String), CliError> {
        let args = |date: Option<String>| MarketArgs {
            contract: self.contract.clone(),
            rules: self.rules.clone(),
            date,
            mmr: self.mmr,
            taker_fee: self.taker_fee,
            funding_rate: None,
        };
        if self.date.is_some() || self.mmr.is_some() {
            let setup = args(self.date.clone()).setup()?;
            let dated = setup.brackets_from.clone();
            return Ok((setup, dated));
        }
        let listed = ringfence_venues::contract(&self.contract)?;
        let day: String = UtcTime(time_ms).to_string().chars().take(10).collect();
        let known = ringfence_venues::bracket_dates(&listed.brackets_key)?;
        let in_force = known.iter().rev().find(|date| **date <= day.as_str()).or(known.first());
        let setup = args(in_force.map(|date| (*date).to_owned())).setup()?;
        let dated = match in_force {
            Some(date) if *date > day.as_str() => {
                format!("{}: none are known of {day}, so these, the earliest, are used", setup.brackets_from)
            }
            Some(_) | None => setup.brackets_from.clone(),
        };
        Ok((setup, dated))
    }

    fn population(&self, setup: &Setup, mark: MarkPrice) -> Result<Population, CliError> {
        let mut population = match &self.population {
            Some(file) => Population::from_csv(file).map_err(|error| population_error(&error))?,
            None => self.ladder(setup, mark)?,
        };
        check_openings(setup, &population, mark, self.population.as_deref())?;
        for ((account, amount), index) in self.wallets.iter().zip(0..) {
            if self.wallets.iter().take(index).any(|(earlier, _)| earlier == account) {
                return Err(CliError::Usage(format!("--wallet of account '{account}' must be given once")));
            }
            population = population.with_wallet(account, *amount).map_err(|error| population_error(&error))?;
        }
        Ok(population)
    }

    fn ladder(&self, setup: &Setup, mark: MarkPrice) -> Result<Population, CliError> {
        let quantity = match self.quantity {
            Some(quantity) => quantity,
            None => {
                quantity_worth(&setup.listed.contract, "10000".parse::<Notional>().map_err(CliError::usage)?, mark.as_price())?
            }
        };
        setup.check_quantity(quantity)?;
        let sides = match self.sides {
            Sides::Long => LadderSides::Long,
            Sides::Short => LadderSides::Short,
            Sides::Both => LadderSides::Both,
        };
        if !self.leverages.is_empty() {
            let twice = self
                .leverages
                .iter()
                .zip(0..)
                .find(|(leverage, index)| self.leverages.iter().take(*index).any(|earlier| earlier == *leverage));
            if let Some((leverage, _)) = twice {
                return Err(CliError::Usage(format!("--leverages must differ, got {leverage} twice")));
            }
            return Ok(Population::ladder(sides, quantity, &self.leverages));
        }
        // The ladder ends at the contract's greatest leverage: asking for more is left to those who name it.
        let greatest = setup.brackets.max_leverage(Notional::ZERO).unwrap_or(Leverage::ONE);
        let mut leverages = DEFAULT_LADDER.into_iter().map(Leverage::whole).collect::<Result<Vec<_>, _>>()?;
        leverages.retain(|leverage| *leverage <= greatest);
        if leverages.is_empty() {
            return Err(CliError::Usage(format!(
                "the ladder begins at 2x, but the brackets allow {greatest} at most: name --leverages"
            )));
        }
        Ok(Population::ladder(sides, quantity, &leverages))
    }

    fn print(&self, cli: &Cli, printed: &Printed<'_>) -> Result<(), CliError> {
        let comparison = printed.comparison;
        match cli.output {
            Format::Json => {
                let mut json = serde_json::to_value(comparison).map_err(CliError::usage)?;
                if let Some(object) = json.as_object_mut() {
                    object.insert("file".to_owned(), self.file.display().to_string().into());
                    object.insert("format".to_owned(), printed.described.into());
                    object.insert("rules".to_owned(), printed.setup.rules.name.into());
                    object.insert("brackets".to_owned(), printed.dated.into());
                }
                write_out(&format!("{json:#}\n"))
            }
            Format::Csv => write_out(&comparison.to_csv()),
            Format::Table | Format::Md => self.report(printed).print(cli.output),
        }
    }

    fn report(&self, printed: &Printed<'_>) -> Report {
        let Printed { comparison, setup, described, dated } = printed;
        let data = &comparison.data;
        let mut report = Report::new(format!("Replay: {}", setup.describe()));
        report.fact("file", "file", self.file.display());
        report.fact("format", "format", described);
        report.fact("observations", "bars or ticks", data.observations());
        report.fact("span", "from … to", format!("{} … {}", data.first_time, data.last_time));
        report.fact(
            "marks",
            "marks",
            format!("first {}, low {}, high {}, last {}", data.first_mark, data.low, data.high, data.last_mark),
        );
        report.fact("brackets", "brackets", dated);
        let positions = comparison.positions_table();
        report.table(Table { key: "positions", headers: positions.headers, rows: positions.rows });
        let accounts = comparison.accounts_table();
        report.table(Table { key: "accounts", headers: accounts.headers, rows: accounts.rows });
        let runs = comparison.runs_table();
        report.table(Table { key: "runs", headers: runs.headers, rows: runs.rows });
        report.fact("asset", "amounts in", &comparison.settlement);
        for refused in &comparison.refused {
            let mode = if refused.mode == "both" { String::new() } else { format!(" ({} only)", refused.mode) };
            report.note(format!("not opened{mode}: {}: {}", refused.name, refused.reason));
        }
        for line in &comparison.stated {
            report.note(line.clone());
        }
        report
    }
}

struct Printed<'a> {
    comparison: &'a Comparison,
    setup: &'a Setup,
    described: &'a str,
    dated: &'a str,
}

fn write_out(text: &str) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}
