//! The model against the state, to the unit.

use num_bigint::BigInt;
use num_traits::{Signed, Zero};
use ringfence_engine::book::AccountId;
use ringfence_engine::event::LedgerAccount;
use ringfence_engine::ids::{AssetId, MarketId};
use ringfence_engine::state::{Market, Participant, State};
use ringfence_risk::units::Side;

use crate::books::{Books, index};
use crate::difference::{Difference, Seen};
use crate::exact::Fraction;
use crate::fact::LegKey;
use crate::leg::Leg;
use crate::model::Model;
use crate::posted::{figures, figures_of};

const SIDES: [Side; 2] = [Side::Long, Side::Short];

impl Model {
    /// Everything in which the exchange differs from the model: in the events seen so far, or in the state now.
    #[must_use]
    pub fn check(&self, state: &State) -> Vec<Difference> {
        let mut found = self.differences.clone();
        self.check_postings(&mut found);
        for market in state.markets() {
            self.check_market(market, &mut found);
            self.check_liquidations(state, market, &mut found);
            self.check_insurance(state, market, &mut found);
        }
        self.check_wallets(state, &mut found);
        for (books, number) in state.assets().iter().zip(0_u8..) {
            self.check_totals(AssetId(number), books.totals(), &mut found);
        }
        self.check_conservation(&mut found);
        found
    }

    /// As [`Model::check`], with the books folded anew from the whole history.
    #[must_use]
    pub fn check_from_scratch(&self, state: &State) -> Vec<Difference> {
        let mut books = Books::default();
        for fact in &self.history {
            books.apply(fact);
        }
        books.faults.clear();
        Self { books, ..self.clone() }.check(state)
    }

    /// What all events add up to is what the books have.
    fn check_postings(&self, found: &mut Vec<Difference>) {
        for ((asset, account), balance) in &self.posted.balances {
            money((*asset, *account), self.expected(*asset, *account), balance.clone(), (Seen::Events, found));
        }
        let keys = self.books.legs.keys().chain(self.posted.positions.keys().filter(|key| !self.books.legs.contains_key(key)));
        for key in keys {
            let (expected, position) = (figures_of(&self.books.leg(*key)), figures(self.posted.positions.get(key)));
            if expected != position {
                found.push(Difference::Position { leg: *key, expected, found: position, seen: Seen::Events });
            }
        }
    }

    fn check_market(&self, market: &Market, found: &mut Vec<Difference>) {
        let (id, asset, ledger) = (market.id(), market.asset(), market.ledger());
        let seen = [
            (LedgerAccount::Insurance(id), BigInt::from(ledger.insurance())),
            // A loss is what the ledger's account lacks.
            (LedgerAccount::Uncovered(id), -BigInt::from(ledger.uncovered())),
        ];
        for (account, amount) in seen {
            money((asset, account), self.expected(asset, account), amount, (Seen::State, found));
        }
        if market.mark().map(|mark| BigInt::from(mark.raw())).as_ref() != self.marks.get(&id) {
            found.push(Difference::Rule(format!("market {}: another mark than the events said", id.0)));
        }
        for side in SIDES {
            let fund = market.fund_position().filter(|position| position.side == side);
            self.position(LegKey { market: id, account: None, side }, figures(fund), found);
        }
        let known: Vec<AccountId> = self.books.settings.keys().filter(|(of, _)| *of == id).map(|(_, account)| *account).collect();
        for account in known {
            match market.participant(account) {
                Some(participant) => self.check_participant(market, participant, found),
                None => found.push(Difference::Rule(format!("market {}: account {} is not in the state", id.0, account.0))),
            }
        }
    }

    fn check_participant(&self, market: &Market, participant: &Participant, found: &mut Vec<Difference>) {
        let (id, account) = (market.id(), participant.account());
        for side in SIDES {
            let position = participant.positions().of(side);
            self.position(LegKey { market: id, account: Some(account), side }, figures(position.as_ref()), found);
        }
        let hold = LedgerAccount::Hold(account, id);
        let held = BigInt::from(participant.hold().raw());
        money((market.asset(), hold), self.expected(market.asset(), hold), held, (Seen::State, found));
        if let Some(terms) = self.books.terms(id) {
            let sums = self.orders.sums(terms, account, id);
            let held = SIDES.map(|side| {
                let orders = participant.held_orders().of(side);
                [orders.sum.quantity.raw().into(), orders.sum.value.raw().into(), orders.open_loss.raw().into()]
            });
            if sums != held {
                found.push(Difference::Rule(format!(
                    "market {}: orders of account {} are {held:?}, not {sums:?}",
                    id.0, account.0
                )));
            }
        }
        let (orders, known) = (participant.orders(), self.orders.count(account, id));
        if usize::try_from(orders) != Ok(known) {
            found
                .push(Difference::Rule(format!("market {}: account {} has {orders} orders, {known} are known", id.0, account.0)));
        }
        if let Some(settings) = self.books.settings.get(&(id, account)) {
            let same_leverage = SIDES.iter().all(|side| participant.leverage().of(*side) == settings.leverage[index(*side)]);
            let same_mode = SIDES.iter().all(|side| participant.margin_mode(*side) == settings.mode[index(*side)]);
            if !same_leverage || !same_mode {
                found.push(Difference::Rule(format!("market {}: settings of account {} differ", id.0, account.0)));
            }
        }
    }

    fn position(&self, leg: LegKey, position: [BigInt; 4], found: &mut Vec<Difference>) {
        let expected = figures_of(&self.books.leg(leg));
        if expected != position {
            found.push(Difference::Position { leg, expected, found: position, seen: Seen::State });
        }
    }

    fn check_wallets(&self, state: &State, found: &mut Vec<Difference>) {
        for (_, account) in state.accounts().iter().zip(0_u32..) {
            for (_, asset) in state.assets().iter().zip(0_u8..) {
                let (account, asset) = (AccountId(account), AssetId(asset));
                let wallet = LedgerAccount::Wallet(account);
                let free = BigInt::from(state.free(account, asset).raw());
                if free.is_negative() {
                    found.push(Difference::Rule(format!("account {} owes {free} of asset {}", account.0, asset.0)));
                }
                money((asset, wallet), self.expected(asset, wallet), free, (Seen::State, found));
            }
        }
    }

    fn check_totals(&self, asset: AssetId, totals: &ringfence_engine::state::Totals, found: &mut Vec<Difference>) {
        let markets = || self.books.markets.iter().filter(|(_, books)| books.terms.asset == asset).map(|(market, _)| *market);
        let legs = || markets().flat_map(|market| self.books.legs_of(market));
        let accounts = || self.books.settings.keys().filter(|(market, _)| markets().any(|of| of == *market));
        let holds: BigInt = accounts().map(|(market, account)| self.orders.hold(&self.books, *account, *market)).sum();
        let money: BigInt = self.books.money.iter().filter(|((_, of), _)| *of == asset).map(|(_, amount)| amount.clone()).sum();
        let of_markets = |account: fn(MarketId) -> LedgerAccount| -> BigInt {
            markets().map(|market| self.expected(asset, account(market))).sum()
        };
        let figures = [
            ("outside", self.expected(asset, LedgerAccount::Outside), totals.outside),
            ("wallets", &money - &holds, totals.wallets),
            ("holds", holds, totals.holds),
            ("margins", legs().map(|(_, leg)| leg.margin()).sum(), totals.margins),
            ("fees", self.expected(asset, LedgerAccount::Fees), totals.fees),
            ("insurance", of_markets(LedgerAccount::Insurance), totals.insurance),
            ("settlement", of_markets(LedgerAccount::Settlement), totals.settlement),
            ("funding", BigInt::zero(), totals.funding),
            ("uncovered", of_markets(LedgerAccount::Uncovered), totals.uncovered),
        ];
        for (what, expected, total) in figures {
            if expected != BigInt::from(total) {
                found.push(Difference::Total { asset, what, expected, found: total.into() });
            }
        }
    }

    /// After every command nobody is left who should have been liquidated: no box in a market that liquidates, and no pool whose markets all do.
    fn check_liquidations(&self, state: &State, market: &Market, found: &mut Vec<Difference>) {
        let liquidates = |market: &Market| market.liquidates_at(state.clock());
        let Some(mark) = self.marks.get(&market.id()).filter(|_| liquidates(market)) else { return };
        for (key, leg) in self.books.legs_of(market.id()).filter(|(_, leg)| leg.is_open()) {
            let Some(account) = key.account else { continue };
            let due = if self.books.is_isolated(*key) {
                self.is_due(*key, leg, mark)
            } else {
                let is_judged = |other: &&Market| {
                    let stands = |(key, leg): (&LegKey, &Leg)| {
                        key.account == Some(account) && leg.is_open() && !self.books.is_isolated(*key)
                    };
                    liquidates(other) || !self.books.legs_of(other.id()).any(stands)
                };
                state.markets().iter().all(|other| is_judged(&other)) && self.is_pool_due(account, market.asset())
            };
            if due {
                found.push(Difference::Rule(format!("{key}: is to be liquidated at the mark {mark} and was not")));
            }
        }
    }

    /// Deposits less withdrawals are everything there is, at cost and at any mark.
    fn check_conservation(&self, found: &mut Vec<Difference>) {
        let mut seed = self.history.len();
        for (market, books) in &self.books.markets {
            let sum = |side: Side| -> BigInt {
                self.books.legs_of(*market).filter(|(key, _)| key.side == side).map(|(_, leg)| leg.quantity.clone()).sum()
            };
            if sum(Side::Long) != sum(Side::Short) {
                found.push(Difference::Rule(format!(
                    "market {}: {} long, {} short",
                    market.0,
                    sum(Side::Long),
                    sum(Side::Short)
                )));
            }
            if books.insurance.is_negative() {
                found.push(Difference::Rule(format!("market {}: the insurance fund owes {}", market.0, -&books.insurance)));
            }
        }
        for (asset, deposits) in &self.books.deposits {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let difference = self.everything(*asset, seed).plus_whole(&-deposits);
            if !difference.numerator.is_zero() {
                let left = difference.floor();
                found.push(Difference::Rule(format!("asset {}: {left} more than was deposited, at some marks", asset.0)));
            }
        }
    }

    /// Money, boxes, insurance, fees and unrealised profits of an asset, at marks made of a seed.
    fn everything(&self, asset: AssetId, seed: usize) -> Fraction {
        let books = &self.books;
        let money: BigInt = books.money.iter().filter(|((_, of), _)| *of == asset).map(|(_, amount)| amount.clone()).sum();
        let mut whole = money + self.expected(asset, LedgerAccount::Fees);
        let mut profits = Fraction::zero();
        for (market, of) in books.markets.iter().filter(|(_, of)| of.terms.asset == asset) {
            whole += &of.insurance + &of.uncovered;
            let steps = BigInt::from((seed >> 20) % 10_000_000 + 1);
            let mark = steps * BigInt::from(of.terms.mark_step());
            let mut profit = Fraction::zero();
            for (key, leg) in books.legs_of(*market).filter(|(_, leg)| leg.is_open()) {
                whole += leg.margin() + &leg.left;
                let own = of.terms.profit(key.side, &of.terms.mark_value(&leg.quantity, &mark), &leg.entry);
                // All values at one mark have the same denominator.
                profit = Fraction::new(profit.numerator + &own.numerator, own.denominator);
            }
            profits = profits.plus(&profit);
        }
        profits.plus_whole(&whole)
    }
}

/// An account's amount, expected and found.
fn money(
    (asset, account): (AssetId, LedgerAccount),
    expected: BigInt,
    amount: BigInt,
    (seen, found): (Seen, &mut Vec<Difference>),
) {
    if expected != amount {
        found.push(Difference::Money { asset, account, expected, found: amount, seen });
    }
}
