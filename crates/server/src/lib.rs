//! A perpetual-futures exchange over HTTP and WebSocket.

pub mod api;
pub mod boot;
pub mod docs;
pub mod edge;
pub mod exchange;
pub mod feed;
pub mod follower;
pub mod history;
pub mod local;
pub mod log;
pub mod metrics;
pub mod network;
pub mod page;
pub mod record;
pub mod server;
pub mod start;
pub mod stream;
pub mod terminal;
pub mod users;
