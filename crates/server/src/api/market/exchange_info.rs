//! The terms of all markets.

use std::sync::Arc;

use ringfence_engine::command::MarketState;
use ringfence_engine::state::Market;
use ringfence_risk::arithmetic::{Rounding, SCALE, mul_div};
use ringfence_risk::filters::OrderFilters;
use ringfence_risk::units::{Leverage, Rate};
use serde::Serialize;
use serde_json::{Value, json};

use super::asked::present;
use crate::api::app::{App, wall_time};
use crate::api::call::{Call, Success};
use crate::api::text::{Decimal, Number, price, quantity};
use crate::boot::{Family, Symbol};
use crate::edge::error::ApiError;
use crate::edge::limits::{OrderLimits, WeightLimits};

const ORDER_TYPES: [&str; 7] =
    ["LIMIT", "MARKET", "STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET"];
const TIMES_IN_FORCE: [&str; 5] = ["GTC", "IOC", "FOK", "GTX", "GTD"];

/// One of the limits on requests or orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderRate {
    rate_limit_type: &'static str,
    interval: &'static str,
    interval_num: u32,
    limit: u32,
}

impl OrderRate {
    /// The limits on orders that are in force.
    #[must_use]
    pub fn of_orders(limits: OrderLimits) -> Vec<Self> {
        let rows = [("MINUTE", 1, limits.per_minute), ("SECOND", 10, limits.per_ten_seconds)];
        let row = |(interval, interval_num, limit): (&'static str, u32, Option<u32>)| {
            limit.map(|limit| Self { rate_limit_type: "ORDERS", interval, interval_num, limit })
        };
        rows.into_iter().filter_map(row).collect()
    }

    fn of_weight(limits: WeightLimits) -> Option<Self> {
        let limit = limits.per_minute?;
        Some(Self { rate_limit_type: "REQUEST_WEIGHT", interval: "MINUTE", interval_num: 1, limit })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Information<'a> {
    timezone: &'static str,
    server_time: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    futures_type: Option<&'static str>,
    rate_limits: Vec<OrderRate>,
    exchange_filters: [(); 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    assets: Option<Vec<Value>>,
    symbols: Vec<SymbolRow<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SymbolRow<'a> {
    symbol: &'a str,
    pair: &'a str,
    contract_type: &'static str,
    delivery_date: u64,
    onboard_date: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contract_status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contract_size: Option<Number>,
    maint_margin_percent: Decimal,
    required_margin_percent: Decimal,
    base_asset: &'a str,
    quote_asset: &'a str,
    margin_asset: String,
    price_precision: u32,
    quantity_precision: u32,
    base_asset_precision: u32,
    quote_precision: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    equal_qty_precision: Option<u32>,
    underlying_type: &'static str,
    underlying_sub_type: [&'static str; 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    settle_plan: Option<u32>,
    trigger_protect: Decimal,
    liquidation_fee: Decimal,
    market_take_bound: Decimal,
    filters: Vec<Value>,
    order_types: [&'static str; 7],
    time_in_force: [&'static str; 5],
}

/// What the engine has a market's terms to be now.
#[derive(Clone, Copy)]
struct Terms {
    state: MarketState,
    filters: OrderFilters,
    liquidation_fee: Rate,
    maintenance_rate: Rate,
    max_leverage: Leverage,
    open_orders: u32,
}

impl Terms {
    fn of(market: &Market, open_orders: u32) -> Option<Self> {
        let (listing, first) = (market.listing(), market.listing().brackets.brackets().first()?);
        Some(Self {
            state: market.state(),
            filters: listing.filters,
            liquidation_fee: listing.fees.liquidation,
            maintenance_rate: first.maintenance_rate,
            max_leverage: first.max_leverage,
            open_orders,
        })
    }
}

/// A market that takes orders is trading, also where it takes only some of them.
const fn status(state: MarketState) -> &'static str {
    match state {
        MarketState::Open | MarketState::PostOnly | MarketState::ReduceOnly => "TRADING",
        MarketState::CancelOnly | MarketState::Halted => "PENDING_TRADING",
        MarketState::Settled => "CLOSE",
    }
}

/// `GET /exchangeInfo`.
pub(super) async fn exchange_info(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let symbols: Vec<&Symbol> = app.catalog.of(call.family).collect();
    let markets: Vec<_> = symbols.iter().map(|symbol| symbol.market).collect();
    let terms = app
        .read(move |world| {
            let open_orders = world.state().limits().orders_per_account;
            let terms = markets.iter().map(|market| {
                let market = world.state().market(*market);
                present(market.and_then(|market| Terms::of(market, open_orders)))
            });
            terms.collect::<Result<Vec<_>, _>>()
        })
        .await?;
    let weight = OrderRate::of_weight(app.weights.limits());
    Success::of(&Information {
        timezone: "UTC",
        server_time: wall_time().ms(),
        futures_type: (call.family == Family::UsdM).then_some("U_MARGINED"),
        rate_limits: weight.into_iter().chain(OrderRate::of_orders(app.orders.limits())).collect(),
        exchange_filters: [],
        assets: (call.family == Family::UsdM).then(|| assets(&symbols)),
        symbols: symbols.iter().zip(&terms).map(|(symbol, terms)| row(symbol, terms)).collect(),
    })
}

/// What the markets settle in, each once.
fn assets(symbols: &[&Symbol]) -> Vec<Value> {
    let mut names: Vec<String> = Vec::new();
    for symbol in symbols {
        let name = symbol.margin.to_string();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let row = |name| json!({"asset": name, "marginAvailable": true, "autoAssetExchange": "0"});
    names.into_iter().map(row).collect()
}

fn row<'a>(symbol: &'a Symbol, terms: &Terms) -> SymbolRow<'a> {
    let is_coin = symbol.family == Family::CoinM;
    let percent = |raw: i128| Decimal::new(raw, 4);
    // A hundred over the leverage, rounded up to 10⁻⁴.
    let required = mul_div(1_000_000, SCALE, terms.max_leverage.wide(), Rounding::Ceiling).unwrap_or(0);
    SymbolRow {
        symbol: &symbol.symbol,
        pair: &symbol.pair,
        contract_type: "PERPETUAL",
        delivery_date: symbol.delivery_ms,
        onboard_date: symbol.onboard_ms,
        status: (!is_coin).then_some(status(terms.state)),
        contract_status: is_coin.then_some(status(terms.state)),
        contract_size: is_coin.then(|| Number(Decimal::new(symbol.contract_size.wide(), 0))),
        maint_margin_percent: percent(terms.maintenance_rate.wide().saturating_mul(100)),
        required_margin_percent: percent(required.saturating_mul(10_000)),
        base_asset: &symbol.base,
        quote_asset: &symbol.quote,
        margin_asset: symbol.margin.to_string(),
        price_precision: symbol.price_precision,
        quantity_precision: symbol.quantity_precision,
        base_asset_precision: 8,
        quote_precision: 8,
        equal_qty_precision: is_coin.then_some(4),
        underlying_type: "COIN",
        underlying_sub_type: [],
        settle_plan: (!is_coin).then_some(0),
        trigger_protect: Decimal::new(symbol.trigger_protect.wide(), 4),
        liquidation_fee: Decimal::new(terms.liquidation_fee.wide(), 6),
        market_take_bound: Decimal::new(terms.filters.band_up.wide().saturating_sub(SCALE), 2),
        filters: filters(symbol, terms),
        order_types: ORDER_TYPES,
        time_in_force: TIMES_IN_FORCE,
    }
}

fn filters(symbol: &Symbol, terms: &Terms) -> Vec<Value> {
    let limits = &terms.filters;
    let text = |decimal: Decimal| decimal.to_string();
    let (least, step) = (text(quantity(symbol, limits.min_quantity)), text(quantity(symbol, symbol.lot)));
    let whole = |raw: i128| Decimal::new(raw, 0).to_string();
    let at_market = symbol.max_market_quantity.min(limits.max_quantity);
    let mut filters = vec![
        json!({"filterType": "PRICE_FILTER", "minPrice": text(price(symbol, symbol.min_price)),
               "maxPrice": whole(symbol.max_price.wide()), "tickSize": text(price(symbol, symbol.tick))}),
        json!({"filterType": "LOT_SIZE", "minQty": least, "maxQty": whole(limits.max_quantity.wide()), "stepSize": step}),
        json!({"filterType": "MARKET_LOT_SIZE", "minQty": least, "maxQty": whole(at_market.wide()), "stepSize": step}),
        json!({"filterType": "MAX_NUM_ORDERS", "limit": terms.open_orders}),
    ];
    if symbol.family == Family::UsdM {
        filters.push(json!({"filterType": "MIN_NOTIONAL", "notional": whole(limits.min_notional.wide())}));
    }
    filters.push(json!({
        "filterType": "PERCENT_PRICE",
        "multiplierUp": text(Decimal::new(limits.band_up.wide(), 4)),
        "multiplierDown": text(Decimal::new(limits.band_down.wide(), 4)),
        "multiplierDecimal": "4",
    }));
    filters
}
