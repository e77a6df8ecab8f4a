//! Funding: who pays out of what, and what receivers get.

use ringfence_risk::arithmetic::{OutOfRange, Rounding, mul_div};
use ringfence_risk::fee::funding_payment;
use ringfence_risk::plan::{FundingMeans, FundingPlan, MarginMode, plan_funding};
use ringfence_risk::position::Position;
use ringfence_risk::refusal::Refusal;
use ringfence_risk::rule_set::FundingSource;
use ringfence_risk::units::{Amount, MarkPrice, Notional, Rate, Side};

use super::newest_held_of;
use super::time::next_settlement;
use crate::book::AccountId;
use crate::command::{AutoAdd, MarketState};
use crate::engine::{Reply, Run};
use crate::event::{Event, LedgerAccount, OrderEnd, RateSource, Reason};
use crate::ids::{AssetId, MarketId};
use crate::reject::{Field, Reject};
use crate::state::{Market, PerSide, broken};
use crate::time::Time;

/// What a position pays at a settlement; below zero: what it receives.
#[derive(Clone, Copy, Debug)]
struct Due {
    /// Whose; the insurance fund's without one.
    account: Option<AccountId>,
    side: Side,
    amount: Amount,
}

impl Run<'_> {
    pub(super) fn set_funding_rate(&mut self, market: MarketId, rate: Rate) -> Result<Reply, Reject> {
        let known = self.market(market)?;
        known.check_funding()?;
        let cap = known.listing().funding.terms.cap.raw().max(0);
        if rate.raw() > cap || rate.raw() < cap.saturating_neg() {
            return Err(Reject::Invalid { field: Field::Rate, why: "must lie within the funding cap of the market" });
        }
        if (known.funding.rate, known.funding.rate_source) != (rate, RateSource::Set) {
            self.emit(Event::FundingRateSet { market, rate, source: RateSource::Set });
        }
        Ok(Reply::Done)
    }

    /// Settles at the present rate and mark; the next settlement is the next that is regularly due.
    pub(super) fn settle_funding_now(&mut self, market: MarketId) -> Result<Reply, Reject> {
        let known = self.market(market)?;
        known.check_funding()?;
        if known.state() == MarketState::Halted {
            return Err(Reject::MarketNot { state: MarketState::Halted, what: "a funding settlement" });
        }
        let mark = known.mark().ok_or(Reject::NoMark { since: None })?;
        self.check_fresh(known)?;
        let next = next_settlement(self.state.clock(), known.listing().funding.interval_ms);
        let next = next.ok_or(Refusal::NotOffered { what: "funding" })?;
        let dues = known.dues(mark)?;
        self.settle(market, mark, next, &dues);
        Ok(Reply::Done)
    }

    /// Settles what is due by now: once, however many settlements were missed.
    pub(super) fn settle_due(&mut self, market: MarketId) {
        let (known, now) = (self.state.known(market), self.state.clock());
        let (Some(mark), Some(_)) = (known.mark(), known.funding.next.filter(|next| *next <= now)) else { return };
        // At a stale mark nobody pays: it stays due until there is a mark again.
        if known.prices.guard.is_stale(now) {
            return;
        }
        let Some(next) = next_settlement(now, known.listing().funding.interval_ms) else { return };
        // A payment beyond the greatest amount leaves the settlement due: a mark like that does not last.
        if let Ok(dues) = known.dues(mark) {
            self.settle(market, mark, next, &dues);
        }
    }

    fn settle(&mut self, market: MarketId, mark: MarkPrice, next: Time, dues: &[Due]) {
        let (asset, rate) = (self.state.known(market).asset(), self.state.known(market).funding.rate);
        let mut shortfall = 0_i128;
        for due in dues.iter().filter(|due| due.amount > Amount::ZERO) {
            shortfall = shortfall.saturating_add(self.collect(market, mark, due).raw());
        }
        self.cover(market, asset, shortfall);
        let receipts = |due: &&Due| due.amount < Amount::ZERO && due.account.is_some();
        let total = dues.iter().filter(receipts).fold(0_i128, |sum, due| sum.saturating_sub(due.amount.raw()));
        let collected = self.state.known(market).ledger().funding;
        for due in dues.iter().filter(receipts) {
            let receipt = due.amount.raw().saturating_neg();
            // Where payers fell short of what the insurance fund could cover, receivers share what there is.
            let share = if collected >= total { Ok(receipt) } else { mul_div(receipt, collected, total, Rounding::Floor) };
            match (share.and_then(Amount::from_wide), due.account) {
                (Ok(share), Some(account)) => self.receive(market, account, due.side, share),
                (Err(_), _) | (_, None) => broken("a share greater than the whole"),
            }
        }
        // What is left is the insurance fund's own receipt, and what rounding left over.
        let left = self.state.known(market).ledger().funding;
        self.return_rest(market, asset, left);
        self.emit(Event::FundingSettled { market, rate, mark, next });
        self.predict(market);
    }

    /// Takes a payment from a position. Answers what it cannot pay.
    fn collect(&mut self, market: MarketId, mark: MarkPrice, due: &Due) -> Amount {
        let asset = self.state.known(market).asset();
        let Some(account) = due.account else { return self.collect_of_fund(market, due.amount) };
        if self.state.known(market).at(self.state.known(market).slot(account)).margin_mode(due.side) == MarginMode::Cross {
            self.free_for(asset, account, due.amount);
        }
        let known = self.state.known(market);
        let participant = known.at(known.slot(account));
        let Some(position) = participant.positions().of(due.side) else { broken("funding of a position that is not there") };
        let means = FundingMeans {
            margin_mode: participant.margin_mode(due.side),
            wallet: self.state.free(account, asset),
            margin: position.margin().unwrap_or(Amount::ZERO),
            profit: position.unrealised_pnl(known.contract(), mark).unwrap_or(Amount::ZERO),
        };
        let Ok(plan) = plan_funding(due.amount, &means, known.listing().rules.funding_source) else {
            broken("funding beyond the greatest amount")
        };
        let sign = known.contract().value_sign(due.side);
        let Ok(after) = after_payment(&position, &plan, sign) else { broken("funding beyond the greatest notional") };
        let to = LedgerAccount::Funding(market);
        self.post(asset, (LedgerAccount::Wallet(account), to), plan.from_wallet, Reason::Funding);
        self.post(asset, (LedgerAccount::Margin(account, market, due.side), to), plan.from_margin, Reason::Funding);
        self.post(asset, (LedgerAccount::Settlement(market), to), plan.from_profit, Reason::Funding);
        if after != position {
            self.emit(Event::PositionSet { market, account: Some(account), side: due.side, position: Some(after) });
        }
        self.draw_shortfall(market, (account, due.side), plan.shortfall)
    }

    /// A box that may draw margin by itself does so before anybody else covers what it cannot pay. Answers what is still missing.
    fn draw_shortfall(&mut self, market: MarketId, (account, side): (AccountId, Side), shortfall: Amount) -> Amount {
        let known = self.state.known(market);
        let (asset, participant) = (known.asset(), known.at(known.slot(account)));
        let may_draw = participant.margin_mode(side) == MarginMode::Isolated && participant.auto_add() == AutoAdd::On;
        let available = self.state.available(account, asset).unwrap_or(Amount::ZERO);
        let drawn = if may_draw { shortfall.min(available) } else { Amount::ZERO };
        self.post(asset, (LedgerAccount::Wallet(account), LedgerAccount::Funding(market)), drawn, Reason::MarginAutoAdded);
        shortfall.minus(drawn).unwrap_or(Amount::ZERO)
    }

    /// What the insurance fund's own position pays, within its cap for an hour. What it lacks is nobody's debt: receivers get less.
    fn collect_of_fund(&mut self, market: MarketId, due: Amount) -> Amount {
        let known = self.state.known(market);
        let (asset, paid) = (known.asset(), due.raw().min(known.insurance_left(self.state.clock())));
        let Ok(paid) = Amount::from_wide(paid) else { broken("a part greater than the whole") };
        self.post(asset, (LedgerAccount::Insurance(market), LedgerAccount::Funding(market)), paid, Reason::Funding);
        due.minus(paid).unwrap_or(Amount::ZERO)
    }

    /// A pool pays with what it holds for orders, too, before anybody else covers it: the newest orders go until there is enough.
    fn free_for(&mut self, asset: AssetId, account: AccountId, due: Amount) {
        if self.state.free(account, asset) >= due {
            return;
        }
        let markets: Vec<MarketId> = self.state.cross_markets(account, asset).map(|(market, _)| market.id()).collect();
        for market in markets {
            while self.state.free(account, asset) < due {
                let known = self.state.known(market);
                let participant = known.at(known.slot(account));
                let is_pooled = |side| participant.margin_mode(side) == MarginMode::Cross;
                let Some(order) = newest_held_of(known, participant, is_pooled) else { break };
                self.emit(Event::OrderEnded { market, order, end: OrderEnd::Unaffordable });
                self.rehold(market, account);
            }
        }
    }

    /// The insurance fund covers what payers could not pay, as far as it and its cap for an hour reach.
    fn cover(&mut self, market: MarketId, asset: AssetId, shortfall: i128) {
        let covered = shortfall.min(self.state.known(market).insurance_left(self.state.clock()));
        let Ok(covered) = Amount::from_wide(covered) else { broken("an insurance fund beyond the greatest amount") };
        let accounts = (LedgerAccount::Insurance(market), LedgerAccount::Funding(market));
        self.post(asset, accounts, covered, Reason::InsurancePayout);
    }

    /// The insurance fund gets what is left on its way.
    fn return_rest(&mut self, market: MarketId, asset: AssetId, left: i128) {
        let Ok(left) = Amount::from_wide(left) else { broken("funding beyond the greatest amount") };
        self.post(asset, (LedgerAccount::Funding(market), LedgerAccount::Insurance(market)), left, Reason::Funding);
    }

    /// Into the box of an isolated position, or into the wallet where funding is paid from there.
    fn receive(&mut self, market: MarketId, account: AccountId, side: Side, amount: Amount) {
        let known = self.state.known(market);
        let (asset, participant) = (known.asset(), known.at(known.slot(account)));
        let from = LedgerAccount::Funding(market);
        if !is_boxed(participant.margin_mode(side), known.listing().rules.funding_source) {
            return self.post(asset, (from, LedgerAccount::Wallet(account)), amount, Reason::Funding);
        }
        let Some(position) = participant.positions().of(side) else { broken("funding of a position that is not there") };
        let Ok(added_margin) = position.added_margin.plus(amount) else { broken("a margin beyond the greatest amount") };
        if amount > Amount::ZERO {
            self.post(asset, (from, LedgerAccount::Margin(account, market, side)), amount, Reason::Funding);
            let position = Some(Position { added_margin, ..position });
            self.emit(Event::PositionSet { market, account: Some(account), side, position });
        }
    }
}

/// Whether funding enters and leaves the position's own box.
const fn is_boxed(mode: MarginMode, source: FundingSource) -> bool {
    matches!((mode, source), (MarginMode::Isolated, FundingSource::PositionMargin))
}

/// The position after a payment: less margin, and a cost basis worse by what was paid out of its profit.
fn after_payment(position: &Position, plan: &FundingPlan, value_sign: i128) -> Result<Position, OutOfRange> {
    let worse = plan.from_profit.raw().saturating_mul(value_sign);
    Ok(Position {
        entry_value: Notional::from_wide(position.entry_value.raw().saturating_add(worse))?,
        added_margin: position.added_margin.minus(plan.from_margin)?,
        ..*position
    })
}

impl Market {
    /// A settled market has no funding any more, and some never had any.
    fn check_funding(&self) -> Result<(), Reject> {
        if self.state() == MarketState::Settled {
            return Err(Reject::MarketNot { state: MarketState::Settled, what: "funding" });
        }
        if self.listing().funding.interval_ms == 0 {
            return Err(Refusal::NotOffered { what: "funding" }.into());
        }
        Ok(())
    }

    /// What every position pays or receives at the present rate, by participant.
    fn dues(&self, mark: MarkPrice) -> Result<Vec<Due>, OutOfRange> {
        let mut dues = Vec::new();
        let payment =
            |position: &Position| funding_payment(self.contract(), position.side, position.quantity, mark, self.funding.rate);
        for participant in &self.participants {
            let account = Some(participant.account());
            let positions = participant.positions();
            match (participant.margin_modes(), positions.long, positions.short) {
                // Both legs of a hedge share a pool: it pays the difference.
                (PerSide { long: MarginMode::Cross, short: MarginMode::Cross }, Some(long), Some(short)) => {
                    let (long, short) = (payment(&long)?, payment(&short)?);
                    let side = if long > short { Side::Long } else { Side::Short };
                    dues.push(Due { account, side, amount: long.plus(short)? });
                }
                (PerSide { .. }, long, short) => {
                    for position in [long, short].into_iter().flatten() {
                        dues.push(Due { account, side: position.side, amount: payment(&position)? });
                    }
                }
            }
        }
        if let Some(fund) = self.fund_position() {
            dues.push(Due { account: None, side: fund.side, amount: payment(fund)? });
        }
        Ok(dues)
    }
}
