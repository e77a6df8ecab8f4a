//! What an account is told of itself, and what it may set: whole documents, as clients read them.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod api_support;

use api_support::{Desk, read};
use http::Method;
use ringfence_engine::command::{Command, PositionSide};
use ringfence_risk::filters::OrderSide::{Buy, Sell};
use ringfence_server::boot::RuleChoice;
use serde_json::{Value, json};

const POST: &Method = &Method::POST;
const GET: &Method = &Method::GET;

/// `alice` is long 0.050 BTC at 60,030 on isolated margin at 5x; the mark is 60,000.
fn long() -> Desk {
    let desk = Desk::new();
    desk.post("/fapi/v1/marginType", "symbol=BTCUSDT&marginType=ISOLATED");
    desk.post("/fapi/v1/leverage", "symbol=BTCUSDT&leverage=5");
    desk.buy("BTCUSDT", "0.050", "60030");
    desk
}

/// `alice` is long 100 contracts of 100 dollars at 50,000 on isolated margin at 10x; the mark is 60,000.
fn long_in_coin() -> Desk {
    let desk = Desk::new();
    desk.post("/dapi/v1/marginType", "symbol=BTCUSD_PERP&marginType=ISOLATED");
    desk.post("/dapi/v1/leverage", "symbol=BTCUSD_PERP&leverage=10");
    desk.mark("BTCUSD_PERP", "50000");
    desk.buy("BTCUSD_PERP", "100", "50000");
    desk.mark("BTCUSD_PERP", "60000");
    desk
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn an_isolated_long_in_the_third_account_document() {
    let desk = long();
    let now = desk.now();
    let expected = json!({
        "totalInitialMargin": "600.00000000", "totalMaintMargin": "12.00000000", "totalWalletBalance": "99998.49925000",
        "totalUnrealizedProfit": "-1.50000000", "totalMarginBalance": "99996.99925000",
        "totalPositionInitialMargin": "600.00000000", "totalOpenOrderInitialMargin": "0.00000000",
        "totalCrossWalletBalance": "99398.19925000", "totalCrossUnPnl": "0.00000000", "availableBalance": "99398.19925000",
        "maxWithdrawAmount": "99398.19925000",
        "assets": [{
            "asset": "USDT", "walletBalance": "99998.49925000", "unrealizedProfit": "-1.50000000",
            "marginBalance": "99996.99925000", "maintMargin": "12.00000000", "initialMargin": "600.00000000",
            "positionInitialMargin": "600.00000000", "openOrderInitialMargin": "0.00000000",
            "crossWalletBalance": "99398.19925000", "crossUnPnl": "0.00000000", "availableBalance": "99398.19925000",
            "maxWithdrawAmount": "99398.19925000", "updateTime": now,
        }],
        "positions": [{
            "symbol": "BTCUSDT", "positionSide": "BOTH", "positionAmt": "0.050", "unrealizedProfit": "-1.50000000",
            "isolatedMargin": "598.80000000", "notional": "3000.00000000", "isolatedWallet": "600.30000000",
            "initialMargin": "600.00000000", "maintMargin": "12.00000000", "updateTime": now,
        }],
    });
    assert_eq!(desk.get("/fapi/v3/account", ""), expected);
}

#[test]
fn an_isolated_long_in_the_older_account_documents() {
    let desk = long();
    let now = desk.now();
    let document = desk.get("/fapi/v2/account", "");
    assert_eq!(document, desk.get("/fapi/v1/account", ""));
    let head = ["feeTier", "feeBurn", "canTrade", "canDeposit", "canWithdraw", "updateTime", "multiAssetsMargin", "tradeGroupId"];
    let values: Vec<Value> = head.iter().map(|name| document[name].clone()).collect();
    assert_eq!(json!(values), json!([0, false, true, true, true, 0, false, -1]));
    assert_eq!(document["totalWalletBalance"], "99998.49925000");
    assert_eq!(document["assets"][0]["marginAvailable"], true);
    let expected = json!({
        "symbol": "BTCUSDT", "initialMargin": "600.00000000", "maintMargin": "12.00000000", "unrealizedProfit": "-1.50000000",
        "positionInitialMargin": "600.00000000", "openOrderInitialMargin": "0.00000000", "leverage": "5", "isolated": true,
        "entryPrice": "60030.0", "breakEvenPrice": "60090.06003002", "maxNotional": "3000000", "bidNotional": "0",
        "askNotional": "0", "positionSide": "BOTH", "positionAmt": "0.050", "updateTime": now, "isolatedWallet": "600.30000000",
        "notional": "3000.00000000",
    });
    assert_eq!(document["positions"][0], expected);
    // Every symbol has a row.
    let flat = &document["positions"][1];
    assert_eq!((&flat["symbol"], &flat["positionAmt"], &flat["updateTime"]), (&json!("ETHUSDT"), &json!("0.000"), &json!(0)));
    assert_eq!((&flat["leverage"], &flat["isolated"]), (&json!("20"), &json!(false)));
    assert_eq!(document["positions"].as_array().unwrap().len(), 2);
}

#[test]
fn balances() {
    let desk = long();
    let expected = json!([{
        "accountAlias": "account-2", "asset": "USDT", "balance": "99998.49925000", "crossWalletBalance": "99398.19925000",
        "crossUnPnl": "0.00000000", "availableBalance": "99398.19925000", "maxWithdrawAmount": "99398.19925000",
        "marginAvailable": true, "updateTime": desk.now(),
    }]);
    for path in ["/fapi/v1/balance", "/fapi/v2/balance", "/fapi/v3/balance"] {
        assert_eq!(desk.get(path, ""), expected, "{path}");
    }
    assert!(desk.now() > 0);
    let coin = json!([{
        "accountAlias": "account-2", "asset": "BTC", "balance": "10.00000000", "crossWalletBalance": "10.00000000",
        "crossUnPnl": "0.00000000", "availableBalance": "10.00000000", "withdrawAvailable": "10.00000000",
        "updateTime": desk.now(),
    }]);
    assert_eq!(desk.get("/dapi/v1/balance", ""), coin);
}

#[test]
fn an_isolated_long_in_position_risk() {
    let desk = long();
    let now = desk.now();
    let third = json!([{
        "symbol": "BTCUSDT", "positionSide": "BOTH", "positionAmt": "0.050", "entryPrice": "60030.0",
        "breakEvenPrice": "60090.06003002", "markPrice": "60000.00000000", "unRealizedProfit": "-1.50000000",
        "liquidationPrice": "48216.86746988", "isolatedMargin": "598.80000000", "notional": "3000.00000000",
        "marginAsset": "USDT", "isolatedWallet": "600.30000000", "initialMargin": "600.00000000", "maintMargin": "12.00000000",
        "positionInitialMargin": "600.00000000", "openOrderInitialMargin": "0.00000000", "adl": 4, "bidNotional": "0",
        "askNotional": "0", "updateTime": now, "leverage": "5", "marginType": "isolated",
    }]);
    assert_eq!(desk.get("/fapi/v3/positionRisk", ""), third);
    assert_eq!(desk.get("/fapi/v3/positionRisk", "symbol=BTCUSDT"), third);
    assert_eq!(desk.get("/fapi/v3/positionRisk", "symbol=ETHUSDT"), json!([]));
    let second = json!([{
        "symbol": "BTCUSDT", "positionAmt": "0.050", "entryPrice": "60030.0", "breakEvenPrice": "60090.06003002",
        "markPrice": "60000.00000000", "unRealizedProfit": "-1.50000000", "liquidationPrice": "48216.86746988", "leverage": "5",
        "maxNotionalValue": "3000000", "marginType": "isolated", "isolatedMargin": "598.80000000", "isAutoAddMargin": "false",
        "positionSide": "BOTH", "notional": "3000.00000000", "isolatedWallet": "600.30000000", "updateTime": now,
    }]);
    assert_eq!(desk.get("/fapi/v2/positionRisk", "symbol=BTCUSDT"), second);
    assert_eq!(desk.get("/fapi/v1/positionRisk", "symbol=BTCUSDT"), second);
    let flat = json!([{
        "symbol": "ETHUSDT", "positionAmt": "0.000", "entryPrice": "0.0", "breakEvenPrice": "0.0", "markPrice": "3000.00000000",
        "unRealizedProfit": "0.00000000", "liquidationPrice": "0", "leverage": "20", "marginType": "cross",
        "isolatedMargin": "0.00000000", "isAutoAddMargin": "false", "positionSide": "BOTH", "notional": "0.00000000",
        "isolatedWallet": "0.00000000", "updateTime": 0,
    }]);
    let mut answered = desk.get("/fapi/v2/positionRisk", "symbol=ETHUSDT");
    assert!(answered[0]["maxNotionalValue"].is_string());
    answered[0].as_object_mut().unwrap().remove("maxNotionalValue");
    assert_eq!(answered, flat);
    assert_eq!(desk.get("/fapi/v2/positionRisk", "").as_array().unwrap().len(), 2);
    assert_eq!(desk.refused(GET, "/fapi/v3/positionRisk", "symbol=BTCUSD_PERP"), -1121);
}

#[test]
fn a_short_has_negative_amounts() {
    let desk = Desk::new();
    desk.place("bob", "BTCUSDT", (Buy, "0.050", "60000"));
    desk.place("alice", "BTCUSDT", (Sell, "0.050", "60000"));
    let row = &desk.get("/fapi/v3/positionRisk", "")[0];
    assert_eq!((&row["positionAmt"], &row["notional"]), (&json!("-0.050"), &json!("-3000.00000000")));
    assert_eq!(
        (&row["marginType"], &row["isolatedMargin"], &row["isolatedWallet"]),
        (&json!("cross"), &json!("0.00000000"), &json!("0.00000000"))
    );
    let account = desk.get("/fapi/v3/account", "");
    assert_eq!(account["totalCrossWalletBalance"], account["totalWalletBalance"]);
    assert_eq!(account["positions"][0]["positionAmt"], "-0.050");
}

#[test]
fn an_order_alone_is_a_row_and_holds_margin() {
    let desk = Desk::new();
    desk.post("/fapi/v1/leverage", "symbol=BTCUSDT&leverage=5");
    desk.place("alice", "BTCUSDT", (Buy, "0.050", "59000"));
    let row = &desk.get("/fapi/v3/positionRisk", "")[0];
    let figures =
        ["positionAmt", "bidNotional", "askNotional", "openOrderInitialMargin", "initialMargin", "positionInitialMargin"];
    let values: Vec<&Value> = figures.iter().map(|name| &row[name]).collect();
    assert_eq!(json!(values), json!(["0.000", "2950", "0", "590.00000000", "590.00000000", "0.00000000"]));
    let account = desk.get("/fapi/v3/account", "");
    assert_eq!(account["totalOpenOrderInitialMargin"], "590.00000000");
    assert_eq!(account["availableBalance"], "99410.00000000");
    assert_eq!(account["totalCrossWalletBalance"], "100000.00000000");
}

#[test]
fn hedge_mode_has_three_rows() {
    let desk = Desk::new();
    assert_eq!(desk.get("/fapi/v1/positionSide/dual", ""), json!({"dualSidePosition": false}));
    assert_eq!(desk.post("/fapi/v1/positionSide/dual", "dualSidePosition=True"), json!({"code": 200, "msg": "success"}));
    assert_eq!(desk.get("/dapi/v1/positionSide/dual", ""), json!({"dualSidePosition": true}));
    assert_eq!(desk.get("/fapi/v1/accountConfig", "")["dualSidePosition"], true);
    let answer = json!({"leverage": 10, "maxNotionalValue": "3000000", "symbol": "BTCUSDT"});
    assert_eq!(desk.post("/fapi/v1/leverage", "symbol=BTCUSDT&leverage=10"), answer);
    desk.place("bob", "BTCUSDT", (Sell, "0.050", "60000"));
    desk.place_on("alice", "BTCUSDT", (Buy, "0.050", "60000"), PositionSide::Long);
    desk.place_on("alice", "BTCUSDT", (Sell, "0.010", "61000"), PositionSide::Short);
    let rows = desk.get("/fapi/v2/positionRisk", "symbol=BTCUSDT");
    let shown: Vec<Value> =
        rows.as_array().unwrap().iter().map(|row| json!([row["positionSide"], row["positionAmt"], row["leverage"]])).collect();
    assert_eq!(json!(shown), json!([["BOTH", "0.000", "10"], ["LONG", "0.050", "10"], ["SHORT", "0.000", "10"]]));
    let rows = desk.get("/fapi/v3/positionRisk", "");
    let shown: Vec<Value> =
        rows.as_array().unwrap().iter().map(|row| json!([row["positionSide"], row["positionAmt"], row["askNotional"]])).collect();
    assert_eq!(json!(shown), json!([["LONG", "0.050", "0"], ["SHORT", "0.000", "610"]]));
    let queue = json!([{"symbol": "BTCUSDT", "adlQuantile": {"LONG": 4, "SHORT": 0, "BOTH": 0}}]);
    assert_eq!(desk.get("/fapi/v1/adlQuantile", ""), queue);
    assert_eq!(desk.refused(POST, "/fapi/v1/positionMargin", "symbol=BTCUSDT&amount=1&type=1&positionSide=LONG"), -4049);
}

#[test]
fn hedge_legs_with_leverages_of_their_own_are_set_together() {
    let desk = Desk::under(&RuleChoice::Ringfence);
    desk.post("/fapi/v1/positionSide/dual", "dualSidePosition=true");
    desk.post("/fapi/v1/marginType", "symbol=BTCUSDT&marginType=ISOLATED");
    desk.place("bob", "BTCUSDT", (Sell, "1", "60000"));
    desk.place_on("alice", "BTCUSDT", (Buy, "1", "60000"), PositionSide::Long);
    desk.place("bob", "BTCUSDT", (Buy, "1", "60000"));
    desk.place_on("alice", "BTCUSDT", (Sell, "1", "60000"), PositionSide::Short);
    let leverages = || {
        let rows = desk.get("/fapi/v2/positionRisk", "symbol=BTCUSDT");
        rows.as_array().unwrap().iter().map(|row| row["leverage"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    desk.post("/fapi/v1/leverage", "symbol=BTCUSDT&leverage=10");
    assert_eq!(leverages(), ["10", "10", "10"]);
    // The long leg alone would be accepted, but both together want more than there is: neither is changed.
    assert_eq!(desk.refused(POST, "/fapi/v1/leverage", "symbol=BTCUSDT&leverage=1"), -2028);
    assert_eq!(leverages(), ["10", "10", "10"]);
}

#[test]
fn settings_and_fees() {
    let desk = long();
    let config = json!({
        "feeTier": 0, "canTrade": true, "canDeposit": true, "canWithdraw": true, "dualSidePosition": false,
        "updateTime": desk.now(), "multiAssetsMargin": false, "tradeGroupId": -1,
    });
    assert_eq!(desk.get("/fapi/v1/accountConfig", ""), config);
    let symbol = json!([{
        "symbol": "BTCUSDT", "marginType": "ISOLATED", "isAutoAddMargin": false, "leverage": 5, "maxNotionalValue": "3000000",
    }]);
    assert_eq!(desk.get("/fapi/v1/symbolConfig", "symbol=BTCUSDT"), symbol);
    let all = desk.get("/fapi/v1/symbolConfig", "");
    assert_eq!(
        (&all[1]["symbol"], &all[1]["marginType"], &all[1]["leverage"]),
        (&json!("ETHUSDT"), &json!("CROSSED"), &json!(20))
    );
    let fees = json!({
        "symbol": "BTCUSDT", "makerCommissionRate": "0.000200", "takerCommissionRate": "0.000500",
        "rpiCommissionRate": "0.000200",
    });
    assert_eq!(desk.get("/fapi/v1/commissionRate", "symbol=BTCUSDT"), fees);
    let fees = json!({"symbol": "BTCUSD_PERP", "makerCommissionRate": "0.000100", "takerCommissionRate": "0.000500"});
    assert_eq!(desk.get("/dapi/v1/commissionRate", "symbol=BTCUSD_PERP"), fees);
    assert_eq!(desk.refused(GET, "/fapi/v1/commissionRate", ""), -1102);
    assert_eq!(desk.get("/fapi/v1/multiAssetsMargin", ""), json!({"multiAssetsMargin": false}));
    assert_eq!(desk.get("/fapi/v1/feeBurn", ""), json!({"feeBurn": false}));
    assert_eq!(desk.get("/fapi/v1/apiTradingStatus", ""), json!({"indicators": {}, "updateTime": desk.now()}));
    let rates = json!([
        {"rateLimitType": "ORDERS", "interval": "MINUTE", "intervalNum": 1, "limit": 1200},
        {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 300},
    ]);
    assert_eq!(desk.get("/fapi/v1/rateLimit/order", ""), rates);
    assert_eq!(
        desk.get("/fapi/v1/adlQuantile", ""),
        json!([{"symbol": "BTCUSDT", "adlQuantile": {"LONG": 0, "SHORT": 0, "BOTH": 4}}])
    );
    let flat = json!([{"symbol": "ETHUSDT", "adlQuantile": {"LONG": 0, "SHORT": 0, "BOTH": 0}}]);
    assert_eq!(desk.get("/fapi/v1/adlQuantile", "symbol=ETHUSDT"), flat);
}

#[test]
fn brackets_are_numbers() {
    let desk = Desk::new();
    let expected = json!([{"symbol": "BTCUSDT", "notionalCoef": 1.0, "brackets": [
        {"bracket": 1, "initialLeverage": 125, "notionalCap": 300_000, "notionalFloor": 0, "maintMarginRatio": 0.004, "cum": 0.0},
        {"bracket": 2, "initialLeverage": 100, "notionalCap": 800_000, "notionalFloor": 300_000, "maintMarginRatio": 0.005, "cum": 300.0},
        {"bracket": 3, "initialLeverage": 75, "notionalCap": 3_000_000, "notionalFloor": 800_000, "maintMarginRatio": 0.0065, "cum": 1500.0},
    ]}]);
    assert_eq!(desk.get("/fapi/v1/leverageBracket", "symbol=BTCUSDT"), expected);
    assert_eq!(desk.get("/fapi/v1/leverageBracket", "").as_array().unwrap().len(), 2);
    let coin = desk.get("/dapi/v2/leverageBracket", "symbol=BTCUSD_PERP");
    let first = &coin[0]["brackets"][0];
    assert_eq!((&coin[0]["symbol"], &coin[0]["pair"]), (&json!("BTCUSD_PERP"), &Value::Null));
    assert_eq!(keys(first), ["bracket", "initialLeverage", "qtyCap", "qtyFloor", "qtylFloor", "maintMarginRatio", "cum"]);
    assert_eq!((&first["qtyFloor"], &first["qtylFloor"]), (&json!(0), &json!(0)));
    assert!(first["qtyCap"].is_i64() && first["maintMarginRatio"].is_f64(), "{first}");
    let by_pair = desk.get("/dapi/v1/leverageBracket", "pair=BTCUSD");
    assert_eq!((&by_pair[0]["pair"], &by_pair[0]["symbol"]), (&json!("BTCUSD"), &Value::Null));
    assert_eq!(by_pair[0]["brackets"], coin[0]["brackets"]);
}

#[test]
fn leverage_is_set_within_its_limits() {
    let desk = Desk::new();
    let path = "/fapi/v1/leverage";
    let answer = |times: u32, greatest: &str| json!({"leverage": times, "maxNotionalValue": greatest, "symbol": "BTCUSDT"});
    assert_eq!(desk.post(path, "symbol=BTCUSDT&leverage=125"), answer(125, "300000"));
    assert_eq!(desk.post(path, "symbol=BTCUSDT&leverage=125"), answer(125, "300000"), "the same again");
    assert_eq!(desk.post(path, "symbol=BTCUSDT&leverage=5"), answer(5, "3000000"));
    for (query, code) in [
        ("symbol=BTCUSDT&leverage=126", -4028),
        ("symbol=BTCUSDT&leverage=0", -4028),
        ("symbol=BTCUSDT&leverage=-3", -4028),
        ("symbol=BTCUSDT&leverage=1001", -4028),
        ("symbol=BTCUSDT&leverage=x", -1100),
        ("symbol=BTCUSDT&leverage=2.5", -1100),
        ("symbol=BTCUSDT", -1102),
        ("leverage=5", -1102),
        ("symbol=NOPE&leverage=5", -1121),
        ("symbol=BTCUSD_PERP&leverage=5", -1121),
    ] {
        assert_eq!(desk.refused(POST, path, query), code, "{query}");
    }
    assert_eq!(desk.error(POST, path, "symbol=BTCUSDT&leverage=126").message, "Leverage 126 is not valid");
    let coin = desk.post("/dapi/v1/leverage", "symbol=BTCUSD_PERP&leverage=5");
    assert_eq!((&coin["leverage"], &coin["symbol"]), (&json!(5), &json!("BTCUSD_PERP")));
    assert!(coin["maxQty"].is_string() && coin.get("maxNotionalValue").is_none(), "{coin}");
}

#[test]
fn leverage_over_a_position() {
    let desk = long();
    let path = "/fapi/v1/leverage";
    desk.post(path, "symbol=BTCUSDT&leverage=6");
    assert_eq!(desk.refused(POST, path, "symbol=BTCUSDT&leverage=4"), -4161);
    desk.buy("BTCUSDT", "5", "60000");
    assert_eq!(desk.refused(POST, path, "symbol=BTCUSDT&leverage=125"), -2027);
    let coin = long_in_coin();
    assert_eq!(coin.refused(POST, "/dapi/v1/leverage", "symbol=BTCUSD_PERP&leverage=5"), -4150);
}

#[test]
fn the_margin_type_says_first_that_nothing_changes() {
    let desk = Desk::new();
    let path = "/fapi/v1/marginType";
    assert_eq!(desk.post(path, "symbol=BTCUSDT&marginType=ISOLATED"), json!({"code": 200, "msg": "success"}));
    let same = desk.error(POST, path, "symbol=BTCUSDT&marginType=ISOLATED");
    assert_eq!((same.status.as_u16(), same.code, same.message.as_str()), (400, -4046, "No need to change margin type."));
    for (query, code) in [
        ("symbol=BTCUSDT", -1102),
        ("symbol=BTCUSDT&marginType=cross", -1130),
        ("marginType=ISOLATED", -1102),
        ("symbol=NOPE&marginType=ISOLATED", -1121),
    ] {
        assert_eq!(desk.refused(POST, path, query), code, "{query}");
    }
    desk.buy("BTCUSDT", "0.050", "60000");
    assert_eq!(desk.refused(POST, path, "symbol=BTCUSDT&marginType=CROSSED"), -4048);
    desk.place("alice", "BTCUSDT", (Buy, "0.050", "59000"));
    assert_eq!(desk.refused(POST, path, "symbol=BTCUSDT&marginType=CROSSED"), -4047, "orders come before the position");
    assert_eq!(desk.refused(POST, path, "symbol=BTCUSDT&marginType=ISOLATED"), -4046, "no change comes before everything");
}

#[test]
fn the_position_mode() {
    let desk = Desk::new();
    let path = "/fapi/v1/positionSide/dual";
    assert_eq!(desk.refused(POST, path, "dualSidePosition=false"), -4059);
    assert_eq!(desk.refused(POST, path, ""), -1102);
    assert_eq!(desk.refused(POST, path, "dualSidePosition=2"), -1130);
    desk.place("alice", "BTCUSDT", (Buy, "0.050", "59000"));
    assert_eq!(desk.refused(POST, path, "dualSidePosition=true"), -4067);
    desk.run(Command::CancelAll { account: desk.account("alice"), market: desk.market("BTCUSDT") });
    desk.buy("BTCUSDT", "0.050", "60000");
    assert_eq!(desk.refused(POST, path, "dualSidePosition=TRUE"), -4068);
    assert_eq!(desk.refused(POST, "/fapi/v1/multiAssetsMargin", "multiAssetsMargin=true"), -4167);
    assert_eq!(desk.refused(POST, "/fapi/v1/multiAssetsMargin", "multiAssetsMargin=false"), -4171);
    assert_eq!(desk.refused(POST, "/fapi/v1/multiAssetsMargin", ""), -1102);
}

#[test]
fn margin_is_added_and_taken_out() {
    let desk = long();
    let path = "/fapi/v1/positionMargin";
    let moved = |amount: Value, kind: u8| json!({"code": 200, "msg": "Successfully modify position margin.", "amount": amount, "type": kind});
    assert_eq!(desk.post(path, "symbol=BTCUSDT&amount=25.5&type=1"), moved(json!(25.5), 1));
    assert_eq!(desk.get("/fapi/v3/positionRisk", "")[0]["isolatedWallet"], "625.80000000");
    desk.pass(1_000);
    assert_eq!(desk.post(path, "symbol=BTCUSDT&amount=10&type=2"), moved(json!(10.0), 2));
    let now = desk.now();
    let row = |kind: u8, cause: &str, amount: &str, time: u64| json!({"symbol": "BTCUSDT", "type": kind, "deltaType": cause, "amount": amount, "asset": "USDT", "time": time, "positionSide": "BOTH"});
    let (opened, added) = (row(1, "TRADE", "600.30000000", now - 1_000), row(1, "USER_ADJUST", "25.50000000", now - 1_000));
    let taken = row(2, "USER_ADJUST", "10.00000000", now);
    let history = |query: &str| desk.get("/fapi/v1/positionMargin/history", &format!("symbol=BTCUSDT{query}"));
    assert_eq!(history(""), json!([opened, added, taken]));
    assert_eq!(history("&type=2"), json!([taken]));
    assert_eq!(history("&type=1&limit=1"), json!([added]), "without a start the latest");
    assert_eq!(history(&format!("&startTime={now}")), json!([taken]));
    assert_eq!(history(&format!("&startTime={}&limit=1", now - 1_000)), json!([opened]));
    for (query, code) in [
        ("symbol=BTCUSDT&amount=0&type=1", -4055),
        ("symbol=BTCUSDT&amount=-5&type=1", -4055),
        ("symbol=BTCUSDT&amount=99999&type=1", -4050),
        ("symbol=BTCUSDT&amount=600&type=2", -4051),
        ("symbol=BTCUSDT&type=1", -1102),
        ("symbol=BTCUSDT&amount=1", -1102),
        ("symbol=BTCUSDT&amount=1&type=3", -1130),
        ("symbol=BTCUSDT&amount=1&type=1&positionSide=LONG", -4061),
        ("symbol=BTCUSDT&amount=1&type=1&positionSide=UP", -4060),
        ("symbol=ETHUSDT&amount=1&type=1", -4049),
        ("symbol=NOPE&amount=1&type=1", -1121),
    ] {
        assert_eq!(desk.refused(POST, path, query), code, "{query}");
    }
    desk.post("/fapi/v1/marginType", "symbol=ETHUSDT&marginType=ISOLATED");
    assert_eq!(desk.refused(POST, path, "symbol=ETHUSDT&amount=1&type=1"), -4054);
    assert_eq!(desk.error(POST, path, "symbol=ETHUSDT&amount=1&type=1").message, "Cannot add position margin: position is 0.");
}

#[test]
fn trades_have_these_fields_and_no_others() {
    let desk = long();
    let trades = desk.get("/fapi/v1/userTrades", "symbol=BTCUSDT");
    let order = trades[0]["orderId"].as_u64().unwrap();
    let expected = json!([{
        "buyer": true, "commission": "1.50075000", "commissionAsset": "USDT", "id": 1, "maker": false, "orderId": order,
        "price": "60030.0", "qty": "0.050", "quoteQty": "3001.50", "realizedPnl": "0.00000000", "side": "BUY",
        "positionSide": "BOTH", "symbol": "BTCUSDT", "time": desk.now(), "marginAsset": "USDT",
    }]);
    assert_eq!(trades, expected);
    let others = desk.call("bob", GET, "/fapi/v1/userTrades", "symbol=BTCUSDT").unwrap();
    assert_eq!(
        (&others[0]["maker"], &others[0]["side"], &others[0]["commission"]),
        (&json!(true), &json!("SELL"), &json!("0.60030000"))
    );
    assert_eq!(desk.get("/fapi/v1/userTrades", &format!("symbol=BTCUSDT&orderId={order}")), expected);
    assert_eq!(desk.get("/fapi/v1/userTrades", "symbol=BTCUSDT&orderId=7"), json!([]));
    assert_eq!(desk.get("/fapi/v1/userTrades", "symbol=BTCUSDT&fromId=2"), json!([]));
    for (query, code) in [
        ("", -1102),
        ("symbol=BTCUSDT&startTime=2&endTime=1", -1023),
        ("symbol=BTCUSDT&startTime=0&endTime=604800001", -4165),
        ("symbol=BTCUSDT&limit=0", -1130),
        ("symbol=BTCUSDT&limit=x", -1100),
    ] {
        assert_eq!(desk.refused(GET, "/fapi/v1/userTrades", query), code, "{query}");
    }
}

#[test]
fn incomes_are_told_in_order() {
    let desk = long();
    let now = desk.now();
    let all = desk.get("/fapi/v1/income", "");
    let numbers: Vec<u64> = all.as_array().unwrap().iter().map(|row| row["tranId"].as_u64().unwrap()).collect();
    assert!(numbers.is_sorted() && numbers.len() == 2, "{numbers:?}");
    let expected = json!([
        {"symbol": "", "incomeType": "TRANSFER", "income": "100000.00000000", "asset": "USDT", "info": "TRANSFER", "time": all[0]["time"],
         "tranId": numbers[0], "tradeId": ""},
        {"symbol": "BTCUSDT", "incomeType": "COMMISSION", "income": "-1.50075000", "asset": "USDT", "info": "1", "time": now,
         "tranId": numbers[1], "tradeId": "1"},
    ]);
    assert_eq!(all, expected);
    let only = |query: &str| desk.get("/fapi/v1/income", query);
    assert_eq!(only("incomeType=COMMISSION"), json!([expected[1]]));
    assert_eq!(only("incomeType=FUNDING_FEE"), json!([]));
    assert_eq!(only("incomeType=WELCOME_BONUS"), json!([]));
    assert_eq!(only("symbol=BTCUSDT"), json!([expected[1]]));
    assert_eq!(only("limit=1"), json!([expected[1]]), "the latest");
    assert_eq!(only("startTime=0&limit=1"), json!([expected[0]]), "the first from the start on");
    assert_eq!(only("limit=1&page=1"), json!([expected[0]]));
    assert_eq!(only("limit=1&page=2"), json!([expected[1]]));
    assert_eq!(only("limit=1&page=3"), json!([]));
    assert_eq!(desk.refused(GET, "/fapi/v1/income", "incomeType=NOPE"), -1130);
    assert_eq!(desk.refused(GET, "/fapi/v1/income", "startTime=2&endTime=1"), -1023);
    let coin = desk.get("/dapi/v1/income", "");
    assert_eq!((&coin[0]["asset"], coin[0]["tranId"].is_string()), (&json!("BTC"), true));
    assert_eq!(coin.as_array().unwrap().len(), 1);
    desk.pass(8 * 86_400_000);
    let funding = only("incomeType=FUNDING_FEE");
    assert_eq!((&funding[0]["info"], &funding[0]["tradeId"]), (&json!("FUNDING_FEE"), &json!("")));
    assert!(funding[0]["income"].as_str().unwrap().starts_with('-'), "{funding}");
    assert_eq!(only("incomeType=COMMISSION"), json!([]), "older than seven days");
    assert_eq!(only("incomeType=COMMISSION&startTime=0"), json!([expected[1]]));
}

#[test]
fn a_liquidation_is_a_forced_order() {
    let desk = long();
    desk.place("bob", "BTCUSDT", (Buy, "1", "48100"));
    desk.mark("BTCUSDT", "48000");
    assert_eq!(desk.get("/fapi/v3/positionRisk", ""), json!([]));
    let forced = desk.get("/fapi/v1/forceOrders", "");
    let first = &forced[0];
    let names =
        ["symbol", "status", "origQty", "executedQty", "timeInForce", "type", "side", "positionSide", "reduceOnly", "stopPrice"];
    let values: Vec<&Value> = names.iter().map(|name| &first[name]).collect();
    assert_eq!(json!(values), json!(["BTCUSDT", "FILLED", "0.050", "0.050", "IOC", "LIMIT", "SELL", "BOTH", false, "0.0"]));
    assert_eq!(first["clientOrderId"], "autoclose-1");
    assert_eq!(
        (&first["cumQuote"], &first["avgPrice"], &first["time"]),
        (&json!("2405.00000000"), &json!("48100.0"), &json!(desk.now()))
    );
    assert_eq!(desk.get("/fapi/v1/forceOrders", "autoCloseType=LIQUIDATION&symbol=BTCUSDT"), forced);
    assert_eq!(desk.get("/fapi/v1/forceOrders", "autoCloseType=ADL"), json!([]));
    assert_eq!(desk.get("/fapi/v1/forceOrders", "symbol=ETHUSDT"), json!([]));
    assert_eq!(desk.get("/dapi/v1/forceOrders", ""), json!([]));
    assert_eq!(desk.refused(GET, "/fapi/v1/forceOrders", "autoCloseType=X"), -1130);
    assert_eq!(desk.get("/fapi/v1/income", "incomeType=INSURANCE_CLEAR").as_array().unwrap().len(), 1);
}

#[test]
fn an_inverse_long() {
    let desk = long_in_coin();
    let now = desk.now();
    // 10,000 dollars at 50,000 and at 60,000: 0.2 BTC and 0.1666…; a tenth of it, and 0.04 % of it, are its margins.
    let mut risk = desk.get("/dapi/v1/positionRisk", "");
    let (liquidation, greatest) = (risk[0]["liquidationPrice"].take(), risk[0]["maxQty"].take());
    assert!(read::<ringfence_risk::units::Price>(liquidation.as_str().unwrap()) < read("46000"));
    assert!(greatest.is_string());
    let expected = json!([{
        "symbol": "BTCUSD_PERP", "positionAmt": "100", "entryPrice": "50000.0", "breakEvenPrice": risk[0]["breakEvenPrice"],
        "markPrice": "60000.00000000", "unRealizedProfit": "0.03333333", "liquidationPrice": null, "leverage": "10", "maxQty": null,
        "marginType": "isolated", "isolatedMargin": "0.05333333", "isAutoAddMargin": "false", "positionSide": "BOTH",
        "notionalValue": "0.16666667", "isolatedWallet": "0.02000000", "updateTime": now,
    }]);
    assert_eq!(risk, expected);
    assert_eq!(desk.get("/dapi/v1/positionRisk", "pair=BTCUSD")[0]["symbol"], "BTCUSD_PERP");
    let account = desk.get("/dapi/v1/account", "");
    assert_eq!(keys(&account), ["feeTier", "canTrade", "canDeposit", "canWithdraw", "updateTime", "assets", "positions"]);
    assert_eq!((&account["assets"][0]["asset"], &account["assets"][0]["walletBalance"]), (&json!("BTC"), &json!("9.99990000")));
    let position = &account["positions"][0];
    assert_eq!(
        (&position["isolated"], &position["leverage"], &position["notionalValue"]),
        (&json!(true), &json!("10"), &json!("0.16666667"))
    );
    assert!(position["maxQty"].is_string() && position.get("notional").is_none(), "{position}");
    let trade = &desk.get("/dapi/v1/userTrades", "symbol=BTCUSD_PERP")[0];
    let values = ["qty", "baseQty", "commission", "commissionAsset", "pair"].map(|name| &trade[name]);
    assert_eq!(json!(values), json!(["100", "0.20000000", "0.00010000", "BTC", "BTCUSD"]));
    assert!(trade.get("quoteQty").is_none());
    assert_eq!(desk.get("/dapi/v1/userTrades", "pair=BTCUSD")[0], *trade);
    assert_eq!(desk.refused(GET, "/dapi/v1/userTrades", "pair=NOPE"), -4144);
    assert_eq!(desk.refused(GET, "/dapi/v1/positionRisk", "pair=NOPE"), -4144);
}

#[test]
fn what_an_api_does_not_have_is_not_there() {
    let desk = Desk::new();
    for path in ["/dapi/v1/accountConfig", "/dapi/v1/symbolConfig", "/dapi/v3/account", "/fapi/v2/leverageBracket"] {
        assert!(desk.app.router.find(GET, path).is_none(), "{path}");
    }
}
