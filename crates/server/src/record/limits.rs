//! How much of the past is kept.

use serde::{Deserialize, Serialize};

/// The bounds of everything that is kept, with the arithmetic behind them. Where a bound is reached, the oldest goes.
///
/// A log per account has two bounds: what one account may keep, and what all of them may keep together, so that neither one busy account nor
/// very many accounts can use up the memory. An account at its bound pushes out its own oldest entry, never another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordLimits {
    /// Finished orders: about 250 bytes each, and up to 40 more in the indices by number and name. Open orders are bounded by the engine.
    pub orders: LogLimits,
    /// Trades of accounts: about 130 bytes each, two for every trade.
    pub trades: LogLimits,
    /// Incomes: about 85 bytes each; a trade that closes makes up to four.
    pub incomes: LogLimits,
    /// Margin changes: about 70 bytes each.
    pub margin_changes: LogLimits,
    /// Amendments: about 125 bytes each.
    pub amendments: LogLimits,
    /// Forced orders: about 120 bytes each.
    pub forced_orders: LogLimits,
    /// Liquidations: about 310 bytes each, 48 more for every step and every deleveraged position.
    pub liquidations: LogLimits,
    /// Public trades kept in each market: 64 bytes each, and as many aggregates of 56 at most: 12 MB a market for 100,000.
    pub public_trades: usize,
    /// Bars kept in each market for each of 15 intervals and four prices: 15 × (128 + 3 × 40) ≈ 3.7 kB for one of each, 5.6 MB a market for 1,500 when
    /// every interval is full. At least 1,441, for a day's statistics are made of a day's minutes.
    pub candles: usize,
    /// Funding settlements kept in each market: 24 bytes each.
    pub funding: usize,
    /// Samples of open interest kept in each market, one every five minutes: 48 bytes each.
    pub open_interest: usize,
    /// Changes of a book's levels that wait to be taken: 4 bytes each. Beyond it they are given up, and whoever takes them next is told.
    pub book_changes: usize,
}

/// The bounds of a log that is kept per account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLimits {
    /// Entries of one account.
    pub account: usize,
    /// Entries of all accounts together.
    pub total: usize,
}

impl RecordLimits {
    /// 100,000 orders, trades and incomes an account, a million altogether: at most 290 MB of finished orders, 130 MB of trades, 85 MB of incomes.
    pub const DEFAULT: Self = Self {
        orders: LogLimits { account: 100_000, total: 1_000_000 },
        trades: LogLimits { account: 100_000, total: 1_000_000 },
        incomes: LogLimits { account: 100_000, total: 1_000_000 },
        margin_changes: LogLimits { account: 10_000, total: 500_000 },
        amendments: LogLimits { account: 10_000, total: 200_000 },
        forced_orders: LogLimits { account: 1_000, total: 100_000 },
        liquidations: LogLimits { account: 1_000, total: 10_000 },
        public_trades: 100_000,
        candles: 1_500,
        funding: 3_000,
        open_interest: 3_000,
        book_changes: 65_536,
    };

    /// Bars kept, no fewer than a day's statistics need.
    pub(super) fn bars(&self) -> usize {
        self.candles.max(1_441)
    }
}

impl Default for RecordLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

#[cfg(test)]
mod tests {
    use super::super::{bars, entry, order, tape};

    #[test]
    fn entries_are_as_large_as_the_arithmetic_says() {
        // An entry of a log lies in a slot: account and links, and its place in its account's list.
        let slot = 20;
        let sizes = [
            (size_of::<order::RecordedOrder>() + slot, 250),
            (size_of::<entry::UserTrade>() + slot, 135),
            (size_of::<entry::Income>() + slot, 85),
            (size_of::<entry::MarginChange>() + slot, 70),
            (size_of::<entry::RecordedAmendment>() + slot, 125),
            (size_of::<entry::ForcedOrder>() + slot, 120),
            (size_of::<entry::RecordedLiquidation>() + slot, 310),
            (size_of::<tape::PublicTrade>(), 64),
            (size_of::<tape::AggregateTrade>(), 56),
            (size_of::<bars::TradeBar>(), 128),
            (size_of::<bars::PriceBar>(), 40),
            (size_of::<tape::FundingSettlement>(), 24),
            (size_of::<tape::OpenInterest>(), 48),
        ];
        for (number, (size, said)) in sizes.into_iter().enumerate() {
            assert!(size <= said, "entry {number} takes {size} bytes, not {said}");
            assert!(size * 10 >= said * 9, "entry {number} takes {size} bytes only, not {said}");
        }
    }
}
