//! Reading and writing decimal numbers as whole multiples of 10⁻⁸, exactly: no digit is ever rounded away on the way in.

use crate::arithmetic::SCALE;

/// Digits after the decimal point that a number may carry.
pub const DECIMALS: usize = 8;

/// Why a text is not a number of this kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParseError {
    /// Nothing, or not an optional sign followed by digits with at most one point.
    NotADecimal {
        /// The text as given.
        text: String,
    },
    /// More than eight digits after the point (trailing zeros do not count).
    TooPrecise {
        /// The text as given.
        text: String,
    },
    /// Outside what the unit can hold.
    OutOfRange {
        /// The unit being read.
        unit: &'static str,
        /// The text as given.
        text: String,
        /// Least value of the unit.
        least: String,
        /// Greatest value of the unit.
        greatest: String,
    },
}

impl core::fmt::Display for ParseError {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::NotADecimal { text } => write!(formatter, "'{text}' is not a decimal number (write it like 12.5)"),
            Self::TooPrecise { text } => write!(formatter, "'{text}' has more than {DECIMALS} digits after the point"),
            Self::OutOfRange { unit, text, least, greatest } => {
                write!(formatter, "{unit} must be between {least} and {greatest}, got {text}")
            }
        }
    }
}

impl core::error::Error for ParseError {}

/// Reads a decimal as a whole number of 10⁻⁸.
///
/// # Errors
/// [`ParseError::NotADecimal`] or [`ParseError::TooPrecise`]; a number too large for 128 bits is reported as not a decimal.
///
/// ```
/// use ringfence_risk::decimal::parse;
/// assert_eq!(parse("-12.5")?, -1_250_000_000);
/// assert!(parse("NaN").is_err());
/// assert!(parse("0.000000001").is_err());
/// # Ok::<(), ringfence_risk::decimal::ParseError>(())
/// ```
pub fn parse(text: &str) -> Result<i128, ParseError> {
    parse_scaled(text, DECIMALS)
}

/// Reads a decimal as a whole number of 10⁻ⁿ, `decimals` being n.
///
/// # Errors
/// As [`parse`], with `decimals` as the limit of precision.
pub fn parse_scaled(text: &str, decimals: usize) -> Result<i128, ParseError> {
    let not_a_decimal = || ParseError::NotADecimal { text: shorten(text) };
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = fraction.trim_end_matches('0');
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits.bytes().any(|byte| byte.is_ascii_digit()) || !all_digits(whole) || !all_digits(fraction) {
        return Err(not_a_decimal());
    }
    if fraction.len() > decimals {
        return Err(ParseError::TooPrecise { text: shorten(text) });
    }
    let padding = decimals.saturating_sub(fraction.len());
    let magnitude = whole
        .bytes()
        .chain(fraction.bytes())
        .chain(core::iter::repeat_n(b'0', padding))
        .try_fold(0_i128, |value, byte| value.checked_mul(10)?.checked_add(i128::from(byte.saturating_sub(b'0'))))
        .ok_or_else(not_a_decimal)?;
    Ok(if negative { magnitude.saturating_neg() } else { magnitude })
}

/// A text fit for an error message, however long the input was.
fn shorten(text: &str) -> String {
    const LONGEST: usize = 40;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let head: String = text.chars().take(LONGEST).collect();
    format!("{head}…")
}

/// Writes a whole number of 10⁻⁸ as a decimal without trailing zeros.
///
/// # Errors
/// Those of the formatter.
pub fn write(raw: i128, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
    let magnitude = raw.unsigned_abs();
    let scale = SCALE.unsigned_abs();
    let (whole, fraction) = (magnitude.checked_div(scale).unwrap_or(0), magnitude.checked_rem(scale).unwrap_or(0));
    let sign = if raw < 0 { "-" } else { "" };
    let text = if fraction == 0 {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{}", format!("{fraction:08}").trim_end_matches('0'))
    };
    formatter.pad(&text)
}
