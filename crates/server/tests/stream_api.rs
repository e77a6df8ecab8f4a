//! The WebSocket API.
#![expect(clippy::unwrap_used, reason = "what a test relies on fails the test")]

mod http_support;
mod stream_support;

use http_support::server;
use ringfence_server::edge::signature::sign;
use serde_json::{Value, json};
use stream_support::{Socket, now_ms};
use tokio_tungstenite::tungstenite::Message;

/// Parameters signed by a test account.
fn signed(name: &str, mut params: Value) -> Value {
    params["apiKey"] = json!(format!("test-{name}"));
    params["timestamp"] = json!(now_ms());
    let mut pairs: Vec<String> = params
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| format!("{name}={}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        .collect();
    pairs.sort();
    params["signature"] = json!(sign(format!("test-{name}-secret").as_bytes(), pairs.join("&").as_bytes()));
    params
}

fn limit(price: &str, name: &str) -> Value {
    json!({"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.010", "price": price, "newClientOrderId": name})
}

#[test]
fn an_order_is_placed_found_and_cancelled() {
    let server = server();
    let mut socket = Socket::open(server.address, "/ws-fapi/v1");
    let placed = socket.ask(&json!({"id": "5dd-1", "method": "order.place", "params": signed("alice", limit("50000", "one"))}));
    assert_eq!((&placed["status"], &placed["result"]["status"]), (&json!(200), &json!("NEW")), "{placed}");
    let rows: Vec<&str> =
        placed["rateLimits"].as_array().unwrap().iter().map(|row| row["rateLimitType"].as_str().unwrap()).collect();
    assert_eq!(rows.first(), Some(&"REQUEST_WEIGHT").filter(|_| rows.len() > 1), "{rows:?}");
    let one = json!({"symbol": "BTCUSDT", "origClientOrderId": "one"});
    let found = socket.ask(&json!({"id": 2, "method": "order.status", "params": signed("alice", one.clone())}));
    assert_eq!(found["result"]["orderId"], placed["result"]["orderId"], "{found}");
    let mut quiet = one.clone();
    quiet["returnRateLimits"] = json!(false);
    let gone = socket.ask(&json!({"id": 3, "method": "order.cancel", "params": signed("alice", quiet)}));
    assert_eq!((&gone["result"]["status"], gone.get("rateLimits")), (&json!("CANCELED"), None), "{gone}");
    let again = socket.ask(&json!({"id": 4, "method": "order.cancel", "params": signed("alice", one)}));
    assert_eq!((&again["status"], &again["error"]["code"]), (&json!(400), &json!(-2011)), "{again}");
    server.run(async {}).unwrap();
}

#[test]
fn what_is_wrong_is_said_and_the_connection_goes_on() {
    let server = server();
    let mut socket = Socket::open(server.address, "/ws-fapi/v1?returnRateLimits=false");
    let mut forged = signed("alice", limit("50000", "x"));
    forged["price"] = json!("50001");
    let repeated = signed("alice", limit("50000", "y"));
    let rows = [
        (json!({"id": 1, "method": "order.place", "params": forged}), 400, -1022),
        (json!({"id": 2, "method": "order.place", "params": limit("1", "z")}), 401, -2014),
        (json!({"id": 3, "method": "no.such", "params": {}}), 404, -5000),
        (json!({"id": 4, "method": "order.place", "params": repeated}), 200, 0),
        (json!({"id": 5, "method": "order.place", "params": repeated}), 400, -1022),
        (json!({"id": 6, "method": "order.place", "params": []}), 400, -1130),
    ];
    for (request, status, code) in rows {
        let answer = socket.ask(&request);
        assert_eq!((answer["status"].as_u64(), answer["error"]["code"].as_i64().unwrap_or(0)), (Some(status), code), "{answer}");
        assert_eq!(answer.get("rateLimits"), None);
        let text = answer["error"]["msg"].as_str().unwrap_or_default();
        let is_cause_named = text.contains("it was used already. Send a new timestamp or a client order id.");
        assert_eq!(is_cause_named, request["id"] == 5, "{answer}");
    }
    for garbage in ["", "[", "{}", "[1]", r#"{"id":{},"method":"ping"}"#, r#"{"id":1}"#] {
        socket.send(Message::text(garbage));
        let answer = socket.wait(garbage, |value| value["id"].is_null());
        assert_eq!(answer["error"]["code"], -1130, "{garbage}: {answer}");
    }
    assert_eq!(socket.ask(&json!({"id": "p", "method": "ping"}))["result"], json!({}));
    server.run(async {}).unwrap();
}

#[test]
fn who_logged_on_need_not_sign_until_the_key_is_revoked() {
    let server = server();
    let mut socket = Socket::open(server.address, "/ws-fapi/v1");
    let on = socket.ask(&json!({"id": 1, "method": "session.logon", "params": signed("alice", json!({}))}));
    assert_eq!(on["result"]["apiKey"], "test-alice", "{on}");
    let placed = socket.ask(&json!({"id": 2, "method": "order.place", "params": limit("50000", "s")}));
    assert_eq!(placed["result"]["status"], "NEW", "{placed}");
    let key = socket.ask(&json!({"id": 3, "method": "userDataStream.start", "params": {}}));
    assert_eq!(key["result"]["listenKey"].as_str().map(str::len), Some(64), "{key}");
    let stale = json!({"symbol": "BTCUSDT", "origClientOrderId": "s", "timestamp": 1});
    assert_eq!(socket.ask(&json!({"id": 4, "method": "order.status", "params": stale}))["error"]["code"], -1021);
    let off = socket.ask(&json!({"id": 5, "method": "session.logout"}));
    assert_eq!(off["result"]["apiKey"], Value::Null);
    assert_eq!(socket.ask(&json!({"id": 6, "method": "order.place", "params": limit("50000", "t")}))["error"]["code"], -2014);
    socket.ask(&json!({"id": 7, "method": "session.logon", "params": signed("alice", json!({}))}));
    server.app.keys.revoke("test-alice").unwrap();
    assert_eq!(socket.ask(&json!({"id": 8, "method": "order.place", "params": limit("50000", "u")}))["error"]["code"], -2015);
    assert_eq!(socket.ask(&json!({"id": 9, "method": "session.status"}))["result"]["apiKey"], Value::Null);
    server.run(async {}).unwrap();
}

#[test]
fn a_cancel_never_overtakes_the_order_it_follows() {
    let server = server();
    let mut socket = Socket::open(server.address, "/ws-fapi/v1?returnRateLimits=false");
    for number in 0..150 {
        let name = format!("n{number}");
        let cancel = signed("alice", json!({"symbol": "BTCUSDT", "origClientOrderId": name}));
        socket.say(&json!({"id": 2 * number, "method": "order.place", "params": signed("alice", limit("50000", &name))}));
        socket.say(&json!({"id": 2 * number + 1, "method": "order.cancel", "params": cancel}));
    }
    for id in 0..300 {
        let answer = socket.wait("answer", |value| value["id"] == id);
        let expected = if id % 2 == 0 { "NEW" } else { "CANCELED" };
        assert_eq!(answer["result"]["status"], expected, "{answer}");
    }
    server.run(async {}).unwrap();
}

#[test]
fn requests_in_a_row_are_carried_out_in_their_order_and_all_answered() {
    let server = server();
    let mut socket = Socket::open(server.address, "/ws-fapi/v1");
    for number in 0..200 {
        let name = format!("n{number}");
        socket.say(&json!({"id": number, "method": "order.place", "params": signed("alice", limit("50000", &name))}));
    }
    let placed = |socket: &mut Socket, number: i32| {
        let answer = socket.wait("answer", |value| value["id"] == number);
        assert_eq!(answer["result"]["clientOrderId"], format!("n{number}"), "{answer}");
        answer["result"]["orderId"].as_u64().unwrap()
    };
    let numbers: Vec<u64> = (0..200).map(|number| placed(&mut socket, number)).collect();
    assert!(numbers.is_sorted(), "{numbers:?}");
    server.run(async {}).unwrap();
}
