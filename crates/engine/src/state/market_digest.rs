//! A market's part of the state hash, by how often it changes.

use super::digest::{Kind, StateHash, Touched, digest, digest_bytes, halves, word};
use super::index;
use super::market::Market;
use super::market_ledger::MarketLedger;
use super::participant::position_digest;
use crate::command::Listing;
use crate::conditional::Condition;
use crate::time::Time;
use crate::wire::Wire;

impl Market {
    /// The market's own figures, about to change.
    #[inline]
    pub(crate) fn touch(&mut self, hash: &mut StateHash) {
        if self.touched.touch(Touched::OWN) {
            hash.remove(self.digest());
        }
    }

    /// The market's counters, about to change.
    #[inline]
    pub(crate) fn touch_counters(&mut self, hash: &mut StateHash) {
        if self.touched.touch(Touched::COUNTERS) {
            hash.remove(self.counters_digest);
        }
    }

    /// What prices and conditions are made of, about to change.
    #[inline]
    pub(crate) fn touch_feed(&mut self, hash: &mut StateHash) {
        if self.touched.touch(Touched::FEED) {
            hash.remove(self.feed_digest);
        }
    }

    /// How far trailing orders have followed the price, about to change.
    #[inline]
    pub(crate) fn touch_trailing(&mut self, hash: &mut StateHash) {
        if self.touched.touch(Touched::TRAILING) {
            hash.remove(self.trailing_digest);
        }
    }

    /// Puts what was touched back into the hash.
    #[inline]
    pub(crate) fn settle(&mut self, hash: &mut StateHash) {
        if self.touched.clear(Touched::OWN) {
            hash.add(self.digest());
        }
        if self.touched.clear(Touched::COUNTERS) {
            self.counters_digest = self.digest_counters();
            hash.add(self.counters_digest);
        }
        if self.touched.clear(Touched::FEED) {
            self.feed_digest = self.digest_feed();
            hash.add(self.feed_digest);
        }
        if self.touched.clear(Touched::TRAILING) {
            self.trailing_digest = self.digest_trailing();
            hash.add(self.trailing_digest);
        }
        for slot in self.touched_participants.drain(..) {
            if let Some(participant) = self.participants.get_mut(index(slot)) {
                participant.touched.clear(Touched::OWN);
                hash.add(participant.digest(self.id));
            }
        }
        self.orders.settle(hash);
    }

    /// New terms: the hash knows them again.
    pub(crate) fn change_terms(&mut self, listing: Box<Listing>, hash: &mut StateHash) {
        hash.remove(self.terms_digest);
        self.listing = listing;
        self.terms_digest = self.digest_terms();
        hash.add(self.terms_digest);
        if let Some(cap) = self.listing.caps.insurance_per_hour {
            // A cap below what was lost counts as just reached: what others make good then is there to be lost again.
            self.touch(hash);
            self.ledger.hour_loss = self.ledger.hour_loss.min(cap.raw());
        }
        self.mark_all_stale();
    }

    pub(super) fn digest_terms(&self) -> u128 {
        let mut bytes = Vec::with_capacity(1_024);
        self.id.write(&mut bytes);
        self.listing.write(&mut bytes);
        digest_bytes(Kind::Terms, &bytes)
    }

    /// The digest of what prices and conditions are made of.
    pub(super) fn digest_feed(&self) -> u128 {
        let mut bytes = Vec::with_capacity(512);
        self.id.write(&mut bytes);
        self.prices.sources.write(&mut bytes);
        self.prices.basis.write(&mut bytes);
        self.prices.guard.write(&mut bytes);
        self.funding.premiums.write(&mut bytes);
        digest_bytes(Kind::Feed, &bytes)
    }

    /// The digest of how far trailing orders have followed the price: what else waits is in the orders themselves.
    pub(super) fn digest_trailing(&self) -> u128 {
        let mut bytes = Vec::new();
        self.id.write(&mut bytes);
        for (id, watched, condition) in self.conditionals.iter() {
            if let Condition::Trailing(trailing) = condition {
                (id, watched, trailing).write(&mut bytes);
            }
        }
        digest_bytes(Kind::Trailing, &bytes)
    }

    /// The digest of what moves: prices, funding, money, counters.
    pub(crate) fn digest(&self) -> u128 {
        #![expect(clippy::as_conversions, reason = "the numbers of enum variants")]
        let number = u64::from(self.id.0) | (self.state as u64) << 16 | (self.funding.rate_source as u64) << 24;
        let prices = digest(
            Kind::Prices,
            [
                number,
                self.prices.mark.map_or(0, |mark| word(mark.raw())),
                self.prices.index.map_or(0, |index| word(index.raw())),
                word(self.funding.rate.raw()),
                word(self.funding.last_rate.raw()),
                self.funding.next.map_or(0, Time::ms),
            ],
        );
        let MarketLedger { insurance, settlement, funding, uncovered, .. } = self.ledger;
        let ([a, b], [c, d], [e, f], [g, h]) = (halves(insurance), halves(settlement), halves(funding), halves(uncovered));
        let money = digest(Kind::Ledger, [number, a, b, c, d, e, f, g, h]);
        let MarketLedger { loss_hour, hour_loss, .. } = self.ledger;
        let lost = match halves(hour_loss) {
            [0, 0] => 0,
            [low, high] => digest(Kind::Ledger, [number, loss_hour, low, high]),
        };
        let fund = self.fund.as_ref().map_or(0, |position| position_digest(number, position));
        prices.wrapping_add(money).wrapping_add(lost).wrapping_add(fund)
    }

    /// The digest of what every order moves.
    pub(super) fn digest_counters(&self) -> u128 {
        let last = self.prices.last.map_or(0, |last| u64::from(last.raw()));
        let words = [u64::from(self.id.0) << 32 | last, self.trades, self.orders.sequence, self.orders.priority];
        digest(Kind::Counters, words)
    }

    /// The hash of the market, from scratch.
    pub(crate) fn rehash(&self, hash: &mut StateHash) {
        hash.add(self.digest_terms());
        hash.add(self.digest());
        hash.add(self.digest_counters());
        hash.add(self.digest_feed());
        hash.add(self.digest_trailing());
        for participant in &self.participants {
            hash.add(participant.digest(self.id));
        }
        self.orders.rehash(hash);
    }
}
