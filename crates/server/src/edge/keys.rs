//! The registry of API keys: who may sign, for which account, with which permissions.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use ringfence_engine::time::Time;

use super::replay::{DEFAULT_CAPACITY, ReplayGuard};
use super::scopes::Scopes;
use super::signature::Credential;

/// Longest name of a key.
pub const LONGEST_KEY: usize = 128;

/// An API key. Its credential prints redacted.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// The key as sent in `X-MBX-APIKEY`.
    pub key: String,
    /// The account it acts for.
    pub account: u32,
    /// What it may do.
    pub scopes: Scopes,
    /// What verifies its signatures.
    pub credential: Credential,
}

/// Why a key was not added or revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not 1 to 128 letters, digits, `-` or `_`.
    #[error("an API key must be 1 to {LONGEST_KEY} letters, digits, '-' or '_'")]
    Malformed,
    /// There is, or was, a key of this name.
    #[error("an API key of this name exists or existed already")]
    Exists,
    /// There is no such key.
    #[error("there is no such API key")]
    Unknown,
    /// The public key is, or was, that of another API key: the same bytes would be signed by both, and a request could be sent again as the other's.
    #[error("this public key belongs, or belonged, to another API key: make a pair of its own for each")]
    PublicKeyTaken,
}

/// A key in force, with the requests its account must not repeat.
#[derive(Debug)]
pub struct ActiveKey {
    /// The key.
    pub key: ApiKey,
    replays: Arc<Mutex<ReplayGuard>>,
}

impl ActiveKey {
    /// The requests that no key of the account must repeat, locked.
    pub fn replays(&self) -> MutexGuard<'_, ReplayGuard> {
        self.replays.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
enum Entry {
    Active(Arc<ActiveKey>),
    /// Revoked for good: the name is not used again, the secret is gone.
    Revoked,
}

/// Every API key. Cloning gives another handle to the same registry.
///
/// ```
/// use ringfence_server::edge::keys::{ApiKey, Registry};
/// use ringfence_server::edge::{scopes::Scopes, secret::Secret, signature::Credential};
/// let registry = Registry::default();
/// let credential = Credential::Hmac(Secret::new(b"example-secret".to_vec()));
/// registry.insert(ApiKey { key: "key-1".to_owned(), account: 1, scopes: Scopes::READ, credential })?;
/// assert!(registry.is_active("key-1"));
/// registry.revoke("key-1")?;
/// assert!(!registry.is_active("key-1"));
/// # Ok::<(), ringfence_server::edge::keys::KeyError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Registry {
    inner: Arc<RwLock<Inner>>,
    replays_per_account: usize,
}

#[derive(Debug, Default)]
struct Inner {
    entries: HashMap<String, Entry>,
    /// By account: what one key set, another may have changed, so a repetition is judged by what all of them asked for.
    replays: HashMap<u32, Arc<Mutex<ReplayGuard>>>,
    /// Every public key there is or was.
    public: HashSet<[u8; 32]>,
    /// Requests stamped before this are refused where they would change something.
    since: Option<Time>,
}

impl Inner {
    /// The requests of an account, of which there may be none yet.
    fn replays(&mut self, account: u32, capacity: usize) -> Arc<Mutex<ReplayGuard>> {
        let since = self.since;
        let fresh = || {
            Arc::new(Mutex::new(since.map_or_else(|| ReplayGuard::new(capacity), |since| ReplayGuard::since(capacity, since))))
        };
        Arc::clone(self.replays.entry(account).or_insert_with(fresh))
    }
}

impl Default for Registry {
    fn default() -> Self {
        Self::new(DEFAULT_CAPACITY)
    }
}

impl Registry {
    /// No keys yet; each account will remember this many requests (see [`super::replay`]).
    #[must_use]
    pub fn new(replays_per_account: usize) -> Self {
        Self { inner: Arc::default(), replays_per_account }
    }

    /// The same for an exchange that ran before: which requests it was sent then is forgotten, so what was stamped before now changes nothing.
    #[must_use]
    pub fn resumed(replays_per_account: usize, now: Time) -> Self {
        let inner = Inner { since: Some(now), ..Inner::default() };
        Self { inner: Arc::new(RwLock::new(inner)), replays_per_account }
    }

    /// Adds a key.
    ///
    /// # Errors
    /// [`KeyError::Malformed`], [`KeyError::Exists`] also when the old one was revoked, and [`KeyError::PublicKeyTaken`].
    pub fn insert(&self, key: ApiKey) -> Result<(), KeyError> {
        if !is_well_formed(key.key.as_bytes()) {
            return Err(KeyError::Malformed);
        }
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        if inner.entries.contains_key(&key.key) {
            return Err(KeyError::Exists);
        }
        if let Some(public) = key.credential.public_key()
            && !inner.public.insert(public)
        {
            return Err(KeyError::PublicKeyTaken);
        }
        let replays = inner.replays(key.account, self.replays_per_account);
        inner.entries.insert(key.key.clone(), Entry::Active(Arc::new(ActiveKey { key, replays })));
        Ok(())
    }

    /// Revokes a key at once and for good.
    ///
    /// # Errors
    /// [`KeyError::Unknown`] when there is none in force.
    pub fn revoke(&self, key: &str) -> Result<(), KeyError> {
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        match inner.entries.get_mut(key) {
            Some(entry @ Entry::Active(_)) => {
                *entry = Entry::Revoked;
                Ok(())
            }
            Some(Entry::Revoked) | None => Err(KeyError::Unknown),
        }
    }

    /// Forgets that there ever was a key: only where its account is gone as well, with an exchange that went back in time.
    pub fn forget(&self, key: &str) {
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(Entry::Active(active)) = inner.entries.remove(key) {
            inner.replays.remove(&active.key.account);
            if let Some(public) = active.key.credential.public_key() {
                inner.public.remove(&public);
            }
        }
    }

    /// The key of this name, if in force. A revoked key is like one that never was.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<Arc<ActiveKey>> {
        match self.inner.read().unwrap_or_else(PoisonError::into_inner).entries.get(key) {
            Some(Entry::Active(active)) => Some(Arc::clone(active)),
            Some(Entry::Revoked) | None => None,
        }
    }

    /// Whether the key is in force: for open sockets, which must close when it no longer is.
    #[must_use]
    pub fn is_active(&self, key: &str) -> bool {
        self.find(key).is_some()
    }
}

/// Whether a header can be a key at all.
#[must_use]
pub fn is_well_formed(key: &[u8]) -> bool {
    let fits = (1..=LONGEST_KEY).contains(&key.len());
    fits && key.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::{ApiKey, KeyError, Registry};
    use crate::edge::scopes::Scopes;
    use crate::edge::secret::Secret;
    use crate::edge::signature::Credential;

    fn key(name: &str) -> ApiKey {
        let credential = Credential::Hmac(Secret::new(b"canary-secret".to_vec()));
        ApiKey { key: name.to_owned(), account: 1, scopes: Scopes::READ, credential }
    }

    #[test]
    fn keys_are_added_once_and_revoked_for_good() {
        let registry = Registry::default();
        let other_handle = registry.clone();
        assert_eq!(registry.insert(key("a")), Ok(()));
        assert_eq!(registry.insert(key("a")), Err(KeyError::Exists));
        assert!(other_handle.is_active("a"));
        assert_eq!(other_handle.revoke("a"), Ok(()));
        assert!(!registry.is_active("a"));
        assert_eq!(registry.revoke("a"), Err(KeyError::Unknown));
        assert_eq!(registry.revoke("b"), Err(KeyError::Unknown));
        assert_eq!(registry.insert(key("a")), Err(KeyError::Exists));
    }

    #[test]
    fn names_have_a_form() {
        let registry = Registry::default();
        for name in ["", "with blank", "ü", "a&b", &"x".repeat(129)] {
            assert_eq!(registry.insert(key(name)), Err(KeyError::Malformed), "{name}");
        }
        assert_eq!(registry.insert(key(&"x".repeat(128))), Ok(()));
    }

    #[test]
    fn a_registry_prints_no_secret() {
        let registry = Registry::default();
        registry.insert(key("a")).unwrap();
        let printed = format!("{registry:?} {:?}", registry.find("a"));
        let bytes = format!("{:?}", b"canary-secret");
        assert!(printed.contains("redacted") && !printed.contains("canary") && !printed.contains(bytes.trim_matches(['[', ']'])));
    }
}
