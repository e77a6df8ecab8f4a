//! The table of calls: one row names a call's method, path, who may make it, what it costs, what it takes and what answers it. The router, the
//! limits, the WebSocket API, the reference at `/docs` and the test of who may do what are all made of these rows.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use http::Method;

use super::app::App;
use super::call::{Call, Success};
use crate::boot::Family;
use crate::edge::error::ApiError;

/// What a handler gives.
pub type Outcome = Pin<Box<dyn Future<Output = Result<Success, ApiError>> + Send>>;

/// What answers a call.
pub type Handler = fn(Arc<App>, Call) -> Outcome;

/// Who may make a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Security {
    /// Everybody.
    Public,
    /// Whoever names a key: the header alone.
    Key,
    /// Whoever signs with a key that may read.
    Read,
    /// Whoever signs with a key that may trade. Seen twice, such a request is refused the second time.
    Trade,
    /// Whoever controls the exchange: on loopback everybody, elsewhere the holder of the token.
    Control,
}

/// What a call costs of the weight that an address has per minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Always the same.
    Fixed(u32),
    /// Less for one symbol than for all.
    Symbol {
        /// With `symbol`.
        one: u32,
        /// Without.
        all: u32,
    },
    /// By the parameter `limit`: up to each bound its weight, ascending; the last one beyond.
    Limit {
        /// (greatest limit, weight).
        steps: &'static [(u32, u32)],
        /// Beyond the last of them.
        beyond: u32,
        /// The limit where none is given.
        default: u32,
    },
}

/// How many orders of the account's limits a call counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OrderCount {
    /// None.
    Zero,
    /// One.
    One,
    /// As many as its parameter `batchOrders` lists.
    Listed,
}

/// A parameter, for the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Whether it must be there.
    pub presence: Presence,
    /// What it holds.
    pub kind: Kind,
    /// What it means.
    pub help: &'static str,
}

/// Whether a parameter must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Presence {
    /// Always.
    Required,
    /// Not always, or not at all.
    Optional,
}

/// What a parameter holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A whole number.
    Integer,
    /// A decimal number, as text.
    Decimal,
    /// `true` or `false`, in any letter case.
    Flag,
    /// One of these.
    OneOf(&'static [&'static str]),
    /// A JSON array.
    List,
}

/// A required parameter.
#[must_use]
pub const fn required(name: &'static str, kind: Kind, help: &'static str) -> Parameter {
    Parameter { name, presence: Presence::Required, kind, help }
}

/// An optional parameter.
#[must_use]
pub const fn optional(name: &'static str, kind: Kind, help: &'static str) -> Parameter {
    Parameter { name, presence: Presence::Optional, kind, help }
}

/// One call.
#[derive(Clone)]
pub struct Endpoint {
    /// HTTP method.
    pub method: Method,
    /// Path.
    pub path: &'static str,
    /// Which API it belongs to; `None` for what belongs to neither.
    pub family: Option<Family>,
    /// Who may make it.
    pub security: Security,
    /// What it costs.
    pub weight: Weight,
    /// How many orders it counts.
    pub orders: OrderCount,
    /// Its name in the WebSocket API, where it has one.
    pub ws_method: Option<&'static str>,
    /// What it does, in one line.
    pub summary: &'static str,
    /// What it takes, `timestamp`, `signature` and `recvWindow` aside.
    pub parameters: &'static [Parameter],
    /// What answers it.
    pub handler: Handler,
}

impl Weight {
    /// The weight of one call: whether it names a symbol, and its limit.
    #[must_use]
    pub fn of(self, symbol: Option<&str>, limit: Option<u32>) -> u32 {
        match self {
            Self::Fixed(weight) => weight,
            Self::Symbol { one, all } => {
                if symbol.is_some() {
                    one
                } else {
                    all
                }
            }
            Self::Limit { steps, beyond, default } => {
                let limit = limit.unwrap_or(default);
                steps.iter().find(|(most, _)| limit <= *most).map_or(beyond, |(_, weight)| *weight)
            }
        }
    }
}

/// Makes a handler of an async function of the application and the call.
#[macro_export]
macro_rules! handler {
    ($function:path) => {
        |app, call| Box::pin($function(app, call))
    };
}
