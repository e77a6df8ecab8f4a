//! What a conditional order waits for.

use ringfence_risk::arithmetic::{Rounding, SCALE, mul_div, narrow};
use ringfence_risk::filters::OrderSide;
use ringfence_risk::units::{Price, Rate};

/// Which conditional order: a number of the caller's choice, unique within a market. Equal prices trigger in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConditionalId(pub u64);

/// Which price a condition is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WatchedPrice {
    /// The mark, as [`as_price`](ringfence_risk::units::MarkPrice::as_price).
    Mark,
    /// The price of the last trade.
    Last,
}

/// How far the price must turn back from its extreme to trigger a trailing stop: from 0.1 % to 20 % of the extreme.
///
/// ```
/// use ringfence_engine::conditional::Callback;
/// assert_eq!(Callback::new("0.01".parse()?)?.rate(), "0.01".parse()?);
/// let error = Callback::new("0.3".parse()?).unwrap_err();
/// assert_eq!(error.to_string(), "callback must be between 0.001 and 0.2, got 0.3");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Callback(Rate);

impl Callback {
    /// The least: 0.1 %.
    pub const LEAST: Self = Self::constant(100_000);
    /// The greatest: 20 %.
    pub const GREATEST: Self = Self::constant(20_000_000);

    /// The callback of this rate.
    ///
    /// # Errors
    /// [`CallbackOutOfRange`] outside [`Callback::LEAST`] to [`Callback::GREATEST`].
    pub fn new(rate: Rate) -> Result<Self, CallbackOutOfRange> {
        let callback = Self(rate);
        if callback < Self::LEAST || callback > Self::GREATEST { Err(CallbackOutOfRange { rate }) } else { Ok(callback) }
    }

    /// The rate.
    #[must_use]
    pub const fn rate(self) -> Rate {
        self.0
    }

    /// For the two limits: fails to compile outside the range of rates.
    const fn constant(raw: i64) -> Self {
        match Rate::from_raw(raw) {
            Ok(rate) => Self(rate),
            Err(_) => panic!("not a rate"),
        }
    }
}

/// A callback below the least or above the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallbackOutOfRange {
    /// The rate given.
    pub rate: Rate,
}

impl core::fmt::Display for CallbackOutOfRange {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (least, greatest) = (Callback::LEAST.rate(), Callback::GREATEST.rate());
        write!(formatter, "callback must be between {least} and {greatest}, got {}", self.rate)
    }
}

impl core::error::Error for CallbackOutOfRange {}

/// A trailing stop. A sell follows the highest price since it became active and triggers when the price has fallen by the callback; a buy
/// follows the lowest and triggers when the price has risen by it.
///
/// ```
/// use ringfence_engine::conditional::{Callback, Trailing};
/// use ringfence_risk::filters::OrderSide;
///
/// let callback = Callback::new("0.01".parse()?)?;
/// let sell = Trailing { side: OrderSide::Sell, callback, activation: Some("110".parse()?), extreme: None };
/// assert_eq!(sell.followed("109".parse()?).trigger(), None); // not active yet
/// let active = sell.followed("110".parse()?).followed("120".parse()?).followed("119".parse()?);
/// assert_eq!(active.extreme, Some("120".parse()?));
/// assert_eq!(active.trigger(), Some("118.8".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Trailing {
    /// What is ordered when it triggers: a sell follows a rising price, a buy a falling one.
    pub side: OrderSide,
    /// How far the price must turn back.
    pub callback: Callback,
    /// A sell becomes active at the first price at or above this, a buy at the first at or below it; `None`: at the first price.
    pub activation: Option<Price>,
    /// The highest price (sell) or lowest (buy) since it became active; `None` as long as it is not.
    pub extreme: Option<Price>,
}

impl Trailing {
    /// The price at which it triggers: for a sell `extreme × (1 − callback)` rounded up to 10⁻⁸, for a buy `extreme × (1 + callback)` rounded
    /// down, so never later than exactly; but at least 10⁻⁸ from the extreme, so that no price triggers what it has just moved.
    ///
    /// `None` when it is not active, or when no price can reach it.
    #[must_use]
    pub fn trigger(&self) -> Option<Price> {
        self.raw_trigger().and_then(|raw| Price::from_raw(raw).ok())
    }

    /// As it is after this price: made active by it, or its extreme moved to it, or unchanged. Whether the price triggers it is not its question.
    #[must_use]
    pub fn followed(self, price: Price) -> Self {
        let follows = match self.extreme.or(self.activation) {
            None => true,
            Some(limit) => match self.side {
                OrderSide::Sell => price >= limit,
                OrderSide::Buy => price <= limit,
            },
        };
        if follows { Self { extreme: Some(price), ..self } } else { self }
    }

    /// [`Trailing::trigger`], even where no price is: from zero to 1.1 times the greatest price.
    pub(super) fn raw_trigger(&self) -> Option<i64> {
        let extreme = self.extreme?;
        // Rounding the distance down rounds the trigger of either side towards the extreme.
        let distance = mul_div(extreme.wide(), self.callback.0.wide(), SCALE, Rounding::Floor);
        let Ok(distance) = distance.and_then(|distance| narrow(distance, "a callback's distance")) else {
            unreachable!("a tenth of a price is in range");
        };
        Some(match self.side {
            OrderSide::Sell => extreme.raw().saturating_sub(distance.max(1)),
            OrderSide::Buy => extreme.raw().saturating_add(distance.max(1)),
        })
    }

    /// Whether this price is at the trigger or past it.
    fn is_met(&self, price: Price) -> bool {
        self.raw_trigger().is_some_and(|trigger| match self.side {
            OrderSide::Sell => price.raw() <= trigger,
            OrderSide::Buy => price.raw() >= trigger,
        })
    }
}

/// What a conditional order waits for.
///
/// ```
/// use ringfence_engine::conditional::Condition;
/// let stop = Condition::AtOrBelow("95".parse()?);
/// assert!(stop.is_met("95".parse()?) && !stop.is_met("95.1".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Condition {
    /// The first price at or above this: a stop that buys, a take-profit that sells.
    AtOrAbove(Price),
    /// The first price at or below this: a stop that sells, a take-profit that buys.
    AtOrBelow(Price),
    /// The first price that has turned back from an extreme by a callback.
    Trailing(Trailing),
}

impl Condition {
    /// Whether this price meets it. A trailing stop that is not active is never met: the price that makes it active only starts its extreme.
    #[must_use]
    pub fn is_met(&self, price: Price) -> bool {
        match self {
            Self::AtOrAbove(limit) => price >= *limit,
            Self::AtOrBelow(limit) => price <= *limit,
            Self::Trailing(trailing) => trailing.is_met(price),
        }
    }

    /// As it is after this price; see [`Trailing::followed`].
    pub(super) fn followed(self, price: Price) -> Self {
        match self {
            Self::AtOrAbove(_) | Self::AtOrBelow(_) => self,
            Self::Trailing(trailing) => Self::Trailing(trailing.followed(price)),
        }
    }
}
