//! What a mark must pass before it liquidates.

use proptest::prelude::*;
use ringfence_risk::units::{IndexPrice, MarkPrice, Rate};

use super::{at, cases, index, mark, rate, raw_prices};
use crate::feed::{GuardRule, MarkGuard, Verdict};

fn guard(jump: &str, band: &str) -> MarkGuard {
    MarkGuard::new(GuardRule { jump: rate(jump), band: rate(band), stale_after_ms: 10_000 }).unwrap()
}

/// A guard with 5 % jump, no band, and 60,000 accepted at 1,000 ms.
fn settled() -> MarkGuard {
    let mut guard = guard("0.05", "0");
    assert_eq!(admit(&mut guard, "60000"), Verdict::Accept);
    guard
}

fn admit(guard: &mut MarkGuard, candidate: &str) -> Verdict {
    guard.admit(mark(candidate), index("60000"), at(1_000))
}

fn waiting(from: &str, to: &str) -> Verdict {
    Verdict::AwaitConfirmation { from: mark(from), to: mark(to) }
}

#[test]
fn a_single_spike_liquidates_nobody() {
    let mut guard = settled();
    assert_eq!(admit(&mut guard, "50000"), waiting("60000", "50000"));
    assert_eq!(guard.last(), Some(mark("60000")));
    assert_eq!(admit(&mut guard, "59900"), Verdict::Accept);
    assert_eq!(admit(&mut guard, "50000"), waiting("59900", "50000"), "the first spike is forgotten");
}

#[test]
fn a_crash_is_confirmed_by_the_next_mark() {
    let mut guard = settled();
    assert_eq!(admit(&mut guard, "50000"), waiting("60000", "50000"));
    assert_eq!(admit(&mut guard, "48000"), Verdict::Accept);
    assert_eq!(guard.last(), Some(mark("48000")));
}

#[test]
fn a_mark_that_keeps_jumping_keeps_waiting() {
    let mut guard = settled();
    assert_eq!(admit(&mut guard, "50000"), waiting("60000", "50000"));
    assert_eq!(admit(&mut guard, "40000"), waiting("60000", "40000"));
    assert_eq!(admit(&mut guard, "50000"), waiting("60000", "50000"), "only the one just before confirms");
    assert_eq!(admit(&mut guard, "50000"), Verdict::Accept);
}

#[test]
fn limits_are_included() {
    let mut jump = settled();
    assert_eq!(admit(&mut jump, "63000.00000001"), waiting("60000", "63000.00000001"));
    assert_eq!(admit(&mut jump, "63000"), Verdict::Accept);
    let mut band = guard("0", "0.1");
    assert_eq!(admit(&mut band, "66000.00000001"), Verdict::OutsideBand { limit: mark("66000") });
    assert_eq!(admit(&mut band, "53999.99999999"), Verdict::OutsideBand { limit: mark("54000") });
    assert_eq!(admit(&mut band, "66000"), Verdict::Accept);
    assert_eq!(admit(&mut band, "54000"), Verdict::Accept);
}

#[test]
fn outside_the_band_nothing_is_accepted_however_often_it_comes() {
    let mut guard = guard("0.05", "0.1");
    for _ in 0..3 {
        assert_eq!(admit(&mut guard, "70000"), Verdict::OutsideBand { limit: mark("66000") });
    }
    assert_eq!((guard.last(), guard.is_stale(at(1_000))), (None, true));
}

#[test]
fn a_mark_outside_the_band_interrupts_a_confirmation() {
    let mut guard = guard("0.05", "0.1");
    assert_eq!(admit(&mut guard, "60000"), Verdict::Accept);
    assert_eq!(admit(&mut guard, "65500"), waiting("60000", "65500"));
    assert_eq!(admit(&mut guard, "66500"), Verdict::OutsideBand { limit: mark("66000") });
    assert_eq!(admit(&mut guard, "65500"), waiting("60000", "65500"));
}

#[test]
fn a_mark_becomes_stale_when_nothing_is_accepted() {
    let mut guard = settled();
    assert!(!guard.is_stale(at(11_000)) && guard.is_stale(at(11_001)));
    let _ = guard.admit(mark("50000"), index("60000"), at(11_000));
    assert!(guard.is_stale(at(11_001)), "a mark held back refreshes nothing");
    let _ = guard.admit(mark("50000"), index("60000"), at(11_001));
    assert!(!guard.is_stale(at(21_001)));
}

#[test]
fn zero_means_no_limit() {
    let mut guard = MarkGuard::new(GuardRule { jump: Rate::ZERO, band: Rate::ZERO, stale_after_ms: 0 }).unwrap();
    assert!(guard.is_stale(at(0)), "there is no mark yet");
    assert_eq!(admit(&mut guard, "1"), Verdict::Accept);
    assert_eq!(admit(&mut guard, "1000000"), Verdict::Accept);
    assert!(!guard.is_stale(at(u64::MAX)));
}

#[test]
fn a_negative_band_is_refused() {
    let error = MarkGuard::new(GuardRule { jump: Rate::ZERO, band: rate("-0.1"), stale_after_ms: 0 }).unwrap_err();
    assert_eq!(error.to_string(), "band is -0.1; it must be from 0 to 10");
}

fn is_near(value: i64, centre: i64, rate: Rate) -> bool {
    let (value, centre) = (i128::from(value), i128::from(centre));
    rate == Rate::ZERO || (value - centre).abs() * 100_000_000 <= rate.wide() * centre
}

fn rates() -> impl Strategy<Value = Rate> {
    let raw = prop_oneof![1 => Just(0), 6 => 100_000..20_000_000_i64, 1 => 0..=Rate::GREATEST.raw()];
    raw.prop_map(|raw| Rate::from_raw(raw).unwrap())
}

proptest! {
    #![proptest_config(cases())]

    /// Whatever comes: an accepted mark is inside the band, and a step from the last accepted mark or from the candidate just before. Nothing
    /// else moves the mark. A candidate inside the band that comes twice is accepted.
    #[test]
    fn no_mark_is_accepted_alone(
        jump in rates(), band in rates(),
        candidates in prop::collection::vec((prop_oneof![9_000..11_000_i64, raw_prices()], 9_500..10_500_i64), 1..30),
    ) {
        let mut guard = MarkGuard::new(GuardRule { jump, band, stale_after_ms: 1 }).unwrap();
        let mut previous: Option<i64> = None;
        for (candidate, index) in candidates {
            let (before, to) = (guard.last(), MarkPrice::from_raw(candidate).unwrap());
            let index = IndexPrice::from_raw(index).unwrap();
            let verdict = guard.admit(to, index, at(0));
            let is_inside = is_near(candidate, index.raw(), band);
            let is_backed = before.is_none_or(|last| is_near(candidate, last.raw(), jump))
                || previous.is_some_and(|previous| is_near(candidate, previous, jump));
            prop_assert!(verdict != Verdict::Accept || (is_inside && is_backed));
            prop_assert_eq!(guard.last(), if verdict == Verdict::Accept { Some(to) } else { before });
            if let Verdict::OutsideBand { limit } = verdict {
                let outward = (candidate - index.raw()).signum();
                prop_assert!(!is_inside && is_near(limit.raw(), index.raw(), band));
                prop_assert!(!is_near(limit.raw() + outward, index.raw(), band), "the limit is the last one inside");
            } else {
                prop_assert!(is_inside);
                prop_assert_eq!(guard.clone().admit(to, index, at(0)), Verdict::Accept);
            }
            previous = is_inside.then_some(candidate);
        }
    }
}
