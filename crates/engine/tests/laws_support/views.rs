//! What laws compare.

use super::{accounts, execute, legs, participants};
use crate::world::{BTC, USDT, read};
use proptest::test_runner::TestCaseError;
use ringfence_engine::book::AccountId;
use ringfence_engine::command::{AutoAdd, Command, NewOrder};
use ringfence_engine::engine::Engine;
use ringfence_engine::ids::MarketId;
use ringfence_engine::state::{Participant, PerSide, State};
use ringfence_engine::time::Time;
use ringfence_risk::isolated::Leg;
use ringfence_risk::plan::{MarginMode, PositionMode};
use ringfence_risk::position::Position;
use ringfence_risk::units::{Amount, Leverage, MarkPrice};

/// An account in a market, without its number and the numbers of its orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    margin_modes: PerSide<MarginMode>,
    auto_add: AutoAdd,
    positions: PerSide<Option<Position>>,
    leverage: PerSide<Leverage>,
    hold: Amount,
    orders: u32,
    countdown: Option<Time>,
}

impl Part {
    fn of(participant: &Participant) -> Self {
        Self {
            margin_modes: *participant.margin_modes(),
            auto_add: participant.auto_add(),
            positions: *participant.positions(),
            leverage: *participant.leverage(),
            hold: participant.hold(),
            orders: participant.orders(),
            countdown: participant.countdown(),
        }
    }
}

/// An account: its free money, its mode, and its part in every market it has joined.
pub(crate) type Whole = ([Amount; 2], PositionMode, Vec<Option<Part>>);

pub(crate) fn free(state: &State, account: AccountId) -> [Amount; 2] {
    [USDT, BTC].map(|asset| state.free(account, asset))
}

pub(crate) fn of_account(state: &State, account: AccountId) -> Whole {
    let mode = state.account(account).expect("an account").position_mode();
    let parts = state.markets().iter().map(|market| market.participant(account).map(Part::of));
    (free(state, account), mode, parts.collect())
}

pub(crate) fn of_accounts(state: &State, accounts: core::ops::Range<u32>) -> Vec<Whole> {
    accounts.map(|account| of_account(state, AccountId(account))).collect()
}

/// Insurance, uncovered losses and the insurance fund's position of every market.
pub(crate) fn funds(state: &State) -> Vec<(i128, i128, Option<Position>)> {
    let fund = |market: &ringfence_engine::state::Market| {
        (market.ledger().insurance(), market.ledger().uncovered(), market.fund_position().copied())
    };
    state.markets().iter().map(fund).collect()
}

/// A market: its mark, its fund, its trades, and everybody's part.
pub(crate) type Whereabouts = (Option<MarkPrice>, (i128, i128, Option<Position>), u64, Vec<(AccountId, Part)>);

pub(crate) fn of_market(state: &State, market: MarketId) -> Whereabouts {
    let known = state.market(market).expect("a market");
    let parts = participants(state, known).map(|participant| (participant.account(), Part::of(participant))).collect();
    (known.mark(), funds(state)[usize::from(market.0)], known.trades(), parts)
}

pub(crate) fn accounts_and_markets(state: &State) -> Vec<(AccountId, MarketId)> {
    let markets: Vec<MarketId> = state.markets().iter().map(ringfence_engine::state::Market::id).collect();
    accounts(state).flat_map(|account| markets.iter().map(move |market| (account, *market))).collect()
}

pub(crate) fn has_orders(state: &State, account: AccountId) -> bool {
    state.markets().iter().filter_map(|market| market.participant(account)).any(|participant| participant.orders() > 0)
}

/// A command whose orders have no names: names are known across markets.
pub(crate) fn unnamed(command: &Command) -> Command {
    let unnamed = |order: &NewOrder| NewOrder { client_id: None, ..*order };
    let mut command = command.clone();
    if let Command::Place(order) = &mut command {
        *order = unnamed(order);
    }
    if let Command::PlaceBatch(orders) = &mut command {
        orders.iter_mut().for_each(|order| *order = unnamed(order));
    }
    command
}

/// Commands without those of a batch that are for other markets.
pub(crate) fn of_markets(commands: &[Command], markets: &[MarketId]) -> Vec<Command> {
    let mut commands = commands.to_vec();
    for command in &mut commands {
        if let Command::PlaceBatch(orders) = command {
            orders.retain(|order| markets.contains(&order.market));
        }
        if let Command::CancelBatch(orders) = command {
            orders.retain(|order| markets.contains(&order.market));
        }
    }
    commands
}

/// Marks to look at: a step beside the present one, five percent beside it, one step, and a hundred million.
pub(crate) fn candidates(state: &State, market: MarketId) -> Vec<MarkPrice> {
    let market = state.market(market).expect("a market");
    let (mark, step) = (market.mark().expect("a mark").raw(), market.contract().spec().mark_step.raw());
    let percent = |percent: i64| mark / 100 * percent / step * step;
    [mark - step, mark, mark + step, percent(95), percent(105), step, read::<MarkPrice>("100000000").raw()]
        .map(|raw| MarkPrice::from_raw(raw).expect("in range"))
        .to_vec()
}

/// Whose isolated positions a mark would leave below the line: from the positions alone.
pub(crate) fn due_at(state: &State, market: MarketId, mark: MarkPrice) -> Vec<AccountId> {
    let known = state.market(market).expect("a market");
    let is_due =
        |position: Position| Leg::isolated(known.terms(), &position).expect("in range").is_liquidatable(mark).expect("in range");
    let is_boxed_and_due = |participant: &&Participant| {
        legs(participant).any(|leg| participant.margin_mode(leg.side) == MarginMode::Isolated && is_due(leg))
    };
    participants(state, known).filter(is_boxed_and_due).map(Participant::account).collect()
}

/// Whether commands, all of them accepted, leave everybody and every fund as they were. Where one is refused there is nothing to see.
pub(crate) fn is_neutral(engine: &Engine, commands: &[Command]) -> Result<bool, TestCaseError> {
    let mut then = engine.clone();
    for command in commands {
        if execute(&mut then, command).0.is_err() {
            return Ok(false);
        }
    }
    let whole = |engine: &Engine| {
        let wholes = accounts(engine.state()).map(|account| {
            let (free, mode, parts) = of_account(engine.state(), account);
            // Whoever only joined a market is not there yet.
            let parts: Vec<_> = parts.into_iter().flatten().filter(|part| part.has_something()).collect();
            (free, mode, parts)
        });
        (wholes.collect::<Vec<_>>(), funds(engine.state()))
    };
    let (before, after) = (whole(engine), whole(&then));
    if before == after { Ok(true) } else { Err(TestCaseError::fail(format!("{commands:?}: from {before:?} to {after:?}"))) }
}

impl Part {
    fn has_something(&self) -> bool {
        self.positions != PerSide::both(None) || self.orders > 0
    }
}
