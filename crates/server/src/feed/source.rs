//! Where a market's price comes from.

use std::path::PathBuf;

use ringfence_engine::command::Command;
use ringfence_engine::ids::MarketId;
use ringfence_engine::state::{Market, State};
use ringfence_engine::time::Time;
use ringfence_market::walk::{SplitMix, Walk, WalkTerms, mix};
use ringfence_risk::arithmetic::{OutOfRange, Rounding, SCALE, add, div, mul, mul_div};
use ringfence_risk::units::{IndexPrice, MarkPrice};

use super::error::FeedError;
use super::recording::Recording;
use crate::boot::{BootError, MarketSetup};

/// Where a market's price comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceSetup {
    /// A random walk from the market's present price, with a new mark every second. The index walks; the mark lies up to 0.12 % above or below it, by an amount that is drawn
    /// anew every eight hours and reached within the first of them, so that funding is not the interest alone.
    Walk(WalkTerms),
    /// A file of recorded bars or ticks, once. The first row is played at once, every other as long after it as it was recorded, divided by
    /// the speed. Mark and index are the recorded price, to the nearest step of the mark. A bar's open, low, high and close are played a quarter
    /// of its length apart, in this order. At the end of the file, or at a row that cannot be read, the price stands still.
    Recorded {
        /// The file: CSV, plain, gzip or zip.
        path: PathBuf,
        /// How many times as fast as it was recorded; 1 to 1,000,000.
        speed: u32,
    },
    /// Nobody moves it but the owner.
    Fixed,
}

/// How a source is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceStatus {
    /// It sets prices; one that is fixed would if it had any.
    Running,
    /// It was stopped by hand.
    Paused,
    /// The recorded file is at its end.
    Ended,
    /// The recorded file could not be read on.
    Failed {
        /// One line: file, row, reason.
        reason: String,
    },
}

impl SourceSetup {
    /// The first price of a recorded file, on the grid of the mark.
    pub(crate) fn first_price(&self, grid: MarkPrice) -> Result<Option<MarkPrice>, BootError> {
        match self {
            Self::Walk(_) | Self::Fixed => Ok(None),
            Self::Recorded { path, speed } => {
                let first = Recording::open(path, *speed)?.first();
                Ok(first.map(|first| on_grid(first.wide(), grid)).transpose()?)
            }
        }
    }
}

/// A price in 10⁻⁸ to the nearest step of the mark, at least one.
pub(crate) fn on_grid(raw: i128, grid: MarkPrice) -> Result<MarkPrice, OutOfRange> {
    let steps = div(raw, grid.wide(), Rounding::HalfEven)?.max(1);
    MarkPrice::from_wide(mul(steps, grid.wide())?)
}

/// What runs.
#[derive(Debug)]
enum Running {
    /// Waits for the price to start from.
    Unborn(WalkTerms),
    Walk(Walk),
    Recorded(Box<Recording>),
    Fixed,
}

/// Whether it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pace {
    Runs,
    Paused,
}

/// The source of a market.
#[derive(Debug)]
pub(super) struct Source {
    market: MarketId,
    seed: u64,
    start: MarkPrice,
    grid: MarkPrice,
    running: Running,
    pace: Pace,
    asked: Option<Time>,
}

/// Milliseconds between two marks of a walk: every mark is a command that is written down for good.
const MARK_EVERY_MS: u64 = 1_000;
/// Most that the mark of a walk lies from its index: 0.12 %, in 10⁻⁸.
const BASIS: i128 = 120_000;
const WINDOW_MS: u64 = 28_800_000;
const APPROACH_MS: u64 = 3_600_000;
/// What a draw is for: the same seed serves several.
const FOR_WALK: u64 = 1;
const FOR_BASIS: u64 = 2;

impl Running {
    fn new(symbol: &str, setup: &SourceSetup) -> Result<Self, BootError> {
        Ok(match setup {
            SourceSetup::Walk(terms) => {
                let bad = |error| BootError::Walk { symbol: symbol.to_owned(), error };
                Self::Unborn(terms.check().map_err(bad)?)
            }
            SourceSetup::Recorded { path, speed } => Self::Recorded(Box::new(Recording::open(path, *speed)?)),
            SourceSetup::Fixed => Self::Fixed,
        })
    }
}

impl Source {
    pub(super) fn new(market: MarketId, setup: &MarketSetup, grid: MarkPrice) -> Result<Self, BootError> {
        let running = Running::new(&setup.symbol, &setup.source)?;
        Ok(Self { market, seed: setup.seed, start: setup.start, grid, running, pace: Pace::Runs, asked: None })
    }

    pub(super) const fn grid(&self) -> MarkPrice {
        self.grid
    }

    pub(super) fn replace(&mut self, setup: &SourceSetup) -> Result<(), FeedError> {
        self.running = Running::new(&format!("number {}", self.market.0), setup)?;
        self.resume();
        Ok(())
    }

    pub(super) const fn pause(&mut self) {
        self.pace = Pace::Paused;
    }

    pub(super) const fn resume(&mut self) {
        self.pace = Pace::Runs;
    }

    pub(super) fn status(&self) -> SourceStatus {
        match (self.pace, &self.running) {
            (Pace::Paused, _) => SourceStatus::Paused,
            (Pace::Runs, Running::Recorded(recording)) => recording.status(),
            (Pace::Runs, Running::Unborn(_) | Running::Walk(_) | Running::Fixed) => SourceStatus::Running,
        }
    }

    /// The marks since it was asked last. No time passes for a source that is paused, or whose market takes no prices.
    pub(super) fn advance(&mut self, now: Time, state: &State) -> Vec<Command> {
        // Time goes back with a snapshot that is reverted to: it is counted from there on.
        self.asked = self.asked.map(|asked| asked.min(now));
        let elapsed = self.asked.map_or(0, |asked| now.since(asked));
        let walks = matches!(self.running, Running::Walk(_));
        if walks && self.pace == Pace::Runs && elapsed < MARK_EVERY_MS {
            return Vec::new();
        }
        self.asked = Some(now);
        let Some(known) = state.market(self.market).filter(|known| known.liquidates()) else { return Vec::new() };
        if self.pace == Pace::Paused {
            return Vec::new();
        }
        let mut present = (known.mark(), known.index());
        let mut commands = Vec::new();
        for (mark, index) in self.prices(elapsed, now, known).unwrap_or_default() {
            if present != (Some(mark), Some(index)) {
                present = (Some(mark), Some(index));
                commands.push(Command::SetMark { market: self.market, mark, index });
            }
        }
        commands
    }

    /// Mark and index, in the order in which they are set.
    fn prices(&mut self, elapsed: u64, now: Time, known: &Market) -> Result<Vec<(MarkPrice, IndexPrice)>, OutOfRange> {
        let grid = self.grid;
        let present = known.index().map(|index| on_grid(index.wide(), grid)).transpose()?.unwrap_or(self.start);
        match &mut self.running {
            Running::Fixed => Ok(Vec::new()),
            Running::Recorded(recording) => {
                let played = recording.advance(elapsed);
                let priced = played.into_iter().map(|price| {
                    let mark = on_grid(price.wide(), grid)?;
                    Ok((mark, crate::boot::index(mark)?))
                });
                priced.collect()
            }
            Running::Unborn(terms) => {
                // Not the same walk again when an exchange goes on at another price.
                let seed = mix(&[self.seed, self.market.0.into(), FOR_WALK, present.raw().unsigned_abs()]);
                if let Ok(walk) = Walk::new(seed, present, grid, *terms) {
                    self.running = Running::Walk(walk);
                }
                Ok(Vec::new())
            }
            Running::Walk(walk) => {
                if walk.price() != present {
                    walk.move_to(present);
                }
                let index = walk.advance(elapsed);
                let share = add(SCALE, basis(self.seed, self.market, now))?;
                let mark = on_grid(mul_div(index.wide(), share, SCALE, Rounding::HalfEven)?, grid)?;
                Ok(vec![(mark, crate::boot::index(index)?)])
            }
        }
    }
}

/// How far the mark of a walk lies from its index at a time, in 10⁻⁸ of it.
fn basis(seed: u64, market: MarketId, now: Time) -> i128 {
    let drawn = |window: u64| {
        let mut random = SplitMix::new(mix(&[seed, market.0.into(), FOR_BASIS, window]));
        i128::from(random.below(240_001)).saturating_sub(BASIS)
    };
    let window = now.ms().checked_div(WINDOW_MS).unwrap_or(0);
    let into = now.ms().saturating_sub(window.saturating_mul(WINDOW_MS)).min(APPROACH_MS);
    let (before, after) = (drawn(window.saturating_sub(1)), drawn(window));
    let way = after.saturating_sub(before).saturating_mul(into.into());
    before.saturating_add(way.checked_div(APPROACH_MS.into()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::{BASIS, basis};
    use ringfence_engine::ids::MarketId;
    use ringfence_engine::time::Time;

    #[test]
    fn the_basis_is_bounded_moves_slowly_and_differs_from_window_to_window() {
        let at = |second: u64| basis(7, MarketId(0), Time::from_ms(1_795_353_242_000 + second * 1_000));
        let path: Vec<i128> = (0..200_000).step_by(10).map(at).collect();
        assert!(path.iter().all(|basis| basis.abs() <= BASIS));
        // The whole way, 2 × 0.12 %, takes an hour: at most 667 of 10⁻⁸ in ten seconds.
        assert!(path.windows(2).all(|pair| (pair[1] - pair[0]).abs() <= 667));
        let levels: std::collections::BTreeSet<i128> = (0..6).map(|window| at(window * 28_800)).collect();
        assert!(levels.len() > 3, "{levels:?}");
    }
}
