//! Every bound of the engine in one place, with the arithmetic behind it.

use crate::book::{BookLimits, WindowSize};
use crate::client_ids::ClientIdLimits;

/// How large an exchange may become. Reaching a limit is an answer, never a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Accounts. About 40 bytes each, and 350 in every market they trade in.
    pub accounts: u32,
    /// Assets: a byte names one.
    pub assets: u8,
    /// Markets. Each about 1 MiB empty (the window of its book).
    pub markets: u16,
    /// Orders open in one market, resting or waiting; at most 2²² − 1, as many as an [`OrderId`](crate::ids::OrderId) can name. About 250 bytes
    /// each.
    pub orders: u32,
    /// Orders of one account open in one market: what a fill may walk through to find what can no longer be held. Binance allows 200.
    pub orders_per_account: u32,
    /// Waiting (stop, take-profit, trailing) orders of one account in one market: a mark that triggers all of them does that much work.
    pub conditionals_per_account: u32,
    /// Waiting orders in one market: the most that one move of the price can trigger.
    pub conditionals: u32,
    /// Orders in one batch.
    pub batch: u16,
    /// Prices that a book keeps in an array. A matter of speed only.
    pub window: WindowSize,
    /// How many client order ids are remembered, and how long.
    pub client_ids: ClientIdLimits,
}

impl Limits {
    /// One million accounts, 200 markets, four million orders a market.
    pub const DEFAULT: Self = Self {
        accounts: 1 << 20,
        assets: 64,
        markets: 200,
        orders: (1 << crate::ids::OrderId::PLACE_BITS) - 1,
        orders_per_account: 1_000,
        conditionals_per_account: 200,
        conditionals: 10_000,
        batch: 50,
        window: WindowSize::DEFAULT,
        client_ids: ClientIdLimits::DEFAULT,
    };

    /// What the book of a market is made with.
    #[must_use]
    pub const fn book(&self) -> BookLimits {
        BookLimits { window: self.window, orders: self.orders }
    }
}
