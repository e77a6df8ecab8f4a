//! Commands into events.

use ringfence_risk::plan::{LeveragePlan, MarginModePlan, MarginPlan};
use ringfence_risk::units::Notional;

use crate::book::{AccountId, Lots};
use crate::command::Command;
use crate::event::{Event, OrderEnd};
use crate::ids::{AssetId, MarketId, OrderId};
use crate::limits::Limits;
use crate::liquidation::Rankings;
use crate::reject::Reject;
use crate::state::{State, StateHash, broken};
use crate::wire::WireError;

/// What an accepted command answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Done.
    Done,
    /// The account that was opened.
    Account(AccountId),
    /// The asset that was listed.
    Asset(AssetId),
    /// The market that was listed.
    Market(MarketId),
    /// What became of an order.
    Order(OrderReply),
    /// What became of each order of a batch.
    Orders(Vec<Result<OrderReply, Reject>>),
    /// How many orders were cancelled.
    Cancelled(u32),
    /// What a leverage change did.
    Leverage(Box<LeveragePlan>),
    /// What moving margin did.
    Margin(Box<MarginPlan>),
    /// What switching the margin mode did, leg by leg.
    MarginMode(Vec<MarginModePlan>),
}

/// What became of an order at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderReply {
    /// Its number.
    pub order: OrderId,
    /// How much of it filled.
    pub executed: Lots,
    /// The value of what filled.
    pub value: Notional,
    /// Where it is now.
    pub fate: OrderFate,
}

/// Where an order is after the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderFate {
    /// In the book.
    Resting,
    /// Waiting for its trigger.
    Waiting,
    /// Gone.
    Ended(OrderEnd),
    /// The command was a repetition: the order was placed before under the same client order id, and nothing was done now.
    Repeated,
}

/// The exchange.
///
/// ```
/// use ringfence_engine::{command::Command, engine::{Engine, Reply}, limits::Limits};
/// let mut engine = Engine::new(Limits::DEFAULT);
/// let mut events = Vec::new();
/// let reply = engine.execute(&Command::OpenAccount, &mut events)?;
/// assert!(matches!(reply, Reply::Account(_)));
/// assert_eq!(events.len(), 1);
/// # Ok::<(), ringfence_engine::reject::Reject>(())
/// ```
#[derive(Clone, Debug)]
pub struct Engine {
    state: State,
}

/// A command on its way: the state, the events so far, and the rankings that they were deleveraged by.
pub(crate) struct Run<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) events: &'a mut Vec<Event>,
    pub(crate) rankings: Rankings,
}

impl<'a> Run<'a> {
    #[inline]
    const fn new(state: &'a mut State, events: &'a mut Vec<Event>) -> Self {
        Self { state, events, rankings: Rankings::NONE }
    }

    /// Something happened: the state follows, and the world is told. Inlined always: each caller names its event, so that one arm of
    /// [`State::apply`] is left there.
    #[inline(always)]
    pub(crate) fn emit(&mut self, event: Event) {
        self.state.apply(&event);
        self.events.push(event);
    }
}

impl Engine {
    /// An exchange in which nothing happened yet.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { state: State::new(limits) }
    }

    /// From a state, as a snapshot or a run of events made it.
    #[must_use]
    pub const fn with_state(state: State) -> Self {
        Self { state }
    }

    /// The state.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// The hash of the state: costs as much as what was touched since it was asked for last.
    #[inline]
    pub fn hash(&mut self) -> StateHash {
        self.state.hash()
    }

    /// Executes a command: appends what happened to `events`, in order.
    ///
    /// # Errors
    /// [`Reject`]: nothing was changed, and no event was appended.
    ///
    /// # Panics
    /// When an invariant is broken: money that appeared or vanished, a wallet below zero, longs that differ from shorts. Going on would be going
    /// on with wrong money.
    #[inline]
    pub fn execute(&mut self, command: &Command, events: &mut Vec<Event>) -> Result<Reply, Reject> {
        let before = events.len();
        let mut run = Run::new(&mut self.state, events);
        let outcome = run.handle(command);
        match &outcome {
            Ok(_) => run.finish(),
            Err(_) if run.events.len() != before => broken("a refused command that changed something"),
            Err(_) => {}
        }
        outcome
    }

    /// The whole state as bytes, in the crate's [encoding](crate::wire): equal states give equal bytes, whatever the way to them.
    ///
    /// ```
    /// use ringfence_engine::{command::Command, engine::Engine, limits::Limits};
    /// let mut engine = Engine::new(Limits::DEFAULT);
    /// engine.execute(&Command::OpenAccount, &mut Vec::new())?;
    /// let bytes = engine.snapshot();
    /// let mut again = Engine::restore(Limits::DEFAULT, &bytes)?;
    /// assert_eq!(again.hash(), engine.hash());
    /// assert!(Engine::restore(Limits::DEFAULT, &bytes[1..]).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn snapshot(&mut self) -> Vec<u8> {
        self.state.encode()
    }

    /// The exchange that wrote these bytes: it answers every later command as that one does. The limits may be others than then, as long as
    /// the state keeps them.
    ///
    /// # Errors
    /// [`WireError`] where the bytes are not those of a state, or it does not add up, or its hash is another.
    pub fn restore(limits: Limits, bytes: &[u8]) -> Result<Self, WireError> {
        let mut state = State::decode(limits, bytes)?;
        Run::new(&mut state, &mut Vec::new()).reindex();
        state.visited.clear();
        Ok(Self { state })
    }

    /// Applies events that another machine emitted for one command: the state is then the same.
    pub fn follow(&mut self, events: &[Event]) {
        for event in events {
            self.state.apply(event);
        }
        let mut more = Vec::new();
        Run::new(&mut self.state, &mut more).finish();
        if !more.is_empty() {
            broken("events that leave something to be done");
        }
    }
}

impl Run<'_> {
    /// Sets off what was triggered, brings the liquidation index up to date and looks for broken invariants.
    #[inline]
    fn finish(&mut self) {
        if self.state.leaves_something_to_do() {
            self.set_off_all();
            self.reindex();
            self.liquidate_visited();
        }
        if let Some(fault) = self.state.fault() {
            broken(fault);
        }
        self.state.visited.clear();
    }
}
