//! The laws, and what is said when one is broken.

/// What must hold whatever is asked of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Law {
    /// No command makes the engine panic.
    NoPanic,
    /// A refused command leaves state and events as they were.
    RefusedChangesNothing,
    /// Every entry of the ledger moves something from one account to another, and no account that holds money is below zero.
    DoubleEntry,
    /// The ledger kept from events says what the state says.
    LedgerAgrees,
    /// An account's free money falls by its own commands, its own orders and settings, and by its cross positions. By nothing else.
    FreeMoney,
    /// What happens in one market leaves positions, holds and insurance of the others as they are.
    NonInterference,
    /// Trading fees of a command never sum to less than nothing.
    Fees,
    /// Insurance is spent on liquidations and on what the fund took over.
    Insurance,
    /// Funding paid less funding received is never below zero, and less than one unit per position.
    Funding,
    /// The best bid is below the best ask.
    Book,
    /// No account trades with itself.
    SelfTrade,
    /// Orders that act at once leave nothing, all-or-nothing orders fill whole, post-only orders never take.
    Lifetimes,
    /// What was filled, taken off and left of an order is what was ordered; trades are counted without gaps.
    OrderStory,
    /// The audit from scratch finds nothing.
    Audit,
    /// The hash is what a recomputation gives.
    Hash,
    /// After every command nobody is left whom the present marks should have liquidated.
    Liquidation,
    /// A copy answers the same and becomes the same.
    Deterministic,
    /// Events alone lead to the same state.
    Follow,
    /// The commands alone lead to the same state.
    Replay,
    /// An order sent again is recognised, and nothing is done.
    Retry,
    /// Time never goes back.
    Time,
    /// The independent model recomputes the same money.
    Model,
}

impl Law {
    /// All of them.
    pub const ALL: [Self; 22] = [
        Self::NoPanic,
        Self::RefusedChangesNothing,
        Self::DoubleEntry,
        Self::LedgerAgrees,
        Self::FreeMoney,
        Self::NonInterference,
        Self::Fees,
        Self::Insurance,
        Self::Funding,
        Self::Book,
        Self::SelfTrade,
        Self::Lifetimes,
        Self::OrderStory,
        Self::Audit,
        Self::Hash,
        Self::Liquidation,
        Self::Deterministic,
        Self::Follow,
        Self::Replay,
        Self::Retry,
        Self::Time,
        Self::Model,
    ];

    /// The law of a name, as it is printed; letter case does not matter.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|law| format!("{law:?}").eq_ignore_ascii_case(name))
    }
}

/// Laws that are not looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ignored(u32);

impl Ignored {
    /// All laws are looked at.
    pub const NONE: Self = Self(0);

    /// One law less is looked at.
    #[must_use]
    pub const fn and(self, law: Law) -> Self {
        Self(self.0 | 1 << law as u32)
    }

    /// Whether a law is not looked at.
    #[must_use]
    pub const fn contains(self, law: Law) -> bool {
        self.0 & 1 << law as u32 != 0
    }
}

/// A broken law.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub law: Law,
    /// How.
    pub detail: String,
}

impl Law {
    /// This law is broken.
    #[must_use]
    pub const fn broken(self, detail: String) -> Violation {
        Violation { law: self, detail }
    }
}

impl Violation {
    /// Whether another is the same: the same law, and for a panic the same words.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        self.law == other.law && (self.law != Law::NoPanic || self.words() == other.words())
    }

    fn words(&self) -> String {
        self.detail.chars().filter(|character| !character.is_ascii_digit()).collect()
    }
}

impl core::fmt::Display for Violation {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(formatter, "{:?}: {}", self.law, self.detail)
    }
}
