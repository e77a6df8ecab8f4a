//! What the page asks for: the desk, the liquidations, shares, targets, the comparison; and the page itself.

mod http_support;
mod local_support;

use std::net::SocketAddr;

use http_support::server;
use local_support::{as_user, done, get, post, request, stand_still};
use serde_json::{Value, json};

const ORDER: (&str, &str) = ("POST", "/fapi/v1/order");

fn isolated(at: std::net::SocketAddr, symbol: &str, leverage: &str) {
    let mode = as_user(at, "alice", ("POST", "/fapi/v1/marginType"), &format!("symbol={symbol}&marginType=ISOLATED"));
    let set = as_user(at, "alice", ("POST", "/fapi/v1/leverage"), &format!("symbol={symbol}&leverage={leverage}"));
    assert_eq!((mode.status, set.status), (200, 200), "{mode:?} {set:?}");
}

fn buys(at: std::net::SocketAddr, symbol: &str, quantity: &str) {
    let filled = as_user(at, "alice", ORDER, &format!("symbol={symbol}&side=BUY&type=MARKET&quantity={quantity}"));
    assert_eq!(filled.json["status"], "FILLED", "{filled:?}");
}

fn position(desk: &Value, symbol: &str) -> Value {
    let legs = desk["legs"].as_array().expect("as described");
    legs.iter().find(|leg| leg["symbol"] == symbol).expect("as described")["position"].clone()
}

#[test]
fn the_desk_says_what_the_previews_say() {
    let server = server();
    let at = server.address;
    stand_still(at, "BTCUSDT", "60000");
    isolated(at, "BTCUSDT", "20");
    buys(at, "BTCUSDT", "0.1");
    as_user(at, "alice", ORDER, "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=58000");
    let desk = get(at, "desk?account=alice");
    let body = json!({"account": "alice", "symbol": "BTCUSDT", "dualSidePosition": "true"});
    let standing = done(at, "preview/position-mode", &body)["before"].clone();
    let held = position(&desk, "BTCUSDT");
    for (name, value) in standing["positions"][0].as_object().expect("as described") {
        assert_eq!(&held[name], value, "{name}");
    }
    assert_eq!(held["liquidation_distance"].as_str().expect("a number").get(..5), Some("-0.04"), "{held:#}");
    assert_eq!((&held["adl"], &held["position_side"], &held["asset"]), (&json!(5), &json!("BOTH"), &json!("USDT")));
    let due = held["funding_due"].as_str().expect("a number").trim_start_matches('-').parse::<f64>().expect("a number");
    assert!(0.0 < due && due < 20.0, "{held:#}");
    let order = &desk["orders"][0];
    assert_eq!((&order["kind"], &order["price"], &order["waiting"]), (&json!("LIMIT"), &json!("58000"), &json!(false)));
    let stop = "symbol=BTCUSDT&side=SELL&type=STOP_MARKET&quantity=0.1&triggerPrice=50000";
    let stop = as_user(at, "alice", ("POST", "/fapi/v1/algoOrder"), stop).json;
    let waiting = &get(at, "desk?account=alice")["orders"][1];
    assert_eq!((&waiting["waiting"], &waiting["id"]), (&json!(true), &stop["algoId"]), "what cancels it: {stop}");
    assert_eq!(desk["balances"][0]["wallet"], standing["wallet"]);
    assert_eq!((&desk["hedge"], &desk["latest_liquidation"]), (&json!(false), &json!(0)));
    assert_eq!(post(at, "compare", &json!({"account": "zoe", "symbol": "BTCUSDT", "path": "[\"-0.1\"]"})).status, 400);
    server.run(async {}).unwrap();
}

#[test]
fn a_share_is_the_most_that_is_accepted() {
    let server = server();
    let at = server.address;
    stand_still(at, "BTCUSDT", "60000");
    let accepted = |quantity: &str, kind: &Value| {
        let mut order = kind.clone();
        order["quantity"] = json!(quantity);
        done(at, "preview/order", &order)["accepted"].clone()
    };
    let market = json!({"account": "alice", "symbol": "BTCUSDT", "side": "BUY", "type": "MARKET"});
    let limit =
        json!({"account": "alice", "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "price": "59000"});
    for round in 0..2 {
        for order in [&market, &limit] {
            let mut asked = order.clone();
            asked["percent"] = json!("100");
            let told = done(at, "preview/share", &asked);
            let most: f64 = told["max"].as_str().expect("a number").parse().expect("a number");
            assert_eq!(told["quantity"], told["max"]);
            assert_eq!(accepted(told["max"].as_str().expect("a number"), order), true, "round {round}: {told}");
            assert_eq!(accepted(&format!("{:.3}", most + 0.001), order), false, "round {round}: {told}");
            asked["percent"] = json!("50");
            let half: f64 = done(at, "preview/share", &asked)["quantity"].as_str().expect("a number").parse().expect("a number");
            assert!((half * 2.0 - most).abs() < 0.003, "{half} of {most}");
        }
        // On cross, with a position: the rules alone do not say.
        buys(at, "BTCUSDT", "0.1");
    }
    let closing = json!({"account": "alice", "symbol": "BTCUSDT", "side": "SELL", "type": "MARKET", "reduceOnly": "true", "percent": "100"});
    assert_eq!(done(at, "preview/share", &closing)["max"], "0.2");
    for percent in ["0", "101", "x"] {
        let mut wrong = market.clone();
        wrong["percent"] = json!(percent);
        assert_eq!(post(at, "preview/share", &wrong).status, 400, "{percent}");
    }
    server.run(async {}).unwrap();
}

#[test]
fn a_target_is_met_to_the_last_unit() {
    let server = server();
    let at = server.address;
    stand_still(at, "BTCUSDT", "60000");
    isolated(at, "BTCUSDT", "20");
    let asked = json!({"account": "alice", "symbol": "BTCUSDT", "liquidation": "56000"});
    assert_eq!(post(at, "preview/target", &asked).status, 400, "there is no position");
    buys(at, "BTCUSDT", "0.1");
    let told = done(at, "preview/target", &asked)["legs"][0].clone();
    assert_eq!((&told["side"], &told["type"]), (&json!("long"), &json!("1")), "{told:#}");
    let amount = told["amount"].as_str().expect("a number").to_owned();
    let add = json!({"account": "alice", "symbol": "BTCUSDT", "type": "1", "amount": amount});
    let after = done(at, "preview/margin", &add)["after"]["positions"][0].clone();
    let price: f64 = after["liquidation_price"].as_str().expect("a number").parse().expect("a number");
    assert!((55_999.9..56_000.0).contains(&price), "it lives at 56000 and not below: {price}");
    let order = json!({
        "account": "alice", "symbol": "BTCUSDT", "liquidation": "56000", "side": "BUY", "type": "MARKET", "quantity": "0.1",
    });
    let larger = done(at, "preview/target", &order)["legs"][0].clone();
    assert_ne!(larger["margin"], told["margin"], "after the order, of the larger position");
    done(at, "mark", &json!({"symbol": "ETHUSDT", "price": "3000"}));
    as_user(at, "alice", ORDER, "symbol=ETHUSDT&side=BUY&type=MARKET&quantity=1");
    let cross = done(at, "preview/target", &json!({"account": "alice", "symbol": "ETHUSDT", "liquidation": "2000"}));
    assert!(cross["legs"][0]["why"].is_string(), "{cross:#}");
    server.run(async {}).unwrap();
}

#[test]
fn isolated_and_cross_part_ways_along_a_path() {
    let server = server();
    let at = server.address;
    stand_still(at, "BTCUSDT", "60000");
    stand_still(at, "ETHUSDT", "3000");
    isolated(at, "BTCUSDT", "20");
    buys(at, "BTCUSDT", "0.5");
    buys(at, "ETHUSDT", "1");
    let before = get(at, "desk?account=alice");
    let told = done(at, "compare", &json!({"account": "alice", "symbol": "BTCUSDT", "path": "[\"-0.2\", \"0.05\"]"}));
    let [isolated, cross] = [0, 1].map(|at| told["runs"][at].clone());
    assert_eq!((&isolated["mode"], &cross["mode"]), (&json!("isolated"), &json!("cross")));
    assert_eq!(
        (&isolated["refused"], &cross["refused"]),
        (&json!([]), &json!([])),
        "both switch, though the market's rules know no such switch"
    );
    let lost = &isolated["positions"][0]["liquidated"];
    let posted = &isolated["positions"][0]["start"]["opening_margin"];
    assert_eq!(&lost["lost"], posted, "the box is empty and nothing else is gone: {isolated:#}");
    assert_eq!(isolated["positions"][1]["end"]["unrealised_pnl"], cross["positions"][1]["end"]["unrealised_pnl"]);
    assert_eq!(cross["positions"][0]["liquidated"], Value::Null, "the whole wallet stood behind it");
    assert_eq!(isolated["curve"].as_array().expect("as described").len(), 10);
    assert_eq!(isolated["curve"][9]["mark"], "63000");
    assert_eq!(get(at, "desk?account=alice")["legs"], before["legs"], "nothing was changed");
    // What came about on the copy is what comes about here.
    done(at, "mark", &json!({"symbol": "BTCUSDT", "price": lost["mark"]}));
    let stories = get(at, "liquidations?account=alice");
    assert_eq!((&stories[0]["posted"], &stories[0]["lost"]), (posted, &lost["lost"]), "{stories:#}");
    assert_eq!(get(at, "desk?account=alice")["latest_liquidation"], stories[0]["id"]);
    let crash = done(at, "compare", &json!({"account": "alice", "symbol": "ETHUSDT", "recorded": "2020-03", "markets": "ALL"}));
    assert!(crash["runs"][0]["curve"].as_array().expect("as described").len() > 100);
    same_runs_as_a_report(at);
    for body in [
        json!({"account": "alice", "symbol": "BTCUSDT"}),
        json!({"account": "alice", "symbol": "BTCUSDT", "path": "[]"}),
        json!({"account": "alice", "symbol": "BTCUSDT", "path": "[\"-1\"]"}),
        json!({"account": "alice", "symbol": "BTCUSDT", "path": "[\"x\"]"}),
        json!({"account": "alice", "symbol": "BTCUSDT", "path": "[\"-0.1\"]", "recorded": "2020-03"}),
    ] {
        assert_eq!(post(at, "compare", &body).status, 400, "{body}");
    }
    assert_eq!(get(at, "audit")["ok"], true);
    server.run(async {}).unwrap();
}

/// The report is of the runs that the other call tells, and its own policy lets a browser show it.
fn same_runs_as_a_report(at: SocketAddr) {
    let told = done(at, "compare", &json!({"account": "alice", "symbol": "BTCUSDT", "path": "[\"-0.2\",\"0.05\"]"}));
    let ask = |query: &str| request(at, ("GET", &format!("/local/v1/compare/report?{query}")), &[], "");
    let asked = "account=alice&symbol=BTCUSDT&path=%5B%22-0.2%22%2C%220.05%22%5D";
    let report = ask(asked);
    assert_eq!((report.status, report.headers.contains("content-type: text/html; charset=utf-8")), (200, true));
    for run in told["runs"].as_array().expect("as described") {
        let purse = |when: &str| {
            let purses = run[when].as_array().expect("as described");
            purses.iter().find(|one| one["asset"] == "USDT").expect("as described")["margin_balance"]
                .as_str()
                .expect("a text")
                .to_owned()
        };
        let row = report
            .body
            .lines()
            .find(|line| line.starts_with(&format!("<tr><td class=\"l\">{} BTCUSDT<", run["mode"].as_str().expect("a text"))));
        let row = row.expect("a row for the run");
        for figure in [purse("before"), purse("after")] {
            assert!(row.contains(&format!("<td>{figure}</td>")), "{figure} in {row}");
        }
    }
    for part in ["<svg ", "Mark and liquidations", "Margin boxes, isolated", "BTCUSDT", "What is assumed", "time stands still"] {
        assert!(report.body.contains(part), "{part}");
    }
    let style = report.body.split_once("<style>").and_then(|(_, rest)| rest.split_once("</style>")).expect("a style").0;
    let policy = format!("style-src 'sha256-{}'", digest(style)).to_lowercase();
    assert!(report.headers.contains(&policy) && report.headers.contains("default-src 'none'"), "{policy}: {}", report.headers);
    assert!(report.headers.contains("cache-control: no-store"), "{}", report.headers);
    for word in ["<script", "style=\"", "href=", "src="] {
        assert!(!report.body.contains(word), "{word}");
    }
    let again = ask(asked);
    assert_eq!(again.status, 200);
    for query in [
        "account=alice&symbol=BTCUSDT",
        "account=zoe&symbol=BTCUSDT&recorded=2020-03",
        "account=alice&symbol=NONE&recorded=2020-03",
    ] {
        assert_eq!(ask(query).status, 400, "{query}");
    }
    let foreign =
        request(at, ("GET", &format!("/local/v1/compare/report?{asked}")), &[("Origin", "http://elsewhere.example")], "");
    assert_eq!(foreign.status, 403);
    // An account without a position, and a crash in all markets: a report all the same.
    assert_eq!(ask("account=bob&symbol=BTCUSD_PERP&recorded=2021-05&markets=ALL").status, 200);
    assert!(ask("account=alice&symbol=ETHUSDT&recorded=2020-03&markets=ALL").body.contains("▲ ETHUSDT"));
}

fn digest(text: &str) -> String {
    use base64::Engine as _;
    use sha2::{Digest, Sha256};
    base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text))
}

#[test]
fn a_leverage_is_looked_at_for_both_legs_of_a_hedge() {
    let server = server();
    let at = server.address;
    stand_still(at, "BTCUSDT", "60000");
    assert_eq!(as_user(at, "alice", ("POST", "/fapi/v1/positionSide/dual"), "dualSidePosition=true").status, 200);
    isolated(at, "BTCUSDT", "20");
    for (side, leg) in [("BUY", "LONG"), ("SELL", "SHORT")] {
        let filled =
            as_user(at, "alice", ORDER, &format!("symbol=BTCUSDT&side={side}&positionSide={leg}&type=MARKET&quantity=0.1"));
        assert_eq!(filled.json["status"], "FILLED", "{filled:?}");
    }
    let told = done(at, "preview/leverage", &json!({"account": "alice", "symbol": "BTCUSDT", "leverage": "25"}));
    assert_eq!(told["accepted"], true, "{told:#}");
    let set = as_user(at, "alice", ("POST", "/fapi/v1/leverage"), "symbol=BTCUSDT&leverage=25");
    assert_eq!(set.status, 200, "{set:?}");
    let desk = get(at, "desk?account=alice");
    for position in told["after"]["positions"].as_array().expect("as described") {
        let leg = if position["side"] == "long" { "LONG" } else { "SHORT" };
        let legs = desk["legs"].as_array().expect("as described");
        let held = legs.iter().find(|held| held["symbol"] == "BTCUSDT" && held["position_side"] == leg).expect("as described");
        assert_eq!(held["position"]["opening_margin"], position["opening_margin"], "{leg}");
    }
    server.run(async {}).unwrap();
}

#[test]
fn an_explanation_can_be_asked_of_a_position_that_follows_a_liquidation() {
    let server = server();
    let at = server.address;
    stand_still(at, "BTCUSDT", "60000");
    isolated(at, "BTCUSDT", "100");
    buys(at, "BTCUSDT", "0.1");
    done(at, "mark", &json!({"symbol": "BTCUSDT", "price": "59000"}));
    std::thread::sleep(std::time::Duration::from_millis(700));
    buys(at, "BTCUSDT", "0.1");
    let title = |about: &str| {
        get(at, &format!("explain?account=alice&symbol=BTCUSDT&about={about}"))["title"].as_str().expect("text").to_owned()
    };
    assert!(title("liquidation").starts_with("liquidation of"), "{}", title("liquidation"));
    assert!(title("position").starts_with("position in"), "{}", title("position"));
    server.run(async {}).unwrap();
}

#[test]
fn the_page_is_at_the_root() {
    let server = server();
    let at = server.address;
    let page = request(at, ("GET", "/"), &[], "");
    assert_eq!(page.status, 200);
    assert!(page.headers.contains("content-type: text/html; charset=utf-8"), "{}", page.headers);
    assert!(page.headers.contains("content-security-policy: default-src 'self'; style-src 'self' 'sha256-"), "{}", page.headers);
    assert!(page.body.contains("ringfence"));
    let tag = page.headers.lines().find_map(|line| line.strip_prefix("etag: ")).expect("a tag");
    assert_eq!(request(at, ("GET", "/"), &[("If-None-Match", tag)], "").status, 304);
    assert_eq!(request(at, ("HEAD", "/"), &[], "").body, "");
    assert_eq!(request(at, ("POST", "/"), &[], "").status, 404);
    assert_eq!(request(at, ("GET", "/nothing.js"), &[], "").status, 404);
    server.run(async {}).unwrap();
}
