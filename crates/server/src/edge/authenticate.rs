//! Who sent a request, and may they.
//!
//! Checked in this order, which clients rely on: key missing or garbled (401, -2014), key unknown or revoked (401, -2015),
//! `timestamp` or `signature` missing (-1102), time (-1021), signature (-1022), repetition (-1022).

use std::sync::Arc;

use ringfence_engine::time::Time;

use super::error::{ApiError, Code};
use super::keys::{ActiveKey, Registry, is_well_formed};
use super::parameters::Parameters;
use super::raw::RawRequest;
use super::replay::fingerprint;
use super::scopes::Scopes;
use super::signature::verify_nothing;
use super::window::{TimeUnit, Window};

/// Who sent a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The account.
    pub account: u32,
    /// What the key may do.
    pub scopes: Scopes,
    /// The key.
    pub key: String,
    /// How long the request is acceptable; `None` when it was not signed.
    pub window: Option<Window>,
}

impl Identity {
    /// Whether the key may do this.
    ///
    /// # Errors
    /// -2015 with status 401.
    pub fn require(&self, scopes: Scopes) -> Result<(), ApiError> {
        if self.scopes.contain(scopes) { Ok(()) } else { Err(ApiError::of(Code::InvalidKey)) }
    }

    /// Whether the request is still acceptable: to be asked just before it takes effect.
    ///
    /// # Errors
    /// -1021.
    pub fn check_time(&self, now: Time) -> Result<(), ApiError> {
        self.window.map_or(Ok(()), |window| window.check(now))
    }

    fn of(active: &ActiveKey, window: Option<Window>) -> Self {
        let key = &active.key;
        Self { account: key.account, scopes: key.scopes, key: key.key.clone(), window }
    }
}

/// Whether a request can change something and so must not be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// It only reads.
    Reads,
    /// It can change something.
    Changes,
}

/// Who sent a request that needs a key but no signature. A signature is not looked at.
///
/// # Errors
/// -2014 and -2015, both with status 401.
pub fn identify(registry: &Registry, raw: &RawRequest) -> Result<Identity, ApiError> {
    let key = key_text(raw.api_key.as_deref())?;
    let active = registry.find(key).ok_or_else(|| ApiError::of(Code::InvalidKey))?;
    Ok(Identity::of(&active, None))
}

/// Who signed a request. A request that can change something is accepted once.
///
/// # Errors
/// The first of the list above that applies.
pub fn authenticate(registry: &Registry, raw: &RawRequest, now: Time) -> Result<Identity, ApiError> {
    let key = key_text(raw.api_key.as_deref())?;
    let payload = raw.signed_payload();
    let Some(active) = registry.find(key) else {
        verify_nothing(&payload, raw.signature().unwrap_or_default());
        return Err(ApiError::of(Code::InvalidKey));
    };
    let (timestamp, receive) = (raw.first("timestamp")?, raw.first("recvWindow")?);
    if timestamp.is_none() {
        return Err(ApiError::mandatory("timestamp"));
    }
    let sent = raw.signature()?;
    let window = Window::read(timestamp.as_deref(), receive.as_deref(), raw.time_unit)?;
    window.check(now)?;
    let signature = active.key.credential.verify(&payload, sent).ok_or_else(|| ApiError::of(Code::InvalidSignature))?;
    if raw.mutates() {
        let request = fingerprint(&[raw.method.as_str(), &raw.path], &signature);
        let mut replays = active.replays();
        if is_setting(&raw.path) { replays.note_setting(&window, request, now)? } else { replays.note(&window, request, now)? }
    }
    Ok(Identity::of(&active, Some(window)))
}

/// Calls that say what something shall be: doing them twice is doing them once.
fn is_setting(path: &str) -> bool {
    const SETTINGS: [&str; 4] = ["/leverage", "/marginType", "/positionSide/dual", "/multiAssetsMargin"];
    SETTINGS.iter().any(|setting| path.ends_with(setting))
}

/// Who signed a request of the WebSocket interface, whose parameters carry key and signature.
///
/// The payload is every parameter but the signature, sorted by name, not encoded. Booleans may have been signed as `true`
/// or as Python's `True`.
///
/// # Errors
/// As [`authenticate`].
pub fn authenticate_socket(
    registry: &Registry,
    (method, effect): (&str, Effect),
    parameters: &Parameters,
    now: Time,
) -> Result<Identity, ApiError> {
    let key = key_text(parameters.get("apiKey").map(str::as_bytes))?;
    let sent = parameters.get("signature");
    let payload = parameters.signed_payload();
    let Some(active) = registry.find(key) else {
        verify_nothing(&payload, sent.unwrap_or_default().as_bytes());
        return Err(ApiError::of(Code::InvalidKey));
    };
    let timestamp = parameters.required("timestamp")?;
    let sent = sent.ok_or_else(|| ApiError::mandatory("signature"))?;
    let window = Window::read(Some(timestamp), parameters.get("recvWindow"), TimeUnit::Milliseconds)?;
    window.check(now)?;
    let signature = verify_either(&active, parameters, &payload, sent)?;
    if effect == Effect::Changes {
        active.replays().note(&window, fingerprint(&["socket", method], &signature), now)?;
    }
    Ok(Identity::of(&active, Some(window)))
}

/// Verifies the payload, and the one with Python's spelling of booleans if that is another.
fn verify_either(active: &Arc<ActiveKey>, parameters: &Parameters, payload: &[u8], sent: &str) -> Result<Vec<u8>, ApiError> {
    let credential = &active.key.credential;
    let plain = credential.verify(payload, sent.as_bytes());
    let python = parameters.signed_payload_capitalised();
    let other = if python == payload { None } else { credential.verify(&python, sent.as_bytes()) };
    plain.or(other).ok_or_else(|| ApiError::of(Code::InvalidSignature))
}

fn key_text(key: Option<&[u8]>) -> Result<&str, ApiError> {
    let garbled = || ApiError::of(Code::KeyFormat);
    let key = key.filter(|key| is_well_formed(key)).ok_or_else(garbled)?;
    core::str::from_utf8(key).map_err(|_| garbled())
}

#[cfg(test)]
mod tests;
