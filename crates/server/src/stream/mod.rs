//! Streams over WebSocket: of markets, of an account, and the WebSocket API.
//!
//! A [`Publisher`] is told of every command on the sequencer's thread. What a command did is remembered there and shown to nobody before it is
//! durable; then every stream somebody follows is written down once and handed to the [`Outbox`] of each connection that follows it. A connection
//! writes what waits in its outbox in one go: market streams at most every few milliseconds, what somebody waits for at once. One that reads too
//! slowly is closed, and the others do not notice.
//!
//! | module | holds |
//! |---|---|
//! | `topic` | the streams by name |
//! | `hub`, `outbox` | who follows what, and what waits to be sent |
//! | `listen`, `endpoints` | keys of user data streams, and the calls that give them |
//! | `publisher`, `cadence` | when what is published |
//! | `market` | what is told of markets |
//! | `user` | what is told of accounts |
//! | `route`, `socket`, `control` | connections, and what their clients may say |
//! | `session`, `under_way`, `request` | the WebSocket API |
//!
//! What differs from Binance: a name that no stream has is refused instead of followed in silence; a connection may live for more than a day;
//! `!…@arr` streams hold the markets of both APIs.

mod cadence;
mod control;
mod endpoints;
mod figures;
mod hub;
mod listen;
mod market;
mod outbox;
mod publisher;
mod request;
mod route;
mod session;
mod settings;
mod socket;
mod topic;
mod under_way;
mod user;

pub use endpoints::endpoints;
pub use hub::Hub;
pub use listen::{ListenKey, ListenKeys};
pub use outbox::Outbox;
pub use publisher::Publisher;
pub use route::{RateLimitRows, Route, Wish, route};
pub use settings::StreamSettings;
pub use socket::upgrade;
pub use topic::{Levels, MarkPace, Speed, Topic};
