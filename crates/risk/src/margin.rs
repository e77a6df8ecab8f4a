//! Initial margin, what open orders hold, and what an order costs.

use crate::arithmetic::{OutOfRange, Rounding, SCALE, add, mul, mul_div, sub};
use crate::contract::Contract;
use crate::fee::fee;
use crate::narrow;
use crate::ratio::Ratio;
use crate::rule_set::OrderCost;
use crate::units::{Amount, Leverage, MarkPrice, Notional, Price, Quantity, Rate, Side};

/// Initial margin: `value ÷ leverage`, rounded up.
///
/// Linear: quantity × price ÷ leverage. Inverse: contracts × face ÷ (price × leverage), the founding article's opening formula.
///
/// # Errors
/// [`OutOfRange`] beyond the greatest amount.
///
/// ```
/// use ringfence_risk::margin::initial_margin;
/// assert_eq!(initial_margin("1".parse()?, "100".parse()?)?.to_string(), "0.01"); // 1 BTC at 100×
/// assert_eq!(initial_margin("1".parse()?, "3".parse()?)?.to_string(), "0.33333334");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[inline]
pub fn initial_margin(value: Notional, leverage: Leverage) -> Result<Amount, OutOfRange> {
    match narrow::initial_margin(value, leverage) {
        Some(margin) => Ok(margin),
        None => Amount::from_wide(mul_div(value.raw(), SCALE, leverage.wide(), Rounding::Ceiling)?),
    }
}

/// Initial margin of contracts that post whole multiples of `unit`: `value ÷ leverage`, cut to a multiple (an old quanto rule).
///
/// # Errors
/// [`OutOfRange`] beyond the greatest amount or for a unit of zero.
pub fn initial_margin_in_units(value: Notional, leverage: Leverage, unit: Amount) -> Result<Amount, OutOfRange> {
    let whole = mul_div(value.raw(), SCALE, mul(leverage.wide(), unit.raw())?, Rounding::TowardZero)?;
    Amount::from_wide(mul(whole, unit.raw())?)
}

/// The maintenance rate that is half the initial margin rate at the greatest leverage: `1 ÷ (2 × leverage)`, as a fraction (Hyperliquid).
///
/// # Errors
/// None in practice: leverage is at least 1.
///
/// ```
/// use ringfence_risk::{arithmetic::Rounding, margin::half_of_initial_rate};
/// assert_eq!(half_of_initial_rate("50".parse()?)?.to_decimal(3, Rounding::HalfUp)?, "0.010");
/// assert_eq!(half_of_initial_rate("3".parse()?)?.to_decimal(3, Rounding::HalfUp)?, "0.167");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn half_of_initial_rate(greatest: Leverage) -> Result<Ratio, OutOfRange> {
    let (mut left, mut right) = (mul(SCALE, SCALE)?, mul(2, greatest.wide())?);
    let fraction = Ratio::new(left, right)?;
    while right != 0 {
        (left, right) = (right, left.checked_rem(right).ok_or(OutOfRange { what: "a rate" })?);
    }
    let lowest = |number: i128| number.checked_div(left).ok_or(OutOfRange { what: "a rate" });
    Ratio::new(lowest(fraction.numerator())?, lowest(fraction.denominator())?)
}

/// Open orders of one contract, by side, as values at their own prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenOrders {
    /// Sum of the values of the buys.
    pub buys: Notional,
    /// Sum of the values of the sells.
    pub sells: Notional,
}

impl OpenOrders {
    /// No orders.
    pub const NONE: Self = Self { buys: Notional::ZERO, sells: Notional::ZERO };

    /// The orders that open or increase a position of this side.
    #[must_use]
    pub const fn opening(&self, side: Side) -> Notional {
        match side {
            Side::Long => self.buys,
            Side::Short => self.sells,
        }
    }
}

/// The value of orders that needs margin in one-way mode: the worse side, net of what only closes the position.
///
/// `max(0, buys − short position, sells − long position)`.
///
/// # Errors
/// [`OutOfRange`] when a difference does not fit.
pub fn worst_side(orders: OpenOrders, position: Option<(Side, Notional)>) -> Result<Notional, OutOfRange> {
    let held = |side: Side| match position {
        Some((held, value)) if held == side => value.raw(),
        Some(_) | None => 0,
    };
    let buys = sub(orders.buys.raw(), held(Side::Short))?;
    let sells = sub(orders.sells.raw(), held(Side::Long))?;
    Notional::from_wide(buys.max(sells).max(0))
}

/// What an order loses at once if it fills at its price and is marked at the mark: `max(0, ±(order value − mark value))`, rounded up.
///
/// # Errors
/// [`OutOfRange`] beyond the greatest amount.
///
/// ```
/// # use ringfence_risk::contract::{Contract, ContractKind, ContractSpec, ValueRounding};
/// # use ringfence_risk::margin::open_loss;
/// # use ringfence_risk::units::Side;
/// # let contract = Contract::list(ContractSpec {
/// #     kind: ContractKind::Linear, settlement: "USDT".parse()?, tick: "0.01".parse()?, mark_step: "0.01".parse()?,
/// #     lot: "0.001".parse()?, multiplier: "1".parse()?, value_rounding: ValueRounding::PerFill })?;
/// let loss = open_loss(&contract, Side::Short, "1".parse()?, "9253.30".parse()?, "9259.84".parse()?)?;
/// assert_eq!(loss.to_string(), "6.54"); // selling below the mark
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn open_loss(
    contract: &Contract,
    side: Side,
    quantity: Quantity,
    price: Price,
    mark: MarkPrice,
) -> Result<Amount, OutOfRange> {
    let order = contract.value(quantity, price, Rounding::HalfEven)?;
    let value = contract.mark_value(contract.exposure(quantity)?, mark)?;
    let excess = sub(mul(order.raw(), value.denominator())?, value.numerator())?;
    let loss = mul_div(contract.value_sign(side), excess, value.denominator(), Rounding::Ceiling)?;
    Amount::from_wide(loss.max(0))
}

/// The value at which a position of this entry value has lost this margin: `entry value ∓ margin`. Not above zero: it cannot be lost.
///
/// # Errors
/// [`OutOfRange`] when the difference does not fit.
#[inline]
pub fn value_at_bankruptcy(contract: &Contract, side: Side, entry_value: Notional, margin: Amount) -> Result<i128, OutOfRange> {
    sub(entry_value.raw(), mul(contract.value_sign(side), margin.raw())?)
}

/// Fee for closing at the bankruptcy price: `value at bankruptcy × taker rate`, rounded up.
///
/// Linear `V (1 − s/lev) f`, inverse `V (1 + s/lev) f`.
///
/// # Errors
/// [`OutOfRange`] beyond the greatest amount.
pub fn closing_fee_at_bankruptcy(
    contract: &Contract,
    side: Side,
    entry_value: Notional,
    margin: Amount,
    taker: Rate,
) -> Result<Amount, OutOfRange> {
    let value = value_at_bankruptcy(contract, side, entry_value, margin)?.max(0);
    fee(Notional::from_wide(value)?, taker)
}

/// Fee to close that a rule set reserves at entry beside the margin: `(entry value + margin) × taker rate`, rounded up (BitMEX's `posComm`).
///
/// It stands on both sides of the liquidation test and cancels there.
///
/// # Errors
/// [`OutOfRange`] beyond the greatest amount.
///
/// ```
/// use ringfence_risk::margin::reserved_closing_fee;
/// assert_eq!(reserved_closing_fee("1".parse()?, "0.01".parse()?, "0.00075".parse()?)?.to_string(), "0.0007575");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn reserved_closing_fee(entry_value: Notional, margin: Amount, taker: Rate) -> Result<Amount, OutOfRange> {
    fee(Notional::from_wide(add(entry_value.raw(), margin.raw())?)?, taker)
}

/// What an order needs from the available balance, part by part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderMargin {
    /// Value ÷ leverage.
    pub initial_margin: Amount,
    /// Loss against the mark at the moment of the fill.
    pub open_loss: Amount,
    /// Fee for opening.
    pub opening_fee: Amount,
    /// Fee reserved for closing.
    pub closing_fee: Amount,
}

impl OrderMargin {
    /// The sum of the parts.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest amount.
    pub fn total(&self) -> Result<Amount, OutOfRange> {
        let margin = add(self.initial_margin.raw(), self.open_loss.raw())?;
        Amount::from_wide(add(margin, add(self.opening_fee.raw(), self.closing_fee.raw())?)?)
    }
}

/// An order that opens or increases a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpeningOrder {
    /// Side of the position it opens.
    pub side: Side,
    /// How much.
    pub quantity: Quantity,
    /// Its price (for a market order: the price assumed).
    pub price: Price,
    /// Leverage of the position.
    pub leverage: Leverage,
}

/// What an opening order costs under a rule set's [`OrderCost`].
///
/// # Errors
/// [`OutOfRange`] beyond the greatest amount.
pub fn order_margin(
    contract: &Contract,
    order: &OpeningOrder,
    mark: MarkPrice,
    taker: Rate,
    rule: OrderCost,
) -> Result<OrderMargin, OutOfRange> {
    let value = contract.value(order.quantity, order.price, Rounding::HalfEven)?;
    let initial_margin = initial_margin(value, order.leverage)?;
    let loss = || open_loss(contract, order.side, order.quantity, order.price, mark);
    let opening = || fee(value, taker);
    let (open_loss, opening_fee, closing_fee) = match rule {
        OrderCost::OpenLossAndFee => (loss()?, opening()?, Amount::ZERO),
        OrderCost::OpenLoss => (loss()?, Amount::ZERO, Amount::ZERO),
        OrderCost::TwoWayFee => {
            let closing = closing_fee_at_bankruptcy(contract, order.side, value, initial_margin, taker)?;
            (Amount::ZERO, opening()?, closing)
        }
        OrderCost::FeeTwice => (Amount::ZERO, opening()?, opening()?),
    };
    Ok(OrderMargin { initial_margin, open_loss, opening_fee, closing_fee })
}
