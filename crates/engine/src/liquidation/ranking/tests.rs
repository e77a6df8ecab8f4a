//! Whatever is taken in and out, and whatever limit is asked for, a ranking is a sorted list.

use proptest::prelude::*;
use ringfence_risk::adl::{AdlEntry, AdlScore};
use ringfence_risk::units::Quantity;

use super::{Cost, Ranked, Ranking};

/// Few scores and costs, so that many are equal.
fn ranked(account: u64, (score, value, quantity): (i128, i128, i64)) -> Ranked {
    let quantity = Quantity::from_raw(quantity).unwrap();
    Ranked { entry: AdlEntry { account, quantity, score: AdlScore::from_raw(score) }, cost: Cost { value, quantity } }
}

fn figures() -> impl Strategy<Value = (i128, i128, i64)> {
    (0..4_i128, -3..3_i128, 1..4_i64)
}

fn plain(present: &[Option<Ranked>], limit: Option<Cost>) -> Vec<AdlEntry> {
    let is_below = |ranked: &&Ranked| {
        let product = |value: i128, quantity: Quantity| value.checked_mul(quantity.wide()).unwrap();
        limit.is_none_or(|limit| product(ranked.cost.value, limit.quantity) < product(limit.value, ranked.cost.quantity))
    };
    let mut entries: Vec<AdlEntry> = present.iter().flatten().filter(is_below).map(|ranked| ranked.entry).collect();
    entries.sort_by(|left, right| right.score.cmp(&left.score).then(left.account.cmp(&right.account)));
    entries
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    #[test]
    fn a_ranking_is_a_sorted_list(
        first in prop::collection::vec(prop::option::of(figures()), 0..1_500),
        changes in prop::collection::vec((0..1_500_usize, prop::option::of(figures())), 0..1_500),
        limits in prop::collection::vec(prop::option::of(figures()), 4),
    ) {
        let mut present: Vec<Option<Ranked>> =
            first.into_iter().zip(0..).map(|(figures, account)| figures.map(|figures| ranked(account, figures))).collect();
        let mut ranking = Ranking::of(present.iter().flatten().copied().collect());
        present.resize(1_500, None);
        for (account, figures) in changes {
            let after = figures.map(|figures| ranked(u64::try_from(account).unwrap(), figures));
            if let Some(before) = std::mem::replace(&mut present[account], after) {
                ranking.remove(&before.entry);
            }
            if let Some(after) = after {
                ranking.insert(after);
            }
        }
        for limit in limits {
            let limit = limit.map(|figures| ranked(0, figures).cost);
            prop_assert_eq!(ranking.walk(limit).copied().collect::<Vec<_>>(), plain(&present, limit));
        }
    }
}
