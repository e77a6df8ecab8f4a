//! Controlling an exchange over real sockets.

mod http_support;
mod local_support;

use http_support::{server, settings};
use local_support::{as_user, done, get, post, request, signed_by, stand_still};
use ringfence_server::server::launch;
use ringfence_server::start::Keeping;
use serde_json::json;

const BUY: &str = "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.010";

#[test]
fn health_and_audit_tell_an_exchange_whose_money_adds_up() {
    let server = server();
    let at = server.address;
    let health = get(at, "health");
    assert_eq!((&health["state"], &health["clock"]), (&json!("OPEN"), &json!("running")));
    assert!(health["durable_index"].as_u64().unwrap() > 0, "{health}");
    assert_eq!(as_user(at, "alice", ("POST", "/fapi/v1/order"), BUY).status, 200);
    let audit = get(at, "audit");
    assert_eq!((&audit["ok"], audit["state_hash"].as_str().unwrap().len()), (&json!(true), 32), "{audit}");
    let assets = audit["assets"].as_array().unwrap();
    assert_eq!(assets.len(), 3, "USDT, BTC, ETH: {audit}");
    for asset in assets {
        assert_eq!((&asset["difference"], &asset["funding_in_transit"]), (&json!("0"), &json!("0")), "{asset}");
        assert_ne!(asset["deposits_less_withdrawals"], "0", "{asset}");
    }
    server.run(async {}).unwrap();
}

#[test]
fn an_account_is_opened_with_money_and_a_key_that_trades() {
    let server = server();
    let at = server.address;
    let opened = post(at, "accounts", &json!({"name": "carol", "balances": {"USDT": "2500.5"}}));
    assert_eq!((opened.status, &opened.json["api_key"]), (200, &json!("test-carol")), "{opened:?}");
    assert!(opened.headers.contains("x-ringfence-index: "), "{}", opened.headers);
    let accounts = get(at, "accounts");
    let carol = accounts.as_array().unwrap().iter().find(|row| row["name"] == "carol").unwrap();
    assert_eq!((&carol["balances"][0]["asset"], &carol["balances"][0]["wallet"]), (&json!("USDT"), &json!("2500.5")));
    assert_eq!((&carol["house"], &accounts[0]["house"]), (&json!(false), &json!(true)));
    assert_eq!(as_user(at, "carol", ("POST", "/fapi/v1/order"), BUY).status, 200);
    done(at, "accounts", &json!({"name": "dave"}));
    for (body, field) in [
        (json!({"name": "carol"}), "exists already"),
        (json!({"name": "No Good"}), "lower-case"),
        (json!({"name": "eve", "balances": {"DOGE": "1"}}), "no asset 'DOGE'"),
        (json!({"name": "eve", "balances": {"USDT": "0"}}), "above 0"),
        (json!({"name": "eve", "balances": {"USDT": "x"}}), "USDT"),
        (json!({}), "'name'"),
    ] {
        let refused = post(at, "accounts", &body);
        assert_eq!(refused.status, 400, "{body}: {refused:?}");
        assert!(refused.body.contains(field), "{body}: {}", refused.body);
    }
    assert_eq!(get(at, "accounts").as_array().unwrap().len(), 6, "nothing was opened by what was refused");
    server.run(async {}).unwrap();
}

#[test]
fn money_comes_and_goes() {
    let server = server();
    let at = server.address;
    let more = done(at, "faucet", &json!({"account": "alice", "asset": "USDT", "amount": "250"}));
    assert_eq!(more["wallet"], "10250");
    let less = done(at, "withdraw", &json!({"account": "alice", "asset": "USDT", "amount": "10249.5"}));
    assert_eq!((&less["wallet"], &less["available"]), (&json!("0.5"), &json!("0.5")));
    for (path, body) in [
        ("withdraw", json!({"account": "alice", "asset": "USDT", "amount": "0.50000001"})),
        ("faucet", json!({"account": "alice", "asset": "USDT", "amount": "-1"})),
        ("faucet", json!({"account": "nobody", "asset": "USDT", "amount": "1"})),
        ("faucet", json!({"account": "alice", "asset": "XYZ", "amount": "1"})),
        ("insurance", json!({"symbol": "BTCUSDT", "amount": "0"})),
    ] {
        assert_eq!(post(at, path, &body).status, 400, "{path} {body}");
    }
    let funded = done(at, "insurance", &json!({"symbol": "SOLUSDT", "amount": "12.5"}));
    assert_eq!(funded["insurance"], "500012.5");
    assert_eq!(get(at, "audit")["ok"], true);
    server.run(async {}).unwrap();
}

#[test]
fn a_key_does_what_it_may_until_it_is_revoked() {
    let server = server();
    let at = server.address;
    let made = done(at, "keys", &json!({"account": "alice", "scopes": "read"}));
    let (key, secret) = (made["api_key"].as_str().unwrap(), made["secret"].as_str().unwrap());
    let asks = |path| signed_by(at, (key, secret), ("GET", path), "symbol=BTCUSDT").status;
    assert_eq!(asks("/fapi/v1/openOrders"), 200);
    let trades = signed_by(at, (key, secret), ("POST", "/fapi/v1/order"), BUY);
    assert_eq!((trades.status, &trades.json["code"]), (401, &json!(-2015)));
    let wrong = signed_by(at, (key, "another"), ("GET", "/fapi/v1/openOrders"), "");
    assert_eq!(wrong.json["code"], -1022);
    let revoke = format!("/local/v1/keys?key={key}");
    assert_eq!(request(at, ("DELETE", &revoke), &[], "").status, 200);
    assert_eq!(asks("/fapi/v1/openOrders"), 401);
    assert_eq!(request(at, ("DELETE", &revoke), &[], "").status, 400, "only once");
    assert_eq!(post(at, "keys", &json!({"account": "alice", "scopes": "read,control"})).status, 400);
    server.run(async {}).unwrap();
}

#[test]
fn marks_sources_and_markets_are_controlled() {
    let server = server();
    let at = server.address;
    let moved = done(at, "mark", &json!({"symbol": "BTCUSDT", "price": "60000"}));
    assert_eq!((&moved["mark"], &moved["source"]), (&json!("60000"), &json!("paused")));
    let down = done(at, "mark", &json!({"symbol": "BTCUSDT", "change": "-0.05"}));
    assert_eq!(down["mark"], "57000");
    let row = |symbol: &str| {
        let markets = get(at, "markets");
        markets["markets"].as_array().unwrap().iter().find(|row| row["symbol"] == symbol).cloned().unwrap()
    };
    let market = row("BTCUSDT");
    assert_eq!((&market["mark"], &market["index"], &market["source"]), (&json!("57000"), &json!("57000"), &json!("paused")));
    assert_eq!((&market["max_leverage"], &market["state"]), (&json!("125"), &json!("OPEN")));
    assert!(market["next_funding_time"].as_u64().unwrap() > 0 && market["brackets"].as_array().unwrap().len() > 3, "{market}");
    for (action, status) in [("resume", "running"), ("pause", "paused"), ("walk", "running"), ("fixed", "running")] {
        done(at, "source", &json!({"symbol": "BTCUSDT", "action": action}));
        assert_eq!(row("BTCUSDT")["source"], status, "{action}");
    }
    done(at, "market-state", &json!({"symbol": "ETHUSDT", "state": "HALTED"}));
    assert_eq!(row("ETHUSDT")["state"], "HALTED");
    let order = "symbol=ETHUSDT&side=BUY&type=MARKET&quantity=0.1";
    assert_eq!(as_user(at, "alice", ("POST", "/fapi/v1/order"), order).status, 400);
    done(at, "market-state", &json!({"symbol": "ETHUSDT", "state": "OPEN"}));
    done(at, "maker", &json!({"symbol": "SOLUSDT", "on": false}));
    done(at, "flow", &json!({"symbol": "SOLUSDT", "on": false}));
    std::thread::sleep(std::time::Duration::from_millis(700));
    assert_eq!(row("SOLUSDT")["best_bid"], json!(null), "no quotes without the maker");
    done(at, "market-state", &json!({"symbol": "XRPUSDT", "state": "SETTLED"}));
    assert_eq!(
        post(at, "mark", &json!({"symbol": "XRPUSDT", "change": "0.1"})).status,
        400,
        "a settled market has no price to set"
    );
    assert_eq!(row("XRPUSDT")["source"], "running", "what was refused paused nothing");
    for (path, body) in [
        ("mark", json!({"symbol": "BTCUSDT"})),
        ("mark", json!({"symbol": "BTCUSDT", "price": "1", "change": "0.1"})),
        ("mark", json!({"symbol": "BTCUSDT", "change": "-1"})),
        ("mark", json!({"symbol": "NONE", "change": "0.1"})),
        ("source", json!({"symbol": "BTCUSDT", "action": "fly"})),
        ("maker", json!({"symbol": "BTCUSDT"})),
        ("market-state", json!({"symbol": "BTCUSDT", "state": "AJAR"})),
    ] {
        assert_eq!(post(at, path, &body).status, 400, "{path} {body}");
    }
    server.run(async {}).unwrap();
}

#[test]
fn the_clock_freezes_jumps_and_runs_and_funding_settles_now() {
    let server = server();
    let at = server.address;
    let frozen = done(at, "time", &json!({"action": "freeze"}))["time"].as_u64().unwrap();
    assert_eq!(get(at, "markets")["clock"], "frozen");
    let jumped = done(at, "time", &json!({"action": "advance", "ms": 3_600_000}));
    assert_eq!(jumped["time"].as_u64().unwrap(), frozen + 3_600_000);
    assert_eq!(get(at, "health")["time"], jumped["time"]);
    done(at, "time", &json!({"action": "run", "speed": 60}));
    assert_eq!(get(at, "health")["speed"], 60);
    for body in [json!({"action": "advance"}), json!({"action": "run", "speed": 3_601}), json!({"action": "run", "speed": 0})] {
        assert_eq!(post(at, "time", &body).status, 400, "{body}");
    }
    assert_eq!(post(at, "time", &json!({"action": "advance", "ms": 31_u64 * 86_400_000 + 1})).status, 400);
    stand_still(at, "BTCUSDT", "60000");
    assert_eq!(as_user(at, "alice", ("POST", "/fapi/v1/order"), BUY).status, 200);
    let wallet = || {
        let accounts = get(at, "accounts");
        accounts[2]["balances"][0]["wallet"].as_str().unwrap().to_owned()
    };
    let before: f64 = wallet().parse().unwrap();
    let settled = done(at, "funding", &json!({"symbol": "BTCUSDT", "rate": "0.001"}));
    assert_eq!((&settled["rate"], &settled["mark"]), (&json!("0.001"), &json!("60000")), "{settled}");
    let paid = before - wallet().parse::<f64>().unwrap();
    assert!((paid - 0.6).abs() < 1e-6, "0.01 × 60000 × 0.001 = 0.6, paid {paid}");
    server.run(async {}).unwrap();
}

#[test]
fn a_snapshot_is_gone_back_to_and_later_accounts_are_forgotten() {
    let server = server();
    let at = server.address;
    let wallet = |name: &str| {
        let accounts = get(at, "accounts");
        let row = accounts.as_array().unwrap().iter().find(|row| row["name"] == name).cloned();
        row.map(|row| row["balances"][0]["wallet"].as_str().unwrap().to_owned())
    };
    let deposit = |amount: &str| done(at, "faucet", &json!({"account": "alice", "asset": "USDT", "amount": amount}));
    deposit("1");
    done(at, "snapshot", &json!({"name": "one"}));
    deposit("10");
    done(at, "accounts", &json!({"name": "carol"}));
    assert_eq!((wallet("alice"), wallet("carol").is_some()), (Some("10011".to_owned()), true));
    for _ in 0..2 {
        done(at, "revert", &json!({"name": "one"}));
        assert_eq!((wallet("alice"), wallet("carol")), (Some("10001".to_owned()), None));
        assert_eq!(as_user(at, "carol", ("GET", "/fapi/v1/openOrders"), "").status, 401);
        done(at, "accounts", &json!({"name": "carol"}));
        assert_eq!(as_user(at, "carol", ("GET", "/fapi/v1/openOrders"), "").status, 200);
    }
    done(at, "reset", &json!({}));
    assert_eq!(wallet("alice"), Some("10000".to_owned()));
    assert_eq!(get(at, "audit")["ok"], true);
    assert_eq!(
        as_user(
            at,
            "alice",
            ("POST", "/fapi/v1/order"),
            "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=60000"
        )
        .status,
        200
    );
    assert_eq!(post(at, "revert", &json!({"name": "two"})).status, 400);
    for number in 0..15 {
        done(at, "snapshot", &json!({"name": format!("more-{number}")}));
    }
    assert_eq!(post(at, "snapshot", &json!({"name": "seventeenth"})).status, 400);
    done(at, "snapshot", &json!({"name": "one"}));
    assert_eq!(get(at, "snapshots")["snapshots"].as_array().unwrap().len(), 16);
    server.run(async {}).unwrap();
}

#[test]
fn an_exchange_in_a_directory_keeps_its_users_and_does_not_go_back() {
    let directory = std::env::temp_dir().join(format!("ringfence-local-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let server = launch(&settings(Keeping::Directory(directory.clone()))).unwrap();
    let at = server.address;
    for (path, body) in [("snapshot", json!({"name": "a"})), ("revert", json!({"name": "a"})), ("reset", json!({}))] {
        let refused = post(at, path, &body);
        assert_eq!((refused.status, refused.body.contains("kept in a directory")), (400, true), "{refused:?}");
    }
    done(at, "accounts", &json!({"name": "carol", "balances": {"USDT": "7"}}));
    let made = done(at, "keys", &json!({"account": "carol", "scopes": ["read", "trade"]}));
    let (key, secret) = (made["api_key"].as_str().unwrap().to_owned(), made["secret"].as_str().unwrap().to_owned());
    server.run(async {}).unwrap();
    let server = launch(&settings(Keeping::Directory(directory.clone()))).unwrap();
    let at = server.address;
    let asked = signed_by(at, (&key, &secret), ("GET", "/fapi/v1/openOrders"), "");
    assert_eq!(asked.status, 200, "{asked:?}");
    let accounts = get(at, "accounts");
    let carol = accounts.as_array().unwrap().iter().find(|row| row["name"] == "carol").unwrap();
    assert_eq!(carol["balances"][0]["wallet"], "7");
    server.run(async {}).unwrap();
    std::fs::remove_dir_all(directory).unwrap();
}

#[test]
fn injected_faults_meet_the_venues_paths_only_and_end() {
    let server = server();
    let at = server.address;
    let asks = || as_user(at, "alice", ("GET", "/fapi/v1/openOrders"), "");
    for (status, code) in [(429, -1003), (418, -1003), (500, -1001), (503, -1000)] {
        done(at, "faults", &json!({"reject": status}));
        let met = asks();
        assert_eq!((met.status, &met.json["code"]), (status, &json!(code)), "{met:?}");
        assert_eq!(met.headers.contains("retry-after: "), status == 429 || status == 418, "{met:?}");
        assert_eq!(get(at, "health")["state"], "OPEN");
    }
    done(at, "faults", &json!({"clock_skew_ms": -60_000}));
    assert_eq!(asks().json["code"], -1021);
    done(at, "faults", &json!({"latency_ms": 300}));
    let began = std::time::Instant::now();
    assert_eq!(asks().status, 200);
    assert!(began.elapsed() >= std::time::Duration::from_millis(300));
    done(at, "faults", &json!({"reject": 429, "for_seconds": 1}));
    assert_eq!(asks().status, 429);
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    assert_eq!(asks().status, 200);
    done(at, "faults", &json!({"reject": 429}));
    assert_eq!(done(at, "faults", &json!({}))["active"], false);
    assert_eq!(asks().status, 200);
    server.run(async {}).unwrap();
}

#[test]
fn prices_walk_on_after_going_back_in_time() {
    let server = server();
    let at = server.address;
    done(at, "snapshot", &json!({"name": "before"}));
    done(at, "time", &json!({"action": "advance", "ms": 600_000}));
    std::thread::sleep(std::time::Duration::from_millis(1_500));
    done(at, "revert", &json!({"name": "before"}));
    let marks = || {
        let markets = get(at, "markets");
        markets["markets"].as_array().unwrap().iter().map(|row| row["mark"].clone()).collect::<Vec<_>>()
    };
    let reverted = marks();
    let moved = (0..40).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        marks() != reverted
    });
    assert!(moved, "nothing moved in four seconds: {reverted:?}");
    server.run(async {}).unwrap();
}

#[test]
fn a_crash_falls_step_by_step_to_its_end() {
    let server = server();
    let at = server.address;
    done(at, "mark", &json!({"symbol": "BTCUSDT", "price": "60000"}));
    let told = done(at, "crash", &json!({"symbol": "BTCUSDT", "change": "-0.2", "seconds": 2}));
    assert_eq!((&told["to"], &told["steps"]), (&json!("48000"), &json!(8)));
    let mark = || get(at, "markets")["markets"][0]["mark"].as_str().unwrap().parse::<f64>().unwrap();
    let mut seen = Vec::new();
    for _ in 0..60 {
        seen.push(mark());
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    seen.dedup();
    assert_eq!(seen.last(), Some(&48_000.0), "{seen:?}");
    assert!(seen.len() >= 5 && seen.is_sorted_by(|earlier, later| earlier > later), "{seen:?}");
    for body in [
        json!({"symbol": "BTCUSDT", "change": "0"}),
        json!({"symbol": "BTCUSDT", "change": "-1"}),
        json!({"symbol": "BTCUSDT", "change": "-0.1", "seconds": 61}),
    ] {
        assert_eq!(post(at, "crash", &body).status, 400, "{body}");
    }
    server.run(async {}).unwrap();
}
