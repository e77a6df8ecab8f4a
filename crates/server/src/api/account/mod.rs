//! What an account may ask about itself, and the settings it may change.
//!
//! Every figure is the engine's or the record's: here they only get their names and digits. An asset belongs to the API whose markets settle in it.
//! The engine does not keep when a balance or a position changed last: `updateTime` is the exchange's present time, and zero for a position that is
//! flat and has no orders.

pub(crate) mod asked;
mod brackets;
mod change;
mod document;
mod endpoints;
mod found;
mod leg;
mod past;
mod risk;
mod settings;
mod trades;

pub(crate) use change::legs_to_set;

pub use endpoints::endpoints;
