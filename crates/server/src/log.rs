//! What the server says of itself, on standard error.

use tracing_subscriber::EnvFilter;

/// How it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Lines of text.
    Plain,
    /// Lines of text with colours.
    Coloured,
    /// A JSON object a line.
    Json,
}

/// Starts logging from this level on (`error`, `warn`, `info`, `debug`). Does nothing where a log was started already.
pub fn start(level: &str, format: Format) {
    let log = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(level)).with_writer(std::io::stderr);
    // A second start is no fault: tests start several servers in a process.
    let _ = match format {
        Format::Plain => log.with_ansi(false).try_init(),
        Format::Coloured => log.try_init(),
        Format::Json => log.json().try_init(),
    };
}
