//! Liquidation prices.

use ringfence_risk::bracket::BracketTable;
use ringfence_risk::contract::Contract;
use ringfence_risk::fee::fee;
use ringfence_risk::isolated::one_tick_toward_mark;
use ringfence_risk::isolated::{Leg, LiquidationPrice};
use ringfence_risk::margin::initial_margin;
use ringfence_risk::position::Position;
use ringfence_risk::ratio::Ratio;
use ringfence_risk::rule_set::{ClosingFee, PricePrinting};
use ringfence_risk::solve::margin_for_liquidation_price;
use ringfence_risk::units::{Amount, Leverage, Notional, Rate, Side};

use super::Answer;
use crate::ask::Ask;
use crate::error::Trouble;
use crate::number::{ten, whole};
use crate::setting::Setting;

/// Maintenance on the mark value, plus the closing fee: the position entered at `entry`, with this much behind it.
fn by_mark_value(ask: &Ask<'_>, entry: &str, collateral: Amount) -> Result<Option<Ratio>, Trouble> {
    let deduction = ask.amount_or_zero("cum")?;
    let mut found = None;
    for (brackets, counted) in ask.brackets(ask.rate("mmr")?, deduction)? {
        let setting = Setting::new(&ask.example.convention, ask.contract()?, brackets)
            .closing(ClosingFee::TakerOnMaintenanceValue, ask.rate_or_zero("fee")?);
        let position = ask.position(setting.contract(), entry, Amount::ZERO)?;
        let leg = Leg { terms: setting.terms(), position: &position, collateral: collateral.plus(counted)? };
        found = leg.liquidation_price(ask.mark(entry)?)?;
        // The bracket that the example names must be the one in which the lines meet.
        if found.is_some_and(|price| price.requirement.constant == counted.minus(deduction).unwrap_or(counted)) {
            break;
        }
    }
    Ok(exact(found))
}

fn exact(price: Option<LiquidationPrice>) -> Option<Ratio> {
    price.and_then(|price| price.exact)
}

fn all_collateral(ask: &Ask<'_>) -> Result<Amount, Trouble> {
    Ok(ask.amount("margin")?.minus(ask.amount_or_zero("tmm")?)?.plus(ask.amount_or_zero("upnl")?)?)
}

pub(super) fn on_mark(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    Ok(ask.price_answer(by_mark_value(ask, "entry", all_collateral(ask)?)?))
}

/// As printed by OKX's interface: one tick nearer to the mark than the formula.
pub(super) fn plus_tick(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let price = by_mark_value(ask, "entry", all_collateral(ask)?)?;
    let (side, tick) = (ask.side()?, ask.price("tick")?);
    Ok(ask.price_answer(price.map(|price| one_tick_toward_mark(side, price, tick)).transpose()?))
}

/// From the equity at the mark: what a position entered at the mark would have behind it.
pub(super) fn from_equity(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    Ok(ask.price_answer(by_mark_value(ask, "mark", ask.amount("equity")?)?))
}

/// Maintenance on the entry value: a position with the margin of its leverage, and what was added to it.
fn by_entry_value(
    ask: &Ask<'_>,
    margin: impl Fn(&Position) -> Result<Amount, Trouble>,
) -> Result<(Setting, Option<Ratio>), Trouble> {
    let mut tables = ask.brackets(ask.rate("mmr")?, ask.amount_or_zero("ded")?)?.into_iter();
    loop {
        let (brackets, counted) = tables.next().map_or_else(|| flat(ask), Ok)?;
        let setting = Setting::new(&ask.example.convention, ask.contract()?, brackets).on_entry_value();
        let position = ask.position(setting.contract(), "entry", Amount::ZERO)?;
        let inside = setting.brackets().brackets().last().is_none_or(|last| last.floor <= position.entry_value);
        if inside {
            let added = ask.amount_or_zero("extra")?.minus(ask.amount_or_zero("deducted")?)?.plus(counted)?;
            let position = Position { opening_margin: margin(&position)?, added_margin: added, ..position };
            let price = exact(Leg::isolated(setting.terms(), &position)?.liquidation_price(ask.mark("entry")?)?);
            return Ok((setting, price));
        }
    }
}

fn flat(ask: &Ask<'_>) -> Result<(BracketTable, Amount), Trouble> {
    Ok((BracketTable::flat(ask.rate("mmr")?, Leverage::ONE)?, ask.amount_or_zero("ded")?))
}

fn at_leverage(ask: &Ask<'_>) -> Result<(Setting, Option<Ratio>), Trouble> {
    let leverage = ask.leverage()?;
    by_entry_value(ask, |position| Ok(initial_margin(position.entry_value, leverage)?))
}

pub(super) fn on_entry(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    Ok(ask.price_answer(at_leverage(ask)?.1))
}

pub(super) fn on_entry_tick(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let (setting, price) = at_leverage(ask)?;
    Ok(ask.price_answer(setting.printed(PricePrinting::TickEarlier, ask.side()?, price)?))
}

pub(super) fn on_entry_with_margin(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let margin = ask.amount("margin")?;
    Ok(ask.price_answer(by_entry_value(ask, |_| Ok(margin))?.1))
}

/// A maintenance that does not move with the price is money that is not there, as the other positions' is for a cross position.
fn after_fixed(ask: &Ask<'_>, contract: Contract, collateral: Amount) -> Result<Option<LiquidationPrice>, Trouble> {
    let setting = free_of_maintenance(ask, contract)?;
    let position = ask.position(setting.contract(), "entry", Amount::ZERO)?;
    Ok(Leg { terms: setting.terms(), position: &position, collateral }.liquidation_price(ask.mark("entry")?)?)
}

fn free_of_maintenance(ask: &Ask<'_>, contract: Contract) -> Result<Setting, Trouble> {
    let none = BracketTable::flat(Rate::ZERO, Leverage::ONE)?;
    Ok(Setting::new(&ask.example.convention, contract, none).strictly_below())
}

pub(super) fn fixed_maintenance(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let collateral = ask.amount("margin")?.minus(ask.amount("mm")?)?;
    Ok(ask.price_answer(exact(after_fixed(ask, ask.contract()?, collateral)?)))
}

pub(super) fn sustainable(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let collateral = ask.amount("available")?.plus(ask.amount("im")?)?.minus(ask.amount("mm")?)?;
    Ok(ask.price_answer(exact(after_fixed(ask, ask.contract()?, collateral)?)))
}

/// The margin that sets the printed price, and then more of it.
pub(super) fn after_adding(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let setting = free_of_maintenance(ask, ask.contract()?)?;
    let position = ask.position(setting.contract(), "entry", Amount::ZERO)?;
    let before = margin_for_liquidation_price(&setting.terms(), &position, ask.mark("base_liq")?)?;
    let collateral = before.plus(ask.amount("extra")?)?;
    let leg = Leg { terms: setting.terms(), position: &position, collateral };
    Ok(ask.price_answer(exact(leg.liquidation_price(ask.mark("entry")?)?)))
}

/// Maintenance is a share of the initial margin.
fn by_share_of_initial(ask: &Ask<'_>, contract: Contract) -> Result<Option<LiquidationPrice>, Trouble> {
    let position = ask.position(&contract, "entry", Amount::ZERO)?;
    let margin = initial_margin(position.entry_value, ask.leverage()?)?;
    let maintenance = fee(Notional::from_wide(margin.raw())?, ask.rate("frac")?)?;
    after_fixed(ask, contract, margin.minus(maintenance)?)
}

pub(super) fn share_of_initial(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    Ok(ask.price_answer(exact(by_share_of_initial(ask, ask.contract()?)?)))
}

/// The first liquidating mark on whole numbers. A short is marked at the ask; a long at the bid, one below the ask that is asked for.
pub(super) fn first_tick(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let price = by_share_of_initial(ask, ask.contract_on_whole_marks()?)?;
    let above = match ask.side()? {
        Side::Long => whole(1),
        Side::Short => whole(0),
    };
    Ok(match price {
        Some(price) => Answer::Number(whole(price.trigger.wide()) * ten(-8 - ask.scale.price) + above),
        None => Answer::Never,
    })
}
