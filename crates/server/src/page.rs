//! The trading page: its files, for browsers.

use axum::body::Body;
use axum::response::Response;
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use ringfence_web::{CONTENT_POLICY, File, Keep, find};

/// The file of the page that a request asks for; `None` for every other request.
#[must_use]
pub fn respond(parts: &Parts) -> Option<Response> {
    if parts.method != Method::GET && parts.method != Method::HEAD {
        return None;
    }
    let file = find(parts.uri.path())?;
    let is_known = lists(&parts.headers, &IF_NONE_MATCH, &file.tag);
    let packed = if lists(&parts.headers, &ACCEPT_ENCODING, "gzip") { file.gzip.clone() } else { None };
    let mut response = Response::new(Body::empty());
    write_headers(response.headers_mut(), &file);
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Some(response);
    }
    if packed.is_some() {
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    if parts.method == Method::GET {
        *response.body_mut() = match packed.unwrap_or(file.body) {
            std::borrow::Cow::Borrowed(bytes) => Body::from(bytes),
            std::borrow::Cow::Owned(bytes) => Body::from(bytes),
        };
    }
    Some(response)
}

fn write_headers(headers: &mut HeaderMap, file: &File) {
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(file.content_type));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_POLICY));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    let keep = match file.keep {
        Keep::ForGood => "public, max-age=31536000, immutable",
        Keep::Ask => "no-cache",
    };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(keep));
    if let Ok(tag) = HeaderValue::from_str(&file.tag) {
        headers.insert(ETAG, tag);
    }
}

/// Whether a header lists a word, set apart by commas; what stands behind a semicolon is no part of it.
fn lists(headers: &HeaderMap, name: &HeaderName, word: &str) -> bool {
    let lines = headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
    let mut listed = lines.flat_map(|line| line.split(',')).map(|one| one.split(';').next().unwrap_or_default().trim());
    listed.any(|one| one == word || one == "*" || one.strip_prefix("W/") == Some(word))
}
