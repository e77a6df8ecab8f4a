//! The plain scan: every visited mark, every position, the exact test.

use super::*;
use crate::{BarPath, MarkSteps};
use ringfence_risk::isolated::Leg;
use ringfence_risk::maintenance::Terms;
use ringfence_risk::position::{Position, open};

/// The marks a replay visits, each with its time.
pub(crate) fn visits(market: &Market, options: Options, series: &[Observation]) -> Vec<(i64, MarkPrice)> {
    let mut visited = Vec::new();
    let grid = |price| market.on_grid(price).unwrap();
    for observation in series {
        match observation {
            Observation::Tick(tick) => visited.push((tick.time_ms, grid(tick.price))),
            Observation::Bar(bar) => {
                let marks = match options.path {
                    BarPath::OpenLowHighClose => [bar.open, bar.low, bar.high, bar.close],
                    BarPath::OpenHighLowClose => [bar.open, bar.high, bar.low, bar.close],
                };
                let step = market.contract.spec().mark_step.raw();
                let mut from = grid(marks[0]).raw();
                visited.push((bar.open_time_ms, grid(marks[0])));
                for mark in marks.into_iter().skip(1).map(grid) {
                    while options.steps == MarkSteps::EveryStep && (mark.raw() - from).abs() > step {
                        from += step * (mark.raw() - from).signum();
                        visited.push((bar.open_time_ms, MarkPrice::from_raw(from).unwrap()));
                    }
                    from = mark.raw();
                    visited.push((bar.open_time_ms, mark));
                }
            }
        }
    }
    visited
}

/// The position of a row alone at its price.
fn position(market: &Market, row: &Opening, first: MarkPrice) -> Position {
    let price = row.entry.unwrap_or_else(|| market.on_tick(first, row.side).unwrap());
    let value = ringfence_risk::position::fill_value(&market.contract, row.quantity, price).unwrap();
    open(row.side, row.quantity, value, row.leverage).unwrap()
}

/// A visit with how many times the brackets have changed: a change is a visit of its own, at the mark before it.
fn judged(market: &Market, visits: &[(i64, MarkPrice)]) -> Vec<(i64, MarkPrice, usize)> {
    let (mut judged, mut made, mut last) = (Vec::new(), 0, visits[0].1);
    for (time_ms, mark) in visits {
        while let Some(change) = market.bracket_changes.get(made).filter(|change| change.time.0 <= *time_ms) {
            made += 1;
            judged.push((change.time.0, last, made));
        }
        judged.push((*time_ms, *mark, made));
        last = *mark;
    }
    judged
}

/// When each row, alone in its account and without funding, is liquidated.
pub(crate) fn scan(market: &Market, population: &Population, visits: &[(i64, MarkPrice)]) -> Vec<Option<(i64, MarkPrice)>> {
    let (first, judged) = (visits[0].1, judged(market, visits));
    let scanned = population.openings().iter().map(|row| {
        let position = position(market, row, first);
        let is_due = |(_, mark, made): &(i64, MarkPrice, usize)| {
            let brackets = if *made == 0 { &market.brackets } else { &market.bracket_changes[made - 1].brackets };
            let terms = Terms { brackets, ..market.terms(Rate::ZERO) };
            Leg::isolated(terms, &position).unwrap().is_liquidatable(*mark).unwrap()
        };
        judged.iter().copied().find(is_due).map(|(time_ms, mark, _)| (time_ms, mark))
    });
    scanned.collect()
}
