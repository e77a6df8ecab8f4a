//! Trades and forced closes, as the accounts they concern know them.

use ringfence_engine::book::{AccountId, Lots};
use ringfence_engine::command::PositionSide;
use ringfence_engine::event::{Event, LiquidationStart, Trade};
use ringfence_engine::ids::MarketId;
use ringfence_engine::query::explain_liquidation;
use ringfence_risk::filters::OrderSide;
use ringfence_risk::plan::Liquidity;
use ringfence_risk::units::{Amount, Notional, Side};

use super::accounts::{Accounts, leg_of};
use super::around::{Around, known};
use super::entry::{ForcedKind, ForcedOrder, Place, RecordedLiquidation, TradeOrder, UserTrade};
use super::order::{price_of, quantity_of};
use super::orders::Orders;

/// What was closed by force.
#[derive(Clone, Copy, Debug)]
pub(super) struct Forced {
    pub(super) market: MarketId,
    pub(super) account: AccountId,
    pub(super) side: Side,
    pub(super) lots: Lots,
    pub(super) value: Notional,
    pub(super) kind: ForcedKind,
    pub(super) follows: Place,
}

impl Accounts {
    /// Two orders traded.
    pub(super) fn traded(&mut self, trade: &Trade, state: &dyn Around, orders: &Orders) {
        for told in self.telling.fills.take().into_iter().flatten() {
            self.trades.push(told.account, told);
        }
        let market = known(state, trade.market);
        let side = |account, order, side, position_side, liquidity| UserTrade {
            account,
            market: trade.market,
            id: trade.id,
            order,
            side,
            position_side,
            price: price_of(market.contract, trade.price),
            quantity: quantity_of(market.contract, trade.lots),
            value: trade.value,
            liquidity,
            fee: Amount::ZERO,
            realised: Amount::ZERO,
            asset: market.asset,
            time: self.telling.now.0,
        };
        let leg = |order| orders.get(trade.market, order).map_or(PositionSide::Both, |order| order.placed.position_side);
        let (order, maker_side) = (trade.maker_order, opposite(trade.taker_side));
        let maker = side(trade.maker, TradeOrder::Placed(order), maker_side, leg(order), Liquidity::Maker);
        let taker = match (trade.taker, trade.taker_order) {
            (Some(account), Some(order)) => {
                Some(side(account, TradeOrder::Placed(order), trade.taker_side, leg(order), Liquidity::Taker))
            }
            (Some(account), None) => {
                let forced = self.telling.forced.unwrap_or(self.numbers.forced + 1);
                let leg = leg_of(state, account, trade.taker_side.opens().opposite());
                Some(side(account, TradeOrder::Forced(forced), trade.taker_side, leg, Liquidity::Taker))
            }
            (None, _) => None,
        };
        if let (Some(UserTrade { order: TradeOrder::Forced(_), .. }), None) = (taker, self.telling.forced) {
            self.telling.forced = Some(self.next_forced());
        }
        self.telling.fills.begin(trade, maker, taker);
    }

    const fn next_forced(&mut self) -> u64 {
        self.numbers.forced += 1;
        self.numbers.forced
    }

    /// A liquidation began.
    pub(super) const fn liquidation_started(&mut self, start: &LiquidationStart) {
        self.telling.liquidations += 1;
        self.telling.liquidating = Some((start.market, start.account, start.side));
        self.telling.forced = None;
    }

    /// A step of a liquidation closed something: all trades since the step before are its own.
    pub(super) fn step_taken(&mut self, forced: &Forced, state: &dyn Around) {
        let number = self.telling.forced.take();
        if forced.lots > Lots::ZERO {
            let id = number.unwrap_or_else(|| self.next_forced());
            let realised = self.take_realised((forced.account, forced.market));
            let order = ForcedOrder { realised, ..self.force(id, forced, state) };
            self.forced.push(order.account, order);
        }
    }

    /// A position is closed against a bankrupt one: its profit is told next, then the position.
    pub(super) fn deleveraged(&mut self, forced: &Forced, state: &dyn Around) {
        let id = self.next_forced();
        let order = self.force(id, forced, state);
        self.telling.deleveraged.push((order, forced.side));
    }

    /// A position is told: if it was closed against a bankrupt one, so was its profit.
    pub(super) fn deleveraging_told(&mut self, market: MarketId, account: AccountId, side: Side) {
        let told = |(order, of): &(ForcedOrder, Side)| (order.market, order.account, *of) == (market, account, side);
        let Some(at) = self.telling.deleveraged.iter().position(told) else { return };
        let (order, _) = self.telling.deleveraged.remove(at);
        let order = ForcedOrder { realised: self.take_realised((account, market)), ..order };
        self.forced.push(account, order);
    }

    fn force(&self, id: u64, forced: &Forced, state: &dyn Around) -> ForcedOrder {
        let Forced { market, account, side, lots, value, kind, follows } = *forced;
        let closes = match side {
            Side::Long => OrderSide::Sell,
            Side::Short => OrderSide::Buy,
        };
        ForcedOrder {
            id,
            account,
            market,
            side: closes,
            position_side: leg_of(state, account, side),
            kind,
            quantity: quantity_of(known(state, market).contract, lots),
            value,
            realised: Amount::ZERO,
            follows,
            time: self.telling.now.0,
        }
    }

    /// Tells the liquidations of a command.
    pub(super) fn tell_liquidations(&mut self, events: &[Event]) {
        if self.telling.liquidations == 0 {
            return;
        }
        for story in explain_liquidation(events) {
            self.numbers.liquidation += 1;
            let told = RecordedLiquidation { id: self.numbers.liquidation, time: self.telling.now.0, story };
            self.liquidations.push(shelf(told.story.start.account), told);
        }
    }
}

/// Where an account's liquidations are kept: the insurance fund's before all accounts'.
pub(super) fn shelf(account: Option<AccountId>) -> AccountId {
    AccountId(account.map_or(0, |account| account.0.saturating_add(1)))
}

pub(super) const fn opposite(side: OrderSide) -> OrderSide {
    match side {
        OrderSide::Buy => OrderSide::Sell,
        OrderSide::Sell => OrderSide::Buy,
    }
}
