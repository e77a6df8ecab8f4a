//! Where a socket goes by its address.

use http::header::UPGRADE;
use http::request::Parts;

use super::outbox::Form;
use crate::boot::Family;
use crate::edge::error::ApiError;
use crate::edge::parameters::Parameters;
use crate::edge::percent::{Plus, decode};

/// What a socket is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// Streams.
    Streams(Wish),
    /// The WebSocket API of a family.
    Api(Family, RateLimitRows),
}

/// Whether answers of the WebSocket API list what was used of the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateLimitRows {
    /// They do.
    Listed,
    /// They do not.
    Left,
}

/// What a socket follows from its beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// Whether frames come with the name of their stream.
    pub(super) combined: Option<Form>,
    /// Streams and listen keys; what is neither is left out, unless it has the form of a stream.
    pub(super) segments: Vec<String>,
    /// Streams and listen keys; what is neither is refused.
    pub(super) streams: Vec<String>,
    /// A listen key: without one in force the socket is closed.
    pub(super) listen_key: Option<String>,
    /// Which events of the listen key's account; all without a list.
    pub(super) events: Option<Vec<String>>,
}

/// Where a request for a socket goes; `None` for every other request.
///
/// | address | |
/// |---|---|
/// | `/ws`, `/ws/<stream>/<stream>…` | frames as they are |
/// | `/stream?streams=<stream>/<stream>…` | frames with the name of their stream |
/// | `?listenKey=<key>`, `&events=<event>/<event>…` | with either: what happens to an account |
/// | `/ws-fapi/v1`, `/ws-dapi/v1` | the WebSocket API |
///
/// The first two also below `/public`, `/market` and `/private`; all of them serve everything.
///
/// # Errors
/// −1100 and −1101 for a query that cannot be read.
pub fn route(parts: &Parts) -> Result<Option<Route>, ApiError> {
    let wants_socket = parts.headers.get(UPGRADE).is_some_and(|to| to.as_bytes().eq_ignore_ascii_case(b"websocket"));
    if !wants_socket {
        return Ok(None);
    }
    let query = Parameters::of_form(parts.uri.query().unwrap_or_default().as_bytes(), b"")?;
    let path = parts.uri.path();
    let rows = if query.boolean("returnRateLimits")? == Some(false) { RateLimitRows::Left } else { RateLimitRows::Listed };
    match path.trim_end_matches('/') {
        "/ws-fapi/v1" => return Ok(Some(Route::Api(Family::UsdM, rows))),
        "/ws-dapi/v1" => return Ok(Some(Route::Api(Family::CoinM, rows))),
        _ => {}
    }
    let below = ["/public", "/market", "/private"].iter().find_map(|prefix| path.strip_prefix(prefix));
    let Some((form, segments)) = streams_of(below.unwrap_or(path)) else { return Ok(None) };
    let segments = segments.split('/').filter(|segment| !segment.is_empty());
    let decoded = |segment: &str| decode(segment.as_bytes(), Plus::Itself).unwrap_or_else(|_| segment.to_owned());
    let listed =
        |name: &str| query.get(name).map(|list| list.split('/').filter(|one| !one.is_empty()).map(str::to_owned).collect());
    Ok(Some(Route::Streams(Wish {
        combined: Some(form),
        segments: segments.map(decoded).collect(),
        streams: listed("streams").unwrap_or_default(),
        listen_key: query.get("listenKey").map(str::to_owned),
        events: listed("events"),
    })))
}

fn streams_of(path: &str) -> Option<(Form, &str)> {
    match path {
        "" | "/" | "/ws" => Some((Form::Raw, "")),
        "/stream" | "/stream/" => Some((Form::Combined, "")),
        other => other.strip_prefix("/ws/").map(|segments| (Form::Raw, segments)),
    }
}
