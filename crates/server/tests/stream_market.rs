//! What market streams tell.
#![expect(clippy::unwrap_used, reason = "what a test relies on fails the test")]

mod http_support;
mod stream_support;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use http_support::{server, signed};
use ringfence_engine::ids::MarketId;
use ringfence_risk::filters::OrderSide;
use ringfence_server::server::Server;
use serde_json::{Value, json};
use stream_support::Socket;

static ORDERS: AtomicU32 = AtomicU32::new(0);

fn trade(at: SocketAddr, side: &str) {
    // Without a name of its own, the same order in the same millisecond would be a repetition.
    let name = ORDERS.fetch_add(1, Ordering::Relaxed);
    let order = format!("symbol=BTCUSDT&side={side}&type=MARKET&quantity=0.010&newClientOrderId=n{name}");
    let answer = signed(at, "alice", ("POST", "/fapi/v1/order"), &order);
    assert_eq!(answer.status, 200, "{answer:?}");
}

/// Whether a value has the fields of an example, each of the same type; decimals are strings that read as numbers.
fn same_shape(path: &str, value: &Value, example: &Value) {
    match (value, example) {
        (Value::Object(value), Value::Object(example)) => {
            let (mut got, mut expected): (Vec<&String>, Vec<&String>) = (value.keys().collect(), example.keys().collect());
            got.sort();
            expected.sort();
            assert_eq!(got, expected, "{path}");
            for (name, part) in value {
                same_shape(&format!("{path}.{name}"), part, &example[name]);
            }
        }
        (Value::Array(value), Value::Array(example)) => {
            for part in value {
                same_shape(&format!("{path}[]"), part, &example[0]);
            }
        }
        (Value::String(value), Value::String(example)) => {
            let is_number = |text: &str| text.parse::<f64>().is_ok();
            assert_eq!(is_number(value), is_number(example), "{path}: {value}");
        }
        (Value::Number(_), Value::Number(_)) | (Value::Bool(_), Value::Bool(_)) | (Value::Null, Value::Null) => {}
        (value, example) => panic!("{path}: {value} is not like {example}"),
    }
}

fn candle() -> Value {
    json!({"t": 1, "T": 2, "s": "BTCUSDT", "i": "1m", "f": 1, "L": 2, "o": "1", "c": "1", "h": "1", "l": "1",
        "v": "1", "n": 1, "x": false, "q": "1", "V": "1", "Q": "1", "B": "0"})
}

#[test]
fn every_stream_has_the_fields_and_types_of_binance() {
    let server = server();
    let at = server.address;
    trade(at, "BUY");
    let mut pair_candle = candle();
    pair_candle.as_object_mut().unwrap().remove("s");
    let mini =
        json!({"e": "x", "E": 1, "s": "x", "ps": "x", "c": "1", "o": "1", "h": "1", "l": "1", "v": "1", "q": "1", "st": 1});
    let full = json!({"e": "x", "E": 1, "s": "x", "ps": "x", "p": "1", "P": "1", "w": "1", "c": "1", "Q": "1", "o": "1", "h": "1",
        "l": "1", "v": "1", "q": "1", "O": 1, "C": 1, "F": 1, "L": 1, "n": 1, "st": 1});
    let mark = json!({"e": "x", "E": 1, "s": "x", "p": "1", "ap": "1", "P": "1", "i": "1", "r": "1", "T": 1, "st": 1});
    let touch = json!({"e": "x", "u": 1, "E": 1, "T": 1, "s": "x", "ps": "x", "b": "1", "B": "1", "a": "1", "A": "1", "st": 1});
    let book = json!({"e": "x", "E": 1, "T": 1, "s": "x", "ps": "x", "U": 1, "u": 1, "pu": 1, "b": [["1", "1"]], "a": [["1", "1"]], "st": 1});
    let rows = [
        (
            "btcusdt@aggTrade",
            json!({"e": "x", "E": 1, "s": "x", "a": 1, "p": "1", "q": "1", "nq": "1", "f": 1, "l": 1, "T": 1, "m": false, "st": 1}),
        ),
        ("btcusdt@trade", json!({"e": "x", "E": 1, "T": 1, "s": "x", "t": 1, "p": "1", "q": "1", "X": "MARKET", "m": false})),
        ("btcusdt@markPrice", mark.clone()),
        ("btcusdt@markPrice@1s", mark),
        ("btcusdt@kline_1m", json!({"e": "x", "E": 1, "s": "x", "k": candle()})),
        ("btcusdt_perpetual@continuousKline_1h", json!({"e": "x", "E": 1, "ps": "x", "ct": "x", "k": pair_candle})),
        ("btcusdt@miniTicker", mini),
        ("btcusdt@ticker", full),
        ("btcusdt@bookTicker", touch),
        ("btcusdt@depth", book.clone()),
        ("btcusdt@depth@100ms", book.clone()),
        ("btcusdt@depth@500ms", book.clone()),
        ("btcusdt@depth5", book.clone()),
        ("btcusdt@depth10@100ms", book.clone()),
        ("btcusdt@depth20@500ms", book),
    ];
    for (stream, example) in rows {
        let mut socket = Socket::open(at, "/stream");
        socket.subscribe(&[stream]);
        trade(at, "SELL");
        let frame = socket.wait(stream, |value| value["stream"] == stream);
        same_shape(stream, &frame["data"], &example);
    }
    for stream in ["!markPrice@arr@1s", "!miniTicker@arr", "!ticker@arr"] {
        let mut socket = Socket::open(at, &format!("/ws/{stream}"));
        let frame = socket.wait(stream, Value::is_array);
        assert!(frame.as_array().unwrap().iter().any(|row| row["s"] == "BTCUSDT"), "{stream}: {frame}");
    }
    Socket::open(at, "/ws/!bookTicker").wait("touch", |value| value["s"] == "BTCUSDT");
    server.run(async {}).unwrap();
}

type Book = [BTreeMap<String, String>; 2];

/// The book and its number, as a snapshot of `GET /depth` has them.
fn snapshot(server: &Server) -> (Book, u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let look = |world: &ringfence_server::exchange::World| {
        let side = |side| {
            let levels = world.state().depth(MarketId(0), side, 10_000).unwrap();
            levels.into_iter().map(|(price, quantity)| (plain(&price.to_string()), plain(&quantity.to_string()))).collect()
        };
        ([side(OrderSide::Buy), side(OrderSide::Sell)], world.record().book_update_id(MarketId(0)))
    };
    runtime.block_on(server.exchange().read(look)).unwrap()
}

/// A decimal without zeros at its end.
fn plain(text: &str) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text.to_owned() }
}

fn apply(book: &mut Book, event: &Value) {
    for (side, name) in book.iter_mut().zip(["b", "a"]) {
        for level in event[name].as_array().unwrap() {
            let (price, quantity) = (plain(level[0].as_str().unwrap()), plain(level[1].as_str().unwrap()));
            if quantity == "0" {
                side.remove(&price)
            } else {
                side.insert(price, quantity)
            };
        }
    }
}

/// Follows a stream the way ccxt does: subscribe, take a snapshot, drop what is older, require an unbroken chain.
fn follow(socket: &mut Socket, (mut book, last): (Book, u64), server: &Server) -> usize {
    let (mut told, mut chain, mut applied) = (last, None, 0);
    for _ in 0..400 {
        let event = socket.event("depthUpdate");
        let number = |name: &str| event[name].as_u64().unwrap();
        if let Some(before) = chain {
            assert_eq!(number("pu"), before, "the chain is broken: {event}");
        }
        chain = Some(number("u"));
        if number("u") < last {
            continue;
        }
        if applied == 0 {
            assert!(number("U") <= last && last <= number("u") || number("pu") == last, "{last} does not fit {event}");
        }
        apply(&mut book, &event);
        applied += 1;
        told = told.max(number("u"));
        let (now, update) = snapshot(server);
        if update == told {
            assert_eq!(book, now, "after {applied} events, at {update}");
            if applied > 8 {
                return applied;
            }
        }
    }
    panic!("the stream never caught up")
}

#[test]
fn a_snapshot_and_the_changes_after_it_are_the_book() {
    let server = server();
    let at = server.address;
    for speed in ["", "@100ms", "@250ms", "@500ms"] {
        let mut socket = Socket::open(at, "/ws");
        let mut other = Socket::open(at, "/ws/btcusdt@depth@100ms");
        socket.subscribe(&[&format!("btcusdt@depth{speed}")]);
        let start = snapshot(&server);
        let trader = std::thread::spawn(move || {
            for round in 0..40_u32 {
                trade(at, if round % 2 == 0 { "BUY" } else { "SELL" });
                let order = format!("symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.010&price={}", 50_000 + round);
                assert_eq!(signed(at, "bob", ("POST", "/fapi/v1/order"), &order).status, 200);
            }
            signed(at, "bob", ("DELETE", "/fapi/v1/allOpenOrders"), "symbol=BTCUSDT");
        });
        assert!(follow(&mut socket, start, &server) > 8, "{speed}");
        trader.join().unwrap();
        other.event("depthUpdate");
    }
    server.run(async {}).unwrap();
}

#[test]
fn a_candle_is_closed_once_and_the_clock_may_leap() {
    let server = server();
    let at = server.address;
    // No minute may begin by itself meanwhile.
    server.exchange().clock().freeze();
    trade(at, "BUY");
    let mut socket = Socket::open(at, "/ws/btcusdt@kline_1m");
    let open = socket.event("kline");
    assert_eq!(open["k"]["x"], false);
    server.exchange().clock().advance(180_000);
    let frames = socket.gather(Duration::from_millis(1_500));
    let closed: Vec<u64> =
        frames.iter().filter(|frame| frame["k"]["x"] == true).map(|frame| frame["k"]["t"].as_u64().unwrap()).collect();
    let first = open["k"]["t"].as_u64().unwrap();
    assert_eq!(closed, [first, first + 60_000, first + 120_000]);
    let last = frames.last().unwrap();
    assert_eq!((&last["k"]["x"], last["k"]["t"].as_u64()), (&json!(false), Some(first + 180_000)));
    server.run(async {}).unwrap();
}
