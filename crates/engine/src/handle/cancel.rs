//! Cancelling orders: one, several, all, or all unless asked again in time.

use ringfence_risk::plan::MarginMode;
use ringfence_risk::units::Side;

use crate::book::AccountId;
use crate::command::{OrderName, OrderRef, PositionSide};
use crate::engine::{OrderFate, OrderReply, Reply, Run};
use crate::event::{Event, OrderEnd};
use crate::ids::{MarketId, OrderId};
use crate::reject::{Limited, Reject};
use crate::state::{Market, OrderRecord, Participant};

impl Run<'_> {
    /// An open order of this account, by number or name.
    #[inline(always)]
    pub(crate) fn find_order(&self, order: &OrderRef) -> Result<(&Market, u32), Reject> {
        let market = self.market(order.market)?;
        let id = match order.name {
            OrderName::Id(id) => id,
            OrderName::Client(name) => {
                let record = self.state.client_ids.get(order.account, &name).ok_or(Reject::UnknownOrder)?;
                OrderId(record.order)
            }
        };
        let place = market.orders.find(id).ok_or(Reject::UnknownOrder)?;
        let owner = market.at(market.orders.record(place).participant).account();
        if owner == order.account { Ok((market, place)) } else { Err(Reject::UnknownOrder) }
    }

    #[inline]
    pub(super) fn cancel(&mut self, order: &OrderRef) -> Result<OrderReply, Reject> {
        let (known, place) = self.find_order(order)?;
        let (id, detail) = (known.orders.record(place).id, known.orders.detail(place));
        let (executed, value) = (detail.executed, detail.executed_value);
        self.emit(Event::OrderEnded { market: order.market, order: id, end: OrderEnd::Cancelled });
        self.rehold(order.market, order.account);
        Ok(OrderReply { order: id, executed, value, fate: OrderFate::Ended(OrderEnd::Cancelled) })
    }

    pub(super) fn cancel_batch(&mut self, orders: &[OrderRef]) -> Result<Reply, Reject> {
        let limit = self.state.limits().batch;
        if orders.len() > usize::from(limit) {
            return Err(Reject::LimitReached { what: Limited::OrdersInBatch, limit: limit.into() });
        }
        Ok(Reply::Orders(orders.iter().map(|order| self.cancel(order)).collect()))
    }

    pub(super) fn cancel_all(&mut self, account: AccountId, market: MarketId) -> Result<Reply, Reject> {
        self.account(account)?;
        self.market(market)?;
        Ok(Reply::Cancelled(self.end_all(market, account, OrderEnd::Cancelled)))
    }

    /// Ends every order of an account in a market, oldest first. Answers how many.
    pub(crate) fn end_all(&mut self, market: MarketId, account: AccountId, end: OrderEnd) -> u32 {
        self.end_those(market, account, end, |_, _| true)
    }

    /// Ends the liquidated orders for legs of this margin mode: all there are, unless the legs of a hedge differ.
    pub(crate) fn end_of_mode(&mut self, market: MarketId, account: AccountId, mode: MarginMode) -> u32 {
        self.end_those(market, account, OrderEnd::Liquidated, |participant, record| {
            let leg = match record.position_side {
                PositionSide::Both | PositionSide::Long => Side::Long,
                PositionSide::Short => Side::Short,
            };
            participant.margin_mode(leg) == mode
        })
    }

    fn end_those(
        &mut self,
        market: MarketId,
        account: AccountId,
        end: OrderEnd,
        counts: impl Fn(&Participant, &OrderRecord) -> bool,
    ) -> u32 {
        let known = self.state.known(market);
        let Some(participant) = known.participant(account) else { return 0 };
        let records = known.places(participant).map(|place| known.orders.record(place));
        let orders: Vec<OrderId> = records.filter(|record| counts(participant, record)).map(|record| record.id).collect();
        let mut ended = 0_u32;
        for order in orders {
            self.emit(Event::OrderEnded { market, order, end });
            ended = ended.saturating_add(1);
        }
        if ended > 0 {
            self.rehold(market, account);
        }
        ended
    }

    pub(super) fn countdown_cancel(&mut self, account: AccountId, market: MarketId, after_ms: u64) -> Result<Reply, Reject> {
        self.account(account)?;
        let known = self.market(market)?;
        let at = (after_ms > 0).then(|| self.state.clock().plus_ms(after_ms));
        let present = known.participant(account).and_then(crate::state::Participant::countdown);
        if at != present {
            self.join(market, account);
            self.emit(Event::CountdownSet { market, account, at });
        }
        Ok(Reply::Done)
    }
}
