//! Fan-out: many subscribers of the same streams, and what each message costs the server.
//!
//! Accounts trade at the market so that the streams have much to say. What one subscriber is told is written down and played to
//! the yardstick, which encodes every message for every socket and writes each on its own: the same messages, at the same times,
//! to as many sockets. What a side costs without subscribers is taken off.

mod follow;
mod tape;

use std::thread;
use std::time::{Duration, Instant};

use crate::error::Failure;
use crate::load::report::thousands;
use crate::load::row::{self, Row};
use crate::load::{Mix, Transport, yardstick};
use crate::process;
use crate::target::{FarAway, PATIENCE, ServerOptions, Target};
use crate::wire::link::Link;
use follow::{Followed, Wanted};
use tape::Tape;

/// Connections that trade.
const DRIVERS: usize = 8;
/// How many times cheaper than one write for each message a message must be.
const GOAL: u128 = 5;
/// Time for subscribers to connect before the orders begin.
const GATHERING: Duration = Duration::from_secs(2);
/// Time for the last messages to arrive.
const AFTERWARDS: Duration = Duration::from_secs(1);

/// What to measure.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub struct FanoutOptions {
    /// The server
    #[command(flatten)]
    pub server: ServerOptions,
    /// Subscribers
    #[arg(long, default_value_t = 100)]
    pub subscribers: usize,
    /// The streams each of them follows in the market
    #[arg(long, value_delimiter = ',', default_value = "bookTicker,aggTrade,trade,depth@100ms,markPrice@1s")]
    pub streams: Vec<String>,
    /// Orders a second that trade
    #[arg(long, default_value_t = 1000)]
    pub rate: u64,
    /// Seconds that count
    #[arg(long, default_value_t = 5)]
    pub seconds: u64,
    /// Measure the server with subscribers and without so many times in turn: the sums count
    #[arg(long, default_value_t = 3)]
    pub rounds: usize,
    /// Exit with code 3 when a message is not 5 times cheaper than with one write for each
    #[arg(long)]
    pub check: bool,
}

/// What a side used and what its subscribers received, over some rounds.
#[derive(Clone, Debug, Default)]
struct Side {
    rounds: u64,
    processor: Duration,
    /// What of it was used without subscribers.
    alone: Duration,
    followed: Followed,
    written: Option<Written>,
    memory: u64,
}

/// What a server counts of its streams.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Written {
    frames: u64,
    writes: u64,
}

impl Side {
    /// Adds a round with subscribers and one without.
    fn add(&mut self, together: &Self, alone: &Self) {
        self.rounds += 1;
        self.processor += together.processor;
        self.alone += alone.processor;
        self.followed.received.add(together.followed.received);
        self.written = match (self.written, together.written) {
            (Some(sum), Some(more)) => Some(Written { frames: sum.frames + more.frames, writes: sum.writes + more.writes }),
            (sum, more) => sum.or(more),
        };
        self.memory = together.memory;
    }

    /// Processor time of a message, in nanoseconds.
    fn each(&self) -> u128 {
        self.processor.saturating_sub(self.alone).as_nanos() / u128::from(self.followed.received.messages.max(1))
    }
}

/// Measures the server, then the yardstick with what the server said.
///
/// # Errors
/// When a server cannot be used, and with `--check` when the goal is missed.
pub fn run(options: &FanoutOptions) -> Result<(), Failure> {
    let (ours, tape) = exchange(options)?;
    tell("server", &ours, options)?;
    let theirs = one_by_one(options, &tape)?;
    tell("yardstick", &theirs, options)?;
    let tenths = theirs.each() * 10 / ours.each().max(1);
    println!("one write for each message costs {}.{} times as much", tenths / 10, tenths % 10);
    if options.check && tenths < GOAL * 10 {
        return Err(Failure::Difference(format!("a message must be {GOAL} times cheaper than with one write for each")));
    }
    Ok(())
}

/// The server: orders with subscribers and without.
fn exchange(options: &FanoutOptions) -> Result<(Side, Tape), Failure> {
    let target = options.server.open(options.server.data.as_deref())?;
    let far = FarAway::ask(target.address(), &options.server.symbol)?;
    let row = Row {
        connections: DRIVERS,
        seconds: options.seconds,
        rate: Some(options.rate),
        transport: Transport::Http,
        mix: Mix::Trade,
        open_orders: DRIVERS,
        threads: 1,
    };
    let trade = || {
        let measured = row::measure(&target, &row, &options.server.symbol, &far)?;
        match measured.first_error {
            Some(error) => Err(Failure::Server(format!("{} orders failed; the first: {error}", measured.errors))),
            None => Ok(()),
        }
    };
    // The orders warm up for a second.
    let lasting = Duration::from_secs(options.seconds + 1);
    let (mut sum, mut tape) = (Side::default(), Tape::default());
    for _ in 0..options.rounds.max(1) {
        let alone = side(options, &target, 0, (lasting, &trade))?;
        let mut together = side(options, &target, options.subscribers, (lasting, &trade))?;
        tape = Tape::new(std::mem::take(&mut together.followed.told));
        sum.add(&together, &alone);
    }
    Ok((sum, tape))
}

/// The yardstick: the same messages played to as many subscribers, and to none.
fn one_by_one(options: &FanoutOptions, tape: &Tape) -> Result<Side, Failure> {
    let target = Target::start(&yardstick(None, 1)?)?;
    let play = || tape.play(target.address());
    let alone = side(options, &target, 0, (tape.length(), &play))?;
    let together = side(options, &target, options.subscribers, (tape.length(), &play))?;
    let mut sum = Side::default();
    sum.add(&together, &alone);
    Ok(sum)
}

/// What a server uses and tells while something is done.
fn side(
    options: &FanoutOptions,
    target: &Target,
    subscribers: usize,
    (lasting, what): (Duration, &dyn Fn() -> Result<(), Failure>),
) -> Result<Side, Failure> {
    let process =
        target.process().ok_or_else(|| Failure::Usage("fanout needs the server's process: give a program".to_owned()))?;
    let market = options.server.symbol.to_lowercase();
    let streams = options.streams.iter().map(|name| format!("{market}@{name}")).collect();
    let wanted = Wanted { address: target.address(), streams, subscribers };
    let (before, counted) = (process::usage(process), Written::ask(target));
    let stop = Instant::now() + GATHERING + lasting + AFTERWARDS;
    let following = thread::spawn(move || follow::follow(&wanted, stop));
    thread::sleep(GATHERING);
    what()?;
    let followed = following.join().map_err(|_| Failure::Server("a subscriber ended early".to_owned()))??;
    let after = process::usage(process);
    let written = Written::ask(target).zip(counted).map(|(now, then)| now.since(then));
    let processor = after.processor.saturating_sub(before.processor);
    Ok(Side { rounds: 1, processor, alone: Duration::ZERO, followed, written, memory: after.memory })
}

impl Written {
    /// What the server says; none when it does not count.
    fn ask(target: &Target) -> Option<Self> {
        let answer = Link::open(target.address(), PATIENCE).and_then(|mut link| link.get("/metrics")).ok()?;
        Self::read(&answer.text())
    }

    fn read(text: &str) -> Option<Self> {
        let value = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
        Some(Self { frames: value("ringfence_stream_frames_total ")?, writes: value("ringfence_stream_writes_total ")? })
    }

    const fn since(self, earlier: Self) -> Self {
        Self { frames: self.frames.saturating_sub(earlier.frames), writes: self.writes.saturating_sub(earlier.writes) }
    }
}

fn tell(name: &str, side: &Side, options: &FanoutOptions) -> Result<(), Failure> {
    let received = side.followed.received;
    if received.messages == 0 {
        return Err(Failure::Server(format!("{name}: no message came on {}", options.streams.join(", "))));
    }
    if received.lost > 0 {
        return Err(Failure::Server(format!("{name}: {} of {} connections were lost", received.lost, options.subscribers)));
    }
    let seconds = side.rounds.max(1) * (options.seconds + 1);
    let per = |count: u64, of: u64| format!("{}.{}", count / of.max(1), count * 10 / of.max(1) % 10);
    let together = side.written.map_or_else(
        || format!("{} in each read", per(received.messages, received.reads)),
        |written| format!("{} in each write", per(written.frames, written.writes)),
    );
    println!(
        "{name:<10} {} subscribers · {} messages/s · {} MB/s · {together} · processor {:.2?}, {:.2?} without subscribers · {}.{:02} µs \
         each · {} MiB",
        options.subscribers,
        thousands(received.messages / seconds),
        per(received.bytes, seconds * 1_000_000),
        side.processor,
        side.alone,
        side.each() / 1000,
        side.each() / 10 % 100,
        side.memory >> 20,
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_says_how_many_frames_its_writes_hold() {
        let text = "# HELP ringfence_stream_frames_total x\nringfence_stream_frames_total 12\nringfence_stream_writes_total 3\n";
        let written = Written { frames: 12, writes: 3 };
        assert_eq!(Written::read(text), Some(written));
        assert_eq!(Written::read("ringfence_stream_frames_total 12\n"), None);
        assert_eq!(written.since(Written { frames: 2, writes: 1 }), Written { frames: 10, writes: 2 });
    }
}
