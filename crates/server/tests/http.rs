//! Calls over real sockets.

mod http_support;

use http_support::{send, server, signed};

#[test]
fn an_order_is_placed_asked_for_and_cancelled_over_http() {
    let server = server();
    let at = server.address;
    let order = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.010&price=62000.0&newClientOrderId=first";
    let placed = signed(at, "alice", ("POST", "/fapi/v1/order"), order);
    assert_eq!(placed.status, 200, "{placed:?}");
    assert!(placed.headers.contains("x-ringfence-index: "), "{}", placed.headers);
    assert_eq!(placed.json["status"], "NEW");
    assert_eq!((&placed.json["price"], &placed.json["origQty"]), (&"62000.0".into(), &"0.010".into()));
    // Not the same request: in the same millisecond that would be a repetition.
    let again = signed(at, "alice", ("POST", "/fapi/v1/order"), &format!("{order}&recvWindow=4000"));
    assert_eq!((again.status, &again.json["code"]), (400, &(-4116).into()));
    let found = signed(at, "alice", ("GET", "/fapi/v1/order"), "symbol=BTCUSDT&origClientOrderId=first");
    assert_eq!(found.json["orderId"], placed.json["orderId"]);
    let others = signed(at, "bob", ("GET", "/fapi/v1/order"), &format!("symbol=BTCUSDT&orderId={}", placed.json["orderId"]));
    assert_eq!((others.status, &others.json["code"]), (400, &(-2013).into()));
    let gone = signed(at, "alice", ("DELETE", "/fapi/v1/order"), "symbol=BTCUSDT&origClientOrderId=first");
    assert_eq!(gone.json["status"], "CANCELED", "{gone:?}");
    let filled = signed(at, "alice", ("POST", "/fapi/v1/order"), "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.010");
    assert_eq!((&filled.json["status"], &filled.json["executedQty"]), (&"FILLED".into(), &"0.010".into()), "{filled:?}");
    let conditional = "symbol=BTCUSDT&side=SELL&type=STOP_MARKET&quantity=0.010&triggerPrice=50000&algoType=CONDITIONAL";
    let waiting = signed(at, "alice", ("POST", "/fapi/v1/algoOrder"), conditional);
    assert_eq!((&waiting.json["algoStatus"], &waiting.json["triggerPrice"]), (&"NEW".into(), &"50000.0".into()), "{waiting:?}");
    let all = signed(at, "alice", ("DELETE", "/fapi/v1/algoOpenOrders"), "symbol=BTCUSDT");
    assert_eq!(all.json["code"], 200, "{all:?}");
    let none = send(at, "GET", "/fapi/v1/nothing", None);
    assert_eq!((none.status, &none.json["code"]), (404, &(-5000).into()));
    server.run(async {}).unwrap();
}

#[test]
fn a_page_of_orders_is_full_whatever_lies_between_them() {
    let server = server();
    let at = server.address;
    let place = |path: &str, query: &str| assert_eq!(signed(at, "alice", ("POST", path), query).status, 200, "{path}?{query}");
    for price in ["60001.0", "60002.0"] {
        place("/fapi/v1/order", &format!("symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.010&price={price}"));
    }
    for price in ["50001.0", "50002.0", "50003.0"] {
        place("/fapi/v1/algoOrder", &format!("symbol=BTCUSDT&side=SELL&type=STOP_MARKET&quantity=0.010&triggerPrice={price}"));
    }
    place("/dapi/v1/order", "symbol=BTCUSD_PERP&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=60003.0");
    let prices = |path: &str, field: &str| {
        let rows = signed(at, "alice", ("GET", path), "limit=2").json;
        rows.as_array().unwrap().iter().map(|row| row[field].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(prices("/fapi/v1/allOrders", "price"), ["60001.0", "60002.0"]);
    assert_eq!(prices("/dapi/v1/allOrders", "price"), ["60003.0"]);
    assert_eq!(prices("/fapi/v1/allAlgoOrders", "triggerPrice"), ["50002.0", "50003.0"]);
    server.run(async {}).unwrap();
}

/// A tried order changes nothing, also where it would meet the book: the answer is the order as it would be accepted.
#[test]
fn a_tried_order_leaves_everything_as_it_was() {
    let server = server();
    let at = server.address;
    let before = send(at, "GET", "/fapi/v1/depth?symbol=BTCUSDT", None).json;
    for (path, query) in [
        ("/fapi/v1/order/test", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.010"),
        ("/fapi/v1/order/test", "symbol=BTCUSDT&side=SELL&type=MARKET&quantity=0.010&newClientOrderId=tried"),
        ("/fapi/v1/order/test", "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.010&price=66000.0"),
        ("/fapi/v1/order/test", "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=IOC&quantity=0.010&price=66000.0"),
        ("/fapi/v1/order/test", "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.010&price=62000.0"),
        ("/dapi/v1/order/test", "symbol=BTCUSD_PERP&side=BUY&type=MARKET&quantity=1"),
    ] {
        let tried = signed(at, "alice", ("POST", path), query);
        assert_eq!((tried.status, &tried.json["status"]), (200, &"NEW".into()), "{path}?{query}: {tried:?}");
        assert_eq!(tried.json["executedQty"].as_str().unwrap().trim_matches(['0', '.']), "", "{tried:?}");
    }
    let refused = signed(at, "alice", ("POST", "/fapi/v1/order/test"), "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=900");
    assert_eq!(refused.status, 400, "{refused:?}");
    for path in ["/fapi/v1/allOrders", "/fapi/v1/userTrades"] {
        assert_eq!(signed(at, "alice", ("GET", path), "symbol=BTCUSDT").json, serde_json::json!([]), "{path}");
    }
    let after = send(at, "GET", "/fapi/v1/depth?symbol=BTCUSDT", None).json;
    assert_eq!((&before["bids"], &before["asks"]), (&after["bids"], &after["asks"]));
    server.run(async {}).unwrap();
}
