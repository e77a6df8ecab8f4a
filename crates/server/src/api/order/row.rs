//! An order as JSON: the union of what Binance answers to placing, asking and cancelling, which every client accepts everywhere.

use ringfence_engine::command::Purpose;
use ringfence_engine::ids::{MarketId, OrderId};
use ringfence_engine::time::Time;
use ringfence_risk::units::Price;
use serde::Serialize;

use super::name::OrderLabel;
use super::words::{only_reduces, order_state, order_type, position_side, self_trade, side, time_in_force, working_type};
use crate::api::text::Decimal;
use crate::boot::{Family, Symbol};
use crate::exchange::World;
use crate::record::{ForcedOrder, OrderType, RecordedOrder};

/// An order as it was found, to be written later and elsewhere.
#[derive(Clone, Debug)]
pub struct FoundOrder {
    /// What the record holds of it.
    pub order: RecordedOrder,
    /// The average price of what filled.
    pub average: Option<Price>,
}

impl FoundOrder {
    /// An order of the record.
    #[must_use]
    pub fn of(world: &World, order: &RecordedOrder) -> Self {
        let market = world.state().market(order.market());
        let average = market.and_then(|market| order.average_price(market.contract()).ok().flatten());
        Self { order: order.clone(), average }
    }

    /// A part of a position that was closed by force, as an order.
    #[must_use]
    pub fn of_forced(world: &World, forced: &ForcedOrder) -> Option<Self> {
        let order = forced.as_order(world.state().market(forced.market)?.contract());
        Some(Self { average: order.price, order })
    }

    /// An order by number.
    #[must_use]
    pub fn find(world: &World, market: MarketId, order: OrderId) -> Option<Self> {
        world.record().order(market, order).map(|order| Self::of(world, order))
    }
}

/// An order as JSON.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderRow<'a> {
    order_id: u64,
    symbol: &'a str,
    pair: &'a str,
    status: &'static str,
    client_order_id: OrderLabel,
    price: Decimal,
    avg_price: Decimal,
    orig_qty: Decimal,
    executed_qty: Decimal,
    cum_qty: Decimal,
    #[serde(flatten)]
    filled: Filled,
    time_in_force: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(flatten)]
    flags: Flags,
    side: &'static str,
    position_side: &'static str,
    stop_price: Decimal,
    working_type: &'static str,
    orig_type: &'static str,
    price_match: &'static str,
    self_trade_prevention_mode: &'static str,
    good_till_date: u64,
    time: u64,
    update_time: u64,
}

/// The value of what filled: in the quote currency, or for inverse contracts in the base.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
enum Filled {
    CumQuote(Decimal),
    CumBase(Decimal),
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Flags {
    reduce_only: Flag,
    close_position: Flag,
    price_protect: Flag,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct Flag(bool);

impl<'a> OrderRow<'a> {
    /// That of an order.
    #[must_use]
    pub fn new(found: &FoundOrder, symbol: &'a Symbol) -> Self {
        let order = &found.order;
        let digits = |precision: u32| u8::try_from(precision).unwrap_or(u8::MAX);
        let price = |price: Option<Price>| Decimal::new(price.map_or(0, Price::wide), digits(symbol.price_precision));
        let quantity =
            |quantity: ringfence_risk::units::Quantity| Decimal::new(quantity.wide(), digits(symbol.quantity_precision));
        let value = Decimal::money(order.executed_value.wide());
        let is_market = order.order_type() == OrderType::Market;
        Self {
            order_id: order.order.0,
            symbol: &symbol.symbol,
            pair: &symbol.pair,
            status: order_state(order.state()),
            client_order_id: OrderLabel::of(order),
            price: price(order.price.filter(|_| !is_market)),
            avg_price: price(found.average),
            orig_qty: quantity(order.quantity),
            executed_qty: quantity(order.executed),
            cum_qty: quantity(order.executed),
            filled: match symbol.family {
                Family::UsdM => Filled::CumQuote(value),
                Family::CoinM => Filled::CumBase(value),
            },
            time_in_force: time_in_force(order.lifetime()),
            kind: order_type(order.order_type()),
            flags: Flags {
                reduce_only: Flag(only_reduces(order.placed.purpose)),
                close_position: Flag(order.placed.purpose == Purpose::ClosePosition),
                price_protect: Flag(false),
            },
            side: side(order.placed.side),
            position_side: position_side(order.placed.position_side),
            stop_price: price(order.stop_price()),
            working_type: working_type(order.watched()),
            orig_type: order_type(order.original_type()),
            price_match: "NONE",
            self_trade_prevention_mode: self_trade(order.placed.self_trade),
            good_till_date: order.good_till_date().map_or(0, Time::ms),
            time: order.created.ms(),
            update_time: order.updated.ms(),
        }
    }
}
