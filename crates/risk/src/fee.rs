//! Trading fees and funding payments.

use crate::arithmetic::{OutOfRange, Rounding, SCALE, mul, mul_div};
use crate::contract::Contract;
use crate::narrow;
use crate::units::{Amount, MarkPrice, Notional, Quantity, Rate, Side};

/// Fee rates on the value of a fill. A negative maker rate is a rebate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeeSchedule {
    /// For resting orders.
    pub maker: Rate,
    /// For orders that take.
    pub taker: Rate,
    /// On what a forced liquidation closes; goes to the insurance fund.
    pub liquidation: Rate,
}

/// Fee on a value: `value × rate`. Charged fees are rounded up, rebates (negative rates) down in size: never in the payer's favour.
///
/// # Errors
/// [`OutOfRange`] beyond the greatest amount.
///
/// ```
/// use ringfence_risk::fee::fee;
/// assert_eq!(fee("126000".parse()?, "0.001".parse()?)?.to_string(), "126");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[inline]
pub fn fee(value: Notional, rate: Rate) -> Result<Amount, OutOfRange> {
    match narrow::fee(value, rate) {
        Some(fee) => Ok(fee),
        None => fee_in_general(value, rate),
    }
}

/// [`fee`] whatever the size and the sign of the rate.
#[inline(never)]
pub(crate) fn fee_in_general(value: Notional, rate: Rate) -> Result<Amount, OutOfRange> {
    Amount::from_wide(mul_div(value.raw(), rate.wide(), SCALE, Rounding::Ceiling)?)
}

/// What a position pays at a funding settlement (negative: receives): `value at the mark × rate`, longs paying when the rate is positive.
///
/// Computed from the unrounded value at the mark; payments are rounded up, receipts down.
///
/// # Errors
/// [`OutOfRange`] beyond the greatest amount.
///
/// ```
/// # use ringfence_risk::contract::{Contract, ContractKind, ContractSpec, ValueRounding};
/// # use ringfence_risk::fee::funding_payment;
/// # use ringfence_risk::units::Side;
/// # let contract = Contract::list(ContractSpec {
/// #     kind: ContractKind::Linear, settlement: "USDT".parse()?, tick: "0.1".parse()?, mark_step: "0.1".parse()?,
/// #     lot: "0.001".parse()?, multiplier: "1".parse()?, value_rounding: ValueRounding::PerFill })?;
/// let paid = funding_payment(&contract, Side::Short, "10".parse()?, "2".parse()?, "0.0001".parse()?)?;
/// assert_eq!(paid.to_string(), "-0.002"); // the short receives
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn funding_payment(
    contract: &Contract,
    side: Side,
    quantity: Quantity,
    mark: MarkPrice,
    rate: Rate,
) -> Result<Amount, OutOfRange> {
    let value = contract.mark_value(contract.exposure(quantity)?, mark)?;
    let signed_rate = mul(side.sign(), rate.wide())?;
    let denominator = mul(value.denominator(), SCALE)?;
    Amount::from_wide(mul_div(value.numerator(), signed_rate, denominator, Rounding::Ceiling)?)
}
