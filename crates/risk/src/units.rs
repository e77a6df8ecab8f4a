//! The types that keep a price from being added to a margin. All are whole numbers of 10⁻⁸.
//!
//! There is no `Price × Quantity`: what a position is worth depends on its contract, so
//! [`Contract::value`](crate::contract::Contract::value) is the only way to a [`Notional`].
//!
//! ```compile_fail
//! use ringfence_risk::units::{Amount, Notional};
//! let _ = Notional::ZERO.plus(Amount::ZERO); // a position's value and a sum of money do not add
//! ```
//! ```compile_fail
//! use ringfence_risk::units::{MarkPrice, Price};
//! fn higher(mark: MarkPrice, price: Price) -> bool { mark > price } // a mark and a traded price do not compare
//! ```

use crate::arithmetic::{OutOfRange, SCALE, add, neg, sub, widen};
use crate::decimal::{self, ParseError};

/// Whether a raw number is one of a unit. Nearly all money is short: then its limits are not looked at.
macro_rules! is_in_range {
    ($raw:expr, $least:expr, $greatest:expr) => {
        $raw >= $least && $raw <= $greatest
    };
    ($raw:expr, $least:expr, $greatest:expr, $is_short:ident) => {{
        #[cold]
        #[inline(never)]
        const fn is_within_limits(raw: i128) -> bool {
            raw >= $least && raw <= $greatest
        }
        $is_short($raw) || is_within_limits($raw)
    }};
}

macro_rules! unit {
    ($(#[$doc:meta])* $name:ident: $repr:ty, $label:literal, $least:expr, $greatest:expr $(, $is_short:ident)?) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($repr);

        impl $name {
            /// The least value.
            pub const LEAST: Self = Self($least);
            /// The greatest value.
            pub const GREATEST: Self = Self($greatest);

            /// From a whole number of 10⁻⁸.
            ///
            /// # Errors
            /// [`OutOfRange`] outside [`Self::LEAST`] to [`Self::GREATEST`].
            #[inline]
            pub const fn from_raw(raw: $repr) -> Result<Self, OutOfRange> {
                if is_in_range!(raw, $least, $greatest $(, $is_short)?) { Ok(Self(raw)) } else { Err(OutOfRange { what: $label }) }
            }

            /// The number of 10⁻⁸ it holds.
            #[inline]
            #[must_use]
            pub const fn raw(self) -> $repr {
                self.0
            }

            /// The number of 10⁻⁸ it holds, in 128 bits.
            #[inline]
            #[must_use]
            pub fn wide(self) -> i128 {
                i128::from(self.0)
            }

            /// From 128 bits of 10⁻⁸.
            ///
            /// # Errors
            /// [`OutOfRange`] outside [`Self::LEAST`] to [`Self::GREATEST`].
            #[inline]
            pub fn from_wide(raw: i128) -> Result<Self, OutOfRange> {
                let raw = <$repr>::try_from(raw).map_err(|_| OutOfRange { what: $label })?;
                Self::from_raw(raw)
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                decimal::write(self.wide(), formatter)
            }
        }

        impl core::str::FromStr for $name {
            type Err = ParseError;
            fn from_str(text: &str) -> Result<Self, ParseError> {
                Self::from_wide(decimal::parse(text)?).map_err(|_| ParseError::OutOfRange {
                    unit: $label,
                    text: text.to_owned(),
                    least: Self::LEAST.to_string(),
                    greatest: Self::GREATEST.to_string(),
                })
            }
        }
    };
}

/// Greatest price: 10⁹ units of quote currency, so that a price times any exposure fits 128 bits.
const MAX_PRICE: i64 = 100_000_000_000_000_000;
/// Greatest quantity: 9 × 10¹⁰ contracts or coins.
const MAX_QUANTITY: i64 = 9_000_000_000_000_000_000;
/// Greatest notional or amount: 10¹³ units, so that money × 10¹⁶ (the scale of an exact comparison) fits 128 bits.
const MAX_MONEY: i128 = 1_000_000_000_000_000_000_000;

/// Whether money that is never negative has 64 bits: up to 1.8 × 10¹¹ units, in range for sure.
#[inline]
const fn is_short(raw: i128) -> bool {
    raw >> 64 == 0
}

/// Whether money has 64 bits with its sign: up to 9 × 10¹⁰ units either way, in range for sure.
#[inline]
const fn is_signed_short(raw: i128) -> bool {
    raw >> 63 == raw >> 127
}

unit!(
    /// A price at which orders trade, in quote currency per unit of the underlying. Greater than zero.
    Price: i64, "price", 1, MAX_PRICE
);
unit!(
    /// The mark: the price that margin balances and liquidations are computed at. Greater than zero.
    MarkPrice: i64, "mark price", 1, MAX_PRICE
);
unit!(
    /// The index: the price of the underlying on its spot markets. Greater than zero.
    IndexPrice: i64, "index price", 1, MAX_PRICE
);
unit!(
    /// How much is held or ordered: contracts, or units of the underlying where a contract is one unit. Never negative.
    Quantity: i64, "quantity", 0, MAX_QUANTITY
);
unit!(
    /// What a position or order is worth, in the settlement asset. Never negative.
    Notional: i128, "notional", 0, MAX_MONEY, is_short
);
unit!(
    /// A sum of money in the settlement asset; negative when owed or lost.
    Amount: i128, "amount", -MAX_MONEY, MAX_MONEY, is_signed_short
);
unit!(
    /// A fraction of a value (0.004 is 0.4 %): maintenance rate, fee, funding rate. Between −1000 % and 1000 %.
    Rate: i64, "rate", -1_000_000_000, 1_000_000_000
);
unit!(
    /// Leverage: position value ÷ initial margin. From 1× to 1000×; hundredths and finer are allowed.
    Leverage: i64, "leverage", 100_000_000, 100_000_000_000
);

impl Price {
    /// This price taken as a mark: for asking what a position would be worth there.
    #[must_use]
    pub const fn as_mark(self) -> MarkPrice {
        MarkPrice(self.0)
    }
}

impl MarkPrice {
    /// This mark taken as a trading price: for asking what a fill there would cost.
    #[must_use]
    pub const fn as_price(self) -> Price {
        Price(self.0)
    }
}

impl Quantity {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Sum of two quantities.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest quantity.
    #[inline]
    pub fn plus(self, other: Self) -> Result<Self, OutOfRange> {
        Self::from_wide(add(self.wide(), other.wide())?)
    }

    /// Difference of two quantities.
    ///
    /// # Errors
    /// [`OutOfRange`] when `other` is greater.
    #[inline]
    pub fn minus(self, other: Self) -> Result<Self, OutOfRange> {
        Self::from_wide(sub(self.wide(), other.wide())?)
    }
}

impl Notional {
    /// Worth nothing.
    pub const ZERO: Self = Self(0);

    /// Sum of two values.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest notional.
    #[inline]
    pub fn plus(self, other: Self) -> Result<Self, OutOfRange> {
        Self::from_wide(add(self.0, other.0)?)
    }

    /// Difference of two values.
    ///
    /// # Errors
    /// [`OutOfRange`] when `other` is greater.
    #[inline]
    pub fn minus(self, other: Self) -> Result<Self, OutOfRange> {
        Self::from_wide(sub(self.0, other.0)?)
    }
}

impl Notional {
    /// From an unsigned 64-bit number of 10⁻⁸, which is always in range.
    #[inline]
    #[must_use]
    pub(crate) const fn from_u64(raw: u64) -> Self {
        #![expect(clippy::as_conversions, reason = "a widening of 64 to 128 bits is lossless; From is not const")]
        Self(raw as i128)
    }
}

impl Amount {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// Sum of two amounts.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest amount.
    #[inline]
    pub fn plus(self, other: Self) -> Result<Self, OutOfRange> {
        Self::from_wide(add(self.0, other.0)?)
    }

    /// Difference of two amounts.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest amount.
    #[inline]
    pub fn minus(self, other: Self) -> Result<Self, OutOfRange> {
        Self::from_wide(sub(self.0, other.0)?)
    }

    /// The same sum in the other direction.
    ///
    /// # Errors
    /// None in practice: the range is symmetric.
    #[inline]
    pub fn negated(self) -> Result<Self, OutOfRange> {
        Self::from_wide(neg(self.0)?)
    }

    /// The amount, or zero when it is negative.
    #[inline]
    #[must_use]
    pub const fn or_zero(self) -> Self {
        if self.0 < 0 { Self::ZERO } else { self }
    }

    /// From an unsigned 64-bit number of 10⁻⁸, which is always in range.
    #[inline]
    #[must_use]
    pub(crate) const fn from_u64(raw: u64) -> Self {
        #![expect(clippy::as_conversions, reason = "a widening of 64 to 128 bits is lossless; From is not const")]
        Self(raw as i128)
    }
}

impl Rate {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The whole: 100 %.
    pub const WHOLE: Self = Self(100_000_000);

    /// Sum of two rates.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond ±1000 %.
    #[inline]
    pub fn plus(self, other: Self) -> Result<Self, OutOfRange> {
        Self::from_wide(add(self.wide(), other.wide())?)
    }

    /// Difference of two rates.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond ±1000 %.
    #[inline]
    pub fn minus(self, other: Self) -> Result<Self, OutOfRange> {
        Self::from_wide(sub(self.wide(), other.wide())?)
    }

    /// The rate, or zero when it is negative.
    #[inline]
    #[must_use]
    pub const fn or_zero(self) -> Self {
        if self.0 < 0 { Self::ZERO } else { self }
    }
}

impl Leverage {
    /// No leverage: the margin is the whole value.
    pub const ONE: Self = Self(100_000_000);

    /// A whole number of times.
    ///
    /// # Errors
    /// [`OutOfRange`] outside 1 to 1000.
    pub fn whole(times: i64) -> Result<Self, OutOfRange> {
        Self::from_wide(crate::arithmetic::mul(widen(times), SCALE)?)
    }
}

/// Long gains when the price rises, short when it falls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// Bought: gains when the price rises.
    Long,
    /// Sold: gains when the price falls.
    Short,
}

impl Side {
    /// The other side.
    #[inline]
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Long => Self::Short,
            Self::Short => Self::Long,
        }
    }

    /// +1 for long, −1 for short.
    #[must_use]
    pub const fn sign(self) -> i128 {
        match self {
            Self::Long => 1,
            Self::Short => -1,
        }
    }
}

impl core::fmt::Display for Side {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.pad(match self {
            Self::Long => "long",
            Self::Short => "short",
        })
    }
}

/// The name of an asset (`USDT`, `BTC`): up to 16 letters or digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Asset([u8; 16]);

impl Asset {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let end = self.0.iter().position(|byte| *byte == 0).unwrap_or(self.0.len());
        self.0.get(..end).and_then(|bytes| core::str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

impl core::fmt::Debug for Asset {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(formatter, "Asset({})", self.as_str())
    }
}

impl core::fmt::Display for Asset {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl core::str::FromStr for Asset {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let mut name = [0_u8; 16];
        let fits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        match name.get_mut(..text.len()) {
            Some(slot) if fits => {
                slot.copy_from_slice(text.as_bytes());
                Ok(Self(name))
            }
            _ => Err(ParseError::OutOfRange {
                unit: "asset name",
                text: text.to_owned(),
                least: "1 letter or digit".to_owned(),
                greatest: "16 letters or digits".to_owned(),
            }),
        }
    }
}

/// Money of one asset. Adding across assets is an error.
///
/// ```
/// use ringfence_risk::units::{Amount, Money};
/// let tether = Money { asset: "USDT".parse()?, amount: "5".parse()? };
/// let bitcoin = Money { asset: "BTC".parse()?, amount: "5".parse()? };
/// assert!(tether.plus(bitcoin).is_err());
/// assert_eq!(tether.plus(tether)?.amount, "10".parse::<Amount>()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    /// Which asset.
    pub asset: Asset,
    /// How much of it.
    pub amount: Amount,
}

impl Money {
    /// Sum of two sums of the same asset.
    ///
    /// # Errors
    /// [`OutOfRange`] when the assets differ or the sum is too large.
    #[inline]
    pub fn plus(self, other: Self) -> Result<Self, OutOfRange> {
        if self.asset != other.asset {
            return Err(OutOfRange { what: "a sum of two assets" });
        }
        Ok(Self { asset: self.asset, amount: self.amount.plus(other.amount)? })
    }
}
