//! The shipped crashes from end to end, held against the plain scan.

use super::*;
use crate::tests::naive::{cross, isolated, positions, visits};
use crate::{BarPath, MarkSteps, Modes, Options};
use ringfence_market::PriceFile;
use std::path::Path;

fn shipped(name: &str) -> Vec<Observation> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data").join(name);
    PriceFile::open(&path).unwrap().map(Result::unwrap).collect()
}

const MARCH: &str = "bitmex_XBTUSD_perp_1m_2020-03_11-14.csv.gz";
const MAY: &str = "bitmex_XBTUSD_perp_1m_2021-05_18-21.csv.gz";

/// What a run answered: isolated liquidated, positions closed by cross, refused.
type Counts = (usize, usize, usize);

fn compare(series: &[Observation], options: Options) -> (Comparison, Counts) {
    let (market, population) = (market(ContractKind::Inverse, "0.5"), both("10000"));
    let report = run(&Replay { market: &market, population: &population, funding: &[], options }, series).unwrap();
    check_money(&report);
    let opened = positions(&market, &report);
    // Every grid price of four days is too much for the plain scan: between recorded prices it would find what the recorded ones imply.
    let visits = visits(&market, Options { steps: MarkSteps::Recorded, ..options }, series);
    let scanned = isolated(&market, opened.clone(), &[], &visits);
    if options.steps == MarkSteps::Recorded {
        assert_eq!(deaths(&report), scanned);
        for account in &report.accounts {
            let own = |number: &usize| report.positions[*number].account == account.name;
            let numbers: Vec<usize> = (0..opened.len()).filter(own).collect();
            let own: Vec<_> = numbers.iter().map(|number| opened[*number]).collect();
            let pool = account.cross.unwrap();
            let (fates, left) = cross(&market, &own, pool.pool_before, &[], &visits);
            let closed: Vec<_> = numbers.iter().map(|number| closed(&report, *number)).collect();
            assert_eq!((closed, pool.pool_after), (fates, left));
        }
    } else {
        // The same positions die in the same bars, no longer past the trigger unless a jump went past it.
        let times =
            |fates: Vec<Option<(i64, MarkPrice)>>| fates.into_iter().map(|fate| fate.map(|(time, _)| time)).collect::<Vec<_>>();
        assert_eq!(times(deaths(&report)), times(scanned));
    }
    let counts = (report.isolated.liquidated, report.cross.map_or(0, |cross| cross.closed), report.refused.len());
    (report, counts)
}

fn closed(report: &Comparison, number: usize) -> Option<(i64, MarkPrice)> {
    let name = &report.positions[number].name;
    report.cascade.iter().find(|close| close.position == *name).map(|close| (close.time.0, close.mark))
}

fn text(report: &Comparison, number: usize) -> String {
    report.positions_table().rows[number].join(" | ")
}

#[test]
fn march_2020_both_sides() {
    let series = shipped(MARCH);
    for path in [BarPath::OpenLowHighClose, BarPath::OpenHighLowClose] {
        let (report, counts) = compare(&series, Options { path, ..Options::default() });
        // All nine longs and the two nearest shorts; cross closes all longs and no short; 125× is refused on both sides.
        assert_eq!(counts, (11, 9, 2));
        assert_eq!((report.data.bars, report.data.low, report.data.high), (5760, parsed("3596"), parsed("7985")));
        assert_eq!((report.data.first_mark, report.data.off_grid), (parsed("7889.5"), 0));
        assert_eq!((report.isolated.lost, report.isolated.gap_deficit), (parsed("1.63508465"), parsed("0.0432551")));
        let long = "long 3x | long | 3 | 7889.5 | 5946.5 | 2020-03-12 10:46:00 | 5793.5 | 0.42250249 | 0.42250249 | 0.03606239 \
                    | closed 2020-03-12 10:44:00 at 6168, -0.35376363";
        assert_eq!(text(&report, 1), long);
        assert_eq!(report.accounts[0].cross.unwrap().deficit, parsed("0.0677182"));
        assert_eq!(report.accounts[0].isolated.free_wallet_after, parsed("1.60550947"));
    }
    let (stepped, counts) = compare(&series, Options { steps: MarkSteps::EveryStep, ..Options::default() });
    assert_eq!(counts, (11, 9, 2));
    assert_eq!((stepped.isolated.gap_deficit, stepped.cross.unwrap().deficit), (Amount::ZERO, Amount::ZERO));
}

#[test]
fn may_2021_both_sides() {
    let series = shipped(MAY);
    for path in [BarPath::OpenLowHighClose, BarPath::OpenHighLowClose] {
        let (report, counts) = compare(&series, Options { path, ..Options::default() });
        assert_eq!(counts, (14, 9, 2));
        assert_eq!((report.data.bars, report.data.low, report.data.high), (5760, parsed("28157"), parsed("45798.5")));
        assert_eq!((report.isolated.lost, report.isolated.gap_deficit), (parsed("0.32123362"), parsed("0.02382474")));
        assert_eq!(report.cross.unwrap().deficit, parsed("0.05091151"));
    }
    assert_eq!(compare(&series, Options { steps: MarkSteps::EveryStep, ..Options::default() }).1, (14, 9, 2));
}

#[test]
fn cross_may_be_left_out() {
    let (market, population) = (market(ContractKind::Inverse, "0.5"), both("10000"));
    let options = Options { modes: Modes::Isolated, ..Options::default() };
    let replay = Replay { market: &market, population: &population, funding: &[], options };
    let mut calls = Vec::new();
    let series = shipped(MAY);
    let report = replay.run(series.iter().copied().map(Ok), |progress| calls.push(progress)).unwrap();
    assert!(report.cross.is_none() && report.positions.iter().all(|position| position.cross.is_none()));
    assert_eq!(calls.iter().map(|progress| progress.observations).collect::<Vec<_>>(), [4096, 5760]);
    assert_eq!(calls[1].isolated_open, report.isolated.positions - report.isolated.liquidated);
    let compared = compare(&series, Options::default()).0;
    assert_eq!(deaths(&report), deaths(&compared));
}
