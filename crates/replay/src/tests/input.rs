//! Bad input: one clear line, never a panic.

use super::*;
use crate::population_csv::parse;
use crate::{PopulationError, Uniform};
use ringfence_risk::units::Leverage;

const HEADER: &str = "name,account,side,quantity,leverage,entry";

#[test]
fn a_population_is_read() {
    let text = "\u{feff}name,account,side,quantity,leverage,entry\r\na long,a,long,10,2.5,100.5\r\n\r\nb,b,short, 1 ,100,\r\n";
    let population = parse("p.csv", text).unwrap();
    let [first, second] = population.openings() else { panic!("{population:?}") };
    assert_eq!((first.name.as_str(), first.account.as_str(), first.side), ("a long", "a", Side::Long));
    assert_eq!((first.quantity, first.leverage, first.entry), (parsed("10"), parsed("2.5"), Some(parsed("100.5"))));
    assert_eq!((second.quantity, second.side, second.entry), (parsed("1"), Side::Short, None));
    let modes = "name,account,side,quantity,leverage,entry,mode\na,a,long,1,2,,cross\nb,a,short,1,2,,cross\nc,c,long,1,2,,\n";
    let stated = parse("p.csv", modes).unwrap();
    assert_eq!((stated.mode("a"), stated.mode("c")), (Some(ringfence_risk::plan::MarginMode::Cross), None));
    for (row, expect) in [
        ("b,a,short,1,2,,isolated", "p.csv row 5: mode must be the same in all rows of account 'a'"),
        ("d,d,long,1,2,,half", "p.csv row 5: mode must be isolated or cross, got 'half'"),
    ] {
        let text = modes.replace("b,a,short,1,2,,cross", "e,e,short,1,2,,cross");
        assert_eq!(parse("p.csv", &format!("{text}{row}\n")).unwrap_err().to_string(), expect);
    }
    let short = parse("p.csv", "name,account,side,quantity,leverage\nx,y,long,1,1\n").unwrap();
    assert_eq!(short.openings()[0].leverage, Leverage::ONE);
}

#[test]
fn each_fault_of_a_population_is_one_line() {
    for (row, expect) in [
        ("a,b,long,1", "p.csv row 2: a row must have 6 fields like the header, got 4"),
        (",b,long,1,2,", "p.csv row 2: name must have 1 to 40 characters, got 0"),
        ("a,,long,1,2,", "p.csv row 2: account must have 1 to 40 characters, got 0"),
        ("a,b,buy,1,2,", "p.csv row 2: side must be long or short, got 'buy'"),
        ("a,b,long,one,2,", "p.csv row 2: quantity must be a decimal number like 12.5, got 'one'"),
        ("a,b,long,0,2,", "p.csv row 2: quantity must be greater than 0, got 0"),
        ("a,b,long,-1,2,", "p.csv row 2: quantity must be between 0 and 90000000000, got '-1'"),
        ("a,b,long,1.000000001,2,", "p.csv row 2: quantity must have at most 8 digits after the point, got '1.000000001'"),
        ("a,b,long,1,0.5,", "p.csv row 2: leverage must be between 1 and 1000, got '0.5'"),
        ("a,b,long,1,NaN,", "p.csv row 2: leverage must be a decimal number like 12.5, got 'NaN'"),
        ("a,b,long,1,2,0", "p.csv row 2: entry must be between 0.00000001 and 1000000000, got '0'"),
        ("a,b,long,1,2,1e5", "p.csv row 2: entry must be a decimal number like 12.5, got '1e5'"),
        ("\"a\",b,long,1,2,", "p.csv row 2: fields must not be quoted, got a quotation mark"),
        (
            "a\u{1b}[31m,b,long,1,2,",
            "p.csv row 2: name must consist of letters, digits, spaces and ASCII punctuation, got 'a\\u{1b}[31m'",
        ),
        ("a,b,long,1,2,\n\na,c,short,1,2,", "p.csv row 4: name must be used once, got 'a' of row 2 again"),
        (
            "a,b,long,1,2,\nc,b,short,1,3,\nd,b,long,1,3,",
            "p.csv row 4: leverage must be 2 like the other long of account 'b', got 3",
        ),
        ("", "p.csv: the header must be followed by rows, got none"),
    ] {
        let error = parse("p.csv", &format!("{HEADER}\n{row}\n")).unwrap_err();
        assert_eq!(error.to_string(), expect);
        assert!(!error.to_string().contains(['\n', '\u{1b}']));
    }
    for (text, expect) in [
        ("", "p.csv: the file must have a header and rows, got an empty file"),
        (
            "name;side\n",
            "p.csv row 1: header must be 'name,account,side,quantity,leverage', 'name,account,side,quantity,leverage,entry' or 'name,account,side,quantity,leverage,entry,mode', got 'name;side'",
        ),
    ] {
        assert_eq!(parse("p.csv", text).unwrap_err().to_string(), expect);
    }
    let missing = Population::from_csv("no such file.csv".as_ref()).unwrap_err();
    assert_eq!(missing.to_string(), "no such file.csv: cannot read: No such file or directory (os error 2)");
    assert!(matches!(missing, PopulationError::Io { .. }));
}

#[test]
fn wallets_are_checked() {
    let population = || Population::new(vec![opening("x", Side::Long, "1", "2")]);
    let unknown = population().with_wallet("b", parsed("1")).unwrap_err();
    assert_eq!(unknown.to_string(), "a wallet must be of an account that has positions, got 'b'");
    let negative = population().with_wallet("a", parsed("-1")).unwrap_err();
    assert_eq!(negative.to_string(), "wallet of account 'a' must not be below 0, got -1");
    assert_eq!(population().with_wallet("a", parsed("3")).unwrap().wallet("a"), Some(parsed("3")));
}

#[test]
fn each_fault_of_a_series_is_one_line() {
    let (market, population) = (market(ContractKind::Linear, "0.5"), both("1"));
    let replay = Replay { market: &market, population: &population, funding: &[], options: Options::default() };
    let failed = |series: &[Observation]| run(&replay, series).unwrap_err().to_string();
    assert_eq!(failed(&[]), "the series must have at least one observation, got none");
    assert_eq!(
        failed(&[tick(60_000, "5"), tick(1_000, "5")]),
        "time must not go back from 1970-01-01 00:01:00 of the observation before, got 1970-01-01 00:00:01"
    );
    assert_eq!(
        failed(&[bar(0, ["5", "4", "3", "3"])]),
        "open and close of the bar at 1970-01-01 00:00:00 must lie between its low of 3 and its high of 4"
    );
}

#[test]
fn one_account_and_side_have_one_leverage() {
    let market = market(ContractKind::Linear, "0.5");
    let population = Population::new(vec![opening("x", Side::Long, "1", "2"), opening("y", Side::Long, "1", "3")]);
    let replay = Replay { market: &market, population: &population, funding: &[], options: Options::default() };
    let error = run(&replay, &[tick(0, "100")]).unwrap_err();
    assert_eq!(error.to_string(), "y: leverage must be 2 like the other long of account 'a', got 3");
    let mut shared = market.clone();
    shared.rules.leverage_scope = ringfence_risk::rule_set::LeverageScope::PerContract;
    let population = Population::new(vec![opening("x", Side::Long, "1", "2"), opening("y", Side::Short, "1", "3")]);
    let error = run(&Replay { market: &shared, population: &population, ..replay }, &[tick(0, "100")]).unwrap_err();
    assert_eq!(error.to_string(), "account 'a': long and short must have one leverage under this rule set, got 2 and 3");
}

#[test]
fn each_fault_of_a_maker_is_one_line() {
    let (market, population) = (market(ContractKind::Linear, "0.5"), both("1"));
    let failed = |maker: Maker| {
        let options = Options { maker: Some(maker), ..Options::default() };
        run(&Replay { market: &market, population: &population, funding: &[], options }, &[tick(0, "100")])
            .unwrap_err()
            .to_string()
    };
    let good = Maker::DEFAULT;
    for (maker, expect) in [
        (Maker { levels: 0, ..good }, "the maker's levels must be between 1 and 500, got 0"),
        (Maker { levels: 501, ..good }, "the maker's levels must be between 1 and 500, got 501"),
        (Maker { half_spread: parsed("1"), ..good }, "the maker's half spread must be at least 0 and below 1, got 1"),
        (Maker { spacing: parsed("-0.1"), ..good }, "the maker's spacing must be at least 0 and below 1, got -0.1"),
        (Maker { spacing: parsed("0.2"), ..good }, "the maker's spacing must be so that the last bid is above 0, got 0.2"),
        (Maker { depth: parsed("99"), ..good }, "the maker's depth must be worth at least one lot, got 99"),
    ] {
        assert_eq!(failed(maker), expect);
    }
}

#[test]
fn numbers_at_the_ends_of_their_ranges_are_refused_or_carried_but_never_panic() {
    for kind in [ContractKind::Linear, ContractKind::Inverse] {
        let market = market(kind, "0.5");
        for quantity in ["90000000000", "1"] {
            let population = both(quantity);
            let replay = Replay { market: &market, population: &population, funding: &[], options: Options::default() };
            for price in ["0.00000001", "0.5", "1000000000"] {
                let _ = run(&replay, &[tick(0, price), tick(1, "0.5"), tick(2, "1000000000")]);
            }
        }
    }
}

#[test]
fn what_is_not_allowed_is_reported_and_the_rest_is_carried() {
    let market = market(ContractKind::Inverse, "0.5");
    let report = replayed(&market, &both("10000"), &[tick(0, "8000")]);
    assert_eq!((report.positions.len(), report.refused.len()), (18, 2));
    let refused = &report.refused[0];
    assert_eq!((refused.name.as_str(), refused.code, refused.mode), ("long 125x", "leverage-above-contract", "both"));
    assert_eq!(refused.reason, "leverage must not be above 100, got 125");
    // A wallet too small.
    let population = both("10000").with_wallet("long 2x", parsed("0.5")).unwrap();
    let report = replayed(&market, &population, &[tick(0, "8000")]);
    assert_eq!(report.refused[0].reason, "available balance must be at least 0.625, got 0.5");
    // An entry at which the position would not live, and one off the tick.
    let (mut dead, mut off) = (opening("dead", Side::Long, "10000", "100"), opening("off", Side::Short, "10000", "100"));
    (dead.entry, off.entry) = (Some(parsed("9000")), Some(parsed("8000.2")));
    let population = Population::new(vec![dead, off]).with_wallet("a", parsed("9")).unwrap();
    let report = replayed(&market, &population, &[tick(0, "8000")]);
    assert_eq!(
        (report.refused[0].reason.as_str(), report.refused[0].mode),
        ("the position would be liquidated at once at mark 8000", "isolated")
    );
    assert_eq!(
        (report.refused[1].reason.as_str(), report.refused[1].mode),
        ("price must be a multiple of the tick 0.5, got 8000.2", "both")
    );
    // A pool may carry what a box may not.
    assert!(report.positions[0].isolated.is_none() && report.positions[0].cross.is_some());
}

#[test]
fn rows_of_one_side_add_up() {
    let market = market(ContractKind::Linear, "0.5");
    let mut low = opening("low", Side::Long, "3", "10");
    low.entry = Some(parsed("96"));
    let population = Population::new(vec![opening("first", Side::Long, "1", "10"), low, opening("short", Side::Short, "1", "5")]);
    let report = replayed(&market, &population, &[tick(0, "100"), tick(1, "101")]);
    let long = &report.positions[0];
    assert_eq!((long.name.as_str(), long.rows, report.positions[1].name.as_str()), ("a long", 2, "short"));
    let life = isolated(&report, 0);
    // 10 + 28.8 of margin; (100 + 3 × 96) ÷ 4.
    assert_eq!((life.quantity, life.posted, life.entry), (parsed("4"), parsed("38.8"), parsed("97")));
    assert_eq!((life.unrealised, isolated(&report, 1).unrealised), (parsed("16"), parsed("-1")));
    assert_eq!(report.accounts[0].wallet_before, parsed("117.6"));
}

#[test]
fn many_positions_are_spread_and_all_of_them_open() {
    let leverages = vec![Leverage::ONE, parsed("100")];
    let uniform = Uniform { count: 500, quantity: parsed("100"), around: parsed("8000.2"), step: parsed("0.5"), leverages };
    let population = Population::uniform(&uniform).unwrap();
    let report =
        replayed(&market(ContractKind::Inverse, "0.5"), &population, &[tick(0, "8000"), tick(1, "9000"), tick(2, "7000")]);
    assert_eq!((report.positions.len(), report.refused.len(), report.accounts.len()), (500, 0, 500));
    // Of each four: a long and a short of leverage 1 that live, a short of 100 that dies at 9,000, a long of 100 that dies at 7,000.
    assert!(
        deaths(&report).chunks(4).all(|four| four[2].is_none_or(|(time, _)| time == 2) && four[3] == Some((1, parsed("9000"))))
    );
    assert_eq!(report.isolated.most_at_one_mark, 125);
}
