//! From the events of a command to those of its accounts.

use std::collections::{HashMap, HashSet};

use ringfence_engine::book::{AccountId, Lots};
use ringfence_engine::command::OrderKind;
use ringfence_engine::event::{Event, OrderEnd, Posting, Trade};
use ringfence_engine::ids::{MarketId, OrderId, TradeId};
use ringfence_risk::units::{Leverage, Notional, Quantity};

use super::UserEvent;
use super::account::{Sheet, leverage};
use super::algo::Step;
use super::forced;
use super::order::{Happened, Progress, Subject};
use super::realised::Realised;
use super::update::{Cause, Update, Updates, owner};
use crate::boot::{Catalog, Family};
use crate::exchange::{Executed, World};
use crate::record::{ForcedOrder, OrderState, RecordedOrder, UserTrade, Window};
use crate::stream::hub::Owner;

/// One command, as its accounts are told of it.
pub(super) struct Walk<'a, 'b> {
    watched: &'a HashSet<AccountId>,
    sheet: Sheet<'a, 'b>,
    /// What each order that fills had filled at this point of the walk, and how many fills are still to come.
    fills: HashMap<(MarketId, OrderId), (Progress, usize)>,
    /// Orders that are filled to the end.
    filled: HashSet<(MarketId, OrderId)>,
    trades: HashMap<(AccountId, MarketId, TradeId), UserTrade>,
    forced: Vec<ForcedOrder>,
    updates: Updates,
    latest: HashMap<AccountId, Cause>,
    leverages: HashSet<(AccountId, MarketId)>,
    /// The trade that is being told.
    trade: Option<Trade>,
    out: Vec<(Owner, UserEvent)>,
}

impl<'a, 'b> Walk<'a, 'b> {
    pub(super) fn new(
        watched: &'a HashSet<AccountId>,
        (catalog, world): (&'a Catalog, &'a World),
        realised: &'b mut Realised,
    ) -> Self {
        Self {
            watched,
            sheet: Sheet { world, catalog, realised, events: 0 },
            fills: HashMap::new(),
            filled: HashSet::new(),
            trades: HashMap::new(),
            forced: Vec::new(),
            updates: Updates::default(),
            latest: HashMap::new(),
            leverages: HashSet::new(),
            trade: None,
            out: Vec::new(),
        }
    }

    /// An order of a watched account.
    fn order(&self, market: MarketId, order: OrderId) -> Option<&'a RecordedOrder> {
        self.sheet.world.record().order(market, order).filter(|order| self.watched.contains(&order.account()))
    }

    /// Looks at all events once: which balances and positions change and why, and how much each order fills.
    pub(super) fn prepare(&mut self, executed: &Executed<'_>) {
        self.sheet.events = executed.events.len();
        let mut counts: HashMap<AccountId, usize> = HashMap::new();
        let mut forced = 0;
        for event in executed.events {
            match event {
                Event::OrderFilled { market, order, lots, value } => self.count((*market, *order), *lots, *value, &mut counts),
                Event::OrderEnded { market, order, end: OrderEnd::Filled } => {
                    self.filled.insert((*market, *order));
                }
                Event::Posted(posting) => self.posted(posting),
                Event::PositionSet { market, account: Some(account), side, .. } if self.watched.contains(account) => {
                    let cause = *self.latest.entry(*account).or_insert(Cause::Order);
                    self.updates.open(*account, cause).positions.insert((*market, *side));
                }
                Event::MarginModeSet { market, account, .. } if self.watched.contains(account) => {
                    self.latest.insert(*account, Cause::MarginTypeChange);
                    let update = self.updates.open(*account, Cause::MarginTypeChange);
                    update.positions.insert((*market, ringfence_risk::units::Side::Long));
                }
                // The record has a trade of a liquidation, too.
                Event::Traded(Trade { taker: Some(account), taker_order: None, .. }) if self.watched.contains(account) => {
                    *counts.entry(*account).or_default() += 1;
                }
                Event::LiquidationStepTaken { account: Some(account), lots, .. } | Event::Deleveraged { account, lots, .. }
                    if *lots > Lots::ZERO =>
                {
                    forced += usize::from(self.watched.contains(account));
                    self.latest.insert(*account, Cause::Order);
                }
                Event::ClockAdvanced { .. }
                | Event::AccountOpened { .. }
                | Event::AssetListed { .. }
                | Event::MarketListed { .. }
                | Event::MarketChanged { .. }
                | Event::MarketStateSet { .. }
                | Event::ParticipantJoined { .. }
                | Event::OrderAccepted { .. }
                | Event::OrderRested { .. }
                | Event::OrderTriggered { .. }
                | Event::OrderAmended { .. }
                | Event::OrderPulled { .. }
                | Event::OrderShrunk { .. }
                | Event::OrderEnded { .. }
                | Event::Traded(_)
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
                | Event::FundingScheduled { .. }
                | Event::FundingSettled { .. }
                | Event::LiquidationStarted(_)
                | Event::LiquidationStepTaken { .. }
                | Event::Deleveraged { .. }
                | Event::LossSocialised { .. }
                | Event::LiquidationEnded { .. } => {}
            }
        }
        self.find(&counts, forced);
    }

    fn count(&mut self, at: (MarketId, OrderId), lots: Lots, value: Notional, counts: &mut HashMap<AccountId, usize>) {
        let Some(order) = self.order(at.0, at.1) else { return };
        *counts.entry(order.account()).or_default() += 1;
        self.latest.insert(order.account(), Cause::Order);
        let start = (Progress { executed: order.executed, value: order.executed_value }, 0);
        let (progress, fills) = self.fills.entry(at).or_insert(start);
        *fills += 1;
        // Back to where it was before this command.
        if let Some(quantity) = quantity(self.sheet.world, at.0, lots) {
            progress.executed = progress.executed.minus(quantity).unwrap_or(Quantity::ZERO);
        }
        progress.value = progress.value.minus(value).unwrap_or(Notional::ZERO);
    }

    fn posted(&mut self, posting: &Posting) {
        let (from, to) = (owner(posting.from), owner(posting.to));
        let second = if to == from { None } else { to };
        for account in [from, second].into_iter().flatten().filter(|account| self.watched.contains(account)) {
            if let Some(cause) = Cause::of(posting.reason) {
                self.latest.insert(account, cause);
            }
            self.updates.posted(account, posting);
        }
    }

    /// The trades and forced orders that the record wrote for this command.
    fn find(&mut self, counts: &HashMap<AccountId, usize>, forced: usize) {
        let record = self.sheet.world.record();
        for (account, count) in counts {
            for trade in record.all_user_trades(*account, &Window::latest(*count)) {
                self.trades.insert((*account, trade.market, trade.id), *trade);
            }
        }
        if forced > 0 {
            let now = self.sheet.world.state().clock();
            let newest = record.latest_forced_orders().take(self.sheet.events).take_while(|order| order.time == now);
            self.forced = newest.filter(|order| self.watched.contains(&order.account)).take(forced).copied().collect();
        }
    }

    /// Tells the events in their order.
    pub(super) fn tell(&mut self, events: &[Event]) {
        for event in events {
            match event {
                Event::OrderAccepted { order, placed, .. } => self.accepted(placed.market, *order),
                Event::OrderTriggered { market, order, .. } => self.triggered(*market, *order),
                Event::OrderAmended { market, order, .. } | Event::OrderPulled { market, order, .. } => {
                    self.tell_order((*market, *order), Happened::Amended);
                }
                Event::Traded(trade) => self.trade = Some(*trade),
                Event::OrderFilled { market, order, lots, value } => self.order_filled((*market, *order), *lots, *value),
                Event::OrderEnded { market, order, end } => self.ended((*market, *order), *end),
                Event::LiquidationStepTaken { market, account: Some(account), lots, .. }
                | Event::Deleveraged { market, account, lots, .. }
                    if *lots > Lots::ZERO =>
                {
                    self.forced(*market, *account);
                }
                Event::LeverageSet { market, account, leverage, .. } => self.leverage(*market, *account, *leverage),
                Event::ClockAdvanced { .. }
                | Event::AccountOpened { .. }
                | Event::AssetListed { .. }
                | Event::MarketListed { .. }
                | Event::MarketChanged { .. }
                | Event::MarketStateSet { .. }
                | Event::ParticipantJoined { .. }
                | Event::Posted(_)
                | Event::OrderRested { .. }
                | Event::OrderShrunk { .. }
                | Event::PositionSet { .. }
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
                | Event::FundingScheduled { .. }
                | Event::FundingSettled { .. }
                | Event::LiquidationStarted(_)
                | Event::LiquidationStepTaken { .. }
                | Event::Deleveraged { .. }
                | Event::LossSocialised { .. }
                | Event::LiquidationEnded { .. } => {}
            }
        }
    }

    fn progress(&self, at: (MarketId, OrderId), order: &RecordedOrder) -> Progress {
        let now = Progress { executed: order.executed, value: order.executed_value };
        self.fills.get(&at).map_or(now, |(progress, _)| *progress)
    }

    fn subject(&self, at: (MarketId, OrderId)) -> Option<(Owner, Subject<'a>, Progress)> {
        let order = self.order(at.0, at.1)?;
        let symbol = self.sheet.catalog.get(at.0)?;
        let subject = Subject { world: self.sheet.world, symbol, order };
        Some(((order.account(), symbol.family), subject, self.progress(at, order)))
    }

    fn push(&mut self, to: Owner, event: Option<UserEvent>) {
        self.out.extend(event.map(|event| (to, event)));
    }

    fn tell_order(&mut self, at: (MarketId, OrderId), happened: Happened<'_>) {
        let Some((to, subject, progress)) = self.subject(at) else { return };
        self.push(to, subject.update(happened, &progress));
    }

    fn tell_algo(&mut self, at: (MarketId, OrderId), step: Step) {
        let Some((to, subject, progress)) = self.subject(at) else { return };
        if let OrderKind::Conditional { .. } = subject.order.placed.kind {
            self.push(to, subject.algo(step, &progress));
        }
    }

    fn accepted(&mut self, market: MarketId, order: OrderId) {
        let Some(known) = self.order(market, order) else { return };
        match known.placed.kind {
            OrderKind::Conditional { .. } => self.tell_algo((market, order), Step::New),
            OrderKind::Limit { .. } | OrderKind::Market => self.tell_order((market, order), Happened::Accepted),
        }
    }

    fn triggered(&mut self, market: MarketId, order: OrderId) {
        self.tell_algo((market, order), Step::Triggering);
        self.tell_algo((market, order), Step::Triggered);
        self.tell_order((market, order), Happened::Accepted);
    }

    fn order_filled(&mut self, at: (MarketId, OrderId), lots: Lots, value: Notional) {
        let Some(order) = self.order(at.0, at.1) else { return };
        let Some(trade) = self.trade.filter(|trade| trade.market == at.0) else { return };
        let quantity = quantity(self.sheet.world, at.0, lots).unwrap_or(Quantity::ZERO);
        let Some((progress, left)) = self.fills.get_mut(&at) else { return };
        progress.executed = progress.executed.plus(quantity).unwrap_or(progress.executed);
        progress.value = progress.value.plus(value).unwrap_or(progress.value);
        *left = left.saturating_sub(1);
        let is_last = *left == 0 && self.filled.contains(&at);
        let state = if is_last { OrderState::Filled } else { OrderState::PartiallyFilled };
        let Some(told) = self.trades.get(&(order.account(), at.0, trade.id)).copied() else { return };
        let Some((to, subject, _)) = self.subject(at) else { return };
        self.push(to, subject.lite(&told));
        if let Some(update) = self.updates.take(order.account(), Cause::Order) {
            self.tell_update(&update);
        }
        self.tell_order(at, Happened::Filled(&told, state));
    }

    fn ended(&mut self, at: (MarketId, OrderId), end: OrderEnd) {
        let Some(order) = self.order(at.0, at.1) else { return };
        let is_waiting = order.conditional().is_some() && order.triggered.is_none();
        if is_waiting {
            return self.tell_algo(at, Step::Ended(end));
        }
        if end != OrderEnd::Filled {
            self.tell_order(at, Happened::Ended(end));
        }
        self.tell_algo(at, Step::Finished);
    }

    /// The next forced order of an account in a market: they are kept newest first.
    fn forced(&mut self, market: MarketId, account: AccountId) {
        let Some(at) = self.forced.iter().rposition(|order| (order.account, order.market) == (account, market)) else { return };
        let order = self.forced.remove(at);
        let Some(symbol) = self.sheet.catalog.get(market) else { return };
        for event in forced::updates(self.sheet.world, symbol, &order) {
            self.out.push(((account, symbol.family), event));
        }
    }

    fn leverage(&mut self, market: MarketId, account: AccountId, to: Leverage) {
        if self.watched.contains(&account) && self.leverages.insert((account, market)) {
            let Some(symbol) = self.sheet.catalog.get(market) else { return };
            let event = leverage(symbol, to, self.sheet.world.state().clock());
            self.push((account, symbol.family), event);
        }
    }

    fn tell_update(&mut self, update: &Update) {
        for family in [Family::UsdM, Family::CoinM] {
            let event = self.sheet.write(update, family);
            self.push((update.account, family), event);
        }
    }

    /// What is left to tell, and all of it.
    pub(super) fn finish(mut self) -> Vec<(Owner, UserEvent)> {
        for update in std::mem::take(&mut self.updates.all) {
            self.tell_update(&update);
        }
        self.out
    }
}

fn quantity(world: &World, market: MarketId, lots: Lots) -> Option<Quantity> {
    lots.to_quantity(world.state().market(market)?.contract()).ok()
}
