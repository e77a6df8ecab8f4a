//! A conditional order as JSON.

use ringfence_engine::command::Purpose;
use ringfence_engine::time::Time;
use ringfence_risk::units::{Price, Quantity};
use serde::Serialize;

use super::algo_id::{AlgoId, AlgoLabel};
use super::row::FoundOrder;
use super::words::only_reduces;
use super::words::{algo_state, order_type, position_side, self_trade, side, time_in_force, working_type};
use crate::api::text::Decimal;
use crate::boot::Symbol;
use crate::record::ConditionalState;

/// A conditional order: what placing, asking and listing answer.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AlgoRow<'a> {
    algo_id: AlgoId,
    client_algo_id: AlgoLabel,
    algo_type: &'static str,
    order_type: &'static str,
    symbol: &'a str,
    side: &'static str,
    position_side: &'static str,
    time_in_force: &'static str,
    quantity: Decimal,
    algo_status: &'static str,
    actual_order_id: String,
    actual_price: Decimal,
    actual_qty: Decimal,
    actual_type: &'static str,
    trigger_price: Decimal,
    price: Decimal,
    iceberg_quantity: Option<Decimal>,
    tp_trigger_price: Decimal,
    tp_price: Decimal,
    sl_trigger_price: Decimal,
    sl_price: Decimal,
    tp_order_type: &'static str,
    self_trade_prevention_mode: &'static str,
    working_type: &'static str,
    price_match: &'static str,
    close_position: Flag,
    price_protect: Flag,
    reduce_only: Flag,
    create_time: u64,
    update_time: u64,
    trigger_time: u64,
    good_till_date: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    activate_price: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    callback_rate: Option<Decimal>,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct Flag(bool);

impl<'a> AlgoRow<'a> {
    /// That of a conditional order; `None` for one that is none.
    #[must_use]
    pub(super) fn new(found: &FoundOrder, symbol: &'a Symbol) -> Option<Self> {
        let order = &found.order;
        let state = order.conditional()?;
        let digits = |precision: u32| u8::try_from(precision).unwrap_or(u8::MAX);
        let price = |price: Option<Price>| Decimal::new(price.map_or(0, Price::wide), digits(symbol.price_precision));
        let quantity = |quantity: Quantity| Decimal::new(quantity.wide(), digits(symbol.quantity_precision));
        let triggered = order.triggered;
        let trailing = order.trailing();
        Some(Self {
            algo_id: AlgoId::of(order),
            client_algo_id: AlgoLabel::of(order),
            algo_type: "CONDITIONAL",
            order_type: order_type(order.original_type()),
            symbol: &symbol.symbol,
            side: side(order.placed.side),
            position_side: position_side(order.placed.position_side),
            time_in_force: time_in_force(order.lifetime()),
            quantity: quantity(order.placed.quantity),
            algo_status: algo_state(state),
            actual_order_id: triggered.map_or_else(String::new, |_| order.order.to_string()),
            actual_price: price(found.average),
            actual_qty: quantity(order.executed),
            actual_type: triggered.map_or("", |_| order_type(order.order_type())),
            trigger_price: price(order.stop_price()),
            price: price(order.becomes_limit()),
            iceberg_quantity: None,
            tp_trigger_price: price(None),
            tp_price: price(None),
            sl_trigger_price: price(None),
            sl_price: price(None),
            tp_order_type: "",
            self_trade_prevention_mode: self_trade(order.placed.self_trade),
            working_type: working_type(order.watched()),
            price_match: "NONE",
            close_position: Flag(order.placed.purpose == Purpose::ClosePosition),
            price_protect: Flag(false),
            reduce_only: Flag(only_reduces(order.placed.purpose)),
            create_time: order.created.ms(),
            update_time: order.updated.ms(),
            trigger_time: trigger_time(state).map_or(0, Time::ms),
            good_till_date: order.good_till_date().map_or(0, Time::ms),
            activate_price: trailing.map(|(_, activation)| price(activation)),
            // A rate of 0.01 is written as 1 percent.
            callback_rate: trailing.map(|(callback, _)| Decimal::new(callback.wide() * 100, 1)),
        })
    }
}

const fn trigger_time(state: ConditionalState) -> Option<Time> {
    match state {
        ConditionalState::Triggered { at } | ConditionalState::Finished { at } => Some(at),
        ConditionalState::Waiting | ConditionalState::Refused { .. } | ConditionalState::Dropped { .. } => None,
    }
}

impl crate::record::RecordedOrder {
    /// The limit of what it becomes.
    fn becomes_limit(&self) -> Option<Price> {
        match self.becomes() {
            ringfence_engine::command::Triggered::Limit { price, .. } => Some(price),
            ringfence_engine::command::Triggered::Market => None,
        }
    }
}
