//! Open interest, and the insurance funds behind it.

use std::sync::Arc;

use ringfence_engine::ids::MarketId;
use ringfence_engine::query::MarketView;
use ringfence_risk::units::Amount;
use serde::Serialize;
use serde_json::json;

use super::asked::{Markets, internal, present};
use super::statistics::{label, named_by_pair, period};
use crate::api::app::App;
use crate::api::call::{Call, Success};
use crate::api::history::{Bounds, window};
use crate::api::text::{Decimal, quantity};
use crate::boot::Family;
use crate::edge::error::ApiError;
use crate::exchange::World;

fn look(world: &World, market: MarketId) -> Result<MarketView, ApiError> {
    present(world.state().market_view(market).map_err(internal)?)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NowRow<'a> {
    open_interest: Decimal,
    symbol: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pair: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contract_type: Option<&'static str>,
    time: u64,
}

/// `GET /openInterest`.
pub(super) async fn now(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let symbol = app.symbol(&call)?;
    let market = symbol.market;
    let (time, view) = app.read(move |world| Ok((world.state().clock(), look(world, market)?))).await?;
    let in_coin = symbol.family == Family::CoinM;
    Success::of(&NowRow {
        open_interest: quantity(symbol, view.open_interest),
        symbol: &symbol.symbol,
        pair: in_coin.then_some(symbol.pair.as_str()),
        contract_type: in_coin.then_some("PERPETUAL"),
        time: time.ms(),
    })
}

/// `GET /futures/data/openInterestHist`: samples at the whole periods. With `symbol` a market of USDⓈ-M, with `pair` one of COIN-M.
pub(super) async fn history(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let symbol = named_by_pair(&app, &call)?;
    let (market, period) = (symbol.market, period(&call.parameters)?);
    let window = window(&call.parameters, &Bounds { from: None, default: 30, most: 500, longest_ms: None })?;
    let found = app
        .read(move |world| {
            let samples = world.record().open_interest_history(market, period, &window).into_iter();
            Ok(samples.copied().collect::<Vec<_>>())
        })
        .await?;
    let rows = found.iter().map(|sample| {
        let mut row = label(symbol);
        row["sumOpenInterest"] = json!(Decimal::money(sample.quantity.raw()));
        row["sumOpenInterestValue"] = json!(Decimal::money(sample.value.raw()));
        if symbol.family == Family::UsdM {
            row["CMCCirculatingSupply"] = json!("0");
        }
        row["timestamp"] = json!(sample.time.ms());
        row
    });
    Success::of(&rows.collect::<Vec<_>>())
}

/// `GET /insuranceBalance`: each market has a fund of its own.
pub(super) async fn insurance(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let markets = Markets::of(&app, &call)?;
    let ids = markets.ids();
    let (now, views) = app
        .read(move |world| {
            let views = ids.iter().map(|market| look(world, *market)).collect::<Result<Vec<_>, _>>()?;
            Ok((world.state().clock().ms(), views))
        })
        .await?;
    let rows = markets.symbols.iter().zip(views).map(|(symbol, view)| {
        let fund = Decimal::money(view.insurance.wide());
        let asset = json!({"asset": symbol.margin.to_string(), "marginBalance": fund, "updateTime": now});
        json!({"symbols": [symbol.symbol], "assets": [asset]})
    });
    markets.answer(&rows.collect::<Vec<_>>())
}

/// One of this many parts of the open interest's value is what a fund has to hold for the risk to be low: 1 %.
const COVERED_PART: i128 = 100;

/// How likely it is that a bankrupt position is closed against other traders' profits: by what the insurance fund may still lose
/// in the present hour beside the value of the open interest at the mark. `high` where nothing is left or a loss is uncovered,
/// `medium` below 1 %, else `low`; `low` where nothing is open.
fn adl_risk(view: &MarketView) -> &'static str {
    let value = view.open_interest_value.map_or(0, |value| value.wide());
    let left = view.insurance_left.wide();
    if view.uncovered > Amount::ZERO || (value > 0 && left <= 0) {
        "high"
    } else if left.saturating_mul(COVERED_PART) < value {
        "medium"
    } else {
        "low"
    }
}

/// `GET /symbolAdlRisk`: by the insurance fund beside the open interest. Binance does not publish how it rates.
pub(super) async fn deleveraging(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let markets = Markets::of(&app, &call)?;
    let ids = markets.ids();
    let (now, risks) = app
        .read(move |world| {
            let risks =
                ids.iter().map(|market| look(world, *market).map(|view| adl_risk(&view))).collect::<Result<Vec<_>, _>>()?;
            Ok((world.state().clock().ms(), risks))
        })
        .await?;
    let rows = markets.symbols.iter().zip(risks);
    let rows = rows.map(|(symbol, risk)| json!({"symbol": symbol.symbol, "adlRisk": risk, "updateTime": now}));
    markets.answer(&rows.collect::<Vec<_>>())
}
