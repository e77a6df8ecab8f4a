//! Order flow with the mix of exchange-core's published test: mostly moves of resting orders towards the last trade, some new orders and
//! cancels, few takers. Deterministic; written from its description.
//!
//! No limit order crosses for more than the other side offers within its limit: the `matchcore` crate raced in the benchmark (0.4.0) fills
//! the excess of such an order beyond its limit, and books that end differently cannot be compared.

use ringfence_engine::book::{
    AccountId, Amendment, BookLimits, Crossing, Lots, MatchKind, NewOrder, SelfTrade, Ticks, TimeInForce,
};
use ringfence_risk::filters::OrderSide;

use super::fast::Fast;
use super::{HELD, Met, Number, Rest, SMALL, Subject, ticks};

/// One command. An amended or reduced order is told what is to be open afterwards, for books that want to know.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Place { number: u32, side: OrderSide, price: Ticks, lots: u64, time_in_force: TimeInForce },
    Cancel { number: u32 },
    Move { number: u32, price: Ticks, lots: u64 },
    Reduce { number: u32, by: u64, left: u64 },
}

/// Orders of one account would not trade: every order has its own.
pub(crate) fn new_order(number: u32, side: OrderSide, price: Ticks, lots: u64, time_in_force: TimeInForce) -> NewOrder {
    NewOrder { account: AccountId(number), side, price, lots: Lots::new(lots), time_in_force, self_trade: SelfTrade::ExpireTaker }
}

pub(crate) fn amendment(price: Ticks, lots: u64) -> Amendment {
    Amendment { price, lots: Lots::new(lots), crossing: Crossing::Take(SelfTrade::ExpireTaker) }
}

/// What flow to make.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// Orders that rest before the measured part begins, and about as many throughout.
    pub(crate) resting: u32,
    /// Cancels, moves and reductions go to this many orders (exchange-core's generator: 512), or to any.
    pub(crate) busy: Option<usize>,
    /// New orders lie up to this many ticks from the last trade, most of them nearer.
    pub(crate) reach: u32,
}

const START: u32 = 100_000;
const BAND: u32 = 25_000;

pub(crate) struct Flow {
    shape: Shape,
    state: u64,
    book: Fast,
    met: Vec<Met>,
    /// Resting orders in no particular order, and where each is in it.
    resting: Vec<Number>,
    position: Vec<usize>,
    sides: Vec<OrderSide>,
    on_side: [u32; 2],
    last_trade: u32,
    placed: u32,
    pub(crate) trades: u64,
}

impl Flow {
    pub(crate) fn new(shape: Shape) -> Self {
        let book = Fast::new(BookLimits::DEFAULT);
        Self {
            shape,
            state: 7,
            book,
            met: Vec::new(),
            resting: Vec::new(),
            position: Vec::new(),
            sides: Vec::new(),
            on_side: [0; 2],
            last_trade: START,
            placed: 0,
            trades: 0,
        }
    }

    /// Whether the book holds as many orders as wanted.
    pub(crate) fn is_filled(&self) -> bool {
        self.resting.len() >= usize::try_from(self.shape.resting).expect(SMALL)
    }

    pub(crate) fn levels(&self) -> usize {
        self.book.depth(OrderSide::Buy).len() + self.book.depth(OrderSide::Sell).len()
    }

    fn below(&mut self, limit: u32) -> u32 {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from((self.state >> 33) % u64::from(limit)).expect(SMALL)
    }

    fn size(&mut self) -> u64 {
        u64::from(1 + self.below(6) * self.below(6) * self.below(6))
    }

    /// New orders only, until the book is filled.
    pub(crate) fn fill(&mut self) -> Step {
        let side = if self.below(2) == 0 { OrderSide::Buy } else { OrderSide::Sell };
        self.rest(side)
    }

    /// The next command. Where orders are lacking on the drawn side: 20 % new, 10 % cancel, 10 % reduce, 60 % move; otherwise 5 % takers,
    /// 2.5 % cancel, 2.5 % reduce, 90 % move. Together that is the published mix.
    pub(crate) fn next(&mut self) -> Step {
        loop {
            let side = if self.below(2) == 0 { OrderSide::Buy } else { OrderSide::Sell };
            let lacking = self.on_side[usize::from(side == OrderSide::Sell)] < self.shape.resting / 2;
            let draw = self.below(if lacking { 10 } else { 40 });
            if draw < 2 {
                return if lacking { self.rest(side) } else { self.take(side) };
            }
            if self.resting.is_empty() {
                continue;
            }
            let among = self.resting.len().min(self.shape.busy.unwrap_or(usize::MAX));
            let at = usize::try_from(self.below(u32::try_from(among).expect(SMALL))).expect(HELD);
            let number = self.resting[at];
            return match draw {
                2 => self.cancel(number),
                3 => self.reduce(number),
                _ => match self.shift(number) {
                    Some(step) => step,
                    None => continue,
                },
            };
        }
    }

    fn rest(&mut self, side: OrderSide) -> Step {
        let reach = 1 + u64::from(self.shape.reach);
        let near = u64::from(1 + self.below(1_000)) * u64::from(1 + self.below(1_000));
        let off = u32::try_from(reach * near / 1_000_000).expect(SMALL);
        let price = if side == OrderSide::Buy { self.last_trade - off } else { self.last_trade + off };
        let (price, lots) = (ticks(price), self.size());
        let lots = self.offered(side, price).map_or(lots, |offered| lots.min(offered));
        self.place(side, price, lots, TimeInForce::GoodTillCancel)
    }

    /// What the other side offers within a limit that crosses it.
    fn offered(&self, side: OrderSide, limit: Ticks) -> Option<u64> {
        let (other, is_within): (_, fn(Ticks, Ticks) -> bool) = match side {
            OrderSide::Buy => (OrderSide::Sell, |price, limit| price <= limit),
            OrderSide::Sell => (OrderSide::Buy, |price, limit| price >= limit),
        };
        let levels = self.book.book.depth(other).take_while(|level| is_within(level.price, limit));
        Some(levels.map(|level| level.lots.raw()).sum()).filter(|offered| *offered > 0)
    }

    fn take(&mut self, side: OrderSide) -> Step {
        let price = if side == OrderSide::Buy { START + 2 * BAND } else { START - 2 * BAND };
        let time_in_force = if self.below(8) == 0 { TimeInForce::FillOrKill } else { TimeInForce::ImmediateOrCancel };
        let lots = self.size();
        self.place(side, ticks(price), lots, time_in_force)
    }

    fn place(&mut self, side: OrderSide, price: Ticks, lots: u64, time_in_force: TimeInForce) -> Step {
        let number = self.placed;
        self.placed += 1;
        let order = new_order(number, side, price, lots, time_in_force);
        let index = usize::try_from(number).expect(SMALL);
        let mut met = core::mem::take(&mut self.met);
        let answer = self.book.place(index, &order, &mut met).expect(HELD);
        self.position.push(usize::MAX);
        self.sides.push(side);
        if let Rest::Resting(_) = answer.rest {
            self.position[index] = self.resting.len();
            self.resting.push(index);
            self.on_side[usize::from(side == OrderSide::Sell)] += 1;
        }
        self.settle(met);
        Step::Place { number, side, price, lots, time_in_force }
    }

    fn settle(&mut self, met: Vec<Met>) {
        for one in &met {
            assert_eq!(one.kind, MatchKind::Trade);
            self.trades += 1;
            self.last_trade = one.price.raw().clamp(START - BAND, START + BAND);
            if one.left == Lots::ZERO {
                self.forget(one.maker);
            }
        }
        self.met = met;
    }

    /// Drops an order that left the book.
    fn forget(&mut self, number: Number) {
        let at = self.position[number];
        self.resting.swap_remove(at);
        if let Some(moved) = self.resting.get(at) {
            self.position[*moved] = at;
        }
        self.on_side[usize::from(self.sides[number] == OrderSide::Sell)] -= 1;
    }

    fn cancel(&mut self, number: Number) -> Step {
        self.book.cancel(number).expect(HELD);
        self.forget(number);
        Step::Cancel { number: u32::try_from(number).expect(SMALL) }
    }

    fn reduce(&mut self, number: Number) -> Step {
        let order = self.book.order(number).expect(HELD);
        let by = u64::from(1 + self.below(u32::try_from(order.lots.raw()).expect(SMALL)));
        let left = self.book.reduce(number, Lots::new(by)).expect(HELD);
        if left == 0 {
            self.forget(number);
        }
        Step::Reduce { number: u32::try_from(number).expect(SMALL), by, left }
    }

    /// Moves an order a hundredth of the way to the last trade, at least a tick.
    fn shift(&mut self, number: Number) -> Option<Step> {
        let order = self.book.order(number).expect(HELD);
        let (from, to) = (order.price.raw(), self.last_trade);
        let price = match from.cmp(&to) {
            core::cmp::Ordering::Less => from + (to - from).div_ceil(100),
            core::cmp::Ordering::Greater => from - (from - to).div_ceil(100),
            core::cmp::Ordering::Equal => from - 1 + 2 * self.below(2),
        };
        let (price, lots) = (ticks(price), order.lots.raw());
        if self.offered(order.side, price).is_some_and(|offered| offered < lots) {
            return None;
        }
        let mut met = core::mem::take(&mut self.met);
        let answer = self.book.amend(number, &amendment(price, lots), &mut met).expect(HELD);
        if answer.rest == Rest::Filled {
            self.forget(number);
        }
        self.settle(met);
        Some(Step::Move { number: u32::try_from(number).expect(SMALL), price, lots })
    }
}
