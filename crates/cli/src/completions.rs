//! `completions`: what a shell needs to complete commands and flags.

use std::io::Write;

use clap::{Args, CommandFactory};

use crate::error::CliError;

const EXAMPLES: &str = "\
Examples:
  ringfence completions bash > ~/.local/share/bash-completion/completions/ringfence
  ringfence completions zsh > ~/.zfunc/_ringfence
  ringfence completions fish > ~/.config/fish/completions/ringfence.fish";

/// A shell.
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES, before_long_help = EXAMPLES)]
pub(crate) struct CompletionsArgs {
    /// Shell
    #[arg(value_enum)]
    shell: clap_complete::Shell,
}

impl CompletionsArgs {
    /// Prints the script.
    ///
    /// # Errors
    /// [`CliError::Io`] when it cannot be written.
    pub(crate) fn run(&self) -> Result<(), CliError> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut crate::Cli::command(), "ringfence", &mut script);
        let mut out = std::io::stdout().lock();
        out.write_all(&script)?;
        out.flush()?;
        Ok(())
    }
}
