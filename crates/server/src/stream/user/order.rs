//! Orders as events.

use ringfence_engine::command::Purpose;
use ringfence_engine::event::OrderEnd;
use ringfence_engine::time::Time;
use ringfence_risk::plan::Liquidity;
use ringfence_risk::units::{Notional, Price, Quantity, Side};
use serde::Serialize;

use super::UserEvent;
use crate::api::order::words::{only_reduces, self_trade, time_in_force, working_type};
use crate::api::order::{OrderLabel, order_state, order_type, position_side, side};
use crate::api::text::Decimal;
use crate::boot::Symbol;
use crate::exchange::World;
use crate::record::{OrderState, OrderType, RecordedOrder, UserTrade};
use crate::stream::figures::{price, quantity};

#[derive(Serialize)]
pub(super) struct Frame<'a> {
    pub(super) e: &'static str,
    #[serde(rename = "T")]
    pub(super) time: u64,
    #[serde(rename = "E")]
    pub(super) at: u64,
    pub(super) o: Order<'a>,
}

#[derive(Serialize)]
pub(super) struct Order<'a> {
    pub(super) s: &'a str,
    pub(super) c: String,
    #[serde(rename = "S")]
    pub(super) side: &'static str,
    pub(super) o: &'static str,
    pub(super) f: &'static str,
    pub(super) q: Decimal,
    pub(super) p: Decimal,
    pub(super) ap: Decimal,
    pub(super) sp: Decimal,
    pub(super) x: &'static str,
    #[serde(rename = "X")]
    pub(super) status: &'static str,
    pub(super) i: u64,
    pub(super) l: Decimal,
    pub(super) z: Decimal,
    #[serde(rename = "L")]
    pub(super) last_price: Decimal,
    #[serde(rename = "N", skip_serializing_if = "Option::is_none")]
    pub(super) fee_asset: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) n: Option<Decimal>,
    #[serde(rename = "T")]
    pub(super) time: u64,
    pub(super) t: u64,
    pub(super) b: Decimal,
    pub(super) a: Decimal,
    pub(super) m: bool,
    #[serde(rename = "R")]
    pub(super) reduce_only: Flag,
    pub(super) wt: &'static str,
    pub(super) ot: &'static str,
    pub(super) ps: &'static str,
    pub(super) cp: Flag,
    pub(super) rp: Decimal,
    #[serde(rename = "pP")]
    pub(super) protects: Flag,
    pub(super) si: u8,
    pub(super) ss: u8,
    #[serde(rename = "V")]
    pub(super) self_trade: &'static str,
    pub(super) pm: &'static str,
    pub(super) gtd: u64,
    pub(super) er: &'static str,
    #[serde(rename = "AP", skip_serializing_if = "Option::is_none")]
    pub(super) activation: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cr: Option<Decimal>,
}

#[derive(Clone, Copy, Serialize)]
pub(super) struct Flag(pub(super) bool);

/// What happened to an order.
#[derive(Clone, Copy)]
pub(super) enum Happened<'a> {
    Accepted,
    Amended,
    /// A fill, and whether it was the last.
    Filled(&'a UserTrade, OrderState),
    /// Gone for another reason than being filled.
    Ended(OrderEnd),
}

/// How much of an order had filled at a moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Progress {
    pub(super) executed: Quantity,
    pub(super) value: Notional,
}

impl Happened<'_> {
    const fn execution(self) -> &'static str {
        match self {
            Self::Accepted => "NEW",
            Self::Amended => "AMENDMENT",
            Self::Filled(..) => "TRADE",
            Self::Ended(OrderEnd::Cancelled | OrderEnd::Countdown) => "CANCELED",
            Self::Ended(
                OrderEnd::Filled
                | OrderEnd::ImmediateOrCancel
                | OrderEnd::FillOrKill
                | OrderEnd::Expired
                | OrderEnd::SelfTrade
                | OrderEnd::Unaffordable
                | OrderEnd::NothingToReduce
                | OrderEnd::TriggerRefused
                | OrderEnd::Liquidated
                | OrderEnd::MarketSettled,
            ) => "EXPIRED",
        }
    }

    fn state(self, order: &RecordedOrder, progress: &Progress) -> OrderState {
        match self {
            Self::Filled(_, state) => state,
            Self::Ended(_) => order.state(),
            Self::Accepted | Self::Amended if progress.executed > Quantity::ZERO => OrderState::PartiallyFilled,
            Self::Accepted | Self::Amended => OrderState::New,
        }
    }

    const fn trade(&self) -> Option<&UserTrade> {
        match self {
            Self::Filled(trade, _) => Some(trade),
            Self::Accepted | Self::Amended | Self::Ended(_) => None,
        }
    }

    /// Why an order expired, as Binance numbers it.
    const fn expire_reason(self) -> &'static str {
        match self {
            Self::Ended(OrderEnd::SelfTrade) => "1",
            Self::Ended(OrderEnd::ImmediateOrCancel) => "2",
            Self::Ended(OrderEnd::Unaffordable) => "3",
            Self::Ended(OrderEnd::NothingToReduce) => "4",
            Self::Ended(OrderEnd::Liquidated) => "5",
            Self::Accepted | Self::Amended | Self::Filled(..) | Self::Ended(_) => "0",
        }
    }
}

/// An order whose update is written.
pub(super) struct Subject<'a> {
    pub(super) world: &'a World,
    pub(super) symbol: &'a Symbol,
    pub(super) order: &'a RecordedOrder,
}

impl Subject<'_> {
    fn limit(&self) -> Decimal {
        price(self.symbol, self.order.price.filter(|_| self.order.order_type() != OrderType::Market))
    }

    /// The value of the account's open orders of a side.
    fn open_value(&self, leg: Side) -> Decimal {
        let market = self.world.state().market(self.order.market());
        let participant = market.and_then(|market| market.participant(self.order.account()));
        let value = participant.map_or(0, |participant| participant.held_orders().of(leg).sum.value.wide());
        if value == 0 { Decimal::new(0, 0) } else { Decimal::money(value) }
    }

    /// `ORDER_TRADE_UPDATE`.
    pub(super) fn update(&self, happened: Happened<'_>, progress: &Progress) -> Option<UserEvent> {
        let Self { world, symbol, order } = *self;
        let now = world.state().clock().ms();
        let contract = world.state().market(order.market())?.contract();
        let has_filled = progress.executed > Quantity::ZERO && progress.value > Notional::ZERO;
        let average = if has_filled { contract.average_price(progress.executed, progress.value).ok() } else { None };
        let trade = happened.trade();
        let trailing = order.trailing();
        let o = Order {
            s: &symbol.symbol,
            c: OrderLabel::of(order).to_string(),
            side: side(order.placed.side),
            o: order_type(order.order_type()),
            f: time_in_force(order.lifetime()),
            q: quantity(symbol, order.quantity),
            p: self.limit(),
            ap: price(symbol, average),
            sp: price(symbol, order.stop_price()),
            x: happened.execution(),
            status: order_state(happened.state(order, progress)),
            i: order.order.0,
            l: quantity(symbol, trade.map_or(Quantity::ZERO, |trade| trade.quantity)),
            z: quantity(symbol, progress.executed),
            last_price: price(symbol, trade.map(|trade| trade.price)),
            fee_asset: trade.map(|_| symbol.margin.to_string()),
            n: trade.map(|trade| Decimal::money(trade.fee.wide())),
            time: now,
            t: trade.map_or(0, |trade| trade.id.0),
            b: self.open_value(Side::Long),
            a: self.open_value(Side::Short),
            m: trade.is_some_and(|trade| trade.liquidity == Liquidity::Maker),
            reduce_only: Flag(only_reduces(order.placed.purpose)),
            wt: working_type(order.watched()),
            ot: order_type(order.original_type()),
            ps: position_side(order.placed.position_side),
            cp: Flag(order.placed.purpose == Purpose::ClosePosition),
            rp: Decimal::money(trade.map_or(0, |trade| trade.realised.wide())),
            protects: Flag(false),
            si: 0,
            ss: 0,
            self_trade: self_trade(order.placed.self_trade),
            pm: "NONE",
            gtd: order.good_till_date().map_or(0, Time::ms),
            er: happened.expire_reason(),
            activation: trailing.map(|(_, activation)| price(symbol, activation)),
            // A rate of 0.01 is written as 1 percent.
            cr: trailing.map(|(callback, _)| Decimal::new(callback.wide().saturating_mul(100), 1)),
        };
        UserEvent::of("ORDER_TRADE_UPDATE", &Frame { e: "ORDER_TRADE_UPDATE", time: now, at: now, o })
    }

    /// `TRADE_LITE`.
    pub(super) fn lite(&self, trade: &UserTrade) -> Option<UserEvent> {
        let Self { world, symbol, order } = *self;
        let now = world.state().clock().ms();
        let lite = Lite {
            e: "TRADE_LITE",
            at: now,
            time: now,
            s: &symbol.symbol,
            q: quantity(symbol, order.quantity),
            p: self.limit(),
            m: trade.liquidity == Liquidity::Maker,
            c: OrderLabel::of(order).to_string(),
            side: side(order.placed.side),
            last_price: price(symbol, Some(trade.price)),
            l: quantity(symbol, trade.quantity),
            t: trade.id.0,
            i: order.order.0,
        };
        UserEvent::of("TRADE_LITE", &lite)
    }
}

#[derive(Serialize)]
struct Lite<'a> {
    e: &'static str,
    #[serde(rename = "E")]
    at: u64,
    #[serde(rename = "T")]
    time: u64,
    s: &'a str,
    q: Decimal,
    p: Decimal,
    m: bool,
    c: String,
    #[serde(rename = "S")]
    side: &'static str,
    #[serde(rename = "L")]
    last_price: Decimal,
    l: Decimal,
    t: u64,
    i: u64,
}

/// The price of a trade as a frame has it.
pub(super) fn nothing(symbol: &Symbol) -> Decimal {
    price(symbol, None::<Price>)
}
