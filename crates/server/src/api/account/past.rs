//! What came and went: incomes, moved margin, what was closed by force.

use std::sync::Arc;

use ringfence_engine::ids::{AssetId, MarketId};
use ringfence_engine::time::Time;
use ringfence_risk::units::Asset;
use serde_json::{Value, json};

use super::found::assets;
use crate::api::app::App;
use crate::api::call::{Call, Success};
use crate::api::history::{Bounds, WEEK_MS, cut, page_number, window};
use crate::api::order::{FoundOrder, OrderRow, position_side};
use crate::api::text::Decimal;
use crate::boot::Family;
use crate::edge::error::ApiError;
use crate::edge::parameters::Parameters;
use crate::record::{ForcedKind, ForcedOrder, Income, IncomeKind, MarginCause, MarginChange, Window};

/// The words for incomes.
const fn word(kind: IncomeKind) -> &'static str {
    match kind {
        IncomeKind::Deposit | IncomeKind::Withdrawal | IncomeKind::Transfer => "TRANSFER",
        IncomeKind::RealisedProfit => "REALIZED_PNL",
        IncomeKind::Commission => "COMMISSION",
        IncomeKind::Funding => "FUNDING_FEE",
        IncomeKind::InsuranceClear => "INSURANCE_CLEAR",
    }
}

/// The words that may be asked for. Of those beyond the first five there is never any.
const KNOWN: [&str; 22] = [
    "TRANSFER",
    "REALIZED_PNL",
    "COMMISSION",
    "FUNDING_FEE",
    "INSURANCE_CLEAR",
    "WELCOME_BONUS",
    "REFERRAL_KICKBACK",
    "COMMISSION_REBATE",
    "API_REBATE",
    "CONTEST_REWARD",
    "CROSS_COLLATERAL_TRANSFER",
    "OPTIONS_PREMIUM_FEE",
    "OPTIONS_SETTLE_PROFIT",
    "INTERNAL_TRANSFER",
    "AUTO_EXCHANGE",
    "DELIVERED_SETTELMENT",
    "COIN_SWAP_DEPOSIT",
    "COIN_SWAP_WITHDRAW",
    "POSITION_LIMIT_INCREASE_FEE",
    "STRATEGY_UMFUTURES_TRANSFER",
    "FEE_RETURN",
    "BFUSD_REWARD",
];

/// The part of an account's incomes that is asked for: without times, the last seven days.
fn income_window(parameters: &Parameters, now: Time) -> Result<(Window, Option<Time>), ApiError> {
    let bounds = Bounds { from: None, default: 100, most: 1_000, longest_ms: None };
    let mut asked = window(parameters, &bounds)?;
    asked.page = page_number(parameters)?;
    let since = Time::from_ms(now.ms().saturating_sub(WEEK_MS));
    let recent = (asked.start.is_none() && asked.end.is_none()).then_some(since);
    Ok((asked, recent))
}

/// `GET /income`.
pub(super) async fn incomes(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let (account, market) = (call.account()?, app.symbol_if_given(&call)?.map(|symbol| symbol.market));
    let kind = call.parameters.get("incomeType").map(str::to_owned);
    if kind.as_deref().is_some_and(|kind| !KNOWN.contains(&kind)) {
        return Err(ApiError::invalid("incomeType"));
    }
    let now = app.read(|world| Ok(world.state().clock())).await?;
    let (asked, recent) = income_window(&call.parameters, now)?;
    let family = assets(&app.catalog, call.family);
    let of_family = {
        let (assets, markets) = (family.clone(), app.catalog.of(call.family).map(|symbol| symbol.market).collect::<Vec<_>>());
        move |income: &Income| match income.market {
            Some(market) => markets.contains(&market),
            None => assets.iter().any(|(asset, _)| *asset == income.asset),
        }
    };
    let found = app
        .read(move |world| {
            let all = Window { start: asked.start.or(recent), page: None, limit: usize::MAX, ..asked };
            let found = world.record().incomes(account, market, None, &all).into_iter();
            let wanted = |income: &&Income| of_family(income) && kind.as_deref().is_none_or(|kind| word(income.kind) == kind);
            Ok(found.filter(wanted).copied().collect::<Vec<_>>())
        })
        .await?;
    let rows = cut(found, &asked).into_iter().map(|income| income_row(&app, &family, &income, call.family));
    Success::of(&rows.collect::<Vec<_>>())
}

fn income_row(app: &App, assets: &[(AssetId, Asset)], income: &Income, family: Family) -> Value {
    let symbol = income.market.and_then(|market| app.catalog.get(market)).map_or("", |symbol| symbol.symbol.as_str());
    let asset = assets.iter().find(|(asset, _)| *asset == income.asset).map(|(_, asset)| asset.to_string());
    let (kind, trade) = (word(income.kind), income.trade.map(|trade| trade.0.to_string()));
    json!({
        "symbol": symbol,
        "incomeType": kind,
        "income": Decimal::money(income.amount.wide()),
        "asset": asset.unwrap_or_default(),
        "info": trade.as_deref().unwrap_or(kind),
        "time": income.time.ms(),
        "tranId": match family {
            Family::UsdM => json!(income.id),
            Family::CoinM => json!(income.id.to_string()),
        },
        "tradeId": trade.as_deref().unwrap_or_default(),
    })
}

const fn cause(cause: MarginCause) -> &'static str {
    match cause {
        MarginCause::UserAdjust => "USER_ADJUST",
        MarginCause::Trade => "TRADE",
        MarginCause::Funding => "FUNDING_FEE",
        MarginCause::AutoAdd => "AUTO_ADD",
        MarginCause::LeverageChange => "LEVERAGE_CHANGE",
        MarginCause::ModeSwitch => "MODE_SWITCH",
        MarginCause::Liquidation => "LIQUIDATION",
    }
}

/// 1: it came into the position; 2: it left it.
fn way(change: &MarginChange) -> u8 {
    if change.amount.wide() < 0 { 2 } else { 1 }
}

/// `GET /positionMargin/history`. Amounts are above zero: the type says which way they went.
pub(super) async fn margins(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let symbol = app.symbol(&call)?;
    let (account, market) = (call.account()?, symbol.market);
    let kind = call.parameters.choice("type", &[("1", 1_u8), ("2", 2_u8)])?;
    let asked = window(&call.parameters, &Bounds { from: None, default: 500, most: 500, longest_ms: None })?;
    let found = app
        .read(move |world| {
            let all = Window { limit: usize::MAX, ..asked };
            let found = world.record().margin_changes(account, market, &all).into_iter();
            Ok(found.filter(|change| kind.is_none_or(|kind| way(change) == kind)).copied().collect::<Vec<_>>())
        })
        .await?;
    let row = |change: MarginChange| {
        json!({
            "symbol": symbol.symbol, "type": way(&change), "deltaType": cause(change.cause),
            "amount": Decimal::money(change.amount.wide().saturating_abs()), "asset": symbol.margin.to_string(),
            "time": change.time.ms(), "positionSide": position_side(change.position_side),
        })
    };
    Success::of(&cut(found, &asked).into_iter().map(row).collect::<Vec<_>>())
}

/// Why a position was closed by force, in the API's words.
const fn auto_close(kind: ForcedKind) -> &'static str {
    match kind {
        ForcedKind::Liquidation(_) => "LIQUIDATION",
        ForcedKind::Deleveraged => "ADL",
    }
}

/// `GET /forceOrders`.
pub(super) async fn forced(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let (account, market) = (call.account()?, app.symbol_if_given(&call)?.map(|symbol| symbol.market));
    let kinds = [("LIQUIDATION", "LIQUIDATION"), ("ADL", "ADL")];
    let kind = call.parameters.choice("autoCloseType", &kinds)?;
    let bounds = Bounds { from: None, default: 50, most: 100, longest_ms: Some(WEEK_MS) };
    let asked = window(&call.parameters, &bounds)?;
    let of_family: Vec<MarketId> = app.catalog.of(call.family).map(|symbol| symbol.market).collect();
    let found = app
        .read(move |world| {
            let all = Window { limit: usize::MAX, ..asked };
            let found = world.record().forced_orders(account, market, &all).into_iter();
            let wanted = |forced: &&ForcedOrder| {
                of_family.contains(&forced.market) && kind.is_none_or(|kind| auto_close(forced.kind) == kind)
            };
            let wanted = cut(found.filter(wanted).collect(), &asked).into_iter();
            Ok(wanted.filter_map(|forced| FoundOrder::of_forced(world, forced)).collect::<Vec<_>>())
        })
        .await?;
    let rows = found.iter().filter_map(|found| Some(OrderRow::new(found, app.catalog.get(found.order.market())?)));
    Success::of(&rows.collect::<Vec<_>>())
}
