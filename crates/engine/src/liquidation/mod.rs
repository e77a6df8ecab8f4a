//! Liquidation: whoever a mark has left without maintenance margin is closed, step by step as the rule set lists them, until nobody is left.
//!
//! Everything here is a forced close of one leg (a [`Case`]), whoever holds it: an isolated box, a pool, or the insurance fund.
//!
//! | module | holds |
//! |---|---|
//! | [`index`] | whom a mark may liquidate |
//! | [`budget`] | what may be taken from the insurance fund |
//! | [`case`] | whose leg it is, what stands behind it, closing a part of it |
//! | [`steps`] | the steps of one liquidation, and its orders against the book |
//! | [`isolated`], [`cross`] | which legs are closed, and when it ends |
//! | [`takeover`], [`deleverage`], [`socialise`] | who takes what the book does not |
//! | [`ranking`], [`rankings`] | in which order the other side is closed, kept from one case to the next |
//! | [`fund`] | what the insurance fund took over |
//! | [`settle`] | closing a market for good |

mod budget;
mod case;
mod cross;
mod deleverage;
mod fund;
mod index;
mod isolated;
mod ranking;
mod rankings;
mod settle;
mod socialise;
mod steps;
mod takeover;

use budget::Budget;
use case::{Case, Holder};
pub(crate) use rankings::Rankings;
use ringfence_risk::plan::MarginMode;
use ringfence_risk::units::{MarkPrice, Side};

use crate::engine::Run;
use crate::ids::MarketId;
use crate::state::{State, broken};
use crate::triggers::{SafeBand, TriggerKey};

/// Participants whose triggers or bands were taken out while they were looked at: they get them anew at the end.
type Disarmed = Vec<(MarketId, u32)>;

impl Run<'_> {
    /// A mark moved: whom it liquidates is liquidated, then the insurance fund trades what it holds, then what waits is set off.
    #[inline]
    pub(crate) fn marked(&mut self, market: MarketId) {
        self.reindex();
        if !self.state.is_calm(market) || self.holds_inventory(market) {
            self.liquidate_and_unwind(market);
        }
        if !self.state.known(market).pending.is_empty() {
            self.set_off_pending(market);
        }
    }

    /// Liquidates whoever is due without a new mark: by other terms, by funding, by a fill. What that sets off is set off, too.
    #[inline]
    pub(crate) fn liquidate_visited(&mut self) {
        while self.state.visited.iter().any(|market| !self.state.is_calm(*market)) {
            let before = self.events.len();
            self.cascade();
            self.set_off_all();
            self.reindex();
            // Some pools want a look at every mark: whoever was looked at and left alone is safe.
            if self.events.len() == before {
                return;
            }
        }
    }

    fn holds_inventory(&self, market: MarketId) -> bool {
        let known = self.state.known(market);
        known.fund.is_some() && known.liquidates()
    }

    #[cold]
    fn liquidate_and_unwind(&mut self, market: MarketId) {
        self.cascade();
        // What the fund trades touches others, too.
        while self.holds_inventory(market) && self.tend_fund(market) {
            self.cascade();
        }
    }

    /// Liquidates in every market that the command touched until nobody is due: what one liquidation trades may leave another due.
    #[cold]
    fn cascade(&mut self) {
        let mut disarmed = Disarmed::new();
        loop {
            self.reindex();
            let stirred = self.state.visited.iter().copied().find(|market| !self.state.is_calm(*market));
            let Some(market) = stirred else { break };
            self.round(market, &mut disarmed);
        }
        for (market, slot) in disarmed {
            if let Some(market) = self.state.markets.get_mut(usize::from(market.0)) {
                market.mark_stale(slot);
            }
        }
        self.reindex();
    }

    /// Looks once at everyone whom the index names. It names more than are due, and in an order that depends on when it was made, so the exact
    /// test decides, and the order is one that any machine finds again: triggers in the order in which the mark met them, pools by participant.
    ///
    /// Whoever was looked at is out of the index until it is touched: a pool whose band holds no mark would otherwise come up for ever.
    fn round(&mut self, market: MarketId, disarmed: &mut Disarmed) {
        let (mut legs, mut pools) = (Vec::new(), Vec::new());
        let Some(known) = self.state.markets.get_mut(usize::from(market.0)) else { broken("a market that is not there") };
        let Some(mark) = known.mark() else { return };
        known.triggers.take_crossed(mark, &mut legs);
        known.bands.left(mark, &mut pools);
        for pool in &pools {
            known.bands.set(*pool, SafeBand::ALL);
        }
        if index::jumps(known) {
            legs.sort_unstable_by_key(|crossing| crossing.key);
        }
        pools.sort_unstable();
        disarmed.extend(legs.iter().map(|crossing| (market, index::slot_of(crossing.key).0)));
        disarmed.extend(pools.iter().map(|pool| (market, pool.slot())));
        for crossing in legs {
            let (slot, side) = index::slot_of(crossing.key);
            self.look_at_leg(market, slot, (side, mark));
        }
        for pool in pools {
            self.look_at_pool(market, pool);
        }
    }

    fn look_at_leg(&mut self, market: MarketId, slot: u32, (side, mark): (Side, MarkPrice)) {
        let participant = self.state.known(market).at(slot);
        let case = Case { market, holder: Holder::Boxed(participant.account()), side, mark, budget: Budget::Hour };
        if participant.margin_mode(side) == MarginMode::Isolated && self.state.is_due(&case) {
            self.liquidate_leg(&case);
        }
    }

    fn look_at_pool(&mut self, market: MarketId, pool: TriggerKey) {
        let known = self.state.known(market);
        let (account, asset) = (known.at(pool.slot()).account(), known.asset());
        if self.state.pool_is_due(account, asset) {
            self.liquidate_pool(account, asset);
        }
    }
}

impl State {
    /// Whether the command touched a position, set something off, or left somebody due: most orders that come, move and go do none of it.
    #[inline]
    pub(crate) fn leaves_something_to_do(&self) -> bool {
        self.visited.iter().any(|market| {
            let known = self.known(*market);
            !known.stale.is_empty() || !known.pending.is_empty() || !self.is_calm(*market)
        })
    }

    /// Whether nobody has to be looked at in a market: two comparisons per index. A market that is halted, or whose mark is stale, liquidates nobody.
    #[inline]
    fn is_calm(&self, market: MarketId) -> bool {
        let market = self.known(market);
        let Some(mark) = market.mark() else { return true };
        (market.triggers.is_quiet(mark) && market.bands.is_quiet(mark)) || !market.liquidates_at(self.clock)
    }
}
