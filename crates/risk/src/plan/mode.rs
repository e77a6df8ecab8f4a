//! What switching between isolated and cross, or between one-way and hedge, would do.

use super::{Context, LegState};
use crate::arithmetic::OutOfRange;
use crate::margin::initial_margin;
use crate::position::Position;
use crate::refusal::Refusal;
use crate::rule_set::{ModeSwitch, RuleSet};
use crate::units::{Amount, Notional, Quantity};

/// Whose money stands behind a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MarginMode {
    /// Its own margin only.
    Isolated,
    /// The pool of its settlement asset.
    Cross,
}

/// Whether long and short of a contract are one position or two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PositionMode {
    /// One position, long or short.
    OneWay,
    /// A long and a short leg, each with its own margin, profit and liquidation price.
    Hedge,
}

/// What a switch of the margin mode does to one leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarginModePlan {
    /// The mode afterwards.
    pub to: MarginMode,
    /// Money from the available balance into the position (negative: back into the pool).
    pub to_position: Amount,
    /// The position afterwards.
    pub position: Option<Position>,
}

impl MarginModePlan {
    /// The leg after the switch.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest amount.
    pub fn apply(&self, leg: &LegState) -> Result<LegState, OutOfRange> {
        Ok(LegState { position: self.position, available: leg.available.minus(self.to_position)?, ..*leg })
    }
}

/// Plans a switch of the margin mode. `context.leg.available` is the available balance (isolated), or what the pool has without this position's
/// own requirement (cross): leaving the pool frees the initial margin it ties up there.
///
/// # Errors
/// [`Refusal`]: already in this mode, open orders, position open (where the rule set says so), position in liquidation, balance short,
/// immediate liquidation.
pub fn plan_margin_mode(context: &Context<'_>, from: MarginMode, to: MarginMode) -> Result<MarginModePlan, Refusal> {
    if from == to {
        return Err(Refusal::NoChange { setting: "margin mode" });
    }
    let leg = &context.leg;
    let orders = leg.orders.value()?;
    check_switch(context.terms.rules.margin_mode_switch, orders, leg.position.map(|position| position.quantity))?;
    let Some(position) = leg.position else {
        return Ok(MarginModePlan { to, to_position: Amount::ZERO, position: None });
    };
    if from == MarginMode::Isolated && context.is_liquidatable(&position)? {
        return Err(Refusal::InLiquidation { mark: context.mark });
    }
    let opening_margin = match to {
        MarginMode::Cross => Amount::ZERO,
        MarginMode::Isolated => initial_margin(position.entry_value, leg.leverage)?,
    };
    let to_position = opening_margin.minus(position.margin()?)?;
    let after = Position { opening_margin, added_margin: Amount::ZERO, ..position };
    if to_position > leg.available {
        return Err(Refusal::InsufficientBalance { needed: to_position, available: leg.available });
    }
    if to == MarginMode::Isolated && context.is_liquidatable(&after)? {
        return Err(Refusal::WouldLiquidate { mark: context.mark });
    }
    Ok(MarginModePlan { to, to_position, position: Some(after) })
}

/// What a switch of the position mode does: which legs there are afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PositionModePlan {
    /// The mode afterwards.
    pub to: PositionMode,
    /// The positions, unchanged; at most one in one-way mode.
    pub positions: [Option<Position>; 2],
}

/// Plans a switch of the position mode for a contract with these legs and open orders of this value. No money moves.
///
/// # Errors
/// [`Refusal`]: already in this mode, open orders, position open (where the rule set says so), or both legs open and one-way asked for.
pub fn plan_position_mode(
    rules: &RuleSet,
    modes: (PositionMode, PositionMode),
    legs: [Option<Position>; 2],
    orders: Notional,
) -> Result<PositionModePlan, Refusal> {
    let (from, to) = modes;
    if from == to {
        return Err(Refusal::NoChange { setting: "position mode" });
    }
    let open = legs.iter().flatten().map(|position| position.quantity).max();
    check_switch(rules.position_mode_switch, orders, open)?;
    match (to, legs) {
        (PositionMode::OneWay, [Some(first), Some(second)]) => {
            Err(Refusal::PositionOpen { quantity: first.quantity.min(second.quantity) })
        }
        (PositionMode::OneWay | PositionMode::Hedge, _) => Ok(PositionModePlan { to, positions: legs }),
    }
}

fn check_switch(rule: ModeSwitch, orders: Notional, open: Option<Quantity>) -> Result<(), Refusal> {
    if orders > Notional::ZERO {
        return Err(Refusal::OpenOrders { value: orders });
    }
    match (rule, open) {
        (ModeSwitch::Flat, Some(quantity)) => Err(Refusal::PositionOpen { quantity }),
        (ModeSwitch::Flat, None) | (ModeSwitch::CarriesPosition, _) => Ok(()),
    }
}
