//! The table of calls about markets.

use http::Method;

use super::{book, candles, exchange_info, funding, general, interest, statistics, ticker, trades};
use crate::api::endpoint::{Endpoint, Handler, Kind, OrderCount, Parameter, Security, Weight, optional, required};
use crate::boot::Family;
use crate::handler;

const SYMBOL: Parameter = required("symbol", Kind::Text, "The market.");
const ANY_SYMBOL: Parameter = optional("symbol", Kind::Text, "The market; all without it.");
const PAIR: Parameter = required("pair", Kind::Text, "The pair, such as BTCUSDT or BTCUSD.");
const ANY_PAIR: Parameter = optional("pair", Kind::Text, "COIN-M: the pair, in place of the symbol.");
const CONTRACT: Parameter = required("contractType", Kind::OneOf(&["PERPETUAL"]), "There are perpetual contracts only.");
const INTERVAL: Parameter = required(
    "interval",
    Kind::OneOf(&["1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w", "1M"]),
    "How long a candle is.",
);
const PERIOD: Parameter =
    required("period", Kind::OneOf(&["5m", "15m", "30m", "1h", "2h", "4h", "6h", "12h", "1d"]), "How long a period is.");
const FROM: Parameter = optional("fromId", Kind::Integer, "No smaller numbers.");
const START: Parameter = optional("startTime", Kind::Integer, "Nothing before, in milliseconds since 1970.");
const END: Parameter = optional("endTime", Kind::Integer, "Nothing after, in milliseconds since 1970.");
const LIMIT: Parameter = optional("limit", Kind::Integer, "At most so many.");

const ONE: &[Parameter] = &[SYMBOL];
const ANY: &[Parameter] = &[ANY_SYMBOL, ANY_PAIR];
const OF_SYMBOL: &[Parameter] = &[SYMBOL, INTERVAL, START, END, LIMIT];
const OF_PAIR: &[Parameter] = &[PAIR, INTERVAL, START, END, LIMIT];
const CONTINUOUS: &[Parameter] = &[PAIR, CONTRACT, INTERVAL, START, END, LIMIT];
const STATISTICS: &[Parameter] = &[ANY_SYMBOL, ANY_PAIR, PERIOD, START, END, LIMIT];

const ALONE: Weight = Weight::Fixed(1);
const CANDLES: Weight = Weight::Limit { steps: &[(99, 1), (499, 2), (1_000, 5)], beyond: 10, default: 500 };
const BOOK: Weight = Weight::Limit { steps: &[(50, 2), (100, 5), (500, 10)], beyond: 20, default: 500 };

fn row(
    path: &'static str,
    summary: &'static str,
    parameters: &'static [Parameter],
    (weight, handler): (Weight, Handler),
) -> Endpoint {
    let family = match path.get(..5) {
        Some("/fapi") => Some(Family::UsdM),
        Some("/dapi") => Some(Family::CoinM),
        Some(_) | None => None,
    };
    Endpoint {
        method: Method::GET,
        path,
        family,
        security: Security::Public,
        weight,
        orders: OrderCount::Zero,
        ws_method: None,
        summary,
        parameters,
        handler,
    }
}

fn socket(name: &'static str, endpoint: Endpoint) -> Endpoint {
    Endpoint { ws_method: Some(name), ..endpoint }
}

/// Rows of both APIs whose symbols and prices are asked for.
macro_rules! prices {
    ($prefix:literal) => {
        [
            socket(
                "ping",
                row(concat!($prefix, "/ping"), "Whether the exchange is there.", &[], (ALONE, handler!(general::ping))),
            ),
            socket("time", row(concat!($prefix, "/time"), "The server's time.", &[], (ALONE, handler!(general::time)))),
            row(
                concat!($prefix, "/exchangeInfo"),
                "The terms of all markets.",
                &[],
                (ALONE, handler!(exchange_info::exchange_info)),
            ),
            socket("depth", row(concat!($prefix, "/depth"), "The book.", &[SYMBOL, LIMIT], (BOOK, handler!(book::depth)))),
            row(
                concat!($prefix, "/ticker/24hr"),
                "What was traded in the last 24 hours.",
                ANY,
                (Weight::Symbol { one: 1, all: 40 }, handler!(ticker::day)),
            ),
            socket(
                "ticker.book",
                row(
                    concat!($prefix, "/ticker/bookTicker"),
                    "The best bid and ask.",
                    ANY,
                    (Weight::Symbol { one: 2, all: 5 }, handler!(book::best)),
                ),
            ),
            row(
                concat!($prefix, "/premiumIndex"),
                "Mark, index and funding rate.",
                ANY,
                (Weight::Symbol { one: 1, all: 10 }, handler!(funding::premium)),
            ),
            row(
                concat!($prefix, "/fundingRate"),
                "Past settlements of funding.",
                &[ANY_SYMBOL, START, END, LIMIT],
                (ALONE, handler!(funding::rates)),
            ),
            row(
                concat!($prefix, "/fundingInfo"),
                "When and within which limits funding is.",
                &[],
                (ALONE, handler!(funding::info)),
            ),
            row(concat!($prefix, "/openInterest"), "How much is open.", ONE, (ALONE, handler!(interest::now))),
        ]
    };
}

/// Rows of both APIs about trades and candles.
macro_rules! trades {
    ($prefix:literal) => {
        [
            row(
                concat!($prefix, "/trades"),
                "The latest trades.",
                &[SYMBOL, LIMIT],
                (Weight::Fixed(5), handler!(trades::trades)),
            ),
            Endpoint {
                security: Security::Key,
                ..row(
                    concat!($prefix, "/historicalTrades"),
                    "Trades from a number on.",
                    &[SYMBOL, FROM, LIMIT],
                    (Weight::Fixed(20), handler!(trades::historical)),
                )
            },
            row(
                concat!($prefix, "/aggTrades"),
                "Trades, those of one taker at one price in one.",
                &[SYMBOL, FROM, START, END, LIMIT],
                (Weight::Fixed(20), handler!(trades::aggregates)),
            ),
            row(concat!($prefix, "/klines"), "Candles of trades.", OF_SYMBOL, (CANDLES, handler!(candles::candles))),
            row(
                concat!($prefix, "/continuousKlines"),
                "Candles of a pair's perpetual contract.",
                CONTINUOUS,
                (CANDLES, handler!(candles::continuous)),
            ),
            row(concat!($prefix, "/markPriceKlines"), "Candles of the mark.", OF_SYMBOL, (CANDLES, handler!(candles::of_mark))),
            row(concat!($prefix, "/indexPriceKlines"), "Candles of the index.", OF_PAIR, (CANDLES, handler!(candles::of_index))),
            row(
                concat!($prefix, "/premiumIndexKlines"),
                "Candles of mark over index.",
                OF_SYMBOL,
                (CANDLES, handler!(candles::of_premium)),
            ),
        ]
    };
}

/// What only one API or neither has.
fn others() -> Vec<Endpoint> {
    let last = (Weight::Symbol { one: 1, all: 2 }, handler!(ticker::last) as Handler);
    vec![
        row("/fapi/v1/ticker/price", "The price of the last trade.", ANY, last),
        socket("ticker.price", row("/fapi/v2/ticker/price", "The price of the last trade.", ANY, last)),
        socket("ticker.price", row("/dapi/v1/ticker/price", "The price of the last trade.", ANY, last)),
        row("/fapi/v1/insuranceBalance", "The insurance funds.", &[ANY_SYMBOL], (ALONE, handler!(interest::insurance))),
        row("/fapi/v1/symbolAdlRisk", "How far the funds cover.", &[ANY_SYMBOL], (ALONE, handler!(interest::deleveraging))),
        row("/fapi/v1/indexInfo", "Composite indices: there are none.", &[], (ALONE, handler!(general::nothing))),
        row("/fapi/v1/assetIndex", "Indices of multi-assets mode: there are none.", &[], (ALONE, handler!(general::nothing))),
        row("/futures/data/openInterestHist", "How much was open.", STATISTICS, (ALONE, handler!(interest::history))),
        row(
            "/futures/data/globalLongShortAccountRatio",
            "How many accounts are long and short now.",
            STATISTICS,
            (ALONE, handler!(statistics::accounts)),
        ),
        row(
            "/futures/data/takerlongshortRatio",
            "What takers bought and sold.",
            STATISTICS,
            (ALONE, handler!(statistics::takers)),
        ),
        row(
            "/futures/data/basis",
            "How far the last price is from the index.",
            &[PAIR, CONTRACT, PERIOD, START, END, LIMIT],
            (ALONE, handler!(statistics::basis)),
        ),
    ]
}

/// The calls about markets, of both APIs.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    let usd = prices!("/fapi/v1").into_iter().chain(trades!("/fapi/v1"));
    let coin = prices!("/dapi/v1").into_iter().chain(trades!("/dapi/v1"));
    usd.chain(coin).chain(others()).collect()
}
