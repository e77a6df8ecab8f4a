//! Accounts: who there is, and opening more.

use std::sync::Arc;

use ringfence_engine::book::AccountId;
use ringfence_engine::command::{Command, Transfer};
use ringfence_engine::ids::AssetId;
use ringfence_engine::state::State;
use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::units::{Amount, Asset};
use serde_json::{Value, json};

use super::ask::{answer, control, refused, wrong};
use super::money::positive;
use crate::api::app::App;
use crate::api::call::{Call, Success};
use crate::boot::{AccountSetup, FLOW};
use crate::edge::error::{ApiError, Code};
use crate::edge::parameters::Parameters;
use crate::exchange::Sequencer;
use crate::start::{push_note, test_user};
use crate::users::{test_key, test_secret};

/// `GET /local/v1/accounts`.
pub(super) async fn list(app: Arc<App>, _: Call) -> Result<Success, ApiError> {
    let key = |name: &str| Some(test_key(name)).filter(|key| app.keys.is_active(key));
    let names: Vec<_> = app.users.names().into_iter().map(|(account, name)| (account, key(&name), name)).collect();
    let rows = app
        .read(move |world| {
            let row = |(account, key, name): (AccountId, Option<String>, String)| row(world.state(), account, (&name, key));
            names
                .into_iter()
                .map(row)
                .collect::<Result<Vec<Value>, OutOfRange>>()
                .map_err(|error| ApiError::refused(error.to_string()))
        })
        .await?;
    answer(&Value::Array(rows), None)
}

fn row(state: &State, account: AccountId, (name, key): (&str, Option<String>)) -> Result<Value, OutOfRange> {
    let mut balances = Vec::new();
    for (books, number) in state.assets().iter().zip(0_u8..) {
        let Some(view) = state.account_view(account, AssetId(number))? else { continue };
        balances.push(json!({
            "asset": books.asset().to_string(),
            "wallet": view.wallet.to_string(), "free": view.free.to_string(), "held": view.held.to_string(),
            "isolated_margin": view.isolated_margin.to_string(), "available": view.available.to_string(),
            "unrealised_pnl": view.unrealised_pnl.to_string(),
        }));
    }
    Ok(
        json!({"account": account.0, "name": name, "house": account <= FLOW, "api_key": key, "secret": key.as_deref().map(test_secret), "balances": balances}),
    )
}

/// `POST /local/v1/accounts`: opens an account with money and the test key `test-NAME`.
pub(super) async fn open(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let name = call.parameters.required("name")?.to_owned();
    let balances = balances(&app, &call.parameters, &name)?;
    let users = Arc::clone(&app);
    let wanted = name.clone();
    let (account, index) = control(&app, move |sequencer| open_now(&users, sequencer, &wanted, &balances)).await?;
    let key = test_key(&name);
    let body = json!({"account": account.0, "name": name, "secret": test_secret(&key), "api_key": key});
    answer(&body, Some(index))
}

/// The money asked for; where nothing is said, the default money of the assets that markets settle in.
fn balances(app: &App, parameters: &Parameters, name: &str) -> Result<Vec<(Asset, Amount)>, ApiError> {
    let Some(text) = parameters.get("balances") else {
        let mut default = AccountSetup::named(name).balances;
        default.retain(|(asset, _)| app.catalog.symbols().iter().any(|symbol| symbol.margin == *asset));
        return Ok(default);
    };
    let listed = Parameters::of_object(text)?;
    let one = |(asset, _): (&str, &str)| {
        let known: Asset = asset.parse().map_err(|error| wrong("balances", error))?;
        Ok((known, positive(&listed, asset)?))
    };
    listed.iter().map(one).collect()
}

fn open_now(
    app: &App,
    sequencer: &mut Sequencer,
    name: &str,
    balances: &[(Asset, Amount)],
) -> Result<(AccountId, u64), ApiError> {
    app.users.check_new(name).map_err(|error| wrong("name", error))?;
    let state = sequencer.world().state();
    let number = u32::try_from(state.accounts().len()).map_err(|_| wrong("name", "no more accounts can be opened"))?;
    let account = AccountId(number);
    let mut commands = vec![Command::OpenAccount];
    for (asset, amount) in balances {
        let asset = state.asset_named(*asset).ok_or_else(|| wrong("balances", format!("no asset '{asset}' is listed")))?;
        commands.push(Command::Deposit(Transfer { account, asset, amount: *amount }));
    }
    let mut index = 0;
    for command in &commands {
        index = sequencer.try_step(command).map_err(|reject| refused(&reject))?;
    }
    for note in test_user(name, number) {
        app.users.follow(&note, &app.keys, &app.local.sealing).map_err(|error| wrong("name", error))?;
        let hash = sequencer.hash();
        index = push_note(sequencer.journal(), &note, hash).map_err(|_| ApiError::of(Code::Unknown))?;
    }
    Ok((account, index))
}
