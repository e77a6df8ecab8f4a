//! A leg that is closed by force: whose it is, what stands behind it, and what closing a part of it does.

use ringfence_risk::arithmetic::{OutOfRange, Rounding, mul, mul_div, sub};
use ringfence_risk::filters::OrderSide;
use ringfence_risk::isolated::Leg;
use ringfence_risk::position::{Position, reduce};
use ringfence_risk::units::{Amount, MarkPrice, Notional, Side};

use super::budget::Budget;
use crate::book::{AccountId, Lots};
use crate::engine::Run;
use crate::event::{Event, LedgerAccount, Reason};
use crate::ids::{AssetId, MarketId};
use crate::state::{State, broken};

/// Whose money stands behind a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holder {
    /// An isolated position's own margin.
    Boxed(AccountId),
    /// All of an account's free money of the asset.
    Pooled(AccountId),
    /// The insurance fund.
    Fund,
}

impl Holder {
    pub(super) const fn account(self) -> Option<AccountId> {
        match self {
            Self::Boxed(account) | Self::Pooled(account) => Some(account),
            Self::Fund => None,
        }
    }
}

/// A leg that is closed by force, at a mark.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case {
    pub(super) market: MarketId,
    pub(super) holder: Holder,
    pub(super) side: Side,
    pub(super) mark: MarkPrice,
    pub(super) budget: Budget,
}

impl Case {
    /// The side of an order that closes it.
    pub(super) const fn closes(&self) -> OrderSide {
        match self.side {
            Side::Long => OrderSide::Sell,
            Side::Short => OrderSide::Buy,
        }
    }
}

/// How much was closed, and at what value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Closed {
    pub(super) lots: Lots,
    pub(super) value: Notional,
}

impl Closed {
    pub(super) const NONE: Self = Self { lots: Lots::ZERO, value: Notional::ZERO };

    pub(super) fn and(self, lots: Lots, value: Notional) -> Self {
        Self { lots: Lots::new(self.lots.raw().saturating_add(lots.raw())), value: sure(self.value.plus(value)) }
    }
}

/// What closing a part of a leg does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) remaining: Option<Position>,
    pub(super) realised: Amount,
    /// Realised profit or loss, with the part's share of what stands behind the leg.
    pub(super) proceeds: Amount,
}

/// Whether what is closed pays the liquidation fee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Charge {
    Fee,
    Nothing,
}

/// Numbers of positions that were checked when they were opened.
pub(super) fn sure<T>(result: Result<T, OutOfRange>) -> T {
    result.unwrap_or_else(|_| broken("a liquidation beyond the greatest amount"))
}

impl State {
    pub(super) fn position_of(&self, case: &Case) -> Option<Position> {
        let market = self.known(case.market);
        match case.holder.account() {
            Some(account) => market.participant(account).and_then(|participant| participant.positions().of(case.side)),
            None => market.fund.filter(|position| position.side == case.side),
        }
    }

    /// What is still open of it.
    pub(super) fn lots_of(&self, case: &Case) -> Lots {
        self.position_of(case).map_or(Lots::ZERO, |position| self.known(case.market).lots(position.quantity))
    }

    pub(super) fn insurance(&self, market: MarketId) -> Amount {
        sure(Amount::from_wide(self.known(market).ledger.insurance()))
    }

    /// All money of a pool: free and held.
    pub(super) fn pool_wallet(&self, account: AccountId, asset: AssetId) -> Amount {
        self.with_pool(account, asset, |pool| pool.wallet)
    }

    /// What may be lost before nothing is left.
    pub(super) fn collateral_of(&self, case: &Case, position: &Position) -> Amount {
        match case.holder {
            Holder::Boxed(_) => sure(position.margin()),
            Holder::Pooled(account) => self.pool_behind(case, account),
            Holder::Fund => self.fund_money(case),
        }
    }

    /// The pool, its other legs taken at their marks: what stands behind this one.
    ///
    /// Where the others have lost more than there is, this one may still lose nothing, so that each market bears no more than the loss of its
    /// own leg; a wallet below zero is owed by the profits that are still open. A profit that cannot be taken now does not count.
    fn pool_behind(&self, case: &Case, account: AccountId) -> Amount {
        let asset = self.known(case.market).asset();
        let mut behind = self.pool_wallet(account, asset);
        let least = behind.min(Amount::ZERO);
        for (market, participant) in self.cross_markets(account, asset) {
            let Some(mark) = market.mark() else { continue };
            for position in participant.cross_positions() {
                if market.id() == case.market && position.side == case.side {
                    continue;
                }
                let profit = sure(position.unrealised_pnl(market.contract(), mark));
                let counted = if market.liquidates_at(self.clock) { profit } else { profit.min(Amount::ZERO) };
                behind = sure(behind.plus(counted));
            }
        }
        behind.max(least)
    }

    /// Whether it is to be liquidated: the exact test. What cannot be computed is not safe.
    pub(super) fn is_due(&self, case: &Case) -> bool {
        let Some(position) = self.position_of(case) else { return false };
        let market = self.known(case.market);
        match case.holder {
            Holder::Boxed(_) => {
                Leg::isolated(market.terms(), &position).and_then(|leg| leg.is_liquidatable(case.mark)).unwrap_or(true)
            }
            Holder::Pooled(account) => self.pool_is_due(account, market.asset()),
            Holder::Fund => self.fund_equity(case, &position) < Amount::ZERO,
        }
    }

    pub(super) fn pool_is_due(&self, account: AccountId, asset: AssetId) -> bool {
        self.with_pool(account, asset, |pool| !pool.legs.is_empty() && pool.is_liquidatable().unwrap_or(true))
    }

    /// The cost of a part, and its share of what stands behind the leg.
    fn share(&self, case: &Case, position: &Position, lots: Lots) -> Result<(i128, Amount), OutOfRange> {
        let market = self.known(case.market);
        let quantity = market.quantity(lots);
        let reduction = reduce(market.contract(), position, quantity, Notional::ZERO)?;
        let cost = mul(market.contract().value_sign(case.side), reduction.realised.negated()?.raw())?;
        let share = match case.holder {
            Holder::Boxed(_) => reduction.released_margin,
            Holder::Pooled(_) | Holder::Fund => {
                let behind = self.collateral_of(case, position).raw();
                Amount::from_wide(mul_div(behind, quantity.wide(), position.quantity.wide(), Rounding::Floor)?)?
            }
        };
        Ok((cost, share))
    }

    /// The value at which closing this much brings exactly nothing: the bankruptcy value of the part, as a whole number. Not below zero.
    pub(super) fn bankruptcy_value(&self, case: &Case, lots: Lots) -> Notional {
        sure(Notional::from_wide(self.exact_bankruptcy_value(case, lots).max(0)))
    }

    /// The same; below zero where not even nothing is too little.
    pub(super) fn exact_bankruptcy_value(&self, case: &Case, lots: Lots) -> i128 {
        let Some(position) = self.position_of(case) else { return 0 };
        let sign = self.known(case.market).contract().value_sign(case.side);
        let (cost, share) = sure(self.share(case, &position, lots));
        sure(mul(sign, share.raw()).and_then(|share| sub(cost, share)))
    }

    /// What closing this much at this value would do.
    pub(super) fn part(&self, case: &Case, lots: Lots, value: Notional) -> Part {
        let market = self.known(case.market);
        let Some(position) = self.position_of(case) else { broken("a part of no position") };
        let reduction = sure(reduce(market.contract(), &position, market.quantity(lots), value));
        let (_, share) = sure(self.share(case, &position, lots));
        let proceeds = sure(share.plus(reduction.realised));
        Part { remaining: reduction.remaining, realised: reduction.realised, proceeds }
    }

    /// What the leg is worth at the mark, as a whole number that values it no better than it is.
    pub(super) fn mark_value(&self, case: &Case, position: &Position) -> Notional {
        let contract = self.known(case.market).contract();
        let profit = sure(position.unrealised_pnl(contract, case.mark));
        let gain = sure(mul(contract.value_sign(case.side), profit.raw()));
        sure(Notional::from_wide(position.entry_value.raw().saturating_add(gain).max(0)))
    }
}

impl Run<'_> {
    /// Closes a part of a leg at a value: the fee first, and only out of what closing brings; then the money goes home, and orders that no longer
    /// fit the position go.
    pub(super) fn close(&mut self, case: &Case, closed: Closed, charge: Charge) {
        let part = self.state.part(case, closed.lots, closed.value);
        let known = self.state.known(case.market);
        let (market, side, asset) = (case.market, case.side, known.asset());
        let rate = known.listing().fees.liquidation;
        let fee = match charge {
            Charge::Fee => sure(ringfence_risk::fee::fee(closed.value, rate)),
            Charge::Nothing => Amount::ZERO,
        };
        let (settlement, insurance) = (LedgerAccount::Settlement(market), LedgerAccount::Insurance(market));
        let emit_position = Event::PositionSet { market, account: case.holder.account(), side, position: part.remaining };
        match case.holder {
            Holder::Boxed(account) => {
                let margin = LedgerAccount::Margin(account, market, side);
                let fee = fee.min(part.proceeds.or_zero());
                self.post(asset, (settlement, margin), part.realised, Reason::RealisedProfit);
                self.post(asset, (margin, insurance), fee, Reason::LiquidationFee);
                // Below zero it was made up for before.
                let rest = sure(part.proceeds.or_zero().minus(fee));
                self.post(asset, (margin, LedgerAccount::Wallet(account)), rest, Reason::MarginReleased);
                self.emit(emit_position);
            }
            Holder::Pooled(account) => {
                let wallet = LedgerAccount::Wallet(account);
                self.post(asset, (settlement, wallet), part.realised, Reason::RealisedProfit);
                self.emit(emit_position);
                let equity = self.state.with_pool(account, asset, |pool| sure(pool.equity()));
                let most = equity.min(self.state.free(account, asset)).or_zero();
                self.post(asset, (wallet, insurance), fee.min(most), Reason::LiquidationFee);
            }
            Holder::Fund => {
                self.post(asset, (settlement, insurance), part.realised, Reason::InsuranceTrade);
                self.emit(emit_position);
            }
        }
        if let Some(account) = case.holder.account() {
            self.shrink_reducing(market, account, side);
            self.rehold(market, account);
        }
    }

    /// Money from elsewhere enters what stands behind a leg.
    pub(super) fn give(&mut self, case: &Case, from: LedgerAccount, amount: Amount) {
        let asset = self.state.known(case.market).asset();
        let reason = if matches!(from, LedgerAccount::Insurance(_)) { Reason::InsurancePayout } else { Reason::Socialised };
        match case.holder {
            Holder::Boxed(account) => {
                let Some(position) = self.state.position_of(case) else { broken("margin of no position") };
                let margin = LedgerAccount::Margin(account, case.market, case.side);
                self.post(asset, (from, margin), amount, reason);
                let position = Position { added_margin: sure(position.added_margin.plus(amount)), ..position };
                let (market, side) = (case.market, case.side);
                self.emit(Event::PositionSet { market, account: Some(account), side, position: Some(position) });
            }
            Holder::Pooled(account) => self.post(asset, (from, LedgerAccount::Wallet(account)), amount, reason),
            Holder::Fund => self.post(asset, (from, LedgerAccount::Insurance(case.market)), amount, reason),
        }
    }
}
