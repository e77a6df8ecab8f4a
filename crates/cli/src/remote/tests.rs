//! Exact bytes of signed requests, and what errors say.

#[path = "../../tests/responder/mod.rs"]
mod responder;

use super::*;
use responder::Responder;

/// The signatures were computed by another implementation of HMAC-SHA256.
#[test]
fn signatures_are_those_of_the_worked_example() {
    let secret = "example-secret-0123456789";
    let table = [
        (
            "symbol=BTCUSDT&recvWindow=5000&timestamp=1700000000000",
            "7b488ed90f834d5208e2223ee2e92c2cbea581c9c68bed53b741fdb1a316dacf",
        ),
        (
            "symbol=BTCUSDT&side=BUYtype=MARKET&quantity=0.01&timestamp=1700000000000",
            "a1a90c2536179708ec10856df3a8b9603146d7de7dbe35134201198a078df6f6",
        ),
    ];
    for (payload, expected) in table {
        assert_eq!(sign::signature(secret, payload).as_deref(), Some(expected));
    }
}

#[test]
fn values_are_percent_encoded() {
    let parameters = [("a", "x y&z=1/2".to_owned()), ("b", "0.1-_.~".to_owned()), ("c", "é".to_owned())];
    assert_eq!(sign::query(&parameters), "a=x%20y%26z%3D1%2F2&b=0.1-_.~&c=%C3%A9");
}

fn remote(url: &str) -> Remote {
    let keys = Some(("the-key".to_owned(), "example-secret-0123456789".to_owned()));
    let options = ClientOptions { server: url.to_owned(), keys, token: Some("opensesame".to_owned()) };
    Remote { clock: Clock::Fixed(1_700_000_000_000), ..Remote::new(&options, "alice", Verbosity::Quiet) }
}

#[test]
fn a_signed_request_is_exactly_this() {
    let responder = Responder::start(&[("GET /fapi/v1/openOrders", 200, "[]")]);
    let parameters = [("symbol", "BTCUSDT".to_owned()), ("recvWindow", "5000".to_owned())];
    let answer = remote(&responder.url).signed(Method::Get, "/fapi/v1/openOrders", &parameters).expect("answered");
    assert_eq!(answer, Value::Array(Vec::new()));
    let asked = responder.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].what, "GET /fapi/v1/openOrders");
    assert_eq!(
        asked[0].query,
        "symbol=BTCUSDT&recvWindow=5000&timestamp=1700000000000&signature=7b488ed90f834d5208e2223ee2e92c2cbea581c9c68bed53b741fdb1a316dacf"
    );
    assert_eq!(asked[0].headers["x-mbx-apikey"], "the-key");
}

#[test]
fn the_control_api_gets_the_token_and_no_signature() {
    let responder = Responder::start(&[("GET /local/v1/explain", 200, "{}")]);
    remote(&responder.url).local(Method::Get, "/local/v1/explain", &[("account", "alice".to_owned())]).expect("answered");
    let asked = responder.asked();
    assert_eq!(asked[0].query, "account=alice");
    assert_eq!(asked[0].headers["authorization"], "Bearer opensesame");
    assert!(!asked[0].headers.contains_key("x-mbx-apikey"));
}

/// What a POST that is answered like this says.
fn complaint(method: Method, status: u16, body: &str) -> String {
    let what = if method == Method::Get { "GET /p" } else { "POST /p" };
    let responder = Responder::start(&[(what, status, body)]);
    let error = remote(&responder.url).signed(method, "/p", &[]).expect_err("an error");
    responder.asked();
    error.to_string()
}

#[test]
fn errors_say_what_happened_and_how_to_mend_it() {
    let refused = complaint(Method::Post, 400, r#"{"code": -2019, "msg": "Margin is insufficient."}"#);
    assert_eq!(
        refused,
        "the server refused: Margin is insufficient. (code -2019, POST /p): order less, raise --leverage, or add to the balance"
    );
    let unhinted =
        complaint(Method::Post, 400, r#"{"code": -1111, "msg": "Precision is over the maximum defined for this asset."}"#);
    assert_eq!(unhinted, "the server refused: Precision is over the maximum defined for this asset. (code -1111, POST /p)");
    let key = complaint(Method::Get, 401, r#"{"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."}"#);
    assert!(key.contains("start it with --account NAME"), "{key}");
}

#[test]
fn what_may_have_been_done_is_called_unknown() {
    let unknown = "whether it was done is unknown: look with `ringfence order ACCOUNT list`";
    for (status, body) in
        [(503, r#"{"code": -1000, "msg": "An unknown error"}"#), (408, r#"{"code": -1007, "msg": "Timeout"}"#), (502, "<html>")]
    {
        let post = complaint(Method::Post, status, body);
        assert!(post.contains(unknown), "{post}");
        // A question changes nothing: it may simply be asked again.
        let get = complaint(Method::Get, status, body);
        assert!(!get.contains("unknown:") && get.ends_with("try again"), "{get}");
    }
    let throttled = complaint(Method::Post, 503, r#"{"code": -1008, "msg": "Request throttled."}"#);
    assert!(throttled.starts_with("the server refused: Request throttled."), "{throttled}");
}

#[test]
fn another_server_is_told_apart() {
    for (status, body) in [(200, "<html>hello</html>"), (404, "not found"), (302, "")] {
        let text = complaint(Method::Get, status, body);
        assert!(text.contains(&format!("status {status}")) && text.contains("is it a ringfence server?"), "{text}");
    }
}

#[test]
fn a_server_that_hangs_up_leaves_it_open_what_was_done() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let thread = std::thread::spawn(move || drop(listener.accept().expect("a connection")));
    let error = remote(&url).signed(Method::Post, "/fapi/v1/order", &[]).expect_err("no answer").to_string();
    thread.join().expect("no trouble");
    assert!(error.starts_with("POST /fapi/v1/order: ") && error.contains("whether it was done is unknown"), "{error}");
}

#[test]
fn nobody_there_is_said_with_the_address() {
    // Bound and dropped: a port that nobody listens on.
    let url = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        format!("http://{}", listener.local_addr().expect("an address"))
    };
    let error = remote(&url).signed(Method::Post, "/fapi/v1/order", &[]).expect_err("nobody").to_string();
    assert_eq!(
        error,
        format!("no server answers at {url} (connection refused): start one with `ringfence`, or name another with --server URL")
    );
}
