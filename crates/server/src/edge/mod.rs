//! Where bytes from outside become requests that may be believed, before anything that knows the exchange sees them.
//!
//! A request passes these parts in this order; each refuses with an [`error::ApiError`]:
//!
//! 1. [`listener`]: sizes, times and numbers of connections. The handler receives a whole body and the peer's address.
//! 2. [`guard`]: the request is meant for this server (`Host`) and no foreign web page sent it (`Origin`).
//! 3. [`limits`]: request weight per address, orders per account.
//! 4. [`authenticate`]: who sent it, by [`keys`], [`signature`], [`window`] and [`replay`], over the bytes of [`raw`].
//! 5. [`parameters`]: what it asks for, typed.
//!
//! Errors of every part and the engine's own refusals become answers in [`error`]. Nothing here reads a clock: the present
//! time is an argument. Only [`listener`] waits, and does so by tokio's timers.

pub mod authenticate;
pub mod error;
pub mod guard;
pub mod keys;
pub mod limits;
pub mod listener;
pub mod parameters;
pub mod percent;
pub mod raw;
pub mod replay;
pub mod scopes;
pub mod secret;
pub mod signature;
pub mod window;
