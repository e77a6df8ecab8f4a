//! The open worked examples: all pass, and none would pass with another number.

use super::report_of;
use crate::number::{Exact, parse, show, ten, whole};
use crate::schema::{Compare, Example, Field, read};
use crate::{Verdict, check};
use num_traits::{Signed, Zero};

const FILE: &str = include_str!("../../data/worked_examples.json");

#[test]
fn every_open_example_is_answered_as_printed() {
    let (report, out) = report_of(FILE).unwrap();
    assert_eq!((report.passed, report.failed, report.unsupported), (296, 0, 0), "{out}");
    assert_eq!(out, "296 passed, 0 failed, 0 unsupported\n");
}

/// Moved by a little more than twice the tolerance: from wherever inside it the answer lies, the printed number is then outside.
fn moved(text: &str, compare: &Compare) -> String {
    let Some(value) = parse(text) else { return format!("{text}0") };
    let by: Exact = match compare {
        Compare::Exact => {
            let places = text.split_once('.').map_or(0, |(_, after)| i32::try_from(after.len()).unwrap());
            ten(-places)
        }
        Compare::Round(dp) => ten(-dp) * whole(1_000_001) * ten(-6),
        Compare::Trunc(dp) => ten(-dp),
        Compare::Ulp(dp, n) => ten(-dp) * whole(i128::from(2 * n + 1)),
        Compare::Rel(share) => value.abs() * share * whole(3),
    };
    assert!(!by.is_zero());
    show(&(value + by))
}

fn fails(example: &Example) -> bool {
    matches!(check("a.json", example).unwrap(), Verdict::Failed(_))
}

#[test]
fn every_open_example_fails_with_another_number() {
    for example in read("a.json", FILE).unwrap() {
        let expected = match &example.expected {
            Field::Text(text) => Field::Text(moved(text, &example.compare)),
            Field::List(items) => {
                let mut items = items.clone();
                if let Some(Field::Text(last)) = items.last_mut() {
                    *last = moved(last, &example.compare);
                }
                Field::List(items)
            }
        };
        assert!(fails(&Example { expected, ..example.clone() }), "{} passes with another number", example.id);
    }
}

#[test]
fn every_open_example_fails_on_the_other_side_or_size() {
    let mut turned = 0;
    for example in read("a.json", FILE).unwrap() {
        // Where nothing is due on either side, or the part asked for does not depend on it, the side changes nothing.
        if ["bm_price_lin", "order_cost", "open_loss"].contains(&example.function.as_str()) {
            continue;
        }
        let mut inputs = example.inputs.clone();
        for (name, field) in &mut inputs {
            if let ("side", Field::Text(side)) = (name.as_str(), field) {
                *side = if side == "short" { "long".to_owned() } else { "short".to_owned() };
                turned += 1;
            }
        }
        if inputs != example.inputs {
            assert!(fails(&Example { inputs, ..example.clone() }), "{} passes on the other side", example.id);
        }
    }
    assert!(turned > 100);
}
