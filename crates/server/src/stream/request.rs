//! Requests of the WebSocket API: the same calls as over HTTP.

use http::StatusCode;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::route::RateLimitRows;
use super::session::Place;
use crate::api::app::wall_time;
use crate::api::call::Call;
use crate::api::endpoint::{Endpoint, Security};
use crate::edge::authenticate::{Effect, Identity, authenticate_socket};
use crate::edge::error::{ApiError, Code};
use crate::edge::limits::{OrderLimits, OrderUsage, WeightLimits};
use crate::edge::parameters::Parameters;
use crate::edge::scopes::Scopes;
use crate::edge::window::{TimeUnit, Window};

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    method: String,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
}

/// What a request used of the limits.
#[derive(Default)]
struct Used {
    weight: Option<u32>,
    orders: Option<OrderUsage>,
}

/// The answer to a message.
pub(super) async fn answer(place: &Place, text: &str) -> String {
    let mut used = Used::default();
    let request: Request<'_> = match serde_json::from_str(text) {
        Ok(request) => request,
        Err(error) => {
            let error = ApiError::saying(Code::InvalidData, format!("Invalid JSON Request: {error}"));
            return written("null", &Err(error), rows(place, &used, None));
        }
    };
    let id = request.id.map_or("null", RawValue::get);
    if !matches!(id.as_bytes().first(), Some(b'"' | b'0'..=b'9' | b'-' | b'n')) {
        let error = ApiError::saying(Code::InvalidData, "The id of a request must be an integer or a string.");
        return written("null", &Err(error), rows(place, &used, None));
    }
    let parameters = request.params.map_or_else(|| Ok(Parameters::default()), |params| Parameters::of_object(params.get()));
    let (outcome, wants) = match parameters {
        Ok(parameters) => {
            let wants = parameters.boolean("returnRateLimits").ok().flatten();
            (carry_out(place, &request.method, parameters, &mut used).await, wants)
        }
        Err(error) => (Err(error), None),
    };
    written(id, &outcome, rows(place, &used, wants))
}

fn written(id: &str, outcome: &Result<String, ApiError>, rows: Option<Value>) -> String {
    let rows = rows.map_or_else(String::new, |rows| format!(",\"rateLimits\":{rows}"));
    match outcome {
        Ok(result) => format!("{{\"id\":{id},\"status\":200,\"result\":{result}{rows}}}"),
        Err(error) => {
            format!("{{\"id\":{id},\"status\":{},\"error\":{}{rows}}}", error.status.as_u16(), error.body())
        }
    }
}

fn rows(place: &Place, used: &Used, wants: Option<bool>) -> Option<Value> {
    let listed = wants.unwrap_or(place.rows == RateLimitRows::Listed);
    let row = |kind: &str, (interval, number): (&str, u32), limit: Option<u32>, count: u32| json!({ "rateLimitType": kind, "interval": interval, "intervalNum": number, "limit": limit, "count": count });
    let mut rows = Vec::new();
    if let Some(weight) = used.weight {
        rows.push(row("REQUEST_WEIGHT", ("MINUTE", 1), WeightLimits::default().per_minute, weight));
    }
    if let Some(orders) = used.orders {
        let limits = OrderLimits::default();
        rows.push(row("ORDERS", ("SECOND", 10), limits.per_ten_seconds, orders.ten_seconds));
        rows.push(row("ORDERS", ("MINUTE", 1), limits.per_minute, orders.minute));
    }
    listed.then_some(Value::Array(rows))
}

async fn carry_out(place: &Place, method: &str, parameters: Parameters, used: &mut Used) -> Result<String, ApiError> {
    match method {
        "session.logon" => return log_on(place, &parameters),
        "session.status" => return Ok(status(place)),
        "session.logout" => {
            place.set_key(None);
            return Ok(status(place));
        }
        _ => {}
    }
    let Some(endpoint) = place.app.router.find_socket(place.family, method).cloned() else {
        return match method {
            "ping" => Ok("{}".to_owned()),
            "time" => Ok(json!({ "serverTime": wall_time().ms() }).to_string()),
            other => Err(ApiError::saying(Code::InvalidPath, format!("There is no method '{other}'."))),
        };
    };
    let admission = place.app.charge_weight(place.peer, &endpoint, &parameters);
    used.weight = Some(admission.used);
    admission.verdict?;
    let identity = admit(place, &endpoint, method, &parameters)?;
    let call = Call { family: place.family, parameters, identity, peer: place.peer };
    used.orders = place.app.charge_orders(&endpoint, &call)?;
    let success = (endpoint.handler)(place.app.clone(), call).await?;
    String::from_utf8(success.body).map_err(|_| ApiError::of(Code::Unknown))
}

/// Who makes the call, where its row asks for somebody.
fn admit(place: &Place, endpoint: &Endpoint, method: &str, parameters: &Parameters) -> Result<Option<Identity>, ApiError> {
    let scopes = match endpoint.security {
        Security::Public => return Ok(None),
        Security::Key => return named(place, parameters).map(Some),
        Security::Read => Scopes::READ,
        Security::Trade => Scopes::TRADE,
        Security::Control => return Err(ApiError::of(Code::Unauthorized).with_status(StatusCode::UNAUTHORIZED)),
    };
    let signs = parameters.get("apiKey").is_some() || parameters.get("signature").is_some() || place.key().is_none();
    let identity = if signs {
        let effect = if endpoint.method.is_safe() { Effect::Reads } else { Effect::Changes };
        authenticate_socket(&place.app.keys, (method, effect), parameters, wall_time())?
    } else {
        let window = parameters.get("timestamp").map(|timestamp| {
            let window = Window::read(Some(timestamp), parameters.get("recvWindow"), TimeUnit::Milliseconds)?;
            window.check(wall_time()).map(|()| window)
        });
        Identity { window: window.transpose()?, ..named(place, parameters)? }
    };
    identity.require(scopes)?;
    Ok(Some(identity))
}

/// The holder of the key that is named, or that logged on: both must be in force now.
fn named(place: &Place, parameters: &Parameters) -> Result<Identity, ApiError> {
    let logged_on = place.key();
    let name = parameters.get("apiKey").or(logged_on.as_ref().map(|(key, _)| key.as_str()));
    let active = place.app.keys.find(name.ok_or_else(|| ApiError::of(Code::KeyFormat))?);
    let key = &active.ok_or_else(|| ApiError::of(Code::InvalidKey))?.key;
    Ok(Identity { account: key.account, scopes: key.scopes, key: key.key.clone(), window: None })
}

/// Logs a key on: later requests need neither key nor signature. Both kinds of keys may.
fn log_on(place: &Place, parameters: &Parameters) -> Result<String, ApiError> {
    let identity = authenticate_socket(&place.app.keys, ("session.logon", Effect::Reads), parameters, wall_time())?;
    place.set_key(Some((identity.key, wall_time().ms())));
    Ok(status(place))
}

fn status(place: &Place) -> String {
    let key = place.key().filter(|(key, _)| place.app.keys.is_active(key));
    json!({
        "apiKey": key.as_ref().map(|(key, _)| key),
        "authorizedSince": key.as_ref().map(|(_, since)| since),
        "connectedSince": place.since,
        "returnRateLimits": place.rows == RateLimitRows::Listed,
        "serverTime": wall_time().ms(),
    })
    .to_string()
}
