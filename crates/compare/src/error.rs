//! Why a comparison is refused: always one line.

use ringfence_replay::ReplayError;
use ringfence_risk::arithmetic::OutOfRange;
use std::io;

/// A comparison that cannot be made. Displays as one line.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompareError {
    /// A sweep that is not understood.
    #[error("--sweep: '{part}' must be {rule}")]
    Sweep {
        /// The part of it.
        part: String,
        /// What it must be.
        rule: &'static str,
    },
    /// A shard that is not understood.
    #[error("--shard must be i/n with i from 1 to n, got '{given}'")]
    Shard {
        /// What was given.
        given: String,
    },
    /// A counterfactual that is not understood.
    #[error("--what-if must be leverage=20 or margin=+100, got '{given}'")]
    WhatIf {
        /// What was given.
        given: String,
    },
    /// More runs than one comparison makes.
    #[error("a comparison must have at most {limit} runs, got more")]
    TooManyCells {
        /// The most.
        limit: usize,
    },
    /// A run that cannot go on.
    #[error("{cell}: {error}")]
    Run {
        /// Which.
        cell: String,
        /// Why.
        error: Box<ReplayError>,
    },
    /// A number left the range the rules compute with.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
    /// A directory of results that belongs to another sweep.
    #[error("{directory} holds results of another sweep (it differs at '{line}'): give another directory")]
    OtherSweep {
        /// The directory.
        directory: String,
        /// The first line of the plan that differs.
        line: String,
    },
    /// Another process works on the shard.
    #[error("{file} is in use by another process")]
    InUse {
        /// The file.
        file: String,
    },
    /// A file of results that was changed.
    #[error("{file} row {row}: {fault}")]
    Results {
        /// The file.
        file: String,
        /// The row, from 1 (the header is row 1).
        row: usize,
        /// What is wrong.
        fault: String,
    },
    /// A file that cannot be read or written.
    #[error("{file}: {error}")]
    Io {
        /// The file.
        file: String,
        /// Why.
        error: io::Error,
    },
    /// A figure that cannot be drawn: a fault of the program.
    #[error("the figure cannot be drawn: {reason}")]
    Figure {
        /// Why.
        reason: String,
    },
}
