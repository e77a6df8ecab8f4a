//! What the book answers.

use super::slab::Handle;
use super::units::{AccountId, Lots, Ticks};

/// What an incoming order does to one resting order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    /// The resting order. No longer valid after the match is applied when `left` is zero.
    pub maker: Handle,
    /// Whose it is.
    pub account: AccountId,
    /// Its price, at which they trade.
    pub price: Ticks,
    /// How much trades or expires.
    pub lots: Lots,
    /// What is left of the resting order afterwards.
    pub left: Lots,
    /// Whether they trade.
    pub kind: MatchKind,
}

/// Whether two orders that meet trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MatchKind {
    /// They trade.
    Trade,
    /// Both are of one account: the resting order expires without trading.
    ExpireMaker,
}

/// What became of an order: `traded` and the lots of `end` sum to its quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How much traded at once.
    pub traded: Lots,
    /// What became of the rest.
    pub end: End,
}

/// What became of the part of an order that did not trade at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// There is none.
    Filled,
    /// It rests.
    Resting {
        /// The order's name from now on.
        order: Handle,
        /// How much rests.
        lots: Lots,
    },
    /// It is gone.
    Expired {
        /// How much expired.
        lots: Lots,
        /// Why.
        reason: Expiry,
    },
}

/// Why the rest of an order expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Expiry {
    /// It was to trade at once or not at all.
    ImmediateOrCancel,
    /// Not all of it could trade at once; nothing did.
    FillOrKill,
    /// It met an order of its own account.
    SelfTrade,
}

/// Why the book refused a command. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// An order, a reduction or a fill of no lots.
    ZeroLots,
    /// No such order rests: filled, cancelled or never placed.
    UnknownOrder,
    /// More was to be taken off an order than is open.
    MoreThanOpen {
        /// What is open.
        open: Lots,
    },
    /// A post-only order would trade at once.
    WouldTake {
        /// The price it would trade at.
        best: Ticks,
    },
    /// The book holds as many orders as it may.
    BookFull {
        /// How many that is.
        orders: u32,
    },
    /// The orders at one price would sum to more than 2⁶⁴ − 1 lots.
    PriceFull {
        /// The price.
        price: Ticks,
    },
}

impl core::fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::ZeroLots => formatter.write_str("quantity must be at least one lot"),
            Self::UnknownOrder => formatter.write_str("no such order rests in the book"),
            Self::MoreThanOpen { open } => write!(formatter, "only {} lots are open", open.raw()),
            Self::WouldTake { best } => write!(formatter, "a post-only order would trade at once at tick {}", best.raw()),
            Self::BookFull { orders } => write!(formatter, "the book holds its limit of {orders} orders"),
            Self::PriceFull { price } => {
                write!(formatter, "orders at tick {} would sum to more than {} lots", price.raw(), Lots::GREATEST.raw())
            }
        }
    }
}

impl core::error::Error for Refusal {}
