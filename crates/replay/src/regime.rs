//! Under which margin mode a run is made, and what of it is watched.

use ringfence_engine::book::AccountId;
use ringfence_risk::explain::Explanation;
use ringfence_risk::plan::MarginMode;
use ringfence_risk::units::MarkPrice;
use serde::Serialize;

use crate::cast::Player;
use crate::set_off::Waiting;
use crate::time::UtcTime;

/// The margin mode of the accounts of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Regime {
    /// All accounts isolated.
    #[default]
    Isolated,
    /// All accounts on cross.
    Cross,
    /// Each account as the population states it; isolated where it does not.
    Stated,
}

impl Regime {
    /// The mode of an account in this run.
    pub(crate) fn mode_of(self, player: &Player) -> MarginMode {
        match self {
            Self::Isolated => MarginMode::Isolated,
            Self::Cross => MarginMode::Cross,
            Self::Stated => player.mode,
        }
    }
}

impl core::fmt::Display for Regime {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.pad(match self {
            Self::Isolated => "isolated",
            Self::Cross => "cross",
            Self::Stated => "stated",
        })
    }
}

/// What is watched beside the outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watch {
    /// How many samples are taken along the way: up to twice as many; 0 for none.
    pub samples: usize,
    /// How many observations there are, where it is known: samples that would be dropped later are then not taken.
    pub expected: Option<u64>,
    /// An account whose story is told.
    pub account: Option<String>,
}

/// Something that happened to the account that is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// When (of a bar: when it opens).
    pub time: UtcTime,
    /// At which mark.
    pub mark: MarkPrice,
    /// The recorded mark: another where liquidations move it.
    pub recorded: MarkPrice,
    /// What.
    pub what: Happening,
}

/// What happened to an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// Its position once it had opened everything, step by step from the rules.
    Opened(Explanation),
    /// It was liquidated: the position at the mark that did it, step by step from the rules, and what the engine did.
    Liquidated {
        /// The position (isolated) before it; on cross the pool is in the text.
        position: Option<Explanation>,
        /// What the liquidation did, a line each.
        text: Vec<String>,
    },
    /// Something else, in words: a closing against a bankrupt position, funding, a step of its script.
    Said(String),
}

/// The account that is watched, and what happened to it.
#[derive(Clone, Debug)]
pub(crate) struct Watched {
    pub(crate) account: AccountId,
    pub(crate) name: String,
    pub(crate) told: Vec<Told>,
    pub(crate) waiting: Waiting,
}

impl Watched {
    pub(crate) fn new(account: AccountId, name: &str) -> Self {
        Self { account, name: name.to_owned(), told: Vec::new(), waiting: Waiting::default() }
    }
}
