//! Memory does not grow with the length of a file: the only test of its process, so that nothing else is measured.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use ringfence_market::{Reading, Recorded};
use ringfence_replay::{LadderSides, Market, Options, Population, Replay};
use ringfence_risk::bracket::BracketTable;
use ringfence_risk::contract::{Contract, ContractKind, ContractSpec, ValueRounding};
use ringfence_risk::fee::FeeSchedule;
use ringfence_risk::rule_set::RuleSet;
use ringfence_risk::units::Rate;
use std::io::Write;
use std::path::Path;

fn market() -> Market {
    let contract = Contract::list(ContractSpec {
        kind: ContractKind::Linear,
        settlement: "USDT".parse().unwrap(),
        tick: "0.5".parse().unwrap(),
        mark_step: "0.5".parse().unwrap(),
        lot: "1".parse().unwrap(),
        multiplier: "1".parse().unwrap(),
        value_rounding: ValueRounding::PerFill,
    });
    Market {
        contract: contract.unwrap(),
        brackets: BracketTable::flat("0.005".parse().unwrap(), "100".parse().unwrap()).unwrap(),
        rules: RuleSet::ringfence(),
        fees: FeeSchedule { maker: Rate::ZERO, taker: Rate::ZERO, liquidation: Rate::ZERO },
        symbol: "BTCUSDT".to_owned(),
        bracket_changes: Vec::new(),
    }
}

fn write(path: &Path, rows: u32) {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    writeln!(file, "ts_ms,price").unwrap();
    for row in 0..rows {
        writeln!(file, "{},{}", u64::from(row) * 1_000, 10_000 + row % 7).unwrap();
    }
    file.flush().unwrap();
}

/// Most memory this process ever held, in KiB.
fn most_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

fn replayed(path: &Path) -> u64 {
    let (market, population) = (market(), Population::default_ladder(LadderSides::Both, "10".parse().unwrap()).unwrap());
    let replay = Replay { market: &market, population: &population, funding: &[], options: Options::default() };
    let recorded = Recorded::open(path, &Reading::default()).unwrap();
    replay.run(recorded, |_| {}).unwrap().data.ticks
}

#[test]
fn a_long_file_takes_no_more_memory_than_a_short_one() {
    let place = |rows: u32| std::env::temp_dir().join(format!("ringfence-memory-{}-{rows}.csv", std::process::id()));
    // A million rows kept would be 24 MB or more.
    let files = [10_000, 1_000_000].map(|rows| (place(rows), rows));
    files.iter().for_each(|(path, rows)| write(path, *rows));
    let most = files.clone().map(|(path, rows)| {
        assert_eq!(replayed(&path), u64::from(rows));
        most_kib()
    });
    files.iter().for_each(|(path, _)| std::fs::remove_file(path).unwrap());
    assert!(most[1] - most[0] < 2_048, "{most:?} KiB");
}
