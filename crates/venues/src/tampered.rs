//! Bracket files with one thing wrong each: every error is one exact line.

use ringfence_risk::bracket::BracketStyle;

use crate::check::{check_once, check_source};
use crate::tables::{SOURCES, Source, State};

const GOOD: &str = "# a comment\nsource somewhere\npublished marginal\n\ntable\n0 100 20 0.01 0\n100 * 10 0.05 4\n\
                    since 2024-01-01 USDT AUSDT BUSDT\nsince 2024-02-01 USDC AUSDT\n\npublished slab\n\ntable\n0 50 20 0.01 -\n\
                    50 70 10 0.02 -\nsince 2024-03-01 USDT AUSDT\n\ngone 2024-04-01 AUSDT\n";

fn source(text: &str) -> Source<'_> {
    Source { venue: "test", file: "test.txt", text }
}

/// The error of the good file after one replacement.
fn error(from: &str, to: &str) -> String {
    assert_eq!(GOOD.matches(from).count(), 1, "{from} must occur once");
    let text = GOOD.replace(from, to);
    let source = source(&text);
    check_source(source)
        .map(|_| ())
        .and_then(|()| check_once(&[source]))
        .map_or_else(|error| error.to_string(), |()| "accepted".to_owned())
}

#[test]
fn the_untouched_file_is_read() {
    let summary = check_source(source(GOOD)).unwrap();
    assert_eq!((summary.symbols, summary.tables, summary.entries, summary.brackets), (2, 2, 5, 8));
    check_once(&[source(GOOD)]).unwrap();
    let entries = source(GOOD).entries(Some("AUSDT")).unwrap();
    let dates: Vec<_> = entries.iter().map(|entry| entry.date).collect();
    assert_eq!(dates, ["2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01"]);
    let assets: Vec<_> =
        entries.iter().map(|entry| if let State::Listed { asset, .. } = entry.state { asset } else { "gone" }).collect();
    assert_eq!(assets, ["USDT", "USDC", "USDT", "gone"]);
}

#[test]
fn a_tampered_table_gives_the_exact_line() {
    let gap = error("100 * 10 0.05 4", "110 * 10 0.05 4.4");
    assert_eq!(gap, "test.txt line 5: bracket 2: floor must be 100 (where the one before ends), got 110");
    assert_eq!(error("0.05 4", "0.05 5"), "test.txt line 5: bracket 2: cum must be 4, got 5");
    assert_eq!(
        error("100 * 10", "100 * 30"),
        "test.txt line 5: bracket 2: leverage must not be above the bracket before, got 30"
    );
    assert_eq!(
        error("0 100 20 0.01 0", "0 100 20 0.05 0"),
        "test.txt line 5: bracket 1: maintenance rate must be below 1/20, got 0.05"
    );
    let falling = error("50 70 10 0.02", "50 70 10 0.005");
    assert!(falling.starts_with("test.txt line 13: bracket 2: maintenance rate must be between 0 and 1"), "{falling}");
}

#[test]
fn a_tampered_line_gives_the_exact_line() {
    assert_eq!(error("0.05 4", "0.05 x"), "test.txt line 7: cum: 'x' is not a decimal number (write it like 12.5)");
    assert_eq!(error("0.05 4", "0.05"), "test.txt line 7: cum is missing");
    assert_eq!(error("0.05 4", "0.05 4 4"), "test.txt line 7: a row has five numbers, got a sixth: '4'");
    assert_eq!(
        error("50 70 10 0.02 -", "50 70 10 0.02 1"),
        "test.txt line 15: cum must be - where brackets are published as slabs, got '1'"
    );
    assert_eq!(error("* 10 0.05", "* 1001 0.05"), "test.txt line 7: leverage: leverage must be between 1 and 1000, got 1001");
    assert_eq!(
        error("gone ", "left "),
        "test.txt line 18: a line must begin with a number, source, published, table, since, gone or #, got 'left'"
    );
    assert_eq!(error("published slab", "published slabs"), "test.txt line 11: published must be marginal or slab, got 'slabs'");
    assert_eq!(error("2024-03-01", "2024-3-01"), "date must be written like 2022-02-12, got '2024-3-01'");
    assert_eq!(
        error("USDC", "US-C"),
        "test.txt line 5: asset name must be between 1 letter or digit and 16 letters or digits, got US-C"
    );
}

#[test]
fn tables_without_users_and_double_statements_are_refused() {
    assert_eq!(
        error("since 2024-03-01 USDT AUSDT\n", "# nobody\n"),
        "test.txt line 1: every table needs users, and a blank line before it"
    );
    assert_eq!(error("2024-03-01", "2024-02-01"), "test.txt: AUSDT of 2024-02-01 is given twice");
    assert_eq!(error("USDT AUSDT BUSDT", "USDT AUSDT AUSDT"), "test.txt: AUSDT of 2024-01-01 is given twice");
}

#[test]
fn a_real_table_with_one_constant_off_by_a_unit_is_refused() {
    let [snapshot, ..] = SOURCES;
    assert!(snapshot.text.contains(" 0.0065 1500\n"), "the table of BTCUSDT");
    let text = snapshot.text.replacen(" 0.0065 1500\n", " 0.0065 1500.00000001\n", 1);
    let refused = check_source(Source { text: &text, ..snapshot }).unwrap_err().to_string();
    assert!(refused.ends_with("cum must be 1500, got 1500.00000001"), "{refused}");
    let entry = source(GOOD).entries(Some("BUSDT")).unwrap()[0];
    let State::Listed { block, .. } = entry.state else { panic!("BUSDT is listed") };
    assert_eq!(block.table(BracketStyle::Slab).unwrap().brackets()[1].cum.to_string(), "0");
}
