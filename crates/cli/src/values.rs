//! Reading numbers from the command line, and writing exact fractions.

use ringfence_risk::arithmetic::{OutOfRange, Rounding};
use ringfence_risk::decimal::{ParseError, parse_scaled};
use ringfence_risk::ratio::Ratio;
use ringfence_risk::units::{Leverage, Price, Quantity, Rate};

/// A rate as a fraction (`0.005`) or in percent (`0.5%`).
pub(crate) fn rate(text: &str) -> Result<Rate, String> {
    let Some(percent) = text.strip_suffix('%').filter(|digits| !digits.is_empty()) else {
        return text.parse::<Rate>().map_err(|error| error.to_string());
    };
    // A percent has two decimals fewer than the fraction it stands for: 0.000001 % is the least.
    let raw = parse_scaled(percent, 6).map_err(|error| match error {
        ParseError::TooPrecise { .. } => format!("'{text}' has more than 6 digits after the point"),
        other @ (ParseError::NotADecimal { .. } | ParseError::OutOfRange { .. }) => other.to_string(),
    })?;
    Rate::from_wide(raw).map_err(|_| format!("rate must be between {}00% and {}00%, got {text}", Rate::LEAST, Rate::GREATEST))
}

/// A whole number of at least 0.
pub(crate) fn whole(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("must be a whole number from 0 to {}, got {text}", u64::MAX))
}

/// A leverage, with or without a trailing `x`.
pub(crate) fn leverage(text: &str) -> Result<Leverage, String> {
    let digits = text.strip_suffix(['x', '×']).filter(|digits| !digits.is_empty()).unwrap_or(text);
    digits.parse::<Leverage>().map_err(|error| error.to_string())
}

/// A fill: `quantity@price`.
pub(crate) fn fill(text: &str) -> Result<(Quantity, Price), String> {
    let (quantity, price) = text.split_once('@').ok_or_else(|| format!("'{text}' is not a fill (write it like 0.5@64000)"))?;
    let quantity: Quantity = quantity.parse().map_err(|error: ParseError| error.to_string())?;
    let price: Price = price.parse().map_err(|error: ParseError| error.to_string())?;
    if quantity == Quantity::ZERO {
        Err(format!("quantity of a fill must be greater than 0, got {text}"))
    } else {
        Ok((quantity, price))
    }
}

/// Digits shown of a fraction that does not end.
const PLACES: usize = 20;

/// An exact fraction with up to 20 decimals.
pub(crate) fn exact(ratio: Ratio) -> Result<String, OutOfRange> {
    let text = ratio.to_decimal(PLACES, Rounding::HalfUp)?;
    Ok(text.trim_end_matches('0').trim_end_matches('.').to_owned())
}

/// A fraction with up to eight decimals: an average, whose further digits are those of its rounded parts.
pub(crate) fn eight(ratio: Ratio) -> Result<String, OutOfRange> {
    let text = ratio.to_decimal(8, Rounding::HalfEven)?;
    Ok(text.trim_end_matches('0').trim_end_matches('.').to_owned())
}

/// A fraction as percent with two decimals.
pub(crate) fn percent(ratio: Ratio) -> Result<String, OutOfRange> {
    let hundredfold = Ratio::new(ringfence_risk::arithmetic::mul(ratio.numerator(), 100)?, ratio.denominator())?;
    Ok(format!("{} %", hundredfold.to_decimal(2, Rounding::HalfUp)?))
}

/// The word for what does not exist.
pub(crate) const NONE: &str = "none";

/// A value, or the word for what does not exist.
pub(crate) fn or_none<T: core::fmt::Display>(value: Option<T>) -> String {
    value.map_or_else(|| NONE.to_owned(), |value| value.to_string())
}
