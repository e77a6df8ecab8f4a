//! Why a server gave no result, and how to mend it.

use crate::error::CliError;

/// What went wrong with a request.
#[derive(Debug)]
pub(crate) struct RemoteError {
    /// Method and path.
    pub(crate) request: String,
    pub(crate) kind: RemoteErrorKind,
}

/// The ways a request fails.
#[derive(Debug)]
pub(crate) enum RemoteErrorKind {
    /// Nobody listens at this address.
    NotRunning { server: String, cause: String },
    /// The request was sent, and no answer says what became of it.
    Unknown { cause: String },
    /// The server answered with an error: nothing was done.
    Refused { status: u16, code: i64, message: String },
    /// The answer is none of this API.
    Strange { status: u16 },
}

impl RemoteError {
    /// Whether the server refused with this code.
    pub(crate) fn is_code(&self, wanted: i64) -> bool {
        matches!(self.kind, RemoteErrorKind::Refused { code, .. } if code == wanted)
    }

    /// Whether the server has no such path.
    pub(crate) fn is_absent(&self) -> bool {
        matches!(self.kind, RemoteErrorKind::Refused { status: 404, .. } | RemoteErrorKind::Strange { status: 404 })
    }

    fn changes_something(&self) -> bool {
        !self.request.starts_with("GET ")
    }
}

impl core::fmt::Display for RemoteError {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let request = &self.request;
        match &self.kind {
            RemoteErrorKind::NotRunning { server, cause } => {
                write!(
                    formatter,
                    "no server answers at {server} ({cause}): start one with `ringfence`, or name another with --server URL"
                )
            }
            RemoteErrorKind::Unknown { cause } if self.changes_something() => {
                write!(
                    formatter,
                    "{request}: {cause}; whether it was done is unknown: look with `ringfence order ACCOUNT list` and `ringfence position ACCOUNT` before trying again"
                )
            }
            RemoteErrorKind::Unknown { cause } => write!(formatter, "{request}: {cause}: try again"),
            RemoteErrorKind::Refused { code, message, .. } => {
                write!(formatter, "the server refused: {message} (code {code}, {request})")?;
                hint(*code).map_or(Ok(()), |hint| write!(formatter, ": {hint}"))
            }
            RemoteErrorKind::Strange { status } => {
                write!(
                    formatter,
                    "{request} was answered with status {status} and no JSON of this API: is it a ringfence server? Name it with --server URL"
                )
            }
        }
    }
}

impl From<RemoteError> for CliError {
    fn from(error: RemoteError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// How to mend what a code stands for; none where its text says it.
fn hint(code: i64) -> Option<&'static str> {
    Some(match code {
        -1003 | -1015 => "wait a minute, or start the server with --throttle off",
        -1008 => "try again in a moment",
        -1021 => "the clocks of server and client differ: set this machine's, or the server's time",
        -1022 => "the secret does not belong to the key: check --key and --secret",
        -1121 => "the markets of the server stand in its banner and under GET /fapi/v1/exchangeInfo",
        -2011 | -2013 => "`ringfence order ACCOUNT list` shows what is open; a conditional order is cancelled with --conditional",
        -2014 | -2015 => {
            "the server has no account with this key: start it with --account NAME, or name a known account or --key and --secret"
        }
        -2019 => "order less, raise --leverage, or add to the balance",
        -2021 => "the trigger is on the wrong side of the price: take --take-profit for --stop or the other way round",
        -2022 => "there is no position on the other side that this order could reduce",
        -2027 => "order less, or lower the leverage so that its bracket allows more",
        -2028 => "lowering the leverage needs more margin than is available: lower it less, or add to the balance",
        -4028 | -4209 => "`ringfence tiers SYMBOL` shows the greatest leverage by size",
        -4047 => "cancel the open orders of the symbol first: `ringfence order ACCOUNT cancel SYMBOL all`",
        -4048 => "close the position first",
        -4050 => "`ringfence account ACCOUNT` shows what is available",
        -4051 => "initial margin must stay with the position: remove less",
        -4054 => "open a position first",
        -4061 => "in hedge mode say --position-side long or short; in one-way mode leave it away",
        -4161 | -4150 => "close or reduce the position first, or add margin instead",
        -4164 | -4178 => "order more, or say --reduce-only if it closes a position",
        -5021 | -5022 => "take another price or --tif gtc",
        _ => return None,
    })
}
