//! Secrets of API keys: overwritten when dropped, never printed, encrypted where they are kept.
//!
//! An HMAC secret must be recoverable, so it cannot be hashed. It is sealed with XChaCha20-Poly1305 under a key-encryption
//! key that is kept elsewhere. What the secret belongs to is authenticated with it: a sealed secret moved to another key,
//! account or set of scopes does not open.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use super::scopes::Scopes;

/// Bytes of a nonce. It must be fresh for every sealing; 24 random bytes are.
pub const NONCE_BYTES: usize = 24;

/// A secret. Prints as `Secret(redacted)` and is overwritten when dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// From its bytes; for an HMAC key those of the text its owner was shown.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes. Not to be logged or stored.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl core::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("Secret(redacted)")
    }
}

/// What a secret belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner<'a> {
    /// The API key.
    pub key: &'a str,
    /// The account.
    pub account: u32,
    /// What the key may do.
    pub scopes: Scopes,
}

impl Owner<'_> {
    /// Length of the key id, the key id, the account, the scopes: no two owners give the same bytes.
    fn associated_data(&self) -> Vec<u8> {
        let mut data = Vec::with_capacity(self.key.len().saturating_add(13));
        data.extend_from_slice(&u64::try_from(self.key.len()).unwrap_or(u64::MAX).to_be_bytes());
        data.extend_from_slice(self.key.as_bytes());
        data.extend_from_slice(&self.account.to_be_bytes());
        data.push(self.scopes.bits());
        data
    }
}

/// The key-encryption key. Prints as `KeyEncryptionKey(redacted)` and is overwritten when dropped.
pub struct KeyEncryptionKey(Zeroizing<[u8; 32]>);

impl KeyEncryptionKey {
    /// From its 32 bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.0).into())
    }
}

impl core::fmt::Debug for KeyEncryptionKey {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("KeyEncryptionKey(redacted)")
    }
}

/// A sealed secret: safe to store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The nonce it was sealed with.
    pub nonce: [u8; NONCE_BYTES],
    /// The encrypted secret and its authentication tag.
    pub ciphertext: Vec<u8>,
}

/// A secret that could not be sealed or opened. Says no more, on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Too long to encrypt.
    #[error("the secret is too long to be sealed")]
    TooLong,
    /// Another key-encryption key, another owner, or altered bytes.
    #[error("the sealed secret does not open: another encryption key, another owner, or altered bytes")]
    DoesNotOpen,
}

/// Encrypts a secret for its owner. The caller gives the nonce, which must never be used twice with the same key.
///
/// # Errors
/// [`SealError::TooLong`] beyond what the cipher takes (256 GiB).
pub fn seal(key: &KeyEncryptionKey, owner: &Owner<'_>, secret: &Secret, nonce: [u8; NONCE_BYTES]) -> Result<Sealed, SealError> {
    let payload = Payload { msg: secret.expose(), aad: &owner.associated_data() };
    let ciphertext = key.cipher().encrypt(&XNonce::from(nonce), payload).map_err(|_| SealError::TooLong)?;
    Ok(Sealed { nonce, ciphertext })
}

/// Decrypts a secret of this owner.
///
/// # Errors
/// [`SealError::DoesNotOpen`].
pub fn open(key: &KeyEncryptionKey, owner: &Owner<'_>, sealed: &Sealed) -> Result<Secret, SealError> {
    let payload = Payload { msg: &sealed.ciphertext, aad: &owner.associated_data() };
    key.cipher().decrypt(&XNonce::from(sealed.nonce), payload).map(Secret::new).map_err(|_| SealError::DoesNotOpen)
}

#[cfg(test)]
mod tests {
    use super::{KeyEncryptionKey, Owner, SealError, Secret, open, seal};
    use crate::edge::scopes::Scopes;

    const OWNER: Owner<'static> = Owner { key: "key-1", account: 7, scopes: Scopes::READ };

    #[test]
    fn a_sealed_secret_opens_only_for_its_owner_and_unaltered() {
        let key = KeyEncryptionKey::new([3; 32]);
        let sealed = seal(&key, &OWNER, &Secret::new(b"hush".to_vec()), [9; 24]).unwrap();
        assert_eq!(open(&key, &OWNER, &sealed).unwrap().expose(), b"hush");
        let others = [
            Owner { key: "key-2", ..OWNER },
            Owner { key: "key-", ..OWNER },
            Owner { account: 8, ..OWNER },
            Owner { scopes: Scopes::READ.and(Scopes::TRADE), ..OWNER },
        ];
        for other in others {
            assert_eq!(open(&key, &other, &sealed).unwrap_err(), SealError::DoesNotOpen, "{other:?}");
        }
        assert_eq!(open(&KeyEncryptionKey::new([4; 32]), &OWNER, &sealed).unwrap_err(), SealError::DoesNotOpen);
        for bit in 0..sealed.ciphertext.len() * 8 {
            let mut altered = sealed.clone();
            altered.ciphertext[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(open(&key, &OWNER, &altered).unwrap_err(), SealError::DoesNotOpen, "bit {bit}");
        }
    }

    #[test]
    fn nothing_prints_a_secret() {
        let secret = Secret::new(b"hush".to_vec());
        let key = KeyEncryptionKey::new(*b"hush hush hush hush hush hush!!!");
        let sealed = seal(&key, &OWNER, &secret, [0; 24]).unwrap();
        assert_eq!(format!("{secret:?} {key:?}"), "Secret(redacted) KeyEncryptionKey(redacted)");
        assert!(!sealed.ciphertext.windows(4).any(|window| window == b"hush"));
    }
}
