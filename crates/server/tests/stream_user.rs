//! What is told of accounts.
#![expect(clippy::unwrap_used, reason = "what a test relies on fails the test")]

mod http_support;
mod stream_support;

use std::net::SocketAddr;
use std::time::Duration;

use http_support::{Answer, send, server, settings, signed};
use ringfence_engine::book::AccountId;
use ringfence_engine::command::{Command, LegRef, PositionSide, Transfer};
use ringfence_engine::ids::MarketId;
use ringfence_engine::time::Time;
use ringfence_risk::plan::MarginMode;
use ringfence_risk::units::{Amount, IndexPrice, Leverage, MarkPrice, Rate, Side};
use ringfence_server::boot::Family;
use ringfence_server::edge::authenticate::Identity;
use ringfence_server::edge::scopes::Scopes;
use ringfence_server::exchange::{Lane, World};
use ringfence_server::server::{Server, launch};
use ringfence_server::start::Keeping;
use serde_json::{Value, json};
use stream_support::{Socket, now_ms};

fn listen_key(at: SocketAddr, name: &str, path: &str) -> String {
    let answer = send(at, "POST", path, Some(&format!("test-{name}")));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json["listenKey"].as_str().unwrap().to_owned()
}

fn order(at: SocketAddr, name: &str, query: &str) -> Answer {
    let answer = signed(at, name, ("POST", "/fapi/v1/order"), query);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer
}

/// Kind, execution and status of events.
fn brief(events: &[Value]) -> Vec<String> {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    events
        .iter()
        .map(|event| format!("{} {} {}", word(&event["e"]), word(&event["o"]["x"]), word(&event["o"]["X"])).trim().to_owned())
        .collect()
}

#[test]
fn an_order_its_fill_and_its_close_are_told_in_order() {
    let server = server();
    let at = server.address;
    let key = listen_key(at, "alice", "/fapi/v1/listenKey");
    let mut socket = Socket::open(at, &format!("/ws/{key}"));
    let resting = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.010&price=50000&newClientOrderId=low";
    order(at, "alice", resting);
    signed(at, "alice", ("PUT", "/fapi/v1/order"), "symbol=BTCUSDT&side=BUY&origClientOrderId=low&quantity=0.020&price=50001");
    signed(at, "alice", ("DELETE", "/fapi/v1/order"), "symbol=BTCUSDT&origClientOrderId=low");
    order(at, "alice", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.010");
    order(at, "alice", "symbol=BTCUSDT&side=SELL&type=MARKET&quantity=0.010&reduceOnly=true");
    let events = socket.gather(Duration::from_millis(800));
    let fill = ["ORDER_TRADE_UPDATE NEW NEW", "TRADE_LITE", "ACCOUNT_UPDATE", "ORDER_TRADE_UPDATE TRADE FILLED"];
    let rest = ["ORDER_TRADE_UPDATE NEW NEW", "ORDER_TRADE_UPDATE AMENDMENT NEW", "ORDER_TRADE_UPDATE CANCELED CANCELED"];
    assert_eq!(brief(&events), [&rest[..], &fill[..], &fill[..]].concat());
    assert_eq!(events[0]["o"]["c"], "low");
    assert!(events[0]["o"].get("N").is_none() && events[0]["o"].get("n").is_none(), "a fee only with a fill: {}", events[0]);
    assert_eq!((&events[1]["o"]["q"], &events[1]["o"]["p"]), (&json!("0.020"), &json!("50001.0")));
    let (opened, closed) = (&events[5]["a"], &events[9]["a"]);
    assert_eq!((&opened["m"], &opened["P"][0]["pa"], &opened["P"][0]["ps"]), (&json!("ORDER"), &json!("0.010"), &json!("BOTH")));
    assert_eq!((&closed["P"][0]["pa"], &closed["B"][0]["a"], &closed["B"][0]["bc"]), (&json!("0"), &json!("USDT"), &json!("0")));
    let trade = &events[10]["o"];
    assert_eq!(
        (&trade["N"], &trade["R"], &trade["l"], &trade["z"]),
        (&json!("USDT"), &json!(true), &json!("0.010"), &json!("0.010"))
    );
    assert_eq!(events[9]["T"], events[10]["T"]);
    let fields = [
        "s", "c", "S", "o", "f", "q", "p", "ap", "sp", "x", "X", "i", "l", "z", "L", "N", "n", "T", "t", "b", "a", "m", "R",
        "wt", "ot", "ps", "cp", "rp", "pP", "si", "ss", "V", "pm", "gtd", "er",
    ];
    assert_eq!(trade.as_object().unwrap().keys().collect::<Vec<_>>(), fields);
    let account = signed(at, "alice", ("GET", "/fapi/v1/order"), &format!("symbol=BTCUSDT&orderId={}", trade["i"]));
    assert_eq!(account.json["avgPrice"], trade["ap"]);
    server.run(async {}).unwrap();
}

#[test]
fn an_order_that_fills_in_parts_counts_up_and_its_rest_expires() {
    let server = server();
    let at = server.address;
    let key = listen_key(at, "alice", "/fapi/v1/listenKey");
    let mut socket = Socket::open(at, &format!("/private/ws?listenKey={key}&events=ORDER_TRADE_UPDATE"));
    order(at, "alice", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=3.000");
    let events = socket.gather(Duration::from_millis(800));
    assert!(events.iter().all(|event| event["e"] == "ORDER_TRADE_UPDATE"), "{:?}", brief(&events));
    let number = |value: &Value| (value.as_str().unwrap().parse::<f64>().unwrap() * 1_000.0).round();
    let fills: Vec<&Value> = events.iter().map(|event| &event["o"]).filter(|order| order["x"] == "TRADE").collect();
    assert!(fills.len() > 1, "{:?}", brief(&events));
    let mut sum = 0.0;
    for fill in &fills {
        sum += number(&fill["l"]);
        assert!((number(&fill["z"]) - sum).abs() < 0.5, "{fill}");
    }
    let last = &events.last().unwrap()["o"];
    let ends = [("TRADE", "FILLED"), ("EXPIRED", "EXPIRED")];
    assert!(ends.contains(&(last["x"].as_str().unwrap(), last["X"].as_str().unwrap())), "{last}");
    assert!((number(&last["z"]) - sum).abs() < 0.5, "{last}");
    server.run(async {}).unwrap();
}

#[test]
fn a_conditional_order_is_told_from_its_acceptance_to_its_end() {
    let server = server();
    let at = server.address;
    let key = listen_key(at, "alice", "/fapi/v1/listenKey");
    let mut socket = Socket::open(at, "/stream");
    socket.subscribe(&[&key]);
    let algo = |query: &str| {
        signed(at, "alice", ("POST", "/fapi/v1/algoOrder"), &format!("algoType=CONDITIONAL&symbol=BTCUSDT&{query}"))
    };
    let waiting = algo("side=SELL&type=STOP_MARKET&quantity=0.010&triggerPrice=50000");
    assert_eq!(waiting.status, 200, "{waiting:?}");
    signed(at, "alice", ("DELETE", "/fapi/v1/algoOrder"), &format!("algoId={}", waiting.json["algoId"]));
    let events: Vec<Value> = socket.gather(Duration::from_millis(500)).iter().map(|frame| frame["data"].clone()).collect();
    assert_eq!(brief(&events), ["ALGO_UPDATE  NEW", "ALGO_UPDATE  CANCELED"]);
    assert_eq!((&events[0]["o"]["aid"], &events[0]["o"]["tp"]), (&waiting.json["algoId"], &json!("50000.0")));
    server.run(async {}).unwrap();
}

#[test]
fn a_listen_key_lives_until_it_is_ended_or_its_api_key_is_revoked() {
    let server = server();
    let at = server.address;
    let path = "/fapi/v1/listenKey";
    let missing = send(at, "PUT", path, Some("test-alice"));
    assert_eq!((missing.status, &missing.json["code"]), (400, &json!(-1125)));
    assert_eq!(send(at, "POST", path, None).status, 401);
    let key = listen_key(at, "alice", path);
    assert_eq!(listen_key(at, "alice", path), key);
    assert_ne!(listen_key(at, "alice", "/dapi/v1/listenKey"), key);
    assert_eq!(send(at, "PUT", path, Some("test-alice")).json["listenKey"], key.as_str());
    let mut ended = Socket::open(at, &format!("/ws/{key}"));
    let gone = send(at, "DELETE", path, Some("test-alice"));
    assert_eq!((gone.status, gone.json), (200, json!({})));
    assert_eq!(ended.end(), 1008);
    let key = listen_key(at, "bob", path);
    let mut revoked = Socket::open(at, &format!("/private/ws/{key}"));
    server.app.keys.revoke("test-bob").unwrap();
    assert_eq!(revoked.end(), 1008);
    server.run(async {}).unwrap();
}

#[test]
fn a_listen_key_that_is_not_kept_expires_with_a_last_word() {
    let server = server();
    let account = server.app.users.find("alice").unwrap().0;
    let identity = Identity { account, scopes: Scopes::READ, key: "test-alice".to_owned(), window: None };
    // As if it had been asked for an hour less a second ago.
    let asked = Time::from_ms(now_ms() - 3_599_000);
    let key = server.app.hub.listen_keys().start(&identity, Family::UsdM, asked).unwrap();
    let mut socket = Socket::open(server.address, &format!("/ws/{key}"));
    let last = socket.event("listenKeyExpired");
    assert_eq!((&last["listenKey"], last["E"].is_u64()), (&json!(&*key), true));
    assert_eq!(socket.end(), 1008);
    server.run(async {}).unwrap();
}

/// Has the exchange execute a command.
fn execute(server: &Server, command: Command) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let done = runtime.block_on(server.exchange().command(Lane::Normal, command)).unwrap();
    assert!(done.value.is_ok(), "{:?}", done.value);
}

const BTCUSDT: MarketId = MarketId(0);

#[test]
fn money_leverage_and_margin_mode_are_told() {
    let server = server();
    let at = server.address;
    let key = listen_key(at, "alice", "/fapi/v1/listenKey");
    let mut socket = Socket::open(at, &format!("/ws?listenKey={key}"));
    let account = server.app.users.find("alice").unwrap();
    let asset = server.app.catalog.find("BTCUSDT").unwrap().asset;
    let amount = Amount::from_raw(12_345_678_900).unwrap();
    execute(&server, Command::Deposit(Transfer { account, asset, amount }));
    let deposit = socket.event("ACCOUNT_UPDATE");
    let row = &deposit["a"]["B"][0];
    assert_eq!((&deposit["a"]["m"], &row["bc"], &deposit["a"]["P"]), (&json!("DEPOSIT"), &json!("123.45678900"), &json!([])));
    assert_eq!((&row["wb"], &row["l"]), (&row["f"], &json!("0.00000000")), "{row}");
    execute(&server, Command::Withdraw(Transfer { account, asset, amount }));
    assert_eq!(socket.event("ACCOUNT_UPDATE")["a"]["B"][0]["bc"], "-123.45678900");
    let leg = LegRef { account, market: BTCUSDT, side: PositionSide::Both };
    execute(&server, Command::SetLeverage { leg, leverage: Leverage::whole(7).unwrap() });
    assert_eq!(socket.event("ACCOUNT_CONFIG_UPDATE")["ac"], json!({"s": "BTCUSDT", "l": 7}));
    for (mode, word) in [(MarginMode::Isolated, "isolated"), (MarginMode::Cross, "cross")] {
        execute(&server, Command::SetMarginMode { leg: LegRef { account, market: BTCUSDT, side: PositionSide::Both }, mode });
        let told = socket.event("ACCOUNT_UPDATE");
        assert_eq!((&told["a"]["m"], &told["a"]["P"][0]["mt"]), (&json!("MARGIN_TYPE_CHANGE"), &json!(word)));
    }
    server.run(async {}).unwrap();
}

/// A server whose prices come from the test alone, after the first; and that first mark of BTCUSDT in whole USDT.
fn still_server() -> (Server, u64) {
    let mut settings = settings(Keeping::Memory);
    settings.sequencer.feed_every = Duration::from_secs(3_600);
    let server = launch(&settings).unwrap();
    let first = Socket::open(server.address, "/ws/btcusdt@markPrice@1s").event("markPriceUpdate");
    let first = first["p"].as_str().unwrap().split('.').next().unwrap().parse().unwrap();
    (server, first)
}

/// Sets mark and index, in whole USDT.
fn set_mark(server: &Server, whole: i64) {
    let raw = whole * 100_000_000;
    let (mark, index) = (MarkPrice::from_raw(raw).unwrap(), IndexPrice::from_raw(raw).unwrap());
    execute(server, Command::SetMark { market: BTCUSDT, mark, index });
}

#[test]
fn a_triggered_order_is_told_step_by_step() {
    let (server, first) = still_server();
    let at = server.address;
    let rest = "symbol=BTCUSDT&type=LIMIT&timeInForce=GTC&quantity=0.100";
    order(at, "bob", &format!("{rest}&side=SELL&price={first}"));
    order(at, "alice", &format!("{rest}&side=BUY&price={first}"));
    order(at, "bob", &format!("{rest}&side=BUY&price={}", first - 300));
    let key = listen_key(at, "alice", "/fapi/v1/listenKey");
    let mut socket = Socket::open(at, &format!("/ws/{key}"));
    let stop = format!(
        "algoType=CONDITIONAL&symbol=BTCUSDT&side=SELL&type=STOP_MARKET&quantity=0.100&triggerPrice={}&workingType=MARK_PRICE",
        first - 100
    );
    let waiting = signed(at, "alice", ("POST", "/fapi/v1/algoOrder"), &stop);
    assert_eq!(waiting.status, 200, "{waiting:?}");
    set_mark(&server, i64::try_from(first).unwrap() - 150);
    let events = socket.gather(Duration::from_millis(600));
    let expected = [
        "ALGO_UPDATE  NEW",
        "ALGO_UPDATE  TRIGGERING",
        "ALGO_UPDATE  TRIGGERED",
        "ORDER_TRADE_UPDATE NEW NEW",
        "TRADE_LITE",
        "ACCOUNT_UPDATE",
        "ORDER_TRADE_UPDATE TRADE FILLED",
        "ALGO_UPDATE  FINISHED",
    ];
    assert_eq!(brief(&events), expected);
    assert_eq!((&events[1]["o"]["ai"], &events[2]["o"]["ai"]), (&json!(""), &json!(events[3]["o"]["i"].to_string())));
    assert_ne!(events[3]["o"]["i"], waiting.json["algoId"], "the order has a number of its own");
    assert_eq!((&events[6]["o"]["o"], &events[6]["o"]["ot"]), (&json!("MARKET"), &json!("STOP_MARKET")));
    assert_eq!((&events[0]["o"]["aq"], &events[7]["o"]["aq"]), (&json!("0.000"), &json!("0.100")));
    server.run(async {}).unwrap();
}

#[test]
fn funding_is_told_with_the_position_only_where_that_pays_it() {
    let (server, first) = still_server();
    let at = server.address;
    let account = server.app.users.find("alice").unwrap();
    execute(
        &server,
        Command::SetMarginMode { leg: LegRef { account, market: BTCUSDT, side: PositionSide::Both }, mode: MarginMode::Isolated },
    );
    let rest = "symbol=BTCUSDT&type=LIMIT&timeInForce=GTC&quantity=0.100";
    order(at, "bob", &format!("{rest}&side=SELL&price={first}"));
    order(at, "alice", &format!("{rest}&side=BUY&price={first}"));
    let open = |name| Socket::open(at, &format!("/ws/{}", listen_key(at, name, "/fapi/v1/listenKey")));
    let (mut isolated, mut cross) = (open("alice"), open("bob"));
    execute(&server, Command::SetFundingRate { market: BTCUSDT, rate: Rate::from_raw(100_000).unwrap() });
    execute(&server, Command::SettleFunding { market: BTCUSDT });
    let (paid, received) = (isolated.event("ACCOUNT_UPDATE"), cross.event("ACCOUNT_UPDATE"));
    assert_eq!((&paid["a"]["m"], &paid["a"]["P"][0]["pa"]), (&json!("FUNDING_FEE"), &json!("0.100")), "{paid}");
    assert_eq!((&received["a"]["m"], &received["a"]["P"]), (&json!("FUNDING_FEE"), &json!([])), "{received}");
    let change = |update: &Value| update["a"]["B"][0]["bc"].as_str().unwrap().to_owned();
    assert_eq!(change(&paid), format!("-{}", change(&received)));
    server.run(async {}).unwrap();
}

#[test]
fn each_api_is_told_of_its_own_markets() {
    let server = server();
    let at = server.address;
    let open = |path: &str| Socket::open(at, &format!("/ws/{}", listen_key(at, "alice", path)));
    let (mut linear, mut inverse) = (open("/fapi/v1/listenKey"), open("/dapi/v1/listenKey"));
    let placed = signed(at, "alice", ("POST", "/dapi/v1/order"), "symbol=BTCUSD_PERP&side=BUY&type=MARKET&quantity=1");
    assert_eq!(placed.status, 200, "{placed:?}");
    let update = inverse.event("ACCOUNT_UPDATE");
    assert_eq!((&update["a"]["B"][0]["a"], &update["a"]["P"][0]["s"]), (&json!("BTC"), &json!("BTCUSD_PERP")));
    assert_eq!(brief(&linear.gather(Duration::from_millis(300))), [""; 0]);
    server.run(async {}).unwrap();
}

/// The mark at which alice's long position is liquidated.
fn liquidation_mark(server: &Server, account: AccountId) -> i64 {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let look = move |world: &World| world.state().position_view(BTCUSDT, account, Side::Long).unwrap().unwrap();
    runtime.block_on(server.exchange().read(look)).unwrap().liquidation_price().unwrap().raw()
}

#[test]
fn a_margin_call_comes_once_before_the_liquidation_that_is_told_to_all() {
    let (server, first) = still_server();
    let at = server.address;
    let key = listen_key(at, "alice", "/fapi/v1/listenKey");
    let account = server.app.users.find("alice").unwrap();
    let leg = LegRef { account, market: BTCUSDT, side: PositionSide::Both };
    execute(&server, Command::SetLeverage { leg, leverage: Leverage::whole(50).unwrap() });
    execute(
        &server,
        Command::SetMarginMode { leg: LegRef { account, market: BTCUSDT, side: PositionSide::Both }, mode: MarginMode::Isolated },
    );
    let rest = "symbol=BTCUSDT&type=LIMIT&timeInForce=GTC&quantity=0.100";
    order(at, "bob", &format!("{rest}&side=SELL&price={first}"));
    order(at, "alice", &format!("{rest}&side=BUY&price={first}"));
    order(at, "bob", &format!("{rest}&side=BUY&price={}", first * 985 / 1_000));
    let mut socket = Socket::open(at, &format!("/ws/{key}"));
    let mut public = Socket::open(at, "/ws/!forceOrder@arr/btcusdt@forceOrder");
    socket.gather(Duration::from_millis(200));
    let line = liquidation_mark(&server, account);
    let mark = |above: i64| set_mark(&server, line / 100_000_000 + above);
    mark(20);
    let called = socket.event("MARGIN_CALL");
    assert_eq!(
        (&called["p"][0]["s"], &called["p"][0]["pa"], &called["p"][0]["mt"]),
        (&json!("BTCUSDT"), &json!("0.100"), &json!("ISOLATED"))
    );
    assert_eq!(called.get("cw"), None);
    mark(19);
    assert_eq!(brief(&socket.gather(Duration::from_millis(1_200))), [""; 0], "called once only");
    mark(-50);
    let told = socket.gather(Duration::from_millis(800));
    let kinds = brief(&told);
    let at = kinds.iter().position(|kind| kind == "ORDER_TRADE_UPDATE CALCULATED FILLED").unwrap_or_else(|| panic!("{kinds:?}"));
    assert_eq!(kinds[at - 1], "ORDER_TRADE_UPDATE NEW NEW", "{kinds:?}");
    assert!(kinds[at + 1..].iter().any(|kind| kind == "ACCOUNT_UPDATE"), "{kinds:?}");
    let order = &told[at]["o"];
    assert!(order["c"].as_str().unwrap().starts_with("autoclose-"), "{order}");
    assert_eq!((&order["S"], &order["q"], &order["z"]), (&json!("SELL"), &json!("0.100"), &json!("0.100")));
    assert!(order["rp"].as_str().unwrap().starts_with('-'), "{order}");
    let positions: Vec<&Value> = told.iter().map(|event| &event["a"]["P"][0]["pa"]).filter(|pa| !pa.is_null()).collect();
    assert_eq!(positions.last(), Some(&&json!("0")));
    let forced = public.event("forceOrder");
    assert_eq!((&forced["o"]["s"], &forced["o"]["S"], &forced["o"]["X"]), (&json!("BTCUSDT"), &json!("SELL"), &json!("FILLED")));
    public.event("forceOrder");
    server.run(async {}).unwrap();
}
