//! The deterministic machine of a perpetual-futures exchange. Nothing here knows sockets, clocks or files.
//!
//! So far it holds two of its parts: the order book and the index of liquidation triggers.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    clippy::disallowed_types
)]

pub mod book;
pub mod triggers;
