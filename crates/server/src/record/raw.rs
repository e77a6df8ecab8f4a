//! How the engine's types are written in snapshots: as their raw numbers, for they know no serde themselves.

use ringfence_engine::book::{AccountId, Lots, SelfTrade, Ticks};
use ringfence_engine::client_ids::ClientOrderId;
use ringfence_engine::command::{Lifetime, NewOrder, OrderKind, PositionSide, Purpose, Trigger, Triggered};
use ringfence_engine::conditional::WatchedPrice;
use ringfence_engine::event::{LiquidationStart, OrderEnd};
use ringfence_engine::ids::{AssetId, MarketId, OrderId, TradeId};
use ringfence_engine::query::{LiquidationStory, StoryDeleveraged, StoryStep};
use ringfence_engine::time::Time;
use ringfence_risk::filters::OrderSide;
use ringfence_risk::plan::{Liquidity, MarginMode};
use ringfence_risk::position::Position;
use ringfence_risk::rule_set::LiquidationStep;
use ringfence_risk::units::{Amount, IndexPrice, MarkPrice, Notional, Price, Quantity, Rate, Side};
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A type with a raw form that serde knows.
pub(super) trait Raw: Sized {
    type Form: Serialize + DeserializeOwned;
    fn to_form(&self) -> Self::Form;
    /// `None` where the form holds no such value.
    fn of_form(form: Self::Form) -> Option<Self>;
}

/// For `#[serde(with = "raw")]`.
pub(super) fn serialize<T: Raw, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    value.to_form().serialize(serializer)
}

/// For `#[serde(with = "raw")]`.
pub(super) fn deserialize<'de, T: Raw, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    T::of_form(T::Form::deserialize(deserializer)?).ok_or_else(|| D::Error::custom("a value out of its range"))
}

impl<T: Raw> Raw for Option<T> {
    type Form = Option<T::Form>;
    fn to_form(&self) -> Self::Form {
        self.as_ref().map(Raw::to_form)
    }
    fn of_form(form: Self::Form) -> Option<Self> {
        match form {
            None => Some(None),
            Some(form) => T::of_form(form).map(Some),
        }
    }
}

impl<T: Raw> Raw for Vec<T> {
    type Form = Vec<T::Form>;
    fn to_form(&self) -> Self::Form {
        self.iter().map(Raw::to_form).collect()
    }
    fn of_form(form: Self::Form) -> Option<Self> {
        form.into_iter().map(T::of_form).collect()
    }
}

macro_rules! numbers {
    ($($type:ty, $form:ty, |$value:ident| $to:expr, |$raw:ident| $of:expr;)*) => {$(
        impl Raw for $type {
            type Form = $form;
            fn to_form(&self) -> $form { let $value = *self; $to }
            fn of_form($raw: $form) -> Option<Self> { $of }
        }
    )*};
}

numbers! {
    AccountId, u32, |value| value.0, |raw| Some(Self(raw));
    MarketId, u16, |value| value.0, |raw| Some(Self(raw));
    AssetId, u8, |value| value.0, |raw| Some(Self(raw));
    OrderId, u64, |value| value.0, |raw| Some(Self(raw));
    TradeId, u64, |value| value.0, |raw| Some(Self(raw));
    Time, u64, |value| value.ms(), |raw| Some(Self::from_ms(raw));
    Lots, u64, |value| value.raw(), |raw| Some(Self::new(raw));
    Ticks, u32, |value| value.raw(), |raw| Self::new(raw);
    Amount, i128, |value| value.raw(), |raw| Self::from_raw(raw).ok();
    Notional, i128, |value| value.raw(), |raw| Self::from_raw(raw).ok();
    Price, i64, |value| value.raw(), |raw| Self::from_raw(raw).ok();
    MarkPrice, i64, |value| value.raw(), |raw| Self::from_raw(raw).ok();
    IndexPrice, i64, |value| value.raw(), |raw| Self::from_raw(raw).ok();
    Quantity, i64, |value| value.raw(), |raw| Self::from_raw(raw).ok();
    Rate, i64, |value| value.raw(), |raw| Self::from_raw(raw).ok();
    ClientOrderId, String, |value| value.as_str().to_owned(), |raw| raw.parse().ok();
}

macro_rules! choices {
    ($($type:ty { $($name:ident = $number:literal),* })*) => {$(
        impl Raw for $type {
            type Form = u8;
            fn to_form(&self) -> u8 { match self { $(Self::$name => $number),* } }
            fn of_form(form: u8) -> Option<Self> { match form { $($number => Some(Self::$name),)* _ => None } }
        }
    )*};
}

choices! {
    OrderSide { Buy = 0, Sell = 1 }
    Side { Long = 0, Short = 1 }
    PositionSide { Both = 0, Long = 1, Short = 2 }
    Purpose { Any = 0, ReduceOnly = 1, ClosePosition = 2 }
    SelfTrade { ExpireTaker = 0, ExpireMaker = 1, ExpireBoth = 2 }
    WatchedPrice { Mark = 0, Last = 1 }
    MarginMode { Isolated = 0, Cross = 1 }
    Liquidity { Maker = 0, Taker = 1, Transfer = 2 }
    LiquidationStep {
        CancelOrders = 0, StepDownBracket = 1, ImmediateOrder = 2, InsuranceTakeover = 3, AutoDeleverage = 4, SocialiseLoss = 5
    }
    OrderEnd {
        Filled = 0, Cancelled = 1, ImmediateOrCancel = 2, FillOrKill = 3, Expired = 4, SelfTrade = 5, Countdown = 6, Unaffordable = 7,
        NothingToReduce = 8, TriggerRefused = 9, Liquidated = 10, MarketSettled = 11
    }
}

/// Number of the variant, and the time of a date.
impl Raw for Lifetime {
    type Form = (u8, u64);
    fn to_form(&self) -> Self::Form {
        match self {
            Self::GoodTillCancel => (0, 0),
            Self::ImmediateOrCancel => (1, 0),
            Self::FillOrKill => (2, 0),
            Self::PostOnly => (3, 0),
            Self::GoodTillDate(until) => (4, until.ms()),
        }
    }
    fn of_form(form: Self::Form) -> Option<Self> {
        match form {
            (0, _) => Some(Self::GoodTillCancel),
            (1, _) => Some(Self::ImmediateOrCancel),
            (2, _) => Some(Self::FillOrKill),
            (3, _) => Some(Self::PostOnly),
            (4, until) => Some(Self::GoodTillDate(Time::from_ms(until))),
            _ => None,
        }
    }
}

/// Number of the variant, the price, the callback of a trailing stop.
impl Raw for Trigger {
    type Form = (u8, Option<i64>, i64);
    fn to_form(&self) -> Self::Form {
        match self {
            Self::Stop(price) => (0, Some(price.raw()), 0),
            Self::TakeProfit(price) => (1, Some(price.raw()), 0),
            Self::Trailing { callback, activation } => (2, activation.to_form(), callback.raw()),
        }
    }
    fn of_form((number, price, callback): Self::Form) -> Option<Self> {
        let price = Option::<Price>::of_form(price)?;
        match number {
            0 => price.map(Self::Stop),
            1 => price.map(Self::TakeProfit),
            2 => Some(Self::Trailing { callback: Rate::of_form(callback)?, activation: price }),
            _ => None,
        }
    }
}

/// A limit order's price and lifetime; nothing for a market order.
type LimitForm = Option<(i64, (u8, u64))>;

fn limit_of(form: LimitForm) -> Option<Option<(Price, Lifetime)>> {
    match form {
        None => Some(None),
        Some((price, lifetime)) => Some(Some((Price::of_form(price)?, Lifetime::of_form(lifetime)?))),
    }
}

impl Raw for OrderKind {
    type Form = (LimitForm, Option<(u8, (u8, Option<i64>, i64))>);
    fn to_form(&self) -> Self::Form {
        match self {
            Self::Limit { price, lifetime } => (Some((price.raw(), lifetime.to_form())), None),
            Self::Market => (None, None),
            Self::Conditional { watched, trigger, then } => {
                let limit = match then {
                    Triggered::Market => None,
                    Triggered::Limit { price, lifetime } => Some((price.raw(), lifetime.to_form())),
                };
                (limit, Some((watched.to_form(), trigger.to_form())))
            }
        }
    }
    fn of_form((limit, condition): Self::Form) -> Option<Self> {
        match (limit_of(limit)?, condition) {
            (Some((price, lifetime)), None) => Some(Self::Limit { price, lifetime }),
            (None, None) => Some(Self::Market),
            (limit, Some((watched, trigger))) => Some(Self::Conditional {
                watched: WatchedPrice::of_form(watched)?,
                trigger: Trigger::of_form(trigger)?,
                then: limit.map_or(Triggered::Market, |(price, lifetime)| Triggered::Limit { price, lifetime }),
            }),
        }
    }
}

macro_rules! structs {
    ($($type:ident, $form:ident { $($field:ident: $of:ty),* $(,)? })*) => {$(
        #[derive(Serialize, Deserialize)]
        pub(super) struct $form { $(#[serde(with = "self")] $field: $of),* }

        impl Raw for $type {
            type Form = $form;
            fn to_form(&self) -> $form { $form { $($field: self.$field.clone()),* } }
            fn of_form(form: $form) -> Option<Self> { Some(Self { $($field: form.$field),* }) }
        }
    )*};
}

structs! {
    NewOrder, NewOrderForm {
        account: AccountId, market: MarketId, side: OrderSide, position_side: PositionSide, quantity: Quantity, kind: OrderKind,
        purpose: Purpose, self_trade: SelfTrade, client_id: Option<ClientOrderId>,
    }
    Position, PositionForm {
        side: Side, quantity: Quantity, entry_value: Notional, opening_margin: Amount, added_margin: Amount,
    }
    LiquidationStart, StartForm {
        market: MarketId, account: Option<AccountId>, side: Side, margin_mode: MarginMode, mark: MarkPrice, margin_balance: Amount,
        maintenance_margin: Amount, position: Position,
    }
    StoryStep, StepForm { step: LiquidationStep, lots: Lots, value: Notional }
    StoryDeleveraged, DeleveragedForm { account: AccountId, side: Side, lots: Lots, value: Notional }
    LiquidationStory, StoryForm {
        start: LiquidationStart, steps: Vec<StoryStep>, fee: Amount, insurance_paid: Amount, deleveraged: Vec<StoryDeleveraged>,
        socialised: Amount, uncovered: Amount, returned: Amount, lost: Amount,
    }
}
