//! What can go wrong, and the exit status it means.

/// Why a command ended without its result. Exit statuses: 0 well, 1 failed, 2 usage or configuration, 3 a check found a difference, 4 input or
/// output; the server's 5, a data directory in use, is the journal's to say.
#[derive(Debug)]
pub(crate) enum CliError {
    /// Asked in the right way, but it did not work out: no server, or the server refused.
    Failed(String),
    /// Something asked for is not possible: wrong value, unknown name, bad file.
    Usage(String),
    /// A check found a difference.
    Difference(String),
    /// A file could not be read or a result not written.
    Io(String),
    /// Whoever read the output went away; not an error worth a line.
    OutputClosed,
}

impl CliError {
    pub(crate) fn usage(message: impl core::fmt::Display) -> Self {
        Self::Usage(message.to_string())
    }

    pub(crate) fn exit_status(&self) -> u8 {
        match self {
            Self::OutputClosed => 0,
            Self::Failed(_) => 1,
            Self::Usage(_) => 2,
            Self::Difference(_) => 3,
            Self::Io(_) => 4,
        }
    }
}

impl core::fmt::Display for CliError {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Failed(message) | Self::Usage(message) | Self::Difference(message) | Self::Io(message) => {
                formatter.write_str(message)
            }
            Self::OutputClosed => Ok(()),
        }
    }
}

impl From<ringfence_risk::arithmetic::OutOfRange> for CliError {
    fn from(error: ringfence_risk::arithmetic::OutOfRange) -> Self {
        Self::Usage(format!("{error}: quantity, price or margin is too large or too small"))
    }
}

impl From<ringfence_venues::VenueError> for CliError {
    fn from(error: ringfence_venues::VenueError) -> Self {
        Self::usage(error)
    }
}

impl From<ringfence_risk::refusal::Refusal> for CliError {
    fn from(refusal: ringfence_risk::refusal::Refusal) -> Self {
        let (number, name) = refusal.code();
        Self::Usage(format!("{refusal} (refusal {number}, {name})"))
    }
}

impl From<ringfence_risk::plan::LeverageRefused> for CliError {
    fn from(refused: ringfence_risk::plan::LeverageRefused) -> Self {
        let (number, name) = refused.refusal.code();
        Self::Usage(format!("{refused} (refusal {number}, {name})"))
    }
}

impl From<std::io::Error> for CliError {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe { Self::OutputClosed } else { Self::Io(error.to_string()) }
    }
}
