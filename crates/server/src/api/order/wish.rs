//! An order as asked for, of either endpoint: what a preview looks at is read as the real call reads it.

use ringfence_engine::book::AccountId;
use ringfence_engine::command::{Command, NewOrder};

use super::algo::{check, conditional};
use super::read::{Draft, draft};
use super::words::CONDITIONAL_TYPES;
use crate::boot::Symbol;
use crate::edge::error::ApiError;
use crate::edge::parameters::Parameters;
use crate::exchange::World;

/// An order as asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wish {
    /// As `POST /order` reads it.
    Order(Draft),
    /// As `POST /algoOrder` reads it.
    Conditional(NewOrder),
}

impl Wish {
    /// Reads the parameters of either endpoint: the type says which.
    ///
    /// # Errors
    /// Those of the endpoint.
    pub(crate) fn read(parameters: &Parameters, symbol: &Symbol, account: AccountId) -> Result<Self, ApiError> {
        let kind = parameters.required("type")?;
        if CONDITIONAL_TYPES.iter().any(|(known, _)| *known == kind) {
            return conditional(parameters, symbol, account).map(Self::Conditional);
        }
        draft(parameters, symbol, account).map(Self::Order)
    }

    /// The command it becomes in this state.
    ///
    /// # Errors
    /// Those of the endpoint.
    pub(crate) fn command(self, world: &World) -> Result<Command, ApiError> {
        match self {
            Self::Order(draft) => draft.resolve(world).map(Command::Place),
            Self::Conditional(order) => check(world, &order).map(|()| Command::Place(order)),
        }
    }
}
