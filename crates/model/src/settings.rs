//! What settings and funding do to positions and money.

use num_bigint::BigInt;
use num_traits::{Signed, Zero};
use ringfence_engine::book::AccountId;
use ringfence_risk::plan::MarginMode;
use ringfence_risk::rule_set::{FundingSource, LeverageChange};
use ringfence_risk::units::Leverage;

use crate::books::{Books, index};
use crate::exact::{floor, scale};
use crate::fact::{Funding, LegKey};
use crate::terms::{Terms, initial};

/// Where a payment came from.
#[derive(Default)]
struct Sources {
    wallet: BigInt,
    margin: BigInt,
    profit: BigInt,
}

impl Books {
    /// A leverage change, as the rule set has it. Money moves only where there is a box.
    pub(crate) fn set_leverage(&mut self, key: LegKey, leverage: Leverage, freed: &BigInt) {
        let Some(account) = key.account else { return };
        let Some(settings) = self.settings.get_mut(&(key.market, account)) else { return };
        settings.leverage[index(key.side)] = leverage;
        if settings.mode[index(key.side)] == MarginMode::Cross || !self.leg(key).is_open() {
            return;
        }
        let Some(change) = self.terms(key.market).map(|terms| terms.rules.leverage_change) else { return };
        let leg = self.change(key);
        let needed = initial(&leg.entry, leverage);
        let before = leg.margin();
        match change {
            LeverageChange::Keep | LeverageChange::RaiseKeepsLowerRefused => {}
            LeverageChange::Reset | LeverageChange::ResetWithoutOrders => {
                leg.opening = needed;
                leg.added = BigInt::zero();
            }
            LeverageChange::Recalculate if needed >= leg.opening => leg.opening = needed,
            LeverageChange::Recalculate => leg.opening -= freed,
        }
        let drawn = leg.margin() - before;
        self.credit(key.market, key.account, &-drawn);
    }

    /// Leaving isolated empties the box into the wallet; entering fills it. The requirement on the entry value is the opening margin.
    pub(crate) fn set_mode(&mut self, key: LegKey, mode: MarginMode, posted: &BigInt) {
        let settings = key.account.and_then(|account| self.settings.get_mut(&(key.market, account)));
        let Some(settings) = settings else { return };
        settings.mode[index(key.side)] = mode;
        let leverage = settings.leverage[index(key.side)];
        if !self.leg(key).is_open() {
            return;
        }
        let leg = self.change(key);
        let before = leg.margin();
        (leg.opening, leg.added) = match mode {
            MarginMode::Cross => (BigInt::zero(), BigInt::zero()),
            MarginMode::Isolated => {
                let needed = initial(&leg.entry, leverage);
                let added = posted - &needed;
                (needed, added)
            }
        };
        let drawn = leg.margin() - before;
        self.credit(key.market, key.account, &-drawn);
    }

    /// Funding: value at the mark × rate, longs paying when it is positive. Payers round up, receivers down.
    ///
    /// What payers cannot pay the insurance fund adds as far as it can; what is then missing, receivers go without, in proportion. The fund's
    /// own position receives what is left.
    pub(crate) fn settle_funding(&mut self, funding: &Funding) {
        let Some(terms) = self.terms(funding.market).cloned() else { return };
        let mut wallets = funding.wallets.clone();
        let (mut pot, mut owed, mut receivers, mut fund_paid) = (BigInt::zero(), BigInt::zero(), Vec::new(), BigInt::zero());
        for (key, due) in self.dues(funding, &terms) {
            if due.is_positive() {
                let paid = self.collect(key, &due, &mut wallets, (funding, &terms));
                if key.account.is_none() {
                    fund_paid += &paid;
                }
                pot += paid;
            } else if key.account.is_some() {
                owed -= &due;
                receivers.push((key, -due));
            }
        }
        let insurance = self.markets.get(&funding.market).map_or_else(BigInt::zero, |books| books.insurance.clone());
        let mut most = insurance;
        if let Some(left) = &funding.left {
            most = most.min(left - &fund_paid);
        }
        let payout = (&owed - &pot).min(most).max(BigInt::zero());
        self.credit(funding.market, None, &-&payout);
        pot += payout;
        let whole = pot.clone();
        for (key, receipt) in receivers {
            let receipt = if whole < owed { floor(&(receipt * &whole), &owed) } else { receipt };
            pot -= &receipt;
            if self.pays_from_box(key, &terms) {
                self.change(key).added += receipt;
            } else {
                self.credit(key.market, key.account, &receipt);
            }
        }
        self.credit(funding.market, None, &pot);
    }

    /// What every position pays (negative: receives). Both legs of a hedge that stand on one pool pay the difference, as the greater one.
    fn dues(&self, funding: &Funding, terms: &Terms) -> Vec<(LegKey, BigInt)> {
        let mut dues: Vec<(LegKey, BigInt)> = Vec::new();
        for (key, leg) in self.legs_of(funding.market).filter(|(_, leg)| leg.is_open()) {
            let rate = BigInt::from(funding.rate.raw()) * key.side.sign();
            let due = terms.mark_value(&leg.quantity, &funding.mark).times(&rate).over(&scale()).ceiling();
            let pooled = key.account.is_some() && !self.is_isolated(*key);
            match dues.last_mut() {
                Some((other, sum)) if pooled && other.account == key.account && !self.is_isolated(*other) => {
                    if due >= *sum {
                        *other = *key;
                    }
                    *sum += due;
                }
                Some(_) | None => dues.push((*key, due)),
            }
        }
        dues
    }

    /// Takes a payment: from the wallet, the box, the unrealised profit, and what a box may draw for it. The fund gives its money, nothing else.
    fn collect(
        &mut self,
        key: LegKey,
        due: &BigInt,
        wallets: &mut [(AccountId, BigInt)],
        (funding, terms): (&Funding, &Terms),
    ) -> BigInt {
        let leg = self.leg(key);
        let profit = match key.account {
            Some(_) => terms.profit(key.side, &terms.mark_value(&leg.quantity, &funding.mark), &leg.entry).floor(),
            None => BigInt::zero(),
        };
        let boxed = self.pays_from_box(key, terms);
        let mut wallet = if boxed { BigInt::zero() } else { self.out_of_wallet(key, due, wallets) };
        if let (None, Some(left)) = (key.account, &funding.left) {
            wallet = wallet.min(left.clone());
        }
        let paid = self.pay(key, due, wallet, &profit);
        let draws = |(account, _): &&(AccountId, BigInt)| Some(*account) == key.account;
        let Some((_, drawn)) = funding.drawn.iter().find(draws) else { return paid };
        if *drawn > due - &paid || !self.is_isolated(key) {
            self.faults.push(format!("{key}: drew {drawn} for funding, {} was missing", due - &paid));
        }
        self.credit(key.market, key.account, &-drawn);
        paid + drawn
    }

    fn pays_from_box(&self, key: LegKey, terms: &Terms) -> bool {
        self.is_isolated(key) && terms.rules.funding_source == FundingSource::PositionMargin
    }

    /// What the wallet gives: all that is due, or what it has. The insurance fund's own money is its wallet.
    fn out_of_wallet(&self, key: LegKey, due: &BigInt, wallets: &mut [(AccountId, BigInt)]) -> BigInt {
        match key.account {
            None => due.clone().min(self.markets.get(&key.market).map_or_else(BigInt::zero, |books| books.insurance.clone())),
            Some(account) => wallets.iter_mut().find(|(owner, _)| *owner == account).map_or_else(BigInt::zero, |(_, left)| {
                let given = due.clone().min(left.clone()).max(BigInt::zero());
                *left -= &given;
                given
            }),
        }
    }

    /// From the wallet first, then the box, then unrealised profit; what is then missing is not paid.
    fn pay(&mut self, key: LegKey, due: &BigInt, wallet: BigInt, profit: &BigInt) -> BigInt {
        let nothing = BigInt::zero();
        let margin = (due - &wallet).min(self.leg(key).margin()).max(nothing.clone());
        let profit = (due - &wallet - &margin).min(profit.clone()).max(nothing);
        let sources = Sources { wallet, margin, profit };
        self.credit(key.market, key.account, &-&sources.wallet);
        self.change(key).added -= &sources.margin;
        self.worsen(key, &sources.profit);
        sources.wallet + sources.margin + sources.profit
    }
}
