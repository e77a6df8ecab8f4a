//! Tests through the public interface, and the plain scan they hold the index against.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    reason = "a test that overflows or misses is a test that fails"
)]

mod article;
mod crashes;
mod cross;
mod funding;
mod input;
mod laws;
mod naive;
mod output;
mod paths;
mod slabs;

use crate::{Comparison, IsolatedFate, Market, Options, Population, Replay, ReplayError};
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

pub(crate) fn replayed(market: &Market, population: &Population, observations: &[Observation]) -> Comparison {
    let replay = Replay { market, population, funding: &[], options: Options::default() };
    run(&replay, observations).unwrap()
}

pub(crate) fn with_funding(market: &Market, population: &Population, rows: &[FundingRow], series: &[Observation]) -> Comparison {
    run(&Replay { market, population, funding: rows, options: Options::default() }, series).unwrap()
}

/// When and where each position was liquidated.
pub(crate) fn deaths(report: &Comparison) -> Vec<Option<(i64, MarkPrice)>> {
    let death = |fate: &IsolatedFate| match fate {
        IsolatedFate::Survived { .. } => None,
        IsolatedFate::Liquidated { time, mark, .. } => Some((time.0, *mark)),
    };
    report.positions.iter().map(|position| death(&position.isolated)).collect()
}

/// What holds for every run: losses are bounded and the figures of positions add up to those of the whole.
pub(crate) fn check_money(report: &Comparison) {
    let (mut lost, mut insured, mut deficits) = (Amount::ZERO, Amount::ZERO, Amount::ZERO);
    for position in &report.positions {
        if let IsolatedFate::Liquidated { margin, balance, loss, to_insurance, gap_deficit, funding, maintenance, .. } =
            position.isolated
        {
            assert!(loss <= position.posted && loss > Amount::ZERO, "{position:?}");
            assert!(balance <= maintenance, "{position:?}");
            assert_eq!(to_insurance.minus(gap_deficit).unwrap(), balance);
            assert!(to_insurance == Amount::ZERO || gap_deficit == Amount::ZERO);
            assert_eq!(margin.plus(funding).unwrap(), position.posted);
            lost = lost.plus(loss).unwrap();
            insured = insured.plus(to_insurance).unwrap();
            deficits = deficits.plus(gap_deficit).unwrap();
        }
        if let IsolatedFate::Survived { margin, .. } = position.isolated {
            assert!(margin >= Amount::ZERO, "funding is not paid out of profit: {position:?}");
        }
    }
    let totals = &report.isolated;
    assert_eq!((totals.lost, totals.to_insurance, totals.gap_deficit), (lost, insured, deficits));
    assert_eq!(totals.audit.audit_difference, Amount::ZERO);
    assert_eq!(totals.audit.insurance, insured.minus(deficits).unwrap());
    for account in &report.accounts {
        let boxes = account.isolated;
        let spent = boxes.posted.plus(account.fees).unwrap();
        assert_eq!(boxes.free_wallet_after, account.wallet_before.minus(spent).unwrap(), "a liquidation touches no wallet");
        assert!(account.cross.is_none_or(|pool| pool.deficit == Amount::ZERO || pool.pool_after == Amount::ZERO));
    }
    if let Some(cross) = &report.cross {
        assert_eq!(cross.audit.audit_difference, Amount::ZERO);
        assert_eq!(cross.closed, report.cascade.len());
    }
}

pub(crate) fn both(quantity: &str) -> Population {
    Population::default_ladder(LadderSides::Both, parsed(quantity)).unwrap()
}
