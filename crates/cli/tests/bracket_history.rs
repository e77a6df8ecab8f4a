//! A series that crosses a change of brackets follows it, in `replay` and in `compare`, and says so.

mod compare_support;

use std::fs;

use compare_support::{Scratch, ringfence, well};
use serde_json::Value;

/// 2022-05-20 22:00 UTC: two hours before the brackets of BTCUSDT change.
const BEGIN_MS: i64 = 1_653_084_000_000;
const HOUR_MS: i64 = 3_600_000;
const WORDS: &str = "BTCUSDT of 2022-02-12, then 2022-05-21";
/// A long of 39.6 million at 10x: at 38,400 it has 2.376 million left, where February asked 1.6965 million and May asks 2.5353 million.
const LONG: [&str; 8] = ["--contract", "BTCUSDT", "--quantity", "990", "--sides", "long", "--insurance", "0"];

/// Bars of an hour that go nowhere: 40,000 first, 38,400 after it.
fn series(scratch: &Scratch, name: &str, begin_ms: i64, bars: i64) -> String {
    let row = |hour: i64| {
        let price = if hour == 0 { 40_000 } else { 38_400 };
        format!("{},{price},{price},{price},{price}\n", begin_ms + hour * HOUR_MS)
    };
    let rows: String = (0..bars).map(row).collect();
    fs::write(scratch.0.join(name), format!("ts_ms,open,high,low,close\n{rows}")).expect("a file");
    scratch.path(name)
}

fn replayed(file: &str, more: &[&str]) -> Value {
    let arguments = [&["replay", file, "--leverages", "10"], LONG.as_slice(), more, &["-o", "json"]].concat();
    serde_json::from_str(&well(&arguments)).expect("JSON")
}

fn compared(file: &str, more: &[&str]) -> String {
    well(&[&["compare", file, "--ladder", "10"], LONG.as_slice(), more].concat())
}

#[test]
fn a_replay_follows_the_history_unless_one_table_is_named() {
    let scratch = Scratch::new("history");
    let file = series(&scratch, "may.csv", BEGIN_MS, 4);
    for (choice, brackets, liquidated) in [
        (vec![], WORDS, 1),
        (vec!["--brackets-date", "history"], WORDS, 1),
        (vec!["--brackets-date", "first"], "BTCUSDT of 2022-02-12", 0),
        (vec!["--brackets-date", "2022-02-12"], "BTCUSDT of 2022-02-12", 0),
    ] {
        let report = replayed(&file, &choice);
        assert_eq!((report["brackets"].as_str(), report["isolated"]["liquidated"].as_i64()), (Some(brackets), Some(liquidated)));
        let (first, run) = (&report["isolated"]["liquidations"][0], &report["isolated"]);
        if liquidated == 1 {
            assert_eq!((first["time"].as_str(), first["mark"].as_str()), (Some("2022-05-21 00:00:00"), Some("38400")));
        }
        assert_eq!(run["audit"]["audit_difference"], "0");
        let text = well(&[&["replay", file.as_str(), "--leverages", "10"], LONG.as_slice(), &choice].concat());
        let one_table = "brackets changed on 2022-05-21: one table is used for the whole series";
        assert_eq!(
            (text.contains("the brackets of BTCUSDT change at 2022-05-21 00:00:00"), text.contains(one_table)),
            (liquidated == 1, liquidated == 0)
        );
    }
}

#[test]
fn where_nothing_changes_the_history_is_the_run_of_the_day() {
    let scratch = Scratch::new("quiet");
    // The last bar opens an hour before the change; the first of the other opens with it.
    for (name, begin_ms, bars, day) in
        [("before.csv", BEGIN_MS, 2, "2022-02-12"), ("at.csv", BEGIN_MS + 2 * HOUR_MS, 3, "2022-05-21")]
    {
        let file = series(&scratch, name, begin_ms, bars);
        // In May 990 BTC are held at 5x at most.
        let leverage = if day == "2022-05-21" { "5" } else { "10" };
        let arguments = [&["replay", file.as_str(), "--leverages", leverage], LONG.as_slice()].concat();
        for output in ["table", "json", "csv"] {
            let fixed = well(&[arguments.as_slice(), &["-o", output, "--brackets-date", day]].concat());
            assert_eq!(well(&[arguments.as_slice(), &["-o", output]].concat()), fixed, "{name}");
        }
    }
}

#[test]
fn every_report_of_a_comparison_names_the_changes() {
    let scratch = Scratch::new("reports");
    let file = series(&scratch, "may.csv", BEGIN_MS, 4);
    let (html, json, csv) = (scratch.path("a.html"), scratch.path("a.json"), scratch.path("a.csv"));
    let text = compared(&file, &["--report", &html, "--report", &json, "--report", &csv]);
    for report in [text.clone(), fs::read_to_string(html).expect("a page"), fs::read_to_string(csv).expect("rows")] {
        assert!(
            report.contains(&format!("ringfence: {WORDS}")) && report.contains("the brackets of BTCUSDT change at"),
            "{report}"
        );
    }
    let json: Value = serde_json::from_str(&fs::read_to_string(json).expect("a file")).expect("JSON");
    assert_eq!((json["runs"][0]["brackets"].as_str(), json["runs"][0]["liquidated"].as_str()), (Some(WORDS), Some("1")));
    let told = compared(&file, &["--explain", "long 10x"]);
    assert!(told.contains("the brackets change"), "{told}");
}

#[test]
fn history_is_a_value_of_the_axis_and_a_sweep_in_parts_is_the_sweep() {
    let scratch = Scratch::new("axis");
    let file = series(&scratch, "may.csv", BEGIN_MS, 4);
    let column = |text: &str, name: &str| -> Vec<String> {
        let mut rows = text.lines().map(|row| row.split(',').map(str::to_owned).collect::<Vec<_>>());
        let at = rows.next().expect("heads").iter().position(|head| head == name).expect("a column");
        rows.map(|row| row[at].clone()).collect()
    };
    let axis = compared(&file, &["--dates", "history,first,2022-02-12", "--modes", "isolated", "-o", "csv"]);
    assert_eq!(column(&axis, "liquidated"), ["1", "0", "0"]);
    let hashes = column(&axis, "state_hash");
    assert_eq!(hashes[1], hashes[2]);
    assert_eq!(column(&compared(&file, &["-o", "csv"]), "state_hash")[0], hashes[0]);
    let sweep = ["--sweep", "dates=history,first rules=ringfence,binance-usdm"];
    let whole = compared(&file, &[sweep.as_slice(), &["-o", "csv"]].concat());
    let out = scratch.path("out");
    for shard in ["2/3", "1/3", "3/3"] {
        compared(&file, &[sweep.as_slice(), &["--out", &out, "--shard", shard]].concat());
    }
    let table = fs::read_to_string(scratch.0.join("out/table.csv")).expect("a table");
    let rows: Vec<&str> = table.lines().map(|row| row.split_once(',').expect("a cell").1).collect();
    assert_eq!(rows, whole.lines().collect::<Vec<_>>());
    let said = compared(&file, &sweep);
    assert!(said.contains(&format!("{WORDS}; BTCUSDT of 2022-02-12")), "{said}");
}

#[test]
fn the_earliest_brackets_serve_before_their_day_and_a_wrong_word_is_named() {
    let scratch = Scratch::new("early");
    let early = BEGIN_MS - 100 * 24 * HOUR_MS;
    let unknown = "BTCUSDT of 2022-02-12: none are known of 2022-02-09, so these, the earliest, are used";
    assert_eq!(replayed(&series(&scratch, "early.csv", early, 4), &[])["brackets"], unknown);
    // Its own day begins while the series runs, and changes nothing.
    assert_eq!(replayed(&series(&scratch, "into.csv", early, 200), &[])["brackets"], unknown);
    let through = replayed(&series(&scratch, "through.csv", early, 100 * 24 + 4), &[]);
    assert_eq!(through["brackets"], format!("{unknown}; then 2022-05-21"));
    let file = series(&scratch, "may.csv", BEGIN_MS, 4);
    for (given, expect) in [
        ("histroy", "brackets must be of history, first or a day like 2022-02-12, got 'histroy'"),
        ("2022-2-12", "date must be written like 2022-02-12, got '2022-2-12'"),
        ("2021-01-01", "BTCUSDT has no brackets on 2021-01-01: the first known are of 2022-02-12"),
    ] {
        for arguments in [["replay", &file, "--brackets-date", given], ["compare", &file, "--dates", given]] {
            let output = ringfence(&[arguments.as_slice(), &["--contract", "BTCUSDT"]].concat());
            let error = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.code() == Some(2) && error.contains(expect) && error.lines().count() == 1, "{error}");
        }
    }
}
