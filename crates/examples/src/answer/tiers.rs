//! Leverage brackets.

use num_traits::Signed;
use ringfence_risk::bracket::{BracketRow, BracketStyle, BracketTable, next_cum, open_interest_rate};
use ringfence_risk::ratio::Ratio;
use ringfence_risk::solve::quantity_above;
use ringfence_risk::units::{Leverage, Notional, Rate};

use super::Answer;
use crate::ask::{Ask, malformed, plain, raw, to_rate};
use crate::error::Trouble;
use crate::number::{Exact, ten, truncated};

/// Brackets given by floor and rate; each ends where the next begins.
fn by_rate(ask: &Ask<'_>) -> Result<BracketTable, Trouble> {
    let tiers = ask.number_rows("tiers", 2)?;
    let pairs: Vec<(Notional, Rate)> = tiers
        .iter()
        .map(|tier| match tier.as_slice() {
            [floor, rate] => Ok((ask.to_notional(floor)?, to_rate(rate)?)),
            _ => Err(malformed("tiers", "another shape", "a list of pairs")),
        })
        .collect::<Result<_, Trouble>>()?;
    let ends = pairs.iter().skip(1).map(|(floor, _)| *floor).chain([Notional::GREATEST]);
    let rows: Vec<BracketRow> = pairs
        .iter()
        .zip(ends)
        .map(|((floor, rate), cap)| BracketRow { floor: *floor, cap, max_leverage: Leverage::ONE, maintenance_rate: *rate })
        .collect();
    Ok(BracketTable::new(BracketStyle::Marginal, &rows)?)
}

pub(super) fn constants(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    Ok(Answer::List(by_rate(ask)?.brackets().iter().map(|bracket| ask.money(bracket.cum.raw())).collect()))
}

pub(super) fn next_constant(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let cum = next_cum(ask.notional("floor")?, ask.rate("mmr")?, ask.rate("prev_mmr")?, ask.amount("prev_cum")?)?;
    Ok(ask.money(cum.raw()))
}

pub(super) fn lookup(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let table = by_rate(ask)?;
    let bracket = table.bracket_of(ask.notional("notional")?)?;
    Ok(Answer::List(vec![ask.bare(Ratio::whole(bracket.maintenance_rate.wide())), ask.money(bracket.cum.raw())]))
}

pub(super) fn maintenance(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    Ok(ask.money(by_rate(ask)?.maintenance_margin(ask.notional("notional")?)?.raw()))
}

/// Brackets given by floor, cap and leverage. Without a margin, the greatest leverage there is.
pub(super) fn greatest_leverage(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let rows: Vec<BracketRow> = ask
        .number_rows("tiers", 3)?
        .iter()
        .map(|tier| match tier.as_slice() {
            [floor, cap, leverage] => Ok(BracketRow {
                floor: ask.to_notional(floor)?,
                cap: ask.to_notional(cap)?,
                max_leverage: Leverage::from_wide(raw(leverage)?)?,
                maintenance_rate: Rate::ZERO,
            }),
            _ => Err(malformed("tiers", "another shape", "a list of triples")),
        })
        .collect::<Result<_, Trouble>>()?;
    let table = BracketTable::new(BracketStyle::Marginal, &rows)?;
    let greatest = if ask.number("stake")?.is_positive() {
        table.max_leverage_for_margin(ask.amount("stake")?)?
    } else {
        table.max_leverage(Notional::ZERO).map(|leverage| Ratio::whole(leverage.wide()))
    };
    Ok(greatest.map_or(Answer::Never, |leverage| ask.bare(leverage)))
}

pub(super) fn open_interest(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let rate = open_interest_rate(ask.rate("base")?, ask.notional("oi")?, ask.notional("lower")?, ask.notional("upper")?)?;
    Ok(ask.bare(Ratio::whole(rate.wide())))
}

/// In whole millionths.
pub(super) fn open_interest_ppm(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let base = to_rate(&(ask.number("base_ppm")? * ten(-6)))?;
    let rate = open_interest_rate(base, ask.notional("oi")?, ask.notional("lo")?, ask.notional("hi")?)?;
    let millionths: Exact = plain(Ratio::whole(rate.wide())) * ten(6);
    Ok(Answer::Number(truncated(&millionths)))
}

pub(super) fn close_down(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let quantity = |name: &str| ask.to_quantity(&ask.number(name)?);
    let closed = quantity_above(quantity("held")?, quantity("tier_max")?)?;
    ask.quantity(Ratio::whole(closed.wide()))
}
