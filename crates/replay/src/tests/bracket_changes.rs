//! Brackets that change while a series runs: who is liquidated by the change alone, and when.

use super::carry::carried;
use super::*;
use crate::script_toml::parse;
use crate::{BracketChange, Happening, Impact, Regime, UtcTime, Watch};
use ringfence_risk::bracket::{BracketRow, BracketStyle};

/// Linear, from a maintenance rate of `before` (at 100×) to others at their times.
fn changing(before: &str, changes: &[(i64, &str, &str)]) -> Market {
    let flat = |rate: &str, leverage: &str| BracketTable::flat(parsed(rate), parsed(leverage)).unwrap();
    let change =
        |(time_ms, rate, leverage): &(i64, &str, &str)| BracketChange { time: UtcTime(*time_ms), brackets: flat(rate, leverage) };
    Market {
        brackets: flat(before, "10"),
        bracket_changes: changes.iter().map(change).collect(),
        ..market(ContractKind::Linear, "0.5")
    }
}

/// Ten at 100 and at 10×, with nothing behind it but its margin of 100: on cross it dies where it dies isolated.
fn ten(side: Side) -> Population {
    Population::new(vec![opening("p", side, "10", "10")]).with_wallet("a", parsed("100")).unwrap()
}

/// One price a minute.
fn ticks(prices: &[&str]) -> Vec<Observation> {
    prices.iter().zip(0..).map(|(price, at)| tick(at * 60_000, price)).collect()
}

/// One bar a minute that goes nowhere.
fn bars(prices: &[&str]) -> Vec<Observation> {
    prices.iter().zip(0..).map(|(price, at)| bar(at * 60_000, [price; 4])).collect()
}

/// What is shown, whose position, its first maintenance rate, changes, prices, and when and where it is liquidated.
type Case = (
    &'static str,
    Side,
    &'static str,
    &'static [(i64, &'static str, &'static str)],
    [&'static str; 3],
    Option<(i64, &'static str)>,
);

const MILD: &str = "0.005";
const HARD: &str = "0.095";

/// At 99 the long has 90 of its margin left, at 101 the short; the hard rate asks 94.05 and 95.95.
const CASES: [Case; 13] = [
    ("no change", Side::Long, MILD, &[], ["100", "99", "99"], None),
    ("between two rows", Side::Long, MILD, &[(90_000, HARD, "10")], ["100", "99", "99"], Some((90_000, "99"))),
    ("a short", Side::Short, MILD, &[(90_000, HARD, "10")], ["100", "101", "101"], Some((90_000, "101"))),
    (
        "before the first mark that would save it",
        Side::Long,
        MILD,
        &[(90_000, HARD, "10")],
        ["100", "99", "105"],
        Some((90_000, "99")),
    ),
    ("at the time of the last row", Side::Long, MILD, &[(120_000, HARD, "10")], ["100", "99", "105"], Some((120_000, "99"))),
    ("a moment after the first row", Side::Long, MILD, &[(1, HARD, "10")], ["100", "99", "99"], Some((60_000, "99"))),
    ("after the last row", Side::Long, MILD, &[(120_001, HARD, "10")], ["100", "99", "99"], None),
    ("a requirement that falls in time", Side::Long, HARD, &[(59_999, MILD, "100")], ["100", "99", "95"], None),
    ("a requirement that falls at the row's time", Side::Long, HARD, &[(60_000, MILD, "100")], ["100", "99", "95"], None),
    ("a requirement that falls too late", Side::Long, HARD, &[(60_001, MILD, "100")], ["100", "99", "95"], Some((60_000, "99"))),
    (
        "two between two rows, the first is too much",
        Side::Long,
        MILD,
        &[(70_000, HARD, "10"), (80_000, MILD, "100")],
        ["100", "99", "99"],
        Some((70_000, "99")),
    ),
    (
        "two between two rows, the second is too much",
        Side::Long,
        HARD,
        &[(30_000, MILD, "100"), (59_999, HARD, "10")],
        ["100", "99", "99"],
        Some((60_000, "99")),
    ),
    (
        "two after the fall, the second is too much",
        Side::Long,
        MILD,
        &[(70_000, "0.09", "10"), (80_000, HARD, "10")],
        ["100", "99", "99"],
        Some((80_000, "99")),
    ),
];

#[test]
fn a_change_is_in_force_from_its_time_at_the_mark_of_then() {
    for (what, side, before, changes, prices, died) in CASES {
        let (market, population) = (changing(before, changes), ten(side));
        for series in [ticks(&prices), bars(&prices)] {
            for options in [Options::default(), alone()] {
                let report = with_options(&market, &population, options, &series);
                let expected = died.map(|(time_ms, mark)| (time_ms, parsed(mark)));
                let fate = |life: Life| life.time.map(|time| time.0).zip(life.mark);
                assert_eq!([fate(isolated(&report, 0)), fate(cross(&report, 0))], [expected; 2], "{what}: {series:?}");
                let in_book = |run: &RunReport| run.liquidations.iter().map(|one| one.closed_in_book).collect::<Vec<_>>();
                let taken = if options.maker.is_some() { "10" } else { "0" };
                assert_eq!(
                    in_book(&report.isolated),
                    vec![parsed(taken); usize::from(died.is_some())],
                    "{what}: the maker quotes then, too"
                );
            }
        }
    }
}

#[test]
fn a_change_that_lies_outside_the_series_changes_nothing() {
    let series = ticks(&["100", "99", "92", "97"]);
    let without = replayed(&changing("0.005", &[]), &both("10"), &series);
    let after = replayed(&changing("0.005", &[(180_001, "0.095", "10")]), &both("10"), &series);
    assert_eq!(without, after);
    assert!(!without.stated.iter().any(|line| line.contains("brackets of XBTUSD")));
}

#[test]
fn changes_come_after_the_first_row_and_in_order() {
    for (changes, expect) in [
        (vec![(0, "0.095", "10")], "got 1970-01-01 00:00:00 after 1970-01-01 00:00:00"),
        (vec![(2_000, "0.095", "10"), (1_000, "0.005", "10")], "got 1970-01-01 00:00:01 after 1970-01-01 00:00:02"),
        (vec![(2_000, "0.095", "10"), (2_000, "0.005", "10")], "got 1970-01-01 00:00:02 after 1970-01-01 00:00:02"),
    ] {
        let (market, population) = (changing("0.005", &changes), ten(Side::Long));
        let replay = Replay { market: &market, population: &population, funding: &[], options: Options::default() };
        let error = run(&replay, &ticks(&["100", "99"])).unwrap_err().to_string();
        let rule = "times at which brackets change must increase and be later than the first observation";
        assert_eq!(error, format!("{rule}, {expect}"));
    }
}

#[test]
fn a_report_names_the_changes_that_were_made() {
    let market = changing("0.005", &[(60_000, "0.01", "10"), (86_400_000, "0.02", "10")]);
    let report = replayed(&market, &ten(Side::Long), &ticks(&["100", "99", "99"]));
    let said: Vec<&String> = report.stated.iter().filter(|line| line.contains("the brackets of")).collect();
    assert_eq!(said.len(), 1);
    assert!(said[0].starts_with("the brackets of XBTUSD change at 1970-01-01 00:01:00: at the mark of then"), "{said:?}");
}

/// What a liquidation was judged by is what it says, whatever the brackets are at the end.
#[test]
fn a_liquidation_before_a_change_names_the_mark_of_its_own_brackets() {
    let series = ticks(&["100", "89", "89", "89"]);
    let marks = |changes| {
        let report = replayed(&changing("0.005", changes), &ten(Side::Long), &series);
        report.isolated.liquidations.iter().map(|one| (one.time.0, one.liquidating_mark)).collect::<Vec<_>>()
    };
    assert_eq!(marks(&[(90_000, "0.095", "10")]), marks(&[]));
    assert_eq!(marks(&[(30_000, "0.05", "10")])[0].1, Some(parsed("94.5")), "94.73… on the grid");
}

/// With a dearer bracket from a value on, a search that began beyond the line would find the mark it began at.
#[test]
fn a_liquidation_under_slabs_names_the_first_mark_that_liquidates_not_the_one_it_died_at() {
    let row = |floor: &str, cap: &str, rate: &str| BracketRow {
        floor: parsed(floor),
        cap: parsed(cap),
        max_leverage: parsed("10"),
        maintenance_rate: parsed(rate),
    };
    let rows = [row("0", "1100", "0.005"), row("1100", "100000", "0.01")];
    let slabs = || BracketTable::new(BracketStyle::Slab, &rows).unwrap();
    for (side, prices, line) in
        [(Side::Long, ["100", "95", "85", "85"], "90"), (Side::Short, ["100", "104", "120", "120"], "109")]
    {
        for kind in [ContractKind::Linear, ContractKind::Inverse] {
            let market = Market { brackets: slabs(), ..market(kind, "0.5") };
            let quantity = if kind == ContractKind::Linear { "10" } else { "1000" };
            let population = Population::new(vec![opening("p", side, quantity, "10")]);
            let report = replayed(&market, &population, &ticks(&prices));
            let told = report.isolated.liquidations.first().and_then(|one| one.liquidating_mark).unwrap();
            assert_eq!(Some(told), isolated(&report, 0).liquidating_mark, "{side:?} {kind:?}");
            assert_ne!(told, parsed(prices[2]), "{side:?} {kind:?}");
            assert!((told.wide() - parsed::<MarkPrice>(line).wide()).abs() < 300_000_000, "{side:?} {kind:?} {told}");
        }
    }
}

/// A position keeps a leverage that the new brackets do not allow; opening and adding obey them.
#[test]
fn a_cap_below_the_leverage_of_a_position_leaves_it_open_and_refuses_more() {
    let enter = "do = \"enter\"\nside = \"long\"\nat = 0\nquantity = \"2\"\nleverage = \"10\"";
    let again = "do = \"add\"\nside = \"long\"\nat = 180000\nquantity = \"1\"";
    let close = "do = \"close\"\nside = \"long\"\nat = 240000";
    let steps: String = [enter, again, close].map(|step| format!("\n[[account.step]]\n{step}\n")).concat();
    let script = parse("s.toml", &format!("[[account]]\nname = \"alice\"\nwallet = \"1000\"\n{steps}")).unwrap();
    let population = Population::default().with_script(script);
    let market = changing("0.005", &[(90_000, "0.005", "5")]);
    let replay = Replay { market: &market, population: &population, funding: &[], options: Options::default() };
    for regime in [Regime::Isolated, Regime::Cross] {
        let outcome = carried(&replay, regime, &Watch::default(), &ticks(&["100", "100", "100", "100", "100"]));
        let said: Vec<&str> = outcome.script.iter().map(|done| done.said.as_str()).collect();
        assert_eq!(said, ["done at 100", "refused: leverage must not be above 5, got 10", "done at 100"], "{regime}");
        assert_eq!(outcome.run.liquidated, 0);
    }
}

/// What the change liquidates sells in the book: with impact the mark falls, and takes along who was safe.
#[test]
fn a_change_can_begin_a_cascade() {
    let market = changing("0.005", &[(90_000, "0.0995", "10")]);
    let rows = [("first", "1000", "10"), ("second", "100", "5")].map(|(name, quantity, leverage)| {
        let account = name.to_owned();
        Opening { account, ..opening(name, Side::Long, quantity, leverage) }
    });
    let population = Population::new(rows.to_vec());
    let watch = Watch { account: Some("second".to_owned()), ..Watch::default() };
    let impact = Some(Impact { per_million: parsed("0.5"), half_life_ms: 60_000 });
    let deaths = |impact| {
        let options = Options { impact, maker: Some(Maker { depth: parsed("1000000"), ..Maker::DEFAULT }), ..Options::default() };
        let replay = Replay { market: &market, population: &population, funding: &[], options };
        let outcome = carried(&replay, Regime::Isolated, &watch, &ticks(&["100", "90.5", "90.5"]));
        let told = outcome
            .told
            .iter()
            .filter(|told| matches!(&told.what, Happening::Said(said) if said == "the brackets change"))
            .count();
        assert_eq!(told, 1);
        outcome.run.liquidations.iter().map(|one| (one.account.clone(), one.time.0)).collect::<Vec<_>>()
    };
    assert_eq!(deaths(None), [("first".to_owned(), 90_000)]);
    assert_eq!(deaths(impact), [("first".to_owned(), 90_000), ("second".to_owned(), 90_000)]);
}

/// The maker goes on with further accounts under tables of little room; what each came with stays what it was when the room changes.
#[test]
fn the_money_of_the_maker_is_counted_once_across_a_change() {
    let table = |cap: &str| {
        let row = |floor: &str, cap: &str, leverage: &str, rate: &str| BracketRow {
            floor: parsed(floor),
            cap: parsed(cap),
            max_leverage: parsed(leverage),
            maintenance_rate: parsed(rate),
        };
        BracketTable::new(BracketStyle::Marginal, &[row("0", "200", "50", "0.005"), row("200", cap, "10", "0.01")]).unwrap()
    };
    let change = BracketChange { time: UtcTime(90_000), brackets: table("800") };
    let market = Market { brackets: table("500"), bracket_changes: vec![change], ..market(ContractKind::Linear, "0.5") };
    let rows =
        (0..10).map(|number| Opening { account: format!("a{number}"), ..opening(&format!("p{number}"), Side::Long, "4", "5") });
    let report = replayed(&market, &Population::new(rows.collect()), &ticks(&["100", "99", "70", "70"]));
    let came =
        report.accounts.iter().fold(report.isolated.maker.deposit, |sum, account| sum.plus(account.wallet_before).unwrap());
    assert_eq!(report.isolated.audit.deposits, came);
    assert!(report.stated.iter().any(|line| line.contains("it was held in")), "{:?}", report.stated);
    assert_eq!(report.isolated.liquidated, 10);
}
