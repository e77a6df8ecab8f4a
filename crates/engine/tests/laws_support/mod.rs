//! An exchange to state laws about: three markets, six accounts, random commands, and what everything is worth.
#![allow(dead_code, reason = "every test file uses its own part of it")]

pub(crate) mod commands;
pub(crate) mod views;

use crate::world::{BTC, INVERSE, LINEAR, USDT, inverse, linear, read};
use ringfence_engine::book::{AccountId, WindowSize};
use ringfence_engine::command::{Command, Listing, Transfer};
use ringfence_engine::engine::{Engine, Reply};
use ringfence_engine::event::Event;
use ringfence_engine::ids::{AssetId, MarketId};
use ringfence_engine::limits::Limits;
use ringfence_engine::reject::Reject;
use ringfence_engine::state::{Market, Participant, State};
use ringfence_engine::time::Time;
use ringfence_risk::position::Position;
use ringfence_risk::rule_set::MarginModeScope;
use ringfence_risk::units::MarkPrice;

pub(crate) const START: u64 = 1_700_000_000_000;
pub(crate) const LIMITS: Limits = Limits { window: WindowSize::LEAST, ..Limits::DEFAULT };
pub(crate) const ACCOUNTS: u32 = 6;
/// A second linear market of the first one's asset.
pub(crate) const ETHER: MarketId = MarketId(2);
/// What random quantities are multiples of: 0.01, 100 contracts, 0.01.
pub(crate) const SIZES: [i64; 3] = [1_000_000, 10_000_000_000, 1_000_000];

pub(crate) type Outcome = (Result<Reply, Reject>, Vec<Event>);

/// The linear, the inverse and the second linear market; in that one each leg of a hedge has its own margin mode.
pub(crate) fn listings() -> [Listing; 3] {
    let mut ether = Listing { symbol: "ETHUSDT".to_owned(), ..linear() };
    ether.rules.margin_mode_scope = MarginModeScope::PerLeg;
    [linear(), inverse(), ether]
}

/// Three markets at a mark of 10,000, and six accounts with 10,000 USDT and 1 BTC each.
pub(crate) fn setup(listings: [Listing; 3]) -> Vec<Command> {
    let mut commands = vec![Command::AdvanceTime { to: Time::from_ms(START) }];
    commands.extend(["USDT", "BTC"].map(|asset| Command::ListAsset { asset: read(asset) }));
    commands.extend(listings.map(|listing| Command::ListMarket(Box::new(listing))));
    for account in (0..ACCOUNTS).map(AccountId) {
        commands.push(Command::OpenAccount);
        commands.push(Command::Deposit(Transfer { account, asset: USDT, amount: read("10000") }));
        commands.push(Command::Deposit(Transfer { account, asset: BTC, amount: read("1") }));
    }
    commands.extend([LINEAR, INVERSE, ETHER].map(|market| Command::SetMark {
        market,
        mark: read("10000"),
        index: read("10000"),
    }));
    commands
}

pub(crate) fn execute(engine: &mut Engine, command: &Command) -> Outcome {
    let mut events = Vec::new();
    (engine.execute(command, &mut events), events)
}

pub(crate) fn ready() -> Engine {
    // At forty times leverage marks that move by two percent liquidate.
    ready_with(listings().map(|listing| Listing { default_leverage: read("40"), ..listing }))
}

pub(crate) fn ready_with(listings: [Listing; 3]) -> Engine {
    let mut engine = Engine::new(LIMITS);
    setup(listings).iter().for_each(|command| drop(execute(&mut engine, command).0.expect("a setup")));
    engine
}

/// An exchange to which all of this has happened.
pub(crate) fn after(commands: &[Command]) -> Engine {
    let mut engine = ready();
    run(&mut engine, commands);
    engine
}

pub(crate) fn run(engine: &mut Engine, commands: &[Command]) {
    commands.iter().for_each(|command| drop(execute(engine, command)));
}

pub(crate) fn accounts(state: &State) -> impl Iterator<Item = AccountId> {
    (0..u32::try_from(state.accounts().len()).expect("a number")).map(AccountId)
}

pub(crate) fn legs(participant: &Participant) -> impl Iterator<Item = Position> {
    [participant.positions().long, participant.positions().short].into_iter().flatten()
}

/// Everybody who takes part in a market.
pub(crate) fn participants<'a>(state: &'a State, market: &'a Market) -> impl Iterator<Item = &'a Participant> {
    accounts(state).filter_map(|account| market.participant(account))
}

/// A sum of money and, by market, of unrealised profits: each a fraction over the denominator of its market's mark.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Worth {
    pub(crate) money: i128,
    profits: Vec<(i128, i128)>,
}

impl Worth {
    fn count(&mut self, market: &Market, mark: MarkPrice, position: &Position) {
        let profit = position.exact_unrealised_pnl(market.contract(), mark).expect("in range");
        let at = usize::from(market.id().0);
        self.profits.resize(self.profits.len().max(at + 1), (0, 0));
        let (sum, denominator) = self.profits[at];
        assert!(denominator == 0 || denominator == profit.denominator(), "one mark, one denominator");
        self.profits[at] = (sum + profit.numerator(), profit.denominator());
    }

    /// Money and profits, which must be whole together in every market.
    pub(crate) fn whole(&self) -> i128 {
        self.minus(&Self::default())
    }

    /// What is more than before: a whole number where the marks are the same and nothing was traded with others.
    pub(crate) fn minus(&self, before: &Self) -> i128 {
        let most = self.profits.len().max(before.profits.len());
        let at = |worth: &Self, market| worth.profits.get(market).copied().unwrap_or_default();
        (0..most).fold(self.money - before.money, |sum, market| {
            let ((now, over), (then, denominator)) = (at(self, market), at(before, market));
            let over = over.max(denominator).max(1);
            assert_eq!((now - then) % over, 0, "the profits of market {market} do not add up to a whole number");
            sum + (now - then) / over
        })
    }
}

/// What accounts have of an asset: free, held, in boxes, and open at the marks.
pub(crate) fn worth(state: &State, owners: impl IntoIterator<Item = AccountId>, asset: AssetId, marks: &[MarkPrice]) -> Worth {
    let mut sum = Worth::default();
    for account in owners {
        sum.money += state.free(account, asset).raw();
        for market in state.markets().iter().filter(|market| market.asset() == asset) {
            let Some(participant) = market.participant(account) else { continue };
            sum.money += participant.hold().raw();
            for position in legs(participant) {
                sum.money += position.margin().expect("in range").raw();
                sum.count(market, marks[usize::from(market.id().0)], &position);
            }
        }
    }
    sum
}

/// What all accounts and the venue have of an asset.
pub(crate) fn all_worth(state: &State, asset: AssetId, marks: &[MarkPrice]) -> Worth {
    let mut sum = worth(state, accounts(state), asset, marks);
    sum.money += state.assets()[usize::from(asset.0)].totals().fees;
    for market in state.markets().iter().filter(|market| market.asset() == asset) {
        sum.money += market.ledger().insurance() - market.ledger().uncovered();
        if let Some(fund) = market.fund_position() {
            sum.count(market, marks[usize::from(market.id().0)], fund);
        }
    }
    sum
}

pub(crate) fn marks(state: &State) -> Vec<MarkPrice> {
    state.markets().iter().map(|market| market.mark().expect("a mark")).collect()
}

pub(crate) fn fees(state: &State) -> [i128; 2] {
    [USDT, BTC].map(|asset| state.assets()[usize::from(asset.0)].totals().fees)
}

/// What accepted commands brought in from outside, less what they took out.
pub(crate) fn brought_in(command: &Command, market_asset: impl Fn(MarketId) -> AssetId) -> Option<(AssetId, i128)> {
    if let Command::Deposit(transfer) = command {
        return Some((transfer.asset, transfer.amount.raw()));
    }
    if let Command::Withdraw(transfer) = command {
        return Some((transfer.asset, -transfer.amount.raw()));
    }
    if let Command::FundInsurance { market, amount } = command {
        return Some((market_asset(*market), amount.raw()));
    }
    None
}

/// Who gave a command; nobody, if the venue did.
pub(crate) fn issuers(command: &Command) -> Vec<AccountId> {
    match command {
        Command::Place(order) => vec![order.account],
        Command::PlaceBatch(orders) => orders.iter().map(|order| order.account).collect(),
        Command::Amend(amendment) => vec![amendment.order.account],
        Command::Cancel(order) => vec![order.account],
        Command::CancelBatch(orders) => orders.iter().map(|order| order.account).collect(),
        Command::CancelAll { account, .. }
        | Command::CountdownCancel { account, .. }
        | Command::SetPositionMode { account, .. }
        | Command::SetAutoAddMargin { account, .. } => vec![*account],
        Command::SetLeverage { leg, .. } | Command::SetMarginMode { leg, .. } | Command::MoveMargin { leg, .. } => {
            vec![leg.account]
        }
        Command::Deposit(transfer) | Command::Withdraw(transfer) => vec![transfer.account],
        Command::TransferBetween { from, .. } => vec![*from],
        Command::AdvanceTime { .. }
        | Command::OpenAccount
        | Command::ListAsset { .. }
        | Command::ListMarket(_)
        | Command::ChangeMarket { .. }
        | Command::SetMarketState { .. }
        | Command::FundInsurance { .. }
        | Command::QuoteIndex { .. }
        | Command::SetMark { .. }
        | Command::SetFundingRate { .. }
        | Command::SettleFunding { .. } => Vec::new(),
    }
}

/// The same command, given by and to others.
pub(crate) fn relabelled(command: &Command, to: impl Fn(AccountId) -> AccountId) -> Command {
    let mut command = command.clone();
    match &mut command {
        Command::Place(order) => order.account = to(order.account),
        Command::PlaceBatch(orders) => orders.iter_mut().for_each(|order| order.account = to(order.account)),
        Command::Amend(amendment) => amendment.order.account = to(amendment.order.account),
        Command::Cancel(order) => order.account = to(order.account),
        Command::CancelBatch(orders) => orders.iter_mut().for_each(|order| order.account = to(order.account)),
        Command::CancelAll { account, .. }
        | Command::CountdownCancel { account, .. }
        | Command::SetPositionMode { account, .. }
        | Command::SetAutoAddMargin { account, .. } => *account = to(*account),
        Command::SetLeverage { leg, .. } | Command::SetMarginMode { leg, .. } | Command::MoveMargin { leg, .. } => {
            leg.account = to(leg.account);
        }
        Command::Deposit(transfer) | Command::Withdraw(transfer) => transfer.account = to(transfer.account),
        Command::TransferBetween { from, to: transfer } => {
            (*from, transfer.account) = (to(*from), to(transfer.account));
        }
        Command::AdvanceTime { .. }
        | Command::OpenAccount
        | Command::ListAsset { .. }
        | Command::ListMarket(_)
        | Command::ChangeMarket { .. }
        | Command::SetMarketState { .. }
        | Command::FundInsurance { .. }
        | Command::QuoteIndex { .. }
        | Command::SetMark { .. }
        | Command::SetFundingRate { .. }
        | Command::SettleFunding { .. } => {}
    }
    command
}

/// The market a command is for; of those that are for one.
pub(crate) fn market_of(command: &Command) -> Option<MarketId> {
    match command {
        Command::Place(order) => Some(order.market),
        Command::Amend(amendment) => Some(amendment.order.market),
        Command::Cancel(order) => Some(order.market),
        Command::CancelAll { market, .. }
        | Command::CountdownCancel { market, .. }
        | Command::SetAutoAddMargin { market, .. }
        | Command::FundInsurance { market, .. }
        | Command::ChangeMarket { market, .. }
        | Command::SetMarketState { market, .. }
        | Command::QuoteIndex { market, .. }
        | Command::SetMark { market, .. }
        | Command::SetFundingRate { market, .. }
        | Command::SettleFunding { market } => Some(*market),
        Command::SetLeverage { leg, .. } | Command::SetMarginMode { leg, .. } | Command::MoveMargin { leg, .. } => {
            Some(leg.market)
        }
        Command::PlaceBatch(_)
        | Command::CancelBatch(_)
        | Command::SetPositionMode { .. }
        | Command::Deposit(_)
        | Command::Withdraw(_)
        | Command::TransferBetween { .. }
        | Command::AdvanceTime { .. }
        | Command::OpenAccount
        | Command::ListAsset { .. }
        | Command::ListMarket(_) => None,
    }
}
