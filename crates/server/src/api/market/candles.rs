//! Candles: arrays of twelve.

use std::sync::Arc;

use ringfence_engine::time::Time;
use ringfence_risk::units::{Price, Rate};
use serde::Serialize;

use super::asked::of_pair;
use crate::api::app::App;
use crate::api::call::{Call, Success};
use crate::api::history::{limit, times};
use crate::api::text::{Decimal, digits, price, value};
use crate::boot::Symbol;
use crate::edge::error::{ApiError, Code};
use crate::edge::parameters::Parameters;
use crate::exchange::World;
use crate::record::{Candle, CandleWindow, Interval, TradeCandle};

/// Open time; open, high, low, close; volume; close time; value; number of trades; volume and value that takers bought; nothing.
#[derive(Serialize)]
struct Row(u64, Decimal, Decimal, Decimal, Decimal, Decimal, u64, Decimal, u64, Decimal, Decimal, Decimal);

const NOTHING: Decimal = Decimal::new(0, 0);

impl Row {
    fn of_trades(symbol: &Symbol, candle: &TradeCandle) -> Self {
        let volume = |raw: i128| Decimal::new(raw, digits(symbol.quantity_precision));
        Self {
            5: volume(candle.volume.raw()),
            7: value(symbol, candle.value.raw()),
            8: candle.trades,
            9: volume(candle.taker_buy_volume.raw()),
            10: value(symbol, candle.taker_buy_value.raw()),
            ..Self::of_prices(&candle.prices, |at| price(symbol, at))
        }
    }

    fn of_prices<P: Copy>(candle: &Candle<P>, write: impl Fn(P) -> Decimal) -> Self {
        let [open, high, low, close] = [candle.open, candle.high, candle.low, candle.close].map(write);
        let (from, to) = (candle.open_time.ms(), candle.close_time.ms());
        Self(from, open, high, low, close, NOTHING, to, NOTHING, 0, NOTHING, NOTHING, NOTHING)
    }
}

/// Interval and part of the history.
pub(super) fn asked(parameters: &Parameters, limits: (usize, usize)) -> Result<(Interval, CandleWindow), ApiError> {
    let name = parameters.required("interval")?;
    let interval = Interval::named(name).ok_or_else(|| ApiError::of(Code::InvalidInterval))?;
    let (start, end) = times(parameters)?;
    Ok((interval, CandleWindow { start, end, limit: limit(parameters, limits)? }))
}

const LIMITS: (usize, usize) = (500, 1_500);

async fn answer<T, L>(app: &App, call: &Call, look: L) -> Result<Vec<T>, ApiError>
where
    T: Send + 'static,
    L: FnOnce(&World, Interval, &CandleWindow, Time) -> Vec<T> + Send + 'static,
{
    let (interval, window) = asked(&call.parameters, LIMITS)?;
    app.read(move |world| Ok(look(world, interval, &window, world.state().clock()))).await
}

async fn of_trades(app: &App, call: &Call, symbol: &Symbol) -> Result<Success, ApiError> {
    let market = symbol.market;
    let found = answer(app, call, move |world, interval, window, now| world.record().candles(market, interval, window, now));
    Success::of(&found.await?.iter().map(|candle| Row::of_trades(symbol, candle)).collect::<Vec<_>>())
}

/// `GET /klines`.
pub(super) async fn candles(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    of_trades(&app, &call, app.symbol(&call)?).await
}

/// `GET /continuousKlines`: there are perpetual contracts only.
pub(super) async fn continuous(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let symbol = of_pair(&app, call.family, call.parameters.required("pair")?)?;
    call.parameters.required("contractType")?;
    call.parameters.choice("contractType", &[("PERPETUAL", ())])?;
    of_trades(&app, &call, symbol).await
}

fn marks(found: &[Candle<Price>]) -> Result<Success, ApiError> {
    let row = |candle| Row::of_prices(candle, |at: Price| Decimal::money(at.wide()));
    Success::of(&found.iter().map(row).collect::<Vec<_>>())
}

/// `GET /markPriceKlines`.
pub(super) async fn of_mark(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let market = app.symbol(&call)?.market;
    let found =
        answer(&app, &call, move |world, interval, window, now| world.record().mark_candles(market, interval, window, now));
    marks(&found.await?)
}

/// `GET /indexPriceKlines`.
pub(super) async fn of_index(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let market = of_pair(&app, call.family, call.parameters.required("pair")?)?.market;
    let found =
        answer(&app, &call, move |world, interval, window, now| world.record().index_candles(market, interval, window, now));
    marks(&found.await?)
}

/// `GET /premiumIndexKlines`.
pub(super) async fn of_premium(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let market = app.symbol(&call)?.market;
    let found =
        answer(&app, &call, move |world, interval, window, now| world.record().premium_candles(market, interval, window, now));
    let row = |candle| Row::of_prices(candle, |at: Rate| Decimal::money(at.wide()));
    Success::of(&found.await?.iter().map(row).collect::<Vec<_>>())
}
