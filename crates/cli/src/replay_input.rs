//! What a replay is made of: the maker's arguments, files as they are read, and what is wrong with them.

use std::io::IsTerminal;
use std::path::Path;
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use ringfence_market::{FundingRow, Observation, PriceFile, Progress, ReadError, Recorded, read_funding};
use ringfence_replay::{Maker, Market, Population, PopulationError, ReplayError};
use ringfence_risk::plan::check_leverage;
use ringfence_risk::position::fill_value;
use ringfence_risk::units::{MarkPrice, Notional, Rate};

use crate::Cli;
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

pub(crate) fn market(setup: &Setup) -> Market {
    Market {
        contract: setup.listed.contract,
        brackets: setup.brackets.clone(),
        rules: setup.rules.rules.clone(),
        fees: setup.fees,
        symbol: setup.listed.symbol.clone(),
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

/// A recorded file that knows how far it is read.
pub(crate) trait Measured: Iterator<Item = Result<Observation, ReadError>> {
    fn progress(&self) -> Progress;
}

impl Measured for PriceFile {
    fn progress(&self) -> Progress {
        Self::progress(self)
    }
}

impl Measured for Recorded {
    fn progress(&self) -> Progress {
        Self::progress(self)
    }
}

/// The file, moving a progress bar as it is read.
pub(crate) struct Watched<F> {
    pub(crate) file: F,
    pub(crate) bar: ProgressBar,
    pub(crate) seen: u32,
}

impl<F: Measured> Iterator for Watched<F> {
    type Item = Result<Observation, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.seen = self.seen.wrapping_add(1);
        if self.seen.is_multiple_of(4_096) {
            self.bar.set_position(self.file.progress().read);
        }
        self.file.next()
    }
}

pub(crate) fn progress_bar(cli: &Cli, file: &impl Measured) -> ProgressBar {
    if cli.quiet || cli.progress.no_progress || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(file.progress().total);
    if let Ok(style) = ProgressStyle::with_template("  replaying {bar:32} {bytes}/{total_bytes} {bytes_per_sec}, {eta} left") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
