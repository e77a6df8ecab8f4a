//! The liquidation index: brought up to date for whatever a command touched.

use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::bracket::BracketStyle;
use ringfence_risk::cross::{CrossAccount, CrossLeg, CrossLiquidation};
use ringfence_risk::isolated::Leg;
use ringfence_risk::plan::MarginMode;
use ringfence_risk::position::Position;
use ringfence_risk::rule_set::MaintenanceBasis;
use ringfence_risk::units::{MarkPrice, Side};

use crate::book::AccountId;
use crate::engine::Run;
use crate::ids::{AssetId, MarketId};
use crate::state::{Market, State, Touched, broken};
use crate::triggers::{SafeBand, TriggerKey};

impl Run<'_> {
    /// Gives every leg and pool that was touched its triggers and bands anew.
    #[inline]
    pub(crate) fn reindex(&mut self) {
        for at in 0..self.state.visited.len() {
            if let Some(market) = self.state.visited.get(at).copied() {
                self.state.spread_stale_pools(market);
            }
        }
        for at in 0..self.state.visited.len() {
            if let Some(market) = self.state.visited.get(at).copied() {
                self.state.reindex(market);
            }
        }
    }
}

/// The key of a leg among the triggers of its market: two per participant.
pub(crate) fn key_of(slot: u32, side: Side) -> TriggerKey {
    let key = slot.saturating_mul(2).saturating_add(match side {
        Side::Long => 0,
        Side::Short => 1,
    });
    TriggerKey::new(key).unwrap_or_else(|_| broken("more legs than keys"))
}

/// Whose leg a key is.
pub(crate) const fn slot_of(key: TriggerKey) -> (u32, Side) {
    let slot = key.slot() >> 1;
    (slot, if key.slot() & 1 == 0 { Side::Long } else { Side::Short })
}

/// The marks at which a leg or pool is liquidated: `None` where no mark is.
type Edges = (Option<MarkPrice>, Option<MarkPrice>);

impl State {
    /// The bands of a pool share out its slack, so they are made anew together: a band that outlived a change elsewhere would share out what is gone.
    #[inline]
    fn spread_stale_pools(&mut self, id: MarketId) {
        for at in 0..self.known(id).stale.len() {
            let market = self.known(id);
            let Some(participant) = market.stale.get(at).map(|slot| market.at(*slot)) else { return };
            if participant.is_pooled() {
                let (account, asset) = (participant.account(), market.asset());
                if self.account(account).is_some_and(|account| account.cross_markets > 1) {
                    self.stale_pool_everywhere(account, asset);
                }
            }
        }
    }

    fn stale_pool_everywhere(&mut self, account: AccountId, asset: AssetId) {
        let markets: Vec<MarketId> = self.cross_markets(account, asset).map(|(market, _)| market.id()).collect();
        for id in markets {
            if !self.visited.contains(&id) {
                self.visited.push(id);
            }
            let Some(market) = self.markets.get_mut(usize::from(id.0)) else { broken("a market that is not there") };
            if let Some(slot) = market.find(account) {
                market.mark_stale(slot);
            }
        }
    }

    #[inline]
    fn reindex(&mut self, id: MarketId) {
        while let Some(slot) = self.markets.get_mut(usize::from(id.0)).and_then(|market| market.stale.pop()) {
            self.reindex_participant(id, slot);
        }
    }

    fn reindex_participant(&mut self, id: MarketId, slot: u32) {
        let market = self.known(id);
        let participant = market.at(slot);
        let (account, asset) = (participant.account, market.asset);
        let edges = |side| match (participant.margin_mode.of(side), participant.positions.of(side)) {
            (MarginMode::Isolated, Some(position)) => leg_edges(market, &position),
            (MarginMode::Isolated, None) | (MarginMode::Cross, _) => (None, None),
        };
        let legs = [edges(Side::Long), edges(Side::Short)];
        let band = if participant.has_cross_position() {
            let marks = self.with_pool(account, asset, |pool| pool.shared_band(usize::from(id.0)));
            band_of(marks, market.mark())
        } else {
            SafeBand::ALL
        };
        let Some(market) = self.markets.get_mut(usize::from(id.0)) else { broken("a market that is not there") };
        for ((below, above), side) in legs.into_iter().zip([Side::Long, Side::Short]) {
            let key = key_of(slot, side);
            market.triggers.set(key, Side::Long, below);
            market.triggers.set(key, Side::Short, above);
        }
        market.bands.set(TriggerKey::new(slot).unwrap_or_else(|_| broken("more pools than keys")), band);
        if let Some(participant) = market.participants.get_mut(crate::state::index(slot)) {
            participant.touched.clear(Touched::INDEX);
        }
    }
}

/// Whether maintenance jumps at the edges of brackets: a position can then be liquidated both ways.
pub(super) fn jumps(market: &Market) -> bool {
    let listing = market.listing();
    listing.brackets.style() == BracketStyle::Slab && listing.rules.maintenance_basis == MaintenanceBasis::MarkValue
}

/// The marks at which an isolated position is liquidated, falling and rising.
fn leg_edges(market: &Market, position: &Position) -> Edges {
    let from = market.mark().unwrap_or(MarkPrice::LEAST);
    let found = if jumps(market) { jumping_edges(market, position, from) } else { straight_edges(market, position, from) };
    // What cannot be computed wants a look at every mark.
    found.unwrap_or((Some(MarkPrice::GREATEST), Some(MarkPrice::LEAST)))
}

fn straight_edges(market: &Market, position: &Position, from: MarkPrice) -> Result<Edges, OutOfRange> {
    let price = Leg::isolated(market.terms(), position)?.liquidation_price(from)?;
    let trigger = price.map(|price| price.trigger);
    Ok(match position.side {
        Side::Long => (trigger, None),
        Side::Short => (None, trigger),
    })
}

fn jumping_edges(market: &Market, position: &Position, from: MarkPrice) -> Result<Edges, OutOfRange> {
    let terms = market.terms();
    let leg = CrossLeg { terms, position, leverage: ringfence_risk::units::Leverage::ONE, mark: from, market: 0 };
    let alone = CrossAccount {
        wallet: position.margin()?,
        order_margin: ringfence_risk::units::Amount::ZERO,
        legs: &[leg],
        trigger: terms.rules.trigger,
    };
    let band = band_of(alone.liquidation_marks(0), Some(from));
    Ok((band.below, band.above))
}

fn band_of(marks: Result<CrossLiquidation, OutOfRange>, now: Option<MarkPrice>) -> SafeBand {
    match marks {
        Ok(CrossLiquidation::Band { below, above }) => SafeBand { below, above },
        // Every mark wants a look.
        Ok(CrossLiquidation::Now) | Err(_) => {
            let now = now.unwrap_or(MarkPrice::LEAST);
            SafeBand { below: Some(now), above: Some(now) }
        }
    }
}
