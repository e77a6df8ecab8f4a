//! Isolated or cross, one-way or hedge.

use ringfence_risk::cross::{CrossAccount, CrossLeg};
use ringfence_risk::plan::{LegState, MarginMode, MarginModePlan, PositionMode, plan_margin_mode, plan_position_mode};
use ringfence_risk::position::Position;
use ringfence_risk::refusal::Refusal;
use ringfence_risk::rule_set::{LiquidationTrigger, MarginModeScope};
use ringfence_risk::units::{Amount, Leverage, MarkPrice, Notional, Side};

use super::leverage::{LegSide, check_settable, context, leg_state};
use crate::book::AccountId;
use crate::command::{LegRef, PositionSide};
use crate::engine::{Reply, Run};
use crate::event::{Event, LedgerAccount, Reason};
use crate::reject::Reject;
use crate::state::{Market, Participant, PerSide, PoolChange, State, pool_hold};

impl Run<'_> {
    /// Switches a position between isolated and cross: both hedge legs, or the one that is named where the rule set gives each its own mode.
    ///
    /// In this order it is refused: unknown account or market, the market's state, position side, the mode it is in, open orders (waiting ones,
    /// too), a stale mark (with a position), what the plan of a leg refuses, a pool that would be liquidated at once.
    ///
    /// Each leg keeps its leverage; hedge legs on cross share one from the next time it is set.
    pub(super) fn set_margin_mode(&mut self, leg: &LegRef, mode: MarginMode) -> Result<Vec<MarginModePlan>, Reject> {
        let LegRef { account, market, side } = *leg;
        self.account(account)?;
        let known = self.market(market)?;
        check_settable(known, "a switch of the margin mode")?;
        let legs = legs_switching(self.position_mode(account), known, side)?;
        let participant = self.participant(known, account);
        let legs: Vec<LegSide> =
            legs.iter().copied().filter(|leg| participant.margin_mode(leg.unwrap_or(Side::Long)) != mode).collect();
        if legs.is_empty() {
            return Err(Refusal::NoChange { setting: "margin mode" }.into());
        }
        check_no_orders_for(known, &participant, &legs)?;
        if legs.iter().any(|leg| leg_state(&participant, *leg, Amount::ZERO).position.is_some()) {
            self.check_fresh(known)?;
        }
        let plans = match mode {
            MarginMode::Cross => self.state.plan_entering(known, &participant, &legs)?,
            MarginMode::Isolated => self.state.plan_leaving(known, &participant, &legs)?,
        };
        let asset = known.asset();
        self.join(market, account);
        for side in [Side::Long, Side::Short].into_iter().filter(|side| is_among(*side, &legs)) {
            self.emit(Event::MarginModeSet { market, account, side, mode });
        }
        for plan in &plans {
            let Some(position) = plan.position else { continue };
            let side = position.side;
            let accounts = (LedgerAccount::Wallet(account), LedgerAccount::Margin(account, market, side));
            self.post(asset, accounts, plan.to_position, Reason::ModeSwitch);
            self.emit(Event::PositionSet { market, account: Some(account), side, position: Some(position) });
        }
        Ok(plans)
    }

    /// Switches an account between one-way and hedge, in all its markets at once. No money moves.
    ///
    /// One-way mode knows one leverage and one margin mode per market: those of the position, or of the long leg without one.
    pub(super) fn set_position_mode(&mut self, account: AccountId, mode: PositionMode) -> Result<Reply, Reject> {
        let known = self.account(account)?;
        let (from, markets) = (known.position_mode(), known.markets().to_vec());
        if from == mode {
            return Err(Refusal::NoChange { setting: "position mode" }.into());
        }
        let (mut leverages, mut margin_modes) = (Vec::new(), Vec::new());
        for id in markets {
            let market = self.state.known(id);
            let participant = self.participant(market, account);
            check_no_orders(&participant)?;
            let PerSide { long, short } = *participant.positions();
            plan_position_mode(&market.listing().rules, (from, mode), [long, short], Notional::ZERO)?;
            let kept = participant.only().map_or(Side::Long, |position| position.side);
            if mode == PositionMode::OneWay && participant.leverage().long != participant.leverage().short {
                leverages.push((id, kept.opposite(), participant.leverage().of(kept)));
            }
            if mode == PositionMode::OneWay && participant.margin_mode(kept) != participant.margin_mode(kept.opposite()) {
                margin_modes.push((id, kept.opposite(), participant.margin_mode(kept)));
            }
        }
        self.emit(Event::PositionModeSet { account, mode });
        for (market, side, leverage) in leverages {
            self.emit(Event::LeverageSet { market, account, side, leverage });
        }
        for (market, side, mode) in margin_modes {
            self.emit(Event::MarginModeSet { market, account, side, mode });
        }
        Ok(Reply::Done)
    }
}

impl State {
    /// Isolated legs enter the pool with all their margin: the pool must live with them.
    fn plan_entering(
        &self,
        market: &Market,
        participant: &Participant,
        legs: &[LegSide],
    ) -> Result<Vec<MarginModePlan>, Refusal> {
        let mut available = self.available(participant.account(), market.asset())?;
        let plans = plan_each(market, participant, legs, &mut available)?;
        let released = released(&plans)?;
        let entering: Vec<(Position, Leverage)> = plans
            .iter()
            .filter_map(|plan| plan.position)
            .map(|position| (position, participant.leverage().of(position.side)))
            .collect();
        let mark = market.mark().unwrap_or(MarkPrice::LEAST);
        let due = self.with_pool(participant.account(), market.asset(), |pool| {
            let mut legs = pool.legs.to_vec();
            legs.extend(entering.iter().map(|(position, leverage)| CrossLeg {
                terms: market.terms(),
                position,
                leverage: *leverage,
                mark,
                market: usize::from(market.id().0),
            }));
            let trigger = match market.listing().rules.trigger {
                LiquidationTrigger::AtOrBelow if !entering.is_empty() => LiquidationTrigger::AtOrBelow,
                LiquidationTrigger::AtOrBelow | LiquidationTrigger::Below => pool.trigger,
            };
            let wallet = pool.wallet.plus(released)?;
            CrossAccount { wallet, order_margin: pool.order_margin, legs: &legs, trigger }.is_liquidatable()
        })?;
        if due && !entering.is_empty() { Err(Refusal::WouldLiquidate { mark }) } else { Ok(plans) }
    }

    /// Cross legs leave the pool: each takes its initial margin along, out of what the pool can spare without them, and what stays must live.
    fn plan_leaving(&self, market: &Market, participant: &Participant, legs: &[LegSide]) -> Result<Vec<MarginModePlan>, Refusal> {
        let (account, asset) = (participant.account(), market.asset());
        let stays = |side| participant.positions().of(side).filter(|_| !is_among(side, legs));
        let without = PoolChange {
            market: Some(market.id()),
            positions: PerSide { long: stays(Side::Long), short: stays(Side::Short) },
            hold: pool_hold(market, participant),
            ..PoolChange::NONE
        };
        let spare = self.with_changed_pool(account, asset, &without, |pool| pool.spare())?;
        let mut available = spare.or_zero().min(self.free(account, asset));
        let plans = plan_each(market, participant, legs, &mut available)?;
        let free = released(&plans)?;
        let rest = PoolChange { free, ..without };
        let due = self.with_changed_pool(account, asset, &rest, |pool| pool.is_liquidatable())?;
        if due && free != Amount::ZERO {
            return Err(Refusal::WouldLiquidate { mark: market.mark().unwrap_or(MarkPrice::LEAST) });
        }
        Ok(plans)
    }
}

/// Plans the switch of every leg, each with what the one before leaves available.
fn plan_each(
    market: &Market,
    participant: &Participant,
    legs: &[LegSide],
    available: &mut Amount,
) -> Result<Vec<MarginModePlan>, Refusal> {
    let mut plan_one = |leg: &LegSide| -> Result<MarginModePlan, Refusal> {
        let from = participant.margin_mode(leg.unwrap_or(Side::Long));
        let to = match from {
            MarginMode::Isolated => MarginMode::Cross,
            MarginMode::Cross => MarginMode::Isolated,
        };
        let state: LegState = leg_state(participant, *leg, *available);
        let plan = plan_margin_mode(&context(market, state), from, to)?;
        *available = available.minus(plan.to_position)?;
        Ok(plan)
    };
    legs.iter().map(&mut plan_one).collect()
}

/// What the legs give to the wallet (negative: take from it).
fn released(plans: &[MarginModePlan]) -> Result<Amount, Refusal> {
    Ok(plans.iter().try_fold(Amount::ZERO, |sum, plan| sum.minus(plan.to_position))?)
}

/// The legs that a margin mode is set for together.
fn legs_switching(mode: PositionMode, market: &Market, side: PositionSide) -> Result<&'static [LegSide], Reject> {
    let expected = match (mode, market.listing().rules.margin_mode_scope, side) {
        (PositionMode::OneWay, _, PositionSide::Both) => return Ok(&[None]),
        (PositionMode::Hedge, MarginModeScope::PerSymbol, PositionSide::Both) => {
            return Ok(&[Some(Side::Long), Some(Side::Short)]);
        }
        (PositionMode::Hedge, MarginModeScope::PerLeg, PositionSide::Long) => return Ok(&[Some(Side::Long)]),
        (PositionMode::Hedge, MarginModeScope::PerLeg, PositionSide::Short) => return Ok(&[Some(Side::Short)]),
        (PositionMode::OneWay, _, PositionSide::Long | PositionSide::Short) => "both in one-way mode",
        (PositionMode::Hedge, MarginModeScope::PerSymbol, PositionSide::Long | PositionSide::Short) => {
            "both, where the legs share their margin mode"
        }
        (PositionMode::Hedge, MarginModeScope::PerLeg, PositionSide::Both) => {
            "long or short, where each leg has its own margin mode"
        }
    };
    Err(Reject::WrongPositionSide { expected })
}

/// Whether a leg is one of those: without a side they are both.
fn is_among(side: Side, legs: &[LegSide]) -> bool {
    legs.iter().any(|leg| leg.is_none_or(|leg| leg == side))
}

/// Orders were placed under one mode: those for a leg go before it changes, also those that wait or only reduce.
fn check_no_orders_for(market: &Market, participant: &Participant, legs: &[LegSide]) -> Result<(), Refusal> {
    let is_for = |place| match market.orders.record(place).position_side {
        PositionSide::Both => true,
        PositionSide::Long => is_among(Side::Long, legs),
        PositionSide::Short => is_among(Side::Short, legs),
    };
    if !market.places(participant).any(is_for) {
        return Ok(());
    }
    check_no_orders(participant)
}

/// No orders at all, also none that wait or only reduce.
fn check_no_orders(participant: &Participant) -> Result<(), Refusal> {
    if participant.orders() == 0 {
        return Ok(());
    }
    let held = participant.held_orders();
    Err(Refusal::OpenOrders { value: held.long.sum.value.plus(held.short.sum.value)? })
}
