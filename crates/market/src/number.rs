//! Prices, rates and quantities from the bytes of a field.

use crate::error::{Fault, LONGEST_VALUE, show};
use ringfence_risk::decimal::{self, ParseError};
use ringfence_risk::units::{MarkPrice, Quantity, Rate};

/// Most digits a number may have for its magnitude to fit 64 bits.
const MOST_DIGITS: usize = 18;
/// 10⁸⁻ⁿ for n digits after the point.
const SCALES: [i64; 9] = [100_000_000, 10_000_000, 1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];

/// A price.
#[inline]
pub(crate) fn price(field: &'static str, text: &[u8]) -> Result<MarkPrice, Fault> {
    match digits(text).and_then(|raw| MarkPrice::from_raw(raw).ok()) {
        Some(price) => Ok(price),
        None => uncommon_price(field, text),
    }
}

/// A price that is written in an uncommon way, or is none.
#[cold]
fn uncommon_price(field: &'static str, text: &[u8]) -> Result<MarkPrice, Fault> {
    let (least, greatest) = (MarkPrice::LEAST.to_string(), MarkPrice::GREATEST.to_string());
    match exact(field, text) {
        Ok(raw) if raw <= 0 => Err(Fault::NotPositive { field, value: show(text, LONGEST_VALUE) }),
        Ok(raw) => MarkPrice::from_wide(raw).map_err(|_| out_of_range(field, text, least, greatest)),
        Err(Fault::NotADecimal { .. }) if is_decimal(text) => Err(out_of_range(field, text, least, greatest)),
        Err(fault) => Err(fault),
    }
}

/// A rate, of either sign.
pub(crate) fn rate(field: &'static str, text: &[u8]) -> Result<Rate, Fault> {
    let (least, greatest) = (Rate::LEAST.to_string(), Rate::GREATEST.to_string());
    match exact(field, text) {
        Ok(raw) => Rate::from_wide(raw).map_err(|_| out_of_range(field, text, least, greatest)),
        Err(Fault::NotADecimal { .. }) if is_decimal(text) => Err(out_of_range(field, text, least, greatest)),
        Err(fault) => Err(fault),
    }
}

/// A funding rate: no venue lets one be more than the whole value of a position, so what is greater is written in another unit.
pub(crate) fn funding_rate(field: &'static str, text: &[u8]) -> Result<Rate, Fault> {
    let beyond = || out_of_range(field, text, "-1".to_owned(), "1".to_owned());
    match rate(field, text) {
        Ok(rate) if rate.raw().unsigned_abs() > Rate::WHOLE.raw().unsigned_abs() => Err(beyond()),
        Err(Fault::OutOfRange { .. }) => Err(beyond()),
        read => read,
    }
}

/// A whole number of at most 64 bits, such as the number of a trade.
#[inline]
pub(crate) fn identifier(field: &'static str, text: &[u8]) -> Result<u64, Fault> {
    let digit = |sum: u64, byte: &u8| match byte {
        b'0'..=b'9' => sum.checked_mul(10)?.checked_add(u64::from(byte.saturating_sub(b'0'))),
        _ => None,
    };
    let number = if text.is_empty() { None } else { text.iter().try_fold(0_u64, digit) };
    number.ok_or_else(|| Fault::NotAnIdentifier { field, value: show(text, LONGEST_VALUE) })
}

/// A quantity of a level of a book; zero takes the level away.
#[inline]
pub(crate) fn quantity(field: &'static str, text: &[u8]) -> Result<Quantity, Fault> {
    if let Some(quantity) = digits(text).and_then(|raw| Quantity::from_raw(raw).ok()) {
        return Ok(quantity);
    }
    let (least, greatest) = (Quantity::LEAST.to_string(), Quantity::GREATEST.to_string());
    Quantity::from_wide(exact(field, text)?).map_err(|_| out_of_range(field, text, least, greatest))
}

/// Whether a field is a number, of any size and precision.
pub(crate) fn is_decimal(text: &[u8]) -> bool {
    let unsigned = text.strip_prefix(b"-").or_else(|| text.strip_prefix(b"+")).unwrap_or(text);
    unsigned.iter().any(u8::is_ascii_digit)
        && unsigned.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
        && unsigned.iter().filter(|byte| **byte == b'.').count() <= 1
}

/// Reads the common way to write a price, as the exact reader would; `None` for anything else.
#[inline]
pub(crate) fn digits(text: &[u8]) -> Option<i64> {
    if text.len() > MOST_DIGITS {
        return None;
    }
    let (mut value, mut point) = (0_i64, None);
    for (index, byte) in text.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            value = value.wrapping_mul(10).wrapping_add(i64::from(digit));
        } else if *byte == b'.' && point.is_none() {
            point = Some(index);
        } else {
            return None;
        }
    }
    let decimals = point.map_or(0, |point| text.len().saturating_sub(point).saturating_sub(1));
    if text.len() == usize::from(point.is_some()) {
        return None;
    }
    SCALES.get(decimals).and_then(|scale| value.checked_mul(*scale))
}

/// Reads any decimal as a whole number of 10⁻⁸.
fn exact(field: &'static str, text: &[u8]) -> Result<i128, Fault> {
    let value = || show(text, LONGEST_VALUE);
    let not_a_decimal = || Fault::NotADecimal { field, value: value() };
    decimal::parse(core::str::from_utf8(text).map_err(|_| not_a_decimal())?).map_err(|error| match error {
        ParseError::TooPrecise { .. } => Fault::TooPrecise { field, value: value() },
        ParseError::NotADecimal { .. } | ParseError::OutOfRange { .. } => not_a_decimal(),
    })
}

fn out_of_range(field: &'static str, text: &[u8], least: String, greatest: String) -> Fault {
    Fault::OutOfRange { field, least, greatest, value: show(text, LONGEST_VALUE) }
}
