//! Everything a journal remembers, as tables: the read model, rebuilt from the log without bounds.
//!
//! The log is the one truth; these tables can be made again at any time, beside a running exchange, too.

mod cell;
mod rows;

use std::path::Path;

use ringfence_engine::engine::Engine;
use ringfence_engine::limits::Limits;
use ringfence_journal::{Reader, RecordKind};

pub use cell::{Cell, Column, ColumnKind};

use crate::exchange::World;
use crate::record::{LogLimits, Record, RecordLimits};
use crate::start::StartError;
use crate::users::Note;

/// What can be exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HistoryTable {
    /// Numbers of accounts and their names.
    Accounts,
    /// Orders, open and ended.
    Orders,
    /// Trades of every account, one row for each side.
    Trades,
    /// Money in and out of wallets: deposits, withdrawals, transfers, profit, commission, funding, liquidations.
    Income,
    /// Money from outside, to outside, and between accounts: a part of the income.
    Transfers,
    /// Funding settlements.
    Funding,
    /// Liquidations.
    Liquidations,
}

const EVERYTHING: LogLimits = LogLimits { account: usize::MAX, total: usize::MAX };

/// Nothing is left out: what the tables need is as large as the history.
const UNBOUNDED: RecordLimits = RecordLimits {
    orders: EVERYTHING,
    trades: EVERYTHING,
    incomes: EVERYTHING,
    liquidations: EVERYTHING,
    funding: usize::MAX,
    ..RecordLimits::DEFAULT
};

impl HistoryTable {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Accounts, Self::Orders, Self::Trades, Self::Income, Self::Transfers, Self::Funding, Self::Liquidations];

    /// Its name, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Orders => "orders",
            Self::Trades => "trades",
            Self::Income => "income",
            Self::Transfers => "transfers",
            Self::Funding => "funding",
            Self::Liquidations => "liquidations",
        }
    }

    /// Its columns. Times are milliseconds since 1970; prices, quantities and amounts are exact decimals as text.
    #[must_use]
    pub const fn columns(self) -> &'static [Column] {
        match self {
            Self::Accounts => rows::ACCOUNTS,
            Self::Orders => rows::ORDERS,
            Self::Trades => rows::TRADES,
            Self::Income | Self::Transfers => rows::INCOME,
            Self::Funding => rows::FUNDING,
            Self::Liquidations => rows::LIQUIDATIONS,
        }
    }
}

/// What a journal remembers.
pub struct History {
    world: World,
    names: Vec<(u32, String)>,
}

impl History {
    /// Executes the whole log again and compares every outcome.
    ///
    /// # Errors
    /// [`StartError`] where the journal cannot be read, or is not what was recorded.
    pub fn rebuild(directory: &Path) -> Result<Self, StartError> {
        let world = World::new(Engine::new(Limits::DEFAULT), Record::new(UNBOUNDED));
        let mut history = Self { world, names: Vec::new() };
        let mut events = Vec::new();
        for record in Reader::open(directory)?.records()? {
            let record = record?;
            match &record.kind {
                RecordKind::Command(command) => {
                    events.clear();
                    if history.world.step(command, &mut events).is_err() || history.world.hash() != record.outcome {
                        return Err(StartError::Diverged { index: record.index });
                    }
                }
                RecordKind::Note(note) => history.follow(record.index, note)?,
            }
        }
        Ok(history)
    }

    fn follow(&mut self, index: u64, note: &[u8]) -> Result<(), StartError> {
        let unreadable = |_| StartError::Unreadable { index, what: "a note about users" };
        match postcard::from_bytes(note).map_err(unreadable)? {
            Note::Named { account, name } => self.names.push((account, name)),
            Note::Key { .. } | Note::Revoked { .. } => {}
        }
        Ok(())
    }

    /// Gives each row of a table to `write`: accounts in their order, in an account the oldest row first.
    ///
    /// # Errors
    /// The first one of `write`; no row follows it.
    pub fn rows<E>(&self, table: HistoryTable, mut write: impl FnMut(Vec<Cell>) -> Result<(), E>) -> Result<(), E> {
        match table {
            HistoryTable::Accounts => {
                self.names.iter().try_for_each(|(account, name)| write(vec![Cell::from(*account), Cell::from(name.as_str())]))
            }
            HistoryTable::Orders => rows::orders(&self.world, write),
            HistoryTable::Trades => rows::trades(&self.world, write),
            HistoryTable::Income => rows::income(&self.world, |_| true, write),
            HistoryTable::Transfers => rows::income(&self.world, rows::is_transfer, write),
            HistoryTable::Funding => rows::funding(&self.world, write),
            HistoryTable::Liquidations => rows::liquidations(&self.world, write),
        }
    }
}
