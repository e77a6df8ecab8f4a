//! The exchange as one thread owns it.
//!
//! [`Sequencer`] runs on a thread of its own and is the only one that touches the engine, the journal and the read model: it takes what waits in
//! the queue, executes it, writes it down, waits for the disk, and only then answers. Nothing is visible outside before it is durable.
//!
//! Everybody else holds an [`Exchange`]: it asks for a command ([`Exchange::execute`]) or for a look ([`Exchange::read`]) and awaits the answer.
//! What an answer needs of the state is read at the very moment of the command, by the closure that comes with it: an order's answer shows that
//! order's state, whatever happens to it a microsecond later.
//!
//! | module | holds |
//! |---|---|
//! | [`clock`](Clock) | the time the exchange lives in: wall time, frozen, shifted or sped up |
//! | [`queue`](Lane) | bounded; cancels, closes and top-ups are never shed |
//! | [`world`](World) | engine and read model, and the one function that steps both |
//! | [`recorder`](Recorder) | the two on two threads, while a journal is executed again |
//! | [`sequencer`](Sequencer) | the loop |
//! | [`observer`](Observer) | who is told what happened |

mod clock;
mod handle;
mod job;
mod observer;
mod queue;
mod recorder;
mod sequencer;
mod world;

pub use clock::{Clock, ClockSetting};
pub use handle::{Answer, Exchange, Unavailable};
pub use observer::{Committed, Executed, Observer};
pub use queue::{Lane, QueueLimits};
pub use recorder::Recorder;
pub use sequencer::{Fatal, Sequencer, SequencerSettings};
pub use world::World;
