//! Pools: cascades by hand, and the hedge that lives under cross and dies in boxes.

use super::*;
use crate::CrossFate;

#[test]
fn a_cascade_closes_the_greatest_loss_first_until_the_pool_is_healthy() {
    let mut market = market(ContractKind::Linear, "1");
    market.brackets = BracketTable::flat(parsed("0.05"), parsed("10")).unwrap();
    let openings = vec![
        opening("small", Side::Long, "1", "10"),
        opening("large", Side::Long, "6", "10"),
        opening("short", Side::Short, "2", "10"),
    ];
    let population = Population::new(openings).with_wallet("a", parsed("950")).unwrap();
    let report = replayed(&market, &population, &[tick(0, "1000"), tick(1, "910"), tick(2, "880"), tick(3, "100")]);
    // 910: equity 950 − 450 = 500, maintenance 0.05 × 9 × 910 = 409.5: healthy. 880: equity 950 − 600 = 350 < 396: "large" is closed at
    // −720: pool 230, equity 230 − 120 + 240 = 350, maintenance 132: healthy. 100: equity 230 − 900 + 1800 = 1130: healthy.
    let close = &report.cascade[0];
    assert_eq!(report.cascade.len(), 1);
    assert_eq!((close.time.0, close.mark, close.position.as_str()), (2, parsed("880"), "large"));
    assert_eq!((close.realised, close.fee), (parsed("-720"), Amount::ZERO));
    assert_eq!((close.pool_before, close.pool_after), (parsed("950"), parsed("230")));
    assert_eq!((close.equity_before, close.maintenance_before), (parsed("350"), parsed("396")));
    assert_eq!(report.positions[0].cross, Some(CrossFate::Survived { unrealised: parsed("-900") }));
    assert_eq!(report.positions[2].cross, Some(CrossFate::Survived { unrealised: parsed("1800") }));
    let pool = report.accounts[0].cross.unwrap();
    assert_eq!((pool.closed, pool.pool_after, pool.unrealised, pool.deficit), (1, parsed("230"), parsed("900"), Amount::ZERO));
    check_money(&report);
    // In boxes both longs lose their 100 and 600, the short keeps all its profit, and 50 was never at risk.
    assert_eq!(deaths(&report), [Some((1, parsed("910"))), Some((1, parsed("910"))), None]);
    assert_eq!((report.isolated.lost, report.accounts[0].isolated.free_wallet_after), (parsed("700"), parsed("50")));
}

#[test]
fn an_emptied_pool_owes_nothing_and_the_insurance_fund_pays() {
    let mut market = market(ContractKind::Linear, "1");
    market.fees.liquidation = parsed("0.01");
    let openings = vec![opening("first", Side::Long, "1", "10"), opening("second", Side::Long, "1", "10")];
    let population = Population::new(openings).with_wallet("a", parsed("700")).unwrap();
    let report = replayed(&market, &population, &[tick(0, "1000"), tick(1, "600"), tick(2, "1000")]);
    // Equal losses are closed in the order of opening. 700 − 400 − 6 fee = 294; then − 400 leaves −106, and nothing for a fee.
    let pools: Vec<_> = report.cascade.iter().map(|close| (close.position.as_str(), close.fee, close.pool_after)).collect();
    assert_eq!(pools, [("first", parsed("6"), parsed("294")), ("second", Amount::ZERO, parsed("-106"))]);
    let pool = report.accounts[0].cross.unwrap();
    assert_eq!((pool.pool_after, pool.deficit, pool.closed), (Amount::ZERO, parsed("106"), 2));
    let cross = report.cross.unwrap();
    assert_eq!((cross.to_insurance, cross.deficit, cross.audit.insurance), (parsed("6"), parsed("106"), parsed("-100")));
    check_money(&report);
}

#[test]
fn a_hedged_account_survives_under_cross_while_its_boxes_die() {
    let market = market(ContractKind::Inverse, "0.5");
    let population =
        Population::new(vec![opening("long", Side::Long, "10000", "50"), opening("short", Side::Short, "10000", "50")]);
    let report = replayed(&market, &population, &[tick(0, "10000"), tick(1, "9000"), tick(2, "11000")]);
    assert_eq!(deaths(&report), [Some((1, parsed("9000"))), Some((2, parsed("11000")))]);
    assert!(report.positions.iter().all(|position| matches!(position.cross, Some(CrossFate::Survived { .. }))));
    assert!(report.cascade.is_empty());
    check_money(&report);
}

#[test]
fn accounts_do_not_touch_each_other() {
    let market = market(ContractKind::Linear, "1");
    let mut poor = opening("poor", Side::Long, "10", "20");
    poor.account = "b".to_owned();
    let population = Population::new(vec![opening("rich", Side::Long, "10", "2"), poor]);
    let report = replayed(&market, &population, &[tick(0, "1000"), tick(1, "850")]);
    let after: Vec<_> = report.accounts.iter().map(|account| account.cross.unwrap()).collect();
    assert_eq!((after[0].pool_after, after[0].closed), (parsed("10000"), 0));
    assert_eq!((after[1].pool_after, after[1].closed, after[1].deficit), (Amount::ZERO, 1, parsed("500")));
    check_money(&report);
}

#[test]
fn at_equality_the_rule_set_decides() {
    use ringfence_risk::rule_set::LiquidationTrigger;
    let population = Population::new(vec![opening("long", Side::Long, "10", "10")]).with_wallet("a", parsed("1045")).unwrap();
    // At 900: equity 1045 − 1000 = 45, maintenance 0.5 % of 9,000 = 45.
    for (trigger, closed) in [(LiquidationTrigger::Below, 0), (LiquidationTrigger::AtOrBelow, 1)] {
        let mut market = market(ContractKind::Linear, "1");
        market.rules.trigger = trigger;
        let report = replayed(&market, &population, &[tick(0, "1000"), tick(1, "900")]);
        assert_eq!(report.cascade.len(), closed);
        check_money(&report);
    }
}
