//! A position by its cost basis: what was paid for it, not an average price.
//!
//! A fill is split into the part that closes and the part that opens; [`open`], [`increase`] and [`reduce`] are then short and total. Flat is
//! the absence of a [`Position`], never a zero.

use crate::arithmetic::{OutOfRange, Rounding, SCALE, add, mul, mul_div, sub};
use crate::contract::Contract;
use crate::filters::OrderSide;
use crate::margin::initial_margin;
use crate::ratio::Ratio;
use crate::units::{Amount, Leverage, MarkPrice, Notional, Price, Quantity, Rate, Side};

/// One open position, or one leg of a hedged one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Long or short.
    pub side: Side,
    /// How much; greater than zero.
    pub quantity: Quantity,
    /// Sum of the values at which it was opened, in the settlement asset.
    pub entry_value: Notional,
    /// Margin posted when it was opened or increased, changed only by closing and by a leverage change.
    pub opening_margin: Amount,
    /// Margin added by hand, less what was removed and less funding paid from the position; may be negative.
    pub added_margin: Amount,
}

/// What a fill does to a position: the quantity that closes and the quantity that opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FillParts {
    /// Closes the present position.
    pub closing: Quantity,
    /// Opens or increases one on the order's side.
    pub opening: Quantity,
}

/// The outcome of closing all or part of a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reduction {
    /// What stays open.
    pub remaining: Option<Position>,
    /// Profit (negative: loss) of the closed part.
    pub realised: Amount,
    /// The closed part's share of the margin, before the realised profit or loss.
    pub released_margin: Amount,
}

impl Reduction {
    /// What goes to the wallet: released margin plus realised profit or loss.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest amount.
    pub fn to_wallet(&self) -> Result<Amount, OutOfRange> {
        self.released_margin.plus(self.realised)
    }
}

impl OrderSide {
    /// The position a fill on this side opens.
    #[inline]
    #[must_use]
    pub const fn opens(self) -> Side {
        match self {
            Self::Buy => Side::Long,
            Self::Sell => Side::Short,
        }
    }
}

/// The value a fill enters the books with: rounded once to the nearest unit (halves to even), the same integer for both parties.
///
/// # Errors
/// [`OutOfRange`] beyond the greatest notional.
#[inline]
pub fn fill_value(contract: &Contract, quantity: Quantity, price: Price) -> Result<Notional, OutOfRange> {
    contract.value(quantity, price, Rounding::HalfEven)
}

/// Splits a fill against the present position.
///
/// # Errors
/// None in practice: the parts never exceed the whole.
pub fn split(position: Option<&Position>, side: OrderSide, quantity: Quantity) -> Result<FillParts, OutOfRange> {
    let closing = match position {
        Some(position) if position.side != side.opens() => position.quantity.min(quantity),
        Some(_) | None => Quantity::ZERO,
    };
    Ok(FillParts { closing, opening: quantity.minus(closing)? })
}

/// Opens a position of this value, posting the initial margin at this leverage.
///
/// # Errors
/// [`OutOfRange`] beyond the greatest amount.
pub fn open(side: Side, quantity: Quantity, value: Notional, leverage: Leverage) -> Result<Position, OutOfRange> {
    let opening_margin = initial_margin(value, leverage)?;
    Ok(Position { side, quantity, entry_value: value, opening_margin, added_margin: Amount::ZERO })
}

/// Adds to a position; the margin posted grows by what the requirement of the whole grows, so that many fills post what one would.
///
/// # Errors
/// [`OutOfRange`] beyond the greatest quantity, notional or amount.
pub fn increase(position: &Position, quantity: Quantity, value: Notional, leverage: Leverage) -> Result<Position, OutOfRange> {
    let entry_value = position.entry_value.plus(value)?;
    let growth = initial_margin(entry_value, leverage)?.minus(initial_margin(position.entry_value, leverage)?)?;
    Ok(Position {
        quantity: position.quantity.plus(quantity)?,
        entry_value,
        opening_margin: position.opening_margin.plus(growth)?,
        ..*position
    })
}

/// Closes `quantity` of a position at a fill of `value`.
///
/// The cost of the closed part is `entry value × quantity ÷ position`, rounded against the trader on either side; what is closed in parts
/// costs in total what closing at once would. Its share of the margin is rounded down.
///
/// # Errors
/// [`OutOfRange`] when more is closed than is open.
pub fn reduce(contract: &Contract, position: &Position, quantity: Quantity, value: Notional) -> Result<Reduction, OutOfRange> {
    let remaining = position.quantity.minus(quantity)?;
    let sign = contract.value_sign(position.side);
    let share = |whole: i128, rounding| mul_div(whole, quantity.wide(), position.quantity.wide(), rounding);
    let rounding = if sign > 0 { Rounding::Ceiling } else { Rounding::Floor };
    let closed_cost = share(position.entry_value.raw(), rounding)?;
    let realised = Amount::from_wide(mul(sign, sub(value.raw(), closed_cost)?)?)?;
    let released_opening = share(position.opening_margin.raw(), Rounding::Floor)?;
    let released_added = share(position.added_margin.raw(), Rounding::Floor)?;
    let rest = Position {
        side: position.side,
        quantity: remaining,
        entry_value: Notional::from_wide(sub(position.entry_value.raw(), closed_cost)?)?,
        opening_margin: Amount::from_wide(sub(position.opening_margin.raw(), released_opening)?)?,
        added_margin: Amount::from_wide(sub(position.added_margin.raw(), released_added)?)?,
    };
    Ok(Reduction {
        remaining: (remaining > Quantity::ZERO).then_some(rest),
        realised,
        released_margin: Amount::from_wide(add(released_opening, released_added)?)?,
    })
}

impl Position {
    /// All the money in the box: opening margin plus what was added.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest amount.
    #[inline]
    pub fn margin(&self) -> Result<Amount, OutOfRange> {
        self.opening_margin.plus(self.added_margin)
    }

    /// Unrealised profit or loss at the mark, before rounding.
    ///
    /// Linear `s Q (M − E)`, inverse `s V (1/E − 1/M)`: in values, `± (value at the mark − value at entry)`.
    ///
    /// # Errors
    /// [`OutOfRange`] when a product does not fit.
    pub fn exact_unrealised_pnl(&self, contract: &Contract, mark: MarkPrice) -> Result<Ratio, OutOfRange> {
        let value = contract.mark_value(contract.exposure(self.quantity)?, mark)?;
        let gain = sub(value.numerator(), mul(self.entry_value.raw(), value.denominator())?)?;
        Ratio::new(mul(contract.value_sign(self.side), gain)?, value.denominator())
    }

    /// Unrealised profit or loss at the mark, rounded down.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest amount.
    pub fn unrealised_pnl(&self, contract: &Contract, mark: MarkPrice) -> Result<Amount, OutOfRange> {
        Amount::from_wide(self.exact_unrealised_pnl(contract, mark)?.rounded(Rounding::Floor)?)
    }

    /// Average entry price, to the nearest 10⁻⁸: for display only.
    ///
    /// # Errors
    /// None in practice: an open position has a value.
    pub fn average_entry_price(&self, contract: &Contract) -> Result<Price, OutOfRange> {
        contract.average_price(self.quantity, self.entry_value)
    }

    /// Average entry price before rounding.
    ///
    /// # Errors
    /// [`OutOfRange`] when a product does not fit.
    pub fn exact_entry_price(&self, contract: &Contract) -> Result<Ratio, OutOfRange> {
        let exposure = contract.exposure(self.quantity)?;
        contract.price_of_value(exposure, Ratio::whole(self.entry_value.raw()))?.ok_or(OutOfRange { what: "entry price" })
    }

    /// The price at which closing, with a fee at `closing_rate`, gives back exactly what was spent: `costs` are fees and funding already paid.
    ///
    /// In values: `v = (d E + costs) ÷ (d − rate)` with d = ±1. `None` when no price above zero does.
    ///
    /// # Errors
    /// [`OutOfRange`] when a product does not fit.
    pub fn break_even_price(&self, contract: &Contract, costs: Amount, closing_rate: Rate) -> Result<Option<Ratio>, OutOfRange> {
        let sign = contract.value_sign(self.side);
        let numerator = add(mul(sign, self.entry_value.raw())?, costs.raw())?;
        let denominator = sub(mul(sign, SCALE)?, closing_rate.wide())?;
        let value = Ratio::new(mul(numerator, SCALE)?, denominator)?;
        contract.price_of_value(contract.exposure(self.quantity)?, value)
    }

    /// Return on equity: profit ÷ initial margin at this leverage, before rounding (a rate: 1 is 100 %).
    ///
    /// # Errors
    /// [`OutOfRange`] when a product does not fit.
    pub fn return_on_equity(&self, pnl: Ratio, leverage: Leverage) -> Result<Ratio, OutOfRange> {
        let margin = initial_margin(self.entry_value, leverage)?;
        Ratio::new(mul(pnl.numerator(), SCALE)?, mul(pnl.denominator(), margin.raw())?)
    }
}
