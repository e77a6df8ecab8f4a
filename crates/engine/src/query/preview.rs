//! What a command would do.

use crate::command::Command;
use crate::engine::{Engine, Reply};
use crate::event::Event;
use crate::reject::Reject;

impl Engine {
    /// What a command would answer and what would happen if it were executed now: the same code path, because it is executed, on a copy.
    ///
    /// The copy costs as much as the whole state takes: about 1 MiB per market with the default window, 250 bytes per open order and 400 per
    /// participant. Whoever previews often keeps a second engine that [follows](Engine::follow) the first, or asks the pure plans of
    /// [`ringfence_risk::plan`] with the numbers of a [view](crate::query).
    ///
    /// # Errors
    /// [`Reject`] where the command would be refused.
    ///
    /// ```
    /// use ringfence_engine::{command::Command, engine::{Engine, Reply}, limits::Limits};
    /// let engine = Engine::new(Limits::DEFAULT);
    /// let (reply, events) = engine.preview(&Command::OpenAccount)?;
    /// assert!(matches!(reply, Reply::Account(_)) && events.len() == 1);
    /// assert!(engine.state().accounts().is_empty());
    /// # Ok::<(), ringfence_engine::reject::Reject>(())
    /// ```
    pub fn preview(&self, command: &Command) -> Result<(Reply, Vec<Event>), Reject> {
        let mut events = Vec::new();
        let reply = self.clone().execute(command, &mut events)?;
        Ok((reply, events))
    }
}
