//! The calls that give listen keys.

use std::sync::Arc;

use http::Method;
use serde_json::json;

use crate::api::app::{App, wall_time};
use crate::api::call::{Call, Success};
use crate::api::endpoint::{Endpoint, Handler, Kind, OrderCount, Parameter, Security, Weight, optional};
use crate::boot::Family;
use crate::edge::error::ApiError;
use crate::handler;

const LISTEN_KEY: &[Parameter] = &[optional("listenKey", Kind::Text, "Not looked at: an API key has one listen key at a time.")];

/// The rows of listen keys.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    let row = |(family, path), method, ws_method, summary, handler: Handler| Endpoint {
        method,
        path,
        family: Some(family),
        security: Security::Key,
        weight: Weight::Fixed(1),
        orders: OrderCount::Zero,
        ws_method: Some(ws_method),
        summary,
        parameters: LISTEN_KEY,
        handler,
    };
    let of = |place: (Family, &'static str)| {
        [
            row(place, Method::POST, "userDataStream.start", "Gives the key of the user data stream.", handler!(start)),
            row(place, Method::PUT, "userDataStream.ping", "Keeps that key alive for another hour.", handler!(keep)),
            row(place, Method::DELETE, "userDataStream.stop", "Ends that key and closes its streams.", handler!(end)),
        ]
    };
    [(Family::UsdM, "/fapi/v1/listenKey"), (Family::CoinM, "/dapi/v1/listenKey")].into_iter().flat_map(of).collect()
}

async fn start(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let key = app.hub.listen_keys().start(call.identity()?, call.family, wall_time())?;
    Success::of(&json!({ "listenKey": &*key }))
}

async fn keep(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let key = app.hub.listen_keys().keep(call.identity()?, call.family, wall_time())?;
    Success::of(&json!({ "listenKey": &*key }))
}

async fn end(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let key = app.hub.listen_keys().end(call.identity()?, call.family)?;
    app.hub.end_key(&key);
    Success::of(&json!({}))
}
