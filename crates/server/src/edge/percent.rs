//! Percent-decoding of URL and form text.

/// What a `+` stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plus {
    /// A blank, as in form encoding.
    Blank,
    /// Itself, as in base64.
    Itself,
}

/// Not decodable: a `%` without two hex digits, or bytes that are not UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// Decodes `%41` to `A`; everything else stays, save `+` where it means a blank.
///
/// # Errors
/// [`Malformed`].
///
/// ```
/// use ringfence_server::edge::percent::{Plus, decode};
/// assert_eq!(decode(b"a+b%2Bc", Plus::Blank).as_deref(), Ok("a b+c"));
/// assert_eq!(decode(b"a+b%2Bc", Plus::Itself).as_deref(), Ok("a+b+c"));
/// assert!(decode(b"50%", Plus::Blank).is_err());
/// ```
pub fn decode(raw: &[u8], plus: Plus) -> Result<String, Malformed> {
    let mut decoded = Vec::with_capacity(raw.len());
    let mut bytes = raw.iter().copied();
    while let Some(byte) = bytes.next() {
        decoded.push(match (byte, plus) {
            (b'%', _) => {
                let high = bytes.next().and_then(hex_digit).ok_or(Malformed)?;
                let low = bytes.next().and_then(hex_digit).ok_or(Malformed)?;
                (high << 4) | low
            }
            (b'+', Plus::Blank) => b' ',
            (other, Plus::Blank | Plus::Itself) => other,
        });
    }
    String::from_utf8(decoded).map_err(|_| Malformed)
}

/// The value of one hex digit of either case.
pub(crate) const fn hex_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit.wrapping_sub(b'0')),
        b'a'..=b'f' => Some(digit.wrapping_sub(b'a').wrapping_add(10)),
        b'A'..=b'F' => Some(digit.wrapping_sub(b'A').wrapping_add(10)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Malformed, Plus, decode};

    #[test]
    fn decodes_what_clients_send_and_refuses_the_rest() {
        let decoded = [
            ("", ""),
            ("BTCUSDT", "BTCUSDT"),
            ("%5B1%2c2%5d", "[1,2]"),
            ("a+b", "a b"),
            ("%E2%82%AC", "€"),
            (r#"[{"a":"b"}]"#, r#"[{"a":"b"}]"#),
        ];
        for (raw, text) in decoded {
            assert_eq!(decode(raw.as_bytes(), Plus::Blank).as_deref(), Ok(text), "{raw}");
        }
        for raw in ["%", "%4", "%zz", "%4z", "%ff", "%C3%28"] {
            assert_eq!(decode(raw.as_bytes(), Plus::Blank), Err(Malformed), "{raw}");
        }
    }
}
