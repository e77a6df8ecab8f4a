//! Auto-deleveraging: profitable positions of the other side are closed at the bankruptcy price, in the order of their ranking.

use ringfence_risk::adl::{AdlCandidate, AdlEntry, AdlScore, adl_score, assign};
use ringfence_risk::arithmetic::mul;
use ringfence_risk::plan::MarginMode;
use ringfence_risk::position::Position;
use ringfence_risk::units::{Amount, Notional, Quantity, Side};

use super::case::{Case, Charge, Closed, Holder, sure};
use super::ranking::{Cost, Ranked};
use crate::book::{AccountId, Lots};
use crate::engine::Run;
use crate::event::Event;
use crate::ids::MarketId;
use crate::state::{Participant, State, broken};

impl Run<'_> {
    /// Closes the rest against whoever profits at the bankruptcy price: their haircut is what lies between the mark and that price, and never more
    /// than their profit. Never more than needed, and nobody before a higher-ranked one is exhausted.
    pub(super) fn deleverage(&mut self, case: &Case) -> Closed {
        let Some(bankrupt) = self.state.bankruptcy_cost(case) else { return Closed::NONE };
        let size = self.state.known(case.market).quantity(self.state.lots_of(case));
        let (assigned, _) = sure(assign(&self.first_opposites(case, Some(bankrupt), size), size));
        let known = self.state.known(case.market);
        let assigned: Vec<(AccountId, Lots)> =
            assigned.into_iter().map(|(account, quantity)| (account_of(account), known.lots(quantity))).collect();
        let mut all = Closed::NONE;
        for (account, lots) in assigned {
            let counter = self.state.case_of(case, account);
            let value = self.state.bankruptcy_value(case, lots);
            let part = self.state.part(&counter, lots, value);
            // Right at its entry price a rounding could cost it a unit.
            let is_harmed = part.realised < Amount::ZERO || (counter.is_boxed() && part.proceeds < Amount::ZERO);
            if !is_harmed {
                self.close_against(case, &counter, Closed { lots, value });
                all = all.and(lots, value);
            }
        }
        all
    }

    /// The entries of other accounts on the other side, by rank, until they hold as much as asked for; only those that cost less than a limit.
    pub(super) fn first_opposites(&mut self, case: &Case, limit: Option<Cost>, size: Quantity) -> Vec<AdlEntry> {
        let own = case.holder.account().map(|account| u64::from(account.0));
        let ranking = self.rankings.ranking(self.state, self.events, case);
        let (mut left, mut found) = (size, Vec::new());
        for entry in ranking.walk(limit).filter(|entry| Some(entry.account) != own) {
            if left == Quantity::ZERO {
                break;
            }
            left = sure(left.minus(entry.quantity.min(left)));
            found.push(*entry);
        }
        found
    }

    /// Closes a part of a leg against the same part of another.
    pub(super) fn close_against(&mut self, case: &Case, counter: &Case, closed: Closed) {
        if let Some(account) = counter.holder.account() {
            let Closed { lots, value } = closed;
            self.emit(Event::Deleveraged { market: case.market, account, side: counter.side, lots, value });
        }
        self.close(case, closed, Charge::Nothing);
        self.close(counter, closed, Charge::Nothing);
    }
}

pub(super) fn account_of(number: u64) -> AccountId {
    match u32::try_from(number) {
        Ok(number) => AccountId(number),
        Err(_) => broken("an account beyond the greatest number"),
    }
}

impl Case {
    const fn is_boxed(&self) -> bool {
        matches!(self.holder, Holder::Boxed(_))
    }
}

impl State {
    /// The opposite leg of an account in the market of a case.
    pub(super) fn case_of(&self, case: &Case, account: AccountId) -> Case {
        let Some(participant) = self.known(case.market).participant(account) else { broken("a position of nobody") };
        counter_of(case, participant)
    }

    /// What a position of the other side must cost less than, to have gained at the price at which the case is bankrupt.
    fn bankruptcy_cost(&self, case: &Case) -> Option<Cost> {
        let position = self.position_of(case)?;
        let value = self.bankruptcy_value(case, self.lots_of(case));
        Some(self.cost(case.market, case.side.opposite(), (value, position.quantity)))
    }

    fn cost(&self, market: MarketId, side: Side, (value, quantity): (Notional, Quantity)) -> Cost {
        Cost { value: sure(mul(self.known(market).contract().value_sign(side), value.raw())), quantity }
    }

    /// A leg in its ranking; `None` where there is none.
    pub(super) fn ranked(&self, leg: &Case) -> Option<Ranked> {
        let position = self.position_of(leg)?;
        let cost = self.cost(leg.market, leg.side, (position.entry_value, position.quantity));
        Some(Ranked { entry: self.adl_entry(leg, &position), cost })
    }

    fn adl_entry(&self, counter: &Case, position: &Position) -> AdlEntry {
        let market = self.known(counter.market);
        let collateral = match counter.holder {
            Holder::Boxed(_) | Holder::Fund => sure(position.margin()),
            Holder::Pooled(account) => self.pool_wallet(account, market.asset()),
        };
        let maintenance = sure(market.terms().maintenance_margin(position, counter.mark));
        let candidate = AdlCandidate { contract: market.contract(), position, collateral, maintenance, mark: counter.mark };
        // Beyond what can be computed nobody ranks before anybody.
        let score = adl_score(market.listing().rules.adl_ranking, &candidate).unwrap_or(AdlScore::from_raw(0));
        let account = counter.holder.account().map_or(u64::MAX, |account| account.0.into());
        AdlEntry { account, quantity: position.quantity, score }
    }
}

pub(super) fn counter_of(case: &Case, participant: &Participant) -> Case {
    let (account, side) = (participant.account(), case.side.opposite());
    let holder = match participant.margin_mode(side) {
        MarginMode::Isolated => Holder::Boxed(account),
        MarginMode::Cross => Holder::Pooled(account),
    };
    Case { holder, side, ..*case }
}
