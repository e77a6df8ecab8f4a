//! The reference, the counters and the terminal.

mod http_support;
mod local_support;

use std::io::Write;
use std::sync::{Arc, Mutex};

use http_support::{server, settings};
use local_support::{as_user, done, get, request, stand_still};
use ringfence_server::server::launch_telling;
use ringfence_server::start::Keeping;
use serde_json::{Value, json};

#[test]
fn the_openapi_document_holds_every_call_and_holds_together() {
    let server = server();
    let told = request(server.address, ("GET", "/openapi.json"), &[], "");
    assert_eq!((told.status, told.headers.contains("content-type: application/json")), (200, true));
    let document = &told.json;
    assert_eq!((&document["openapi"], &document["info"]["title"]), (&json!("3.1.0"), &json!("ringfence")));
    let mut seen = Vec::new();
    for endpoint in server.app.router.endpoints() {
        let operation = &document["paths"][endpoint.path][endpoint.method.as_str().to_lowercase()];
        assert_eq!(operation["summary"], endpoint.summary, "{} {}", endpoint.method, endpoint.path);
        let id = operation["operationId"].as_str().unwrap().to_owned();
        assert!(!seen.contains(&id), "{id} stands twice");
        seen.push(id);
        check_operation(document, operation, endpoint.parameters.len());
    }
    let operations = document["paths"].as_object().unwrap().values().map(|path| path.as_object().unwrap().len()).sum::<usize>();
    assert_eq!(operations, seen.len(), "and no other");
    server.run(async {}).unwrap();
}

fn check_operation(document: &Value, operation: &Value, least: usize) {
    for used in operation["security"].as_array().expect("as described") {
        for scheme in used.as_object().expect("as described").keys() {
            assert!(document["components"]["securitySchemes"][scheme].is_object(), "{scheme} is described");
        }
    }
    let refused = operation["responses"]["default"]["$ref"].as_str().expect("as described").trim_start_matches('#');
    assert!(document.pointer(refused).is_some(), "{refused} is there");
    assert!(operation["responses"]["200"]["description"].is_string());
    let mut names: Vec<&str> = Vec::new();
    if let Some(parameters) = operation["parameters"].as_array() {
        for parameter in parameters {
            assert!(parameter["in"] == "query" && parameter["required"].is_boolean() && parameter["schema"].is_object());
            names.push(parameter["name"].as_str().expect("as described"));
        }
    } else {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        names.extend(schema["properties"].as_object().expect("as described").keys().map(String::as_str));
        assert!(
            schema["required"]
                .as_array()
                .expect("as described")
                .iter()
                .all(|name| names.contains(&name.as_str().expect("as described")))
        );
    }
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count, "a name stands once: {names:?}");
    assert!(count >= least, "{names:?}");
}

#[test]
fn the_reference_is_a_page_without_scripts_and_outside_requests() {
    let server = server();
    let page = request(server.address, ("GET", "/docs"), &[], "");
    assert_eq!(page.status, 200);
    assert!(page.headers.contains("content-type: text/html") && page.headers.contains("default-src 'self'"), "{}", page.headers);
    for endpoint in server.app.router.endpoints() {
        assert!(page.body.contains(&format!("<code>{}</code>", endpoint.path)), "{}", endpoint.path);
    }
    for forbidden in ["<script", "http://", "https://", "style=", " on"] {
        let found =
            page.body.match_indices(forbidden).any(|(at, _)| forbidden != " on" || page.body[at..].starts_with(" onclick"));
        assert!(!found, "{forbidden}");
    }
    assert!(page.body.contains("newClientOrderId</code>, or the second a later"), "what equal orders need is said");
    for path in ["/favicon.svg", "/favicon.ico"] {
        let icon = request(server.address, ("GET", path), &[], "");
        assert_eq!((icon.status, icon.headers.contains("content-type: image/svg+xml")), (200, true), "{path}");
    }
    assert!(page.body.contains("<link rel=\"icon\" href=\"/favicon.svg\""), "browsers are told of it");
    let style = request(server.address, ("GET", "/docs/style.css"), &[], "");
    assert_eq!((style.status, style.headers.contains("content-type: text/css")), (200, true));
    assert!(!style.body.contains("url("));
    server.run(async {}).unwrap();
}

#[test]
fn what_happens_is_counted() {
    let server = server();
    let at = server.address;
    for path in ["/livez", "/readyz"] {
        let told = request(at, ("GET", path), &[], "");
        assert_eq!((told.status, told.body.as_str()), (200, "ok\n"), "{path}");
    }
    assert_eq!(as_user(at, "alice", ("POST", "/fapi/v1/order"), "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.01").status, 200);
    assert_eq!(
        as_user(
            at,
            "alice",
            ("POST", "/fapi/v1/order"),
            "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=100&price=60000"
        )
        .status,
        400
    );
    request(at, ("GET", "/a/path/of/mine"), &[], "");
    let told = request(at, ("GET", "/metrics"), &[], "");
    assert!(told.headers.contains("text/plain; version=0.0.4"), "{}", told.headers);
    let value = |line: &str| -> Option<f64> {
        told.body.lines().find_map(|known| known.strip_prefix(line)?.strip_prefix(' ')?.parse().ok())
    };
    assert_eq!(value("ringfence_commands_total{kind=\"place\"}").map(|count| count >= 1.0), Some(true), "{}", told.body);
    assert!(value("ringfence_trades_total").unwrap() >= 1.0);
    assert!(told.body.contains("ringfence_rejects_total{number="), "{}", told.body);
    assert_eq!(value("ringfence_http_requests_total{path=\"/fapi/v1/order\",status=\"400\"}"), Some(1.0));
    assert_eq!(value("ringfence_http_requests_total{path=\"none\",status=\"404\"}"), Some(1.0), "no path of a client's own");
    assert!(value("ringfence_insurance_fund{symbol=\"BTCUSDT\"}").unwrap() >= 1_000_000.0);
    assert!(value("ringfence_commit_seconds_count").unwrap() >= 1.0);
    assert_eq!(value("ringfence_commit_seconds_bucket{le=\"+Inf\"}"), value("ringfence_commit_seconds_count"));
    assert!(!told.body.contains("alice"), "nothing per account");
    for line in told.body.lines() {
        assert!(line.starts_with("# ") || line.starts_with("ringfence_"), "{line}");
    }
    server.run(async {}).unwrap();
}

/// A terminal that can be read.
#[derive(Clone, Default)]
struct Screen(Arc<Mutex<Vec<u8>>>);

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("as described").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_terminal_gets_a_line_per_event_and_four_for_a_liquidation() {
    let screen = Screen::default();
    let server = launch_telling(&settings(Keeping::Memory), Some(Box::new(screen.clone()))).unwrap();
    let at = server.address;
    stand_still(at, "BTCUSDT", "60000");
    done(at, "faucet", &json!({"account": "alice", "asset": "USDT", "amount": "1.5"}));
    assert_eq!(as_user(at, "alice", ("POST", "/fapi/v1/order"), "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=3").status, 200);
    done(at, "funding", &json!({"symbol": "BTCUSDT", "rate": "0.0001"}));
    done(at, "mark", &json!({"symbol": "BTCUSDT", "change": "-0.1"}));
    get(at, "health");
    std::thread::sleep(std::time::Duration::from_millis(300));
    let text = String::from_utf8(screen.0.lock().unwrap().clone()).unwrap();
    for line in [
        "deposit      alice 1.5 USDT",
        "fill         alice buys ",
        " BTCUSDT at ",
        "(taker)",
        "funding      BTCUSDT at rate 0.0001, mark 60000",
        "liquidation  alice: cross long 3 BTCUSDT, mark 54000, margin balance ",
        "             closed: ",
        "             liquidation fee to the insurance fund: ",
        "             lost ",
    ] {
        assert!(text.contains(line), "{line:?} in\n{text}");
    }
    assert!(!text.contains(" lots") && !text.contains("account ") && !text.contains("in market"), "names, not numbers:\n{text}");
    assert!(!text.contains("maker buys") && !text.contains("flow "), "nothing of the house:\n{text}");
    server.run(async {}).unwrap();
}
