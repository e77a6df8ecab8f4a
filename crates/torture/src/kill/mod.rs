//! Kill -9 under load: what was acknowledged is there afterwards, once, and unchanged.
//!
//! A kill leaves what the process had handed to the system: it shows lost acknowledgements, half-written records and slow
//! recoveries, not a missing sync. That is what the order of system calls is for.

pub mod check;
pub mod client;
pub mod ledger;
pub mod random;

use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::error::Failure;
use crate::histogram::Histogram;
use crate::load::report::{milliseconds, thousands};
use crate::orders::timestamp;
use crate::process::{Launch, Recovered, Running};
use crate::target::{FarAway, ServerOptions, least_quantity};
use check::Checker;
use client::{Client, Trade};
use ledger::{Difference, Fate, Ledger};
use random::Random;

/// How many differences are printed in full.
const MOST_PRINTED: usize = 20;
/// How long a stop by a signal may take.
const STOP_PATIENCE: Duration = Duration::from_secs(5);

/// How often, how soon and under what load.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub struct KillOptions {
    /// The server
    #[command(flatten)]
    pub server: ServerOptions,
    /// Kills
    #[arg(long, default_value_t = 40)]
    pub kills: usize,
    /// Clients that trade at the same time
    #[arg(long, default_value_t = 8)]
    pub threads: usize,
    /// The shortest time from the first request to a kill, in milliseconds
    #[arg(long, default_value_t = 200)]
    pub shortest: u64,
    /// The longest time from the first request to a kill, in milliseconds
    #[arg(long, default_value_t = 3000)]
    pub longest: u64,
    /// Give up after so many seconds: fewer kills than asked for are no success
    #[arg(long, default_value_t = 600)]
    pub seconds: u64,
    /// How soon the server must be usable again, in milliseconds
    #[arg(long, default_value_t = 3000)]
    pub ready_within: u64,
    /// Names the run: the times of the kills and what the clients ask
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// A run so far.
struct Campaign<'a> {
    options: &'a KillOptions,
    launch: Launch,
    data: &'a Path,
    prefix: String,
    random: Random,
    ledger: Ledger,
    differences: Vec<Difference>,
    ready: Histogram,
    kills: usize,
}

/// Kills and checks, and prints one line.
///
/// # Errors
/// When the server cannot be started or asked, and when a difference was found.
pub fn run(options: &KillOptions) -> Result<(), Failure> {
    let data = options.server.data.as_deref().ok_or_else(|| Failure::Usage("kill needs --data DIR: a journal".to_owned()))?;
    std::fs::create_dir_all(data).map_err(Failure::file(data))?;
    let mut campaign = Campaign {
        options,
        launch: options.server.launch()?,
        data,
        prefix: format!("k{:x}", timestamp()),
        random: Random::new(options.seed),
        ledger: Ledger::default(),
        differences: Vec::new(),
        ready: Histogram::new(),
        kills: 0,
    };
    let mut running = campaign.launch.start()?;
    let end = Instant::now() + Duration::from_secs(options.seconds);
    while campaign.kills < options.kills && Instant::now() < end {
        running = campaign.round(running)?;
    }
    let whole = 0..campaign.ledger.entries.len();
    campaign.check(&running, whole)?;
    running.stop(STOP_PATIENCE)?;
    campaign.verify()?;
    campaign.conclude()
}

impl Campaign<'_> {
    /// Load, kill, verify, restart, check.
    fn round(&mut self, running: Running) -> Result<Running, Failure> {
        let first = self.ledger.entries.len();
        self.trade(running)?;
        self.kills += 1;
        let verified = self.verify()?;
        let running = self.launch.start()?;
        self.ready.record(running.ready_in);
        if running.ready_in > Duration::from_millis(self.options.ready_within) {
            self.differences.push(Difference::Slow(format!(
                "usable {} after kill {}",
                milliseconds(running.ready_in),
                self.kills
            )));
        }
        let recovered = running.recovered.clone();
        self.differences.extend(disagreement(&verified, recovered.as_ref(), self.ledger.index));
        self.check(&running, first..self.ledger.entries.len())?;
        Ok(running)
    }

    /// Lets the clients trade until the server is killed under them.
    fn trade(&mut self, running: Running) -> Result<(), Failure> {
        let (address, symbol) = (running.ready.address, self.options.server.symbol.clone());
        let far = FarAway::ask(address, &symbol)?;
        let trade = Trade { address, quantity: least_quantity(address, &symbol)?, symbol, far };
        let range = self.options.longest.saturating_sub(self.options.shortest) + 1;
        let pause = Duration::from_millis(self.options.shortest + self.random.next() % range);
        let accounts = running.ready.accounts.clone();
        let mut clients = Vec::new();
        for number in 0..self.options.threads {
            let account = number % accounts.len();
            let prefix = format!("{}-{}-{number}", self.prefix, self.kills);
            let random = Random::new(self.random.next());
            clients.push(Client::new(trade.clone(), (account, &accounts[account]), prefix, random));
        }
        let ledgers = thread::scope(|scope| {
            let working: Vec<_> = clients.into_iter().map(|client| scope.spawn(|| client.work(u64::MAX))).collect();
            thread::sleep(pause);
            let killed = running.kill();
            let ledgers = working.into_iter().map(|one| one.join()).collect::<Result<Vec<_>, _>>();
            killed.map(|()| ledgers)
        });
        for ledger in ledgers?.map_err(|_| Failure::Server("a client ended early".to_owned()))? {
            self.ledger.add(ledger);
        }
        Ok(())
    }

    fn check(&mut self, running: &Running, part: std::ops::Range<usize>) -> Result<(), Failure> {
        let accounts = &running.ready.accounts;
        let symbol = &self.options.server.symbol;
        let checker = Checker { address: running.ready.address, accounts, symbol, prefix: &self.prefix };
        self.differences.extend(checker.check(&mut self.ledger, part)?);
        Ok(())
    }

    /// What the journal says of itself while no server has it.
    fn verify(&mut self) -> Result<Recovered, Failure> {
        let program = &self.launch.program;
        let output = Command::new(program).args(["journal", "verify", "--data"]).arg(self.data).output();
        let output = output.map_err(Failure::file(program))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let json: Value = serde_json::from_str(text.trim()).unwrap_or(Value::Null);
        if !output.status.success() || json["ok"] != true {
            let error = String::from_utf8_lossy(&output.stderr).into_owned();
            self.differences.push(Difference::Journal(format!("verify ends with {}: {text}{error}", output.status)));
        }
        let (index, hash) = (json["last_index"].as_u64(), json["state_hash"].as_str());
        let (Some(index), Some(hash)) = (index, hash) else {
            return Err(Failure::Server(format!("journal verify names no last_index and state_hash: {text}")));
        };
        Ok(Recovered { index, hash: hash.to_owned() })
    }

    fn conclude(&self) -> Result<(), Failure> {
        let count = |wanted: fn(&Difference) -> bool| self.differences.iter().filter(|one| wanted(one)).count();
        let there = self.ledger.entries.iter().filter(|entry| matches!(entry.fate, Fate::There(_))).count();
        println!(
            "kills {} · acknowledged {} · orders {} · unanswered {} · refused {} · lost {} · twice {} · not asked for {} · altered {} \
             · trades {} · audit {} · journal {} · slow {} · ready p50 {} longest {}",
            self.kills,
            thousands(self.ledger.acknowledged),
            thousands(there as u64),
            self.ledger.unanswered,
            self.ledger.refused.0,
            count(|one| matches!(one, Difference::Lost(_))),
            count(|one| matches!(one, Difference::Twice(_))),
            count(|one| matches!(one, Difference::NotAsked(_))),
            count(|one| matches!(one, Difference::Altered(_))),
            count(|one| matches!(one, Difference::Trades(_))),
            count(|one| matches!(one, Difference::Audit(_))),
            count(|one| matches!(one, Difference::Journal(_))),
            count(|one| matches!(one, Difference::Slow(_))),
            milliseconds(self.ready.per_mille(500)),
            milliseconds(self.ready.longest()),
        );
        if let Some(reason) = &self.ledger.refused.1 {
            println!("a refusal: {reason}");
        }
        if self.ledger.acknowledged == 0 {
            return Err(Failure::Server("no request was acknowledged: nothing was tested".to_owned()));
        }
        if self.differences.is_empty() && self.kills < self.options.kills {
            let (kills, wanted, seconds) = (self.kills, self.options.kills, self.options.seconds);
            return Err(Failure::Difference(format!("{kills} of {wanted} kills within {seconds} s")));
        }
        if self.differences.is_empty() {
            return Ok(());
        }
        let shown: Vec<String> = self.differences.iter().take(MOST_PRINTED).map(ToString::to_string).collect();
        Err(Failure::Difference(format!("{} differences\n{}", self.differences.len(), shown.join("\n"))))
    }
}

/// What does not agree between the journal, the server that recovered it, and the clients.
#[must_use]
pub fn disagreement(verified: &Recovered, recovered: Option<&Recovered>, acknowledged: u64) -> Vec<Difference> {
    let mut differences = Vec::new();
    if verified.index < acknowledged {
        let text = format!("it ends at {}, index {acknowledged} was acknowledged", verified.index);
        differences.push(Difference::Journal(text));
    }
    if recovered != Some(verified) {
        differences.push(Difference::Journal(format!("{verified:?} was verified, {recovered:?} recovered")));
    }
    differences
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn journal_server_and_clients_agree() {
        let at = |index, hash: &str| Recovered { index, hash: hash.to_owned() };
        let table = [
            (at(7, "aa"), Some(at(7, "aa")), 7, 0),
            (at(7, "aa"), Some(at(7, "aa")), 6, 0),
            (at(7, "aa"), Some(at(7, "aa")), 8, 1),
            (at(7, "aa"), Some(at(7, "ab")), 7, 1),
            (at(7, "aa"), Some(at(8, "aa")), 7, 1),
            (at(7, "aa"), None, 7, 1),
        ];
        for (verified, recovered, acknowledged, expected) in table {
            let found = disagreement(&verified, recovered.as_ref(), acknowledged);
            assert_eq!(found.len(), expected, "{verified:?} {recovered:?} {acknowledged}");
        }
    }
}
