//! Listen keys: who holds one hears what happens to an account.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ringfence_engine::book::AccountId;
use ringfence_engine::time::Time;

use crate::boot::Family;
use crate::edge::authenticate::Identity;
use crate::edge::error::{ApiError, Code};
use crate::edge::keys::Registry;

const LIFE_MS: u64 = 60 * 60 * 1_000;
const LENGTH: usize = 64;
const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A listen key in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenKey {
    /// The key.
    pub key: Arc<str>,
    /// Whose events it tells.
    pub account: AccountId,
    /// Of which API.
    pub family: Family,
    /// The API key it was asked for with: without that it is nothing.
    api_key: String,
    expires: Time,
}

/// The listen keys. An API key has one of each API at a time, for an hour from when it was last asked for or kept alive.
#[derive(Debug, Default)]
pub struct ListenKeys {
    inner: Mutex<HashMap<Arc<str>, ListenKey>>,
}

impl ListenKeys {
    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, ListenKey>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The key of an API key: the one it has, its hour begun anew, or a new one.
    ///
    /// # Errors
    /// −1000 where the machine gives no random numbers.
    pub fn start(&self, identity: &Identity, family: Family, now: Time) -> Result<Arc<str>, ApiError> {
        if let Ok(kept) = self.keep(identity, family, now) {
            return Ok(kept);
        }
        let key: Arc<str> = random()?.into();
        let listen = ListenKey {
            key: Arc::clone(&key),
            account: AccountId(identity.account),
            family,
            api_key: identity.key.clone(),
            expires: now.plus_ms(LIFE_MS),
        };
        self.lock().insert(Arc::clone(&key), listen);
        Ok(key)
    }

    /// Begins the hour of an API key's listen key anew.
    ///
    /// # Errors
    /// −1125 where it has none.
    pub fn keep(&self, identity: &Identity, family: Family, now: Time) -> Result<Arc<str>, ApiError> {
        let mut keys = self.lock();
        let found = keys.values_mut().find(|listen| listen.is_of(identity, family) && listen.expires > now);
        let listen = found.ok_or_else(|| ApiError::of(Code::InvalidListenKey))?;
        listen.expires = now.plus_ms(LIFE_MS);
        Ok(Arc::clone(&listen.key))
    }

    /// Ends an API key's listen key.
    ///
    /// # Errors
    /// −1125 where it has none.
    pub fn end(&self, identity: &Identity, family: Family) -> Result<ListenKey, ApiError> {
        let mut keys = self.lock();
        let found = keys.values().find(|listen| listen.is_of(identity, family)).map(|listen| Arc::clone(&listen.key));
        found.and_then(|key| keys.remove(&key)).ok_or_else(|| ApiError::of(Code::InvalidListenKey))
    }

    /// What a listen key stands for; `None` for one that is not in force.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<ListenKey> {
        self.lock().get(key).cloned()
    }

    /// Ends the keys whose hour is over, and those whose API key signs no more. Gives them with why.
    pub(super) fn sweep(&self, keys: &Registry, now: Time) -> Vec<(ListenKey, Lapse)> {
        let mut swept = Vec::new();
        self.lock().retain(|_, listen| {
            let lapse = if !keys.is_active(&listen.api_key) {
                Lapse::Revoked
            } else if listen.expires <= now {
                Lapse::Expired
            } else {
                return true;
            };
            swept.push((listen.clone(), lapse));
            false
        });
        swept
    }
}

/// Why a listen key is no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lapse {
    /// Its hour was over.
    Expired,
    /// Its API key was revoked.
    Revoked,
}

impl ListenKey {
    fn is_of(&self, identity: &Identity, family: Family) -> bool {
        self.family == family && self.api_key == identity.key
    }
}

fn random() -> Result<String, ApiError> {
    let mut text = String::with_capacity(LENGTH);
    let mut bytes = [0_u8; LENGTH];
    while text.len() < LENGTH {
        getrandom::fill(&mut bytes).map_err(|_| ApiError::of(Code::Unknown))?;
        // Six bits each; what names no letter is thrown away, so that every letter is as likely.
        let letters = bytes.iter().filter_map(|byte| LETTERS.get(usize::from(byte & 63)));
        text.extend(letters.take(LENGTH - text.len()).map(|letter| char::from(*letter)));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::keys::ApiKey;
    use crate::edge::scopes::Scopes;
    use crate::edge::secret::Secret;
    use crate::edge::signature::Credential;

    fn identity(key: &str) -> Identity {
        Identity { account: 7, scopes: Scopes::READ, key: key.to_owned(), window: None }
    }

    fn registry(names: &[&str]) -> Registry {
        let registry = Registry::default();
        for name in names {
            let credential = Credential::Hmac(Secret::new(b"s".to_vec()));
            registry.insert(ApiKey { key: (*name).to_owned(), account: 7, scopes: Scopes::READ, credential }).unwrap();
        }
        registry
    }

    #[test]
    fn an_api_key_has_one_of_each_family_for_an_hour() {
        let (keys, at) = (ListenKeys::default(), |minutes: u64| Time::from_ms(minutes * 60_000));
        let first = keys.start(&identity("a"), Family::UsdM, at(0)).unwrap();
        assert!(first.len() == 64 && first.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{first}");
        assert_eq!(keys.start(&identity("a"), Family::UsdM, at(59)).unwrap(), first);
        assert_ne!(keys.start(&identity("a"), Family::CoinM, at(59)).unwrap(), first);
        assert_ne!(keys.start(&identity("b"), Family::UsdM, at(59)).unwrap(), first);
        assert_eq!(keys.keep(&identity("a"), Family::UsdM, at(118)).unwrap(), first);
        let registry = registry(&["a", "b"]);
        let swept = keys.sweep(&registry, at(120));
        assert_eq!(swept.len(), 2, "the other two were not kept");
        assert!(swept.iter().all(|(_, lapse)| *lapse == Lapse::Expired));
        assert_eq!(keys.keep(&identity("b"), Family::UsdM, at(120)).unwrap_err().code, -1125);
        registry.revoke("a").unwrap();
        assert!(matches!(keys.sweep(&registry, at(120)).as_slice(), [(key, Lapse::Revoked)] if key.key == first));
        assert_eq!(keys.find(&first), None);
    }
}
