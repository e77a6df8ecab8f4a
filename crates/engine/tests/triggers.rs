//! The index of triggers against the set recomputed from scratch, after every one of a random sequence of changes and marks.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use proptest::prelude::*;
use ringfence_engine::triggers::{Crossing, SafeBand, TriggerIndex, TriggerKey};
use ringfence_risk::units::{MarkPrice, Side};
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

fn sides() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Long), Just(Side::Short)]
}

/// What is done to the index.
#[derive(Clone, Debug)]
enum Step {
    Set(u32, Side, Option<MarkPrice>),
    Mark(MarkPrice),
    /// A mark that removes what it crosses.
    Liquidate(MarkPrice),
    /// All triggers of a side move by as much, as after funding.
    Shift(Side, i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (0..SLOTS, sides(), prop::option::weighted(0.8, marks())).prop_map(|(slot, side, trigger)| Step::Set(slot, side, trigger)),
        3 => marks().prop_map(Step::Mark),
        1 => marks().prop_map(Step::Liquidate),
        1 => (sides(), -5..=5_i64).prop_map(|(side, by)| Step::Shift(side, by)),
    ];
    prop::collection::vec(step, 1..80)
}

/// The same triggers without any order.
#[derive(Default)]
struct Naive(BTreeMap<(Side, u32), MarkPrice>);

impl Naive {
    fn set(&mut self, slot: u32, side: Side, trigger: Option<MarkPrice>) {
        match trigger {
            Some(trigger) => self.0.insert((side, slot), trigger),
            None => self.0.remove(&(side, slot)),
        };
    }

    /// By the definition: a long at the first mark at or below its trigger, a short at the first at or above. In the documented order.
    fn crossed(&self, at: MarkPrice) -> Vec<Crossing> {
        let of = |side: Side, is_crossed: fn(MarkPrice, MarkPrice) -> bool| {
            let mine = self.0.iter().filter(move |((other, _), trigger)| *other == side && is_crossed(at, **trigger));
            mine.map(|((side, slot), trigger)| Crossing { side: *side, trigger: *trigger, key: key(*slot) }).collect::<Vec<_>>()
        };
        let mut longs = of(Side::Long, |at, trigger| at <= trigger);
        longs.sort_by(|one, other| other.trigger.cmp(&one.trigger).then(one.key.cmp(&other.key)));
        let mut shorts = of(Side::Short, |at, trigger| at >= trigger);
        shorts.sort_by(|one, other| one.trigger.cmp(&other.trigger).then(one.key.cmp(&other.key)));
        longs.into_iter().chain(shorts).collect()
    }
}

/// Every answer of the index at one mark.
fn agree(index: &TriggerIndex, naive: &Naive, at: MarkPrice) -> Result<(), TestCaseError> {
    let expected = naive.crossed(at);
    let kept = Crossing { side: Side::Long, trigger: at, key: TriggerKey::GREATEST };
    let mut found = vec![kept];
    index.crossed(at, &mut found);
    prop_assert_eq!(found[0], kept, "what the list held is untouched");
    prop_assert_eq!(&found[1..], &expected[..], "at {}", at);
    prop_assert_eq!(index.is_quiet(at), expected.is_empty());
    prop_assert_eq!(index.safe_band().contains(at), expected.is_empty());
    prop_assert_eq!(index.first_crossed(at), expected.first().copied());
    prop_assert_eq!(index.len(), naive.0.len());
    prop_assert_eq!(index.is_empty(), naive.0.is_empty());
    prop_assert_eq!(index.next_long(), naive.crossed(MarkPrice::LEAST).first().copied().filter(|found| found.side == Side::Long));
    let shorts = naive.crossed(MarkPrice::GREATEST).into_iter().find(|found| found.side == Side::Short);
    prop_assert_eq!(index.next_short(), shorts);
    Ok(())
}

/// At the ends of the range, and at and one step to either side of the nearest triggers and of this mark.
fn agree_around(index: &TriggerIndex, naive: &Naive, at: MarkPrice) -> Result<(), TestCaseError> {
    let nearest = [index.next_long(), index.next_short()].into_iter().flatten().map(|crossing| crossing.trigger.raw());
    for raw in nearest.chain([at.raw()]).flat_map(|raw| [raw - 1, raw, raw + 1]) {
        agree(index, naive, mark(raw))?;
    }
    agree(index, naive, MarkPrice::LEAST)?;
    agree(index, naive, MarkPrice::GREATEST)
}

fn shift(index: &mut TriggerIndex, naive: &mut Naive, side: Side, by: i64) {
    for slot in 0..SLOTS {
        let moved = index.trigger(key(slot), side).map(|trigger| mark(trigger.raw() + by));
        index.set(key(slot), side, moved);
        naive.set(slot, side, moved);
    }
}

/// However it is done, nothing that the mark crosses may be left (S15), and each comes in its turn.
fn liquidate(index: &mut TriggerIndex, naive: &mut Naive, at: MarkPrice) -> Result<(), TestCaseError> {
    let (mut taken, mut at_once) = (Vec::new(), index.clone());
    at_once.take_crossed(at, &mut taken);
    prop_assert_eq!(&taken, &naive.crossed(at));
    for expected in taken {
        prop_assert_eq!(index.first_crossed(at), Some(expected));
        index.set(expected.key, expected.side, None);
        naive.set(expected.key.slot(), expected.side, None);
        prop_assert_eq!(at_once.trigger(expected.key, expected.side), None);
    }
    prop_assert!(index.is_quiet(at) && at_once.is_quiet(at));
    agree_around(&at_once, naive, at)
}

proptest! {
    #![proptest_config(cases())]

    /// {key: index fires} = {key: trigger crossed}, in the documented order, whatever was done before.
    #[test]
    fn the_index_is_the_recomputed_set(steps in steps()) {
        let (mut index, mut naive) = (TriggerIndex::with_capacity(SLOTS), Naive::default());
        let reserved = index.reserved_bytes();
        for step in steps {
            match step {
                Step::Set(slot, side, trigger) => {
                    index.set(key(slot), side, trigger);
                    naive.set(slot, side, trigger);
                    prop_assert_eq!(index.trigger(key(slot), side), trigger);
                    agree(&index, &naive, trigger.unwrap_or(MarkPrice::LEAST))?;
                }
                Step::Mark(at) => agree_around(&index, &naive, at)?,
                Step::Liquidate(at) => liquidate(&mut index, &mut naive, at)?,
                Step::Shift(side, by) => shift(&mut index, &mut naive, side, by),
            }
        }
        agree_around(&index, &naive, mark(1_006))?;
        prop_assert_eq!(index.reserved_bytes(), reserved, "allocated although it was made for as many");
    }

    /// The same triggers give the same answers, whatever came before and in whatever order they were set.
    #[test]
    fn history_does_not_show(steps in steps(), at in marks()) {
        let mut lived = TriggerIndex::default();
        for step in &steps {
            if let Step::Set(slot, side, trigger) = step {
                lived.set(key(*slot), *side, *trigger);
            }
        }
        let mut fresh = TriggerIndex::default();
        for (slot, side) in (0..SLOTS).flat_map(|slot| [(slot, Side::Long), (slot, Side::Short)]) {
            fresh.set(key(slot), side, lived.trigger(key(slot), side));
        }
        let (mut one, mut other) = (Vec::new(), Vec::new());
        lived.crossed(at, &mut one);
        fresh.crossed(at, &mut other);
        prop_assert_eq!(one, other);
    }
}

#[test]
fn an_empty_index_is_quiet_at_every_mark() {
    let index = TriggerIndex::default();
    let mut found = Vec::new();
    for at in [MarkPrice::LEAST, MarkPrice::GREATEST] {
        index.crossed(at, &mut found);
        assert!(index.is_quiet(at) && found.is_empty() && index.first_crossed(at).is_none());
    }
    assert_eq!((index.len(), index.reserved_bytes(), index.safe_band()), (0, 0, SafeBand::ALL));
}

#[test]
fn memory_is_as_documented() {
    let slots = 100_000;
    let mut index = TriggerIndex::with_capacity(slots);
    assert_eq!(index.reserved_bytes(), 40 * 100_000);
    for slot in 0..slots {
        index.set(key(slot), Side::Long, Some(mark(1_000 + i64::from(slot))));
    }
    assert_eq!(index.reserved_bytes(), 40 * 100_000);
    // Not told in advance, a table is at most twice as large.
    let mut grown = TriggerIndex::default();
    for slot in 0..slots {
        grown.set(key(slot), Side::Long, Some(mark(1_000 + i64::from(slot))));
    }
    assert!(grown.reserved_bytes() <= 2 * 20 * 100_000, "{}", grown.reserved_bytes());
}

/// Many levels deep: fifty thousand triggers, half of them moved and a tenth removed, against a sorted list at marks that cross from none to all.
#[test]
fn a_large_population_is_crossed_in_order() {
    let mut state = 9_u64;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((state >> 33) % below).unwrap()
    };
    let (mut index, mut naive) = (TriggerIndex::default(), Naive::default());
    for change in 0..80_000 {
        let slot = if change < 50_000 { change } else { u32::try_from(next(50_000)).unwrap() };
        let side = if slot % 2 == 0 { Side::Long } else { Side::Short };
        let trigger = if change >= 75_000 { None } else { Some(mark(1 + next(20_000))) };
        index.set(key(slot), side, trigger);
        naive.set(slot, side, trigger);
    }
    for at in [1, 5, 5_000, 10_000, 15_000, 19_990, 20_001] {
        agree(&index, &naive, mark(at)).unwrap();
        let (mut rest, mut taken) = (index.clone(), Vec::new());
        rest.take_crossed(mark(at), &mut taken);
        assert_eq!(taken, naive.crossed(mark(at)));
        assert!(rest.is_quiet(mark(at)) && rest.len() + taken.len() == index.len());
    }
}
