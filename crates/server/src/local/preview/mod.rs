//! What a call would do: executed on a copy of the exchange, shown before → after.
//!
//! The commands are those of the real calls, and so are the refusals. The copy is made on the sequencer's thread, a few milliseconds for the
//! default markets; everything else happens beside it.

mod command;
mod filled;
mod most;
mod share;
mod target;
mod view;

use std::sync::Arc;

use ringfence_engine::command::Command;
use ringfence_engine::engine::{Engine, OrderFate, Reply};
use ringfence_engine::event::{Event, OrderEnd};
use ringfence_engine::reject::Reject;
use ringfence_risk::units::{Leverage, MarkPrice};
use serde_json::{Value, json};

use super::ask::{account, answer, symbol, wrong};
use crate::api::app::App;
use crate::api::call::{Call, Success};
use crate::api::order::Wish;
use crate::boot::Symbol;
use crate::edge::error::reject::{Asked, from_reject};
use crate::edge::error::{ApiError, Code};
use crate::edge::parameters::Parameters;
use crate::exchange::World;
use command::Change;
use view::{Eye, fees, standing};
pub(super) use view::{mode, out_of_range, position, ratio};

/// Most leverages that one call looks at.
const MOST_LEVERAGES: usize = 50;

/// `POST /local/v1/preview/order`, with the parameters of an order; `leverage` and `marginType` are set before it where given.
pub(super) async fn order(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let plan = Plan::read(&app, &call, Change::settings(&call.parameters)?, Wanted::Order)?;
    plan.answer(&app, &call).await
}

/// `POST /local/v1/preview/leverage`.
pub(super) async fn leverage(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    Plan::read(&app, &call, vec![Change::leverage(&call.parameters)?], Wanted::Nothing)?.answer(&app, &call).await
}

/// `POST /local/v1/preview/margin`.
pub(super) async fn margin(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    Plan::read(&app, &call, vec![Change::margin(&call.parameters)?], Wanted::Nothing)?.answer(&app, &call).await
}

/// `POST /local/v1/preview/margin-mode`.
pub(super) async fn margin_mode(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    Plan::read(&app, &call, vec![Change::margin_mode(&call.parameters)?], Wanted::Nothing)?.answer(&app, &call).await
}

/// `POST /local/v1/preview/position-mode`.
pub(super) async fn position_mode(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    Plan::read(&app, &call, vec![Change::position_mode(&call.parameters)?], Wanted::Nothing)?.answer(&app, &call).await
}

/// `POST /local/v1/preview/target`: what would put the liquidation price at this mark, after an order and settings where they are given.
pub(super) async fn target(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let wanted = call.parameters.get("side").map_or(Wanted::Nothing, |_| Wanted::Order);
    let plan = Plan::read(&app, &call, Change::settings(&call.parameters)?, wanted)?;
    let price = call.parameters.need("liquidation", Parameters::price)?;
    let price = MarkPrice::from_wide(price.wide()).map_err(|error| wrong("liquidation", error))?;
    let (mut engine, order) = plan.copy(&app).await?;
    let (eye, changes) = (plan.eye, plan.changes);
    let found = tokio::task::spawn_blocking(move || {
        let commands: Vec<Command> = command::commands(&engine, eye, &changes)?.into_iter().chain(order).collect();
        for command in &commands {
            engine.execute(command, &mut Vec::new()).map_err(|reject| super::ask::refused(&reject))?;
        }
        target::target(engine.state(), eye, price)
    });
    let legs = found.await.map_err(|_| ApiError::of(Code::Internal))??;
    answer(&json!({"account": call.parameters.get("account"), "symbol": call.parameters.get("symbol"), "legs": legs}), None)
}

/// `POST /local/v1/preview/share`: a quantity, as a share of the most that an order could open.
pub(super) async fn share(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let symbol = symbol(&app, &call)?.clone();
    let mut asked = call.clone();
    // What is asked for has no quantity yet: the smallest stands for it.
    asked.parameters = call.parameters.clone().or(Parameters::of_form(format!("quantity={}", symbol.lot).as_bytes(), b"")?)?;
    let plan = Plan::read(&app, &asked, Change::settings(&call.parameters)?, Wanted::Order)?;
    let percent = call.parameters.need("percent", Parameters::unsigned)?;
    let (mut engine, order) = plan.copy(&app).await?;
    let (eye, changes) = (plan.eye, plan.changes);
    let Some(Command::Place(order)) = order else { return Err(ApiError::mandatory("side")) };
    let found = tokio::task::spawn_blocking(move || {
        for command in &command::commands(&engine, eye, &changes)? {
            engine.execute(command, &mut Vec::new()).map_err(|reject| super::ask::refused(&reject))?;
        }
        let most = share::most(&engine, eye, &order, &symbol)?;
        Ok::<_, ApiError>((most, share::part(most, percent, &symbol)?))
    });
    let (most, part) = found.await.map_err(|_| ApiError::of(Code::Internal))??;
    answer(&json!({"max": most.to_string(), "percent": percent, "quantity": part.to_string()}), None)
}

/// `POST /local/v1/preview/leverages`: one row per leverage, with an order after it where one is given.
pub(super) async fn leverages(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let wanted = call.parameters.get("side").map_or(Wanted::Nothing, |_| Wanted::Order);
    let plan = Plan::read(&app, &call, Vec::new(), wanted)?;
    let eye = plan.eye;
    let asked = asked_leverages(&call)?;
    let (engine, order) = plan.copy(&app).await?;
    let leverages = match asked {
        Some(asked) => asked,
        None => edges(&engine, eye)?,
    };
    let rows = tokio::task::spawn_blocking(move || {
        let row = |leverage: Leverage| {
            let commands = command::commands(&engine, eye, &[Change::Leverage(leverage)])?.into_iter().chain(order.clone());
            let row = run(engine.clone(), eye, &commands.collect::<Vec<_>>())?;
            Ok(with(row, "leverage", json!(leverage.to_string())))
        };
        leverages.into_iter().map(row).collect::<Result<Vec<Value>, ApiError>>()
    });
    let rows = rows.await.map_err(|_| ApiError::of(Code::Internal))??;
    let body = json!({"account": call.parameters.get("account"), "symbol": call.parameters.get("symbol"), "leverages": rows});
    answer(&body, None)
}

fn asked_leverages(call: &Call) -> Result<Option<Vec<Leverage>>, ApiError> {
    let Some(texts) = call.parameters.list("leverages")? else { return Ok(None) };
    if texts.len() > MOST_LEVERAGES {
        return Err(wrong("leverages", format!("must be at most {MOST_LEVERAGES}, got {}", texts.len())));
    }
    texts.iter().map(|text| text.parse().map_err(|_| ApiError::leverage(text))).collect::<Result<_, _>>().map(Some)
}

/// The greatest leverage of each bracket, and the present one, least first.
fn edges(engine: &Engine, eye: Eye) -> Result<Vec<Leverage>, ApiError> {
    let market = engine.state().market(eye.market).ok_or_else(|| ApiError::of(Code::InvalidSymbol))?;
    let mut edges: Vec<Leverage> = market.listing().brackets.brackets().iter().map(|bracket| bracket.max_leverage).collect();
    let present = market.participant(eye.account).map(|part| part.leverage().long);
    edges.push(present.unwrap_or(market.listing().default_leverage));
    edges.sort_unstable();
    edges.dedup();
    Ok(edges)
}

/// What is to be looked at.
struct Plan {
    eye: Eye,
    changes: Vec<Change>,
    order: Option<Wish>,
}

impl Plan {
    fn read(app: &App, call: &Call, changes: Vec<Change>, wanted: Wanted) -> Result<Self, ApiError> {
        let owner = account(app, call)?;
        let symbol: &Symbol = symbol(app, call)?;
        let order = match wanted {
            Wanted::Order => Some(Wish::read(&call.parameters, symbol, owner)?),
            Wanted::Nothing => None,
        };
        let eye = Eye { account: owner, market: symbol.market, asset: symbol.asset, family: symbol.family };
        Ok(Self { eye, changes, order })
    }

    /// A copy of the exchange, and the order's command as it would be made now.
    async fn copy(&self, app: &App) -> Result<(Engine, Option<Command>), ApiError> {
        let order = self.order;
        app.read(move |world: &World| {
            let command = order.map(|order| order.command(world)).transpose()?;
            Ok((world.engine().clone(), command))
        })
        .await
    }

    async fn answer(self, app: &App, call: &Call) -> Result<Success, ApiError> {
        let (engine, order) = self.copy(app).await?;
        let (eye, changes) = (self.eye, self.changes);
        let looked = tokio::task::spawn_blocking(move || {
            let commands: Vec<Command> = command::commands(&engine, eye, &changes)?.into_iter().chain(order).collect();
            run(engine, eye, &commands)
        });
        let body = looked.await.map_err(|_| ApiError::of(Code::Internal))??;
        let body = with(body, "account", json!(call.parameters.get("account")));
        answer(&with(body, "symbol", json!(call.parameters.get("symbol"))), None)
    }
}

/// What is read besides the settings.
#[derive(Clone, Copy)]
enum Wanted {
    Nothing,
    Order,
}

fn with(mut body: Value, name: &str, value: Value) -> Value {
    if let Some(object) = body.as_object_mut() {
        object.insert(name.to_owned(), value);
    }
    body
}

/// Executes commands on a copy, up to the first that is refused.
fn run(mut engine: Engine, eye: Eye, commands: &[Command]) -> Result<Value, ApiError> {
    let before = standing(engine.state(), eye)?;
    let (mut events, mut order, mut moved, mut refusal) = (Vec::new(), None, None, None);
    let (mut most, mut leverage) = (Value::Null, Vec::new());
    for command in commands {
        if let Command::Place(order) = command {
            most = most::max_open(engine.state(), eye, order);
        }
        match engine.execute(command, &mut events) {
            Ok(Reply::Order(reply)) => order = Some(reply),
            Ok(Reply::Leverage(plan)) => leverage.push(*plan),
            Ok(Reply::Margin(plan)) => moved = Some(view::margin_plan(&plan)),
            Ok(
                Reply::Done
                | Reply::Account(_)
                | Reply::Asset(_)
                | Reply::Market(_)
                | Reply::Orders(_)
                | Reply::Cancelled(_)
                | Reply::MarginMode(_),
            ) => {}
            Err(reject) => {
                refusal = Some(refused(&reject, command, eye));
                break;
            }
        }
    }
    if !leverage.is_empty() {
        moved = Some(view::leverage_plans(&leverage).map_err(out_of_range)?);
    }
    let ended = order.map(|order| order.fate);
    let (fate, accepted) = match (ended, &refusal) {
        (_, Some(_)) => (None, false),
        (Some(OrderFate::Ended(end)), None) => (Some(ended_word(end)), end != OrderEnd::Unaffordable),
        (Some(OrderFate::Resting), None) => (Some("resting"), true),
        (Some(OrderFate::Waiting), None) => (Some("waiting"), true),
        (Some(OrderFate::Repeated), None) => (Some("repeated"), false),
        (None, None) => (None, true),
    };
    let fee = fees(&events, eye);
    let mut body = json!({
        "accepted": accepted, "refused": refusal, "fee": fee, "moved": moved, "max_open": most,
        "before": before, "after": standing(engine.state(), eye)?,
    });
    if let (Some(reply), Some(fate)) = (order, fate) {
        let market = engine.state().market(eye.market).ok_or_else(|| ApiError::of(Code::InvalidSymbol))?;
        let executed = reply.executed.to_quantity(market.contract()).map_err(view::out_of_range)?;
        let shown = json!({
            "fate": fate, "executed": executed.to_string(), "value": reply.value.to_string(),
            "liquidated": events.iter().any(|event| matches!(event, Event::LiquidationStarted(_))),
        });
        body = with(body, "order", shown);
        let rests = matches!(reply.fate, OrderFate::Resting);
        let filled = if rests { filled::if_filled(engine, eye, reply.order)? } else { Value::Null };
        body = with(body, "if_filled", filled);
    }
    Ok(body)
}

const fn ended_word(end: OrderEnd) -> &'static str {
    match end {
        OrderEnd::Filled => "filled",
        OrderEnd::Cancelled => "cancelled",
        OrderEnd::ImmediateOrCancel => "rest expired",
        OrderEnd::FillOrKill => "not fillable at once",
        OrderEnd::Expired => "expired",
        OrderEnd::SelfTrade => "met an order of its own account",
        OrderEnd::Countdown => "countdown",
        OrderEnd::Unaffordable => "not affordable",
        OrderEnd::NothingToReduce => "nothing to reduce",
        OrderEnd::TriggerRefused => "refused when triggered",
        OrderEnd::Liquidated => "liquidated",
        OrderEnd::MarketSettled => "market settled",
    }
}

/// Code and text as the real call answers them, our own number and text, and the nearest leverage that would do.
fn refused(reject: &Reject, command: &Command, eye: Eye) -> Value {
    let asked = match command {
        Command::Place(_) => Asked::Place,
        Command::SetLeverage { .. } => Asked::Leverage,
        Command::MoveMargin { .. } => Asked::Margin,
        Command::SetMarginMode { .. } => Asked::MarginMode,
        Command::SetPositionMode { .. } => Asked::PositionMode,
        Command::AdvanceTime { .. }
        | Command::OpenAccount
        | Command::ListAsset { .. }
        | Command::ListMarket(_)
        | Command::ChangeMarket { .. }
        | Command::SetMarketState { .. }
        | Command::Deposit(_)
        | Command::Withdraw(_)
        | Command::TransferBetween { .. }
        | Command::FundInsurance { .. }
        | Command::PlaceBatch(_)
        | Command::Amend(_)
        | Command::Cancel(_)
        | Command::CancelBatch(_)
        | Command::CancelAll { .. }
        | Command::CountdownCancel { .. }
        | Command::SetAutoAddMargin { .. }
        | Command::QuoteIndex { .. }
        | Command::SetMark { .. }
        | Command::SetFundingRate { .. }
        | Command::SettleFunding { .. } => Asked::Other,
    };
    let known = from_reject(reject, asked, eye.family);
    let (number, name) = reject.code();
    let nearest = if let Reject::Leverage(refused) = reject { refused.nearest.map(|nearest| nearest.to_string()) } else { None };
    json!({
        "code": known.code, "msg": known.message, "number": number, "name": name, "why": reject.to_string(),
        "nearest_leverage": nearest,
    })
}
