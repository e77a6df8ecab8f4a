//! Funding: who pays, from what, and what it does to liquidation prices.

use super::*;

fn row(time_ms: i64, rate: &str) -> FundingRow {
    FundingRow { time_ms, rate: parsed(rate) }
}

fn two_sides() -> Population {
    let (mut long, mut short) = (opening("long", Side::Long, "10", "20"), opening("short", Side::Short, "10", "20"));
    (long.account, short.account) = ("l".to_owned(), "s".to_owned());
    Population::new(vec![long, short])
}

fn price(report: &Comparison, number: usize) -> (MarkPrice, Amount) {
    match report.positions[number].isolated {
        IsolatedFate::Survived { liquidating_mark, funding, .. } => (liquidating_mark.unwrap(), funding),
        IsolatedFate::Liquidated { .. } => panic!("{report:?}"),
    }
}

#[test]
fn funding_moves_both_liquidation_prices() {
    let market = market(ContractKind::Linear, "0.01");
    let series = [tick(0, "1000"), tick(10, "1000"), tick(20, "1010")];
    // Margin 500. Long line: (10000 − 500) ÷ (10 × 0.995) = 954.77…; short: (10000 + 500) ÷ (10 × 1.005) = 1044.77….
    let before = with_funding(&market, &two_sides(), &[], &series);
    assert_eq!((price(&before, 0).0, price(&before, 1).0), (parsed("954.77"), parsed("1044.78")));
    // 1 % of 10,100 = 101 at the first mark at or after the time: long (9601 ÷ 9.95), short (10601 ÷ 10.05).
    let after = with_funding(&market, &two_sides(), &[row(15, "0.01")], &series);
    assert_eq!(price(&after, 0), (parsed("964.92"), parsed("101")));
    assert_eq!(price(&after, 1), (parsed("1054.83"), parsed("-101")));
    assert_eq!((after.isolated.funding, after.isolated.funding_unpaid), (Amount::ZERO, Amount::ZERO));
    let pools: Vec<_> = after.accounts.iter().map(|account| account.cross.unwrap().pool_after).collect();
    assert_eq!(pools, [parsed("899"), parsed("1101")]);
    assert_eq!(after.data.fundings, 1);
    check_money(&after);
}

#[test]
fn a_box_pays_no_more_than_it_has_and_dies_at_the_same_mark() {
    let market = market(ContractKind::Linear, "1");
    let series = [tick(0, "1000"), tick(10, "980"), tick(20, "1000")];
    // At 980 the long's balance is 300, 8 % of 9,800 are 784.
    let report = with_funding(&market, &two_sides(), &[row(10, "0.08")], &series);
    let IsolatedFate::Liquidated { time, mark, margin, funding, balance, loss, gap_deficit, .. } = report.positions[0].isolated
    else {
        panic!("{report:?}")
    };
    assert_eq!((time.0, mark, funding, margin, loss), (10, parsed("980"), parsed("300"), parsed("200"), parsed("500")));
    assert_eq!((balance, gap_deficit), (Amount::ZERO, Amount::ZERO));
    assert_eq!(report.isolated.funding_unpaid, parsed("484"));
    check_money(&report);
}

#[test]
fn a_pool_pays_no_more_than_its_equity() {
    let market = market(ContractKind::Linear, "1");
    let population = Population::new(vec![opening("long", Side::Long, "10", "20")]);
    // A pool of 1,000; at 980 its equity is 800, 10 % of 9,800 are 980.
    let report = with_funding(&market, &population, &[row(10, "0.1")], &[tick(0, "1000"), tick(10, "980"), tick(20, "1000")]);
    let (cross, close) = (report.cross.unwrap(), &report.cascade[0]);
    assert_eq!((cross.funding, cross.funding_unpaid, cross.deficit), (parsed("800"), parsed("180"), Amount::ZERO));
    assert_eq!((close.time.0, close.mark, close.pool_before, close.pool_after), (10, parsed("980"), parsed("200"), Amount::ZERO));
    check_money(&report);
}

#[test]
fn funding_at_or_before_the_opening_is_not_exchanged_and_its_order_is_checked() {
    let market = market(ContractKind::Linear, "1");
    let report = with_funding(
        &market,
        &two_sides(),
        &[row(-5, "0.01"), row(0, "0.01"), row(99, "0.01")],
        &[tick(0, "1000"), tick(50, "1000")],
    );
    assert_eq!((report.data.fundings, report.isolated.funding), (0, Amount::ZERO));
    let population = two_sides();
    let rows = [row(5, "0.01"), row(5, "0.01")];
    let replay = Replay { market: &market, population: &population, funding: &rows, options: Options::default() };
    let error = run(&replay, &[tick(0, "1000")]).unwrap_err();
    assert_eq!(error.to_string(), "funding times must increase, got 1970-01-01 00:00:00.005 after 1970-01-01 00:00:00.005");
}

#[test]
fn a_rule_set_may_take_funding_from_the_wallet() {
    let mut market = market(ContractKind::Linear, "0.01");
    market.rules.funding_source = ringfence_risk::rule_set::FundingSource::Wallet;
    let series = [tick(0, "1000"), tick(10, "1000")];
    let report = with_funding(&market, &two_sides(), &[row(5, "0.08")], &series);
    // The boxes stay as they were; the long's free 500 pay what they can of 800.
    assert_eq!(price(&report, 0), (parsed("954.77"), parsed("500")));
    assert_eq!(report.accounts[0].isolated.free_wallet_after, Amount::ZERO);
    assert_eq!(report.accounts[1].isolated.free_wallet_after, parsed("1300"));
    assert_eq!(report.isolated.funding_unpaid, parsed("300"));
    assert_eq!(report.isolated.audit.audit_difference, Amount::ZERO);
}
