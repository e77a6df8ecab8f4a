//! Funding rates and the prices they make.

use num_traits::{Signed, ToPrimitive};
use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::funding::{FundingTerms, funding_rate, interest_rate, twap_funding};
use ringfence_risk::mark::funding_basis_price;
use ringfence_risk::ratio::Ratio;
use ringfence_risk::units::{IndexPrice, Rate};

use super::Answer;
use crate::ask::{Ask, to_rate};
use crate::error::Trouble;
use crate::number::{Exact, room, ten, whole};

fn count(value: &Exact, what: &'static str) -> Result<i64, Trouble> {
    Ok(value.round().to_integer().to_i64().ok_or(OutOfRange { what })?)
}

/// Rates times the greatest power of ten that fits, and the power: these rules are homogeneous in all their rates.
fn fine(rates: &[Exact]) -> Result<(Vec<Rate>, i32), Trouble> {
    let greatest = rates.iter().map(Signed::abs).max().unwrap_or_else(|| whole(1));
    // The sum and the difference of two of them must fit as well.
    let power = room(&greatest, &whole(3)).clamp(0, 12);
    Ok((rates.iter().map(|rate| to_rate(&(rate * ten(power)))).collect::<Result<_, Trouble>>()?, power))
}

pub(super) fn interest(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let (rates, power) = fine(&[ask.number("quote")?, ask.number("base")?])?;
    let [quote, base] = rates.as_slice() else { return Ok(Answer::Never) };
    let rate = interest_rate(*quote, *base, count(&ask.number("n")?, "a number of settlements")?)?;
    Ok(Ask::over(ask.bare(Ratio::whole(rate.wide())), power))
}

pub(super) fn rate(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let names = ["premium", "interest", "band", "cap"];
    let values = names.iter().map(|name| ask.number(name)).collect::<Result<Vec<_>, _>>()?;
    let (rates, power) = fine(&values)?;
    let [premium, interest, band, cap] = rates.as_slice() else { return Ok(Answer::Never) };
    let terms = FundingTerms { interest: *interest, band: *band, cap: *cap, settlements_per_eight_hours: 1 };
    Ok(Ask::over(ask.bare(Ratio::whole(funding_rate(*premium, &terms)?.wide())), power))
}

pub(super) fn fair_price(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let index = IndexPrice::from_wide(ask.price("index")?.wide())?;
    let milliseconds = |name: &str| count(&(ask.number(name)? * ten(3)), "a time");
    let price = funding_basis_price(index, ask.rate("rate")?, milliseconds("secs")?, milliseconds("interval")?)?;
    Ok(ask.price_answer(Some(Ratio::whole(price.wide()))))
}

/// Bounds beyond ±1000 % bound nothing.
pub(super) fn of_averages(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let bound = |name: &str| -> Result<Rate, Trouble> {
        to_rate(&ask.number(name)?.clamp(whole(Rate::LEAST.wide()) * ten(-8), whole(Rate::GREATEST.wide()) * ten(-8)))
    };
    let accrued = to_rate(&(ask.number("dt")? * ask.number("r")?))?;
    let payment = twap_funding(ask.price("f")?, ask.price("s_")?, (bound("lo")?, bound("hi")?), accrued)?;
    Ok(ask.price_answer(Some(Ratio::whole(payment))))
}
