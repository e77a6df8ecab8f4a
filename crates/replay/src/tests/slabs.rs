//! Brackets whose maintenance jumps: a position has lines on both sides, and a mark can leap over a stretch that liquidates.

use super::*;
use crate::{MarkSteps, Options};
use ringfence_risk::bracket::{BracketRow, BracketStyle};

/// 1 % below a value of 1,000, 30 % from there on.
fn slabs() -> Market {
    let mut market = market(ContractKind::Linear, "1");
    let row = |floor, cap, leverage, rate| BracketRow {
        floor: parsed(floor),
        cap: parsed(cap),
        max_leverage: parsed(leverage),
        maintenance_rate: parsed(rate),
    };
    let rows = [row("0", "1000", "50", "0.01"), row("1000", "10000000000000", "3", "0.3")];
    market.brackets = BracketTable::new(BracketStyle::Slab, &rows).unwrap();
    market
}

fn died(population: &Population, steps: MarkSteps, series: &[Observation]) -> Option<(i64, String)> {
    let options = Options { steps, ..Options::default() };
    let report = run(&Replay { market: &slabs(), population, funding: &[], options }, series).unwrap();
    check_money(&report);
    assert!(report.refused.is_empty(), "{report:?}");
    deaths(&report)[0].map(|(time, mark)| (time, mark.to_string()))
}

/// 11 at 100 and 3×: margin 366.67, the line of 30 % at 95.2, that of 1 % at 67.3; the edge between them at 90.9.
fn long() -> Population {
    Population::new(vec![opening("long", Side::Long, "11", "3")])
}

#[test]
fn a_leap_over_the_liquidating_stretch_is_survived_and_coming_back_is_not() {
    let leap = [tick(0, "100"), tick(1, "85")];
    assert_eq!(died(&long(), MarkSteps::Recorded, &leap), None);
    let at = |time, mark: &str| Some((time, mark.to_owned()));
    assert_eq!(died(&long(), MarkSteps::Recorded, &[leap[0], leap[1], tick(2, "92")]), at(2, "92"));
    assert_eq!(died(&long(), MarkSteps::Recorded, &[leap[0], leap[1], tick(2, "67")]), at(2, "67"));
    assert_eq!(died(&long(), MarkSteps::Recorded, &[leap[0], leap[1], tick(2, "99"), tick(3, "95")]), at(3, "95"));
    // Step by step there is no leap, neither down nor up again.
    assert_eq!(died(&long(), MarkSteps::EveryStep, &[bar(0, ["100", "100", "85", "85"])]), at(0, "95"));
    let back = [bar(0, ["100", "100", "100", "100"]), bar(1, ["85", "99", "85", "99"])];
    assert_eq!(died(&long(), MarkSteps::EveryStep, &back), at(1, "91"));
}

#[test]
fn a_short_is_liquidated_where_the_bracket_asks_more() {
    // 9 at 100 and 5×: margin 180; worth 1,000 from 112 on, where 30 % are due of a balance of 72.
    let short = Population::new(vec![opening("short", Side::Short, "9", "5")]);
    let at = |time, mark: &str| Some((time, mark.to_owned()));
    assert_eq!(died(&short, MarkSteps::Recorded, &[tick(0, "100"), tick(1, "111"), tick(2, "112")]), at(2, "112"));
    assert_eq!(died(&short, MarkSteps::EveryStep, &[bar(0, ["100", "130", "90", "120"])]), at(0, "112"));
}
