//! The feed as a trader sees it, and its laws.
#![allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails")]

mod guard;
mod index;
mod windows;

use proptest::prelude::*;
use ringfence_risk::units::{IndexPrice, MarkPrice, Rate};

use crate::time::Time;

fn cases() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, max_shrink_iters: 4_000, ..ProptestConfig::with_cases(5_000) }
}

fn at(ms: u64) -> Time {
    Time::from_ms(ms)
}

fn index(price: &str) -> IndexPrice {
    price.parse().unwrap()
}

fn mark(price: &str) -> MarkPrice {
    price.parse().unwrap()
}

fn rate(rate: &str) -> Rate {
    rate.parse().unwrap()
}

/// Crowded prices, often equal or one unit apart; prices of a market; and any price there is.
fn raw_prices() -> impl Strategy<Value = i64> {
    let ends = prop::sample::select(vec![1, 2, IndexPrice::GREATEST.raw() - 1, IndexPrice::GREATEST.raw()]);
    prop_oneof![4 => 1_000..1_020_i64, 4 => 5_900_000_000_000..6_100_000_000_000_i64, 2 => 1..=IndexPrice::GREATEST.raw(), 1 => ends]
}
