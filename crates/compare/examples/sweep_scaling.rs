//! How a sweep scales with cores: `cargo run --release -p ringfence-compare --example sweep_scaling`.
//!
//! The same runs on one thread and on two, four, … up to the number of cores, in turn, the least of several rounds each; the rows must be equal.

use ringfence_compare::{Axes, CompareError, Prepared, Shared, over_cores, run_cell};
use ringfence_market::{Observation, PriceFile};
use ringfence_replay::{Crowd, Market, Options, Population, Watch, Weighted};
use ringfence_risk::bracket::BracketTable;
use ringfence_risk::contract::{Contract, ContractKind, ContractSpec, ValueRounding};
use ringfence_risk::fee::FeeSchedule;
use ringfence_risk::rule_set::RuleSet;
use ringfence_risk::units::{Leverage, MarkPrice, Rate};
use std::error::Error;
use std::path::Path;
use std::time::Instant;

const ROUNDS: usize = 40;
const ACCOUNTS: u32 = 500;

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
        bracket_changes: Vec::new(),
    })
}

fn crowd(seed: u64) -> Result<Crowd, Box<dyn Error>> {
    Ok(Crowd {
        accounts: ACCOUNTS,
        seed,
        least: "100".parse()?,
        most: "100000".parse()?,
        leverages: vec![Weighted { leverage: Leverage::whole(10)?, weight: 1 }],
        longs: "0.5".parse()?,
        hedged: "0.1".parse()?,
        cross: Rate::ZERO,
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/bitmex_XBTUSD_perp_1m_2020-03_11-14.csv.gz");
    let series: Vec<Observation> = PriceFile::open(&path)?.collect::<Result<_, _>>()?;
    let first: MarkPrice = match series.first().ok_or("no rows")? {
        Observation::Bar(bar) => bar.open,
        Observation::Tick(tick) => tick.price,
    };
    let market = market()?;
    let axes = Axes::default().swept("seeds=1..8")?;
    let cells: Vec<usize> = (0..axes.count()?).collect();
    let mut prepared = Vec::new();
    for cell in &cells {
        let cell = axes.cell(*cell).ok_or("no cell")?;
        let population = Population::random(&crowd(cell.seed.unwrap_or(0))?, &market, first)?;
        prepared.push(Prepared { market: market.clone(), brackets: String::new(), population, options: Options::default() });
    }
    let run = |number: usize| -> Result<Vec<String>, CompareError> {
        let (Some(cell), Some(prepared)) = (axes.cell(number), prepared.get(number)) else { return Ok(Vec::new()) };
        let shared = Shared { funding: &[], watch: &Watch::default() };
        let ran = run_cell(cell, prepared, shared, || Ok(series.iter().copied().map(Ok)))?;
        Ok(ran.summary.fields(&ran.cell))
    };
    let cores = std::thread::available_parallelism()?.get();
    let counts: Vec<usize> =
        std::iter::successors(Some(1), |count| Some(count * 2)).take_while(|count| *count <= cores).collect();
    let mut least = vec![f64::INFINITY; counts.len()];
    let mut rows: Option<Vec<Vec<String>>> = None;
    for _ in 0..ROUNDS {
        for (least, workers) in least.iter_mut().zip(&counts) {
            let begun = Instant::now();
            let mut found = vec![Vec::new(); cells.len()];
            let keep = |number: usize, row: Vec<String>| {
                found.get_mut(number).into_iter().for_each(|place| place.clone_from(&row));
                Ok(())
            };
            over_cores(&cells, *workers, run, keep)?;
            *least = least.min(begun.elapsed().as_secs_f64());
            if rows.get_or_insert_with(|| found.clone()) != &found {
                return Err("the rows depend on the number of threads".into());
            }
        }
    }
    println!("{} runs of {ACCOUNTS} accounts through {} bars; least of {ROUNDS} rounds", cells.len(), series.len());
    println!("{:>8} {:>9} {:>9}", "threads", "s", "times");
    let one = least.first().copied().unwrap_or(f64::INFINITY);
    for (workers, least) in counts.iter().zip(&least) {
        println!("{workers:>8} {least:>9.3} {:>9.2}", one / least);
    }
    Ok(())
}
