//! Law 10: the arithmetic gives what arbitrary precision gives, or refuses; it never wraps.

mod common;

use common::{big, cases, exact};
use core::cmp::Ordering;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive, Zero};
use proptest::prelude::*;
use ringfence_risk::arithmetic::{
    Rounding, SCALE, add, compare_products, div, mul, mul_div, mul_div_remainder, sub, whole_steps,
};
use ringfence_risk::decimal::{parse, parse_scaled};
use ringfence_risk::exact_sum::ExactSum;
use ringfence_risk::filters::{FilterError, OrderFilters, OrderSide};
use ringfence_risk::ratio::{Ratio, difference};
use ringfence_risk::units::{Amount, MarkPrice, Notional, Price, Quantity, Rate};

const ROUNDINGS: [Rounding; 5] = [Rounding::Floor, Rounding::Ceiling, Rounding::TowardZero, Rounding::HalfUp, Rounding::HalfEven];

/// Any 128-bit number, the extremes, powers of two and small numbers each as often.
fn wide() -> impl Strategy<Value = i128> {
    prop_oneof![
        any::<i128>(),
        any::<i64>().prop_map(i128::from),
        -20..=20_i128,
        (0..127_u32, -2..=2_i128, any::<bool>()).prop_map(|(shift, by, up)| {
            let power = (1_i128 << shift).saturating_add(by);
            if up { power } else { -power }
        }),
        prop::sample::select(vec![i128::MAX, i128::MIN, i128::MIN + 1, i128::MAX - 1, SCALE, -SCALE, SCALE * SCALE]),
    ]
}

/// The rounding rules in their plainest form, on exact fractions.
fn round(value: &BigRational, rounding: Rounding) -> BigInt {
    let (floor, ceiling) = (value.floor().to_integer(), value.ceil().to_integer());
    let below = value - BigRational::from_integer(floor.clone());
    let nearest = below.cmp(&BigRational::new(1.into(), 2.into()));
    let toward_zero = if value.is_negative() { &ceiling } else { &floor };
    match (rounding, nearest) {
        (Rounding::Floor, _) | (Rounding::HalfUp | Rounding::HalfEven, Ordering::Less) => floor,
        (Rounding::Ceiling, _) | (Rounding::HalfUp | Rounding::HalfEven, Ordering::Greater) => ceiling,
        (Rounding::TowardZero, _) => toward_zero.clone(),
        (Rounding::HalfUp, Ordering::Equal) => {
            if value.is_negative() {
                floor
            } else {
                ceiling
            }
        }
        (Rounding::HalfEven, Ordering::Equal) => {
            if (&floor % 2_i32).is_zero() {
                floor
            } else {
                ceiling
            }
        }
    }
}

/// A fraction written with `places` digits, the slow way.
fn written(value: &BigRational, places: u32, rounding: Rounding) -> String {
    let scaled = round(&(value * BigRational::from_integer(BigInt::from(10).pow(places))), rounding);
    let digits = format!("{:0>1$}", scaled.abs().to_string(), usize::try_from(places).expect("few") + 1);
    let (whole, fraction) = digits.split_at(digits.len() - usize::try_from(places).expect("few"));
    let sign = if scaled.is_negative() { "-" } else { "" };
    if places == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

proptest! {
    #![proptest_config(cases())]

    /// A number is so many steps, or lies between two.
    #[test]
    fn steps(count in any::<i64>(), step in prop_oneof![any::<i64>(), -3..=3_i64, Just(10_000_000)], off in -1..=1_i64) {
        let number = count.checked_mul(step).unwrap_or(count).saturating_add(off);
        let quotient = (step != 0).then(|| BigInt::from(number) / step);
        let whole = quotient.filter(|quotient| quotient * step == BigInt::from(number)).and_then(|quotient| quotient.to_i64());
        prop_assert_eq!(whole_steps(number, step), whole);
    }

    /// Money is in range or refused, whether it is short or not.
    #[test]
    fn ranges_of_money(raw in prop_oneof![wide(), (-2..=2_i128, any::<bool>()).prop_map(|(by, up)| {
        let most = Amount::GREATEST.raw() + by;
        if up { most } else { -most }
    })]) {
        let in_range = |least: i128, greatest: i128| (raw >= least && raw <= greatest).then_some(raw);
        let most = 1_000_000_000_000_000_000_000;
        prop_assert_eq!(Amount::from_raw(raw).ok().map(Amount::raw), in_range(-most, most));
        prop_assert_eq!(Notional::from_raw(raw).ok().map(Notional::raw), in_range(0, most));
        prop_assert_eq!(Amount::from_wide(raw).ok().map(Amount::raw), in_range(-most, most));
    }

    /// A price is outside the band exactly when it is beyond the rounded limit, and the limit is told.
    #[test]
    fn price_bands(
        mark in prop_oneof![1..=1_000_i64, 1..=MarkPrice::GREATEST.raw()],
        bands in (0..=1_000_000_000_i64, 0..=1_000_000_000_i64),
        near in prop::option::of(-2..=2_i64),
        any_price in 1..=Price::GREATEST.raw(),
        buys in any::<bool>(),
    ) {
        let rate = |raw| Rate::from_raw(raw).expect("a rate");
        let filters = OrderFilters {
            min_quantity: Quantity::ZERO,
            max_quantity: Quantity::GREATEST,
            min_notional: Notional::ZERO,
            band_up: rate(bands.0),
            band_down: rate(bands.1),
        };
        let (side, band, rounding) =
            if buys { (OrderSide::Buy, bands.0, Rounding::Floor) } else { (OrderSide::Sell, bands.1, Rounding::Ceiling) };
        let exact = BigRational::new(BigInt::from(mark) * band, BigInt::from(SCALE));
        let limit = round(&exact, rounding).clamp(1.into(), Price::GREATEST.raw().into()).to_i64().expect("a price");
        let raw = near.map_or(any_price, |by| limit.saturating_add(by).clamp(1, Price::GREATEST.raw()));
        let (price, limit) = (Price::from_raw(raw).expect("a price"), Price::from_raw(limit).expect("a price"));
        let is_outside = if buys { price > limit } else { price < limit };
        let expected = if is_outside { Err(FilterError::OutsidePriceBand { price, limit, side }) } else { Ok(()) };
        prop_assert_eq!(filters.check_band(side, price, MarkPrice::from_raw(mark).expect("a mark")), expected);
    }

    /// Sums, differences and products are exact or refused, and refused only when they do not fit.
    #[test]
    fn sums_and_products(left in wide(), right in wide()) {
        prop_assert_eq!(add(left, right).ok(), (BigInt::from(left) + right).to_i128());
        prop_assert_eq!(sub(left, right).ok(), (BigInt::from(left) - right).to_i128());
        prop_assert_eq!(mul(left, right).ok(), (BigInt::from(left) * right).to_i128());
    }

    /// A quotient is the exact fraction rounded as named; only a zero denominator or a quotient out of range is refused.
    #[test]
    fn quotients(numerator in wide(), denominator in wide(), which in 0..5_usize) {
        let got = div(numerator, denominator, ROUNDINGS[which]).ok();
        let expected = (denominator != 0).then(|| round(&(big(numerator) / big(denominator)), ROUNDINGS[which])).and_then(|it| it.to_i128());
        prop_assert_eq!(got, expected);
    }

    /// A product divided is rounded once, from the 256-bit product; refused only for a zero denominator or when the result does not fit.
    #[test]
    fn products_divided(left in wide(), right in wide(), denominator in wide(), which in 0..5_usize) {
        let got = mul_div(left, right, denominator, ROUNDINGS[which]).ok();
        let expected = (denominator != 0).then(|| round(&(big(left) * big(right) / big(denominator)), ROUNDINGS[which])).and_then(|it| it.to_i128());
        prop_assert_eq!(got, expected);
    }

    /// Quotient and remainder put together again are the product; the remainder lies in [0, denominator).
    #[test]
    fn quotient_and_remainder(left in wide(), right in wide(), denominator in wide()) {
        let product = big(left) * big(right);
        let expected = (denominator > 0).then(|| round(&(&product / big(denominator)), Rounding::Floor)).and_then(|it| it.to_i128());
        let got = mul_div_remainder(left, right, denominator).ok();
        prop_assert_eq!(got.map(|(quotient, _)| quotient), expected);
        if let Some((quotient, remainder)) = got {
            prop_assert!((0..denominator).contains(&remainder));
            prop_assert_eq!(big(quotient) * big(denominator) + big(remainder), product);
        }
    }

    /// Products are compared exactly, whatever their size, near-equal ones included.
    #[test]
    fn products_compared(a in wide(), b in wide(), c in wide(), d in wide(), by in -1..=1_i128) {
        prop_assert_eq!(compare_products(a, b, c, d), (big(a) * big(b)).cmp(&(big(c) * big(d))));
        let near = a.saturating_add(by);
        prop_assert_eq!(compare_products(a, b, near, b), (big(a) * big(b)).cmp(&(big(near) * big(b))));
        prop_assert_eq!(compare_products(a, b, b, near), (big(a) * big(b)).cmp(&(big(near) * big(b))));
    }

    /// Fractions compare, subtract and round as fractions do; equal fractions are equal however they are written.
    #[test]
    fn fractions(a in wide(), b in wide(), (c, d) in (wide(), wide()), step in 1..1_000_000_i128) {
        let (Ok(left), Ok(right)) = (Ratio::new(a, b), Ratio::new(c, d)) else { return Ok(()) };
        prop_assert_eq!(exact(left), big(a) / big(b));
        prop_assert_eq!(left.compare(right), exact(left).cmp(&exact(right)));
        prop_assert_eq!(left == right, exact(left) == exact(right));
        if let Ok(less) = difference(left, right) {
            prop_assert_eq!(exact(less), exact(left) - exact(right));
        }
        for rounding in [Rounding::Floor, Rounding::Ceiling] {
            if let Ok(on_grid) = left.on_grid(step, rounding) {
                let steps = round(&(exact(left) / big(step)), rounding);
                prop_assert_eq!(BigInt::from(on_grid), steps * step);
            }
        }
    }

    /// A fraction is written with any number of digits as long division gives them, rounded once, without a negative zero.
    #[test]
    fn fractions_written(numerator in wide(), denominator in prop_oneof![1..1_000_i128, 1..=i128::MAX / SCALE], places in 0..40_u32, which in 0..5_usize) {
        let ratio = Ratio::new(numerator, denominator).unwrap();
        let value = exact(ratio) / big(SCALE);
        let got = ratio.to_decimal(usize::try_from(places).unwrap(), ROUNDINGS[which]).unwrap();
        prop_assert_eq!(got, written(&value, places, ROUNDINGS[which]));
    }

    /// The sign of a sum of fractions is the sign of the exact sum. The last fraction is chosen so that the sum is zero or one 2⁻⁹⁵th off.
    #[test]
    fn sums_of_fractions(parts in prop::collection::vec((-3..=3_i128, any::<u128>(), common::edgy(60)), 0..6), by in -1..=1_i128, whole in -4..=4_i128) {
        let (mut sum, mut total) = (ExactSum::zero(), BigRational::zero());
        let mut put = |sum: &mut ExactSum, whole: i128, remainder: i128, denominator: i128| {
            total += big(whole) + big(remainder) / big(denominator);
            sum.add_mixed(whole, remainder, denominator).unwrap();
            total.clone()
        };
        let mut so_far = BigRational::zero();
        for (whole, noise, denominator) in parts {
            let denominator = i128::from(denominator);
            let remainder = i128::try_from(noise >> 1).unwrap() % denominator;
            so_far = put(&mut sum, whole, remainder, denominator);
        }
        let closing = round(&(-&so_far), Rounding::Floor).to_i128().unwrap();
        let rest = -&so_far - big(closing);
        if let (Some(remainder), Some(denominator)) = (rest.numer().to_i128(), rest.denom().to_i128())
            && denominator <= 1 << 95
        {
            so_far = put(&mut sum, closing, (remainder + by).clamp(0, denominator - 1), denominator);
        } else {
            so_far = put(&mut sum, whole, 0, 1);
        }
        prop_assert_eq!(sum.sign().unwrap(), so_far.cmp(&BigRational::zero()));
    }

    /// Writing a number and reading it back is the identity, for plain numbers and for units; a ninth digit is refused, never rounded.
    #[test]
    fn decimals_round_trip(raw in wide(), extra in 1..=9_u8) {
        if raw != i128::MIN {
            let text = Ratio::whole(raw).to_decimal(8, Rounding::Floor).unwrap();
            prop_assert_eq!(parse(&text).unwrap(), raw);
            prop_assert_eq!(parse_scaled(&text, 8).unwrap(), raw);
            let too_precise = format!("{text}{extra}");
            prop_assert!(parse(&too_precise).is_err());
        }
        if let Ok(money) = Amount::from_wide(raw) {
            prop_assert_eq!(money.to_string().parse::<Amount>().unwrap(), money);
        }
        if let Ok(price) = MarkPrice::from_wide(raw) {
            prop_assert_eq!(price.to_string().parse::<MarkPrice>().unwrap(), price);
        }
        let rate = Rate::from_wide(raw % 1_000_000_000).unwrap();
        prop_assert_eq!(rate.to_string().parse::<Rate>().unwrap(), rate);
    }

    /// Any text is read or refused, never a panic; what is read is written as the same number.
    #[test]
    fn any_text(text in "[-+]?[0-9]{0,3}\\.?[0-9]{0,10}") {
        let digits = text.trim_start_matches(['-', '+']);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let fits = fraction.trim_end_matches('0').len() <= 8 && !(whole.is_empty() && fraction.is_empty());
        prop_assert_eq!(parse(&text).is_ok(), fits);
        if let Ok(read) = parse(&text) {
            let all = format!("{whole}{fraction:0<10}").parse::<i128>().unwrap();
            prop_assert_eq!(read * 100, if text.starts_with('-') { -all } else { all });
        }
    }
}

/// 1/3 + 2/3 − 1, 1/2 + 1/3 + 1/6 − 1 and the like are exactly zero though no denominator is shared.
#[test]
fn sums_that_are_exactly_zero() {
    let sign = |whole: i128, parts: &[(i128, i128)]| {
        let mut sum = ExactSum::zero();
        sum.add_whole(whole).unwrap();
        parts.iter().for_each(|(remainder, denominator)| sum.add_mixed(0, *remainder, *denominator).unwrap());
        sum.sign().unwrap()
    };
    assert_eq!(sign(-1, &[(1, 3), (4, 6)]), Ordering::Equal);
    assert_eq!(sign(-1, &[(1, 2), (1, 3), (1, 6)]), Ordering::Equal);
    assert_eq!(sign(-2, &[(1, 2), (1, 3), (1, 6), (5, 7), (6, 21)]), Ordering::Equal);
    assert_eq!(sign(-1, &[(1, 2), (1, 3), ((1 << 95) / 6, 1 << 95)]), Ordering::Less);
    assert_eq!(sign(-1, &[(1, 2), (1, 3), ((1 << 95) / 6 + 1, 1 << 95)]), Ordering::Greater);
}
