//! The questions asked the other way round: what margin, size, leverage or price gives the answer I want?
//!
//! Every solver rounds to the trader's side of the target and is checked by the exact test: with the margin it names the position is safe *at*
//! the target mark, with one unit less it would not be.

use crate::arithmetic::{OutOfRange, Rounding, SCALE, add, common_divisor, div, mul, mul_div, sub};
use crate::contract::{Contract, ContractKind};
use crate::maintenance::Terms;
use crate::margin::initial_margin;
use crate::position::{Position, fill_value};
use crate::ratio::Ratio;
use crate::rule_set::LiquidationTrigger;
use crate::units::{Amount, Leverage, MarkPrice, Notional, Price, Quantity, Rate, Side};

/// The least collateral with which a position is not liquidated at `target`: its maintenance there plus its loss there.
///
/// `c = requirement(v) − d (v − entry value)`, rounded up; one unit more where equality liquidates. May be negative: no margin is needed.
///
/// # Errors
/// [`OutOfRange`] when a product does not fit.
pub fn margin_for_liquidation_price(terms: &Terms<'_>, position: &Position, target: MarkPrice) -> Result<Amount, OutOfRange> {
    let line = terms.line(position, Amount::ZERO)?;
    let value = terms.contract.mark_value(line.exposure, target)?;
    let requirement = terms.requirement(position, terms.bracket_at(line.exposure, target)?)?;
    // requirement.rate × v − d × v, then the fixed parts.
    let slope = sub(requirement.rate.wide(), mul(line.sign, SCALE)?)?;
    let moving = Ratio::new(value.numerator(), mul(value.denominator(), SCALE)?)?;
    let moving = mul_div(slope, moving.numerator(), moving.denominator(), Rounding::Ceiling)?;
    let needed = add(moving, sub(requirement.constant.raw(), line.base)?)?;
    let margin = match terms.rules.trigger {
        LiquidationTrigger::Below => needed,
        LiquidationTrigger::AtOrBelow => one_more_if_exact(terms, position, needed, target)?,
    };
    Amount::from_wide(margin)
}

fn one_more_if_exact(terms: &Terms<'_>, position: &Position, margin: i128, target: MarkPrice) -> Result<i128, OutOfRange> {
    let liquidates = terms.is_liquidatable(position, Amount::from_wide(margin)?, target)?;
    if liquidates { add(margin, 1) } else { Ok(margin) }
}

/// The greatest leverage at which a position opened at this value is not liquidated at `target`; `None` when no margin suffices within
/// leverage 1, or the target is on the winning side at every leverage.
///
/// # Errors
/// [`OutOfRange`] when a product does not fit.
pub fn leverage_for_liquidation_price(
    terms: &Terms<'_>,
    position: &Position,
    target: MarkPrice,
) -> Result<Option<Leverage>, OutOfRange> {
    let margin = margin_for_liquidation_price(terms, position, target)?;
    if margin <= Amount::ZERO {
        return Ok(None);
    }
    let leverage = mul_div(position.entry_value.raw(), SCALE, margin.raw(), Rounding::Floor)?;
    Ok(Leverage::from_wide(leverage.min(Leverage::GREATEST.wide())).ok())
}

/// As [`leverage_for_liquidation_price`], no more than the bracket of this size allows.
///
/// # Errors
/// [`OutOfRange`] when a product does not fit.
pub fn attainable_leverage(terms: &Terms<'_>, position: &Position, target: MarkPrice) -> Result<Option<Leverage>, OutOfRange> {
    let allowed = terms.brackets.max_leverage(position.entry_value);
    let leverage = leverage_for_liquidation_price(terms, position, target)?;
    Ok(leverage.map(|leverage| allowed.map_or(leverage, |allowed| allowed.min(leverage))))
}

/// As [`size_for_liquidation_price`], no more than this leverage opens on the margin and its bracket allows.
///
/// # Errors
/// [`OutOfRange`] when a product does not fit.
pub fn attainable_size(
    terms: &Terms<'_>,
    side: Side,
    entry: Price,
    (margin, leverage): (Amount, Leverage),
    target: MarkPrice,
) -> Result<Quantity, OutOfRange> {
    let lot = terms.contract.spec().lot.wide();
    let most_value = terms.brackets.max_value(leverage).unwrap_or(Notional::ZERO);
    let fits = |lots: i128| -> Result<bool, OutOfRange> {
        let position = boxed(terms, (side, Quantity::from_wide(mul(lots, lot)?)?), entry, margin)?;
        let opens = initial_margin(position.entry_value, leverage)? <= margin && position.entry_value <= most_value;
        Ok(opens && !terms.is_liquidatable(&position, margin, target)?)
    };
    Quantity::from_wide(mul(most_lots(fits)?, lot)?)
}

/// A position of this size at this price with this margin in its box.
fn boxed(terms: &Terms<'_>, (side, quantity): (Side, Quantity), entry: Price, margin: Amount) -> Result<Position, OutOfRange> {
    let entry_value = fill_value(terms.contract, quantity, entry)?;
    Ok(Position { side, quantity, entry_value, opening_margin: margin, added_margin: Amount::ZERO })
}

/// The largest quantity, in whole lots, at `entry` that this much margin keeps from being liquidated at `target`, whatever leverage that would be.
///
/// # Errors
/// [`OutOfRange`] when a product does not fit.
pub fn size_for_liquidation_price(
    terms: &Terms<'_>,
    side: Side,
    entry: Price,
    margin: Amount,
    target: MarkPrice,
) -> Result<Quantity, OutOfRange> {
    let lot = terms.contract.spec().lot.wide();
    let safe = |lots: i128| -> Result<bool, OutOfRange> {
        let position = boxed(terms, (side, Quantity::from_wide(mul(lots, lot)?)?), entry, margin)?;
        Ok(!terms.is_liquidatable(&position, margin, target)?)
    };
    Quantity::from_wide(mul(most_lots(safe)?, lot)?)
}

/// The greatest number of lots that fits, found by doubling and halving.
///
/// One whose value is out of range counts as too large while searching; where the range, not the question, ends the search, it is an error.
fn most_lots(fits: impl Fn(i128) -> Result<bool, OutOfRange>) -> Result<i128, OutOfRange> {
    let (mut most, mut fails) = (0_i128, 1_i128);
    while fits(fails).unwrap_or(false) {
        most = fails;
        fails = mul(fails, 2)?;
    }
    while sub(fails, most)? > 1 {
        let middle = div(add(most, fails)?, 2, Rounding::Floor)?;
        if fits(middle).unwrap_or(false) { most = middle } else { fails = middle }
    }
    fits(fails)?;
    Ok(most)
}

/// How much of a position is closed to bring it down to a lower bracket's greatest size: nothing when it is no larger.
///
/// # Errors
/// None in practice: no more is taken than is held.
pub fn quantity_above(held: Quantity, greatest: Quantity) -> Result<Quantity, OutOfRange> {
    held.minus(greatest.min(held))
}

/// The price at which a position has made this profit (or loss), before rounding; `None` when no price above zero does.
///
/// # Errors
/// [`OutOfRange`] when a product does not fit.
pub fn price_for_pnl(contract: &Contract, position: &Position, pnl: Amount) -> Result<Option<Ratio>, OutOfRange> {
    let gain = mul(contract.value_sign(position.side), pnl.raw())?;
    let value = Ratio::whole(add(position.entry_value.raw(), gain)?);
    contract.price_of_value(contract.exposure(position.quantity)?, value)
}

/// The price at which a position has earned this return on its initial margin (1 is 100 %), before rounding.
///
/// # Errors
/// [`OutOfRange`] when a product does not fit.
pub fn price_for_roe(
    contract: &Contract,
    position: &Position,
    roe: Rate,
    leverage: Leverage,
) -> Result<Option<Ratio>, OutOfRange> {
    let margin = initial_margin(position.entry_value, leverage)?;
    // v = entry value + d × margin × roe, kept as a fraction.
    let gain = mul(contract.value_sign(position.side), mul(margin.raw(), roe.wide())?)?;
    let value = Ratio::new(add(mul(position.entry_value.raw(), SCALE)?, gain)?, SCALE)?;
    contract.price_of_value(contract.exposure(position.quantity)?, value)
}

/// The average price of several fills: `Σ quantity × price ÷ Σ quantity`, harmonic for inverse contracts. Before rounding for linear and quanto
/// contracts; for inverse ones each value is taken to 10⁻¹⁸ of a coin.
///
/// # Errors
/// [`OutOfRange`] without fills, or when a product does not fit.
pub fn average_price(contract: &Contract, fills: &[(Quantity, Price)]) -> Result<Ratio, OutOfRange> {
    const FINE: i128 = 1_000_000_000_000_000_000;
    let (mut exposure, mut value) = (0_i128, 0_i128);
    for (filled, price) in fills {
        let part = contract.exposure(*filled)?;
        exposure = add(exposure, part)?;
        value = add(
            value,
            match contract.kind() {
                ContractKind::Linear | ContractKind::Quanto => mul(part, price.wide())?,
                ContractKind::Inverse => mul_div(part, FINE, price.wide(), Rounding::HalfEven)?,
            },
        )?;
    }
    match contract.kind() {
        ContractKind::Linear | ContractKind::Quanto => Ratio::new(value, exposure),
        ContractKind::Inverse => Ratio::new(mul(exposure, FINE)?, value),
    }
}

/// The price at which adding `quantity` brings the average entry of a position to `target`, before rounding; `None` when no price does.
///
/// # Errors
/// [`OutOfRange`] when a product does not fit.
pub fn price_to_average(
    contract: &Contract,
    position: &Position,
    quantity: Quantity,
    target: Price,
) -> Result<Option<Ratio>, OutOfRange> {
    let whole = fill_value(contract, position.quantity.plus(quantity)?, target)?;
    let missing = Ratio::whole(sub(whole.raw(), position.entry_value.raw())?);
    contract.price_of_value(contract.exposure(quantity)?, missing)
}

/// The greatest quantity, in whole lots, whose initial margin at this price and leverage is `margin` at most: `margin × leverage ÷ price`
/// (linear), `margin × leverage × price ÷ face` (inverse), judged by the margin that the fill would really post.
///
/// # Errors
/// [`OutOfRange`] when a product does not fit.
pub fn quantity_for_margin(
    contract: &Contract,
    margin: Amount,
    leverage: Leverage,
    price: Price,
) -> Result<Quantity, OutOfRange> {
    let lot = contract.spec().lot.wide();
    let fits = |lots: i128| -> Result<bool, OutOfRange> {
        let value = fill_value(contract, Quantity::from_wide(mul(lots, lot)?)?, price)?;
        Ok(initial_margin(value, leverage)? <= margin)
    };
    Quantity::from_wide(mul(most_lots(fits)?, lot)?)
}

/// The greatest quantity, in whole lots, that is worth `value` of quote currency at most at this price: face value for inverse contracts.
///
/// # Errors
/// [`OutOfRange`] when a product does not fit.
pub fn quantity_worth(contract: &Contract, value: Notional, price: Price) -> Result<Quantity, OutOfRange> {
    let lot = contract.spec().lot.wide();
    let fits = |lots: i128| Ok(contract.quote_value(Quantity::from_wide(mul(lots, lot)?)?, price)? <= value);
    Quantity::from_wide(mul(most_lots(fits)?, lot)?)
}

/// The quantity that an order of this total cost opens when the cost holds the initial margin, the fee to open and the fee to close at the
/// bankruptcy price, before rounding (a number of 10⁻⁸): `cost × lev ÷ (P (2 f lev + 1 − d f))`, the linear form of Bybit's calculator.
///
/// # Errors
/// [`OutOfRange`] when a product does not fit.
pub fn quantity_for_two_way_cost(
    contract: &Contract,
    side: Side,
    cost: Amount,
    terms: (Leverage, Price, Rate),
) -> Result<Ratio, OutOfRange> {
    let (leverage, price, fee) = terms;
    let twice = mul_div(mul(2, fee.wide())?, leverage.wide(), SCALE, Rounding::Ceiling)?;
    let signed_fee = mul(contract.value_sign(side), fee.wide())?;
    let share = sub(add(twice, SCALE)?, signed_fee)?;
    // cost × leverage ÷ share, the common factors taken out so that the product stays short.
    let common = common_divisor(leverage.wide(), share)?;
    let reduced = |number: i128| div(number, common, Rounding::Floor);
    let (value, share) = (mul(cost.raw(), reduced(leverage.wide())?)?, reduced(share)?);
    let unit = contract.mark_value(contract.exposure(Quantity::from_raw(100_000_000)?)?, price.as_mark())?;
    let common = common_divisor(unit.denominator(), unit.numerator())?;
    let reduced = |number: i128| div(number, common, Rounding::Floor);
    Ratio::new(mul(mul(value, reduced(unit.denominator())?)?, SCALE)?, mul(share, reduced(unit.numerator())?)?)
}
