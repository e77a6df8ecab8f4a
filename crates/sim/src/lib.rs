//! Deterministic simulation: random exchanges with adversarial actors, and the laws that hold after every command.
//!
//! A seed names a world for ever: its markets, its accounts, and every command that is asked of it. Whatever is asked, no [law](violation::Law)
//! may break; what breaks one is cut down to a few commands that do it again.
//!
//! ```
//! use ringfence_sim::{checker::Options, world::live};
//! let (first, again) = (live(7, 50, Options::DEFAULT), live(7, 50, Options::DEFAULT));
//! assert_eq!(first.commands, again.commands);
//! ```

pub mod campaign;
pub mod checker;
pub mod generate;
pub mod genesis;
pub mod listing;
mod others;
pub mod random;
pub mod shadow;
pub mod shrink;
pub mod sometimes;
pub mod violation;
mod wallet;
pub mod world;
