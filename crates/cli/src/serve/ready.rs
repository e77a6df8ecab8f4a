//! The file that says that the server is ready: for test suites.

use std::io::Write;
use std::path::Path;

use ringfence_server::server::{Server, ServerSettings};
use serde_json::{Value, json};

/// Written whole and last: whoever finds it can use everything in it.
pub(super) fn write(path: &Path, settings: &ServerSettings, server: &Server) -> std::io::Result<()> {
    let address = server.address;
    let accounts: Vec<Value> = settings.setup.accounts.iter().map(account).collect();
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
    let temporary = path.with_extension("partial");
    let mut file = std::fs::File::create(&temporary)?;
    writeln!(file, "{ready:#}")?;
    file.sync_all()?;
    std::fs::rename(&temporary, path)
}

fn account(account: &ringfence_server::boot::AccountSetup) -> Value {
    let key = ringfence_server::users::test_key(&account.name);
    let balances = account.balances.iter().map(|(asset, amount)| (asset.to_string(), Value::from(amount.to_string())));
    json!({
        "name": account.name,
        "api_key": key,
        "secret": ringfence_server::users::test_secret(&key),
        "balances": balances.collect::<serde_json::Map<_, _>>(),
    })
}
