//! A server on a port of its own, and a client that signs.
#![allow(dead_code, clippy::unwrap_used, reason = "each test uses a part; a test that cannot go on fails")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{SystemTime, UNIX_EPOCH};

use ringfence_server::boot::Setup;
use ringfence_server::edge::signature::sign;
use ringfence_server::exchange::SequencerSettings;
use ringfence_server::follower::SnapshotTerms;
use ringfence_server::server::{Reach, Server, ServerSettings, Throttle, launch};
use ringfence_server::start::Keeping;
use serde_json::Value;

/// A server in memory with the default markets.
pub(crate) fn server() -> Server {
    launch(&settings(Keeping::Memory)).unwrap()
}

pub(crate) fn settings(keeping: Keeping) -> ServerSettings {
    ServerSettings {
        setup: Setup::default(),
        keeping,
        listen: "127.0.0.1:0".parse().unwrap(),
        hosts: Vec::new(),
        reach: Reach::Loopback,
        throttle: Throttle::Off,
        sequencer: SequencerSettings::DEFAULT,
        snapshots: SnapshotTerms::DEFAULT,
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: String,
    pub(crate) json: Value,
}

fn now_ms() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()
}

/// One request on a connection of its own.
pub(crate) fn send(address: SocketAddr, method: &str, target: &str, key: Option<&str>) -> Answer {
    try_send(address, method, target, key).unwrap()
}

/// One request on a connection of its own; `None` when the connection ends without an answer.
pub(crate) fn try_send(address: SocketAddr, method: &str, target: &str, key: Option<&str>) -> Option<Answer> {
    let mut stream = TcpStream::connect(address).ok()?;
    let key = key.map_or_else(String::new, |key| format!("X-MBX-APIKEY: {key}\r\n"));
    write!(stream, "{method} {target} HTTP/1.1\r\nHost: {address}\r\n{key}Connection: close\r\nContent-Length: 0\r\n\r\n")
        .ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    let (headers, body) = text.split_once("\r\n\r\n")?;
    let status = headers.split(' ').nth(1).unwrap().parse().unwrap();
    Some(Answer { status, headers: headers.to_lowercase(), json: serde_json::from_str(body).unwrap_or(Value::Null) })
}

/// A signed request of a test account.
pub(crate) fn signed(address: SocketAddr, name: &str, what: (&str, &str), query: &str) -> Answer {
    try_signed(address, name, what, query).unwrap()
}

/// The same; `None` when the connection ends without an answer.
pub(crate) fn try_signed(address: SocketAddr, name: &str, (method, path): (&str, &str), query: &str) -> Option<Answer> {
    let separator = if query.is_empty() { "" } else { "&" };
    let query = format!("{query}{separator}timestamp={}", now_ms());
    let signature = sign(format!("test-{name}-secret").as_bytes(), query.as_bytes());
    try_send(address, method, &format!("{path}?{query}&signature={signature}"), Some(&format!("test-{name}")))
}
