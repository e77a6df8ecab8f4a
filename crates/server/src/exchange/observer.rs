//! Who is told what happened.

use std::time::Duration;

use ringfence_engine::command::Command;
use ringfence_engine::engine::Reply;
use ringfence_engine::event::Event;

use super::world::World;

/// A command that was executed.
#[derive(Clone, Copy, Debug)]
pub struct Executed<'a> {
    /// Its index in the journal.
    pub index: u64,
    /// The command.
    pub command: &'a Command,
    /// What it answered.
    pub reply: &'a Reply,
    /// What happened, in order.
    pub events: &'a [Event],
}

/// A batch that became durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed {
    /// How many records.
    pub records: u64,
    /// How long the disk took.
    pub took: Duration,
}

/// Told of every command on the sequencer's thread; must be quick, and never wait.
///
/// What an observer sees in [`Observer::executed`] is not durable yet: it may prepare, but it shows nothing to the outside before
/// [`Observer::durable`].
pub trait Observer: Send {
    /// A command was executed; `world` is as it left it.
    fn executed(&mut self, world: &World, executed: &Executed<'_>);

    /// Everything up to this index is durable now. The world is lent for emptying the read model's queues of changes.
    fn durable(&mut self, world: &mut World, index: u64);

    /// A batch was made durable.
    fn committed(&mut self, _batch: Committed) {}

    /// The state was replaced by an earlier one: whatever was remembered of later ones is void.
    fn reverted(&mut self, _world: &World) {}
}
