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

#[test]
fn funding_moves_both_liquidation_prices() {
    let market = market(ContractKind::Linear, "0.01");
    // Margin 500. 1 % of 10,100 = 101 at the first mark at or after the time: the long dies below (9601 ÷ 9.95), the short above
    // (10601 ÷ 10.05); without funding at (9500 ÷ 9.95 = 954.77…) and (10500 ÷ 10.05 = 1044.77…).
    let paid = [tick(0, "1000"), tick(10, "1000"), tick(20, "1010")];
    for (mark, number, without) in [("964.92", 0, 954), ("1044.78", 1, 1044)] {
        let mut series = paid.to_vec();
        series.push(tick(30, mark));
        let died = with_funding(&market, &two_sides(), &[row(15, "0.01")], &series);
        let lived = with_funding(&market, &two_sides(), &[], &series);
        assert_eq!(deaths(&died)[number].is_some(), without == 954);
        assert_eq!(deaths(&lived)[number].is_some(), without != 954);
    }
    let after = with_funding(&market, &two_sides(), &[row(15, "0.01")], &paid);
    let funding: Vec<Amount> = after.accounts.iter().map(|account| account.isolated.funding).collect();
    assert_eq!(funding, [parsed("101"), parsed("-101")]);
    assert_eq!((isolated(&after, 0).margin, isolated(&after, 1).margin), (parsed("399"), parsed("601")));
    let pools: Vec<_> = after.accounts.iter().map(|account| account.cross.unwrap().wallet).collect();
    assert_eq!(pools, [parsed("899"), parsed("1101")]);
    assert_eq!(after.data.fundings, 1);
}

#[test]
fn a_box_pays_with_all_it_has_and_dies_at_the_same_mark() {
    let market = market(ContractKind::Linear, "1");
    let series = [tick(0, "1000"), tick(10, "980"), tick(20, "1000")];
    // 8 % of 9,800 are 784; the long has posted 500.
    let report = with_funding(&market, &two_sides(), &[row(10, "0.08")], &series);
    assert_eq!(deaths(&report)[0], Some((10, parsed("980"))));
    assert_eq!((isolated(&report, 0).funding, isolated(&report, 0).loss), (parsed("500"), Amount::ZERO));
    assert_eq!(report.accounts[0].isolated.wallet, parsed("500"));
    // The receiver goes without the rest.
    assert_eq!(isolated(&report, 1).funding, parsed("-500"));
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
    let replay = Replay { market: &market, population: &two_sides(), funding: &[row(5, "0.04")], options: alone() };
    let report = run(&replay, &[tick(0, "1000"), tick(10, "1000")]).unwrap();
    // The boxes stay as they were.
    assert_eq!((isolated(&report, 0).margin, isolated(&report, 1).margin), (parsed("500"), parsed("500")));
    assert_eq!(report.accounts[0].isolated.wallet, parsed("100"));
    assert_eq!(report.accounts[1].isolated.wallet, parsed("900"));
}
