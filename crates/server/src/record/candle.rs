//! Candles and a day's statistics, as they are answered.

use ringfence_engine::ids::TradeId;
use ringfence_engine::time::Time;
use ringfence_risk::units::{Price, Quantity};

use super::bars::{Bar, PriceBar, TradeBar};
use super::interval::Interval;
use super::order::broken;
use super::volume::Volume;

/// The prices of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candle<P> {
    /// When it begins.
    pub open_time: Time,
    /// Its last millisecond.
    pub close_time: Time,
    /// The first price.
    pub open: P,
    /// The highest price.
    pub high: P,
    /// The lowest price.
    pub low: P,
    /// The last price.
    pub close: P,
}

/// The trades of an interval. One without trades has the close before as all its prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TradeCandle {
    /// Times and prices.
    pub prices: Candle<Price>,
    /// How much was traded.
    pub volume: Volume,
    /// What that was worth, in the settlement asset.
    pub value: Volume,
    /// How many trades there were.
    pub trades: u64,
    /// How much of it takers bought.
    pub taker_buy_volume: Volume,
    /// What that was worth.
    pub taker_buy_value: Volume,
}

impl TradeCandle {
    /// How much takers sold.
    #[must_use]
    pub const fn taker_sell_volume(&self) -> Volume {
        self.volume.less(self.taker_buy_volume)
    }

    pub(super) fn of(bar: &TradeBar, interval: Interval) -> Self {
        Self {
            prices: Candle::of(&bar.prices, interval, price),
            volume: Volume::new(bar.volume),
            value: Volume::new(bar.value),
            trades: bar.trades,
            taker_buy_volume: Volume::new(bar.buy_volume),
            taker_buy_value: Volume::new(bar.buy_value),
        }
    }
}

impl<P> Candle<P> {
    pub(super) fn of(bar: &PriceBar, interval: Interval, price: impl Fn(i64) -> P) -> Self {
        let begins = Time::from_ms(bar.begins());
        Self {
            open_time: begins,
            close_time: Time::from_ms(interval.next(begins).ms().saturating_sub(1)),
            open: price(bar.open),
            high: price(bar.high),
            low: price(bar.low),
            close: price(bar.close),
        }
    }
}

/// A price that was one before.
pub(super) fn price(raw: i64) -> Price {
    Price::from_raw(raw).unwrap_or_else(|_| broken("a candle of no price"))
}

/// What was traded in the last 24 hours, counted by whole minutes: the present one and the 1,439 before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticker {
    /// When the first of the minutes begins.
    pub open_time: Time,
    /// The present time.
    pub close_time: Time,
    /// Price of the first trade in it; of the last trade before where there was none.
    pub open: Price,
    /// The highest price.
    pub high: Price,
    /// The lowest price.
    pub low: Price,
    /// Price of the last trade.
    pub last: Price,
    /// Quantity of the last trade.
    pub last_quantity: Quantity,
    /// What was paid on average, to the nearest 10⁻⁸; `None` without trades, or where the volume is beyond the greatest quantity.
    pub weighted_average: Option<Price>,
    /// How much was traded.
    pub volume: Volume,
    /// What that was worth, in the settlement asset.
    pub value: Volume,
    /// How many trades there were.
    pub trades: u64,
    /// The first and the last of them; `None` without trades.
    pub ids: Option<(TradeId, TradeId)>,
}
