//! Values, profits, averages, fees, funding, margins and ratios.

use num_traits::Signed;
use ringfence_risk::arithmetic::Rounding;
use ringfence_risk::bracket::{Bracket, BracketTable};
use ringfence_risk::fee::{fee, funding_payment};
use ringfence_risk::isolated::Leg;
use ringfence_risk::margin::initial_margin;
use ringfence_risk::position::{Position, fill_value};
use ringfence_risk::ratio::Ratio;
use ringfence_risk::rule_set::ClosingFee;
use ringfence_risk::solve;
use ringfence_risk::units::{Amount, Leverage, Notional, Quantity, Side};

use super::Answer;
use crate::ask::{Ask, plain, to_rate};
use crate::error::Trouble;
use crate::number::{Exact, whole};
use crate::setting::Setting;

/// Which way the size counts: a negative one turns values around.
fn turned(side: Side, answer: Answer) -> Answer {
    match (side, answer) {
        (Side::Short, Answer::Number(value)) => Answer::Number(-value),
        (Side::Long | Side::Short, answer) => answer,
    }
}

pub(super) fn value(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let (side, quantity) = ask.held()?;
    let contract = ask.contract()?;
    Ok(turned(side, ask.money_ratio(contract.mark_value(contract.exposure(quantity)?, ask.mark("price")?)?)))
}

pub(super) fn pnl(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let contract = ask.contract()?;
    let position = ask.position(&contract, "entry", Amount::ZERO)?;
    Ok(ask.money_ratio(position.exact_unrealised_pnl(&contract, ask.mark("exit")?)?))
}

pub(super) fn average(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let fills = ask.fills()?;
    let short = fills.iter().all(|(quantity, _)| quantity.is_negative());
    let fills: Vec<_> = fills
        .into_iter()
        .map(|(quantity, price)| Ok((ask.to_quantity(&if short { -quantity } else { quantity })?, price)))
        .collect::<Result<_, Trouble>>()?;
    Ok(ask.price_answer(Some(solve::average_price(&ask.contract()?, &fills)?)))
}

pub(super) fn fee_of_fill(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let (side, quantity) = ask.held()?;
    let value = fill_value(&ask.contract()?, quantity, ask.price("price")?)?;
    Ok(turned(side, ask.by_rate("rate", |rate| fee(value, rate))?))
}

pub(super) fn fee_of_value(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let value = ask.number("value")?;
    let side = if value.is_negative() { Side::Short } else { Side::Long };
    let value = ask.to_notional(&value.abs())?;
    Ok(turned(side, ask.by_rate("rate", |rate| fee(value, rate))?))
}

pub(super) fn funding(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let (side, quantity) = ask.held()?;
    let (contract, mark) = (ask.contract()?, ask.mark("price")?);
    ask.by_rate("rate", |rate| funding_payment(&contract, side, quantity, mark, rate))
}

pub(super) fn initial(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let (side, quantity) = ask.held()?;
    let value = fill_value(&ask.contract()?, quantity, ask.price("price")?)?;
    Ok(turned(side, ask.money(initial_margin(value, ask.leverage()?)?.raw())))
}

pub(super) fn maintenance(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let (_, quantity) = ask.held()?;
    let value = ask.contract()?.value(quantity, ask.price("price")?, Rounding::HalfEven)?;
    let bracket = Bracket {
        floor: Notional::ZERO,
        cap: Notional::GREATEST,
        max_leverage: Leverage::ONE,
        maintenance_rate: ask.rate("mmr")?,
        cum: ask.amount_or_zero("ded")?,
    };
    Ok(ask.money(bracket.maintenance_margin(value)?.raw()))
}

pub(super) fn maintenance_with_extras(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let brackets = BracketTable::flat(ask.rate("mmr")?, Leverage::ONE)?;
    let setting = Setting::new(&ask.example.convention, ask.contract()?, brackets)
        .closing(ClosingFee::TakerOnMaintenanceValue, ask.rate("fee")?)
        .reserving(to_rate(&ask.number("funding")?.abs())?);
    let position = ask.position(setting.contract(), "price", Amount::ZERO)?;
    Ok(ask.money(setting.terms().maintenance_margin(&position, ask.mark("price")?)?.raw()))
}

pub(super) fn return_on_margin(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let position = ask.position(&ask.contract()?, "entry", Amount::ZERO)?;
    let pnl = Ratio::whole(ask.amount("pnl")?.raw());
    Ok(ask.bare(position.return_on_equity(pnl, ask.leverage()?)?))
}

/// A position worth `value` at a price of one, entered there.
fn worth(ask: &Ask<'_>, value: &Exact) -> Result<Position, Trouble> {
    let quantity: Quantity = ask.to_quantity(value)?;
    let entry_value = fill_value(&ask.contract()?, quantity, ask.unit_price()?)?;
    Ok(Position { side: Side::Long, quantity, entry_value, opening_margin: Amount::ZERO, added_margin: Amount::ZERO })
}

/// Balance ÷ (maintenance + closing fee); the value is the one whose maintenance was printed.
pub(super) fn balance_over_requirement(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let brackets = BracketTable::flat(ask.rate("mmr")?, Leverage::ONE)?;
    let setting = Setting::new(&ask.example.convention, ask.contract()?, brackets)
        .closing(ClosingFee::TakerOnMaintenanceValue, ask.rate("fee")?);
    let position = worth(ask, &(ask.number("mm")? / ask.number("mmr")?))?;
    let collateral = ask.amount("margin")?.plus(ask.amount("upnl")?)?;
    let leg = Leg { terms: setting.terms(), position: &position, collateral };
    Ok(leg.margin_ratio(ask.unit_price()?.as_mark())?.map_or(Answer::Never, |ratio| Answer::Number(plain(ratio).recip())))
}

/// One sum as a percentage of another: the return of the one on the other.
pub(super) fn percentage(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let position = worth(ask, &ask.number("den")?)?;
    let ratio = position.return_on_equity(Ratio::whole(ask.amount("num")?.raw()), Leverage::ONE)?;
    Ok(Answer::Number(plain(ratio) * whole(100)))
}
