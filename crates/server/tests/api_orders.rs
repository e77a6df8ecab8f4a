//! Orders and conditional orders through the table of calls.

mod api_support;

use api_support::Desk;
use http::Method;
use serde_json::{Value, json};

const STOP: &str = "side=SELL&type=STOP_MARKET";

/// A stop of `alice` in each of three markets, each its market's first order, all under one name.
fn three_stops(desk: &Desk) -> [Value; 3] {
    let rows =
        [("/fapi", "BTCUSDT", "0.010", "50000"), ("/fapi", "ETHUSDT", "0.100", "2000"), ("/dapi", "BTCUSD_PERP", "1", "50000")];
    rows.map(|(api, symbol, quantity, trigger)| {
        let query = format!("symbol={symbol}&{STOP}&quantity={quantity}&triggerPrice={trigger}&clientAlgoId={symbol}");
        desk.post(&format!("{api}/v1/algoOrder"), &query)
    })
}

#[test]
fn the_number_of_a_conditional_order_names_one_order_of_one_interface() {
    let desk = Desk::new();
    let stops = three_stops(&desk);
    let [btc, eth, coin] = &stops;
    assert!(btc["algoId"] != eth["algoId"] && eth["algoId"] != coin["algoId"] && btc["algoId"] != coin["algoId"], "{stops:?}");
    for stop in &stops {
        let (own, other) = if stop == coin { ("/dapi", "/fapi") } else { ("/fapi", "/dapi") };
        for query in [format!("algoId={}", stop["algoId"]), format!("clientAlgoId={}", stop["symbol"].as_str().unwrap())] {
            assert_eq!(desk.get(&format!("{own}/v1/algoOrder"), &query)["symbol"], stop["symbol"]);
            assert_eq!(desk.refused(&Method::GET, &format!("{other}/v1/algoOrder"), &query), -2013, "{query}");
            assert_eq!(desk.refused(&Method::DELETE, &format!("{other}/v1/algoOrder"), &query), -2011, "{query}");
        }
        let open = desk.get(&format!("{own}/v1/openAlgoOrders"), &format!("algoId={}", stop["algoId"]));
        assert_eq!((open.as_array().unwrap().len(), &open[0]["symbol"]), (1, &stop["symbol"]));
    }
    let of_btc = format!("symbol=BTCUSDT&algoId={}", eth["algoId"]);
    assert_eq!(desk.refused(&Method::DELETE, "/fapi/v1/algoOrder", &of_btc), -2011);
    for number in ["0", "1", "65535", "4194304", "9007199254740993", "18446744073709551615"] {
        assert_eq!(desk.refused(&Method::GET, "/fapi/v1/algoOrder", &format!("algoId={number}")), -2013, "{number}");
    }
    let gone = desk.call("alice", &Method::DELETE, "/fapi/v1/algoOrder", &format!("algoId={}", eth["algoId"])).unwrap();
    assert_eq!((&gone["algoId"], &gone["clientAlgoId"]), (&eth["algoId"], &json!("ETHUSDT")));
    let left = desk.get("/fapi/v1/openAlgoOrders", "");
    assert_eq!((left.as_array().unwrap().len(), &left[0]["symbol"]), (1, &json!("BTCUSDT")));
    assert_eq!(desk.get("/fapi/v1/algoOrder", &format!("algoId={}", eth["algoId"]))["algoStatus"], "CANCELED");
}

#[test]
fn a_conditional_order_without_a_name_has_one_made_of_its_number() {
    let desk = Desk::new();
    let [btc, eth] = [("BTCUSDT", "0.010", "50000"), ("ETHUSDT", "0.100", "2000")].map(|(symbol, quantity, trigger)| {
        desk.post("/fapi/v1/algoOrder", &format!("symbol={symbol}&{STOP}&quantity={quantity}&triggerPrice={trigger}"))
    });
    assert_eq!(eth["clientAlgoId"], format!("rf-{}", eth["algoId"]));
    assert_ne!(btc["clientAlgoId"], eth["clientAlgoId"]);
    let query = format!("clientAlgoId={}", eth["clientAlgoId"].as_str().unwrap());
    assert_eq!(desk.get("/fapi/v1/algoOrder", &query)["symbol"], "ETHUSDT");
}

#[test]
fn a_name_that_one_market_has_is_taken_in_the_others_and_still_found_when_its_order_is_gone() {
    let desk = Desk::new();
    let order = |symbol: &str| format!("symbol={symbol}&{STOP}&quantity=0.100&triggerPrice=2000&clientAlgoId=same");
    let placed = desk.post("/fapi/v1/algoOrder", &order("ETHUSDT"));
    for gone in [false, true] {
        if gone {
            desk.call("alice", &Method::DELETE, "/fapi/v1/algoOrder", "clientAlgoId=same").unwrap();
        }
        assert_eq!(desk.refused(&Method::POST, "/fapi/v1/algoOrder", &order("BTCUSDT")), -4116, "gone: {gone}");
        assert_eq!(desk.get("/fapi/v1/algoOrder", "clientAlgoId=same")["algoId"], placed["algoId"], "gone: {gone}");
        let elsewhere = "symbol=BTCUSDT&clientAlgoId=same";
        assert_eq!(desk.refused(&Method::GET, "/fapi/v1/algoOrder", elsewhere), -2013, "gone: {gone}");
    }
    assert_eq!(desk.refused(&Method::DELETE, "/fapi/v1/algoOrder", "clientAlgoId=same"), -2011);
}

#[test]
fn conditional_orders_are_listed_page_by_page_and_from_a_number_on() {
    let desk = Desk::new();
    let mut numbers = Vec::new();
    for trigger in 50_000..50_005 {
        for (symbol, quantity, trigger) in [("BTCUSDT", "0.010", trigger), ("ETHUSDT", "0.100", trigger / 20)] {
            let query = format!("symbol={symbol}&{STOP}&quantity={quantity}&triggerPrice={trigger}");
            numbers.push(desk.post("/fapi/v1/algoOrder", &query)["algoId"].as_u64().unwrap());
        }
    }
    let listed = |query: &str| {
        let rows = desk.get("/fapi/v1/allAlgoOrders", query);
        rows.as_array().unwrap().iter().map(|row| row["algoId"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert!(numbers.is_sorted());
    for (page, from) in [(1, 0), (2, 4), (3, 8), (4, 10)] {
        let expected: Vec<u64> = numbers.iter().copied().skip(from).take(4).collect();
        assert_eq!(listed(&format!("limit=4&page={page}")), expected, "page {page}");
    }
    assert_eq!(listed("limit=4"), numbers[6..]);
    assert_eq!(listed(&format!("limit=3&algoId={}", numbers[3])), numbers[3..6]);
    let btc: Vec<u64> = numbers.iter().copied().step_by(2).collect();
    assert_eq!(listed(&format!("symbol=BTCUSDT&algoId={}", numbers[3])), btc[2..]);
    assert_eq!(desk.refused(&Method::GET, "/fapi/v1/allAlgoOrders", "page=0"), -1130);
}

#[test]
fn an_amendment_that_changes_nothing_has_the_code_of_its_interface() {
    let desk = Desk::new();
    for (api, symbol, quantity, expected) in [("/fapi", "BTCUSDT", "0.010", -5027), ("/dapi", "BTCUSD_PERP", "1", -4197)] {
        let path = format!("{api}/v1/order");
        let order = format!("symbol={symbol}&side=BUY&quantity={quantity}&price=58000");
        let placed = desk.post(&path, &format!("{order}&type=LIMIT&timeInForce=GTC"));
        assert_eq!(desk.refused(&Method::PUT, &path, &format!("{order}&orderId={}", placed["orderId"])), expected, "{api}");
    }
}

#[test]
fn a_callback_is_a_tenth_to_twenty_percent() {
    let desk = Desk::new();
    let order = |rate: &str| format!("symbol=BTCUSDT&side=SELL&type=TRAILING_STOP_MARKET&quantity=0.010&callbackRate={rate}");
    for rate in ["0.1", "1", "10", "10.1", "15", "20"] {
        let placed = desk.post("/fapi/v1/algoOrder", &order(rate));
        assert_eq!(placed["callbackRate"].as_str().unwrap().parse::<f64>().unwrap(), rate.parse::<f64>().unwrap());
    }
    for (rate, expected) in [("0.09", -1130), ("0", -1130), ("-1", -1130), ("20.1", -1130), ("2000", -1130), ("1.0000001", -1111)]
    {
        assert_eq!(desk.refused(&Method::POST, "/fapi/v1/algoOrder", &order(rate)), expected, "{rate}");
    }
}

#[test]
fn what_an_order_cannot_be_asked_for_is_refused() {
    let desk = Desk::new();
    let market = "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.010";
    let limit = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.010&price=58000";
    let stop = "symbol=BTCUSDT&side=SELL&type=STOP&quantity=0.010&triggerPrice=55000";
    let trailing = "symbol=BTCUSDT&type=TRAILING_STOP_MARKET&quantity=0.010&callbackRate=1";
    let rows = [
        ("order", format!("{market}&closePosition=true"), -1106),
        ("order", format!("{limit}&closePosition=true"), -1106),
        ("order", format!("{market}&priceMatch=QUEUE"), -5038),
        ("order", format!("{limit}&newClientOrderId="), -1118),
        ("order", limit.replace("58000", "429496729.6"), -4002),
        ("order", limit.replace("58000", "999999999"), -4002),
        ("order", limit.replace("0.010", "%2B1"), -1100),
        ("algoOrder", format!("{stop}&priceMatch=QUEUE"), -1130),
        ("algoOrder", format!("{stop}&price=54000&clientAlgoId="), -1118),
        ("algoOrder", format!("{stop}&price=429496729.6"), -4002),
        ("algoOrder", format!("{trailing}&side=SELL&activatePrice=59999"), -4135),
        ("algoOrder", format!("{trailing}&side=BUY&activatePrice=60001"), -4135),
    ];
    for (path, query, expected) in rows {
        assert_eq!(desk.refused(&Method::POST, &format!("/fapi/v1/{path}"), &query), expected, "{query}");
    }
    assert_eq!(desk.get("/fapi/v1/allOrders", ""), json!([]));
    assert_eq!(desk.get("/fapi/v1/allAlgoOrders", ""), json!([]));
    desk.post("/fapi/v1/order", &format!("{limit}&closePosition=false&priceMatch=NONE"));
    desk.post("/fapi/v1/algoOrder", &format!("{trailing}&side=SELL&activatePrice=60001"));
    desk.post("/fapi/v1/algoOrder", &format!("{trailing}&side=BUY&activatePrice=59999"));
}
