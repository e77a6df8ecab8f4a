//! All or nothing: whether an order would fill whole, looked at fill by fill before anything happens.

use ringfence_risk::arithmetic::OutOfRange;

use super::fill::{FillRequest, Imagined};
use super::validate::Wanted;
use crate::book::{AccountId, Lots, MatchKind, Taker};
use crate::engine::Run;
use crate::state::Market;

impl Run<'_> {
    /// Whether everybody the order would meet, and the order itself, can carry fills for all of it. Makers that cannot are left out, as they would
    /// be; the walk goes on to the next.
    pub(super) fn fills_whole(&self, market: &Market, wanted: &Wanted) -> bool {
        self.walk_whole(market, wanted).unwrap_or(false)
    }

    fn walk_whole(&self, market: &Market, wanted: &Wanted) -> Result<bool, OutOfRange> {
        let Wanted { account, side, price: limit, lots, self_trade, .. } = *wanted;
        let mut makers: Vec<(AccountId, Imagined)> = Vec::new();
        let mut own = self.state.imagined(market, account);
        let mut left = lots;
        let taker = Taker { account, side, limit, lots: Lots::GREATEST, self_trade };
        for found in market.book.matches(&taker).filter(|found| found.kind == MatchKind::Trade) {
            let lots = found.lots.min(left);
            let value = market.value(found.price, lots)?;
            let record = market.orders.record(market.orders.of_book(found.maker));
            let fill = (found.price, lots, value);
            let at = match makers.iter().position(|(maker, _)| *maker == found.account) {
                Some(at) => at,
                None => {
                    makers.push((found.account, self.state.imagined(market, found.account)));
                    makers.len().saturating_sub(1)
                }
            };
            let Some((_, maker)) = makers.get_mut(at) else { return Ok(false) };
            let request = FillRequest::maker(market.id(), found.account, record, fill);
            let planned = self.state.plan_from(&request, &maker.participant, maker.earned);
            let Some(plan) = planned.ok().filter(|_| !maker.is_unsure) else { continue };
            let own_request = FillRequest::taker(market.id(), wanted, fill);
            let Ok(own_plan) = self.state.plan_from(&own_request, &own.participant, own.earned) else { return Ok(false) };
            self.state.imagine(maker, &request, &plan)?;
            self.state.imagine(&mut own, &own_request, &own_plan)?;
            left = Lots::new(left.raw().saturating_sub(lots.raw()));
            if left == Lots::ZERO {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
