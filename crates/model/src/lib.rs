//! An auditor of the exchange's money: an independent, slow model written from the rules.
//!
//! It watches commands and events, keeps its own history of decisions and market facts, and recomputes from it, in whole numbers of any size,
//! every position by cost basis, every box, hold and wallet, fees, funding, insurance and settlement. [`Model::check`] then compares the
//! engine's state with it, to the unit.
//!
//! What a rule fixes is recomputed. What only the engine can decide is taken from its events as a quantity, and bounded by rules: who was
//! liquidated (it must have been due) and how much was closed at which value, what the insurance fund paid into an emptied box, how much a
//! leverage change gave back (as much as may be removed).
//!
//! | module | holds |
//! |---|---|
//! | `exact` | whole numbers and fractions of any size |
//! | `terms` | contract, brackets and rule set in exact numbers |
//! | `fact` | the history |
//! | `leg`, `books`, `settings` | what facts do to positions and money |
//! | `orders` | open orders and what is held for them |
//! | `observe`, `forced`, `decided` | events into facts |
//! | `pool` | who is to be liquidated |
//! | `posted`, `guard` | what the events themselves add up to, and whose money may fall |
//! | `check` | the comparison |

mod books;
mod check;
mod decided;
mod difference;
mod exact;
mod fact;
mod forced;
mod guard;
mod insurance;
mod leg;
mod model;
mod observe;
mod orders;
mod pool;
mod posted;
mod settings;
mod terms;

pub use difference::{Difference, Seen};
pub use fact::LegKey;
pub use model::{Model, Outcome};
