//! Tests through the public interface, and the plain scan they hold liquidations against.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    reason = "a test that overflows or misses is a test that fails"
)]

mod article;
mod bracket_changes;
mod carry;
mod crashes;
mod cross;
mod funding;
mod input;
mod laws;
mod maker;
mod naive;
mod output;
mod paths;
mod pending;
mod recorded;
mod script;

use crate::{Comparison, End, Life, Maker, Market, Options, Population, Replay, ReplayError, RunReport};
use crate::{LadderSides, Opening};
use ringfence_market::{Bar, FundingRow, Observation, Tick};
use ringfence_risk::bracket::BracketTable;
use ringfence_risk::contract::{Contract, ContractKind, ContractSpec, ValueRounding};
use ringfence_risk::fee::FeeSchedule;
use ringfence_risk::rule_set::RuleSet;
use ringfence_risk::units::{Amount, MarkPrice, Rate, Side};

pub(crate) fn parsed<T: core::str::FromStr<Err: core::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

/// A contract of one unit with 0.5 % maintenance, 100×, no fees.
pub(crate) fn market(kind: ContractKind, step: &str) -> Market {
    let contract = Contract::list(ContractSpec {
        kind,
        settlement: parsed(if kind == ContractKind::Inverse { "BTC" } else { "USDT" }),
        tick: parsed(step),
        mark_step: parsed(step),
        lot: parsed("1"),
        multiplier: parsed("1"),
        value_rounding: ValueRounding::PerFill,
    });
    Market {
        contract: contract.unwrap(),
        brackets: BracketTable::flat(parsed("0.005"), parsed("100")).unwrap(),
        rules: RuleSet::ringfence(),
        fees: FeeSchedule { maker: Rate::ZERO, taker: Rate::ZERO, liquidation: Rate::ZERO },
        symbol: "XBTUSD".to_owned(),
        bracket_changes: Vec::new(),
    }
}

pub(crate) fn opening(name: &str, side: Side, quantity: &str, leverage: &str) -> Opening {
    let (name, account) = (name.to_owned(), "a".to_owned());
    Opening { name, account, side, quantity: parsed(quantity), leverage: parsed(leverage), entry: None }
}

pub(crate) fn tick(time_ms: i64, price: &str) -> Observation {
    Observation::Tick(Tick { time_ms, price: parsed(price) })
}

/// A bar from its open, high, low and close.
pub(crate) fn bar(open_time_ms: i64, prices: [&str; 4]) -> Observation {
    let [open, high, low, close] = prices.map(parsed::<MarkPrice>);
    Observation::Bar(Bar { open_time_ms, open, high, low, close })
}

pub(crate) fn run(replay: &Replay<'_>, observations: &[Observation]) -> Result<Comparison, ReplayError> {
    replay.run(observations.iter().copied().map(Ok), |_| {})
}

/// Options without a maker: liquidations find an empty book.
pub(crate) fn alone() -> Options {
    Options { maker: None, ..Options::default() }
}

/// With the maker that is the default.
pub(crate) fn replayed(market: &Market, population: &Population, observations: &[Observation]) -> Comparison {
    with_options(market, population, Options::default(), observations)
}

pub(crate) fn with_options(market: &Market, population: &Population, options: Options, series: &[Observation]) -> Comparison {
    let report = run(&Replay { market, population, funding: &[], options }, series).unwrap();
    check_money(&report);
    report
}

pub(crate) fn with_funding(market: &Market, population: &Population, rows: &[FundingRow], series: &[Observation]) -> Comparison {
    let report = run(&Replay { market, population, funding: rows, options: alone() }, series).unwrap();
    check_money(&report);
    report
}

pub(crate) fn isolated(report: &Comparison, number: usize) -> Life {
    report.positions[number].isolated.unwrap()
}

pub(crate) fn cross(report: &Comparison, number: usize) -> Life {
    report.positions[number].cross.unwrap()
}

/// When and where each isolated position was first liquidated.
pub(crate) fn deaths(report: &Comparison) -> Vec<Option<(i64, MarkPrice)>> {
    let death = |life: Life| Some((life.time?.0, life.mark?));
    report.positions.iter().map(|position| position.isolated.and_then(death)).collect()
}

/// What holds for every run: the fence holds, and the figures of positions add up to those of the whole.
pub(crate) fn check_money(report: &Comparison) {
    for position in &report.positions {
        if let Some(life) = position.isolated {
            let is_funded = report.data.fundings > 0;
            assert!(is_funded || life.loss <= life.posted, "{position:?}");
            assert!(life.margin >= Amount::ZERO, "{position:?}");
        }
    }
    for account in &report.accounts {
        let posted = report.positions.iter().filter(|position| position.account == account.name);
        let posted = posted.filter_map(|position| position.isolated).map(|life| life.posted);
        let life = account.isolated;
        let spent = posted.fold(life.fees, |sum, posted| sum.plus(posted).unwrap());
        let free = account.wallet_before.minus(spent).unwrap();
        assert!(life.wallet >= free, "no liquidation touches the free wallet: {account:?}");
        assert!(account.cross.is_none_or(|life| life.wallet >= Amount::ZERO));
    }
    check_run(report, &report.isolated, |position| position.isolated);
    if let Some(cross) = &report.cross {
        check_run(report, cross, |position| position.cross);
    }
}

fn check_run(report: &Comparison, run: &RunReport, life: fn(&crate::PositionReport) -> Option<Life>) {
    assert_eq!(run.audit.audit_difference, Amount::ZERO);
    let audit = run.audit;
    let parts = [audit.wallets, audit.holds, audit.margins, audit.fees, audit.insurance, audit.settlement, audit.uncovered];
    assert_eq!(parts.into_iter().fold(Amount::ZERO, |sum, part| sum.plus(part).unwrap()), audit.deposits);
    assert_eq!(audit.holds, Amount::ZERO, "the maker went home");
    let insurance = run.insurance;
    let flows = [insurance.fees, insurance.trades, insurance.funding, insurance.paid.negated().unwrap()];
    let after = flows.into_iter().fold(insurance.before, |sum, flow| sum.plus(flow).unwrap());
    assert_eq!((after, audit.insurance), (insurance.after, insurance.after));
    let lives: Vec<Life> = report.positions.iter().filter_map(life).collect();
    assert_eq!(run.positions, lives.len());
    let lost = lives.iter().fold(Amount::ZERO, |sum, life| sum.plus(life.loss).unwrap());
    let listed = run.liquidations.iter().fold(Amount::ZERO, |sum, one| sum.plus(one.loss).unwrap());
    assert_eq!((run.lost, run.lost), (lost, listed));
    for liquidation in &run.liquidations {
        // A pool that is overdrawn takes its profits, too.
        let is_due = liquidation.margin_balance <= liquidation.maintenance_margin;
        assert!(is_due || liquidation.liquidating_mark.is_none(), "{liquidation:?}");
        let parts = [liquidation.closed_in_book, liquidation.taken_over, liquidation.deleveraged, liquidation.socialised];
        let closed = parts.into_iter().fold(ringfence_risk::units::Quantity::ZERO, |sum, part| sum.plus(part).unwrap());
        assert!(closed <= liquidation.quantity, "{liquidation:?}");
    }
    for life in lives.iter().filter(|life| life.end == End::Liquidated) {
        assert_eq!(life.left, ringfence_risk::units::Quantity::ZERO);
        assert!(life.liquidations > 0);
    }
}

pub(crate) fn both(quantity: &str) -> Population {
    Population::default_ladder(LadderSides::Both, parsed(quantity)).unwrap()
}
