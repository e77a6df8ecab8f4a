//! What a command costs the book: the mix of exchange-core's published test, beside a whiteboard book and the `matchcore` crate in one run.
//!
//! `cargo bench -p ringfence-engine --bench book` prints commands per second (best of alternating rounds), and nanoseconds of single
//! commands timed one in 61 (the clock's own cost, printed first, is in them). All contestants get the same commands and must end with
//! the same depth: nobody is fast by being wrong. Turning the commands into a contestant's own type is not timed.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::disallowed_types,
    reason = "a benchmark has no public items, reads the clock, and may stop at the first surprise"
)]

#[path = "../tests/book_support/mod.rs"]
mod book_support;
#[path = "../tests/book_support/contestants.rs"]
mod contestants;

use std::time::{Duration, Instant};

use book_support::flow::{Flow, Shape, Step};
use contestants::{Contestant, Depth, matchcore, ours, whiteboard};
use ringfence_engine::book::TimeInForce;

const CHUNK: usize = 1 << 16;
const ROUNDS: usize = 3;

/// One round: time of all measured commands, times of single ones, and the depth at the end.
struct Round {
    elapsed: Duration,
    singles: Vec<u64>,
    depth: Depth,
}

/// Runs the filling commands, then the measured ones: timed in chunks, or with one in 61 timed alone.
fn round<C: Contestant>(mut book: C, fill: &[Step], steps: &[Step], every: usize) -> Round {
    for step in fill {
        let prepared = book.prepare(step);
        book.run(&prepared);
    }
    let (mut elapsed, mut singles) = (Duration::ZERO, Vec::new());
    for chunk in steps.chunks(CHUNK) {
        let prepared: Vec<C::Prepared> = chunk.iter().map(|step| book.prepare(step)).collect();
        for part in prepared.chunks(every) {
            let (single, rest) = if every == CHUNK { part.split_at(0) } else { part.split_at(1) };
            for (commands, alone) in [(single, true), (rest, false)] {
                let start = Instant::now();
                commands.iter().for_each(|command| book.run(command));
                let taken = start.elapsed();
                elapsed += taken;
                if alone && every != CHUNK {
                    singles.push(u64::try_from(taken.as_nanos()).unwrap());
                }
            }
        }
    }
    singles.sort_unstable();
    Round { elapsed, singles, depth: book.depth() }
}

/// The share of each kind of command, in percent.
fn mix(steps: &[Step]) -> [f64; 5] {
    let mut counts = [0_u32; 5];
    for step in steps {
        counts[match step {
            Step::Place { time_in_force: TimeInForce::GoodTillCancel | TimeInForce::PostOnly, .. } => 0,
            Step::Place { .. } => 1,
            Step::Cancel { .. } => 2,
            Step::Move { .. } => 3,
            Step::Reduce { .. } => 4,
        }] += 1;
    }
    counts.map(|count| f64::from(count) * 100.0 / f64::from(u32::try_from(steps.len()).unwrap()))
}

fn report(name: &str, best: Duration, singles: &[u64], steps: &[Step]) {
    let count = f64::from(u32::try_from(steps.len()).unwrap());
    let at = |share: usize| singles[singles.len() * share / 1_000];
    let (rate, each) = (count / best.as_secs_f64() / 1e6, best.as_secs_f64() * 1e9 / count);
    println!("  {name:<12} {rate:>8.1} M/s {each:>8.1} ns {:>8} {:>8} {:>8}", at(500), at(990), at(999));
}

fn race(name: &str, shape: Shape, measured: usize) {
    let mut flow = Flow::new(shape);
    let mut fill = Vec::new();
    while !flow.is_filled() {
        fill.push(flow.fill());
    }
    let (levels, trades) = (flow.levels(), flow.trades);
    let steps: Vec<Step> = (0..measured).map(|_| flow.next()).collect();
    let [new, take, cancel, shift, reduce] = mix(&steps);
    println!("{name}: {measured} commands, {levels} to {} levels, {} fills", flow.levels(), flow.trades - trades);
    println!("  mix: {new:.1} % new, {take:.1} % IOC/FOK, {cancel:.1} % cancel, {shift:.1} % move, {reduce:.1} % reduce");
    let mut best = [Duration::MAX; 3];
    for _ in 0..ROUNDS {
        let rounds = [
            round(ours(), &fill, &steps, CHUNK),
            round(whiteboard(), &fill, &steps, CHUNK),
            round(matchcore(), &fill, &steps, CHUNK),
        ];
        assert!(rounds.iter().all(|round| round.depth == rounds[0].depth), "the books differ at the end");
        best.iter_mut().zip(&rounds).for_each(|(best, round)| *best = round.elapsed.min(*best));
    }
    println!("  {:<12} {:>12} {:>11} {:>8} {:>8} {:>8}", "", "commands", "each", "p50 ns", "p99", "p99.9");
    report("ringfence", best[0], &round(ours(), &fill, &steps, 61).singles, &steps);
    report("whiteboard", best[1], &round(whiteboard(), &fill, &steps, 61).singles, &steps);
    report("matchcore", best[2], &round(matchcore(), &fill, &steps, 61).singles, &steps);
    let [ours, naive, peer] = best.map(|best| best.as_secs_f64());
    println!("  ringfence is {:.2} × whiteboard, {:.2} × matchcore", naive / ours, peer / ours);
}

fn main() {
    let mut clock: Vec<u128> = (0..10_000).map(|_| Instant::now().elapsed().as_nanos()).collect();
    clock.sort_unstable();
    println!("best of {ROUNDS} alternating rounds; reading the clock costs {} ns", clock[clock.len() / 2]);
    race("1,000 resting", Shape { resting: 1_000, busy: Some(512), reach: 600 }, 3_000_000);
    race("1,000,000 resting, 512 of them busy", Shape { resting: 1_000_000, busy: Some(512), reach: 5_000 }, 1_000_000);
    race("1,000,000 resting, all busy", Shape { resting: 1_000_000, busy: None, reach: 5_000 }, 1_000_000);
}
