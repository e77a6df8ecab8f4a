//! A second set of books, kept from events alone: the ledger and the open orders. What it says must be what the state says.

use std::collections::BTreeMap;

use ringfence_engine::book::{AccountId, Lots};
use ringfence_engine::command::{Lifetime, NewOrder, OrderKind, Purpose, Triggered};
use ringfence_engine::event::{Event, LedgerAccount, OrderEnd, Posting, Trade};
use ringfence_engine::ids::{AssetId, MarketId, OrderId};

use crate::violation::{Law, Violation};

/// An open order as events tell it.
#[derive(Clone, Copy, Debug)]
pub struct ShadowOrder {
    /// As it was placed.
    pub placed: NewOrder,
    /// How much of it can still fill.
    pub left: u64,
    /// How much of it filled.
    pub executed: u64,
    /// Whether it is in the book; otherwise it waits or acts.
    pub rests: bool,
}

/// The books.
#[derive(Clone, Debug, Default)]
pub struct Shadow {
    ledger: BTreeMap<(AssetId, LedgerAccount), i128>,
    orders: BTreeMap<(MarketId, OrderId), ShadowOrder>,
    trades: BTreeMap<MarketId, u64>,
    /// Entries of the ledger that the present command changed.
    pub(crate) touched: Vec<(AssetId, LedgerAccount)>,
}

impl Shadow {
    /// What an account of the ledger holds.
    #[must_use]
    pub fn balance(&self, asset: AssetId, account: LedgerAccount) -> i128 {
        self.ledger.get(&(asset, account)).copied().unwrap_or_default()
    }

    /// Every account of the ledger that ever held anything.
    pub fn balances(&self) -> impl Iterator<Item = (AssetId, LedgerAccount, i128)> {
        self.ledger.iter().map(|((asset, account), amount)| (*asset, *account, *amount))
    }

    /// The open orders of a market, oldest place first.
    pub fn orders(&self, market: MarketId) -> impl Iterator<Item = (OrderId, &ShadowOrder)> {
        let range = (market, OrderId(0))..=(market, OrderId(u64::MAX));
        self.orders.range(range).map(|((_, order), shadow)| (*order, shadow))
    }

    /// An open order.
    #[must_use]
    pub fn order(&self, market: MarketId, order: OrderId) -> Option<&ShadowOrder> {
        self.orders.get(&(market, order))
    }

    /// How many orders an account has open in a market.
    #[must_use]
    pub fn count(&self, market: MarketId, account: AccountId) -> usize {
        self.orders(market).filter(|(_, order)| order.placed.account == account).count()
    }

    /// Takes an event in.
    ///
    /// # Errors
    /// A [`Violation`] when the event cannot follow on those before.
    pub fn apply(&mut self, event: &Event) -> Result<(), Violation> {
        match event {
            Event::Posted(posting) => self.post(posting),
            Event::OrderAccepted { order, lots, placed, .. } => {
                let left = lots.raw();
                let taken = ShadowOrder { placed: *placed, left, executed: 0, rests: false };
                let before = self.orders.insert((placed.market, *order), taken);
                before.map_or(Ok(()), |_| Err(Law::OrderStory.broken(format!("order {order} was accepted twice"))))
            }
            Event::OrderRested { market, order, .. } => self.rest(*market, *order),
            Event::OrderTriggered { market, order, lots, .. } => self.change(*market, *order, |shadow| shadow.left = lots.raw()),
            Event::OrderPulled { market, order, lots, .. } => self.change(*market, *order, |shadow| {
                shadow.left = lots.raw();
                shadow.rests = false;
            }),
            Event::OrderAmended { market, order, lots, .. } => self.change(*market, *order, |shadow| shadow.left = lots.raw()),
            Event::OrderFilled { market, order, lots, .. } => self.take(*market, *order, *lots, lots.raw()),
            Event::OrderShrunk { market, order, lots } => self.take(*market, *order, *lots, 0),
            Event::OrderEnded { market, order, end } => self.end(*market, *order, *end),
            Event::Traded(trade) => self.trade(trade),
            Event::ClockAdvanced { .. }
            | Event::AccountOpened { .. }
            | Event::AssetListed { .. }
            | Event::MarketListed { .. }
            | Event::MarketChanged { .. }
            | Event::MarketStateSet { .. }
            | Event::ParticipantJoined { .. }
            | Event::PositionSet { .. }
            | Event::LeverageSet { .. }
            | Event::MarginModeSet { .. }
            | Event::PositionModeSet { .. }
            | Event::AutoAddSet { .. }
            | Event::CountdownSet { .. }
            | Event::IndexQuoted { .. }
            | Event::IndexSet { .. }
            | Event::MarkOffered { .. }
            | Event::MarkMoved { .. }
            | Event::BasisSampled { .. }
            | Event::PremiumSampled { .. }
            | Event::FundingRateSet { .. }
            | Event::FundingSettled { .. }
            | Event::FundingScheduled { .. }
            | Event::LiquidationStarted(_)
            | Event::LiquidationStepTaken { .. }
            | Event::Deleveraged { .. }
            | Event::LossSocialised { .. }
            | Event::LiquidationEnded { .. } => Ok(()),
        }
    }

    fn post(&mut self, posting: &Posting) -> Result<(), Violation> {
        let Posting { asset, from, to, amount, .. } = *posting;
        if amount.raw() <= 0 || from == to {
            return Err(Law::DoubleEntry.broken(format!("an entry that moves nothing: {posting:?}")));
        }
        for (account, change) in [(from, -amount.raw()), (to, amount.raw())] {
            *self.ledger.entry((asset, account)).or_default() += change;
            self.touched.push((asset, account));
        }
        Ok(())
    }

    fn change(&mut self, market: MarketId, order: OrderId, change: impl FnOnce(&mut ShadowOrder)) -> Result<(), Violation> {
        let shadow = self.orders.get_mut(&(market, order));
        shadow.map(change).ok_or_else(|| Law::OrderStory.broken(format!("order {order} is not open in {market:?}")))
    }

    fn rest(&mut self, market: MarketId, order: OrderId) -> Result<(), Violation> {
        self.change(market, order, |shadow| shadow.rests = true)?;
        let shadow = self.order(market, order).copied();
        if shadow
            .is_some_and(|shadow| matches!(lifetime(&shadow.placed), Some(Lifetime::ImmediateOrCancel | Lifetime::FillOrKill)))
        {
            return Err(Law::Lifetimes.broken(format!("order {order} rests, but was to act at once: {shadow:?}")));
        }
        Ok(())
    }

    fn take(&mut self, market: MarketId, order: OrderId, lots: Lots, executed: u64) -> Result<(), Violation> {
        let left = self.order(market, order).map_or(0, |shadow| shadow.left);
        if lots == Lots::ZERO || lots.raw() > left {
            return Err(Law::OrderStory.broken(format!("order {order}: {} lots go of {left} that are left", lots.raw())));
        }
        self.change(market, order, |shadow| {
            shadow.left -= lots.raw();
            shadow.executed += executed;
        })
    }

    fn end(&mut self, market: MarketId, order: OrderId, end: OrderEnd) -> Result<(), Violation> {
        let Some(shadow) = self.orders.remove(&(market, order)) else {
            return Err(Law::OrderStory.broken(format!("order {order} ends, but is not open")));
        };
        // A waiting order that closes the whole position has no size of its own.
        let sized = shadow.placed.purpose != Purpose::ClosePosition || shadow.executed > 0;
        if (end == OrderEnd::Filled) != (shadow.left == 0) && (sized || end == OrderEnd::Filled) {
            return Err(Law::OrderStory.broken(format!("order {order} ends as {end:?} with {} lots left", shadow.left)));
        }
        let all_or_nothing = lifetime(&shadow.placed) == Some(Lifetime::FillOrKill);
        if all_or_nothing && shadow.executed > 0 && shadow.left > 0 {
            return Err(Law::Lifetimes.broken(format!("fill-or-kill order {order} filled in part: {shadow:?}, {end:?}")));
        }
        Ok(())
    }

    fn trade(&mut self, trade: &Trade) -> Result<(), Violation> {
        let last = self.trades.entry(trade.market).or_default();
        *last += 1;
        if trade.id.0 != *last {
            return Err(Law::OrderStory.broken(format!("trade {} follows on {}", trade.id.0, *last - 1)));
        }
        if trade.taker == Some(trade.maker) {
            return Err(Law::SelfTrade.broken(format!("{trade:?}")));
        }
        let taker = trade.taker_order.and_then(|order| self.order(trade.market, order));
        if taker.is_some_and(|taker| lifetime(&taker.placed) == Some(Lifetime::PostOnly)) {
            return Err(Law::Lifetimes.broken(format!("a post-only order takes: {trade:?}")));
        }
        Ok(())
    }
}

/// How long the limit order lives that an order is or becomes; `None` for a market order.
#[must_use]
pub const fn lifetime(order: &NewOrder) -> Option<Lifetime> {
    match order.kind {
        OrderKind::Limit { lifetime, .. } | OrderKind::Conditional { then: Triggered::Limit { lifetime, .. }, .. } => {
            Some(lifetime)
        }
        OrderKind::Market | OrderKind::Conditional { then: Triggered::Market, .. } => None,
    }
}
