//! A request taken in whole, or the reason why not.

use std::time::Duration;

use axum::body::{Body, Bytes};
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http::request::Parts;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;

use super::ListenerLimits;
use crate::edge::error::{ApiError, Code};

/// Bytes of a header line besides its name and value: `: ` and the line's end.
const HEADER_LINE_BYTES: usize = 4;

/// Checks the head, then reads the body.
pub(super) async fn take_in(request: Request<Incoming>, limits: &ListenerLimits) -> Result<Request<Body>, ApiError> {
    let (parts, body) = request.into_parts();
    check_head(&parts, limits)?;
    let body = read_body(body, limits).await?;
    Ok(Request::from_parts(parts, Body::from(body)))
}

fn check_head(parts: &Parts, limits: &ListenerLimits) -> Result<(), ApiError> {
    let refused = |status, message: String| Err(ApiError::saying(Code::Unknown, message).with_status(status));
    let uri = parts.uri.path_and_query().map_or(0, |text| text.as_str().len());
    if uri > limits.uri_bytes {
        return refused(
            StatusCode::URI_TOO_LONG,
            format!("Address must not be longer than {} bytes, got {uri}.", limits.uri_bytes),
        );
    }
    let lines = parts
        .headers
        .iter()
        .map(|(name, value)| name.as_str().len().saturating_add(value.len()).saturating_add(HEADER_LINE_BYTES));
    let headers = lines.fold(0, usize::saturating_add);
    if headers > limits.header_bytes {
        let message = format!("Headers must not be longer than {} bytes, got {headers}.", limits.header_bytes);
        return refused(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, message);
    }
    if parts.headers.get_all(CONTENT_ENCODING).iter().any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return refused(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Content-Encoding must be identity: bodies must not be compressed.".to_owned(),
        );
    }
    let declared =
        parts.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()).and_then(|length| length.parse().ok());
    if declared.is_some_and(|declared: u64| declared > u64::try_from(limits.body_bytes).unwrap_or(u64::MAX)) {
        return Err(too_large(limits.body_bytes));
    }
    Ok(())
}

async fn read_body(body: Incoming, limits: &ListenerLimits) -> Result<Bytes, ApiError> {
    let whole = tokio::time::timeout(limits.body_time, Limited::new(body, limits.body_bytes).collect()).await;
    match whole {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large(limits.body_bytes)),
        Ok(Err(_)) => Err(ApiError::refused("Body is malformed or incomplete.")),
        Err(_) => Err(too_slow(limits.body_time)),
    }
}

fn too_large(limit: usize) -> ApiError {
    ApiError::saying(Code::Unknown, format!("Body must not be longer than {limit} bytes."))
        .with_status(StatusCode::PAYLOAD_TOO_LARGE)
}

fn too_slow(limit: Duration) -> ApiError {
    let message = format!("Body must be complete within {} ms. Nothing was executed.", limit.as_millis());
    ApiError::saying(Code::Unknown, message).with_status(StatusCode::REQUEST_TIMEOUT)
}
