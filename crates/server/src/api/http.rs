//! Calls over HTTP: from bytes to a row of the table and back.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use super::app::{App, wall_time};
use super::call::{Call, Success};
use super::endpoint::{Endpoint, Security};
use crate::boot::Family;
use crate::edge::authenticate::{Identity, authenticate, identify};
use crate::edge::error::{ApiError, Code};
use crate::edge::parameters::Parameters;
use crate::edge::raw::RawRequest;
use crate::edge::scopes::Scopes;

/// Header of an answer: index of the journal's record that made the change durable.
pub const INDEX: HeaderName = HeaderName::from_static("x-ringfence-index");
/// Header with the token of who controls the exchange.
pub const TOKEN: HeaderName = HeaderName::from_static("x-ringfence-token");

/// Answers a request that is not for a socket.
pub async fn respond(app: Arc<App>, peer: SocketAddr, parts: Parts, body: Bytes) -> Response {
    let raw = RawRequest::new(&parts, body);
    let mut headers = HeaderMap::new();
    let template = app.router.find(&raw.method, &raw.path).map_or("none", |endpoint| endpoint.path);
    let metrics = Arc::clone(&app.metrics);
    let counted = metrics.request(template);
    let outcome = answer(app, peer.ip(), (&parts.headers, raw), &mut headers).await;
    let mut response = match outcome {
        Ok(success) => success.into_response(),
        Err(error) => error.into_response(),
    };
    response.headers_mut().extend(headers);
    counted.answered(response.status());
    response
}

async fn answer(
    app: Arc<App>,
    peer: IpAddr,
    (received, raw): (&HeaderMap, RawRequest),
    headers: &mut HeaderMap,
) -> Result<Success, ApiError> {
    let Some(endpoint) = app.router.find(&raw.method, &raw.path).cloned() else {
        return Err(ApiError::no_such_path(&raw.path, raw.method.as_str()));
    };
    if endpoint.family.is_some() {
        meet_faults(&app).await?;
    }
    let parameters = parameters_of(&endpoint, &raw)?;
    let admission = app.charge_weight(peer, &endpoint, &parameters);
    admission.write(headers);
    admission.verdict?;
    let identity = admit(&app, &endpoint, received, &raw)?;
    let call = Call { family: endpoint.family.unwrap_or(Family::UsdM), parameters, identity, peer };
    if let Some(usage) = app.charge_orders(&endpoint, &call)? {
        usage.write(headers);
    }
    (endpoint.handler)(app, call).await
}

/// Faults that were injected for clients to meet.
async fn meet_faults(app: &App) -> Result<(), ApiError> {
    let hit = app.local.faults.meet();
    if !hit.latency.is_zero() {
        tokio::time::sleep(hit.latency).await;
    }
    hit.refusal.map_or(Ok(()), Err)
}

/// Query and form; the calls that are our own also take one JSON object as their body.
fn parameters_of(endpoint: &Endpoint, raw: &RawRequest) -> Result<Parameters, ApiError> {
    let is_object = raw.body.trim_ascii_start().starts_with(b"{");
    if endpoint.security != Security::Control || !is_object {
        return Parameters::of_request(raw);
    }
    let text = core::str::from_utf8(&raw.body).map_err(|_| ApiError::of(Code::IllegalCharacters))?;
    Parameters::of_form(&raw.query, b"")?.or(Parameters::of_object(text)?)
}

/// Who makes the call, where its row asks for somebody.
fn admit(app: &App, endpoint: &Endpoint, received: &HeaderMap, raw: &RawRequest) -> Result<Option<Identity>, ApiError> {
    let signed = |scopes| {
        let identity = authenticate(&app.keys, raw, app.local.faults.skew().of(wall_time()))?;
        identity.require(scopes)?;
        Ok(Some(identity))
    };
    match endpoint.security {
        Security::Public => Ok(None),
        Security::Key => identify(&app.keys, raw).map(Some),
        Security::Read => signed(Scopes::READ),
        Security::Trade => signed(Scopes::TRADE),
        Security::Control => {
            app.control.admit(token(received))?;
            Ok(None)
        }
    }
}

/// The token of who controls the exchange: in a header of its own, or as a bearer's.
fn token(headers: &HeaderMap) -> Option<&[u8]> {
    let bearer = || headers.get(header::AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    headers.get(TOKEN).map(HeaderValue::as_bytes).or_else(bearer)
}

impl Success {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        if let Some(index) = self.index {
            headers.insert(INDEX, HeaderValue::from(index));
        }
        if let Some(policy) = self.policy {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        response
    }
}

/// Who may control the exchange.
#[derive(Clone, Debug)]
pub enum Control {
    /// Whoever reaches it: it listens on loopback.
    Anybody,
    /// The holder of this token.
    Token(crate::edge::secret::Secret),
}

impl Control {
    fn admit(&self, token: Option<&[u8]>) -> Result<(), ApiError> {
        match self {
            Self::Anybody => Ok(()),
            Self::Token(known) => {
                let is_it = token.is_some_and(|token| same(token, known.expose()));
                if is_it { Ok(()) } else { Err(ApiError::of(Code::Unauthorized).with_status(StatusCode::UNAUTHORIZED)) }
            }
        }
    }
}

/// Whether two texts are the same, in a time that says nothing about where they differ.
fn same(left: &[u8], right: &[u8]) -> bool {
    let differences = left.iter().zip(right).fold(0_u8, |sum, (left, right)| sum | (left ^ right));
    left.len() == right.len() && differences == 0
}
