//! The same commands under several margin modes, rule sets, bracket dates and leverages, and what differs.
//!
//! Every number comes from runs of `ringfence-replay`, which asks the engine; this crate lays runs beside each other: in rows, in sentences,
//! in figures, in one page, and over many cores. Floating point is used for places on paper only.
//!
//! | module | holds |
//! |---|---|
//! | `axes` | what runs differ in, and what a sweep names |
//! | `cores` | runs spread over the cores |
//! | `study`, `summary`, `findings` | a comparison, its rows, its sentences |
//! | `store` | finished cells of a sweep on disk |
//! | `what_if` | one account, had it been otherwise |
//! | `rows` | tables for people |
//! | `figure`, `page`, `tables` | drawings, the page, rows for other programs |
#![deny(clippy::indexing_slicing)]

mod axes;
mod cores;
mod error;
mod figure;
mod findings;
mod page;
mod rows;
mod store;
mod study;
mod summary;
mod tables;
#[cfg(test)]
mod tests;
mod what_if;

pub use axes::{Axes, Cell, MOST_CELLS, PathOrd};
pub use cores::over_cores;
pub use error::CompareError;
pub use figure::{Theme, png, svg};
pub use findings::{Fates, fates};
pub use page::{html, html_style};
pub use rows::{AccountRows, Room, account_rows};
pub use store::{Shard, Store};
pub use study::{Fact, Prepared, Ran, Shared, Study, checksum, run_cell, story};
pub use summary::{COLUMNS, Summary, cell_fields, share, span};
pub use tables::{accounts_csv, json, runs_csv};
pub use what_if::WhatIf;
