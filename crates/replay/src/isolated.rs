//! Isolated margin: every position in its own box.

use crate::book::{Book, Held};
use crate::error::ReplayError;
use crate::ledger::Ledger;
use crate::market::Market;
use crate::triggers::{Arms, Triggers};
use crate::watch::{Band, Now, Watch};
use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::cross::{CrossAccount, CrossLeg, CrossLiquidation};
use ringfence_risk::fee::funding_payment;
use ringfence_risk::isolated::Leg;
use ringfence_risk::maintenance::Terms;
use ringfence_risk::position::Position;
use ringfence_risk::rule_set::FundingSource;
use ringfence_risk::units::{Amount, Leverage, MarkPrice, Rate, Side};

/// A box: a position with its margin, alive or liquidated.
#[derive(Clone, Debug)]
pub(crate) struct Boxed {
    pub(crate) account: usize,
    pub(crate) position: Position,
    /// Funding paid (negative: received).
    pub(crate) funding: Amount,
    pub(crate) arms: Arms,
    pub(crate) death: Option<Death>,
}

/// How a position was liquidated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Death {
    pub(crate) now: Now,
    pub(crate) trigger: Option<MarkPrice>,
    /// What was in the box.
    pub(crate) margin: Amount,
    pub(crate) balance: Amount,
    pub(crate) maintenance: Amount,
}

/// All boxes and the index over their triggers.
#[derive(Debug)]
pub(crate) struct Isolated<'a> {
    market: &'a Market,
    /// Funding rate of the next settlement.
    rate: Rate,
    pub(crate) boxes: Vec<Boxed>,
    /// Free wallet of each account.
    pub(crate) wallets: Vec<Amount>,
    triggers: Triggers,
    pub(crate) ledger: Ledger,
    pub(crate) alive: usize,
}

impl Boxed {
    /// The mark at which it is liquidated as things stand.
    pub(crate) const fn trigger(&self) -> Option<MarkPrice> {
        match self.position.side {
            Side::Long => self.arms.below,
            Side::Short => self.arms.above,
        }
    }
}

impl<'a> Isolated<'a> {
    pub(crate) fn new(market: &'a Market, book: &Book, rate: Rate, mark: MarkPrice) -> Result<Self, ReplayError> {
        let boxed = |held: &Held| Boxed {
            account: held.account,
            position: held.position,
            funding: Amount::ZERO,
            arms: Arms::default(),
            death: None,
        };
        let mut opened = Self {
            market,
            rate,
            boxes: book.held.iter().map(boxed).collect(),
            wallets: book.accounts.iter().map(|account| account.free).collect(),
            triggers: Triggers::default(),
            ledger: Ledger::new(book.fees()?),
            alive: book.held.len(),
        };
        opened.arm_all(mark)?;
        Ok(opened)
    }

    /// Computes every trigger anew: at the start and after funding.
    fn arm_all(&mut self, mark: MarkPrice) -> Result<(), ReplayError> {
        let terms = self.market.terms(self.rate);
        for boxed in self.boxes.iter_mut().filter(|boxed| boxed.death.is_none()) {
            boxed.arms = arms(self.market, &terms, &boxed.position, mark)?;
        }
        let living = self.boxes.iter().enumerate().filter(|(_, boxed)| boxed.death.is_none());
        self.triggers = Triggers::build(living.map(|(number, boxed)| (number, boxed.arms)));
        Ok(())
    }

    /// A trigger was passed: the exact test decides.
    fn judge(&mut self, number: usize, now: Now) -> Result<(), ReplayError> {
        let terms = self.market.terms(self.rate);
        let Some(boxed) = self.boxes.get_mut(number).filter(|boxed| boxed.death.is_none()) else { return Ok(()) };
        let leg = Leg::isolated(terms, &boxed.position)?;
        if !leg.is_liquidatable(now.mark)? {
            if !self.market.jumps() {
                return Err(ReplayError::Disagreement { position: number, mark: now.mark });
            }
            // The mark jumped over a stretch of liquidating marks into a bracket that asks less: what counts is the mark itself.
            boxed.arms = arms(self.market, &terms, &boxed.position, now.mark)?;
            self.triggers.insert(number, boxed.arms);
            return Ok(());
        }
        let (balance, maintenance) = (leg.margin_balance(now.mark)?, leg.maintenance_margin(now.mark)?);
        let realised = boxed.position.unrealised_pnl(&self.market.contract, now.mark)?;
        boxed.death = Some(Death { now, trigger: boxed.trigger(), margin: boxed.position.margin()?, balance, maintenance });
        self.alive = self.alive.saturating_sub(1);
        self.ledger.realise(realised)?;
        self.ledger.insure(balance.or_zero())?;
        self.ledger.cover(balance.negated()?.or_zero())?;
        Ok(())
    }
}

impl Watch for Isolated<'_> {
    #[inline]
    fn band(&self) -> Band {
        self.triggers.band()
    }

    #[cold]
    fn fire(&mut self, now: Now) -> Result<(), ReplayError> {
        while let Some(number) = self.triggers.pop(now.mark) {
            self.judge(number, now)?;
        }
        Ok(())
    }

    #[cold]
    fn settle(&mut self, now: Now, rate: Rate, next: Rate) -> Result<(), ReplayError> {
        let contract = &self.market.contract;
        for boxed in self.boxes.iter_mut().filter(|boxed| boxed.death.is_none()) {
            let position = &mut boxed.position;
            let due = funding_payment(contract, position.side, position.quantity, now.mark, rate)?;
            let paid = match self.market.rules.funding_source {
                FundingSource::PositionMargin => {
                    let margin = position.margin()?;
                    let balance = margin.plus(position.unrealised_pnl(contract, now.mark)?)?;
                    // Neither more than the balance covers, nor out of profit that is not money yet.
                    let paid = due.min(balance.min(margin).or_zero());
                    position.added_margin = position.added_margin.minus(paid)?;
                    paid
                }
                FundingSource::Wallet => {
                    let Some(wallet) = self.wallets.get_mut(boxed.account) else { continue };
                    let paid = due.min(wallet.or_zero());
                    *wallet = wallet.minus(paid)?;
                    paid
                }
            };
            boxed.funding = boxed.funding.plus(paid)?;
            self.ledger.fund(due, paid)?;
        }
        self.rate = next;
        self.arm_all(now.mark)
    }
}

/// Where a position is liquidated, coming from `mark`.
fn arms(market: &Market, terms: &Terms<'_>, position: &Position, mark: MarkPrice) -> Result<Arms, OutOfRange> {
    if market.jumps() {
        return both_ways(terms, position, mark);
    }
    let trigger = Leg::isolated(*terms, position)?.liquidation_price(mark)?.map(|price| price.trigger);
    Ok(match position.side {
        Side::Long => Arms { below: trigger, above: None },
        Side::Short => Arms { below: None, above: trigger },
    })
}

/// Brackets that jump can liquidate a position on the way up and on the way down: its box is asked as a pool of one position.
fn both_ways(terms: &Terms<'_>, position: &Position, mark: MarkPrice) -> Result<Arms, OutOfRange> {
    let legs = [CrossLeg { terms: *terms, position, leverage: Leverage::ONE, mark, market: 0 }];
    let (wallet, trigger) = (position.margin()?, terms.rules.trigger);
    let alone = CrossAccount { wallet, order_margin: Amount::ZERO, legs: &legs, trigger };
    Ok(match alone.liquidation_marks(0)? {
        CrossLiquidation::Now => Arms { below: Some(mark), above: Some(mark) },
        CrossLiquidation::Band { below, above } => Arms { below, above },
    })
}
