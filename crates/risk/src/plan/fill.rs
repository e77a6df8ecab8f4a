//! What one fill does to the position it meets: the same for makers, takers, liquidations and deleveraging.

use super::mode::MarginMode;
use crate::arithmetic::OutOfRange;
use crate::contract::Contract;
use crate::fee::{FeeSchedule, fee};
use crate::filters::OrderSide;
use crate::position::{FillParts, Position, increase, open, reduce};
use crate::units::{Amount, Leverage, Notional, Quantity, Rate};

/// Which fee a fill pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Liquidity {
    /// A resting order.
    Maker,
    /// An order that takes.
    Taker,
    /// A transfer at a price that nobody chose: takeover, auto-deleveraging. No fee.
    Transfer,
}

impl Liquidity {
    /// The fee rate.
    #[must_use]
    pub const fn rate(self, fees: &FeeSchedule) -> Rate {
        match self {
            Self::Maker => fees.maker,
            Self::Taker => fees.taker,
            Self::Transfer => Rate::ZERO,
        }
    }
}

/// A fill as one of its two parties sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fill {
    /// Buys or sells.
    pub side: OrderSide,
    /// What of it closes the position on the other side, and what opens on its own.
    pub parts: FillParts,
    /// The value of the closing part.
    pub closing_value: Notional,
    /// The value of the opening part; the same sum of both enters the other party's books.
    pub opening_value: Notional,
    /// Leverage of the position it opens.
    pub leverage: Leverage,
    /// Whose money stands behind the position.
    pub margin_mode: MarginMode,
    /// Which fee it pays.
    pub liquidity: Liquidity,
}

/// What a fill does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FillPlan {
    /// The position on the other side after the closing part.
    pub closed: Option<Position>,
    /// The position on the fill's own side after the opening part.
    pub opened: Option<Position>,
    /// Profit (negative: loss) of the closing part.
    pub realised: Amount,
    /// Margin that leaves the closed position, before profit or loss.
    pub released: Amount,
    /// Margin that enters the opened position.
    pub posted: Amount,
    /// Trading fee (negative: rebate), rounded up.
    pub fee: Amount,
}

impl FillPlan {
    /// What closing brings to the wallet: released margin plus profit or loss. Below zero only beyond the bankruptcy price.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest amount.
    pub fn proceeds(&self) -> Result<Amount, OutOfRange> {
        self.released.plus(self.realised)
    }

    /// Change of the wallet: proceeds, less margin posted and fee.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest amount.
    pub fn to_wallet(&self) -> Result<Amount, OutOfRange> {
        self.proceeds()?.minus(self.posted)?.minus(self.fee)
    }
}

/// Plans a fill: `against` is the position it closes of, `along` the one it adds to. No money is looked at: who plans decides what must be there.
///
/// Margins of a cross position are zero: its money stays in the pool.
///
/// # Errors
/// [`OutOfRange`] when more is closed than is open, or beyond the greatest quantity, notional or amount.
#[inline]
pub fn plan_fill(
    contract: &Contract,
    fees: &FeeSchedule,
    fill: &Fill,
    against: Option<Position>,
    along: Option<Position>,
) -> Result<FillPlan, OutOfRange> {
    let FillParts { closing, opening } = fill.parts;
    let mut plan = FillPlan {
        closed: against,
        opened: along,
        realised: Amount::ZERO,
        released: Amount::ZERO,
        posted: Amount::ZERO,
        fee: Amount::ZERO,
    };
    if closing > Quantity::ZERO {
        let position = against.ok_or(OutOfRange { what: "a position to close" })?;
        let reduction = reduce(contract, &position, closing, fill.closing_value)?;
        plan.closed = reduction.remaining;
        plan.realised = reduction.realised;
        plan.released = reduction.released_margin;
    }
    if opening > Quantity::ZERO {
        let opened = add_to(fill, opening, along)?;
        let before = along.map_or(Ok(Amount::ZERO), |position| position.margin())?;
        plan.posted = opened.margin()?.minus(before)?;
        plan.opened = Some(opened);
    }
    let rate = fill.liquidity.rate(fees);
    if rate != Rate::ZERO {
        plan.fee = fee(fill.closing_value.plus(fill.opening_value)?, rate)?;
    }
    Ok(plan)
}

fn add_to(fill: &Fill, opening: Quantity, along: Option<Position>) -> Result<Position, OutOfRange> {
    let opened = match along {
        Some(position) => increase(&position, opening, fill.opening_value, fill.leverage)?,
        None => open(fill.side.opens(), opening, fill.opening_value, fill.leverage)?,
    };
    Ok(match fill.margin_mode {
        MarginMode::Isolated => opened,
        MarginMode::Cross => Position { opening_margin: Amount::ZERO, added_margin: Amount::ZERO, ..opened },
    })
}
