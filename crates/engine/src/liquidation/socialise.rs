//! The last resort: a deficit nobody covers is taken from the profits of the other side, then from the venue, and the rest is closed at the mark.

use ringfence_risk::arithmetic::{Rounding, mul, mul_div};
use ringfence_risk::position::Position;
use ringfence_risk::units::{Amount, Notional, Quantity};

use super::case::{Case, Charge, Closed, Holder, sure};
use super::deleverage::account_of;
use crate::book::Lots;
use crate::engine::Run;
use crate::event::{Event, LedgerAccount, Reason};
use crate::state::{State, broken};

/// Who pays what a counterparty lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purse {
    /// The insurance fund within its caps, then the venue.
    FundThenVenue,
    /// The venue.
    Venue,
}

impl Run<'_> {
    /// Covers the deficit, then closes the rest at the mark against the other side: there is as much of it, for longs equal shorts.
    pub(super) fn socialise(&mut self, case: &Case) -> Closed {
        self.cover_deficit(case, case);
        self.close_out(case, self.state.lots_of(case))
    }

    /// Closes so much of a leg at the mark against the other side, in the order of its ranking.
    pub(super) fn close_out(&mut self, case: &Case, wanted: Lots) -> Closed {
        let mut all = Closed::NONE;
        let size = self.state.known(case.market).quantity(wanted);
        for counter in self.counterparties(case, size) {
            let left = wanted.raw().saturating_sub(all.lots.raw());
            let lots = Lots::new(left).min(self.state.lots_of(&counter));
            if lots == Lots::ZERO {
                continue;
            }
            self.cover_deficit(&counter, case);
            let closed = Closed { lots, value: self.state.closing_value(case, lots) };
            // A fund that is closed itself needs its money for that.
            let purse = if case.holder == Holder::Fund { Purse::Venue } else { Purse::FundThenVenue };
            self.make_up(&counter, closed, purse);
            self.close_against(case, &counter, closed);
            all = all.and(closed.lots, closed.value);
        }
        all
    }

    /// What closing the leg at the mark would lose beyond what stands behind it comes from the profits of the other side, pro rata, as a worse
    /// cost basis; what they do not cover is the venue's own loss.
    ///
    /// The profits of the account that is being liquidated are spared: they were counted before it was found to be short.
    fn cover_deficit(&mut self, case: &Case, liquidated: &Case) {
        let Some(position) = self.state.position_of(case) else { return };
        let known = self.state.known(case.market);
        let profit = sure(position.unrealised_pnl(known.contract(), case.mark));
        let balance = sure(self.state.collateral_of(case, &position).plus(profit));
        if balance >= Amount::ZERO {
            return;
        }
        let mut deficit = sure(balance.negated());
        if case.holder != Holder::Fund {
            // What the fund could not take over whole lots with, it pays, within its caps.
            let insured = deficit.min(self.state.payable(case));
            self.give(case, LedgerAccount::Insurance(case.market), insured);
            deficit = sure(deficit.minus(insured));
        }
        let covered = self.haircut(case, deficit, liquidated);
        self.give(case, LedgerAccount::Settlement(case.market), covered);
        self.give(case, LedgerAccount::Uncovered(case.market), sure(deficit.minus(covered)));
    }

    /// Spreads a deficit over the unrealised profits of the other side. Answers how much they cover.
    fn haircut(&mut self, case: &Case, deficit: Amount, liquidated: &Case) -> Amount {
        let counters = self.counterparties(case, Quantity::GREATEST);
        let shares = self.state.haircuts((case, counters), deficit, liquidated);
        let mut covered = Amount::ZERO;
        for (counter, amount) in shares.into_iter().filter(|(_, amount)| *amount > Amount::ZERO) {
            let (Some(position), Some(account)) = (self.state.position_of(&counter), counter.holder.account()) else { continue };
            let sign = self.state.known(case.market).contract().value_sign(counter.side);
            let worse = sure(mul(sign, amount.raw()));
            let entry_value = sure(Notional::from_wide(position.entry_value.raw().saturating_add(worse)));
            let position = Some(Position { entry_value, ..position });
            let (market, side) = (case.market, counter.side);
            self.emit(Event::PositionSet { market, account: Some(account), side, position });
            self.emit(Event::LossSocialised { market, account, side, amount });
            covered = sure(covered.plus(amount));
        }
        covered
    }

    /// A counterparty that is closed at a loss greater than its money is paid the difference: by the insurance fund, then by the venue.
    pub(super) fn make_up(&mut self, counter: &Case, closed: Closed, purse: Purse) {
        let mut missing = self.state.missing(counter, closed);
        let asset = self.state.known(counter.market).asset();
        if let Holder::Pooled(account) = counter.holder
            && missing > Amount::ZERO
        {
            self.end_pool_orders(account, asset);
            missing = self.state.missing(counter, closed);
        }
        let (market, side) = (counter.market, counter.side);
        let most = match purse {
            Purse::FundThenVenue => missing.min(self.state.payable(counter)),
            Purse::Venue => Amount::ZERO,
        };
        let (to, insured) = match counter.holder {
            // Into the box: the wallet is not even passed through.
            Holder::Boxed(account) => (LedgerAccount::Margin(account, market, side), most),
            Holder::Pooled(account) => (LedgerAccount::Wallet(account), most),
            Holder::Fund => (LedgerAccount::Insurance(market), Amount::ZERO),
        };
        self.post(asset, (LedgerAccount::Insurance(counter.market), to), insured, Reason::InsurancePayout);
        let rest = sure(missing.minus(insured));
        self.post(asset, (LedgerAccount::Uncovered(counter.market), to), rest, Reason::Socialised);
    }

    /// Closes a position at the mark against the market as a whole, when all of them are.
    pub(super) fn close_at_mark(&mut self, case: &Case) {
        let Some(position) = self.state.position_of(case) else { return };
        let closed = Closed { lots: self.state.lots_of(case), value: self.state.mark_value(case, &position) };
        if let Holder::Boxed(_) | Holder::Fund = case.holder {
            self.make_up(case, closed, Purse::FundThenVenue);
        }
        self.close(case, closed, Charge::Nothing);
    }
}

impl Run<'_> {
    /// Whom so much of a case is closed against: other accounts by rank, then the insurance fund, then, if need be, the other leg of the same account.
    fn counterparties(&mut self, case: &Case, size: Quantity) -> Vec<Case> {
        let queue = self.first_opposites(case, None, size);
        let mut found: Vec<Case> = queue.iter().map(|entry| self.state.case_of(case, account_of(entry.account))).collect();
        found.push(Case { holder: Holder::Fund, side: case.side.opposite(), ..*case });
        if let Some(account) = case.holder.account() {
            found.push(self.state.case_of(case, account));
        }
        found
    }
}

impl State {
    /// The value at which a part is closed at the mark: where that is a fraction worse than bankruptcy, the bankruptcy value.
    fn closing_value(&self, case: &Case, lots: Lots) -> Notional {
        let Some(position) = self.position_of(case) else { broken("a part of no position") };
        let (all, bankrupt) = (self.mark_value(case, &position), self.bankruptcy_value(case, lots));
        let quantity = self.known(case.market).quantity(lots);
        let share = mul_div(all.raw(), quantity.wide(), position.quantity.wide(), Rounding::Floor);
        let share = sure(share.and_then(Notional::from_wide));
        if self.known(case.market).contract().value_sign(case.side) > 0 { share.max(bankrupt) } else { share.min(bankrupt) }
    }

    /// Each profit's part of a deficit: no more than the profit, cut to whole units; the units that are left over by rank.
    fn haircuts(&self, (case, counters): (&Case, Vec<Case>), deficit: Amount, liquidated: &Case) -> Vec<(Case, Amount)> {
        let contract = self.known(case.market).contract();
        let mut profits: Vec<(Case, Amount)> = Vec::new();
        for counter in counters {
            // A pool's own profits were counted before it was found to be short.
            let is_own_pool = matches!(liquidated.holder, Holder::Pooled(_)) && counter.holder == liquidated.holder;
            if is_own_pool || counter.holder == Holder::Fund {
                continue;
            }
            let profit = self.position_of(&counter).map(|position| sure(position.unrealised_pnl(contract, case.mark)));
            profits.extend(profit.filter(|profit| *profit > Amount::ZERO).map(|profit| (counter, profit)));
        }
        let total = profits.iter().fold(Amount::ZERO, |sum, (_, profit)| sure(sum.plus(*profit)));
        if total <= deficit {
            return profits;
        }
        let part = |profit: Amount| Amount::from_wide(mul_div(deficit.raw(), profit.raw(), total.raw(), Rounding::Floor)?);
        let mut shares: Vec<(Case, Amount)> = profits.iter().map(|(counter, profit)| (*counter, sure(part(*profit)))).collect();
        let cut = shares.iter().fold(Amount::ZERO, |sum, (_, share)| sure(sum.plus(*share)));
        let mut left = sure(deficit.minus(cut)).raw();
        for (_, share) in &mut shares {
            if left > 0 {
                *share = sure(Amount::from_wide(share.raw().saturating_add(1)));
                left = left.saturating_sub(1);
            }
        }
        shares
    }

    /// How much a leg lacks to be closed at a value.
    fn missing(&self, counter: &Case, closed: Closed) -> Amount {
        let part = self.part(counter, closed.lots, closed.value);
        let left = match counter.holder {
            Holder::Boxed(_) => part.proceeds,
            Holder::Pooled(account) => sure(self.free(account, self.known(counter.market).asset()).plus(part.realised)),
            Holder::Fund => sure(self.fund_money(counter).plus(part.realised)),
        };
        sure(left.negated()).or_zero()
    }
}
