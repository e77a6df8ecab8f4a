//! The pool of a cross account: its free money and what is held for its cross orders, behind all its cross positions of one asset.

use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::cross::{CrossAccount, CrossLeg};
use ringfence_risk::plan::MarginMode;
use ringfence_risk::position::Position;
use ringfence_risk::rule_set::LiquidationTrigger;
use ringfence_risk::units::{Amount, Leverage, MarkPrice};

use super::State;
use super::hold::pool_hold;
use super::market::Market;
use super::participant::{Participant, PerSide};
use crate::book::AccountId;
use crate::ids::{AssetId, MarketId};

/// A change to a pool that is only thought of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PoolChange {
    /// In which market; `None` for a change of free money alone.
    pub(crate) market: Option<MarketId>,
    /// Its positions there; those of isolated legs do not count.
    pub(crate) positions: PerSide<Option<Position>>,
    /// Held there for the orders of legs in the pool.
    pub(crate) hold: Amount,
    /// Other leverage than now.
    pub(crate) leverage: Option<PerSide<Leverage>>,
    /// What free money changes by.
    pub(crate) free: Amount,
}

impl PoolChange {
    /// None.
    pub(crate) const NONE: Self =
        Self { market: None, positions: PerSide::both(None), hold: Amount::ZERO, leverage: None, free: Amount::ZERO };
}

impl State {
    /// The markets of one asset in which a leg of an account is on cross, with its part in each.
    pub(crate) fn cross_markets(&self, account: AccountId, asset: AssetId) -> impl Iterator<Item = (&Market, &Participant)> {
        let markets = self.account(account).map(|account| account.markets.as_slice()).unwrap_or_default();
        markets.iter().filter_map(move |market| {
            let market = self.market(*market).filter(|market| market.asset == asset)?;
            let participant = market.participant(account).filter(|participant| participant.is_pooled())?;
            Some((market, participant))
        })
    }

    /// Answers a question about a pool at the present marks.
    pub fn with_pool<T>(&self, account: AccountId, asset: AssetId, ask: impl FnOnce(&CrossAccount<'_>) -> T) -> T {
        self.with_changed_pool(account, asset, &PoolChange::NONE, ask)
    }

    /// Answers a question about a pool as it would be after a change in one market.
    pub(crate) fn with_changed_pool<T>(
        &self,
        account: AccountId,
        asset: AssetId,
        change: &PoolChange,
        ask: impl FnOnce(&CrossAccount<'_>) -> T,
    ) -> T {
        let (mut legs, mut held, mut trigger) = (Vec::new(), Amount::ZERO, LiquidationTrigger::Below);
        for (market, participant) in self.cross_markets(account, asset) {
            let changes = change.market == Some(market.id);
            let (positions, hold, leverage) = if changes {
                (&change.positions, change.hold, change.leverage.unwrap_or(participant.leverage))
            } else {
                (&participant.positions, pool_hold(market, participant), participant.leverage)
            };
            held = held.plus(hold).unwrap_or(held);
            let mark = market.prices.mark.unwrap_or(MarkPrice::LEAST);
            for position in [&positions.long, &positions.short].into_iter().flatten() {
                if participant.margin_mode.of(position.side) == MarginMode::Isolated {
                    continue;
                }
                if market.listing.rules.trigger == LiquidationTrigger::AtOrBelow {
                    trigger = LiquidationTrigger::AtOrBelow;
                }
                let leverage = leverage.of(position.side);
                legs.push(CrossLeg { terms: market.terms(), position, leverage, mark, market: usize::from(market.id.0) });
            }
        }
        let free = self.free(account, asset).plus(change.free).unwrap_or(Amount::GREATEST);
        let wallet = free.plus(held).unwrap_or(Amount::GREATEST);
        ask(&CrossAccount { wallet, order_margin: held, legs: &legs, trigger })
    }

    /// What an account may still use of an asset: its free money, less the initial margin and the unrealised loss of its cross positions.
    ///
    /// Unrealised profit never counts.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest amount.
    #[inline]
    pub fn available(&self, account: AccountId, asset: AssetId) -> Result<Amount, OutOfRange> {
        if self.account(account).is_none_or(|account| account.cross_markets == 0) {
            return Ok(self.free(account, asset));
        }
        self.available_in_pool(account, asset)
    }

    /// [`available`](Self::available) of an account that holds a cross position.
    #[inline(never)]
    fn available_in_pool(&self, account: AccountId, asset: AssetId) -> Result<Amount, OutOfRange> {
        Ok(self.with_pool(account, asset, |pool| pool.available())?.min(self.free(account, asset)))
    }
}
