//! BitMEX's whole-number arithmetic: costs in the smallest unit of the settlement asset, which is the core's unit.

use ringfence_risk::arithmetic::{OutOfRange, Rounding, SCALE};
use ringfence_risk::bracket::BracketTable;
use ringfence_risk::contract::ContractKind;
use ringfence_risk::fee::fee;
use ringfence_risk::isolated::Leg;
use ringfence_risk::margin::initial_margin;
use ringfence_risk::position::{Position, reduce};
use ringfence_risk::ratio::Ratio;
use ringfence_risk::rule_set::{ClosingFee, PricePrinting};
use ringfence_risk::units::{Amount, Leverage, MarkPrice, Notional, Quantity, Rate, Side};

use super::Answer;
use crate::ask::Ask;
use crate::error::Trouble;
use crate::number::{nearest, ten, whole};
use crate::setting::Setting;

/// A whole number of the smallest unit as an input.
fn units(ask: &Ask<'_>, name: &str) -> Result<i128, Trouble> {
    Ok(nearest(&ask.number_or(name, 0)?).ok_or(OutOfRange { what: "an input" })?)
}

fn value_of(units: i128) -> Answer {
    Answer::Number(whole(units))
}

fn cost_at(ask: &Ask<'_>, price: &str) -> Result<Notional, Trouble> {
    let (_, quantity) = ask.held()?;
    Ok(ask.contract_by_units()?.value(quantity, ask.price(price)?, Rounding::HalfEven)?)
}

pub(super) fn cost(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    Ok(value_of(cost_at(ask, "price")?.raw()))
}

pub(super) fn pnl(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let contract = ask.contract_by_units()?;
    let position = ask.position(&contract, "entry", Amount::ZERO)?;
    let closed = reduce(&contract, &position, position.quantity, cost_at(ask, "mark")?)?;
    Ok(value_of(closed.realised.raw()))
}

/// The fee on a leg's cost, asked 10⁹ times as large: the printed one is cut off.
pub(super) fn leg_fee(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    const POWER: i32 = 9;
    let cost = nearest(&(whole(cost_at(ask, "price")?.raw()) * ten(POWER))).ok_or(OutOfRange { what: "a cost" })?;
    let cost = Notional::from_wide(cost)?;
    // The smallest unit counts as one here, not as 10⁻⁸.
    Ok(Ask::over(ask.by_rate("rate", |rate| fee(cost, rate))?, POWER - 8))
}

pub(super) fn initial(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    Ok(value_of(initial_margin(Notional::from_wide(units(ask, "cost")?)?, ask.leverage()?)?.raw()))
}

/// The fee on cost and margin together: what closing at the bankruptcy price may cost.
pub(super) fn commission(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let [cost, init, cross] = ["cost", "init", "cross"].map(|name| units(ask, name));
    let whole = Notional::from_wide(cost?)?.plus(Notional::from_wide(init?)?)?.plus(Notional::from_wide(cross?)?)?;
    Ok(value_of(fee(whole, ask.rate("fee")?)?.raw()))
}

/// Maintenance with payable funding, and the commission that is reserved beside it.
pub(super) fn maintenance(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let brackets = BracketTable::flat(ask.rate("mmr")?, Leverage::ONE)?;
    let setting = Setting::new(&ask.example.convention, ask.contract()?, brackets)
        .closing(ClosingFee::ReservedAtEntry, Rate::ZERO)
        .reserving(ask.rate_or_zero("funding")?);
    // A unit of cost as a contract worth one unit at a mark of one.
    let cost = units(ask, "cost")?;
    let quantity = Quantity::from_wide(cost)?;
    let entry_value = Notional::from_wide(cost)?;
    let position = Position { side: Side::Long, quantity, entry_value, opening_margin: Amount::ZERO, added_margin: Amount::ZERO };
    let maintenance = setting.terms().maintenance_margin(&position, MarkPrice::from_wide(SCALE)?)?;
    Ok(value_of(maintenance.plus(Amount::from_wide(units(ask, "comm")?)?)?.raw()))
}

/// The price at which the buffer is used up, as it is printed. An inverse contract's cost is in satoshi, a linear one's in the unit of `per_unit`.
pub(super) fn price(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let setting = Setting::new(&ask.example.convention, ask.contract()?, BracketTable::flat(Rate::ZERO, Leverage::ONE)?);
    let (side, quantity) = ask.held()?;
    let amount = |name: &str| -> Result<Amount, Trouble> {
        match ask.kind {
            ContractKind::Inverse => Ok(Amount::from_wide(units(ask, name)?)?),
            ContractKind::Linear | ContractKind::Quanto => ask.amount(name),
        }
    };
    let position = Position {
        side,
        quantity,
        entry_value: Notional::from_wide(amount("cost")?.raw())?,
        opening_margin: amount("buffer")?,
        added_margin: Amount::ZERO,
    };
    let price: Option<Ratio> = Leg::isolated(setting.terms(), &position)?.bankruptcy_price()?;
    Ok(ask.price_answer(setting.printed(PricePrinting::WholeContractValue, side, price)?))
}
