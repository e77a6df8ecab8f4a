//! How much is said besides the result.

/// From nothing to every request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verbosity {
    /// The result and errors.
    Quiet,
    /// Notes as well.
    Normal,
    /// Every request as well.
    Verbose,
}
