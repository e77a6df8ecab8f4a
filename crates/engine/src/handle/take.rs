//! Taking: an order meets what rests, one maker after the other.

use ringfence_risk::units::{Amount, Notional};

use super::fill::{FillRequest, PartyPlan};
use crate::book::{AccountId, Lots, MatchKind, Taker, Ticks};
use crate::engine::Run;
use crate::event::{Event, OrderEnd, Trade};
use crate::ids::{MarketId, OrderId, TradeId};
use crate::state::broken;

/// A maker and what a trade with it does to it, not yet done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlannedTrade {
    pub(crate) order: OrderId,
    pub(crate) account: AccountId,
    pub(crate) price: Ticks,
    pub(crate) lots: Lots,
    pub(crate) value: Notional,
    /// Whether the maker is gone afterwards.
    pub(crate) is_last: bool,
    request: FillRequest,
    plan: PartyPlan,
}

/// What ends a search for makers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoTrade {
    /// Nobody (more) within the limit.
    Nobody,
    /// The next one is of the same account, and the taker expires.
    SelfTrade,
}

/// Who takes: their order, if it is one, and whose it is; the insurance fund is nobody's account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TakerName {
    pub(crate) order: Option<OrderId>,
    pub(crate) account: Option<AccountId>,
    /// The trading fee it pays for this trade: no maker's rebate exceeds it, so that a trade never costs the venue anything.
    pub(crate) fee: Amount,
}

impl Run<'_> {
    /// The next maker that can trade. Makers that cannot (their fill would not be affordable, or would be liquidated at once) and makers of the
    /// same account (where they are the ones to expire) go on the way.
    pub(crate) fn next_trade(&mut self, market: MarketId, taker: &Taker) -> Result<PlannedTrade, NoTrade> {
        loop {
            let known = self.state.known(market);
            let mut matches = known.book.matches(taker);
            let Some(found) = matches.next() else {
                let expires =
                    known.book.best(opposite(taker)).is_some_and(|best| crosses(taker, best)) && taker.lots > Lots::ZERO;
                return Err(if expires { NoTrade::SelfTrade } else { NoTrade::Nobody });
            };
            let expires_taker = matches.is_expired();
            let place = known.orders.of_book(found.maker);
            let record = known.orders.record(place);
            let order = record.id;
            match found.kind {
                MatchKind::ExpireMaker => {
                    self.emit(Event::OrderEnded { market, order, end: OrderEnd::SelfTrade });
                    self.rehold(market, found.account);
                    if expires_taker {
                        return Err(NoTrade::SelfTrade);
                    }
                }
                MatchKind::Trade => {
                    let Ok(value) = known.value(found.price, found.lots) else { broken("a trade worth more than an order") };
                    let request = FillRequest::maker(market, found.account, record, (found.price, found.lots, value));
                    match self.state.plan_party(&request) {
                        Ok(plan) => {
                            let (account, price, lots) = (found.account, found.price, found.lots);
                            let is_last = found.left == Lots::ZERO;
                            return Ok(PlannedTrade { order, account, price, lots, value, is_last, request, plan });
                        }
                        Err(end) => {
                            self.emit(Event::OrderEnded { market, order, end });
                            self.rehold(market, found.account);
                        }
                    }
                }
            }
        }
    }

    /// Carries out the maker's side of a trade.
    pub(crate) fn commit_maker(&mut self, market: MarketId, trade: &PlannedTrade, taker: TakerName) {
        let id = TradeId(self.state.known(market).trades().saturating_add(1));
        self.emit(Event::Traded(Trade {
            market,
            id,
            price: trade.price,
            lots: trade.lots,
            value: trade.value,
            taker_side: opposite_side(trade.request.side),
            maker_order: trade.order,
            maker: trade.account,
            taker_order: taker.order,
            taker: taker.account,
        }));
        let mut plan = trade.plan;
        plan.fill.fee = plan.fill.fee.max(taker.fee.or_zero().negated().unwrap_or(Amount::ZERO));
        self.commit_party(&trade.request, Some(trade.order), &plan);
        if trade.is_last && self.state.known(market).orders.find(trade.order).is_some() {
            self.emit(Event::OrderEnded { market, order: trade.order, end: OrderEnd::Filled });
        }
    }
}

const fn opposite(taker: &Taker) -> ringfence_risk::filters::OrderSide {
    opposite_side(taker.side)
}

pub(crate) const fn opposite_side(side: ringfence_risk::filters::OrderSide) -> ringfence_risk::filters::OrderSide {
    use ringfence_risk::filters::OrderSide;
    match side {
        OrderSide::Buy => OrderSide::Sell,
        OrderSide::Sell => OrderSide::Buy,
    }
}

/// Whether a taker's limit reaches a price.
fn crosses(taker: &Taker, price: Ticks) -> bool {
    use ringfence_risk::filters::OrderSide;
    match taker.side {
        OrderSide::Buy => price <= taker.limit,
        OrderSide::Sell => price >= taker.limit,
    }
}
