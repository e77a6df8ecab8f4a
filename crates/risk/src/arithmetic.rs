//! The one place that scales, multiplies, divides and rounds.
//!
//! Every product is checked, every division names its rounding, and a product too wide for 128 bits is carried in 256.
//! Nothing here wraps: what does not fit is [`OutOfRange`].

use core::cmp::Ordering;

/// One whole unit (one dollar, one coin, 100 %, 1×) in the project's smallest unit, 10⁻⁸.
pub const SCALE: i128 = 100_000_000;

/// A number left the range the rules compute with; nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OutOfRange {
    /// What was being computed.
    pub what: &'static str,
}

impl core::fmt::Display for OutOfRange {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(formatter, "{} is outside the range the rules compute with", self.what)
    }
}

impl core::error::Error for OutOfRange {}

/// How a quotient that is not whole becomes whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rounding {
    /// Towards minus infinity.
    Floor,
    /// Towards plus infinity.
    Ceiling,
    /// Towards zero: what a venue calls "truncated".
    TowardZero,
    /// To the nearest whole number, halves away from zero.
    HalfUp,
    /// To the nearest whole number, halves to the even neighbour.
    HalfEven,
}

impl core::fmt::Display for Rounding {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str(match self {
            Self::Floor => "down",
            Self::Ceiling => "up",
            Self::TowardZero => "toward zero",
            Self::HalfUp => "nearest, halves away from zero",
            Self::HalfEven => "nearest, halves to even",
        })
    }
}

/// `left + right`, checked.
///
/// # Errors
/// [`OutOfRange`] when the sum does not fit 128 bits.
#[inline]
pub fn add(left: i128, right: i128) -> Result<i128, OutOfRange> {
    left.checked_add(right).ok_or(OutOfRange { what: "a sum" })
}

/// `left − right`, checked.
///
/// # Errors
/// [`OutOfRange`] when the difference does not fit 128 bits.
#[inline]
pub fn sub(left: i128, right: i128) -> Result<i128, OutOfRange> {
    left.checked_sub(right).ok_or(OutOfRange { what: "a difference" })
}

/// `left × right`, checked.
///
/// # Errors
/// [`OutOfRange`] when the product does not fit 128 bits.
#[inline]
pub fn mul(left: i128, right: i128) -> Result<i128, OutOfRange> {
    exact_product(left, right).ok_or(OutOfRange { what: "a product" })
}

/// The product when it fits. Most factors have 64 bits, whose product always does: one multiplication.
#[inline]
fn exact_product(left: i128, right: i128) -> Option<i128> {
    match (i64::try_from(left), i64::try_from(right)) {
        (Ok(left), Ok(right)) => Some(widen(left).wrapping_mul(widen(right))),
        (Ok(_) | Err(_), _) => wide_product(left, right),
    }
}

/// The product of wider factors. Bit lengths decide first: the compiler's own overflow test of 128-bit products is a slow call.
#[inline(never)]
fn wide_product(left: i128, right: i128) -> Option<i128> {
    let spare = left.unsigned_abs().leading_zeros().saturating_add(right.unsigned_abs().leading_zeros());
    if spare > 128 { Some(left.wrapping_mul(right)) } else { left.checked_mul(right) }
}

/// `−value`, checked.
///
/// # Errors
/// [`OutOfRange`] for the smallest 128-bit number.
#[inline]
pub fn neg(value: i128) -> Result<i128, OutOfRange> {
    value.checked_neg().ok_or(OutOfRange { what: "a negation" })
}

/// A 64-bit number as 128 bits.
#[inline]
#[must_use]
pub const fn widen(value: i64) -> i128 {
    #![expect(clippy::as_conversions, reason = "a widening of 64 to 128 bits is lossless; From is not const")]
    value as i128
}

/// A 128-bit number back in 64 bits.
///
/// # Errors
/// [`OutOfRange`] naming `what` when it does not fit.
#[inline]
pub fn narrow(value: i128, what: &'static str) -> Result<i64, OutOfRange> {
    i64::try_from(value).map_err(|_| OutOfRange { what })
}

/// How many whole steps a number is: `None` between two, and for a step of zero. One division.
///
/// ```
/// use ringfence_risk::arithmetic::whole_steps;
/// assert_eq!((whole_steps(15, 5), whole_steps(16, 5), whole_steps(5, 0)), (Some(3), None, None));
/// ```
#[inline]
#[must_use]
pub const fn whole_steps(number: i64, step: i64) -> Option<i64> {
    match number.checked_div(step) {
        // Rounded toward zero, so that the product is at most the number.
        Some(count) if count.wrapping_mul(step) == number => Some(count),
        Some(_) | None => None,
    }
}

/// `numerator ÷ denominator`, rounded as named. Divides in 64 bits when both fit: same result, a fraction of the time.
///
/// # Errors
/// [`OutOfRange`] when the denominator is zero or the quotient does not fit.
///
/// ```
/// use ringfence_risk::arithmetic::{Rounding, div};
/// assert_eq!(div(-7, 2, Rounding::Floor)?, -4);
/// assert_eq!(div(-7, 2, Rounding::Ceiling)?, -3);
/// assert_eq!(div(-7, -2, Rounding::Ceiling)?, 4);
/// assert_eq!(div(5, 2, Rounding::HalfEven)?, 2);
/// # Ok::<(), ringfence_risk::arithmetic::OutOfRange>(())
/// ```
#[inline]
pub fn div(numerator: i128, denominator: i128, rounding: Rounding) -> Result<i128, OutOfRange> {
    if denominator == SCALE
        && let Some(quotient) = by_scale(numerator, rounding)
    {
        return Ok(quotient);
    }
    let (magnitude, divisor) = (numerator.unsigned_abs(), denominator.unsigned_abs());
    let quotient = match (u64::try_from(magnitude), u64::try_from(divisor)) {
        (Ok(magnitude), Ok(divisor)) => magnitude.checked_div(divisor).map(u128::from),
        _ => magnitude.checked_div(divisor),
    };
    let quotient = quotient.ok_or(OutOfRange { what: "a quotient" })?;
    // The quotient times the divisor is at most the magnitude, so neither wraps.
    let remainder = magnitude.wrapping_sub(quotient.wrapping_mul(divisor));
    let sign = sign_of(numerator, denominator);
    let quotient =
        if remainder == 0 { quotient } else { quotient.wrapping_add(away(quotient, remainder, divisor, sign, rounding)) };
    signed(quotient, sign)
}

/// A magnitude with its sign.
#[inline]
fn signed(magnitude: u128, sign: Sign) -> Result<i128, OutOfRange> {
    let signed = match sign {
        Sign::Positive => i128::try_from(magnitude).ok(),
        Sign::Negative => 0_i128.checked_sub_unsigned(magnitude),
    };
    signed.ok_or(OutOfRange { what: "a quotient" })
}

/// The sign of a quotient.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    Positive,
    Negative,
}

/// The sign of `numerator ÷ denominator`.
#[inline]
const fn sign_of(numerator: i128, denominator: i128) -> Sign {
    if (numerator < 0) == (denominator < 0) { Sign::Positive } else { Sign::Negative }
}

/// One when a truncated magnitude with a non-zero remainder moves away from zero under this rounding, otherwise zero.
#[inline]
fn away(quotient: u128, remainder: u128, divisor: u128, sign: Sign, rounding: Rounding) -> u128 {
    let twice = || double_against(remainder, divisor);
    u128::from(match rounding {
        Rounding::Floor => sign == Sign::Negative,
        Rounding::Ceiling => sign == Sign::Positive,
        Rounding::TowardZero => false,
        Rounding::HalfUp => twice() != Ordering::Less,
        Rounding::HalfEven => twice() == Ordering::Greater || (twice() == Ordering::Equal && quotient & 1 != 0),
    })
}

/// `left × right ÷ denominator`, rounded once; the product may need 256 bits.
///
/// # Errors
/// [`OutOfRange`] when the denominator is zero or the quotient does not fit 128 bits.
#[inline]
pub fn mul_div(left: i128, right: i128, denominator: i128, rounding: Rounding) -> Result<i128, OutOfRange> {
    if let Ok(product) = mul(left, right) {
        return div(product, denominator, rounding);
    }
    wide_mul_div(left, right, denominator, rounding)
}

/// `left × right ÷ denominator` rounded down, and the remainder (from 0 to the denominator, exclusive); the product may need 256 bits.
///
/// # Errors
/// [`OutOfRange`] when the denominator is not positive or the quotient does not fit.
pub fn mul_div_remainder(left: i128, right: i128, denominator: i128) -> Result<(i128, i128), OutOfRange> {
    let overflow = OutOfRange { what: "a quotient" };
    if denominator > 0
        && let Ok(product) = mul(left, right)
        && let (Some(quotient), Some(remainder)) =
            (product.checked_div_euclid(denominator), product.checked_rem_euclid(denominator))
    {
        return Ok((quotient, remainder));
    }
    let divisor = u128::try_from(denominator).map_err(|_| overflow)?;
    let (quotient, remainder) = Wide::product(left.unsigned_abs(), right.unsigned_abs()).divide(divisor).ok_or(overflow)?;
    let remainder = i128::try_from(remainder).map_err(|_| overflow)?;
    match ((left < 0) != (right < 0), remainder) {
        (false, _) => Ok((signed(quotient, Sign::Positive)?, remainder)),
        (true, 0) => Ok((signed(quotient, Sign::Negative)?, 0)),
        (true, _) => Ok((sub(signed(quotient, Sign::Negative)?, 1)?, sub(denominator, remainder)?)),
    }
}

/// The fast form of a division by 10⁸, which is 2⁸ × 390,625: with the twos shifted out, products of up to 72 bits are divided in 64.
#[inline]
fn by_scale(product: i128, rounding: Rounding) -> Option<i128> {
    const ODD: u64 = 390_625;
    const WHOLE: u64 = 100_000_000;
    let magnitude = product.unsigned_abs();
    let quotient = u64::try_from(magnitude >> 8).ok()?.checked_div(ODD)?;
    // The remainder is below 10⁸, so that the lower 64 bits tell it.
    let low = u64::try_from(magnitude & u128::from(u64::MAX)).ok()?;
    let remainder = low.wrapping_sub(quotient.wrapping_mul(WHOLE));
    let sign = if product < 0 { Sign::Negative } else { Sign::Positive };
    let step = if remainder == 0 { 0 } else { away(quotient.into(), remainder.into(), WHOLE.into(), sign, rounding) };
    signed(u128::from(quotient).wrapping_add(step), sign).ok()
}

#[cold]
fn wide_mul_div(left: i128, right: i128, denominator: i128, rounding: Rounding) -> Result<i128, OutOfRange> {
    let overflow = OutOfRange { what: "a quotient" };
    let divisor = denominator.unsigned_abs();
    let product = Wide::product(left.unsigned_abs(), right.unsigned_abs());
    let (quotient, remainder) = product.divide(divisor).ok_or(overflow)?;
    let sign = if (left < 0) != (right < 0) { sign_of(-1, denominator) } else { sign_of(1, denominator) };
    let step = if remainder == 0 { 0 } else { away(quotient, remainder, divisor, sign, rounding) };
    let magnitude = quotient.checked_add(step).ok_or(overflow)?;
    signed(magnitude, sign)
}

/// Compares `2 × remainder` with `divisor` without overflow.
fn double_against(remainder: u128, divisor: u128) -> Ordering {
    remainder.checked_mul(2).map_or(Ordering::Greater, |twice| twice.cmp(&divisor))
}

/// The greatest common divisor of two numbers above zero, by Euclid.
///
/// # Errors
/// [`OutOfRange`] only for the smallest 128-bit number.
pub fn common_divisor(mut left: i128, mut right: i128) -> Result<i128, OutOfRange> {
    while right != 0 {
        (left, right) = (right, left.checked_rem(right).ok_or(OutOfRange { what: "a common divisor" })?);
    }
    Ok(left)
}

/// Compares `a × b` with `c × d` exactly, whatever their size.
///
/// This is how a margin balance is held against its maintenance: cross-multiplied, never through a rounded price.
///
/// ```
/// use core::cmp::Ordering;
/// use ringfence_risk::arithmetic::compare_products;
/// assert_eq!(compare_products(i128::MAX, i128::MAX, i128::MAX, i128::MAX - 1), Ordering::Greater);
/// assert_eq!(compare_products(-3, 4, 2, -6), Ordering::Equal);
/// ```
#[inline]
#[must_use]
pub fn compare_products(a: i128, b: i128, c: i128, d: i128) -> Ordering {
    match (exact_product(a, b), exact_product(c, d)) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => compare_wide(a, b, c, d),
    }
}

#[cold]
fn compare_wide(a: i128, b: i128, c: i128, d: i128) -> Ordering {
    let sign = |x: i128, y: i128| x.signum().wrapping_mul(y.signum());
    let (left, right) = (sign(a, b), sign(c, d));
    if left != right {
        return left.cmp(&right);
    }
    let magnitude = Wide::product(a.unsigned_abs(), b.unsigned_abs()).cmp(&Wide::product(c.unsigned_abs(), d.unsigned_abs()));
    if left < 0 { magnitude.reverse() } else { magnitude }
}

/// An unsigned 256-bit number: high and low half. Ordered by value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Wide {
    high: u128,
    low: u128,
}

impl Wide {
    #[expect(
        clippy::arithmetic_side_effects,
        reason = "each partial product of two 64-bit halves fits 128 bits; carries are counted"
    )]
    const fn product(left: u128, right: u128) -> Self {
        const HALF: u128 = (1 << 64) - 1;
        let (left_high, left_low) = (left >> 64, left & HALF);
        let (right_high, right_low) = (right >> 64, right & HALF);
        let low = left_low * right_low;
        let (middle, middle_carry) = (left_high * right_low).overflowing_add(left_low * right_high);
        let (sum, low_carry) = low.overflowing_add(middle << 64);
        let carry = if middle_carry { 1 << 64 } else { 0 } + if low_carry { 1 } else { 0 };
        Self { high: left_high * right_high + (middle >> 64) + carry, low: sum }
    }

    /// Quotient and remainder, bit by bit; `None` when the divisor is zero or the quotient needs more than 128 bits.
    #[expect(clippy::arithmetic_side_effects, reason = "the subtraction is guarded by the comparison or by the carried-out bit")]
    const fn divide(self, divisor: u128) -> Option<(u128, u128)> {
        if self.high >= divisor {
            return None;
        }
        let (mut remainder, mut quotient, mut bit) = (self.high, 0_u128, 128_u32);
        while bit > 0 {
            bit -= 1;
            let carried = remainder >> 127 != 0;
            remainder = (remainder << 1) | ((self.low >> bit) & 1);
            quotient <<= 1;
            if carried || remainder >= divisor {
                remainder = remainder.wrapping_sub(divisor);
                quotient |= 1;
            }
        }
        Some((quotient, remainder))
    }
}
