//! What can be asked about accounts and their orders. Answers are oldest first.

use ringfence_engine::book::AccountId;
use ringfence_engine::client_ids::ClientOrderId;
use ringfence_engine::ids::{AssetId, MarketId, OrderId, TradeId};
use ringfence_risk::contract::Contract;

use super::Record;
use super::entry::{
    ForcedOrder, Income, IncomeKind, MarginChange, RecordedAmendment, RecordedLiquidation, TradeOrder, UserTrade,
};
use super::forced::shelf;
use super::order::RecordedOrder;
use super::window::Window;

impl Record {
    /// An order, open or finished; `None` for one that never was, or that finished so long ago that it is kept no more.
    #[must_use]
    pub fn order(&self, market: MarketId, order: OrderId) -> Option<&RecordedOrder> {
        self.orders.get(market, order)
    }

    /// The last order that an account gave this name.
    #[must_use]
    pub fn order_named(&self, account: AccountId, name: &ClientOrderId) -> Option<&RecordedOrder> {
        self.orders.named(account, name)
    }

    /// The open orders of an account, waiting ones included, by number; of one market or, by number and market, of all.
    #[must_use]
    pub fn open_orders(&self, account: AccountId, market: Option<MarketId>) -> Vec<&RecordedOrder> {
        self.orders.open_of(account, market)
    }

    /// The open and finished orders of an account, by number; of one market or, by number and market, of all. The window's `from` is an order's
    /// number, its times are those of acceptance.
    ///
    /// Costs as much as the account keeps finished orders.
    #[must_use]
    pub fn orders(&self, account: AccountId, market: Option<MarketId>, window: &Window) -> Vec<&RecordedOrder> {
        self.orders.all_of(account, market, window)
    }

    /// The trades of an account in a market. The window's `from` is a trade's number.
    #[must_use]
    pub fn user_trades(&self, account: AccountId, market: MarketId, window: &Window) -> Vec<&UserTrade> {
        let trades = self.accounts.trades.of(account).filter(|trade| trade.market == market);
        window.select(trades, |trade| (trade.id.0, trade.time))
    }

    /// Whatever changed the position of an account in a market, in the order in which it happened: its trades, and what was taken or closed by force
    /// without one. Of one order, or of all. The window's `from` is a trade's number; it says where to go on.
    #[must_use]
    pub fn fills(
        &self,
        account: AccountId,
        (market, contract, asset): (MarketId, &Contract, AssetId),
        order: Option<TradeOrder>,
        window: &Window,
    ) -> Vec<UserTrade> {
        let forced = self.accounts.forced.of(account).filter(|forced| forced.market == market);
        let trades = self.accounts.trades.of(account).filter(|trade| trade.market == market);
        let mut all: Vec<(TradeId, UserTrade)> = trades.map(|trade| (trade.id, *trade)).collect();
        all.extend(forced.filter_map(|forced| Some((TradeId(forced.follows.trade), forced.fill(contract, asset)?))));
        all.retain(|(_, fill)| order.is_none_or(|order| fill.order == order));
        all.sort_by_key(|(place, fill)| (*place, fill.id));
        let fills = all.into_iter().map(|(_, fill)| fill).collect();
        window.go_on(fills, |fill| (fill.id.0, fill.time))
    }

    /// The trades of a forced order.
    pub fn trades_of_forced(&self, forced: &ForcedOrder) -> impl Iterator<Item = &UserTrade> {
        let named = TradeOrder::Forced(forced.id);
        self.accounts.trades.of(forced.account).filter(move |trade| trade.order == named)
    }

    /// The trades of an account in all markets, in the order in which they happened. The window's `from` is a trade's number in its market.
    #[must_use]
    pub fn all_user_trades(&self, account: AccountId, window: &Window) -> Vec<&UserTrade> {
        window.select(self.accounts.trades.of(account), |trade| (trade.id.0, trade.time))
    }

    /// The incomes of an account: of one market or of all, of one kind or of every. The window's `from` is an income's number.
    #[must_use]
    pub fn incomes(
        &self,
        account: AccountId,
        market: Option<MarketId>,
        kind: Option<IncomeKind>,
        window: &Window,
    ) -> Vec<&Income> {
        let incomes = self.accounts.incomes.of(account);
        let wanted = incomes.filter(|income| {
            market.is_none_or(|market| income.market == Some(market)) && kind.is_none_or(|kind| income.kind == kind)
        });
        window.select(wanted, |income| (income.id, income.time))
    }

    /// The margin changes of an account's isolated positions in a market.
    #[must_use]
    pub fn margin_changes(&self, account: AccountId, market: MarketId, window: &Window) -> Vec<&MarginChange> {
        let changes = self.accounts.margins.of(account).filter(|change| change.market == market);
        window.select(changes, |change| (change.id, change.time))
    }

    /// The amendments of an account's orders, in one market or in all.
    #[must_use]
    pub fn amendments(&self, account: AccountId, market: Option<MarketId>, window: &Window) -> Vec<&RecordedAmendment> {
        let amendments = self.accounts.amendments.of(account);
        let wanted = amendments.filter(|amendment| market.is_none_or(|market| amendment.market == market));
        window.select(wanted, |amendment| (amendment.id, amendment.time))
    }

    /// What of an account was closed by force, in one market or in all: by its own liquidations, and against bankrupt positions of others.
    #[must_use]
    pub fn forced_orders(&self, account: AccountId, market: Option<MarketId>, window: &Window) -> Vec<&ForcedOrder> {
        let forced = self.accounts.forced.of(account).filter(|forced| market.is_none_or(|market| forced.market == market));
        window.select(forced, |forced| (forced.id, forced.time))
    }

    /// The latest forced orders of the exchange, newest first.
    pub fn latest_forced_orders(&self) -> impl Iterator<Item = &ForcedOrder> {
        self.accounts.forced.newest()
    }

    /// The liquidations of an account; of the insurance fund without one.
    #[must_use]
    pub fn liquidations(&self, account: Option<AccountId>, window: &Window) -> Vec<&RecordedLiquidation> {
        let told = self.accounts.liquidations.of(shelf(account));
        window.select(told, |told| (told.id, told.time))
    }

    /// The latest liquidations of the exchange, newest first.
    pub fn latest_liquidations(&self) -> impl Iterator<Item = &RecordedLiquidation> {
        self.accounts.liquidations.newest()
    }
}
