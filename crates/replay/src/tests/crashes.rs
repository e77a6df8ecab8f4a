//! The shipped crashes from end to end, held against the plain scan.

use super::*;
use crate::tests::naive::{scan, visits};
use crate::{BarPath, MarkSteps, Modes};
use ringfence_market::PriceFile;
use std::path::Path;

fn shipped(name: &str) -> Vec<Observation> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data").join(name);
    PriceFile::open(&path).unwrap().map(Result::unwrap).collect()
}

const MARCH: &str = "bitmex_XBTUSD_perp_1m_2020-03_11-14.csv.gz";
const MAY: &str = "bitmex_XBTUSD_perp_1m_2021-05_18-21.csv.gz";

fn ladder() -> Population {
    let leverages = [2, 3, 5, 10, 20, 25, 50, 75, 100].map(|times| ringfence_risk::units::Leverage::whole(times).unwrap());
    Population::ladder(LadderSides::Both, parsed("10000"), &leverages)
}

/// Isolated positions liquidated and on cross; whoever is not deleveraged before is liquidated when the plain scan says.
fn compare(series: &[Observation], options: Options) -> (Comparison, (usize, usize)) {
    let (market, population) = (market(ContractKind::Inverse, "0.5"), ladder());
    let report = with_options(&market, &population, options, series);
    // Every grid price of four days is too much for the plain scan: between recorded prices it would find what the recorded ones imply.
    let visits = visits(&market, Options { steps: MarkSteps::Recorded, ..options }, series);
    let scanned = scan(&market, &population, &visits);
    for ((position, died), scanned) in report.positions.iter().zip(deaths(&report)).zip(scanned) {
        if position.isolated.unwrap().deleveraged > parsed("0") {
            continue;
        }
        match options.steps {
            MarkSteps::Recorded => assert_eq!(died, scanned, "{}", position.name),
            MarkSteps::EveryStep => assert_eq!(died.map(|(time, _)| time), scanned.map(|(time, _)| time), "{}", position.name),
        }
    }
    let counts = (report.isolated.liquidated, report.cross.as_ref().map_or(0, |cross| cross.liquidated));
    (report, counts)
}

#[test]
fn march_2020_both_sides() {
    let series = shipped(MARCH);
    for path in [BarPath::OpenLowHighClose, BarPath::OpenHighLowClose] {
        let (report, counts) = compare(&series, Options { path, ..Options::default() });
        // All nine longs and the two nearest shorts; on cross all longs, with all of their wallets at stake, and no short.
        assert_eq!(counts, (11, 9));
        assert_eq!((report.data.bars, report.data.low, report.data.high), (5760, parsed("3596"), parsed("7985")));
        assert_eq!((report.data.first_mark, report.data.off_grid), (parsed("7889.5"), 0));
        let cross = report.cross.as_ref().unwrap();
        assert!(report.isolated.lost < report.isolated.posted && cross.lost > report.isolated.lost);
        assert_eq!((report.isolated.uncovered, cross.uncovered), (Amount::ZERO, Amount::ZERO));
    }
    let (stepped, counts) = compare(&series, Options { steps: MarkSteps::EveryStep, ..Options::default() });
    assert_eq!(counts.1, 9);
    assert!(
        stepped
            .isolated
            .liquidations
            .iter()
            .all(|line| line.margin_balance > Amount::ZERO || line.liquidating_mark != Some(line.mark))
    );
}

#[test]
fn may_2021_both_sides() {
    let series = shipped(MAY);
    // With an empty book two shorts are deleveraged whole for the longs' gaps before a mark reaches them on cross.
    for (options, expect) in [(Options::default(), (14, 10)), (alone(), (14, 7))] {
        for path in [BarPath::OpenLowHighClose, BarPath::OpenHighLowClose] {
            let (report, counts) = compare(&series, Options { path, ..options });
            assert_eq!(counts, expect);
            assert_eq!((report.data.bars, report.data.low, report.data.high), (5760, parsed("28157"), parsed("45798.5")));
        }
    }
}

#[test]
fn the_same_stream_gives_the_same_state() {
    let series = shipped(MARCH);
    let one = compare(&series, Options::default()).0;
    assert_eq!(one, compare(&series, Options::default()).0);
    let other = Options { maker: Some(Maker { levels: 3, ..Maker::DEFAULT }), ..Options::default() };
    assert_ne!(one.isolated.state_hash, compare(&series, other).0.isolated.state_hash);
}

#[test]
fn cross_may_be_left_out() {
    let (market, population) = (market(ContractKind::Inverse, "0.5"), ladder());
    let options = Options { modes: Modes::Isolated, ..Options::default() };
    let replay = Replay { market: &market, population: &population, funding: &[], options };
    let mut calls = Vec::new();
    let series = shipped(MAY);
    let report = replay.run(series.iter().copied().map(Ok), |progress| calls.push(progress)).unwrap();
    assert!(report.cross.is_none() && report.positions.iter().all(|position| position.cross.is_none()));
    assert_eq!(calls.iter().map(|progress| progress.observations).collect::<Vec<_>>(), [4096, 5760]);
    assert_eq!(calls[1].isolated_open, report.isolated.open);
    assert_eq!(deaths(&report), deaths(&compare(&series, Options::default()).0));
}
