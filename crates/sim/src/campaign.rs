//! Many worlds, on several threads, until time or seeds run out or a law breaks.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use ringfence_engine::command::Command;

use crate::checker::{Auditor, Options};
use crate::sometimes::Marks;
use crate::violation::Violation;
use crate::world::live;

/// What is to be simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The first seed; the others follow.
    pub seed: u64,
    /// At most so many worlds.
    pub worlds: u64,
    /// Commands in each, its genesis counted.
    pub commands: usize,
    /// No world begins after this.
    pub limit: Duration,
    /// On how many threads.
    pub jobs: usize,
    /// What is looked at.
    pub options: Options,
    /// The model watches every so many worlds; 0 for none.
    pub model_every: u64,
}

/// A world in which a law broke.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Its seed.
    pub seed: u64,
    /// Its commands, up to the one that broke the law.
    pub commands: Vec<Command>,
    /// How.
    pub violation: Violation,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Worlds lived.
    pub worlds: u64,
    /// Commands executed.
    pub commands: u64,
    /// Events emitted.
    pub events: u64,
    /// How often a law was looked at.
    pub checks: u64,
    /// What happened how often.
    pub marks: Marks,
    /// How many worlds broke a law.
    pub broken: u64,
    /// The first world of each kind of violation.
    pub failures: Vec<Failure>,
}

/// Whether to go on after a broken law.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterFailure {
    /// No more worlds begin.
    Stop,
    /// All worlds are lived.
    GoOn,
}

/// Lives the worlds; tells of the report as it grows.
pub fn simulate(plan: &Plan, after: AfterFailure, tell: &(dyn Fn(&Report) + Sync)) -> Report {
    let (until, next, stop) = (Instant::now() + plan.limit, AtomicU64::new(0), AtomicBool::new(false));
    let report = Mutex::new(Report::default());
    let work = || {
        while Instant::now() < until && !stop.load(Ordering::Relaxed) {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= plan.worlds {
                return;
            }
            let seed = plan.seed.wrapping_add(number);
            let watched = plan.model_every > 0 && seed.is_multiple_of(plan.model_every);
            let auditor = if watched { Auditor::Model } else { plan.options.auditor };
            let outcome = live(seed, plan.commands, Options { auditor, ..plan.options });
            let Ok(mut report) = report.lock() else { return };
            report.worlds += 1;
            report.commands += outcome.commands.len() as u64;
            report.events += outcome.events;
            report.checks += outcome.checks;
            report.marks.add(&outcome.marks);
            if let Some(violation) = outcome.violation {
                report.broken += 1;
                if !report.failures.iter().any(|known| known.violation.is_like(&violation)) {
                    report.failures.push(Failure { seed, commands: outcome.commands, violation });
                }
                stop.store(after == AfterFailure::Stop, Ordering::Relaxed);
            }
            tell(&report);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..plan.jobs.max(1) {
            scope.spawn(work);
        }
    });
    report.into_inner().unwrap_or_default()
}
