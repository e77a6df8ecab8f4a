//! Why a command is refused: one numbered table, continued from the core's [`Refusal`]. Nothing was changed.

mod words;

use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::filters::FilterError;
use ringfence_risk::plan::LeverageRefused;
use ringfence_risk::refusal::Refusal;
use ringfence_risk::units::{Amount, Leverage, MarkPrice, Price};

use crate::command::MarketState;
use crate::ids::OrderId;
use crate::time::Time;

pub use words::{Field, Limited, Thing};

/// Why a command is refused. Each names the field, the limit and the value.
///
/// Handlers look for them in the order of their numbers, except where a documented rule says otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reject {
    /// The core's refusals, 1 to 17.
    Core(Refusal),
    /// A refused leverage and the nearest that would be accepted.
    Leverage(LeverageRefused),
    /// No such thing.
    Unknown {
        /// Which kind of thing.
        what: Thing,
        /// The number given.
        number: u64,
    },
    /// A limit of the engine is reached.
    LimitReached {
        /// Of what.
        what: Limited,
        /// How many there may be.
        limit: u64,
    },
    /// Time must not go back.
    TimeGoesBack {
        /// Time given.
        to: Time,
        /// The present time.
        now: Time,
    },
    /// The market's state does not allow it.
    MarketNot {
        /// Its state.
        state: MarketState,
        /// What was asked for.
        what: &'static str,
    },
    /// The market has no mark yet, or its mark is stale: nothing that opens is accepted.
    NoMark {
        /// Since when there is none.
        since: Option<Time>,
    },
    /// A mark that is not believed.
    MarkNotBelieved {
        /// The mark given.
        mark: MarkPrice,
        /// Why.
        why: &'static str,
    },
    /// In one-way mode an order names no leg, in hedge mode it must.
    WrongPositionSide {
        /// What it must be.
        expected: &'static str,
    },
    /// A field does not fit the others.
    Invalid {
        /// Which field.
        field: Field,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A waiting order whose trigger is already met.
    WouldTriggerAtOnce {
        /// The trigger.
        trigger: Price,
        /// The watched price.
        price: Price,
    },
    /// A post-only order that would trade at once.
    WouldTake {
        /// The price it would trade at.
        best: Price,
    },
    /// Nobody to trade with.
    NoLiquidity,
    /// The client order id names another order already.
    DuplicateClientId {
        /// That order.
        order: OrderId,
    },
    /// No such open order of this account.
    UnknownOrder,
    /// The order may not be amended.
    NotAmendable {
        /// Why.
        why: &'static str,
    },
    /// Only for isolated positions.
    NotIsolated,
    /// Above what the open interest of the market allows.
    OpenInterestCap {
        /// Initial margin rate in percent of the value, rounded up, that the market demands now.
        leverage: Leverage,
    },
    /// More than there is.
    InsufficientFunds {
        /// What was asked for.
        amount: Amount,
        /// What there is.
        available: Amount,
    },
    /// Nothing of this asset leaves while a loss of the venue in it is uncovered.
    UncoveredLoss {
        /// How much is uncovered, over all markets of the asset.
        amount: Amount,
    },
    /// A listing that does not hold together.
    BadListing {
        /// Which field.
        field: &'static str,
        /// What is wrong.
        why: String,
    },
}

impl From<Refusal> for Reject {
    fn from(refusal: Refusal) -> Self {
        Self::Core(refusal)
    }
}

impl From<OutOfRange> for Reject {
    fn from(error: OutOfRange) -> Self {
        Self::Core(Refusal::OutOfRange(error))
    }
}

impl From<FilterError> for Reject {
    fn from(error: FilterError) -> Self {
        Self::Core(Refusal::from(error))
    }
}

impl From<LeverageRefused> for Reject {
    fn from(refused: LeverageRefused) -> Self {
        Self::Leverage(refused)
    }
}

impl Reject {
    /// Its number and its name: stable, for logs and for mapping to a venue's codes.
    #[must_use]
    pub const fn code(&self) -> (u16, &'static str) {
        match self {
            Self::Core(refusal) => refusal.code(),
            Self::Leverage(refused) => refused.refusal.code(),
            Self::Unknown { .. } => (101, "unknown"),
            Self::LimitReached { .. } => (102, "limit-reached"),
            Self::TimeGoesBack { .. } => (103, "time-goes-back"),
            Self::MarketNot { .. } => (104, "market-state"),
            Self::NoMark { .. } => (105, "no-mark"),
            Self::MarkNotBelieved { .. } => (106, "mark-not-believed"),
            Self::WrongPositionSide { .. } => (107, "wrong-position-side"),
            Self::Invalid { .. } => (108, "invalid"),
            Self::WouldTriggerAtOnce { .. } => (109, "would-trigger-at-once"),
            Self::WouldTake { .. } => (110, "would-take"),
            Self::NoLiquidity => (111, "no-liquidity"),
            Self::DuplicateClientId { .. } => (112, "duplicate-client-id"),
            Self::UnknownOrder => (113, "unknown-order"),
            Self::NotAmendable { .. } => (114, "not-amendable"),
            Self::NotIsolated => (115, "not-isolated"),
            Self::OpenInterestCap { .. } => (116, "open-interest-cap"),
            Self::InsufficientFunds { .. } => (117, "insufficient-funds"),
            Self::BadListing { .. } => (118, "bad-listing"),
            Self::UncoveredLoss { .. } => (119, "uncovered-loss"),
        }
    }
}

impl core::fmt::Display for Reject {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Core(refusal) => refusal.fmt(formatter),
            Self::Leverage(refused) => refused.fmt(formatter),
            Self::Unknown { what, number } => write!(formatter, "there is no {what} {number}"),
            Self::LimitReached { what, limit } => write!(formatter, "at most {limit} {what} are allowed"),
            Self::TimeGoesBack { to, now } => write!(formatter, "time must not be before {now}, got {to}"),
            Self::MarketNot { state, what } => write!(formatter, "{what} is not possible while the market is {state:?}"),
            Self::NoMark { since: Some(since) } => {
                write!(formatter, "the mark is stale since {since}: only reducing is possible")
            }
            Self::NoMark { since: None } => formatter.write_str("the market has no mark yet"),
            Self::MarkNotBelieved { mark, why } => write!(formatter, "mark {mark} is not believed: {why}"),
            Self::WrongPositionSide { expected } => write!(formatter, "position side must be {expected}"),
            Self::Invalid { field, why } => write!(formatter, "{field} {why}"),
            Self::WouldTriggerAtOnce { trigger, price } => {
                write!(formatter, "the order would trigger at once: trigger {trigger}, price {price}")
            }
            Self::WouldTake { best } => write!(formatter, "a post-only order would trade at once at {best}"),
            Self::NoLiquidity => formatter.write_str("there is nobody to trade with"),
            Self::DuplicateClientId { order } => write!(formatter, "the client order id names order {order} already"),
            Self::UnknownOrder => formatter.write_str("this account has no such open order"),
            Self::NotAmendable { why } => write!(formatter, "the order cannot be amended: {why}"),
            Self::NotIsolated => formatter.write_str("only an isolated position has margin of its own"),
            Self::OpenInterestCap { leverage } => {
                write!(formatter, "the market's open interest allows no more than leverage {leverage}")
            }
            Self::InsufficientFunds { amount, available } => {
                write!(formatter, "amount must not be above {available}, got {amount}")
            }
            Self::UncoveredLoss { amount } => {
                write!(formatter, "withdrawals wait until the venue's uncovered loss of {amount} is funded")
            }
            Self::BadListing { field, why } => write!(formatter, "{field} {why}"),
        }
    }
}

impl core::error::Error for Reject {}
