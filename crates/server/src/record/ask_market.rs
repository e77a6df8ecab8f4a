//! What can be asked about markets. Answers are oldest first.

use ringfence_engine::ids::{MarketId, TradeId};
use ringfence_engine::state::State;
use ringfence_engine::time::Time;
use ringfence_risk::contract::Contract;
use ringfence_risk::units::{Notional, Price, Quantity, Rate};

use super::Record;
use super::bars::{Bar, CandleWindow, PriceBar, Series, TradeBar};
use super::candle::{Candle, Ticker, TradeCandle, price};
use super::interval::Interval;
use super::levels::BookChanges;
use super::order::average;
use super::tape::{AggregateTrade, FundingSettlement, OpenInterest, PublicTrade, Tape};
use super::window::Window;

impl Record {
    fn tape(&self, market: MarketId) -> Option<&Tape> {
        self.markets.get(usize::from(market.0)).map(|market| &market.tape)
    }

    /// The trades of a market. The window's `from` is a trade's number.
    #[must_use]
    pub fn trades(&self, market: MarketId, window: &Window) -> Vec<&PublicTrade> {
        let trades = self.tape(market).into_iter().flat_map(|tape| &tape.trades);
        window.select(trades, |trade| (trade.id.0, trade.time))
    }

    /// The trades of a market, those of one taker at one price and time in one. The window's `from` is an aggregate's number.
    #[must_use]
    pub fn aggregate_trades(&self, market: MarketId, window: &Window) -> Vec<&AggregateTrade> {
        let trades = self.tape(market).into_iter().flat_map(|tape| &tape.aggregates);
        window.select(trades, |trade| (trade.id, trade.time))
    }

    /// The last trade of a market.
    #[must_use]
    pub fn last_trade(&self, market: MarketId) -> Option<&PublicTrade> {
        self.tape(market)?.trades.back()
    }

    /// What was traded in a market in the 24 hours before the state's clock; `None` before the first trade.
    #[must_use]
    pub fn ticker(&self, state: &State, market: MarketId) -> Option<Ticker> {
        let (tape, now) = (self.tape(market)?, state.clock());
        let last = tape.trades.back()?;
        let begins = Interval::Minute1.before(now, 1_439);
        let mut sum: Option<TradeBar> = None;
        let recent = tape.traded.minutes().take_while(|minute| minute.begins() >= begins.ms());
        for minute in recent.filter(|minute| minute.trades > 0) {
            // Latest first: the earlier takes in what comes after it.
            let mut earlier = *minute;
            if let Some(later) = &sum {
                earlier.merge(later);
            }
            sum = Some(earlier);
        }
        let day = sum.unwrap_or_else(|| TradeBar::silent(begins.ms(), last.price.raw()));
        Some(Ticker {
            open_time: begins,
            close_time: now,
            open: price(day.prices.open),
            high: price(day.prices.high),
            low: price(day.prices.low),
            last: last.price,
            last_quantity: last.quantity,
            weighted_average: weighted_average(&day, state.market(market)?.contract()),
            volume: TradeCandle::of(&day, Interval::Day1).volume,
            value: TradeCandle::of(&day, Interval::Day1).value,
            trades: day.trades,
            ids: (day.trades > 0).then(|| (TradeId(day.first), TradeId(day.first + day.trades - 1))),
        })
    }

    /// Candles of a market's trades up to `now`. The first is that of the market's first mark or trade: until the first trade they have the first
    /// mark as all their prices. The last one is open.
    ///
    /// What takers bought and sold by steps of five minutes are the volumes of [`Interval::Minutes5`].
    #[must_use]
    pub fn candles(&self, market: MarketId, interval: Interval, window: &CandleWindow, now: Time) -> Vec<TradeCandle> {
        let bars = self.tape(market).map(|tape| tape.traded.select(interval, window, now));
        bars.iter().flatten().map(|bar| TradeCandle::of(bar, interval)).collect()
    }

    /// Candles of a market's mark up to `now`.
    #[must_use]
    pub fn mark_candles(&self, market: MarketId, interval: Interval, window: &CandleWindow, now: Time) -> Vec<Candle<Price>> {
        let series = self.tape(market).map(|tape| &tape.marks);
        candles(series, interval, (window, now), price)
    }

    /// Candles of a market's index up to `now`.
    #[must_use]
    pub fn index_candles(&self, market: MarketId, interval: Interval, window: &CandleWindow, now: Time) -> Vec<Candle<Price>> {
        let series = self.tape(market).map(|tape| &tape.indices);
        candles(series, interval, (window, now), price)
    }

    /// Candles of mark ÷ index − 1 up to `now`, each sample rounded down.
    #[must_use]
    pub fn premium_candles(&self, market: MarketId, interval: Interval, window: &CandleWindow, now: Time) -> Vec<Candle<Rate>> {
        let series = self.tape(market).map(|tape| &tape.premiums);
        candles(series, interval, (window, now), |raw| Rate::from_raw(raw).unwrap_or(Rate::ZERO))
    }

    /// The funding settlements of a market. The window's `from` is a time in milliseconds.
    #[must_use]
    pub fn funding_history(&self, market: MarketId, window: &Window) -> Vec<&FundingSettlement> {
        let settled = self.tape(market).into_iter().flat_map(|tape| &tape.funding);
        window.select(settled, |settled| (settled.time.ms(), settled.time))
    }

    /// Samples of a market's open interest at the whole intervals, from five minutes up: what was open when the clock reached them. There is none
    /// for an interval that the clock leapt over. The window's `from` is a time in milliseconds.
    #[must_use]
    pub fn open_interest_history(&self, market: MarketId, interval: Interval, window: &Window) -> Vec<&OpenInterest> {
        let samples = self.tape(market).into_iter().flat_map(|tape| &tape.interest);
        window.select(samples.filter(|sample| interval.start(sample.time) == sample.time), |at| (at.time.ms(), at.time))
    }

    /// How often levels of a market's book have changed: the number of its present state.
    #[must_use]
    pub fn book_update_id(&self, market: MarketId) -> u64 {
        self.markets.get(usize::from(market.0)).map_or(0, |market| market.levels.changes())
    }

    /// Takes what changed in a market's book since it was asked for last, with the quantities of `state`: the state after the last command that
    /// was applied. `None` where nothing changed, and the first time: following a book begins with asking, and nothing is kept before.
    pub fn take_book_changes(&mut self, state: &State, market: MarketId) -> Option<BookChanges> {
        let book = state.market(market)?.book();
        self.market(market).levels.take(book)
    }
}

fn candles<P>(
    series: Option<&Series<PriceBar>>,
    interval: Interval,
    (window, now): (&CandleWindow, Time),
    price: impl Fn(i64) -> P,
) -> Vec<Candle<P>> {
    let bars = series.map(|series| series.select(interval, window, now));
    bars.iter().flatten().map(|bar| Candle::of(bar, interval, &price)).collect()
}

fn weighted_average(day: &TradeBar, contract: &Contract) -> Option<Price> {
    let (quantity, value) = (Quantity::from_wide(day.volume).ok()?, Notional::from_wide(day.value).ok()?);
    average(contract, quantity, value).ok()?
}
