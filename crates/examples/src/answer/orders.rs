//! What orders cost and hold.

use num_traits::{Signed, ToPrimitive};
use ringfence_risk::margin::{
    OpenOrders, OpeningOrder, OrderMargin, OrderSum, closing_fee_at_bankruptcy, initial_margin, open_loss, order_margin,
    worst_side,
};
use ringfence_risk::position::open;
use ringfence_risk::rule_set::{ClosingFee, OrderCost};
use ringfence_risk::units::{Leverage, Rate, Side};

use super::Answer;
use crate::ask::{Ask, malformed};
use crate::error::Trouble;
use crate::number::{Exact, decimals, ten, whole};
use crate::setting::Setting;

/// An order worth `value`, at a price of one.
fn costs(ask: &Ask<'_>, rule: OrderCost) -> Result<OrderMargin, Trouble> {
    let (side, quantity) = ask.held()?;
    let price = ask.unit_price()?;
    let order = OpeningOrder { side, quantity, price, leverage: ask.leverage()? };
    Ok(order_margin(&ask.contract()?, &order, price.as_mark(), ask.rate("rate")?, rule)?)
}

pub(super) fn cost(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let parts = costs(ask, OrderCost::TwoWayFee)?;
    let part = if ask.has("part") { ask.word("part")? } else { "total" };
    let amount = match part {
        "im" => parts.initial_margin,
        "fee_open" => parts.opening_fee,
        "fee_close" => parts.closing_fee,
        "two_way_fee" => parts.opening_fee.plus(parts.closing_fee)?,
        "total" => parts.total()?,
        other => return Err(malformed("part", other, "im, fee_open, fee_close, two_way_fee or total")),
    };
    Ok(ask.money(amount.raw()))
}

pub(super) fn initial_and_fee(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    Ok(ask.money(costs(ask, OrderCost::OpenLossAndFee)?.total()?.raw()))
}

pub(super) fn initial_and_fee_twice(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    Ok(ask.money(costs(ask, OrderCost::FeeTwice)?.total()?.raw()))
}

pub(super) fn closing_fee(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let value = ask.notional("value")?;
    let margin = initial_margin(value, ask.leverage()?)?;
    let (contract, side) = (ask.contract()?, ask.side()?);
    ask.by_rate("rate", |rate| closing_fee_at_bankruptcy(&contract, side, value, margin, rate))
}

pub(super) fn initial_and_closing_fee(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let parts = costs(ask, OrderCost::TwoWayFee)?;
    Ok(ask.money(parts.initial_margin.plus(parts.closing_fee)?.raw()))
}

pub(super) fn maintenance_and_closing_fee(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let (side, quantity) = ask.held()?;
    let price = ask.unit_price()?;
    let position = open(side, quantity, ask.notional("value")?, ask.leverage()?)?;
    for (brackets, counted) in ask.brackets(ask.rate("mmr")?, ask.amount_or_zero("ded")?)? {
        let setting = Setting::new(&ask.example.convention, ask.contract()?, brackets)
            .closing(ClosingFee::TakerAtBankruptcy, ask.rate("rate")?);
        let inside = setting.brackets().brackets().last().is_none_or(|last| last.floor <= position.entry_value);
        if inside {
            let maintenance = setting.terms().maintenance_margin(&position, price.as_mark())?;
            return Ok(ask.money(maintenance.minus(counted)?.raw()));
        }
    }
    Ok(Answer::Never)
}

pub(super) fn loss(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let (side, quantity) = ask.held()?;
    Ok(ask.money(open_loss(&ask.contract()?, side, quantity, ask.price("order")?, ask.mark("mark")?)?.raw()))
}

pub(super) fn cost_with_loss(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let (side, quantity) = ask.held()?;
    let order = OpeningOrder { side, quantity, price: ask.price("price")?, leverage: ask.leverage()? };
    let parts = order_margin(&ask.contract()?, &order, ask.mark("mark")?, Rate::ZERO, OrderCost::OpenLoss)?;
    Ok(ask.money(parts.total()?.raw()))
}

pub(super) fn worse_side(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    // At a price of one, quantities are values.
    let sum = |name: &str| -> Result<OrderSum, Trouble> {
        ask.numbers(name)?.iter().try_fold(OrderSum::NONE, |sum, value| {
            let (quantity, value) = (ask.to_quantity(value), ask.to_notional(value)?);
            Ok(OrderSum { quantity: sum.quantity.plus(quantity?)?, value: sum.value.plus(value)? })
        })
    };
    let orders = OpenOrders { buys: sum("buys")?, sells: sum("sells")? };
    let held = ask.number("pos_notional")?;
    let side = if held.is_negative() { Side::Short } else { Side::Long };
    let value = worst_side(orders, Some((side, ask.to_quantity(&held.abs())?)))?;
    let (leverage, times) = leverage_of(&ask.number("imr")?)?;
    match ask.money(initial_margin(value, leverage)?.raw()) {
        Answer::Number(margin) => Ok(Answer::Number(margin * times)),
        other @ (Answer::Never | Answer::Text(_) | Answer::Share(..) | Answer::List(_)) => Ok(other),
    }
}

/// An initial margin rate as a leverage, and how many times its margin to take: 0.05 is 20×, 0.015 is three times the margin of 200×.
fn leverage_of(rate: &Exact) -> Result<(Leverage, Exact), Trouble> {
    if !rate.is_positive() {
        return Ok((Leverage::ONE, rate.clone()));
    }
    let exact = rate.recip();
    let fits = decimals(&exact, 9) <= 8 && exact >= whole(1);
    let (leverage, times) =
        if fits { (exact, whole(1)) } else { (Exact::from(rate.denom().clone()), Exact::from(rate.numer().clone())) };
    if leverage > whole(1000) {
        // No leverage that high: a thousandth of the value, this many times.
        return Ok((Leverage::GREATEST, rate * whole(1000)));
    }
    let raw = (leverage * ten(8)).to_integer().to_i128();
    let range = || malformed("imr", &crate::number::show(rate), "a rate with an inverse");
    Ok((Leverage::from_wide(raw.ok_or_else(range)?)?, times))
}
