//! How streams are written to sockets.
#![expect(clippy::unwrap_used, reason = "what a test relies on fails the test")]

mod http_support;
mod local_support;
mod stream_support;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use http_support::{server, signed};
use local_support::request;
use ringfence_server::stream::StreamSettings;
use stream_support::Socket;

const EVERY: Duration = Duration::from_millis(300);
const TRADES: u64 = 30;

/// Frames and writes so far.
fn written(at: SocketAddr) -> (u64, u64) {
    let text = request(at, ("GET", "/metrics"), &[], "").body;
    let value = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok()).unwrap();
    (value("ringfence_stream_frames_total "), value("ringfence_stream_writes_total "))
}

#[test]
fn frames_that_come_close_together_are_written_together() {
    let server = server();
    let at = server.address;
    server.app.hub.configure(StreamSettings { write_every: EVERY, ..StreamSettings::DEFAULT });
    let (mut socket, began) = (Socket::open(at, "/ws/btcusdt@trade"), Instant::now());
    for number in 0..TRADES {
        let order = format!("symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.001&newClientOrderId=n{number}");
        assert_eq!(signed(at, "alice", ("POST", "/fapi/v1/order"), &order).status, 200);
    }
    let numbers: Vec<u64> = (0..TRADES).map(|_| socket.event("trade")["t"].as_u64().unwrap()).collect();
    let most = u64::try_from(began.elapsed().as_millis() / EVERY.as_millis()).unwrap() + 2;
    let (frames, writes) = written(at);
    assert!(numbers.is_sorted_by(|one, next| one < next), "{numbers:?}");
    assert!(frames >= TRADES && writes <= most, "{frames} frames in {writes} writes, at most {most} in that time");
    server.run(async {}).unwrap();
}
