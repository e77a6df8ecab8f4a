//! How fast many positions go through many bars on the engine: `cargo run --release -p ringfence-replay --example positions_bars`.
//!
//! The bars are a shipped crash, repeated with continuous times up to 907,200 one-minute bars (21 months), in memory. Opening the positions and
//! writing the report is timed apart from going through the bars, in which every liquidation is included.
//!
//! With money in the insurance fund what the book does not take is taken over, and time grows with liquidations. Without, it is deleveraged: the
//! engine then ranks the other side once for each mark at which anybody is deleveraged.
//!
//! The last table is one account on ticks: the prices of the same bars one by one, quiet, and with a script that trades every 10,000th tick.

use ringfence_market::{Bar, Observation, PriceFile, ReadError, Tick};
use ringfence_replay::{
    Act, Market, Modes, Options, Population, Regime, Replay, Script, ScriptAccount, ScriptStep, Uniform, Watch, When,
};
use ringfence_risk::bracket::BracketTable;
use ringfence_risk::contract::{Contract, ContractKind, ContractSpec, ValueRounding};
use ringfence_risk::fee::FeeSchedule;
use ringfence_risk::plan::MarginMode;
use ringfence_risk::rule_set::RuleSet;
use ringfence_risk::units::{Leverage, Rate, Side};
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
        bracket_changes: Vec::new(),
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

fn measure(market: &Market, bars: &[Bar], (count, insurance): (usize, &str), leverages: &[i64]) -> Result<(), Box<dyn Error>> {
    let first = bars.first().ok_or("no bars")?.open;
    let leverages = leverages.iter().copied().map(Leverage::whole).collect::<Result<Vec<_>, _>>()?;
    let uniform = Uniform { count, quantity: "10000".parse()?, around: first, step: "0.5".parse()?, leverages };
    let population = Population::uniform(&uniform)?;
    let options = Options { modes: Modes::Isolated, insurance: insurance.parse()?, ..Options::default() };
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

/// One account on ticks: a position held through all of them, and one that is increased and reduced in turn.
fn ticks(market: &Market, bars: &[Bar]) -> Result<(), Box<dyn Error>> {
    let prices = bars.iter().flat_map(|bar| [bar.open, bar.low, bar.high, bar.close]);
    let ticks: Vec<Observation> =
        prices.zip(0_i64..).map(|(price, time_ms)| Observation::Tick(Tick { time_ms, price })).collect();
    println!("{} ticks, one account at 1x; least of {RUNS} runs", ticks.len());
    println!("{:>24} {:>9} {:>12}", "", "s", "ticks/s");
    let enter = ScriptStep {
        when: When::At(0),
        side: Side::Long,
        act: Act::Enter { quantity: "10000".parse()?, leverage: Leverage::ONE },
        line: 1,
    };
    let trades = (1..ticks.len() / 10_000).zip(1_i64..).map(|(number, count)| {
        let quantity = "100".parse()?;
        let act = if number % 2 == 1 { Act::Add { quantity } } else { Act::Reduce { quantity } };
        Ok(ScriptStep { when: When::At(count * 10_000), act, ..enter })
    });
    let trades = trades.collect::<Result<Vec<_>, ringfence_risk::decimal::ParseError>>()?;
    for (name, steps) in [("held", vec![enter]), ("a trade every 10,000", std::iter::once(enter).chain(trades).collect())] {
        let account = ScriptAccount { name: "one".to_owned(), wallet: "100".parse()?, mode: MarginMode::Isolated, steps };
        let population = Population::default().with_script(Script { accounts: vec![account] });
        let replay = Replay { market, population: &population, funding: &[], options: Options::default() };
        let mut least = f64::INFINITY;
        for _ in 0..RUNS {
            let begun = Instant::now();
            let outcome = replay.carry((Regime::Isolated, &Watch::default()), ticks.iter().copied().map(Ok), |_| {})?;
            least = least.min(begun.elapsed().as_secs_f64());
            if outcome.run.open != 1 {
                return Err("the account did not hold its position to the end".into());
            }
        }
        println!("{name:>24} {least:>9.4} {:>12.3e}", f64::from(u32::try_from(ticks.len())?) / least);
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let market = market()?;
    let march = "bitmex_XBTUSD_perp_1m_2020-03_11-14.csv.gz";
    let may = "bitmex_XBTUSD_perp_1m_2021-05_18-21.csv.gz";
    let usual = [2, 3, 5, 10, 20, 25, 50, 75, 100].as_slice();
    for (name, what, leverages, insurance, counts) in [
        (march, "leverages 2 to 100, a rich insurance fund", usual, "1000000", [1, 1_000, 10_000, 100_000].as_slice()),
        (march, "leverages 2 to 100, no insurance fund: deleveraging", usual, "0", [1, 1_000, 10_000, 100_000].as_slice()),
        (may, "leverage 1, which this series never liquidates", [1].as_slice(), "0", [1, 1_000, 10_000, 100_000].as_slice()),
    ] {
        let bars = bars(name)?;
        println!("{} bars of {name}, {what}; least of {RUNS} runs", bars.len());
        println!(
            "{:>9} {:>9} {:>9} {:>12} {:>18} {:>11}",
            "positions", "open, s", "bars, s", "bars/s", "positions·bars/s", "liquidated"
        );
        for count in counts {
            measure(&market, &bars, (*count, insurance), leverages)?;
        }
        println!();
        if leverages == [1] {
            ticks(&market, &bars)?;
        }
    }
    Ok(())
}
