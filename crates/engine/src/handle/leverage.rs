//! Leverage: of a position in one-way mode, of one hedge leg or of both.

use ringfence_risk::margin::{OpenOrders, OrderSum, worst_side};
use ringfence_risk::plan::{
    Context, LegState, LeveragePlan, LeverageRefused, MarginMode, PositionMode, nearest_leverage, try_cross_leverage,
    try_leverage,
};
use ringfence_risk::refusal::Refusal;
use ringfence_risk::rule_set::LeverageScope;
use ringfence_risk::units::{Amount, Leverage, MarkPrice, Side};

use crate::command::{LegRef, MarketState, PositionSide};
use crate::engine::Run;
use crate::event::{Event, LedgerAccount, Reason};
use crate::reject::Reject;
use crate::state::{Market, Participant, PerSide, PoolChange, State, pool_hold};

/// A leg by its side; `None` for the position of one-way mode, whichever side it is on.
pub(super) type LegSide = Option<Side>;

/// A change of leverage on its way through the checks.
struct Change<'a> {
    market: &'a Market,
    participant: &'a Participant,
    legs: &'a [LegSide],
}

impl Run<'_> {
    /// Sets the leverage of a leg, or of both where they share it, as the rule set's leverage change says. The same leverage again is accepted, and
    /// nothing happens.
    ///
    /// In this order it is refused: unknown account or market, the market's state, position side, what the plan of a leg refuses, a pool that
    /// cannot carry it, the market's open interest, a stale mark where margin would leave the position.
    ///
    /// The initial margin that the market's open interest demands binds here, too, when leverage is raised with a position or orders that open:
    /// otherwise one could open with little leverage and raise it afterwards.
    ///
    /// Of two legs the answer sums the money and the requirements; its position and liquidation prices are those of the long leg, if it holds one.
    pub(super) fn set_leverage(&mut self, leg: &LegRef, leverage: Leverage) -> Result<LeveragePlan, Reject> {
        self.account(leg.account)?;
        let market = self.market(leg.market)?;
        check_settable(market, "a leverage change")?;
        let participant = self.participant(market, leg.account);
        let legs = legs_sharing(self.position_mode(leg.account), market, &participant, leg.side)?;
        let change = Change { market, participant: &participant, legs };
        let plans = self.state.plan_leverages(&change, leverage).map_err(|refusal| {
            let accepts = |candidate| {
                self.state.plan_leverages(&change, candidate).is_ok() && change.check_open_interest(candidate).is_ok()
            };
            LeverageRefused { refusal, nearest: nearest_leverage(leverage, accepts) }
        })?;
        change.check_open_interest(leverage)?;
        if plans.iter().any(|plan| plan.to_position < Amount::ZERO) {
            self.check_fresh(market)?;
        }
        let answer = in_one(&plans)?;
        if plans.iter().any(|plan| plan.from != plan.to) {
            self.change_leverage(leg, legs, &participant, &plans)?;
        }
        Ok(answer)
    }

    /// Carries plans out. Money comes back before other money is taken, so that the wallet is never below zero in between.
    fn change_leverage(
        &mut self,
        leg: &LegRef,
        legs: &[LegSide],
        participant: &Participant,
        plans: &[LeveragePlan],
    ) -> Result<(), Reject> {
        let LegRef { account, market, .. } = *leg;
        let asset = self.market(market)?.asset();
        let mut moves = vec![(LedgerAccount::Hold(account, market), sum(plans, |plan| plan.to_orders)?)];
        for plan in plans {
            if let Some(position) = &plan.position {
                moves.push((LedgerAccount::Margin(account, market, position.side), plan.to_position));
            }
        }
        moves.sort_by_key(|(_, amount)| *amount);
        self.join(market, account);
        for (leg, plan) in legs.iter().zip(plans) {
            for side in [Side::Long, Side::Short].into_iter().filter(|side| leg.is_none_or(|leg| leg == *side)) {
                if participant.leverage().of(side) != plan.to {
                    self.emit(Event::LeverageSet { market, account, side, leverage: plan.to });
                }
            }
        }
        for (to, amount) in moves {
            self.post(asset, (LedgerAccount::Wallet(account), to), amount, Reason::LeverageChange);
        }
        for position in plans.iter().filter_map(|plan| plan.position) {
            if participant.positions().of(position.side) != Some(position) {
                let (account, side) = (Some(account), position.side);
                self.emit(Event::PositionSet { market, account, side, position: Some(position) });
            }
        }
        self.rehold(market, account);
        Ok(())
    }

    /// Margin leaves a position only at a mark that is believed now.
    pub(super) fn check_fresh(&self, market: &Market) -> Result<(), Reject> {
        let guard = &market.prices.guard;
        if !guard.is_stale(self.state.clock()) {
            return Ok(());
        }
        Err(Reject::NoMark { since: guard.accepted.as_ref().map(|accepted| accepted.at) })
    }
}

impl Change<'_> {
    /// What the market's open interest demands of who raises leverage over a position or orders that open.
    fn check_open_interest(&self, leverage: Leverage) -> Result<(), Reject> {
        for leg in self.legs {
            let state = leg_state(self.participant, *leg, Amount::ZERO);
            let opening = worst_side(state.orders, state.held())?;
            let exposed = state.position.is_some() || opening.raw() > 0;
            if leverage > state.leverage && exposed {
                self.market.check_open_interest(leverage, opening)?;
            }
        }
        Ok(())
    }
}

impl State {
    /// Plans every leg of a change: all of them, or none.
    fn plan_leverages(&self, change: &Change<'_>, leverage: Leverage) -> Result<Vec<LeveragePlan>, Refusal> {
        let is_isolated = |leg: &LegSide| change.participant.margin_mode(leg.unwrap_or(Side::Long)) == MarginMode::Isolated;
        if !change.legs.iter().all(is_isolated) {
            return self.plan_pooled(change, leverage);
        }
        let plans = self.plan_in_turn(change, change.legs.iter(), leverage);
        if change.legs.len() < 2 || !matches!(plans, Err(Refusal::InsufficientBalance { .. })) {
            return plans;
        }
        // What the second leg frees may pay for the first.
        let backwards = self.plan_in_turn(change, change.legs.iter().rev(), leverage);
        backwards.map_or(plans, |plans| Ok(plans.into_iter().rev().collect()))
    }

    /// Legs in the pool, maybe one beside an isolated leg that shares their leverage: that one draws on what is available now, and the pool has to
    /// carry what is left.
    fn plan_pooled(&self, change: &Change<'_>, leverage: Leverage) -> Result<Vec<LeveragePlan>, Refusal> {
        let available = self.available(change.participant.account(), change.market.asset())?;
        let plan_one = |leg: &LegSide| {
            let context = context(change.market, leg_state(change.participant, *leg, available));
            match change.participant.margin_mode(leg.unwrap_or(Side::Long)) {
                MarginMode::Isolated => try_leverage(&context, leverage),
                MarginMode::Cross => try_cross_leverage(&context, leverage),
            }
        };
        let plans = change.legs.iter().map(plan_one).collect::<Result<Vec<_>, _>>()?;
        self.check_pool_carries(change, leverage, &plans)?;
        Ok(plans)
    }

    /// Isolated legs, each with what the one before leaves available.
    fn plan_in_turn<'a>(
        &self,
        change: &Change<'_>,
        legs: impl Iterator<Item = &'a LegSide>,
        leverage: Leverage,
    ) -> Result<Vec<LeveragePlan>, Refusal> {
        let mut available = self.available(change.participant.account(), change.market.asset())?;
        legs.map(|leg| {
            let plan = try_leverage(&context(change.market, leg_state(change.participant, *leg, available)), leverage)?;
            available = available.minus(plan.to_position)?.minus(plan.to_orders)?;
            Ok(plan)
        })
        .collect()
    }

    /// A pool must have to spare what lower leverage ties up; what frees is always accepted.
    fn check_pool_carries(&self, change: &Change<'_>, leverage: Leverage, plans: &[LeveragePlan]) -> Result<(), Refusal> {
        let Change { market, participant, .. } = change;
        let (account, asset) = (participant.account(), market.asset());
        let (mut hold, mut free) = (pool_hold(market, participant), Amount::ZERO);
        for (leg, plan) in change.legs.iter().zip(plans) {
            free = free.minus(plan.to_orders)?.minus(plan.to_position)?;
            if participant.margin_mode(leg.unwrap_or(Side::Long)) == MarginMode::Cross {
                hold = hold.plus(plan.to_orders)?;
            }
        }
        let after = PoolChange {
            market: Some(market.id()),
            positions: *participant.positions(),
            hold,
            leverage: Some(PerSide::both(leverage)),
            free,
        };
        let before = self.with_pool(account, asset, |pool| pool.spare())?;
        let spare = self.with_changed_pool(account, asset, &after, |pool| pool.spare())?;
        if spare < Amount::ZERO && spare < before {
            return Err(Refusal::InsufficientBalance { needed: before.minus(spare)?, available: before.or_zero() });
        }
        Ok(())
    }
}

/// The legs that a leverage is set for together.
fn legs_sharing(
    mode: PositionMode,
    market: &Market,
    participant: &Participant,
    side: PositionSide,
) -> Result<&'static [LegSide], Reject> {
    let pooled = matches!(participant.margin_modes(), PerSide { long: MarginMode::Cross, short: MarginMode::Cross });
    let shared = pooled || market.listing().rules.leverage_scope == LeverageScope::PerContract;
    match (mode, shared, side) {
        (PositionMode::OneWay, _, PositionSide::Both) => Ok(&[None]),
        (PositionMode::Hedge, true, PositionSide::Both) => Ok(&[Some(Side::Long), Some(Side::Short)]),
        (PositionMode::Hedge, false, PositionSide::Long) => Ok(&[Some(Side::Long)]),
        (PositionMode::Hedge, false, PositionSide::Short) => Ok(&[Some(Side::Short)]),
        (PositionMode::OneWay, _, PositionSide::Long | PositionSide::Short) => {
            Err(Reject::WrongPositionSide { expected: "both in one-way mode" })
        }
        (PositionMode::Hedge, true, PositionSide::Long | PositionSide::Short) => {
            Err(Reject::WrongPositionSide { expected: "both, where the legs share their leverage" })
        }
        (PositionMode::Hedge, false, PositionSide::Both) => {
            Err(Reject::WrongPositionSide { expected: "long or short, where each leg has its own leverage" })
        }
    }
}

/// Settings change in a market that lives.
pub(super) fn check_settable(market: &Market, what: &'static str) -> Result<(), Reject> {
    match market.state() {
        MarketState::Open | MarketState::PostOnly | MarketState::ReduceOnly | MarketState::CancelOnly => Ok(()),
        state @ (MarketState::Halted | MarketState::Settled) => Err(Reject::MarketNot { state, what }),
    }
}

/// A leg as plans see it. In hedge mode its orders are those of its own side.
pub(super) fn leg_state(participant: &Participant, leg: LegSide, available: Amount) -> LegState {
    let (buys, sells) = (participant.held_orders().long.sum, participant.held_orders().short.sum);
    let (position, orders) = match leg {
        None => (participant.only().copied(), OpenOrders { buys, sells }),
        Some(Side::Long) => (participant.positions().long, OpenOrders { buys, sells: OrderSum::NONE }),
        Some(Side::Short) => (participant.positions().short, OpenOrders { buys: OrderSum::NONE, sells }),
    };
    let leverage = participant.leverage().of(leg.unwrap_or(Side::Long));
    LegState { position, leverage, available, orders, order_margin: participant.hold() }
}

/// A leg at the present mark. Without a mark there is no position, and nothing asks for it.
pub(super) fn context(market: &Market, leg: LegState) -> Context<'_> {
    Context { terms: market.terms(), leg, mark: market.mark().unwrap_or(MarkPrice::LEAST) }
}

/// One answer for all legs.
fn in_one(plans: &[LeveragePlan]) -> Result<LeveragePlan, Reject> {
    let shown = plans.iter().find(|plan| plan.position.is_some()).or(plans.first());
    let shown = *shown.ok_or(Refusal::NoPosition)?;
    Ok(LeveragePlan {
        to_position: sum(plans, |plan| plan.to_position)?,
        to_orders: sum(plans, |plan| plan.to_orders)?,
        requirement_before: sum(plans, |plan| plan.requirement_before)?,
        requirement_after: sum(plans, |plan| plan.requirement_after)?,
        ..shown
    })
}

fn sum(plans: &[LeveragePlan], of: impl Fn(&LeveragePlan) -> Amount) -> Result<Amount, Refusal> {
    Ok(plans.iter().try_fold(Amount::ZERO, |sum, plan| sum.plus(of(plan)))?)
}
