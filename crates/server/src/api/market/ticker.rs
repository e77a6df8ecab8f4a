//! A day's statistics and last prices.

use std::sync::Arc;

use ringfence_engine::ids::MarketId;
use ringfence_engine::time::Time;
use ringfence_risk::arithmetic::{Rounding, mul_div};
use ringfence_risk::units::{MarkPrice, Price, Quantity};
use serde::Serialize;

use super::asked::{Markets, present};
use crate::api::app::App;
use crate::api::call::{Call, Success};
use crate::api::text::{Decimal, digits, price, quantity, value};
use crate::boot::{Family, Symbol};
use crate::edge::error::ApiError;
use crate::exchange::World;
use crate::record::{Ticker, Volume};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DayRow<'a> {
    symbol: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pair: Option<&'a str>,
    price_change: Decimal,
    price_change_percent: Decimal,
    weighted_avg_price: Decimal,
    last_price: Decimal,
    last_qty: Decimal,
    open_price: Decimal,
    high_price: Decimal,
    low_price: Decimal,
    volume: Decimal,
    #[serde(skip_serializing_if = "Option::is_none")]
    quote_volume: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base_volume: Option<Decimal>,
    open_time: u64,
    close_time: u64,
    first_id: i64,
    last_id: i64,
    count: u64,
}

/// A day without a trade, at the mark.
fn silent(mark: MarkPrice, now: Time) -> Ticker {
    let at = mark.as_price();
    Ticker {
        open_time: now,
        close_time: now,
        open: at,
        high: at,
        low: at,
        last: at,
        last_quantity: Quantity::ZERO,
        weighted_average: None,
        volume: Volume::new(0),
        value: Volume::new(0),
        trades: 0,
        ids: None,
    }
}

fn found(world: &World, market: MarketId) -> Result<Ticker, ApiError> {
    let state = world.state();
    let mark = state.market(market).and_then(|market| market.mark());
    let before_trades = || mark.map(|mark| silent(mark, state.clock()));
    present(world.record().ticker(state, market).or_else(before_trades))
}

/// What the last price is above the first, in thousandths of a percent, to the nearest.
fn percent(change: i128, open: Price) -> Decimal {
    let thousandths = mul_div(change, 100_000, open.wide(), Rounding::HalfEven).unwrap_or(0);
    Decimal::new(thousandths.saturating_mul(100_000), 3)
}

fn row<'a>(symbol: &'a Symbol, day: &Ticker) -> DayRow<'a> {
    let change = day.last.wide().saturating_sub(day.open.wide());
    let worth = value(symbol, day.value.raw());
    let is_usd = symbol.family == Family::UsdM;
    let number = |id: u64| i64::try_from(id).unwrap_or(i64::MAX);
    DayRow {
        symbol: &symbol.symbol,
        pair: (!is_usd).then_some(symbol.pair.as_str()),
        price_change: Decimal::new(change, digits(symbol.price_precision)),
        price_change_percent: percent(change, day.open),
        weighted_avg_price: price(symbol, day.weighted_average.unwrap_or(day.last)),
        last_price: price(symbol, day.last),
        last_qty: quantity(symbol, day.last_quantity),
        open_price: price(symbol, day.open),
        high_price: price(symbol, day.high),
        low_price: price(symbol, day.low),
        volume: Decimal::new(day.volume.raw(), digits(symbol.quantity_precision)),
        quote_volume: is_usd.then_some(worth),
        base_volume: (!is_usd).then_some(worth),
        open_time: day.open_time.ms(),
        close_time: day.close_time.ms(),
        first_id: day.ids.map_or(-1, |(first, _)| number(first.0)),
        last_id: day.ids.map_or(-1, |(_, last)| number(last.0)),
        count: day.trades,
    }
}

/// `GET /ticker/24hr`.
pub(super) async fn day(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let markets = Markets::of(&app, &call)?;
    let ids = markets.ids();
    let look = move |world: &World| ids.iter().map(|market| found(world, *market)).collect::<Result<Vec<_>, _>>();
    let days = app.read(look).await?;
    let rows = markets.symbols.iter().zip(&days).map(|(symbol, day)| row(symbol, day));
    markets.answer(&rows.collect::<Vec<_>>())
}

#[derive(Serialize)]
struct PriceRow<'a> {
    symbol: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ps: Option<&'a str>,
    price: Decimal,
    time: u64,
}

/// `GET /ticker/price`: of the last trade, and when it was; before the first one, the mark, now.
pub(super) async fn last(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let markets = Markets::of(&app, &call)?;
    let ids = markets.ids();
    let prices = app
        .read(move |world| {
            let last = |market: MarketId| {
                let trade = world.record().last_trade(market).map(|trade| (trade.price, trade.time));
                let mark = world.state().market(market).and_then(|market| market.mark());
                present(trade.or_else(|| mark.map(|mark| (mark.as_price(), world.state().clock()))))
            };
            ids.iter().map(|market| last(*market)).collect::<Result<Vec<_>, _>>()
        })
        .await?;
    let rows = markets.symbols.iter().zip(prices).map(|(symbol, (at, time))| PriceRow {
        symbol: &symbol.symbol,
        ps: (symbol.family == Family::CoinM).then_some(symbol.pair.as_str()),
        price: price(symbol, at),
        time: time.ms(),
    });
    markets.answer(&rows.collect::<Vec<_>>())
}
