//! The table of these calls.

use http::Method;

use super::{
    accounts, compare, crash, desk, explain, faults, health, keys, markets, money, preview, prices, snapshots, stories, time,
};
use crate::api::endpoint::{Endpoint, Handler, Kind, OrderCount, Parameter, Security, Weight, optional, required};
use crate::handler;

const SYMBOL: Parameter = required("symbol", Kind::Text, "The market.");
const ACCOUNT: Parameter = required("account", Kind::Text, "The account's name.");
const ASSET: Parameter = required("asset", Kind::Text, "The asset, such as USDT.");
const AMOUNT: Parameter = required("amount", Kind::Decimal, "How much; above 0.");
const ON: Parameter = required("on", Kind::Flag, "Whether it is to run.");
const NAME: Parameter = required("name", Kind::Text, "The snapshot's name.");
const ANY_LEVERAGE: Parameter = optional("leverage", Kind::Integer, "Set before the order.");
const ANY_MARGIN_TYPE: Parameter = optional("marginType", Kind::OneOf(&["ISOLATED", "CROSSED"]), "Set before the order.");
const SIDE: Parameter = required("side", Kind::OneOf(&["BUY", "SELL"]), "Buys or sells.");
const TYPE: Parameter = required("type", Kind::Text, "Any type of order, conditional ones included.");
const QUANTITY: Parameter = optional("quantity", Kind::Decimal, "How much.");
const PRICE: Parameter = optional("price", Kind::Decimal, "The limit.");
const IN_FORCE: Parameter = optional("timeInForce", Kind::OneOf(&["GTC", "IOC", "FOK", "GTX", "GTD"]), "How long it lives.");
const LEG: Parameter = optional("positionSide", Kind::OneOf(&["BOTH", "LONG", "SHORT"]), "Which position.");
const REDUCE_ONLY: Parameter = optional("reduceOnly", Kind::Flag, "Only reduces a position.");
const TRIGGER: Parameter = optional("triggerPrice", Kind::Decimal, "What sets a conditional order off.");

const FAULTS: &[Parameter] = &[
    optional("latency_ms", Kind::Integer, "Every answer waits so long; at most 60000."),
    optional("error_rate_permille", Kind::Integer, "So many of 1000 requests are refused; all, where only reject is given."),
    optional("reject", Kind::OneOf(&["418", "429", "500", "503"]), "With which HTTP status; 503 where only a rate is given."),
    optional("drop_sockets", Kind::Flag, "Drops every open stream once, now."),
    optional("clock_skew_ms", Kind::Integer, "The clock that judges signatures is off by so much; at most an hour."),
    optional("for_seconds", Kind::Integer, "Until so many seconds from now; without it, until changed."),
    optional("seed", Kind::Integer, "Which requests are refused follows from it."),
];

const ORDER: &[Parameter] =
    &[ACCOUNT, SYMBOL, SIDE, TYPE, QUANTITY, PRICE, IN_FORCE, LEG, REDUCE_ONLY, TRIGGER, ANY_LEVERAGE, ANY_MARGIN_TYPE];

const COMPARE: &[Parameter] = &[
    ACCOUNT,
    SYMBOL,
    optional("path", Kind::List, "Changes from the present mark, such as [\"-0.05\", \"-0.1\"]; at most 200."),
    optional("recorded", Kind::OneOf(&["2020-03", "2021-05"]), "Or a crash that happened."),
    optional("markets", Kind::OneOf(&["ONE", "ALL"]), "Whether the other markets change with it; ONE without it."),
];

const SHARE: &[Parameter] = &[
    ACCOUNT,
    SYMBOL,
    SIDE,
    TYPE,
    required("percent", Kind::Integer, "1 to 100, of the most that can be opened."),
    PRICE,
    IN_FORCE,
    LEG,
    TRIGGER,
    ANY_LEVERAGE,
    ANY_MARGIN_TYPE,
];

const TARGET: &[Parameter] = &[
    ACCOUNT,
    SYMBOL,
    required("liquidation", Kind::Decimal, "Where the liquidation price is to be: a mark."),
    ANY_LEVERAGE,
    ANY_MARGIN_TYPE,
    optional(
        "side",
        Kind::OneOf(&["BUY", "SELL"]),
        "With it, an order is placed before: its other parameters as for preview/order.",
    ),
    optional("type", Kind::Text, "The order's type."),
    QUANTITY,
    PRICE,
    IN_FORCE,
    LEG,
];

const LEVERAGES: &[Parameter] = &[
    ACCOUNT,
    SYMBOL,
    optional("leverages", Kind::List, "At most 50; without it the greatest of each bracket and the present one."),
    optional(
        "side",
        Kind::OneOf(&["BUY", "SELL"]),
        "With it, an order is placed after each: its other parameters as for preview/order.",
    ),
    optional("type", Kind::Text, "The order's type."),
    QUANTITY,
    PRICE,
    IN_FORCE,
    LEG,
    REDUCE_ONLY,
];

fn row(
    method: Method,
    path: &'static str,
    summary: &'static str,
    parameters: &'static [Parameter],
    handler: Handler,
) -> Endpoint {
    Endpoint {
        method,
        path,
        family: None,
        security: Security::Control,
        weight: Weight::Fixed(0),
        orders: OrderCount::Zero,
        ws_method: None,
        summary,
        parameters,
        handler,
    }
}

/// The calls that control a local exchange.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    let tables = [state_rows(), account_rows(), market_rows(), time_rows(), preview_rows()];
    tables.into_iter().flatten().collect()
}

fn state_rows() -> Vec<Endpoint> {
    vec![
        row(Method::GET, "/local/v1/health", "How the exchange is doing.", &[], handler!(health::health)),
        row(
            Method::GET,
            "/local/v1/audit",
            "Whether the money adds up: recomputed from every wallet, order and position.",
            &[],
            handler!(health::audit),
        ),
        row(
            Method::GET,
            "/local/v1/explain",
            "How the latest liquidation, or the present position, came about.",
            const {
                &[
                    ACCOUNT,
                    optional("symbol", Kind::Text, "The market; the first with something to explain without it."),
                    optional(
                        "about",
                        Kind::OneOf(&["liquidation", "position"]),
                        "One of them alone; the first that there is without it.",
                    ),
                ]
            },
            handler!(explain::explain),
        ),
        row(
            Method::GET,
            "/local/v1/desk",
            "All that one account sees: money, positions, open orders, markets.",
            &[ACCOUNT],
            handler!(desk::desk),
        ),
        row(
            Method::GET,
            "/local/v1/liquidations",
            "The liquidations of an account, newest first, at most 50.",
            &[ACCOUNT],
            handler!(stories::liquidations),
        ),
        row(
            Method::POST,
            "/local/v1/compare",
            "The same positions under isolated and under cross along a path of the mark; nothing is changed.",
            COMPARE,
            handler!(compare::compare),
        ),
        row(
            Method::GET,
            "/local/v1/compare/report",
            "The same as one HTML file with figures, as `ringfence compare --report` writes it.",
            COMPARE,
            handler!(compare::report::report),
        ),
        row(Method::GET, "/local/v1/snapshots", "The snapshots there are.", &[], handler!(snapshots::list)),
        row(Method::POST, "/local/v1/snapshot", "Remembers the state in memory; at most 16.", &[NAME], handler!(snapshots::take)),
        row(Method::POST, "/local/v1/revert", "Goes back to a snapshot.", &[NAME], handler!(snapshots::revert)),
        row(Method::POST, "/local/v1/reset", "Goes back to how the exchange started.", &[], handler!(snapshots::reset)),
        row(Method::GET, "/local/v1/faults", "The faults in force.", &[], handler!(faults::get)),
        row(
            Method::POST,
            "/local/v1/faults",
            "Injects faults into Binance's paths; without parameters, none.",
            FAULTS,
            handler!(faults::set),
        ),
    ]
}

fn account_rows() -> Vec<Endpoint> {
    vec![
        row(Method::GET, "/local/v1/accounts", "All accounts with their balances.", &[], handler!(accounts::list)),
        row(
            Method::POST,
            "/local/v1/accounts",
            "Opens an account with money and the key test-NAME.",
            const {
                &[
                    required("name", Kind::Text, "1 to 32 lower-case letters, digits, - or _."),
                    optional("balances", Kind::Text, "A JSON object of asset and amount; the default money without it."),
                ]
            },
            handler!(accounts::open),
        ),
        row(
            Method::POST,
            "/local/v1/keys",
            "Makes a random key: with a secret, shown this once, or for the Ed25519 key you hold.",
            const {
                &[
                    ACCOUNT,
                    required("scopes", Kind::Text, "read, trade or both, separated by a comma."),
                    optional(
                        "public_key",
                        Kind::Text,
                        "Your Ed25519 public key: PEM, or base64 of its 32 bytes; of one API key only. Without it the key signs by HMAC.",
                    ),
                ]
            },
            handler!(keys::make),
        ),
        row(
            Method::DELETE,
            "/local/v1/keys",
            "Revokes a key at once and for good.",
            const { &[required("key", Kind::Text, "The key.")] },
            handler!(keys::revoke),
        ),
        row(Method::POST, "/local/v1/faucet", "Deposits money.", &[ACCOUNT, ASSET, AMOUNT], handler!(money::faucet)),
        row(Method::POST, "/local/v1/withdraw", "Withdraws money.", &[ACCOUNT, ASSET, AMOUNT], handler!(money::withdraw)),
    ]
}

fn market_rows() -> Vec<Endpoint> {
    vec![
        row(Method::GET, "/local/v1/markets", "All markets, and the clock.", &[], handler!(markets::list)),
        row(
            Method::POST,
            "/local/v1/mark",
            "Sets mark and index and pauses what moves them: to a price or by a fraction.",
            const {
                &[
                    SYMBOL,
                    optional("price", Kind::Decimal, "The new mark: a multiple of its step."),
                    optional("change", Kind::Decimal, "Or by how much: -0.05 is 5 % down."),
                ]
            },
            handler!(prices::mark),
        ),
        row(
            Method::POST,
            "/local/v1/crash",
            "Takes mark and index to a changed price, four steps a second.",
            const {
                &[
                    SYMBOL,
                    required("change", Kind::Decimal, "By how much: -0.2 is 20 % down."),
                    optional("seconds", Kind::Integer, "Within so many seconds, 1 to 60; 5 without it."),
                ]
            },
            handler!(crash::crash),
        ),
        row(
            Method::POST,
            "/local/v1/source",
            "Pauses, resumes or replaces what moves a market's price.",
            const { &[SYMBOL, required("action", Kind::OneOf(&["pause", "resume", "walk", "fixed"]), "What to do.")] },
            handler!(prices::source),
        ),
        row(Method::POST, "/local/v1/maker", "Lets the maker quote, or not.", &[SYMBOL, ON], handler!(prices::maker)),
        row(Method::POST, "/local/v1/flow", "Lets the taker flow trade, or not.", &[SYMBOL, ON], handler!(prices::flow)),
        row(
            Method::POST,
            "/local/v1/insurance",
            "Pays into a market's insurance fund.",
            &[SYMBOL, AMOUNT],
            handler!(money::insurance),
        ),
        row(
            Method::POST,
            "/local/v1/market-state",
            "Opens, restricts, halts or settles a market.",
            const {
                &[
                    SYMBOL,
                    required(
                        "state",
                        Kind::OneOf(&["OPEN", "POST_ONLY", "REDUCE_ONLY", "CANCEL_ONLY", "HALTED", "SETTLED"]),
                        "The new state; SETTLED is for good.",
                    ),
                ]
            },
            handler!(markets::set_state),
        ),
    ]
}

fn time_rows() -> Vec<Endpoint> {
    vec![
        row(
            Method::POST,
            "/local/v1/time",
            "Freezes the exchange's clock, lets it run, or jumps ahead.",
            const {
                &[
                    required("action", Kind::OneOf(&["freeze", "run", "advance"]), "What to do."),
                    optional("ms", Kind::Integer, "How far to jump."),
                    optional("speed", Kind::Integer, "How many times as fast as the wall's clock, 1 to 3600."),
                ]
            },
            handler!(time::time),
        ),
        row(
            Method::POST,
            "/local/v1/funding",
            "Settles funding now.",
            const { &[SYMBOL, optional("rate", Kind::Decimal, "At this rate; at the one that stands without it.")] },
            handler!(time::funding),
        ),
    ]
}

fn preview_rows() -> Vec<Endpoint> {
    const LEVERAGE: Parameter = required("leverage", Kind::Integer, "The new leverage.");
    const MOVE: Parameter = required("type", Kind::OneOf(&["1", "2"]), "1 adds, 2 removes.");
    const MARGIN_TYPE: Parameter = required("marginType", Kind::OneOf(&["ISOLATED", "CROSSED"]), "The new mode.");
    const DUAL: Parameter = required("dualSidePosition", Kind::Flag, "true for hedge, false for one-way.");
    vec![
        row(Method::POST, "/local/v1/preview/order", "What an order would do.", ORDER, handler!(preview::order)),
        row(
            Method::POST,
            "/local/v1/preview/leverage",
            "What a leverage would do.",
            &[ACCOUNT, SYMBOL, LEVERAGE],
            handler!(preview::leverage),
        ),
        row(
            Method::POST,
            "/local/v1/preview/leverages",
            "What many leverages would do.",
            LEVERAGES,
            handler!(preview::leverages),
        ),
        row(
            Method::POST,
            "/local/v1/preview/target",
            "What would put the liquidation price there.",
            TARGET,
            handler!(preview::target),
        ),
        row(
            Method::POST,
            "/local/v1/preview/share",
            "A share of the most that an order could open.",
            SHARE,
            handler!(preview::share),
        ),
        row(
            Method::POST,
            "/local/v1/preview/margin",
            "What adding or removing margin would do.",
            &[ACCOUNT, SYMBOL, AMOUNT, MOVE, LEG],
            handler!(preview::margin),
        ),
        row(
            Method::POST,
            "/local/v1/preview/margin-mode",
            "What a margin mode would do.",
            &[ACCOUNT, SYMBOL, MARGIN_TYPE],
            handler!(preview::margin_mode),
        ),
        row(
            Method::POST,
            "/local/v1/preview/position-mode",
            "What a position mode would do; shown for one market.",
            &[ACCOUNT, SYMBOL, DUAL],
            handler!(preview::position_mode),
        ),
    ]
}
