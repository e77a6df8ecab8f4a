//! Decimal numbers as clients write them: plain, or with an exponent.

use ringfence_risk::decimal::{self, ParseError};

/// Exponents beyond this are no number anybody trades in.
const LARGEST_EXPONENT: i32 = 40;

/// Reads a decimal, plain or with an exponent, as a whole number of 10⁻⁸. Nothing is rounded.
///
/// # Errors
/// [`ParseError::NotADecimal`] or [`ParseError::TooPrecise`].
pub(super) fn parse(text: &str) -> Result<i128, ParseError> {
    let not_a_decimal = || ParseError::NotADecimal { text: text.chars().take(40).collect() };
    match text.split_once(['e', 'E']) {
        None if text.starts_with('+') => Err(not_a_decimal()),
        None => decimal::parse(text),
        Some((mantissa, exponent)) => {
            // Checks the form of the mantissa; how precise it is shows only after the shift.
            if !is_plain(mantissa) {
                return Err(not_a_decimal());
            }
            let exponent: i32 = exponent.parse().map_err(|_| not_a_decimal())?;
            if !(-LARGEST_EXPONENT..=LARGEST_EXPONENT).contains(&exponent) {
                return Err(not_a_decimal());
            }
            decimal::parse(&shifted(mantissa, exponent))
        }
    }
}

/// Digits with at most one point, and a minus where it is negative.
fn is_plain(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let points = digits.bytes().filter(|byte| *byte == b'.').count();
    let digit = digits.bytes().any(|byte| byte.is_ascii_digit());
    digit && points <= 1 && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// A plain decimal with its point moved: to the right for a positive exponent.
fn shifted(mantissa: &str, exponent: i32) -> String {
    let (sign, digits) = mantissa.strip_prefix('-').map_or(("", mantissa), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let places = usize::try_from(exponent.unsigned_abs()).unwrap_or_default();
    if exponent >= 0 {
        let moved: String = fraction.chars().chain(core::iter::repeat('0')).take(places).collect();
        let rest: String = fraction.chars().skip(places).collect();
        format!("{sign}{whole}{moved}.{rest}")
    } else {
        let padded = format!("{}{whole}", "0".repeat(places));
        let (kept, moved) = padded.split_at(padded.len().saturating_sub(places));
        format!("{sign}0{kept}.{moved}{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use ringfence_risk::decimal::ParseError;

    use super::parse;

    #[test]
    fn exponents_are_exact() {
        let rows = [
            ("1e-05", "0.00001"),
            ("1E-8", "0.00000001"),
            ("5.85e4", "58500"),
            ("5.85e+4", "58500"),
            ("5.85e1", "58.5"),
            ("-1.5e-3", "-0.0015"),
            ("123.456e-2", "1.23456"),
            ("0.001e3", "1"),
            ("00.10e1", "1"),
            (".5e1", "5"),
            ("5.e-1", "0.5"),
            ("0e40", "0"),
            ("0.00000000000001e10", "0.0001"),
        ];
        for (text, plain) in rows {
            assert_eq!(parse(text), ringfence_risk::decimal::parse(plain), "{text}");
            assert!(parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_or_too_precise_is_refused() {
        for text in [
            "",
            "e",
            "1e",
            "e1",
            "1e1e1",
            "1e1.5",
            "1e41",
            "1e-41",
            "1e99999999999",
            "--1e1",
            "+1",
            "+1.5",
            "+1e1",
            "1.2.3e1",
            ".e1",
            "0x1e1",
            "1e 1",
            "nan",
            "inf",
        ] {
            assert!(matches!(parse(text), Err(ParseError::NotADecimal { .. })), "{text}");
        }
        for text in ["1e-9", "0.000000001", "1.5e-8", "1.00000001e-1"] {
            assert!(matches!(parse(text), Err(ParseError::TooPrecise { .. })), "{text}");
        }
    }
}
