//! How a local exchange begins: from the venues' contracts, brackets and rule sets to listings and the first commands.
//!
//! [`Setup`] says what is wanted, as data; [`Boot::build`] looks it up and answers the commands of an empty exchange ([`Boot::commands`]), what
//! the network layer must know of each market beyond the engine ([`Catalog`]), and the accounts by name. An exchange that was there before takes
//! only the latter two: the commands are for one in which nothing happened yet.
//!
//! What a venue's data does not say is this project's choice, named at [`SANDBOX`](listing::SANDBOX).
//!
//! ```
//! use ringfence_engine::{engine::Engine, limits::Limits, time::Time};
//! use ringfence_server::boot::{Boot, Setup};
//! let boot = Boot::build(&Setup::default(), Time::from_ms(1_795_353_242_462))?;
//! let mut engine = Engine::new(Limits::DEFAULT);
//! for command in &boot.commands {
//!     engine.execute(command, &mut Vec::new())?;
//! }
//! let symbol = boot.catalog.find("BTCUSD_PERP").ok_or("listed")?;
//! assert_eq!((symbol.base.as_str(), symbol.contract_size.to_string()), ("BTC", "100".to_owned()));
//! assert_eq!(engine.state().free(boot.account("alice").ok_or("opened")?, symbol.asset).to_string(), "1");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod catalog;
mod error;
mod genesis;
pub mod listing;
mod setup;

pub use catalog::{Catalog, Family, Symbol};
pub use error::BootError;
pub(crate) use genesis::index;
pub use genesis::{Boot, FLOW, MAKER};
pub use setup::{AccountSetup, MarketSetup, RuleChoice, Setup};
