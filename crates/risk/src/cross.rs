//! Cross margin: one pool of one settlement asset behind several positions.
//!
//! Money posted to isolated positions is not part of the pool. Equity and requirement are compared exactly, whatever the number of contracts
//! and marks; printed figures are rounded against the account.

use crate::arithmetic::{OutOfRange, Rounding, SCALE, add, div, mul, sub};
use crate::contract::ValueRounding;
use crate::exact_sum::ExactSum;
use crate::isolated::Leg;
use crate::maintenance::Terms;
use crate::margin::initial_margin;
use crate::position::Position;
use crate::ratio::Ratio;
use crate::rule_set::LiquidationTrigger;
use crate::units::{Amount, Leverage, MarkPrice, Notional};

/// One position of the pool, at its contract's mark. Two hedge legs of a contract are two of these.
#[derive(Clone, Copy, Debug)]
pub struct CrossLeg<'a> {
    /// What it is judged by.
    pub terms: Terms<'a>,
    /// The position; its own margin is not in the pool (it only sizes a fee at bankruptcy where the rule set counts one).
    pub position: &'a Position,
    /// Leverage of the contract, for the initial margin.
    pub leverage: Leverage,
    /// Its contract's mark.
    pub mark: MarkPrice,
    /// Which contract it is of: legs with the same number share a mark.
    pub market: usize,
}

/// A pool and what stands on it.
#[derive(Clone, Copy, Debug)]
pub struct CrossAccount<'a> {
    /// Money of the pool: isolated margins are not in it.
    pub wallet: Amount,
    /// Held for open orders.
    pub order_margin: Amount,
    /// The positions.
    pub legs: &'a [CrossLeg<'a>],
    /// Equality or strictly below.
    pub trigger: LiquidationTrigger,
}

/// Marks at which a pool is liquidated when one market moves and the others stand still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrossLiquidation {
    /// It is liquidatable at the present mark.
    Now,
    /// The first liquidating mark on the way down and on the way up; `None` where there is none.
    ///
    /// A hedged pair can have both: maintenance of both legs grows with the value even where their profits cancel.
    Band {
        /// Falling.
        below: Option<MarkPrice>,
        /// Rising.
        above: Option<MarkPrice>,
    },
}

impl CrossAccount<'_> {
    /// Wallet plus unrealised profit of all positions, rounded down.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest amount.
    pub fn equity(&self) -> Result<Amount, OutOfRange> {
        self.wallet.plus(self.unrealised_pnl()?)
    }

    /// Unrealised profit or loss of all positions, each rounded down.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest amount.
    pub fn unrealised_pnl(&self) -> Result<Amount, OutOfRange> {
        self.legs.iter().try_fold(Amount::ZERO, |sum, leg| sum.plus(leg.position.unrealised_pnl(leg.terms.contract, leg.mark)?))
    }

    /// Maintenance requirement of all positions, each rounded up.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest amount.
    pub fn maintenance_margin(&self) -> Result<Amount, OutOfRange> {
        self.legs.iter().try_fold(Amount::ZERO, |sum, leg| sum.plus(leg.terms.maintenance_margin(leg.position, leg.mark)?))
    }

    /// Initial margin of all positions at their marks, each rounded up.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest amount.
    pub fn initial_margin(&self) -> Result<Amount, OutOfRange> {
        self.legs.iter().try_fold(Amount::ZERO, |sum, leg| {
            let contract = leg.terms.contract;
            let value = contract.mark_value(contract.exposure(leg.position.quantity)?, leg.mark)?.rounded(Rounding::Ceiling)?;
            sum.plus(initial_margin(Notional::from_wide(value)?, leg.leverage)?)
        })
    }

    /// What must stay beside maintenance so that the pool lives: one unit where equality liquidates and there is a position.
    const fn beyond_equality(&self) -> Amount {
        match self.trigger {
            LiquidationTrigger::AtOrBelow if !self.legs.is_empty() => Amount::from_u64(1),
            LiquidationTrigger::AtOrBelow | LiquidationTrigger::Below => Amount::ZERO,
        }
    }

    /// What may be used for new orders or withdrawn: `wallet + min(0, unrealised) − initial margin − order margin`, not below zero. Where the
    /// maintenance margin is greater than the initial margin, it counts instead.
    ///
    /// Unrealised profit never counts: it is not money yet.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest amount.
    pub fn available(&self) -> Result<Amount, OutOfRange> {
        self.spare().map(Amount::or_zero)
    }

    /// The same, below zero by what is missing.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest amount.
    pub fn spare(&self) -> Result<Amount, OutOfRange> {
        let loss = self.unrealised_pnl()?.raw().min(0);
        // In high brackets maintenance can exceed initial margin at a leverage set when the position was smaller.
        let margin = self.initial_margin()?.max(self.maintenance_margin()?.plus(self.beyond_equality())?);
        let used = add(margin.raw(), self.order_margin.raw())?;
        Amount::from_wide(sub(add(self.wallet.raw(), loss)?, used)?)
    }

    /// Maintenance ÷ equity (1 is the line); `None` when the equity is not above zero.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest amount.
    pub fn margin_ratio(&self) -> Result<Option<Ratio>, OutOfRange> {
        let equity = self.equity()?;
        if equity <= Amount::ZERO {
            return Ok(None);
        }
        Ratio::new(mul(self.maintenance_margin()?.raw(), SCALE)?, equity.raw()).map(Some)
    }

    /// Whether the pool is liquidatable at the present marks: an exact comparison of equity and requirement.
    ///
    /// # Errors
    /// [`OutOfRange`] when a product does not fit.
    pub fn is_liquidatable(&self) -> Result<bool, OutOfRange> {
        self.is_liquidatable_at(None)
    }

    /// As [`CrossAccount::is_liquidatable`], with one market at another mark.
    fn is_liquidatable_at(&self, moved: Option<(usize, MarkPrice)>) -> Result<bool, OutOfRange> {
        let mut excess = ExactSum::zero();
        excess.add_whole(mul(self.wallet.raw(), SCALE)?)?;
        for leg in self.legs {
            let mark = match moved {
                Some((market, mark)) if market == leg.market => mark,
                Some(_) | None => leg.mark,
            };
            let part = leg.terms.exact_excess(leg.position, Amount::ZERO, mark)?;
            excess.add_mixed(part.whole, part.remainder, part.denominator)?;
        }
        let sign = excess.sign()?;
        Ok(match self.trigger {
            LiquidationTrigger::Below => sign.is_lt(),
            LiquidationTrigger::AtOrBelow => sign.is_le(),
        })
    }

    /// The marks at which the pool is liquidated when this market moves and all others stand still.
    ///
    /// Walks outward from the present mark. Between two bracket edges balance and requirement are straight lines, so a stretch that is safe at
    /// both ends is safe inside, and in one that is not the first liquidating mark is found by halving, with the exact test itself.
    ///
    /// # Errors
    /// [`OutOfRange`] when no leg is of this market or a product does not fit.
    pub fn liquidation_marks(&self, market: usize) -> Result<CrossLiquidation, OutOfRange> {
        let leg = self.legs.iter().find(|leg| leg.market == market).ok_or(OutOfRange { what: "market of a cross account" })?;
        if self.is_liquidatable_at(Some((market, leg.mark)))? {
            return Ok(CrossLiquidation::Now);
        }
        let step = leg.terms.contract.spec().mark_step.wide();
        let edges = self.edges(market, step)?;
        let present = leg.mark.wide();
        let (lowest, highest) = self.domain(market, step)?;
        let down = edges.iter().rev().copied().filter(|edge| *edge < present).chain([lowest]);
        let below = self.first_on_the_way(market, step, div(present, step, Rounding::Ceiling)?, down)?;
        let up = edges.iter().copied().filter(|edge| *edge > present).chain([highest]);
        let above = self.first_on_the_way(market, step, div(present, step, Rounding::Floor)?, up)?;
        Ok(CrossLiquidation::Band { below, above })
    }

    /// The marks of one market at which the pool is safe as long as every *other* market stays within its own such band, too: the slack is shared
    /// out evenly over the markets, so that all may move at once. With one market this is [`CrossAccount::liquidation_marks`].
    ///
    /// [`CrossLiquidation::Now`] means that the share is too small for any move (or that the pool is liquidatable): every mark wants a look.
    ///
    /// # Errors
    /// As [`CrossAccount::liquidation_marks`].
    pub fn shared_band(&self, market: usize) -> Result<CrossLiquidation, OutOfRange> {
        let mut markets: Vec<usize> = self.legs.iter().map(|leg| leg.market).collect();
        markets.sort_unstable();
        markets.dedup();
        let count = i128::try_from(markets.len()).map_err(|_| OutOfRange { what: "a number of markets" })?;
        if count <= 1 {
            return self.liquidation_marks(market);
        }
        let mut slack = self.wallet.raw();
        for leg in self.legs {
            let part = leg.terms.exact_excess(leg.position, Amount::ZERO, leg.mark)?;
            slack = add(slack, div(part.whole, SCALE, Rounding::Floor)?)?;
        }
        // One unit less than the share, for the fractions that were cut.
        let kept_back = add(sub(slack, div(slack, count, Rounding::Floor)?)?, 1)?;
        let wallet = Amount::from_wide(sub(self.wallet.raw(), kept_back)?)?;
        CrossAccount { wallet, ..*self }.liquidation_marks(market)
    }

    /// `from` is a number of steps; `stops` are grid marks, each further out than the one before.
    fn first_on_the_way(
        &self,
        market: usize,
        step: i128,
        from: i128,
        stops: impl Iterator<Item = i128>,
    ) -> Result<Option<MarkPrice>, OutOfRange> {
        let mark = |steps: i128| MarkPrice::from_wide(mul(steps, step)?);
        let hit = |steps: i128| self.is_liquidatable_at(Some((market, mark(steps)?)));
        let mut safe = from;
        for stop in stops {
            let mut far = div(stop, step, Rounding::Floor)?;
            if !hit(far)? {
                safe = far;
                continue;
            }
            while sub(far, safe)?.abs() > 1 {
                let middle = div(add(far, safe)?, 2, Rounding::Floor)?;
                if hit(middle)? { far = middle } else { safe = middle }
            }
            return mark(far).map(Some);
        }
        Ok(None)
    }

    /// Grid marks on both sides of each bracket edge of this market's legs, ascending.
    fn edges(&self, market: usize, step: i128) -> Result<Vec<i128>, OutOfRange> {
        let (lowest, highest) = self.domain(market, step)?;
        let mut edges = Vec::new();
        for leg in self.legs.iter().filter(|leg| leg.market == market) {
            let exposure = leg.terms.contract.exposure(leg.position.quantity)?;
            for bracket in leg.terms.brackets.brackets() {
                for price in edge_prices(leg, exposure, bracket.floor)?.into_iter().flatten() {
                    let Ok(at) = price.on_grid(step, Rounding::Floor) else { continue };
                    let around = [sub(at, step)?, at, add(at, step)?];
                    edges.extend(around.into_iter().filter(|edge| *edge > lowest && *edge < highest));
                }
            }
        }
        edges.sort_unstable();
        edges.dedup();
        Ok(edges)
    }

    /// The lowest and highest mark on the grid at which every position of this market is worth no more than the greatest notional.
    fn domain(&self, market: usize, step: i128) -> Result<(i128, i128), OutOfRange> {
        let (mut lowest, mut highest) = (step, mul(div(MarkPrice::GREATEST.wide(), step, Rounding::Floor)?, step)?);
        for leg in self.legs.iter().filter(|leg| leg.market == market) {
            let contract = leg.terms.contract;
            let exposure = contract.exposure(leg.position.quantity)?;
            let Some(price) = contract.price_of_value(exposure, Ratio::whole(Notional::GREATEST.raw()))? else { continue };
            match contract.kind() {
                crate::contract::ContractKind::Inverse => lowest = lowest.max(price.on_grid(step, Rounding::Ceiling)?),
                crate::contract::ContractKind::Linear | crate::contract::ContractKind::Quanto => {
                    highest = highest.min(price.on_grid(step, Rounding::Floor).unwrap_or(highest));
                }
            }
        }
        Ok((lowest, highest))
    }

    /// A position that is alone in its market as a [`Leg`], the other markets held fixed: its collateral is the wallet, less the others'
    /// maintenance (rounded up), plus their unrealised profit (rounded down). Venues print this leg's liquidation price.
    ///
    /// # Errors
    /// [`OutOfRange`] when the market has no position, or two: a hedged pair has no price per leg, see [`CrossAccount::liquidation_marks`].
    pub fn leg_with_other_markets_fixed(&self, market: usize) -> Result<Leg<'_>, OutOfRange> {
        let (this, others) = self.split(market);
        let [leg] = this.as_slice() else { return Err(OutOfRange { what: "a market with one position" }) };
        let mut collateral = self.wallet;
        for other in others {
            let pnl = other.position.unrealised_pnl(other.terms.contract, other.mark)?;
            collateral = collateral.plus(pnl)?.minus(other.terms.maintenance_margin(other.position, other.mark)?)?;
        }
        Ok(Leg { terms: leg.terms, position: leg.position, collateral })
    }

    /// The price of this market at which the pool's equity is zero, the other markets held fixed, before rounding; `None` where no price is.
    ///
    /// Both legs of a hedged pair move together: their profits cancel as far as they are of one size.
    ///
    /// # Errors
    /// [`OutOfRange`] when the market has no position or a product does not fit.
    pub fn bankruptcy_price(&self, market: usize) -> Result<Option<Ratio>, OutOfRange> {
        let (this, others) = self.split(market);
        let first = this.first().ok_or(OutOfRange { what: "market of a cross account" })?;
        let mut base = self.wallet.raw();
        for other in others {
            base = add(base, other.position.unrealised_pnl(other.terms.contract, other.mark)?.raw())?;
        }
        let mut exposure = 0_i128;
        for leg in &this {
            let line = leg.terms.line(leg.position, Amount::ZERO)?;
            base = add(base, line.base)?;
            exposure = add(exposure, mul(line.sign, line.exposure)?)?;
        }
        // base + net exposure × unit value = 0; a net exposure below zero is a value that costs as it rises.
        let owed = mul(base, sub(0, exposure.signum())?)?;
        first.terms.contract.price_of_value(exposure.abs(), Ratio::whole(owed))
    }

    /// The legs of a market, and the others.
    fn split(&self, market: usize) -> (Vec<&CrossLeg<'_>>, Vec<&CrossLeg<'_>>) {
        self.legs.iter().partition(|leg| leg.market == market)
    }
}

/// The prices at which a position's value crosses `edge`: one, or where the value of one contract is made whole, the two ends of the last step
/// that could be it.
fn edge_prices(leg: &CrossLeg<'_>, exposure: i128, edge: Notional) -> Result<[Option<Ratio>; 2], OutOfRange> {
    let contract = leg.terms.contract;
    match contract.spec().value_rounding {
        ValueRounding::PerFill => Ok([contract.price_of_value(exposure, Ratio::whole(edge.raw()))?, None]),
        ValueRounding::PerContract => {
            let one = Ratio::new(mul(edge.raw(), SCALE)?, leg.position.quantity.wide())?;
            let end = |rounding, half: i128| -> Result<Option<Ratio>, OutOfRange> {
                let twice = add(mul(2, one.rounded(rounding)?)?, half)?;
                contract.price_of_value(contract.spec().multiplier.wide(), Ratio::new(twice, 2)?)
            };
            Ok([end(Rounding::Floor, -1)?, end(Rounding::Ceiling, 1)?])
        }
    }
}
