//! The calls a client can make.

pub mod account;
pub mod app;
mod asked;
pub mod call;
pub mod endpoint;
pub mod history;
pub mod http;
pub mod market;
pub mod order;
pub mod router;
pub mod text;

/// All calls: one table of all tables.
#[must_use]
pub fn endpoints() -> Vec<endpoint::Endpoint> {
    let tables = [
        order::endpoints(),
        market::endpoints(),
        account::endpoints(),
        crate::stream::endpoints(),
        crate::local::endpoints(),
        crate::docs::endpoints(),
        crate::metrics::endpoints(),
    ];
    tables.concat()
}
