//! What the calls of this module have in common.

use ringfence_engine::book::AccountId;
use ringfence_engine::reject::Reject;
use ringfence_journal::Room;
use serde_json::Value;

use crate::api::app::{App, unavailable};
use crate::api::call::{Call, Success};
use crate::boot::{Family, Symbol};
use crate::edge::error::reject::{Asked, from_reject};
use crate::edge::error::{ApiError, Code};
use crate::exchange::{Sequencer, Unavailable};

/// −1130 naming the field and what is wrong with it.
pub(super) fn wrong(field: &str, why: impl core::fmt::Display) -> ApiError {
    ApiError::saying(Code::InvalidParameter, format!("{field}: {why}"))
}

/// The market a call names, of either API.
pub(super) fn symbol<'a>(app: &'a App, call: &Call) -> Result<&'a Symbol, ApiError> {
    let name = call.parameters.required("symbol")?;
    app.catalog.find(name).ok_or_else(|| ApiError::of(Code::InvalidSymbol))
}

/// The account a call names.
pub(super) fn account(app: &App, call: &Call) -> Result<AccountId, ApiError> {
    let name = call.parameters.required("account")?;
    let unknown = || wrong("account", format!("there is no account '{name}'; GET /local/v1/accounts lists them"));
    app.users.find(name).ok_or_else(unknown)
}

/// An answer as JSON, made durable by this record.
pub(super) fn answer(value: &Value, index: Option<u64>) -> Result<Success, ApiError> {
    Success::of(value).map(|success| success.at(index))
}

/// What a refusal of the engine is answered with here: Binance's code, the engine's own text.
pub(super) fn refused(reject: &Reject) -> ApiError {
    let known = from_reject(reject, Asked::Other, Family::UsdM);
    ApiError { message: reject.to_string(), ..known }
}

/// Does something to the sequencer, and answers once all that it did is durable.
pub(super) async fn control<T, A>(app: &App, act: A) -> Result<T, ApiError>
where
    T: Send + 'static,
    A: FnOnce(&mut Sequencer) -> Result<T, ApiError> + Send + 'static,
{
    let act = |sequencer: &mut Sequencer| match sequencer.room() {
        Room::CancelsOnly => Err(unavailable(Unavailable::DiskFull)),
        Room::Plenty => act(sequencer),
    };
    let value = app.exchange.control(act).await.map_err(unavailable)??;
    // A look is answered from a durable state only; without an answer nobody knows whether this one is.
    app.exchange.read(|_| ()).await.map_err(|_| unavailable(Unavailable::Unknown))?;
    Ok(value)
}
