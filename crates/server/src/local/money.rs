//! Money from outside and back: accounts and insurance funds.

use std::sync::Arc;

use ringfence_engine::command::{Command, Transfer};
use ringfence_engine::engine::Reply;
use ringfence_engine::event::Event;
use ringfence_risk::units::{Amount, Asset};
use serde_json::json;

use super::ask::{account, answer, symbol, wrong};
use crate::api::app::App;
use crate::api::call::{Call, Success};
use crate::edge::error::ApiError;
use crate::edge::parameters::Parameters;
use crate::exchange::{Lane, World};

/// An amount above zero.
pub(super) fn positive(parameters: &Parameters, field: &str) -> Result<Amount, ApiError> {
    let amount = parameters.need(field, Parameters::amount)?;
    if amount > Amount::ZERO { Ok(amount) } else { Err(wrong(field, format!("must be above 0, got {amount}"))) }
}

/// `POST /local/v1/faucet`.
pub(super) async fn faucet(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    transfer(&app, &call, Command::Deposit).await
}

/// `POST /local/v1/withdraw`.
pub(super) async fn withdraw(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    transfer(&app, &call, Command::Withdraw).await
}

async fn transfer(app: &App, call: &Call, command: fn(Transfer) -> Command) -> Result<Success, ApiError> {
    let owner = account(app, call)?;
    let name = call.parameters.required("asset")?;
    let asset: Asset = name.parse().map_err(|error| wrong("asset", error))?;
    let amount = positive(&call.parameters, "amount")?;
    let prepare = move |world: &World| {
        let known = world.state().asset_named(asset).ok_or_else(|| wrong("asset", format!("no asset '{asset}' is listed")))?;
        Ok(command(Transfer { account: owner, asset: known, amount }))
    };
    let finish = move |world: &World, _: &Reply, _: &[Event]| {
        let known = world.state().asset_named(asset);
        let view = known.map(|asset| world.state().account_view(owner, asset)).transpose();
        view.map(Option::flatten).map_err(|error| ApiError::refused(error.to_string()))
    };
    let done = app.execute(call, Lane::Normal, prepare, finish).await?;
    let view = done.value.map(|view| (view.wallet.to_string(), view.available.to_string()));
    let (wallet, available) = view.unzip();
    let body = json!({
        "account": call.parameters.get("account"), "asset": name, "amount": amount.to_string(),
        "wallet": wallet, "available": available,
    });
    answer(&body, done.index)
}

/// `POST /local/v1/insurance`.
pub(super) async fn insurance(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let symbol = symbol(&app, &call)?;
    let (market, amount) = (symbol.market, positive(&call.parameters, "amount")?);
    let prepare = move |_: &World| Ok(Command::FundInsurance { market, amount });
    let finish = move |world: &World, _: &Reply, _: &[Event]| {
        let view = world.state().market_view(market).map_err(|error| ApiError::refused(error.to_string()))?;
        Ok(view.map(|view| view.insurance.to_string()))
    };
    let done = app.execute(&call, Lane::Normal, prepare, finish).await?;
    answer(&json!({"symbol": symbol.symbol, "amount": amount.to_string(), "insurance": done.value}), done.index)
}
