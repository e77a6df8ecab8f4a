//! Makes a failing list of commands short.

use std::time::{Duration, Instant};

use ringfence_engine::command::Command;

use crate::checker::Options;
use crate::violation::Violation;
use crate::world::relive;

/// The shortest list found that breaks the same law.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// The commands.
    pub commands: Vec<Command>,
    /// How they break it.
    pub violation: Violation,
}

/// Cuts what follows the failure, then drops ever smaller runs of commands as long as the same law is broken and time is left.
#[must_use]
pub fn shrink(commands: &[Command], violation: &Violation, options: Options, limit: Duration) -> Shrunk {
    let until = Instant::now() + limit;
    let mut best = Shrunk { commands: commands.to_vec(), violation: violation.clone() };
    if let Some(found) = failing(commands, violation, options) {
        best = found;
    }
    let mut size = best.commands.len().div_ceil(2);
    while size > 0 {
        let mut at = best.commands.len();
        let mut dropped = false;
        while at > 0 && Instant::now() < until {
            let from = at.saturating_sub(size);
            let mut fewer = best.commands.clone();
            fewer.drain(from..at.min(fewer.len()));
            if let Some(found) = failing(&fewer, violation, options) {
                best = found;
                dropped = true;
            }
            at = from.min(best.commands.len());
        }
        if Instant::now() >= until {
            break;
        }
        size = match (size, dropped) {
            (1, true) => 1,
            (1, false) => 0,
            _ => size.div_ceil(2),
        };
    }
    best
}

/// The commands up to the failure, if they break the same law.
fn failing(commands: &[Command], violation: &Violation, options: Options) -> Option<Shrunk> {
    let outcome = relive(commands, options);
    let found = outcome.violation.filter(|found| found.is_like(violation))?;
    Some(Shrunk { commands: outcome.commands, violation: found })
}
