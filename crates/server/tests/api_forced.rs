//! What was closed by force, as orders and trades of those it was closed for.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod api_support;

use api_support::Desk;
use http::Method;
use ringfence_risk::filters::OrderSide::{Buy, Sell};
use serde_json::{Value, json};

const GET: &Method = &Method::GET;

/// `alice` is long 0.05 from `bob` at 60,030, isolated at 5x.
fn long() -> Desk {
    let desk = Desk::new();
    desk.post("/fapi/v1/marginType", "symbol=BTCUSDT&marginType=ISOLATED");
    desk.post("/fapi/v1/leverage", "symbol=BTCUSDT&leverage=5");
    desk.buy("BTCUSDT", "0.050", "60030");
    desk
}

fn told(desk: &Desk, name: &str, path: &str, query: &str) -> Vec<Value> {
    let answer = desk.call(name, GET, &format!("/fapi/v1/{path}"), query).unwrap();
    answer.as_array().unwrap().clone()
}

fn sum(rows: &[Value], field: &str) -> f64 {
    rows.iter().map(|row| row[field].as_str().unwrap().parse::<f64>().unwrap()).sum()
}

/// Every forced order is one of all orders, can be asked for by number and by name, and its trades are all of it.
fn agree(desk: &Desk, name: &str) -> Vec<Value> {
    let forced = told(desk, name, "forceOrders", "");
    let orders = told(desk, name, "allOrders", "symbol=BTCUSDT");
    for order in &forced {
        assert!(orders.contains(order), "{order} is not among {orders:?}");
        let (id, label) = (&order["orderId"], order["clientOrderId"].as_str().unwrap());
        for query in [format!("orderId={id}"), format!("origClientOrderId={label}")] {
            let query = format!("symbol=BTCUSDT&{query}");
            assert_eq!(&desk.call(name, GET, "/fapi/v1/order", &query).unwrap(), order, "{query}");
        }
        let trades = told(desk, name, "userTrades", &format!("symbol=BTCUSDT&orderId={id}"));
        assert!(
            (sum(&trades, "qty") - order["executedQty"].as_str().unwrap().parse::<f64>().unwrap()).abs() < 1e-9,
            "{trades:?}"
        );
        assert!(
            (sum(&trades, "quoteQty") - order["cumQuote"].as_str().unwrap().parse::<f64>().unwrap()).abs() < 0.01,
            "{trades:?}"
        );
        assert!(trades.iter().all(|trade| trade["maker"] == false && trade["side"] == order["side"]), "{trades:?}");
    }
    let (trades, incomes) =
        (told(desk, name, "userTrades", "symbol=BTCUSDT"), told(desk, name, "income", "incomeType=REALIZED_PNL"));
    assert!((sum(&trades, "realizedPnl") - sum(&incomes, "income")).abs() < 1e-6, "{trades:?} {incomes:?}");
    let ids: std::collections::BTreeSet<String> = trades.iter().map(|trade| trade["id"].to_string()).collect();
    assert_eq!(ids.len(), trades.len(), "each trade has its own number");
    forced
}

#[test]
fn a_liquidation_into_the_book_is_an_order_with_its_trades() {
    let desk = long();
    desk.place("bob", "BTCUSDT", (Buy, "0.020", "48150"));
    desk.place("bob", "BTCUSDT", (Buy, "1", "48100"));
    desk.mark("BTCUSDT", "48000");
    let forced = agree(&desk, "alice");
    assert_eq!((forced.len(), &forced[0]["executedQty"], &forced[0]["status"]), (1, &json!("0.050"), &json!("FILLED")));
    assert_eq!(told(&desk, "alice", "userTrades", "symbol=BTCUSDT").len(), 3);
    assert_eq!(
        desk.refused(&Method::DELETE, "/fapi/v1/order", &format!("symbol=BTCUSDT&orderId={}", forced[0]["orderId"])),
        -2011
    );
    let unknown = desk.call("bob", GET, "/fapi/v1/order", &format!("symbol=BTCUSDT&orderId={}", forced[0]["orderId"]));
    assert_eq!(unknown.unwrap_err().code, -2013, "others' forced orders are as unknown as those that never were");
}

#[test]
fn a_takeover_by_the_insurance_fund_is_a_trade_of_its_owner() {
    let desk = long();
    desk.mark("BTCUSDT", "48000");
    let forced = agree(&desk, "alice");
    let trades = told(&desk, "alice", "userTrades", "symbol=BTCUSDT");
    assert_eq!((forced.len(), trades.len(), &trades[1]["orderId"]), (1, 2, &forced[0]["orderId"]), "{forced:?}");
    assert_eq!(
        (&trades[1]["qty"], &trades[1]["side"], &trades[1]["commission"]),
        (&json!("0.050"), &json!("SELL"), &json!("0.00000000"))
    );
    assert!(sum(&trades, "realizedPnl") < -590.0, "{trades:?}");
}

#[test]
fn deleveraging_is_an_order_and_a_trade_of_both() {
    let desk = long();
    // More than the insurance fund can take over.
    desk.mark("BTCUSDT", "1000");
    let (own, counter) = (agree(&desk, "alice"), agree(&desk, "bob"));
    let names = |rows: &[Value]| rows.iter().map(|row| row["clientOrderId"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!((own.len(), names(&counter)), (2, vec!["adl_autoclose".to_owned()]), "{own:?}");
    assert!(names(&own).iter().all(|name| name.starts_with("autoclose-")), "{own:?}");
    assert_eq!(
        (&own[0]["side"], &counter[0]["side"], &counter[0]["executedQty"]),
        (&json!("SELL"), &json!("BUY"), &own[1]["executedQty"])
    );
    assert_eq!(desk.call("bob", GET, "/fapi/v1/forceOrders", "autoCloseType=ADL").unwrap(), json!(counter));
}

#[test]
fn histories_go_on_after_a_forced_order() {
    let desk = long();
    desk.mark("BTCUSDT", "48000");
    desk.mark("BTCUSDT", "60000");
    // In the same millisecond.
    desk.buy("BTCUSDT", "0.010", "60030");
    desk.place("alice", "BTCUSDT", (Sell, "0.010", "70000"));
    for (path, id, from) in [("allOrders", "orderId", "orderId"), ("userTrades", "id", "fromId")] {
        let all = told(&desk, "alice", path, "symbol=BTCUSDT");
        assert!(all.len() >= 3, "{all:?}");
        for (at, row) in all.iter().enumerate() {
            let number = row[id].as_u64().unwrap();
            let there = told(&desk, "alice", path, &format!("symbol=BTCUSDT&{from}={number}"));
            assert!(there.ends_with(&all[at..]) && there.len() <= all.len() - at + 1, "{path} from {row}: {there:?}");
            let next = told(&desk, "alice", path, &format!("symbol=BTCUSDT&{from}={}", number + 1));
            assert_eq!(next, all[at + 1..], "{path} after {row}");
        }
        assert_eq!(told(&desk, "alice", path, "symbol=BTCUSDT&limit=2"), all[all.len() - 2..]);
        assert_eq!(told(&desk, "alice", path, "symbol=BTCUSDT&startTime=1&limit=2"), all[..2]);
    }
}
