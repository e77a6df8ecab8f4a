//! The sums over a run, for its report.

use std::collections::BTreeMap;

use ringfence_engine::engine::Engine;
use ringfence_engine::query::LiquidationStory;
use ringfence_engine::state::Market;
use ringfence_replay::{Audit, End, InsuranceReport, LiquidationReport, MakerReport, PositionOutcome, RunReport};
use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::plan::MarginMode;
use ringfence_risk::rule_set::LiquidationStep;
use ringfence_risk::units::{Amount, Quantity, Side};

use super::outcome::{Seen, closed};
use crate::boot::MAKER;
use crate::edge::error::{ApiError, Code};
use crate::local::preview::out_of_range;

/// Positions and liquidations are the account's; insurance fund, deleveraging and what nobody covered are the leading market's.
pub(super) fn sums(
    seen: &Seen<'_>,
    positions: &[PositionOutcome],
    liquidations: Vec<LiquidationReport>,
) -> Result<RunReport, ApiError> {
    let [start, ended] = &seen.run.engines;
    let lives = || positions.iter().map(|position| position.life);
    let of_market: Vec<&LiquidationStory> = seen
        .run
        .stories
        .iter()
        .map(|(_, story)| story)
        .filter(|story| story.start.market == seen.course.leading.market)
        .collect();
    let money = |of: fn(&LiquidationStory) -> Amount| of_market.iter().try_fold(Amount::ZERO, |sum, one| sum.plus(of(one)));
    let lots = |step| of_market.iter().try_fold(Quantity::ZERO, |sum, one| sum.plus(closed(seen.market, one, &[step])?));
    let trades = |engine: &Engine| engine.state().market(seen.course.leading.market).map_or(0, Market::trades);
    let sum = || -> Result<RunReport, OutOfRange> {
        Ok(RunReport {
            positions: positions.len(),
            liquidated: lives().filter(|life| life.liquidations > 0).count(),
            open: lives().filter(|life| life.end == End::Open).count(),
            posted: lives().try_fold(Amount::ZERO, |sum, life| sum.plus(life.posted))?,
            lost: lives().try_fold(Amount::ZERO, |sum, life| sum.plus(life.loss))?,
            gap: gap(seen)?,
            most_at_one_mark: most_at_one_mark(seen),
            closed_in_book: lots(LiquidationStep::ImmediateOrder)?,
            taken_over: lots(LiquidationStep::InsuranceTakeover)?,
            deleveragings: of_market.iter().fold(0, |sum, story| sum + story.deleveraged.len() as u64),
            deleveraged: lots(LiquidationStep::AutoDeleverage)?,
            socialised: money(|story| story.socialised)?,
            uncovered: money(|story| story.uncovered)?,
            funding: Amount::ZERO,
            insurance: insurance(seen, money(|story| story.fee)?, money(|story| story.insurance_paid)?)?,
            maker: maker(seen)?,
            liquidations,
            trades: trades(ended).saturating_sub(trades(start)),
            commands: seen.run.commands,
            audit: audit(seen, ended)?,
            state_hash: ended.clone().hash().to_string(),
        })
    };
    if ended.state().audit().is_err() { Err(ApiError::of(Code::Internal)) } else { sum().map_err(out_of_range) }
}

/// How far below zero marks left boxes and the pool: the pool once a step.
fn gap(seen: &Seen<'_>) -> Result<Amount, OutOfRange> {
    let mut pools = Vec::new();
    seen.own().try_fold(Amount::ZERO, |sum, (step, story)| {
        let is_again = story.start.margin_mode == MarginMode::Cross && pools.contains(step);
        if story.start.margin_mode == MarginMode::Cross {
            pools.push(*step);
        }
        if is_again { Ok(sum) } else { sum.plus(story.start.margin_balance.min(Amount::ZERO).negated()?) }
    })
}

fn most_at_one_mark(seen: &Seen<'_>) -> usize {
    let mut counts = BTreeMap::new();
    for (step, _) in seen.own() {
        *counts.entry(*step).or_insert(0) += 1;
    }
    counts.into_values().max().unwrap_or(0)
}

/// What is neither a fee nor a payment is what it made of positions that it took over.
fn insurance(seen: &Seen<'_>, fees: Amount, paid: Amount) -> Result<InsuranceReport, OutOfRange> {
    let (before, after) = (seen.run.start.insurance, seen.run.at(seen.run.points.len()).insurance);
    let fund = seen.market.fund_position();
    let unrealised = fund.zip(seen.market.mark()).map(|(position, mark)| position.unrealised_pnl(seen.market.contract(), mark));
    Ok(InsuranceReport {
        before,
        fees,
        trades: after.minus(before)?.minus(fees)?.plus(paid)?,
        paid,
        funding: Amount::ZERO,
        after,
        held: fund.map_or(Quantity::ZERO, |position| position.quantity),
        unrealised: unrealised.transpose()?.unwrap_or(Amount::ZERO),
    })
}

/// The maker of the exchange: what it was worth when the run began, and what it made of it.
fn maker(seen: &Seen<'_>) -> Result<MakerReport, OutOfRange> {
    let worth = |engine: &Engine| {
        let view = engine.state().account_view(MAKER, seen.asset)?;
        Ok::<_, OutOfRange>(view.map_or(Amount::ZERO, |view| view.margin_balance))
    };
    let [start, ended] = &seen.run.engines;
    let deposit = worth(start)?;
    let held = [Side::Long, Side::Short].into_iter().filter_map(|side| {
        let position = seen.market.participant(MAKER)?.positions().of(side)?;
        Some(format!("{side} {}", position.quantity))
    });
    let held = held.collect::<Vec<_>>().join(", ");
    let held = if held.is_empty() { "none".to_owned() } else { held };
    Ok(MakerReport { deposit, result: worth(ended)?.minus(deposit)?, held, quotes_refused: 0, refusal: None })
}

/// Where the money of the asset is at the end.
fn audit(seen: &Seen<'_>, ended: &Engine) -> Result<Audit, OutOfRange> {
    let none = OutOfRange { what: "number of an asset" };
    let audits = ended.state().audit().map_err(|_| none)?;
    let found = audits.get(usize::from(seen.asset.0)).ok_or(none)?;
    let totals = &found.totals;
    Ok(Audit {
        deposits: Amount::from_wide(totals.outside)?.negated()?,
        wallets: Amount::from_wide(totals.wallets)?,
        holds: Amount::from_wide(totals.holds)?,
        margins: Amount::from_wide(totals.margins)?,
        fees: Amount::from_wide(totals.fees)?,
        insurance: Amount::from_wide(totals.insurance)?,
        settlement: Amount::from_wide(totals.settlement)?,
        uncovered: Amount::from_wide(totals.uncovered)?,
        audit_difference: Amount::from_wide(found.difference)?,
    })
}
