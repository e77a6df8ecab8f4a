//! Marks set by hand, and whom those meet who have to leave at them.

mod http_support;
mod local_support;

use std::net::SocketAddr;

use http_support::server;
use local_support::{as_user, done, get, post, stand_still};
use serde_json::{Value, json};

const ORDER: (&str, &str) = ("POST", "/fapi/v1/order");
const STOP: (&str, &str) = ("POST", "/fapi/v1/algoOrder");

fn number(value: &Value) -> f64 {
    value.as_str().expect("a number").parse().expect("a number")
}

/// A position of `alice` at 20×, opened at 60000.
fn opened(at: SocketAddr, side: &str) {
    stand_still(at, "BTCUSDT", "60000");
    for (path, query) in [("marginType", "marginType=ISOLATED"), ("leverage", "leverage=20")] {
        let set = as_user(at, "alice", ("POST", &format!("/fapi/v1/{path}")), &format!("symbol=BTCUSDT&{query}"));
        assert_eq!(set.status, 200, "{set:?}");
    }
    let filled = as_user(at, "alice", ORDER, &format!("symbol=BTCUSDT&side={side}&type=MARKET&quantity=0.1"));
    assert_eq!(filled.json["status"], "FILLED", "{filled:?}");
}

fn best(at: SocketAddr) -> (f64, f64) {
    let told = local_support::request(at, ("GET", "/fapi/v1/ticker/bookTicker?symbol=BTCUSDT"), &[], "");
    (number(&told.json["bidPrice"]), number(&told.json["askPrice"]))
}

#[test]
fn a_stop_that_a_mark_triggers_is_filled_where_the_mark_is() {
    for (opening, closing, trigger, mark) in
        [("BUY", "SELL", "59000", "58800"), ("SELL", "BUY", "61000", "61200"), ("BUY", "SELL", "59000", "58500")]
    {
        let server = server();
        let at = server.address;
        opened(at, opening);
        let stop = format!(
            "symbol=BTCUSDT&side={closing}&type=STOP_MARKET&closePosition=true&workingType=MARK_PRICE&triggerPrice={trigger}"
        );
        assert_eq!(as_user(at, "alice", STOP, &stop).status, 200);
        done(at, "mark", &json!({"symbol": "BTCUSDT", "price": mark}));
        let orders = as_user(at, "alice", ("GET", "/fapi/v1/allOrders"), "symbol=BTCUSDT").json;
        let closed = orders.as_array().and_then(|orders| orders.last()).expect("an order");
        let (paid, mark) = (number(&closed["avgPrice"]), mark.parse::<f64>().expect("a number"));
        assert_eq!((&closed["status"], &closed["executedQty"]), (&json!("FILLED"), &json!("0.100")), "{closed:#}");
        assert!((paid / mark - 1.0).abs() < 0.002, "{paid} at {mark}");
        server.run(async {}).unwrap();
    }
}

#[test]
fn a_liquidation_by_a_mark_finds_the_book() {
    for (opening, price) in [("BUY", "57200"), ("SELL", "62800"), ("BUY", "57120"), ("SELL", "62850")] {
        let server = server();
        let at = server.address;
        opened(at, opening);
        done(at, "mark", &json!({"symbol": "BTCUSDT", "price": price}));
        let forced = as_user(at, "alice", ("GET", "/fapi/v1/forceOrders"), "symbol=BTCUSDT").json;
        let (paid, mark) = (number(&forced[0]["avgPrice"]), price.parse::<f64>().expect("a number"));
        assert_eq!((&forced[0]["status"], &forced[0]["executedQty"]), (&json!("FILLED"), &json!("0.100")), "{forced:#}");
        assert!((paid / mark - 1.0).abs() < 0.002, "{paid} at {mark}, not at the price of a takeover");
        assert_eq!(get(at, "audit")["ok"], true);
        server.run(async {}).unwrap();
    }
}

#[test]
fn the_maker_stands_around_the_mark_afterwards_whatever_became_of_it() {
    let server = server();
    let at = server.address;
    stand_still(at, "BTCUSDT", "60000");
    for mark in ["60100", "57000", "40000", "90000", "60000"] {
        done(at, "mark", &json!({"symbol": "BTCUSDT", "price": mark}));
        let ((bid, ask), mark) = (best(at), mark.parse::<f64>().expect("a number"));
        assert!(bid < mark && mark < ask && (ask - bid) / mark < 0.002, "{bid} {ask} around {mark}");
    }
    let before = best(at);
    for refused in [json!({"symbol": "BTCUSDT", "price": "60000.1234567891"}), json!({"symbol": "BTCUSDT", "change": "-1"})] {
        assert_eq!(post(at, "mark", &refused).status, 400, "{refused}");
        assert_eq!(best(at), before, "{refused}");
    }
    done(at, "maker", &json!({"symbol": "BTCUSDT", "on": "false"}));
    std::thread::sleep(std::time::Duration::from_millis(700));
    done(at, "mark", &json!({"symbol": "BTCUSDT", "price": "59000"}));
    let book = local_support::request(at, ("GET", "/fapi/v1/depth?symbol=BTCUSDT"), &[], "").json;
    assert_eq!((&book["bids"], &book["asks"]), (&json!([]), &json!([])));
    server.run(async {}).unwrap();
}

#[test]
fn a_stop_that_a_crash_sets_off_is_filled_where_the_mark_is_by_then() {
    let server = server();
    let at = server.address;
    opened(at, "BUY");
    let stop = "symbol=BTCUSDT&side=SELL&type=STOP_MARKET&closePosition=true&workingType=MARK_PRICE&triggerPrice=58900";
    assert_eq!(as_user(at, "alice", STOP, stop).status, 200);
    // Marks at 59400, 58800, 58200 and 57600.
    done(at, "crash", &json!({"symbol": "BTCUSDT", "change": "-0.04", "seconds": "1"}));
    std::thread::sleep(std::time::Duration::from_millis(1_500));
    let orders = as_user(at, "alice", ("GET", "/fapi/v1/allOrders"), "symbol=BTCUSDT").json;
    let closed = orders.as_array().and_then(|orders| orders.last()).expect("an order");
    let paid = number(&closed["avgPrice"]);
    assert_eq!((&closed["status"], &closed["executedQty"]), (&json!("FILLED"), &json!("0.100")), "{closed:#}");
    assert!((paid / 58_800.0 - 1.0).abs() < 0.002, "{paid}");
    server.run(async {}).unwrap();
}
