//! The structure of conditional orders against a list that is gone through at every price.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use proptest::prelude::*;
use ringfence_engine::conditional::{Callback, Condition, ConditionalId, Conditionals, Trailing, WatchedPrice};
use ringfence_risk::filters::OrderSide;
use ringfence_risk::units::Price;

const IDS: u64 = 16;
const WATCHED: [WatchedPrice; 2] = [WatchedPrice::Mark, WatchedPrice::Last];

fn cases() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, max_shrink_iters: 4_000, ..ProptestConfig::with_cases(10_000) }
}

fn price(raw: i64) -> Price {
    Price::from_raw(raw.clamp(Price::LEAST.raw(), Price::GREATEST.raw())).unwrap()
}

/// Crowded prices, so that edges are often equal or one step apart; any prices; and both ends of the range.
fn prices() -> impl Strategy<Value = Price> {
    let ends = prop::sample::select(vec![1, 2, 3, Price::GREATEST.raw() - 1, Price::GREATEST.raw()]);
    prop_oneof![8 => 1_000..1_012_i64, 2 => 900..1_200_i64, 1 => 1..=Price::GREATEST.raw(), 1 => ends].prop_map(price)
}

fn trailings() -> impl Strategy<Value = Trailing> {
    let sides = prop_oneof![Just(OrderSide::Buy), Just(OrderSide::Sell)];
    let callbacks =
        prop_oneof![prop::sample::select(vec!["0.001", "0.002", "0.01", "0.1", "0.2"]).prop_map(|text| text.parse().unwrap())];
    let any = prop::option::weighted(0.3, prices());
    (sides, callbacks, prop::option::of(prices()), any).prop_map(|(side, rate, activation, extreme)| Trailing {
        side,
        callback: Callback::new(rate).unwrap(),
        activation,
        extreme,
    })
}

fn conditions() -> impl Strategy<Value = Condition> {
    let fixed = prop_oneof![prices().prop_map(Condition::AtOrAbove), prices().prop_map(Condition::AtOrBelow)];
    prop_oneof![fixed, trailings().prop_map(Condition::Trailing)]
}

/// What is done to the structure.
#[derive(Clone, Debug)]
enum Step {
    Insert(u64, usize, Condition, Option<Price>),
    Remove(u64),
    Moved(usize, Price),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let insert = (0..IDS, 0..2_usize, conditions(), prop::option::of(prices()));
    let step = prop_oneof![
        5 => insert.prop_map(|(id, watched, condition, current)| Step::Insert(id, watched, condition, current)),
        1 => (0..IDS).prop_map(Step::Remove),
        6 => (0..2_usize, prices()).prop_map(|(watched, price)| Step::Moved(watched, price)),
    ];
    prop::collection::vec(step, 1..60)
}

type Entry = (ConditionalId, WatchedPrice, Condition);

/// The same conditions in a list.
#[derive(Default)]
struct Naive(Vec<Entry>);

impl Naive {
    fn remove(&mut self, id: u64) -> Option<(WatchedPrice, Condition)> {
        let at = self.0.iter().position(|entry| entry.0 == ConditionalId(id))?;
        let (_, watched, condition) = self.0.remove(at);
        Some((watched, condition))
    }

    fn insert(&mut self, entry: Entry, current: Option<Price>) {
        self.0.push((entry.0, entry.1, current.map_or(entry.2, |price| follow(entry.2, price))));
        self.0.sort_by_key(|entry| entry.0);
    }

    fn moved(&mut self, watched: WatchedPrice, price: Price) -> Vec<ConditionalId> {
        let mut met = Vec::new();
        self.0.retain(|entry| {
            let edge = if entry.1 == watched { met_edge(entry.2, price.raw()) } else { None };
            met.extend(edge.map(|edge| (edge, entry.0)));
            edge.is_none()
        });
        for entry in self.0.iter_mut().filter(|entry| entry.1 == watched) {
            entry.2 = follow(entry.2, price);
        }
        met.sort();
        met.into_iter().map(|(_, id)| id).collect()
    }
}

/// The trigger of a trailing stop in raw units, from the formula.
fn trigger(side: OrderSide, callback: Callback, extreme: Price) -> i128 {
    let (whole, callback, extreme) = (100_000_000_i128, i128::from(callback.rate().raw()), i128::from(extreme.raw()));
    match side {
        OrderSide::Sell => (-(-extreme * (whole - callback)).div_euclid(whole)).min(extreme - 1),
        OrderSide::Buy => (extreme * (whole + callback)).div_euclid(whole).max(extreme + 1),
    }
}

/// Where in the order of reports a condition is that this price meets: falling before rising, nearest first.
fn met_edge(condition: Condition, price: i64) -> Option<(u8, i128)> {
    let price = i128::from(price);
    let falling = |edge: i128| (price <= edge).then_some((0, -edge));
    let rising = |edge: i128| (price >= edge).then_some((1, edge));
    match condition {
        Condition::AtOrBelow(limit) => falling(limit.raw().into()),
        Condition::AtOrAbove(limit) => rising(limit.raw().into()),
        Condition::Trailing(Trailing { side, callback, extreme, .. }) => match side {
            OrderSide::Sell => falling(trigger(side, callback, extreme?)),
            OrderSide::Buy => rising(trigger(side, callback, extreme?)),
        },
    }
}

fn follow(condition: Condition, price: Price) -> Condition {
    let Condition::Trailing(trailing) = condition else { return condition };
    let extreme = match (trailing.extreme, trailing.activation, trailing.side) {
        (Some(extreme), _, OrderSide::Sell) => Some(extreme.max(price)),
        (Some(extreme), _, OrderSide::Buy) => Some(extreme.min(price)),
        (None, Some(activation), OrderSide::Sell) => (price >= activation).then_some(price),
        (None, Some(activation), OrderSide::Buy) => (price <= activation).then_some(price),
        (None, None, _) => Some(price),
    };
    Condition::Trailing(Trailing { extreme, ..trailing })
}

/// Prices around every edge there could be.
fn probes(naive: &Naive) -> Vec<Price> {
    let raws = naive.0.iter().flat_map(|entry| match entry.2 {
        Condition::AtOrAbove(limit) | Condition::AtOrBelow(limit) => vec![limit.raw()],
        Condition::Trailing(trailing) => {
            [trailing.extreme, trailing.activation, trailing.trigger()].into_iter().flatten().map(Price::raw).collect()
        }
    });
    raws.chain([1_005]).flat_map(|raw| [raw - 1, raw, raw + 1]).map(price).collect()
}

/// Quiet is exactly where the list would neither trigger nor move anything.
fn check_quiet(orders: &Conditionals, naive: &Naive) -> Result<(), TestCaseError> {
    for (at, watched) in probes(naive).into_iter().flat_map(|at| WATCHED.map(|watched| (at, watched))) {
        let mut watching = naive.0.iter().filter(|entry| entry.1 == watched);
        let expected = watching.all(|entry| met_edge(entry.2, at.raw()).is_none() && follow(entry.2, at) == entry.2);
        prop_assert_eq!(orders.is_quiet(watched, at), expected, "{:?} at {}", watched, at);
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases())]

    /// The structure holds, reports and removes what a list does, and is quiet exactly where the list has nothing to do.
    #[test]
    fn conditional_structure_does_what_a_list_does(steps in steps()) {
        let (mut orders, mut naive) = (Conditionals::default(), Naive::default());
        for step in steps {
            match step {
                Step::Insert(id, watched, condition, current) => {
                    let before = orders.insert(ConditionalId(id), WATCHED[watched], condition, current);
                    prop_assert_eq!(before, naive.remove(id));
                    naive.insert((ConditionalId(id), WATCHED[watched], condition), current);
                }
                Step::Remove(id) => prop_assert_eq!(orders.remove(ConditionalId(id)), naive.remove(id)),
                Step::Moved(watched, price) => {
                    let mut triggered = vec![ConditionalId(99)];
                    orders.moved(WATCHED[watched], price, &mut triggered);
                    prop_assert_eq!(triggered.split_off(1), naive.moved(WATCHED[watched], price));
                    prop_assert!(orders.is_quiet(WATCHED[watched], price));
                }
            }
            prop_assert_eq!(orders.iter().collect::<Vec<_>>(), naive.0.clone());
            prop_assert_eq!((orders.len(), orders.is_empty()), (naive.0.len(), naive.0.is_empty()));
        }
        check_quiet(&orders, &naive)?;
    }

    /// Inserting all entries anew, in any order, gives an equal structure: extremes and cached edges with it.
    #[test]
    fn conditional_structure_is_rebuilt_from_its_entries(steps in steps(), turn in 0..IDS) {
        let (mut orders, mut triggered) = (Conditionals::default(), Vec::new());
        for step in steps {
            match step {
                Step::Insert(id, watched, condition, current) => {
                    orders.insert(ConditionalId(id), WATCHED[watched], condition, current);
                }
                Step::Remove(id) => {
                    orders.remove(ConditionalId(id));
                }
                Step::Moved(watched, price) => orders.moved(WATCHED[watched], price, &mut triggered),
            }
        }
        let mut entries = orders.iter().collect::<Vec<_>>();
        entries.sort_by_key(|entry| (entry.0.0 + turn) % IDS);
        let mut rebuilt = Conditionals::default();
        for (id, watched, condition) in entries {
            rebuilt.insert(id, watched, condition, None);
        }
        prop_assert_eq!(rebuilt, orders);
    }

    /// A condition is met where the structure reports it, and a trailing stop never at its own extreme.
    #[test]
    fn conditional_is_met_where_it_is_reported(condition in conditions(), at in prices()) {
        prop_assert_eq!(condition.is_met(at), met_edge(condition, at.raw()).is_some());
        if let Condition::Trailing(trailing) = condition && let Some(extreme) = trailing.extreme {
            prop_assert!(!condition.is_met(extreme));
            prop_assert!(trailing.trigger().is_none_or(|trigger| condition.is_met(trigger)));
        }
    }
}
