//! Against web pages that reach for a local server: which names it answers to, which pages may ask, what browsers may do
//! with the answers.
//!
//! A page of another site can make a browser send requests to `127.0.0.1`, and by rebinding its own name it can read the
//! answers. So a request must name this server in `Host`, and one sent by a page must come from this server's own page.
//! There are no CORS headers: no other page may read anything.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderName, HeaderValue, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, StatusCode};

use super::error::{ApiError, Code};

/// Scripts, styles and connections from this server only; no page may frame it.
pub const CONTENT_POLICY: &str = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// The names a server answers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPolicy {
    names: Vec<String>,
    any_address: AnyAddress,
}

/// Whether an IP address written out is accepted whatever it is. Rebinding needs a name, so it is safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AnyAddress {
    Accepted,
    OnlyListed,
}

impl HostPolicy {
    /// The loopback names, the address the server is bound to, and further names such as one of a proxy or container.
    /// A server bound to every address answers to every IP address written out.
    #[must_use]
    pub fn new(bound: SocketAddr, further: &[String]) -> Self {
        let mut names: Vec<String> = ["localhost", "127.0.0.1", "[::1]"].map(str::to_owned).to_vec();
        names.push(match bound.ip() {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => format!("[{address}]"),
        });
        names.extend(further.iter().map(|name| name.to_ascii_lowercase()));
        let any_address = if bound.ip().is_unspecified() { AnyAddress::Accepted } else { AnyAddress::OnlyListed };
        Self { names, any_address }
    }

    /// Whether the request is meant for this server. The port is not looked at: a forwarded port has another number.
    ///
    /// # Errors
    /// -1100 with status 400 when `Host` is missing, stands twice, is malformed or contradicts the address of the request;
    /// -1002 with status 403 for another name.
    pub fn check(&self, parts: &Parts) -> Result<(), ApiError> {
        let authority = host_of(parts)?;
        let host = authority.host().to_ascii_lowercase();
        let written_out = host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
        let accepted = self.names.contains(&host) || (written_out && self.any_address == AnyAddress::Accepted);
        if accepted { Ok(()) } else { Err(ApiError::saying(Code::Unauthorized, format!("Host '{host}' is not served here."))) }
    }
}

/// Whether a page of another site sent the request. Programs send no `Origin`, or that of the server itself.
///
/// # Errors
/// -1002 with status 403 for an `Origin` that is not `http://` or `https://` and the request's own `Host`, and for a request
/// that a browser marks as coming from another site and that could change something.
pub fn check_origin(parts: &Parts) -> Result<(), ApiError> {
    let refused = |origin: &str| Err(ApiError::saying(Code::Unauthorized, format!("Origin '{origin}' is not allowed.")));
    let mut origins = parts.headers.get_all(ORIGIN).iter();
    if let Some(origin) = origins.next() {
        let origin = origin.to_str().unwrap_or("unreadable");
        if origins.next().is_some() || !is_same_origin(origin, &host_of(parts)?) {
            return refused(origin);
        }
    }
    let site = parts.headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    let foreign = site.is_some_and(|site| !matches!(site, b"same-origin" | b"none"));
    if foreign && !parts.method.is_safe() { refused("of another site") } else { Ok(()) }
}

/// The server the request names. An address in the request line must name the same.
fn host_of(parts: &Parts) -> Result<Authority, ApiError> {
    let malformed = || ApiError::illegal("Host", "host[:port], once");
    let mut hosts = parts.headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return Err(malformed()) };
    let host = Authority::try_from(host.as_bytes()).map_err(|_| malformed())?;
    let contradicts = parts.uri.authority().is_some_and(|named| *named != host);
    if contradicts || host.as_str().contains('@') { Err(malformed()) } else { Ok(host) }
}

fn is_same_origin(origin: &str, host: &Authority) -> bool {
    let of_scheme = |scheme: &str, port: u16| {
        let Some(named) = origin.strip_prefix(scheme).and_then(|named| Authority::try_from(named).ok()) else { return false };
        let same_port = named.port_u16().unwrap_or(port) == host.port_u16().unwrap_or(port);
        named.host().eq_ignore_ascii_case(host.host()) && same_port && !named.as_str().contains('@')
    };
    of_scheme("http://", 80) || of_scheme("https://", 443)
}

/// Who may keep an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Privacy {
    /// Anybody: market data, pages.
    Public,
    /// Nobody: accounts, errors, keys.
    Private,
}

/// Writes the headers that tell a browser what it may do with an answer. What the handler set itself stays.
pub fn secure_headers(headers: &mut HeaderMap, privacy: Privacy) {
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(CONTENT_SECURITY_POLICY, CONTENT_POLICY);
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(REFERRER_POLICY, "no-referrer");
    if privacy == Privacy::Private {
        set(CACHE_CONTROL, "no-store");
    }
}

/// The checks and headers above around every route: `router.layer(axum::middleware::from_fn_with_state(policy, guard))`.
///
/// An answer is taken for private unless its handler set `Cache-Control`. Answers that open a WebSocket stay as they are.
pub async fn guard(State(policy): State<Arc<HostPolicy>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let mut response = match policy.check(&parts).and_then(|()| check_origin(&parts)) {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(error) => error.into_response(),
    };
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        secure_headers(response.headers_mut(), Privacy::Private);
    }
    response
}

#[cfg(test)]
mod tests;
