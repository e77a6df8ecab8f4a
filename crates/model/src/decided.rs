//! Decisions whose amounts the rules bound without fixing them: leverage changes, mode switches, funding out of wallets.

use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};
use ringfence_engine::book::AccountId;
use ringfence_engine::event::{Event, LedgerAccount, Posting, Reason};
use ringfence_engine::ids::MarketId;
use ringfence_risk::plan::MarginMode;
use ringfence_risk::rule_set::{LeverageChange, LiquidationTrigger, MarginRemoval};
use ringfence_risk::units::{Leverage, MarkPrice, Rate};

use crate::exact::{Fraction, scale};
use crate::fact::{Fact, Funding, LegKey};
use crate::model::Model;
use crate::terms::initial;

/// The postings among some events.
pub(crate) fn postings(events: &[Event]) -> impl Iterator<Item = &Posting> {
    events.iter().filter_map(|event| if let Event::Posted(posting) = event { Some(posting) } else { None })
}

/// What an account gained by the postings for one reason.
fn gained(events: &[Event], reason: Reason, account: LedgerAccount) -> BigInt {
    let signed = |posting: &Posting| {
        let amount = BigInt::from(posting.amount.raw());
        match (posting.from == account, posting.to == account) {
            (true, false) => -amount,
            (false, true) => amount,
            (true, true) | (false, false) => BigInt::zero(),
        }
    };
    postings(events).filter(|posting| posting.reason == reason).map(signed).sum()
}

impl Model {
    /// A leverage was set. What is given back is no more than may be removed, and all of it, to a unit per rounding.
    pub(crate) fn leverage(&mut self, events: &[Event], key: LegKey, leverage: Leverage) {
        let Some(account) = key.account else { return };
        let freed = -gained(events, Reason::LeverageChange, LedgerAccount::Margin(account, key.market, key.side));
        let leg = self.books.leg(key);
        let recalculates =
            self.books.terms(key.market).is_some_and(|terms| terms.rules.leverage_change == LeverageChange::Recalculate);
        let spare = &leg.opening - initial(&leg.entry, leverage);
        if leg.is_open() && self.books.is_isolated(key) && recalculates && spare.is_positive() {
            let most = self.removable(key, leverage).map_or_else(|| spare.clone(), |most| most.min(spare.clone()));
            let least = (&most - BigInt::from(2)).max(BigInt::zero());
            if freed > most || freed < least || freed > spare {
                self.rule(format!("{key}: a leverage change gave back {freed}, {most} may be removed"));
            }
        }
        self.record(Fact::Leverage { leg: key, leverage, freed });
    }

    /// The most that may be taken out of a box at a leverage, rounded down; `None` without a mark.
    pub(crate) fn removable(&self, key: LegKey, leverage: Leverage) -> Option<BigInt> {
        let (terms, mark) = (self.books.terms(key.market)?, self.marks.get(&key.market)?);
        let leg = self.books.leg(key);
        let value = terms.mark_value(&leg.quantity, mark);
        let profit = terms.profit(key.side, &value, &leg.entry);
        let needed = value.times(&scale()).over(&BigInt::from(leverage.raw()));
        let least = value.times(&BigInt::from(terms.rules.removal_floor.raw())).over(&scale());
        let needed = if needed.compare(&least).is_lt() { least } else { needed };
        let negative = |fraction: &Fraction| fraction.times(&BigInt::from(-1));
        let with_profit = profit.plus(&negative(&needed)).plus_whole(&leg.margin());
        let loss = if profit.numerator.is_negative() { profit.clone() } else { Fraction::zero() };
        let maintenance = terms.maintenance(key.side, &leg, (&value, &self.rate(key.market)));
        let exact = match terms.rules.margin_removal {
            MarginRemoval::KeepInitialWithoutProfit => loss.plus(&negative(&needed)).plus_whole(&leg.margin()),
            MarginRemoval::KeepInitialWithProfit => with_profit,
            MarginRemoval::AddedOnly => loss.plus_whole(&leg.added),
            MarginRemoval::KeepMaintenanceAndInitial => {
                let above = negative(&maintenance).plus_whole(&leg.margin());
                if above.compare(&with_profit).is_lt() { above } else { with_profit }
            }
        };
        // Whatever the rule set says: it stays above its line, and no more leaves than there is.
        let reserve = match terms.rules.trigger {
            LiquidationTrigger::Below => BigInt::zero(),
            LiquidationTrigger::AtOrBelow => BigInt::one(),
        };
        let lives = profit.plus(&negative(&maintenance)).plus_whole(&(leg.margin() - reserve)).floor();
        Some(exact.floor().min(lives).min(leg.margin()).max(BigInt::zero()))
    }

    /// A margin mode was set: what was put into a box is the engine's decision, at least the initial margin.
    pub(crate) fn margin_mode(&mut self, events: &[Event], key: LegKey, mode: MarginMode) {
        let Some(account) = key.account else { return };
        let posted = gained(events, Reason::ModeSwitch, LedgerAccount::Margin(account, key.market, key.side));
        self.record(Fact::Mode { leg: key, mode, posted: posted.clone() });
        let leg = self.books.leg(key);
        if mode == MarginMode::Isolated && leg.is_open() && posted < leg.opening {
            self.rule(format!("{key}: isolated with {posted}, less than the initial margin {}", leg.opening));
        }
    }

    /// Funding was settled: its postings come all before or all after the event.
    pub(crate) fn funding(&mut self, events: &[Event], index: usize, market: MarketId, (rate, mark): (Rate, MarkPrice)) {
        let is_settled = |event: &Event| matches!(event, Event::FundingSettled { market: of, .. } if *of == market);
        let way = LedgerAccount::Funding(market);
        let first = events.iter().position(is_settled).unwrap_or(index);
        let trails = postings(&events[..first]).any(|posting| posting.from == way || posting.to == way);
        let block = if trails {
            let start = events[..index].iter().rposition(is_settled).map_or(0, |before| before + 1);
            &events[start..index]
        } else {
            let end = events[index + 1..].iter().position(is_settled).map_or(events.len(), |after| index + 1 + after);
            &events[index + 1..end]
        };
        // What wallets hold without the orders that are open now; payers come first.
        let Some(asset) = self.books.terms(market).map(|terms| terms.asset) else { return };
        let before = |account| self.expected(asset, LedgerAccount::Wallet(account));
        let members = self.books.settings.keys().filter(|(of, _)| *of == market);
        let wallets = members.map(|(_, account)| (*account, before(*account))).collect();
        let drawn = self.drawn_for_funding(block, market);
        let left = self.left_for_funding(market, if trails { block } else { &[] });
        self.record(Fact::Funding(Funding { market, rate, mark: mark.raw().into(), wallets, drawn, left }));
    }

    /// What boxes drew from wallets for what they could not pay: only with leave.
    fn drawn_for_funding(&mut self, block: &[Event], market: MarketId) -> Vec<(AccountId, BigInt)> {
        let mut drawn = Vec::new();
        for posting in postings(block) {
            if let (LedgerAccount::Wallet(account), LedgerAccount::Funding(of), Reason::MarginAutoAdded) =
                (posting.from, posting.to, posting.reason)
                && of == market
            {
                if !self.auto_add.contains(&(market, account)) {
                    self.rule(format!("account {} drew for funding of market {} without leave", account.0, market.0));
                }
                drawn.push((account, BigInt::from(posting.amount.raw())));
            }
        }
        drawn
    }
}
