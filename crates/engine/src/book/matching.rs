//! What an incoming order would meet, in price and time order, without changing anything.

use ringfence_risk::filters::OrderSide;

use super::order::{SelfTrade, Taker, opposite};
use super::outcome::{Match, MatchKind};
use super::resting::Book;
use super::slab::Place;
use super::units::{Lots, Ticks};

/// The resting orders an incoming one would meet, first to last. [`left`](Self::left) and [`is_expired`](Self::is_expired) say what is
/// left of it after those seen so far.
pub struct Matches<'a> {
    book: &'a Book,
    taker: Taker,
    price: Option<Ticks>,
    maker: Option<Place>,
    is_expired: bool,
}

impl Book {
    /// What this order would do, without doing it. Each match in turn can be carried out with [`Book::apply_fill`] (or, where it
    /// [expires the maker](MatchKind::ExpireMaker), [`Book::cancel`]); after a change of the book, ask again with what is left.
    ///
    /// ```
    /// # use ringfence_engine::book::*;
    /// # use ringfence_risk::filters::OrderSide;
    /// # let mut book = Book::new(BookLimits::DEFAULT);
    /// # let price = Ticks::new(100).ok_or("a price")?;
    /// # let ask = NewOrder { account: AccountId(1), side: OrderSide::Sell, price, lots: Lots::new(5),
    /// #     time_in_force: TimeInForce::PostOnly, self_trade: SelfTrade::ExpireTaker };
    /// book.place(&ask, &mut Vec::new())?; // 5 lots
    /// let taker = Taker {
    ///     account: AccountId(2), side: OrderSide::Buy, limit: price, lots: Lots::new(7), self_trade: SelfTrade::ExpireTaker,
    /// };
    /// let mut matches = book.matches(&taker);
    /// assert_eq!(matches.next().map(|first| first.lots), Some(Lots::new(5)));
    /// assert_eq!((matches.next(), matches.left()), (None, Lots::new(2)));
    /// assert_eq!(book.orders(), 1); // nothing happened yet
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    #[must_use]
    pub fn matches(&self, taker: &Taker) -> Matches<'_> {
        let price = self.crossed(taker.side, taker.limit);
        let maker = price.and_then(|price| self.ladder.level(price).first);
        Matches { book: self, taker: *taker, price, maker, is_expired: false }
    }

    /// Whether the levels this order may trade at hold enough lots, whoever they belong to.
    pub(super) fn holds_enough(&self, taker: &Taker) -> bool {
        let mut wanted = taker.lots.raw();
        for level in self.depth(opposite(taker.side)) {
            let is_beyond = match taker.side {
                OrderSide::Buy => level.price > taker.limit,
                OrderSide::Sell => level.price < taker.limit,
            };
            if is_beyond {
                return false;
            }
            wanted = wanted.saturating_sub(level.lots.raw());
            if wanted == 0 {
                return true;
            }
        }
        false
    }
}

impl Matches<'_> {
    /// What is left of the incoming order after the matches seen so far.
    #[inline]
    #[must_use]
    pub const fn left(&self) -> Lots {
        self.taker.lots
    }

    /// Whether what is left expires because the order met one of its own account.
    #[inline]
    #[must_use]
    pub const fn is_expired(&self) -> bool {
        self.is_expired
    }

    /// The next resting order within the limit.
    #[inline]
    fn next_maker(&mut self) -> Option<Place> {
        if self.maker.is_none() {
            let next = self.book.next_worse(opposite(self.taker.side), self.price?)?;
            self.price = match self.taker.side {
                OrderSide::Buy => Some(next).filter(|next| *next <= self.taker.limit),
                OrderSide::Sell => Some(next).filter(|next| *next >= self.taker.limit),
            };
            self.maker = self.book.ladder.level(self.price?).first;
        }
        self.maker
    }
}

impl Iterator for Matches<'_> {
    type Item = Match;

    #[inline]
    fn next(&mut self) -> Option<Match> {
        if self.taker.lots == Lots::ZERO || self.is_expired {
            return None;
        }
        let place = self.next_maker()?;
        let slot = self.book.slab.at(place);
        let open = Lots::new(slot.lots);
        let own = (slot.account == self.taker.account).then_some(self.taker.self_trade);
        self.is_expired = matches!(own, Some(SelfTrade::ExpireTaker | SelfTrade::ExpireBoth));
        let (lots, kind) = match own {
            Some(SelfTrade::ExpireTaker) => return None,
            Some(SelfTrade::ExpireMaker | SelfTrade::ExpireBoth) => (open, MatchKind::ExpireMaker),
            None => (open.min(self.taker.lots), MatchKind::Trade),
        };
        if kind == MatchKind::Trade {
            self.taker.lots = self.taker.lots.minus(lots);
        }
        self.maker = slot.next;
        let maker = self.book.slab.handle(place);
        Some(Match { maker, account: slot.account, price: slot.price, lots, left: open.minus(lots), kind })
    }
}
