//! What a value may be: one reader per kind, each of which says what is allowed.

use std::net::SocketAddr;
use std::path::PathBuf;

use ringfence_risk::units::{Amount, Price};

/// The kind of a key's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Address and port.
    Address,
    /// A file or directory, relative to the working directory.
    Path,
    /// A whole number in a range, its ends included.
    Whole { least: u64, greatest: u64 },
    /// One of these words.
    Choice(&'static [&'static str]),
    /// On or off.
    Switch,
    /// `http://HOST[:PORT]`.
    Url,
    /// Any words without control characters.
    Text,
    /// A list of accounts.
    Accounts,
    /// A list of markets.
    Markets,
}

impl Kind {
    /// Whether a source may give several values.
    pub(crate) fn is_list(self) -> bool {
        matches!(self, Self::Accounts | Self::Markets)
    }

    /// Checks one value (one item of a list).
    ///
    /// # Errors
    /// What is allowed, to be read after the key's name: `must be …`.
    pub(crate) fn check(self, text: &str) -> Result<(), String> {
        match self {
            Self::Address => address(text).map(drop),
            Self::Path => path(text).map(drop),
            Self::Whole { least, greatest } => whole(text, least, greatest).map(drop),
            Self::Choice(words) => choice(text, words).map(drop),
            Self::Switch => switch(text).map(drop),
            Self::Url => url(text).map(drop),
            Self::Text => words(text).map(drop),
            Self::Accounts => account(text).map(drop),
            Self::Markets => market(text).map(drop),
        }
    }
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Switch {
    On,
    Off,
}

/// An account the server begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamedAccount {
    pub(crate) name: String,
    /// What it begins with; none: the server's usual amount.
    pub(crate) balance: Option<Amount>,
}

/// A market the server opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MarketChoice {
    pub(crate) symbol: String,
    pub(crate) prices: PriceSource,
}

/// Where a market's prices come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PriceSource {
    /// A random walk from the seed.
    Walk,
    /// Recorded prices.
    Replay(PathBuf),
    /// One price until somebody sets another.
    Fixed(Price),
}

pub(crate) fn address(text: &str) -> Result<SocketAddr, String> {
    let numeric = text.strip_prefix("localhost:").map_or_else(|| text.to_owned(), |port| format!("127.0.0.1:{port}"));
    numeric.parse().map_err(|_| "must be an address and a port like 127.0.0.1:8600".to_owned())
}

pub(crate) fn path(text: &str) -> Result<PathBuf, String> {
    if text.is_empty() { Err("must be a path".to_owned()) } else { Ok(PathBuf::from(text)) }
}

pub(crate) fn whole(text: &str, least: u64, greatest: u64) -> Result<u64, String> {
    let number = text.parse::<u64>().ok().filter(|number| (least..=greatest).contains(number));
    number.ok_or_else(|| format!("must be a whole number from {least} to {greatest}"))
}

pub(crate) fn choice(text: &str, words: &'static [&'static str]) -> Result<&'static str, String> {
    let found = words.iter().find(|word| **word == text);
    found.copied().ok_or_else(|| format!("must be {}", words.join(" or ")))
}

pub(crate) fn switch(text: &str) -> Result<Switch, String> {
    match text {
        "on" | "true" => Ok(Switch::On),
        "off" | "false" => Ok(Switch::Off),
        _ => Err("must be on or off".to_owned()),
    }
}

/// The base address, without a slash at its end.
pub(crate) fn url(text: &str) -> Result<String, String> {
    if text.starts_with("https://") {
        return Err("must begin with http:// (the commands speak no TLS)".to_owned());
    }
    let base = text.trim_end_matches('/');
    let host = base.strip_prefix("http://").unwrap_or_default();
    let plain = !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || c.is_control() || "?#@\"'\\".contains(c));
    if plain { Ok(base.to_owned()) } else { Err("must be a URL like http://127.0.0.1:8600".to_owned()) }
}

pub(crate) fn words(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_graphic() && !"\"'\\".contains(c);
    let fits = !text.is_empty() && text.len() <= 512 && text.chars().all(plain);
    if fits {
        Ok(text.to_owned())
    } else {
        Err("must be 1 to 512 letters, digits or signs, without blanks, quotes and backslashes".to_owned())
    }
}

/// The name of an account.
pub(crate) fn account_name(text: &str) -> Result<String, String> {
    let fits = (1..=32).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if fits { Ok(text.to_owned()) } else { Err("must be 1 to 32 letters, digits, - or _".to_owned()) }
}

/// A symbol, in upper case.
pub(crate) fn symbol(text: &str) -> Result<String, String> {
    let fits = (1..=32).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if fits { Ok(text.to_uppercase()) } else { Err("must be a symbol like BTCUSDT or BTCUSD_PERP".to_owned()) }
}

pub(crate) fn account(text: &str) -> Result<NamedAccount, String> {
    let (name, balance) = text.split_once('=').map_or((text, None), |(name, balance)| (name, Some(balance)));
    if !ringfence_server::users::is_name(name) {
        return Err("must be NAME or NAME=BALANCE, the name of 1 to 32 lower-case letters, digits, - or _".to_owned());
    }
    if name == "maker" {
        return Err("must not be 'maker', which is the market maker's own account".to_owned());
    }
    let balance = balance.map(|balance| {
        let amount = balance.parse::<Amount>().map_err(|error| format!("must be NAME=BALANCE, and {error}"))?;
        if amount > Amount::ZERO {
            Ok(amount)
        } else {
            Err(format!("must be NAME=BALANCE, and the balance above 0, got {amount}"))
        }
    });
    Ok(NamedAccount { name: name.to_owned(), balance: balance.transpose()? })
}

pub(crate) fn market(text: &str) -> Result<MarketChoice, String> {
    const ALLOWED: &str = "must be SYMBOL, SYMBOL=replay:FILE or SYMBOL=fixed:PRICE, or all";
    let (name, source) = text.split_once('=').map_or((text, None), |(name, source)| (name, Some(source)));
    let symbol = symbol(name).map_err(|_| ALLOWED.to_owned())?;
    let prices = match source.map(|source| source.split_once(':')) {
        None => PriceSource::Walk,
        Some(Some(("replay", file))) if !file.is_empty() => PriceSource::Replay(PathBuf::from(file)),
        Some(Some(("fixed", price))) => {
            let price = price.parse::<Price>();
            PriceSource::Fixed(price.map_err(|error| format!("must be SYMBOL=fixed:PRICE, and {error}"))?)
        }
        Some(Some(_) | None) => return Err(ALLOWED.to_owned()),
    };
    Ok(MarketChoice { symbol, prices })
}
