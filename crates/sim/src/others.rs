//! Non-interference: what a command must leave alone.

use ringfence_engine::book::AccountId;
use ringfence_engine::command::Command;
use ringfence_engine::event::Event;
use ringfence_engine::ids::MarketId;
use ringfence_engine::state::{PerSide, State};
use ringfence_risk::plan::MarginMode;
use ringfence_risk::position::Position;
use ringfence_risk::units::{Amount, Side};

use crate::violation::{Law, Violation};

/// Positions and hold of an account in a market.
type Own = (AccountId, Option<Position>, Option<Position>, Amount);

/// Positions, holds and insurance of every market, as they were before a command.
#[derive(Clone, Debug, Default)]
pub(crate) struct Before {
    owns: Vec<Vec<Own>>,
    insurance: Vec<i128>,
}

impl Before {
    /// Looks at the state.
    pub(crate) fn look(&mut self, state: &State) {
        self.owns.resize_with(state.markets().len(), Vec::new);
        self.insurance.clear();
        for (market, owns) in state.markets().iter().zip(&mut self.owns) {
            owns.clear();
            self.insurance.push(market.ledger().insurance());
            let accounts = (0..u32::try_from(state.accounts().len()).unwrap_or(u32::MAX)).map(AccountId);
            owns.extend(accounts.filter_map(|account| own(state, market.id(), account)));
        }
    }

    /// Looks again, and says what changed in a market that the command had nothing to do with.
    pub(crate) fn compare(&self, command: &Command, events: &[Event], state: &State) -> Result<(), Violation> {
        let Some(concerned) = concerned(command) else { return Ok(()) };
        for ((market, owns), insurance) in state.markets().iter().zip(&self.owns).zip(&self.insurance) {
            let id = market.id();
            if concerned.contains(&id) || liquidates(events, id) {
                continue;
            }
            if market.ledger().insurance() != *insurance {
                return Err(Law::NonInterference.broken(format!("insurance of {id:?} changed")));
            }
            for before in owns {
                let now = own(state, id, before.0);
                if now != Some(*before) {
                    return Err(Law::NonInterference.broken(format!("in {id:?}: {before:?} became {now:?}")));
                }
            }
        }
        Ok(())
    }
}

/// What an account has in a market for itself: on cross it shares a pool with other markets, and its liquidation or funding may end its orders
/// in all of them. Beside a cross leg, an isolated one still has its position for itself.
fn own(state: &State, market: MarketId, account: AccountId) -> Option<Own> {
    let participant = state.market(market)?.participant(account)?;
    let [long, short] = [Side::Long, Side::Short]
        .map(|side| participant.positions().of(side).filter(|_| participant.margin_mode(side) == MarginMode::Isolated));
    let is_boxed = participant.margin_modes() == &PerSide::both(MarginMode::Isolated);
    Some((account, long, short, if is_boxed { participant.hold() } else { Amount::ZERO }))
}

/// Whether a cross account was liquidated in a market.
fn liquidates(events: &[Event], id: MarketId) -> bool {
    events.iter().any(|event| {
        matches!(event, Event::LiquidationStarted(start) if start.market == id)
            || matches!(event, Event::LiquidationStepTaken { market, .. } if *market == id)
    })
}

/// The markets a command is about; `None` when it may be about any.
fn concerned(command: &Command) -> Option<Vec<MarketId>> {
    match command {
        Command::AdvanceTime { .. } | Command::SetPositionMode { .. } => None,
        Command::OpenAccount
        | Command::ListAsset { .. }
        | Command::ListMarket(_)
        | Command::Deposit(_)
        | Command::Withdraw(_)
        | Command::TransferBetween { .. } => Some(Vec::new()),
        Command::ChangeMarket { market, .. }
        | Command::SetMarketState { market, .. }
        | Command::FundInsurance { market, .. }
        | Command::CancelAll { market, .. }
        | Command::CountdownCancel { market, .. }
        | Command::SetAutoAddMargin { market, .. }
        | Command::QuoteIndex { market, .. }
        | Command::SetMark { market, .. }
        | Command::SetFundingRate { market, .. }
        | Command::SettleFunding { market } => Some(vec![*market]),
        Command::Place(order) => Some(vec![order.market]),
        Command::PlaceBatch(orders) => Some(orders.iter().map(|order| order.market).collect()),
        Command::Amend(amendment) => Some(vec![amendment.order.market]),
        Command::Cancel(order) => Some(vec![order.market]),
        Command::CancelBatch(orders) => Some(orders.iter().map(|order| order.market).collect()),
        Command::SetLeverage { leg, .. } | Command::SetMarginMode { leg, .. } | Command::MoveMargin { leg, .. } => {
            Some(vec![leg.market])
        }
    }
}
