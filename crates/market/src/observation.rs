//! What a recorded market consists of. Times are milliseconds since 1970-01-01 00:00 UTC.

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

/// One recorded trade, reduced to its price.
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

/// One row of a price file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observation {
    /// From a file of bars.
    Bar(Bar),
    /// From a file of ticks.
    Tick(Tick),
}

/// What the rows of a price file are. A file never mixes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeriesKind {
    /// Open, high, low and close per interval.
    Bars,
    /// One price per trade.
    Ticks,
}

impl core::fmt::Display for SeriesKind {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.pad(match self {
            Self::Bars => "bars",
            Self::Ticks => "ticks",
        })
    }
}
