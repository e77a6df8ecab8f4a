//! A tiny exchange that keeps orders in memory and can be told to forget, repeat or change them: it stands where a server with a
//! bug would, so that the checks are seen to find it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// What the exchange keeps.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    pub(crate) orders: Vec<Value>,
    pub(crate) trades: Vec<Value>,
    pub(crate) missing_money: u64,
    index: u64,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Fake {
    pub(crate) kept: Arc<Mutex<Kept>>,
}

impl Fake {
    /// Serves for the rest of the test.
    pub(crate) fn serve(&self) -> SocketAddr {
        let routes = Router::new()
            .route("/fapi/v1/order", get(query).post(place).delete(cancel))
            .route("/fapi/v1/allOrders", get(all))
            .route("/fapi/v1/userTrades", get(trades))
            .route("/local/v1/audit", get(audit))
            .with_state(self.clone());
        let (found, address) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
                found.send(listener.local_addr().expect("an address")).expect("the test waits");
                axum::serve(listener, routes).await.expect("served");
            });
        });
        address.recv().expect("an address")
    }

    /// Does something to what is kept, as a bug at a restart would.
    pub(crate) fn spoil(&self, how: impl FnOnce(&mut Kept)) {
        how(&mut self.kept.lock().expect("kept"));
    }
}

type Parameters<'a> = HashMap<&'a str, &'a str>;

fn parameters(text: &str) -> Parameters<'_> {
    text.split('&').filter_map(|pair| pair.split_once('=')).collect()
}

fn unknown(code: i64) -> Response {
    (StatusCode::BAD_REQUEST, json!({"code": code, "msg": "unknown"}).to_string()).into_response()
}

fn indexed(index: u64, body: &Value) -> Response {
    ([("x-ringfence-index", index.to_string())], body.to_string()).into_response()
}

async fn place(State(fake): State<Fake>, body: Bytes) -> Response {
    let text = String::from_utf8_lossy(&body);
    let form = parameters(&text);
    let mut kept = fake.kept.lock().expect("kept");
    kept.index += 1;
    let (index, quantity) = (kept.index, form["quantity"]);
    let (status, executed) = if form["type"] == "MARKET" { ("FILLED", quantity) } else { ("NEW", "0.000") };
    let order = json!({
        "orderId": index, "clientOrderId": form["newClientOrderId"], "side": form["side"], "status": status,
        "price": form.get("price").unwrap_or(&"0"), "origQty": quantity, "executedQty": executed,
    });
    if status == "FILLED" {
        kept.trades.push(json!({"id": index, "orderId": index, "qty": quantity}));
    }
    kept.orders.push(order.clone());
    indexed(index, &order)
}

fn matches(order: &Value, asked: &Parameters<'_>) -> bool {
    asked.get("orderId").is_some_and(|id| order["orderId"].as_u64() == id.parse().ok())
        || asked.get("origClientOrderId").is_some_and(|id| order["clientOrderId"] == *id)
}

async fn cancel(State(fake): State<Fake>, RawQuery(asked): RawQuery) -> Response {
    let asked = asked.unwrap_or_default();
    let asked = parameters(&asked);
    let mut kept = fake.kept.lock().expect("kept");
    kept.index += 1;
    let index = kept.index;
    match kept.orders.iter_mut().find(|order| matches(order, &asked) && order["status"] == "NEW") {
        Some(order) => {
            order["status"] = json!("CANCELED");
            indexed(index, order)
        }
        None => unknown(-2011),
    }
}

async fn query(State(fake): State<Fake>, RawQuery(asked): RawQuery) -> Response {
    let asked = asked.unwrap_or_default();
    let asked = parameters(&asked);
    let kept = fake.kept.lock().expect("kept");
    kept.orders
        .iter()
        .find(|order| matches(order, &asked))
        .map_or_else(|| unknown(-2013), |order| order.to_string().into_response())
}

async fn all(State(fake): State<Fake>, RawQuery(asked): RawQuery) -> String {
    let asked = asked.unwrap_or_default();
    let asked = parameters(&asked);
    let first: u64 = asked["orderId"].parse().expect("a number");
    let kept = fake.kept.lock().expect("kept");
    let mut orders: Vec<Value> = kept.orders.iter().filter(|order| order["orderId"].as_u64() >= Some(first)).cloned().collect();
    orders.sort_by_key(|order| order["orderId"].as_u64());
    orders.truncate(1000);
    Value::from(orders).to_string()
}

async fn trades(State(fake): State<Fake>, RawQuery(asked): RawQuery) -> String {
    let asked = asked.unwrap_or_default();
    let asked = parameters(&asked);
    let kept = fake.kept.lock().expect("kept");
    let own = kept.trades.iter().filter(|trade| trade["orderId"].as_u64() == asked["orderId"].parse().ok());
    Value::from(own.cloned().collect::<Vec<_>>()).to_string()
}

async fn audit(State(fake): State<Fake>) -> String {
    json!({"USDT": {"difference": fake.kept.lock().expect("kept").missing_money}}).to_string()
}
