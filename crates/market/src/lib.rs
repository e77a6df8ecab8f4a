//! Readers of recorded markets: bars, ticks, quotes, order books and funding rates from CSV files, recorded feeds and (with the feature `parquet`)
//! column files; plain, gzip or zip.
//!
//! What a file holds is detected from its content, said in words, and never guessed: a header that is not understood is
//! refused, and its columns can be stated ([`Mapping`]). Prices and rates are read exactly, every row is checked, and the first fault ends the reading
//! with one line that names the file, the row and the field. What is missing, repeated or out of order is refused or counted, as the [`Policies`] say.
#![deny(clippy::arithmetic_side_effects, clippy::as_conversions, clippy::float_arithmetic, clippy::indexing_slicing)]

mod book;
mod error;
mod feed;
mod funding;
mod layout;
mod layouts;
mod lines;
mod mapping;
mod message;
mod number;
mod observation;
mod order;
#[cfg(feature = "parquet")]
mod parquet;
mod price_file;
mod reading;
mod recorded;
mod source;
mod table;
#[cfg(test)]
mod tests;
mod time;
pub mod walk;

pub use book::Book;
pub use error::{Fault, ReadError};
pub use feed::FeedFile;
pub use funding::{read_funding, read_funding_with, read_premium_index, read_premiums};
pub use mapping::{Mapping, MappingError};
pub use observation::{Bar, FundingRow, Observation, PremiumRow, PremiumSample, SeriesKind, Tick};
pub use order::Summary;
pub use price_file::PriceFile;
pub use reading::{FeedMarks, Policies, Policy, Reading};
pub use recorded::Recorded;
pub use source::{Compression, Pace, Progress};
pub use time::TimeUnit;
