//! The founding article's position, and a gap past its bankruptcy.

use super::*;
use crate::{MarkSteps, Options};

fn population() -> Population {
    let long = Population::new(vec![opening("article", Side::Long, "10000", "100")]);
    long.with_wallet("a", parsed("0.1")).unwrap()
}

fn fate(report: &Comparison) -> IsolatedFate {
    report.positions[0].isolated
}

#[test]
fn the_articles_position_dies_below_the_line_and_loses_its_margin() {
    let market = market(ContractKind::Inverse, "0.5");
    let lives = [tick(0, "10000"), tick(1, "9950.5")];
    let report = replayed(&market, &population(), &lives);
    assert!(matches!(fate(&report), IsolatedFate::Survived { .. }));
    assert_eq!(report.positions[0].liquidating_mark_at_opening, Some(parsed("9950")));

    let report = replayed(&market, &population(), &[lives[0], lives[1], tick(60_000, "9950"), tick(60_001, "12000")]);
    let IsolatedFate::Liquidated { time, mark, loss, balance, maintenance, gap_deficit, to_insurance, .. } = fate(&report) else {
        panic!("{report:?}")
    };
    assert_eq!((time.0, mark, loss), (60_000, parsed("9950"), parsed("0.01")));
    // 10,000 ÷ 9,950 = 1.00502512…: the balance rounds down, the requirement up.
    assert_eq!((balance, maintenance), (parsed("0.00497487"), parsed("0.00502513")));
    assert_eq!((gap_deficit, to_insurance), (Amount::ZERO, balance));
    let account = &report.accounts[0];
    assert_eq!((account.wallet_before, account.isolated.free_wallet_after), (parsed("0.1"), parsed("0.09")));
    assert_eq!((account.isolated.posted, account.isolated.lost), (parsed("0.01"), parsed("0.01")));
    check_money(&report);
    // Under cross the same pool of 0.1 carries it through, and it earns on the way up.
    let pool = account.cross.unwrap();
    assert_eq!((pool.closed, pool.pool_after, pool.unrealised), (0, parsed("0.1"), parsed("0.16666666")));
}

#[test]
fn a_gap_past_bankruptcy_costs_the_margin_and_the_insurance_fund_the_rest() {
    let market = market(ContractKind::Inverse, "0.5");
    let report = replayed(&market, &population(), &[tick(0, "10000"), tick(1, "9000")]);
    let IsolatedFate::Liquidated { mark, loss, balance, gap_deficit, to_insurance, .. } = fate(&report) else {
        panic!("{report:?}")
    };
    // 10,000 ÷ 9,000 − 1 = 0.1111…, of which the box held 0.01.
    assert_eq!((mark, loss, gap_deficit), (parsed("9000"), parsed("0.01"), parsed("0.10111112")));
    assert_eq!((balance, to_insurance), (parsed("-0.10111112"), Amount::ZERO));
    assert_eq!(report.isolated.audit.insurance, balance);
    assert_eq!(report.isolated.audit.outside, parsed("0.11111112"));
    assert_eq!(report.accounts[0].isolated.free_wallet_after, parsed("0.09"));
    check_money(&report);
    // Cross loses the whole wallet, not one margin, and its deficit is smaller by as much.
    let pool = report.accounts[0].cross.unwrap();
    assert_eq!((pool.pool_after, pool.deficit), (Amount::ZERO, parsed("0.01111112")));
    check_money(&report);
}

#[test]
fn every_step_liquidates_at_the_trigger_itself() {
    for (step, trigger) in [("0.1", "9950.4"), ("0.5", "9950"), ("0.01", "9950.49")] {
        let market = market(ContractKind::Inverse, step);
        let population = population();
        let options = Options { steps: MarkSteps::EveryStep, ..Options::default() };
        let replay = Replay { market: &market, population: &population, funding: &[], options };
        let report = run(&replay, &[bar(0, ["10000", "10000", "9000", "9500"])]).unwrap();
        assert_eq!(deaths(&report), [Some((0, parsed(trigger)))]);
        assert_eq!(report.isolated.gap_deficit, Amount::ZERO);
        check_money(&report);
    }
}
