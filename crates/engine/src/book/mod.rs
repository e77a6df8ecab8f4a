//! The order book of one market: price, then time. Pure and deterministic; whole ticks and lots; no clock, no floats.
//!
//! **Plan, then apply.** [`Book::matches`] shows what an order would meet, without changing anything, so that margins of both sides can be
//! looked at first; [`Book::apply_fill`] and [`Book::cancel`] carry it out piece by piece. [`Book::place`] and [`Book::amend`] do both at once.
//! A refused command leaves the book as it was.
//!
//! **Layout.** Orders lie in one array ([`Handle`] names a place in it) and are chained first-in-first-out per price. Prices near the
//! touch lie in an array of levels, the *window*, with a bitmap on top that finds the next occupied price in three steps; prices outside it
//! lie in a tree, so every price is supported. The window follows the touch once enough commands have missed it to pay for the move.
//!
//! **Memory.** 32 bytes per order (the most ever resting at once, rounded up as the array doubles), 16 bytes per price of the window whether
//! occupied or not (1 MiB for the 65,536 of [`WindowSize::DEFAULT`]) and about 40 bytes per occupied price outside it.
//! At most [`BookLimits::orders`] orders rest, so memory is bounded. Commands allocate only when the array of orders or the caller's list
//! of matches grows, or a price outside the window becomes occupied.
//!
//! ```
//! use ringfence_engine::book::{AccountId, Book, BookLimits, End, Lots, NewOrder, SelfTrade, Ticks, TimeInForce};
//! use ringfence_risk::filters::OrderSide;
//! let mut book = Book::new(BookLimits::DEFAULT);
//! let mut matches = Vec::new();
//! let ask = NewOrder {
//!     account: AccountId(1), side: OrderSide::Sell, price: Ticks::new(101).ok_or("a price")?, lots: Lots::new(5),
//!     time_in_force: TimeInForce::GoodTillCancel, self_trade: SelfTrade::ExpireTaker,
//! };
//! book.place(&ask, &mut matches)?;
//! let bid = NewOrder { account: AccountId(2), side: OrderSide::Buy, price: Ticks::new(103).ok_or("a price")?, lots: Lots::new(2), ..ask };
//! let outcome = book.place(&bid, &mut matches)?;
//! assert_eq!((outcome.traded, outcome.end), (Lots::new(2), End::Filled));
//! assert_eq!(matches[0].price, ask.price); // at the maker's price
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bitmap;
mod check;
mod commands;
mod ladder;
mod limits;
mod matching;
mod order;
mod outcome;
mod resting;
mod slab;
mod snapshot;
mod units;
#[cfg(test)]
mod window_tests;

pub use check::Broken;
pub use limits::{BookLimits, WindowSize};
pub use matching::Matches;
pub use order::{Amendment, Crossing, NewOrder, Order, SelfTrade, Taker, TimeInForce};
pub use outcome::{End, Expiry, Match, MatchKind, Outcome, Refusal};
pub use resting::{Book, DepthLevel};
pub use slab::Handle;
pub use units::{AccountId, Lots, Ticks};

/// Stops at a broken invariant: going on would match orders that are not there.
#[cold]
#[inline(never)]
fn broken(what: &'static str) -> ! {
    unreachable!("order book: {what}")
}

/// A 32-bit place as an index.
#[inline]
const fn index(place: u32) -> usize {
    #![expect(clippy::as_conversions, reason = "32 bits fit every index this crate is built for; From is not const")]
    place as usize
}
