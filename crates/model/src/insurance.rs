//! What insurance funds lose: in an hour, and in one liquidation. Both are bounded by a market's caps.

use num_bigint::BigInt;
use num_traits::Zero;
use ringfence_engine::event::{Event, LedgerAccount, LiquidationStart, Posting, Reason};
use ringfence_engine::ids::MarketId;
use ringfence_engine::state::{Market, State};
use ringfence_risk::units::Side;

use crate::decided::postings;
use crate::difference::Difference;
use crate::fact::LegKey;
use crate::model::Model;

/// Milliseconds of an hour.
const HOUR: u64 = 3_600_000;

/// What the fund was worth when a liquidation began, and how often it traded since: each trade may round a unit away.
#[derive(Clone, Debug)]
pub(crate) struct Beginning {
    worth: BigInt,
    trades: u32,
}

impl Model {
    /// What a market's fund lost in the present hour, by the postings.
    pub(crate) fn lost(&self, market: MarketId) -> BigInt {
        match self.lost.get(&market) {
            Some((hour, lost)) if *hour == self.clock / HOUR => lost.clone(),
            Some(_) | None => BigInt::zero(),
        }
    }

    /// What leaves the fund is lost, less what is put back for the same loss; its earnings count for nothing.
    pub(crate) fn insurance_posting(&mut self, posting: &Posting) {
        let amount = BigInt::from(posting.amount.raw());
        if let LedgerAccount::Insurance(market) = posting.from {
            let lost = self.lost(market) + amount;
            let cap = self.books.terms(market).and_then(|terms| terms.insurance_per_hour.clone());
            if let Some(cap) = cap.filter(|cap| lost > *cap && self.present.settling != Some(market)) {
                self.rule(format!("the insurance fund of market {} lost {lost} in an hour, {cap} is the most", market.0));
            }
            self.lost.insert(market, (self.clock / HOUR, lost));
        }
        if let (LedgerAccount::Insurance(market), Reason::Socialised) = (posting.to, posting.reason) {
            let lost = self.lost(market) - BigInt::from(posting.amount.raw());
            self.lost.insert(market, (self.clock / HOUR, lost));
        }
        let ((LedgerAccount::Insurance(market), _) | (_, LedgerAccount::Insurance(market))) = (posting.from, posting.to) else {
            return;
        };
        if let Some(beginning) = self.beginnings.get_mut(&market).filter(|_| posting.reason == Reason::InsuranceTrade) {
            beginning.trades = beginning.trades.saturating_add(1);
        }
    }

    /// A cap below what was lost counts as just reached.
    pub(crate) fn cap_lowered(&mut self, market: MarketId) {
        let cap = self.books.terms(market).and_then(|terms| terms.insurance_per_hour.clone());
        if let (Some(cap), Some((_, lost))) = (cap, self.lost.get_mut(&market)) {
            *lost = lost.clone().min(cap);
        }
    }

    /// What the caps leave of a fund for the settlement of funding whose postings these are; `None` without a cap.
    pub(crate) fn left_for_funding(&self, market: MarketId, counted: &[Event]) -> Option<BigInt> {
        let cap = self.books.terms(market)?.insurance_per_hour.clone()?;
        let is_own =
            |posting: &&Posting| posting.from == LedgerAccount::Insurance(market) && posting.to == LedgerAccount::Funding(market);
        let own: BigInt = postings(counted).filter(is_own).map(|posting| BigInt::from(posting.amount.raw())).sum();
        Some((cap - (self.lost(market) - own)).max(BigInt::zero()))
    }

    /// The fund's money, and what its position would bring at the mark.
    fn fund_worth(&self, market: MarketId) -> BigInt {
        let Some(books) = self.books.markets.get(&market) else { return BigInt::zero() };
        let mut worth = books.insurance.clone();
        for side in [Side::Long, Side::Short] {
            let leg = self.books.leg(LegKey { market, account: None, side });
            if let Some(mark) = self.marks.get(&market).filter(|_| leg.is_open()) {
                worth += books.terms.profit(side, &books.terms.mark_value(&leg.quantity, mark), &leg.entry).floor();
            }
        }
        worth
    }

    pub(crate) fn fund_before(&mut self, start: &LiquidationStart) {
        let beginning = Beginning { worth: self.fund_worth(start.market), trades: 0 };
        self.beginnings.insert(start.market, beginning);
    }

    /// A liquidation is over: what it took from the fund is within the cap.
    pub(crate) fn fund_after(&mut self, market: MarketId) {
        let Some(Beginning { worth, trades }) = self.beginnings.remove(&market) else { return };
        let Some(cap) = self.books.terms(market).and_then(|terms| terms.insurance_per_liquidation.clone()) else { return };
        let taken = worth - self.fund_worth(market);
        if taken > &cap + BigInt::from(trades) {
            self.rule(format!("a liquidation took {taken} from the insurance fund of market {}, {cap} is the most", market.0));
        }
    }

    /// The state counts the same losses.
    pub(crate) fn check_insurance(&self, state: &State, market: &Market, found: &mut Vec<Difference>) {
        let (expected, kept) = (self.lost(market.id()), market.ledger().insurance_lost(state.clock()));
        if expected != BigInt::from(kept) {
            let id = market.id().0;
            found.push(Difference::Rule(format!("market {id}: the fund lost {expected} in this hour, the state has {kept}")));
        }
    }
}
