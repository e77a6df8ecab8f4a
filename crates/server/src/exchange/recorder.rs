//! The read model on a thread of its own, while an engine executes a journal again.
//!
//! The engine goes ahead: nobody asks the read model before recovery is over. What it needs beside the events it is told as [`Fact`]s.

use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

use ringfence_engine::command::Command;
use ringfence_engine::engine::Engine;
use ringfence_engine::event::Event;
use ringfence_engine::reject::Reject;
use ringfence_engine::state::StateHash;

use super::world::World;
use crate::record::{Fact, Facts, Record};

/// Events handed over at a time, about: what stays in a core's own cache.
const PORTION: usize = 1_024;
/// How many portions may wait.
const WAITING: usize = 8;

/// An engine, and on another thread its read model.
pub struct Recorder {
    engine: Engine,
    portion: Portion,
    to: SyncSender<Portion>,
    /// Portions that were recorded, to be used again.
    back: Receiver<Portion>,
    thread: JoinHandle<Record>,
}

/// What some commands did.
#[derive(Default)]
struct Portion {
    events: Vec<Event>,
    facts: Vec<Fact>,
    /// Where the events and facts of each command end.
    ends: Vec<(usize, usize)>,
}

impl Portion {
    fn clear(&mut self) {
        self.events.clear();
        self.facts.clear();
        self.ends.clear();
    }
}

impl Recorder {
    /// Takes a world apart.
    ///
    /// # Errors
    /// Where there is no thread.
    pub fn start(world: World) -> std::io::Result<Self> {
        let (engine, record) = world.into_parts();
        let facts = Facts::of(engine.state());
        let ((to, portions), (used, back)) = (sync_channel(WAITING), channel());
        let thread = std::thread::Builder::new().name("recorder".to_owned());
        let thread = thread.spawn(move || {
            let (mut record, mut facts) = (record, facts);
            for mut portion in portions {
                follow(&mut record, &mut facts, &mut portion);
                // At the end nobody needs them any more.
                let _ = used.send(portion);
            }
            record
        })?;
        Ok(Self { engine, portion: Portion::default(), to, back, thread })
    }

    /// Executes a command.
    ///
    /// # Errors
    /// [`Reject`]: nothing was changed.
    pub fn step(&mut self, command: &Command) -> Result<(), Reject> {
        let Self { engine, portion, .. } = self;
        let (first, before) = (portion.events.len(), engine.state().clock());
        engine.execute(command, &mut portion.events)?;
        Fact::told(engine.state(), before, portion.events.get(first..).unwrap_or(&[]), &mut portion.facts);
        portion.ends.push((portion.events.len(), portion.facts.len()));
        if portion.events.len() >= PORTION {
            self.hand_over();
        }
        Ok(())
    }

    /// The hash of the engine's state.
    pub fn hash(&mut self) -> StateHash {
        self.engine.hash()
    }

    /// Waits until everything is recorded, and puts the world together.
    #[must_use]
    pub fn finish(mut self) -> World {
        self.hand_over();
        let Self { engine, to, thread, .. } = self;
        drop(to);
        match thread.join() {
            Ok(record) => World::new(engine, record),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }

    fn hand_over(&mut self) {
        let next = self.back.try_recv().unwrap_or_default();
        // Nobody takes it where the other thread panicked, which the end finds.
        let _ = self.to.send(std::mem::replace(&mut self.portion, next));
    }
}

/// Records what some commands did.
fn follow(record: &mut Record, facts: &mut Facts, portion: &mut Portion) {
    let mut told = portion.facts.drain(..);
    let (mut first, mut first_fact) = (0, 0);
    for (end, end_of_facts) in &portion.ends {
        told.by_ref().take(end_of_facts - first_fact).for_each(|fact| facts.learn(fact));
        record.apply_apart(facts, portion.events.get(first..*end).unwrap_or(&[]));
        (first, first_fact) = (*end, *end_of_facts);
    }
    drop(told);
    portion.clear();
}
