//! Tests through the public interface.
#![allow(clippy::indexing_slicing, reason = "a test that misses is a test that fails")]

mod plan;
mod reports;
mod sweep;

use crate::{Axes, Cell, Fact, Prepared, Ran, Shared, Study, run_cell};
use ringfence_market::{Bar, Observation};
use ringfence_replay::{Impact, LadderSides, Market, Options, Population, Regime, Watch};
use ringfence_risk::bracket::BracketTable;
use ringfence_risk::contract::{Contract, ContractKind, ContractSpec, ValueRounding};
use ringfence_risk::fee::FeeSchedule;
use ringfence_risk::rule_set::RuleSet;
use ringfence_risk::units::Rate;

fn parsed<T: core::str::FromStr<Err: core::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

/// A crash from 10,000 to 5,000 and half of the way back, a bar a minute.
fn crash() -> Vec<Observation> {
    let prices = [10_000, 9_900, 9_700, 9_400, 9_000, 8_200, 6_500, 5_000, 6_000, 7_500];
    let bar = |(pair, minute): (&[i64], i64)| {
        let (open, close) = (parsed(&pair[0].to_string()), parsed(&pair[1].to_string()));
        Observation::Bar(Bar { open_time_ms: minute * 60_000, open, close, low: open.min(close), high: open.max(close) })
    };
    prices.windows(2).zip(0..).map(bar).collect()
}

fn prepared(impact: Option<Impact>) -> Prepared {
    let contract = Contract::list(ContractSpec {
        kind: ContractKind::Inverse,
        settlement: parsed("BTC"),
        tick: parsed("0.5"),
        mark_step: parsed("0.5"),
        lot: parsed("1"),
        multiplier: parsed("1"),
        value_rounding: ValueRounding::PerFill,
    });
    let market = Market {
        contract: contract.unwrap(),
        brackets: BracketTable::flat(parsed("0.005"), parsed("100")).unwrap(),
        rules: RuleSet::ringfence(),
        fees: FeeSchedule { maker: Rate::ZERO, taker: Rate::ZERO, liquidation: Rate::ZERO },
        symbol: "XBTUSD".to_owned(),
        bracket_changes: Vec::new(),
    };
    let population = Population::default_ladder(LadderSides::Both, parsed("10000")).unwrap();
    Prepared { market, brackets: "flat".to_owned(), population, options: Options { impact, ..Options::default() } }
}

fn ran(cell: Cell, prepared: &Prepared, watch: &Watch) -> Ran {
    let shared = Shared { funding: &[], watch };
    run_cell(cell, prepared, shared, || Ok(crash().into_iter().map(Ok))).unwrap()
}

fn study(impact: Option<Impact>) -> Study {
    let axes = Axes::default();
    let watch = Watch { samples: 8, expected: None, account: Some("long 20x".to_owned()) };
    let runs = (0..2).map(|number| ran(axes.cell(number).unwrap(), &prepared(impact), &watch)).collect();
    let fact = |key, value: &str| Fact { key, label: key, value: value.to_owned() };
    let facts = vec![fact("file", "a <b> & \"c\".csv"), fact("sha256", "00"), fact("version", "1")];
    Study { title: "A <crash> & its 'end'".to_owned(), facts, runs }
}

#[test]
fn isolated_and_cross_lie_beside_each_other() {
    let study = study(None);
    let (isolated, cross) = study.pair();
    let (isolated, cross) = (isolated.unwrap(), cross.unwrap());
    assert_eq!((isolated.cell.mode, cross.cell.mode), (Regime::Isolated, Regime::Cross));
    // Nobody loses more than what was posted, half of what came; on cross all of it is at stake.
    assert!(isolated.summary.lost <= isolated.summary.posted && isolated.summary.lost < cross.summary.lost);
    let fates = crate::fates(isolated, cross);
    assert_eq!(fates.both + fates.only_isolated, isolated.summary.liquidated);
    assert_eq!(fates.both + fates.only_cross, cross.summary.liquidated);
    assert_eq!(fates.both + fates.only_isolated + fates.only_cross + fates.neither, 18);
    assert!(study.findings().last().unwrap().contains("not measured"));
    assert!(crate::story(isolated).iter().any(|line| line.contains(": liquidated")));
}

#[test]
fn a_cascade_is_what_recorded_marks_alone_would_not_do() {
    let strong = Some(Impact { per_million: parsed("0.5"), half_life_ms: 600_000 });
    let with = study(strong);
    let counted = with.runs[0].summary.knock_on.unwrap() + with.runs[0].summary.sooner.unwrap();
    assert!(counted > 0, "{:?}", with.runs[0].summary);
    assert!(with.findings().last().unwrap().starts_with("cascade: "));
    // An impact too small to move a mark by one step changes nothing.
    let none = study(Some(Impact { per_million: Rate::from_raw(1).unwrap(), half_life_ms: 1 }));
    assert_eq!((none.runs[0].summary.knock_on, none.runs[0].summary.sooner), (Some(0), Some(0)));
}
