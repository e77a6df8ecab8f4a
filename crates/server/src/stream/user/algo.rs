//! Conditional orders as events.

use ringfence_engine::command::{Purpose, Triggered};
use ringfence_engine::event::OrderEnd;
use ringfence_engine::time::Time;
use ringfence_risk::units::{Notional, Price, Quantity};
use serde::Serialize;

use super::UserEvent;
use super::order::{Flag, Progress, Subject};
use crate::api::order::algo_id::{AlgoId, AlgoLabel};
use crate::api::order::words::{only_reduces, self_trade, time_in_force, working_type};
use crate::api::order::{order_type, position_side, side};
use crate::api::text::Decimal;
use crate::stream::figures::{price, quantity};

#[derive(Serialize)]
struct Frame<'a> {
    e: &'static str,
    #[serde(rename = "T")]
    time: u64,
    #[serde(rename = "E")]
    at: u64,
    o: Algo<'a>,
}

#[derive(Serialize)]
struct Algo<'a> {
    caid: String,
    aid: AlgoId,
    at: &'static str,
    o: &'static str,
    s: &'a str,
    #[serde(rename = "S")]
    side: &'static str,
    ps: &'static str,
    f: &'static str,
    q: Decimal,
    #[serde(rename = "X")]
    status: &'static str,
    ai: String,
    ap: Decimal,
    aq: Decimal,
    act: &'static str,
    tp: Decimal,
    p: Decimal,
    #[serde(rename = "V")]
    self_trade: &'static str,
    wt: &'static str,
    pm: &'static str,
    cp: Flag,
    #[serde(rename = "pP")]
    protects: Flag,
    #[serde(rename = "R")]
    reduce_only: Flag,
    tt: u64,
    gtd: u64,
    rm: &'static str,
}

/// Where a conditional order has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    New,
    Triggering,
    Triggered,
    Finished,
    /// It went while it waited, or could not be placed when it was triggered.
    Ended(OrderEnd),
}

impl Step {
    const fn status(self) -> &'static str {
        match self {
            Self::New => "NEW",
            Self::Triggering => "TRIGGERING",
            Self::Triggered => "TRIGGERED",
            Self::Finished => "FINISHED",
            Self::Ended(OrderEnd::Cancelled | OrderEnd::Countdown) => "CANCELED",
            Self::Ended(OrderEnd::TriggerRefused | OrderEnd::NothingToReduce) => "REJECTED",
            Self::Ended(
                OrderEnd::Filled
                | OrderEnd::ImmediateOrCancel
                | OrderEnd::FillOrKill
                | OrderEnd::Expired
                | OrderEnd::SelfTrade
                | OrderEnd::Unaffordable
                | OrderEnd::Liquidated
                | OrderEnd::MarketSettled,
            ) => "EXPIRED",
        }
    }

    const fn failure(self) -> &'static str {
        match self {
            Self::Ended(OrderEnd::TriggerRefused) => "The order could not be placed when it was triggered.",
            Self::Ended(OrderEnd::NothingToReduce) => "ReduceOnly Order is rejected.",
            Self::New | Self::Triggering | Self::Triggered | Self::Finished | Self::Ended(_) => "",
        }
    }

    /// Whether there is an order of its own.
    const fn acts(self) -> bool {
        match self {
            Self::Triggered | Self::Finished => true,
            Self::New | Self::Triggering | Self::Ended(_) => false,
        }
    }
}

impl Subject<'_> {
    /// `ALGO_UPDATE`.
    pub(super) fn algo(&self, step: Step, progress: &Progress) -> Option<UserEvent> {
        let Self { world, symbol, order } = *self;
        let now = world.state().clock().ms();
        let contract = world.state().market(order.market())?.contract();
        let has_filled = progress.executed > Quantity::ZERO && progress.value > Notional::ZERO;
        let average: Option<Price> =
            if has_filled { contract.average_price(progress.executed, progress.value).ok() } else { None };
        let limit = match order.becomes() {
            Triggered::Limit { price, .. } => Some(price),
            Triggered::Market => None,
        };
        let o = Algo {
            caid: AlgoLabel::of(order).to_string(),
            aid: AlgoId::of(order),
            at: "CONDITIONAL",
            o: order_type(order.original_type()),
            s: &symbol.symbol,
            side: side(order.placed.side),
            ps: position_side(order.placed.position_side),
            f: time_in_force(order.lifetime()),
            q: quantity(symbol, order.placed.quantity),
            status: step.status(),
            ai: if step.acts() { order.order.to_string() } else { String::new() },
            ap: price(symbol, average),
            aq: quantity(symbol, progress.executed),
            act: if step.acts() { order_type(order.order_type()) } else { "0" },
            tp: price(symbol, order.stop_price()),
            p: price(symbol, limit),
            self_trade: self_trade(order.placed.self_trade),
            wt: working_type(order.watched()),
            pm: "NONE",
            cp: Flag(order.placed.purpose == Purpose::ClosePosition),
            protects: Flag(false),
            reduce_only: Flag(only_reduces(order.placed.purpose)),
            tt: order.triggered.filter(|_| step != Step::New).map_or(0, Time::ms),
            gtd: order.good_till_date().map_or(0, Time::ms),
            rm: step.failure(),
        };
        UserEvent::of("ALGO_UPDATE", &Frame { e: "ALGO_UPDATE", time: now, at: now, o })
    }
}
