//! The deterministic machine of a perpetual-futures exchange. Nothing here knows sockets, clocks or files.
//!
//! [`Engine::execute`](engine::Engine::execute) takes a [`Command`](command::Command) and either refuses it, changing nothing, or says in
//! [`Event`](event::Event)s what happened. [`State::apply`](state::State::apply) is the one function that changes the state, event by event.
//!
//! Read in this order:
//!
//! | module | holds |
//! |---|---|
//! | [`ids`], [`time`], [`limits`] | what things are named by, and how many there may be |
//! | [`command`], [`reject`], [`event`] | what can be asked, why it is refused, what happens |
//! | [`state`] | everything the exchange knows, its hash and its audit |
//! | [`engine`] | commands into events |
//! | [`query`] | what a server shows |
//! | [`book`], [`triggers`], [`conditional`], [`client_ids`], [`feed`] | the structures it is made of |
//! | [`wire`] | the canonical encoding |
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    clippy::disallowed_types
)]

pub mod book;
pub mod client_ids;
pub mod command;
pub mod conditional;
pub mod engine;
pub mod event;
pub mod feed;
mod handle;
pub mod ids;
pub mod limits;
mod liquidation;
pub mod query;
pub mod reject;
pub mod state;
pub mod time;
pub mod triggers;
pub mod wire;
