//! Who is due: isolated positions by their boxes, pools by everything that stands on them. Exact, whatever the rule set.

use num_bigint::BigInt;
use num_traits::Signed;
use ringfence_engine::book::AccountId;
use ringfence_engine::ids::{AssetId, MarketId};
use ringfence_risk::rule_set::LiquidationTrigger;
use ringfence_risk::units::Side;

use crate::exact::Fraction;
use crate::fact::LegKey;
use crate::leg::Leg;
use crate::model::Model;

impl Model {
    /// The funding rate of a market's next settlement.
    pub(crate) fn rate(&self, market: MarketId) -> BigInt {
        self.rates.get(&market).cloned().unwrap_or_default()
    }

    /// Whether an isolated position is to be liquidated at a mark.
    pub(crate) fn is_due(&self, key: LegKey, leg: &Leg, mark: &BigInt) -> bool {
        let Some(terms) = self.books.terms(key.market) else { return false };
        let value = terms.mark_value(&leg.quantity, mark);
        let balance = terms.profit(key.side, &value, &leg.entry).plus_whole(&leg.margin());
        terms.is_due(&balance, &terms.maintenance(key.side, leg, (&value, &self.rate(key.market))))
    }

    /// Whether a pool is to be liquidated at the present marks: its money and unrealised profits against the requirements of all its positions.
    /// Equality counts where it does for one of its markets.
    pub(crate) fn is_pool_due(&self, account: AccountId, asset: AssetId) -> bool {
        let (mut excess, mut trigger, mut any) = (Fraction::zero(), LiquidationTrigger::Below, false);
        for (key, leg) in self.pool(account, asset) {
            let (Some(terms), Some(mark)) = (self.books.terms(key.market), self.marks.get(&key.market)) else { continue };
            let value = terms.mark_value(&leg.quantity, mark);
            let needed = terms.maintenance(key.side, leg, (&value, &self.rate(key.market)));
            excess = excess.plus(&terms.profit(key.side, &value, &leg.entry)).plus(&needed.times(&BigInt::from(-1)));
            any = true;
            if terms.rules.trigger == LiquidationTrigger::AtOrBelow {
                trigger = LiquidationTrigger::AtOrBelow;
            }
        }
        if !any {
            return false;
        }
        let left = excess.plus_whole(&self.pool_money(account, asset)).numerator;
        match trigger {
            LiquidationTrigger::Below => left.is_negative(),
            LiquidationTrigger::AtOrBelow => !left.is_positive(),
        }
    }

    /// The open positions of a pool.
    pub(crate) fn pool(&self, account: AccountId, asset: AssetId) -> impl Iterator<Item = (LegKey, &Leg)> {
        let markets = self.books.markets.iter().filter(move |(_, books)| books.terms.asset == asset).map(|(market, _)| *market);
        markets.flat_map(move |market| {
            [Side::Long, Side::Short].into_iter().filter_map(move |side| {
                let key = LegKey { market, account: Some(account), side };
                self.books.legs.get(&key).filter(|leg| leg.is_open() && !self.books.is_isolated(key)).map(|leg| (key, leg))
            })
        })
    }

    /// The money of a pool: free, or held for orders of legs that share it.
    fn pool_money(&self, account: AccountId, asset: AssetId) -> BigInt {
        let money = self.books.money.get(&(account, asset)).cloned().unwrap_or_default();
        let markets = self.books.markets.iter().filter(|(_, books)| books.terms.asset == asset);
        money - markets.map(|(market, _)| self.orders.isolated_hold(&self.books, account, *market)).sum::<BigInt>()
    }
}
