//! The book of this crate, its handles turned into the test's numbers.

use ringfence_engine::book::{Amendment, Book, BookLimits, End, Handle, Lots, Match, NewOrder, Order, Outcome, Refusal, Ticks};
use ringfence_risk::filters::OrderSide;

use super::{Answer, Met, Number, Rest, SMALL, Subject};

pub(crate) struct Fast {
    pub(crate) book: Book,
    /// Handles by number: kept when the order is gone, so that stale ones are tried, too.
    pub(crate) handles: Vec<Option<Handle>>,
    /// Numbers by place.
    numbers: Vec<Number>,
    matches: Vec<Match>,
}

impl Fast {
    pub(crate) fn new(limits: BookLimits) -> Self {
        Self { book: Book::new(limits), handles: Vec::new(), numbers: Vec::new(), matches: Vec::new() }
    }

    pub(crate) fn number(&self, handle: Handle) -> Number {
        self.numbers[usize::try_from(handle.place()).expect(SMALL)]
    }

    pub(crate) fn met(&self, found: &Match) -> Met {
        let Match { maker, account, price, lots, left, kind } = *found;
        Met { maker: self.number(maker), account: account.0, price, lots, left, kind }
    }

    fn handle(&self, number: Number) -> Result<Handle, Refusal> {
        self.handles.get(number).copied().flatten().ok_or(Refusal::UnknownOrder)
    }

    fn answer(&mut self, number: Number, outcome: Outcome, met: &mut Vec<Met>) -> Answer {
        met.clear();
        met.extend(self.matches.iter().map(|found| self.met(found)));
        let rest = match outcome.end {
            End::Filled => Rest::Filled,
            End::Expired { lots, reason } => Rest::Expired(lots.raw(), reason),
            End::Resting { order, lots } => {
                self.name(number, order);
                Rest::Resting(lots.raw())
            }
        };
        Answer { traded: outcome.traded.raw(), rest }
    }

    fn name(&mut self, number: Number, handle: Handle) {
        let place = usize::try_from(handle.place()).expect(SMALL);
        self.numbers.resize(self.numbers.len().max(place + 1), Number::MAX);
        self.handles.resize(self.handles.len().max(number + 1), None);
        self.numbers[place] = number;
        self.handles[number] = Some(handle);
    }
}

impl Subject for Fast {
    fn place(&mut self, number: Number, order: &NewOrder, met: &mut Vec<Met>) -> Result<Answer, Refusal> {
        met.clear();
        let outcome = self.book.place(order, &mut self.matches)?;
        Ok(self.answer(number, outcome, met))
    }

    fn amend(&mut self, number: Number, to: &Amendment, met: &mut Vec<Met>) -> Result<Answer, Refusal> {
        met.clear();
        let handle = self.handle(number)?;
        let outcome = self.book.amend(handle, to, &mut self.matches)?;
        Ok(self.answer(number, outcome, met))
    }

    fn reduce(&mut self, number: Number, by: Lots) -> Result<u64, Refusal> {
        self.book.reduce(self.handle(number)?, by).map(Lots::raw)
    }

    fn cancel(&mut self, number: Number) -> Result<Order, Refusal> {
        self.book.cancel(self.handle(number)?)
    }

    fn order(&self, number: Number) -> Option<Order> {
        self.book.order(self.handle(number).ok()?)
    }

    fn depth(&self, side: OrderSide) -> Vec<(u32, u64)> {
        self.book.depth(side).map(|level| (level.price.raw(), level.lots.raw())).collect()
    }

    fn queue(&self, price: Ticks) -> Vec<(Number, Order)> {
        self.book.queue(price).map(|(handle, order)| (self.number(handle), order)).collect()
    }
}
