//! What the client of a stream socket may say, and what ends its connection.
#![expect(clippy::unwrap_used, reason = "what a test relies on fails the test")]

mod http_support;
mod stream_support;

use std::time::{Duration, Instant};

use http_support::{send, server, signed};
use ringfence_server::stream::StreamSettings;
use serde_json::{Value, json};
use stream_support::{PATIENCE, Socket};
use tokio_tungstenite::tungstenite::Message;

#[test]
fn control_messages_are_answered_as_binance_does() {
    let server = server();
    let mut socket = Socket::open(server.address, "/ws");
    let missing = "Invalid request: missing field `method`";
    let rows = [
        (
            json!({"method": "SUBSCRIBE", "params": ["btcusdt@aggTrade", "BTCUSDT@depth@100ms"], "id": 1}),
            json!({"result": null, "id": 1}),
        ),
        (json!({"method": "UNSUBSCRIBE", "params": ["btcusdt@aggTrade"], "id": "a1f"}), json!({"result": null, "id": "a1f"})),
        (json!({"method": "LIST_SUBSCRIPTIONS", "id": 3}), json!({"result": ["btcusdt@depth@100ms"], "id": 3})),
        (json!({"method": "GET_PROPERTY", "params": ["combined"], "id": 4}), json!({"result": false, "id": 4})),
        (json!({"method": "SET_PROPERTY", "params": ["combined", true], "id": 5}), json!({"result": null, "id": 5})),
        (json!({"method": "GET_PROPERTY", "params": ["combined"], "id": 6}), json!({"result": true, "id": 6})),
        (json!({"id": 7}), json!({"error": {"code": 2, "msg": missing}, "id": 7})),
        (
            json!({"method": "SET_PROPERTY", "params": ["combined", 1], "id": 8}),
            json!({"error": {"code": 1, "msg": "Invalid value type: expected Boolean"}, "id": 8}),
        ),
        (
            json!({"method": "GET_PROPERTY", "params": ["x"], "id": 9}),
            json!({"error": {"code": 0, "msg": "Unknown property"}, "id": 9}),
        ),
        (
            json!({"method": "SUBSCRIBE", "params": ["btcusdt@nothing"], "id": 10}),
            json!({"error": {"code": 2, "msg": "Invalid request: there is no stream `btcusdt@nothing`"}, "id": 10}),
        ),
        (
            json!({"method": "SUBSCRIBE", "params": "x", "id": 11}),
            json!({"error": {"code": 2, "msg": "Invalid request: field `params` must be a list"}, "id": 11}),
        ),
    ];
    for (message, answer) in rows {
        assert_eq!(socket.ask(&message), answer, "{message}");
    }
    let odd = socket.ask(&json!({"method": "WHAT", "id": 12}));
    assert!(odd["error"]["msg"].as_str().unwrap().starts_with("Invalid request: unknown variant `WHAT`"), "{odd}");
    socket.send(Message::text("{not json"));
    let garbage = socket.wait("error", |value| value.get("error").is_some());
    assert_eq!(garbage["error"]["code"], 3);
    socket.say(&json!({"method": "LIST_SUBSCRIPTIONS", "id": {"a": 1}}));
    assert_eq!(socket.wait("error", |value| value.get("error").is_some())["error"]["code"], 2);
    server.run(async {}).unwrap();
}

#[test]
fn addresses_say_what_is_followed_and_in_which_form() {
    let server = server();
    let at = server.address;
    for (path, listed) in [
        ("/ws", json!([])),
        ("/ws/0", json!([])),
        ("/public/ws/3", json!([])),
        ("/ws/btcusdt@trade/ethusdt@kline_1m", json!(["btcusdt@trade", "ethusdt@kline_1m"])),
        ("/market/ws/btcusdt_perpetual@continuousKline_1M", json!(["btcusdt_perpetual@continuousKline_1M"])),
        ("/stream?streams=btcusdt@depth5@100ms/!ticker@arr", json!(["btcusdt@depth5@100ms", "!ticker@arr"])),
        ("/public/stream?streams=btcusd_perp%40markPrice%401s", json!(["btcusd_perp@markPrice@1s"])),
        ("/private/stream", json!([])),
    ] {
        let mut socket = Socket::open(at, path);
        let answer = socket.ask(&json!({"method": "LIST_SUBSCRIPTIONS", "id": 1}));
        assert_eq!(answer["result"], listed, "{path}");
        let form = socket.ask(&json!({"method": "GET_PROPERTY", "params": ["combined"], "id": 2}));
        assert_eq!(form["result"], path.contains("stream"), "{path}");
    }
    let mut named = Socket::open(at, "/stream?streams=btcusdt@markPrice@1s");
    let frame = named.wait("frame", |value| value["stream"] == "btcusdt@markPrice@1s");
    assert_eq!(frame["data"]["e"], "markPriceUpdate");
    assert_eq!(Socket::open(at, "/ws?listenKey=nobody").end(), 1008);
    for path in ["/ws/nope@foo", "/ws/btcusdt@trade/btcusdt@foo", "/public/ws/!nothing", "/stream?streams=nope@x"] {
        assert_eq!(Socket::refused(at, path), 400, "{path}");
    }
    assert_eq!(send(at, "GET", "/ws", None).status, 404, "without an upgrade there is nothing");
    server.run(async {}).unwrap();
}

#[test]
fn what_is_too_large_too_much_or_no_text_ends_the_connection() {
    let server = server();
    let at = server.address;
    let ends = |message: Message| {
        let mut socket = Socket::open(at, "/ws");
        socket.send(message);
        socket.end()
    };
    assert_eq!(ends(Message::text("x".repeat(64 * 1024 + 1))), 1009);
    assert_eq!(ends(Message::binary(vec![1, 2, 3])), 1003);
    let mut busy = Socket::open(at, "/ws");
    for id in 0..70 {
        busy.say(&json!({"method": "LIST_SUBSCRIPTIONS", "id": id}));
    }
    assert_eq!(busy.end(), 1008);
    let mut greedy = Socket::open(at, "/ws");
    let symbols: Vec<String> = server.app.catalog.symbols().iter().map(|symbol| symbol.symbol.to_lowercase()).collect();
    let all: Vec<String> = ringfence_server::record::Interval::ALL
        .iter()
        .flat_map(|interval| symbols.iter().map(move |symbol| format!("{symbol}@kline_{}", interval.name())))
        .collect();
    server.app.hub.configure(StreamSettings { streams: 3, ..StreamSettings::DEFAULT });
    let mut few = Socket::open(at, "/ws");
    let refused = few.ask(&json!({"method": "SUBSCRIBE", "params": all[..4], "id": 1}));
    assert_eq!(refused["error"]["msg"], "Invalid request: a connection may follow 3 streams, not more");
    assert_eq!(few.ask(&json!({"method": "SUBSCRIBE", "params": all[..3], "id": 2}))["result"], Value::Null);
    assert_eq!(greedy.ask(&json!({"method": "SUBSCRIBE", "params": all[..4], "id": 3}))["result"], Value::Null);
    server.run(async {}).unwrap();
}

#[test]
fn the_server_pings_and_closes_who_is_silent_and_everybody_when_it_stops() {
    let server = server();
    let settings =
        StreamSettings { ping_every: Duration::from_millis(200), silence: Duration::from_millis(700), ..StreamSettings::DEFAULT };
    server.app.hub.configure(settings);
    let mut alive = Socket::open(server.address, "/ws");
    // A client that reads answers pings by itself.
    alive.gather(Duration::from_millis(1_500));
    let mut silent = Socket::open(server.address, "/ws");
    std::thread::sleep(Duration::from_millis(1_000));
    assert_eq!(silent.end(), 1008);
    server.app.hub.configure(StreamSettings::DEFAULT);
    let mut last = Socket::open(server.address, "/ws");
    last.send(Message::Ping(bytes::Bytes::from_static(b"hello")));
    let (at, waiter) = (Instant::now(), std::thread::spawn(move || last.end()));
    server.run(async {}).unwrap();
    assert_eq!(waiter.join().unwrap(), 1001);
    assert!(at.elapsed() < PATIENCE);
}

#[test]
fn who_does_not_read_is_cut_and_the_others_go_on() {
    let server = server();
    let at = server.address;
    // A write that stands still ends the connection only after the test: the backlog must.
    let settings = StreamSettings {
        backlog_bytes: 20_000,
        controls_at_once: 100_000,
        write_time: Duration::from_secs(60),
        ..StreamSettings::DEFAULT
    };
    server.app.hub.configure(settings);
    let mut slow = Socket::open(at, "/ws/btcusdt@depth20@100ms/btcusdt@depth10@100ms/btcusdt@depth5@100ms/btcusdt@depth@100ms");
    let mut good = Socket::open(at, "/ws/btcusdt@bookTicker/btcusdt@depth20@100ms");
    // Answers fill the system's buffers until nothing can be written; what streams send after that waits, until it is too much.
    let filler = "y".repeat(4_000);
    let taken =
        (0..20_000).find(|number| !slow.try_say(&json!({"method": "LIST_SUBSCRIPTIONS", "id": format!("{number}{filler}")})));
    assert!(taken.is_some(), "the connection takes whatever is said");
    for round in 0..60 {
        let side = if round % 2 == 0 { "BUY" } else { "SELL" };
        let order = format!("symbol=BTCUSDT&side={side}&type=MARKET&quantity=0.001&newClientOrderId=n{round}");
        let answer = signed(at, "alice", ("POST", "/fapi/v1/order"), &order);
        assert_eq!(answer.status, 200, "{answer:?}");
        good.gather(Duration::from_millis(10));
    }
    assert_eq!(slow.end(), 0, "cut without a word, for nothing can be written to it");
    signed(at, "alice", ("POST", "/fapi/v1/order"), "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.001");
    good.event("depthUpdate");
    server.run(async {}).unwrap();
}
