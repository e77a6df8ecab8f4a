//! Hostile clients on the loopback, and an honest one beside them.

mod exact;
mod flood;
mod honest;
mod sockets;

use std::fmt;
use std::time::Duration;

use crate::error::Failure;
use crate::load::report::milliseconds;
use crate::process;
use crate::target::{ServerOptions, Target};
use honest::Honest;

/// How soon a hostile connection must be closed.
const CLOSED_WITHIN: Duration = Duration::from_secs(10);
/// What the measurement of a close may be late: hostile connections look once a second.
const LATE: Duration = Duration::from_millis(1500);
/// Below this a longer time of the honest client is the machine's noise.
const NOISE: Duration = Duration::from_millis(1);
/// How long the honest client is measured alone.
const ALONE: Duration = Duration::from_secs(5);
/// How much a server may grow under hostile clients, in bytes.
const GROWTH: u64 = 128 << 20;

/// What to do to a server.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub struct NetOptions {
    /// The server
    #[command(flatten)]
    pub server: ServerOptions,
    /// Connections that send headers or bodies slowly
    #[arg(long, default_value_t = 300)]
    pub slow: usize,
    /// Connections that send nothing
    #[arg(long, default_value_t = 2000)]
    pub idle: usize,
    /// WebSockets that do not read
    #[arg(long, default_value_t = 20)]
    pub slow_readers: usize,
}

/// What became of one attack.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Verdict {
    name: &'static str,
    /// What was seen.
    seen: String,
    /// What is wrong with it.
    wrong: Option<String>,
}

impl Verdict {
    fn pass(name: &'static str, seen: String) -> Self {
        Self { name, seen, wrong: None }
    }

    fn fail(name: &'static str, seen: String, wrong: impl Into<String>) -> Self {
        Self { name, seen, wrong: Some(wrong.into()) }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.wrong {
            None => write!(formatter, "PASS {}: {}", self.name, self.seen),
            Some(wrong) => write!(formatter, "FAIL {}: {}; {wrong}", self.name, self.seen),
        }
    }
}

/// Attacks a server and prints a line for each attack.
///
/// # Errors
/// When the server cannot be used, and when an attack does what it must not.
pub fn run(options: &NetOptions) -> Result<(), Failure> {
    let target = options.server.open(options.server.data.as_deref())?;
    let memory = target.process().map(process::usage).unwrap_or_default().memory;
    let quiet = || Honest::beside(&target, &options.server.symbol, || std::thread::sleep(ALONE));
    let mut before = quiet()?;
    println!(
        "honest client alone: p50 {} p99 {}",
        milliseconds(before.times.per_mille(500)),
        milliseconds(before.times.per_mille(990))
    );
    let mut failed = 0;
    let mut tell = |verdict: &Verdict| {
        println!("{verdict}");
        failed += u32::from(verdict.wrong.is_some());
    };
    for attack in [flood::Attack::SlowHeaders, flood::Attack::SlowBody, flood::Attack::SlowRead, flood::Attack::Idle] {
        let connections = if attack == flood::Attack::Idle { options.idle } else { options.slow };
        let mut verdict = None;
        let beside =
            Honest::beside(&target, &options.server.symbol, || verdict = Some(flood::run(attack, &target, connections)))?;
        let verdict = verdict.ok_or_else(|| Failure::Server("an attack ended early".to_owned()))??;
        // The machine is not the same all the time: what an attack is compared with lies right before and after it.
        let after = quiet()?;
        tell(&judge(verdict, &before.and(&after), &beside));
        before = after;
    }
    for verdict in exact::run(&target)? {
        tell(&verdict);
    }
    for verdict in sockets::run(&target, &options.server.symbol, options.slow_readers)? {
        tell(&verdict);
    }
    tell(&growth(&target, memory));
    if failed == 0 { Ok(()) } else { Err(Failure::Difference(format!("{failed} attacks succeeded"))) }
}

/// Holds an attack also to what the honest client saw of it.
fn judge(mut verdict: Verdict, alone: &Honest, beside: &Honest) -> Verdict {
    let (before, during) = (alone.times.per_mille(990), beside.times.per_mille(990));
    let ratio = during.as_micros() * 10 / before.as_micros().max(1);
    verdict.seen +=
        &format!(" · honest p99 {}, alone {} ({}.{} times)", milliseconds(during), milliseconds(before), ratio / 10, ratio % 10);
    if beside.errors > 0 {
        verdict.wrong.get_or_insert(format!("the honest client had {} errors", beside.errors));
    } else if during > (before * 2).max(before + NOISE) {
        verdict.wrong.get_or_insert("the honest client took more than twice as long".to_owned());
    }
    verdict
}

fn growth(target: &Target, before: u64) -> Verdict {
    let after = target.process().map(process::usage).unwrap_or_default().memory;
    let seen = format!("{} MiB before, {} MiB after", before >> 20, after >> 20);
    if before > 0 && after > before + GROWTH {
        return Verdict::fail("memory", seen, format!("it grew by more than {} MiB", GROWTH >> 20));
    }
    Verdict::pass("memory", seen)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::histogram::Histogram;

    fn honest(milliseconds: u64, errors: u64) -> Honest {
        let mut times = Histogram::new();
        times.record(Duration::from_millis(milliseconds));
        Honest { times, errors }
    }

    #[test]
    fn an_honest_client_waits_at_most_twice_as_long() {
        let table = [(4, 8, 0, true), (4, 9, 0, false), (4, 4, 1, false), (0, 1, 0, true)];
        for (before, during, errors, passes) in table {
            let verdict = judge(Verdict::pass("x", String::new()), &honest(before, 0), &honest(during, errors));
            assert_eq!(verdict.wrong.is_none(), passes, "{before} {during} {errors}: {verdict}");
        }
        let failed = judge(Verdict::fail("x", String::new(), "open"), &honest(4, 0), &honest(4, 0));
        assert_eq!(failed.to_string(), "FAIL x:  · honest p99 4.00 ms, alone 4.00 ms (1.0 times); open");
    }
}
