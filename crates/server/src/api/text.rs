//! Numbers as the API writes them: plain decimals in strings, never an exponent.

use core::fmt;

use ringfence_risk::arithmetic::Rounding;
use ringfence_risk::ratio::Ratio;
use ringfence_risk::units::{Price, Quantity};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::boot::{Family, Symbol};

/// Digits after the point of every number inside.
const SCALE_DIGITS: usize = 8;

/// A number of 10⁻⁸ with at least so many digits after the point, and as many more as it needs: nothing is rounded away.
///
/// ```
/// use ringfence_server::api::text::Decimal;
/// assert_eq!(Decimal::new(6_400_010_000_000, 2).to_string(), "64000.10");
/// assert_eq!(Decimal::new(-1_250_000_001, 2).to_string(), "-12.50000001");
/// assert_eq!(Decimal::new(0, 0).to_string(), "0");
/// assert_eq!(Decimal::money(150_000_000).to_string(), "1.50000000");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    raw: i128,
    digits: usize,
}

impl Decimal {
    /// `raw` × 10⁻⁸ with at least `digits` digits after the point, at most eight.
    #[must_use]
    pub const fn new(raw: i128, digits: u8) -> Self {
        let digits = digits as usize;
        Self { raw, digits: if digits > SCALE_DIGITS { SCALE_DIGITS } else { digits } }
    }

    /// Money: always eight digits.
    #[must_use]
    pub const fn money(raw: i128) -> Self {
        Self { raw, digits: SCALE_DIGITS }
    }

    /// A ratio, to the nearest 10⁻⁸ (halves to even), with at least so many digits; zero where it is beyond every number.
    #[must_use]
    pub fn ratio(ratio: Ratio, digits: u8) -> Self {
        Self::new(ratio.rounded(Rounding::HalfEven).unwrap_or(0), digits)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.raw.unsigned_abs();
        let (whole, fraction) = (size / 100_000_000, size % 100_000_000);
        if self.raw < 0 {
            formatter.write_str("-")?;
        }
        let written = format_fraction(u32::try_from(fraction).unwrap_or(0));
        let needed = written.iter().rposition(|digit| *digit != b'0').map_or(0, |last| last + 1);
        let digits = self.digits.max(needed);
        write!(formatter, "{whole}")?;
        if digits == 0 {
            return Ok(());
        }
        let shown = written.get(..digits).and_then(|bytes| core::str::from_utf8(bytes).ok()).unwrap_or_default();
        write!(formatter, ".{shown}")
    }
}

fn format_fraction(mut fraction: u32) -> [u8; SCALE_DIGITS] {
    let mut digits = [b'0'; SCALE_DIGITS];
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + u8::try_from(fraction % 10).unwrap_or(0);
        fraction /= 10;
    }
    digits
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A decimal as a JSON number, where the API has one: `25.5`, with as many digits as the text would have.
///
/// ```
/// use ringfence_server::api::text::{Decimal, Number};
/// let brackets = [Number(Decimal::new(400_000, 1)), Number(Decimal::new(30_000_000_000_000, 0)), Number(Decimal::new(0, 1))];
/// assert_eq!(serde_json::to_string(&brackets)?, "[0.004,300000,0.0]");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number(pub Decimal);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // The text is a number of JSON, kept as it is: no float is made of it.
        RawValue::from_string(self.0.to_string()).map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

/// A flag of a row with several: `true` or `false`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Flag(pub bool);

/// A price with the digits of its market.
#[must_use]
pub fn price(symbol: &Symbol, price: Price) -> Decimal {
    Decimal::new(price.wide(), digits(symbol.price_precision))
}

/// A quantity with the digits of its market.
#[must_use]
pub fn quantity(symbol: &Symbol, quantity: Quantity) -> Decimal {
    Decimal::new(quantity.wide(), digits(symbol.quantity_precision))
}

/// Digits after the point.
#[must_use]
pub fn digits(precision: u32) -> u8 {
    u8::try_from(precision).unwrap_or(u8::MAX)
}

/// A price that there is none of: zero with the digits of its market.
#[must_use]
pub fn no_price(symbol: &Symbol) -> Decimal {
    Decimal::new(0, digits(symbol.price_precision))
}

/// A value in the settlement asset: in quote currency at least two digits, in a coin eight.
#[must_use]
pub fn value(symbol: &Symbol, raw: i128) -> Decimal {
    match symbol.family {
        Family::UsdM => Decimal::new(raw, 2),
        Family::CoinM => Decimal::money(raw),
    }
}
