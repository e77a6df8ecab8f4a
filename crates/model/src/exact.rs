//! Whole numbers and fractions of any size. Nothing here overflows, and nothing is rounded unless its name says which way.

use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};

/// One, in units of 10⁻⁸.
pub(crate) fn scale() -> BigInt {
    BigInt::from(100_000_000)
}

/// Quotient towards minus infinity. The divisor is greater than zero.
pub(crate) fn floor(numerator: &BigInt, denominator: &BigInt) -> BigInt {
    let (quotient, rest) = (numerator / denominator, numerator % denominator);
    if rest.is_negative() { quotient - BigInt::one() } else { quotient }
}

/// Quotient towards plus infinity. The divisor is greater than zero.
pub(crate) fn ceiling(numerator: &BigInt, denominator: &BigInt) -> BigInt {
    let (quotient, rest) = (numerator / denominator, numerator % denominator);
    if rest.is_positive() { quotient + BigInt::one() } else { quotient }
}

/// The nearest quotient; from the middle to the even one.
pub(crate) fn half_even(numerator: &BigInt, denominator: &BigInt) -> BigInt {
    let below = floor(numerator, denominator);
    let twice: BigInt = (numerator - &below * denominator) * 2;
    let odd = !(&below % BigInt::from(2)).is_zero();
    match twice.cmp(denominator) {
        core::cmp::Ordering::Less => below,
        core::cmp::Ordering::Greater => below + BigInt::one(),
        core::cmp::Ordering::Equal if odd => below + BigInt::one(),
        core::cmp::Ordering::Equal => below,
    }
}

/// The nearest quotient of numbers that are not negative; from the middle up.
pub(crate) fn half_up(numerator: &BigInt, denominator: &BigInt) -> BigInt {
    floor(&(numerator * 2 + denominator), &(denominator * BigInt::from(2)))
}

/// An exact fraction. The denominator is greater than zero; common factors stay where they are.
#[derive(Clone, Debug)]
pub(crate) struct Fraction {
    pub(crate) numerator: BigInt,
    pub(crate) denominator: BigInt,
}

impl Fraction {
    pub(crate) const fn new(numerator: BigInt, denominator: BigInt) -> Self {
        Self { numerator, denominator }
    }

    pub(crate) fn zero() -> Self {
        Self::new(BigInt::zero(), BigInt::one())
    }

    pub(crate) fn plus(&self, other: &Self) -> Self {
        Self::new(
            &self.numerator * &other.denominator + &other.numerator * &self.denominator,
            &self.denominator * &other.denominator,
        )
    }

    pub(crate) fn plus_whole(&self, whole: &BigInt) -> Self {
        Self::new(&self.numerator + whole * &self.denominator, self.denominator.clone())
    }

    pub(crate) fn times(&self, factor: &BigInt) -> Self {
        Self::new(&self.numerator * factor, self.denominator.clone())
    }

    /// Divided by something greater than zero.
    pub(crate) fn over(&self, divisor: &BigInt) -> Self {
        Self::new(self.numerator.clone(), &self.denominator * divisor)
    }

    pub(crate) fn compare(&self, other: &Self) -> core::cmp::Ordering {
        (&self.numerator * &other.denominator).cmp(&(&other.numerator * &self.denominator))
    }

    pub(crate) fn compare_whole(&self, whole: &BigInt) -> core::cmp::Ordering {
        self.numerator.cmp(&(whole * &self.denominator))
    }

    pub(crate) fn floor(&self) -> BigInt {
        floor(&self.numerator, &self.denominator)
    }

    pub(crate) fn ceiling(&self) -> BigInt {
        ceiling(&self.numerator, &self.denominator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotients_round_as_they_are_named() {
        let of = |function: fn(&BigInt, &BigInt) -> BigInt, left: i32, right: i32| function(&left.into(), &right.into());
        assert_eq!(
            [of(floor, -7, 2), of(floor, 7, 2), of(ceiling, -7, 2), of(ceiling, 7, 2)].map(|n| n.to_string()),
            ["-4", "3", "-3", "4"]
        );
        assert_eq!([of(half_even, 5, 2), of(half_even, 7, 2), of(half_even, 9, 4)].map(|n| n.to_string()), ["2", "4", "2"]);
        assert_eq!([of(half_even, -5, 2), of(half_up, 5, 2), of(half_up, 9, 4)].map(|n| n.to_string()), ["-2", "3", "2"]);
        assert_eq!(of(half_even, -3, 2).to_string(), "-2");
    }
}
