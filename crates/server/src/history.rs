//! Everything a journal remembers, as tables: the read model, rebuilt from the log without bounds.

use std::path::Path;

use ringfence_engine::book::AccountId;
use ringfence_engine::engine::Engine;
use ringfence_engine::limits::Limits;
use ringfence_journal::{Reader, RecordKind};

use crate::api::order::{OrderLabel, order_state, order_type, position_side, side};
use crate::exchange::World;
use crate::record::{LogLimits, Record, RecordLimits, TradeOrder, Window};
use crate::start::StartError;

/// What can be exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HistoryTable {
    /// Orders, open and ended.
    Orders,
    /// Trades of every account, one row for each side.
    Trades,
    /// Money in and out of wallets: deposits, withdrawals, transfers, profit, commission, funding, liquidations.
    Income,
    /// Funding settlements.
    Funding,
    /// Liquidations.
    Liquidations,
}

/// A table of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The names of its columns.
    pub columns: &'static [&'static str],
    /// Its rows.
    pub rows: Vec<Vec<String>>,
}

const EVERYTHING: LogLimits = LogLimits { account: usize::MAX, total: usize::MAX };

/// Nothing is left out: what the table needs is as large as the history.
const UNBOUNDED: RecordLimits = RecordLimits {
    orders: EVERYTHING,
    trades: EVERYTHING,
    incomes: EVERYTHING,
    liquidations: EVERYTHING,
    funding: usize::MAX,
    ..RecordLimits::DEFAULT
};

/// A table of a journal's history: executes the whole log again and compares every outcome.
///
/// # Errors
/// [`StartError`] where the journal cannot be read, or is not what was recorded.
pub fn export(directory: &Path, table: HistoryTable) -> Result<Exported, StartError> {
    let mut world = World::new(Engine::new(Limits::DEFAULT), Record::new(UNBOUNDED));
    let mut events = Vec::new();
    for record in Reader::open(directory)?.records()? {
        let record = record?;
        let RecordKind::Command(command) = &record.kind else { continue };
        events.clear();
        if world.step(command, &mut events).is_err() || world.hash() != record.outcome {
            return Err(StartError::Diverged { index: record.index });
        }
    }
    Ok(match table {
        HistoryTable::Orders => orders(&world),
        HistoryTable::Trades => trades(&world),
        HistoryTable::Income => income(&world),
        HistoryTable::Funding => funding(&world),
        HistoryTable::Liquidations => liquidations(&world),
    })
}

fn accounts(world: &World) -> impl Iterator<Item = AccountId> {
    (0..).map(AccountId).take(world.state().accounts().len())
}

fn symbol(world: &World, market: ringfence_engine::ids::MarketId) -> String {
    world.state().market(market).map_or_else(String::new, |market| market.listing().symbol.clone())
}

fn asset(world: &World, asset: ringfence_engine::ids::AssetId) -> String {
    let books = world.state().assets().get(usize::from(asset.0));
    books.map_or_else(String::new, |books| books.asset().to_string())
}

fn orders(world: &World) -> Exported {
    let columns = &[
        "time",
        "updated",
        "account",
        "symbol",
        "order",
        "client_order_id",
        "type",
        "side",
        "position_side",
        "price",
        "quantity",
        "executed",
        "executed_value",
        "status",
    ];
    let mut rows = Vec::new();
    for account in accounts(world) {
        for order in world.record().orders(account, None, &Window::ALL) {
            rows.push(vec![
                order.created.ms().to_string(),
                order.updated.ms().to_string(),
                account.0.to_string(),
                symbol(world, order.market()),
                order.order.to_string(),
                OrderLabel::of(order).to_string(),
                order_type(order.original_type()).to_owned(),
                side(order.placed.side).to_owned(),
                position_side(order.placed.position_side).to_owned(),
                order.price.map_or_else(String::new, |price| price.to_string()),
                order.quantity.to_string(),
                order.executed.to_string(),
                order.executed_value.to_string(),
                order_state(order.state()).to_owned(),
            ]);
        }
    }
    Exported { columns, rows }
}

fn trades(world: &World) -> Exported {
    let columns = &[
        "time",
        "account",
        "symbol",
        "trade",
        "order",
        "side",
        "position_side",
        "price",
        "quantity",
        "value",
        "liquidity",
        "fee",
        "realised",
        "asset",
    ];
    let mut rows = Vec::new();
    for account in accounts(world) {
        for trade in world.record().all_user_trades(account, &Window::ALL) {
            rows.push(vec![
                trade.time.ms().to_string(),
                account.0.to_string(),
                symbol(world, trade.market),
                trade.id.0.to_string(),
                match trade.order {
                    TradeOrder::Placed(order) => order.to_string(),
                    TradeOrder::Forced(number) => format!("forced-{number}"),
                },
                side(trade.side).to_owned(),
                position_side(trade.position_side).to_owned(),
                trade.price.to_string(),
                trade.quantity.to_string(),
                trade.value.to_string(),
                format!("{:?}", trade.liquidity).to_lowercase(),
                trade.fee.to_string(),
                trade.realised.to_string(),
                asset(world, trade.asset),
            ]);
        }
    }
    Exported { columns, rows }
}

fn income(world: &World) -> Exported {
    let columns = &["time", "account", "number", "symbol", "kind", "amount", "asset", "trade"];
    let mut rows = Vec::new();
    for account in accounts(world) {
        for income in world.record().incomes(account, None, None, &Window::ALL) {
            rows.push(vec![
                income.time.ms().to_string(),
                account.0.to_string(),
                income.id.to_string(),
                income.market.map_or_else(String::new, |market| symbol(world, market)),
                format!("{:?}", income.kind),
                income.amount.to_string(),
                asset(world, income.asset),
                income.trade.map_or_else(String::new, |trade| trade.0.to_string()),
            ]);
        }
    }
    Exported { columns, rows }
}

fn funding(world: &World) -> Exported {
    let columns = &["time", "symbol", "rate", "mark"];
    let mut rows = Vec::new();
    for market in world.state().markets() {
        for settled in world.record().funding_history(market.id(), &Window::ALL) {
            let symbol = market.listing().symbol.clone();
            rows.push(vec![settled.time.ms().to_string(), symbol, settled.rate.to_string(), settled.mark.to_string()]);
        }
    }
    Exported { columns, rows }
}

fn liquidations(world: &World) -> Exported {
    let columns = &[
        "time",
        "account",
        "symbol",
        "side",
        "margin_mode",
        "mark",
        "margin_balance",
        "maintenance_margin",
        "quantity",
        "lost",
        "fee",
        "insurance_paid",
        "socialised",
        "uncovered",
        "returned",
    ];
    let mut rows = Vec::new();
    for account in accounts(world).map(Some).chain([None]) {
        for recorded in world.record().liquidations(account, &Window::ALL) {
            let (story, start) = (&recorded.story, &recorded.story.start);
            rows.push(vec![
                recorded.time.ms().to_string(),
                account.map_or_else(|| "insurance".to_owned(), |account| account.0.to_string()),
                symbol(world, start.market),
                start.side.to_string(),
                format!("{:?}", start.margin_mode).to_lowercase(),
                start.mark.to_string(),
                start.margin_balance.to_string(),
                start.maintenance_margin.to_string(),
                start.position.quantity.to_string(),
                story.lost.to_string(),
                story.fee.to_string(),
                story.insurance_paid.to_string(),
                story.socialised.to_string(),
                story.uncovered.to_string(),
                story.returned.to_string(),
            ]);
        }
    }
    Exported { columns, rows }
}
