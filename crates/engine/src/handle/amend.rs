//! Amending a resting limit order: a new price, a new quantity, or both.

use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::plan::OrderIntent;
use ringfence_risk::refusal::Refusal;
use ringfence_risk::units::Amount;

use super::place::Crosses;
use super::validate::{Checked, Pricing, Standing, Wanted};
use crate::book::{Lots, Ticks};
use crate::command::{Amendment, Lifetime, OrderKind, Triggered};
use crate::engine::{OrderFate, OrderReply, Reply, Run};
use crate::event::{Event, QueuePlace};
use crate::ids::{MarketId, OrderId};
use crate::reject::{Field, Reject};
use crate::state::{Market, OrderStatus};

impl Run<'_> {
    /// Gives a resting order new terms, as if it were placed anew without itself in the book. At the same price with no more lots it keeps its
    /// place in line; a price that crosses takes at once (a post-only order is refused). An order amended to no more than it has executed is
    /// cancelled.
    #[inline]
    pub(super) fn amend(&mut self, amendment: &Amendment) -> Result<Reply, Reject> {
        let (known, place) = self.find_order(&amendment.order)?;
        let (record, market) = (*known.orders.record(place), amendment.order.market);
        if record.status != OrderStatus::Resting {
            return Err(Reject::NotAmendable { why: "it waits for its trigger" });
        }
        let price = Ticks::from_price(known.contract(), amendment.price)?;
        let wanted = Lots::from_quantity(known.contract(), amendment.quantity)?;
        let executed = known.orders.detail(place).executed;
        let Some(left) = wanted.raw().checked_sub(executed.raw()).map(Lots::new).filter(|left| *left > Lots::ZERO) else {
            if wanted == Lots::ZERO {
                return Err(Reject::Invalid { field: Field::Quantity, why: "must be at least one lot" });
            }
            return self.cancel(&amendment.order).map(Reply::Order);
        };
        if price == record.price && left == record.left {
            return Err(Refusal::NoChange { setting: "the order" }.into());
        }
        let checked = self.check_amended(known, place, price, left)?;
        let keeps = checked.price == record.price && checked.lots <= record.left;
        if checked.crosses == Crosses::Yes && !keeps {
            self.emit(Event::OrderPulled { market, order: record.id, price: checked.price, lots: checked.lots });
            let reply = self.act(market, record.id, Crosses::Yes, checked.rest);
            self.rehold(market, amendment.order.account);
            return Ok(Reply::Order(reply));
        }
        self.amend_in_book(market, record.id, &checked, if keeps { QueuePlace::Kept } else { QueuePlace::Lost });
        match checked.cost {
            Some(cost) => self.hold_more(market, amendment.order.account, cost.extra_hold),
            None => self.rehold(market, amendment.order.account),
        }
        let detail = self.state.known(market).orders.detail(place);
        let (executed, value) = (detail.executed, detail.executed_value);
        Ok(Reply::Order(OrderReply { order: record.id, executed, value, fate: OrderFate::Resting }))
    }

    #[inline(never)]
    fn amend_in_book(&mut self, market: MarketId, order: OrderId, checked: &Checked, queue: QueuePlace) {
        let known = self.state.known(market);
        let record = known.orders.record(order.place());
        let open_loss = match checked.cost {
            Some(cost) => cost.open_loss,
            // What is left of it keeps its part of the loss it was placed with.
            None if record.is_held() => {
                crate::state::share(known.orders.detail(order.place()).open_loss, checked.lots, record.left)
            }
            None => Amount::ZERO,
        };
        let (price, lots) = (checked.price, checked.lots);
        self.emit(Event::OrderAmended { market, order, price, lots, open_loss, queue });
    }

    /// Checks the new terms as those of a new order.
    #[inline]
    fn check_amended(&self, market: &Market, place: u32, price: Ticks, lots: Lots) -> Result<Checked, Reject> {
        let (record, detail) = (market.orders.record(place), market.orders.detail(place));
        let participant = market.at(record.participant);
        let intent = if record.is_held() { OrderIntent::Any } else { OrderIntent::ReduceOnly };
        let wanted = Wanted {
            account: participant.account(),
            side: record.side,
            position_side: record.position_side,
            intent,
            pricing: Pricing::Limit,
            lots,
            price,
            lifetime: lifetime_of(&detail.placed.kind),
            self_trade: detail.placed.self_trade,
        };
        let kind = OrderKind::Limit { price: price.to_price(market.contract())?, lifetime: wanted.lifetime };
        self.check_state(market, intent, &kind)?;
        market.check_filters(&wanted)?;
        if price == record.price && lots <= record.left {
            // Less of the same needs nothing and takes nothing.
            let rest = super::place::rest_of(wanted.lifetime);
            return Ok(Checked { lots, price, crosses: Crosses::No, rest, cost: None });
        }
        self.check_wanted(market, &without(market, place)?, &wanted)
    }
}

/// The lifetime of an order once it acts.
const fn lifetime_of(kind: &OrderKind) -> Lifetime {
    match kind {
        OrderKind::Limit { lifetime, .. } | OrderKind::Conditional { then: Triggered::Limit { lifetime, .. }, .. } => *lifetime,
        OrderKind::Market | OrderKind::Conditional { then: Triggered::Market, .. } => Lifetime::GoodTillCancel,
    }
}

/// A participant as if this resting order of its were not there.
#[inline]
fn without(market: &Market, place: u32) -> Result<Standing<'_>, OutOfRange> {
    let record = market.orders.record(place);
    let mut standing = Standing::of(market.at(record.participant), record.side);
    if record.is_held() {
        let loss = market.orders.detail(place).open_loss;
        let held = &mut standing.held;
        held.sum.quantity = held.sum.quantity.minus(market.quantity(record.left))?;
        held.sum.value = held.sum.value.minus(market.value(record.price, record.left)?)?;
        held.open_loss = held.open_loss.minus(loss)?;
    } else {
        let reducing = standing.reducing.of_mut(record.side.opens().opposite());
        *reducing = Lots::new(reducing.raw().saturating_sub(record.left.raw()));
    }
    Ok(standing)
}
