//! The sign of a sum of fractions, exactly, without a common denominator.
//!
//! A cross account adds up balances of several contracts, each a fraction over its own mark. Instead of multiplying the marks together, whole
//! parts are added, and the fractional parts are compared digit by digit (in base 2³²) until the sign is certain.

use core::cmp::Ordering;

use crate::arithmetic::{OutOfRange, add, div, mul, sub};

/// A whole number plus fractions that each lie in [0, 1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExactSum {
    whole: i128,
    /// (remainder, denominator), the remainder below the denominator.
    fractions: Vec<(i128, i128)>,
}

/// Digits are taken in this base; a remainder below 2⁹⁵ times it still fits 128 bits.
const BASE: i128 = 1 << 32;
const LARGEST_DENOMINATOR: i128 = 1 << 95;

impl ExactSum {
    /// The sum of nothing.
    #[must_use]
    pub const fn zero() -> Self {
        Self { whole: 0, fractions: Vec::new() }
    }

    /// Adds a whole number.
    ///
    /// # Errors
    /// [`OutOfRange`] when the sum does not fit.
    pub fn add_whole(&mut self, whole: i128) -> Result<(), OutOfRange> {
        self.whole = add(self.whole, whole)?;
        Ok(())
    }

    /// Adds `whole + remainder ÷ denominator`.
    ///
    /// # Errors
    /// [`OutOfRange`] when the sum does not fit, the remainder is not in [0, denominator), or the denominator exceeds 2⁹⁵.
    pub fn add_mixed(&mut self, whole: i128, remainder: i128, denominator: i128) -> Result<(), OutOfRange> {
        if remainder < 0 || remainder >= denominator || denominator > LARGEST_DENOMINATOR {
            return Err(OutOfRange { what: "a fraction" });
        }
        self.add_whole(whole)?;
        let Some(same) = self.fractions.iter_mut().find(|(_, other)| *other == denominator) else {
            if remainder > 0 {
                self.fractions.push((remainder, denominator));
            }
            return Ok(());
        };
        same.0 = add(same.0, remainder)?;
        if same.0 >= denominator {
            same.0 = sub(same.0, denominator)?;
            self.whole = add(self.whole, 1)?;
        }
        self.fractions.retain(|(remainder, _)| *remainder > 0);
        Ok(())
    }

    /// Compares the sum with zero, exactly.
    ///
    /// The fractions sum to a number in [0, n). If the sum is a fraction other than zero it differs from zero by at least one ÷ (product of
    /// the denominators), so after as many digits as that product has, "not decided yet" means "equal".
    ///
    /// # Errors
    /// [`OutOfRange`] when a product does not fit.
    pub fn sign(&self) -> Result<Ordering, OutOfRange> {
        let count = i128::try_from(self.fractions.len()).map_err(|_| OutOfRange { what: "a number of fractions" })?;
        if self.whole >= 0 {
            return Ok(if self.whole == 0 && count == 0 { Ordering::Equal } else { Ordering::Greater });
        }
        if self.whole <= sub(0, count)? {
            return Ok(Ordering::Less);
        }
        // Invariant: the sign is that of `lead + Σ rest ÷ denominator`, scaled by a power of the base.
        let mut lead = self.whole;
        let mut rest = self.fractions.clone();
        let bits: u32 = rest.iter().map(|(_, denominator)| denominator.unsigned_abs().ilog2().saturating_add(1)).sum();
        for _ in 0..=bits.div_ceil(32) {
            lead = mul(lead, BASE)?;
            for (remainder, denominator) in &mut rest {
                let scaled = mul(*remainder, BASE)?;
                let digit = div(scaled, *denominator, crate::arithmetic::Rounding::Floor)?;
                *remainder = sub(scaled, mul(digit, *denominator)?)?;
                lead = add(lead, digit)?;
            }
            if lead >= 0 {
                let exhausted = rest.iter().all(|(remainder, _)| *remainder == 0);
                return Ok(if lead == 0 && exhausted { Ordering::Equal } else { Ordering::Greater });
            }
            if lead <= sub(0, count)? {
                return Ok(Ordering::Less);
            }
        }
        Ok(Ordering::Equal)
    }
}
