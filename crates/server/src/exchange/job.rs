//! One request on its way through the sequencer.

use ringfence_engine::command::Command;
use ringfence_engine::engine::Reply;
use ringfence_engine::event::Event;
use ringfence_engine::reject::Reject;
use tokio::sync::oneshot;

use super::handle::{Answer, Unavailable};
use super::queue::Lane;
use super::sequencer::Sequencer;
use super::world::World;

/// What can wait in the queue.
pub(crate) enum Work {
    /// A command, made and answered by a job.
    Execute(Lane, Box<dyn Job>),
    /// A look at the state.
    Read(Box<dyn FnOnce(&World) + Send>),
    /// Something done to the sequencer itself.
    Control(Box<dyn FnOnce(&mut Sequencer) + Send>),
}

/// Makes a command, hears what became of it, and answers once it is durable.
pub(crate) trait Job: Send {
    /// The command to execute; `None` when the job has its answer already.
    fn prepare(&mut self, world: &World) -> Option<Command>;
    /// What became of it: nothing is durable yet.
    fn finish(&mut self, world: &World, command: &Command, outcome: Result<&Reply, &Reject>, events: &[Event]);
    /// Answers; the index is that of the record that made the command durable, where one was written.
    fn release(self: Box<Self>, index: Option<u64>);
    /// Answers that nothing was done.
    fn refuse(self: Box<Self>, why: Unavailable);
}

/// A job of two closures.
pub(crate) struct Ask<T, P, F> {
    pub(crate) prepare: Option<P>,
    pub(crate) finish: Option<F>,
    pub(crate) value: Option<T>,
    pub(crate) to: oneshot::Sender<Result<Answer<T>, Unavailable>>,
}

impl<T, P, F> Job for Ask<T, P, F>
where
    T: Send,
    P: FnOnce(&World) -> Result<Command, T> + Send,
    F: FnOnce(&World, &Command, Result<&Reply, &Reject>, &[Event]) -> T + Send,
{
    fn prepare(&mut self, world: &World) -> Option<Command> {
        match self.prepare.take()?(world) {
            Ok(command) => Some(command),
            Err(value) => {
                self.value = Some(value);
                None
            }
        }
    }

    fn finish(&mut self, world: &World, command: &Command, outcome: Result<&Reply, &Reject>, events: &[Event]) {
        self.value = self.finish.take().map(|finish| finish(world, command, outcome, events));
    }

    fn release(self: Box<Self>, index: Option<u64>) {
        // Whoever asked may be gone: then nobody wants the answer.
        let answer = self.value.map(|value| Answer { value, index }).ok_or(Unavailable::Stopping);
        drop(self.to.send(answer));
    }

    fn refuse(self: Box<Self>, why: Unavailable) {
        drop(self.to.send(Err(why)));
    }
}
