//! What a request asks for: named texts, read as the types they stand for.
//!
//! Parameters come from the query, from a form body, from one object of `batchOrders`, or from the `params` of a
//! WebSocket request; all are read alike. Names nobody asks for are ignored. A parameter without a value is not there.
//! Within one source a name may stand once; what stands in the query and the body counts as in the query.

mod json;
mod number;
mod read;

use super::error::{ApiError, Code};
use super::percent::{Plus, decode};
use super::raw::{RawRequest, pairs};

/// How many parameters a request may have.
pub const MOST_PARAMETERS: usize = 64;

/// Names and values in the order received.
///
/// ```
/// use ringfence_risk::units::Price;
/// use ringfence_server::edge::parameters::Parameters;
/// let parameters = Parameters::of_form(b"symbol=BTCUSDT&price=5.85e4&reduceOnly=True", b"")?;
/// assert_eq!(parameters.required("symbol")?, "BTCUSDT");
/// assert_eq!(parameters.need("price", Parameters::price)?.to_string(), "58500");
/// assert_eq!(parameters.boolean("reduceOnly")?, Some(true));
/// assert_eq!(parameters.quantity("quantity")?, None);
/// # Ok::<(), ringfence_server::edge::error::ApiError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters {
    pairs: Vec<(String, String)>,
}

impl Parameters {
    /// Of a request: its query, then its form body.
    ///
    /// # Errors
    /// -1100 for what cannot be decoded, -1101 for a name that stands twice or too many names.
    pub fn of_request(raw: &RawRequest) -> Result<Self, ApiError> {
        Self::of_form(&raw.query, &raw.body)
    }

    /// Of a query and a form body, both undecoded.
    ///
    /// # Errors
    /// As [`Self::of_request`].
    pub fn of_form(query: &[u8], body: &[u8]) -> Result<Self, ApiError> {
        let mut parameters = decode_pairs(query)?;
        let in_query = parameters.len();
        let in_body = decode_pairs(body)?;
        if in_query.saturating_add(in_body.len()) > MOST_PARAMETERS {
            return Err(ApiError::of(Code::TooManyParameters));
        }
        for (name, value) in in_body {
            if !parameters.iter().take(in_query).any(|(known, _)| *known == name) {
                parameters.push((name, value));
            }
        }
        Ok(Self { pairs: parameters })
    }

    /// The same, with what another source names and this one does not.
    ///
    /// # Errors
    /// -1101 for too many names.
    pub fn or(mut self, other: Self) -> Result<Self, ApiError> {
        let own = self.pairs.len();
        if own.saturating_add(other.pairs.len()) > MOST_PARAMETERS {
            return Err(ApiError::of(Code::TooManyParameters));
        }
        for (name, value) in other.pairs {
            if !self.pairs.iter().take(own).any(|(known, _)| *known == name) {
                self.pairs.push((name, value));
            }
        }
        Ok(self)
    }

    /// Every name and value, in the order received.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value of a name; `None` also when it is empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value).filter(|value| !value.is_empty())
    }

    /// The value of a name written in any letter case: clients write `orderIdList` and `orderidlist`.
    #[must_use]
    pub fn get_in_any_case(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value).filter(|value| !value.is_empty())
    }

    /// The text the WebSocket interface signs: every parameter but the signature, sorted by name, not encoded.
    #[must_use]
    pub fn signed_payload(&self) -> Vec<u8> {
        self.payload(|value| value)
    }

    /// The same with `True` and `False` for `true` and `false`, as Python writes them.
    #[must_use]
    pub fn signed_payload_capitalised(&self) -> Vec<u8> {
        self.payload(|value| match value {
            "true" => "True",
            "false" => "False",
            other => other,
        })
    }

    fn payload(&self, spell: impl Fn(&str) -> &str) -> Vec<u8> {
        let mut signed: Vec<(&str, &str)> = self.iter().filter(|(name, _)| *name != "signature").collect();
        signed.sort_unstable();
        let written: Vec<String> = signed.iter().map(|(name, value)| format!("{name}={}", spell(value))).collect();
        written.join("&").into_bytes()
    }
}

/// Decodes one source. Pairs without a name are skipped.
fn decode_pairs(text: &[u8]) -> Result<Vec<(String, String)>, ApiError> {
    let mut decoded: Vec<(String, String)> = Vec::new();
    for pair in pairs(text).filter(|pair| !pair.is_empty()) {
        let (name, value) = split_pair(pair);
        let decoded_part = |part| decode(part, Plus::Blank).map_err(|_| ApiError::of(Code::IllegalCharacters));
        let (name, value) = (decoded_part(name)?, decoded_part(value)?);
        push_once(&mut decoded, name, value)?;
    }
    Ok(decoded)
}

fn split_pair(pair: &[u8]) -> (&[u8], &[u8]) {
    let mut parts = pair.splitn(2, |byte| *byte == b'=');
    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
}

/// Adds a name that is not there yet, up to [`MOST_PARAMETERS`].
fn push_once(parameters: &mut Vec<(String, String)>, name: String, value: String) -> Result<(), ApiError> {
    if parameters.len() >= MOST_PARAMETERS {
        return Err(ApiError::of(Code::TooManyParameters));
    }
    if parameters.iter().any(|(known, _)| *known == name) {
        return Err(ApiError::of(Code::DuplicateParameter));
    }
    parameters.push((name, value));
    Ok(())
}

#[cfg(test)]
mod tests;
