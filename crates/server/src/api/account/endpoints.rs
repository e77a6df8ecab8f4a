//! The table of calls about accounts.

use http::Method;

use super::{brackets, change, document, past, risk, settings, trades};
use crate::api::endpoint::{Endpoint, Handler, Kind, OrderCount, Parameter, Security, Weight, optional, required};
use crate::boot::Family;
use crate::handler;

const SYMBOL: Parameter = required("symbol", Kind::Text, "The market.");
const ANY_SYMBOL: Parameter = optional("symbol", Kind::Text, "The market; all without it.");
const ANY_PAIR: Parameter = optional("pair", Kind::Text, "COIN-M: the pair, in place of the symbol.");
const START: Parameter = optional("startTime", Kind::Integer, "Nothing before, in milliseconds since 1970.");
const END: Parameter = optional("endTime", Kind::Integer, "Nothing after, in milliseconds since 1970.");
const LIMIT: Parameter = optional("limit", Kind::Integer, "At most so many.");
const LEG: Parameter =
    optional("positionSide", Kind::OneOf(&["BOTH", "LONG", "SHORT"]), "Which position: in hedge mode LONG or SHORT.");
const DUAL: Parameter = required("dualSidePosition", Kind::Flag, "true for hedge mode, false for one-way.");
const MULTI: Parameter =
    required("multiAssetsMargin", Kind::Flag, "There is no multi-assets mode: neither value changes anything.");
const WAY: Kind = Kind::OneOf(&["1", "2"]);

const ONE: &[Parameter] = &[SYMBOL];
const ANY: &[Parameter] = &[ANY_SYMBOL, ANY_PAIR];
const LEVERAGE: &[Parameter] =
    &[SYMBOL, required("leverage", Kind::Integer, "How many times the margin a position may be worth.")];
const MARGIN_TYPE: &[Parameter] = &[SYMBOL, required("marginType", Kind::OneOf(&["ISOLATED", "CROSSED"]), "The new one.")];
const MARGIN: &[Parameter] = &[
    SYMBOL,
    required("amount", Kind::Decimal, "How much of the settlement asset."),
    required("type", WAY, "1 adds, 2 takes out."),
    LEG,
];
const MARGINS: &[Parameter] = &[SYMBOL, optional("type", WAY, "1: what came, 2: what went."), START, END, LIMIT];
const TRADES: &[Parameter] = &[
    SYMBOL,
    optional("orderId", Kind::Integer, "Those of one order."),
    optional("fromId", Kind::Integer, "No smaller numbers."),
    START,
    END,
    LIMIT,
];
const INCOMES: &[Parameter] = &[
    ANY_SYMBOL,
    optional("incomeType", Kind::Text, "TRANSFER, REALIZED_PNL, COMMISSION, FUNDING_FEE, INSURANCE_CLEAR."),
    START,
    END,
    optional("page", Kind::Integer, "Which page of as many as the limit, from 1."),
    LIMIT,
];
const FORCED: &[Parameter] =
    &[ANY_SYMBOL, optional("autoCloseType", Kind::OneOf(&["LIQUIDATION", "ADL"]), "Why."), START, END, LIMIT];

const ALONE: Weight = Weight::Fixed(1);
const FIVE: Weight = Weight::Fixed(5);
const TWENTY: Weight = Weight::Fixed(20);
const THIRTY: Weight = Weight::Fixed(30);

fn row(
    method: Method,
    path: &'static str,
    summary: &'static str,
    parameters: &'static [Parameter],
    (weight, handler): (Weight, Handler),
) -> Endpoint {
    Endpoint {
        security: if method == Method::GET { Security::Read } else { Security::Trade },
        method,
        path,
        family: Some(if path.starts_with("/dapi") { Family::CoinM } else { Family::UsdM }),
        weight,
        orders: OrderCount::Zero,
        ws_method: None,
        summary,
        parameters,
        handler,
    }
}

fn get(path: &'static str, summary: &'static str, parameters: &'static [Parameter], does: (Weight, Handler)) -> Endpoint {
    row(Method::GET, path, summary, parameters, does)
}

fn post(path: &'static str, summary: &'static str, parameters: &'static [Parameter], handler: Handler) -> Endpoint {
    row(Method::POST, path, summary, parameters, (ALONE, handler))
}

fn socket(name: &'static str, endpoint: Endpoint) -> Endpoint {
    Endpoint { ws_method: Some(name), ..endpoint }
}

/// What both APIs have.
macro_rules! both {
    ($prefix:literal) => {
        [
            post(concat!($prefix, "/leverage"), "Sets the leverage of a market.", LEVERAGE, handler!(change::leverage)),
            post(
                concat!($prefix, "/marginType"),
                "Switches a market between isolated and cross.",
                MARGIN_TYPE,
                handler!(change::margin_type),
            ),
            post(
                concat!($prefix, "/positionSide/dual"),
                "Switches between one-way and hedge mode.",
                &[DUAL],
                handler!(change::dual),
            ),
            post(
                concat!($prefix, "/positionMargin"),
                "Adds margin to a position or takes some out.",
                MARGIN,
                handler!(change::margin),
            ),
            get(
                concat!($prefix, "/positionMargin/history"),
                "Margin that came to positions and left them.",
                MARGINS,
                (ALONE, handler!(past::margins)),
            ),
            get(concat!($prefix, "/positionSide/dual"), "One-way or hedge mode.", &[], (THIRTY, handler!(settings::dual))),
            get(concat!($prefix, "/commissionRate"), "The fees of a market.", ONE, (TWENTY, handler!(brackets::fees))),
            get(
                concat!($prefix, "/adlQuantile"),
                "Places in the queue of those who would be deleveraged.",
                &[ANY_SYMBOL],
                (FIVE, handler!(risk::queue)),
            ),
            get(concat!($prefix, "/userTrades"), "Trades.", TRADES, (FIVE, handler!(trades::trades))),
            get(concat!($prefix, "/income"), "Money that came and went.", INCOMES, (THIRTY, handler!(past::incomes))),
            get(
                concat!($prefix, "/forceOrders"),
                "What was closed by force.",
                FORCED,
                (Weight::Symbol { one: 20, all: 50 }, handler!(past::forced)),
            ),
        ]
    };
}

const ACCOUNT: &str = "All money and positions.";
const BALANCE: &str = "All money.";
const POSITIONS: &str = "All positions.";
const BRACKETS: &str = "Leverage brackets.";

fn usd_documents() -> Vec<Endpoint> {
    let (older, balance) = ((FIVE, handler!(document::older) as Handler), (FIVE, handler!(document::balance) as Handler));
    let second = (FIVE, handler!(risk::second) as Handler);
    vec![
        get("/fapi/v1/account", ACCOUNT, &[], older),
        socket("account.status", get("/fapi/v2/account", ACCOUNT, &[], older)),
        socket("v2/account.status", get("/fapi/v3/account", ACCOUNT, &[], (FIVE, handler!(document::third)))),
        get("/fapi/v1/balance", BALANCE, &[], balance),
        socket("account.balance", get("/fapi/v2/balance", BALANCE, &[], balance)),
        socket("v2/account.balance", get("/fapi/v3/balance", BALANCE, &[], balance)),
        get("/fapi/v1/positionRisk", POSITIONS, &[ANY_SYMBOL], second),
        socket("account.position", get("/fapi/v2/positionRisk", POSITIONS, &[ANY_SYMBOL], second)),
        socket("v2/account.position", get("/fapi/v3/positionRisk", POSITIONS, &[ANY_SYMBOL], (FIVE, handler!(risk::third)))),
        get("/fapi/v1/leverageBracket", BRACKETS, &[ANY_SYMBOL], (ALONE, handler!(brackets::by_symbol))),
    ]
}

fn usd_settings() -> Vec<Endpoint> {
    vec![
        get("/fapi/v1/accountConfig", "Settings of the account.", &[], (FIVE, handler!(settings::account))),
        get("/fapi/v1/symbolConfig", "Settings of markets.", &[ANY_SYMBOL], (FIVE, handler!(settings::symbol))),
        get(
            "/fapi/v1/multiAssetsMargin",
            "Whether assets stand in for one another.",
            &[],
            (THIRTY, handler!(settings::multi_assets)),
        ),
        post("/fapi/v1/multiAssetsMargin", "Refused.", &[MULTI], handler!(change::multi_assets)),
        get("/fapi/v1/feeBurn", "Whether fees are paid in another asset.", &[], (THIRTY, handler!(settings::fee_burn))),
        get("/fapi/v1/apiTradingStatus", "Restrictions.", &[], (ALONE, handler!(settings::trading_status))),
        get("/fapi/v1/rateLimit/order", "The limits on orders.", &[], (ALONE, handler!(settings::order_rates))),
    ]
}

fn coin_documents() -> Vec<Endpoint> {
    vec![
        socket("account.status", get("/dapi/v1/account", ACCOUNT, &[], (FIVE, handler!(document::older)))),
        socket("account.balance", get("/dapi/v1/balance", BALANCE, &[], (FIVE, handler!(document::balance)))),
        socket("account.position", get("/dapi/v1/positionRisk", POSITIONS, ANY, (FIVE, handler!(risk::coin)))),
        get("/dapi/v1/leverageBracket", BRACKETS, ANY, (ALONE, handler!(brackets::by_pair))),
        get("/dapi/v2/leverageBracket", BRACKETS, ANY, (ALONE, handler!(brackets::by_symbol))),
    ]
}

/// The calls about accounts, of both APIs.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    let same = both!("/fapi/v1").into_iter().chain(both!("/dapi/v1"));
    same.chain(usd_documents()).chain(usd_settings()).chain(coin_documents()).collect()
}
