//! The table of calls about orders.

use http::Method;

use super::{algo, batch, change, place, query};
use crate::api::endpoint::{Endpoint, Kind, OrderCount, Parameter, Security, Weight, optional, required};
use crate::boot::Family;
use crate::handler;

const SYMBOL: Parameter = required("symbol", Kind::Text, "The market.");
const ANY_SYMBOL: Parameter = optional("symbol", Kind::Text, "The market; all without it.");
const ORDER_ID: Parameter = optional("orderId", Kind::Integer, "The order's number.");
const CLIENT_ID: Parameter = optional("origClientOrderId", Kind::Text, "The order's client order id.");
const SIDE: Parameter = required("side", Kind::OneOf(&["BUY", "SELL"]), "Buys or sells.");
const LEG: Parameter = optional("positionSide", Kind::OneOf(&["BOTH", "LONG", "SHORT"]), "Which position: BOTH in one-way mode.");
const IN_FORCE: Parameter = optional("timeInForce", Kind::OneOf(&["GTC", "IOC", "FOK", "GTX", "GTD"]), "How long it lives.");
const REDUCE_ONLY: Parameter = optional("reduceOnly", Kind::Flag, "Only reduces a position; one-way mode only.");
const PRICE: Parameter = optional("price", Kind::Decimal, "The limit.");
const QUANTITY: Parameter = optional("quantity", Kind::Decimal, "How much.");
const PRICE_MATCH: Parameter =
    optional("priceMatch", Kind::Text, "A price of the book instead of one's own: OPPONENT, QUEUE, ….");
const SELF_TRADE: Parameter = optional(
    "selfTradePreventionMode",
    Kind::OneOf(&["EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "NONE"]),
    "Meeting oneself.",
);
const GOOD_TILL: Parameter = optional("goodTillDate", Kind::Integer, "End of a GTD order, in milliseconds since 1970.");
const BATCH: Parameter = required("batchOrders", Kind::List, "Up to five orders, each with the parameters of one.");
const START: Parameter = optional("startTime", Kind::Integer, "Nothing before, in milliseconds since 1970.");
const END: Parameter = optional("endTime", Kind::Integer, "Nothing after; at most seven days after the start.");
const LIMIT: Parameter = optional("limit", Kind::Integer, "At most so many.");
const PAGE: Parameter = optional("page", Kind::Integer, "Which page of as many as the limit, from 1.");
const ALGO_ID: Parameter = optional("algoId", Kind::Integer, "The conditional order's number.");
const CLIENT_ALGO_ID: Parameter = optional("clientAlgoId", Kind::Text, "The conditional order's client id.");

const PLACE: &[Parameter] = &[
    SYMBOL,
    SIDE,
    required("type", Kind::OneOf(&["LIMIT", "MARKET"]), "Conditional types have an endpoint of their own: algoOrder."),
    LEG,
    IN_FORCE,
    QUANTITY,
    REDUCE_ONLY,
    PRICE,
    optional("newClientOrderId", Kind::Text, "1 to 36 letters, digits and . : / _ -; unique for good."),
    optional("newOrderRespType", Kind::OneOf(&["ACK", "RESULT"]), "The answer is the same for both."),
    PRICE_MATCH,
    SELF_TRADE,
    GOOD_TILL,
];
const AMEND: &[Parameter] = &[SYMBOL, SIDE, ORDER_ID, CLIENT_ID, QUANTITY, PRICE, PRICE_MATCH];
const ONE: &[Parameter] = &[SYMBOL, ORDER_ID, CLIENT_ID];
const ALGO: &[Parameter] = &[
    SYMBOL,
    SIDE,
    required(
        "type",
        Kind::OneOf(&["STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET"]),
        "What sets it off.",
    ),
    optional("algoType", Kind::OneOf(&["CONDITIONAL"]), "Always the same."),
    LEG,
    IN_FORCE,
    QUANTITY,
    PRICE,
    optional("triggerPrice", Kind::Decimal, "What sets it off, unless it trails."),
    optional("workingType", Kind::OneOf(&["CONTRACT_PRICE", "MARK_PRICE"]), "Which price is watched."),
    optional("closePosition", Kind::Flag, "Closes all of the position."),
    optional("activatePrice", Kind::Decimal, "A trailing stop follows from here on."),
    optional("callbackRate", Kind::Decimal, "Distance of a trailing stop in percent, 0.1 to 20."),
    REDUCE_ONLY,
    SELF_TRADE,
    CLIENT_ALGO_ID,
];

const COUNTDOWN: &[Parameter] = &[SYMBOL, required("countdownTime", Kind::Integer, "In milliseconds; 0 ends the countdown.")];
const CANCEL_BATCH: &[Parameter] = &[
    SYMBOL,
    optional("orderIdList", Kind::List, "By number."),
    optional("origClientOrderIdList", Kind::List, "By client order id."),
];

/// One row before its prefix.
struct Row {
    endpoint: Endpoint,
}

impl Row {
    const fn counting(mut self, orders: OrderCount) -> Self {
        self.endpoint.orders = orders;
        self
    }

    const fn weighing(mut self, weight: Weight) -> Self {
        self.endpoint.weight = weight;
        self
    }

    const fn socket(mut self, method: &'static str) -> Self {
        self.endpoint.ws_method = Some(method);
        self
    }
}

fn row(
    method: Method,
    path: &'static str,
    summary: &'static str,
    parameters: &'static [Parameter],
    handler: crate::api::endpoint::Handler,
) -> Row {
    let security = if method == Method::GET { Security::Read } else { Security::Trade };
    let family = Some(if path.starts_with("/dapi") { Family::CoinM } else { Family::UsdM });
    Row {
        endpoint: Endpoint {
            method,
            path,
            family,
            security,
            weight: Weight::Fixed(1),
            orders: OrderCount::Zero,
            ws_method: None,
            summary,
            parameters,
            handler,
        },
    }
}

/// The rows of one API.
macro_rules! rows {
    ($prefix:literal) => {{
        const FIVE: Weight = Weight::Fixed(5);
        const LISTING: Weight = Weight::Symbol { one: 1, all: 40 };
        vec![
            row(Method::POST, concat!($prefix, "/order"), "Places an order.", PLACE, handler!(place::place))
                .counting(OrderCount::One)
                .weighing(Weight::Fixed(0))
                .socket("order.place"),
            row(
                Method::POST,
                concat!($prefix, "/order/test"),
                "Looks at an order without placing it.",
                PLACE,
                handler!(place::test),
            ),
            row(Method::PUT, concat!($prefix, "/order"), "Amends a limit order.", AMEND, handler!(change::amend))
                .counting(OrderCount::One)
                .socket("order.modify"),
            row(Method::DELETE, concat!($prefix, "/order"), "Cancels an order.", ONE, handler!(change::cancel))
                .socket("order.cancel"),
            row(Method::GET, concat!($prefix, "/order"), "An order.", ONE, handler!(query::order)).socket("order.status"),
            row(Method::GET, concat!($prefix, "/openOrder"), "An open order.", ONE, handler!(query::open_order)),
            row(Method::GET, concat!($prefix, "/openOrders"), "The open orders.", &[ANY_SYMBOL], handler!(query::open_orders))
                .weighing(LISTING),
            row(
                Method::GET,
                concat!($prefix, "/allOrders"),
                "Orders, open and ended, oldest first.",
                &[ANY_SYMBOL, ORDER_ID, START, END, LIMIT],
                handler!(query::all_orders),
            )
            .weighing(FIVE),
            row(
                Method::GET,
                concat!($prefix, "/orderAmendment"),
                "How orders were amended.",
                &[SYMBOL, ORDER_ID, START, END, LIMIT],
                handler!(query::amendments),
            ),
            row(
                Method::DELETE,
                concat!($prefix, "/allOpenOrders"),
                "Cancels all orders of a market.",
                &[SYMBOL],
                handler!(change::cancel_all),
            ),
            row(
                Method::POST,
                concat!($prefix, "/countdownCancelAll"),
                "Cancels all orders of a market unless called again in time.",
                COUNTDOWN,
                handler!(change::countdown),
            )
            .weighing(Weight::Fixed(10)),
            row(Method::POST, concat!($prefix, "/batchOrders"), "Places up to five orders.", &[BATCH], handler!(batch::place))
                .counting(OrderCount::Listed)
                .weighing(FIVE),
            row(Method::PUT, concat!($prefix, "/batchOrders"), "Amends up to five orders.", &[BATCH], handler!(batch::amend))
                .counting(OrderCount::Listed)
                .weighing(FIVE),
            row(
                Method::DELETE,
                concat!($prefix, "/batchOrders"),
                "Cancels up to ten orders.",
                CANCEL_BATCH,
                handler!(batch::cancel),
            ),
            row(Method::POST, concat!($prefix, "/algoOrder"), "Places a conditional order.", ALGO, handler!(algo::place))
                .counting(OrderCount::One)
                .socket("algoOrder.place"),
            row(
                Method::DELETE,
                concat!($prefix, "/algoOrder"),
                "Cancels a conditional order.",
                &[ALGO_ID, CLIENT_ALGO_ID, ANY_SYMBOL],
                handler!(algo::cancel),
            )
            .socket("algoOrder.cancel"),
            row(
                Method::GET,
                concat!($prefix, "/algoOrder"),
                "A conditional order.",
                &[ALGO_ID, CLIENT_ALGO_ID, ANY_SYMBOL],
                handler!(algo::query),
            ),
            row(
                Method::GET,
                concat!($prefix, "/openAlgoOrders"),
                "The waiting conditional orders.",
                &[ANY_SYMBOL, ALGO_ID],
                handler!(algo::open_orders),
            )
            .weighing(LISTING),
            row(
                Method::GET,
                concat!($prefix, "/allAlgoOrders"),
                "Conditional orders, waiting and gone, oldest first.",
                &[ANY_SYMBOL, ALGO_ID, START, END, PAGE, LIMIT],
                handler!(algo::all_orders),
            )
            .weighing(FIVE),
            row(
                Method::DELETE,
                concat!($prefix, "/algoOpenOrders"),
                "Cancels all conditional orders of a market.",
                &[SYMBOL],
                handler!(algo::cancel_all),
            ),
        ]
    }};
}

/// The calls about orders, of both APIs.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    let both = rows!("/fapi/v1").into_iter().chain(rows!("/dapi/v1"));
    both.map(|row| row.endpoint).collect()
}
