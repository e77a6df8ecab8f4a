//! From the end of a run to its report.

use crate::cast::{Leg, account_of};
use crate::error::ReplayError;
use crate::exchange::{ASSET, Exchange};
use crate::lives::Lives;
use crate::opening::{NotOpened, Scene};
use crate::outcome::{PositionOutcome, Scripted};
use crate::population::Opening;
use crate::record::Insurance;
use crate::regime::Regime;
use crate::replay::Replay;
use crate::report::{
    AccountReport, Audit, Comparison, DataFacts, End, InsuranceReport, LiquidationReport, MakerReport, PositionReport,
    RefusedOpening, RunReport,
};
use crate::stated::{stated, stated_makers};
use crate::timeline::Sample;
use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::plan::MarginMode;
use ringfence_risk::units::{Amount, Quantity, Side};

/// A replay that has ended.
pub(crate) struct Ended<'a> {
    pub(crate) scene: Scene<'a>,
    pub(crate) replay: &'a Replay<'a>,
    /// Isolated, and cross if it was carried.
    pub(crate) exchanges: Vec<Exchange>,
    pub(crate) facts: DataFacts,
    pub(crate) samples: Vec<Sample>,
    pub(crate) script: Scripted,
}

/// Writes the report and holds the books of both exchanges against what came in.
pub(crate) fn assemble(mut ended: Ended<'_>) -> Result<Comparison, ReplayError> {
    let mut runs = Vec::new();
    let hashes: Vec<String> = ended.exchanges.iter_mut().map(Exchange::hash).collect();
    let lives = ended.exchanges.iter().map(|exchange| lives(&ended, exchange)).collect::<Result<Vec<_>, _>>()?;
    for ((exchange, lives), hash) in ended.exchanges.iter().zip(&lives).zip(hashes) {
        runs.push(run_report(&ended, exchange, (lives, hash))?);
    }
    let (positions, accounts) = (positions(&ended, &lives), accounts(&ended, &lives)?);
    let mut runs = runs.into_iter();
    let market = ended.replay.market;
    Ok(Comparison {
        symbol: market.symbol.clone(),
        settlement: market.contract.spec().settlement.to_string(),
        options: ended.replay.options,
        data: ended.facts,
        stated: stated(ended.replay, &ended.facts).into_iter().chain(ended.exchanges.iter().filter_map(stated_makers)).collect(),
        refused: refused(&ended),
        positions,
        accounts,
        isolated: runs.next().ok_or(OutOfRange { what: "number of runs" })?,
        cross: runs.next(),
    })
}

fn lives<'a>(ended: &'a Ended<'_>, exchange: &'a Exchange) -> Result<Lives<'a>, ReplayError> {
    Lives::of((exchange, ended.replay.market), ended.scene.cast, ended.facts.last_mark)
}

fn positions(ended: &Ended<'_>, lives: &[Lives<'_>]) -> Vec<PositionReport> {
    let mut positions = Vec::new();
    for (number, leg) in ended.scene.cast.legs.iter().enumerate() {
        let life = |run: usize| lives.get(run).and_then(|lives| lives.life(number));
        let (isolated, cross) = (life(0), life(1));
        if isolated.is_none() && cross.is_none() {
            continue;
        }
        let (name, account) = names_of(ended, leg);
        let (side, leverage, rows) = (leg.side, leg.leverage, leg.rows.len());
        positions.push(PositionReport { name, account, side, leverage, rows, isolated, cross });
    }
    positions
}

/// The positions of one run.
pub(crate) fn life_positions(ended: &Ended<'_>, lives: &Lives<'_>) -> Vec<PositionOutcome> {
    let numbered = ended.scene.cast.legs.iter().enumerate();
    let opened = numbered.filter_map(|(number, leg)| lives.life(number).map(|life| (leg, life)));
    let position = |(leg, life): (&Leg, _)| {
        let (name, account) = names_of(ended, leg);
        PositionOutcome { name, account, side: leg.side, leverage: leg.leverage, rows: leg.rows.len(), life }
    };
    opened.map(position).collect()
}

/// Name and account: a position of one row has its name; any other is called after account and side.
fn names_of(ended: &Ended<'_>, leg: &Leg) -> (String, String) {
    let account = ended.scene.cast.players.get(leg.player).map_or("", |player| player.name.as_str());
    let opening = |row: &usize| ended.scene.population.openings().get(*row);
    let only = leg.rows.first().filter(|_| leg.rows.len() == 1).and_then(opening);
    (only.map_or_else(|| format!("{account} {}", leg.side), |opening| opening.name.clone()), account.to_owned())
}

fn accounts(ended: &Ended<'_>, lives: &[Lives<'_>]) -> Result<Vec<AccountReport>, ReplayError> {
    let mut accounts = Vec::new();
    for (number, player) in ended.scene.cast.players.iter().enumerate() {
        let life = |run: usize| lives.get(run).map(|lives| lives.account(account_of(number))).transpose();
        accounts.push(AccountReport {
            name: player.name.clone(),
            wallet_before: player.deposit,
            isolated: life(0)?.ok_or(OutOfRange { what: "number of runs" })?,
            cross: life(1)?,
        });
    }
    Ok(accounts)
}

/// Every row that a run did not open; once where both refused it for the same reason.
fn refused(ended: &Ended<'_>) -> Vec<RefusedOpening> {
    let of = |run: usize| ended.exchanges.get(run).map(|exchange| exchange.not_opened.as_slice()).unwrap_or_default();
    let (isolated, cross) = (of(0), of(1));
    let mode = |not: &NotOpened, others: &[NotOpened], alone| if others.contains(not) { "both" } else { alone };
    let first = isolated.iter().filter_map(|not| refusal(ended, not, mode(not, cross, "isolated")));
    let second = cross.iter().filter(|not| !isolated.contains(not)).filter_map(|not| refusal(ended, not, "cross"));
    first.chain(second).collect()
}

/// Every row that one run did not open.
pub(crate) fn refused_of(ended: &Ended<'_>, exchange: &Exchange) -> Vec<RefusedOpening> {
    let mode = match exchange.regime {
        Regime::Isolated => "isolated",
        Regime::Cross => "cross",
        Regime::Stated => "stated",
    };
    exchange.not_opened.iter().filter_map(|not| refusal(ended, not, mode)).collect()
}

fn refusal(ended: &Ended<'_>, not: &NotOpened, mode: &'static str) -> Option<RefusedOpening> {
    let opening: &Opening = ended.scene.population.openings().get(not.row)?;
    Some(RefusedOpening {
        name: opening.name.clone(),
        account: opening.account.clone(),
        side: opening.side,
        quantity: opening.quantity,
        leverage: opening.leverage,
        mode,
        code: not.code,
        reason: not.reason.clone(),
    })
}

/// The sums over a run.
pub(crate) fn run_report(
    ended: &Ended<'_>,
    exchange: &Exchange,
    (lives, state_hash): (&Lives<'_>, String),
) -> Result<RunReport, ReplayError> {
    let all = || (0..ended.scene.cast.legs.len()).filter_map(|leg| lives.life(leg));
    let sum = |of: fn(&crate::report::Life) -> Amount| all().try_fold(Amount::ZERO, |sum, life| sum.plus(of(&life)));
    let count = |of: fn(&crate::report::Life) -> bool| all().filter(of).count();
    let mut closed = crate::record::Closed::default();
    for liquidation in &exchange.record.liquidations {
        closed.in_book = closed.in_book.saturating_add(liquidation.closed.in_book);
        closed.taken_over = closed.taken_over.saturating_add(liquidation.closed.taken_over);
    }
    let players = (0..ended.scene.cast.players.len()).map(|player| exchange.record.account(account_of(player)));
    let record = &exchange.record;
    let audit = audit(exchange)?;
    Ok(RunReport {
        positions: all().count(),
        liquidated: count(|life| life.liquidations > 0),
        open: count(|life| life.end == End::Open),
        posted: sum(|life| life.posted)?,
        lost: sum(|life| life.loss)?,
        gap: gap(exchange)?,
        most_at_one_mark: most_at_one_mark(exchange),
        closed_in_book: lives.quantity(closed.in_book)?,
        taken_over: lives.quantity(closed.taken_over)?,
        deleveragings: record.deleveragings,
        deleveraged: lives.quantity(record.deleveraged)?,
        socialised: record.socialised,
        uncovered: audit.uncovered.negated()?,
        funding: players.into_iter().try_fold(Amount::ZERO, |sum, account| sum.plus(account.funding))?,
        insurance: insurance(ended, exchange, lives)?,
        maker: maker(exchange, lives)?,
        liquidations: liquidations(ended, exchange, lives)?,
        trades: lives.market.trades(),
        commands: exchange.commands,
        audit,
        state_hash,
    })
}

fn most_at_one_mark(exchange: &Exchange) -> usize {
    let mut rest = exchange.record.liquidations.as_slice();
    let mut most = 0;
    while let Some(first) = rest.first() {
        let together = rest.iter().take_while(|other| other.now == first.now).count();
        most = most.max(together);
        rest = rest.get(together..).unwrap_or_default();
    }
    most
}

/// How far below zero marks left whom they liquidated: a pool counts once, with the first of its legs.
fn gap(exchange: &Exchange) -> Result<Amount, ReplayError> {
    let mut sum = Amount::ZERO;
    let mut before = None;
    for liquidation in &exchange.record.liquidations {
        let pool = (liquidation.start.margin_mode == MarginMode::Cross).then_some((liquidation.account, liquidation.now));
        if pool.is_none() || pool != before {
            sum = sum.plus(liquidation.start.margin_balance.min(Amount::ZERO).negated()?)?;
        }
        before = pool;
    }
    Ok(sum)
}

fn insurance(ended: &Ended<'_>, exchange: &Exchange, lives: &Lives<'_>) -> Result<InsuranceReport, ReplayError> {
    let Insurance { fees, trades, paid, funding } = exchange.record.insurance;
    let fund = lives.market.fund_position();
    let unrealised = fund.map(|position| position.unrealised_pnl(lives.market.contract(), ended.facts.last_mark));
    Ok(InsuranceReport {
        before: ended.scene.insurance,
        fees,
        trades,
        paid,
        funding,
        after: Amount::from_wide(lives.market.ledger().insurance())?,
        held: fund.map_or(Quantity::ZERO, |position| position.quantity),
        unrealised: unrealised.transpose()?.unwrap_or(Amount::ZERO),
    })
}

/// All accounts of the maker together.
fn maker(exchange: &Exchange, lives: &Lives<'_>) -> Result<MakerReport, ReplayError> {
    let (mut deposit, mut result, mut net) = (Amount::ZERO, Amount::ZERO, 0_i128);
    for (account, came_with) in &exchange.makers {
        deposit = deposit.plus(*came_with)?;
        result = result.plus(lives.account(*account)?.equity.minus(*came_with)?)?;
        for side in [Side::Long, Side::Short] {
            let held = exchange.position(*account, side).map_or(0, |position| position.quantity.wide());
            net = net.saturating_add(held.saturating_mul(side.sign()));
        }
    }
    let side = if net > 0 { Side::Long } else { Side::Short };
    let quantity = Quantity::from_wide(net.saturating_abs())?;
    Ok(MakerReport {
        deposit,
        result,
        held: if net == 0 { "none".to_owned() } else { format!("{side} {quantity}") },
        quotes_refused: exchange.quotes_refused.0,
        refusal: exchange.quotes_refused.1.as_ref().map(ToString::to_string),
    })
}

fn liquidations(ended: &Ended<'_>, exchange: &Exchange, lives: &Lives<'_>) -> Result<Vec<LiquidationReport>, ReplayError> {
    let mut names = std::collections::BTreeMap::new();
    names.extend(ended.scene.cast.accounts().map(|(account, player)| (account, player.name.as_str())));
    let name = |account| names.get(&account).copied().unwrap_or_default().to_owned();
    exchange.record.liquidations.iter().map(|liquidation| lives.liquidation(liquidation, name(liquidation.account))).collect()
}

/// Recomputes everything and holds it against what is kept; nobody may be left below maintenance.
fn audit(exchange: &Exchange) -> Result<Audit, ReplayError> {
    let state = exchange.state();
    let audits = state.audit().map_err(|difference| ReplayError::Unbalanced { what: difference.to_string() })?;
    let found = audits.get(usize::from(ASSET.0)).ok_or(OutOfRange { what: "number of an asset" })?;
    if found.difference != 0 {
        return Err(ReplayError::Unbalanced { what: format!("a difference of {} units", found.difference) });
    }
    if let Some((_, account, side)) = state.overdue() {
        return Err(ReplayError::Overdue { account: account.0, side });
    }
    let totals = &found.totals;
    Ok(Audit {
        deposits: Amount::from_wide(totals.outside)?.negated()?,
        wallets: Amount::from_wide(totals.wallets)?,
        holds: Amount::from_wide(totals.holds)?,
        margins: Amount::from_wide(totals.margins)?,
        fees: Amount::from_wide(totals.fees)?,
        insurance: Amount::from_wide(totals.insurance)?,
        settlement: Amount::from_wide(totals.settlement)?,
        uncovered: Amount::from_wide(totals.uncovered)?,
        audit_difference: Amount::from_wide(found.difference)?,
    })
}
