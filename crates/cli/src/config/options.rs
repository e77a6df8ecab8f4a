//! What the sources add up to: the options of a server, and whom a client command talks to.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::keys::Setting;
use super::kinds::{
    MarketChoice, NamedAccount, PriceSource, Switch, account, address, choice, market, path, switch, url, whole, words,
};
use super::settings::Settings;
use crate::error::CliError;
use crate::verbosity::Verbosity;

/// By whose rules the exchange liquidates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rules {
    Ringfence,
    Binance,
}

/// How the server logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// Which markets are opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Markets {
    /// Every market the server knows; these with prices of their own.
    All(Vec<MarketChoice>),
    /// These only.
    Only(Vec<MarketChoice>),
}

/// Everything a server is started with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServeOptions {
    /// Where to listen; port 0 takes a free one.
    pub(crate) listen: SocketAddr,
    /// Where the exchange is kept; none: in memory.
    pub(crate) data: Option<PathBuf>,
    /// Written last, when the server is ready.
    pub(crate) ready_file: Option<PathBuf>,
    /// Numbered accounts besides the named ones.
    pub(crate) numbered_accounts: u64,
    /// Named accounts, each name once; the maker is not among them.
    pub(crate) accounts: Vec<NamedAccount>,
    pub(crate) markets: Markets,
    /// How many times faster than the wall's clock time runs.
    pub(crate) speed: u64,
    /// Seed of the random walks.
    pub(crate) seed: u64,
    pub(crate) rules: Rules,
    /// Whether a maker quotes.
    pub(crate) maker: Switch,
    /// Whether requests and orders are limited as at Binance.
    pub(crate) throttle: Switch,
    /// Token of the control API.
    pub(crate) token: Option<String>,
    /// Whether `listen` may be reachable from other machines; it is checked already.
    pub(crate) allow_remote: Switch,
    pub(crate) log: LogFormat,
    /// Time between two prices of a feed.
    pub(crate) feed_interval: Duration,
    /// What is printed besides events: requests only when verbose.
    pub(crate) verbosity: Verbosity,
}

impl ServeOptions {
    /// Reads the settings.
    ///
    /// # Errors
    /// [`CliError::Usage`]: a value, a name given twice, or an address other machines reach without `allow-remote`.
    pub(crate) fn new(settings: &Settings, verbosity: Verbosity) -> Result<Self, CliError> {
        let number = |setting, greatest| settings.must(setting, |text| whole(text, 0, greatest));
        let word = |setting| settings.must(setting, words);
        let listen = settings.must(Setting::Listen, address)?;
        let allow_remote = settings.must(Setting::AllowRemote, switch)?;
        check_reach(settings, listen, allow_remote)?;
        let rules = settings.must(Setting::Rules, |text| choice(text, &["ringfence", "binance"]))?;
        Ok(Self {
            listen,
            data: settings.one(Setting::Data, path)?,
            ready_file: settings.one(Setting::ReadyFile, path)?,
            numbered_accounts: number(Setting::Accounts, u64::MAX)?,
            accounts: accounts(settings)?,
            markets: markets(settings)?,
            speed: number(Setting::Speed, u64::MAX)?,
            seed: number(Setting::Seed, u64::MAX)?,
            rules: if rules == "binance" { Rules::Binance } else { Rules::Ringfence },
            maker: settings.must(Setting::Maker, switch)?,
            throttle: settings.must(Setting::Throttle, switch)?,
            token: settings.one(Setting::Token, words)?,
            allow_remote,
            log: if word(Setting::Log)? == "json" { LogFormat::Json } else { LogFormat::Text },
            feed_interval: Duration::from_millis(number(Setting::FeedMs, u64::MAX)?),
            verbosity,
        })
    }
}

fn check_reach(settings: &Settings, listen: SocketAddr, allow_remote: Switch) -> Result<(), CliError> {
    match (allow_remote, settings.entry(Setting::Listen)) {
        (Switch::Off, Some(entry)) if !listen.ip().is_loopback() => {
            Err(entry.refuse("must be an address of this machine only unless allow-remote is on", &listen.to_string()))
        }
        (Switch::On | Switch::Off, Some(_) | None) => Ok(()),
    }
}

fn accounts(settings: &Settings) -> Result<Vec<NamedAccount>, CliError> {
    let accounts = settings.all(Setting::Account, account)?;
    let twice = accounts.iter().zip(0..).find(|(one, index)| accounts.iter().take(*index).any(|other| other.name == one.name));
    match (twice, settings.entry(Setting::Account)) {
        (Some((one, _)), Some(entry)) => Err(entry.refuse("must name each account once", &one.name)),
        (Some(_) | None, Some(_) | None) => Ok(accounts),
    }
}

fn markets(settings: &Settings) -> Result<Markets, CliError> {
    let choices = settings.all(Setting::Market, market)?;
    let is_all = |choice: &MarketChoice| choice.symbol == "ALL" && choice.prices == PriceSource::Walk;
    let (all, named): (Vec<MarketChoice>, Vec<MarketChoice>) = choices.into_iter().partition(is_all);
    let twice = named.iter().zip(0..).find(|(one, index)| named.iter().take(*index).any(|other| other.symbol == one.symbol));
    match (twice, settings.entry(Setting::Market)) {
        (Some((one, _)), Some(entry)) => Err(entry.refuse("must name each market once", &one.symbol)),
        (None, Some(entry)) if all.is_empty() && named.is_empty() => Err(entry.refuse("must name a market, or all", "")),
        (Some(_) | None, Some(_) | None) if all.is_empty() => Ok(Markets::Only(named)),
        (Some(_) | None, Some(_) | None) => Ok(Markets::All(named)),
    }
}

/// Whom a client command talks to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClientOptions {
    /// Base address without a slash at its end.
    pub(crate) server: String,
    /// API key and secret where they are not the test keys of the account.
    pub(crate) keys: Option<(String, String)>,
    /// Token of the control API.
    pub(crate) token: Option<String>,
}

impl ClientOptions {
    /// Reads the settings.
    ///
    /// # Errors
    /// [`CliError::Usage`]: a value, or one of key and secret without the other.
    pub(crate) fn new(settings: &Settings) -> Result<Self, CliError> {
        let key = settings.one(Setting::Key, words)?;
        let secret = settings.one(Setting::Secret, words)?;
        let keys = match (key, secret) {
            (Some(key), Some(secret)) => Some((key, secret)),
            (None, None) => None,
            (Some(_), None) => return Err(CliError::Usage("key must come with a secret: give --secret too".to_owned())),
            (None, Some(_)) => return Err(CliError::Usage("secret must come with a key: give --key too".to_owned())),
        };
        Ok(Self { server: settings.must(Setting::Server, url)?, keys, token: settings.one(Setting::Token, words)? })
    }

    /// The API key and secret of an account: those given, else the test keys of its name.
    pub(crate) fn keys_of(&self, account: &str) -> (String, String) {
        self.keys.clone().unwrap_or_else(|| (format!("test-{account}"), format!("test-{account}-secret")))
    }
}
