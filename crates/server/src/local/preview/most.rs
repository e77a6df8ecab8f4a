//! The most that can be opened at an order's price.

use ringfence_engine::command::{NewOrder, OrderKind, Triggered};
use ringfence_engine::state::State;
use ringfence_risk::filters::OrderSide;
use ringfence_risk::margin::OpenOrders;
use ringfence_risk::plan::{Context, LegState, MarginMode, PositionMode, plan_max_open};
use ringfence_risk::units::{Amount, Price, Quantity};
use serde_json::{Value, json};

use super::view::Eye;

/// The largest order of this side that the rules accept, and the rule that limits it. `null` without a price, and for a position on cross: what
/// more it may become depends on the whole pool.
pub(super) fn max_open(state: &State, eye: Eye, order: &NewOrder) -> Value {
    max_quantity(state, eye, order).map_or(
        Value::Null,
        |(most, rule, price)| json!({"quantity": most.to_string(), "rule": rule, "price": price.to_string()}),
    )
}

/// The same as numbers: quantity, rule, price.
pub(super) fn max_quantity(state: &State, eye: Eye, order: &NewOrder) -> Option<(Quantity, String, Price)> {
    let market = state.market(eye.market)?;
    let price = price(state, eye, order)?;
    let part = market.participant(eye.account);
    let side = order.side.opens();
    let mode = part.map_or(market.listing().default_margin_mode, |part| part.margin_mode(side));
    let position = part.and_then(|part| match state.account(eye.account).map(|known| known.position_mode()) {
        Some(PositionMode::Hedge) => part.positions().of(side),
        Some(PositionMode::OneWay) | None => part.only().copied(),
    });
    if mode == MarginMode::Cross && position.is_some() {
        return None;
    }
    let orders = part.map(|part| {
        let held = part.held_orders();
        OpenOrders { buys: held.long.sum, sells: held.short.sum }
    });
    let leg = LegState {
        position,
        leverage: part.map_or(market.listing().default_leverage, |part| part.leverage().of(side)),
        available: state.available(eye.account, eye.asset).ok()?,
        orders: orders.unwrap_or(OpenOrders::NONE),
        order_margin: part.map_or(Amount::ZERO, |part| part.hold()),
    };
    let context = Context { terms: market.terms(), leg, mark: market.mark()? };
    let (most, rule) = plan_max_open(&context, &market.listing().filters, order.side, price).ok()?;
    Some((most, rule.to_string(), price))
}

/// The limit; for a market order the best price of the other side.
fn price(state: &State, eye: Eye, order: &NewOrder) -> Option<Price> {
    match order.kind {
        OrderKind::Limit { price, .. } | OrderKind::Conditional { then: Triggered::Limit { price, .. }, .. } => Some(price),
        OrderKind::Market => {
            let view = state.market_view(eye.market).ok()??;
            match order.side {
                OrderSide::Buy => view.best_ask,
                OrderSide::Sell => view.best_bid,
            }
        }
        OrderKind::Conditional { then: Triggered::Market, .. } => None,
    }
}
