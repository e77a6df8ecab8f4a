//! What everybody may ask of markets: their terms, books, trades, candles, prices, funding and statistics.
//!
//! Times are the exchange's, except those of `time` and `exchangeInfo`, which signatures are judged by: the machine's. Before a market's first trade
//! its mark stands for the price of the last one, as it does in candles.
//!
//! Not served, because there is nothing true to say: `constituents` (the index has no sources), `tradingSchedule`, the ratios of top
//! traders.

mod asked;
mod book;
mod candles;
mod endpoints;
mod exchange_info;
mod funding;
mod general;
mod interest;
mod statistics;
mod ticker;
mod trades;

pub(crate) use asked::{internal, of_pair, present};
pub use endpoints::endpoints;
pub use exchange_info::OrderRate;
