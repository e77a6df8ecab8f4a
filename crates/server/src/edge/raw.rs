//! A request as received, byte for byte, and the text its signature is over.
//!
//! The signature covers the raw query and the raw body, one after the other without a separator, each without its own
//! `signature=` pair. Nothing is decoded, ordered or encoded again before it is verified.

use bytes::Bytes;
use http::Method;
use http::request::Parts;

use super::error::{ApiError, Code};
use super::percent::{Plus, decode};
use super::window::TimeUnit;

/// The header that names the API key.
pub const API_KEY_HEADER: &str = "x-mbx-apikey";
/// The header that says in which unit `timestamp` is.
pub const TIME_UNIT_HEADER: &str = "x-mbx-time-unit";

/// What of a request the edge needs, as received.
#[derive(Clone, Debug)]
pub struct RawRequest {
    /// The method.
    pub method: Method,
    /// The path, without the query.
    pub path: String,
    /// The query without its `?`; empty when there is none.
    pub query: Bytes,
    /// The whole body.
    pub body: Bytes,
    /// The header `X-MBX-APIKEY`, if sent.
    pub api_key: Option<Bytes>,
    /// The unit of `timestamp`, from the header `X-MBX-TIME-UNIT`.
    pub time_unit: TimeUnit,
}

impl RawRequest {
    /// From the head and the body of a request.
    #[must_use]
    pub fn new(parts: &Parts, body: Bytes) -> Self {
        let header = |name: &str| parts.headers.get(name).map(http::HeaderValue::as_bytes);
        Self {
            method: parts.method.clone(),
            path: parts.uri.path().to_owned(),
            query: Bytes::copy_from_slice(parts.uri.query().unwrap_or_default().as_bytes()),
            body,
            api_key: header(API_KEY_HEADER).map(Bytes::copy_from_slice),
            time_unit: TimeUnit::of_header(header(TIME_UNIT_HEADER)),
        }
    }

    /// The text that is signed.
    #[must_use]
    pub fn signed_payload(&self) -> Vec<u8> {
        let mut payload = Vec::with_capacity(self.query.len().saturating_add(self.body.len()));
        append_unsigned(&self.query, &mut payload);
        append_unsigned(&self.body, &mut payload);
        payload
    }

    /// The signature as sent, still encoded.
    ///
    /// # Errors
    /// -1102 when there is none or it is empty, -1101 when there is more than one.
    pub fn signature(&self) -> Result<&[u8], ApiError> {
        let mut found = pairs(&self.query).chain(pairs(&self.body)).filter_map(|pair| pair.strip_prefix(b"signature="));
        let signature = found.next().filter(|value| !value.is_empty()).ok_or_else(|| ApiError::mandatory("signature"))?;
        if found.next().is_some() {
            return Err(ApiError::of(Code::DuplicateParameter));
        }
        Ok(signature)
    }

    /// The first value of a parameter, the query before the body, decoded. For the few that are needed before all are read.
    ///
    /// # Errors
    /// -1100 when it cannot be decoded.
    pub fn first(&self, name: &str) -> Result<Option<String>, ApiError> {
        let found = pairs(&self.query).chain(pairs(&self.body)).find_map(|pair| {
            let value = pair.strip_prefix(name.as_bytes())?;
            value.strip_prefix(b"=")
        });
        found.map(|value| decode(value, Plus::Blank).map_err(|_| ApiError::of(Code::IllegalCharacters))).transpose()
    }

    /// Whether the request can change something: everything but GET, HEAD and OPTIONS.
    #[must_use]
    pub fn mutates(&self) -> bool {
        !self.method.is_safe()
    }
}

/// The pairs of a query or form, undecoded.
pub(crate) fn pairs(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| *byte == b'&')
}

/// Appends the pairs that are not a signature, with the `&` between them.
fn append_unsigned(text: &[u8], payload: &mut Vec<u8>) {
    let mut first = true;
    for pair in pairs(text).filter(|pair| !pair.starts_with(b"signature=")) {
        if !first {
            payload.push(b'&');
        }
        first = false;
        payload.extend_from_slice(pair);
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::Method;

    use super::RawRequest;
    use crate::edge::window::TimeUnit;

    fn raw(query: &str, body: &str) -> RawRequest {
        RawRequest {
            method: Method::POST,
            path: "/fapi/v1/order".to_owned(),
            query: Bytes::copy_from_slice(query.as_bytes()),
            body: Bytes::copy_from_slice(body.as_bytes()),
            api_key: None,
            time_unit: TimeUnit::Milliseconds,
        }
    }

    #[test]
    fn the_payload_is_what_was_received_without_the_signature() {
        let rows = [
            ("", "", ""),
            ("a=1&b=2&signature=x", "", "a=1&b=2"),
            ("signature=x&a=1&b=2", "", "a=1&b=2"),
            ("a=1&signature=x&b=2", "", "a=1&b=2"),
            ("signature=x", "a=1", "a=1"),
            ("a=1", "b=2&signature=x", "a=1b=2"),
            ("a=1", "signature=x", "a=1"),
            ("b=2&a=1&signature=x", "", "b=2&a=1"),
            ("a=%5B1%2C2%5D&signature=x", "", "a=%5B1%2C2%5D"),
            ("a=%5b1%2c2%5d&signature=x", "", "a=%5b1%2c2%5d"),
            (
                "",
                r#"batchOrders=[{"symbol":"BTCUSDT"}]&timestamp=1&signature=x"#,
                r#"batchOrders=[{"symbol":"BTCUSDT"}]&timestamp=1"#,
            ),
            ("a=&b&&c=1&signature=x", "", "a=&b&&c=1"),
            ("Signature=x&mysignature=y&signature=z", "", "Signature=x&mysignature=y"),
            ("signatures=x&signature&signature=z", "", "signatures=x&signature"),
        ];
        for (query, body, payload) in rows {
            assert_eq!(String::from_utf8_lossy(&raw(query, body).signed_payload()), payload, "{query} + {body}");
        }
    }

    #[test]
    fn there_is_exactly_one_signature() {
        assert_eq!(raw("a=1&signature=x", "").signature().unwrap(), b"x");
        assert_eq!(raw("a=1", "signature=y").signature().unwrap(), b"y");
        for (query, body, code) in [
            ("a=1", "", -1102),
            ("signature=", "", -1102),
            ("signature=x&signature=y", "", -1101),
            ("signature=x", "signature=x", -1101),
        ] {
            assert_eq!(raw(query, body).signature().unwrap_err().code, code, "{query} + {body}");
        }
    }

    #[test]
    fn a_parameter_is_found_in_the_query_first() {
        let request = raw("timestamps=9&timestamp=1", "timestamp=2&recvWindow=%35000");
        assert_eq!(request.first("timestamp").unwrap().as_deref(), Some("1"));
        assert_eq!(request.first("recvWindow").unwrap().as_deref(), Some("5000"));
        assert_eq!(request.first("symbol").unwrap(), None);
        assert_eq!(raw("symbol=%", "").first("symbol").unwrap_err().code, -1100);
    }
}
