//! How a file is to be read: what it does not say itself, and what is done about rows that are missing, repeated or out of order.

use crate::mapping::Mapping;

/// What is done about a row that does not follow on the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Policy {
    /// The reading ends with an error that names the row.
    Refuse,
    /// The row is passed over and counted. A gap has no row to pass over: it is counted.
    Skip,
    /// The row is taken as it stands and counted.
    Keep,
}

/// What is done about gaps, repetitions and times that go back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Policies {
    /// Bars or trades that are missing.
    pub gap: Policy,
    /// A bar, a funding rate or the number of a trade given twice.
    pub repeated: Policy,
    /// A time before that of the row before.
    pub back: Policy,
}

impl Policies {
    /// Gaps are counted; whatever is repeated or goes back is refused.
    pub const DEFAULT: Self = Self { gap: Policy::Keep, repeated: Policy::Refuse, back: Policy::Refuse };
}

impl Default for Policies {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl core::fmt::Display for Policies {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let word = |policy| match policy {
            Policy::Refuse => "refused",
            Policy::Skip => "passed over and counted",
            Policy::Keep => "kept and counted",
        };
        let gaps = match self.gap {
            Policy::Refuse => "refused",
            Policy::Skip | Policy::Keep => "counted",
        };
        write!(formatter, "gaps are {gaps}, repeated rows {}, times that go back {}", word(self.repeated), word(self.back))
    }
}

/// Which events of a recorded feed move the mark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FeedMarks {
    /// Every trade, at its price.
    #[default]
    Trades,
    /// Every change of the best bid or ask, at the price in the middle.
    Middle,
}

/// How a file is to be read. The default detects everything and refuses what it cannot tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Which columns hold what, for a file whose layout is not known.
    pub columns: Option<Mapping>,
    /// The time between two bars in milliseconds, above zero. Needed where times are those of the end of a bar; otherwise gaps are counted by
    /// the least time between two bars of the file.
    pub step_ms: Option<i64>,
    /// What is done about gaps, repetitions and times that go back.
    pub policies: Policies,
    /// Which events of a recorded feed move the mark.
    pub marks: FeedMarks,
}

impl core::fmt::Display for Reading {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        if let Some(columns) = &self.columns {
            write!(formatter, "columns {columns}; ")?;
        }
        if let Some(step) = self.step_ms {
            write!(formatter, "bars of {step} ms; ")?;
        }
        write!(formatter, "{}", self.policies)?;
        match self.marks {
            FeedMarks::Trades => Ok(()),
            FeedMarks::Middle => formatter.write_str("; marks of a feed are the middle of best bid and ask"),
        }
    }
}
