//! What events do not say and the record has to know: the clock, contracts and prices of markets, modes of accounts.
//!
//! The state knows it. A record that is brought up on another thread than the engine is told of it by [`Fact`]s, which are few.

use ringfence_engine::book::AccountId;
use ringfence_engine::event::Event;
use ringfence_engine::ids::{AssetId, MarketId};
use ringfence_engine::state::{Account, Market, State};
use ringfence_engine::time::Time;
use ringfence_risk::contract::Contract;
use ringfence_risk::plan::PositionMode;
use ringfence_risk::units::{IndexPrice, MarkPrice};

use super::interval::Interval;
use super::order::broken;

/// What is known around an event.
pub(super) trait Around {
    fn clock(&self) -> Time;
    fn markets(&self) -> u16;
    fn market(&self, market: MarketId) -> Option<Known<'_>>;
    fn position_mode(&self, account: AccountId) -> Option<PositionMode>;
}

/// What is known of a market.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known<'a> {
    pub(super) contract: &'a Contract,
    pub(super) asset: AssetId,
    pub(super) mark: Option<MarkPrice>,
    pub(super) index: Option<IndexPrice>,
    /// Only right when it is sampled: with a clock that has come to a new five minutes.
    pub(super) open_interest: i128,
}

impl<'a> Known<'a> {
    const fn of(market: &'a Market) -> Self {
        let (contract, asset, open_interest) = (market.contract(), market.asset(), market.ledger().open_interest());
        Self { contract, asset, mark: market.mark(), index: market.index(), open_interest }
    }
}

/// A market of an event.
pub(super) fn known(around: &dyn Around, market: MarketId) -> Known<'_> {
    around.market(market).unwrap_or_else(|| broken("an event of a market that is not there"))
}

fn count(markets: usize) -> u16 {
    u16::try_from(markets).unwrap_or(u16::MAX)
}

impl Around for State {
    fn clock(&self) -> Time {
        Self::clock(self)
    }
    fn markets(&self) -> u16 {
        count(Self::markets(self).len())
    }
    fn market(&self, market: MarketId) -> Option<Known<'_>> {
        Self::market(self, market).map(Known::of)
    }
    fn position_mode(&self, account: AccountId) -> Option<PositionMode> {
        self.account(account).map(Account::position_mode)
    }
}

/// What is known of a state on another thread.
#[derive(Clone, Debug)]
pub struct Facts {
    clock: Time,
    markets: Vec<MarketFacts>,
    modes: Vec<PositionMode>,
}

#[derive(Clone, Debug)]
struct MarketFacts {
    contract: Contract,
    asset: AssetId,
    prices: Prices,
}

/// Prices and open interest of a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prices {
    mark: Option<MarkPrice>,
    index: Option<IndexPrice>,
    open_interest: i128,
}

/// Something that is not as it was.
#[derive(Clone, Debug)]
pub enum Fact {
    /// The clock.
    Clock(Time),
    /// The terms of a market, which may be new.
    Terms(MarketId, Box<(Contract, AssetId)>),
    /// What a market's prices are.
    Prices(MarketId, Prices),
    /// The mode of an account, which may be new.
    Mode(AccountId, PositionMode),
}

impl Prices {
    const fn of(market: &Market) -> Self {
        Self { mark: market.mark(), index: market.index(), open_interest: market.ledger().open_interest() }
    }
}

impl Facts {
    /// What is known of a state.
    #[must_use]
    pub fn of(state: &State) -> Self {
        let facts =
            |market: &Market| MarketFacts { contract: *market.contract(), asset: market.asset(), prices: Prices::of(market) };
        Self {
            clock: state.clock(),
            markets: state.markets().iter().map(facts).collect(),
            modes: state.accounts().iter().map(Account::position_mode).collect(),
        }
    }

    /// Takes in what is not as it was.
    pub fn learn(&mut self, fact: Fact) {
        match fact {
            Fact::Clock(now) => self.clock = now,
            Fact::Terms(market, terms) => {
                let (contract, asset) = *terms;
                let nothing = Prices { mark: None, index: None, open_interest: 0 };
                match self.markets.get_mut(usize::from(market.0)) {
                    Some(known) => (known.contract, known.asset) = (contract, asset),
                    None => self.markets.push(MarketFacts { contract, asset, prices: nothing }),
                }
            }
            Fact::Prices(market, prices) => {
                if let Some(known) = self.markets.get_mut(usize::from(market.0)) {
                    known.prices = prices;
                }
            }
            Fact::Mode(account, mode) => match self.modes.get_mut(super::log::index(account.0)) {
                Some(known) => *known = mode,
                None => self.modes.push(mode),
            },
        }
    }
}

impl Fact {
    /// What is not as it was before a command, by its events: from the state after it. `before` is the time before it.
    pub fn told(state: &State, before: Time, events: &[Event], facts: &mut Vec<Self>) {
        for event in events {
            match event {
                Event::ClockAdvanced { .. } => {
                    facts.push(Self::Clock(state.clock()));
                    if Interval::Minutes5.start(before) != Interval::Minutes5.start(state.clock()) {
                        facts.extend(state.markets().iter().map(|market| Self::Prices(market.id(), Prices::of(market))));
                    }
                }
                Event::MarketListed { market, .. } | Event::MarketChanged { market, .. } => {
                    let terms = |market: &Market| Self::Terms(market.id(), Box::new((*market.contract(), market.asset())));
                    facts.extend(state.market(*market).map(terms));
                }
                Event::MarkMoved { market, .. } | Event::IndexSet { market, .. } => {
                    facts.extend(state.market(*market).map(|market| Self::Prices(market.id(), Prices::of(market))));
                }
                Event::AccountOpened { account } | Event::PositionModeSet { account, .. } => {
                    facts.extend(state.account(*account).map(|found| Self::Mode(*account, found.position_mode())));
                }
                Event::AssetListed { .. }
                | Event::MarketStateSet { .. }
                | Event::ParticipantJoined { .. }
                | Event::Posted(_)
                | Event::OrderAccepted { .. }
                | Event::OrderRested { .. }
                | Event::OrderTriggered { .. }
                | Event::OrderFilled { .. }
                | Event::OrderAmended { .. }
                | Event::OrderPulled { .. }
                | Event::OrderShrunk { .. }
                | Event::OrderEnded { .. }
                | Event::Traded(_)
                | Event::PositionSet { .. }
                | Event::LeverageSet { .. }
                | Event::MarginModeSet { .. }
                | Event::AutoAddSet { .. }
                | Event::CountdownSet { .. }
                | Event::IndexQuoted { .. }
                | Event::MarkOffered { .. }
                | Event::BasisSampled { .. }
                | Event::PremiumSampled { .. }
                | Event::FundingRateSet { .. }
                | Event::FundingScheduled { .. }
                | Event::FundingSettled { .. }
                | Event::LiquidationStarted(_)
                | Event::LiquidationStepTaken { .. }
                | Event::Deleveraged { .. }
                | Event::LossSocialised { .. }
                | Event::LiquidationEnded { .. } => {}
            }
        }
    }
}

impl Around for Facts {
    fn clock(&self) -> Time {
        self.clock
    }
    fn markets(&self) -> u16 {
        count(self.markets.len())
    }
    fn market(&self, market: MarketId) -> Option<Known<'_>> {
        let MarketFacts { contract, asset, prices } = self.markets.get(usize::from(market.0))?;
        let Prices { mark, index, open_interest } = *prices;
        Some(Known { contract, asset: *asset, mark, index, open_interest })
    }
    fn position_mode(&self, account: AccountId) -> Option<PositionMode> {
        self.modes.get(super::log::index(account.0)).copied()
    }
}
