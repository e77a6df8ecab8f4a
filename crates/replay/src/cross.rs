//! Cross margin: one pool per account behind all its positions.

use crate::book::{Book, Held};
use crate::error::ReplayError;
use crate::ledger::Ledger;
use crate::market::Market;
use crate::watch::{Band, Now, Watch};
use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::cross::{CrossAccount, CrossLeg, CrossLiquidation};
use ringfence_risk::fee::funding_payment;
use ringfence_risk::units::{Amount, MarkPrice, Rate};

/// The pool of an account.
#[derive(Clone, Debug)]
pub(crate) struct Pool {
    pub(crate) wallet: Amount,
    /// Numbers of the positions still open.
    pub(crate) open: Vec<usize>,
    /// Funding paid (negative: received).
    pub(crate) funding: Amount,
    /// What the insurance fund paid for it.
    pub(crate) deficit: Amount,
    /// Marks strictly inside leave it alone.
    pub(crate) band: Band,
}

/// One position closed in a cascade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Close {
    pub(crate) now: Now,
    pub(crate) position: usize,
    pub(crate) realised: Amount,
    pub(crate) fee: Amount,
    pub(crate) pool_before: Amount,
    pub(crate) pool_after: Amount,
    pub(crate) equity_before: Amount,
    pub(crate) maintenance_before: Amount,
}

/// All pools.
#[derive(Debug)]
pub(crate) struct Cross<'a> {
    pub(crate) market: &'a Market,
    pub(crate) rate: Rate,
    pub(crate) held: &'a [Held],
    pub(crate) pools: Vec<Pool>,
    pub(crate) closes: Vec<Close>,
    pub(crate) ledger: Ledger,
    band: Band,
}

impl<'a> Cross<'a> {
    pub(crate) fn new(market: &'a Market, book: &'a Book, rate: Rate, mark: MarkPrice) -> Result<Self, ReplayError> {
        let mut pools = Vec::with_capacity(book.accounts.len());
        for account in &book.accounts {
            pools.push(Pool {
                wallet: account.deposit.minus(account.fees)?,
                open: account.positions.clone(),
                funding: Amount::ZERO,
                deficit: Amount::ZERO,
                band: Band::ALL,
            });
        }
        let (ledger, closes) = (Ledger::new(book.fees()?), Vec::new());
        let mut opened = Self { market, rate, held: &book.held, pools, closes, ledger, band: Band::ALL };
        opened.arm_all(mark)?;
        Ok(opened)
    }

    /// Positions still open.
    pub(crate) fn alive(&self) -> usize {
        self.pools.iter().map(|pool| pool.open.len()).sum()
    }

    /// The positions with these numbers as legs at a mark.
    pub(crate) fn legs(&self, numbers: &[usize], mark: MarkPrice) -> Vec<CrossLeg<'a>> {
        let terms = self.market.terms(self.rate);
        let held = numbers.iter().filter_map(|number| self.held.get(*number));
        held.map(|held| CrossLeg { terms, position: &held.position, leverage: held.leverage, mark, market: 0 }).collect()
    }

    /// A pool with these legs.
    pub(crate) const fn account<'b>(&self, wallet: Amount, legs: &'b [CrossLeg<'b>]) -> CrossAccount<'b> {
        CrossAccount { wallet, order_margin: Amount::ZERO, legs, trigger: self.market.rules.trigger }
    }

    /// The marks between which a pool is safe.
    fn safe_band(&self, pool: &Pool, mark: MarkPrice) -> Result<Band, OutOfRange> {
        if pool.open.is_empty() {
            return Ok(Band::ALL);
        }
        let legs = self.legs(&pool.open, mark);
        Ok(match self.account(pool.wallet, &legs).liquidation_marks(0)? {
            CrossLiquidation::Now => Band::of(Some(mark), Some(mark)),
            CrossLiquidation::Band { below, above } => Band::of(below, above),
        })
    }

    fn arm(&mut self, number: usize, mark: MarkPrice) -> Result<(), ReplayError> {
        let Some(pool) = self.pools.get(number) else { return Ok(()) };
        let band = self.safe_band(pool, mark)?;
        if let Some(pool) = self.pools.get_mut(number) {
            pool.band = band;
        }
        Ok(())
    }

    fn arm_all(&mut self, mark: MarkPrice) -> Result<(), ReplayError> {
        for number in 0..self.pools.len() {
            self.arm(number, mark)?;
        }
        self.narrow();
        Ok(())
    }

    fn narrow(&mut self) {
        self.band = self.pools.iter().fold(Band::ALL, |band, pool| band.narrowed(pool.band));
    }
}

impl Watch for Cross<'_> {
    #[inline]
    fn band(&self) -> Band {
        self.band
    }

    #[cold]
    fn fire(&mut self, now: Now) -> Result<(), ReplayError> {
        for number in 0..self.pools.len() {
            if self.pools.get(number).is_some_and(|pool| !pool.band.holds(now.mark, now.mark)) {
                self.cascade(number, now)?;
                self.arm(number, now.mark)?;
            }
        }
        self.narrow();
        Ok(())
    }

    #[cold]
    fn settle(&mut self, now: Now, rate: Rate, next: Rate) -> Result<(), ReplayError> {
        for number in 0..self.pools.len() {
            let Some(pool) = self.pools.get(number).filter(|pool| !pool.open.is_empty()) else { continue };
            let legs = self.legs(&pool.open, now.mark);
            let mut due = Amount::ZERO;
            for leg in &legs {
                let position = leg.position;
                let contract = &self.market.contract;
                due = due.plus(funding_payment(contract, position.side, position.quantity, now.mark, rate)?)?;
            }
            let paid = due.min(self.account(pool.wallet, &legs).equity()?.or_zero());
            self.ledger.fund(due, paid)?;
            if let Some(pool) = self.pools.get_mut(number) {
                pool.wallet = pool.wallet.minus(paid)?;
                pool.funding = pool.funding.plus(paid)?;
            }
        }
        self.rate = next;
        self.arm_all(now.mark)
    }
}
