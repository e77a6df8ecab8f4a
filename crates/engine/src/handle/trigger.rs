//! Waiting orders that are set off.

use ringfence_risk::plan::OrderIntent;
use ringfence_risk::refusal::Refusal;

use super::validate::{Checked, Pricing, Standing, Wanted, intent_of};
use crate::book::Lots;
use crate::command::{Lifetime, NewOrder, OrderKind, Purpose, Triggered};
use crate::engine::Run;
use crate::event::{Event, OrderEnd};
use crate::ids::{MarketId, OrderId};
use crate::reject::Reject;
use crate::state::{Market, Participant};

impl Run<'_> {
    /// Sets off what the present command's marks and trades have triggered, in every market it did something in.
    pub(crate) fn set_off_all(&mut self) {
        let mut at = 0_usize;
        while let Some(market) = self.state.visited.get(at).copied() {
            self.set_off_pending(market);
            at = at.saturating_add(1);
        }
    }

    /// Sets off the waiting orders of a market whose trigger was met, in the order in which the price met them.
    ///
    /// What one of them trades may set off others; each is set off once, so this ends. One that the market no longer takes (it is halted, the
    /// order cannot be afforded, nothing is left to close) is gone, with the reason.
    pub(crate) fn set_off_pending(&mut self, market: MarketId) {
        while let Some(order) = self.state.known(market).pending.front().map(|id| OrderId(id.0)) {
            match self.check_triggered(market, order) {
                Ok(Checked { lots, price, crosses, rest, .. }) => {
                    self.emit(Event::OrderTriggered { market, order, lots, price });
                    self.act(market, order, crosses, rest);
                }
                Err(end) => self.emit(Event::OrderEnded { market, order, end }),
            }
        }
    }

    /// Checks a waiting order as if it were placed now.
    fn check_triggered(&self, market: MarketId, order: OrderId) -> Result<Checked, OrderEnd> {
        let known = self.state.known(market);
        let Some(place) = known.orders.find(order) else { crate::state::broken("a trigger without an order") };
        let placed = known.orders.detail(place).placed;
        let OrderKind::Conditional { then, .. } = placed.kind else { crate::state::broken("a trigger of no waiting order") };
        let participant = known.at(known.orders.record(place).participant);
        if let Triggered::Limit { lifetime: Lifetime::GoodTillDate(until), .. } = then
            && until <= self.state.clock()
        {
            return Err(OrderEnd::Expired);
        }
        let lots = known.triggered_lots(participant, &placed, known.orders.record(place).left)?;
        let wanted = self.wanted(known, &placed, then, lots).map_err(|_| OrderEnd::TriggerRefused)?;
        self.check_wanted(known, &Standing::of(participant, placed.side), &wanted).map_err(|reject| {
            let is_nothing = matches!(reject, Reject::Core(Refusal::WouldOpen { .. }));
            if is_nothing { OrderEnd::NothingToReduce } else { OrderEnd::TriggerRefused }
        })
    }

    /// The order it becomes, if state, mark and filters let it through.
    fn wanted(&self, market: &Market, placed: &NewOrder, then: Triggered, lots: Lots) -> Result<Wanted, Reject> {
        let intent = intent_of(placed);
        let (kind, pricing, price, lifetime) = match then {
            Triggered::Market => {
                let worst = market.worst_price(placed.side)?;
                (OrderKind::Market, Pricing::Market, worst, Lifetime::ImmediateOrCancel)
            }
            Triggered::Limit { price, lifetime } => {
                let ticks = crate::book::Ticks::from_price(market.contract(), price)?;
                (OrderKind::Limit { price, lifetime }, Pricing::Limit, ticks, lifetime)
            }
        };
        self.check_state(market, intent, &kind)?;
        let wanted = Wanted {
            account: placed.account,
            side: placed.side,
            position_side: placed.position_side,
            intent,
            pricing,
            lots,
            price,
            lifetime,
            self_trade: placed.self_trade,
        };
        match (placed.purpose, then) {
            (Purpose::Any | Purpose::ReduceOnly, _) => market.check_filters(&wanted)?,
            // Whatever its size, a position may be closed whole.
            (Purpose::ClosePosition, Triggered::Market) => {}
            (Purpose::ClosePosition, Triggered::Limit { price, .. }) => {
                if let Some(mark) = market.mark() {
                    market.listing().filters.check_band(placed.side, price, mark)?;
                }
            }
        }
        Ok(wanted)
    }
}

impl Market {
    /// How much a waiting order is for: all of the position it closes, or what it was placed with.
    fn triggered_lots(&self, participant: &Participant, placed: &NewOrder, left: Lots) -> Result<Lots, OrderEnd> {
        let position = participant.positions().of(placed.side.opens().opposite());
        match (placed.purpose, position) {
            (Purpose::ClosePosition, Some(position)) => Ok(self.lots(position.quantity)),
            (Purpose::ClosePosition | Purpose::ReduceOnly, None) => Err(OrderEnd::NothingToReduce),
            (Purpose::Any, None) if intent_of(placed) == OrderIntent::ReduceOnly => Err(OrderEnd::NothingToReduce),
            (Purpose::Any | Purpose::ReduceOnly, _) => Ok(left),
        }
    }
}
