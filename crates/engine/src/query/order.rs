//! Orders as their owner knows them.

use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::filters::OrderSide;
use ringfence_risk::units::{Notional, Price, Quantity};

use crate::book::{AccountId, Lots};
use crate::client_ids::ClientOrderId;
use crate::command::{OrderKind, PositionSide, Purpose, Trigger, Triggered};
use crate::conditional::{Condition, ConditionalId};
use crate::ids::{MarketId, OrderId};
use crate::state::{Market, OrderStatus, State};
use crate::time::Time;

/// An open order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderView {
    /// Its number.
    pub order: OrderId,
    /// Where.
    pub market: MarketId,
    /// Whose.
    pub account: AccountId,
    /// Its owner's name for it.
    pub client_id: Option<ClientOrderId>,
    /// Buys or sells.
    pub side: OrderSide,
    /// Which position it is for.
    pub position_side: PositionSide,
    /// What it may do to the position.
    pub purpose: Purpose,
    /// Price and trigger as it was placed.
    pub kind: OrderKind,
    /// Where it is.
    pub status: OrderStatus,
    /// Its limit, as last amended; `None` for a waiting order that becomes a market order.
    pub price: Option<Price>,
    /// What sets it off now: a trailing stop's moves, and there is none as long as it is not active.
    pub trigger: Option<Price>,
    /// Its quantity, as last amended; zero for one that closes the whole position.
    pub quantity: Quantity,
    /// How much of it has filled.
    pub executed: Quantity,
    /// How much of it is left.
    pub left: Quantity,
    /// The value of what has filled.
    pub executed_value: Notional,
    /// The average price of what has filled, to the nearest 10⁻⁸.
    pub average_price: Option<Price>,
    /// When it was placed.
    pub placed_at: Time,
}

impl State {
    /// An open order; `None` where there is none of this number.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest quantity or price.
    pub fn order_view(&self, market: MarketId, order: OrderId) -> Result<Option<OrderView>, OutOfRange> {
        let Some(market) = self.market(market) else { return Ok(None) };
        market.orders.find(order).map(|place| view(market, place)).transpose()
    }

    /// The open orders of an account in a market, oldest first.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest quantity or price.
    pub fn open_orders(&self, market: MarketId, account: AccountId) -> Result<Vec<OrderView>, OutOfRange> {
        let Some(market) = self.market(market) else { return Ok(Vec::new()) };
        let Some(participant) = market.participant(account) else { return Ok(Vec::new()) };
        market.places(participant).map(|place| view(market, place)).collect()
    }
}

fn view(market: &Market, place: u32) -> Result<OrderView, OutOfRange> {
    let (record, detail) = (market.orders.record(place), market.orders.detail(place));
    let (placed, contract) = (&detail.placed, market.contract());
    let quantity = |lots: Lots| lots.to_quantity(contract);
    let becomes_market = matches!(placed.kind, OrderKind::Conditional { then: Triggered::Market, .. });
    let waits = record.status() == OrderStatus::Waiting;
    let price = if waits && becomes_market { None } else { Some(record.price().to_price(contract)?) };
    let executed = quantity(detail.executed)?;
    let has_filled = executed > Quantity::ZERO && detail.executed_value > Notional::ZERO;
    Ok(OrderView {
        order: record.id(),
        market: market.id(),
        account: placed.account,
        client_id: placed.client_id,
        side: placed.side,
        position_side: placed.position_side,
        purpose: placed.purpose,
        kind: placed.kind,
        status: record.status(),
        price,
        trigger: if waits { trigger(market, record.id(), &placed.kind) } else { None },
        quantity: quantity(detail.original)?,
        executed,
        left: quantity(record.left())?,
        executed_value: detail.executed_value,
        average_price: has_filled.then(|| contract.average_price(executed, detail.executed_value)).transpose()?,
        placed_at: detail.placed_at,
    })
}

/// What sets a waiting order off now.
fn trigger(market: &Market, order: OrderId, kind: &OrderKind) -> Option<Price> {
    match market.conditionals.get(ConditionalId(order.0)) {
        Some((_, Condition::AtOrAbove(price) | Condition::AtOrBelow(price))) => Some(price),
        Some((_, Condition::Trailing(trailing))) => trailing.trigger(),
        None => match kind {
            OrderKind::Conditional { trigger: Trigger::Stop(price) | Trigger::TakeProfit(price), .. } => Some(*price),
            OrderKind::Conditional { trigger: Trigger::Trailing { .. }, .. } | OrderKind::Limit { .. } | OrderKind::Market => {
                None
            }
        },
    }
}
