//! What single conditions do, price by price.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use ringfence_engine::conditional::{Callback, Condition, ConditionalId, Conditionals, Trailing, WatchedPrice};
use ringfence_risk::filters::OrderSide;
use ringfence_risk::units::Price;

fn price(text: &str) -> Price {
    text.parse().unwrap()
}

fn trailing(side: OrderSide, callback: &str, activation: Option<&str>) -> Trailing {
    let callback = Callback::new(callback.parse().unwrap()).unwrap();
    Trailing { side, callback, activation: activation.map(price), extreme: None }
}

/// Which price of a list triggers a condition inserted before the first.
fn first_met(condition: Condition, prices: &[&str]) -> Option<usize> {
    let (mut orders, mut triggered) = (Conditionals::default(), Vec::new());
    orders.insert(ConditionalId(1), WatchedPrice::Last, condition, None);
    prices.iter().position(|text| {
        orders.moved(WatchedPrice::Last, price(text), &mut triggered);
        !triggered.is_empty()
    })
}

#[test]
fn conditional_orders_trigger_at_the_first_price_that_meets_them() {
    use OrderSide::{Buy, Sell};
    let above = |text| Condition::AtOrAbove(price(text));
    let below = |text| Condition::AtOrBelow(price(text));
    let trail = |side, callback, activation| Condition::Trailing(trailing(side, callback, activation));
    let cases: [(&str, Condition, &[&str], Option<usize>); 11] = [
        ("at the limit", above("110"), &["109.99999999", "110"], Some(1)),
        ("over a gap", above("110"), &["100", "150"], Some(1)),
        ("never", above("110"), &["100", "109"], None),
        ("at the limit from above", below("90"), &["90.00000001", "90"], Some(1)),
        ("already met", below("90"), &["80"], Some(0)),
        ("a sell follows the highest", trail(Sell, "0.01", None), &["100", "120", "119", "118.80000001", "118.8"], Some(4)),
        ("a sell falls at once", trail(Sell, "0.01", None), &["100", "50"], Some(1)),
        ("a sell waits for its activation", trail(Sell, "0.1", Some("110")), &["100", "50", "110", "99.1", "99"], Some(4)),
        ("a buy follows the lowest", trail(Buy, "0.01", None), &["100", "80", "80.7", "80.79999999", "80.8"], Some(4)),
        ("a buy waits for its activation", trail(Buy, "0.1", Some("90")), &["100", "150", "89", "97.8", "97.9"], Some(4)),
        ("a rise without a turn", trail(Sell, "0.001", None), &["1", "2", "3", "1000000000"], None),
    ];
    for (what, condition, prices, expected) in cases {
        assert_eq!(first_met(condition, prices), expected, "{what}");
    }
}

#[test]
fn conditional_trailing_triggers_are_rounded_towards_the_extreme() {
    use OrderSide::{Buy, Sell};
    let cases = [
        // side, callback, extreme, trigger
        (Sell, "0.01", "120", Some("118.8")),
        (Sell, "0.001", "0.00001001", Some("0.00001")),    // exactly 0.00000999999
        (Buy, "0.001", "0.00001999", Some("0.000020")),    // exactly 0.00002000999
        (Sell, "0.001", "0.00000005", Some("0.00000004")), // at least 10⁻⁸ away
        (Buy, "0.001", "0.00000005", Some("0.00000006")),
        (Sell, "0.1", "0.00000001", None), // no price is lower
        (Buy, "0.1", "1000000000", None),  // no price is higher
        (Buy, "0.1", "900000000", Some("990000000")),
    ];
    for (side, callback, extreme, expected) in cases {
        let trailing = Trailing { extreme: Some(price(extreme)), ..trailing(side, callback, None) };
        assert_eq!(trailing.trigger(), expected.map(price), "{side:?} {callback} from {extreme}");
    }
}

#[test]
fn conditional_orders_are_reported_as_the_price_meets_them() {
    let mut orders = Conditionals::default();
    let falling = Trailing { extreme: Some(price("100")), ..trailing(OrderSide::Sell, "0.05", None) };
    let conditions = [
        (1, Condition::AtOrAbove(price("80"))),
        (2, Condition::AtOrBelow(price("90"))),
        (3, Condition::AtOrBelow(price("95"))),
        (4, Condition::AtOrAbove(price("70"))),
        (9, Condition::Trailing(falling)),
        (0, Condition::AtOrBelow(price("90"))),
    ];
    for (id, condition) in conditions {
        orders.insert(ConditionalId(id), WatchedPrice::Mark, condition, None);
    }
    let mut triggered = Vec::new();
    orders.moved(WatchedPrice::Last, price("85"), &mut triggered);
    assert_eq!(triggered, []); // the other price is watched
    orders.moved(WatchedPrice::Mark, price("85"), &mut triggered);
    assert_eq!(triggered, [3, 9, 0, 2, 4, 1].map(ConditionalId));
    assert_eq!(orders, Conditionals::default());
}

#[test]
fn conditional_trailing_follows_the_current_price_when_inserted() {
    let id = ConditionalId(1);
    let mut orders = Conditionals::default();
    let active = trailing(OrderSide::Sell, "0.01", Some("90"));
    orders.insert(id, WatchedPrice::Last, Condition::Trailing(active), Some(price("100")));
    let expected = Condition::Trailing(Trailing { extreme: Some(price("100")), ..active });
    assert_eq!(orders.get(id), Some((WatchedPrice::Last, expected)));
    let replaced = orders.insert(id, WatchedPrice::Mark, Condition::AtOrAbove(price("5")), None);
    assert_eq!(replaced, Some((WatchedPrice::Last, expected)));
    assert!(orders.is_quiet(WatchedPrice::Last, price("1")) && orders.len() == 1);
}

#[test]
fn conditional_callbacks_have_limits() {
    for (rate, is_valid) in [("0.00099999", false), ("0.001", true), ("0.2", true), ("0.20000001", false), ("-0.01", false)] {
        assert_eq!(Callback::new(rate.parse().unwrap()).is_ok(), is_valid, "{rate}");
    }
}
