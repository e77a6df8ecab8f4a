//! Liquidating a pool: one leg after the other, until the rest is safe.

use ringfence_risk::arithmetic::{Rounding, mul_div};
use ringfence_risk::plan::MarginMode;
use ringfence_risk::rule_set::LiquidationStep;
use ringfence_risk::units::Amount;

use super::budget::Budget;
use super::case::{Case, Closed, Holder, sure};
use crate::book::{AccountId, Lots};
use crate::engine::Run;
use crate::event::Event;
use crate::ids::{AssetId, MarketId};
use crate::state::State;

impl Run<'_> {
    /// Closes legs until the pool is safe and its free money is not below zero: the greatest loss first, so that each market bears its own. What
    /// was realised against a profit that is still open is made good by taking of that profit.
    pub(super) fn liquidate_pool(&mut self, account: AccountId, asset: AssetId) {
        loop {
            if self.state.free(account, asset) < Amount::ZERO {
                // Money held for orders comes before positions.
                self.end_pool_orders(account, asset);
            }
            let free = self.state.free(account, asset);
            let is_due = self.state.pool_is_due(account, asset);
            if !is_due && free >= Amount::ZERO {
                return;
            }
            let first = if is_due { First::Loss } else { First::Profit };
            let Some(case) = self.state.next_leg(account, asset, first) else { return };
            if is_due {
                self.take_steps(&case);
            } else {
                self.take_profit(&case, free);
            }
        }
    }

    /// A pool that is worth enough but has spent more than its free money: as much of a profit is taken at the mark as makes it good.
    fn take_profit(&mut self, case: &Case, free: Amount) {
        let case = &Case { budget: self.state.budget(case.market), ..*case };
        let lots = self.state.lots_worth(case, free);
        self.start(case);
        let Closed { lots, value } = self.close_out(case, lots);
        let (market, account, side, step) = (case.market, case.holder.account(), case.side, LiquidationStep::AutoDeleverage);
        self.emit(Event::LiquidationStepTaken { market, account, side, step, lots, value });
        self.emit(Event::LiquidationEnded { market, account, side });
    }

    /// Ends every order that the pool holds money for. Answers how many.
    pub(super) fn end_pool_orders(&mut self, account: AccountId, asset: AssetId) -> u32 {
        let markets: Vec<MarketId> = self.state.cross_markets(account, asset).map(|(market, _)| market.id()).collect();
        markets
            .into_iter()
            .fold(0_u32, |ended, market| ended.saturating_add(self.end_of_mode(market, account, MarginMode::Cross)))
    }
}

/// Which leg of a pool is closed first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum First {
    Loss,
    Profit,
}

impl State {
    /// How much of a leg has a profit that makes up for so much below zero; all of it, where all of it is too little.
    fn lots_worth(&self, case: &Case, free: Amount) -> Lots {
        let market = self.known(case.market);
        let Some(position) = self.position_of(case) else { return Lots::ZERO };
        let (all, profit) = (self.lots_of(case), sure(position.unrealised_pnl(market.contract(), case.mark)));
        if profit <= Amount::ZERO {
            return all;
        }
        let needed = sure(mul_div(free.raw().saturating_neg(), all.raw().into(), profit.raw(), Rounding::Ceiling));
        Lots::new(u64::try_from(needed).unwrap_or(all.raw())).min(all)
    }

    /// The leg with the greatest loss or profit; ties by market, then long before short. Where marks do not liquidate, nothing is closed.
    fn next_leg(&self, account: AccountId, asset: AssetId, first: First) -> Option<Case> {
        let mut found: Option<(Amount, Case)> = None;
        for (market, participant) in self.cross_markets(account, asset).filter(|(market, _)| market.liquidates_at(self.clock)) {
            let Some(mark) = market.mark() else { continue };
            for position in participant.cross_positions() {
                let side = position.side;
                let profit = sure(position.unrealised_pnl(market.contract(), mark));
                let is_before = found.is_none_or(|(best, _)| match first {
                    First::Loss => profit < best,
                    First::Profit => profit > best,
                });
                if is_before {
                    let (market, holder) = (market.id(), Holder::Pooled(account));
                    found = Some((profit, Case { market, holder, side, mark, budget: Budget::Hour }));
                }
            }
        }
        found.map(|(_, case)| case)
    }
}
