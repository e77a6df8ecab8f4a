//! What is told of accounts.
//!
//! A command's events are walked through once, in their order, and what they mean for a watched account is written as its clients know it. Figures
//! are those of the state and the record after the command; what an order had filled before a later fill of the same command is counted back.
//!
//! | event | when |
//! |---|---|
//! | `ORDER_TRADE_UPDATE` | an order is accepted, amended, filled, cancelled, expired; a part of a position is closed by force (`CALCULATED`) |
//! | `TRADE_LITE` | before the update of a fill |
//! | `ACCOUNT_UPDATE` | balances or positions changed: once for each reason in a command, before the update of its first fill |
//! | `ACCOUNT_CONFIG_UPDATE` | the leverage changed |
//! | `ALGO_UPDATE` | a conditional order is accepted, triggered, finished, dropped or refused |
//! | `MARGIN_CALL` | the margin ratio of a position, or of the pool it stands in, has passed 80 %; again only after it was below |
//!
//! An order that only reduces and shrinks with its position is told of when it ends. On cross, funding is told without the position.

mod account;
mod algo;
mod called;
mod forced;
mod order;
mod realised;
mod update;
mod walk;

use std::collections::HashSet;

use ringfence_engine::book::AccountId;

use self::called::Called;
use self::realised::Realised;
use self::walk::Walk;
use super::hub::{Hub, Owner};
use crate::exchange::{Executed, World};

/// An event of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UserEvent {
    pub(super) kind: &'static str,
    pub(super) frame: String,
}

impl UserEvent {
    fn of<T: serde::Serialize>(kind: &'static str, frame: &T) -> Option<Self> {
        serde_json::to_string(frame).ok().map(|frame| Self { kind, frame })
    }
}

/// What is remembered of watched accounts between commands.
#[derive(Default)]
pub(super) struct Accounts {
    realised: Realised,
    called: Called,
}

impl Accounts {
    /// These accounts are watched from now on.
    pub(super) fn watch(&mut self, watched: &HashSet<AccountId>) {
        self.realised.keep(watched);
        self.called.keep(watched);
    }

    /// What a command did to the watched accounts.
    pub(super) fn tell(
        &mut self,
        watched: &HashSet<AccountId>,
        (hub, world): (&Hub, &World),
        executed: &Executed<'_>,
    ) -> Vec<(Owner, UserEvent)> {
        let mut walk = Walk::new(watched, (hub.catalog(), world), &mut self.realised);
        walk.prepare(executed);
        walk.tell(executed.events);
        walk.finish()
    }

    /// Margin calls that are due.
    pub(super) fn margin_calls(&mut self, owners: &[Owner], hub: &Hub, world: &World) -> Vec<(Owner, UserEvent)> {
        owners.iter().filter_map(|owner| Some((*owner, self.called.tell(*owner, hub.catalog(), world)?))).collect()
    }
}
