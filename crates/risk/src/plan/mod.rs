//! Plans: pure functions from a state to what a command would do to it.
//!
//! A preview shows a plan, a command applies the same plan: there is one code path. A plan names the money that moves, the position and the
//! liquidation price before and after, and, when something limits it, the rule that does.

mod fill;
mod funding;
mod leverage;
mod margin;
mod mode;
mod order;

pub use fill::{Fill, FillPlan, Liquidity, plan_fill};
pub use funding::{FundingMeans, FundingPlan, plan_funding};
pub use leverage::{LeveragePlan, LeverageRefused, nearest_leverage, plan_leverage, try_cross_leverage, try_leverage};
pub use margin::{MarginMove, MarginPlan, Removable, plan_auto_add, plan_margin, removable};
pub use mode::{MarginMode, MarginModePlan, PositionMode, PositionModePlan, plan_margin_mode, plan_position_mode};
pub use order::{OrderIntent, OrderPlan, OrderRequest, check_leverage, plan_max_open, plan_order};

use crate::arithmetic::{OutOfRange, Rounding};
use crate::isolated::{Leg, LiquidationPrice};
use crate::maintenance::Terms;
use crate::margin::OpenOrders;
use crate::position::Position;
use crate::units::{Amount, Leverage, MarkPrice, Notional, Quantity, Side};

/// One isolated leg of an account, with what it may draw on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LegState {
    /// The position, if any.
    pub position: Option<Position>,
    /// Leverage set for it.
    pub leverage: Leverage,
    /// Balance that is free: not margin, not held for orders.
    pub available: Amount,
    /// Open orders of the contract.
    pub orders: OpenOrders,
    /// What is held for them.
    pub order_margin: Amount,
}

/// What plans are made in: the terms, the leg and the mark.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// What the position is judged by.
    pub terms: Terms<'a>,
    /// The leg.
    pub leg: LegState,
    /// The mark.
    pub mark: MarkPrice,
}

impl LegState {
    /// No position and no orders, with this leverage and balance.
    #[must_use]
    pub const fn flat(leverage: Leverage, available: Amount) -> Self {
        Self { position: None, leverage, available, orders: OpenOrders::NONE, order_margin: Amount::ZERO }
    }

    /// Side and size of the position.
    #[must_use]
    pub fn held(&self) -> Option<(Side, Quantity)> {
        self.position.map(|position| (position.side, position.quantity))
    }

    /// Everything the leg is worth without its unrealised profit: available balance, order margin and position margin.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest amount.
    pub fn money(&self) -> Result<Amount, OutOfRange> {
        let margin = self.position.map_or(Ok(Amount::ZERO), |position| position.margin())?;
        self.available.plus(self.order_margin)?.plus(margin)
    }
}

impl Context<'_> {
    /// Value of the position at the mark, rounded up; zero when flat.
    fn position_value(&self) -> Result<Notional, OutOfRange> {
        let Some(position) = self.leg.position else { return Ok(Notional::ZERO) };
        let contract = self.terms.contract;
        let value = contract.mark_value(contract.exposure(position.quantity)?, self.mark)?;
        Notional::from_wide(value.rounded(Rounding::Ceiling)?)
    }

    /// Liquidation price of a position under these terms.
    fn liquidation(&self, position: Option<&Position>) -> Result<Option<LiquidationPrice>, OutOfRange> {
        position.map_or(Ok(None), |position| Leg::isolated(self.terms, position)?.liquidation_price(self.mark))
    }

    /// Whether a position is liquidatable at the mark.
    fn is_liquidatable(&self, position: &Position) -> Result<bool, OutOfRange> {
        Leg::isolated(self.terms, position)?.is_liquidatable(self.mark)
    }
}
