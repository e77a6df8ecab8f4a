//! Verifying signatures in constant time.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::VerifyingKey;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::percent::{Plus, decode, hex_digit};
use super::secret::Secret;

/// The first bytes of every Ed25519 public key in DER (RFC 8410); the key's 32 bytes follow.
const ED25519_DER_HEAD: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// What verifies the signatures of a key.
#[derive(Clone, Debug)]
pub enum Credential {
    /// The secret shared with the owner; signatures are HMAC-SHA256, written in hex of either case.
    Hmac(Secret),
    /// The owner's public key; signatures are Ed25519, written in percent-encoded base64.
    Ed25519(VerifyingKey),
}

/// A text that is no Ed25519 public key. What it is instead is told without repeating it: it may be secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an Ed25519 public key: PEM, or base64 of its 32 bytes or of its DER form; got {got}")]
pub struct NotAPublicKey {
    got: String,
}

impl NotAPublicKey {
    fn got(what: impl Into<String>) -> Self {
        Self { got: what.into() }
    }
}

/// What stands between the lines of PEM; a text without them as it is.
fn body_of_pem(text: &str) -> Result<&str, NotAPublicKey> {
    let text = text.trim();
    let Some((label, rest)) = text.strip_prefix("-----BEGIN ").and_then(|rest| rest.split_once("-----")) else { return Ok(text) };
    if label != "PUBLIC KEY" {
        let label: String = label.chars().filter(|c| c.is_ascii_alphanumeric() || *c == ' ').take(32).collect();
        return Err(NotAPublicKey::got(format!("PEM of a {label}")));
    }
    rest.strip_suffix("-----END PUBLIC KEY-----").ok_or_else(|| NotAPublicKey::got("PEM without its end"))
}

impl Credential {
    /// A public key from its PEM text, or from base64 of its 32 bytes or its DER form.
    ///
    /// # Errors
    /// [`NotAPublicKey`].
    pub fn ed25519(text: &str) -> Result<Self, NotAPublicKey> {
        let base64: String = body_of_pem(text)?.split_whitespace().collect();
        let bytes = STANDARD.decode(base64).map_err(|_| NotAPublicKey::got("a text that is not base64"))?;
        let bytes = bytes.strip_prefix(&ED25519_DER_HEAD).unwrap_or(&bytes);
        let bytes: &[u8; 32] = bytes.try_into().map_err(|_| NotAPublicKey::got(format!("{} bytes", bytes.len())))?;
        let key = VerifyingKey::from_bytes(bytes).ok().filter(|key| !key.is_weak());
        let bad = || NotAPublicKey::got("32 bytes that are no point of the curve, or one that many private keys share");
        key.map(Self::Ed25519).ok_or_else(bad)
    }

    /// The 32 bytes of a public key; none of a secret.
    #[must_use]
    pub fn public_key(&self) -> Option<[u8; 32]> {
        match self {
            Self::Hmac(_) => None,
            Self::Ed25519(key) => Some(key.to_bytes()),
        }
    }

    /// Whether the signature, as sent, is one of this payload. The decoded signature if so.
    #[must_use]
    pub fn verify(&self, payload: &[u8], sent: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Hmac(secret) => {
                let signature = decode_hex(sent);
                let valid = hmac(secret.expose(), payload).verify_slice(signature.as_deref().unwrap_or_default());
                valid.ok().and(signature)
            }
            Self::Ed25519(key) => {
                let decoded = decode(sent, Plus::Itself).ok()?;
                let bytes = STANDARD.decode(decoded).ok()?;
                let signature = ed25519_dalek::Signature::from_slice(&bytes).ok()?;
                key.verify_strict(payload, &signature).ok().map(|()| bytes)
            }
        }
    }
}

/// Spends the time of one verification, so that an unknown key is not answered faster than a known one.
pub fn verify_nothing(payload: &[u8], sent: &[u8]) {
    let nobody = Credential::Hmac(Secret::new(vec![0; 64]));
    std::hint::black_box(nobody.verify(payload, sent));
}

/// The signature of a payload by an HMAC secret, in lower-case hex: for clients and tests.
///
/// ```
/// use ringfence_server::edge::signature::sign;
/// let payload = b"symbol=BTCUSDT&recvWindow=5000&timestamp=1700000000000";
/// let signature = sign(b"example-secret-0123456789", payload);
/// assert_eq!(signature, "7b488ed90f834d5208e2223ee2e92c2cbea581c9c68bed53b741fdb1a316dacf");
/// ```
#[must_use]
pub fn sign(secret: &[u8], payload: &[u8]) -> String {
    let bytes: [u8; 32] = hmac(secret, payload).finalize().into_bytes().into();
    bytes.iter().fold(String::with_capacity(64), |text, byte| format!("{text}{byte:02x}"))
}

fn hmac(secret: &[u8], payload: &[u8]) -> Hmac<Sha256> {
    #![expect(clippy::expect_used, reason = "HMAC takes keys of every length; the error type is shared with other ciphers")]
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of every length");
    mac.update(payload);
    mac
}

/// 64 hex digits of either case.
fn decode_hex(text: &[u8]) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_chunks::<2>();
    if !rest.is_empty() || text.len() != 64 {
        return None;
    }
    pairs.iter().map(|[high, low]| Some((hex_digit(*high)? << 4) | hex_digit(*low)?)).collect()
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use ed25519_dalek::{Signer, SigningKey};

    use super::{Credential, ED25519_DER_HEAD, sign};
    use crate::edge::secret::Secret;

    const SECRET: &[u8] = b"example-secret-0123456789";

    #[test]
    fn signatures_of_the_interface_description_verify_in_either_case() {
        let vectors = [
            (
                "symbol=BTCUSDT&recvWindow=5000&timestamp=1700000000000",
                "7b488ed90f834d5208e2223ee2e92c2cbea581c9c68bed53b741fdb1a316dacf",
            ),
            (
                "symbol=BTCUSDT&side=BUYtype=MARKET&quantity=0.01&timestamp=1700000000000",
                "a1a90c2536179708ec10856df3a8b9603146d7de7dbe35134201198a078df6f6",
            ),
        ];
        let key = Credential::Hmac(Secret::new(SECRET.to_vec()));
        for (payload, signature) in vectors {
            assert_eq!(sign(SECRET, payload.as_bytes()), signature);
            let lower = key.verify(payload.as_bytes(), signature.as_bytes()).unwrap();
            let upper = key.verify(payload.as_bytes(), signature.to_uppercase().as_bytes()).unwrap();
            assert_eq!(lower, upper, "one signature however it is written");
        }
    }

    /// The published test cases of RFC 4231 that fit: HMAC-SHA256 with short, long and very long keys.
    #[test]
    fn the_vectors_of_the_hmac_standard_hold() {
        let rows: [(&[u8], &[u8], &str); 4] = [
            (&[0x0b; 20], b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (b"Jefe", b"what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
            (&[0xaa; 20], &[0xdd; 50], "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
            (
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
        ];
        for (secret, payload, signature) in rows {
            assert_eq!(sign(secret, payload), signature);
        }
    }

    #[test]
    fn malformed_signatures_are_refused() {
        let key = Credential::Hmac(Secret::new(SECRET.to_vec()));
        let good = sign(SECRET, b"a=1");
        for bad in [String::new(), good[1..].to_owned(), format!("{good}00"), good.replace(|_| true, "g"), format!(" {good}")] {
            assert_eq!(key.verify(b"a=1", bad.as_bytes()), None, "{bad}");
        }
    }

    /// Every change of one bit of the payload or the signature, HMAC and Ed25519, 10,000 in all: none verifies.
    #[test]
    fn ten_thousand_changes_of_one_bit_are_refused() {
        let pair = SigningKey::from_bytes(&[7; 32]);
        let mut tried = 0;
        for round in 0_u32..20 {
            let payload = format!("symbol=BTCUSDT&quantity=0.0{round}&timestamp=1700000000000");
            let hmac = Credential::Hmac(Secret::new(SECRET.to_vec()));
            let ed25519 = Credential::Ed25519(pair.verifying_key());
            let base64 = STANDARD.encode(pair.sign(payload.as_bytes()).to_bytes());
            for (key, signature) in [(hmac, sign(SECRET, payload.as_bytes())), (ed25519, base64)] {
                let good = key.verify(payload.as_bytes(), signature.as_bytes()).expect("unaltered");
                for bit in 0..(payload.len() * 8) {
                    let mut altered = payload.clone().into_bytes();
                    altered[bit / 8] ^= 1 << (bit % 8);
                    assert_eq!(key.verify(&altered, signature.as_bytes()), None);
                    tried += 1;
                }
                for bit in 0..(signature.len() * 8) {
                    let mut altered = signature.clone().into_bytes();
                    altered[bit / 8] ^= 1 << (bit % 8);
                    let verified = key.verify(payload.as_bytes(), &altered);
                    assert!(verified.is_none() || verified.as_ref() == Some(&good), "another letter case is the same signature");
                    tried += 1;
                }
            }
        }
        assert!(tried >= 10_000, "{tried}");
    }

    #[test]
    fn an_ed25519_key_is_read_from_pem_der_and_bytes() {
        let pair = SigningKey::from_bytes(&[7; 32]);
        let bytes = pair.verifying_key().to_bytes();
        let der = [ED25519_DER_HEAD.as_slice(), &bytes].concat();
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(&der));
        let signature = STANDARD.encode(pair.sign(b"a=1").to_bytes());
        let encoded = signature.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
        for text in [pem, STANDARD.encode(der), STANDARD.encode(bytes)] {
            let key = Credential::ed25519(&text).unwrap();
            assert!(key.verify(b"a=1", encoded.as_bytes()).is_some(), "percent-encoded");
            assert!(key.verify(b"a=1", signature.as_bytes()).is_some(), "plain");
            assert!(key.verify(b"a=2", encoded.as_bytes()).is_none());
        }
        for text in ["", "AAAA", "not base64!", &STANDARD.encode([0_u8; 32]), &STANDARD.encode([1_u8; 33])] {
            assert!(Credential::ed25519(text).is_err(), "{text}");
        }
    }
}
