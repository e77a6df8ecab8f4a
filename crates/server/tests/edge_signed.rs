//! Signed requests over a real connection: what is verified are the bytes the client sent.

use std::net::{IpAddr, Ipv4Addr};

use axum::Router;
use axum::body::Bytes;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use http::request::Parts;
use ringfence_engine::time::Time;
use ringfence_server::edge::authenticate::authenticate;
use ringfence_server::edge::error::ApiError;
use ringfence_server::edge::keys::{ApiKey, Registry};
use ringfence_server::edge::listener::{ListenerLimits, serve};
use ringfence_server::edge::parameters::Parameters;
use ringfence_server::edge::raw::RawRequest;
use ringfence_server::edge::scopes::Scopes;
use ringfence_server::edge::secret::Secret;
use ringfence_server::edge::signature::{Credential, sign};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

const SECRET: &[u8] = b"example-secret-0123456789";
const NOW: Time = Time::from_ms(1_700_000_000_000);

/// Answers with the account and every parameter as read.
fn handle(registry: &Registry, parts: &Parts, body: Bytes) -> Result<String, ApiError> {
    let raw = RawRequest::new(parts, body);
    let identity = authenticate(registry, &raw, NOW)?;
    identity.require(Scopes::TRADE)?;
    let parameters = Parameters::of_request(&raw)?;
    let orders = parameters.objects("batchOrders")?.map_or(0, |orders| orders.len());
    Ok(format!("account {} symbol {} orders {orders}", identity.account, parameters.get("symbol").unwrap_or("none")))
}

fn router() -> Router {
    let registry = Registry::default();
    let credential = Credential::Hmac(Secret::new(SECRET.to_vec()));
    let key = ApiKey { key: "key-1".to_owned(), account: 7, scopes: Scopes::READ.and(Scopes::TRADE), credential };
    registry.insert(key).expect("set up");
    let answer = move |parts: Parts, body: Bytes| async move {
        handle(&registry, &parts, body).map_or_else(ApiError::into_response, String::into_response)
    };
    Router::new().route("/fapi/v1/batchOrders", any(answer))
}

async fn exchange(request: &str) -> Response<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("set up");
    let address = listener.local_addr().expect("set up");
    let (stop, stopped) = watch::channel(false);
    let limits = ListenerLimits::bound_to(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let running = tokio::spawn(serve(listener, router(), limits, stopped));
    let mut stream = TcpStream::connect(address).await.expect("set up");
    stream.write_all(request.as_bytes()).await.expect("set up");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("set up");
    stop.send(true).expect("set up");
    running.await.expect("set up").expect("set up");
    let (head, body) = answer.split_once("\r\n\r\n").expect("set up");
    Response::builder().status(&head["HTTP/1.1 ".len()..][..3]).body(body.to_owned()).expect("set up")
}

async fn send(method: &str, query: &str, body: &str) -> Response<String> {
    let length = body.len();
    exchange(&format!(
        "{method} /fapi/v1/batchOrders?{query} HTTP/1.1\r\nHost: localhost\r\nX-MBX-APIKEY: key-1\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{body}"
    ))
    .await
}

/// As the SDKs write it: every byte but letters, digits and a few more.
fn percent(text: &str) -> String {
    let escape = |byte: u8| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(escape).collect()
}

#[tokio::test]
async fn every_way_clients_write_a_request_verifies() {
    let json = r#"[{"symbol":"BTCUSDT","quantity":"0.010"},{"symbol":"BTCUSDT","quantity":0.5}]"#;
    let encoded = json.replace('[', "%5B").replace(']', "%5d").replace('"', "%22").replace(',', ",+");
    let rows = [
        ("GET", "symbol=BTCUSDT&timestamp=1700000000000".to_owned(), String::new(), "symbol BTCUSDT orders 0"),
        ("POST", String::new(), format!("batchOrders={json}&timestamp=1700000000000"), "symbol none orders 2"),
        ("POST", String::new(), format!("batchOrders={encoded}&timestamp=1700000000000"), "symbol none orders 2"),
        ("PUT", format!("batchOrders={}&timestamp=1700000000000", percent(json)), String::new(), "symbol none orders 2"),
        ("DELETE", format!("batchOrders={encoded}&timestamp=1700000000000"), String::new(), "symbol none orders 2"),
        ("POST", "symbol=BTCUSDT".to_owned(), "symbol=ETHUSDT&timestamp=1700000000000".to_owned(), "symbol BTCUSDT orders 0"),
    ];
    for (method, query, body, expected) in rows {
        let signature = sign(SECRET, format!("{query}{body}").as_bytes());
        let at_end =
            |text: &str| if text.is_empty() { format!("signature={signature}") } else { format!("{text}&signature={signature}") };
        let (query, body) = if body.is_empty() { (at_end(&query), body) } else { (query, at_end(&body)) };
        let answer = send(method, &query, &body).await;
        assert_eq!(
            (answer.status().as_u16(), answer.body().as_str()),
            (200, format!("account 7 {expected}").as_str()),
            "{query} {body}"
        );
    }
}

/// Every byte of a request's query and body changed: none is believed.
#[tokio::test]
async fn a_changed_byte_is_refused() {
    let signed = "symbol=BTCUSDT&timestamp=1700000000000";
    let query = format!("{signed}&signature={}", sign(SECRET, signed.as_bytes()));
    for place in 0..query.len() {
        let mut changed = query.clone().into_bytes();
        changed[place] = if changed[place] == b'7' { b'8' } else { b'7' };
        let answer = send("POST", std::str::from_utf8(&changed).unwrap(), "").await;
        assert_eq!(answer.status(), 400, "byte {place}: {}", answer.body());
        let code: serde_json::Value = serde_json::from_str(answer.body()).unwrap();
        assert!([-1021, -1022, -1100, -1102].map(serde_json::Value::from).contains(&code["code"]), "byte {place}: {code}");
    }
    let answer = send("POST", &query.replace("BTC", "BTc"), "").await;
    assert_eq!(answer.body(), r#"{"code":-1022,"msg":"Signature for this request is not valid."}"#);
}
