//! Recorded feeds: the sequence rules of the book, and what is said where they do not hold.

use super::opened;
use crate::observation::Observation;
use crate::reading::{FeedMarks, Policies, Policy, Reading};
use crate::recorded::Recorded;
use proptest::prelude::*;

fn change(first: u64, last: u64, previous: u64, bids: &str, asks: &str) -> String {
    let text = format!(r#""s":"BTCUSDT","U":{first},"u":{last},"pu":{previous},"b":[{bids}],"a":[{asks}]"#);
    format!(r#"1 {{"stream":"btcusdt@depth@0ms","data":{{"e":"depthUpdate","E":1,"T":1,{text}}}}}"#)
}

fn snapshot(last: u64) -> String {
    format!(r#"1 {{"lastUpdateId":{last},"E":1,"T":1,"bids":[["99.5","2"],["99","1"]],"asks":[["100","3"],["100.5","1"]]}}"#)
}

fn trade(time: i64, price: &str) -> String {
    format!(
        r#"1 {{"stream":"btcusdt@trade","data":{{"e":"trade","T":{time},"s":"BTCUSDT","t":1,"p":"{price}","q":"1","m":false}}}}"#
    )
}

fn quote(time: i64, bid: &str, ask: &str) -> String {
    let text = format!(r#""u":1,"s":"BTCUSDT","b":"{bid}","B":"1","a":"{ask}","A":"1","T":{time},"E":1"#);
    format!(r#"1 {{"stream":"btcusdt@bookTicker","data":{{"e":"bookTicker",{text}}}}}"#)
}

/// What is told after each tick: time, price, best bid and ask.
fn told(lines: &[String], reading: &Reading) -> Result<Vec<String>, String> {
    let mut feed = Recorded::new(opened(lines.join("\n").as_bytes()).unwrap(), reading).map_err(|error| error.to_string())?;
    let mut told = Vec::new();
    while let Some(row) = feed.next() {
        let Observation::Tick(tick) = row.map_err(|error| error.to_string())? else { panic!("a bar") };
        let book = feed.book().unwrap();
        let (bid, ask) = (book.best_bid().unwrap(), book.best_ask().unwrap());
        told.push(format!("{} {}: {} of {}, {} of {}", tick.time_ms, tick.price, bid.1, bid.0, ask.1, ask.0));
    }
    Ok(told)
}

#[test]
fn a_snapshot_is_joined_with_the_changes_around_it() {
    let lines = [
        change(1, 5, 0, r#"["99.5","7"]"#, ""), // before the snapshot: the snapshot holds it
        trade(10, "99"),                        // nobody knows the book yet
        change(6, 9, 5, "", r#"["100","0"]"#),  // begins before the snapshot and ends after it
        snapshot(7),
        trade(11, "100"),
        change(10, 12, 9, r#"["99.75","4"]"#, r#"["100.5","0"],["101","8"]"#),
        trade(11, "100.5"),
    ];
    let expect = ["11 100: 2 of 99.5, 1 of 100.5", "11 100.5: 4 of 99.75, 8 of 101"];
    assert_eq!(told(&lines, &Reading::default()).unwrap(), expect);
    let middle = Reading { marks: FeedMarks::Middle, ..Reading::default() };
    let quoted = [snapshot(7), quote(12, "99.5", "100"), trade(13, "5")];
    assert_eq!(told(&quoted, &middle).unwrap(), ["12 99.75: 2 of 99.5, 3 of 100"]);
}

#[test]
fn spot_changes_name_no_change_before() {
    let spot = |first, last, bids: &str| change(first, last, 0, bids, "").replace(r#""pu":0,"#, "");
    let lines = [snapshot(7), spot(6, 9, r#"["99.75","1"]"#), spot(10, 10, r#"["99.8","1"]"#), trade(1, "5")];
    assert_eq!(told(&lines, &Reading::default()).unwrap(), ["1 5: 1 of 99.8, 3 of 100"]);
    let missing = [snapshot(7), spot(6, 9, ""), spot(11, 11, ""), trade(1, "5")];
    let expect = "crash.csv row 3: change 11 of the book must follow on 9: changes are missing";
    assert_eq!(told(&missing, &Reading::default()).unwrap_err(), expect);
}

#[test]
fn missing_changes_end_the_reading_or_hide_the_book() {
    let lines = [
        snapshot(7),
        change(8, 9, 7, "", ""),
        trade(1, "5"),
        change(12, 13, 11, "", ""),
        trade(2, "6"),
        snapshot(13),
        trade(3, "7"),
    ];
    let expect = "crash.csv row 4: change 12 of the book must follow on 9: changes are missing";
    assert_eq!(told(&lines, &Reading::default()).unwrap_err(), expect);
    let skip = Reading { policies: Policies { gap: Policy::Skip, ..Policies::DEFAULT }, ..Reading::default() };
    assert_eq!(told(&lines, &skip).unwrap(), ["1 5: 2 of 99.5, 3 of 100", "3 7: 2 of 99.5, 3 of 100"]);
    let mut feed = Recorded::new(opened(lines.join("\n").as_bytes()).unwrap(), &skip).unwrap();
    assert_eq!(feed.by_ref().count(), 2);
    assert_eq!(feed.summary().to_string(), "2 rows, 1 gaps (0 rows missing), 1 passed over, the last row without a line end");
    let late = [snapshot(7), change(9, 9, 8, "", "")];
    let expect = "crash.csv row 2: change 9 of the book must follow on 7: changes are missing";
    assert_eq!(told(&late, &Reading::default()).unwrap_err(), expect);
}

#[test]
fn faults() {
    let other = trade(2, "5").replace("BTCUSDT", "ETHUSDT");
    for (lines, expect) in [
        (vec![trade(1, "5")], "crash.csv: the feed must hold a snapshot of the book, got none in the first 0 changes"),
        (vec![snapshot(7)], "crash.csv: the feed must hold trades after its first snapshot, got none"),
        (
            vec![snapshot(7), trade(1, "5"), other],
            "crash.csv row 3: symbol must be 'BTCUSDT' like in the rows before, got 'ETHUSDT': a file must hold one market",
        ),
        (vec![snapshot(7), trade(2, "5"), trade(1, "5")], "crash.csv row 3: T must not go back from 2 in the row before, got 1"),
        (vec![snapshot(7), trade(1, "x")], "crash.csv row 2: p must be a decimal number, got 'x'"),
        (vec![snapshot(7), trade(1, "0")], "crash.csv row 2: p must be greater than 0, got '0'"),
        (
            vec![snapshot(7), trade(1_583_884_800, "5")],
            "crash.csv row 2: T must be milliseconds since 1970 of at most 13 digits or microseconds of 16, got '1583884800'",
        ),
        (
            vec![snapshot(7), "1 {}".to_owned()],
            "crash.csv row 2: a line must be a receive time and a message of a stream or a snapshot: \
             it must have stream and data, or lastUpdateId, bids and asks",
        ),
        (
            vec![snapshot(7), "x".to_owned()],
            "crash.csv row 2: a line must be a receive time and a message of a stream or a snapshot: got 'x'",
        ),
    ] {
        assert_eq!(told(&lines, &Reading::default()).unwrap_err(), expect);
    }
    let cut = [snapshot(7), trade(1, "5")[..60].to_owned()];
    assert!(
        told(&cut, &Reading::default()).unwrap_err().starts_with("crash.csv row 2: a line must be a receive time and a message")
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn hostile_bytes_never_panic(place in any::<prop::sample::Index>(), bytes in prop::collection::vec(any::<u8>(), 0..6)) {
        let lines = [snapshot(7), change(8, 9, 7, r#"["99.75","1"]"#, ""), trade(1, "5"), quote(2, "5", "6")].join("\n");
        let mut text = lines.into_bytes();
        let start = place.index(text.len());
        let end = text.len().min(start.saturating_add(bytes.len()));
        text.splice(start..end, bytes);
        for marks in [FeedMarks::Trades, FeedMarks::Middle] {
            let reading = Reading { marks, ..Reading::default() };
            let Ok(opened) = opened(&text) else { continue };
            if let Ok(mut feed) = Recorded::new(opened, &reading) {
                let error = feed.by_ref().find_map(Result::err).map(|error| error.to_string()).unwrap_or_default();
                prop_assert!(!error.chars().any(char::is_control) && feed.next().is_none());
            }
        }
    }
}
