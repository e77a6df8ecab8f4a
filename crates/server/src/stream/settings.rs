//! What a connection may do, and how it is kept alive.

use std::time::Duration;

/// The limits of a WebSocket connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamSettings {
    /// How often the server sends a ping.
    pub ping_every: Duration,
    /// After how long without a pong, or anything else, the connection is closed.
    pub silence: Duration,
    /// Bytes of a client's message; a greater one closes the connection with code 1009.
    pub message_bytes: usize,
    /// Bytes that may wait to be sent; more close the connection.
    pub backlog_bytes: usize,
    /// Streams of one connection.
    pub streams: usize,
    /// Control messages a second, pings and pongs among them; more close the connection with code 1008.
    pub controls_per_second: u32,
    /// How many control messages may come at once: clients subscribe in bursts when they start. It fills up again at the rate above.
    pub controls_at_once: u32,
    /// Requests of the WebSocket API under way on one connection; beyond it no more are read.
    pub requests_under_way: usize,
    /// How long a part of the backlog may take to be written.
    pub write_time: Duration,
    /// Least time between two writes of market streams to one connection: what comes meanwhile is written together, for a write
    /// costs as much as many frames. The first frame after a pause goes at once, and so do answers and events of an account.
    pub write_every: Duration,
}

impl StreamSettings {
    /// Binance's limits where it publishes them, and 1 MiB of backlog.
    pub const DEFAULT: Self = Self {
        ping_every: Duration::from_secs(180),
        silence: Duration::from_secs(600),
        message_bytes: 64 * 1024,
        backlog_bytes: 1024 * 1024,
        streams: 1024,
        controls_per_second: 10,
        controls_at_once: 50,
        requests_under_way: 64,
        write_time: Duration::from_secs(8),
        write_every: Duration::from_millis(10),
    };
}

impl Default for StreamSettings {
    fn default() -> Self {
        Self::DEFAULT
    }
}
