//! Bytes on sockets, by hand: a generator that shares the machine with the server must be cheap.

pub mod http;
pub mod link;
pub mod stream;
pub mod websocket;
