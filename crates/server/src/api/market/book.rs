//! Books: all their levels, or the best one.

use std::sync::Arc;

use ringfence_risk::filters::OrderSide;
use ringfence_risk::units::{Price, Quantity};
use serde::Serialize;

use super::asked::{Markets, internal};
use crate::api::app::App;
use crate::api::call::{Call, Success};
use crate::api::text::{Decimal, no_price, price, quantity};
use crate::boot::{Family, Symbol};
use crate::edge::error::ApiError;
use crate::edge::parameters::Parameters;

/// How many levels may be asked for; any other number counts as the next greater one.
const LIMITS: [usize; 7] = [5, 10, 20, 50, 100, 500, 1_000];
const DEFAULT: usize = 500;
const MOST: usize = 1_000;

type Levels = Vec<(Price, Quantity)>;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Depth<'a> {
    last_update_id: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    symbol: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pair: Option<&'a str>,
    #[serde(rename = "E")]
    sent: u64,
    #[serde(rename = "T")]
    time: u64,
    bids: Vec<[Decimal; 2]>,
    asks: Vec<[Decimal; 2]>,
}

fn limit(parameters: &Parameters) -> Result<usize, ApiError> {
    let asked = parameters.unsigned("limit")?.map_or(DEFAULT, |limit| usize::try_from(limit).unwrap_or(MOST));
    Ok(LIMITS.into_iter().find(|limit| asked <= *limit).unwrap_or(MOST))
}

fn written(symbol: &Symbol, levels: &Levels) -> Vec<[Decimal; 2]> {
    levels.iter().map(|(at, rests)| [price(symbol, *at), quantity(symbol, *rests)]).collect()
}

/// `GET /depth`.
pub(super) async fn depth(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let symbol = app.symbol(&call)?;
    let (market, levels) = (symbol.market, limit(&call.parameters)?);
    let (id, time, bids, asks) = app
        .read(move |world| {
            let state = world.state();
            let side = |side| state.depth(market, side, levels).map_err(internal);
            let id = world.record().book_update_id(market);
            Ok((id, state.clock().ms(), side(OrderSide::Buy)?, side(OrderSide::Sell)?))
        })
        .await?;
    let in_coin = symbol.family == Family::CoinM;
    Success::of(&Depth {
        last_update_id: id,
        symbol: in_coin.then_some(symbol.symbol.as_str()),
        pair: in_coin.then_some(symbol.pair.as_str()),
        sent: time,
        time,
        bids: written(symbol, &bids),
        asks: written(symbol, &asks),
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Best<'a> {
    last_update_id: u64,
    symbol: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pair: Option<&'a str>,
    bid_price: Decimal,
    bid_qty: Decimal,
    ask_price: Decimal,
    ask_qty: Decimal,
    time: u64,
}

/// `GET /ticker/bookTicker`.
pub(super) async fn best(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let markets = Markets::of(&app, &call)?;
    let ids = markets.ids();
    let (time, found) = app
        .read(move |world| {
            let best = |market| {
                let side = |side| Ok::<_, ApiError>(world.state().depth(market, side, 1).map_err(internal)?.first().copied());
                let id = world.record().book_update_id(market);
                Ok::<_, ApiError>((id, side(OrderSide::Buy)?, side(OrderSide::Sell)?))
            };
            let found = ids.iter().map(|market| best(*market)).collect::<Result<Vec<_>, _>>()?;
            Ok((world.state().clock().ms(), found))
        })
        .await?;
    let rows = markets.symbols.iter().zip(found).map(|(symbol, (last_update_id, bid, ask))| {
        let at = |level: Option<(Price, Quantity)>| level.map_or_else(|| no_price(symbol), |(at, _)| price(symbol, at));
        let much = |level: Option<(Price, Quantity)>| quantity(symbol, level.map_or(Quantity::ZERO, |(_, much)| much));
        Best {
            last_update_id,
            symbol: &symbol.symbol,
            pair: (symbol.family == Family::CoinM).then_some(symbol.pair.as_str()),
            bid_price: at(bid),
            bid_qty: much(bid),
            ask_price: at(ask),
            ask_qty: much(ask),
            time,
        }
    });
    markets.answer(&rows.collect::<Vec<_>>())
}
