//! The yardstick's requests.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};

use super::{Yard, fan};

const SIGNATURE: &str = "signature=";

pub(super) fn routes(yard: Arc<Yard>) -> Router {
    Router::new()
        .route("/fapi/v1/order", post(order).delete(order))
        .route("/fapi/v1/allOpenOrders", delete(order))
        .route("/fapi/v1/premiumIndex", get(mark))
        .route("/ws-fapi/v1", get(fan::requests))
        .route("/ws", get(fan::stream))
        .route("/source", get(fan::source))
        .with_state(yard)
}

async fn mark() -> &'static str {
    r#"{"symbol": "BTCUSDT", "markPrice": "64000.00"}"#
}

async fn order(State(yard): State<Arc<Yard>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let key = headers.get("x-mbx-apikey").and_then(|key| key.to_str().ok()).unwrap_or_default();
    let body = String::from_utf8_lossy(&body);
    let query = uri.query().unwrap_or_default();
    let ((first, in_query), (second, in_body)) = (unsigned(query), unsigned(&body));
    let payload = format!("{first}{second}");
    let signature = in_query.or(in_body).unwrap_or_default();
    if !yard.is_signed(key, &payload, signature) {
        return (StatusCode::BAD_REQUEST, r#"{"code":-1022,"msg":"Signature for this request is not valid."}"#).into_response();
    }
    let Some(number) = yard.make_durable(payload.into_bytes()).await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let headers = [("content-type", "application/json".to_owned()), ("x-ringfence-index", number.to_string())];
    (headers, answer(number)).into_response()
}

impl Yard {
    pub(super) fn is_signed(&self, key: &str, payload: &str, signature: &str) -> bool {
        let signer = self.signers.get(key);
        signer.is_some_and(|signer| signer.is_signed(payload.as_bytes(), signature.as_bytes()))
    }

    /// Makes a request durable.
    pub(super) async fn make_durable(&self, record: Vec<u8>) -> Option<u64> {
        self.committer.durable(record).await
    }
}

/// The text without the pair of the signature, and the signature.
fn unsigned(text: &str) -> (&str, Option<&str>) {
    match text.rfind(SIGNATURE) {
        Some(at) => (text[..at].trim_end_matches('&'), Some(&text[at + SIGNATURE.len()..])),
        None => (text, None),
    }
}

/// The shape and length of the exchange's answer to an order.
pub(super) fn answer(number: u64) -> String {
    format!(
        r#"{{"orderId":{number},"symbol":"BTCUSDT","status":"NEW","clientOrderId":"yardstick","price":"32000.00","avgPrice":"0.00","origQty":"0.004","executedQty":"0.000","cumQty":"0.000","cumQuote":"0.00","timeInForce":"GTC","type":"LIMIT","reduceOnly":false,"closePosition":false,"side":"BUY","positionSide":"BOTH","stopPrice":"0.00","workingType":"CONTRACT_PRICE","priceProtect":false,"origType":"LIMIT","priceMatch":"NONE","selfTradePreventionMode":"EXPIRE_MAKER","goodTillDate":0,"updateTime":1795353252480}}"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_cut_out() {
        let table = [
            ("a=1&signature=ff", ("a=1", Some("ff"))),
            ("signature=ff", ("", Some("ff"))),
            ("a=1", ("a=1", None)),
            ("", ("", None)),
        ];
        for (text, expected) in table {
            assert_eq!(unsigned(text), expected, "{text}");
        }
    }
}
