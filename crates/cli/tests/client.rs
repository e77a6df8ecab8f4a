//! Commands that talk to a server: which requests they send, and what they print of the answers.

mod responder;

use std::process::{Command, Output};

use hmac::{Hmac, KeyInit, Mac};
use responder::{Asked, Responder};
use sha2::Sha256;

const LONG: &str = r#"[{"symbol": "BTCUSDT", "positionSide": "BOTH", "positionAmt": "0.100", "entryPrice": "64000.0", "markPrice": "64010.50000000",
  "unRealizedProfit": "1.05000000", "liquidationPrice": "61044.17670682", "isolatedMargin": "321.05000000", "isolatedWallet": "320.00000000",
  "maintMargin": "25.60420000", "leverage": "20", "marginType": "isolated"}]"#;
const MARKET_ORDER: &str = r#"{"orderId": 1000200, "symbol": "BTCUSDT", "status": "FILLED", "clientOrderId": "c-1", "price": "0.00", "avgPrice": "64000.00",
  "origQty": "0.100", "executedQty": "0.100", "cumQuote": "6400.00", "type": "MARKET", "side": "BUY"}"#;
const TRADES: &str = r#"[{"commission": "3.20000000", "commissionAsset": "USDT", "id": 501257, "maker": false, "price": "64000.00", "qty": "0.100",
  "realizedPnl": "0.00000000"}]"#;
const DONE: &str = r#"{"code": 200, "msg": "success"}"#;

fn run(url: &str, arguments: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ringfence"))
        .args(arguments.split_whitespace())
        .args(["--server", url])
        .env_remove("RINGFENCE_SERVER")
        .output()
        .expect("the command runs")
}

/// Runs against these answers: standard output, standard error, exit status and the requests.
fn session(answers: &[(&'static str, u16, &str)], arguments: &str) -> (String, String, Option<i32>, Vec<Asked>) {
    let responder = Responder::start(answers);
    let output = run(&responder.url, arguments);
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    (text(&output.stdout), text(&output.stderr), output.status.code(), responder.asked())
}

/// A signed request without timestamp and signature, after both were checked.
fn checked(asked: &Asked, account: &str) -> String {
    assert_eq!(asked.headers["x-mbx-apikey"], format!("test-{account}"));
    let (payload, signature) = asked.query.split_once("&signature=").expect("a signature at the end");
    let mut mac = Hmac::<Sha256>::new_from_slice(format!("test-{account}-secret").as_bytes()).expect("any length");
    mac.update(payload.as_bytes());
    let expected: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(signature, expected, "{}", asked.what);
    let (rest, time) = payload.rsplit_once("timestamp=").expect("a timestamp before the signature");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_millis();
    let age = now.abs_diff(time.parse().expect("milliseconds"));
    assert!(age < 60_000, "a timestamp of {age} ms ago");
    format!("{} {}", asked.what, rest.trim_end_matches('&')).trim_end().to_owned()
}

fn requests(asked: &[Asked], account: &str) -> Vec<String> {
    asked.iter().map(|asked| checked(asked, account)).collect()
}

#[test]
fn an_order_sets_mode_and_leverage_then_prints_fill_and_position() {
    let answers = [
        ("POST /fapi/v1/marginType", 400, r#"{"code": -4046, "msg": "No need to change margin type."}"#),
        ("POST /fapi/v1/leverage", 200, r#"{"leverage": 20, "maxNotionalValue": "40000000", "symbol": "BTCUSDT"}"#),
        ("POST /fapi/v1/order", 200, MARKET_ORDER),
        ("GET /fapi/v1/userTrades", 200, TRADES),
        ("GET /fapi/v3/positionRisk", 200, LONG),
    ];
    let (out, err, status, asked) = session(&answers, "order alice buy 0.1 btcusdt --leverage 20x --isolated");
    assert_eq!(
        requests(&asked, "alice"),
        [
            "POST /fapi/v1/marginType symbol=BTCUSDT&marginType=ISOLATED",
            "POST /fapi/v1/leverage symbol=BTCUSDT&leverage=20",
            "POST /fapi/v1/order symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.1&newOrderRespType=RESULT",
            "GET /fapi/v1/userTrades symbol=BTCUSDT&orderId=1000200",
            "GET /fapi/v3/positionRisk symbol=BTCUSDT",
        ]
    );
    assert_eq!((err.as_str(), status), ("note: BTCUSDT of alice set to 20x\n", Some(0)));
    let expected = "\
alice: buy 0.1 BTCUSDT, market

  order id       1000200
  client id      c-1
  status         filled
  quantity       0.1
  limit          none
  filled         0.1
  average price  64000
  filled value   6400

   TRADE  PRICE  QUANTITY  FEE  ASSET  REALISED PROFIT  ROLE
  501257  64000       0.1  3.2  USDT                 0  taker

  SYMBOL   SIDE  QUANTITY  LEVERAGE  MODE      ENTRY     MARK     LIQUIDATION  POSTED  MARGIN BALANCE  MAINTENANCE  UNREALISED PROFIT
  BTCUSDT  long       0.1        20  isolated  64000  64010.5  61044.17670682     320          321.05      25.6042               1.05
";
    assert_eq!(out, expected);
}

#[test]
fn a_limit_order_rests_and_json_has_the_same_names() {
    let order = r#"{"orderId": 7, "symbol": "BTCUSDT", "status": "NEW", "clientOrderId": "mine", "price": "60000.00", "avgPrice": "0.00",
        "origQty": "0.100", "executedQty": "0.000", "cumQuote": "0.00", "type": "LIMIT", "side": "SELL"}"#;
    let answers = [("POST /fapi/v1/order", 200, order), ("GET /fapi/v3/positionRisk", 200, "[]")];
    let arguments =
        "order bob sell 0.100 BTCUSDT --price 60000.0 --tif gtx --client-id mine --position-side short --reduce-only -o json";
    let (out, err, status, asked) = session(&answers, arguments);
    assert_eq!(
        requests(&asked, "bob"),
        [
            "POST /fapi/v1/order symbol=BTCUSDT&side=SELL&type=LIMIT&quantity=0.1&price=60000&timeInForce=GTX&reduceOnly=true\
             &positionSide=SHORT&newClientOrderId=mine&newOrderRespType=RESULT",
            "GET /fapi/v3/positionRisk symbol=BTCUSDT",
        ]
    );
    let json: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((&json["order_id"], &json["status"], &json["limit"]), (&"7".into(), &"new".into(), &"60000".into()));
    assert_eq!(json["notes"][0], "no position in BTCUSDT");
    assert_eq!((err.as_str(), status), ("", Some(0)));
}

#[test]
fn conditional_orders_go_where_such_orders_live() {
    let table = [
        ("--stop 60000", "STOP_MARKET&quantity=0.1&triggerPrice=60000"),
        ("--stop 60000 --price 59990", "STOP&quantity=0.1&price=59990&timeInForce=GTC&triggerPrice=60000"),
        ("--take-profit 70000 --client-id t1", "TAKE_PROFIT_MARKET&quantity=0.1&triggerPrice=70000&clientAlgoId=t1"),
        (
            "--take-profit 70000 --price 70010 --tif ioc",
            "TAKE_PROFIT&quantity=0.1&price=70010&timeInForce=IOC&triggerPrice=70000",
        ),
        ("--trailing 1.5% --reduce-only", "TRAILING_STOP_MARKET&quantity=0.1&reduceOnly=true&callbackRate=1.5"),
    ];
    let answer = r#"{"algoId": 2000050, "clientAlgoId": "u", "orderType": "STOP_MARKET", "symbol": "BTCUSDT", "side": "SELL", "quantity": "0.100",
        "algoStatus": "NEW", "triggerPrice": "60000.00", "price": "0.00"}"#;
    for (flags, expected) in table {
        let answers = [("POST /fapi/v1/algoOrder", 200, answer)];
        let (out, _, status, asked) = session(&answers, &format!("order alice sell 0.1 BTCUSDT {flags}"));
        let request = format!("POST /fapi/v1/algoOrder algoType=CONDITIONAL&symbol=BTCUSDT&side=SELL&type={expected}");
        assert_eq!((requests(&asked, "alice"), status), (vec![request], Some(0)));
        assert!(
            out.starts_with("alice: sell 0.1 BTCUSDT, stop market\n") && out.contains("conditional order id     2000050\n"),
            "{out}"
        );
    }
}

#[test]
fn a_refusal_ends_with_one_line_and_status_1() {
    let answers = [("POST /fapi/v1/order", 400, r#"{"code": -2019, "msg": "Margin is insufficient."}"#)];
    let (out, err, status, asked) = session(&answers, "order alice buy 1000 BTCUSDT");
    assert_eq!((out.as_str(), status, asked.len()), ("", Some(1), 1));
    assert_eq!(
        err,
        "error: the server refused: Margin is insufficient. (code -2019, POST /fapi/v1/order): order less, raise --leverage, or add to the balance\n"
    );
}

/// The order stands whatever happens to the questions behind it: trying again would order twice.
#[test]
fn an_order_that_stands_is_reported_even_if_the_position_cannot_be_read() {
    let answers = [("POST /fapi/v1/order", 200, MARKET_ORDER), ("GET /fapi/v1/userTrades", 503, "down")];
    let (out, _, status, _) = session(&answers, "order alice buy 0.1 BTCUSDT");
    assert_eq!(status, Some(0));
    assert!(out.contains("order id       1000200\n"), "{out}");
    assert!(out.contains("its fills could not be read: GET /fapi/v1/userTrades: the server failed with status 503"), "{out}");
    assert!(out.contains("the position could not be read: the server refused"), "{out}");
}

#[test]
fn an_answer_that_is_no_order_is_not_reported_as_one() {
    let (out, err, status, _) = session(&[("POST /fapi/v1/order", 200, "{}")], "order alice buy 0.1 BTCUSDT");
    assert_eq!((out.as_str(), status), ("", Some(1)));
    assert_eq!(err, "error: the server accepted the order, but its answer has no orderId: is it a ringfence server?\n");
}

#[test]
fn a_mode_that_cannot_change_stops_before_the_order() {
    let answers = [(
        "POST /fapi/v1/marginType",
        400,
        r#"{"code": -4048, "msg": "Margin type cannot be changed if there exists position."}"#,
    )];
    let (_, err, status, asked) = session(&answers, "order alice buy 0.1 BTCUSDT --cross");
    assert_eq!(requests(&asked, "alice"), ["POST /fapi/v1/marginType symbol=BTCUSDT&marginType=CROSSED"]);
    assert_eq!(status, Some(1));
    assert!(err.ends_with("(code -4048, POST /fapi/v1/marginType): close the position first\n"), "{err}");
}

#[test]
fn inverse_contracts_use_the_other_api() {
    let short = r#"[{"symbol": "BTCUSD_PERP", "positionAmt": "-3", "entryPrice": "64000", "markPrice": "64000", "unRealizedProfit": "0",
        "liquidationPrice": "0", "leverage": "5", "marginType": "cross"}, {"symbol": "ETHUSD_PERP", "positionAmt": "1"}]"#;
    let answers = [("GET /dapi/v1/positionRisk", 200, short)];
    let (out, _, status, asked) = session(&answers, "position alice BTCUSD_PERP -o csv");
    assert_eq!(requests(&asked, "alice"), ["GET /dapi/v1/positionRisk symbol=BTCUSD_PERP"]);
    assert_eq!(status, Some(0));
    let expected = "symbol,side,quantity,leverage,mode,entry,mark,liquidation,posted,margin_balance,maintenance,unrealised_profit\n\
                    BTCUSD_PERP,short,3,5,cross,64000,64000,none,-,-,-,0\n";
    assert_eq!(out, expected);
}

#[test]
fn without_a_symbol_both_apis_are_asked_and_an_absent_one_is_no_error() {
    let flat = r#"[{"symbol": "ETHUSDT", "positionAmt": "0.000"}]"#;
    let (out, _, status, asked) = session(&[("GET /fapi/v3/positionRisk", 200, flat)], "position alice");
    assert_eq!(requests(&asked, "alice"), ["GET /fapi/v3/positionRisk", "GET /dapi/v1/positionRisk"]);
    assert_eq!((out.as_str(), status), ("alice: positions\n\n  no open position\n", Some(0)));
}

#[test]
fn an_account_shows_balances_and_positions() {
    let asset = |name: &str, wallet: &str| {
        format!(
            r#"{{"asset": "{name}", "walletBalance": "{wallet}", "unrealizedProfit": "1.05000000", "marginBalance": "{wallet}", "maintMargin": "25.60420000",
            "initialMargin": "320.05250000", "availableBalance": "9676.80000000"}}"#
        )
    };
    let linear = format!(r#"{{"assets": [{}, {}]}}"#, asset("USDT", "9996.80000000"), asset("USDC", "0.00000000"));
    let inverse = format!(r#"{{"assets": [{}]}}"#, asset("BTC", "1.00000000"));
    let answers = [
        ("GET /fapi/v3/account", 200, linear.as_str()),
        ("GET /dapi/v1/account", 200, inverse.as_str()),
        ("GET /fapi/v3/positionRisk", 200, LONG),
        ("GET /dapi/v1/positionRisk", 200, "[]"),
    ];
    let (out, _, status, _) = session(&answers, "account alice");
    assert_eq!(status, Some(0));
    let expected = "\
alice: account

  ASSET  WALLET  UNREALISED PROFIT  MARGIN BALANCE  INITIAL MARGIN  MAINTENANCE  AVAILABLE
  USDT   9996.8               1.05          9996.8        320.0525      25.6042     9676.8
  BTC         1               1.05               1        320.0525      25.6042     9676.8
";
    assert!(out.starts_with(expected), "{out}");
    assert!(out.contains("\n  BTCUSDT  long "), "{out}");
}

#[test]
fn a_change_of_leverage_or_margin_shows_before_and_after() {
    let after = LONG.replace("61044.17670682", "60040.25").replace("320.00000000", "420.00000000");
    let change = [
        ("GET /fapi/v3/positionRisk", 200, LONG),
        ("GET /fapi/v3/positionRisk", 200, after.as_str()),
        (
            "POST /fapi/v1/positionMargin",
            200,
            r#"{"code": 200, "msg": "Successfully modify position margin.", "amount": 100.0, "type": 1}"#,
        ),
        ("POST /fapi/v1/leverage", 200, r#"{"leverage": 15, "maxNotionalValue": "50000000", "symbol": "BTCUSDT"}"#),
    ];
    let table = [
        ("margin alice add BTCUSDT 100", "POST /fapi/v1/positionMargin symbol=BTCUSDT&amount=100&type=1", "amount  100.0"),
        (
            "margin alice remove BTCUSDT 100.50 --position-side long",
            "POST /fapi/v1/positionMargin symbol=BTCUSDT&amount=100.5&type=2&positionSide=LONG",
            "amount  100.0",
        ),
        ("leverage alice BTCUSDT 15", "POST /fapi/v1/leverage symbol=BTCUSDT&leverage=15", "greatest position at it  50000000"),
    ];
    for (arguments, request, fact) in table {
        let (out, err, status, asked) = session(&change, arguments);
        assert_eq!(status, Some(0), "{err}");
        let question = "GET /fapi/v3/positionRisk symbol=BTCUSDT";
        assert_eq!(requests(&asked, "alice"), [question, request, question]);
        assert!(out.contains(fact), "{out}");
        let rows: Vec<Vec<&str>> = out.lines().map(|line| line.split_whitespace().collect()).collect();
        let row = |label| rows.iter().find(|row| row.first() == Some(&label)).expect("a row");
        assert_eq!((row("before")[8], row("before")[9]), ("61044.17670682", "320"));
        assert_eq!((row("after")[8], row("after")[9]), ("60040.25", "420"));
    }
}

#[test]
fn orders_are_listed_and_cancelled() {
    let open = MARKET_ORDER.replace("FILLED", "NEW").replace("\"price\": \"0.00\"", "\"price\": \"60000.00\"");
    let waiting = r#"[{"algoId": 2000050, "clientAlgoId": "u", "orderType": "STOP_MARKET", "symbol": "BTCUSDT", "side": "SELL", "quantity": "0.100",
        "algoStatus": "NEW", "triggerPrice": "60000.00", "price": "0.00"}]"#;
    let list = [("GET /fapi/v1/openOrders", 200, open.as_str()), ("GET /fapi/v1/openAlgoOrders", 200, waiting)];
    let (out, _, status, asked) = session(&list, "order alice list BTCUSDT -o csv");
    assert_eq!(
        requests(&asked, "alice"),
        ["GET /fapi/v1/openOrders symbol=BTCUSDT", "GET /fapi/v1/openAlgoOrders symbol=BTCUSDT"]
    );
    let expected = "id,symbol,side,type,quantity,filled,limit,trigger,status,client_id,conditional\n\
                    1000200,BTCUSDT,buy,market,0.1,0.1,60000,-,new,c-1,no\n\
                    2000050,BTCUSDT,sell,stop market,0.1,-,none,60000,new,u,yes\n";
    assert_eq!((out.as_str(), status), (expected, Some(0)));

    let cancelled = MARKET_ORDER.replace("FILLED", "CANCELED");
    let answers = [
        ("DELETE /fapi/v1/order", 200, cancelled.as_str()),
        ("DELETE /fapi/v1/algoOrder", 200, r#"{"algoId": 2000050, "clientAlgoId": "u", "code": "200", "msg": "success"}"#),
        ("DELETE /fapi/v1/allOpenOrders", 200, r#"{"code": 200, "msg": "The operation of cancel all open order is done."}"#),
        ("DELETE /fapi/v1/algoOpenOrders", 200, r#"{"code": 200, "msg": "The operation of cancel all open order is done."}"#),
    ];
    let table: [(&str, &[&str]); 6] = [
        ("1000200", &["DELETE /fapi/v1/order symbol=BTCUSDT&orderId=1000200"]),
        ("c-1", &["DELETE /fapi/v1/order symbol=BTCUSDT&origClientOrderId=c-1"]),
        ("2000050 --conditional", &["DELETE /fapi/v1/algoOrder symbol=BTCUSDT&algoId=2000050"]),
        ("u --conditional", &["DELETE /fapi/v1/algoOrder symbol=BTCUSDT&clientAlgoId=u"]),
        ("all", &["DELETE /fapi/v1/allOpenOrders symbol=BTCUSDT", "DELETE /fapi/v1/algoOpenOrders symbol=BTCUSDT"]),
        ("all --conditional", &["DELETE /fapi/v1/algoOpenOrders symbol=BTCUSDT"]),
    ];
    for (what, expected) in table {
        let (out, _, status, asked) = session(&answers, &format!("order alice cancel BTCUSDT {what}"));
        assert_eq!(requests(&asked, "alice"), expected, "{what}");
        assert_eq!(status, Some(0), "{what}");
        assert!(out.starts_with("alice: cancelled "), "{out}");
    }
}

#[test]
fn an_explanation_is_the_servers_words() {
    let told = r#"{"account": "alice", "symbol": "BTCUSDT", "title": "alice: liquidated in BTCUSDT", "text": ["mark 61044.1 reached", "margin balance 25.6"],
        "steps": [{"name": "maintenance margin", "formula": "value × rate", "inputs": [{"name": "value", "value": "6104.41"}],
        "rounding": "up", "result": "24.41764", "source": "brackets"}]}"#;
    let (out, _, status, asked) = session(&[("GET /local/v1/explain", 200, told)], "explain alice BTCUSDT --token opensesame");
    assert_eq!(
        (asked[0].query.as_str(), asked[0].headers["authorization"].as_str()),
        ("account=alice&symbol=BTCUSDT", "Bearer opensesame")
    );
    assert_eq!(
        (out.as_str(), status),
        ("alice: liquidated in BTCUSDT\n\n  mark 61044.1 reached\n  margin balance 25.6\n", Some(0))
    );

    let (out, ..) = session(&[("GET /local/v1/explain", 200, told)], "explain alice BTCUSDT -o json");
    let (printed, sent): (serde_json::Value, serde_json::Value) =
        (serde_json::from_str(&out).expect("JSON"), serde_json::from_str(told).expect("JSON"));
    assert_eq!(printed, sent);

    let steps = told.replace(r#""text": ["mark 61044.1 reached", "margin balance 25.6"],"#, "");
    let (out, ..) = session(&[("GET /local/v1/explain", 200, steps.as_str())], "explain alice BTCUSDT -o csv");
    let expected = "step,formula,inputs,rounding,result,source\n\
                    maintenance margin,value × rate,value = 6104.41,up,24.41764,brackets\n";
    assert_eq!(out, expected);
}

#[test]
fn requests_are_shown_when_asked_for_without_the_signature() {
    let (_, err, ..) = session(
        &[("POST /fapi/v1/marginType", 200, DONE), ("POST /fapi/v1/order", 400, DONE)],
        "-v order alice buy 1 BTCUSDT --cross",
    );
    assert!(err.starts_with("POST /fapi/v1/marginType?symbol=BTCUSDT&marginType=CROSSED -> 200 in "), "{err}");
    assert!(err.contains("\nnote: BTCUSDT of alice set to crossed\n") && !err.contains("signature"), "{err}");
    let (_, err, ..) = session(
        &[("POST /fapi/v1/marginType", 200, DONE), ("POST /fapi/v1/order", 400, DONE)],
        "-q order alice buy 1 BTCUSDT --cross",
    );
    assert!(err.starts_with("error: the server refused: success (code 200, "), "{err}");
}

#[test]
fn lines_for_clients_name_the_server_and_the_keys_in_every_format() {
    let lines = |arguments: &str| {
        let output = run("http://127.0.0.1:9000", arguments);
        assert!(output.status.success(), "{arguments}");
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    for client in ["ccxt", "python-binance", "connector", "sdk", "nautilus", "freqtrade", "curl"] {
        let plain = lines(&format!("client {client} --account bob"));
        for part in ["http://127.0.0.1:9000", "test-bob", "test-bob-secret"] {
            assert!(plain.contains(part), "{client}: {part}");
        }
        for place in ["{rest}", "{ws}", "{key}", "{secret}"] {
            assert!(!plain.contains(place), "{client}: {place}");
        }
        let json: serde_json::Value =
            serde_json::from_str(&lines(&format!("client {client} --account bob -o json"))).expect("JSON");
        assert_eq!((&json["lines"], &json["api_key"]), (&plain.as_str().into(), &"test-bob".into()));
        let language = json["language"].as_str().expect("a language");
        assert_eq!(lines(&format!("client {client} --account bob -o md")), format!("```{language}\n{plain}```\n"));
    }
    let freqtrade: serde_json::Value = serde_json::from_str(&lines("client freqtrade")).expect("JSON");
    assert_eq!(freqtrade["exchange"]["ccxt_config"]["urls"]["api"]["fapiPrivateV3"], "http://127.0.0.1:9000/fapi/v3");
}

#[test]
fn completions_know_commands_and_flags() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output =
            Command::new(env!("CARGO_BIN_EXE_ringfence")).args(["completions", shell]).output().expect("the command runs");
        let script = String::from_utf8(output.stdout).expect("UTF-8");
        for word in ["order", "position-side", "ready-file", "allow-remote"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn colours_come_when_asked_for_and_otherwise_to_terminals_only() {
    let output = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_ringfence")).args(arguments).output().expect("the command runs");
        String::from_utf8([output.stdout, output.stderr].concat()).expect("UTF-8")
    };
    let show = ["config", "show", "--color"];
    assert!(output(&[&show[..], &["always"]].concat()).starts_with("\u{1b}[1mConfiguration"));
    assert!(output(&[&show[..], &["never"]].concat()).starts_with("Configuration\n"));
    assert!(output(&[&show[..], &["auto"]].concat()).starts_with("Configuration\n"));
    assert!(output(&["config", "show", "--color=always", "--speed", "0"]).contains("error:\u{1b}[0m speed must be"));
}

#[test]
fn a_configuration_is_read_from_directory_file_and_environment() {
    let directory = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("configuration");
    std::fs::create_dir_all(&directory).expect("a directory");
    std::fs::write(directory.join("ringfence.toml"), "speed = 2\nseed = 3\nfeed-ms = 40\n").expect("a file");
    std::fs::write(directory.join("other.toml"), "log = \"json\"\n").expect("a file");
    let show = |arguments: &[&str], environment: &[(&str, &str)]| {
        let output = Command::new(env!("CARGO_BIN_EXE_ringfence"))
            .args(["config", "show", "-o", "csv"])
            .args(arguments)
            .envs(environment.iter().copied())
            .current_dir(&directory)
            .output()
            .expect("the command runs");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        (text(output.stdout), text(output.stderr))
    };
    let (out, err) = show(&["--speed", "4"], &[("RINGFENCE_SPEED", "5"), ("RINGFENCE_SEED", "6"), ("RINGFENCE_SEDE", "7")]);
    for line in
        ["speed,4,flag --speed", "seed,6,environment RINGFENCE_SEED", "feed-ms,40,ringfence.toml line 3", "log,text,default"]
    {
        assert!(out.lines().any(|shown| shown == line), "{line} in {out}");
    }
    assert_eq!(err, "note: environment RINGFENCE_SEDE is not a setting: did you mean RINGFENCE_SEED?\n");
    let (out, err) = show(&["-q"], &[("RINGFENCE_CONFIG", "other.toml"), ("RINGFENCE_SEDE", "7")]);
    assert!(out.contains("\nlog,json,other.toml line 1\n") && out.contains("\nfeed-ms,250,default\n"), "{out}");
    assert_eq!(err, "");
}
