//! Signed queries: percent-encoding and HMAC-SHA256.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Parameters of a request, in the order they are sent.
pub(crate) type Parameters = Vec<(&'static str, String)>;

/// `name=value&…`, values percent-encoded.
pub(crate) fn query(parameters: &[(&'static str, String)]) -> String {
    let pairs: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    pairs.join("&")
}

/// Everything but letters, digits, `-`, `.`, `_` and `~` as `%XX`.
pub(crate) fn encoded(text: &str) -> String {
    let encode = |byte: u8| {
        let letter = char::from(byte);
        if byte.is_ascii_alphanumeric() || "-._~".contains(letter) { letter.to_string() } else { format!("%{byte:02X}") }
    };
    text.bytes().map(encode).collect()
}

/// HMAC-SHA256 of a payload under a secret, in lower-case hexadecimal.
pub(crate) fn signature(secret: &str, payload: &str) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(payload.as_bytes());
    Some(mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect())
}
