//! How fast many positions go through many bars on the engine: `cargo run --release -p ringfence-replay --example positions_bars`.
//!
//! The bars are a shipped crash, repeated with continuous times up to 907,200 one-minute bars (21 months), in memory. Opening the positions and
//! writing the report is timed apart from going through the bars, in which every liquidation is included.

use ringfence_market::{Bar, Observation, PriceFile, ReadError};
use ringfence_replay::{Market, Modes, Options, Population, Replay, Uniform};
use ringfence_risk::bracket::BracketTable;
use ringfence_risk::contract::{Contract, ContractKind, ContractSpec, ValueRounding};
use ringfence_risk::fee::FeeSchedule;
use ringfence_risk::rule_set::RuleSet;
use ringfence_risk::units::{Leverage, Rate};
use std::cell::Cell;
use std::error::Error;
use std::path::Path;
use std::time::Instant;

const BARS: usize = 907_200;
const RUNS: usize = 3;

fn market() -> Result<Market, Box<dyn Error>> {
    let contract = Contract::list(ContractSpec {
        kind: ContractKind::Inverse,
        settlement: "BTC".parse()?,
        tick: "0.5".parse()?,
        mark_step: "0.5".parse()?,
        lot: "1".parse()?,
        multiplier: "1".parse()?,
        value_rounding: ValueRounding::PerFill,
    })?;
    Ok(Market {
        contract,
        brackets: BracketTable::flat("0.005".parse()?, "100".parse()?)?,
        rules: RuleSet::ringfence(),
        fees: FeeSchedule { maker: Rate::ZERO, taker: Rate::ZERO, liquidation: Rate::ZERO },
        symbol: "XBTUSD".to_owned(),
    })
}

/// The recorded bars again and again, one minute after the other.
fn bars(name: &str) -> Result<Vec<Bar>, ReadError> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data").join(name);
    let mut recorded = Vec::new();
    for row in PriceFile::open(&path)? {
        if let Observation::Bar(bar) = row? {
            recorded.push(bar);
        }
    }
    let times = (0_i64..).map(|minute| 1_583_884_800_000 + minute * 60_000);
    let repeated = recorded.into_iter().cycle().take(BARS);
    Ok(repeated.zip(times).map(|(bar, open_time_ms)| Bar { open_time_ms, ..bar }).collect())
}

fn measure(market: &Market, bars: &[Bar], count: usize, leverages: &[i64]) -> Result<(), Box<dyn Error>> {
    let first = bars.first().ok_or("no bars")?.open;
    let leverages = leverages.iter().copied().map(Leverage::whole).collect::<Result<Vec<_>, _>>()?;
    let uniform = Uniform { count, quantity: "10000".parse()?, around: first, step: "0.5".parse()?, leverages };
    let population = Population::uniform(&uniform)?;
    let options = Options { modes: Modes::Isolated, ..Options::default() };
    let replay = Replay { market, population: &population, funding: &[], options };
    let mut least = (f64::INFINITY, f64::INFINITY);
    let mut liquidated = 0;
    for _ in 0..RUNS {
        let (ends, whole) = ((Cell::new(None), Cell::new(None)), Instant::now());
        let (first, rest) = bars.split_at(1);
        let observations = first.iter().chain(stamp(&ends.0)).chain(rest).chain(stamp(&ends.1));
        let report = replay.run(observations.map(|bar| Ok(Observation::Bar(*bar))), |_| {})?;
        let whole = whole.elapsed().as_secs_f64();
        let (Some(begun), Some(ended)) = (ends.0.get(), ends.1.get()) else { return Err("the run left bars unread".into()) };
        let walked = ended.duration_since(begun).as_secs_f64();
        least = (least.0.min(whole - walked), least.1.min(walked));
        liquidated = report.isolated.liquidated;
    }
    let rate = f64::from(u32::try_from(bars.len())?) / least.1;
    let pairs = rate * f64::from(u32::try_from(count)?);
    println!("{count:>9} {:>9.4} {:>9.4} {rate:>12.0} {pairs:>18.3e} {liquidated:>11}", least.0, least.1);
    Ok(())
}

/// No bar, but a note of when it was asked for one first.
fn stamp(at: &Cell<Option<Instant>>) -> impl Iterator<Item = &Bar> {
    std::iter::from_fn(move || {
        at.set(at.get().or_else(|| Some(Instant::now())));
        None
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    let market = market()?;
    for (name, what, leverages) in [
        ("bitmex_XBTUSD_perp_1m_2020-03_11-14.csv.gz", "leverages 2 to 100", [2, 3, 5, 10, 20, 25, 50, 75, 100].as_slice()),
        ("bitmex_XBTUSD_perp_1m_2021-05_18-21.csv.gz", "leverage 1, which this series never liquidates", [1].as_slice()),
    ] {
        let bars = bars(name)?;
        println!("{} bars of {name}, {what}; least of {RUNS} runs", bars.len());
        println!(
            "{:>9} {:>9} {:>9} {:>12} {:>18} {:>11}",
            "positions", "open, s", "bars, s", "bars/s", "positions·bars/s", "liquidated"
        );
        for count in [1, 100, 1_000, 10_000] {
            measure(&market, &bars, count, leverages)?;
        }
        println!();
    }
    Ok(())
}
