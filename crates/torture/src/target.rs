//! The server that is measured: one that is started here, or one that runs already.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::Failure;
use crate::orders::Account;
use crate::process::{self, Launch, Ready, Running};
use crate::wire::link::Link;

/// How long one reply may take before a measurement gives up.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Which server, and how it is started.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub struct ServerOptions {
    /// The server's program, the URL of one that runs (http://127.0.0.1:8600), or the ready file of one that runs
    #[arg(long)]
    pub server: String,
    /// Where the started server keeps its journal; without it everything is in memory
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// Passed on to the started server: how many accounts it has
    #[arg(long)]
    pub accounts: Option<usize>,
    /// One more argument of the started server; may be given again
    #[arg(long = "server-arg", allow_hyphen_values = true)]
    pub server_arguments: Vec<String>,
    /// The market to trade in
    #[arg(long, default_value = "BTCUSDT")]
    pub symbol: String,
}

impl ServerOptions {
    /// How the server is started.
    ///
    /// # Errors
    /// When it is named by an address: that one runs already.
    pub fn launch(&self) -> Result<Launch, Failure> {
        if self.server.starts_with("http://") || self.server.ends_with(".json") {
            return Err(Failure::Usage(format!("--server {} runs already: this needs a program to start", self.server)));
        }
        let mut arguments = self.server_arguments.clone();
        if let Some(accounts) = self.accounts {
            arguments.extend(["--accounts".to_owned(), accounts.to_string()]);
        }
        Ok(Launch {
            wrapper: Vec::new(),
            program: PathBuf::from(&self.server),
            command: "serve".to_owned(),
            data: self.data.clone(),
            arguments,
        })
    }

    /// Starts the server with its journal in a directory, or finds the one that runs.
    ///
    /// # Errors
    /// When it does not start.
    pub fn open(&self, data: Option<&Path>) -> Result<Target, Failure> {
        if self.server.starts_with("http://") {
            let account = Account { name: "alice".into(), api_key: "test-alice".into(), secret: "test-alice-secret".into() };
            let ready = Ready { address: process::address(&self.server)?, process: None, accounts: vec![account] };
            return Ok(Target { ready, running: None });
        }
        if self.server.ends_with(".json") {
            let text = std::fs::read_to_string(&self.server).map_err(Failure::file(Path::new(&self.server)))?;
            return Ok(Target { ready: Ready::parse(&text)?, running: None });
        }
        Target::start(&Launch { data: data.map(Path::to_owned), ..self.launch()? })
    }
}

/// A server to talk to. Dropping it ends the server if it was started here.
#[derive(Debug)]
pub struct Target {
    /// What the server says of itself.
    pub ready: Ready,
    running: Option<Running>,
}

impl Target {
    /// Starts a server.
    ///
    /// # Errors
    /// When it does not start or has no account.
    pub fn start(launch: &Launch) -> Result<Self, Failure> {
        let running = launch.start()?;
        if running.ready.accounts.is_empty() {
            return Err(Failure::Server("the ready file lists no account with api_key and secret".to_owned()));
        }
        Ok(Self { ready: running.ready.clone(), running: Some(running) })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.ready.address
    }

    /// Its process, when that is known.
    #[must_use]
    pub fn process(&self) -> Option<u32> {
        self.running.as_ref().map(Running::process).or(self.ready.process)
    }

    /// The account of the n-th client; the clients share what accounts there are.
    #[must_use]
    pub fn account(&self, number: usize) -> &Account {
        &self.ready.accounts[number % self.ready.accounts.len()]
    }
}

/// An order that rests far below the market: it costs little margin and never trades.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FarAway {
    /// Half the mark price, in whole units of the quote asset.
    pub price: String,
    /// What is worth a little more than the least order, in thousandths of the base asset.
    pub quantity: String,
}

/// Worth of one order in whole units of the quote asset: more than the market's least.
const WORTH: u64 = 130;

impl FarAway {
    /// Asks for the mark price of a market and goes half way down.
    ///
    /// # Errors
    /// When the server does not answer, or the price is below 20.
    pub fn ask(address: SocketAddr, symbol: &str) -> Result<Self, Failure> {
        let path = format!("/fapi/v1/premiumIndex?symbol={symbol}");
        let answer = Link::open(address, PATIENCE).and_then(|mut link| link.get(&path)).map_err(Failure::io("the mark price"))?;
        let json = answer.json();
        let mark = json["markPrice"].as_str().ok_or_else(|| Failure::Server(format!("{path} answers {}", answer.text())))?;
        Self::below(mark).ok_or_else(|| Failure::Usage(format!("{symbol} at {mark} is too cheap for whole prices: below 20")))
    }

    fn below(mark: &str) -> Option<Self> {
        let price = mark.split('.').next()?.parse::<u64>().ok()? / 2;
        let thousandths = (WORTH * 1000).div_ceil(price.max(1));
        let quantity = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
        (price >= 10).then(|| Self { price: price.to_string(), quantity })
    }
}

/// How much a market order takes: what is worth a little more than the least order, in thousandths of the base asset.
///
/// # Errors
/// As [`FarAway::ask`].
pub fn least_quantity(address: SocketAddr, symbol: &str) -> Result<String, Failure> {
    let far = FarAway::ask(address, symbol)?;
    let price: u64 = far.price.parse().unwrap_or(1);
    let thousandths = (WORTH * 1000).div_ceil(price * 2);
    Ok(format!("{}.{:03}", thousandths / 1000, thousandths % 1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_far_away_is_worth_more_than_the_least() {
        let table = [("64000.00", "32000", "0.005"), ("3001.5", "1500", "0.087"), ("20", "10", "13.000")];
        for (mark, price, quantity) in table {
            let expected = FarAway { price: price.to_owned(), quantity: quantity.to_owned() };
            assert_eq!(FarAway::below(mark), Some(expected), "{mark}");
        }
        assert_eq!(FarAway::below("19.9"), None);
    }
}
