//! Previews and explanations: what they say is what then happens.

mod http_support;
mod local_support;

use http_support::server;
use local_support::{as_user, done, get, post, stand_still};
use serde_json::{Value, json};

const ORDER: (&str, &str) = ("POST", "/fapi/v1/order");

/// What the exchange says of an account now: the `before` of a preview that changes nothing.
fn now(at: std::net::SocketAddr) -> Value {
    let body = json!({"account": "alice", "symbol": "BTCUSDT", "dualSidePosition": "true"});
    done(at, "preview/position-mode", &body)["before"].clone()
}

#[test]
fn an_order_does_what_its_preview_said() {
    let server = server();
    let at = server.address;
    stand_still(at, "BTCUSDT", "60000");
    let body = json!({
        "account": "alice", "symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.1",
        "leverage": "10", "marginType": "ISOLATED",
    });
    let told = done(at, "preview/order", &body);
    assert_eq!((&told["accepted"], &told["order"]["fate"]), (&json!(true), &json!("filled")), "{told:#}");
    assert_eq!(told["before"]["positions"], json!([]));
    assert_eq!(now(at), told["before"], "nothing was changed");
    let setting = json!({"account": "alice", "symbol": "BTCUSDT", "leverage": "10"});
    assert_eq!(done(at, "preview/leverage", &setting)["after"]["leverage"], "10");
    assert_eq!((&now(at)["leverage"], &now(at)["margin_mode"]), (&json!("20"), &json!("cross")), "the market's own");
    let plain = json!({"account": "alice", "symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.1"});
    let told = done(at, "preview/order", &plain);
    let filled = as_user(at, "alice", ORDER, "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.1");
    assert_eq!((&filled.json["status"], &filled.json["executedQty"]), (&json!("FILLED"), &json!("0.100")), "{filled:?}");
    assert_eq!(now(at), told["after"], "{told:#}");
    server.run(async {}).unwrap();
}

#[test]
fn a_resting_order_shows_what_it_would_be_once_filled() {
    let server = server();
    let at = server.address;
    stand_still(at, "BTCUSDT", "60000");
    let body = json!({
        "account": "alice", "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.1",
        "price": "59000", "leverage": "10", "marginType": "ISOLATED",
    });
    let told = done(at, "preview/order", &body);
    assert_eq!(told["order"]["fate"], "resting", "{told:#}");
    assert_eq!((&told["after"]["positions"], told["after"]["held"] != "0"), (&json!([]), true));
    let position = &told["if_filled"]["after"]["positions"][0];
    assert_eq!((&position["entry_price"], &position["opening_margin"]), (&json!("59000"), &json!("590")), "{told:#}");
    let (liquidation, bankruptcy) = (price(&position["liquidation_price"]), price(&position["bankruptcy_price"]));
    assert!(53_000.0 < bankruptcy && bankruptcy < liquidation && liquidation < 54_000.0, "{told:#}");
    assert_ne!(told["if_filled"]["fee"], "0");
    server.run(async {}).unwrap();
}

fn price(value: &Value) -> f64 {
    value.as_str().expect("as described").parse().expect("as described")
}

#[test]
fn refusals_say_why_with_the_code_of_the_real_call() {
    let server = server();
    let at = server.address;
    stand_still(at, "BTCUSDT", "60000");
    let order = json!({"account": "alice", "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "50", "price": "60000"});
    let told = done(at, "preview/order", &order);
    let real = as_user(at, "alice", ORDER, "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=50&price=60000");
    assert_eq!((&told["accepted"], &told["refused"]["code"]), (&json!(false), &real.json["code"]), "{told:#} {real:?}");
    let most = told["max_open"]["quantity"].as_str().unwrap();
    let of = |quantity: &str| {
        let order = json!({"account": "alice", "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": quantity, "price": "60000"});
        done(at, "preview/order", &order)["accepted"].clone()
    };
    let more = format!("{:.3}", most.parse::<f64>().unwrap() + 0.001);
    assert_eq!((of(most), of(&more)), (json!(true), json!(false)), "{}", told["max_open"]);
    assert_eq!(told["refused"]["msg"], real.json["msg"]);
    assert!(told["refused"]["number"].as_u64().unwrap() > 0);
    let leverage = done(at, "preview/leverage", &json!({"account": "alice", "symbol": "BTCUSDT", "leverage": "126"}));
    assert_eq!((&leverage["refused"]["code"], &leverage["refused"]["nearest_leverage"]), (&json!(-4028), &json!("125")));
    let margin = done(at, "preview/margin", &json!({"account": "alice", "symbol": "BTCUSDT", "amount": "5", "type": "1"}));
    assert_eq!(margin["accepted"], false, "there is no position");
    for (path, body) in [
        ("preview/order", json!({"account": "alice", "symbol": "BTCUSDT", "side": "BUY", "type": "MARKET"})),
        ("preview/order", json!({"account": "alice", "symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "x"})),
        ("preview/order", json!({"account": "zoe", "symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "1"})),
        ("preview/leverage", json!({"account": "alice", "symbol": "BTCUSDT"})),
        ("preview/margin", json!({"account": "alice", "symbol": "BTCUSDT", "amount": "5", "type": "3"})),
        ("preview/margin-mode", json!({"account": "alice", "symbol": "BTCUSDT", "marginType": "BOTH"})),
        ("preview/leverages", json!({"account": "alice", "symbol": "BTCUSDT", "leverages": ["1", "two"]})),
    ] {
        assert_eq!(post(at, path, &body).status, 400, "{path} {body}");
    }
    server.run(async {}).unwrap();
}

#[test]
fn a_slider_gets_a_row_per_bracket_and_the_order_after_each() {
    let server = server();
    let at = server.address;
    stand_still(at, "BTCUSDT", "60000");
    let edges = done(at, "preview/leverages", &json!({"account": "alice", "symbol": "BTCUSDT"}));
    let rows = edges["leverages"].as_array().unwrap();
    assert!(rows.len() > 3, "{edges:#}");
    assert_eq!((&rows[0]["leverage"], &rows.last().unwrap()["leverage"]), (&json!("1"), &json!("125")));
    let order = json!({
        "account": "alice", "symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.1", "leverages": ["5", "10", "126"],
    });
    let told = done(at, "preview/leverages", &order);
    let margins: Vec<&Value> =
        told["leverages"].as_array().unwrap().iter().map(|row| &row["after"]["positions"][0]["initial_margin"]).collect();
    assert_eq!((margins[0], margins[1]), (&json!("1200"), &json!("600")), "{told:#}");
    assert_eq!(told["leverages"][2]["accepted"], false);
    server.run(async {}).unwrap();
}

#[test]
fn an_explanation_tells_the_position_then_the_liquidation() {
    let server = server();
    let at = server.address;
    stand_still(at, "BTCUSDT", "60000");
    let explain = || get(at, "explain?account=alice&symbol=BTCUSDT");
    assert_eq!(explain()["title"], "nothing to explain");
    let bought = as_user(at, "alice", ORDER, "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=3");
    assert_eq!(bought.status, 200, "{bought:?}");
    let told = explain();
    assert!(told["title"].as_str().unwrap().starts_with("position in BTCUSDT"), "{told:#}");
    assert!(told["steps"].as_array().unwrap().len() >= 4 && told["steps"][0]["inputs"].is_array(), "{told:#}");
    done(at, "mark", &json!({"symbol": "BTCUSDT", "change": "-0.1"}));
    let told = explain();
    assert!(told["title"].as_str().unwrap().starts_with("liquidation of the long in BTCUSDT"), "{told:#}");
    assert_eq!(told["text"].as_array().unwrap().len(), 4, "{told:#}");
    assert_eq!(told["steps"][0]["result"], "yes");
    assert_eq!(get(at, "explain?account=bob")["title"], "nothing to explain");
    assert_eq!(get(at, "audit")["ok"], true);
    server.run(async {}).unwrap();
}
