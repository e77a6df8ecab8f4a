//! What a person sees first.

use core::fmt::Write;

use ringfence_risk::units::MarkPrice;
use ringfence_server::boot::Symbol;
use ringfence_server::feed::SourceSetup;
use ringfence_server::server::{Server, ServerSettings, Wallets};
use ringfence_server::users::{test_key, test_secret};

use crate::config::{Rules, ServeOptions};

/// Accounts shown; the ready file has them all.
const SHOWN: usize = 6;

pub(super) fn banner(options: &ServeOptions, settings: &ServerSettings, running: (&Server, &[Wallets])) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write_banner(&mut text, options, settings, running);
    text
}

fn write_banner(
    text: &mut String,
    options: &ServeOptions,
    settings: &ServerSettings,
    (server, wallets): (&Server, &[Wallets]),
) -> core::fmt::Result {
    let address = server.address;
    let keeping = match &options.data {
        None => "in memory (keep it with --data DIR)".to_owned(),
        Some(directory) => format!("in {}", directory.display()),
    };
    writeln!(text, "ringfence {} · a perpetual-futures exchange on this machine · {keeping}\n", env!("CARGO_PKG_VERSION"))?;
    writeln!(text, "  page        http://{address}")?;
    writeln!(text, "  REST        http://{address}/fapi   /dapi        API reference  http://{address}/docs")?;
    writeln!(text, "  WebSocket   ws://{address}/ws   /stream")?;
    let rules = match options.rules {
        Rules::Ringfence => "ringfence   (its own; --rules binance for the venue's)",
        Rules::Binance => "binance   (the venue's; --rules ringfence for its own)",
    };
    writeln!(text, "  rules       {rules}\n")?;
    write_markets(text, settings, server)?;
    write_accounts(text, settings, (server, wallets))?;
    let first = wallets.first().map_or("alice", |account| account.name.as_str());
    let market = settings.setup.markets.first().map_or("BTCUSDT", |market| market.symbol.as_str());
    writeln!(text, "\n  Try      ringfence order {first} buy 0.1 {market} --leverage 20 --isolated")?;
    writeln!(text, "  Clients  ringfence client ccxt | python-binance | nautilus | freqtrade     (prints the lines to paste)")?;
    writeln!(text, "  Tests    ringfence --listen 127.0.0.1:0 --ready-file ready.json\n")
}

fn write_markets(text: &mut String, settings: &ServerSettings, server: &Server) -> core::fmt::Result {
    let mark_of = |mark: Option<MarkPrice>| mark.map_or_else(|| "-".to_owned(), |mark| mark.to_string());
    let listed = || settings.setup.markets.iter().filter_map(|setup| Some((setup, server.app.catalog.find(&setup.symbol)?)));
    // Marks of a directory that goes on have all their decimals.
    let marks = listed().map(|(_, symbol)| mark_of(server.market(symbol).0).len());
    let wide = marks.fold(12, usize::max);
    writeln!(text, "  {:<13} {:>wide$}   {:>12}   {:<10}   PRICES FROM", "MARKET", "MARK", "MAX LEVERAGE", "FUNDING IN")?;
    for (setup, symbol) in listed() {
        let (mark, funding) = server.market(symbol);
        let prices = match &setup.source {
            SourceSetup::Walk(_) => format!("random walk, seed {}", setup.seed),
            SourceSetup::Recorded { path, speed } => format!("{} at {speed} × its speed", path.display()),
            SourceSetup::Fixed => "you (fixed until you set another)".to_owned(),
        };
        let mark = mark_of(mark);
        let funding = funding.map_or_else(|| "-".to_owned(), clock);
        writeln!(text, "  {:<13} {mark:>wide$}   {:>12}   {funding:<10}   {prices}", symbol.symbol, leverage(symbol))?;
    }
    writeln!(text)
}

fn leverage(symbol: &Symbol) -> String {
    format!("{}×", symbol.max_leverage)
}

/// Milliseconds as hours, minutes and seconds.
fn clock(ms: u64) -> String {
    let seconds = ms / 1_000;
    format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

fn write_accounts(text: &mut String, settings: &ServerSettings, (server, wallets): (&Server, &[Wallets])) -> core::fmt::Result {
    let balances_of = |account: &Wallets| {
        let balances: Vec<String> = account.balances.iter().map(|(asset, amount)| format!("{amount} {asset}")).collect();
        balances.join(" · ")
    };
    let wide = wallets.iter().take(SHOWN).map(|account| balances_of(account).chars().count()).fold(32, usize::max);
    writeln!(text, "  {:<9} {:<wide$} {:<16} SECRET", "ACCOUNT", "BALANCE", "API KEY")?;
    for account in wallets.iter().take(SHOWN) {
        let key = Some(test_key(&account.name)).filter(|key| server.app.keys.is_active(key));
        let (key, secret) = key.map_or_else(|| ("(revoked)".to_owned(), String::new()), |key| (key.clone(), test_secret(&key)));
        writeln!(text, "  {:<9} {:<wide$} {key:<16} {secret}", account.name, balances_of(account))?;
    }
    if let Some(more) = wallets.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        writeln!(text, "  … and {more} more, named alike")?;
    }
    if settings.setup.markets.iter().any(|market| market.maker.is_some()) {
        writeln!(text, "  maker     (quotes both sides so that orders fill)")?;
    }
    Ok(())
}
