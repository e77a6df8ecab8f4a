//! Bankruptcy prices, and liquidation prices that start from them.

use ringfence_risk::arithmetic::Rounding;
use ringfence_risk::bracket::BracketTable;
use ringfence_risk::fee::fee;
use ringfence_risk::isolated::Leg;
use ringfence_risk::margin::initial_margin_in_units;
use ringfence_risk::position::{Position, open};
use ringfence_risk::ratio::Ratio;
use ringfence_risk::rule_set::{ClosingFee, PricePrinting};
use ringfence_risk::solve::price_for_pnl;
use ringfence_risk::units::{Amount, Leverage, Rate};

use super::Answer;
use crate::ask::{Ask, malformed};
use crate::error::Trouble;
use crate::number::whole;
use crate::setting::Setting;

fn setting(ask: &Ask<'_>, maintenance: Rate) -> Result<Setting, Trouble> {
    Ok(Setting::new(&ask.example.convention, ask.contract()?, BracketTable::flat(maintenance, Leverage::ONE)?))
}

fn bankrupt(setting: &Setting, position: &Position) -> Result<Option<Ratio>, Trouble> {
    Ok(Leg::isolated(setting.terms(), position)?.bankruptcy_price()?)
}

fn leveraged(ask: &Ask<'_>) -> Result<(Setting, Option<Ratio>), Trouble> {
    let setting = setting(ask, Rate::ZERO)?;
    let bare = ask.position(setting.contract(), "entry", Amount::ZERO)?;
    let position = open(bare.side, bare.quantity, bare.entry_value, ask.leverage()?)?;
    let price = bankrupt(&setting, &position)?;
    Ok((setting, price))
}

pub(super) fn at_leverage(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    Ok(ask.price_answer(leveraged(ask)?.1))
}

pub(super) fn at_leverage_tick(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let (setting, price) = leveraged(ask)?;
    Ok(ask.price_answer(setting.printed(PricePrinting::TickEarlier, ask.side()?, price)?))
}

fn margined(ask: &Ask<'_>, entry: &str, margin: &str) -> Result<(Setting, Option<Ratio>), Trouble> {
    let setting = setting(ask, Rate::ZERO)?;
    let position = ask.position(setting.contract(), entry, ask.amount(margin)?)?;
    let price = bankrupt(&setting, &position)?;
    Ok((setting, price))
}

pub(super) fn with_margin(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    Ok(ask.price_answer(margined(ask, "entry", "margin")?.1))
}

pub(super) fn with_margin_tick(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let (setting, price) = margined(ask, "entry", "margin")?;
    Ok(ask.price_answer(setting.printed(PricePrinting::TickEarlier, ask.side()?, price)?))
}

pub(super) fn of_account(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    Ok(ask.price_answer(margined(ask, "oracle", "equity")?.1))
}

/// The margin of one contract is a whole number, rounded toward zero.
pub(super) fn whole_margin(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let setting = setting(ask, Rate::ZERO)?;
    let bare = ask.position(setting.contract(), "entry", Amount::ZERO)?;
    let unit = ask.to_amount(&whole(1))?;
    let margin = initial_margin_in_units(bare.entry_value, ask.leverage()?, unit)?;
    Ok(ask.price_answer(bankrupt(&setting, &Position { opening_margin: margin, ..bare })?))
}

/// The price at which the equity is the target: the profit that is missing.
pub(super) fn for_equity(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let contract = ask.contract()?;
    let position = ask.position(&contract, "mark", Amount::ZERO)?;
    let missing = ask.amount("target")?.minus(ask.amount("equity")?)?;
    Ok(ask.price_answer(price_for_pnl(&contract, &position, missing)?))
}

/// The balance pays the fee for closing at the bankruptcy price: that price is where balance and fee meet.
fn bust(ask: &Ask<'_>) -> Result<(Setting, Option<Ratio>), Trouble> {
    let setting = setting(ask, Rate::ZERO)?.closing(ClosingFee::TakerOnMaintenanceValue, ask.rate("fee")?);
    let position = ask.position(setting.contract(), "entry", ask.amount("balance")?)?;
    let price = Leg::isolated(setting.terms(), &position)?.liquidation_price(ask.mark("entry")?)?;
    Ok((setting, price.and_then(|price| price.exact)))
}

/// Maintenance on the entry value, and the fee for closing at the bankruptcy price, which the balance has to hold as well.
fn liquidation(ask: &Ask<'_>) -> Result<(Setting, Option<Ratio>), Trouble> {
    let (without, bust) = bust(ask)?;
    let rate = ask.rate("fee")?;
    let balance = ask.amount("balance")?;
    let setting = setting(ask, ask.rate("mmr")?)?.on_entry_value().closing(ClosingFee::TakerAtBankruptcy, rate);
    let Some(bust) = bust else { return Ok((setting, None)) };
    let contract = without.contract();
    let bare = ask.position(contract, "entry", Amount::ZERO)?;
    let reserved = fee(contract.value_at(contract.exposure(bare.quantity)?, bust, Rounding::HalfEven)?, rate)?;
    let position = Position { opening_margin: balance.minus(reserved)?, added_margin: reserved, ..bare };
    let price = Leg::isolated(setting.terms(), &position)?.liquidation_price(ask.mark("entry")?)?;
    Ok((setting, price.and_then(|price| price.exact)))
}

fn part(ask: &Ask<'_>) -> Result<(Setting, Option<Ratio>), Trouble> {
    let part = if ask.has("part") { ask.word("part")? } else { "liquidation" };
    match part {
        "bankruptcy" | "bust" => bust(ask),
        "liquidation" | "liq" => liquidation(ask),
        other => Err(malformed("part", other, "bankruptcy, bust, liquidation or liq")),
    }
}

pub(super) fn reserving_fee(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    Ok(ask.price_answer(part(ask)?.1))
}

pub(super) fn reserving_fee_tick(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let (setting, price) = part(ask)?;
    Ok(ask.price_answer(setting.printed(PricePrinting::TickEarlier, ask.side()?, price)?))
}
