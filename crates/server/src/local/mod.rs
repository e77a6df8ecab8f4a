//! Control of a local exchange: everything a person or a test may do to it that no venue offers.
//!
//! All calls live under `/local/v1`, apart from Binance's paths, and are for [whoever controls the exchange](crate::api::endpoint::Security::Control).
//! Parameters come in the query, as a form or as one JSON object; numbers are answered as text.
//!
//! | module | calls |
//! |---|---|
//! | `health` | how it is doing; whether the money adds up |
//! | `accounts`, `keys`, `money` | accounts, their keys, deposits, withdrawals, insurance funds |
//! | `markets`, `prices`, `crash`, `time` | markets, marks and their sources, maker and flow; the clock, funding |
//! | `snapshots` | going back, in memory |
//! | `faults` | what a client must survive |
//! | `preview`, `explain` | what a call would do; how a number came about |
//! | `stories` | the liquidations of an account |
//! | `desk` | all that one account sees, in one look |
//! | `compare` | the same positions under isolated and cross; the report of that |

mod accounts;
mod ask;
mod compare;
mod crash;
mod desk;
mod endpoints;
mod explain;
pub mod faults;
mod health;
mod keys;
mod markets;
mod money;
mod preview;
mod prices;
pub mod snapshots;
mod stories;
mod time;

pub use endpoints::endpoints;

use crate::edge::secret::KeyEncryptionKey;
use crate::start::Keeping;

/// What the calls of this module hold between them.
pub struct Local {
    /// Where the exchange keeps what it knows.
    pub keeping: Keeping,
    /// What secrets are sealed with.
    pub sealing: KeyEncryptionKey,
    /// States to go back to.
    pub snapshots: snapshots::Snapshots,
    /// Faults that clients are to meet.
    pub faults: faults::Faults,
}
