//! Marks, indices and funding.

use std::sync::Arc;

use ringfence_engine::query::MarketView;
use ringfence_engine::time::Time;
use ringfence_risk::units::{IndexPrice, MarkPrice, Rate};
use serde::Serialize;

use super::asked::{Markets, internal, present};
use crate::api::app::App;
use crate::api::call::{Call, Success};
use crate::api::history::{Bounds, cut, window};
use crate::api::text::{Decimal, Flag};
use crate::boot::{Family, Symbol};
use crate::edge::error::ApiError;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PremiumRow<'a> {
    symbol: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pair: Option<&'a str>,
    mark_price: Decimal,
    index_price: Decimal,
    estimated_settle_price: Decimal,
    last_funding_rate: Decimal,
    interest_rate: Decimal,
    next_funding_time: u64,
    time: u64,
}

/// `GET /premiumIndex`. A market would be settled at its mark; its rate is that of the next settlement as it stands.
pub(super) async fn premium(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let markets = Markets::of(&app, &call)?;
    let ids = markets.ids();
    let (now, found) = app
        .read(move |world| {
            let state = world.state();
            let look = |market| {
                let view = present(state.market_view(market).map_err(internal)?)?;
                let interest = present(state.market(market))?.listing().funding.terms.interest;
                Ok::<_, ApiError>((view, interest))
            };
            let found = ids.iter().map(|market| look(*market)).collect::<Result<Vec<_>, _>>()?;
            Ok((state.clock(), found))
        })
        .await?;
    let rows = markets.symbols.iter().zip(&found).map(|(symbol, (view, interest))| premium_row(symbol, view, (*interest, now)));
    markets.answer(&rows.collect::<Vec<_>>())
}

fn premium_row<'a>(symbol: &'a Symbol, view: &MarketView, (interest, now): (Rate, Time)) -> PremiumRow<'a> {
    let mark = Decimal::money(view.mark.map_or(0, MarkPrice::wide));
    PremiumRow {
        symbol: &symbol.symbol,
        pair: (symbol.family == Family::CoinM).then_some(symbol.pair.as_str()),
        mark_price: mark,
        index_price: Decimal::money(view.index.map_or(0, IndexPrice::wide)),
        estimated_settle_price: mark,
        last_funding_rate: Decimal::money(view.funding_rate.wide()),
        interest_rate: Decimal::money(interest.wide()),
        next_funding_time: view.next_funding.map_or(0, Time::ms),
        time: now.ms(),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RateRow<'a> {
    symbol: &'a str,
    funding_rate: Decimal,
    funding_time: u64,
    mark_price: Decimal,
    rate_type: &'static str,
}

/// `GET /fundingRate`: settlements, of one market or of all, oldest first.
pub(super) async fn rates(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let markets = Markets::of(&app, &call)?;
    let ids = markets.ids();
    let bounds = Bounds { from: None, default: 100, most: 1_000, longest_ms: None };
    let window = window(&call.parameters, &bounds)?;
    let found = app
        .read(move |world| {
            let of_market = |(at, market)| {
                let settled = world.record().funding_history(market, &window).into_iter();
                settled.map(move |settled| (at, *settled)).collect::<Vec<_>>()
            };
            Ok(ids.into_iter().enumerate().flat_map(of_market).collect::<Vec<_>>())
        })
        .await?;
    let mut found = found;
    found.sort_by_key(|(_, settled)| settled.time);
    let rows = cut(found, &window).into_iter().filter_map(|(at, settled)| {
        Some(RateRow {
            symbol: &markets.symbols.get(at)?.symbol,
            funding_rate: Decimal::money(settled.rate.wide()),
            funding_time: settled.time.ms(),
            mark_price: Decimal::money(settled.mark.wide()),
            rate_type: "Regular",
        })
    });
    Success::of(&rows.collect::<Vec<_>>())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InfoRow<'a> {
    symbol: &'a str,
    adjusted_funding_rate_cap: Decimal,
    adjusted_funding_rate_floor: Decimal,
    funding_interval_hours: u64,
    disclaimer: Flag,
}

/// `GET /fundingInfo`: every market that has funding.
pub(super) async fn info(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let markets = Markets::of(&app, &call)?;
    let ids = markets.ids();
    let schedules = app
        .read(move |world| {
            let look = |market| present(world.state().market(market)).map(|market| market.listing().funding);
            ids.into_iter().map(look).collect::<Result<Vec<_>, _>>()
        })
        .await?;
    let with_funding = markets.symbols.iter().zip(schedules).filter(|(_, funding)| funding.interval_ms > 0);
    let rows = with_funding.map(|(symbol, funding)| InfoRow {
        symbol: &symbol.symbol,
        adjusted_funding_rate_cap: Decimal::money(funding.terms.cap.wide()),
        adjusted_funding_rate_floor: Decimal::money(funding.terms.cap.wide().saturating_neg()),
        funding_interval_hours: funding.interval_ms / 3_600_000,
        disclaimer: Flag(false),
    });
    Success::of(&rows.collect::<Vec<_>>())
}
