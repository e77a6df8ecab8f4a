//! The two windows give the averages of the formulas.

use proptest::prelude::*;
use ringfence_risk::funding::average_premium;
use ringfence_risk::mark::average_basis;
use ringfence_risk::units::{IndexPrice, Price, Rate};

use super::{at, cases, index, rate, raw_prices};
use crate::feed::{BasisWindow, PremiumWindow};

fn price(price: &str) -> Price {
    price.parse().unwrap()
}

/// A sample of a book one wide whose middle lies this far above an index of 60,000.
fn sample(window: &mut BasisWindow, ms: u64, above: i64) -> bool {
    let bid = (6_000_000_000_000 + above * 100_000_000) - 50_000_000;
    let (bid, ask) = (Price::from_raw(bid).unwrap(), Price::from_raw(bid + 100_000_000).unwrap());
    window.sample(at(ms), bid, ask, index("60000")).unwrap()
}

fn dollars(dollars: i64) -> Option<i64> {
    Some(dollars * 100_000_000)
}

#[test]
fn the_oldest_sample_goes_when_the_window_is_full() {
    let mut window = BasisWindow::new(2, 1_000).unwrap();
    assert_eq!(window.average(), None);
    assert!(sample(&mut window, 1_000, 10));
    assert_eq!(window.average(), dollars(10));
    assert!(sample(&mut window, 2_000, 20));
    assert_eq!(window.average(), dollars(15));
    assert!(sample(&mut window, 3_000, -40));
    assert_eq!((window.average(), window.count()), (dollars(-10), 2));
}

#[test]
fn a_second_gets_one_sample_and_only_in_order() {
    let mut window = BasisWindow::new(30, 1_000).unwrap();
    assert!(sample(&mut window, 999, 10) && sample(&mut window, 1_000, 10), "two seconds, a millisecond apart");
    assert!(!sample(&mut window, 1_999, 99) && !sample(&mut window, 500, 99));
    assert!(window.due(at(2_000)) && !window.due(at(1_999)));
    assert!(sample(&mut window, 60_000, 10), "silence does not matter");
    assert_eq!((window.average(), window.count()), (dollars(10), 3));
}

#[test]
fn the_ends_of_the_range_fit() {
    let mut window = BasisWindow::new(600, 1).unwrap();
    for ms in 0..1_000 {
        assert!(window.sample(at(ms), Price::GREATEST, Price::GREATEST, IndexPrice::LEAST).unwrap());
    }
    assert_eq!(window.average(), Some(Price::GREATEST.raw() - 1));
    assert!(window.sample(at(u64::MAX), price("1"), price("1"), index("1")).unwrap());
}

#[test]
fn a_bad_window_is_named() {
    let error = |samples, every_ms| BasisWindow::new(samples, every_ms).unwrap_err().to_string();
    assert_eq!(error(601, 1_000), "samples is 601; it must be from 1 to 600");
    assert_eq!(error(0, 1_000), "samples is 0; it must be from 1 to 600");
    assert_eq!(error(30, 0), "every_ms is 0; it must be from 1 to 86400000");
    assert_eq!(PremiumWindow::new(86_400_001).unwrap_err().to_string(), "every_ms is 86400001; it must be from 1 to 86400000");
}

#[test]
fn a_late_premium_weighs_more() {
    let mut window = PremiumWindow::new(60_000).unwrap();
    assert_eq!(window.average().unwrap(), Rate::ZERO);
    window.add(rate("0.0006")).unwrap();
    window.add(Rate::ZERO).unwrap();
    window.add(rate("-0.0006")).unwrap();
    assert_eq!((window.average().unwrap(), window.count()), (rate("-0.0002"), 3)); // (1 × 6 − 3 × 6) ÷ 6
}

#[test]
fn a_settlement_begins_anew_but_gives_a_minute_no_second_sample() {
    let mut window = PremiumWindow::new(60_000).unwrap();
    assert!(window.sample(at(120_000), rate("0.01")).unwrap());
    window.clear();
    assert!(!window.sample(at(120_001), rate("0.01")).unwrap());
    assert_eq!((window.count(), window.average().unwrap()), (0, Rate::ZERO));
    assert!(window.due(at(180_000)) && window.sample(at(180_000), rate("0.02")).unwrap());
    assert_eq!(window.average().unwrap(), rate("0.02"));
}

proptest! {
    #![proptest_config(cases())]

    /// The running mean is the mean of the last samples, where only the first of a slot counts.
    #[test]
    fn the_window_averages_as_the_formula_does(
        size in 1..12_u16,
        every in 1..5_u64,
        books in prop::collection::vec((0..9_u64, raw_prices(), raw_prices(), raw_prices()), 0..40),
    ) {
        let (mut window, mut taken, mut now, mut last) = (BasisWindow::new(size, every).unwrap(), Vec::new(), 0, None);
        for (step, bid, ask, index) in books {
            now += step;
            let (bid, ask) = (Price::from_raw(bid).unwrap(), Price::from_raw(ask).unwrap());
            let index = IndexPrice::from_raw(index).unwrap();
            let is_new = last.is_none_or(|slot| now / every > slot);
            prop_assert_eq!(window.due(at(now)), is_new);
            prop_assert_eq!(window.sample(at(now), bid, ask, index).unwrap(), is_new);
            if is_new {
                taken.push((bid, ask, index));
                last = Some(now / every);
            }
            let kept = &taken[taken.len().saturating_sub(size.into())..];
            prop_assert_eq!(window.average(), average_basis(kept).unwrap());
            prop_assert_eq!(usize::from(window.count()), kept.len());
        }
    }

    /// The running premium is the weighted mean of all since the last settlement.
    #[test]
    fn the_premium_averages_as_the_formula_does(premiums in prop::collection::vec((-1_000_000_000..=1_000_000_000_i64, 0..12_u8), 0..60)) {
        let (mut window, mut since) = (PremiumWindow::new(1).unwrap(), Vec::new());
        for (premium, settle) in premiums {
            if settle == 0 {
                window.clear();
                since.clear();
            }
            let premium = Rate::from_raw(premium).unwrap();
            window.add(premium).unwrap();
            since.push(premium);
            prop_assert_eq!(window.average().unwrap(), average_premium(&since).unwrap());
        }
    }
}
