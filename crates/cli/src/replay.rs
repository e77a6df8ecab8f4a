//! `replay`: a population trades on the engine through a recorded market, isolated and cross side by side.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use ringfence_market::Recorded;
use ringfence_replay::{Comparison, Modes, Options, Population, Replay};
use ringfence_risk::units::{Amount, Leverage, MarkPrice, Quantity, Rate};

use crate::Cli;
use crate::bracket_history::{HISTORY, SeriesSetup};
use crate::error::CliError;
use crate::output::{Format, Report, Table};
use crate::recorded_input::{RatesArgs, ReadingArgs};
use crate::replay_input::{
    MakerArgs, Watched, begins, check_openings, market, population_error, progress_bar, read_error, replay_error,
};
use crate::replay_ladder::{MarksArg, PathArg, Sides, ladder, wallet};
use crate::setup::{MarketArgs, RECORDED_CONTRACT, Setup, check_recording};
use crate::values;

/// Trade a population through recorded prices on the engine.
#[derive(Args, Debug)]
pub(crate) struct ReplayArgs {
    /// Recorded prices: bars, ticks or quotes (CSV, plain, gzip or zip), or a recorded feed with its order book
    file: PathBuf,
    /// Contract, as its venue names it
    #[arg(long, default_value = RECORDED_CONTRACT, value_name = "SYMBOL")]
    contract: String,
    /// Rule set
    #[arg(long, default_value = "ringfence", value_name = "NAME")]
    rules: String,
    /// Brackets: history (those in force on every day of the file), first (of its first day, for all of it) or of a day (YYYY-MM-DD); where
    /// none are known of the first day, the earliest
    #[arg(long = "brackets-date", alias = "date", value_name = "DAY", default_value = HISTORY, conflicts_with = "mmr")]
    brackets_date: String,
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
    #[command(flatten)]
    rates: RatesArgs,
    #[command(flatten)]
    reading: ReadingArgs,
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

impl ReplayArgs {
    /// Runs and prints.
    ///
    /// # Errors
    /// [`CliError`]: unknown names, a faulty file (by row), or a run that cannot go on.
    pub(crate) fn run(&self, cli: &Cli) -> Result<(), CliError> {
        check_recording(&self.file, cli.said.contract)?;
        let reading = self.reading.reading();
        let file = Recorded::open(&self.file, &reading).map_err(|error| read_error(&error))?;
        let (described, bar) = (file.describe(), progress_bar(cli, "replaying", file.progress().total));
        let mut watched = Watched::new(file, bar.clone());
        let (time_ms, mark) = begins(&watched.look(&self.file)?);
        let on = self.setup(time_ms)?;
        let (funding, computed) = self.rates.rates(&self.file, &reading)?;
        if self.insurance < Amount::ZERO {
            return Err(CliError::Usage(format!("--insurance must not be below 0, got {}", self.insurance)));
        }
        let population = self.population(&on.setup, mark)?;
        let market = market(&on);
        let options = self.options();
        let replay = Replay { market: &market, population: &population, funding: &funding, options };
        let comparison = replay.run(&mut watched, |_| {});
        bar.finish_and_clear();
        let comparison = comparison.map_err(|error| replay_error(&error))?;
        if let (true, Some(refused)) = (comparison.positions.is_empty(), comparison.refused.first()) {
            return Err(CliError::Usage(format!("no position could be opened: {}: {}", refused.name, refused.reason)));
        }
        let rows = format!("{} ({})", watched.file.summary(), reading.policies);
        self.print(cli, &Printed { comparison: &comparison, on: &on, described: &described, rows, computed })
    }

    fn options(&self) -> Options {
        let (path, steps) = (self.path.into(), self.marks.into());
        Options { path, steps, modes: Modes::Both, maker: self.maker.maker(), insurance: self.insurance, impact: None }
    }

    fn setup(&self, time_ms: i64) -> Result<SeriesSetup, CliError> {
        let args = MarketArgs {
            contract: self.contract.clone(),
            rules: self.rules.clone(),
            date: Some(self.brackets_date.clone()),
            mmr: self.mmr,
            taker_fee: self.taker_fee,
            funding_rate: None,
        };
        SeriesSetup::on(&args, time_ms)
    }

    fn population(&self, setup: &Setup, mark: MarkPrice) -> Result<Population, CliError> {
        let mut population = match &self.population {
            Some(file) => Population::from_csv(file).map_err(|error| population_error(&error))?,
            None => ladder(setup, mark, self.sides, (self.quantity, &self.leverages))?,
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

    fn print(&self, cli: &Cli, printed: &Printed<'_>) -> Result<(), CliError> {
        let comparison = printed.comparison;
        match cli.output {
            Format::Json => {
                let mut json = serde_json::to_value(comparison).map_err(CliError::usage)?;
                if let Some(object) = json.as_object_mut() {
                    object.insert("file".to_owned(), self.file.display().to_string().into());
                    object.insert("format".to_owned(), printed.described.into());
                    object.insert("rows".to_owned(), printed.rows.clone().into());
                    if let Some(computed) = &printed.computed {
                        object.insert("funding".to_owned(), computed.clone().into());
                    }
                    object.insert("rules".to_owned(), printed.on.setup.rules.name.into());
                    object.insert("brackets".to_owned(), printed.dated().into());
                }
                write_out(&format!("{json:#}\n"))
            }
            Format::Csv => write_out(&comparison.to_csv()),
            Format::Table | Format::Md => self.report(printed).print(cli.output),
        }
    }

    fn report(&self, printed: &Printed<'_>) -> Report {
        let Printed { comparison, on, described, rows, computed } = printed;
        let data = &comparison.data;
        let mut report = Report::new(format!("Replay: {}", on.setup.describe()));
        report.fact("file", "file", self.file.display());
        report.fact("format", "format", described);
        report.fact("rows", "rows", rows);
        report.fact("observations", "bars or ticks", data.observations());
        report.fact("span", "from … to", format!("{} … {}", data.first_time, data.last_time));
        report.fact(
            "marks",
            "marks",
            format!("first {}, low {}, high {}, last {}", data.first_mark, data.low, data.high, data.last_mark),
        );
        report.fact("brackets", "brackets", printed.dated());
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
        for line in on.unused_words(data.last_time.0).iter().chain(computed).chain(&comparison.stated) {
            report.note(line.clone());
        }
        report
    }
}

struct Printed<'a> {
    comparison: &'a Comparison,
    on: &'a SeriesSetup,
    described: &'a str,
    /// What the reader counted.
    rows: String,
    /// How funding was computed, if it was.
    computed: Option<String>,
}

impl Printed<'_> {
    /// Which brackets held.
    fn dated(&self) -> String {
        self.on.words(self.comparison.data.last_time.0)
    }
}

fn write_out(text: &str) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}
