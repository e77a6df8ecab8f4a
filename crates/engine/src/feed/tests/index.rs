//! Several sources, one index.

use proptest::prelude::*;
use ringfence_risk::units::{IndexPrice, Rate};

use super::{at, cases, index, rate, raw_prices};
use crate::feed::{IndexRule, IndexSources, IndexState, SourceId};

fn rule(least_fresh: u8, outlier: &str) -> IndexRule {
    IndexRule { least_fresh, stale_after_ms: 5_000, outlier: rate(outlier) }
}

/// Sources that have all quoted at 10,000 ms.
fn quoted(rule: IndexRule, prices: &[IndexPrice]) -> IndexSources {
    let mut sources = IndexSources::new(rule).unwrap();
    for (price, source) in prices.iter().zip(0..) {
        assert!(sources.quote(SourceId::new(source).unwrap(), *price, at(10_000)));
    }
    sources
}

fn index_of(least_fresh: u8, outlier: &str, prices: &[&str]) -> IndexState {
    let prices: Vec<IndexPrice> = prices.iter().map(|price| index(price)).collect();
    quoted(rule(least_fresh, outlier), &prices).index(at(10_000))
}

fn agreed(price: &str, used: u8) -> IndexState {
    IndexState::Index { price: index(price), used }
}

#[test]
fn the_middle_quote_is_the_index() {
    assert_eq!(index_of(1, "0.02", &["60000"]), agreed("60000", 1));
    assert_eq!(index_of(1, "0.02", &["60000", "60010"]), agreed("60005", 2));
    assert_eq!(index_of(1, "0.02", &["60030", "60000", "60010"]), agreed("60010", 3));
    assert_eq!(index_of(1, "0.02", &["60030", "60000", "60010", "60020"]), agreed("60015", 4));
}

#[test]
fn half_a_unit_goes_to_the_even_neighbour() {
    assert_eq!(index_of(1, "0.5", &["0.00000010", "0.00000011"]), agreed("0.0000001", 2));
    assert_eq!(index_of(1, "0.5", &["0.00000011", "0.00000012"]), agreed("0.00000012", 2));
}

#[test]
fn an_outlier_is_left_out() {
    assert_eq!(index_of(3, "0.02", &["60000", "60010", "60030", "90000"]), agreed("60010", 3));
    assert_eq!(index_of(3, "0.02", &["60000", "60010", "60030", "1"]), agreed("60010", 3));
    // Exactly at the limit it still counts.
    assert_eq!(index_of(1, "0.02", &["98", "100", "102.00000001"]), agreed("100", 2));
    assert_eq!(index_of(1, "0.02", &["98", "100", "102"]), agreed("100", 3));
}

#[test]
fn of_three_the_middle_one_stands_when_another_is_left_out() {
    // The mean of 100 and 104.9 would be a price that whoever quotes 104.9 has moved.
    assert_eq!(index_of(2, "0.05", &["90", "100", "104.9"]), agreed("100", 2));
}

#[test]
fn without_enough_that_agree_there_is_no_index() {
    assert_eq!(index_of(1, "0.02", &[]), IndexState::Degraded { fresh: 0, needed: 1 });
    assert_eq!(index_of(3, "0.02", &["60000", "60010"]), IndexState::Degraded { fresh: 2, needed: 3 });
    assert_eq!(index_of(3, "0.02", &["60000", "60010", "90000"]), IndexState::Degraded { fresh: 2, needed: 3 });
    // Two that contradict each other: nobody knows which is right.
    assert_eq!(index_of(1, "0.02", &["60000", "90000"]), IndexState::Degraded { fresh: 0, needed: 1 });
}

#[test]
fn a_silent_source_stops_counting() {
    let (loud, silent) = (SourceId::new(0).unwrap(), SourceId::new(15).unwrap());
    let mut sources = IndexSources::new(rule(1, "0.02")).unwrap();
    sources.quote(silent, index("60100"), at(10_000));
    sources.quote(loud, index("60000"), at(14_000));
    assert_eq!(sources.index(at(15_000)), agreed("60050", 2));
    assert_eq!(sources.index(at(15_001)), agreed("60000", 1));
    assert_eq!(sources.index(at(19_001)), IndexState::Degraded { fresh: 0, needed: 1 });
}

#[test]
fn time_does_not_go_back() {
    let source = SourceId::new(3).unwrap();
    let mut sources = IndexSources::new(rule(1, "0.02")).unwrap();
    assert!(sources.quote(source, index("60000"), at(10_000)));
    assert!(!sources.quote(source, index("50000"), at(9_999)));
    assert_eq!(sources.index(at(10_000)), agreed("60000", 1));
    assert!(sources.quote(source, index("60001"), at(10_000)));
    assert_eq!(sources.index(at(10_000)), agreed("60001", 1));
}

#[test]
fn a_bad_rule_is_named() {
    let error = |rule: IndexRule| IndexSources::new(rule).unwrap_err().to_string();
    assert_eq!(error(rule(0, "0.02")), "least_fresh is 0; it must be from 1 to 16");
    assert_eq!(
        error(IndexRule { stale_after_ms: 0, ..rule(1, "0.02") }),
        "stale_after_ms is 0; it must be from 1 to 18446744073709551615"
    );
    assert_eq!(error(rule(1, "0")), "outlier is 0; it must be from 0.00000001 to 1");
    assert_eq!(error(rule(1, "1.5")), "outlier is 1.5; it must be from 0.00000001 to 1");
}

fn rules() -> impl Strategy<Value = IndexRule> {
    let outliers = prop_oneof![1..=Rate::WHOLE.raw(), 1_000_000..2_000_000_i64];
    (1..=5_u8, outliers)
        .prop_map(|(least_fresh, outlier)| IndexRule { outlier: Rate::from_raw(outlier).unwrap(), ..rule(least_fresh, "0.02") })
}

fn prices(count: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = Vec<IndexPrice>> {
    let anywhere = prop::collection::vec(raw_prices(), count.clone());
    let nearby = prop::collection::vec(9_800..10_200_i64, count);
    prop_oneof![anywhere, nearby].prop_map(|raw| raw.into_iter().map(|raw| IndexPrice::from_raw(raw).unwrap()).collect())
}

/// Twice the median, the slow way.
fn twice_median(prices: &mut [i128]) -> i128 {
    prices.sort_unstable();
    prices[(prices.len() - 1) / 2] + prices[prices.len() / 2]
}

proptest! {
    #![proptest_config(cases())]

    /// Of three or more fresh sources, one may say what it likes: the index stays between the lowest and the highest of the others.
    #[test]
    fn one_liar_does_not_move_the_index_beyond_the_others(rule in rules(), honest in prices(2..=15), lie in raw_prices(), near in -600..=600_i64) {
        let close = (honest[0].raw() + near).clamp(1, IndexPrice::GREATEST.raw());
        for lie in [lie, close] {
            let mut all = honest.clone();
            all.push(IndexPrice::from_raw(lie).unwrap());
            if let IndexState::Index { price, .. } = quoted(rule, &all).index(at(10_000)) {
                prop_assert!(Some(&price) >= honest.iter().min() && Some(&price) <= honest.iter().max());
            }
        }
    }

    /// Which source says what does not matter, and the index is what the rule says, worked out the slow way.
    #[test]
    fn the_index_is_the_median_of_what_is_near_the_median(rule in rules(), quotes in prices(1..=16)) {
        let state = quoted(rule, &quotes).index(at(10_000));
        let reversed: Vec<IndexPrice> = quotes.iter().rev().copied().collect();
        prop_assert_eq!(state, quoted(rule, &reversed).index(at(10_000)));

        let mut all: Vec<i128> = quotes.iter().map(|price| price.wide()).collect();
        let centre = twice_median(&mut all);
        let mut kept = all.clone();
        kept.retain(|price| (2 * price - centre).abs() * Rate::WHOLE.wide() <= rule.outlier.wide() * centre);
        let needed = rule.least_fresh;
        match state {
            IndexState::Degraded { fresh, needed: said } => {
                prop_assert!(kept.len() == usize::from(fresh) && said == needed && fresh < needed);
            }
            IndexState::Index { price, used } => {
                prop_assert!(kept.len() == usize::from(used) && used >= needed);
                let twice = if all.len() == 3 { centre } else { twice_median(&mut kept) };
                prop_assert!((2 * price.wide() - twice).abs() <= 1 && (twice % 2 == 0 || price.wide() % 2 == 0));
            }
        }
    }
}
