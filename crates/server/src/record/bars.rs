//! Candles: minutes are counted, and every longer interval is rolled up from them.
//!
//! Only what something happened in is kept. What nothing happened in is made up when it is asked for: it has the close before as all its prices.

use std::collections::VecDeque;

use ringfence_engine::time::Time;
use ringfence_risk::filters::OrderSide;
use ringfence_risk::units::{Notional, Price, Quantity};
use serde::{Deserialize, Serialize};

use super::interval::Interval;

/// A candle as it is kept.
pub(super) trait Bar: Copy {
    /// When it begins, in milliseconds.
    fn begins(&self) -> u64;
    /// The same, as the beginning of a longer one.
    fn beginning(self, at: u64) -> Self;
    /// Takes in a later one.
    fn merge(&mut self, later: &Self);
    /// One of nothing after this one.
    fn silence(&self, at: u64) -> Self;
}

/// Prices of an interval, in 10⁻⁸.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PriceBar {
    pub(super) begins: u64,
    pub(super) open: i64,
    pub(super) high: i64,
    pub(super) low: i64,
    pub(super) close: i64,
}

impl PriceBar {
    pub(super) const fn at(begins: u64, price: i64) -> Self {
        Self { begins, open: price, high: price, low: price, close: price }
    }
}

impl Bar for PriceBar {
    fn begins(&self) -> u64 {
        self.begins
    }

    fn beginning(self, begins: u64) -> Self {
        Self { begins, ..self }
    }

    fn merge(&mut self, later: &Self) {
        self.high = self.high.max(later.high);
        self.low = self.low.min(later.low);
        self.close = later.close;
    }

    fn silence(&self, at: u64) -> Self {
        Self::at(at, self.close)
    }
}

/// Trades of an interval. One without trades has the price that the market began with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TradeBar {
    pub(super) prices: PriceBar,
    pub(super) volume: i128,
    pub(super) value: i128,
    pub(super) buy_volume: i128,
    pub(super) buy_value: i128,
    /// The first trade; the others follow without gaps.
    pub(super) first: u64,
    pub(super) trades: u64,
}

impl TradeBar {
    pub(super) const fn silent(begins: u64, price: i64) -> Self {
        let prices = PriceBar::at(begins, price);
        Self { prices, volume: 0, value: 0, buy_volume: 0, buy_value: 0, first: 0, trades: 0 }
    }

    pub(super) fn of(begins: u64, id: u64, (price, quantity, value): (Price, Quantity, Notional), taker_side: OrderSide) -> Self {
        let (volume, value) = (quantity.wide(), value.raw());
        let (buy_volume, buy_value) = match taker_side {
            OrderSide::Buy => (volume, value),
            OrderSide::Sell => (0, 0),
        };
        let prices = PriceBar::at(begins, price.raw());
        Self { prices, volume, value, buy_volume, buy_value, first: id, trades: 1 }
    }
}

impl Bar for TradeBar {
    fn begins(&self) -> u64 {
        self.prices.begins
    }

    fn beginning(self, at: u64) -> Self {
        Self { prices: self.prices.beginning(at), ..self }
    }

    fn merge(&mut self, later: &Self) {
        if self.trades == 0 {
            *self = later.beginning(self.prices.begins);
            return;
        }
        if later.trades == 0 {
            return;
        }
        self.prices.merge(&later.prices);
        self.volume = self.volume.saturating_add(later.volume);
        self.value = self.value.saturating_add(later.value);
        self.buy_volume = self.buy_volume.saturating_add(later.buy_volume);
        self.buy_value = self.buy_value.saturating_add(later.buy_value);
        self.trades = self.trades.saturating_add(later.trades);
    }

    fn silence(&self, at: u64) -> Self {
        Self::silent(at, self.prices.close)
    }
}

/// The candles of one price in all intervals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Series<B> {
    /// The minute that is not over, or the last in which something happened.
    minute: Option<B>,
    /// Minutes that are over, rolled up: one row for every interval, shortest first.
    rows: Vec<VecDeque<B>>,
}

/// Which candles are asked for. From a start on the first are answered, without one the latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CandleWindow {
    /// None that begins before.
    pub start: Option<Time>,
    /// None that begins after.
    pub end: Option<Time>,
    /// At most so many.
    pub limit: usize,
}

impl<B: Bar> Series<B> {
    pub(super) fn new() -> Self {
        Self { minute: None, rows: Interval::ALL.iter().map(|_| VecDeque::new()).collect() }
    }

    /// Takes in what happened in a minute, never an earlier one than before. Keeps so many candles of each interval.
    pub(super) fn add(&mut self, bar: B, keep: usize) {
        match &mut self.minute {
            Some(minute) if minute.begins() == bar.begins() => minute.merge(&bar),
            Some(minute) => {
                let over = std::mem::replace(minute, bar);
                self.roll_up(&over, keep);
            }
            None => self.minute = Some(bar),
        }
    }

    #[cold]
    fn roll_up(&mut self, minute: &B, keep: usize) {
        for (interval, row) in Interval::ALL.into_iter().zip(&mut self.rows) {
            let begins = interval.start(Time::from_ms(minute.begins())).ms();
            match row.back_mut() {
                Some(last) if last.begins() == begins => last.merge(minute),
                Some(_) | None => row.push_back(minute.beginning(begins)),
            }
            if row.len() > keep {
                row.pop_front();
            }
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.minute.is_none()
    }

    /// Minutes in which something happened, latest first.
    pub(super) fn minutes(&self) -> impl Iterator<Item = &B> {
        self.minute.iter().chain(self.rows.first().into_iter().flatten().rev())
    }

    /// The candles of an interval up to now.
    pub(super) fn select(&self, interval: Interval, window: &CandleWindow, now: Time) -> Vec<B> {
        let Some(row) = Interval::ALL.iter().position(|at| *at == interval).and_then(|at| self.rows.get(at)) else {
            return Vec::new();
        };
        let Some(minute) = self.minute else { return Vec::new() };
        // The last candle with the open minute in it.
        let begins = interval.start(Time::from_ms(minute.begins())).ms();
        let mut last = minute.beginning(begins);
        let mut kept = row.len();
        if let Some(back) = row.back().filter(|back| back.begins() == begins) {
            last = *back;
            last.merge(&minute);
            kept -= 1;
        }
        let first = row.front().map_or(begins, Bar::begins);
        let to = interval.start(window.end.map_or(now, |end| end.min(now)));
        let from = match window.start {
            Some(start) => interval.at_or_after(start),
            None => interval.before(to, window.limit.saturating_sub(1)),
        };
        let from = from.max(Time::from_ms(first));
        let at = row.partition_point(|bar| bar.begins() < from.ms()).min(kept);
        let mut before = at.checked_sub(1).and_then(|before| row.get(before)).copied().unwrap_or(last);
        let mut known = row.iter().take(kept).skip(at).chain(std::iter::once(&last)).copied().peekable();
        let mut found = Vec::new();
        let mut moment = from;
        while moment <= to && found.len() < window.limit {
            // Everything known is at or after this moment, but for a last one that lies before all that is asked for.
            while let Some(next) = known.next_if(|next| next.begins() <= moment.ms()) {
                before = next;
            }
            found.push(if before.begins() == moment.ms() { before } else { before.silence(moment.ms()) });
            moment = interval.next(moment);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: u64 = 60_000;

    fn series(samples: &[(u64, i64)], keep: usize) -> Series<PriceBar> {
        let mut series = Series::new();
        for (minute, price) in samples {
            series.add(PriceBar::at(minute * MINUTE, *price), keep);
        }
        series
    }

    fn ask(
        series: &Series<PriceBar>,
        interval: Interval,
        (start, end): (Option<u64>, Option<u64>),
        limit: usize,
    ) -> Vec<[i64; 5]> {
        let at = |minute: u64| Time::from_ms(minute * MINUTE);
        let window = CandleWindow { start: start.map(at), end: end.map(at), limit };
        let bars = series.select(interval, &window, at(10));
        let minute = |bar: &PriceBar| i64::try_from(bar.begins / MINUTE).unwrap_or(-1);
        bars.iter().map(|bar| [minute(bar), bar.open, bar.high, bar.low, bar.close]).collect()
    }

    const SAMPLES: [(u64, i64); 6] = [(1, 50), (1, 70), (1, 60), (4, 40), (4, 45), (8, 90)];

    #[test]
    fn minutes_in_which_nothing_happened_have_the_close_before() {
        let series = series(&SAMPLES, 100);
        let all = ask(&series, Interval::Minute1, (None, None), 100);
        let flat = |minute, price| [minute, price, price, price, price];
        let expected = [
            [1, 50, 70, 50, 60],
            flat(2, 60),
            flat(3, 60),
            [4, 40, 45, 40, 45],
            flat(5, 45),
            flat(6, 45),
            flat(7, 45),
            flat(8, 90),
            flat(9, 90),
            flat(10, 90),
        ];
        assert_eq!(all, expected);
        assert_eq!(ask(&series, Interval::Minute1, (None, None), 2), expected[8..]);
        assert_eq!(ask(&series, Interval::Minute1, (Some(6), None), 3), expected[5..8]);
        assert_eq!(ask(&series, Interval::Minute1, (Some(0), Some(2)), 9), expected[..2]);
        assert_eq!(ask(&series, Interval::Minute1, (None, Some(5)), 2), expected[3..5]);
        assert_eq!(ask(&series, Interval::Minute1, (Some(11), None), 5), [] as [[i64; 5]; 0]);
        assert_eq!(ask(&series, Interval::Minute1, (None, Some(0)), 5), [] as [[i64; 5]; 0]);
    }

    #[test]
    fn longer_intervals_hold_the_open_minute() {
        let series = series(&SAMPLES, 100);
        assert_eq!(
            ask(&series, Interval::Minutes3, (None, None), 9),
            [[0, 50, 70, 50, 60], [3, 40, 45, 40, 45], [6, 90, 90, 90, 90], [9, 90, 90, 90, 90]]
        );
        assert_eq!(
            ask(&series, Interval::Minutes5, (None, None), 9),
            [[0, 50, 70, 40, 45], [5, 90, 90, 90, 90], [10, 90, 90, 90, 90]]
        );
        assert_eq!(ask(&series, Interval::Hour1, (None, None), 9), [[0, 50, 90, 40, 90]]);
    }

    #[test]
    fn the_oldest_go_first() {
        let series = series(&SAMPLES, 1);
        assert_eq!(ask(&series, Interval::Minute1, (Some(0), None), 2), [[4, 40, 45, 40, 45], [5, 45, 45, 45, 45]]);
    }
}
