//! `client`: the lines that point an existing client at this server.

use std::io::Write;

use clap::{Args, ValueEnum};

use crate::config::{ClientFlags, ClientOptions};
use crate::error::CliError;
use crate::output::{Format, Report};
use crate::session::Session;

pub(crate) const EXAMPLES: &str = "\
Examples:
  ringfence client ccxt
  ringfence client freqtrade --account bob
  ringfence client curl --server http://127.0.0.1:9000 | sh";

/// A client that is known to speak this API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Client {
    /// CCXT and CCXT Pro (Python)
    Ccxt,
    /// python-binance
    PythonBinance,
    /// Binance's older Python connector
    Connector,
    /// Binance's Python SDK
    Sdk,
    /// NautilusTrader
    Nautilus,
    /// freqtrade
    Freqtrade,
    /// The shell
    Curl,
}

impl Client {
    /// Its lines, with the places of addresses and keys in braces.
    fn template(self) -> &'static str {
        match self {
            Self::Ccxt => include_str!("ccxt.py.txt"),
            Self::PythonBinance => include_str!("python_binance.py.txt"),
            Self::Connector => include_str!("connector.py.txt"),
            Self::Sdk => include_str!("sdk.py.txt"),
            Self::Nautilus => include_str!("nautilus.py.txt"),
            Self::Freqtrade => include_str!("freqtrade.json.txt"),
            Self::Curl => include_str!("curl.sh.txt"),
        }
    }

    /// The language of its lines.
    fn language(self) -> &'static str {
        match self {
            Self::Ccxt | Self::PythonBinance | Self::Connector | Self::Sdk | Self::Nautilus => "python",
            Self::Freqtrade => "json",
            Self::Curl => "sh",
        }
    }
}

/// Lines to paste.
#[derive(Args, Debug)]
#[command(before_help = EXAMPLES, before_long_help = EXAMPLES)]
pub(crate) struct ClientArgs {
    /// Which client
    #[arg(value_enum)]
    client: Client,
    /// Whose keys are filled in
    #[arg(long, value_name = "NAME", default_value = "alice", value_parser = crate::trade::named)]
    account: String,
    #[command(flatten)]
    connection: ClientFlags,
}

impl ClientArgs {
    /// Prints the lines as they are; as Markdown in a fence. Nothing is sent.
    ///
    /// # Errors
    /// [`CliError::Usage`] for a faulty configuration.
    pub(crate) fn run(&self, session: &Session) -> Result<(), CliError> {
        let options = ClientOptions::new(&session.settings(self.connection.0.clone())?)?;
        let (key, secret) = options.keys_of(&self.account);
        let streams = options.server.replacen("http://", "ws://", 1);
        let lines =
            filled(self.client.template(), [("rest", &options.server), ("ws", &streams), ("key", &key), ("secret", &secret)]);
        let language = self.client.language();
        let text = match session.format {
            Format::Table => lines,
            Format::Md => format!("```{language}\n{lines}```\n"),
            Format::Json | Format::Csv => {
                let mut report = Report::new(format!("Lines for {}", self.account));
                report.fact("language", "language", language);
                report.fact("server", "server", &options.server);
                report.fact("api_key", "API key", &key);
                report.fact("secret", "secret", &secret);
                report.fact("lines", "lines", &lines);
                return report.print(session.format);
            }
        };
        let mut out = anstream::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()?;
        Ok(())
    }
}

fn filled(template: &str, values: [(&str, &String); 4]) -> String {
    values.iter().fold(template.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}
