//! `/futures/data`: statistics by periods. The paths are the same for both APIs: `symbol` names a market of USDⓈ-M, `pair` one of COIN-M.

use std::sync::Arc;

use ringfence_engine::time::Time;
use ringfence_risk::arithmetic::{Rounding, SCALE, mul_div};
use ringfence_risk::units::Side;
use serde_json::{Value, json};

use super::asked::{internal, of_pair};
use crate::api::app::App;
use crate::api::call::{Call, Success};
use crate::api::history::{limit, times};
use crate::api::text::Decimal;
use crate::boot::{Family, Symbol};
use crate::edge::error::{ApiError, Code};
use crate::edge::parameters::Parameters;
use crate::record::{CandleWindow, Interval, TradeCandle};

const PERIODS: [Interval; 9] = [
    Interval::Minutes5,
    Interval::Minutes15,
    Interval::Minutes30,
    Interval::Hour1,
    Interval::Hours2,
    Interval::Hours4,
    Interval::Hours6,
    Interval::Hours12,
    Interval::Day1,
];
const LIMITS: (usize, usize) = (30, 500);

/// The market that statistics are asked of.
pub(super) fn named_by_pair<'a>(app: &'a App, call: &Call) -> Result<&'a Symbol, ApiError> {
    match (call.parameters.get("symbol"), call.parameters.get("pair")) {
        (None, Some(pair)) => coin_pair(app, pair),
        (Some(_) | None, _) => app.symbol(call),
    }
}

/// What a row of statistics begins with.
pub(super) fn label(symbol: &Symbol) -> Value {
    match symbol.family {
        Family::UsdM => json!({"symbol": symbol.symbol}),
        Family::CoinM => json!({"pair": symbol.pair, "contractType": "PERPETUAL"}),
    }
}

/// A market by its pair, for those who ask for statistics of COIN-M.
fn coin_pair<'a>(app: &'a App, pair: &str) -> Result<&'a Symbol, ApiError> {
    of_pair(app, Family::CoinM, pair)
}

/// `period`.
///
/// # Errors
/// −1102 without one, −1120 for any but five minutes to one day.
pub(super) fn period(parameters: &Parameters) -> Result<Interval, ApiError> {
    let known = Interval::named(parameters.required("period")?).filter(|interval| PERIODS.contains(interval));
    known.ok_or_else(|| ApiError::of(Code::InvalidInterval))
}

fn window(parameters: &Parameters) -> Result<CandleWindow, ApiError> {
    let (start, end) = times(parameters)?;
    Ok(CandleWindow { start, end, limit: limit(parameters, LIMITS)? })
}

/// One ÷ another, to four digits, to the nearest; zero where there is nothing to divide by.
fn ratio(numerator: i128, denominator: i128) -> Decimal {
    let found = if denominator > 0 { mul_div(numerator, 10_000, denominator, Rounding::HalfEven).unwrap_or(0) } else { 0 };
    Decimal::new(found.saturating_mul(10_000), 4)
}

/// `GET /futures/data/globalLongShortAccountRatio`: how many accounts are long and short now. The past is not kept: there is one row at most.
pub(super) async fn accounts(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let symbol = named_by_pair(&app, &call)?;
    let (market, period) = (symbol.market, period(&call.parameters)?);
    let (start, end) = times(&call.parameters)?;
    let (now, longs, shorts) = app
        .read(move |world| {
            let count = |side| Ok::<_, ApiError>(world.state().adl_queue(market, side).map_err(internal)?.len());
            Ok((world.state().clock(), count(Side::Long)?, count(Side::Short)?))
        })
        .await?;
    let at = period.start(now);
    let is_asked = start.is_none_or(|start| start <= at) && end.is_none_or(|end| at <= end);
    let wide = |count: usize| i128::try_from(count).unwrap_or(i128::MAX);
    let (longs, shorts) = (wide(longs), wide(shorts));
    let all = longs.saturating_add(shorts);
    let row = (is_asked && all > 0).then(|| {
        let mut row = label(symbol);
        row["longShortRatio"] = json!(ratio(longs, shorts));
        row["longAccount"] = json!(ratio(longs, all));
        row["shortAccount"] = json!(ratio(shorts, all));
        row["timestamp"] = json!(at.ms());
        row
    });
    Success::of(&row.into_iter().collect::<Vec<_>>())
}

fn taker_row(candle: &TradeCandle) -> Value {
    let (bought, sold) = (candle.taker_buy_volume.raw(), candle.taker_sell_volume().raw());
    json!({
        "buySellRatio": ratio(bought, sold),
        "buyVol": Decimal::new(bought, 4),
        "sellVol": Decimal::new(sold, 4),
        "timestamp": candle.prices.open_time.ms(),
    })
}

/// `GET /futures/data/takerlongshortRatio`: what takers bought and sold.
pub(super) async fn takers(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let market = named_by_pair(&app, &call)?.market;
    let (period, window) = (period(&call.parameters)?, window(&call.parameters)?);
    let found = app.read(move |world| Ok(world.record().candles(market, period, &window, world.state().clock()))).await?;
    Success::of(&found.iter().map(taker_row).collect::<Vec<_>>())
}

/// `GET /futures/data/basis`: how far the last price is from the index, at the end of each period. The pair names the API.
pub(super) async fn basis(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let pair = call.parameters.required("pair")?;
    let symbol = of_pair(&app, Family::UsdM, pair).or_else(|_| coin_pair(&app, pair))?;
    call.parameters.required("contractType")?;
    call.parameters.choice("contractType", &[("PERPETUAL", ())])?;
    let (market, period, window) = (symbol.market, period(&call.parameters)?, window(&call.parameters)?);
    let (futures, indices) = app
        .read(move |world| {
            let (record, now) = (world.record(), world.state().clock());
            Ok((record.candles(market, period, &window, now), record.index_candles(market, period, &window, now)))
        })
        .await?;
    let index_at = |time: Time| indices.iter().find(|candle| candle.open_time == time).map(|candle| candle.close);
    let rows = futures.iter().filter_map(|candle| {
        let (price, index) = (candle.prices.close, index_at(candle.prices.open_time)?);
        let basis = price.wide().saturating_sub(index.wide());
        let rate = mul_div(basis, SCALE, index.wide(), Rounding::HalfEven).unwrap_or(0);
        // To four digits, as the ratios are.
        let rate = mul_div(rate, 1, 10_000, Rounding::HalfEven).unwrap_or(0).saturating_mul(10_000);
        Some(json!({
            "pair": symbol.pair, "contractType": "PERPETUAL", "indexPrice": Decimal::money(index.wide()),
            "futuresPrice": Decimal::new(price.wide(), 1), "basis": Decimal::money(basis), "basisRate": Decimal::new(rate, 4),
            "annualizedBasisRate": "", "timestamp": candle.prices.open_time.ms(),
        }))
    });
    Success::of(&rows.collect::<Vec<_>>())
}
