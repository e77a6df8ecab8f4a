//! What can be wrong with a file, and with a question.

use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::bracket::BracketError;
use ringfence_risk::contract::ListingError;

/// Why a file could not be checked.
#[derive(Debug, thiserror::Error)]
pub enum ExamplesError {
    /// The file cannot be read, or the report cannot be written.
    #[error("{what}: {source}")]
    Io {
        /// What was being read or written.
        what: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The file is not JSON.
    #[error("{file}: line {line}, column {column}: not JSON: {why}")]
    NotJson {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What the reader says.
        why: String,
    },
    /// The file is JSON, but not a list of examples.
    #[error("{file}: must be a list of examples")]
    NotAList {
        /// The file.
        file: String,
    },
    /// A field of an example is missing or not what it should be.
    #[error("{file}: {example}: {field} must be {wanted}, got {value}")]
    Malformed {
        /// The file.
        file: String,
        /// The example's id, or its number when it has none.
        example: String,
        /// The field.
        field: String,
        /// What it holds.
        value: String,
        /// What it should hold.
        wanted: &'static str,
    },
}

impl ExamplesError {
    pub(crate) fn malformed(file: &str, example: &str, field: (&str, &str), wanted: &'static str) -> Self {
        let (field, value) = field;
        let mut value: String = value.to_owned();
        if value.chars().count() > 80 {
            value = value.chars().take(80).chain(['…']).collect();
        }
        Self::Malformed { file: file.to_owned(), example: example.to_owned(), field: field.to_owned(), value, wanted }
    }

    /// The exit status of a command that ends with this: 4 for reading and writing, 2 for a malformed file.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Io { .. } => 4,
            Self::NotJson { .. } | Self::NotAList { .. } | Self::Malformed { .. } => 2,
        }
    }
}

/// Why one question has no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// An input is missing or not what it should be: the file is at fault.
    #[error("{field} must be {wanted}, got {value}")]
    Malformed { field: String, value: String, wanted: &'static str },
    /// An input that the function does not have.
    #[error("it has no input '{0}'")]
    UnknownInput(String),
    /// A number left the range of the core at this scale.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
    /// The core refuses the contract.
    #[error(transparent)]
    Listing(#[from] ListingError),
    /// The core refuses the brackets.
    #[error(transparent)]
    Brackets(#[from] BracketError),
}
