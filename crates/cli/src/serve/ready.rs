//! The file that says that the server is ready: for test suites.

use std::io::Write;
use std::path::{Path, PathBuf};

use ringfence_server::server::{Server, ServerSettings, Wallets};
use serde_json::{Value, json};

/// Whether it can be written, found out before the server starts; what is there stays.
pub(super) fn check(path: &Path) -> std::io::Result<()> {
    if path.is_dir() {
        return Err(std::io::Error::other("it is a directory"));
    }
    let temporary = partial(path);
    std::fs::File::create(&temporary)?;
    std::fs::remove_file(&temporary)
}

/// Why it cannot be written.
pub(super) fn refusal(path: &Path, error: &std::io::Error) -> String {
    format!("ready-file: {} cannot be written: {error}", path.display())
}

fn partial(path: &Path) -> PathBuf {
    path.with_extension("partial")
}

/// Written whole and last: whoever finds it can use everything in it.
pub(super) fn write(path: &Path, settings: &ServerSettings, (server, wallets): (&Server, &[Wallets])) -> std::io::Result<()> {
    let address = server.address;
    let accounts: Vec<Value> = wallets.iter().map(|wallets| account(wallets, server)).collect();
    let markets: Vec<&str> = settings.setup.markets.iter().map(|market| market.symbol.as_str()).collect();
    let ready = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "rest": format!("http://{address}"),
        "ws": format!("ws://{address}"),
        "page": format!("http://{address}"),
        "pid": std::process::id(),
        "accounts": accounts,
        "markets": markets,
    });
    let temporary = partial(path);
    let mut file = std::fs::File::create(&temporary)?;
    writeln!(file, "{ready:#}")?;
    file.sync_all()?;
    std::fs::rename(&temporary, path)
}

/// A test key that was revoked is not told.
fn account(account: &Wallets, server: &Server) -> Value {
    let key = Some(ringfence_server::users::test_key(&account.name)).filter(|key| server.app.keys.is_active(key));
    let balances = account.balances.iter().map(|(asset, amount)| (asset.to_string(), Value::from(amount.to_string())));
    json!({
        "name": account.name,
        "api_key": key,
        "secret": key.as_deref().map(ringfence_server::users::test_secret),
        "balances": balances.collect::<serde_json::Map<_, _>>(),
    })
}
