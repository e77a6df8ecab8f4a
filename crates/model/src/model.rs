//! The model: it watches commands and their events, keeps its own history, and says where the exchange differs from it.

use std::collections::{BTreeMap, BTreeSet};

use num_bigint::BigInt;
use num_traits::Zero;
use ringfence_engine::book::AccountId;
use ringfence_engine::command::{Command, MarketState, PositionSide, Transfer};
use ringfence_engine::event::{Event, LedgerAccount};
use ringfence_engine::ids::{AssetId, MarketId, OrderId};
use ringfence_risk::plan::{MarginMode, MarginMove};
use ringfence_risk::units::{Leverage, Side};

use crate::books::Books;
use crate::difference::{Difference, Seen};
use crate::fact::{Fact, LegKey};
use crate::insurance::Beginning;
use crate::orders::Orders;
use crate::posted::{Posted, figures, figures_of};

/// What became of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was carried out.
    Accepted,
    /// It was refused and changed nothing.
    Refused,
}

/// What a liquidation under way has traded since its last step.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress {
    pub(crate) lots: u64,
    pub(crate) value: BigInt,
    /// The value of its last trade, until a fee was charged on it.
    pub(crate) last: Option<BigInt>,
    /// What transfers left in its box.
    pub(crate) surplus: BigInt,
}

/// What is remembered while the events of one command are gone through.
#[derive(Clone, Debug, Default)]
pub(crate) struct Present {
    /// Fills that trades promised and orders have not shown yet: market, order, lots, value.
    pub(crate) fills: Vec<(MarketId, OrderId, u64, i128)>,
    /// Accounts whose own orders or positions acted.
    pub(crate) acted: BTreeSet<AccountId>,
    /// Whether anything was liquidated or settled.
    pub(crate) liquidated: bool,
    /// What insurance funds realised since the last step of a liquidation.
    pub(crate) fund_realised: BTreeMap<MarketId, BigInt>,
    /// The market that is closed for good by this command.
    pub(crate) settling: Option<MarketId>,
}

/// An independent model of the exchange's money.
///
/// ```
/// use ringfence_engine::{command::Command, engine::Engine, limits::Limits};
/// use ringfence_model::{Model, Outcome};
/// let (mut engine, mut model, mut events) = (Engine::new(Limits::DEFAULT), Model::new(), Vec::new());
/// engine.execute(&Command::OpenAccount, &mut events)?;
/// model.observe(&Command::OpenAccount, Outcome::Accepted, &events);
/// assert_eq!(model.check(engine.state()), []);
/// # Ok::<(), ringfence_engine::reject::Reject>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Model {
    pub(crate) history: Vec<Fact>,
    pub(crate) books: Books,
    pub(crate) orders: Orders,
    pub(crate) posted: Posted,
    /// Leverage and margin mode of whoever joins.
    pub(crate) defaults: BTreeMap<MarketId, (Leverage, MarginMode)>,
    pub(crate) marks: BTreeMap<MarketId, BigInt>,
    /// Funding rates of the next settlements.
    pub(crate) rates: BTreeMap<MarketId, BigInt>,
    pub(crate) auto_add: BTreeSet<(MarketId, AccountId)>,
    pub(crate) liquidating: BTreeMap<LegKey, Progress>,
    /// Liquidations under way, in the order in which they began.
    pub(crate) bankrupt: Vec<LegKey>,
    /// The present time in milliseconds.
    pub(crate) clock: u64,
    /// What each insurance fund lost, and in which hour.
    pub(crate) lost: BTreeMap<MarketId, (u64, BigInt)>,
    /// Insurance funds as they were when the liquidation under way began.
    pub(crate) beginnings: BTreeMap<MarketId, Beginning>,
    pub(crate) present: Present,
    pub(crate) differences: Vec<Difference>,
}

impl Model {
    /// A model of an exchange in which nothing happened yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in a command and what happened. Call it for every command, refused ones included.
    pub fn observe(&mut self, command: &Command, outcome: Outcome, events: &[Event]) {
        if outcome == Outcome::Refused {
            if !events.is_empty() {
                self.rule(format!("a refused command has {} events", events.len()));
            }
            return;
        }
        self.posted.next();
        self.present = Present::default();
        self.decide(command);
        for (index, event) in events.iter().enumerate() {
            self.take(events, index, event);
        }
        self.finish(command);
    }

    /// What disagreed so far, apart from the state.
    #[must_use]
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }

    /// How many facts the history holds.
    #[must_use]
    pub const fn facts(&self) -> usize {
        self.history.len()
    }

    pub(crate) fn rule(&mut self, what: String) {
        self.differences.push(Difference::Rule(what));
    }

    /// A fact enters the history, and the books follow.
    pub(crate) fn record(&mut self, fact: Fact) {
        self.books.apply(&fact);
        self.differences.extend(self.books.faults.drain(..).map(Difference::Rule));
        self.history.push(fact);
    }

    /// What a command itself decides: money in and out, and margin moved by hand.
    fn decide(&mut self, command: &Command) {
        let (none, amount_of) = (BigInt::zero(), |transfer: &Transfer| BigInt::from(transfer.amount.raw()));
        let moved = |account, asset, amount, outside| Fact::Moved { account, asset, amount, outside };
        match command {
            Command::Deposit(to) => self.record(moved(to.account, to.asset, amount_of(to), amount_of(to))),
            Command::Withdraw(from) => {
                if self.is_uncovered(from.asset) {
                    self.rule(format!("asset {}: withdrawn from while a loss is uncovered", from.asset.0));
                }
                self.record(moved(from.account, from.asset, -amount_of(from), -amount_of(from)));
            }
            Command::TransferBetween { from, to } => {
                self.record(moved(*from, to.asset, -amount_of(to), none.clone()));
                self.record(moved(to.account, to.asset, amount_of(to), none));
            }
            Command::SetMarketState { market, state: MarketState::Settled } => self.present.settling = Some(*market),
            Command::FundInsurance { market, amount } => self.record(Fact::InsuranceFunded(*market, amount.raw().into())),
            Command::MoveMargin { leg, movement } => {
                let side = self.side_of(leg.account, leg.market, leg.side);
                let key = LegKey { market: leg.market, account: Some(leg.account), side };
                let amount = match movement {
                    MarginMove::Add(amount) => BigInt::from(amount.raw()),
                    MarginMove::Remove(amount) => -BigInt::from(amount.raw()),
                };
                self.guard_removal(key, &amount);
                self.record(Fact::MarginMoved(key, amount));
            }
            Command::AdvanceTime { .. }
            | Command::OpenAccount
            | Command::ListAsset { .. }
            | Command::ListMarket(_)
            | Command::ChangeMarket { .. }
            | Command::SetMarketState { .. }
            | Command::Place(_)
            | Command::PlaceBatch(_)
            | Command::Amend(_)
            | Command::Cancel(_)
            | Command::CancelBatch(_)
            | Command::CancelAll { .. }
            | Command::CountdownCancel { .. }
            | Command::SetLeverage { .. }
            | Command::SetMarginMode { .. }
            | Command::SetPositionMode { .. }
            | Command::SetAutoAddMargin { .. }
            | Command::QuoteIndex { .. }
            | Command::SetMark { .. }
            | Command::SetFundingRate { .. }
            | Command::SettleFunding { .. } => {}
        }
    }

    /// Whether a loss of the venue in an asset is not covered.
    fn is_uncovered(&self, asset: AssetId) -> bool {
        self.books.markets.values().any(|books| books.terms.asset == asset && !books.uncovered.is_zero())
    }

    fn side_of(&self, account: AccountId, market: MarketId, side: PositionSide) -> Side {
        match side {
            PositionSide::Long => Side::Long,
            PositionSide::Short => Side::Short,
            PositionSide::Both if self.books.leg(LegKey { market, account: Some(account), side: Side::Short }).is_open() => {
                Side::Short
            }
            PositionSide::Both => Side::Long,
        }
    }

    /// The command is over: nothing may hang in the air, and the events must add up to the books.
    fn finish(&mut self, command: &Command) {
        for (market, order, lots, _) in core::mem::take(&mut self.present.fills) {
            self.rule(format!("order {order} of market {} traded {lots} lots and was not filled", market.0));
        }
        if self.present.liquidated {
            self.clear_boxes();
        }
        for (asset, account) in self.posted.touched.clone() {
            let (expected, found) = (self.expected(asset, account), self.posted.balance(asset, account));
            if expected != found {
                self.differences.push(Difference::Money { asset, account, expected, found, seen: Seen::Events });
            }
        }
        let mut concerned = core::mem::take(&mut self.books.changed);
        concerned.append(&mut self.posted.set);
        for leg in concerned {
            let (expected, found) = (figures_of(&self.books.leg(leg)), figures(self.posted.positions.get(&leg)));
            if expected != found {
                self.differences.push(Difference::Position { leg, expected, found, seen: Seen::Events });
            }
        }
        self.guard_wallets(command);
    }

    /// What a liquidation left in a box stays there with what is left of the position, or must be nothing.
    fn clear_boxes(&mut self) {
        let left: Vec<(LegKey, bool)> =
            self.books.legs.iter().filter(|(_, leg)| !leg.left.is_zero()).map(|(key, leg)| (*key, leg.is_open())).collect();
        for (key, open) in left {
            if !open {
                self.rule(format!("{key}: {} was left in the box of a position that is gone", self.books.leg(key).left));
            }
            self.record(Fact::Retained(key));
        }
    }

    /// What the books have in an account of the ledger.
    pub(crate) fn expected(&self, asset: AssetId, account: LedgerAccount) -> BigInt {
        let nothing = BigInt::zero;
        let of_market = |market| self.books.markets.get(&market).filter(|books| books.terms.asset == asset);
        match account {
            LedgerAccount::Outside => self.books.deposits.get(&asset).map_or_else(nothing, |deposits| -deposits),
            LedgerAccount::Wallet(owner) => {
                let money = self.books.money.get(&(owner, asset)).cloned().unwrap_or_default();
                let markets = self.books.markets.iter().filter(|(_, books)| books.terms.asset == asset);
                money - markets.map(|(market, _)| self.orders.hold(&self.books, owner, *market)).sum::<BigInt>()
            }
            LedgerAccount::Hold(owner, market) => self.orders.hold(&self.books, owner, market),
            LedgerAccount::Margin(owner, market, side) => self.books.leg(LegKey { market, account: Some(owner), side }).margin(),
            LedgerAccount::Fees => self.books.fees.get(&asset).cloned().unwrap_or_default(),
            LedgerAccount::Insurance(market) => of_market(market).map_or_else(nothing, |books| books.insurance.clone()),
            LedgerAccount::Uncovered(market) => of_market(market).map_or_else(nothing, |books| books.uncovered.clone()),
            LedgerAccount::Settlement(market) => self.books.settlement(market),
            LedgerAccount::Funding(_) => nothing(),
        }
    }
}
