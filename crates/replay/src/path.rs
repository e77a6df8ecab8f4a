//! The way the mark takes through a bar: a bar does not say, so it is stated.

use ringfence_market::Bar;
use ringfence_risk::units::MarkPrice;
use serde::Serialize;

/// In which order the mark visits a bar's four prices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BarPath {
    /// Down first: longs are tested before shorts.
    #[default]
    OpenLowHighClose,
    /// Up first: shorts are tested before longs.
    OpenHighLowClose,
}

impl BarPath {
    /// The four marks in order.
    #[must_use]
    pub const fn marks(self, bar: &Bar) -> [MarkPrice; 4] {
        match self {
            Self::OpenLowHighClose => [bar.open, bar.low, bar.high, bar.close],
            Self::OpenHighLowClose => [bar.open, bar.high, bar.low, bar.close],
        }
    }
}

impl core::fmt::Display for BarPath {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.pad(match self {
            Self::OpenLowHighClose => "open, low, high, close",
            Self::OpenHighLowClose => "open, high, low, close",
        })
    }
}

/// How the mark moves between two prices of a bar. From a bar's last price to the next bar's open, and between ticks, it always jumps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MarkSteps {
    /// It takes the recorded prices only. A position is closed at the first recorded price past its trigger, so deficits of gaps show.
    #[default]
    Recorded,
    /// It visits every mark of the grid in between. A position is closed at its trigger itself, unless a jump went past it.
    EveryStep,
}
