//! What is asked of the book.

use ringfence_risk::filters::OrderSide;

use super::units::{AccountId, Lots, Ticks};

/// What happens to the part of an order that finds no counterparty at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeInForce {
    /// GTC: it rests.
    GoodTillCancel,
    /// IOC: it expires.
    ImmediateOrCancel,
    /// FOK: the whole order expires unless all of it fills at once.
    FillOrKill,
    /// GTX: the order is refused if any of it would fill at once; otherwise it rests.
    PostOnly,
}

/// Self-trade prevention: what happens when an order meets one of its own account. Their quantities never trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SelfTrade {
    /// What is left of the incoming order expires; what it filled before stands.
    ExpireTaker,
    /// The resting order expires and the incoming one goes on to the next.
    ExpireMaker,
    /// Both expire.
    ExpireBoth,
}

/// An order to be placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewOrder {
    /// Whose it is.
    pub account: AccountId,
    /// Buys or sells.
    pub side: OrderSide,
    /// A buy trades at this price or below, a sell at this price or above.
    pub price: Ticks,
    /// How much.
    pub lots: Lots,
    /// What happens to the part that does not fill at once.
    pub time_in_force: TimeInForce,
    /// What happens when it meets an order of its own account.
    pub self_trade: SelfTrade,
}

impl NewOrder {
    /// What this order takes to the opposite side.
    #[inline]
    #[must_use]
    pub const fn taker(&self) -> Taker {
        Taker { account: self.account, side: self.side, limit: self.price, lots: self.lots, self_trade: self.self_trade }
    }
}

/// The incoming side of a match. A market order is a taker, too: its limit is the worst price it may trade at.
///
/// ```
/// use ringfence_engine::book::{AccountId, Lots, SelfTrade, Taker, Ticks, TimeInForce};
/// use ringfence_risk::filters::OrderSide;
/// let limit = Ticks::new(10_500).ok_or("a price")?;
/// let market = Taker { account: AccountId(1), side: OrderSide::Buy, limit, lots: Lots::new(3), self_trade: SelfTrade::ExpireTaker };
/// assert_eq!(market.as_market_order().time_in_force, TimeInForce::ImmediateOrCancel);
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taker {
    /// Whose it is.
    pub account: AccountId,
    /// Buys or sells.
    pub side: OrderSide,
    /// The worst price it trades at.
    pub limit: Ticks,
    /// How much.
    pub lots: Lots,
    /// What happens when it meets an order of its own account.
    pub self_trade: SelfTrade,
}

impl Taker {
    /// A market order: takes what the limit allows, and the rest expires.
    #[must_use]
    pub const fn as_market_order(self) -> NewOrder {
        let Self { account, side, limit, lots, self_trade } = self;
        NewOrder { account, side, price: limit, lots, time_in_force: TimeInForce::ImmediateOrCancel, self_trade }
    }
}

/// What an amended order does when its new price crosses the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Crossing {
    /// Takes, like a new order.
    Take(SelfTrade),
    /// The amendment is refused and the order stays where it was: for post-only orders.
    Refuse,
}

/// New terms of a resting order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amendment {
    /// The new price.
    pub price: Ticks,
    /// The quantity that is to be open from now on, not counting what was filled before.
    pub lots: Lots,
    /// What happens when the new price crosses the book.
    pub crossing: Crossing,
}

/// An order as it rests in the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// Whose it is.
    pub account: AccountId,
    /// Buys or sells.
    pub side: OrderSide,
    /// Where it rests.
    pub price: Ticks,
    /// What is left of it.
    pub lots: Lots,
}

/// The side an order of this side trades with.
#[inline]
pub(super) const fn opposite(side: OrderSide) -> OrderSide {
    match side {
        OrderSide::Buy => OrderSide::Sell,
        OrderSide::Sell => OrderSide::Buy,
    }
}
