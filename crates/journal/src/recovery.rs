//! What to do with what is found when a journal is opened: a pure function, held by a table of all its cases.
//!
//! Rules, the first that matches counts:
//!
//! | found | decision |
//! |---|---|
//! | a snapshot or a watermark of another journal | refuse |
//! | a snapshot or a watermark beyond the last good record | refuse: durable records are lost |
//! | a snapshot or a watermark with another chain value than the log's | refuse |
//! | a damaged row with a good one behind it | refuse |
//! | a damaged row at the end of a store whose rows are whole or absent | refuse |
//! | a damaged row at the end of a store that may tear | keep a copy, cut it off, start, say so |
//! | anything else | start from the newest snapshot that fits, or from the beginning; say which were passed over |

use crate::store::Tail;

/// How the log ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogEnd {
    /// With a good row.
    Whole,
    /// With a damaged one; no good one is behind it.
    DamagedLast,
    /// A good row is behind a damaged or missing one.
    DamagedInside,
}

/// What something kept beside the log says about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Nothing: it is not there or not readable.
    Unreadable,
    /// It is another journal's.
    Foreign,
    /// It lies beyond the last good record.
    Ahead,
    /// The log's chain value at its index is another.
    Differs,
    /// It fits the log.
    Fits,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Findings {
    /// What a crash may leave of a row.
    pub tail: Tail,
    /// How the log ends.
    pub end: LogEnd,
    /// The watermark.
    pub watermark: Finding,
    /// The snapshots, newest first, up to the first that fits.
    pub snapshots: Vec<Finding>,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Start.
    Start {
        /// From this one of the snapshots; without, from the beginning.
        snapshot: Option<usize>,
        /// What to do with the end of the log.
        end: EndDecision,
    },
    /// Do not start.
    Refuse(Refusal),
}

/// What to do with the end of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndDecision {
    /// Leave it.
    Keep,
    /// Copy the torn row to a file of its own and cut it off.
    CutTornRow,
}

/// Why not to start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Files of two journals are mixed.
    Foreign,
    /// Records that were durable are gone.
    Lost,
    /// The log is not the one that the snapshot or the watermark was made from.
    Differs,
    /// A row in the log is damaged.
    Damaged,
}

/// Decides.
#[must_use]
pub fn decide(findings: &Findings) -> Decision {
    let beside = || findings.snapshots.iter().chain([&findings.watermark]);
    let rules = [(Finding::Foreign, Refusal::Foreign), (Finding::Ahead, Refusal::Lost), (Finding::Differs, Refusal::Differs)];
    if let Some((_, refusal)) = rules.into_iter().find(|(finding, _)| beside().any(|found| found == finding)) {
        return Decision::Refuse(refusal);
    }
    let end = match (findings.end, findings.tail) {
        (LogEnd::Whole, Tail::Atomic | Tail::MayTear) => EndDecision::Keep,
        (LogEnd::DamagedLast, Tail::MayTear) => EndDecision::CutTornRow,
        (LogEnd::DamagedLast, Tail::Atomic) | (LogEnd::DamagedInside, Tail::Atomic | Tail::MayTear) => {
            return Decision::Refuse(Refusal::Damaged);
        }
    };
    Decision::Start { snapshot: findings.snapshots.iter().position(|found| *found == Finding::Fits), end }
}
