//! Auto-deleveraging: profitable positions of the other side are closed at the bankruptcy price, in the order of their ranking.

use ringfence_risk::adl::{AdlCandidate, AdlEntry, AdlScore, adl_score, assign, rank};
use ringfence_risk::arithmetic::{compare_products, mul};
use ringfence_risk::plan::MarginMode;
use ringfence_risk::position::Position;
use ringfence_risk::units::Amount;

use super::case::{Case, Charge, Closed, Holder, sure};
use crate::book::{AccountId, Lots};
use crate::engine::Run;
use crate::event::Event;
use crate::state::{Participant, State, broken};

impl Run<'_> {
    /// Closes the rest against whoever profits at the bankruptcy price: their haircut is what lies between the mark and that price, and never more
    /// than their profit. Never more than needed, and nobody before a higher-ranked one is exhausted.
    pub(super) fn deleverage(&mut self, case: &Case) -> Closed {
        let mut queue: Vec<AdlEntry> = Vec::new();
        for (counter, position) in self.state.opposites(case) {
            if self.state.profits_at_bankruptcy(case, &position) {
                queue.push(self.state.adl_entry(&counter, &position));
            }
        }
        rank(&mut queue);
        let known = self.state.known(case.market);
        let (assigned, _) = sure(assign(&queue, known.quantity(self.state.lots_of(case))));
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

fn account_of(number: u64) -> AccountId {
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

    /// Every position of other accounts on the other side.
    pub(super) fn opposites(&self, case: &Case) -> impl Iterator<Item = (Case, Position)> {
        let participants = self.known(case.market).participants.iter();
        let (case, own) = (*case, case.holder.account());
        participants.filter(move |participant| Some(participant.account()) != own).filter_map(move |participant| {
            let position = participant.positions().of(case.side.opposite())?;
            Some((counter_of(&case, participant), position))
        })
    }

    /// Whether a position of the other side, closed at the price at which the case is bankrupt, has gained.
    fn profits_at_bankruptcy(&self, case: &Case, position: &Position) -> bool {
        let Some(bankrupt) = self.position_of(case) else { return false };
        let value = self.bankruptcy_value(case, self.lots_of(case)).raw();
        let sign = self.known(case.market).contract().value_sign(position.side);
        // value × its quantity ÷ the bankrupt quantity against its entry value
        let (Ok(value), Ok(entry)) = (mul(sign, value), mul(sign, position.entry_value.raw())) else { return false };
        compare_products(value, position.quantity.wide(), entry, bankrupt.quantity.wide()).is_gt()
    }

    pub(super) fn adl_entry(&self, counter: &Case, position: &Position) -> AdlEntry {
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

fn counter_of(case: &Case, participant: &Participant) -> Case {
    let (account, side) = (participant.account(), case.side.opposite());
    let holder = match participant.margin_mode(side) {
        MarginMode::Isolated => Holder::Boxed(account),
        MarginMode::Cross => Holder::Pooled(account),
    };
    Case { holder, side, ..*case }
}
