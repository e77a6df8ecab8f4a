//! What everybody is told of markets: whole documents, as clients read them.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod api_support;

use api_support::{Desk, read};
use http::Method;
use ringfence_engine::command::{Command, MarketState};
use ringfence_risk::filters::OrderSide::{Buy, Sell};
use ringfence_server::api::endpoint::Security;
use ringfence_server::boot::Family;
use serde_json::{Value, json};

const GET: &Method = &Method::GET;

/// Bids and asks around 60,000, and one trade of 0.010 that `alice` took at 60,030.
fn traded() -> Desk {
    let desk = Desk::new();
    desk.place("bob", "BTCUSDT", (Buy, "5", "59970"));
    desk.place("bob", "BTCUSDT", (Buy, "6", "59969.9"));
    desk.place("bob", "BTCUSDT", (Sell, "5", "60030"));
    desk.place("alice", "BTCUSDT", (Buy, "0.010", "60030"));
    desk
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}

#[test]
fn whether_it_is_there_and_what_time_it_is() {
    let desk = Desk::new();
    for family in ["/fapi/v1", "/dapi/v1"] {
        assert_eq!(desk.get(&format!("{family}/ping"), ""), json!({}));
        let time = desk.get(&format!("{family}/time"), "")["serverTime"].as_u64().unwrap();
        assert!(time > 1_700_000_000_000);
    }
}

#[test]
fn the_terms_of_a_linear_market() {
    let desk = Desk::new();
    let info = desk.get("/fapi/v1/exchangeInfo", "");
    assert_eq!(
        (&info["timezone"], &info["futuresType"], &info["exchangeFilters"]),
        (&json!("UTC"), &json!("U_MARGINED"), &json!([]))
    );
    assert!(info["serverTime"].is_u64());
    let rates = json!([
        {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 2400},
        {"rateLimitType": "ORDERS", "interval": "MINUTE", "intervalNum": 1, "limit": 1200},
        {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 300},
    ]);
    assert_eq!(info["rateLimits"], rates);
    assert_eq!(info["assets"], json!([{"asset": "USDT", "marginAvailable": true, "autoAssetExchange": "0"}]));
    let expected = json!({
        "symbol": "BTCUSDT", "pair": "BTCUSDT", "contractType": "PERPETUAL", "deliveryDate": 4_133_404_800_000_u64,
        "onboardDate": 1_569_398_400_000_u64, "status": "TRADING", "maintMarginPercent": "0.4000", "requiredMarginPercent": "0.8000",
        "baseAsset": "BTC", "quoteAsset": "USDT", "marginAsset": "USDT", "pricePrecision": 1, "quantityPrecision": 3,
        "baseAssetPrecision": 8, "quotePrecision": 8, "underlyingType": "COIN", "underlyingSubType": [], "settlePlan": 0,
        "triggerProtect": "0.0500", "liquidationFee": "0.012000", "marketTakeBound": "0.10",
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": "0.1", "maxPrice": "429496729.5", "tickSize": "0.1"},
            {"filterType": "LOT_SIZE", "minQty": "0.001", "maxQty": "1000", "stepSize": "0.001"},
            {"filterType": "MARKET_LOT_SIZE", "minQty": "0.001", "maxQty": "1000", "stepSize": "0.001"},
            {"filterType": "MAX_NUM_ORDERS", "limit": 1000},
            {"filterType": "MIN_NOTIONAL", "notional": "10"},
            {"filterType": "PERCENT_PRICE", "multiplierUp": "1.1000", "multiplierDown": "0.5454", "multiplierDecimal": "4"},
        ],
        "orderTypes": ["LIMIT", "MARKET", "STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET"],
        "timeInForce": ["GTC", "IOC", "FOK", "GTX", "GTD"],
    });
    let symbol = &info["symbols"][0];
    assert_eq!(*symbol, expected);
    let names: Vec<&Value> = list(&info["symbols"]).iter().map(|symbol| &symbol["symbol"]).collect();
    assert_eq!(names, ["BTCUSDT", "ETHUSDT"]);
}

#[test]
fn the_terms_of_an_inverse_market() {
    let desk = Desk::new();
    let info = desk.get("/dapi/v1/exchangeInfo", "");
    assert!(info.get("futuresType").is_none() && info.get("assets").is_none());
    let symbol = &info["symbols"][0];
    let names = ["symbol", "pair", "marginAsset", "quoteAsset", "contractSize", "contractStatus", "equalQtyPrecision"];
    let values: Vec<&Value> = names.iter().map(|name| &symbol[name]).collect();
    assert_eq!(json!(values), json!(["BTCUSD_PERP", "BTCUSD", "BTC", "USD", 100, "TRADING", 4]));
    assert!(symbol["contractSize"].is_u64() && symbol.get("status").is_none(), "{symbol}");
    assert!(list(&symbol["filters"]).iter().all(|filter| filter["filterType"] != "MIN_NOTIONAL"), "{symbol}");
    let at_market = list(&symbol["filters"]).iter().find(|filter| filter["filterType"] == "MARKET_LOT_SIZE").unwrap();
    assert_eq!(at_market["maxQty"], "60000");
}

#[test]
fn a_markets_state_is_told() {
    let desk = Desk::new();
    let rows = [
        (MarketState::PostOnly, "TRADING"),
        (MarketState::ReduceOnly, "TRADING"),
        (MarketState::CancelOnly, "PENDING_TRADING"),
        (MarketState::Halted, "PENDING_TRADING"),
        (MarketState::Settled, "CLOSE"),
    ];
    for (state, status) in rows {
        desk.run(Command::SetMarketState { market: desk.market("BTCUSDT"), state });
        assert_eq!(desk.get("/fapi/v1/exchangeInfo", "")["symbols"][0]["status"], status, "{state:?}");
    }
}

#[test]
fn the_book() {
    let desk = traded();
    let now = desk.now();
    let depth = desk.get("/fapi/v1/depth", "symbol=BTCUSDT");
    let id = depth["lastUpdateId"].as_u64().unwrap();
    let expected = json!({
        "lastUpdateId": id, "E": now, "T": now,
        "bids": [["59970.0", "5.000"], ["59969.9", "6.000"]], "asks": [["60030.0", "4.990"]],
    });
    assert_eq!(depth, expected);
    desk.place("bob", "BTCUSDT", (Sell, "1", "60031"));
    let later = desk.get("/fapi/v1/depth", "symbol=BTCUSDT&limit=7");
    assert_eq!((later["lastUpdateId"].as_u64().unwrap(), list(&later["asks"]).len()), (id + 1, 2));
    for price in 0..8 {
        desk.place("bob", "BTCUSDT", (Sell, "1", &format!("6004{price}")));
    }
    let levels = |limit: u32| list(&desk.get("/fapi/v1/depth", &format!("symbol=BTCUSDT&limit={limit}"))["asks"]).len();
    assert_eq!([levels(1), levels(5), levels(6), levels(9_999)], [5, 5, 10, 10]);
    let best = json!({
        "lastUpdateId": id + 9, "symbol": "BTCUSDT", "bidPrice": "59970.0", "bidQty": "5.000", "askPrice": "60030.0",
        "askQty": "4.990", "time": now,
    });
    assert_eq!(desk.get("/fapi/v1/ticker/bookTicker", "symbol=BTCUSDT"), best);
    let all = desk.get("/fapi/v1/ticker/bookTicker", "");
    let empty = json!({
        "lastUpdateId": 0, "symbol": "ETHUSDT", "bidPrice": "0.00", "bidQty": "0.000", "askPrice": "0.00", "askQty": "0.000",
        "time": now,
    });
    assert_eq!(all, json!([best, empty]));
    let coin = desk.get("/dapi/v1/depth", "symbol=BTCUSD_PERP");
    assert_eq!((&coin["symbol"], &coin["pair"]), (&json!("BTCUSD_PERP"), &json!("BTCUSD")));
    assert_eq!(desk.get("/dapi/v1/ticker/bookTicker", "symbol=BTCUSD_PERP")[0]["pair"], "BTCUSD");
    for (query, code) in [("", -1102), ("symbol=NOPE", -1121), ("symbol=BTCUSD_PERP", -1121), ("symbol=BTCUSDT&limit=x", -1100)] {
        assert_eq!(desk.call("alice", GET, "/fapi/v1/depth", query).unwrap_err().code, code, "{query}");
    }
}

#[test]
fn trades() {
    let desk = traded();
    let now = desk.now();
    desk.place("bob", "BTCUSDT", (Buy, "1", "60000"));
    desk.pass(1_000);
    desk.place("alice", "BTCUSDT", (Sell, "0.020", "60000"));
    let first = json!({"id": 1, "price": "60030.0", "qty": "0.010", "quoteQty": "600.30", "time": now, "isBuyerMaker": false, "isRPITrade": false});
    let second = json!({"id": 2, "price": "60000.0", "qty": "0.020", "quoteQty": "1200.00", "time": now + 1_000, "isBuyerMaker": true, "isRPITrade": false});
    assert_eq!(desk.get("/fapi/v1/trades", "symbol=BTCUSDT"), json!([first, second]));
    assert_eq!(desk.get("/fapi/v1/trades", "symbol=BTCUSDT&limit=1"), json!([second]));
    assert_eq!(desk.get("/fapi/v1/historicalTrades", "symbol=BTCUSDT&fromId=1&limit=1"), json!([first]));
    assert_eq!(desk.endpoint(GET, "/fapi/v1/historicalTrades").security, Security::Key);
    let one = json!({"a": 1, "p": "60030.0", "q": "0.010", "nq": "0.010", "f": 1, "l": 1, "T": now, "m": false});
    let two = json!({"a": 2, "p": "60000.0", "q": "0.020", "nq": "0.020", "f": 2, "l": 2, "T": now + 1_000, "m": true});
    let aggregates = |query: &str| desk.get("/fapi/v1/aggTrades", &format!("symbol=BTCUSDT{query}"));
    assert_eq!(aggregates(""), json!([one, two]));
    assert_eq!(aggregates("&fromId=2"), json!([two]));
    assert_eq!(aggregates(&format!("&startTime={now}&endTime={}", now + 3_600_000)), json!([one, two]));
    assert_eq!(aggregates(&format!("&startTime={}", now + 1)), json!([two]));
    let too_long = desk.call("alice", GET, "/fapi/v1/aggTrades", "symbol=BTCUSDT&startTime=0&endTime=3600001").unwrap_err();
    assert_eq!((too_long.code, too_long.message.contains("More than 1 hours")), (-1127, true));
    desk.buy("BTCUSD_PERP", "3", "60000");
    let coin =
        json!([{"id": 1, "price": "60000.0", "qty": "3", "baseQty": "0.00500000", "time": now + 1_000, "isBuyerMaker": false}]);
    assert_eq!(desk.get("/dapi/v1/trades", "symbol=BTCUSD_PERP"), coin);
}

#[test]
fn candles() {
    let desk = traded();
    let opened = desk.now() / 60_000 * 60_000;
    let of_minute = |path: &str, query: &str| desk.get(path, &format!("{query}&interval=1m"));
    let candle = json!([
        opened,
        "60030.0",
        "60030.0",
        "60030.0",
        "60030.0",
        "0.010",
        opened + 59_999,
        "600.30",
        1,
        "0.010",
        "600.30",
        "0",
    ]);
    assert_eq!(of_minute("/fapi/v1/klines", "symbol=BTCUSDT"), json!([candle]));
    assert_eq!(of_minute("/fapi/v1/continuousKlines", "pair=BTCUSDT&contractType=PERPETUAL"), json!([candle]));
    desk.pass(60_000);
    let silent = json!([
        opened + 60_000,
        "60030.0",
        "60030.0",
        "60030.0",
        "60030.0",
        "0.000",
        opened + 119_999,
        "0.00",
        0,
        "0.000",
        "0.00",
        "0",
    ]);
    assert_eq!(of_minute("/fapi/v1/klines", "symbol=BTCUSDT"), json!([candle, silent]));
    assert_eq!(of_minute("/fapi/v1/klines", "symbol=BTCUSDT&limit=1"), json!([silent]));
    assert_eq!(of_minute("/fapi/v1/klines", &format!("symbol=BTCUSDT&startTime={opened}&limit=1")), json!([candle]));
    assert_eq!(of_minute("/fapi/v1/klines", &format!("symbol=BTCUSDT&startTime={}", opened + 1)), json!([silent]));
    let mark = json!([
        opened,
        "60000.00000000",
        "60000.00000000",
        "60000.00000000",
        "60000.00000000",
        "0",
        opened + 59_999,
        "0",
        0,
        "0",
        "0",
        "0",
    ]);
    assert_eq!(of_minute("/fapi/v1/markPriceKlines", "symbol=BTCUSDT")[0], mark);
    assert_eq!(of_minute("/fapi/v1/indexPriceKlines", "pair=BTCUSDT")[0], mark);
    assert_eq!(of_minute("/fapi/v1/premiumIndexKlines", "symbol=BTCUSDT")[0][1], "0.00000000");
    desk.buy("BTCUSD_PERP", "3", "60000");
    let coin = of_minute("/dapi/v1/klines", "symbol=BTCUSD_PERP&limit=1");
    assert_eq!((&coin[0][5], &coin[0][7]), (&json!("3"), &json!("0.00500000")));
    assert_eq!(of_minute("/dapi/v1/indexPriceKlines", "pair=BTCUSD")[0][1], "60000.00000000");
    for (path, query, code) in [
        ("/fapi/v1/klines", "symbol=BTCUSDT&interval=2m", -1120),
        ("/fapi/v1/klines", "symbol=BTCUSDT", -1102),
        ("/fapi/v1/klines", "interval=1m", -1102),
        ("/fapi/v1/klines", "symbol=BTCUSDT&interval=1m&startTime=2&endTime=1", -1023),
        ("/fapi/v1/indexPriceKlines", "pair=NOPE&interval=1m", -4144),
        ("/fapi/v1/continuousKlines", "pair=BTCUSDT&interval=1m", -1102),
        ("/fapi/v1/continuousKlines", "pair=BTCUSDT&interval=1m&contractType=CURRENT_QUARTER", -1130),
    ] {
        assert_eq!(desk.call("alice", GET, path, query).unwrap_err().code, code, "{path}?{query}");
    }
}

#[test]
fn a_day_and_the_last_price() {
    let desk = traded();
    let traded_at = desk.now();
    desk.place("bob", "BTCUSDT", (Sell, "1", "60029"));
    desk.place("alice", "BTCUSDT", (Buy, "0.010", "60029"));
    let day = desk.get("/fapi/v1/ticker/24hr", "symbol=BTCUSDT");
    let expected = json!({
        "symbol": "BTCUSDT", "priceChange": "-1.0", "priceChangePercent": "-0.002", "weightedAvgPrice": "60029.5",
        "lastPrice": "60029.0", "lastQty": "0.010", "openPrice": "60030.0", "highPrice": "60030.0", "lowPrice": "60029.0",
        "volume": "0.020", "quoteVolume": "1200.59", "openTime": day["openTime"], "closeTime": traded_at, "firstId": 1, "lastId": 2,
        "count": 2,
    });
    assert_eq!(day, expected);
    assert!(day["openTime"].as_u64().unwrap() < traded_at);
    let all = desk.get("/fapi/v1/ticker/24hr", "");
    assert_eq!(all[0], expected);
    // Nothing was traded yet: the mark stands for the price.
    let silent =
        ["symbol", "lastPrice", "lastQty", "volume", "quoteVolume", "firstId", "lastId", "count"].map(|name| &all[1][name]);
    assert_eq!(json!(silent), json!(["ETHUSDT", "3000.00", "0.000", "0.000", "0.00", -1, -1, 0]));
    let price = json!({"symbol": "BTCUSDT", "price": "60029.0", "time": traded_at});
    desk.pass(5_000);
    assert_eq!(desk.get("/fapi/v1/ticker/price", "symbol=BTCUSDT"), price);
    assert_eq!(
        desk.get("/fapi/v2/ticker/price", ""),
        json!([price, {"symbol": "ETHUSDT", "price": "3000.00", "time": desk.now()}])
    );
    let coin = desk.get("/dapi/v1/ticker/24hr", "symbol=BTCUSD_PERP");
    assert_eq!((&coin[0]["pair"], &coin[0]["baseVolume"]), (&json!("BTCUSD"), &json!("0.00000000")));
    assert!(coin[0].get("quoteVolume").is_none());
    assert_eq!(desk.get("/dapi/v1/ticker/price", "pair=BTCUSD")[0]["ps"], "BTCUSD");
}

#[test]
fn marks_and_funding() {
    let desk = Desk::new();
    let now = desk.now();
    let next = (now / 28_800_000 + 1) * 28_800_000;
    let expected = json!({
        "symbol": "BTCUSDT", "markPrice": "60000.00000000", "indexPrice": "60000.00000000",
        "estimatedSettlePrice": "60000.00000000", "lastFundingRate": "0.00010000", "interestRate": "0.00010000",
        "nextFundingTime": next, "time": now,
    });
    desk.run(Command::SetFundingRate { market: desk.market("BTCUSDT"), rate: "0.0001".parse().unwrap() });
    assert_eq!(desk.get("/fapi/v1/premiumIndex", "symbol=BTCUSDT"), expected);
    assert_eq!(list(&desk.get("/fapi/v1/premiumIndex", "")).len(), 2);
    assert_eq!(desk.get("/dapi/v1/premiumIndex", "symbol=BTCUSD_PERP")[0]["pair"], "BTCUSD");
    assert_eq!(desk.get("/fapi/v1/fundingRate", "symbol=BTCUSDT"), json!([]));
    desk.pass(next - now);
    desk.pass(28_800_000);
    let settled = |query: &str| desk.get("/fapi/v1/fundingRate", query);
    let row = |at: u64, rate: &Value| json!({"symbol": "BTCUSDT", "fundingRate": rate, "fundingTime": at, "markPrice": "60000.00000000", "rateType": "Regular"});
    let rows = settled("symbol=BTCUSDT");
    let expected = json!([row(next, &json!("0.00010000")), row(next + 28_800_000, &rows[1]["fundingRate"])]);
    assert_eq!(rows, expected);
    assert_eq!(settled("symbol=BTCUSDT&limit=1"), json!([expected[1]]));
    assert_eq!(settled("symbol=BTCUSDT&startTime=0&limit=1"), json!([expected[0]]));
    let all = settled("");
    let times: Vec<u64> = list(&all).iter().map(|row| row["fundingTime"].as_u64().unwrap()).collect();
    assert!(times.is_sorted() && times.len() == 4, "{times:?}");
    let info = json!({
        "symbol": "BTCUSDT", "adjustedFundingRateCap": "0.02000000", "adjustedFundingRateFloor": "-0.02000000",
        "fundingIntervalHours": 8, "disclaimer": false,
    });
    assert_eq!(desk.get("/fapi/v1/fundingInfo", "")[0], info);
}

#[test]
fn open_interest_and_statistics() {
    let desk = traded();
    desk.buy("BTCUSD_PERP", "3", "60000");
    let now = desk.now();
    let open = json!({"openInterest": "0.010", "symbol": "BTCUSDT", "time": now});
    assert_eq!(desk.get("/fapi/v1/openInterest", "symbol=BTCUSDT"), open);
    let coin = json!({"openInterest": "3", "symbol": "BTCUSD_PERP", "pair": "BTCUSD", "contractType": "PERPETUAL", "time": now});
    assert_eq!(desk.get("/dapi/v1/openInterest", "symbol=BTCUSD_PERP"), coin);
    let sampled = (now / 300_000 + 1) * 300_000;
    desk.pass(300_000);
    let history = json!([{
        "symbol": "BTCUSDT", "sumOpenInterest": "0.01000000", "sumOpenInterestValue": "600.00000000", "CMCCirculatingSupply": "0",
        "timestamp": sampled,
    }]);
    let data = |path: &str, query: &str| desk.get(&format!("/futures/data/{path}"), &format!("{query}&period=5m"));
    assert_eq!(data("openInterestHist", "symbol=BTCUSDT"), history);
    let coin = json!([{
        "pair": "BTCUSD", "contractType": "PERPETUAL", "sumOpenInterest": "3.00000000", "sumOpenInterestValue": "0.00500000",
        "timestamp": sampled,
    }]);
    assert_eq!(data("openInterestHist", "pair=BTCUSD&contractType=PERPETUAL"), coin);
    let unknown = desk.call("alice", GET, "/futures/data/openInterestHist", "pair=NOPE&period=5m").unwrap_err();
    assert_eq!(unknown.code, -4144);
    let now = desk.now() / 300_000 * 300_000;
    let accounts = json!([{"symbol": "BTCUSDT", "longShortRatio": "1.0000", "longAccount": "0.5000", "shortAccount": "0.5000", "timestamp": now}]);
    assert_eq!(data("globalLongShortAccountRatio", "symbol=BTCUSDT"), accounts);
    let takers = data("takerlongshortRatio", "symbol=BTCUSDT");
    assert_eq!(
        takers[0],
        json!({"buySellRatio": "0.0000", "buyVol": "0.0100", "sellVol": "0.0000", "timestamp": sampled - 300_000})
    );
    let basis = data("basis", "pair=BTCUSDT&contractType=PERPETUAL");
    let expected = json!({
        "pair": "BTCUSDT", "contractType": "PERPETUAL", "indexPrice": "60000.00000000", "futuresPrice": "60030.0",
        "basis": "30.00000000", "basisRate": "0.0005", "annualizedBasisRate": "", "timestamp": sampled - 300_000,
    });
    assert_eq!(basis[0], expected);
    let invalid = desk.call("alice", GET, "/futures/data/openInterestHist", "symbol=BTCUSDT&period=1m").unwrap_err();
    assert_eq!(invalid.code, -1120);
    let fund = json!({"symbols": ["BTCUSDT"], "assets": [{"asset": "USDT", "marginBalance": "1000.00000000", "updateTime": desk.now()}]});
    assert_eq!(desk.get("/fapi/v1/insuranceBalance", "symbol=BTCUSDT"), fund);
    assert_eq!((desk.get("/fapi/v1/indexInfo", ""), desk.get("/fapi/v1/assetIndex", "")), (json!([]), json!([])));
}

#[test]
fn how_likely_profits_are_taken() {
    let desk = Desk::new();
    let risk = |query: &str| desk.get("/fapi/v1/symbolAdlRisk", query);
    let row = |symbol: &str, risk: &str| json!({"symbol": symbol, "adlRisk": risk, "updateTime": desk.now()});
    assert_eq!(risk(""), json!([row("BTCUSDT", "low"), row("ETHUSDT", "low")]));
    // The fund holds 1,000: 1 % of 100,000 at the mark.
    for (more, expected) in [("1.666", "low"), ("0.001", "medium")] {
        desk.buy("BTCUSDT", more, "60000");
        assert_eq!(risk("symbol=BTCUSDT"), row("BTCUSDT", expected), "{more} more");
    }
    desk.change("BTCUSDT", |listing| listing.caps.insurance_per_hour = Some(read("0")));
    assert_eq!(risk(""), json!([row("BTCUSDT", "high"), row("ETHUSDT", "low")]), "nothing may be lost");
    assert_eq!(desk.refused(GET, "/fapi/v1/symbolAdlRisk", "symbol=NOPE"), -1121);
}

#[test]
fn calls_weigh_what_binances_do() {
    let desk = Desk::new();
    let weight = |path: &str, symbol: Option<&str>, limit: Option<u32>| desk.endpoint(GET, path).weight.of(symbol, limit);
    let one = Some("BTCUSDT");
    for (limit, depth, candles) in [
        (None, 10, 5),
        (Some(50), 2, 1),
        (Some(99), 5, 1),
        (Some(100), 5, 2),
        (Some(500), 10, 5),
        (Some(1_000), 20, 5),
        (Some(1_500), 20, 10),
    ] {
        let found = (weight("/fapi/v1/depth", one, limit), weight("/dapi/v1/klines", one, limit));
        assert_eq!(found, (depth, candles), "{limit:?}");
    }
    for (path, alone, all) in [
        ("/fapi/v1/ticker/24hr", 1, 40),
        ("/fapi/v1/ticker/bookTicker", 2, 5),
        ("/fapi/v2/ticker/price", 1, 2),
        ("/fapi/v1/premiumIndex", 1, 10),
        ("/fapi/v1/trades", 5, 5),
        ("/fapi/v1/aggTrades", 20, 20),
        ("/fapi/v3/account", 5, 5),
        ("/fapi/v3/positionRisk", 5, 5),
        ("/fapi/v1/income", 30, 30),
        ("/fapi/v1/positionSide/dual", 30, 30),
        ("/fapi/v1/commissionRate", 20, 20),
        ("/fapi/v1/forceOrders", 20, 50),
        ("/fapi/v1/leverageBracket", 1, 1),
    ] {
        assert_eq!((weight(path, one, None), weight(path, None, None)), (alone, all), "{path}");
    }
}

#[test]
fn the_websocket_api_names_the_same_calls() {
    let desk = Desk::new();
    for (name, path) in [
        ("ping", "/fapi/v1/ping"),
        ("time", "/fapi/v1/time"),
        ("depth", "/fapi/v1/depth"),
        ("ticker.price", "/fapi/v2/ticker/price"),
        ("ticker.book", "/fapi/v1/ticker/bookTicker"),
        ("account.position", "/fapi/v2/positionRisk"),
        ("v2/account.position", "/fapi/v3/positionRisk"),
        ("account.balance", "/fapi/v2/balance"),
        ("v2/account.balance", "/fapi/v3/balance"),
        ("account.status", "/fapi/v2/account"),
        ("v2/account.status", "/fapi/v3/account"),
    ] {
        assert_eq!(desk.app.router.find_socket(Family::UsdM, name).map(|endpoint| endpoint.path), Some(path), "{name}");
    }
    for name in ["ping", "time", "depth", "ticker.price", "ticker.book", "account.position", "account.balance", "account.status"]
    {
        assert!(
            desk.app.router.find_socket(Family::CoinM, name).is_some_and(|endpoint| endpoint.path.starts_with("/dapi")),
            "{name}"
        );
    }
}
