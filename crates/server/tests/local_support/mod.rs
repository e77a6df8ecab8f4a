//! A client of the calls that control an exchange.
#![allow(dead_code, reason = "each test uses a part")]
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{SystemTime, UNIX_EPOCH};

use ringfence_server::edge::signature::sign;
use serde_json::Value;

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) status: u16,
    pub(crate) headers: String,
    pub(crate) body: String,
    pub(crate) json: Value,
}

/// One request on a connection of its own.
pub(crate) fn request(at: SocketAddr, (method, target): (&str, &str), headers: &[(&str, &str)], body: &str) -> Told {
    let mut stream = TcpStream::connect(at).unwrap();
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    write!(
        stream,
        "{method} {target} HTTP/1.1\r\nHost: {at}\r\n{headers}Connection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (headers, body) = text.split_once("\r\n\r\n").unwrap();
    let status = headers.split(' ').nth(1).unwrap().parse().unwrap();
    let json = serde_json::from_str(body).unwrap_or(Value::Null);
    Told { status, headers: headers.to_lowercase(), body: body.to_owned(), json }
}

/// A call with a JSON object as its body.
pub(crate) fn post(at: SocketAddr, path: &str, body: &Value) -> Told {
    request(at, ("POST", &format!("/local/v1/{path}")), &[("Content-Type", "application/json")], &body.to_string())
}

/// The same, which must be done.
pub(crate) fn done(at: SocketAddr, path: &str, body: &Value) -> Value {
    let told = post(at, path, body);
    assert_eq!(told.status, 200, "{path} {body}: {told:?}");
    told.json
}

/// A question that must be answered.
pub(crate) fn get(at: SocketAddr, path: &str) -> Value {
    let told = request(at, ("GET", &format!("/local/v1/{path}")), &[], "");
    assert_eq!(told.status, 200, "{path}: {told:?}");
    told.json
}

/// A request signed with any key.
pub(crate) fn signed_by(at: SocketAddr, (key, secret): (&str, &str), (method, path): (&str, &str), query: &str) -> Told {
    let separator = if query.is_empty() { "" } else { "&" };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let query = format!("{query}{separator}timestamp={now}");
    let signature = sign(secret.as_bytes(), query.as_bytes());
    request(at, (method, &format!("{path}?{query}&signature={signature}")), &[("X-MBX-APIKEY", key)], "")
}

/// A request of a test account.
pub(crate) fn as_user(at: SocketAddr, name: &str, call: (&str, &str), query: &str) -> Told {
    signed_by(at, (&format!("test-{name}"), &format!("test-{name}-secret")), call, query)
}

/// A market whose price stands still and in which only the maker trades.
pub(crate) fn stand_still(at: SocketAddr, symbol: &str, price: &str) {
    done(at, "flow", &serde_json::json!({"symbol": symbol, "on": "false"}));
    done(at, "mark", &serde_json::json!({"symbol": symbol, "price": price}));
    std::thread::sleep(std::time::Duration::from_millis(700));
}
