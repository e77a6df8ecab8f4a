//! Events into the record.

use ringfence_engine::book::{Lots, Ticks};
use ringfence_engine::command::Command;
use ringfence_engine::event::{Event, OrderEnd, Trade};
use ringfence_engine::ids::{MarketId, OrderId};
use ringfence_engine::state::State;
use ringfence_engine::time::Time;
use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::units::{IndexPrice, MarkPrice, Notional, Quantity};

use super::accounts::Now;
use super::around::{Around, Facts, known};
use super::entry::{ForcedKind, OrderTerms, Place, RecordedAmendment};
use super::forced::Forced;
use super::interval::Interval;
use super::levels::Levels;
use super::order::{Stage, broken, price_of, quantity_of};
use super::orders::{Spot, limit_of};
use super::tape::{FundingSettlement, Tape, push_bounded};
use super::{MarketRecord, Record};

impl Record {
    /// Records what a command did. To be called once for each executed command, in their order; a refused one did nothing.
    ///
    /// `state` is the state after the command, and `events` are all of its events and no others.
    ///
    /// # Panics
    /// Where the events are not those of the engine that the record was built from: going on would be answering with wrong records.
    pub fn apply(&mut self, state: &State, command: &Command, events: &[Event]) {
        // Everything there is to record is in the events, a command's own wish is not.
        let _ = command;
        self.told(state, events);
    }

    /// The same, apart from the state: with what is known of it instead, brought to after the command.
    ///
    /// # Panics
    /// As [`Self::apply`].
    pub fn apply_apart(&mut self, facts: &Facts, events: &[Event]) {
        self.told(facts, events);
    }

    fn told(&mut self, state: &dyn Around, events: &[Event]) {
        self.accounts.telling.now = Now(state.clock());
        for event in events {
            self.record(event, state);
        }
        for market in std::mem::take(&mut self.moved) {
            let limits = self.limits;
            self.market(market).tape.premium(&known(state, market), &limits, state.clock());
        }
        self.accounts.tell_liquidations(events);
        self.accounts.finish(state);
    }

    fn record(&mut self, event: &Event, state: &dyn Around) {
        let now = state.clock();
        match event {
            Event::OrderAccepted { order, lots, price, placed } => {
                let contract = known(state, placed.market).contract;
                self.orders.accept((*order, *lots, *price), placed, contract, now);
                self.market(placed.market).last.order = order.0;
            }
            Event::OrderRested { market, order, .. } => self.rested(*market, *order, state),
            Event::OrderTriggered { market, order, lots, price } => self.triggered((*market, *order), (*lots, *price), state),
            Event::OrderFilled { market, order, lots, value } => self.filled((*market, *order), *lots, *value, state),
            Event::OrderAmended { market, order, price, lots, .. } => {
                self.amended((*market, *order), (*price, *lots), Stage::Resting, state);
            }
            Event::OrderPulled { market, order, price, lots } => {
                self.amended((*market, *order), (*price, *lots), Stage::Acting, state);
            }
            Event::OrderShrunk { market, order, lots } => self.shrunk((*market, *order), *lots, state),
            Event::OrderEnded { market, order, end } => self.ended(*market, *order, *end, state),
            Event::Posted(posting) => self.accounts.posted(posting, state),
            Event::Traded(trade) => self.traded(trade, state),
            Event::PositionSet { market, account, side, .. } => self.accounts.position_set(*market, *account, *side, state),
            Event::LiquidationStarted(start) => self.accounts.liquidation_started(start),
            Event::LiquidationStepTaken { market, account: Some(account), side, step, lots, value } => {
                let kind = ForcedKind::Liquidation(*step);
                let follows = self.market(*market).last;
                let forced =
                    Forced { market: *market, account: *account, side: *side, lots: *lots, value: *value, kind, follows };
                self.accounts.step_taken(&forced, state);
            }
            Event::Deleveraged { market, account, side, lots, value } => {
                let kind = ForcedKind::Deleveraged;
                let follows = self.market(*market).last;
                let forced =
                    Forced { market: *market, account: *account, side: *side, lots: *lots, value: *value, kind, follows };
                self.accounts.deleveraged(&forced, state);
            }
            Event::LossSocialised { market, account, amount, .. } => self.accounts.socialised(*market, *account, *amount, state),
            Event::LiquidationEnded { .. } => {
                (self.accounts.telling.liquidating, self.accounts.telling.forced) = (None, None);
            }
            Event::FundingSettled { market, rate, mark, .. } => {
                let settled = FundingSettlement { time: now, rate: *rate, mark: *mark };
                let bound = self.limits.funding;
                push_bounded(&mut self.market(*market).tape.funding, settled, bound);
            }
            Event::MarkMoved { market, mark } => self.marked(*market, *mark, now),
            Event::IndexSet { market, index } => self.indexed(*market, *index, now),
            Event::ClockAdvanced { .. } => self.sample_interest(state),
            Event::AccountOpened { .. }
            | Event::AssetListed { .. }
            | Event::MarketListed { .. }
            | Event::MarketChanged { .. }
            | Event::MarketStateSet { .. }
            | Event::ParticipantJoined { .. }
            | Event::LeverageSet { .. }
            | Event::MarginModeSet { .. }
            | Event::PositionModeSet { .. }
            | Event::AutoAddSet { .. }
            | Event::CountdownSet { .. }
            | Event::IndexQuoted { .. }
            | Event::MarkOffered { .. }
            | Event::BasisSampled { .. }
            | Event::PremiumSampled { .. }
            | Event::FundingRateSet { .. }
            | Event::FundingScheduled { .. }
            | Event::LiquidationStepTaken { account: None, .. } => {}
        }
    }

    /// What is known of a market, from its first event on.
    pub(super) fn market(&mut self, market: MarketId) -> &mut MarketRecord {
        let at = usize::from(market.0);
        if at >= self.markets.len() {
            self.markets.resize_with(at + 1, || MarketRecord {
                tape: Tape::new(),
                levels: Levels::new(),
                last: Place::default(),
            });
        }
        &mut self.markets[at]
    }

    fn traded(&mut self, trade: &Trade, state: &dyn Around) {
        self.accounts.traded(trade, state, &self.orders);
        let limits = self.limits;
        self.market(trade.market).last.trade = trade.id.0;
        self.market(trade.market).tape.trade(trade, &known(state, trade.market), &limits, state.clock());
    }

    fn marked(&mut self, market: MarketId, mark: MarkPrice, now: Time) {
        let limits = self.limits;
        self.market(market).tape.mark(mark, &limits, now);
        self.moved(market);
    }

    fn indexed(&mut self, market: MarketId, index: IndexPrice, now: Time) {
        let limits = self.limits;
        self.market(market).tape.index(index, &limits, now);
        self.moved(market);
    }

    fn moved(&mut self, market: MarketId) {
        if !self.moved.contains(&market) {
            self.moved.push(market);
        }
    }

    /// Samples open interest of all markets when a new five minutes have begun.
    fn sample_interest(&mut self, state: &dyn Around) {
        let time = Interval::Minutes5.start(state.clock());
        if time <= self.interest_sampled {
            return;
        }
        self.interest_sampled = time;
        let limits = self.limits;
        for number in 0..state.markets() {
            let market = MarketId(number);
            self.market(market).tape.sample_interest(&known(state, market), &limits, time);
        }
    }

    /// An order that was or is in the book changed: so did a level.
    fn touch(&mut self, market: MarketId, spot: Spot) {
        match spot.stage {
            Stage::Resting => {
                let bound = self.limits.book_changes;
                self.market(market).levels.touch(spot.side, spot.ticks, bound);
            }
            Stage::Waiting | Stage::Acting | Stage::Ended(_) => {}
        }
    }

    fn rested(&mut self, market: MarketId, order: OrderId, state: &dyn Around) {
        let resting = self.orders.change(market, order, state.clock());
        resting.stage = Stage::Resting;
        let spot = Spot::of(resting);
        self.touch(market, spot);
    }

    fn triggered(&mut self, (market, order): (MarketId, OrderId), (lots, price): (Lots, Ticks), state: &dyn Around) {
        let contract = known(state, market).contract;
        let triggered = self.orders.change(market, order, state.clock());
        let quantity = quantity_of(contract, lots);
        (triggered.stage, triggered.triggered) = (Stage::Acting, Some(state.clock()));
        (triggered.quantity, triggered.left, triggered.ticks) = (quantity, quantity, price);
        triggered.price = limit_of(triggered, contract, price);
    }

    fn filled(&mut self, (market, order): (MarketId, OrderId), lots: Lots, value: Notional, state: &dyn Around) {
        let quantity = quantity_of(known(state, market).contract, lots);
        let filled = self.orders.change(market, order, state.clock());
        filled.executed = sure(filled.executed.plus(quantity));
        filled.left = sure(filled.left.minus(quantity));
        filled.executed_value = sure(filled.executed_value.plus(value));
        let spot = Spot::of(filled);
        if filled.left == Quantity::ZERO {
            // Out of the book.
            filled.stage = Stage::Acting;
        }
        self.touch(market, spot);
        self.accounts.telling.fills.filled(market, order);
    }

    fn amended(&mut self, (market, order): (MarketId, OrderId), (price, lots): (Ticks, Lots), stage: Stage, state: &dyn Around) {
        let (contract, now) = (known(state, market).contract, state.clock());
        let amended = self.orders.change(market, order, now);
        let from = Spot::of(amended);
        amended.stage = stage;
        let before = OrderTerms { price: price_of(contract, amended.ticks), quantity: amended.quantity };
        let left = quantity_of(contract, lots);
        // An order that shrank and moves with what is left of it keeps its quantity, as the engine says it.
        if left != amended.left || stage == Stage::Acting {
            amended.quantity = sure(amended.executed.plus(left));
        }
        amended.left = left;
        amended.ticks = price;
        amended.price = limit_of(amended, contract, price);
        amended.amendments = amended.amendments.saturating_add(1);
        let after = OrderTerms { price: price_of(contract, price), quantity: amended.quantity };
        let to = Spot::of(amended);
        let (account, client_id, count) = (amended.account(), amended.placed.client_id, amended.amendments);
        self.accounts.numbers.amendment += 1;
        let id = self.accounts.numbers.amendment;
        let amendment = RecordedAmendment { id, account, market, order, client_id, before, after, count, time: now };
        self.accounts.amendments.push(account, amendment);
        self.touch(market, from);
        if to.ticks != from.ticks {
            self.touch(market, to);
        }
    }

    fn shrunk(&mut self, (market, order): (MarketId, OrderId), lots: Lots, state: &dyn Around) {
        let quantity = quantity_of(known(state, market).contract, lots);
        let shrunk = self.orders.change(market, order, state.clock());
        shrunk.left = sure(shrunk.left.minus(quantity));
        let spot = Spot::of(shrunk);
        self.touch(market, spot);
    }

    fn ended(&mut self, market: MarketId, order: OrderId, end: OrderEnd, state: &dyn Around) {
        let spot = self.orders.end(market, order, end, state.clock());
        self.touch(market, spot);
    }
}

/// A sum that the engine has formed before.
fn sure<T>(sum: Result<T, OutOfRange>) -> T {
    sum.unwrap_or_else(|_| broken("a sum that the engine did not form"))
}
