//! An exact fraction: a value, a price or a leverage before anybody rounds it.

use core::cmp::Ordering;

use crate::arithmetic::{OutOfRange, Rounding, SCALE, compare_products, div, mul, sub};

/// `numerator ÷ denominator` in units of 10⁻⁸, the denominator positive.
///
/// ```
/// use ringfence_risk::arithmetic::{Rounding, SCALE};
/// use ringfence_risk::ratio::Ratio;
/// let third = Ratio::new(SCALE, 3)?; // 1 ÷ 3
/// assert_eq!(third.to_decimal(20, Rounding::Floor)?, "0.33333333333333333333");
/// assert_eq!(third.rounded(Rounding::Ceiling)?, 33_333_334);
/// # Ok::<(), ringfence_risk::arithmetic::OutOfRange>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Ratio {
    numerator: i128,
    denominator: i128,
}

impl Ratio {
    /// A fraction of two whole numbers; a negative denominator moves its sign up.
    ///
    /// # Errors
    /// [`OutOfRange`] for a zero denominator.
    #[inline]
    pub fn new(numerator: i128, denominator: i128) -> Result<Self, OutOfRange> {
        let bad = OutOfRange { what: "a ratio" };
        match denominator.signum() {
            1 => Ok(Self { numerator, denominator }),
            -1 => Ok(Self { numerator: numerator.checked_neg().ok_or(bad)?, denominator: denominator.checked_neg().ok_or(bad)? }),
            _ => Err(bad),
        }
    }

    /// A whole number of 10⁻⁸.
    #[inline]
    #[must_use]
    pub const fn whole(raw: i128) -> Self {
        Self { numerator: raw, denominator: 1 }
    }

    /// Above the line.
    #[inline]
    #[must_use]
    pub const fn numerator(self) -> i128 {
        self.numerator
    }

    /// Below the line; greater than zero.
    #[inline]
    #[must_use]
    pub const fn denominator(self) -> i128 {
        self.denominator
    }

    /// As a whole number of 10⁻⁸.
    ///
    /// # Errors
    /// [`OutOfRange`] when the quotient does not fit.
    #[inline]
    pub fn rounded(self, rounding: Rounding) -> Result<i128, OutOfRange> {
        div(self.numerator, self.denominator, rounding)
    }

    /// Exact comparison.
    #[inline]
    #[must_use]
    pub fn compare(self, other: Self) -> Ordering {
        compare_products(self.numerator, other.denominator, other.numerator, self.denominator)
    }

    /// The last multiple of `step` at or below (`Floor`), or the first at or above (`Ceiling`), in units of 10⁻⁸.
    ///
    /// # Errors
    /// [`OutOfRange`] when a product does not fit.
    #[inline]
    pub fn on_grid(self, step: i128, rounding: Rounding) -> Result<i128, OutOfRange> {
        if step == 1 {
            return self.rounded(rounding);
        }
        mul(div(self.numerator, mul(self.denominator, step)?, rounding)?, step)
    }

    /// As a decimal number with `places` digits after the point, rounded as named: any number of digits, by long division.
    ///
    /// # Errors
    /// [`OutOfRange`] when a product does not fit.
    pub fn to_decimal(self, places: usize, rounding: Rounding) -> Result<String, OutOfRange> {
        let negative = self.numerator < 0;
        let divisor = mul(self.denominator, SCALE)?.unsigned_abs();
        let out = OutOfRange { what: "a decimal" };
        let magnitude = self.numerator.unsigned_abs();
        let whole = magnitude.checked_div(divisor).ok_or(out)?;
        let mut remainder = magnitude.checked_rem(divisor).ok_or(out)?;
        let mut digits: Vec<u8> = whole.to_string().into_bytes();
        for _ in 0..places {
            let (digit, rest) = next_digit(remainder, divisor)?;
            digits.push(digit);
            remainder = rest;
        }
        let away = match (rounding, remainder.cmp(&sub_unsigned(divisor, remainder)?)) {
            _ if remainder == 0 => false,
            (Rounding::Floor, _) => negative,
            (Rounding::Ceiling, _) => !negative,
            (Rounding::TowardZero, _) | (Rounding::HalfUp | Rounding::HalfEven, Ordering::Less) => false,
            (Rounding::HalfUp, Ordering::Equal) | (Rounding::HalfUp | Rounding::HalfEven, Ordering::Greater) => true,
            (Rounding::HalfEven, Ordering::Equal) => digits.last().is_some_and(|digit| digit & 1 != 0),
        };
        if away {
            increment(&mut digits);
        }
        let split = digits.len().saturating_sub(places);
        let (whole, fraction) = digits.split_at_checked(split).ok_or(out)?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let point = if places == 0 { "" } else { "." };
        let sign = if negative && digits.iter().any(|digit| *digit != b'0') { "-" } else { "" };
        Ok(format!("{sign}{}{point}{}", text(whole), text(fraction)))
    }
}

impl PartialEq for Ratio {
    fn eq(&self, other: &Self) -> bool {
        self.compare(*other) == Ordering::Equal
    }
}

impl Eq for Ratio {}

fn sub_unsigned(left: u128, right: u128) -> Result<u128, OutOfRange> {
    left.checked_sub(right).ok_or(OutOfRange { what: "a difference" })
}

/// `10 × remainder ÷ divisor` by at most nine subtractions, so that the product by ten never overflows.
fn next_digit(remainder: u128, divisor: u128) -> Result<(u8, u128), OutOfRange> {
    let (mut digit, mut rest) = (b'0', 0_u128);
    for _ in 0..10 {
        let room = sub_unsigned(divisor, remainder)?;
        if rest >= room {
            rest = sub_unsigned(rest, room)?;
            digit = digit.saturating_add(1);
        } else {
            rest = rest.checked_add(remainder).ok_or(OutOfRange { what: "a decimal" })?;
        }
    }
    Ok((digit, rest))
}

/// Adds one to the last digit of a decimal written in ASCII.
fn increment(digits: &mut Vec<u8>) {
    for digit in digits.iter_mut().rev() {
        if *digit == b'9' {
            *digit = b'0';
        } else {
            *digit = digit.saturating_add(1);
            return;
        }
    }
    digits.insert(0, b'1');
}

/// The difference of two ratios of the same denominator.
///
/// # Errors
/// [`OutOfRange`] when the denominators differ or the difference does not fit.
pub fn difference(left: Ratio, right: Ratio) -> Result<Ratio, OutOfRange> {
    if left.denominator == right.denominator {
        return Ok(Ratio { numerator: sub(left.numerator, right.numerator)?, denominator: left.denominator });
    }
    let numerator = sub(mul(left.numerator, right.denominator)?, mul(right.numerator, left.denominator)?)?;
    Ratio::new(numerator, mul(left.denominator, right.denominator)?)
}
