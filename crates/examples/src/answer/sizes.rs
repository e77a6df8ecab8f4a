//! The largest size for a margin or a cost.

use ringfence_risk::arithmetic::SCALE;
use ringfence_risk::ratio::Ratio;
use ringfence_risk::solve::{quantity_for_margin, quantity_for_two_way_cost};
use ringfence_risk::units::Quantity;

use super::Answer;
use crate::ask::Ask;
use crate::error::Trouble;
use crate::number::whole;

/// The largest quantity for the margin.
fn largest(ask: &Ask<'_>, lot: Quantity) -> Result<Quantity, Trouble> {
    Ok(quantity_for_margin(&ask.contract_by(lot)?, ask.amount("margin")?, ask.leverage()?, ask.price("price")?)?)
}

/// To the finest lot there is.
pub(super) fn from_margin(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let quantity = largest(ask, Quantity::from_raw(1)?)?;
    ask.quantity(Ratio::whole(quantity.wide()))
}

/// In whole contracts, the cap at most.
pub(super) fn contracts_from_margin(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let quantity = largest(ask, ask.to_quantity(&whole(1))?)?;
    let cap = ask.to_quantity(&ask.number("cap")?)?;
    ask.quantity(Ratio::whole(quantity.min(cap).wide()))
}

/// The size whose margin and two fees cost this much; the core answers for a contract of one unit.
pub(super) fn from_cost(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let contract = ask.contract_by(Quantity::from_wide(SCALE)?)?;
    let terms = (ask.leverage()?, ask.price("price")?, ask.rate("rate")?);
    let quantity = quantity_for_two_way_cost(&contract, ask.side()?, ask.amount("cost")?, terms)?;
    ask.quantity(quantity)
}
