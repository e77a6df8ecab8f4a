//! Commands that talk to a running server. None of them calculates money: they print what the server answers.

mod account;
mod answer;
mod cancel;
mod desk;
mod explain;
mod order;
mod place;
mod snapshot;

pub(crate) use account::{BalanceArgs, LeverageArgs, MarginArgs, PositionArgs};
pub(crate) use desk::named;
pub(crate) use explain::ExplainArgs;
pub(crate) use order::OrderArgs;
pub(crate) use snapshot::SnapshotCommand;
