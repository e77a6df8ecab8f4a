//! Takeover: the insurance fund takes a position over at its bankruptcy value, as far as it can bear and its caps let it.

use ringfence_risk::position::Position;
use ringfence_risk::units::{Amount, Notional, Quantity};

use super::case::{Case, Charge, Closed, Holder, sure};
use crate::book::Lots;
use crate::engine::Run;
use crate::event::Event;
use crate::state::State;

impl Run<'_> {
    /// The trader's margin pays for the loss up to bankruptcy, so the trader is left with nothing and owes nothing; what lies beyond is the fund's.
    /// A position of the fund on the other side is closed against it first.
    pub(super) fn take_over(&mut self, case: &Case) -> Closed {
        let mut all = Closed::NONE;
        let fund = Case { holder: Holder::Fund, side: case.side.opposite(), ..*case };
        let offset = self.state.lots_of(&fund).min(self.state.lots_of(case));
        let lots = greatest(offset, |lots| self.state.can_offset(case, &fund, lots));
        if lots > Lots::ZERO {
            let closed = Closed { lots, value: self.state.bankruptcy_value(case, lots) };
            self.close(case, closed, Charge::Nothing);
            self.close(&fund, closed, Charge::Nothing);
            all = closed;
        }
        if self.state.lots_of(&fund) > Lots::ZERO {
            // The fund holds one side only.
            return all;
        }
        let lots = greatest(self.state.lots_of(case), |lots| self.state.can_take(case, lots));
        if lots > Lots::ZERO {
            let closed = Closed { lots, value: self.state.bankruptcy_value(case, lots) };
            let Some(position) = self.state.fund_with(case, closed) else { return all };
            self.close(case, closed, Charge::Nothing);
            let (market, side) = (case.market, case.side);
            self.emit(Event::PositionSet { market, account: None, side, position: Some(position) });
            all = all.and(closed.lots, closed.value);
        }
        all
    }
}

/// The greatest number up to `most` for which it holds: all, if it holds for all; otherwise found by halving.
fn greatest(most: Lots, holds: impl Fn(Lots) -> bool) -> Lots {
    if most == Lots::ZERO || holds(most) {
        return most;
    }
    let (mut good, mut bad) = (0, most.raw());
    while bad.saturating_sub(good) > 1 {
        let middle = good.midpoint(bad);
        if holds(Lots::new(middle)) { good = middle } else { bad = middle }
    }
    Lots::new(good)
}

impl State {
    /// What the fund may lose, with a position at the mark.
    pub(super) fn fund_equity(&self, case: &Case, position: &Position) -> Amount {
        let known = self.known(case.market);
        let profit = known.mark().map_or(Amount::ZERO, |mark| sure(position.unrealised_pnl(known.contract(), mark)));
        sure(self.fund_money(case).plus(profit))
    }

    /// Whether the fund can close this much of its own position against the case.
    fn can_offset(&self, case: &Case, fund: &Case, lots: Lots) -> bool {
        let part = self.part(fund, lots, self.bankruptcy_value(case, lots));
        let Ok(left) = self.fund_money(case).plus(part.realised) else { return false };
        let open =
            part.remaining.map_or(Ok(Amount::ZERO), |rest| rest.unrealised_pnl(self.known(case.market).contract(), case.mark));
        let (Ok(open), insurance) = (open, self.insurance(case.market)) else { return false };
        let worth = insurance.plus(part.realised).and_then(|money| money.plus(open));
        left >= Amount::ZERO
            && left.plus(open).is_ok_and(|equity| equity >= Amount::ZERO)
            && worth.is_ok_and(|worth| self.may_be_worth(case, worth))
    }

    /// Whether the fund is still worth something at the mark after taking over this much: more than nothing, or it could never close again.
    fn can_take(&self, case: &Case, lots: Lots) -> bool {
        let closed = Closed { lots, value: self.bankruptcy_value(case, lots) };
        self.fund_with(case, closed).is_some_and(|position| {
            let profit = position.unrealised_pnl(self.known(case.market).contract(), case.mark);
            let worth = profit.and_then(|profit| self.insurance(case.market).plus(profit));
            self.fund_equity(case, &position) > Amount::ZERO && worth.is_ok_and(|worth| self.may_be_worth(case, worth))
        })
    }

    /// The fund's position with what it takes over; `None` beyond the greatest position.
    fn fund_with(&self, case: &Case, taken: Closed) -> Option<Position> {
        let market = self.known(case.market);
        let quantity = market.quantity(taken.lots);
        let (held, cost) = market.fund.map_or((Quantity::ZERO, Notional::ZERO), |fund| (fund.quantity, fund.entry_value));
        Some(Position {
            side: case.side,
            quantity: held.plus(quantity).ok()?,
            entry_value: cost.plus(taken.value).ok()?,
            opening_margin: Amount::ZERO,
            added_margin: Amount::ZERO,
        })
    }
}
