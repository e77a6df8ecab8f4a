//! Readers of recorded markets: bars, ticks and funding rates from CSV files, plain, gzip or zip.
//!
//! What a file holds is detected from its content, said in words, and never guessed: a header that is not understood is
//! refused. Prices and rates are read exactly, every row is checked, and the first fault ends the reading with one line that
//! names the file, the row and the field.
#![deny(clippy::arithmetic_side_effects, clippy::as_conversions, clippy::float_arithmetic, clippy::indexing_slicing)]

mod error;
mod funding;
mod layout;
mod lines;
mod number;
mod observation;
mod price_file;
mod source;
mod table;
#[cfg(test)]
mod tests;
pub mod walk;

pub use error::{Fault, ReadError};
pub use funding::read_funding;
pub use observation::{Bar, FundingRow, Observation, SeriesKind, Tick};
pub use price_file::PriceFile;
pub use source::{Compression, Progress};
