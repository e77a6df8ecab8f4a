//! What an order would do if it filled at its price.

use super::{Context, LegState};
use crate::arithmetic::{OutOfRange, Rounding, add, div, mul, sub};
use crate::bracket::BracketTable;
use crate::fee::fee;
use crate::filters::{OrderFilters, OrderSide};
use crate::isolated::LiquidationPrice;
use crate::margin::{OpeningOrder, OrderMargin, order_margin};
use crate::position::{FillParts, Position, Reduction, fill_value, increase, open, reduce, split};
use crate::refusal::{BindingRule, Refusal};
use crate::units::{Amount, Leverage, Notional, Price, Quantity, Side};

/// Whether an order may open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OrderIntent {
    /// It may open, increase, reduce or turn the position.
    Any,
    /// It may only reduce.
    ReduceOnly,
}

/// An order to be planned. In hedge mode the context holds the leg it is for, and an order against that leg may only reduce it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderRequest {
    /// Buy or sell.
    pub side: OrderSide,
    /// How much.
    pub quantity: Quantity,
    /// Limit price, or the price assumed for a market order.
    pub price: Price,
    /// Whether it may open.
    pub intent: OrderIntent,
}

/// What an order does if it fills at its price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderPlan {
    /// Quantity that closes and quantity that opens.
    pub parts: FillParts,
    /// Profit and margin released by the closing part.
    pub reduction: Option<Reduction>,
    /// What the opening part must find available, part by part.
    pub cost: OrderMargin,
    /// What must be available, released margin and profit included: the cost, or what is spent if that is more.
    pub needed: Amount,
    /// Margin that enters the position.
    pub posted: Amount,
    /// Trading fee on the whole fill at the taker rate; of a closing order no more than it releases and is available.
    pub fee: Amount,
    /// Change of the available balance: released margin and profit, less margin posted and fee.
    pub available_change: Amount,
    /// The position afterwards.
    pub position: Option<Position>,
    /// Liquidation price before.
    pub liquidation_before: Option<LiquidationPrice>,
    /// Liquidation price afterwards.
    pub liquidation_after: Option<LiquidationPrice>,
    /// Greatest leverage at the size afterwards.
    pub max_leverage: Option<Leverage>,
}

impl OrderPlan {
    /// The leg after the order has filled.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest amount.
    pub fn apply(&self, leg: &LegState) -> Result<LegState, OutOfRange> {
        Ok(LegState { position: self.position, available: leg.available.plus(self.available_change)?, ..*leg })
    }
}

/// An order that only closes may be worth as little as it likes: what is left of a position can always be closed.
fn filters_for(filters: &OrderFilters, parts: FillParts) -> OrderFilters {
    let min_notional = if parts.opening == Quantity::ZERO { Notional::ZERO } else { filters.min_notional };
    OrderFilters { min_notional, ..*filters }
}

impl Context<'_> {
    /// Value at the mark of the position the leg would have.
    pub(super) fn value_after(&self, position: Option<Position>) -> Result<Notional, OutOfRange> {
        Context { leg: LegState { position, ..self.leg }, ..*self }.position_value()
    }
}

struct Filled {
    reduction: Option<Reduction>,
    /// What is left of the position after closing, before opening.
    kept: Option<Position>,
    position: Option<Position>,
    closing_value: Notional,
    opening_value: Notional,
    posted: Amount,
    fee: Amount,
}

/// Plans an order as if it filled at its price.
///
/// # Errors
/// The first [`Refusal`] that applies: filters, reduce-only, bracket, bankruptcy of the closing part, balance, immediate liquidation.
pub fn plan_order(context: &Context<'_>, filters: &OrderFilters, order: &OrderRequest) -> Result<OrderPlan, Refusal> {
    let Context { terms, leg, mark } = context;
    let parts = split(leg.position.as_ref(), order.side, order.quantity)?;
    filters_for(filters, parts).check(terms.contract, order.side, order.quantity, (order.price, *mark))?;
    if order.intent == OrderIntent::ReduceOnly && parts.opening > Quantity::ZERO {
        return Err(Refusal::WouldOpen { excess: parts.opening });
    }
    let filled = fill(context, order, parts)?;
    if parts.opening > Quantity::ZERO {
        check_bracket(context, order.side.opens(), &filled)?;
    }
    let opening = OpeningOrder { side: order.side.opens(), quantity: parts.opening, price: order.price, leverage: leg.leverage };
    let cost = order_margin(terms.contract, &opening, *mark, terms.fees.taker, terms.rules.order_cost)?;
    let released = filled.reduction.map_or(Ok(Amount::ZERO), |reduction| reduction.to_wallet())?;
    if released < Amount::ZERO {
        return Err(Refusal::BeyondBankruptcy { missing: released.negated()? });
    }
    let funds = leg.available.plus(released)?;
    // A fee never keeps a position from being closed: it takes what there is.
    let charged = if parts.opening == Quantity::ZERO { filled.fee.min(funds.or_zero()) } else { filled.fee };
    let spent = filled.posted.plus(charged)?;
    let needed = if parts.opening == Quantity::ZERO {
        spent
    } else {
        let closing_fee = fee(filled.closing_value, terms.fees.taker)?;
        cost.needed(spent.minus(closing_fee)?)?.plus(closing_fee)?
    };
    if needed > funds {
        return Err(Refusal::InsufficientBalance { needed, available: funds });
    }
    if let Some(position) = &filled.position
        && parts.opening > Quantity::ZERO
        && context.is_liquidatable(position)?
    {
        return Err(Refusal::WouldLiquidate { mark: *mark });
    }
    Ok(OrderPlan {
        parts,
        reduction: filled.reduction,
        cost,
        needed,
        posted: filled.posted,
        fee: charged,
        available_change: released.minus(spent)?,
        position: filled.position,
        liquidation_before: context.liquidation(leg.position.as_ref())?,
        liquidation_after: context.liquidation(filled.position.as_ref())?,
        max_leverage: context.value_after(filled.position).ok().and_then(|value| terms.brackets.max_leverage(value)),
    })
}

/// Closes, then opens: the two parts of the fill share its value, so that nothing is lost between them.
fn fill(context: &Context<'_>, order: &OrderRequest, parts: FillParts) -> Result<Filled, OutOfRange> {
    let Context { terms, leg, .. } = context;
    let whole = fill_value(terms.contract, order.quantity, order.price)?;
    let closing_value = fill_value(terms.contract, parts.closing, order.price)?;
    let opening_value = whole.minus(closing_value)?;
    let reduction = match leg.position {
        Some(position) if parts.closing > Quantity::ZERO => {
            Some(reduce(terms.contract, &position, parts.closing, closing_value)?)
        }
        Some(_) | None => None,
    };
    let kept = reduction.map_or(leg.position, |reduction| reduction.remaining);
    let position = match kept {
        kept if parts.opening == Quantity::ZERO => kept,
        Some(position) => Some(increase(&position, parts.opening, opening_value, leg.leverage)?),
        None => Some(open(order.side.opens(), parts.opening, opening_value, leg.leverage)?),
    };
    let margin = |position: Option<Position>| position.map_or(Ok(Amount::ZERO), |position| position.margin());
    let posted = if parts.opening > Quantity::ZERO { margin(position)?.minus(margin(kept)?)? } else { Amount::ZERO };
    Ok(Filled { reduction, kept, position, closing_value, opening_value, posted, fee: fee(whole, terms.fees.taker)? })
}

/// Position at the mark, orders of this side and the order itself must fit the bracket at this leverage: as a leverage change counts them.
fn check_bracket(context: &Context<'_>, side: Side, filled: &Filled) -> Result<(), Refusal> {
    let held = context.value_after(filled.kept)?;
    // What this order closes, other orders can no longer close: they are counted against what it leaves.
    let left = filled.kept.map(|position| (position.side, position.quantity));
    let value = held.plus(filled.opening_value)?.plus(context.leg.orders.opening(side, left)?)?;
    check_leverage(context.terms.brackets, context.leg.leverage, value)
}

/// Whether a position (with its orders) worth `value` may have this leverage.
///
/// # Errors
/// [`Refusal::LeverageAboveContract`] or [`Refusal::LeverageAboveBracket`].
#[inline]
pub fn check_leverage(brackets: &BracketTable, leverage: Leverage, value: Notional) -> Result<(), Refusal> {
    match brackets.max_value(leverage) {
        None => {
            let greatest = brackets.max_leverage(Notional::ZERO).unwrap_or(Leverage::ONE);
            Err(Refusal::LeverageAboveContract { leverage, greatest })
        }
        Some(greatest) if value > greatest => Err(Refusal::LeverageAboveBracket { leverage, value, greatest }),
        Some(_) => Ok(()),
    }
}

/// The most that can be opened (or added) at this price, and the rule that binds; zero when even that is below the smallest order.
///
/// Found with [`plan_order`] itself, by halving over whole lots: what it answers is accepted and one lot more is not.
///
/// # Errors
/// [`Refusal`] of an order at this price whatever its size: off the tick, outside the price band, out of range.
pub fn plan_max_open(
    context: &Context<'_>,
    filters: &OrderFilters,
    side: OrderSide,
    price: Price,
) -> Result<(Quantity, BindingRule), Refusal> {
    let lot = context.terms.contract.spec().lot.wide();
    let request = |lots: i128| -> Result<OrderRequest, OutOfRange> {
        Ok(OrderRequest { side, quantity: Quantity::from_wide(mul(lots, lot)?)?, price, intent: OrderIntent::Any })
    };
    let unbounded = OrderFilters { min_quantity: Quantity::ZERO, min_notional: Notional::ZERO, ..*filters };
    unbounded.check(context.terms.contract, side, context.terms.contract.spec().lot, (price, context.mark))?;
    let mut fits = 0_i128;
    let mut fails = add(div(filters.max_quantity.wide(), lot, Rounding::Floor)?, 1)?;
    let mut reason = None;
    while sub(fails, fits)? > 1 {
        let middle = div(add(fits, fails)?, 2, Rounding::Floor)?;
        match plan_order(context, &unbounded, &request(middle)?) {
            Ok(_) => fits = middle,
            Err(refusal) => {
                fails = middle;
                reason = Some(refusal);
            }
        }
    }
    let rule = match reason {
        Some(Refusal::LeverageAboveBracket { .. } | Refusal::LeverageAboveContract { .. }) => BindingRule::BracketCap,
        Some(Refusal::WouldLiquidate { .. }) => BindingRule::MaintenanceMargin,
        None => BindingRule::MaxQuantity,
        Some(_) => BindingRule::AvailableBalance,
    };
    let most = request(fits)?;
    let accepted = fits > 0 && plan_order(context, filters, &most).is_ok();
    Ok((if accepted { most.quantity } else { Quantity::ZERO }, rule))
}
