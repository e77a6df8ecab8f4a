//! What adding or removing margin would do, and the most that can be moved.

use super::{Context, LegState};
use crate::arithmetic::{OutOfRange, Rounding, SCALE, add, mul_div, sub};
use crate::isolated::{Leg, LiquidationPrice};
use crate::margin::initial_margin;
use crate::position::Position;
use crate::refusal::{BindingRule, Refusal};
use crate::rule_set::{AutoAddMargin, LiquidationTrigger, MarginRemoval};
use crate::units::{Amount, Leverage};

/// Which way margin moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarginMove {
    /// From the available balance into the position.
    Add(Amount),
    /// From the position back.
    Remove(Amount),
}

/// The most that can be removed and the rule that sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Removable {
    /// The most.
    pub amount: Amount,
    /// The rule that sets it.
    pub rule: BindingRule,
}

/// What moving margin does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarginPlan {
    /// Money from the available balance into the position (negative: back).
    pub to_position: Amount,
    /// The most that could be added.
    pub max_addable: Amount,
    /// The most that could be removed, before the move.
    pub max_removable: Removable,
    /// The position afterwards.
    pub position: Position,
    /// Liquidation price before.
    pub liquidation_before: Option<LiquidationPrice>,
    /// Liquidation price after.
    pub liquidation_after: Option<LiquidationPrice>,
}

impl MarginPlan {
    /// The leg after the move.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest amount.
    pub fn apply(&self, leg: &LegState) -> Result<LegState, OutOfRange> {
        Ok(LegState { position: Some(self.position), available: leg.available.minus(self.to_position)?, ..*leg })
    }
}

/// Plans a move of margin.
///
/// # Errors
/// [`Refusal`]: no position, amount not positive, more than available, more than removable, position in liquidation (when removing).
pub fn plan_margin(context: &Context<'_>, wanted: MarginMove) -> Result<MarginPlan, Refusal> {
    let position = context.leg.position.ok_or(Refusal::NoPosition)?;
    let max_removable = removable(context)?;
    let max_addable = context.leg.available.or_zero();
    let to_position = match wanted {
        MarginMove::Add(amount) | MarginMove::Remove(amount) if amount <= Amount::ZERO => {
            return Err(Refusal::AmountNotPositive { amount });
        }
        MarginMove::Add(amount) if amount > max_addable => {
            return Err(Refusal::InsufficientBalance { needed: amount, available: max_addable });
        }
        MarginMove::Add(amount) => amount,
        MarginMove::Remove(_) if context.is_liquidatable(&position)? => {
            return Err(Refusal::InLiquidation { mark: context.mark });
        }
        MarginMove::Remove(amount) if amount > max_removable.amount => {
            let Removable { amount: greatest, rule } = max_removable;
            return Err(Refusal::AboveRemovable { amount, greatest, rule });
        }
        MarginMove::Remove(amount) => amount.negated()?,
    };
    let after = Position { added_margin: position.added_margin.plus(to_position)?, ..position };
    Ok(MarginPlan {
        to_position,
        max_addable,
        max_removable,
        position: after,
        liquidation_before: context.liquidation(Some(&position))?,
        liquidation_after: context.liquidation(Some(&after))?,
    })
}

/// The most margin that may leave the position now, and the rule that sets it.
///
/// # Errors
/// [`Refusal::NoPosition`], or a number out of range.
pub fn removable(context: &Context<'_>) -> Result<Removable, Refusal> {
    let position = context.leg.position.ok_or(Refusal::NoPosition)?;
    Ok(removable_of(context, &position, context.leg.leverage)?)
}

/// As [`removable`], at another leverage.
pub(super) fn removable_of(context: &Context<'_>, position: &Position, leverage: Leverage) -> Result<Removable, OutOfRange> {
    let rules = context.terms.rules;
    let leg = Leg::isolated(context.terms, position)?;
    let margin = leg.collateral.raw();
    let pnl = position.unrealised_pnl(context.terms.contract, context.mark)?.raw();
    let value = context.value_after(Some(*position))?;
    let maintenance = leg.maintenance_margin(context.mark)?.raw();
    let initial = initial_margin(value, leverage)?.raw();
    let floor = mul_div(value.raw(), rules.removal_floor.wide(), SCALE, Rounding::Ceiling)?;
    let (kept, keeping) = if floor > initial { (floor, BindingRule::ValueFloor) } else { (initial, BindingRule::InitialMargin) };
    let with_profit = add(margin, pnl)?;
    let with_loss = add(margin, pnl.min(0))?;
    let one_if_equality_liquidates = match rules.trigger {
        LiquidationTrigger::Below => 0,
        LiquidationTrigger::AtOrBelow => 1,
    };
    let never_liquidates = sub(sub(with_profit, maintenance)?, one_if_equality_liquidates)?;
    let by_rule: [(i128, BindingRule); 2] = match rules.margin_removal {
        MarginRemoval::KeepInitialWithoutProfit => [(sub(with_loss, kept)?, keeping), (margin, BindingRule::WholeMargin)],
        MarginRemoval::KeepMaintenanceAndInitial => {
            [(sub(margin, maintenance)?, BindingRule::MaintenanceMargin), (sub(with_profit, kept)?, keeping)]
        }
        MarginRemoval::AddedOnly => {
            [(add(position.added_margin.raw(), pnl.min(0))?, BindingRule::AddedMargin), (margin, BindingRule::WholeMargin)]
        }
        MarginRemoval::KeepInitialWithProfit => [(sub(with_profit, kept)?, keeping), (margin, BindingRule::WholeMargin)],
    };
    let [first, second] = by_rule;
    let safety = (never_liquidates, BindingRule::MaintenanceMargin);
    let (amount, rule) = [second, safety].into_iter().fold(first, |least, next| if next.0 < least.0 { next } else { least });
    Ok(Removable { amount: Amount::from_wide(amount.max(0))?, rule })
}

/// What a position that may add margin by itself draws when it has reached its liquidation line; `None` when it draws nothing, or when what
/// there is would not save it.
///
/// # Errors
/// [`Refusal`]: no position, or the rule set does not offer it.
pub fn plan_auto_add(context: &Context<'_>) -> Result<Option<MarginPlan>, Refusal> {
    let position = context.leg.position.ok_or(Refusal::NoPosition)?;
    let balance = Leg::isolated(context.terms, &position)?.margin_balance(context.mark)?;
    let wanted = match context.terms.rules.auto_add_margin {
        AutoAddMargin::None => return Err(Refusal::NotOffered { what: "adding margin automatically" }),
        AutoAddMargin::InitialMargin => initial_margin(position.entry_value, context.leg.leverage)?,
        AutoAddMargin::Shortfall => initial_margin(context.position_value()?, context.leg.leverage)?.minus(balance)?,
    };
    let drawn = wanted.min(context.leg.available);
    if drawn <= Amount::ZERO || !context.is_liquidatable(&position)? {
        return Ok(None);
    }
    let plan = plan_margin(context, MarginMove::Add(drawn))?;
    // Money that does not save the position stays outside its box.
    Ok(if context.is_liquidatable(&plan.position)? { None } else { Some(plan) })
}
