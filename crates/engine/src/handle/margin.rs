//! Margin of isolated positions: added, removed, or drawn by the position itself.

use ringfence_risk::plan::{MarginMode, MarginMove, MarginPlan, PositionMode, plan_auto_add, plan_margin};
use ringfence_risk::refusal::Refusal;
use ringfence_risk::rule_set::AutoAddMargin;
use ringfence_risk::units::Side;

use super::leverage::{LegSide, check_settable, context, leg_state};
use crate::book::AccountId;
use crate::command::{AutoAdd, LegRef, PositionSide};
use crate::engine::{Reply, Run};
use crate::event::{Event, LedgerAccount, Reason};
use crate::ids::MarketId;
use crate::reject::Reject;

impl Run<'_> {
    /// Adds margin to an isolated position or takes some out, as far as the rule set lets it leave.
    ///
    /// In this order it is refused: unknown account or market, the market's state, position side, a cross position, what the plan
    /// refuses, a stale mark (taking out).
    pub(super) fn move_margin(&mut self, leg: &LegRef, movement: MarginMove) -> Result<MarginPlan, Reject> {
        self.account(leg.account)?;
        let market = self.market(leg.market)?;
        check_settable(market, "moving margin")?;
        let side = leg_of(self.position_mode(leg.account), leg.side)?;
        let participant = self.participant(market, leg.account);
        if participant.margin_mode(side.unwrap_or(Side::Long)) != MarginMode::Isolated {
            return Err(Reject::NotIsolated);
        }
        let available = self.state.available(leg.account, market.asset())?;
        let plan = plan_margin(&context(market, leg_state(&participant, side, available)), movement)?;
        if matches!(movement, MarginMove::Remove(_)) {
            self.check_fresh(market)?;
        }
        self.carry_out(leg.market, leg.account, &plan, Reason::MarginMoved);
        Ok(plan)
    }

    /// An isolated position at its liquidation line draws on the available balance, if it may and if that saves it. Answers what it drew;
    /// `None` when it is to be liquidated.
    pub(crate) fn auto_add(&mut self, market: MarketId, account: AccountId, side: Side) -> Option<MarginPlan> {
        let known = self.state.known(market);
        let participant = known.participant(account)?;
        if participant.auto_add() == AutoAdd::Off || participant.margin_mode(side) == MarginMode::Cross {
            return None;
        }
        let available = self.state.available(account, known.asset()).ok()?;
        let plan = plan_auto_add(&context(known, leg_state(participant, Some(side), available))).ok()??;
        self.carry_out(market, account, &plan, Reason::MarginAutoAdded);
        Some(plan)
    }

    fn carry_out(&mut self, market: MarketId, account: AccountId, plan: &MarginPlan, reason: Reason) {
        let (asset, side) = (self.state.known(market).asset(), plan.position.side);
        let accounts = (LedgerAccount::Wallet(account), LedgerAccount::Margin(account, market, side));
        self.post(asset, accounts, plan.to_position, reason);
        self.emit(Event::PositionSet { market, account: Some(account), side, position: Some(plan.position) });
    }

    /// Whether isolated positions may draw margin by themselves. It may be set ahead, also while the market is on cross; the same setting again is
    /// accepted, and nothing happens.
    pub(super) fn set_auto_add(&mut self, account: AccountId, market: MarketId, setting: AutoAdd) -> Result<Reply, Reject> {
        self.account(account)?;
        let known = self.market(market)?;
        check_settable(known, "automatic margin")?;
        if setting == AutoAdd::On && known.listing().rules.auto_add_margin == AutoAddMargin::None {
            return Err(Refusal::NotOffered { what: "adding margin automatically" }.into());
        }
        if self.participant(known, account).auto_add() != setting {
            self.join(market, account);
            self.emit(Event::AutoAddSet { market, account, setting });
        }
        Ok(Reply::Done)
    }
}

/// The leg that is meant.
fn leg_of(mode: PositionMode, side: PositionSide) -> Result<LegSide, Reject> {
    match (mode, side) {
        (PositionMode::OneWay, PositionSide::Both) => Ok(None),
        (PositionMode::Hedge, PositionSide::Long) => Ok(Some(Side::Long)),
        (PositionMode::Hedge, PositionSide::Short) => Ok(Some(Side::Short)),
        (PositionMode::OneWay, PositionSide::Long | PositionSide::Short) => {
            Err(Reject::WrongPositionSide { expected: "both in one-way mode" })
        }
        (PositionMode::Hedge, PositionSide::Both) => Err(Reject::WrongPositionSide { expected: "long or short in hedge mode" }),
    }
}
