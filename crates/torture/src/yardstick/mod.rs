//! The yardstick: what the framework, the signature and the disk cost without an exchange.
//!
//! It is a bare web server that checks each signature, appends the request to a file, makes it durable together with those
//! that came at the same time, and answers with the shape of an order. It trades nothing and keeps nothing: it stands beside a
//! measurement so that the exchange's own share of the cost is seen.

mod commit;
mod fan;
mod rest;

use std::collections::HashMap;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::serve::ListenerExt;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::broadcast;

use crate::error::Failure;
use crate::sign::Signer;
use commit::Committer;

/// Stream messages a subscriber may be behind before it is cut off.
const STREAM_BACKLOG: usize = 65_536;

/// How a yardstick runs.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub struct Settings {
    /// Where it listens
    #[arg(long, default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// A file that says where it listens, written when it can be used
    #[arg(long)]
    pub ready_file: Option<PathBuf>,
    /// Where it makes requests durable; without it nothing is
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// How many accounts it knows
    #[arg(long, default_value_t = 1)]
    pub accounts: usize,
}

/// What every request meets.
#[derive(Debug)]
struct Yard {
    signers: HashMap<String, Signer>,
    committer: Committer,
    stream: broadcast::Sender<Arc<Value>>,
}

/// Serves until it is killed.
///
/// # Errors
/// When the address or the data directory cannot be used.
pub fn serve(settings: &Settings) -> Result<(), Failure> {
    let committer = Committer::start(settings.data.as_deref())?;
    let keys: Vec<(String, String)> = (1..=settings.accounts).map(|n| (format!("key-{n}"), format!("secret-{n}"))).collect();
    let signers = keys.iter().map(|(key, secret)| (key.clone(), Signer::new(secret.as_bytes()))).collect();
    let yard = Arc::new(Yard { signers, committer, stream: broadcast::channel(STREAM_BACKLOG).0 });
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::io("threads"))?;
    runtime.block_on(async {
        let listener = TcpListener::bind(settings.listen).await.map_err(Failure::io(settings.listen.to_string()))?;
        let address = listener.local_addr().map_err(Failure::io("the listener"))?;
        announce(settings, address, &keys)?;
        let listener = listener.tap_io(|socket| {
            let _ = socket.set_nodelay(true);
        });
        axum::serve(listener, rest::routes(yard)).await.map_err(Failure::io("serving"))
    })
}

fn announce(settings: &Settings, address: SocketAddr, keys: &[(String, String)]) -> Result<(), Failure> {
    if settings.data.is_some() {
        let mut out = std::io::stdout();
        writeln!(out, "READY {address} index=0 hash=0").and_then(|()| out.flush()).map_err(Failure::io("stdout"))?;
    }
    let accounts: Vec<_> = keys.iter().map(|(key, secret)| json!({"name": key, "api_key": key, "secret": secret})).collect();
    let ready = json!({"rest": format!("http://{address}"), "pid": std::process::id(), "accounts": accounts});
    let Some(path) = &settings.ready_file else { return Ok(()) };
    std::fs::write(path, ready.to_string()).map_err(Failure::file(path))
}
