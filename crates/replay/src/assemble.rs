//! From the end of a run to its report.

use crate::book::{Account, Book, Held};
use crate::cross::Cross;
use crate::error::ReplayError;
use crate::isolated::{Boxed, Isolated};
use crate::ledger::Ledger;
use crate::replay::Replay;
use crate::report::{
    AccountReport, Audit, Comparison, CrossAccountReport, CrossClose, CrossFate, CrossTotals, DataFacts, IsolatedAccountReport,
    IsolatedFate, IsolatedTotals, PositionReport,
};
use crate::stated::stated;
use crate::time::UtcTime;
use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::units::Amount;

/// A run that has ended.
pub(crate) struct Ended<'a> {
    pub(crate) replay: &'a Replay<'a>,
    pub(crate) book: &'a Book,
    pub(crate) isolated: &'a Isolated<'a>,
    pub(crate) cross: Option<&'a Cross<'a>>,
    pub(crate) facts: DataFacts,
}

/// Writes the report and holds the books against the deposits.
pub(crate) fn assemble(ended: &Ended<'_>) -> Result<Comparison, ReplayError> {
    let mut crossed = cross_fates(ended)?.into_iter();
    let mut positions = Vec::with_capacity(ended.book.held.len());
    for (held, boxed) in ended.book.held.iter().zip(&ended.isolated.boxes) {
        positions.push(position(ended, held, boxed, crossed.next())?);
    }
    let accounts = ended.book.accounts.iter().enumerate();
    let accounts = accounts.map(|(number, account)| account_report(ended, account, number)).collect::<Result<Vec<_>, _>>()?;
    let market = ended.replay.market;
    Ok(Comparison {
        symbol: market.symbol.clone(),
        settlement: market.contract.spec().settlement.to_string(),
        options: ended.replay.options,
        data: ended.facts,
        stated: stated(ended.replay, &ended.facts),
        refused: ended.book.refused.clone(),
        isolated: isolated_totals(ended, &accounts)?,
        cross: ended.cross.map(|cross| cross_totals(ended, cross, &accounts)).transpose()?,
        cascade: ended.cross.map_or_else(Vec::new, |cross| cascade(ended, cross)),
        positions,
        accounts,
    })
}

fn unrealised(ended: &Ended<'_>, held: &Held) -> Result<Amount, OutOfRange> {
    held.position.unrealised_pnl(&ended.replay.market.contract, ended.facts.last_mark)
}

/// One fate per position, none when cross was not carried.
fn cross_fates(ended: &Ended<'_>) -> Result<Vec<CrossFate>, OutOfRange> {
    let Some(cross) = ended.cross else { return Ok(Vec::new()) };
    let survived = |held: &Held| Ok(CrossFate::Survived { unrealised: unrealised(ended, held)? });
    let mut fates = ended.book.held.iter().map(survived).collect::<Result<Vec<_>, OutOfRange>>()?;
    for close in &cross.closes {
        if let Some(fate) = fates.get_mut(close.position) {
            let (time, mark) = (UtcTime(close.now.time_ms), close.now.mark);
            *fate = CrossFate::Closed { time, mark, realised: close.realised };
        }
    }
    Ok(fates)
}

fn position(ended: &Ended<'_>, held: &Held, boxed: &Boxed, cross: Option<CrossFate>) -> Result<PositionReport, ReplayError> {
    let opening = ended.replay.population.openings().get(held.opening);
    let posted = held.position.opening_margin;
    let isolated = match boxed.death {
        None => IsolatedFate::Survived {
            liquidating_mark: boxed.trigger(),
            funding: boxed.funding,
            margin: boxed.position.margin()?,
            unrealised: unrealised(ended, held)?,
        },
        Some(death) => IsolatedFate::Liquidated {
            time: UtcTime(death.now.time_ms),
            mark: death.now.mark,
            liquidating_mark: death.trigger,
            funding: boxed.funding,
            margin: death.margin,
            balance: death.balance,
            maintenance: death.maintenance,
            loss: posted,
            to_insurance: death.balance.or_zero(),
            gap_deficit: death.balance.negated()?.or_zero(),
        },
    };
    Ok(PositionReport {
        name: opening.map_or_else(String::new, |opening| opening.name.clone()),
        account: opening.map_or_else(String::new, |opening| opening.account.clone()),
        side: held.position.side,
        quantity: held.position.quantity,
        leverage: held.leverage,
        entry: held.entry,
        posted,
        opening_fee: held.fee,
        liquidating_mark_at_opening: held.trigger,
        isolated,
        cross,
    })
}

fn account_report(ended: &Ended<'_>, account: &Account, number: usize) -> Result<AccountReport, ReplayError> {
    let free = ended.isolated.wallets.get(number).copied().unwrap_or(Amount::ZERO);
    let zero = Amount::ZERO;
    let mut boxes = IsolatedAccountReport {
        liquidated: 0,
        posted: zero,
        lost: zero,
        left_in_boxes: zero,
        unrealised: zero,
        free_wallet_after: free,
    };
    for position in &account.positions {
        let (Some(held), Some(boxed)) = (ended.book.held.get(*position), ended.isolated.boxes.get(*position)) else { continue };
        boxes.posted = boxes.posted.plus(held.position.opening_margin)?;
        if boxed.death.is_some() {
            boxes.liquidated = boxes.liquidated.saturating_add(1);
            boxes.lost = boxes.lost.plus(held.position.opening_margin)?;
        } else {
            boxes.left_in_boxes = boxes.left_in_boxes.plus(boxed.position.margin()?)?;
            boxes.unrealised = boxes.unrealised.plus(unrealised(ended, held)?)?;
        }
    }
    Ok(AccountReport {
        name: account.name.clone(),
        positions: account.positions.len(),
        wallet_before: account.deposit,
        fees: account.fees,
        isolated: boxes,
        cross: ended.cross.map(|cross| pool_report(ended, cross, account, number)).transpose()?,
    })
}

fn pool_report(
    ended: &Ended<'_>,
    cross: &Cross<'_>,
    account: &Account,
    number: usize,
) -> Result<CrossAccountReport, ReplayError> {
    let pool = cross.pools.get(number).ok_or(OutOfRange { what: "number of a pool" })?;
    let open = pool.open.iter().filter_map(|position| ended.book.held.get(*position));
    Ok(CrossAccountReport {
        closed: account.positions.len().saturating_sub(pool.open.len()),
        pool_before: account.deposit.minus(account.fees)?,
        pool_after: pool.wallet,
        unrealised: open.map(|held| unrealised(ended, held)).try_fold(Amount::ZERO, |sum, one| sum.plus(one?))?,
        funding: pool.funding,
        deficit: pool.deficit,
    })
}

/// Adds up one figure of all accounts.
fn sum(accounts: &[AccountReport], figure: impl Fn(&AccountReport) -> Option<Amount>) -> Result<Amount, OutOfRange> {
    accounts.iter().filter_map(figure).try_fold(Amount::ZERO, Amount::plus)
}

fn audit(ended: &Ended<'_>, ledger: &Ledger, standing: (Amount, Amount, Amount)) -> Result<Audit, ReplayError> {
    let (wallets, margins, unrealised) = standing;
    let deposits = ended.book.deposits()?;
    // The outside counterparty holds the other side of what is still open.
    let outside = ledger.outside.minus(unrealised)?;
    let parts = [wallets, margins, unrealised, ledger.fees, ledger.insurance, outside];
    let audit_difference = parts.into_iter().try_fold(deposits, Amount::minus)?;
    if audit_difference != Amount::ZERO {
        return Err(ReplayError::Unbalanced { difference: audit_difference });
    }
    let (fees, insurance) = (ledger.fees, ledger.insurance);
    Ok(Audit { deposits, wallets, margins, unrealised, fees, insurance, outside, audit_difference })
}

fn isolated_totals(ended: &Ended<'_>, accounts: &[AccountReport]) -> Result<IsolatedTotals, ReplayError> {
    let ledger = &ended.isolated.ledger;
    let wallets = sum(accounts, |account| Some(account.isolated.free_wallet_after))?;
    let margins = sum(accounts, |account| Some(account.isolated.left_in_boxes))?;
    let unrealised = sum(accounts, |account| Some(account.isolated.unrealised))?;
    Ok(IsolatedTotals {
        positions: ended.book.held.len(),
        liquidated: ended.book.held.len().saturating_sub(ended.isolated.alive),
        posted: sum(accounts, |account| Some(account.isolated.posted))?,
        lost: sum(accounts, |account| Some(account.isolated.lost))?,
        to_insurance: ledger.to_insurance,
        gap_deficit: ledger.deficits,
        funding: ledger.funding,
        funding_unpaid: ledger.funding_unpaid,
        audit: audit(ended, ledger, (wallets, margins, unrealised))?,
    })
}

fn cross_totals(ended: &Ended<'_>, cross: &Cross<'_>, accounts: &[AccountReport]) -> Result<CrossTotals, ReplayError> {
    let pools = |figure: fn(&CrossAccountReport) -> Amount| sum(accounts, |account| account.cross.as_ref().map(figure));
    let (pools_after, unrealised) = (pools(|pool| pool.pool_after)?, pools(|pool| pool.unrealised)?);
    let ledger = &cross.ledger;
    Ok(CrossTotals {
        positions: ended.book.held.len(),
        closed: cross.closes.len(),
        pools_before: pools(|pool| pool.pool_before)?,
        pools_after,
        to_insurance: ledger.to_insurance,
        deficit: ledger.deficits,
        funding: ledger.funding,
        funding_unpaid: ledger.funding_unpaid,
        audit: audit(ended, ledger, (pools_after, Amount::ZERO, unrealised))?,
    })
}

fn cascade(ended: &Ended<'_>, cross: &Cross<'_>) -> Vec<CrossClose> {
    let named = cross.closes.iter().filter_map(|close| {
        let held = ended.book.held.get(close.position)?;
        let opening = ended.replay.population.openings().get(held.opening)?;
        Some(CrossClose {
            time: UtcTime(close.now.time_ms),
            mark: close.now.mark,
            account: opening.account.clone(),
            position: opening.name.clone(),
            realised: close.realised,
            fee: close.fee,
            pool_before: close.pool_before,
            pool_after: close.pool_after,
            equity_before: close.equity_before,
            maintenance_before: close.maintenance_before,
        })
    });
    named.collect()
}
