//! The maker: what it quotes, and what its depth does to liquidations.

use super::*;
use ringfence_engine::command::OrderKind;
use ringfence_risk::filters::OrderSide;

const THIN: &str = "1000";

fn maker(levels: u16, depth: &str) -> Maker {
    Maker { levels, depth: parsed(depth), half_spread: parsed("0.001"), spacing: parsed("0.002") }
}

#[test]
fn quotes_lie_around_the_mark_on_the_tick_away_from_it() {
    let market = market(ContractKind::Linear, "0.5");
    let quotes = maker(2, "1005").quotes(&market, parsed("1000.5")).unwrap();
    let shown: Vec<String> = quotes
        .iter()
        .map(|quote| {
            let OrderKind::Limit { price, .. } = quote.kind else { panic!("{quote:?}") };
            format!("{} {} at {price}", if quote.side == OrderSide::Buy { "buy" } else { "sell" }, quote.quantity)
        })
        .collect();
    assert_eq!(shown, ["buy 1 at 999", "sell 1 at 1002", "buy 1 at 997", "sell 1 at 1004"]);
}

/// Ten longs of one mark each: the first finds the best price, the last the worst.
fn crowd() -> Population {
    let rows =
        (0..10).map(|number| Opening { account: format!("a{number}"), ..opening(&format!("p{number}"), Side::Long, "10", "20") });
    Population::new(rows.collect())
}

fn losses(depth: Option<Maker>, mark: &str) -> (Vec<Amount>, Comparison) {
    let market = market(ContractKind::Linear, "0.5");
    let options = Options { maker: depth, ..Options::default() };
    let report = with_options(&market, &crowd(), options, &[tick(0, "1000"), tick(1, mark)]);
    ((0..10).map(|number| isolated(&report, number).loss).collect(), report)
}

#[test]
fn liquidations_at_one_mark_eat_the_same_book() {
    // Each level is as large as one position. 500 posted; the mark 954 leaves 40 of it, less what the book is away.
    let (lost, report) = losses(Some(maker(10, "9540")), "954");
    assert_eq!(report.isolated.most_at_one_mark, 10);
    assert_eq!(lost[0], parsed("470"));
    assert!(lost.windows(2).all(|two| two[0] <= two[1]), "{lost:?}");
    assert_eq!(lost[9], parsed("500"));
    assert!(report.isolated.closed_in_book < parsed("100") && report.isolated.closed_in_book > parsed("0"));
    assert_eq!(report.isolated.closed_in_book.plus(report.isolated.taken_over).unwrap(), parsed("100"));
}

#[test]
fn a_deeper_book_takes_more_and_costs_less() {
    let mut before: Option<(Amount, Comparison)> = None;
    for depth in [None, Some(maker(1, "2000")), Some(maker(5, "9540")), Some(maker(5, "95400"))] {
        let (_, report) = losses(depth, "954");
        if let Some((lost, thinner)) = before {
            assert!(report.isolated.lost <= lost);
            assert!(report.isolated.closed_in_book >= thinner.isolated.closed_in_book);
        }
        before = Some((report.isolated.lost, report));
    }
    assert!(before.unwrap().0 < parsed("5000"));
}

#[test]
fn the_book_is_full_again_at_the_next_mark() {
    let market = market(ContractKind::Linear, "0.5");
    let options = Options { maker: Some(maker(1, "9540")), ..Options::default() };
    let mut rows = crowd().openings()[..2].to_vec();
    rows[1].leverage = parsed("10");
    let series = [tick(0, "1000"), tick(1, "954"), tick(2, "904")];
    let report = with_options(&market, &Population::new(rows), options, &series);
    assert_eq!(isolated(&report, 0).closed_in_book, parsed("10"));
    // 9,540 buy no more than 10 at either mark.
    assert_eq!(isolated(&report, 1).closed_in_book, parsed("10"));
    assert_eq!(report.isolated.taken_over, parsed("0"));
}

#[test]
fn what_the_book_does_not_take_reaches_the_fund_and_then_the_winners() {
    let mut rows = crowd().openings().to_vec();
    rows.push(Opening { account: "winner".to_owned(), ..opening("winner", Side::Short, "5", "50") });
    let market = market(ContractKind::Linear, "0.5");
    let options = Options { maker: Some(maker(1, THIN)), ..Options::default() };
    let report = with_options(&market, &Population::new(rows), options, &[tick(0, "1000"), tick(1, "900")]);
    // 900 lies past bankruptcy at 950: no bid is good enough, the fund has nothing, so the winner with the greatest leverage goes first.
    let winner = isolated(&report, 10);
    assert_eq!((winner.end, winner.deleveraged), (End::Deleveraged, parsed("5")));
    assert_eq!(report.isolated.deleveraged, parsed("100"));
    // Closed at 950, not at 900: half of its profit.
    assert_eq!(report.accounts[10].isolated.equity, report.accounts[10].wallet_before.plus(parsed("250")).unwrap());
    assert_eq!(report.isolated.lost, parsed("5000"));
}
