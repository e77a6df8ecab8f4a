//! The liquidation of a pool: position after position, until it is healthy or empty.

use crate::cross::{Close, Cross};
use crate::error::ReplayError;
use crate::watch::Now;
use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::cross::CrossLeg;
use ringfence_risk::fee::fee;
use ringfence_risk::position::fill_value;
use ringfence_risk::units::Amount;

/// Figures of the positions that remain, each rounded against the account.
#[derive(Clone, Copy)]
struct Rest {
    profit: Amount,
    maintenance: Amount,
}

impl Rest {
    /// The same without the position that was closed.
    fn without(self, realised: Amount, closed: Option<&CrossLeg<'_>>, now: Now) -> Result<Self, OutOfRange> {
        let maintenance = closed.map_or(Ok(Amount::ZERO), |leg| leg.terms.maintenance_margin(leg.position, now.mark))?;
        Ok(Self { profit: self.profit.minus(realised)?, maintenance: self.maintenance.minus(maintenance)? })
    }
}

/// What the rounded figures already prove; `None` when only the exact comparison can tell.
///
/// Equity is rounded down and maintenance up, by less than one unit per position each: equity above maintenance is healthy, and what lacks two
/// units per position is not. So a cascade of many positions does not ask all that remain after every close.
fn surely(equity: Amount, maintenance: Amount, positions: usize) -> Result<Option<bool>, OutOfRange> {
    let missing = maintenance.minus(equity)?;
    let doubt = i128::try_from(positions).map_err(|_| OutOfRange { what: "a number of positions" })?.saturating_mul(2);
    Ok(match missing.raw() {
        missing if missing < 0 => Some(false),
        missing if missing > doubt => Some(true),
        _ => None,
    })
}

impl<'a> Cross<'a> {
    /// Closes the positions of a liquidatable pool at the mark, the greatest unrealised loss first, until the pool is healthy or has none left.
    /// What an empty pool owes the insurance fund pays.
    pub(crate) fn cascade(&mut self, number: usize, now: Now) -> Result<(), ReplayError> {
        let Some(pool) = self.pools.get(number) else { return Ok(()) };
        let (mut wallet, queue) = (pool.wallet, self.by_loss(&pool.open, now)?);
        let numbers: Vec<usize> = queue.iter().map(|(_, position)| *position).collect();
        let legs = self.legs(&numbers, now.mark);
        let mut rest = self.sums(&queue, &legs)?;
        let mut closed = 0_usize;
        for ((realised, position), next) in queue.iter().zip(1_usize..) {
            let remaining = legs.get(closed..).unwrap_or_default();
            let equity_before = wallet.plus(rest.profit)?;
            let maintenance_before = rest.maintenance;
            let liquidatable = match surely(equity_before, maintenance_before, remaining.len())? {
                Some(answer) => answer,
                None => self.account(wallet, remaining).is_liquidatable()?,
            };
            if !liquidatable {
                break;
            }
            let pool_before = wallet;
            wallet = wallet.plus(*realised)?;
            let fee = self.closing_fee(remaining.first(), now, wallet)?;
            wallet = wallet.minus(fee)?;
            rest = rest.without(*realised, remaining.first(), now)?;
            self.ledger.realise(*realised)?;
            self.ledger.insure(fee)?;
            self.closes.push(Close {
                now,
                position: *position,
                realised: *realised,
                fee,
                pool_before,
                pool_after: wallet,
                equity_before,
                maintenance_before,
            });
            closed = next;
        }
        let mut open = numbers.get(closed..).unwrap_or_default().to_vec();
        open.sort_unstable();
        let deficit = if open.is_empty() { wallet.negated()?.or_zero() } else { Amount::ZERO };
        self.ledger.cover(deficit)?;
        if let Some(pool) = self.pools.get_mut(number) {
            pool.wallet = wallet.plus(deficit)?;
            pool.deficit = pool.deficit.plus(deficit)?;
            pool.open = open;
        }
        Ok(())
    }

    /// Profit and maintenance of all positions of a queue.
    fn sums(&self, queue: &[(Amount, usize)], legs: &[CrossLeg<'a>]) -> Result<Rest, OutOfRange> {
        let profit = queue.iter().try_fold(Amount::ZERO, |sum, (profit, _)| sum.plus(*profit))?;
        Ok(Rest { profit, maintenance: self.account(Amount::ZERO, legs).maintenance_margin()? })
    }

    /// Profit of each position at the mark and its number, the greatest loss first, ties in the order of opening.
    fn by_loss(&self, open: &[usize], now: Now) -> Result<Vec<(Amount, usize)>, OutOfRange> {
        let held = open.iter().filter_map(|number| self.held.get(*number).map(|held| (held, *number)));
        let valued = held.map(|(held, number)| Ok((held.position.unrealised_pnl(&self.market.contract, now.mark)?, number)));
        let mut queue = valued.collect::<Result<Vec<_>, OutOfRange>>()?;
        queue.sort_unstable();
        Ok(queue)
    }

    /// The liquidation fee on a close at the mark, as far as the pool has it.
    fn closing_fee(&self, leg: Option<&CrossLeg<'a>>, now: Now, wallet: Amount) -> Result<Amount, OutOfRange> {
        let Some(leg) = leg else { return Ok(Amount::ZERO) };
        let value = fill_value(&self.market.contract, leg.position.quantity, now.mark.as_price())?;
        Ok(fee(value, self.market.fees.liquidation)?.min(wallet.or_zero()))
    }
}
