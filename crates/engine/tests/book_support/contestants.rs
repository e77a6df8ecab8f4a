//! The three books of the race, each taking commands in its own type.
#![allow(dead_code, reason = "each benchmark races its own contestants")]

use std::collections::BTreeMap;
use std::hint::black_box;

use matchcore as mc;
use ringfence_engine::book::{Book, BookLimits, End, Handle, Lots, Match, TimeInForce};
use ringfence_risk::filters::OrderSide;

use crate::book_support::flow::{Step, amendment, new_order};
use crate::book_support::naive::Naive;
use crate::book_support::{Met, Subject};

/// Bids and asks, best first, as (price, lots).
pub(crate) type Depth = [Vec<(u32, u64)>; 2];

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap()
}

/// A book that can be raced.
pub(crate) trait Contestant {
    /// A command as this book takes it.
    type Prepared;
    fn prepare(&mut self, step: &Step) -> Self::Prepared;
    fn run(&mut self, step: &Self::Prepared);
    fn depth(&self) -> Depth;
}

/// This crate's book; the caller keeps the handles by order number.
pub(crate) struct Ours {
    book: Book,
    handles: Vec<Option<Handle>>,
    matches: Vec<Match>,
}

impl Contestant for Ours {
    type Prepared = Step;
    fn prepare(&mut self, step: &Step) -> Step {
        *step
    }

    #[inline]
    fn run(&mut self, step: &Step) {
        let handle = |number: u32| self.handles[index(number)].unwrap();
        match *step {
            Step::Place { number, side, price, lots, time_in_force } => {
                let order = new_order(number, side, price, lots, time_in_force);
                let outcome = self.book.place(&order, &mut self.matches).unwrap();
                self.handles.push(if let End::Resting { order, .. } = outcome.end { Some(order) } else { None });
            }
            Step::Cancel { number } => {
                let _ = black_box(self.book.cancel(handle(number)));
            }
            Step::Reduce { number, by, .. } => {
                let _ = black_box(self.book.reduce(handle(number), Lots::new(by)));
            }
            Step::Move { number, price, lots } => {
                let _ = black_box(self.book.amend(handle(number), &amendment(price, lots), &mut self.matches));
            }
        }
    }

    fn depth(&self) -> Depth {
        assert_eq!(self.book.check(), Ok(()));
        [OrderSide::Buy, OrderSide::Sell]
            .map(|side| self.book.depth(side).map(|level| (level.price.raw(), level.lots.raw())).collect())
    }
}

pub(crate) struct Whiteboard {
    book: Naive,
    met: Vec<Met>,
}

impl Contestant for Whiteboard {
    type Prepared = Step;
    fn prepare(&mut self, step: &Step) -> Step {
        *step
    }

    fn run(&mut self, step: &Step) {
        match *step {
            Step::Place { number, side, price, lots, time_in_force } => {
                let order = new_order(number, side, price, lots, time_in_force);
                let _ = black_box(self.book.place(index(number), &order, &mut self.met));
            }
            Step::Cancel { number } => {
                let _ = black_box(self.book.cancel(index(number)));
            }
            Step::Reduce { number, by, .. } => {
                let _ = black_box(self.book.reduce(index(number), Lots::new(by)));
            }
            Step::Move { number, price, lots } => {
                let _ = black_box(self.book.amend(index(number), &amendment(price, lots), &mut self.met));
            }
        }
    }

    fn depth(&self) -> Depth {
        [OrderSide::Buy, OrderSide::Sell].map(|side| self.book.depth(side))
    }
}

/// `matchcore`: names an order by the sequence number of the command that brought it.
pub(crate) struct Matchcore {
    book: mc::OrderBook,
    sequence: u64,
    ids: Vec<mc::OrderId>,
}

impl Contestant for Matchcore {
    type Prepared = mc::Command;
    fn prepare(&mut self, step: &Step) -> mc::Command {
        let sequence = self.sequence;
        self.sequence += 1;
        let patch = |number: u32, patch| {
            mc::CommandKind::Amend(mc::AmendCmd { order_id: self.ids[index(number)], patch: mc::AmendPatch::Limit(patch) })
        };
        let cancel = |number: u32| {
            mc::CommandKind::Cancel(mc::CancelCmd { order_id: self.ids[index(number)], order_kind: mc::OrderKind::Limit })
        };
        let standard = |lots| mc::QuantityPolicy::Standard { quantity: mc::Quantity(lots) };
        let kind = match *step {
            Step::Place { side, price, lots, time_in_force, .. } => {
                self.ids.push(mc::OrderId(sequence));
                let side = if side == OrderSide::Buy { mc::Side::Buy } else { mc::Side::Sell };
                let (post_only, time_in_force) = match time_in_force {
                    TimeInForce::GoodTillCancel => (false, mc::TimeInForce::Gtc),
                    TimeInForce::ImmediateOrCancel => (false, mc::TimeInForce::Ioc),
                    TimeInForce::FillOrKill => (false, mc::TimeInForce::Fok),
                    TimeInForce::PostOnly => (true, mc::TimeInForce::Gtc),
                };
                let flags = mc::OrderFlags::new(side, post_only, time_in_force);
                let order = mc::LimitOrder::new(mc::Price(price.raw().into()), standard(lots), flags);
                mc::CommandKind::Submit(mc::SubmitCmd { order: mc::NewOrder::Limit(order) })
            }
            Step::Cancel { number } | Step::Reduce { number, left: 0, .. } => cancel(number),
            Step::Reduce { number, left, .. } => patch(number, mc::LimitOrderPatch::new().with_quantity_policy(standard(left))),
            Step::Move { number, price, .. } => {
                patch(number, mc::LimitOrderPatch::new().with_price(mc::Price(price.raw().into())))
            }
        };
        let meta = mc::CommandMeta { sequence_number: mc::SequenceNumber(sequence), timestamp: mc::Timestamp(sequence) };
        mc::Command { meta, kind }
    }

    fn run(&mut self, command: &mc::Command) {
        black_box(self.book.execute(command));
    }

    fn depth(&self) -> Depth {
        let mut sums = [BTreeMap::new(), BTreeMap::new()];
        for order in self.book.limit().orders().values() {
            let order = order.inner();
            let side = usize::from(order.flags().side() == mc::Side::Sell);
            *sums[side].entry(u32::try_from(order.price().0).unwrap()).or_insert(0) += order.total_quantity().0;
        }
        let [bids, asks] = sums;
        [bids.into_iter().rev().collect(), asks.into_iter().collect()]
    }
}

pub(crate) fn ours() -> Ours {
    Ours { book: Book::new(BookLimits::DEFAULT), handles: Vec::new(), matches: Vec::new() }
}

pub(crate) fn whiteboard() -> Whiteboard {
    Whiteboard { book: Naive::new(u32::MAX), met: Vec::new() }
}

pub(crate) fn matchcore() -> Matchcore {
    Matchcore { book: mc::OrderBook::new("BTCUSDT"), sequence: 0, ids: Vec::new() }
}
