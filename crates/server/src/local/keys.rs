//! Keys of accounts.

use std::fmt::Write;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use ringfence_engine::book::AccountId;

use super::ask::{account, answer, control, wrong};
use crate::api::app::App;
use crate::api::call::{Call, Success};
use crate::edge::error::{ApiError, Code};
use crate::edge::parameters::Parameters;
use crate::edge::scopes::Scopes;
use crate::edge::secret::{NONCE_BYTES, Owner, Secret, seal};
use crate::edge::signature::Credential;
use crate::start::push_note;
use crate::users::{Note, Verifier};

/// `POST /local/v1/keys`: a random key, and either its secret, which is shown this once and kept sealed, or the public key that was given.
pub(super) async fn make(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let owner = account(&app, &call)?;
    let scopes = scopes(&call.parameters)?;
    if let Some(text) = call.parameters.get("public_key") {
        return make_public(app, (owner, call.parameters.get("account"), scopes), text).await;
    }
    let (key, secret) = (hex(&random::<32>()?), hex(&random::<32>()?));
    let bound = Owner { key: &key, account: owner.0, scopes };
    let sealed = seal(&app.local.sealing, &bound, &Secret::new(secret.clone().into_bytes()), random::<NONCE_BYTES>()?);
    let sealed = sealed.map_err(|_| ApiError::of(Code::Unknown))?;
    let verifier = Verifier::Sealed { nonce: sealed.nonce.to_vec(), ciphertext: sealed.ciphertext };
    let note = Note::Key { key: key.clone(), account: owner.0, scopes: scopes.bits(), verifier };
    let index = remember(&app, note, "account").await?;
    let body = json!({
        "account": call.parameters.get("account"), "api_key": key, "type": "HMAC-SHA256", "secret": secret, "scopes": scopes.to_string(),
    });
    answer(&body, Some(index))
}

/// A key whose private half never was here. It is told and kept as base64 of its 32 bytes, however it was written.
async fn make_public(
    app: Arc<App>,
    (owner, name, scopes): (AccountId, Option<&str>, Scopes),
    text: &str,
) -> Result<Success, ApiError> {
    let public = Credential::ed25519(text).map_err(|error| wrong("public_key", error))?.public_key();
    let public = STANDARD.encode(public.ok_or_else(|| ApiError::of(Code::Unknown))?);
    let key = hex(&random::<32>()?);
    let verifier = Verifier::Public(public.clone());
    let note = Note::Key { key: key.clone(), account: owner.0, scopes: scopes.bits(), verifier };
    let index = remember(&app, note, "public_key").await?;
    let body = json!({"account": name, "api_key": key, "type": "Ed25519", "public_key": public, "scopes": scopes.to_string()});
    answer(&body, Some(index))
}

/// `DELETE /local/v1/keys`: the key signs no more, from this answer on, for good.
pub(super) async fn revoke(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let key = call.parameters.required("key")?.to_owned();
    let index = remember(&app, Note::Revoked { key: key.clone() }, "key").await?;
    answer(&json!({"api_key": key, "revoked": true}), Some(index))
}

/// Follows a note and writes it down.
async fn remember(app: &Arc<App>, note: Note, field: &'static str) -> Result<u64, ApiError> {
    let users = Arc::clone(app);
    control(app, move |sequencer| {
        users.users.follow(&note, &users.keys, &users.local.sealing).map_err(|error| wrong(field, error))?;
        let hash = sequencer.hash();
        push_note(sequencer.journal(), &note, hash).map_err(|_| ApiError::of(Code::Unknown))
    })
    .await
}

/// Words separated by commas, or a JSON list of them.
fn scopes(parameters: &Parameters) -> Result<Scopes, ApiError> {
    let text = parameters.required("scopes")?;
    let words = match parameters.list("scopes") {
        Ok(Some(words)) if text.starts_with('[') => words,
        Ok(_) | Err(_) => text.split(',').map(|word| word.trim().to_owned()).collect(),
    };
    let one = |word: &String| match word.as_str() {
        "read" => Ok(Scopes::READ),
        "trade" => Ok(Scopes::TRADE),
        other => Err(wrong("scopes", format!("must be read, trade or both, got '{other}'"))),
    };
    words.iter().map(one).try_fold(Scopes::NONE, |all, one| Ok(all.and(one?)))
}

fn random<const N: usize>() -> Result<[u8; N], ApiError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| ApiError::of(Code::Internal))?;
    Ok(bytes)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
