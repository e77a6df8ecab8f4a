//! The API's words for sides, types and states.

use ringfence_engine::book::SelfTrade;
use ringfence_engine::command::{Lifetime, PositionSide, Purpose};
use ringfence_engine::conditional::WatchedPrice;
use ringfence_risk::filters::OrderSide;

use crate::record::{ConditionalState, OrderState, OrderType};

/// `BUY` or `SELL`.
#[must_use]
pub const fn side(side: OrderSide) -> &'static str {
    match side {
        OrderSide::Buy => "BUY",
        OrderSide::Sell => "SELL",
    }
}

/// Sides by their words.
pub(super) const SIDES: [(&str, OrderSide); 2] = [("BUY", OrderSide::Buy), ("SELL", OrderSide::Sell)];

/// `BOTH`, `LONG` or `SHORT`.
#[must_use]
pub const fn position_side(side: PositionSide) -> &'static str {
    match side {
        PositionSide::Both => "BOTH",
        PositionSide::Long => "LONG",
        PositionSide::Short => "SHORT",
    }
}

/// Position sides by their words.
pub(crate) const POSITION_SIDES: [(&str, PositionSide); 3] =
    [("BOTH", PositionSide::Both), ("LONG", PositionSide::Long), ("SHORT", PositionSide::Short)];

/// `LIMIT`, `MARKET` and so on.
#[must_use]
pub const fn order_type(kind: OrderType) -> &'static str {
    match kind {
        OrderType::Limit => "LIMIT",
        OrderType::Market => "MARKET",
        OrderType::Stop => "STOP",
        OrderType::StopMarket => "STOP_MARKET",
        OrderType::TakeProfit => "TAKE_PROFIT",
        OrderType::TakeProfitMarket => "TAKE_PROFIT_MARKET",
        OrderType::TrailingStopMarket | OrderType::TrailingStopLimit => "TRAILING_STOP_MARKET",
    }
}

/// The types that are conditional.
pub(super) const CONDITIONAL_TYPES: [(&str, OrderType); 5] = [
    ("STOP", OrderType::Stop),
    ("STOP_MARKET", OrderType::StopMarket),
    ("TAKE_PROFIT", OrderType::TakeProfit),
    ("TAKE_PROFIT_MARKET", OrderType::TakeProfitMarket),
    ("TRAILING_STOP_MARKET", OrderType::TrailingStopMarket),
];

/// `NEW`, `PARTIALLY_FILLED` and so on.
#[must_use]
pub const fn order_state(state: OrderState) -> &'static str {
    match state {
        OrderState::New => "NEW",
        OrderState::PartiallyFilled => "PARTIALLY_FILLED",
        OrderState::Filled => "FILLED",
        OrderState::Canceled => "CANCELED",
        OrderState::Expired => "EXPIRED",
        OrderState::ExpiredInMatch => "EXPIRED_IN_MATCH",
    }
}

/// State of a conditional order.
#[must_use]
pub(crate) const fn algo_state(state: ConditionalState) -> &'static str {
    match state {
        ConditionalState::Waiting => "NEW",
        ConditionalState::Triggered { .. } => "TRIGGERED",
        ConditionalState::Finished { .. } => "FINISHED",
        ConditionalState::Refused { .. } => "REJECTED",
        ConditionalState::Dropped { why } => match order_end_is_cancel(why) {
            Ended::Cancelled => "CANCELED",
            Ended::Expired => "EXPIRED",
        },
    }
}

enum Ended {
    Cancelled,
    Expired,
}

const fn order_end_is_cancel(end: ringfence_engine::event::OrderEnd) -> Ended {
    use ringfence_engine::event::OrderEnd;
    match end {
        OrderEnd::Cancelled | OrderEnd::Countdown => Ended::Cancelled,
        OrderEnd::Filled
        | OrderEnd::ImmediateOrCancel
        | OrderEnd::FillOrKill
        | OrderEnd::Expired
        | OrderEnd::SelfTrade
        | OrderEnd::Unaffordable
        | OrderEnd::NothingToReduce
        | OrderEnd::TriggerRefused
        | OrderEnd::Liquidated
        | OrderEnd::MarketSettled => Ended::Expired,
    }
}

/// `GTC` and so on.
#[must_use]
pub(crate) const fn time_in_force(lifetime: Lifetime) -> &'static str {
    match lifetime {
        Lifetime::GoodTillCancel => "GTC",
        Lifetime::ImmediateOrCancel => "IOC",
        Lifetime::FillOrKill => "FOK",
        Lifetime::PostOnly => "GTX",
        Lifetime::GoodTillDate(_) => "GTD",
    }
}

/// What prevents trades of an account with itself.
#[must_use]
pub(crate) const fn self_trade(mode: SelfTrade) -> &'static str {
    match mode {
        SelfTrade::ExpireTaker => "EXPIRE_TAKER",
        SelfTrade::ExpireMaker => "EXPIRE_MAKER",
        SelfTrade::ExpireBoth => "EXPIRE_BOTH",
    }
}

/// Modes by their words. `NONE` is taken as the default: an account never trades with itself here, and the answer says so.
pub(super) const SELF_TRADES: [(&str, SelfTrade); 4] = [
    ("EXPIRE_TAKER", SelfTrade::ExpireTaker),
    ("EXPIRE_MAKER", SelfTrade::ExpireMaker),
    ("EXPIRE_BOTH", SelfTrade::ExpireBoth),
    ("NONE", SelfTrade::ExpireMaker),
];

/// Which price a conditional order watches; an order that is none counts as watching the last.
#[must_use]
pub(crate) const fn working_type(watched: Option<WatchedPrice>) -> &'static str {
    match watched {
        Some(WatchedPrice::Mark) => "MARK_PRICE",
        Some(WatchedPrice::Last) | None => "CONTRACT_PRICE",
    }
}

/// Watched prices by their words.
pub(super) const WORKING_TYPES: [(&str, WatchedPrice); 2] =
    [("CONTRACT_PRICE", WatchedPrice::Last), ("MARK_PRICE", WatchedPrice::Mark)];

/// Whether an order only reduces.
pub(crate) const fn only_reduces(purpose: Purpose) -> bool {
    match purpose {
        Purpose::ReduceOnly | Purpose::ClosePosition => true,
        Purpose::Any => false,
    }
}
