//! Pools, and the hedge that lives under cross and dies isolated.

use super::*;

#[test]
fn a_hedged_account_survives_under_cross_while_its_boxes_die() {
    let market = market(ContractKind::Inverse, "0.5");
    let population =
        Population::new(vec![opening("long", Side::Long, "10000", "50"), opening("short", Side::Short, "10000", "50")]);
    let report = replayed(&market, &population, &[tick(0, "10000"), tick(1, "9000"), tick(2, "11000")]);
    // The long falls past its bankruptcy, and the account's own short is among those that won.
    assert_eq!(deaths(&report)[0], Some((1, parsed("9000"))));
    assert_eq!((cross(&report, 0).end, cross(&report, 1).end), (End::Open, End::Open));
    assert!(report.cross.as_ref().unwrap().liquidations.is_empty());
}

#[test]
fn a_pool_loses_its_greatest_loss_first() {
    let mut market = market(ContractKind::Linear, "1");
    market.brackets = BracketTable::flat(parsed("0.05"), parsed("10")).unwrap();
    let openings = vec![opening("long", Side::Long, "7", "10"), opening("short", Side::Short, "2", "10")];
    let population = Population::new(openings).with_wallet("a", parsed("960")).unwrap();
    let report = replayed(&market, &population, &[tick(0, "1000"), tick(1, "910"), tick(2, "865")]);
    // 910: equity 960 − 450 = 510, maintenance 0.05 × 9 × 910 = 409.5: healthy. 865: equity 960 − 675 = 285 < 389.25: the long goes.
    let close = &report.cross.as_ref().unwrap().liquidations[0];
    assert_eq!((close.time.0, close.mark, close.side), (2, parsed("865"), Side::Long));
    assert_eq!((close.margin_balance, close.maintenance_margin), (parsed("285"), parsed("389.25")));
    // Sold at 864, below the mark: 7 × 136. Healthy again, the pool keeps the short.
    assert_eq!((cross(&report, 0).loss, cross(&report, 1).end), (parsed("952"), End::Open));
    // Isolated it is sold at 909, at the first mark: 7 × 91, and the short keeps its profit.
    assert_eq!((isolated(&report, 0).loss, isolated(&report, 1).unrealised), (parsed("637"), parsed("270")));
}

#[test]
fn accounts_do_not_touch_each_other() {
    let market = market(ContractKind::Linear, "1");
    let mut poor = opening("poor", Side::Long, "10", "20");
    poor.account = "b".to_owned();
    let population = Population::new(vec![opening("rich", Side::Long, "10", "2"), poor]);
    let report = replayed(&market, &population, &[tick(0, "1000"), tick(1, "850")]);
    let after: Vec<_> = report.accounts.iter().map(|account| account.cross.unwrap()).collect();
    assert_eq!((after[0].wallet, after[0].liquidations), (parsed("10000"), 0));
    assert_eq!((after[1].wallet, after[1].liquidations, after[1].lost), (Amount::ZERO, 1, parsed("1000")));
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
        assert_eq!(report.cross.unwrap().liquidations.len(), closed);
    }
}
