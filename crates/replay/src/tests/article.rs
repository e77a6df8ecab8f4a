//! The founding article's position, and a gap past its bankruptcy.

use super::*;
use crate::MarkSteps;

fn population() -> Population {
    let long = Population::new(vec![opening("article", Side::Long, "10000", "100")]);
    long.with_wallet("a", parsed("0.1")).unwrap()
}

#[test]
fn the_articles_position_dies_below_the_line_and_loses_its_margin() {
    let market = market(ContractKind::Inverse, "0.1");
    let lives = [tick(0, "10000"), tick(1, "9950.5")];
    let report = with_options(&market, &population(), alone(), &lives);
    assert_eq!((isolated(&report, 0).end, isolated(&report, 0).posted), (End::Open, parsed("0.01")));
    assert_eq!(isolated(&report, 0).liquidating_mark, Some(parsed("9950.4")));

    let dies = [lives[0], lives[1], tick(60_000, "9950.4"), tick(60_001, "12000")];
    let report = with_options(&market, &population(), alone(), &dies);
    let life = isolated(&report, 0);
    assert_eq!((life.time.unwrap().0, life.mark), (60_000, Some(parsed("9950.4"))));
    // Nobody is in the book: the insurance fund takes it over at bankruptcy, and the loss is what was posted.
    assert_eq!((life.loss, life.taken_over, life.returned), (parsed("0.01"), parsed("10000"), Amount::ZERO));
    let account = &report.accounts[0];
    assert_eq!((account.wallet_before, account.isolated.wallet), (parsed("0.1"), parsed("0.09")));
    let (line, run) = (&report.isolated.liquidations[0], &report.isolated);
    assert_eq!((line.liquidating_mark, line.mark), (Some(parsed("9950.4")), parsed("9950.4")));
    // 10,000 ÷ 9,950.4 = 1.00498472…: the balance rounds down, the requirement up.
    assert_eq!((line.margin_balance, line.maintenance_margin), (parsed("0.00501527"), parsed("0.00502493")));
    // The fund holds it to the end: bought for 1.01 BTC, worth 0.8333… at 12,000.
    assert_eq!((run.insurance.held, run.insurance.unrealised), (parsed("10000"), parsed("0.17666666")));
    // Under cross the same pool of 0.1 carries it through, and it earns on the way up.
    let pool = account.cross.unwrap();
    assert_eq!((pool.liquidations, pool.wallet, pool.unrealised), (0, parsed("0.1"), parsed("0.16666666")));
}

#[test]
fn a_book_with_somebody_in_it_gives_back_what_is_left() {
    let market = market(ContractKind::Inverse, "0.1");
    let report = replayed(&market, &population(), &[tick(0, "10000"), tick(1, "9950.4")]);
    let life = isolated(&report, 0);
    // The first bid lies 0.01 % below the mark, at 9,949.4: 10,000 ÷ 9,949.4 − 1 is lost, the rest of 0.01 comes back.
    assert_eq!((life.end, life.closed_in_book), (End::Liquidated, parsed("10000")));
    assert_eq!((life.loss, life.returned), (parsed("0.00508573"), parsed("0.00491427")));
    assert_eq!(report.accounts[0].isolated.wallet, parsed("0.09491427"));
    assert_eq!(report.isolated.maker.held, "none");
    assert_eq!(report.isolated.maker.result, life.loss);
}

#[test]
fn a_gap_past_bankruptcy_costs_the_margin_and_the_counterparty_the_rest() {
    let market = market(ContractKind::Inverse, "0.5");
    for options in [alone(), Options::default()] {
        let report = with_options(&market, &population(), options, &[tick(0, "10000"), tick(1, "9000")]);
        let life = isolated(&report, 0);
        assert_eq!((life.end, life.mark, life.loss), (End::Liquidated, Some(parsed("9000")), parsed("0.01")));
        // No bid is as high as bankruptcy, the fund has nothing: whoever won is closed at the bankruptcy price.
        assert_eq!((life.closed_against_others, report.isolated.deleveragings), (parsed("10000"), 1));
        assert_eq!(report.accounts[0].isolated.wallet, parsed("0.09"));
        // Cross loses the whole wallet, not one margin.
        let pool = report.accounts[0].cross.unwrap();
        assert_eq!((pool.wallet, pool.lost), (Amount::ZERO, parsed("0.1")));
        assert_eq!((report.isolated.maker.result, report.cross.unwrap().maker.result), (parsed("0.01"), parsed("0.1")));
    }
}

#[test]
fn an_insurance_fund_with_money_takes_the_gap() {
    let market = market(ContractKind::Inverse, "0.5");
    let options = Options { insurance: parsed("1"), ..alone() };
    let report = with_options(&market, &population(), options, &[tick(0, "10000"), tick(1, "9000")]);
    assert_eq!((isolated(&report, 0).taken_over, isolated(&report, 0).loss), (parsed("10000"), parsed("0.01")));
    // Bought at 10,000 contracts for 1.01, worth 1.1111… at 9,000.
    assert_eq!(report.isolated.insurance.unrealised, parsed("-0.10111112"));
    assert_eq!(report.isolated.deleveragings, 0);
}

#[test]
fn every_step_liquidates_at_the_trigger_itself() {
    for (step, trigger) in [("0.1", "9950.4"), ("0.5", "9950"), ("0.01", "9950.49")] {
        let market = market(ContractKind::Inverse, step);
        let options = Options { steps: MarkSteps::EveryStep, ..alone() };
        let report = with_options(&market, &population(), options, &[bar(0, ["10000", "10000", "9920", "9940"])]);
        assert_eq!(deaths(&report), [Some((0, parsed(trigger)))]);
    }
}
