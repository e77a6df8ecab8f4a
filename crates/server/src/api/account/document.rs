//! The documents about all of an account's money: `account` and `balance`.

use std::sync::Arc;

use ringfence_engine::query::AccountView;
use ringfence_engine::time::Time;
use ringfence_risk::units::Amount;
use serde::Serialize;

use super::found::{Legs, Money, everything, money};
use super::leg::Leg;
use crate::api::app::App;
use crate::api::call::{Call, Success};
use crate::api::text::{Decimal, Flag};
use crate::boot::Family;
use crate::edge::error::ApiError;

/// What USDⓈ-M documents show their totals in, where a market settles in it; otherwise they show those of the first asset.
const TOTALS_IN: &str = "USDT";

fn amount(amount: Amount) -> Decimal {
    Decimal::money(amount.wide())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AssetRow {
    asset: String,
    wallet_balance: Decimal,
    unrealized_profit: Decimal,
    margin_balance: Decimal,
    maint_margin: Decimal,
    initial_margin: Decimal,
    position_initial_margin: Decimal,
    open_order_initial_margin: Decimal,
    cross_wallet_balance: Decimal,
    cross_un_pnl: Decimal,
    available_balance: Decimal,
    max_withdraw_amount: Decimal,
    #[serde(skip_serializing_if = "Option::is_none")]
    margin_available: Option<Flag>,
    update_time: u64,
}

impl AssetRow {
    fn of(money: &Money, now: Time, margin_available: Option<Flag>) -> Self {
        let view = &money.view;
        Self {
            asset: money.asset.to_string(),
            wallet_balance: amount(view.wallet),
            unrealized_profit: amount(view.unrealised_pnl),
            margin_balance: amount(view.margin_balance),
            maint_margin: amount(view.maintenance_margin),
            initial_margin: amount(view.initial_margin),
            position_initial_margin: amount(view.position_initial_margin),
            open_order_initial_margin: amount(view.held),
            cross_wallet_balance: amount(view.cross_wallet),
            cross_un_pnl: amount(view.cross_unrealised_pnl),
            available_balance: amount(view.available.or_zero()),
            max_withdraw_amount: amount(view.available.or_zero()),
            margin_available,
            update_time: now.ms(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Totals {
    total_initial_margin: Decimal,
    total_maint_margin: Decimal,
    total_wallet_balance: Decimal,
    total_unrealized_profit: Decimal,
    total_margin_balance: Decimal,
    total_position_initial_margin: Decimal,
    total_open_order_initial_margin: Decimal,
    total_cross_wallet_balance: Decimal,
    total_cross_un_pnl: Decimal,
    available_balance: Decimal,
    max_withdraw_amount: Decimal,
}

impl Totals {
    fn of(money: &[Money]) -> Option<Self> {
        let of = money.iter().find(|money| money.asset.to_string() == TOTALS_IN).or(money.first())?;
        let view: &AccountView = &of.view;
        Some(Self {
            total_initial_margin: amount(view.initial_margin),
            total_maint_margin: amount(view.maintenance_margin),
            total_wallet_balance: amount(view.wallet),
            total_unrealized_profit: amount(view.unrealised_pnl),
            total_margin_balance: amount(view.margin_balance),
            total_position_initial_margin: amount(view.position_initial_margin),
            total_open_order_initial_margin: amount(view.held),
            total_cross_wallet_balance: amount(view.cross_wallet),
            total_cross_un_pnl: amount(view.cross_unrealised_pnl),
            available_balance: amount(view.available.or_zero()),
            max_withdraw_amount: amount(view.available.or_zero()),
        })
    }
}

/// What older versions say first: everybody may do everything here, and nobody has a discount.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    fee_tier: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    fee_burn: Option<Flag>,
    can_trade: Flag,
    can_deposit: Flag,
    can_withdraw: Flag,
    update_time: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    multi_assets_margin: Option<Flag>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trade_group_id: Option<i32>,
}

impl Head {
    const fn of(family: Family) -> Self {
        let (off, group) = match family {
            Family::UsdM => (Some(Flag(false)), Some(-1)),
            Family::CoinM => (None, None),
        };
        let can = Flag(true);
        Self {
            fee_tier: 0,
            fee_burn: off,
            can_trade: can,
            can_deposit: can,
            can_withdraw: can,
            update_time: 0,
            multi_assets_margin: off,
            trade_group_id: group,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PositionRow<'a, T: Serialize> {
    symbol: &'a str,
    position_side: &'static str,
    position_amt: Decimal,
    unrealized_profit: Decimal,
    isolated_wallet: Decimal,
    initial_margin: Decimal,
    maint_margin: Decimal,
    #[serde(flatten)]
    version: T,
    update_time: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Third {
    isolated_margin: Decimal,
    notional: Decimal,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Older {
    position_initial_margin: Decimal,
    open_order_initial_margin: Decimal,
    leverage: String,
    isolated: bool,
    entry_price: Decimal,
    break_even_price: Decimal,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_notional: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_qty: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notional: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notional_value: Option<Decimal>,
    bid_notional: Decimal,
    ask_notional: Decimal,
}

impl Older {
    fn of(leg: &Leg<'_>) -> Self {
        let is_usd = leg.symbol.family == Family::UsdM;
        Self {
            position_initial_margin: leg.position_initial_margin(),
            open_order_initial_margin: leg.order_margin(),
            leverage: leg.leverage(),
            isolated: leg.is_isolated(),
            entry_price: leg.entry_price(),
            break_even_price: leg.break_even_price(),
            max_notional: is_usd.then(|| leg.max_notional()),
            max_qty: (!is_usd).then(|| leg.max_notional()),
            notional: is_usd.then(|| leg.notional()),
            notional_value: (!is_usd).then(|| leg.notional()),
            bid_notional: leg.bids(),
            ask_notional: leg.asks(),
        }
    }
}

fn position<'a, T: Serialize>(leg: &Leg<'a>, version: T) -> PositionRow<'a, T> {
    PositionRow {
        symbol: &leg.symbol.symbol,
        position_side: leg.side(),
        position_amt: leg.amount(),
        unrealized_profit: leg.unrealised(),
        isolated_wallet: leg.isolated_wallet(),
        initial_margin: leg.initial_margin(),
        maint_margin: leg.maintenance_margin(),
        version,
        update_time: leg.update_time(),
    }
}

#[derive(Serialize)]
struct Document<'a, T: Serialize> {
    #[serde(flatten)]
    head: Option<Head>,
    #[serde(flatten)]
    totals: Option<Totals>,
    assets: Vec<AssetRow>,
    positions: Vec<PositionRow<'a, T>>,
}

fn all_legs<'a>(found: &'a [Legs<'a>], now: Time) -> impl Iterator<Item = Leg<'a>> {
    found.iter().flat_map(move |legs| legs.views.iter().map(move |view| Leg { symbol: legs.symbol, view, now }))
}

/// `GET /fapi/v3/account`: positions and legs with orders only.
pub(super) async fn third(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let (now, money, legs) = everything(&app, &call).await?;
    let used = all_legs(&legs, now).filter(Leg::is_used);
    let version = |leg: &Leg<'_>| Third { isolated_margin: leg.isolated_margin(), notional: leg.notional() };
    Success::of(&Document {
        head: None,
        totals: Totals::of(&money),
        assets: money.iter().map(|money| AssetRow::of(money, now, None)).collect(),
        positions: used.map(|leg| position(&leg, version(&leg))).collect(),
    })
}

/// `GET /fapi/v2/account`, `GET /fapi/v1/account`, `GET /dapi/v1/account`: every leg.
pub(super) async fn older(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let (now, money, legs) = everything(&app, &call).await?;
    let is_usd = call.family == Family::UsdM;
    Success::of(&Document {
        head: Some(Head::of(call.family)),
        totals: if is_usd { Totals::of(&money) } else { None },
        assets: money.iter().map(|money| AssetRow::of(money, now, is_usd.then_some(Flag(true)))).collect(),
        positions: all_legs(&legs, now).map(|leg| position(&leg, Older::of(&leg))).collect(),
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BalanceRow {
    account_alias: String,
    asset: String,
    balance: Decimal,
    cross_wallet_balance: Decimal,
    cross_un_pnl: Decimal,
    available_balance: Decimal,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_withdraw_amount: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    withdraw_available: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    margin_available: Option<Flag>,
    update_time: u64,
}

/// `GET /balance`.
pub(super) async fn balance(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let (now, found) = money(&app, &call).await?;
    let (account, is_usd) = (call.account()?.0, call.family == Family::UsdM);
    let rows = found.iter().map(|Money { asset, view }| {
        let available = amount(view.available.or_zero());
        BalanceRow {
            account_alias: format!("account-{account}"),
            asset: asset.to_string(),
            balance: amount(view.wallet),
            cross_wallet_balance: amount(view.cross_wallet),
            cross_un_pnl: amount(view.cross_unrealised_pnl),
            available_balance: available,
            max_withdraw_amount: is_usd.then_some(available),
            withdraw_available: (!is_usd).then_some(available),
            margin_available: is_usd.then_some(Flag(true)),
            update_time: now.ms(),
        }
    });
    Success::of(&rows.collect::<Vec<_>>())
}
