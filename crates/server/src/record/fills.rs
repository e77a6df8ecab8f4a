//! The trade that is being told: whose profit and fee the postings after it are.
//!
//! After a trade the engine tells the maker's side, then the taker's: the order that filled, the profit of what was closed, the position, the
//! fee. A liquidation takes without an order: its side has no fill, and its profit comes after all of the maker's side.

use ringfence_engine::book::AccountId;
use ringfence_engine::event::Trade;
use ringfence_engine::ids::{MarketId, OrderId, TradeId};
use ringfence_risk::plan::Liquidity;
use ringfence_risk::units::Amount;

use super::entry::{IncomeKind, TradeOrder, UserTrade};
use super::order::broken;

/// The trade that is being told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fills {
    trade: Option<Trade>,
    maker: Option<UserTrade>,
    taker: Option<UserTrade>,
    /// Whose side is being told.
    party: Option<Liquidity>,
    /// Whose profit may come yet.
    awaited: Option<AccountId>,
    /// The one that is liquidated by this trade, as long as its profit may come yet.
    liquidated: Option<AccountId>,
}

/// To what a profit or a fee was booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Booked {
    pub(super) market: MarketId,
    pub(super) trade: TradeId,
    pub(super) order: TradeOrder,
}

impl Fills {
    /// The trade before is told; the next begins.
    pub(super) fn begin(&mut self, trade: &Trade, maker: UserTrade, taker: Option<UserTrade>) {
        let liquidated = if trade.taker_order.is_none() { trade.taker } else { None };
        *self = Self { trade: Some(*trade), maker: Some(maker), taker, party: None, awaited: None, liquidated };
    }

    /// What was told.
    pub(super) fn take(&mut self) -> [Option<UserTrade>; 2] {
        let told = std::mem::take(self);
        [told.maker, told.taker]
    }

    /// An order filled: its owner's side is told next.
    pub(super) fn filled(&mut self, market: MarketId, order: OrderId) {
        let Some(trade) = self.trade.filter(|trade| trade.market == market) else { return };
        if order == trade.maker_order {
            (self.party, self.awaited) = (Some(Liquidity::Maker), Some(trade.maker));
        } else if trade.taker_order == Some(order) {
            (self.party, self.awaited) = (Some(Liquidity::Taker), trade.taker);
        }
    }

    /// A position is told after its profit.
    pub(super) fn position_set(&mut self, account: AccountId) {
        if self.awaited == Some(account) {
            self.awaited = None;
        } else if self.liquidated == Some(account) {
            self.liquidated = None;
        }
    }

    /// Books a profit or a fee to the trade, if it is of one.
    pub(super) fn book(&mut self, account: AccountId, kind: IncomeKind, amount: i128) -> Option<Booked> {
        let trade = self.trade?;
        let party = match kind {
            IncomeKind::RealisedProfit if self.awaited == Some(account) => self.party?,
            IncomeKind::RealisedProfit if self.liquidated == Some(account) => Liquidity::Taker,
            IncomeKind::Commission => self.party?,
            IncomeKind::RealisedProfit
            | IncomeKind::Deposit
            | IncomeKind::Withdrawal
            | IncomeKind::Transfer
            | IncomeKind::Funding
            | IncomeKind::InsuranceClear => return None,
        };
        let side = match party {
            Liquidity::Maker => self.maker.as_mut(),
            Liquidity::Taker => self.taker.as_mut(),
            Liquidity::Transfer => None,
        };
        let side = side.filter(|side| side.account == account)?;
        if kind == IncomeKind::Commission {
            side.fee = sum(side.fee, amount.wrapping_neg());
        } else {
            side.realised = sum(side.realised, amount);
        }
        Some(Booked { market: trade.market, trade: trade.id, order: side.order })
    }
}

fn sum(amount: Amount, more: i128) -> Amount {
    Amount::from_raw(amount.raw().saturating_add(more)).unwrap_or_else(|_| broken("a profit beyond the greatest amount"))
}
