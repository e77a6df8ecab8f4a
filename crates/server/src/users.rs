//! Who the accounts belong to, and which keys sign for them.
//!
//! The engine knows accounts by number. Their names and keys are the server's: each change is a [`Note`], and the notes are kept in the journal
//! beside the commands. A secret is in a note only sealed.

use std::sync::{PoisonError, RwLock};

use ringfence_engine::book::AccountId;
use serde::{Deserialize, Serialize};

use crate::edge::keys::{ApiKey, KeyError, Registry};
use crate::edge::scopes::Scopes;
use crate::edge::secret::{KeyEncryptionKey, Owner, Sealed, Secret, open};
use crate::edge::signature::Credential;

/// One thing to remember about users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Note {
    /// An account has this name.
    Named {
        /// Its number in the engine.
        account: u32,
        /// Its name.
        name: String,
    },
    /// A key signs for an account.
    Key {
        /// The key.
        key: String,
        /// For which account.
        account: u32,
        /// What it may do, as [`Scopes::bits`].
        scopes: u8,
        /// What verifies it.
        verifier: Verifier,
    },
    /// A key signs no more.
    Revoked {
        /// The key.
        key: String,
    },
}

/// What verifies the signatures of a key, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verifier {
    /// The well-known test secret of the key: `<key>-secret`. Only where the exchange runs for tests.
    Test,
    /// A sealed HMAC secret.
    Sealed {
        /// The nonce it was sealed with.
        nonce: Vec<u8>,
        /// The sealed secret.
        ciphertext: Vec<u8>,
    },
    /// An Ed25519 public key, as text.
    Public(String),
}

/// Why a note cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserError {
    /// The key itself.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A name that exists.
    #[error("the account '{0}' exists already")]
    NameTaken(String),
    /// A name that cannot be one.
    #[error("an account's name must be 1 to 32 lower-case letters, digits, '-' or '_', got '{0}'")]
    NotAName(String),
    /// A secret that does not open.
    #[error("the secret of key '{0}' does not open: is this the encryption key it was sealed with?")]
    Secret(String),
    /// A note that says nothing sensible.
    #[error("a note about key '{0}' is malformed")]
    Malformed(String),
}

/// The users, by the notes about them.
#[derive(Debug, Default)]
pub struct Users {
    inner: RwLock<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    notes: Vec<Note>,
    names: Vec<(u32, String)>,
}

/// The key of a test account.
#[must_use]
pub fn test_key(name: &str) -> String {
    format!("test-{name}")
}

/// The well-known secret of a test key.
#[must_use]
pub fn test_secret(key: &str) -> String {
    format!("{key}-secret")
}

/// Whether an account may be called so: 1 to 32 lower-case letters, digits, `-` or `_`.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    (1..=32).contains(&name.len()) && name.bytes().all(is_letter)
}

impl Users {
    /// Follows a note: names an account, or lets a key sign, or ends that.
    ///
    /// # Errors
    /// [`UserError`]: nothing was changed.
    pub fn follow(&self, note: &Note, keys: &Registry, sealing: &KeyEncryptionKey) -> Result<(), UserError> {
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        match note {
            Note::Named { account, name } => inner.name(*account, name)?,
            Note::Key { key, account, scopes, verifier } => {
                let scopes = Scopes::from_bits(*scopes).ok_or_else(|| UserError::Malformed(key.clone()))?;
                let owner = Owner { key, account: *account, scopes };
                let credential = verifier.credential(&owner, sealing)?;
                keys.insert(ApiKey { key: key.clone(), account: *account, scopes, credential })?;
            }
            Note::Revoked { key } => keys.revoke(key)?,
        }
        inner.notes.push(note.clone());
        Ok(())
    }

    /// Whether an account may be opened under this name.
    ///
    /// # Errors
    /// [`UserError::NotAName`] and [`UserError::NameTaken`].
    pub fn check_new(&self, name: &str) -> Result<(), UserError> {
        if !is_name(name) {
            return Err(UserError::NotAName(name.to_owned()));
        }
        if self.find(name).is_some() { Err(UserError::NameTaken(name.to_owned())) } else { Ok(()) }
    }

    /// Forgets the accounts from this number on, with their keys: the exchange went back to when they did not exist.
    pub fn forget_from(&self, first: u32, keys: &Registry) {
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        let mut kept = Vec::new();
        for note in core::mem::take(&mut inner.notes) {
            let forgotten = match &note {
                Note::Named { account, .. } | Note::Key { account, .. } => *account >= first,
                Note::Revoked { key } => !kept.iter().any(|kept| matches!(kept, Note::Key { key: known, .. } if known == key)),
            };
            if let (true, Note::Key { key, .. }) = (forgotten, &note) {
                keys.forget(key);
            }
            if !forgotten {
                kept.push(note);
            }
        }
        inner.notes = kept;
        inner.names.retain(|(account, _)| *account < first);
    }

    /// All notes, in order: what a snapshot keeps.
    #[must_use]
    pub fn notes(&self) -> Vec<Note> {
        self.read(|inner| inner.notes.clone())
    }

    /// The account of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<AccountId> {
        self.read(|inner| inner.names.iter().find(|(_, known)| known == name).map(|(account, _)| AccountId(*account)))
    }

    /// The name of an account.
    #[must_use]
    pub fn name(&self, account: AccountId) -> Option<String> {
        self.read(|inner| inner.names.iter().find(|(number, _)| *number == account.0).map(|(_, name)| name.clone()))
    }

    /// All names with their accounts, in the order they were given.
    #[must_use]
    pub fn names(&self) -> Vec<(AccountId, String)> {
        self.read(|inner| inner.names.iter().map(|(account, name)| (AccountId(*account), name.clone())).collect())
    }

    fn read<T>(&self, look: impl FnOnce(&Inner) -> T) -> T {
        look(&self.inner.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Inner {
    fn name(&mut self, account: u32, name: &str) -> Result<(), UserError> {
        if !is_name(name) {
            return Err(UserError::NotAName(name.to_owned()));
        }
        if self.names.iter().any(|(number, known)| *number == account || known == name) {
            return Err(UserError::NameTaken(name.to_owned()));
        }
        self.names.push((account, name.to_owned()));
        Ok(())
    }
}

impl Verifier {
    fn credential(&self, owner: &Owner<'_>, sealing: &KeyEncryptionKey) -> Result<Credential, UserError> {
        let malformed = || UserError::Malformed(owner.key.to_owned());
        match self {
            Self::Test => Ok(Credential::Hmac(Secret::new(test_secret(owner.key).into_bytes()))),
            Self::Sealed { nonce, ciphertext } => {
                let nonce = nonce.as_slice().try_into().map_err(|_| malformed())?;
                let sealed = Sealed { nonce, ciphertext: ciphertext.clone() };
                open(sealing, owner, &sealed).map(Credential::Hmac).map_err(|_| UserError::Secret(owner.key.to_owned()))
            }
            Self::Public(text) => Credential::ed25519(text).map_err(|_| malformed()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealing() -> KeyEncryptionKey {
        KeyEncryptionKey::new([1; 32])
    }

    #[test]
    fn names_are_found_both_ways_and_given_once() {
        let (users, keys) = (Users::default(), Registry::new(10));
        let named = |account, name: &str| Note::Named { account, name: name.to_owned() };
        assert_eq!(users.follow(&named(2, "alice"), &keys, &sealing()), Ok(()));
        for (note, error) in [
            (named(3, "alice"), UserError::NameTaken("alice".into())),
            (named(2, "bob"), UserError::NameTaken("bob".into())),
            (named(3, "Bob"), UserError::NotAName("Bob".into())),
            (named(3, ""), UserError::NotAName(String::new())),
        ] {
            assert_eq!(users.follow(&note, &keys, &sealing()), Err(error));
        }
        assert_eq!((users.find("alice"), users.name(AccountId(2)).as_deref()), (Some(AccountId(2)), Some("alice")));
        assert_eq!(users.notes(), [named(2, "alice")]);
    }

    #[test]
    fn a_key_signs_until_it_is_revoked_and_never_again() {
        let (users, keys) = (Users::default(), Registry::new(10));
        let key = test_key("alice");
        let note = Note::Key { key: key.clone(), account: 2, scopes: Scopes::READ.bits(), verifier: Verifier::Test };
        assert_eq!(users.follow(&note, &keys, &sealing()), Ok(()));
        assert!(keys.is_active(&key));
        assert_eq!(users.follow(&Note::Revoked { key: key.clone() }, &keys, &sealing()), Ok(()));
        assert!(!keys.is_active(&key));
        assert_eq!(users.follow(&note, &keys, &sealing()), Err(UserError::Key(KeyError::Exists)));
    }
}
