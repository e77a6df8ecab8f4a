//! What a mark is made of before it is made, and what is asked of it before it may liquidate.
//!
//! | part | answers |
//! |---|---|
//! | [`IndexSources`] | what the index is, from several sources of which some are silent or wrong |
//! | [`BasisWindow`] | how far the middle of the book has lain from the index: the second leg of the mark |
//! | [`PremiumWindow`] | the time-weighted premium since the last settlement: what the funding rate is made of |
//! | [`MarkGuard`] | whether a new mark may be used to liquidate |
//!
//! All are plain data: the same calls in the same order make equal values. They are told the time and never ask for it. The formulas themselves
//! (mark, premium, funding rate) are in [`ringfence_risk::mark`] and [`ringfence_risk::funding`]; the windows give the same averages in O(1).

mod basis;
mod guard;
mod index;
mod premium;
mod rule;
mod slots;
mod source;
#[cfg(test)]
mod tests;

pub use basis::BasisWindow;
pub(crate) use guard::Accepted;
pub use guard::{GuardRule, MarkGuard, Verdict};
pub(crate) use index::Quote;
pub use index::{IndexRule, IndexSources, IndexState};
pub use premium::PremiumWindow;
pub use rule::BadRule;
pub(crate) use slots::Slots;
pub use source::SourceId;
