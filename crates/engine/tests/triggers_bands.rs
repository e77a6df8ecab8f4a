//! The index of pools by band against the bands themselves.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use proptest::prelude::*;
use ringfence_engine::triggers::{BandIndex, SafeBand, TriggerKey};
use ringfence_risk::units::MarkPrice;
use std::collections::BTreeMap;

const SLOTS: u32 = 24;

fn cases() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, max_shrink_iters: 4_000, ..ProptestConfig::with_cases(10_000) }
}

fn key(slot: u32) -> TriggerKey {
    TriggerKey::new(slot).unwrap()
}

fn mark(raw: i64) -> MarkPrice {
    MarkPrice::from_raw(raw.clamp(MarkPrice::LEAST.raw(), MarkPrice::GREATEST.raw())).unwrap()
}

/// Crowded marks, so that triggers are often equal or one step apart; any marks; and both ends of the range.
fn marks() -> impl Strategy<Value = MarkPrice> {
    let ends = prop::sample::select(vec![1, 2, MarkPrice::GREATEST.raw() - 1, MarkPrice::GREATEST.raw()]);
    let any = MarkPrice::LEAST.raw()..=MarkPrice::GREATEST.raw();
    prop_oneof![6 => 1_000..1_012_i64, 2 => 1_000_000..2_000_000_i64, 2 => any, 1 => ends].prop_map(mark)
}

proptest! {
    #![proptest_config(cases())]

    /// The pools named are those whose bands do not hold the mark, each once; the order is that of the edges.
    #[test]
    fn pools_are_named_when_a_mark_leaves_their_band(
        bands in prop::collection::vec((0..SLOTS, prop::option::of(marks()), prop::option::of(marks())), 1..40),
        at in marks(),
    ) {
        let (mut index, mut naive) = (BandIndex::with_capacity(SLOTS), BTreeMap::new());
        for (slot, below, above) in bands {
            let band = SafeBand { below, above };
            index.set(key(slot), band);
            naive.insert(key(slot), band);
            prop_assert_eq!(index.band(key(slot)), band);
        }
        let edges = naive.values().flat_map(|band| [band.below, band.above]).flatten().map(MarkPrice::raw).collect::<Vec<_>>();
        for raw in edges.into_iter().chain([at.raw(), 1, MarkPrice::GREATEST.raw()]).flat_map(|raw| [raw - 1, raw, raw + 1]) {
            let at = mark(raw);
            let mut expected: Vec<_> = naive.iter().filter(|(_, band)| !band.contains(at)).map(|(key, band)| {
                let is_below = band.below.is_some_and(|edge| at <= edge);
                let edge = if is_below { -band.below.unwrap().raw() } else { band.above.unwrap().raw() };
                (!is_below, edge, *key)
            }).collect();
            expected.sort_unstable();
            let mut found = Vec::new();
            index.left(at, &mut found);
            prop_assert_eq!(&found, &expected.iter().map(|(.., key)| *key).collect::<Vec<_>>());
            prop_assert_eq!(index.first_left(at), found.first().copied());
            prop_assert_eq!(index.is_quiet(at), found.is_empty());
            prop_assert_eq!(index.safe_band().contains(at), found.is_empty());
        }
    }

    /// A band narrowed by another holds what both hold.
    #[test]
    fn narrowed_bands_hold_what_both_hold(edges in prop::array::uniform4(prop::option::of(marks())), at in marks()) {
        let [below, above, lower, upper] = edges;
        let (one, other) = (SafeBand { below, above }, SafeBand { below: lower, above: upper });
        prop_assert_eq!(one.narrowed(other).contains(at), one.contains(at) && other.contains(at));
        prop_assert!(SafeBand::ALL.contains(at));
    }
}
