//! Orders: placing, amending, cancelling, asking for them; and the conditional ones, which the API calls algo orders and keeps apart.
//!
//! An order and the conditional order it came from have one number: `actualOrderId` of a triggered conditional order is its `algoId`. Until it
//! is triggered it is no order: `GET /order` does not know it.

mod algo;
mod algo_row;
mod batch;
mod change;
mod endpoints;
mod name;
mod place;
mod query;
mod read;
mod row;
mod wish;
pub(crate) mod words;

pub use endpoints::endpoints;
pub use name::OrderLabel;
pub use row::{FoundOrder, OrderRow};
pub(crate) use wish::Wish;
pub(crate) use words::POSITION_SIDES;
pub use words::{order_state, order_type, position_side, side};
