//! What differs between two runs, position by position and account by account.

use crate::study::Ran;
use crate::summary::{share, span, with_money};
use ringfence_risk::units::Amount;
use std::collections::BTreeMap;

/// Positions by what became of them isolated and on cross.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fates {
    /// Liquidated in both runs.
    pub both: usize,
    /// Liquidated isolated only: the pool carried them.
    pub only_isolated: usize,
    /// Liquidated on cross only: another position of the pool, or what the pool's end set off, took them.
    pub only_cross: usize,
    /// In neither.
    pub neither: usize,
}

/// What became of the positions that both runs opened.
#[must_use]
pub fn fates(isolated: &Ran, cross: &Ran) -> Fates {
    let on_cross: BTreeMap<(&str, &str), bool> = cross
        .outcome
        .positions
        .iter()
        .map(|position| ((position.account.as_str(), position.name.as_str()), position.life.liquidations > 0))
        .collect();
    let mut fates = Fates::default();
    for position in &isolated.outcome.positions {
        let Some(crossed) = on_cross.get(&(position.account.as_str(), position.name.as_str())) else { continue };
        let place = match (position.life.liquidations > 0, *crossed) {
            (true, true) => &mut fates.both,
            (true, false) => &mut fates.only_isolated,
            (false, true) => &mut fates.only_cross,
            (false, false) => &mut fates.neither,
        };
        *place = place.saturating_add(1);
    }
    fates
}

pub(crate) fn findings(isolated: &Ran, cross: &Ran) -> Vec<String> {
    let (one, other) = (&isolated.summary, &cross.summary);
    let asset = &isolated.outcome.settlement;
    let fates = fates(isolated, cross);
    let mut lines = vec![
        format!(
            "liquidated: {} of {} positions isolated, {} of {} on cross; {} of them in both runs, {} isolated only, {} on cross only",
            one.liquidated, one.positions, other.liquidated, other.positions, fates.both, fates.only_isolated, fates.only_cross
        ),
        format!(
            "lost by liquidations: {} {asset} isolated, {} % of the money at the start; {} {asset} on cross, {} %",
            one.lost,
            share(one.lost, one.wallets),
            other.lost,
            share(other.lost, other.wallets)
        ),
        worst(isolated, cross),
        format!(
            "accounts with nothing left: {} of {} isolated, {} of {} on cross",
            one.ruined,
            with_money(&isolated.outcome).count(),
            other.ruined,
            with_money(&cross.outcome).count()
        ),
        format!(
            "gap deficit, which is how far below zero the liquidating marks left margin balances: {} {asset} isolated, {} {asset} on cross",
            one.gap, other.gap
        ),
        format!(
            "the insurance fund changed by {} {asset} isolated, {} {asset} on cross",
            one.insurance_change, other.insurance_change
        ),
    ];
    for (what, one, other) in [
        ("losses that nobody covered", one.uncovered, other.uncovered),
        ("losses spread over profitable positions", one.socialised, other.socialised),
    ] {
        if one > Amount::ZERO || other > Amount::ZERO {
            lines.push(format!("{what}: {one} {asset} isolated, {other} {asset} on cross"));
        }
    }
    if let (Some(one), Some(other)) = (one.times_ms, other.times_ms) {
        lines.push(format!(
            "first liquidation: after {} isolated, {} on cross; half of the liquidated positions were gone after {} isolated, {} on cross",
            span(one[0]),
            span(other[0]),
            span(one[1]),
            span(other[1])
        ));
    }
    lines.push(match (one.knock_on, other.knock_on) {
        (Some(knocked), Some(crossed)) => format!(
            "cascade: {knocked} positions isolated and {crossed} on cross were liquidated only because earlier liquidations had moved the mark; {} isolated and {} on cross \
             sooner than without that",
            one.sooner.unwrap_or(0),
            other.sooner.unwrap_or(0)
        ),
        (None, _) | (_, None) => "cascade: not measured, since liquidations do not move the mark in these runs (see --impact)".to_owned(),
    });
    lines
}

/// The worst result of an account: what it has at the end less what it came with.
fn worst(isolated: &Ran, cross: &Ran) -> String {
    let least = |ran: &Ran| {
        let results = ran.outcome.accounts.iter().filter(|account| account.wallet_before > Amount::ZERO).filter_map(|account| {
            let result = account.life.equity.minus(account.wallet_before).ok()?;
            Some((
                result.wide().saturating_mul(1_000_000).checked_div(account.wallet_before.wide())?,
                result,
                account.wallet_before,
            ))
        });
        results.min_by_key(|(part, ..)| *part).map_or_else(|| "-".to_owned(), |(_, result, before)| share(result, before))
    };
    format!(
        "the worst result of an account: {} % of its money at the start isolated, {} % on cross",
        least(isolated),
        least(cross)
    )
}
