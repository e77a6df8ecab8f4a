//! Prices, a maker and a taker flow for an exchange nobody else trades on.
//!
//! A [`Feed`] answers commands and touches nothing: whoever runs the engine asks it every few hundred milliseconds, after the clock was moved,
//! and executes what it answers. What it answers is a function of the seeds, the state and the time, so a run can be repeated; what was
//! journaled needs no feed to be replayed.
//!
//! | part | what it does |
//! |---|---|
//! | [`SourceSetup`] | where the price comes from: a walk, a recorded file, or nowhere |
//! | [`MakerTerms`] | quotes on both sides around the mark |
//! | [`FlowTerms`] | small market orders, so that there are trades |
//!
//! **By hand.** [`Feed::nudge`] stops a market's source and answers the command that sets the price: it stays until [`Feed::resume`], from where
//! a walk goes on. A walk also takes over any mark that was set past the feed.
//!
//! **Orders first.** [`Feed::tick`] answers quotes and trades for the marks of the tick before, then the new marks: each decision is about a
//! state that still is when it is executed. Quotes so lag one tick; who asks for [`Feed::prices`] and, after executing them, for
//! [`Feed::orders`], has none of that.

mod error;
mod flow;
mod houses;
mod ladder;
mod maker;
mod recording;
mod requote;
mod source;

pub use error::FeedError;
pub use flow::FlowTerms;
pub use maker::MakerTerms;
pub use source::{SourceSetup, SourceStatus};

use ringfence_engine::command::Command;
use ringfence_engine::ids::MarketId;
use ringfence_engine::state::{Market, State};
use ringfence_engine::time::Time;
use ringfence_risk::arithmetic::{Rounding, SCALE, add, mul_div, sub};
use ringfence_risk::units::{MarkPrice, Rate};

use crate::boot::{Boot, BootError};
use houses::House;
use source::{Source, on_grid};

/// How a price is changed by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nudge {
    /// To this price: a multiple of the mark's step.
    To(MarkPrice),
    /// By this fraction of the present mark: −0.05 is 5 % down. Above −1; to the nearest step of the mark.
    By(Rate),
}

/// All that moves on an exchange without being asked.
#[derive(Debug)]
pub struct Feed {
    sources: Vec<Source>,
    houses: Vec<House>,
}

impl Feed {
    /// The feed of an exchange that began, or goes on, with these markets. Opens the recorded files.
    ///
    /// # Errors
    /// [`BootError`] where a file cannot be read.
    pub fn new(boot: &Boot) -> Result<Self, BootError> {
        let listed = || boot.markets.iter().zip(boot.catalog.symbols());
        let sources = listed().map(|(market, symbol)| Source::new(symbol.market, market, symbol.mark_step));
        let houses = listed().map(|(market, symbol)| House::new(symbol.market, market));
        Ok(Self { sources: sources.collect::<Result<_, _>>()?, houses: houses.collect() })
    }

    /// What is to be executed now, in this order: [`Feed::orders`], then [`Feed::prices`].
    #[must_use]
    pub fn tick(&mut self, now: Time, state: &State) -> Vec<Command> {
        let mut commands = self.orders(now, state);
        commands.extend(self.prices(now, state));
        commands
    }

    /// The marks that changed since it was asked last, at most three a market: of a recorded file no low and no high is left out.
    #[must_use]
    pub fn prices(&mut self, now: Time, state: &State) -> Vec<Command> {
        self.sources.iter_mut().flat_map(|source| source.advance(now, state)).collect()
    }

    /// The maker's quotes, as far as they must change, and the taker flow's orders that are due.
    #[must_use]
    pub fn orders(&mut self, now: Time, state: &State) -> Vec<Command> {
        self.houses.iter_mut().flat_map(|house| house.act(now, state)).collect()
    }

    /// The maker's quotes where a market's mark is about to be set, as far as they can stand there before it is: whoever the mark makes leave
    /// meets them. Those that were must be cancelled first.
    #[must_use]
    pub fn ahead(&self, market: MarketId, mark: MarkPrice, state: &State) -> Vec<Command> {
        self.houses.iter().filter(|house| house.market == market).flat_map(|house| house.ahead(mark, state)).collect()
    }

    /// Where a market's price comes from from now on. It runs, whether or not the one before was paused.
    ///
    /// # Errors
    /// [`FeedError`] where there is no such market, a setting is outside its limits or a file cannot be read: the present source stays.
    pub fn set_source(&mut self, market: MarketId, setup: &SourceSetup) -> Result<(), FeedError> {
        self.source(market)?.replace(setup)
    }

    /// Pauses the market's source and answers the command that sets mark and index to a price. It stays until [`Feed::resume`].
    ///
    /// # Errors
    /// [`FeedError`] where there is no such market or no such price; nothing is paused then.
    pub fn nudge(&mut self, market: MarketId, nudge: Nudge, state: &State) -> Result<Command, FeedError> {
        let source = self.source(market)?;
        let grid = source.grid();
        let mark = match nudge {
            Nudge::To(mark) if mark.raw().checked_rem(grid.raw()) == Some(0) => mark,
            Nudge::To(price) => return Err(FeedError::OffGrid { price, grid }),
            Nudge::By(change) => changed(state, market, change, grid)?,
        };
        source.pause();
        Ok(Command::SetMark { market, mark, index: crate::boot::index(mark)? })
    }

    /// Pauses the market's source and answers the commands that take mark and index to a changed price in so many equal steps, each to the nearest
    /// step of the mark; the last one is that of [`Nudge::By`].
    ///
    /// # Errors
    /// [`FeedError`] where there is no such market or no such price; nothing is paused then.
    pub fn slide(&mut self, market: MarketId, (change, steps): (Rate, u32), state: &State) -> Result<Vec<Command>, FeedError> {
        let source = self.source(market)?;
        let grid = source.grid();
        let target = changed(state, market, change, grid)?;
        let present = state.market(market).and_then(Market::mark).ok_or(FeedError::NoMark)?;
        let steps = steps.max(1);
        let distance = sub(target.wide(), present.wide())?;
        let step = |number: u32| -> Result<Command, FeedError> {
            let part = mul_div(distance, number.into(), steps.into(), Rounding::HalfEven)?;
            let mark = on_grid(add(present.wide(), part)?, grid)?;
            Ok(Command::SetMark { market, mark, index: crate::boot::index(mark)? })
        };
        let commands = (1..=steps).map(step).collect::<Result<Vec<_>, _>>()?;
        source.pause();
        Ok(commands)
    }

    /// Stops a market's price: nothing sets it until [`Feed::resume`]. Maker and flow go on.
    ///
    /// # Errors
    /// [`FeedError::UnknownMarket`].
    pub fn pause(&mut self, market: MarketId) -> Result<(), FeedError> {
        self.source(market)?.pause();
        Ok(())
    }

    /// Lets a market's price go on: a walk from where it is now, a recorded file with the row at which it stopped.
    ///
    /// # Errors
    /// [`FeedError::UnknownMarket`].
    pub fn resume(&mut self, market: MarketId) -> Result<(), FeedError> {
        self.source(market)?.resume();
        Ok(())
    }

    /// How a market's source is doing.
    ///
    /// # Errors
    /// [`FeedError::UnknownMarket`].
    pub fn status(&self, market: MarketId) -> Result<SourceStatus, FeedError> {
        let source = self.sources.get(usize::from(market.0));
        source.map(Source::status).ok_or(FeedError::UnknownMarket { market: market.0 })
    }

    /// How the maker quotes a market from now on. With `None` it takes its quotes away and quotes no more.
    ///
    /// # Errors
    /// [`FeedError`] where there is no such market or a setting is outside its limits.
    pub fn set_maker(&mut self, market: MarketId, terms: Option<MakerTerms>) -> Result<(), FeedError> {
        terms.iter().try_for_each(MakerTerms::check)?;
        self.house(market)?.maker = terms;
        Ok(())
    }

    /// How the taker flow trades in a market from now on; `None` for not at all.
    ///
    /// # Errors
    /// [`FeedError`] where there is no such market or a setting is outside its limits.
    pub fn set_flow(&mut self, market: MarketId, terms: Option<FlowTerms>) -> Result<(), FeedError> {
        terms.iter().try_for_each(FlowTerms::check)?;
        self.house(market)?.flow = terms;
        Ok(())
    }

    fn source(&mut self, market: MarketId) -> Result<&mut Source, FeedError> {
        self.sources.get_mut(usize::from(market.0)).ok_or(FeedError::UnknownMarket { market: market.0 })
    }

    fn house(&mut self, market: MarketId) -> Result<&mut House, FeedError> {
        self.houses.get_mut(usize::from(market.0)).ok_or(FeedError::UnknownMarket { market: market.0 })
    }
}

/// The present mark, changed by a fraction.
pub(crate) fn changed(state: &State, market: MarketId, change: Rate, grid: MarkPrice) -> Result<MarkPrice, FeedError> {
    let present = state.market(market).and_then(Market::mark).ok_or(FeedError::NoMark)?;
    if change.wide() <= -SCALE {
        return Err(FeedError::Change { change });
    }
    let moved = mul_div(present.wide(), add(SCALE, change.wide())?, SCALE, Rounding::HalfEven)?;
    Ok(on_grid(moved, grid)?)
}
