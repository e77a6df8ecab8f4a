//! Initial margin, what open orders hold, and what an order costs.

use crate::arithmetic::{OutOfRange, Rounding, SCALE, add, common_divisor, div, mul, mul_div, sub};
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
        None => initial_margin_in_general(value, leverage),
    }
}

/// [`initial_margin`] whatever the size and the leverage.
#[inline(never)]
fn initial_margin_in_general(value: Notional, leverage: Leverage) -> Result<Amount, OutOfRange> {
    Amount::from_wide(mul_div(value.raw(), SCALE, leverage.wide(), Rounding::Ceiling)?)
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
    let (numerator, denominator) = (mul(SCALE, SCALE)?, mul(2, greatest.wide())?);
    let common = common_divisor(numerator, denominator)?;
    let lowest = |number: i128| div(number, common, Rounding::Floor);
    Ratio::new(lowest(numerator)?, lowest(denominator)?)
}

/// Open orders of one side, summed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderSum {
    /// How much they would buy or sell.
    pub quantity: Quantity,
    /// Their values at their own prices.
    pub value: Notional,
}

impl OrderSum {
    /// No orders.
    pub const NONE: Self = Self { quantity: Quantity::ZERO, value: Notional::ZERO };

    /// The value of the part that opens, when this much of the other side is closed first: pro rata, rounded up.
    ///
    /// # Errors
    /// None in practice: the part is no greater than the whole.
    pub fn beyond(&self, closed_first: Quantity) -> Result<Notional, OutOfRange> {
        if self.quantity <= closed_first {
            return Ok(Notional::ZERO);
        }
        let opening = sub(self.quantity.wide(), closed_first.wide())?;
        Notional::from_wide(mul_div(self.value.raw(), opening, self.quantity.wide(), Rounding::Ceiling)?)
    }
}

/// Open orders of one contract, by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenOrders {
    /// The buys.
    pub buys: OrderSum,
    /// The sells.
    pub sells: OrderSum,
}

impl OpenOrders {
    /// No orders.
    pub const NONE: Self = Self { buys: OrderSum::NONE, sells: OrderSum::NONE };

    /// The value of the orders that would open or increase a position of `side`: what of them only closes `held` does not count.
    ///
    /// # Errors
    /// None in practice.
    pub fn opening(&self, side: Side, held: Option<(Side, Quantity)>) -> Result<Notional, OutOfRange> {
        let closed_first = match held {
            Some((held, quantity)) if held != side => quantity,
            Some(_) | None => Quantity::ZERO,
        };
        match side {
            Side::Long => self.buys.beyond(closed_first),
            Side::Short => self.sells.beyond(closed_first),
        }
    }

    /// Sum of the values of both sides.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest notional.
    pub fn value(&self) -> Result<Notional, OutOfRange> {
        self.buys.value.plus(self.sells.value)
    }
}

/// The value of orders that needs margin in one-way mode: the worse side, net of what only closes the position.
///
/// # Errors
/// None in practice.
pub fn worst_side(orders: OpenOrders, held: Option<(Side, Quantity)>) -> Result<Notional, OutOfRange> {
    Ok(orders.opening(Side::Long, held)?.max(orders.opening(Side::Short, held)?))
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

impl OrderMargin {
    /// What must be available for the order to be placed and filled: its cost, or what a fill spends (margin and fee) if that is more.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest amount.
    pub fn needed(&self, spent: Amount) -> Result<Amount, OutOfRange> {
        Ok(self.total()?.max(spent))
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

/// What an opening order must find available to be placed and filled at its price: its cost, or margin and fee if they are more.
///
/// # Errors
/// [`OutOfRange`] beyond the greatest amount.
pub fn needed_to_open(
    contract: &Contract,
    order: &OpeningOrder,
    mark: MarkPrice,
    taker: Rate,
    rule: OrderCost,
) -> Result<Amount, OutOfRange> {
    let cost = order_margin(contract, order, mark, taker, rule)?;
    let value = contract.value(order.quantity, order.price, Rounding::HalfEven)?;
    cost.needed(cost.initial_margin.plus(fee(value, taker)?)?)
}
