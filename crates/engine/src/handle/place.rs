//! Placing an order: it takes what it crosses, and the rest rests or goes.

use ringfence_risk::arithmetic::{Rounding, mul_div, sub};
use ringfence_risk::filters::OrderSide;
use ringfence_risk::plan::Liquidity;
use ringfence_risk::units::{Amount, Notional};

use super::fill::FillRequest;
use super::take::{NoTrade, TakerName, opposite_side};
use crate::book::{Lots, Taker, Ticks};
use crate::command::{Lifetime, NewOrder, OrderKind};
use crate::engine::{OrderFate, OrderReply, Reply, Run};
use crate::event::{Event, OrderEnd};
use crate::ids::{MarketId, OrderId};
use crate::reject::{Limited, Reject};
use crate::state::{Market, broken, fingerprint};

/// What an order does with what it cannot trade at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    /// It rests.
    Book,
    /// It goes.
    Expire(OrderEnd),
}

impl Run<'_> {
    /// Places an order.
    ///
    /// In this order it is refused: unknown account or market, a client order id used for another order, limits, the market's state, position
    /// side and purpose, price and quantity filters, nothing to reduce, liquidity and post-only, brackets and open interest, balance,
    /// immediate liquidation.
    pub(super) fn place(&mut self, order: &NewOrder) -> Result<OrderReply, Reject> {
        if let Some(reply) = self.repeated(order)? {
            return Ok(reply);
        }
        let checked = self.check_order(order)?;
        self.join(order.market, order.account);
        let id = self.state.known(order.market).orders.next_id();
        self.emit(Event::OrderAccepted { order: id, lots: checked.lots, price: checked.price, placed: *order });
        if matches!(order.kind, OrderKind::Conditional { .. }) {
            return Ok(OrderReply { order: id, executed: Lots::ZERO, value: Notional::ZERO, fate: OrderFate::Waiting });
        }
        if let (Crosses::No, Rest::Book, Some(cost)) = (checked.crosses, checked.rest, checked.cost) {
            // Nothing trades: what was checked is what happens.
            self.emit(Event::OrderRested { market: order.market, order: id, open_loss: cost.open_loss });
            self.hold_more(order.market, order.account, cost.extra_hold);
            return Ok(OrderReply { order: id, executed: Lots::ZERO, value: Notional::ZERO, fate: OrderFate::Resting });
        }
        Ok(self.act(order.market, id, checked.crosses, checked.rest))
    }

    pub(super) fn place_batch(&mut self, orders: &[NewOrder]) -> Result<Reply, Reject> {
        let limit = self.state.limits().batch;
        if orders.len() > usize::from(limit) {
            return Err(Reject::LimitReached { what: Limited::OrdersInBatch, limit: limit.into() });
        }
        Ok(Reply::Orders(orders.iter().map(|order| self.place(order)).collect()))
    }

    /// The same order sent again gets its number, and nothing is done.
    fn repeated(&self, order: &NewOrder) -> Result<Option<OrderReply>, Reject> {
        self.account(order.account)?;
        let Some(client) = order.client_id else { return Ok(None) };
        match self.state.client_ids.get(order.account, &client) {
            Some(record) if record.fingerprint == fingerprint(order) => {
                let order = OrderId(record.order);
                Ok(Some(OrderReply { order, executed: Lots::ZERO, value: Notional::ZERO, fate: OrderFate::Repeated }))
            }
            Some(record) => Err(Reject::DuplicateClientId { order: OrderId(record.order) }),
            None => {
                let room = self.state.client_ids.room(order.account, self.state.clock().ms());
                room.map_err(|full| Reject::LimitReached { what: Limited::ClientIds, limit: full.total.into() })?;
                Ok(None)
            }
        }
    }

    /// Lets an order act: it takes what it crosses, then rests or goes.
    #[inline]
    pub(crate) fn act(&mut self, market: MarketId, order: OrderId, crosses: Crosses, rest: Rest) -> OrderReply {
        let known = self.state.known(market);
        let place = known.orders.find(order).unwrap_or_else(|| broken("an order that is not there"));
        let (record, self_trade) = (*known.orders.record(place), known.orders.detail(place).placed.self_trade);
        let account = known.at(record.participant).account();
        let (mut executed, mut value, mut end) = (Lots::ZERO, Notional::ZERO, None);
        if crosses == Crosses::Yes {
            let taker = Taker { account, side: record.side, limit: record.price, lots: record.left, self_trade };
            let request = FillRequest {
                market,
                account,
                side: record.side,
                position_side: record.position_side,
                closes_only: !record.is_held(),
                lots: Lots::ZERO,
                price: record.price,
                value: Notional::ZERO,
                liquidity: Liquidity::Taker,
                resting: None,
            };
            (executed, value, end) = self.take(market, order, taker, request);
        }
        let fate = self.leave(market, order, end, rest);
        if fate == OrderFate::Resting {
            self.rehold(market, account);
        }
        OrderReply { order, executed, value, fate }
    }

    /// Trades until the order is filled or nobody is left. Answers what was executed, its value, and why it stopped, if it may not go on.
    fn take(
        &mut self,
        market: MarketId,
        order: OrderId,
        mut taker: Taker,
        request: FillRequest,
    ) -> (Lots, Notional, Option<OrderEnd>) {
        let (mut executed, mut value) = (Lots::ZERO, Notional::ZERO);
        while taker.lots > Lots::ZERO {
            let trade = match self.next_trade(market, &taker) {
                Ok(trade) => trade,
                Err(NoTrade::Nobody) => break,
                Err(NoTrade::SelfTrade) => return (executed, value, Some(OrderEnd::SelfTrade)),
            };
            let request = FillRequest { lots: trade.lots, price: trade.price, value: trade.value, ..request };
            let plan = match self.state.plan_party(&request) {
                Ok(plan) => plan,
                Err(end) => return (executed, value, Some(end)),
            };
            let name = TakerName { order: Some(order), account: Some(taker.account), fee: plan.fill.fee };
            self.commit_maker(market, &trade, name);
            self.commit_party(&request, Some(order), &plan);
            executed = Lots::new(executed.raw().saturating_add(trade.lots.raw()));
            value = value.plus(trade.value).unwrap_or(Notional::GREATEST);
            taker.lots = Lots::new(taker.lots.raw().saturating_sub(trade.lots.raw()));
        }
        (executed, value, None)
    }

    /// What is left of an order that has acted rests or goes.
    fn leave(&mut self, market: MarketId, order: OrderId, end: Option<OrderEnd>, rest: Rest) -> OrderFate {
        let known = self.state.known(market);
        // It may have shrunk to nothing on the way.
        let Some(place) = known.orders.find(order) else { return OrderFate::Ended(OrderEnd::NothingToReduce) };
        let record = *known.orders.record(place);
        let end = match (record.left, end, rest) {
            (Lots::ZERO, _, _) => OrderEnd::Filled,
            (_, Some(end), _) | (_, None, Rest::Expire(end)) => end,
            (_, None, Rest::Book) => match self.rest_lots(market, order) {
                Ok(open_loss) => {
                    self.emit(Event::OrderRested { market, order, open_loss });
                    return OrderFate::Resting;
                }
                Err(end) => end,
            },
        };
        self.emit(Event::OrderEnded { market, order, end });
        OrderFate::Ended(end)
    }

    /// Makes the order fit before it rests: what may only reduce never exceeds the position. Answers its open loss.
    fn rest_lots(&mut self, market: MarketId, order: OrderId) -> Result<Amount, OrderEnd> {
        let known = self.state.known(market);
        let place = known.orders.find(order).ok_or(OrderEnd::NothingToReduce)?;
        let record = *known.orders.record(place);
        if record.is_held() {
            return known.open_loss(record.side, record.price, record.left).map_err(|_| OrderEnd::Unaffordable);
        }
        let room = known.reducible(record.participant, record.side);
        if room == Lots::ZERO {
            return Err(OrderEnd::NothingToReduce);
        }
        if room < record.left {
            let lots = Lots::new(record.left.raw().saturating_sub(room.raw()));
            self.emit(Event::OrderShrunk { market, order, lots });
        }
        Ok(Amount::ZERO)
    }
}

/// Whether an order meets the other side of the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Crosses {
    /// It takes.
    Yes,
    /// It does not.
    No,
}

/// What an order would take at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Walk {
    pub(crate) lots: Lots,
    pub(crate) value: Notional,
}

impl Market {
    /// What an order that would rest or fill at this price loses at once against the mark, rounded up.
    ///
    /// # Errors
    /// A number out of range.
    #[inline]
    pub(crate) fn open_loss(&self, side: OrderSide, price: Ticks, lots: Lots) -> Result<Amount, Reject> {
        let Some(mark) = self.mark() else { return Ok(Amount::ZERO) };
        let tick = self.contract().spec().tick.raw();
        let raw = tick.saturating_mul(price.raw().into());
        let is_worse = match side {
            OrderSide::Buy => raw > mark.raw(),
            OrderSide::Sell => raw < mark.raw(),
        };
        // A price no worse than the mark loses nothing: most orders that rest.
        if !is_worse {
            return Ok(Amount::ZERO);
        }
        self.loss_of(side, self.value(price, lots)?, lots)
    }

    /// What lots that cost this much lose at once against the mark, rounded up.
    ///
    /// # Errors
    /// A number out of range.
    pub(crate) fn loss_of(&self, side: OrderSide, cost: Notional, lots: Lots) -> Result<Amount, Reject> {
        let Some(mark) = self.mark() else { return Ok(Amount::ZERO) };
        let contract = self.contract();
        let value = contract.mark_value(contract.exposure(self.quantity(lots))?, mark)?;
        let excess = sub(ringfence_risk::arithmetic::mul(cost.raw(), value.denominator())?, value.numerator())?;
        let loss = mul_div(contract.value_sign(side.opens()), excess, value.denominator(), Rounding::Ceiling)?;
        Ok(Amount::from_wide(loss.max(0))?)
    }

    /// Lots that an order of this side may still reduce, beside those that rest already.
    pub(crate) fn reducible(&self, slot: u32, side: OrderSide) -> Lots {
        let leg = side.opens().opposite();
        let participant = self.at(slot);
        let held = participant.positions().of(leg).map_or(0, |position| self.lots(position.quantity).raw());
        Lots::new(held.saturating_sub(participant.reducing().of(leg).raw()))
    }

    /// What a taker would trade now, makers taken at their word.
    pub(crate) fn walk(&self, taker: &Taker) -> Result<Walk, Reject> {
        let mut walk = Walk { lots: Lots::ZERO, value: Notional::ZERO };
        for found in self.book.matches(taker).filter(|found| found.kind == crate::book::MatchKind::Trade) {
            walk.value = walk.value.plus(self.value(found.price, found.lots)?)?;
            walk.lots = Lots::new(walk.lots.raw().saturating_add(found.lots.raw()));
        }
        Ok(walk)
    }

    /// The best price of the other side, if a limit reaches it.
    #[inline]
    pub(crate) fn crossed(&self, side: OrderSide, limit: Ticks) -> Option<Ticks> {
        self.book.best(opposite_side(side)).filter(|best| match side {
            OrderSide::Buy => *best <= limit,
            OrderSide::Sell => *best >= limit,
        })
    }
}

/// What becomes of the part that does not trade at once.
pub(crate) const fn rest_of(lifetime: Lifetime) -> Rest {
    match lifetime {
        Lifetime::GoodTillCancel | Lifetime::PostOnly | Lifetime::GoodTillDate(_) => Rest::Book,
        Lifetime::ImmediateOrCancel => Rest::Expire(OrderEnd::ImmediateOrCancel),
        Lifetime::FillOrKill => Rest::Expire(OrderEnd::FillOrKill),
    }
}
