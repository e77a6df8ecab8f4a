//! What a recorded market consists of. Times are milliseconds since 1970-01-01 00:00 UTC.

use crate::error::Fault;
use ringfence_risk::arithmetic::{Rounding, add, div};
use ringfence_risk::units::{MarkPrice, Rate};

/// One recorded bar. Prices are marks: the replay uses the recorded series as its mark.
///
/// A bar that was read has `low ≤ open ≤ high` and `low ≤ close ≤ high`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// When the bar opens, in milliseconds.
    pub open_time_ms: i64,
    /// First price of the bar.
    pub open: MarkPrice,
    /// Greatest price of the bar.
    pub high: MarkPrice,
    /// Least price of the bar.
    pub low: MarkPrice,
    /// Last price of the bar.
    pub close: MarkPrice,
}

impl Bar {
    /// Holds the four prices against one another.
    #[inline]
    pub(crate) fn check(&self) -> Result<(), Fault> {
        let Self { high, low, .. } = *self;
        if high < low {
            return Err(Fault::HighBelowLow { low, high });
        }
        for (field, value) in [("open", self.open), ("close", self.close)] {
            if value < low || value > high {
                return Err(Fault::OutsideBar { field, low, high, value });
            }
        }
        Ok(())
    }
}

/// The price in the middle of a best bid and a best ask, to the nearest 10⁻⁸ (halves to even).
pub(crate) fn middle(bid: MarkPrice, ask: MarkPrice) -> Result<MarkPrice, Fault> {
    if bid > ask {
        return Err(Fault::Crossed { bid, ask });
    }
    let between = add(bid.wide(), ask.wide()).and_then(|sum| div(sum, 2, Rounding::HalfEven)).and_then(MarkPrice::from_wide);
    // Two prices have one between them.
    Ok(between.unwrap_or(ask))
}

/// One recorded trade, reduced to its price, or one recorded quote, reduced to the middle of best bid and best ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tick {
    /// When it traded, in milliseconds; several ticks may share one millisecond, their order is that of the file.
    pub time_ms: i64,
    /// The price it traded at.
    pub price: MarkPrice,
}

/// One recorded funding rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FundingRow {
    /// When the funding is exchanged, in milliseconds.
    pub time_ms: i64,
    /// Fraction of the position's value for this interval; longs pay shorts when it is positive.
    pub rate: Rate,
}

/// One recorded funding rate with what it was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PremiumRow {
    /// When the funding is exchanged, in milliseconds.
    pub time_ms: i64,
    /// Fraction of the position's value for this interval.
    pub rate: Rate,
    /// How far the contract was from its index: the input of the rate.
    pub premium: Rate,
}

/// One sample of a premium: how far the contract is from its index, as a fraction of the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PremiumSample {
    /// When the bar it closes opened, in milliseconds.
    pub time_ms: i64,
    /// The premium.
    pub premium: Rate,
}

/// One row of a price file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observation {
    /// From a file of bars.
    Bar(Bar),
    /// From a file of ticks or quotes.
    Tick(Tick),
}

/// What the rows of a price file are. A file never mixes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeriesKind {
    /// Open, high, low and close per interval.
    Bars,
    /// One price per trade.
    Ticks,
    /// Best bid and best ask, read as ticks at the price in the middle.
    Quotes,
}

impl core::fmt::Display for SeriesKind {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.pad(match self {
            Self::Bars => "bars",
            Self::Ticks => "ticks",
            Self::Quotes => "quotes",
        })
    }
}
