//! Time: what is due when the clock moves on.

use ringfence_risk::arithmetic::{OutOfRange, SCALE, mul};
use ringfence_risk::contract::ContractKind;
use ringfence_risk::filters::OrderSide;
use ringfence_risk::funding::{funding_rate, impact_price, premium};
use ringfence_risk::units::{IndexPrice, Price, Quantity, Rate};

use crate::command::{MarkSource, MarketState};
use crate::engine::{Reply, Run};
use crate::event::{Event, OrderEnd, RateSource};
use crate::ids::MarketId;
use crate::reject::Reject;
use crate::state::Market;
use crate::time::Time;

impl Run<'_> {
    /// Moves the clock, then does in every market what is due by now: orders expire, countdowns cancel, prices grow old, premiums are sampled,
    /// and funding settles, at most once. The same time again is accepted: what came due meanwhile is done.
    pub(super) fn advance_time(&mut self, to: Time) -> Result<Reply, Reject> {
        let now = self.state.clock();
        if to < now {
            return Err(Reject::TimeGoesBack { to, now });
        }
        if to > now {
            self.emit(Event::ClockAdvanced { to });
        }
        let markets: Vec<MarketId> = self.state.markets().iter().map(Market::id).collect();
        for market in markets {
            self.tick(market);
        }
        Ok(Reply::Done)
    }

    /// A halted market only lets go of orders: nobody could act on a new price or a payment. What fell due meanwhile is settled once it goes on.
    fn tick(&mut self, market: MarketId) {
        if self.state.known(market).state() == MarketState::Settled {
            return;
        }
        self.expire(market);
        self.count_down(market);
        let known = self.state.known(market);
        if !known.liquidates() {
            return;
        }
        match known.listing().feed.mark_source {
            MarkSource::Direct => self.sample(market),
            // A mark that is held back waits for a quote: time alone confirms nothing.
            MarkSource::Median if known.prices.guard.held.is_some() => {}
            MarkSource::Median => self.refresh(market),
        }
        self.schedule(market);
        self.settle_due(market);
    }

    fn expire(&mut self, market: MarketId) {
        loop {
            let (known, now) = (self.state.known(market), self.state.clock());
            let Some((_, order)) = known.expiries.first().copied().filter(|(until, _)| *until <= now) else { return };
            let Some(place) = known.orders.find(order) else { crate::state::broken("an expiry without an order") };
            let account = known.at(known.orders.record(place).participant).account();
            self.emit(Event::OrderEnded { market, order, end: OrderEnd::Expired });
            self.rehold(market, account);
        }
    }

    fn count_down(&mut self, market: MarketId) {
        loop {
            let (known, now) = (self.state.known(market), self.state.clock());
            let Some((_, account)) = known.countdowns.first().copied().filter(|(at, _)| *at <= now) else { return };
            self.end_all(market, account, OrderEnd::Countdown);
            self.emit(Event::CountdownSet { market, account, at: None });
        }
    }

    /// Starts the funding clock with the first mark, stops it where there is no funding any more, and brings it forward where the interval has
    /// become shorter.
    fn schedule(&mut self, market: MarketId) {
        let (known, now) = (self.state.known(market), self.state.clock());
        let first = known.mark().and_then(|_| next_settlement(now, known.listing().funding.interval_ms));
        let next = match (known.funding.next, first) {
            (Some(next), Some(first)) => Some(next.min(first)),
            (None, first) | (_, first @ None) => first,
        };
        if next != known.funding.next {
            self.emit(Event::FundingScheduled { market, next });
        }
    }

    /// Samples basis and premium, where a sample is due and the book has both sides; a new premium makes a new rate.
    pub(crate) fn sample(&mut self, market: MarketId) {
        let (known, now) = (self.state.known(market), self.state.clock());
        let Some(index) = known.index() else { return };
        let touch = if known.prices.basis.due(now) { known.touch_prices() } else { None };
        let premium = if known.funding.premiums.due(now) { known.premium(index) } else { None };
        if let Some(touch) = touch {
            self.emit(Event::BasisSampled { market, touch });
        }
        if let Some(premium) = premium {
            self.emit(Event::PremiumSampled { market, premium });
            self.predict(market);
        }
    }

    /// The rate of the next settlement, as the premiums so far make it (the interest, while there are none), unless it was set by hand.
    pub(super) fn predict(&mut self, market: MarketId) {
        let known = self.state.known(market);
        if known.funding.rate_source == RateSource::Set {
            return;
        }
        let terms = &known.listing().funding.terms;
        let rate = known.funding.premiums.average().and_then(|average| funding_rate(average, terms));
        if let Ok(rate) = rate
            && rate != known.funding.rate
        {
            self.emit(Event::FundingRateSet { market, rate, source: RateSource::Premium });
        }
    }
}

/// The first multiple of the interval, counted from the Unix epoch, after this moment; `None` for a market without funding.
pub(super) fn next_settlement(now: Time, interval_ms: u64) -> Option<Time> {
    let whole = now.ms().checked_div(interval_ms)?;
    Some(Time::from_ms(whole.saturating_add(1).saturating_mul(interval_ms)))
}

impl Market {
    /// Best bid and best ask.
    fn touch_prices(&self) -> Option<(Price, Price)> {
        let price = |side| self.book.best(side)?.to_price(&self.contract).ok();
        Some((price(OrderSide::Buy)?, price(OrderSide::Sell)?))
    }

    /// The premium now; `None` without funding, and where the book is too thin on either side.
    fn premium(&self, index: IndexPrice) -> Option<Rate> {
        if self.listing().funding.interval_ms == 0 {
            return None;
        }
        let impact = |side| self.impact(side).ok().flatten();
        premium(impact(OrderSide::Buy)?, impact(OrderSide::Sell)?, index).ok()
    }

    /// The average price of an order of the impact notional against one side of the book.
    fn impact(&self, side: OrderSide) -> Result<Option<Price>, OutOfRange> {
        let notional = self.listing().funding.impact_notional;
        let mut missing = mul(notional.raw(), SCALE)?;
        let mut levels = Vec::new();
        for level in self.book.depth(side) {
            let price = level.price.to_price(&self.contract)?;
            let quantity = level.lots.to_quantity(&self.contract).unwrap_or(Quantity::GREATEST);
            levels.push((price, quantity));
            // No more levels than it takes: the exact worth, as impact_price counts it.
            let exposure = self.contract.exposure(quantity)?;
            let worth = match self.contract.kind() {
                ContractKind::Linear | ContractKind::Quanto => mul(price.wide(), exposure)?,
                ContractKind::Inverse => mul(exposure, SCALE)?,
            };
            missing = missing.saturating_sub(worth);
            if missing <= 0 {
                return impact_price(&self.contract, &levels, notional);
            }
        }
        Ok(None)
    }
}
