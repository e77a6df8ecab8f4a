//! Who may do what: every call of the table with every kind of identity.

mod http_support;
mod local_support;

use std::net::SocketAddr;

use http_support::{server, settings};
use local_support::{Told, as_user, done, request, signed_by};
use ringfence_server::api::endpoint::{Endpoint, Security};
use ringfence_server::edge::secret::Secret;
use ringfence_server::server::{Reach, launch};
use ringfence_server::start::Keeping;
use serde_json::json;

/// Who asks.
struct Caller {
    name: &'static str,
    key: String,
    secret: String,
}

/// What must come of it.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    /// It gets as far as its parameters.
    Admitted,
    /// Stopped with this code.
    Refused(i64),
}

fn outcome(told: &Told) -> Outcome {
    match told.status {
        401 | 403 => Outcome::Refused(told.json["code"].as_i64().expect("a code")),
        _ => Outcome::Admitted,
    }
}

/// Keys of `alice`: for reading, for trading, for both, and one that was revoked.
fn callers(at: SocketAddr) -> Vec<Caller> {
    let make = |name, scopes| {
        let made = done(at, "keys", &json!({"account": "alice", "scopes": scopes}));
        let text = |field: &str| made[field].as_str().expect("a text").to_owned();
        Caller { name, key: text("api_key"), secret: text("secret") }
    };
    let revoked = make("revoked", "read,trade");
    let gone = request(at, ("DELETE", &format!("/local/v1/keys?key={}", revoked.key)), &[], "");
    assert_eq!(gone.status, 200, "{gone:?}");
    let other = |name, key: &str| Caller { name, key: key.to_owned(), secret: format!("{key}-secret") };
    vec![
        other("nobody", ""),
        other("unknown", "test-nobody"),
        revoked,
        make("reads", "read"),
        make("trades", "trade"),
        make("both", "read,trade"),
        other("another user", "test-bob"),
    ]
}

fn expected(security: Security, caller: &str) -> Outcome {
    match (security, caller) {
        (Security::Public | Security::Control, _) => Outcome::Admitted,
        (_, "nobody") => Outcome::Refused(-2014),
        (_, "unknown" | "revoked") => Outcome::Refused(-2015),
        (Security::Read, "trades") | (Security::Trade, "reads") => Outcome::Refused(-2015),
        (_, _) => Outcome::Admitted,
    }
}

fn ask(at: SocketAddr, endpoint: &Endpoint, caller: &Caller) -> Told {
    let call = (endpoint.method.as_str(), endpoint.path);
    if caller.key.is_empty() {
        return request(at, call, &[], "");
    }
    match endpoint.security {
        Security::Read | Security::Trade => signed_by(at, (&caller.key, &caller.secret), call, ""),
        Security::Public | Security::Key | Security::Control => request(at, call, &[("X-MBX-APIKEY", &caller.key)], ""),
    }
}

#[test]
fn every_call_admits_whom_its_row_says_and_nobody_else() {
    let server = server();
    let at = server.address;
    let callers = callers(at);
    let mut cells = 0;
    for endpoint in server.app.router.endpoints() {
        for caller in &callers {
            let told = ask(at, endpoint, caller);
            let wanted = expected(endpoint.security, caller.name);
            assert_eq!(outcome(&told), wanted, "{} {} by {}: {told:?}", endpoint.method, endpoint.path, caller.name);
            assert_ne!(told.status, 404, "{} {} is there", endpoint.method, endpoint.path);
            cells += 1;
        }
    }
    assert!(cells >= 7 * 60, "{cells}");
    server.run(async {}).unwrap();
}

#[test]
fn where_others_can_reach_it_only_the_token_controls_it() {
    let mut settings = settings(Keeping::Memory);
    settings.reach = Reach::Anywhere(Secret::new(b"the-right-token".to_vec()));
    let server = launch(&settings).unwrap();
    let at = server.address;
    let rows: [(&[(&str, &str)], Outcome); 6] = [
        (&[], Outcome::Refused(-1002)),
        (&[("X-Ringfence-Token", "the-wrong-token")], Outcome::Refused(-1002)),
        (&[("X-Ringfence-Token", "the-right-toke")], Outcome::Refused(-1002)),
        (&[("X-Ringfence-Token", "")], Outcome::Refused(-1002)),
        (&[("X-MBX-APIKEY", "test-alice")], Outcome::Refused(-1002)),
        (&[("X-Ringfence-Token", "the-right-token")], Outcome::Admitted),
    ];
    for endpoint in server.app.router.endpoints().iter().filter(|endpoint| endpoint.security == Security::Control) {
        for (headers, wanted) in &rows {
            let told = request(at, (endpoint.method.as_str(), endpoint.path), headers, "");
            assert_eq!(outcome(&told), *wanted, "{} {} with {headers:?}: {told:?}", endpoint.method, endpoint.path);
        }
    }
    server.run(async {}).unwrap();
}

#[test]
fn everything_under_local_is_control_and_everything_that_changes_is_signed() {
    let server = server();
    for endpoint in server.app.router.endpoints() {
        let named = (endpoint.method.as_str(), endpoint.path);
        assert_eq!(endpoint.path.starts_with("/local/"), endpoint.security == Security::Control, "{named:?}");
        if endpoint.security == Security::Public {
            assert!(endpoint.method.is_safe(), "{named:?}");
        }
    }
    server.run(async {}).unwrap();
}

/// What is another's is answered as what never was, byte for byte.
#[test]
fn anothers_order_is_as_unknown_as_one_that_never_was() {
    let server = server();
    let at = server.address;
    for (family, symbol, quantity, price) in [("/fapi/v1", "BTCUSDT", "0.01", "60000"), ("/dapi/v1", "BTCUSD_PERP", "1", "60000")]
    {
        let order = format!(
            "symbol={symbol}&side=BUY&type=LIMIT&timeInForce=GTC&quantity={quantity}&price={price}&newClientOrderId=mine-{quantity}"
        );
        let placed = as_user(at, "alice", ("POST", &format!("{family}/order")), &order);
        assert_eq!(placed.status, 200, "{placed:?}");
        let waiting = format!(
            "symbol={symbol}&side=BUY&type=STOP_MARKET&algoType=CONDITIONAL&quantity={quantity}&triggerPrice=99000&clientAlgoId=algo-{quantity}"
        );
        let algo = as_user(at, "alice", ("POST", &format!("{family}/algoOrder")), &waiting);
        assert_eq!(algo.status, 200, "{algo:?}");
        let (order, algo) = (placed.json["orderId"].to_string(), algo.json["algoId"].to_string());
        let amend = format!("&side=BUY&quantity={quantity}&price=59000");
        let by_name = (format!("mine-{quantity}"), format!("algo-{quantity}"));
        let calls = [
            ("GET", "order", "orderId", "", &order),
            ("GET", "order", "origClientOrderId", "", &by_name.0),
            ("GET", "openOrder", "orderId", "", &order),
            ("DELETE", "order", "orderId", "", &order),
            ("DELETE", "order", "origClientOrderId", "", &by_name.0),
            ("PUT", "order", "orderId", amend.as_str(), &order),
            ("GET", "algoOrder", "algoId", "", &algo),
            ("GET", "algoOrder", "clientAlgoId", "", &by_name.1),
            ("DELETE", "algoOrder", "algoId", "", &algo),
            ("DELETE", "algoOrder", "clientAlgoId", "", &by_name.1),
            ("GET", "order", "orderId", "", &algo),
        ];
        for (method, path, field, rest, object) in calls {
            let path = format!("{family}/{path}");
            let ask = |object: &str| as_user(at, "bob", (method, &path), &format!("symbol={symbol}&{field}={object}{rest}"));
            let (others, never) = (ask(object), ask("987654321"));
            assert_eq!((others.status, &others.body), (never.status, &never.body), "{method} {path} {field}");
            assert_eq!(others.status, 400, "{method} {path}: {others:?}");
        }
        let left = as_user(at, "alice", ("GET", &format!("{family}/openOrders")), &format!("symbol={symbol}"));
        assert_eq!(left.json.as_array().unwrap().len(), 1, "still there: {left:?}");
    }
    server.run(async {}).unwrap();
}
