//! What events do to the settings and prices of a market.

use ringfence_risk::rule_set::FundingReserve;
use ringfence_risk::units::{IndexPrice, Leverage, MarkPrice, Price, Rate, Side};

use super::broken;
use super::digest::StateHash;
use super::market::Market;
use crate::book::AccountId;
use crate::command::{AutoAdd, MarketState};
use crate::conditional::WatchedPrice;
use crate::event::{RateSource, Trade};
use crate::feed::{SourceId, Verdict};
use crate::time::Time;

impl Market {
    pub(super) fn set_state(&mut self, state: MarketState, hash: &mut StateHash) {
        self.touch(hash);
        self.state = state;
    }

    pub(super) fn set_leverage(&mut self, account: AccountId, side: Side, leverage: Leverage, hash: &mut StateHash) {
        let slot = self.slot(account);
        *self.at_mut(slot, hash).leverage.of_mut(side) = leverage;
        self.mark_stale(slot);
    }

    pub(super) fn set_auto_add(&mut self, account: AccountId, setting: AutoAdd, hash: &mut StateHash) {
        let slot = self.slot(account);
        self.at_mut(slot, hash).auto_add = setting;
    }

    pub(super) fn set_countdown(&mut self, account: AccountId, at: Option<Time>, hash: &mut StateHash) {
        let slot = self.slot(account);
        if let Some(before) = core::mem::replace(&mut self.at_mut(slot, hash).countdown, at) {
            self.countdowns.remove(&(before, account));
        }
        if let Some(at) = at {
            self.countdowns.insert((at, account));
        }
    }

    pub(super) fn trade(&mut self, trade: &Trade, hash: &mut StateHash) {
        self.touch_counters(hash);
        self.trades = trade.id.0;
        self.prices.last = Some(trade.price);
        let Ok(price) = trade.price.to_price(&self.contract) else { broken("a trade at no price") };
        self.watch(WatchedPrice::Last, price, hash);
    }

    /// Waiting orders follow a price; what it sets off is acted on next. While a market is halted they wait.
    fn watch(&mut self, watched: WatchedPrice, price: Price, hash: &mut StateHash) {
        if self.liquidates() && !self.conditionals.is_quiet(watched, price) {
            self.touch_trailing(hash);
            let mut triggered = Vec::new();
            self.conditionals.moved(watched, price, &mut triggered);
            self.pending.extend(triggered);
        }
    }

    #[inline]
    pub(super) fn move_mark(&mut self, mark: MarkPrice, now: Time, hash: &mut StateHash) {
        self.touch(hash);
        self.touch_feed(hash);
        let Some(index) = self.prices.index else { broken("a mark without an index") };
        if self.prices.guard.admit(mark, index, now) != Verdict::Accept {
            broken("a mark that is not believed");
        }
        self.prices.mark = Some(mark);
        self.watch(WatchedPrice::Mark, mark.as_price(), hash);
    }

    pub(super) fn offer_mark(&mut self, mark: MarkPrice, now: Time, hash: &mut StateHash) {
        self.touch_feed(hash);
        if let Some(index) = self.prices.index {
            // Held back or refused: the guard remembers it.
            let _ = self.prices.guard.admit(mark, index, now);
        }
    }

    pub(super) fn set_index(&mut self, index: IndexPrice, hash: &mut StateHash) {
        self.touch(hash);
        self.prices.index = Some(index);
    }

    pub(super) fn quote(&mut self, (source, price): (SourceId, IndexPrice), now: Time, hash: &mut StateHash) {
        self.touch_feed(hash);
        self.prices.sources.quote(source, price, now);
    }

    pub(super) fn sample_basis(&mut self, (bid, ask): (Price, Price), now: Time, hash: &mut StateHash) {
        self.touch_feed(hash);
        let Some(index) = self.prices.index else { broken("a sample without an index") };
        if self.prices.basis.sample(now, bid, ask, index).is_err() {
            broken("a sample beyond all prices");
        }
    }

    pub(super) fn sample_premium(&mut self, premium: Rate, now: Time, hash: &mut StateHash) {
        self.touch_feed(hash);
        if self.funding.premiums.sample(now, premium).is_err() {
            broken("a premium beyond all rates");
        }
    }

    pub(super) fn set_funding_rate(&mut self, rate: Rate, source: RateSource, hash: &mut StateHash) {
        self.touch(hash);
        (self.funding.rate, self.funding.rate_source) = (rate, source);
        if self.listing.rules.funding_reserve == FundingReserve::PayableRate {
            self.mark_all_stale();
        }
    }

    pub(super) fn settle_funding(&mut self, rate: Rate, next: Time, hash: &mut StateHash) {
        self.touch(hash);
        self.touch_feed(hash);
        self.funding.last_rate = rate;
        self.funding.rate_source = RateSource::Premium;
        self.funding.next = Some(next);
        self.funding.premiums.clear();
    }
}
