//! The books: what every fact does to positions and money. Folding the history from its beginning gives the same books.

use std::collections::{BTreeMap, BTreeSet};

use num_bigint::BigInt;
use num_traits::{Signed, Zero};
use ringfence_engine::book::AccountId;
use ringfence_engine::command::PositionSide;
use ringfence_engine::event::LedgerAccount;
use ringfence_engine::ids::{AssetId, MarketId};
use ringfence_risk::filters::OrderSide;
use ringfence_risk::plan::MarginMode;
use ringfence_risk::units::{Leverage, Side};

use crate::exact::floor;
use crate::fact::{Fact, Fill, LegKey, Proceeds};
use crate::leg::{Closed, Leg};
use crate::terms::Terms;

/// What an account set in a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) leverage: [Leverage; 2],
    pub(crate) mode: [MarginMode; 2],
}

/// A market's own money, and its terms.
#[derive(Clone, Debug)]
pub(crate) struct MarketBooks {
    pub(crate) terms: Box<Terms>,
    pub(crate) insurance: BigInt,
    pub(crate) uncovered: BigInt,
}

/// All positions and all money.
#[derive(Clone, Debug, Default)]
pub(crate) struct Books {
    pub(crate) markets: BTreeMap<MarketId, MarketBooks>,
    pub(crate) settings: BTreeMap<(MarketId, AccountId), Settings>,
    pub(crate) legs: BTreeMap<LegKey, Leg>,
    /// Money outside of boxes: free, or held for orders.
    pub(crate) money: BTreeMap<(AccountId, AssetId), BigInt>,
    pub(crate) fees: BTreeMap<AssetId, BigInt>,
    /// Deposits less withdrawals.
    pub(crate) deposits: BTreeMap<AssetId, BigInt>,
    /// Legs that facts concerned since this was emptied last.
    pub(crate) changed: BTreeSet<LegKey>,
    /// What cannot be, as it was found.
    pub(crate) faults: Vec<String>,
}

/// A leg's place in a pair.
pub(crate) const fn index(side: Side) -> usize {
    match side {
        Side::Long => 0,
        Side::Short => 1,
    }
}

impl Books {
    pub(crate) fn terms(&self, market: MarketId) -> Option<&Terms> {
        self.markets.get(&market).map(|market| &*market.terms)
    }

    pub(crate) fn leg(&self, key: LegKey) -> Leg {
        self.legs.get(&key).cloned().unwrap_or_default()
    }

    /// The legs of one market.
    pub(crate) fn legs_of(&self, market: MarketId) -> impl Iterator<Item = (&LegKey, &Leg)> {
        let first = LegKey { market, account: None, side: Side::Long };
        self.legs.range(first..).take_while(move |(key, _)| key.market == market)
    }

    /// Whether a position has a box of its own.
    pub(crate) fn is_isolated(&self, key: LegKey) -> bool {
        let settings = key.account.and_then(|account| self.settings.get(&(key.market, account)));
        settings.is_some_and(|settings| settings.mode[index(key.side)] == MarginMode::Isolated)
    }

    /// A leg, about to change.
    pub(crate) fn change(&mut self, key: LegKey) -> &mut Leg {
        self.changed.insert(key);
        self.legs.entry(key).or_default()
    }

    /// Changes what an account has outside of boxes; the insurance fund's money is the market's.
    pub(crate) fn credit(&mut self, market: MarketId, account: Option<AccountId>, amount: &BigInt) {
        let Some(books) = self.markets.get_mut(&market) else { return };
        match account {
            Some(account) => *self.money.entry((account, books.terms.asset)).or_default() += amount,
            None => books.insurance += amount,
        }
    }

    /// What a fact does.
    pub(crate) fn apply(&mut self, fact: &Fact) {
        match fact {
            Fact::Terms(market, terms) => self.list(*market, terms),
            Fact::Joined(market, account, leverage, mode) => {
                self.settings.insert((*market, *account), Settings { leverage: [*leverage; 2], mode: [*mode; 2] });
            }
            Fact::Moved { account, asset, amount, outside } => {
                *self.money.entry((*account, *asset)).or_default() += amount;
                *self.deposits.entry(*asset).or_default() += outside;
            }
            Fact::InsuranceFunded(market, amount) => {
                if let Some(books) = self.markets.get_mut(market) {
                    // A loss is below zero.
                    let covered = amount.clone().min(-&books.uncovered);
                    books.insurance += amount - &covered;
                    books.uncovered += covered;
                }
                if let Some(asset) = self.terms(*market).map(|terms| terms.asset) {
                    *self.deposits.entry(asset).or_default() += amount;
                }
            }
            Fact::Filled(fill) => self.fill(fill),
            Fact::Fee(account, market, amount) => {
                self.credit(*market, Some(*account), &-amount);
                if let Some(asset) = self.terms(*market).map(|terms| terms.asset) {
                    *self.fees.entry(asset).or_default() += amount;
                }
            }
            Fact::MarginMoved(key, amount) => {
                self.change(*key).added += amount;
                self.credit(key.market, key.account, &-amount);
            }
            Fact::Leverage { leg, leverage, freed } => self.set_leverage(*leg, *leverage, freed),
            Fact::Mode { leg, mode, posted } => self.set_mode(*leg, *mode, posted),
            Fact::Funding(funding) => self.settle_funding(funding),
            Fact::Socialised(key, amount) => self.worsen(*key, amount),
            Fact::Flow { asset, from, to, amount } => {
                self.flow(*asset, *from, &-amount);
                self.flow(*asset, *to, amount);
            }
            Fact::Retained(key) => {
                let leg = self.change(*key);
                leg.added += core::mem::take(&mut leg.left);
            }
            Fact::Settled(market, mark) => self.settle_market(*market, mark),
        }
    }

    fn list(&mut self, market: MarketId, terms: &Terms) {
        let fresh = || MarketBooks { terms: Box::new(terms.clone()), insurance: BigInt::zero(), uncovered: BigInt::zero() };
        terms.clone_into(&mut self.markets.entry(market).or_insert_with(fresh).terms);
    }

    /// A fill closes first, then opens; in hedge mode it does one or the other.
    fn fill(&mut self, fill: &Fill) {
        let (opens, closes) = match fill.side {
            OrderSide::Buy => (Side::Long, Side::Short),
            OrderSide::Sell => (Side::Short, Side::Long),
        };
        let key = |side| LegKey { market: fill.market, account: fill.account, side };
        let held = self.leg(key(closes)).quantity;
        let closing = match fill.leg {
            PositionSide::Both => held.clone().min(fill.quantity.clone()),
            PositionSide::Long if closes == Side::Long => fill.quantity.clone(),
            PositionSide::Short if closes == Side::Short => fill.quantity.clone(),
            PositionSide::Long | PositionSide::Short => BigInt::zero(),
        };
        if closing > held {
            self.faults.push(format!("{}: {closing} closed of {held}", key(closes)));
            return;
        }
        let opening = &fill.quantity - &closing;
        let closing_value = self.closing_value(fill, &closing);
        let opening_value = &fill.value - &closing_value;
        if closing.is_positive() {
            let closed = self.close(key(closes), &closing, &closing_value);
            self.pay_out(key(closes), &closed, fill.proceeds);
        }
        if opening.is_positive() {
            self.open(key(opens), &opening, &opening_value);
        }
    }

    /// The value of the closing part: all of it, nothing, or what that part is worth at the price.
    fn closing_value(&self, fill: &Fill, closing: &BigInt) -> BigInt {
        if closing.is_zero() {
            return BigInt::zero();
        }
        match (&fill.price, self.terms(fill.market)) {
            (Some(price), Some(terms)) if *closing != fill.quantity => terms.fill_value(closing, price),
            (None, _) if *closing != fill.quantity => floor(&(&fill.value * closing), &fill.quantity),
            (Some(_) | None, _) => fill.value.clone(),
        }
    }

    fn sign(&self, key: LegKey) -> BigInt {
        self.terms(key.market).map_or_else(BigInt::zero, |terms| terms.sign(key.side))
    }

    fn close(&mut self, key: LegKey, quantity: &BigInt, value: &BigInt) -> Closed {
        let sign = self.sign(key);
        self.change(key).close(quantity, value, &sign)
    }

    fn pay_out(&mut self, key: LegKey, closed: &Closed, proceeds: Proceeds) {
        let left = &closed.realised + &closed.released;
        match proceeds {
            Proceeds::Liquidation if self.is_isolated(key) => {
                self.change(key).left += left;
            }
            Proceeds::Owner if left.is_negative() && self.is_isolated(key) => {
                self.faults.push(format!("{key}: closed beyond its bankruptcy price, {left} is missing"));
                self.credit(key.market, key.account, &left);
            }
            Proceeds::Liquidation | Proceeds::Owner => self.credit(key.market, key.account, &left),
        }
    }

    fn open(&mut self, key: LegKey, quantity: &BigInt, value: &BigInt) {
        let settings = key.account.and_then(|account| self.settings.get(&(key.market, account)));
        let isolated = settings.filter(|settings| settings.mode[index(key.side)] == MarginMode::Isolated);
        let leverage = isolated.map(|settings| settings.leverage[index(key.side)]);
        let posted = self.change(key).open(quantity, value, leverage);
        self.credit(key.market, key.account, &-posted);
    }

    /// A loss on the cost basis: the entry becomes worse by so much.
    pub(crate) fn worsen(&mut self, key: LegKey, amount: &BigInt) {
        let sign = self.sign(key);
        self.change(key).entry += sign * amount;
    }

    fn flow(&mut self, asset: AssetId, account: LedgerAccount, by: &BigInt) {
        match account {
            LedgerAccount::Wallet(account) => *self.money.entry((account, asset)).or_default() += by,
            // What leaves a box in a liquidation is what closing left; what enters an open position's box is margin.
            LedgerAccount::Margin(account, market, side) => {
                let leg = self.change(LegKey { market, account: Some(account), side });
                if by.is_negative() {
                    leg.left += by;
                } else {
                    leg.added += by;
                }
            }
            LedgerAccount::Fees => *self.fees.entry(asset).or_default() += by,
            LedgerAccount::Insurance(market) => self.credit(market, None, by),
            LedgerAccount::Uncovered(market) => {
                if let Some(books) = self.markets.get_mut(&market) {
                    books.uncovered += by;
                }
            }
            // Holds and settlement are recomputed; a liquidation decides nothing about the others.
            LedgerAccount::Hold(..) | LedgerAccount::Settlement(_) | LedgerAccount::Funding(_) | LedgerAccount::Outside => {}
        }
    }

    /// Every position is closed at the mark. What a box lacks others made up before.
    fn settle_market(&mut self, market: MarketId, mark: &BigInt) {
        let open: Vec<(LegKey, BigInt)> =
            self.legs_of(market).filter(|(_, leg)| leg.is_open()).map(|(key, leg)| (*key, leg.quantity.clone())).collect();
        let mut rest = self.settlement(market);
        for (key, quantity) in open {
            let Some(value) = self.terms(market).map(|terms| terms.value_against(key.side, &quantity, mark)) else { continue };
            let closed = self.close(key, &quantity, &value);
            rest -= &closed.realised;
            self.credit(market, key.account, &(&closed.realised + &closed.released));
        }
        // Every profit was rounded down: the units that are left over are the insurance fund's.
        self.credit(market, None, &rest);
    }

    /// Minus the signed cost basis of a market's open positions.
    pub(crate) fn settlement(&self, market: MarketId) -> BigInt {
        self.legs_of(market).map(|(key, leg)| -(self.sign(*key) * &leg.entry)).sum()
    }
}
