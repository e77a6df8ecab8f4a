//! Files that are not what they should be.

use super::{example, report_of};
use crate::run_file;

const EXACT: &str = r#"{"mode":"exact"}"#;

fn error(text: &str) -> String {
    let error = report_of(text).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    error.to_string()
}

fn one(function: &str, inputs: &str, expected: &str, compare: &str) -> String {
    format!("[{}]", example(function, inputs, expected, compare))
}

#[test]
fn the_message_names_file_example_field_and_value() {
    assert!(error("{").starts_with("a.json: line 1, column 1: not JSON"), "{}", error("{"));
    assert_eq!(error("{}"), "a.json: must be a list of examples");
    assert_eq!(error("[3]"), "a.json: entry 1: entry must be an object, got 3");
    assert_eq!(error(r#"[{"fn":"lin_fee"}]"#), "a.json: entry 1: id must be a text, got nothing");
    assert_eq!(error(r#"[{"id":"A-1"}]"#), "a.json: A-1: fn must be a text, got nothing");
    assert_eq!(error(r#"[{"id":"A-1","fn":"fee"}]"#), "a.json: A-1: inputs must be an object, got nothing");
    let bad = one("fee", r#""value":"1","rate":0.5"#, "\"1\"", EXACT);
    assert_eq!(error(&bad), "a.json: A-1: rate must be a decimal or word in quotes, or a list, got 0.5");
    let missing = one("fee", r#""value":"1""#, "\"1\"", EXACT);
    assert_eq!(error(&missing), "a.json: A-1: inputs.rate must be a decimal number, got nothing");
    let word = one("fee", r#""value":"one","rate":"1""#, "\"1\"", EXACT);
    assert_eq!(error(&word), "a.json: A-1: inputs.value must be a decimal number, got one");
    let side = one("lin_pnl", r#""side":"up","qty":"1","entry":"1","exit":"1""#, "\"1\"", EXACT);
    assert_eq!(error(&side), "a.json: A-1: inputs.side must be long, short or both, got up");
    let printed = one("fee", r#""value":"1","rate":"1""#, "\"NaN\"", EXACT);
    assert_eq!(error(&printed), "a.json: A-1: expected must be a decimal number, got NaN");
}

#[test]
fn a_comparison_must_be_known_and_complete() {
    let with = |compare: &str| error(&one("fee", r#""value":"1","rate":"1""#, "\"1\"", compare));
    assert_eq!(
        with(r#"{"mode":"near"}"#),
        "a.json: A-1: compare.mode must be one of exact, round, trunc, ulp, rel, got \"near\""
    );
    assert_eq!(with("{}"), "a.json: A-1: compare.mode must be one of exact, round, trunc, ulp, rel, got nothing");
    assert_eq!(with(r#"{"mode":"round"}"#), "a.json: A-1: compare.dp must be a number of decimals, got nothing");
    assert_eq!(with(r#"{"mode":"rel","rel":"x"}"#), "a.json: A-1: compare.rel must be a decimal in quotes, got \"x\"");
}

#[test]
fn an_id_stands_once() {
    let one = example("fee", r#""value":"1","rate":"1""#, "\"1\"", EXACT);
    assert!(error(&format!("[{one},{one}]")).contains("A-1: id must be an id that no other entry has"));
}

#[test]
fn an_unknown_function_is_unsupported_and_not_a_failure() {
    let (report, out) = report_of(&one("lin_magic", r#""x":"1""#, "\"1\"", EXACT)).unwrap();
    assert_eq!((report.passed, report.failed, report.unsupported, report.exit_code()), (0, 0, 1, 0));
    assert_eq!(out, "A-1 lin_magic: unsupported function\n0 passed, 0 failed, 1 unsupported\n");
}

#[test]
fn a_mismatch_is_one_line_and_status_three() {
    let (report, out) = report_of(&one("fee", r#""value":"2","rate":"0.5""#, "\"1.5\"", EXACT)).unwrap();
    assert_eq!((report.failed, report.exit_code()), (1, 3));
    assert_eq!(out, "A-1 fee: got 1, expected 1.5 (exact); source s\n0 passed, 1 failed, 0 unsupported\n");
}

#[test]
fn an_input_that_the_function_does_not_have_fails_it() {
    let (report, out) = report_of(&one("fee", r#""value":"2","rate":"0.5","rebate":"1""#, "\"1\"", EXACT)).unwrap();
    assert_eq!(report.failed, 1);
    assert!(out.starts_with("A-1 fee: cannot be answered: it has no input 'rebate'"), "{out}");
}

#[test]
fn what_the_core_refuses_fails_with_its_reason() {
    let (report, out) =
        report_of(&one("tier_mm", r#""tiers":[["0","0.05"],["100","0.01"]],"notional":"5""#, "\"1\"", EXACT)).unwrap();
    assert_eq!(report.failed, 1);
    assert!(out.contains("bracket 2: maintenance rate must be"), "{out}");
}

#[test]
fn a_file_that_is_not_there_is_status_four() {
    let error = run_file("no/such/file.json".as_ref(), &mut Vec::new()).unwrap_err();
    assert_eq!(error.exit_code(), 4);
    assert!(error.to_string().starts_with("no/such/file.json: "));
}
