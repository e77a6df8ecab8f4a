//! The house's own accounts in a market: maker and taker flow.

use ringfence_engine::command::{Command, MarketState};
use ringfence_engine::ids::MarketId;
use ringfence_engine::state::{Market, State};
use ringfence_engine::time::Time;
use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::units::MarkPrice;

use super::flow::{Flow, FlowTerms};
use super::maker::MakerTerms;
use super::requote::{quotes_ahead, requote};
use crate::boot::{FLOW, MAKER, MarketSetup};

/// Who trades in a market without being asked.
#[derive(Debug)]
pub(super) struct House {
    pub(super) market: MarketId,
    pub(super) maker: Option<MakerTerms>,
    pub(super) flow: Option<FlowTerms>,
    taker: Flow,
}

impl House {
    pub(super) const fn new(market: MarketId, setup: &MarketSetup) -> Self {
        Self { market, maker: setup.maker, flow: setup.flow, taker: Flow::new(market, setup.seed) }
    }

    /// What is to be done now. Where a number leaves the range the rules compute with, nothing is done.
    pub(super) fn act(&mut self, now: Time, state: &State) -> Vec<Command> {
        let Some(known) = state.market(self.market).filter(|known| known.liquidates_at(now)) else { return Vec::new() };
        if state.account(MAKER).is_none() || state.account(FLOW).is_none() {
            return Vec::new();
        }
        let mut commands = self.quote(state, known).unwrap_or_default();
        if let (Some(terms), MarketState::Open) = (&self.flow, known.state()) {
            commands.extend(self.taker.act(terms, now, known).ok().flatten());
        }
        commands
    }

    /// The maker's quotes that can stand where the mark is about to be before it is. Nothing where a number leaves the range.
    pub(super) fn ahead(&self, mark: MarkPrice, state: &State) -> Vec<Command> {
        let known = state.market(self.market).filter(|known| known.state() == MarketState::Open);
        let (Some(terms), Some(known), true) = (&self.maker, known, state.account(MAKER).is_some()) else { return Vec::new() };
        quotes_ahead(terms, known, mark).unwrap_or_default()
    }

    fn quote(&self, state: &State, known: &Market) -> Result<Vec<Command>, OutOfRange> {
        match (&self.maker, known.state()) {
            (None, MarketState::Halted | MarketState::Settled) => Ok(Vec::new()),
            (None, MarketState::Open | MarketState::PostOnly | MarketState::ReduceOnly | MarketState::CancelOnly) => {
                let quotes = known.participant(MAKER).is_some_and(|maker| maker.orders() > 0);
                Ok(quotes.then_some(Command::CancelAll { account: MAKER, market: self.market }).into_iter().collect())
            }
            (Some(terms), MarketState::Open | MarketState::PostOnly) => requote(terms, state, known),
            (Some(_), MarketState::ReduceOnly | MarketState::CancelOnly | MarketState::Halted | MarketState::Settled) => {
                Ok(Vec::new())
            }
        }
    }
}
