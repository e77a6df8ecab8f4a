//! An order as its owner asks for it, open or long gone.

use ringfence_engine::book::{AccountId, Lots, Ticks};
use ringfence_engine::command::{Lifetime, NewOrder, OrderKind, Trigger, Triggered};
use ringfence_engine::conditional::WatchedPrice;
use ringfence_engine::event::OrderEnd;
use ringfence_engine::ids::{MarketId, OrderId};
use ringfence_engine::time::Time;
use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::contract::Contract;
use ringfence_risk::units::{Notional, Price, Quantity, Rate};
use serde::{Deserialize, Serialize};

use super::raw;

/// An order from its acceptance on. A refused order was never one.
///
/// Side, position side, purpose, self-trade mode and client id are those of [`placed`](Self::placed).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedOrder {
    /// Its number in its market.
    #[serde(with = "raw")]
    pub order: OrderId,
    /// The order as it was placed; price and quantity may have been amended since.
    #[serde(with = "raw")]
    pub placed: NewOrder,
    /// Its limit, as last amended; `None` for one that is or becomes a market order.
    #[serde(with = "raw")]
    pub price: Option<Price>,
    /// Its quantity, as last amended. Zero for one that closes the whole position, until it is triggered.
    #[serde(with = "raw")]
    pub quantity: Quantity,
    /// How much of it has filled.
    #[serde(with = "raw")]
    pub executed: Quantity,
    /// How much of it may still fill; zero once it is gone. Less than quantity − executed for an order that shrank with its position.
    #[serde(with = "raw")]
    pub left: Quantity,
    /// The value of what has filled, in the settlement asset.
    #[serde(with = "raw")]
    pub executed_value: Notional,
    /// Where it is.
    pub stage: Stage,
    /// When its trigger was met and it began to act.
    #[serde(with = "raw")]
    pub triggered: Option<Time>,
    /// When it was accepted.
    #[serde(with = "raw")]
    pub created: Time,
    /// When it last changed.
    #[serde(with = "raw")]
    pub updated: Time,
    /// How often it was amended.
    pub amendments: u32,
    /// Its limit in ticks: where it lies in the book.
    #[serde(with = "raw")]
    pub(super) ticks: Ticks,
}

/// Where an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// It waits for its trigger.
    Waiting,
    /// It acts: between commands no order does.
    Acting,
    /// It rests in the book.
    Resting,
    /// It is gone, for this reason.
    Ended(#[serde(with = "raw")] OrderEnd),
}

/// The state of an order in the words of Binance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderState {
    /// Open, and nothing filled.
    New,
    /// Open, and a part filled.
    PartiallyFilled,
    /// All that was left of it filled. Less than its quantity where a reducing order shrank with its position.
    Filled,
    /// Cancelled by its owner or a countdown.
    Canceled,
    /// Gone for another reason: its time, no counterparty, no means, a liquidation, a settled market, a trigger that could not be carried out.
    Expired,
    /// Gone because it met an order of its own account.
    ExpiredInMatch,
}

/// Where a conditional order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConditionalState {
    /// It waits for its trigger.
    Waiting,
    /// Its trigger was met, and it acts, rests or is filled since.
    Triggered {
        /// When.
        at: Time,
    },
    /// It had acted, and is gone.
    Finished {
        /// When it was triggered.
        at: Time,
    },
    /// Its trigger was met, but it could not be placed.
    Refused {
        /// When.
        at: Time,
        /// Why: [`OrderEnd::TriggerRefused`] or [`OrderEnd::NothingToReduce`].
        why: OrderEnd,
    },
    /// It went while it still waited: cancelled, expired, liquidated.
    Dropped {
        /// Why.
        why: OrderEnd,
    },
}

/// The type of an order in the words of Binance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderType {
    /// A limit order.
    Limit,
    /// A market order.
    Market,
    /// A stop that becomes a limit order.
    Stop,
    /// A stop that becomes a market order.
    StopMarket,
    /// A take-profit that becomes a limit order.
    TakeProfit,
    /// A take-profit that becomes a market order.
    TakeProfitMarket,
    /// A trailing stop that becomes a market order.
    TrailingStopMarket,
    /// A trailing stop that becomes a limit order, which Binance does not have.
    TrailingStopLimit,
}

impl RecordedOrder {
    /// Where it was placed.
    #[must_use]
    pub const fn market(&self) -> MarketId {
        self.placed.market
    }

    /// Whose it is.
    #[must_use]
    pub const fn account(&self) -> AccountId {
        self.placed.account
    }

    /// Whether it still waits or rests.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        match self.stage {
            Stage::Waiting | Stage::Acting | Stage::Resting => true,
            Stage::Ended(_) => false,
        }
    }

    /// Its state.
    #[must_use]
    pub fn state(&self) -> OrderState {
        match self.stage {
            Stage::Waiting | Stage::Acting | Stage::Resting if self.executed > Quantity::ZERO => OrderState::PartiallyFilled,
            Stage::Waiting | Stage::Acting | Stage::Resting => OrderState::New,
            Stage::Ended(OrderEnd::Filled) => OrderState::Filled,
            Stage::Ended(OrderEnd::Cancelled | OrderEnd::Countdown) => OrderState::Canceled,
            Stage::Ended(OrderEnd::SelfTrade) => OrderState::ExpiredInMatch,
            Stage::Ended(
                OrderEnd::ImmediateOrCancel
                | OrderEnd::FillOrKill
                | OrderEnd::Expired
                | OrderEnd::Unaffordable
                | OrderEnd::NothingToReduce
                | OrderEnd::TriggerRefused
                | OrderEnd::Liquidated
                | OrderEnd::MarketSettled,
            ) => OrderState::Expired,
        }
    }

    /// Where it is as a conditional order; `None` for one that never was.
    #[must_use]
    pub const fn conditional(&self) -> Option<ConditionalState> {
        let OrderKind::Conditional { .. } = self.placed.kind else { return None };
        Some(match (self.stage, self.triggered) {
            (Stage::Ended(_), Some(at)) => ConditionalState::Finished { at },
            (Stage::Ended(why @ (OrderEnd::TriggerRefused | OrderEnd::NothingToReduce)), None) => {
                ConditionalState::Refused { at: self.updated, why }
            }
            (Stage::Ended(why), None) => ConditionalState::Dropped { why },
            (Stage::Waiting | Stage::Acting | Stage::Resting, Some(at)) => ConditionalState::Triggered { at },
            (Stage::Waiting | Stage::Acting | Stage::Resting, None) => ConditionalState::Waiting,
        })
    }

    /// Its type as it was placed.
    #[must_use]
    pub const fn original_type(&self) -> OrderType {
        match self.placed.kind {
            OrderKind::Limit { .. } => OrderType::Limit,
            OrderKind::Market => OrderType::Market,
            OrderKind::Conditional { trigger, then, .. } => match (trigger, then) {
                (Trigger::Stop(_), Triggered::Limit { .. }) => OrderType::Stop,
                (Trigger::Stop(_), Triggered::Market) => OrderType::StopMarket,
                (Trigger::TakeProfit(_), Triggered::Limit { .. }) => OrderType::TakeProfit,
                (Trigger::TakeProfit(_), Triggered::Market) => OrderType::TakeProfitMarket,
                (Trigger::Trailing { .. }, Triggered::Limit { .. }) => OrderType::TrailingStopLimit,
                (Trigger::Trailing { .. }, Triggered::Market) => OrderType::TrailingStopMarket,
            },
        }
    }

    /// Its type now: a conditional order that was triggered is a limit or market order.
    #[must_use]
    pub const fn order_type(&self) -> OrderType {
        match (self.triggered, self.becomes()) {
            (None, _) => self.original_type(),
            (Some(_), Triggered::Limit { .. }) => OrderType::Limit,
            (Some(_), Triggered::Market) => OrderType::Market,
        }
    }

    /// What it is once it acts: a limit order with the price as it was placed, or a market order.
    #[must_use]
    pub const fn becomes(&self) -> Triggered {
        match self.placed.kind {
            OrderKind::Limit { price, lifetime } => Triggered::Limit { price, lifetime },
            OrderKind::Market => Triggered::Market,
            OrderKind::Conditional { then, .. } => then,
        }
    }

    /// How long it lives once it acts. A market order's is "until cancelled", as Binance says it.
    #[must_use]
    pub const fn lifetime(&self) -> Lifetime {
        match self.becomes() {
            Triggered::Limit { lifetime, .. } => lifetime,
            Triggered::Market => Lifetime::GoodTillCancel,
        }
    }

    /// Until when it lives, if it has a date.
    #[must_use]
    pub const fn good_till_date(&self) -> Option<Time> {
        match self.lifetime() {
            Lifetime::GoodTillDate(until) => Some(until),
            Lifetime::GoodTillCancel | Lifetime::ImmediateOrCancel | Lifetime::FillOrKill | Lifetime::PostOnly => None,
        }
    }

    /// The price of a stop or take-profit trigger.
    #[must_use]
    pub const fn stop_price(&self) -> Option<Price> {
        match self.placed.kind {
            OrderKind::Conditional { trigger: Trigger::Stop(price) | Trigger::TakeProfit(price), .. } => Some(price),
            OrderKind::Conditional { trigger: Trigger::Trailing { .. }, .. } | OrderKind::Limit { .. } | OrderKind::Market => {
                None
            }
        }
    }

    /// Callback and activation price of a trailing stop. Where its trigger is now, the state's view of the open order tells.
    #[must_use]
    pub const fn trailing(&self) -> Option<(Rate, Option<Price>)> {
        match self.placed.kind {
            OrderKind::Conditional { trigger: Trigger::Trailing { callback, activation }, .. } => Some((callback, activation)),
            OrderKind::Conditional { trigger: Trigger::Stop(_) | Trigger::TakeProfit(_), .. }
            | OrderKind::Limit { .. }
            | OrderKind::Market => None,
        }
    }

    /// Which price a conditional order watches.
    #[must_use]
    pub const fn watched(&self) -> Option<WatchedPrice> {
        match self.placed.kind {
            OrderKind::Conditional { watched, .. } => Some(watched),
            OrderKind::Limit { .. } | OrderKind::Market => None,
        }
    }

    /// The average price of what has filled, to the nearest 10⁻⁸; `None` before anything has.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest price.
    pub fn average_price(&self, contract: &Contract) -> Result<Option<Price>, OutOfRange> {
        average(contract, self.executed, self.executed_value)
    }
}

/// The average price of a quantity of this value; `None` where there is nothing.
pub(super) fn average(contract: &Contract, quantity: Quantity, value: Notional) -> Result<Option<Price>, OutOfRange> {
    let is_something = quantity > Quantity::ZERO && value > Notional::ZERO;
    is_something.then(|| contract.average_price(quantity, value)).transpose()
}

/// Lots as a quantity of the contract.
pub(super) fn quantity_of(contract: &Contract, lots: Lots) -> Quantity {
    lots.to_quantity(contract).unwrap_or_else(|_| broken("lots beyond the greatest quantity"))
}

/// Ticks as a price of the contract.
pub(super) fn price_of(contract: &Contract, ticks: Ticks) -> Price {
    ticks.to_price(contract).unwrap_or_else(|_| broken("ticks beyond the greatest price"))
}

/// Stops at events that no engine emits: going on would be answering with wrong records.
#[cold]
pub(super) fn broken(what: &str) -> ! {
    unreachable!("record: {what}")
}
