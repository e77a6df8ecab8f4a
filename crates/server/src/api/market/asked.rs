//! Which markets a call is about, and whether it is answered with a list.

use ringfence_engine::ids::MarketId;
use ringfence_risk::arithmetic::OutOfRange;
use serde::Serialize;

use crate::api::app::App;
use crate::api::call::{Call, Success};
use crate::boot::{Family, Symbol};
use crate::edge::error::{ApiError, Code};

/// Markets, and how the answer is to look.
pub(super) struct Markets<'a> {
    /// Which.
    pub(super) symbols: Vec<&'a Symbol>,
    form: Form,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Object,
    List,
}

impl<'a> Markets<'a> {
    /// One with `symbol`: an object, in COIN-M a list of one. Those of a `pair` (COIN-M). All without either.
    pub(super) fn of(app: &'a App, call: &Call) -> Result<Self, ApiError> {
        if let Some(symbol) = app.symbol_if_given(call)? {
            let form = match call.family {
                Family::UsdM => Form::Object,
                Family::CoinM => Form::List,
            };
            return Ok(Self { symbols: vec![symbol], form });
        }
        let symbols = match (call.family, call.parameters.get("pair")) {
            (Family::CoinM, Some(pair)) => vec![of_pair(app, call.family, pair)?],
            (Family::UsdM | Family::CoinM, _) => app.catalog.of(call.family).collect(),
        };
        Ok(Self { symbols, form: Form::List })
    }

    /// Their numbers.
    pub(super) fn ids(&self) -> Vec<MarketId> {
        self.symbols.iter().map(|symbol| symbol.market).collect()
    }

    /// The answer: a row for each of them, in their order.
    pub(super) fn answer<T: Serialize>(&self, rows: &[T]) -> Result<Success, ApiError> {
        match (self.form, rows) {
            (Form::Object, [row, ..]) => Success::of(row),
            (Form::Object, []) => Err(ApiError::of(Code::InvalidSymbol)),
            (Form::List, rows) => Success::of(rows),
        }
    }
}

/// The market of a pair.
///
/// # Errors
/// −4144 for a pair that the API does not know.
pub(crate) fn of_pair<'a>(app: &'a App, family: Family, pair: &str) -> Result<&'a Symbol, ApiError> {
    let found = app.catalog.of(family).find(|symbol| symbol.pair == pair);
    found.ok_or_else(|| ApiError::filled(Code::InvalidPair, family, &[]))
}

/// A market of the catalog that the state does not have, or a figure beyond what the rules compute with: neither happens.
pub(crate) fn internal(_: OutOfRange) -> ApiError {
    ApiError::of(Code::Internal)
}

/// A market that must be there, for it is in the catalog.
pub(crate) fn present<T>(found: Option<T>) -> Result<T, ApiError> {
    found.ok_or_else(|| ApiError::of(Code::Internal))
}
