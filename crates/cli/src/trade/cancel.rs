//! Open orders: list them, cancel them.

use serde_json::Value;

use super::answer::{first, price, text, word};
use super::desk::{Api, Desk};
use super::order::{Cancelled, Listed};
use super::place::order_facts;
use crate::error::CliError;
use crate::output::{Report, Table, headers};
use crate::remote::Method;

/// Cancels one order or all of a symbol.
///
/// # Errors
/// [`CliError::Failed`] as the server says.
pub(crate) fn cancel(desk: &Desk, cancelled: &Cancelled) -> Result<Report, CliError> {
    if cancelled.id == "all" {
        return cancel_all(desk, cancelled);
    }
    let api = Api::of(&cancelled.symbol);
    // An id of digits is the exchange's, any other the trader's own.
    let exchange_id = cancelled.id.bytes().all(|byte| byte.is_ascii_digit());
    let (resource, name) = match (cancelled.conditional, exchange_id) {
        (false, true) => ("order", "orderId"),
        (false, false) => ("order", "origClientOrderId"),
        (true, true) => ("algoOrder", "algoId"),
        (true, false) => ("algoOrder", "clientAlgoId"),
    };
    let parameters = [("symbol", cancelled.symbol.clone()), (name, cancelled.id.clone())];
    let answer = desk.remote.signed(Method::Delete, &api.path(resource), &parameters)?;
    let mut report = Report::new(format!("{}: cancelled {} of {}", desk.account, cancelled.id, cancelled.symbol));
    if cancelled.conditional {
        report.fact("conditional_order_id", "conditional order id", text(&answer, "algoId"));
        report.fact("client_id", "client id", text(&answer, "clientAlgoId"));
    } else {
        order_facts(&mut report, &answer);
    }
    Ok(report)
}

fn cancel_all(desk: &Desk, cancelled: &Cancelled) -> Result<Report, CliError> {
    let api = Api::of(&cancelled.symbol);
    let parameters = [("symbol", cancelled.symbol.clone())];
    let mut report = Report::new(format!("{}: cancelled all of {}", desk.account, cancelled.symbol));
    if !cancelled.conditional {
        let answer = desk.remote.signed(Method::Delete, &api.path("allOpenOrders"), &parameters)?;
        report.fact("orders", "orders", text(&answer, "msg"));
    }
    let answer = desk.remote.signed(Method::Delete, &api.path("algoOpenOrders"), &parameters)?;
    report.fact("conditional_orders", "conditional orders", text(&answer, "msg"));
    Ok(report)
}

/// Lists open orders, conditional ones included.
///
/// # Errors
/// [`CliError::Failed`] as the server says.
pub(crate) fn list(desk: &Desk, listed: &Listed) -> Result<Report, CliError> {
    let symbol = listed.symbol.as_deref();
    let orders = desk.list(symbol, |api| api.path("openOrders"))?;
    let conditional = desk.list(symbol, |api| api.path("openAlgoOrders"))?;
    let mut report = Report::new(format!("{}: open orders", desk.account));
    if orders.is_empty() && conditional.is_empty() {
        report.note("no open orders");
    }
    let rows = orders.iter().map(order_row).chain(conditional.iter().map(conditional_row)).collect::<Vec<_>>();
    let columns =
        ["ID", "SYMBOL", "SIDE", "TYPE", "QUANTITY", "FILLED", "LIMIT", "TRIGGER", "STATUS", "CLIENT ID", "CONDITIONAL"];
    if !rows.is_empty() {
        report.table(Table { key: "orders", headers: headers(&columns), rows });
    }
    Ok(report)
}

fn order_row(order: &Value) -> Vec<String> {
    vec![
        text(order, "orderId"),
        text(order, "symbol"),
        word(order, "side"),
        word(order, "type"),
        text(order, "origQty"),
        text(order, "executedQty"),
        price(order, "price"),
        "-".to_owned(),
        word(order, "status"),
        text(order, "clientOrderId"),
        "no".to_owned(),
    ]
}

fn conditional_row(order: &Value) -> Vec<String> {
    let trailing = order.get("callbackRate").is_some();
    vec![
        text(order, "algoId"),
        text(order, "symbol"),
        word(order, "side"),
        word(order, "orderType"),
        first(order, &["quantity", "origQty"]),
        "-".to_owned(),
        price(order, "price"),
        if trailing { format!("{}% back", text(order, "callbackRate")) } else { price(order, "triggerPrice") },
        word(order, "algoStatus"),
        text(order, "clientAlgoId"),
        "yes".to_owned(),
    ]
}
