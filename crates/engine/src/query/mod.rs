//! Views: what a server shows. Everything in them is stored or computed by the rules that decide; nothing here changes anything.
//!
//! | question | answer |
//! |---|---|
//! | [`State::account_view`] | an account's money in one asset, and its pool |
//! | [`State::position_view`] | a position with its margins, its liquidation and what may be moved |
//! | [`State::leg_views`] | the legs of an account in a market, with their settings and what their orders take |
//! | [`State::order_view`], [`State::open_orders`] | orders as their owner knows them |
//! | [`State::market_view`], [`State::depth`] | a market's prices, funding, open interest, book |
//! | [`State::adl_queue`] | who would be deleveraged, first first |
//! | [`Engine::preview`](crate::engine::Engine::preview) | what a command would do |
//! | [`explain_liquidation`] | what liquidations among events did, in four lines each |
//!
//! [`State`]: crate::state::State
//! [`State::account_view`]: crate::state::State::account_view
//! [`State::position_view`]: crate::state::State::position_view
//! [`State::leg_views`]: crate::state::State::leg_views
//! [`State::order_view`]: crate::state::State::order_view
//! [`State::open_orders`]: crate::state::State::open_orders
//! [`State::market_view`]: crate::state::State::market_view
//! [`State::depth`]: crate::state::State::depth
//! [`State::adl_queue`]: crate::state::State::adl_queue

mod account;
mod leg;
mod liquidation;
mod market;
mod order;
mod position;
mod preview;

pub use account::{AccountView, PoolView};
pub use leg::LegView;
pub use liquidation::{LiquidationStory, StoryDeleveraged, StoryStep, explain_liquidation};
pub use market::MarketView;
pub use order::OrderView;
pub use position::{LiquidationMarks, PositionView};
