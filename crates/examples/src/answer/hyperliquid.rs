//! Hyperliquid: maintenance is half the initial margin at the greatest leverage.

use num_traits::Signed;
use ringfence_risk::bracket::BracketTable;
use ringfence_risk::contract::Contract;
use ringfence_risk::isolated::Leg;
use ringfence_risk::margin::half_of_initial_rate;
use ringfence_risk::margin::initial_margin;
use ringfence_risk::position::Position;
use ringfence_risk::units::{Amount, Leverage, MarkPrice, Notional, Rate, Side};

use super::Answer;
use crate::ask::{Ask, raw};
use crate::error::Trouble;
use crate::number::whole;
use crate::setting::Setting;

fn greatest(ask: &Ask<'_>) -> Result<Leverage, Trouble> {
    Ok(Leverage::from_wide(raw(&ask.number("max_lev")?)?)?)
}

pub(super) fn rate(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    Ok(ask.bare(half_of_initial_rate(greatest(ask)?)?))
}

/// By the liquidation test where the rate is a multiple of 10⁻⁸, by the fraction itself where it is not.
fn price(ask: &Ask<'_>, contract: Contract, position: &Position, collateral: Amount) -> Result<Answer, Trouble> {
    let share = half_of_initial_rate(greatest(ask)?)?;
    if share.numerator() % share.denominator() != 0 {
        let setting = Setting::new(&ask.example.convention, contract, BracketTable::flat(Rate::ZERO, Leverage::ONE)?);
        let leg = Leg { terms: setting.terms(), position, collateral };
        return Ok(ask.price_answer(leg.price_at_share(share)?));
    }
    let rate = Rate::from_wide(share.numerator() / share.denominator())?;
    let setting = Setting::new(&ask.example.convention, contract, BracketTable::flat(rate, Leverage::ONE)?);
    let leg = Leg { terms: setting.terms(), position, collateral };
    let found = leg.liquidation_price(MarkPrice::GREATEST)?;
    Ok(ask.price_answer(found.and_then(|price| price.exact)))
}

/// From the cash beside the position: what a long has paid more than its margin, or a short received with it.
pub(super) fn from_cash(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let contract = ask.contract()?;
    let size = ask.number("szi")?;
    let side = if size.is_negative() { Side::Short } else { Side::Long };
    let cash = ask.number("raw_usd")?;
    // The part of the cash that is the position's cost; anything else is money.
    let is_cost = size.is_negative() != cash.is_negative();
    let entry_value = if is_cost { ask.to_notional(&cash.abs())? } else { Notional::ZERO };
    let collateral = if is_cost { Amount::ZERO } else { ask.to_amount(&cash)? };
    let quantity = ask.to_quantity(&size.abs())?;
    let position = Position { side, quantity, entry_value, opening_margin: Amount::ZERO, added_margin: Amount::ZERO };
    price(ask, contract, &position, collateral)
}

/// From what is available above maintenance at this price.
pub(super) fn from_available(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let contract = ask.contract()?;
    let position = ask.position(&contract, "price", Amount::ZERO)?;
    let twice = Leverage::from_wide(raw(&(ask.number("max_lev")? * whole(2)))?)?;
    let maintenance = initial_margin(position.entry_value, twice)?;
    let collateral = ask.amount("margin_available")?.plus(maintenance)?;
    price(ask, contract, &position, collateral)
}
