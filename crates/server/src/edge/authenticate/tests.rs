use bytes::Bytes;
use http::Method;
use ringfence_engine::time::Time;

use super::{Effect, Identity, authenticate, authenticate_socket, identify};
use crate::edge::error::ApiError;
use crate::edge::keys::{ApiKey, Registry};
use crate::edge::parameters::Parameters;
use crate::edge::raw::RawRequest;
use crate::edge::scopes::Scopes;
use crate::edge::secret::Secret;
use crate::edge::signature::{Credential, sign};
use crate::edge::window::TimeUnit;

const SECRET: &[u8] = b"example-secret-0123456789";
const NOW: Time = Time::from_ms(1_700_000_000_000);

fn registry() -> Registry {
    let registry = Registry::default();
    let credential = Credential::Hmac(Secret::new(SECRET.to_vec()));
    let key = ApiKey { key: "key-1".to_owned(), account: 7, scopes: Scopes::READ.and(Scopes::TRADE), credential };
    registry.insert(key).unwrap();
    registry
}

fn raw(method: Method, query: &str, body: &str) -> RawRequest {
    RawRequest {
        method,
        path: "/fapi/v1/order".to_owned(),
        query: Bytes::copy_from_slice(query.as_bytes()),
        body: Bytes::copy_from_slice(body.as_bytes()),
        api_key: Some(Bytes::from_static(b"key-1")),
        time_unit: TimeUnit::Milliseconds,
    }
}

fn code(result: Result<Identity, ApiError>) -> (u16, i32) {
    result.map_or_else(|error| (error.status.as_u16(), error.code), |_| (200, 0))
}

#[test]
fn the_requests_of_the_interface_description_are_believed() {
    let signed = "7b488ed90f834d5208e2223ee2e92c2cbea581c9c68bed53b741fdb1a316dacf";
    let query = format!("symbol=BTCUSDT&recvWindow=5000&timestamp=1700000000000&signature={signed}");
    let identity = authenticate(&registry(), &raw(Method::GET, &query, ""), NOW).unwrap();
    assert_eq!((identity.account, identity.key.as_str()), (7, "key-1"));
    assert!(identity.require(Scopes::TRADE).is_ok());
    assert_eq!(identity.require(Scopes::CONTROL).unwrap_err().code, -2015);
    assert!(identity.check_time(Time::from_ms(NOW.ms() + 5_000)).is_ok());
    assert_eq!(identity.check_time(Time::from_ms(NOW.ms() + 5_001)).unwrap_err().code, -1021);

    let signed = "a1a90c2536179708ec10856df3a8b9603146d7de7dbe35134201198a078df6f6";
    let body = format!("type=MARKET&quantity=0.01&timestamp=1700000000000&signature={signed}");
    assert!(authenticate(&registry(), &raw(Method::POST, "symbol=BTCUSDT&side=BUY", &body), NOW).is_ok());
}

#[test]
fn checks_come_in_the_documented_order() {
    let registry = registry();
    let with_key = |key: Option<&'static str>, query: &str| {
        let mut request = raw(Method::GET, query, "");
        request.api_key = key.map(|key| Bytes::from_static(key.as_bytes()));
        code(authenticate(&registry, &request, NOW))
    };
    let (late, good) = ("timestamp=1", "timestamp=1700000000000");
    let rows = [
        (None, String::new(), (401, -2014)),
        (Some(""), String::new(), (401, -2014)),
        (Some("a b"), String::new(), (401, -2014)),
        (Some("key-2"), String::new(), (401, -2015)),
        (Some("key-1"), String::new(), (400, -1102)),
        (Some("key-1"), format!("{good}&symbol=B"), (400, -1102)),
        (Some("key-1"), format!("{late}&signature=00"), (400, -1021)),
        (Some("key-1"), format!("{good}&signature=00"), (400, -1022)),
        (Some("key-1"), format!("{good}&signature={}", sign(SECRET, good.as_bytes())), (200, 0)),
    ];
    for (key, query, expected) in rows {
        assert_eq!(with_key(key, &query), expected, "{key:?} {query}");
    }
    registry.revoke("key-1").unwrap();
    assert_eq!(with_key(Some("key-1"), good), (401, -2015));
}

#[test]
fn a_change_is_believed_once_and_a_read_as_often_as_it_is_sent() {
    let registry = registry();
    let payload = "symbol=BTCUSDT&timestamp=1700000000000";
    let query = format!("{payload}&signature={}", sign(SECRET, payload.as_bytes()));
    let shouted = format!("{payload}&signature={}", sign(SECRET, payload.as_bytes()).to_uppercase());
    for _ in 0..3 {
        assert_eq!(code(authenticate(&registry, &raw(Method::GET, &query, ""), NOW)), (200, 0));
    }
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        assert_eq!(code(authenticate(&registry, &raw(method.clone(), &query, ""), NOW)), (200, 0), "{method}");
        assert_eq!(code(authenticate(&registry, &raw(method.clone(), &query, ""), NOW)), (400, -1022), "{method}");
        assert_eq!(code(authenticate(&registry, &raw(method.clone(), &shouted, ""), NOW)), (400, -1022), "{method}");
    }
    let split = shouted.split_once('&').unwrap();
    assert_eq!(code(authenticate(&registry, &raw(Method::POST, split.0, split.1), NOW)), (400, -1022), "the bytes differ");
}

#[test]
fn a_key_alone_identifies_and_a_signature_is_not_looked_at() {
    let registry = registry();
    let request = raw(Method::POST, "signature=nonsense", "");
    assert_eq!(identify(&registry, &request).unwrap().window, None);
    let nobody = RawRequest { api_key: Some(Bytes::from_static(b"key-9")), ..request };
    assert_eq!(code(identify(&registry, &nobody)), (401, -2015));
}

#[test]
fn socket_parameters_are_signed_sorted_and_unencoded() {
    let registry = registry();
    let object = |signature: &str| {
        let text = format!(
            r#"{{"symbol":"BTCUSDT","side":"BUY","quantity":0.010,"reduceOnly":true,"apiKey":"key-1","timestamp":1700000000000,"signature":"{signature}"}}"#
        );
        Parameters::of_object(&text).unwrap()
    };
    let payload = |flag| format!("apiKey=key-1&quantity=0.010&reduceOnly={flag}&side=BUY&symbol=BTCUSDT&timestamp=1700000000000");
    let place = ("order.place", Effect::Changes);
    for flag in ["true", "True"] {
        let parameters = object(&sign(SECRET, payload(flag).as_bytes()));
        assert_eq!(code(authenticate_socket(&registry, ("order.status", Effect::Reads), &parameters, NOW)), (200, 0), "{flag}");
        assert_eq!(code(authenticate_socket(&registry, place, &parameters, NOW)), (200, 0), "{flag}");
        assert_eq!(code(authenticate_socket(&registry, place, &parameters, NOW)), (400, -1022), "{flag}");
    }
    let wrong = object(&sign(SECRET, payload("TRUE").as_bytes()));
    assert_eq!(code(authenticate_socket(&registry, place, &wrong, NOW)), (400, -1022));
    let bare = Parameters::of_object(r#"{"apiKey":"key-1","timestamp":1700000000000}"#).unwrap();
    assert_eq!(code(authenticate_socket(&registry, place, &bare, NOW)), (400, -1102));
    assert_eq!(code(authenticate_socket(&registry, place, &Parameters::of_object("{}").unwrap(), NOW)), (401, -2014));
}
