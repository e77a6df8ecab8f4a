//! One world: a seed, the commands that follow from it, and what became of the laws.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use ringfence_engine::command::Command;

use crate::checker::{Checker, Options};
use crate::generate::Generator;
use crate::genesis::LIMITS;
use crate::sometimes::Marks;
use crate::violation::{Law, Violation};

/// What a world came to.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Every command, the last one being the one that broke a law, if one did.
    pub commands: Vec<Command>,
    /// Events emitted.
    pub events: u64,
    /// How often a law was looked at.
    pub checks: u64,
    /// What happened.
    pub marks: Marks,
    /// The broken law.
    pub violation: Option<Violation>,
}

thread_local! {
    /// What the last panic of this thread said.
    static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Panics of engines are results here: they are kept instead of printed.
fn keep_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|panic| PANIC.with(|kept| *kept.borrow_mut() = panic.to_string())));
    });
}

/// Lives the world of a seed: so many commands after its genesis.
#[must_use]
pub fn live(seed: u64, commands: usize, options: Options) -> Outcome {
    let mut generator = Generator::new(seed);
    run(options, |done, checker| (done < commands).then(|| generator.next(checker.state(), checker.shadow())))
}

/// Lives the world that bytes decide, until they are used up, and at most so many commands: the same bytes are the same world for ever.
#[must_use]
pub fn live_bytes(bytes: &[u8], commands: usize, options: Options) -> Outcome {
    let mut generator = Generator::of_bytes(bytes);
    run(options, |done, checker| {
        (done < commands && !generator.is_spent()).then(|| generator.next(checker.state(), checker.shadow()))
    })
}

/// Executes given commands, looking at every law after each.
#[must_use]
pub fn relive(commands: &[Command], options: Options) -> Outcome {
    run(Options { every: 1, ..options }, |done, _| commands.get(done).cloned())
}

fn run(options: Options, mut next: impl FnMut(usize, &Checker) -> Option<Command>) -> Outcome {
    keep_panics();
    let (mut checker, mut log) = (Checker::new(LIMITS, options), Vec::new());
    let lived = catch_unwind(AssertUnwindSafe(|| -> Result<(), Violation> {
        while let Some(command) = next(log.len(), &checker) {
            log.push(command);
            if let Some(command) = log.last() {
                checker.step(command)?;
            }
        }
        checker.look_closely()?;
        checker.replay(&log)
    }));
    let lived = lived.unwrap_or_else(|_| {
        let events = checker.events();
        Err(Law::NoPanic.broken(format!("{} after {events:?}", PANIC.with(RefCell::take))))
    });
    let Checker { emitted: events, checks, marks, .. } = checker;
    Outcome { commands: log, events, checks, marks, violation: lived.err() }
}
