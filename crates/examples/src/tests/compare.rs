//! The comparisons at both sides of their edges.

use super::{example, report_of};

/// Funding of 1 × rate 1: the value itself.
fn passes(value: &str, expected: &str, compare: &str) -> bool {
    let inputs = format!(r#""value":"{value}","rate":"1""#);
    let (report, _) = report_of(&format!("[{}]", example("funding_fee", &inputs, &format!("\"{expected}\""), compare))).unwrap();
    assert_eq!(report.passed + report.failed, 1);
    report.passed == 1
}

#[test]
fn exact_is_the_same_number() {
    let mode = r#"{"mode":"exact"}"#;
    assert!(passes("12.5", "12.50", mode));
    assert!(passes("12.5", "1.25e1", mode));
    assert!(!passes("12.5", "12.500000000000000001", mode));
    assert!(!passes("12.5", "-12.5", mode));
    assert!(passes("0", "0.0", mode));
    assert!(!passes("0", "0.00000000001", mode));
}

#[test]
fn round_takes_half_a_unit_either_way() {
    let mode = r#"{"mode":"round","dp":2}"#;
    assert!(passes("1.005", "1.00", mode));
    assert!(passes("1.005", "1.01", mode));
    assert!(!passes("1.0050001", "1.00", mode));
    assert!(!passes("1.0049999", "1.01", mode));
}

#[test]
fn trunc_cuts_toward_zero() {
    let mode = r#"{"mode":"trunc","dp":2}"#;
    assert!(passes("1.0099999", "1.00", mode));
    assert!(passes("-1.0099999", "-1.00", mode));
    assert!(!passes("1.01", "1.00", mode));
    assert!(!passes("0.9999999", "1.00", mode));
}

#[test]
fn ulp_takes_whole_units() {
    let mode = r#"{"mode":"ulp","dp":2,"n":2}"#;
    assert!(passes("1.02", "1.00", mode));
    assert!(passes("0.98", "1.00", mode));
    assert!(!passes("1.0200001", "1.00", mode));
    assert!(passes("1.01", "1.00", r#"{"mode":"ulp","dp":2}"#), "one unit where the number of units is not given");
    assert!(!passes("1.011", "1.00", r#"{"mode":"ulp","dp":2}"#));
}

#[test]
fn rel_takes_a_share() {
    let mode = r#"{"mode":"rel","rel":"1e-3"}"#;
    assert!(passes("1001", "1000", mode));
    assert!(passes("999", "1000", mode));
    assert!(!passes("1001.0001", "1000", mode));
    assert!(!passes("998.9999", "1000", mode));
}

#[test]
fn a_price_that_does_not_exist_is_none_or_not_above_zero() {
    let unliquidatable = |expected: &str| {
        let inputs = r#""side":"long","qty":"1","entry":"10","margin":"11","mmr":"0.01""#;
        report_of(&format!("[{}]", example("lin_liq_mark", inputs, expected, r#"{"mode":"exact"}"#))).unwrap().0.passed == 1
    };
    assert!(unliquidatable("\"none\""));
    assert!(unliquidatable("\"-1.01\""));
    assert!(!unliquidatable("\"0.5\""));
}

#[test]
fn lists_compare_element_by_element() {
    let inputs = r#""accounts":[["a","10","3"],["b","5","6"]],"size":"12""#;
    let passes = |expected: &str| {
        report_of(&format!("[{}]", example("adl_assign", inputs, expected, r#"{"mode":"exact"}"#))).unwrap().0.passed == 1
    };
    assert!(passes(r#"["b:5","a:7"]"#));
    assert!(!passes(r#"["b:5","a:8"]"#));
    assert!(!passes(r#"["a:7","b:5"]"#));
    assert!(!passes(r#"["b:5"]"#));
    assert!(!passes(r#""b:5""#));
}
