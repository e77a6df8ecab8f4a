//! The rows of each table, as the read model tells them.

use core::fmt::Display;

use ringfence_engine::book::AccountId;
use ringfence_engine::ids::{AssetId, MarketId};

use super::cell::{Cell, Column};
use crate::api::order::{OrderLabel, order_state, order_type, position_side, side};
use crate::exchange::World;
use crate::record::{IncomeKind, TradeOrder, Window};

pub(super) const ACCOUNTS: &[Column] = &[Column::integer("account"), Column::text("name")];

pub(super) const ORDERS: &[Column] = &[
    Column::integer("time"),
    Column::integer("updated"),
    Column::integer("account"),
    Column::text("symbol"),
    Column::integer("order"),
    Column::text("client_order_id"),
    Column::text("type"),
    Column::text("side"),
    Column::text("position_side"),
    Column::text("price"),
    Column::text("quantity"),
    Column::text("executed"),
    Column::text("executed_value"),
    Column::text("status"),
];

pub(super) const TRADES: &[Column] = &[
    Column::integer("time"),
    Column::integer("account"),
    Column::text("symbol"),
    Column::integer("trade"),
    Column::text("order"),
    Column::text("side"),
    Column::text("position_side"),
    Column::text("price"),
    Column::text("quantity"),
    Column::text("value"),
    Column::text("liquidity"),
    Column::text("fee"),
    Column::text("realised"),
    Column::text("asset"),
];

pub(super) const INCOME: &[Column] = &[
    Column::integer("time"),
    Column::integer("account"),
    Column::integer("number"),
    Column::text("symbol"),
    Column::text("kind"),
    Column::text("amount"),
    Column::text("asset"),
    Column::integer("trade"),
];

pub(super) const FUNDING: &[Column] =
    &[Column::integer("time"), Column::text("symbol"), Column::text("rate"), Column::text("mark")];

pub(super) const LIQUIDATIONS: &[Column] = &[
    Column::integer("time"),
    Column::integer("account"),
    Column::text("symbol"),
    Column::text("side"),
    Column::text("margin_mode"),
    Column::text("mark"),
    Column::text("margin_balance"),
    Column::text("maintenance_margin"),
    Column::text("quantity"),
    Column::text("lost"),
    Column::text("fee"),
    Column::text("insurance_paid"),
    Column::text("socialised"),
    Column::text("uncovered"),
    Column::text("returned"),
];

/// Whether money came from outside, went there, or changed accounts.
pub(super) const fn is_transfer(kind: IncomeKind) -> bool {
    match kind {
        IncomeKind::Deposit | IncomeKind::Withdrawal | IncomeKind::Transfer => true,
        IncomeKind::RealisedProfit | IncomeKind::Commission | IncomeKind::Funding | IncomeKind::InsuranceClear => false,
    }
}

fn text(value: impl Display) -> Cell {
    Cell::Text(value.to_string())
}

fn accounts(world: &World) -> impl Iterator<Item = AccountId> {
    (0..).map(AccountId).take(world.state().accounts().len())
}

fn symbol(world: &World, market: MarketId) -> String {
    world.state().market(market).map_or_else(String::new, |market| market.listing().symbol.clone())
}

fn asset(world: &World, asset: AssetId) -> String {
    let books = world.state().assets().get(usize::from(asset.0));
    books.map_or_else(String::new, |books| books.asset().to_string())
}

pub(super) fn orders<E>(world: &World, mut write: impl FnMut(Vec<Cell>) -> Result<(), E>) -> Result<(), E> {
    for account in accounts(world) {
        for order in world.record().orders(account, None, &Window::ALL) {
            write(vec![
                Cell::from(order.created.ms()),
                Cell::from(order.updated.ms()),
                Cell::from(account.0),
                text(symbol(world, order.market())),
                Cell::from(order.order.0),
                text(OrderLabel::of(order)),
                text(order_type(order.original_type())),
                text(side(order.placed.side)),
                text(position_side(order.placed.position_side)),
                order.price.map_or(Cell::Empty, text),
                text(order.quantity),
                text(order.executed),
                text(order.executed_value),
                text(order_state(order.state())),
            ])?;
        }
    }
    Ok(())
}

pub(super) fn trades<E>(world: &World, mut write: impl FnMut(Vec<Cell>) -> Result<(), E>) -> Result<(), E> {
    for account in accounts(world) {
        for trade in world.record().all_user_trades(account, &Window::ALL) {
            write(vec![
                Cell::from(trade.time.ms()),
                Cell::from(account.0),
                text(symbol(world, trade.market)),
                Cell::from(trade.id.0),
                match trade.order {
                    TradeOrder::Placed(order) => text(order.0),
                    TradeOrder::Forced(number) => text(format_args!("forced-{number}")),
                },
                text(side(trade.side)),
                text(position_side(trade.position_side)),
                text(trade.price),
                text(trade.quantity),
                text(trade.value),
                text(format!("{:?}", trade.liquidity).to_lowercase()),
                text(trade.fee),
                text(trade.realised),
                text(asset(world, trade.asset)),
            ])?;
        }
    }
    Ok(())
}

pub(super) fn income<E>(
    world: &World,
    wanted: impl Fn(IncomeKind) -> bool,
    mut write: impl FnMut(Vec<Cell>) -> Result<(), E>,
) -> Result<(), E> {
    for account in accounts(world) {
        let incomes = world.record().incomes(account, None, None, &Window::ALL);
        for income in incomes.into_iter().filter(|income| wanted(income.kind)) {
            write(vec![
                Cell::from(income.time.ms()),
                Cell::from(account.0),
                Cell::from(income.id),
                income.market.map_or(Cell::Empty, |market| text(symbol(world, market))),
                text(format_args!("{:?}", income.kind)),
                text(income.amount),
                text(asset(world, income.asset)),
                income.trade.map_or(Cell::Empty, |trade| Cell::from(trade.0)),
            ])?;
        }
    }
    Ok(())
}

pub(super) fn funding<E>(world: &World, mut write: impl FnMut(Vec<Cell>) -> Result<(), E>) -> Result<(), E> {
    for market in world.state().markets() {
        for settled in world.record().funding_history(market.id(), &Window::ALL) {
            let symbol = &market.listing().symbol;
            write(vec![Cell::from(settled.time.ms()), text(symbol), text(settled.rate), text(settled.mark)])?;
        }
    }
    Ok(())
}

pub(super) fn liquidations<E>(world: &World, mut write: impl FnMut(Vec<Cell>) -> Result<(), E>) -> Result<(), E> {
    for account in accounts(world).map(Some).chain([None]) {
        for recorded in world.record().liquidations(account, &Window::ALL) {
            let (story, start) = (&recorded.story, &recorded.story.start);
            write(vec![
                Cell::from(recorded.time.ms()),
                account.map_or(Cell::Empty, |account| Cell::from(account.0)),
                text(symbol(world, start.market)),
                text(start.side),
                text(format!("{:?}", start.margin_mode).to_lowercase()),
                text(start.mark),
                text(start.margin_balance),
                text(start.maintenance_margin),
                text(start.position.quantity),
                text(story.lost),
                text(story.fee),
                text(story.insurance_paid),
                text(story.socialised),
                text(story.uncovered),
                text(story.returned),
            ])?;
        }
    }
    Ok(())
}
