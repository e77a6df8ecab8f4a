//! Rules that belong in the core and are not in it yet, written as they would stand there.

use ringfence_risk::arithmetic::{OutOfRange, Rounding, SCALE, add, mul, mul_div, sub};
use ringfence_risk::contract::{Contract, ContractKind};
use ringfence_risk::position::Position;
use ringfence_risk::ratio::Ratio;
use ringfence_risk::units::{Amount, Leverage, Notional, Quantity, Side};

/// `margin`: the initial margin rounded toward zero to whole multiples of `unit` (contracts margined in whole units of their own).
pub(crate) fn initial_margin_toward_zero(value: Notional, leverage: Leverage, unit: Amount) -> Result<Amount, OutOfRange> {
    let whole = mul_div(value.raw(), SCALE, mul(leverage.wide(), unit.raw())?, Rounding::TowardZero)?;
    Amount::from_wide(mul(whole, unit.raw())?)
}

/// `margin`: the maintenance rate that is half the initial margin rate at the greatest leverage, as a fraction (Hyperliquid): `1 ÷ (2 × leverage)`.
pub(crate) fn half_of_initial_rate(greatest: Leverage) -> Result<Ratio, OutOfRange> {
    let (mut left, mut right) = (mul(SCALE, SCALE)?, mul(2, greatest.wide())?);
    let fraction = Ratio::new(left, right)?;
    while right != 0 {
        (left, right) = (right, left.checked_rem(right).ok_or(OutOfRange { what: "a rate" })?);
    }
    let lowest = |number: i128| number.checked_div(left).ok_or(OutOfRange { what: "a rate" });
    Ratio::new(lowest(fraction.numerator())?, lowest(fraction.denominator())?)
}

/// `isolated`: the price at which the balance is this fraction of the position's value, for maintenance rates that are no multiple of 10⁻⁸.
pub(crate) fn price_at_share(
    contract: &Contract,
    position: &Position,
    collateral: Amount,
    share: Ratio,
) -> Result<Option<Ratio>, OutOfRange> {
    let sign = contract.value_sign(position.side);
    let fixed = sub(mul(sign, position.entry_value.raw())?, collateral.raw())?;
    // The share is in units of 10⁻⁸: sign × v − share × v = fixed.
    let whole = mul(share.denominator(), SCALE)?;
    let value = Ratio::new(mul(fixed, whole)?, sub(mul(sign, whole)?, share.numerator())?)?;
    contract.price_of_value(contract.exposure(position.quantity)?, value)
}

/// `contract`: the value of an exposure at an exact price, rounded as named.
pub(crate) fn value_at(contract: &Contract, exposure: i128, price: Ratio, rounding: Rounding) -> Result<Notional, OutOfRange> {
    let value = match contract.kind() {
        ContractKind::Linear | ContractKind::Quanto => {
            mul_div(exposure, price.numerator(), mul(price.denominator(), SCALE)?, rounding)?
        }
        ContractKind::Inverse => mul_div(mul(exposure, SCALE)?, price.denominator(), price.numerator(), rounding)?,
    };
    Notional::from_wide(value)
}

/// `isolated::print_price`: the exact price and one tick towards the mark (OKX's interface for an isolated inverse long).
pub(crate) fn one_tick_earlier(side: Side, price: Ratio, tick: i128) -> Result<Ratio, OutOfRange> {
    Ratio::new(add(price.numerator(), mul(mul(side.sign(), tick)?, price.denominator())?)?, price.denominator())
}

/// `solve`: how much of a position is closed to bring it down to a lower bracket's greatest size.
pub(crate) fn excess_over(held: Quantity, greatest: Quantity) -> Result<Quantity, OutOfRange> {
    held.minus(greatest.min(held))
}
