//! Errors as Binance's clients expect them: an HTTP status, a code, a text.
//!
//! The texts are Binance's published ones, because clients compare some of them. A status of 4xx means that nothing was
//! executed. [`Code`] holds the table, [`reject`] says which code each refusal of the engine becomes.

mod codes;
pub mod reject;

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};

pub use codes::{Code, Family};

/// An error to answer with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status.
    pub status: StatusCode,
    /// The code, always negative.
    pub code: i32,
    /// The text.
    pub message: String,
    /// Seconds to wait before trying again, sent as `Retry-After`.
    pub retry_after: Option<u64>,
}

impl ApiError {
    /// The error of a code of the USDⓈ-M interface, with its text as it stands in the table.
    #[must_use]
    pub fn of(code: Code) -> Self {
        Self::filled(code, Family::UsdM, &[])
    }

    /// The error of a code in an interface, each `%s` of its text replaced by one value in turn.
    #[must_use]
    pub fn filled(code: Code, family: Family, values: &[&str]) -> Self {
        let mut message = code.text().to_owned();
        for value in values {
            message = message.replacen("%s", value, 1);
        }
        Self { status: code.status(), code: code.number(family), message, retry_after: None }
    }

    /// The same error with another text, where the table has none that says enough.
    #[must_use]
    pub fn saying(code: Code, message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::of(code) }
    }

    /// The same error with another HTTP status.
    #[must_use]
    pub fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// The same error with the seconds to wait.
    #[must_use]
    pub fn after(self, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    fn one(code: Code, value: &str) -> Self {
        Self::filled(code, Family::UsdM, &[value])
    }

    /// -1102: a parameter is missing, empty or malformed.
    #[must_use]
    pub fn mandatory(name: &str) -> Self {
        Self::one(Code::MandatoryParameter, name)
    }

    /// -1102: one of two parameters is needed.
    #[must_use]
    pub fn either(first: &str, second: &str) -> Self {
        Self::filled(Code::EitherParameter, Family::UsdM, &[first, second])
    }

    /// -1100: the value of a parameter does not have the form given.
    #[must_use]
    pub fn illegal(name: &str, legal: &str) -> Self {
        Self::filled(Code::IllegalCharactersIn, Family::UsdM, &[name, legal])
    }

    /// -1106: a parameter that must not be there.
    #[must_use]
    pub fn not_required(name: &str) -> Self {
        Self::one(Code::NotRequired, name)
    }

    /// -1130: a value that the parameter does not know.
    #[must_use]
    pub fn invalid(name: &str) -> Self {
        Self::one(Code::InvalidParameter, name)
    }

    /// -1127: the times asked for lie too far apart.
    #[must_use]
    pub fn lookup_interval(hours: u64) -> Self {
        Self::one(Code::LookupInterval, &hours.to_string())
    }

    /// -4165: the times asked for lie too far apart, counted in days.
    #[must_use]
    pub fn time_interval(days: u64) -> Self {
        Self::one(Code::TimeInterval, &days.to_string())
    }

    /// -4028: a leverage that cannot be.
    #[must_use]
    pub fn leverage(leverage: &str) -> Self {
        Self::one(Code::InvalidLeverage, leverage)
    }

    /// -5000 with status 404: no such path and method.
    #[must_use]
    pub fn no_such_path(path: &str, method: &str) -> Self {
        Self::filled(Code::InvalidPath, Family::UsdM, &[path, method])
    }

    /// -1000 with status 400: refused for a reason that Binance has no code for.
    #[must_use]
    pub fn refused(message: impl Into<String>) -> Self {
        Self::saying(Code::Unknown, message).with_status(StatusCode::BAD_REQUEST)
    }

    /// The body: `{"code":-2019,"msg":"Margin is insufficient."}`. Also an element of a batch answer.
    #[must_use]
    pub fn body(&self) -> serde_json::Value {
        serde_json::json!({ "code": self.code, "msg": self.message })
    }
}

impl core::fmt::Display for ApiError {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(formatter, "{} {}", self.code, self.message)
    }
}

impl core::error::Error for ApiError {}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.body().to_string()).into_response();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;
    use http_body_util::BodyExt;

    use super::{ApiError, Code, Family};

    #[test]
    fn texts_are_the_published_ones() {
        let rows = [
            (ApiError::mandatory("price"), 400, -1102, "Mandatory parameter 'price' was not sent, was empty/null, or malformed."),
            (
                ApiError::either("origClientOrderId", "orderId"),
                400,
                -1102,
                "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!",
            ),
            (ApiError::illegal("a", "b"), 400, -1100, "Illegal characters found in parameter 'a'; legal range is 'b'."),
            (ApiError::not_required("timeInForce"), 400, -1106, "Parameter 'timeInForce' sent when not required."),
            (ApiError::invalid("workingType"), 400, -1130, "Data sent for parameter 'workingType' is not valid."),
            (ApiError::no_such_path("/fapi/v1/xyz", "GET"), 404, -5000, "Path /fapi/v1/xyz, Method GET is invalid"),
            (ApiError::leverage("126"), 400, -4028, "Leverage 126 is not valid"),
            (ApiError::of(Code::MarginTypeUnchanged), 400, -4046, "No need to change margin type."),
            (ApiError::of(Code::MarginInsufficient), 400, -2019, "Margin is insufficient."),
            (ApiError::of(Code::KeyFormat), 401, -2014, "API-key format invalid."),
            (ApiError::of(Code::UnknownOrder), 400, -2011, "Unknown order sent."),
            (ApiError::of(Code::NoSuchOrder), 400, -2013, "Order does not exist."),
        ];
        for (error, status, code, text) in rows {
            assert_eq!((error.status.as_u16(), error.code, error.message.as_str()), (status, code, text));
        }
    }

    #[test]
    fn every_code_is_negative_has_a_text_and_an_error_status() {
        for code in Code::ALL {
            for family in [Family::UsdM, Family::CoinM] {
                assert!((-9999..=-1000).contains(&code.number(family)), "{code:?}");
            }
            assert!(!code.text().is_empty(), "{code:?}");
            assert!(code.status().is_client_error() || code.status().is_server_error(), "{code:?}");
        }
    }

    #[test]
    fn numbers_of_the_coin_margined_interface_differ_where_binance_says_so() {
        let different: Vec<_> = Code::ALL
            .iter()
            .map(|code| (code.number(Family::UsdM), code.number(Family::CoinM)))
            .filter(|(usd, coin)| usd != coin)
            .collect();
        let expected = [
            (-4087, -4089),
            (-4088, -4090),
            (-4118, -4112),
            (-4131, -4113),
            (-4164, -4178),
            (-5026, -4198),
            (-5027, -4197),
            (-4161, -4150),
        ];
        assert_eq!(different, expected);
    }

    #[tokio::test]
    async fn an_error_becomes_json() {
        let response = ApiError::of(Code::TooManyRequests).after(7).into_response();
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(response.headers()["retry-after"], "7");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(
            String::from_utf8_lossy(&body),
            r#"{"code":-1003,"msg":"Too many requests; current limit of IP(%s) is %s requests per minute. Please use the websocket for live updates to avoid polling the API."}"#
        );
        let quoted = ApiError::refused("a \"quoted\" word").into_response().into_body().collect().await.unwrap().to_bytes();
        assert_eq!(String::from_utf8_lossy(&quoted), r#"{"code":-1000,"msg":"a \"quoted\" word"}"#);
    }
}
