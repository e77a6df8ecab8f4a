//! Engine and read model, stepped together.

use ringfence_engine::command::Command;
use ringfence_engine::engine::{Engine, Reply};
use ringfence_engine::event::Event;
use ringfence_engine::ids::MarketId;
use ringfence_engine::reject::Reject;
use ringfence_engine::state::{State, StateHash};

use crate::record::{BookChanges, Record};

/// Everything an answer may be made of: what the exchange knows now, and what it remembers.
#[derive(Clone)]
pub struct World {
    engine: Engine,
    record: Record,
}

impl World {
    /// Of an engine and its read model.
    #[must_use]
    pub const fn new(engine: Engine, record: Record) -> Self {
        Self { engine, record }
    }

    /// The engine and its read model.
    #[must_use]
    pub fn into_parts(self) -> (Engine, Record) {
        (self.engine, self.record)
    }

    /// What the exchange knows now.
    #[must_use]
    pub const fn state(&self) -> &State {
        self.engine.state()
    }

    /// The engine, for previews.
    #[must_use]
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// What it remembers: orders that ended, trades, income, candles.
    #[must_use]
    pub const fn record(&self) -> &Record {
        &self.record
    }

    /// The read model, for those who empty its queues.
    pub const fn record_mut(&mut self) -> &mut Record {
        &mut self.record
    }

    /// Takes what changed in a market's book since it was asked for last: [`Record::take_book_changes`] with the present state.
    pub fn take_book_changes(&mut self, market: MarketId) -> Option<BookChanges> {
        self.record.take_book_changes(self.engine.state(), market)
    }

    /// The hash of the engine's state.
    pub fn hash(&mut self) -> StateHash {
        self.engine.hash()
    }

    /// Executes a command: appends what happened to `events`. Only this and, in recovery, [`Recorder`](super::Recorder) move the world.
    ///
    /// # Errors
    /// [`Reject`]: nothing was changed.
    pub fn step(&mut self, command: &Command, events: &mut Vec<Event>) -> Result<Reply, Reject> {
        let first = events.len();
        let reply = self.engine.execute(command, events)?;
        self.record.apply(self.engine.state(), command, events.get(first..).unwrap_or(&[]));
        Ok(reply)
    }

    /// The engine's state as bytes.
    #[must_use]
    pub fn engine_snapshot(&mut self) -> Vec<u8> {
        self.engine.snapshot()
    }
}
