//! What a run answers. Amounts are of the settlement asset, in whole numbers of 10⁻⁸, serialised as decimal strings.

use crate::error::ReplayError;
use crate::market::Market;
use crate::population::Opening;
use crate::replay::Options;
use crate::text::{text, text_or_null};
use crate::time::UtcTime;
use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::refusal::Refusal;
use ringfence_risk::units::{Amount, Leverage, MarkPrice, Price, Quantity, Side};
use serde::Serialize;

/// The same positions under isolated and under cross margin in the same market.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// The market.
    pub symbol: String,
    /// What amounts are in.
    pub settlement: String,
    /// The way through the series.
    pub options: Options,
    /// What was observed.
    pub data: DataFacts,
    /// What was assumed, a line each.
    pub stated: Vec<String>,
    /// Positions that were not opened.
    pub refused: Vec<RefusedOpening>,
    /// Positions that were, in order.
    pub positions: Vec<PositionReport>,
    /// Accounts in order of appearance.
    pub accounts: Vec<AccountReport>,
    /// Sums of the isolated run.
    pub isolated: IsolatedTotals,
    /// Sums of the cross run; `None` when cross was not carried.
    pub cross: Option<CrossTotals>,
    /// Every position that cross closed, in order.
    pub cascade: Vec<CrossClose>,
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

/// A position that was not opened.
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
    /// The name of the refusal.
    pub code: &'static str,
    /// The refusal: limit and value.
    pub reason: String,
}

impl RefusedOpening {
    pub(crate) fn new(opening: &Opening, refusal: &Refusal) -> Self {
        Self {
            name: opening.name.clone(),
            account: opening.account.clone(),
            side: opening.side,
            quantity: opening.quantity,
            leverage: opening.leverage,
            code: refusal.code().1,
            reason: refusal.to_string(),
        }
    }
}

/// A position and its two fates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PositionReport {
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
    /// The price it was opened at.
    #[serde(serialize_with = "text")]
    pub entry: Price,
    /// Margin posted from the wallet when it was opened: the most it can lose in its box.
    #[serde(serialize_with = "text")]
    pub posted: Amount,
    /// Fee for opening, paid from the wallet.
    #[serde(serialize_with = "text")]
    pub opening_fee: Amount,
    /// The first liquidating mark of its box as it opened.
    #[serde(serialize_with = "text_or_null")]
    pub liquidating_mark_at_opening: Option<MarkPrice>,
    /// In its own box.
    pub isolated: IsolatedFate,
    /// On the pool; `None` when cross was not carried.
    pub cross: Option<CrossFate>,
}

pub use crate::report_accounts::{AccountReport, Audit, CrossAccountReport, CrossTotals, IsolatedAccountReport, IsolatedTotals};
pub use crate::report_fates::{CrossClose, CrossFate, IsolatedFate};
