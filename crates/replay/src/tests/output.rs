//! What is handed to others: times, rows, CSV, JSON.

use super::*;
use crate::UtcTime;
use crate::time::civil_from_days;

#[test]
fn days_become_dates() {
    // A walk over eight centuries with the rules of the calendar alone.
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let (mut year, mut month, mut day) = (1600, 1, 1);
    for days in -135_140..=157_054 {
        assert_eq!(civil_from_days(days), (year, month, day), "day {days}");
        let length = match month {
            2 => 28 + i64::from(leap(year)),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        (year, month, day) = match (day == length, month == 12) {
            (false, _) => (year, month, day + 1),
            (true, false) => (year, month + 1, 1),
            (true, true) => (year + 1, 1, 1),
        };
    }
    for (time, expect) in [
        (0, "1970-01-01 00:00:00"),
        (1_584_009_840_000, "2020-03-12 10:44:00"),
        (951_782_400_000, "2000-02-29 00:00:00"),
        (1_500, "1970-01-01 00:00:01.500"),
        (i64::MAX, "2286-11-20 17:46:39.999"),
        (i64::MIN, "1653-02-10 06:13:20.001"),
    ] {
        assert_eq!(UtcTime(time).to_string(), expect);
    }
}

fn sample() -> Comparison {
    let market = market(ContractKind::Linear, "0.1");
    let short = Opening { account: "b".to_owned(), ..opening("s", Side::Short, "1", "2") };
    let population = Population::new(vec![opening("a,\"b\"", Side::Long, "10", "50"), short]);
    with_options(&market, &population, alone(), &[bar(0, ["100", "100", "98.2", "98.2"])])
}

#[test]
fn rows_have_a_field_per_column() {
    let report = sample();
    for table in [report.positions_table(), report.accounts_table(), report.runs_table()] {
        assert!(table.rows.iter().all(|row| row.len() == table.headers.len()), "{table:?}");
    }
    let table = report.positions_table();
    let long = ["a,\"b\"", "long", "50", "100", "20", "98.4", "1970-01-01 00:00:00", "98.2", "20", "fund", "-", "-", "-"];
    assert_eq!(table.rows[0], long);
    assert_eq!(table.rows[1], ["s", "short", "2", "100", "50", "149.3", "-", "-", "-", "-", "-", "-", "-"]);
    assert_eq!(report.accounts_table().rows[0], ["a", "40", "20", "20", "0", "22"]);
    let runs = report.runs_table();
    assert_eq!(runs.rows[0], ["positions opened", "2", "2"]);
    assert!(runs.rows.contains(&["audit difference", "0", "0"].map(str::to_owned).to_vec()));
}

#[test]
fn csv_quotes_what_must_be_quoted() {
    let text = sample().to_csv();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(
        lines[1].starts_with(
            "\"a,\"\"b\"\"\",a,long,50,1,10,100,20,0,98.4,liquidated,1,1970-01-01 00:00:00,98.2,20,0,0,0,0,10,0,0,0,0,0,0,10,"
        ),
        "{}",
        lines[1]
    );
    assert_eq!(lines[2].split(',').count(), lines[0].split(',').count());
    assert!(
        lines[2].starts_with("s,b,short,2,1,1,100,50,0,149.3,open,0,,,0,0,0,0,0,0,0,0,0,1,50,1.8,1,100,0,0,"),
        "{}",
        lines[2]
    );
}

#[test]
fn json_holds_decimal_strings() {
    let report = sample();
    let json: serde_json::Value = serde_json::to_value(&report).unwrap();
    assert_eq!(json["positions"][0]["isolated"]["end"], "liquidated");
    assert_eq!(json["positions"][0]["isolated"]["loss"], "20");
    assert_eq!(json["positions"][0]["isolated"]["time"], "1970-01-01 00:00:00");
    assert_eq!(json["positions"][1]["cross"]["unrealised"], "1.8");
    assert_eq!(json["isolated"]["audit"]["audit_difference"], "0");
    assert_eq!(json["isolated"]["liquidations"][0]["liquidating_mark"], "98.4");
    let options = serde_json::json!({
        "path": "open-low-high-close", "steps": "recorded", "modes": "both", "maker": null, "impact": null, "insurance": "0"
    });
    assert_eq!(json["options"], options);
    assert_eq!(json["data"]["bars"], 1);
    assert_eq!(json["settlement"], "USDT");
}
