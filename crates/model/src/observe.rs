//! Events into facts: only decisions and what the market did are taken from them.

use num_bigint::BigInt;
use num_traits::{Signed, Zero};
use ringfence_engine::book::AccountId;
use ringfence_engine::command::{AutoAdd, MarketState, PositionSide};
use ringfence_engine::event::{Event, LedgerAccount, Reason, Trade};
use ringfence_engine::ids::{MarketId, OrderId};
use ringfence_risk::filters::OrderSide;
use ringfence_risk::units::Side;

use crate::exact::ceiling;
use crate::fact::{Fact, Fill, LegKey, Proceeds};
use crate::model::Model;
use crate::orders::{Open, Place};
use crate::terms::{Terms, fee, first_rate};

impl Model {
    /// Takes in one event; the others of its command are there to look up what a decision moved.
    pub(crate) fn take(&mut self, events: &[Event], index: usize, event: &Event) {
        match event {
            Event::MarketListed { market, asset, listing } => {
                self.record(Fact::Terms(*market, Box::new(Terms::new(*asset, listing))));
                self.rates.insert(*market, first_rate(listing));
                self.defaults.insert(*market, (listing.default_leverage, listing.default_margin_mode));
            }
            Event::MarketChanged { market, listing } => {
                let Some(asset) = self.books.terms(*market).map(|terms| terms.asset) else { return };
                self.record(Fact::Terms(*market, Box::new(Terms::new(asset, listing))));
                self.defaults.insert(*market, (listing.default_leverage, listing.default_margin_mode));
                self.cap_lowered(*market);
            }
            Event::MarketStateSet { market, state } => self.market_state(*market, *state),
            Event::ParticipantJoined { market, account } => {
                if let Some((leverage, mode)) = self.defaults.get(market).copied() {
                    self.record(Fact::Joined(*market, *account, leverage, mode));
                }
            }
            Event::Posted(posting) => self.posting(posting),
            Event::OrderAccepted { .. }
            | Event::OrderRested { .. }
            | Event::OrderTriggered { .. }
            | Event::OrderFilled { .. }
            | Event::OrderAmended { .. }
            | Event::OrderPulled { .. }
            | Event::OrderShrunk { .. }
            | Event::OrderEnded { .. } => self.order(event),
            Event::Traded(trade) => self.traded(events, index, trade),
            Event::PositionSet { market, account, side, position } => {
                self.posted.set_position(LegKey { market: *market, account: *account, side: *side }, *position);
            }
            Event::LeverageSet { market, account, side, leverage } => {
                self.leverage(events, LegKey { market: *market, account: Some(*account), side: *side }, *leverage);
            }
            Event::MarginModeSet { market, account, side, mode } => {
                self.margin_mode(events, LegKey { market: *market, account: Some(*account), side: *side }, *mode);
            }
            Event::AutoAddSet { market, account, setting } => {
                match setting {
                    AutoAdd::On => self.auto_add.insert((*market, *account)),
                    AutoAdd::Off => self.auto_add.remove(&(*market, *account)),
                };
            }
            Event::MarkMoved { market, mark } => {
                self.marks.insert(*market, mark.raw().into());
            }
            Event::FundingRateSet { market, rate, .. } => {
                self.rates.insert(*market, rate.raw().into());
            }
            Event::FundingSettled { market, rate, mark, .. } => self.funding(events, index, *market, (*rate, *mark)),
            Event::LiquidationStarted(start) => self.liquidation_started(start),
            Event::LiquidationStepTaken { .. }
            | Event::Deleveraged { .. }
            | Event::LossSocialised { .. }
            | Event::LiquidationEnded { .. } => self.liquidation(event),
            Event::ClockAdvanced { to } => self.clock = to.ms(),
            Event::AccountOpened { .. }
            | Event::AssetListed { .. }
            | Event::PositionModeSet { .. }
            | Event::CountdownSet { .. }
            | Event::IndexQuoted { .. }
            | Event::IndexSet { .. }
            | Event::MarkOffered { .. }
            | Event::BasisSampled { .. }
            | Event::PremiumSampled { .. }
            | Event::FundingScheduled { .. } => {}
        }
    }

    fn market_state(&mut self, market: MarketId, state: MarketState) {
        if state != MarketState::Settled {
            return;
        }
        self.present.liquidated = true;
        if let Some(mark) = self.marks.get(&market).cloned() {
            self.record(Fact::Settled(market, mark));
        }
    }

    /// What happens to orders. They count while they rest: then money is held for them.
    fn order(&mut self, event: &Event) {
        if let Event::OrderAccepted { order, lots, price, placed } = event {
            let (lots, ticks, open_loss, value) = (lots.raw(), price.raw(), BigInt::zero(), BigInt::zero());
            self.orders.insert(*order, Open { placed: *placed, lots, ticks, place: Place::Outside, open_loss, value });
            self.change(placed.market, *order, |_| {});
        } else if let Event::OrderRested { market, order, open_loss } = event {
            self.change(*market, *order, |open| (open.place, open.open_loss) = (Place::Book, open_loss.raw().into()));
        } else if let Event::OrderTriggered { market, order, lots, price } | Event::OrderPulled { market, order, lots, price } =
            event
        {
            self.change(*market, *order, |open| {
                (open.lots, open.ticks, open.place) = (lots.raw(), price.raw(), Place::Outside);
            });
        } else if let Event::OrderAmended { market, order, price, lots, open_loss, .. } = event {
            self.change(*market, *order, |open| {
                (open.lots, open.ticks, open.open_loss) = (lots.raw(), price.raw(), open_loss.raw().into());
            });
        } else if let Event::OrderShrunk { market, order, lots } = event {
            self.take_lots(*market, *order, lots.raw());
        } else if let Event::OrderFilled { market, order, lots, value } = event {
            let found = (*market, *order, lots.raw(), value.raw());
            match self.present.fills.iter().position(|fill| *fill == found) {
                Some(at) => drop(self.present.fills.swap_remove(at)),
                None => self.rule(format!("order {order} of market {} was filled without a trade", market.0)),
            }
            self.take_lots(*market, *order, lots.raw());
        } else if let Event::OrderEnded { market, order, .. } = event {
            self.orders.remove(*market, *order);
        }
    }

    /// Changes an order; its owner acted.
    fn change(&mut self, market: MarketId, order: OrderId, change: impl FnOnce(&mut Open)) {
        let Some(account) = self.orders.get(market, order).map(|open| open.placed.account) else {
            return self.rule(format!("order {order} of market {} is not known", market.0));
        };
        self.present.acted.insert(account);
        if let Some(terms) = self.books.terms(market) {
            self.orders.change(market, order, terms, change);
        }
    }

    fn take_lots(&mut self, market: MarketId, order: OrderId, lots: u64) {
        self.change(market, order, |open| {
            let before = open.lots.max(1);
            open.lots = open.lots.saturating_sub(lots);
            open.open_loss = ceiling(&(&open.open_loss * BigInt::from(open.lots)), &BigInt::from(before));
        });
    }

    /// A trade: one fill for either party, the maker first, each with its fee.
    fn traded(&mut self, events: &[Event], index: usize, trade: &Trade) {
        let market = trade.market;
        let Some((quantity, price, own_value, rates)) = self.books.terms(market).map(|terms| {
            let (quantity, price) = (terms.quantity(trade.lots.raw()), terms.price(trade.price.raw()));
            let value = terms.fill_value(&quantity, &price);
            (quantity, price, value, (terms.maker, terms.taker))
        }) else {
            return self.rule(format!("a trade in market {}, which is not listed", market.0));
        };
        if own_value != BigInt::from(trade.value.raw()) {
            self.rule(format!("trade {} of market {}: worth {own_value}, not {}", trade.id.0, market.0, trade.value.raw()));
        }
        let maker_side = match trade.taker_side {
            OrderSide::Buy => OrderSide::Sell,
            OrderSide::Sell => OrderSide::Buy,
        };
        let fill = |account, leg, side| Fill {
            market,
            account,
            leg,
            side,
            quantity: quantity.clone(),
            value: own_value.clone(),
            price: Some(price.clone()),
            proceeds: Proceeds::Owner,
        };
        let leg = self.leg_of(market, trade.maker_order, trade.maker);
        self.present.fills.push((market, trade.maker_order, trade.lots.raw(), trade.value.raw()));
        // No rebate exceeds what the taker pays in the same trade.
        let taker = trade.taker_order.and(trade.taker);
        let paid = taker.map_or_else(BigInt::zero, |taker| self.charged(taker, market, (events, index)).0.max(BigInt::zero()));
        let rates = [rates.0, rates.1].map(|rate| fee(&own_value, rate));
        let maker_fee = rates[0].clone().max(-paid);
        self.fill_with_fee(fill(Some(trade.maker), leg, maker_side), &maker_fee, (events, index));
        match (trade.taker_order, trade.taker) {
            (Some(order), Some(taker)) => {
                let leg = self.leg_of(market, order, taker);
                self.present.fills.push((market, order, trade.lots.raw(), trade.value.raw()));
                self.fill_with_fee(fill(Some(taker), leg, trade.taker_side), &rates[1], (events, index));
            }
            (None, taker) => self.forced_trade(trade, fill(taker, PositionSide::Both, trade.taker_side)),
            (Some(order), None) => self.rule(format!("order {order} of market {} belongs to nobody", market.0)),
        }
    }

    /// The leg that an order is for; its owner must be whom the trade names.
    fn leg_of(&mut self, market: MarketId, order: OrderId, account: AccountId) -> PositionSide {
        match self.orders.get(market, order).map(|open| (open.placed.account, open.placed.position_side)) {
            Some((owner, leg)) if owner == account => leg,
            Some(_) | None => {
                self.rule(format!("order {order} of market {} is not account {}'s", market.0, account.0));
                PositionSide::Both
            }
        }
    }

    /// A fill and its fee: in full, unless it closes and takes everything that its owner has left.
    fn fill_with_fee(&mut self, fill: Fill, full: &BigInt, (events, index): (&[Event], usize)) {
        let Some(account) = fill.account else { return };
        let (charged, emptied) = self.charged(account, fill.market, (events, index));
        let (market, opened) = (fill.market, self.quantity(fill.market, account));
        self.record(Fact::Filled(fill));
        let closed = self.quantity(market, account).iter().zip(&opened).all(|(now, before)| now <= before);
        let amount = if charged < *full && !charged.is_negative() && emptied && closed { charged } else { full.clone() };
        self.record(Fact::Fee(account, market, amount));
    }

    /// What an account holds in a market, both legs together.
    fn quantity(&self, market: MarketId, account: AccountId) -> [BigInt; 2] {
        [Side::Long, Side::Short].map(|side| self.books.leg(LegKey { market, account: Some(account), side }).quantity)
    }

    /// The fee that was charged for a trade, and whether the wallet was empty then.
    fn charged(&self, account: AccountId, market: MarketId, (events, index): (&[Event], usize)) -> (BigInt, bool) {
        let Some(asset) = self.books.terms(market).map(|terms| terms.asset) else { return (BigInt::zero(), false) };
        let wallet = LedgerAccount::Wallet(account);
        let mut balance = self.posted.balance(asset, wallet);
        let mut emptied = balance.is_zero();
        for event in events.iter().skip(index + 1) {
            if matches!(event, Event::Traded(_)) {
                break;
            }
            let Event::Posted(posting) = event else { continue };
            let amount = BigInt::from(posting.amount.raw());
            if posting.asset == asset && posting.from == wallet {
                balance -= &amount;
                emptied |= balance.is_zero();
                if posting.reason == Reason::TradingFee {
                    return (amount, balance.is_zero());
                }
            } else if posting.asset == asset && posting.to == wallet {
                balance += &amount;
                if posting.reason == Reason::TradingFee {
                    return (-amount, false);
                }
            }
        }
        (BigInt::zero(), emptied)
    }
}
