//! Two books under one interface: orders are named by the number the test gives them, so that answers compare.
#![allow(dead_code, reason = "each test crate and the benchmark use their own part of this module")]

pub(crate) mod commands;
pub(crate) mod fast;
pub(crate) mod flow;
pub(crate) mod naive;

use ringfence_engine::book::{Amendment, Expiry, Lots, MatchKind, NewOrder, Order, Refusal, Ticks};
use ringfence_risk::filters::OrderSide;

/// Why a conversion cannot fail.
pub(crate) const SMALL: &str = "a number that fits";
/// Why an order or level must be there.
pub(crate) const HELD: &str = "what the book is known to hold";

/// The number a test gives an order: 0, 1, 2 …
pub(crate) type Number = usize;

/// One resting order met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Met {
    pub(crate) maker: Number,
    pub(crate) account: u32,
    pub(crate) price: Ticks,
    pub(crate) lots: Lots,
    pub(crate) left: Lots,
    pub(crate) kind: MatchKind,
}

/// What became of what did not trade at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    Filled,
    Resting(u64),
    Expired(u64, Expiry),
}

/// What became of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) traded: u64,
    pub(crate) rest: Rest,
}

/// A book, fast or naive.
pub(crate) trait Subject {
    fn place(&mut self, number: Number, order: &NewOrder, met: &mut Vec<Met>) -> Result<Answer, Refusal>;
    fn amend(&mut self, number: Number, to: &Amendment, met: &mut Vec<Met>) -> Result<Answer, Refusal>;
    fn reduce(&mut self, number: Number, by: Lots) -> Result<u64, Refusal>;
    fn cancel(&mut self, number: Number) -> Result<Order, Refusal>;
    fn order(&self, number: Number) -> Option<Order>;
    fn depth(&self, side: OrderSide) -> Vec<(u32, u64)>;
    /// The orders at one price, first in line first.
    fn queue(&self, price: Ticks) -> Vec<(Number, Order)>;
}

pub(crate) fn ticks(raw: u32) -> Ticks {
    Ticks::new(raw).expect("a price above zero")
}
