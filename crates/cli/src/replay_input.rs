//! What a replay is made of: the maker's arguments, files as they are read, and what is wrong with them.

use std::io::IsTerminal;
use std::path::Path;
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use ringfence_market::{Book, FundingRow, Observation, ReadError, Recorded, read_funding};
use ringfence_replay::{Maker, Market, Population, PopulationError, Recording, ReplayError};
use ringfence_risk::plan::check_leverage;
use ringfence_risk::position::fill_value;
use ringfence_risk::units::{MarkPrice, Notional, Rate};

use crate::Cli;
use crate::bracket_history::SeriesSetup;
use crate::error::CliError;
use crate::setup::Setup;
use crate::values;

/// The synthetic maker: all the liquidity there is.
#[derive(Args, Debug)]
pub(crate) struct MakerArgs {
    /// Prices the maker quotes on each side
    #[arg(long, value_name = "NUMBER", default_value_t = Maker::DEFAULT.levels, help_heading = "Maker")]
    maker_levels: u16,
    /// What it offers at each, in quote currency at the mark; 0 for an empty book
    #[arg(long, value_name = "WORTH", default_value_t = Maker::DEFAULT.depth, help_heading = "Maker", allow_hyphen_values = true)]
    maker_depth: Notional,
    /// Distance of its first price from the mark
    #[arg(long, value_name = "RATE", value_parser = values::rate, default_value_t = Maker::DEFAULT.half_spread, help_heading = "Maker",
          allow_hyphen_values = true)]
    maker_spread: Rate,
    /// Distance from one price to the next
    #[arg(long, value_name = "RATE", value_parser = values::rate, default_value_t = Maker::DEFAULT.spacing, help_heading = "Maker",
          allow_hyphen_values = true)]
    maker_spacing: Rate,
}

impl MakerArgs {
    /// The maker; `None` for an empty book.
    pub(crate) fn maker(&self) -> Option<Maker> {
        let (levels, depth) = (self.maker_levels, self.maker_depth);
        let maker = Maker { levels, depth, half_spread: self.maker_spread, spacing: self.maker_spacing };
        (depth > Notional::ZERO).then_some(maker)
    }
}

/// Refuses a position that no wallet could open: off the lot, or above the bracket's leverage; a file's names its row.
pub(crate) fn check_openings(
    setup: &Setup,
    population: &Population,
    mark: MarkPrice,
    file: Option<&Path>,
) -> Result<(), CliError> {
    for opening in population.openings() {
        let price = opening.entry.unwrap_or(mark.as_price());
        let checked = setup.check_quantity(opening.quantity).and_then(|()| {
            let value = fill_value(&setup.listed.contract, opening.quantity, price)?;
            Ok(check_leverage(&setup.brackets, opening.leverage, value)?)
        });
        if let Err(error) = checked {
            let place =
                file.map_or_else(|| opening.name.clone(), |file| format!("{}{}", file.display(), row_of(file, &opening.name)));
            return Err(CliError::Usage(format!("{place}: {error}")));
        }
    }
    Ok(())
}

/// The row of a position in its file; names in a file are unique.
fn row_of(file: &Path, name: &str) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let row = text.lines().position(|line| line.split(',').next().is_some_and(|field| field.trim() == name));
    row.map_or_else(|| format!(" position {name}"), |row| format!(" row {}", row.saturating_add(1)))
}

pub(crate) fn begins(first: &Observation) -> (i64, MarkPrice) {
    match first {
        Observation::Bar(bar) => (bar.open_time_ms, bar.open),
        Observation::Tick(tick) => (tick.time_ms, tick.price),
    }
}

pub(crate) fn market(on: &SeriesSetup) -> Market {
    let setup = &on.setup;
    Market {
        contract: setup.listed.contract,
        brackets: setup.brackets.clone(),
        rules: setup.rules.rules.clone(),
        fees: setup.fees,
        symbol: setup.listed.symbol.clone(),
        bracket_changes: on.changes.clone(),
    }
}

pub(crate) fn read_rates(path: &Path) -> Result<Vec<FundingRow>, CliError> {
    read_funding(path).map_err(|error| read_error(&error))
}

pub(crate) fn read_error(error: &ReadError) -> CliError {
    if error.is_io() { CliError::Io(error.to_string()) } else { CliError::usage(error) }
}

/// A fault of the program is a difference that a check found; everything else is the input's.
pub(crate) fn replay_error(error: &ReplayError) -> CliError {
    if let ReplayError::Read(error) = error {
        return read_error(error);
    }
    if matches!(error, ReplayError::Unbalanced { .. } | ReplayError::Overdue { .. }) {
        return CliError::Difference(error.to_string());
    }
    CliError::usage(error)
}

pub(crate) fn population_error(error: &PopulationError) -> CliError {
    if matches!(error, PopulationError::Io { .. }) { CliError::Io(error.to_string()) } else { CliError::usage(error) }
}

/// A recorded file with its book, moving a progress bar as it is read. Its first row may be looked at before.
pub(crate) struct Watched {
    pub(crate) file: Recorded,
    first: Option<Observation>,
    bar: ProgressBar,
    seen: u32,
    read: u64,
}

impl Watched {
    pub(crate) const fn new(file: Recorded, bar: ProgressBar) -> Self {
        Self { file, first: None, bar, seen: 0, read: 0 }
    }

    /// The first row, which is read again afterwards.
    pub(crate) fn look(&mut self, path: &Path) -> Result<Observation, CliError> {
        let first = match self.file.next() {
            Some(first) => first.map_err(|error| read_error(&error))?,
            None => return Err(CliError::Usage(no_rows(path, &self.file))),
        };
        self.first = Some(first);
        Ok(first)
    }

    fn moved(&mut self) {
        let read = self.file.progress().read;
        self.bar.inc(read.saturating_sub(self.read));
        self.read = read;
    }
}

impl Recording for &mut Watched {
    #[inline]
    fn next_observation(&mut self) -> Option<Result<Observation, ReadError>> {
        self.seen = self.seen.wrapping_add(1);
        if self.seen.is_multiple_of(4_096) {
            self.moved();
        }
        self.first.take().map(Ok).or_else(|| self.file.next())
    }

    #[inline]
    fn book(&self) -> Option<&Book> {
        self.file.book()
    }
}

fn no_rows(path: &Path, file: &Recorded) -> String {
    match file.summary().passed_over {
        0 => format!("{} has no rows", path.display()),
        passed_over => format!("{} has no rows that can be used: {passed_over} passed over", path.display()),
    }
}

/// A bar of so many bytes, if it is to be seen.
pub(crate) fn progress_bar(cli: &Cli, what: &str, bytes: u64) -> ProgressBar {
    if cli.quiet || cli.progress.no_progress || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(bytes).with_message(what.to_owned());
    if let Ok(style) = ProgressStyle::with_template("  {msg} {bar:32} {bytes}/{total_bytes} {bytes_per_sec}, {eta} left") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
