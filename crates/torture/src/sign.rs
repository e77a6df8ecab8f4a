//! Signatures of requests.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Signs what one account sends: lower-case hexadecimal HMAC-SHA256.
///
/// ```
/// use ringfence_torture::sign::Signer;
/// let mut text = Vec::new();
/// Signer::new(b"example-secret-0123456789").sign(b"symbol=BTCUSDT&recvWindow=5000&timestamp=1700000000000", &mut text);
/// assert_eq!(text, b"7b488ed90f834d5208e2223ee2e92c2cbea581c9c68bed53b741fdb1a316dacf");
/// ```
#[derive(Clone)]
pub struct Signer {
    keyed: Hmac<Sha256>,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Signer")
    }
}

impl Signer {
    /// A signer with this secret.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        Self { keyed: Hmac::new_from_slice(secret).expect("HMAC takes a key of any length") }
    }

    /// Appends the signature of a payload.
    pub fn sign(&self, payload: &[u8], out: &mut Vec<u8>) {
        let mut mac = self.keyed.clone();
        mac.update(payload);
        for byte in mac.finalize().into_bytes() {
            out.push(DIGITS[usize::from(byte >> 4)]);
            out.push(DIGITS[usize::from(byte & 15)]);
        }
    }

    /// Whether this is the signature of the payload, in a time that does not depend on where it differs.
    #[must_use]
    pub fn is_signed(&self, payload: &[u8], signature: &[u8]) -> bool {
        let Some(tag) = unhex(signature) else { return false };
        let mut mac = self.keyed.clone();
        mac.update(payload);
        mac.verify_slice(&tag).is_ok()
    }
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

fn unhex(text: &[u8]) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        let (high, low) = (char::from(pair[0]).to_digit(16)?, char::from(pair[1]).to_digit(16)?);
        *byte = u8::try_from(high * 16 + low).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A query and a body are signed as one text with nothing between them.
    #[test]
    fn worked_examples_of_the_exchange_api() {
        let table = [
            (
                "symbol=BTCUSDT&recvWindow=5000&timestamp=1700000000000",
                "7b488ed90f834d5208e2223ee2e92c2cbea581c9c68bed53b741fdb1a316dacf",
            ),
            (
                "symbol=BTCUSDT&side=BUYtype=MARKET&quantity=0.01&timestamp=1700000000000",
                "a1a90c2536179708ec10856df3a8b9603146d7de7dbe35134201198a078df6f6",
            ),
        ];
        let signer = Signer::new(b"example-secret-0123456789");
        for (payload, expected) in table {
            let mut signature = Vec::new();
            signer.sign(payload.as_bytes(), &mut signature);
            assert_eq!(String::from_utf8_lossy(&signature), expected);
            assert!(signer.is_signed(payload.as_bytes(), &signature));
            assert!(signer.is_signed(payload.as_bytes(), expected.to_uppercase().as_bytes()));
            assert!(!signer.is_signed(payload.as_bytes(), &signature[1..]));
            signature[0] ^= 1;
            assert!(!signer.is_signed(payload.as_bytes(), &signature));
        }
    }
}
