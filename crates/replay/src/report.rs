//! What a run answers. Amounts are of the settlement asset, in whole numbers of 10⁻⁸, serialised as decimal strings.

use crate::error::ReplayError;
use crate::market::Market;
use crate::replay::Options;
use crate::text::text;
use crate::time::UtcTime;
use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::units::{Leverage, MarkPrice, Quantity, Side};
use serde::Serialize;

/// The same commands under isolated and under cross margin in the same market.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// The market.
    pub symbol: String,
    /// What amounts are in.
    pub settlement: String,
    /// The way through the series, and the maker.
    pub options: Options,
    /// What was observed.
    pub data: DataFacts,
    /// What was assumed, a line each.
    pub stated: Vec<String>,
    /// Rows that were not opened.
    pub refused: Vec<RefusedOpening>,
    /// Positions in the order of their first rows.
    pub positions: Vec<PositionReport>,
    /// Accounts in order of appearance.
    pub accounts: Vec<AccountReport>,
    /// The isolated run.
    pub isolated: RunReport,
    /// The cross run; `None` when cross was not carried.
    pub cross: Option<RunReport>,
}

/// What was observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DataFacts {
    /// Bars used.
    pub bars: u64,
    /// Ticks used.
    pub ticks: u64,
    /// Funding rates exchanged.
    pub fundings: u64,
    /// Marks at which the maker quoted the recorded book.
    pub from_book: u64,
    /// Recorded prices that were not on the grid of the mark and were put on it.
    pub off_grid: u64,
    /// Time of the first observation.
    pub first_time: UtcTime,
    /// Time of the last (of a bar: when it opens).
    pub last_time: UtcTime,
    /// The mark at which positions were opened.
    #[serde(serialize_with = "text")]
    pub first_mark: MarkPrice,
    /// The mark at the end.
    #[serde(serialize_with = "text")]
    pub last_mark: MarkPrice,
    /// The least mark.
    #[serde(serialize_with = "text")]
    pub low: MarkPrice,
    /// The greatest mark.
    #[serde(serialize_with = "text")]
    pub high: MarkPrice,
}

impl DataFacts {
    pub(crate) const fn begin(time: UtcTime, mark: MarkPrice) -> Self {
        Self {
            bars: 0,
            ticks: 0,
            fundings: 0,
            from_book: 0,
            off_grid: 0,
            first_time: time,
            last_time: time,
            first_mark: mark,
            last_mark: mark,
            low: mark,
            high: mark,
        }
    }

    /// Bars and ticks.
    #[must_use]
    pub const fn observations(&self) -> u64 {
        self.bars.saturating_add(self.ticks)
    }

    #[inline]
    pub(crate) fn put_on_grid(&mut self, market: &Market, price: MarkPrice) -> Result<MarkPrice, OutOfRange> {
        let mark = market.on_grid(price)?;
        self.off_grid = self.off_grid.saturating_add(u64::from(mark != price));
        Ok(mark)
    }

    #[inline]
    pub(crate) fn advance(&mut self, time_ms: i64, low: MarkPrice, high: MarkPrice) -> Result<(), ReplayError> {
        if time_ms < self.last_time.0 {
            return Err(ReplayError::TimeGoesBack { previous: self.last_time, time: UtcTime(time_ms) });
        }
        self.last_time = UtcTime(time_ms);
        self.low = self.low.min(low);
        self.high = self.high.max(high);
        Ok(())
    }
}

/// A row of the population that was not opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefusedOpening {
    /// Its name.
    pub name: String,
    /// Its account.
    pub account: String,
    /// Its side.
    #[serde(serialize_with = "text")]
    pub side: Side,
    /// Its quantity.
    #[serde(serialize_with = "text")]
    pub quantity: Quantity,
    /// Its leverage.
    #[serde(serialize_with = "text")]
    pub leverage: Leverage,
    /// Under which margin mode: `isolated`, `cross` or `both`.
    pub mode: &'static str,
    /// The name of the refusal.
    pub code: &'static str,
    /// The refusal: limit and value.
    pub reason: String,
}

pub use crate::report_positions::{End, Life, LiquidationReport, PositionReport};
pub use crate::report_runs::{AccountLife, AccountReport, Audit, InsuranceReport, MakerReport, RunReport};
