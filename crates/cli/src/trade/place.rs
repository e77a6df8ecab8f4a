//! Placing an order: margin mode and leverage first, then the order, then what came of it.

use ringfence_risk::units::Price;
use serde_json::Value;

use super::answer::{first, is_zero, price, rows, text, word};
use super::desk::{Api, Desk, positions_table};
use super::order::{TimeInForce, Wanted};
use crate::error::CliError;
use crate::output::{Report, Table, headers};
use crate::remote::{Method, Parameters, RemoteError};
use crate::session::Session;

/// Binance's code for "the symbol is in this margin mode already".
const SAME_MARGIN_TYPE: i64 = -4046;

/// Places an order and reports its fills and the position after it.
///
/// # Errors
/// [`CliError::Failed`] as the server says; what was set before the order stays set and is named on standard error.
pub(crate) fn run(desk: &Desk, session: &Session, (side, wanted): (&'static str, &Wanted)) -> Result<Report, CliError> {
    let api = Api::of(&wanted.symbol);
    prepare(desk, session, wanted)?;
    let Some((kind, condition)) = conditional(wanted) else {
        let answer = desk.remote.signed(Method::Post, &api.path("order"), &plain(side, wanted))?;
        check_is_order(&answer, "orderId")?;
        return Ok(placed(desk, &answer, wanted));
    };
    let mut parameters = vec![("algoType", "CONDITIONAL".to_owned())];
    parameters.extend(common((side, kind), wanted));
    parameters.push(condition);
    parameters.extend(wanted.client_id.clone().map(|id| ("clientAlgoId", id)));
    let answer = desk.remote.signed(Method::Post, &api.path("algoOrder"), &parameters)?;
    check_is_order(&answer, "algoId")?;
    Ok(waiting(desk, &answer))
}

/// Some other server may answer anything well: without an id there is no order to report.
fn check_is_order(answer: &Value, id: &str) -> Result<(), CliError> {
    let missing =
        || CliError::Failed(format!("the server accepted the order, but its answer has no {id}: is it a ringfence server?"));
    answer.get(id).map(drop).ok_or_else(missing)
}

/// Margin mode, then leverage, where they were asked for.
fn prepare(desk: &Desk, session: &Session, wanted: &Wanted) -> Result<(), CliError> {
    let api = Api::of(&wanted.symbol);
    let symbol = ("symbol", wanted.symbol.clone());
    if let Some(margin_type) = wanted.mode.margin_type() {
        let parameters = [symbol.clone(), ("marginType", margin_type.to_owned())];
        match desk.remote.signed(Method::Post, &api.path("marginType"), &parameters) {
            Ok(_) => session.note(&format!("{} of {} set to {}", wanted.symbol, desk.account, margin_type.to_lowercase())),
            Err(error) if error.is_code(SAME_MARGIN_TYPE) => {}
            Err(error) => return Err(error.into()),
        }
    }
    if let Some(leverage) = wanted.leverage {
        let parameters = [symbol, ("leverage", leverage.to_string())];
        let answer = desk.remote.signed(Method::Post, &api.path("leverage"), &parameters)?;
        session.note(&format!("{} of {} set to {}x", wanted.symbol, desk.account, text(&answer, "leverage")));
    }
    Ok(())
}

fn plain(side: &'static str, wanted: &Wanted) -> Parameters {
    let kind = if wanted.price.is_some() { "LIMIT" } else { "MARKET" };
    let mut parameters = common((side, kind), wanted);
    parameters.extend(wanted.client_id.clone().map(|id| ("newClientOrderId", id)));
    parameters.push(("newOrderRespType", "RESULT".to_owned()));
    parameters
}

fn common((side, kind): (&'static str, &'static str), wanted: &Wanted) -> Parameters {
    let mut parameters = vec![
        ("symbol", wanted.symbol.clone()),
        ("side", side.to_owned()),
        ("type", kind.to_owned()),
        ("quantity", wanted.quantity.to_string()),
    ];
    if let Some(price) = wanted.price {
        parameters.push(("price", price.to_string()));
        parameters.push(("timeInForce", wanted.tif.map_or("GTC", TimeInForce::name).to_owned()));
    }
    if wanted.reduce_only {
        parameters.push(("reduceOnly", "true".to_owned()));
    }
    parameters.extend(wanted.position_side.map(|side| ("positionSide", side.name().to_owned())));
    parameters
}

/// The type of a conditional order and the parameter that wakes it.
fn conditional(wanted: &Wanted) -> Option<(&'static str, (&'static str, String))> {
    let at = |price: Price| ("triggerPrice", price.to_string());
    let kind = |market, limit| if wanted.price.is_some() { limit } else { market };
    if let Some(stop) = wanted.trigger.stop {
        return Some((kind("STOP_MARKET", "STOP"), at(stop)));
    }
    if let Some(take_profit) = wanted.trigger.take_profit {
        return Some((kind("TAKE_PROFIT_MARKET", "TAKE_PROFIT"), at(take_profit)));
    }
    wanted.trigger.trailing.clone().map(|percent| ("TRAILING_STOP_MARKET", ("callbackRate", percent)))
}

fn title(desk: &Desk, answer: &Value) -> String {
    let kind = first(answer, &["orderType", "type"]).to_lowercase().replace('_', " ");
    let quantity = first(answer, &["origQty", "quantity"]);
    format!("{}: {} {quantity} {}, {kind}", desk.account, word(answer, "side"), text(answer, "symbol"))
}

fn placed(desk: &Desk, answer: &Value, wanted: &Wanted) -> Report {
    let mut report = Report::new(title(desk, answer));
    order_facts(&mut report, answer);
    if !is_zero(&text(answer, "executedQty")) {
        match fills(desk, answer, wanted) {
            Ok(table) => report.table(table),
            Err(error) => report.note(format!("the order stands as above, but its fills could not be read: {error}")),
        }
    }
    match desk.positions(Some(&wanted.symbol)) {
        Ok(positions) if positions.is_empty() => report.note(format!("no position in {}", wanted.symbol)),
        Ok(positions) => report.table(positions_table(&positions)),
        Err(error) => report.note(format!("the order stands as above, but the position could not be read: {error}")),
    }
    report
}

/// What an order is and how far it has come.
pub(crate) fn order_facts(report: &mut Report, answer: &Value) {
    report.fact("order_id", "order id", text(answer, "orderId"));
    report.fact("client_id", "client id", text(answer, "clientOrderId"));
    report.fact("status", "status", word(answer, "status"));
    report.fact("quantity", "quantity", text(answer, "origQty"));
    report.fact("limit", "limit", price(answer, "price"));
    report.fact("filled", "filled", text(answer, "executedQty"));
    report.fact("average_price", "average price", price(answer, "avgPrice"));
    report.fact("filled_value", "filled value", first(answer, &["cumQuote", "cumBase"]));
}

fn fills(desk: &Desk, answer: &Value, wanted: &Wanted) -> Result<Table, RemoteError> {
    let api = Api::of(&wanted.symbol);
    let parameters = [("symbol", wanted.symbol.clone()), ("orderId", text(answer, "orderId"))];
    let trades = rows(desk.remote.signed(Method::Get, &api.path("userTrades"), &parameters)?);
    let row = |trade: &Value| {
        let maker = trade.get("maker").and_then(Value::as_bool) == Some(true);
        vec![
            text(trade, "id"),
            text(trade, "price"),
            text(trade, "qty"),
            text(trade, "commission"),
            text(trade, "commissionAsset"),
            text(trade, "realizedPnl"),
            if maker { "maker" } else { "taker" }.to_owned(),
        ]
    };
    let columns = headers(&["TRADE", "PRICE", "QUANTITY", "FEE", "ASSET", "REALISED PROFIT", "ROLE"]);
    Ok(Table { key: "fills", headers: columns, rows: trades.iter().map(row).collect() })
}

/// A conditional order waits: there is no fill yet.
fn waiting(desk: &Desk, answer: &Value) -> Report {
    let mut report = Report::new(title(desk, answer));
    report.fact("conditional_order_id", "conditional order id", text(answer, "algoId"));
    report.fact("client_id", "client id", text(answer, "clientAlgoId"));
    report.fact("status", "status", word(answer, "algoStatus"));
    report.fact("quantity", "quantity", text(answer, "quantity"));
    report.fact("trigger_price", "trigger price", price(answer, "triggerPrice"));
    report.fact("callback_rate", "callback rate (percent)", text(answer, "callbackRate"));
    report.fact("limit", "limit", price(answer, "price"));
    report.note("no margin is taken before the trigger; it can still be refused then");
    report
}
