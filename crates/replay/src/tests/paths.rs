//! The way the mark takes, and what it never does.

use super::*;
use crate::{BarPath, MarkSteps, Options};

/// A long and a short that one wide bar would both kill.
fn pair() -> Population {
    let (mut long, mut short) = (opening("l", Side::Long, "1000", "10"), opening("s", Side::Short, "1000", "10"));
    (long.account, short.account) = ("l".to_owned(), "s".to_owned());
    Population::new(vec![long, short])
}

fn marks(path: BarPath, steps: MarkSteps, series: &[Observation]) -> Vec<Option<(i64, String)>> {
    let (market, population) = (market(ContractKind::Linear, "0.1"), pair());
    let report = with_options(&market, &population, Options { path, steps, ..alone() }, series);
    deaths(&report).into_iter().map(|fate| fate.map(|(time, mark)| (time, mark.to_string()))).collect()
}

#[test]
fn recorded_marks_are_the_bars_own_and_stay_within_it() {
    let series = [bar(0, ["100", "100", "100", "100"]), bar(1, ["100", "109.8", "90.2", "100"])];
    let died = |low: &str, high: &str| vec![Some((1, low.to_owned())), Some((1, high.to_owned()))];
    for path in [BarPath::OpenLowHighClose, BarPath::OpenHighLowClose] {
        assert_eq!(marks(path, MarkSteps::Recorded, &series), died("90.2", "109.8"));
        // Long: 100 − 10 + 0.5 % of what it is worth; short: 100 + 10 − 0.5 %.
        assert_eq!(marks(path, MarkSteps::EveryStep, &series), died("90.4", "109.5"));
    }
}

#[test]
fn from_bar_to_bar_the_mark_jumps_whatever_the_steps() {
    let series = [bar(0, ["100", "100", "100", "100"]), bar(7, ["90.2"; 4]), bar(8, ["109.8"; 4])];
    for steps in [MarkSteps::Recorded, MarkSteps::EveryStep] {
        let died = vec![Some((7, "90.2".to_owned())), Some((8, "109.8".to_owned()))];
        assert_eq!(marks(BarPath::OpenLowHighClose, steps, &series), died);
    }
}

#[test]
fn prices_off_the_grid_are_put_on_it_and_counted() {
    let market = market(ContractKind::Linear, "0.5");
    let report = replayed(&market, &pair(), &[tick(0, "100.2"), tick(1, "99.75"), tick(2, "99.76"), tick(3, "100.25")]);
    assert_eq!((report.data.off_grid, report.data.ticks, report.data.bars), (4, 4, 0));
    assert_eq!((report.data.first_mark, report.data.last_mark), (parsed("100"), parsed("100")));
    assert!(report.stated.iter().any(|line| line.starts_with("4 recorded prices were put on the mark's grid of 0.5")));
    assert_eq!((report.data.low, report.data.high), (parsed("100"), parsed("100")));
}

#[test]
fn an_entry_off_the_tick_is_rounded_against_the_trader_and_a_stated_one_is_refused() {
    let mut market = market(ContractKind::Linear, "0.5");
    let spec = *market.contract.spec();
    market.contract = Contract::list(ContractSpec { mark_step: parsed("0.1"), ..spec }).unwrap();
    let mut stated = opening("stated", Side::Long, "1", "2");
    stated.account = "own".to_owned();
    stated.entry = Some(parsed("99.7"));
    let mut openings = pair().openings().to_vec();
    openings.push(stated);
    let report = replayed(&market, &Population::new(openings), &[tick(0, "100.2")]);
    let entries: Vec<String> = report.positions.iter().map(|position| position.isolated.unwrap().entry.to_string()).collect();
    assert_eq!(entries, ["100.5", "100"]);
    assert_eq!(report.refused[0].reason, "price must be a multiple of the tick 0.5, got 99.7");
    assert_eq!(report.refused[0].code, "filter");
}
