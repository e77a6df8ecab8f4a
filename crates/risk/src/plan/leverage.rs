//! What a leverage change would do.

use super::margin::removable_of;
use super::order::check_leverage;
use super::{Context, LegState};
use crate::arithmetic::{OutOfRange, Rounding, add, div, mul, sub};
use crate::isolated::LiquidationPrice;
use crate::margin::{initial_margin, worst_side};
use crate::position::Position;
use crate::refusal::{BindingRule, Refusal};
use crate::rule_set::LeverageChange;
use crate::units::{Amount, Leverage, Notional, Side};

/// What a leverage change does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeveragePlan {
    /// Leverage before.
    pub from: Leverage,
    /// Leverage after.
    pub to: Leverage,
    /// Money from the available balance into the position (negative: back).
    pub to_position: Amount,
    /// Money from the available balance into order margin (negative: back).
    pub to_orders: Amount,
    /// Initial margin requirement of the position before, on its entry value.
    pub requirement_before: Amount,
    /// Initial margin requirement of the position after.
    pub requirement_after: Amount,
    /// The position afterwards.
    pub position: Option<Position>,
    /// Liquidation price before.
    pub liquidation_before: Option<LiquidationPrice>,
    /// Liquidation price after.
    pub liquidation_after: Option<LiquidationPrice>,
    /// Greatest leverage of the bracket the position and its orders fall in.
    pub bracket_leverage: Option<Leverage>,
    /// What kept more money from being returned, if anything did.
    pub binding: Option<BindingRule>,
}

/// A refused leverage change and the nearest whole leverage that would be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeverageRefused {
    /// Why.
    pub refusal: Refusal,
    /// The nearest whole leverage that would be accepted.
    pub nearest: Option<Leverage>,
}

impl core::fmt::Display for LeverageRefused {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.nearest {
            Some(nearest) => write!(formatter, "{} (nearest accepted whole leverage: {nearest})", self.refusal),
            None => self.refusal.fmt(formatter),
        }
    }
}

impl core::error::Error for LeverageRefused {}

impl LeveragePlan {
    /// The leg after the change.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest amount.
    pub fn apply(&self, leg: &LegState) -> Result<LegState, OutOfRange> {
        Ok(LegState {
            position: self.position,
            leverage: self.to,
            available: leg.available.minus(self.to_position)?.minus(self.to_orders)?,
            order_margin: leg.order_margin.plus(self.to_orders)?,
            ..*leg
        })
    }
}

/// Plans a leverage change, with or without a position and open orders, as the rule set's [`LeverageChange`] says.
///
/// # Errors
/// [`LeverageRefused`] with the reason and the nearest leverage that would be accepted.
pub fn plan_leverage(context: &Context<'_>, leverage: Leverage) -> Result<LeveragePlan, LeverageRefused> {
    try_leverage(context, leverage).map_err(|refusal| {
        let nearest = nearest_leverage(leverage, |candidate| try_leverage(context, candidate).is_ok());
        LeverageRefused { refusal, nearest }
    })
}

/// As [`plan_leverage`], without looking for the nearest leverage that would be accepted.
///
/// # Errors
/// The first [`Refusal`] that applies: contract and bracket, open orders, position in liquidation, lowering, balance, immediate liquidation.
pub fn try_leverage(context: &Context<'_>, leverage: Leverage) -> Result<LeveragePlan, Refusal> {
    let Context { terms, leg, mark } = context;
    let position = leg.position.as_ref();
    let value = value_held(context)?;
    if leverage != leg.leverage {
        check_leverage(terms.brackets, leverage, value)?;
        check_orders(context)?;
    }
    if position.is_some_and(|position| leverage != leg.leverage && context.is_liquidatable(position).unwrap_or(true)) {
        return Err(Refusal::InLiquidation { mark: *mark });
    }
    let (after, binding) = match position {
        Some(position) if leverage != leg.leverage => {
            let (after, binding) = reposition(context, position, leverage)?;
            (Some(after), binding)
        }
        Some(_) | None => (leg.position, None),
    };
    let margin = |position: Option<&Position>| position.map_or(Ok(Amount::ZERO), Position::margin);
    let to_position = margin(after.as_ref())?.minus(margin(position)?)?;
    let to_orders = order_margin_change(leg, leverage)?;
    let needed = to_position.plus(to_orders)?;
    if needed > leg.available {
        return Err(Refusal::InsufficientBalance { needed, available: leg.available });
    }
    if let Some(after) = &after
        && to_position < Amount::ZERO
        && context.is_liquidatable(after)?
    {
        return Err(Refusal::WouldLiquidate { mark: *mark });
    }
    let requirement = |leverage| position.map_or(Ok(Amount::ZERO), |position| initial_margin(position.entry_value, leverage));
    Ok(LeveragePlan {
        from: leg.leverage,
        to: leverage,
        to_position,
        to_orders,
        requirement_before: requirement(leg.leverage)?,
        requirement_after: requirement(leverage)?,
        position: after,
        liquidation_before: context.liquidation(position)?,
        liquidation_after: context.liquidation(after.as_ref())?,
        bracket_leverage: terms.brackets.max_leverage(value),
        binding,
    })
}

/// Plans a leverage change of a leg whose money is in a pool: brackets bind as for an isolated one, and only what open orders hold moves. Whether
/// the pool can carry the requirement at the new leverage is for its owner to check.
///
/// # Errors
/// [`Refusal`] of contract or bracket.
pub fn try_cross_leverage(context: &Context<'_>, leverage: Leverage) -> Result<LeveragePlan, Refusal> {
    let Context { terms, leg, .. } = context;
    let value = value_held(context)?;
    if leverage != leg.leverage {
        check_leverage(terms.brackets, leverage, value)?;
    }
    let requirement = |leverage| leg.position.map_or(Ok(Amount::ZERO), |position| initial_margin(position.entry_value, leverage));
    Ok(LeveragePlan {
        from: leg.leverage,
        to: leverage,
        to_position: Amount::ZERO,
        to_orders: order_margin_change(leg, leverage)?,
        requirement_before: requirement(leg.leverage)?,
        requirement_after: requirement(leverage)?,
        position: leg.position,
        liquidation_before: None,
        liquidation_after: None,
        bracket_leverage: terms.brackets.max_leverage(value),
        binding: None,
    })
}

/// The larger side: the value of the position at the mark, if it is on it, and of the orders that would open on it.
fn value_held(context: &Context<'_>) -> Result<Notional, OutOfRange> {
    let held = context.leg.held();
    let side = |side: Side| {
        let position = if held.is_some_and(|(held, _)| held == side) { context.position_value()? } else { Notional::ZERO };
        position.plus(context.leg.orders.opening(side, held)?)
    };
    Ok(side(Side::Long)?.max(side(Side::Short)?))
}

/// The position's margin at the new leverage.
fn reposition(
    context: &Context<'_>,
    position: &Position,
    leverage: Leverage,
) -> Result<(Position, Option<BindingRule>), Refusal> {
    let leg = &context.leg;
    let requirement = initial_margin(position.entry_value, leverage)?;
    match context.terms.rules.leverage_change {
        LeverageChange::Recalculate => recalculate(context, position, leverage, requirement),
        LeverageChange::RaiseKeepsLowerRefused if leverage < leg.leverage => {
            Err(Refusal::LoweringRefused { leverage, present: leg.leverage })
        }
        LeverageChange::RaiseKeepsLowerRefused | LeverageChange::Keep => Ok((*position, None)),
        LeverageChange::Reset | LeverageChange::ResetWithoutOrders => {
            Ok((Position { opening_margin: requirement, added_margin: Amount::ZERO, ..*position }, None))
        }
    }
}

/// The opening margin moves to the new requirement: up in full, down as far as margin may be removed at the new leverage.
fn recalculate(
    context: &Context<'_>,
    position: &Position,
    leverage: Leverage,
    requirement: Amount,
) -> Result<(Position, Option<BindingRule>), Refusal> {
    let change = sub(requirement.raw(), position.opening_margin.raw())?;
    if change >= 0 {
        return Ok((Position { opening_margin: requirement, ..*position }, None));
    }
    let most = removable_of(context, position, leverage)?;
    let freed = sub(0, change)?.min(most.amount.raw());
    let binding = (most.amount.raw() < sub(0, change)?).then_some(most.rule);
    let opening_margin = Amount::from_wide(sub(position.opening_margin.raw(), freed)?)?;
    Ok((Position { opening_margin, ..*position }, binding))
}

/// Orders are margined again at the new leverage; what is held for open losses and fees stays.
fn order_margin_change(leg: &LegState, leverage: Leverage) -> Result<Amount, OutOfRange> {
    let value = worst_side(leg.orders, leg.held())?;
    let change = initial_margin(value, leverage)?.minus(initial_margin(value, leg.leverage)?)?;
    // No more is freed than is held.
    Ok(change.max(leg.order_margin.negated()?))
}

/// Some venues want open orders cancelled first.
fn check_orders(context: &Context<'_>) -> Result<(), Refusal> {
    let value = context.leg.orders.value()?;
    match context.terms.rules.leverage_change {
        LeverageChange::ResetWithoutOrders if value > Notional::ZERO => Err(Refusal::OpenOrders { value }),
        LeverageChange::ResetWithoutOrders
        | LeverageChange::Recalculate
        | LeverageChange::RaiseKeepsLowerRefused
        | LeverageChange::Reset
        | LeverageChange::Keep => Ok(()),
    }
}

/// The whole leverage nearest to the one asked for that is accepted.
#[must_use]
pub fn nearest_leverage(asked: Leverage, accepts: impl Fn(Leverage) -> bool) -> Option<Leverage> {
    let whole = div(asked.wide(), Leverage::ONE.wide(), Rounding::HalfUp).ok()?;
    let rounded_up = mul(whole, Leverage::ONE.wide()).ok()? > asked.wide();
    for distance in 0..=1_000_i128 {
        // The nearer of two at this distance first: the rounded whole may lie above what was asked.
        let (above, below) = (add(whole, distance), sub(whole, distance));
        for candidate in if rounded_up { [below, above] } else { [above, below] } {
            let candidate =
                candidate.ok().and_then(|times| i64::try_from(times).ok()).and_then(|times| Leverage::whole(times).ok());
            if let Some(leverage) = candidate
                && leverage != asked
                && accepts(leverage)
            {
                return Some(leverage);
            }
        }
    }
    None
}
