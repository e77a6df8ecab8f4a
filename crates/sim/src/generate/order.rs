//! Orders: new ones of every kind, amended, cancelled.

use ringfence_engine::book::{AccountId, SelfTrade};
use ringfence_engine::client_ids::ClientOrderId;
use ringfence_engine::command::{
    Amendment, Command, Lifetime, NewOrder, OrderKind, OrderName, OrderRef, PositionSide, Purpose, Trigger, Triggered,
};
use ringfence_engine::conditional::WatchedPrice;
use ringfence_engine::ids::{MarketId, OrderId};
use ringfence_risk::filters::OrderSide;
use ringfence_risk::units::{Quantity, Rate, Side};

use super::{NOBODY, Scene};
use crate::shadow::ShadowOrder;

impl Scene<'_> {
    /// One order.
    pub(crate) fn place(&mut self) -> Command {
        Command::Place(self.order())
    }

    /// Several orders, or several cancels.
    pub(crate) fn batch(&mut self) -> Command {
        let count = self.random.pick(&[0, 1, 2, 3, 5, 8, 9]);
        if self.random.chance(650) {
            return Command::PlaceBatch((0..count).map(|_| self.order()).collect());
        }
        Command::CancelBatch((0..count).map(|_| self.reference()).collect())
    }

    pub(super) fn order(&mut self) -> NewOrder {
        // Some of what is asked closes what somebody holds.
        if self.random.chance(230)
            && let Some((market, account, position)) = self.holder()
        {
            let side = if position.side == Side::Long { OrderSide::Sell } else { OrderSide::Buy };
            let mut order = self.order_of(market, account, side);
            let lot = self.known(market).map_or(1, |known| known.contract().spec().lot.raw());
            let held = i128::from(position.quantity.raw() / lot);
            let lots = match self.random.below(6) {
                0 => 1,
                1 => (held / 2).max(1),
                2 => held + 1,
                3 => held * 2,
                _ => held,
            };
            order.position_side = self.position_side(account, position.side);
            order.quantity = self.quantity(market, lots);
            if self.random.chance(500) && !self.hedges(account) {
                order.purpose = Purpose::ReduceOnly;
            }
            return self.finished(order);
        }
        let (market, account, side) = (self.market(), self.account(), self.side());
        let order = self.order_of(market, account, side);
        self.finished(order)
    }

    /// An order that opens or closes, as it comes.
    pub(super) fn order_of(&mut self, market: MarketId, account: AccountId, side: OrderSide) -> NewOrder {
        let ticks = self.near(market, side);
        let lots = self.size(market, account, (side, ticks));
        let leg = if self.random.chance(850) { side.opens() } else { side.opens().opposite() };
        let purpose = if self.random.chance(60) { Purpose::ReduceOnly } else { Purpose::Any };
        NewOrder {
            account,
            market,
            side,
            position_side: self.position_side(account, leg),
            quantity: self.quantity(market, lots),
            kind: self.kind(market, side, ticks),
            purpose,
            self_trade: self.random.pick(&[SelfTrade::ExpireTaker, SelfTrade::ExpireMaker, SelfTrade::ExpireBoth]),
            client_id: self.client_id(),
        }
    }

    /// A waiting order may close the whole position.
    fn finished(&mut self, mut order: NewOrder) -> NewOrder {
        let waits = matches!(order.kind, OrderKind::Conditional { .. });
        if waits && self.random.chance(300) {
            order.purpose = Purpose::ClosePosition;
            order.quantity = Quantity::ZERO;
        }
        order
    }

    fn position_side(&mut self, account: AccountId, leg: Side) -> PositionSide {
        let wrong = self.random.chance(15);
        if self.hedges(account) == wrong { PositionSide::Both } else { PositionSide::of(leg) }
    }

    /// Names are few, so that they meet.
    fn client_id(&mut self) -> Option<ClientOrderId> {
        if self.random.chance(700) {
            return None;
        }
        *self.names += 1;
        let back = if self.random.chance(150) { self.random.below(20) } else { 0 };
        format!("c{}", self.names.saturating_sub(back)).parse().ok()
    }

    fn kind(&mut self, market: MarketId, side: OrderSide, ticks: u32) -> OrderKind {
        let price = self.price(market, ticks);
        match self.random.weighted(&[66, 15, 19]) {
            0 => OrderKind::Limit { price, lifetime: self.lifetime() },
            1 => OrderKind::Market,
            _ => {
                let trigger = self.trigger(market, side);
                let then = if self.random.chance(600) {
                    Triggered::Market
                } else {
                    Triggered::Limit { price, lifetime: self.lifetime() }
                };
                OrderKind::Conditional { watched: self.random.pick(&[WatchedPrice::Mark, WatchedPrice::Last]), trigger, then }
            }
        }
    }

    fn lifetime(&mut self) -> Lifetime {
        let until = self.state.clock().plus_ms(self.random.pick(&[0, 1, 1_000, 60_000, 3_600_000]));
        match self.random.weighted(&[65, 10, 8, 9, 8]) {
            0 => Lifetime::GoodTillCancel,
            1 => Lifetime::ImmediateOrCancel,
            2 => Lifetime::FillOrKill,
            3 => Lifetime::PostOnly,
            _ => Lifetime::GoodTillDate(until),
        }
    }

    fn trigger(&mut self, market: MarketId, side: OrderSide) -> Trigger {
        let mark = i64::from(self.mark_ticks(market));
        let away = self.random.between(1, (mark / 50).max(3));
        let way = if side == OrderSide::Buy { 1 } else { -1 };
        let at = |offset: i64| (mark + offset).clamp(1, i64::from(u32::MAX)) as u32;
        match self.random.below(10) {
            0..4 => Trigger::Stop(self.price(market, at(way * away))),
            4..7 => Trigger::TakeProfit(self.price(market, at(-way * away))),
            _ => {
                let raw = self.random.pick(&[100_000, 100_000, 500_000, 10_000_000, 99_999]);
                let activation = self.random.chance(400).then(|| self.price(market, at(-way * away)));
                Trigger::Trailing { callback: Rate::from_raw(raw).unwrap_or(Rate::ZERO), activation }
            }
        }
    }

    /// An order that is open, by chance among those of a market.
    pub(super) fn open_order(&mut self) -> Option<(MarketId, OrderId, ShadowOrder)> {
        let market = self.market();
        let count = self.shadow.orders(market).count() as u64;
        let at = self.random.below(count.max(1)) as usize;
        self.shadow.orders(market).nth(at).map(|(id, order)| (market, id, *order))
    }

    fn reference(&mut self) -> OrderRef {
        match self.open_order() {
            Some((market, id, order)) if self.random.chance(930) => {
                let name = order.placed.client_id.filter(|_| self.random.chance(500));
                let account = if self.random.chance(980) { order.placed.account } else { self.account() };
                OrderRef { account, market, name: name.map_or(OrderName::Id(id), OrderName::Client) }
            }
            Some(_) | None => {
                let name = self.client_id().map_or(OrderName::Id(OrderId(self.random.below(1 << 24))), OrderName::Client);
                OrderRef { account: self.account(), market: self.market(), name }
            }
        }
    }

    /// Cancels one, all, or all unless asked again.
    pub(crate) fn cancel(&mut self) -> Command {
        let (account, market) = (self.account(), self.market());
        match self.random.weighted(&[55, 30, 15]) {
            0 => Command::Cancel(self.reference()),
            1 => Command::CancelAll { account, market },
            _ => {
                let after_ms = self.random.pick(&[0, 1, 1_000, 60_000, u64::MAX]);
                Command::CountdownCancel { account, market, after_ms }
            }
        }
    }

    /// New price or quantity for an open order.
    pub(crate) fn amend(&mut self) -> Command {
        let Some((market, id, order)) = self.open_order() else { return self.place() };
        let placed = order.placed;
        let near = self.near(market, placed.side);
        let price = match placed.kind {
            OrderKind::Limit { price, .. } if self.random.chance(400) => price,
            OrderKind::Limit { .. } | OrderKind::Market | OrderKind::Conditional { .. } => self.price(market, near),
        };
        let total = i128::from(order.left) + i128::from(order.executed);
        let lots = match self.random.below(6) {
            0 => total,
            1 => (total / 2).max(1),
            2 => total - 1,
            3 => i128::from(order.executed),
            4 => total + 1,
            _ => total.saturating_mul(3),
        };
        let name = placed.client_id.filter(|_| self.random.chance(300)).map_or(OrderName::Id(id), OrderName::Client);
        let account = if self.random.chance(10) { NOBODY } else { placed.account };
        Command::Amend(Amendment { order: OrderRef { account, market, name }, price, quantity: self.quantity(market, lots) })
    }
}
