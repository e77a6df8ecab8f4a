//! Decimal numbers of any length as exact fractions: what inputs and printed numbers are read as, and what answers are compared in.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive, Zero};

/// An exact fraction.
pub(crate) type Exact = BigRational;

/// Digits and exponents beyond this are refused: no printed number has them.
const LONGEST: usize = 400;

/// A power of ten.
pub(crate) fn ten(power: i32) -> Exact {
    let whole = BigInt::from(10).pow(power.unsigned_abs());
    if power < 0 { Exact::new(BigInt::from(1), whole) } else { Exact::from(whole) }
}

/// A whole number.
pub(crate) fn whole(value: i128) -> Exact {
    Exact::from(BigInt::from(value))
}

/// Reads a decimal (`12.5`, `-0.003`, `1e-9`); `None` when it is not one.
pub(crate) fn parse(text: &str) -> Option<Exact> {
    if text.len() > LONGEST {
        return None;
    }
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (negative, digits) = match mantissa.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
    };
    let (before, after) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if (before.is_empty() && after.is_empty()) || !plain(before) || !plain(after) || exponent.abs() > 400 {
        return None;
    }
    let magnitude: BigInt = format!("{before}{after}").parse().ok()?;
    let power = exponent.checked_sub(i32::try_from(after.len()).ok()?)?;
    let value = Exact::from(magnitude) * ten(power);
    Some(if negative { -value } else { value })
}

/// The nearest whole number, halves away from zero; `None` beyond 128 bits.
pub(crate) fn nearest(value: &Exact) -> Option<i128> {
    value.round().to_integer().to_i128()
}

/// The number without its fraction.
pub(crate) fn truncated(value: &Exact) -> Exact {
    value.trunc()
}

/// Digits after the point, `most` at most.
pub(crate) fn decimals(value: &Exact, most: i32) -> i32 {
    (0..most).find(|places| (value * ten(*places)).is_integer()).unwrap_or(most)
}

/// The greatest power of ten by which a number can be multiplied and stay within `limit`.
pub(crate) fn room(value: &Exact, limit: &Exact) -> i32 {
    if value.is_zero() {
        return 40;
    }
    let size = value.abs();
    (-40..40).rev().find(|power| &size * ten(*power) <= *limit).unwrap_or(-40)
}

/// A number for a message: exact when short, otherwise cut to some forty digits.
pub(crate) fn show(value: &Exact) -> String {
    const PLACES: i32 = 40;
    let places = decimals(value, PLACES);
    let scaled = truncated(&(value * ten(places))).to_integer();
    let digits = format!("{:0>width$}", scaled.abs().to_string(), width = usize::try_from(places).unwrap_or(0) + 1);
    let (before, after) = digits.split_at(digits.len() - usize::try_from(places).unwrap_or(0));
    let sign = if scaled.is_negative() { "-" } else { "" };
    if after.is_empty() { format!("{sign}{before}") } else { format!("{sign}{before}.{after}") }
}
