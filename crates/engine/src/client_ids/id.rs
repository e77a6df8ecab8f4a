//! The name that a client gives an order.

use core::cmp::Ordering;

/// The longest name, in bytes.
const LONGEST: usize = 36;

/// The name that a client gives an order: 1 to 36 characters out of letters, digits and `. _ : / -`. Ordered as its bytes.
///
/// ```
/// use ringfence_engine::client_ids::ClientOrderId;
/// let id: ClientOrderId = "grid:42/a_1".parse()?;
/// assert_eq!(id.as_str(), "grid:42/a_1");
/// let error = "a b".parse::<ClientOrderId>().unwrap_err();
/// assert_eq!(error.to_string(), "client order id may hold only letters, digits and . _ : / -, got ' ' as character 2");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientOrderId([u8; LONGEST]);

/// As its bytes, compared by eight: looking for a name among many does little else.
impl Ord for ClientOrderId {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        let ((words, rest), (others, other_rest)) = (self.0.as_chunks::<8>(), other.0.as_chunks::<8>());
        for (word, other) in words.iter().zip(others) {
            let (word, other) = (u64::from_be_bytes(*word), u64::from_be_bytes(*other));
            if word != other {
                return word.cmp(&other);
            }
        }
        rest.cmp(other_rest)
    }
}

impl PartialOrd for ClientOrderId {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl ClientOrderId {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let end = self.0.iter().position(|byte| *byte == 0).unwrap_or(self.0.len());
        self.0.get(..end).and_then(|bytes| core::str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

impl ClientOrderId {
    /// The name as one word, for the state hash.
    pub(crate) fn fingerprint(&self) -> u64 {
        let (words, rest) = self.0.as_chunks::<8>();
        let rest = rest.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        words.iter().fold(rest, |sum, word| (sum ^ u64::from_le_bytes(*word)).wrapping_mul(0x9fb2_1c65_1e98_df25).rotate_left(23))
    }
}

impl core::fmt::Debug for ClientOrderId {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(formatter, "ClientOrderId({})", self.as_str())
    }
}

impl core::fmt::Display for ClientOrderId {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl core::str::FromStr for ClientOrderId {
    type Err = ClientOrderIdError;
    fn from_str(text: &str) -> Result<Self, ClientOrderIdError> {
        let mut name = [0_u8; LONGEST];
        let slot = name.get_mut(..text.len()).filter(|slot| !slot.is_empty());
        let slot = slot.ok_or(ClientOrderIdError::Length { bytes: text.len() })?;
        match text.chars().zip(1_u8..).find(|(found, _)| !is_allowed(*found)) {
            Some((found, position)) => Err(ClientOrderIdError::Character { found, position }),
            None => {
                slot.copy_from_slice(text.as_bytes());
                Ok(Self(name))
            }
        }
    }
}

/// Whether a name may hold this character.
const fn is_allowed(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | ':' | '/' | '-')
}

/// Why a text is no client order id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientOrderIdError {
    /// It is empty or longer than 36 bytes.
    Length {
        /// How many bytes it has.
        bytes: usize,
    },
    /// It holds a character that is not allowed.
    Character {
        /// The first such character.
        found: char,
        /// Which character of the text it is, from 1.
        position: u8,
    },
}

impl core::fmt::Display for ClientOrderIdError {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Length { bytes } => write!(formatter, "client order id must have 1 to {LONGEST} characters, got {bytes} bytes"),
            Self::Character { found, position } => write!(
                formatter,
                "client order id may hold only letters, digits and . _ : / -, got {found:?} as character {position}"
            ),
        }
    }
}

impl core::error::Error for ClientOrderIdError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_ordered_as_their_bytes() {
        let long = "a".repeat(35);
        let texts = [
            "a",
            "a-1",
            "a-10",
            "a-2",
            "aaaaaaaa",
            "aaaaaaaaa",
            "aaaaaaab",
            "b",
            "B",
            &format!("{long}a"),
            &format!("{long}b"),
            &long,
        ];
        let names = texts.map(|text| text.parse::<ClientOrderId>().expect("a name"));
        for (one, text) in names.iter().zip(texts) {
            for (other, other_text) in names.iter().zip(texts) {
                assert_eq!(one.cmp(other), text.as_bytes().cmp(other_text.as_bytes()), "{text} {other_text}");
            }
        }
    }
}
