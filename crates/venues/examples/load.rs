//! How long it takes to read and check everything, and one symbol: `cargo run --release -p ringfence-venues --example load`.
#![allow(clippy::disallowed_types, reason = "a measurement reads the clock; the library never does")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use ringfence_risk::bracket::BracketStyle;
use ringfence_venues::{VenueError, brackets, brackets_on, check_all, contract, rule_set};

/// Median of a hundred runs.
fn median(what: &str, mut run: impl FnMut() -> Result<(), VenueError>) -> Result<(), VenueError> {
    let mut times: Vec<Duration> = Vec::with_capacity(100);
    for _ in 0..100 {
        let start = Instant::now();
        run()?;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    println!("{what:<46} {:>9.1} µs", times[times.len() / 2].as_secs_f64() * 1e6);
    Ok(())
}

fn main() -> Result<(), VenueError> {
    let summary = check_all()?;
    println!(
        "{} rule sets, {} contracts, {} symbols, {} tables, {} dated entries",
        summary.rule_sets, summary.contracts, summary.symbols, summary.tables, summary.history_entries
    );
    for source in &summary.sources {
        println!(
            "  {:<36} {:>4} symbols {:>4} tables {:>4} entries {:>5} brackets",
            source.file, source.symbols, source.tables, source.entries, source.brackets
        );
    }
    median("check_all", || check_all().map(|summary| drop(black_box(summary))))?;
    median("brackets(\"XRPUSDT\")", || brackets("XRPUSDT", BracketStyle::Marginal).map(|entry| drop(black_box(entry))))?;
    median("brackets_on(\"BTCUSDT\", \"2022-02-28\")", || {
        brackets_on("BTCUSDT", "2022-02-28", BracketStyle::Marginal).map(|entry| drop(black_box(entry)))
    })?;
    median("contract(\"BTCUSDT\")", || contract("BTCUSDT").map(|listed| drop(black_box(listed))))?;
    median("rule_set(\"binance-usdm\")", || rule_set("binance-usdm").map(|rules| drop(black_box(rules))))
}
