//! What documents about an account are made of: read in one look, so that every figure is of the same moment.

use ringfence_engine::book::AccountId;
use ringfence_engine::ids::{AssetId, MarketId};
use ringfence_engine::query::{AccountView, LegView};
use ringfence_engine::time::Time;
use ringfence_risk::units::{Asset, MarkPrice};

use crate::api::app::App;
use crate::api::call::Call;
use crate::api::market::{internal, of_pair, present};
use crate::boot::{Catalog, Family, Symbol};
use crate::edge::error::ApiError;
use crate::exchange::World;

/// An account's money in one asset.
pub(super) struct Money {
    /// The asset.
    pub(super) asset: Asset,
    /// How much.
    pub(super) view: AccountView,
}

/// An account's legs in one market.
pub(super) struct Legs<'a> {
    /// The market.
    pub(super) symbol: &'a Symbol,
    /// Its mark; zero without one.
    pub(super) mark: i128,
    /// Its legs.
    pub(super) views: Vec<LegView>,
}

/// The mark and the legs of one market.
type Look = (i128, Vec<LegView>);

/// What the markets of an API settle in, each once.
pub(super) fn assets(catalog: &Catalog, family: Family) -> Vec<(AssetId, Asset)> {
    let mut assets = Vec::new();
    for symbol in catalog.of(family) {
        if !assets.contains(&(symbol.asset, symbol.margin)) {
            assets.push((symbol.asset, symbol.margin));
        }
    }
    assets
}

fn money_of(world: &World, account: AccountId, asset: AssetId) -> Result<AccountView, ApiError> {
    present(world.state().account_view(account, asset).map_err(internal)?)
}

fn legs_of(world: &World, account: AccountId, market: MarketId) -> Result<Look, ApiError> {
    let mark = world.state().market(market).and_then(|market| market.mark()).map_or(0, MarkPrice::wide);
    Ok((mark, world.state().leg_views(market, account).map_err(internal)?))
}

/// The money of the account that calls, in every asset of the API it calls.
pub(super) async fn money(app: &App, call: &Call) -> Result<(Time, Vec<Money>), ApiError> {
    let (account, assets) = (call.account()?, assets(&app.catalog, call.family));
    app.read(move |world| Ok((world.state().clock(), all_money(world, account, &assets)?))).await
}

fn all_money(world: &World, account: AccountId, assets: &[(AssetId, Asset)]) -> Result<Vec<Money>, ApiError> {
    let money = assets.iter().map(|(id, asset)| Ok(Money { asset: *asset, view: money_of(world, account, *id)? }));
    money.collect()
}

/// Its legs in these markets.
pub(super) async fn legs<'a>(app: &App, call: &Call, symbols: Vec<&'a Symbol>) -> Result<(Time, Vec<Legs<'a>>), ApiError> {
    let (account, ids) = (call.account()?, ids(&symbols));
    let (now, views) = app
        .read(move |world| {
            let views = ids.iter().map(|market| legs_of(world, account, *market)).collect::<Result<Vec<_>, _>>()?;
            Ok((world.state().clock(), views))
        })
        .await?;
    Ok((now, with_symbols(symbols, views)))
}

/// All of it.
pub(super) async fn everything<'a>(app: &'a App, call: &Call) -> Result<(Time, Vec<Money>, Vec<Legs<'a>>), ApiError> {
    let account = call.account()?;
    let (assets, symbols) = (assets(&app.catalog, call.family), app.catalog.of(call.family).collect::<Vec<_>>());
    let ids = ids(&symbols);
    let (now, money, views) = app
        .read(move |world| {
            let views = ids.iter().map(|market| legs_of(world, account, *market)).collect::<Result<Vec<_>, _>>()?;
            Ok((world.state().clock(), all_money(world, account, &assets)?, views))
        })
        .await?;
    Ok((now, money, with_symbols(symbols, views)))
}

fn ids(symbols: &[&Symbol]) -> Vec<MarketId> {
    symbols.iter().map(|symbol| symbol.market).collect()
}

fn with_symbols<'a>(symbols: Vec<&'a Symbol>, looks: Vec<Look>) -> Vec<Legs<'a>> {
    symbols.into_iter().zip(looks).map(|(symbol, (mark, views))| Legs { symbol, mark, views }).collect()
}

/// The markets a call is about: the one it names (in COIN-M by its pair, too), or all of its API.
pub(super) fn symbols<'a>(app: &'a App, call: &Call) -> Result<Vec<&'a Symbol>, ApiError> {
    if let Some(symbol) = app.symbol_if_given(call)? {
        return Ok(vec![symbol]);
    }
    match (call.family, call.parameters.get("pair")) {
        (Family::CoinM, Some(pair)) => Ok(vec![of_pair(app, call.family, pair)?]),
        (Family::UsdM | Family::CoinM, _) => Ok(app.catalog.of(call.family).collect()),
    }
}
