//! Orders: placing, amending, cancelling, asking for them; and the conditional ones, which the API calls algo orders and keeps apart.
//!
//! A conditional order has a number of its own, `algo_id`; `actualOrderId` is that of the order it becomes. Until it is triggered it is no
//! order: `GET /order` does not know it.

mod algo;
pub(crate) mod algo_id;
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
