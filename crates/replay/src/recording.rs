//! Where observations come from, and the book that was recorded with them.

use crate::maker::{Maker, quote};
use crate::market::Market;
use ringfence_engine::command::NewOrder;
use ringfence_market::{Book, Observation, ReadError, Recorded};
use ringfence_risk::arithmetic::{OutOfRange, Rounding, div, mul};
use ringfence_risk::filters::OrderSide;
use ringfence_risk::units::{Price, Quantity};

/// A recorded series, row by row, with the order book where one was recorded. Every iterator of observations is one without a book.
pub trait Recording {
    /// The next row; `None` at the end.
    fn next_observation(&mut self) -> Option<Result<Observation, ReadError>>;

    /// The book as it was at the last row; `None` where it was not recorded.
    fn book(&self) -> Option<&Book>;
}

impl<I: Iterator<Item = Result<Observation, ReadError>>> Recording for I {
    #[inline]
    fn next_observation(&mut self) -> Option<Result<Observation, ReadError>> {
        self.next()
    }

    #[inline]
    fn book(&self) -> Option<&Book> {
        None
    }
}

/// A recorded file with its book, if it has one: the maker quotes the recorded levels instead of its own.
#[derive(Debug)]
pub struct WithBook(pub Recorded);

impl Recording for WithBook {
    fn next_observation(&mut self) -> Option<Result<Observation, ReadError>> {
        self.0.next()
    }

    fn book(&self) -> Option<&Book> {
        self.0.book()
    }
}

/// The best levels of a recorded book as quotes of the maker: prices on the tick, quantities on the lot (down). Levels off the tick, which another
/// contract would have, and levels below a lot are left out.
pub(crate) fn recorded_quotes(book: &Book, market: &Market) -> Result<Vec<NewOrder>, OutOfRange> {
    let (tick, lot) = (market.contract.spec().tick.wide(), market.contract.spec().lot.wide());
    let most = usize::from(Maker::MOST_LEVELS);
    let mut quotes = Vec::with_capacity(most.saturating_mul(2));
    let mut add = |side, level: (Price, Quantity)| {
        let quantity = Quantity::from_wide(mul(div(level.1.wide(), lot, Rounding::Floor)?, lot)?)?;
        if quantity > Quantity::ZERO && level.0.wide().checked_rem(tick) == Some(0) {
            quotes.push(quote(side, quantity, level.0));
        }
        Ok::<(), OutOfRange>(())
    };
    book.bids().take(most).try_for_each(|level| add(OrderSide::Buy, level))?;
    book.asks().take(most).try_for_each(|level| add(OrderSide::Sell, level))?;
    Ok(quotes)
}
