//! The one table of configuration keys: flags, environment, file, help and `config show` are all made from it.

use super::kinds::Kind;

/// What can be configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setting {
    Listen,
    Data,
    ReadyFile,
    Accounts,
    Account,
    Market,
    Speed,
    Seed,
    Rules,
    Maker,
    Throttle,
    Token,
    AllowRemote,
    Log,
    FeedMs,
    Server,
    Key,
    Secret,
}

/// Who reads a key, and so which commands have a flag for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReadBy {
    /// `serve`.
    Server,
    /// Commands that talk to a running server.
    Client,
    /// Both.
    Both,
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    pub(crate) setting: Setting,
    /// Its name in the file; the flag is `--name`, the variable `RINGFENCE_NAME` with `_` for `-`.
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) read_by: ReadBy,
    /// Its value where no source gives one; none: it stays unset.
    pub(crate) default: Option<&'static str>,
    /// How the value is called in help.
    pub(crate) value_name: &'static str,
    pub(crate) help: &'static str,
}

impl Key {
    /// The name of its environment variable.
    pub(crate) fn variable(&self) -> String {
        format!("{PREFIX}{}", self.name.to_uppercase().replace('-', "_"))
    }

    /// Help with the default at its end.
    pub(crate) fn described(&self) -> String {
        match self.default {
            Some(default) => format!("{} [default: {default}]", self.help),
            None => self.help.to_owned(),
        }
    }

    /// The items of a list, written with commas between them; a single value as it is.
    pub(crate) fn items(&self, text: &str) -> Vec<String> {
        if !self.kind.is_list() {
            return vec![text.to_owned()];
        }
        text.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
    }

    /// Whether its value must not be shown.
    pub(crate) fn is_secret(&self) -> bool {
        matches!(self.setting, Setting::Token | Setting::Secret)
    }
}

/// What the environment variables begin with.
pub(crate) const PREFIX: &str = "RINGFENCE_";

/// Names the configuration file; not a key, since a file cannot name itself.
pub(crate) const FILE_VARIABLE: &str = "RINGFENCE_CONFIG";

const fn server(setting: Setting, name: &'static str, kind: Kind) -> Key {
    Key { setting, name, kind, read_by: ReadBy::Server, default: None, value_name: "VALUE", help: "" }
}

const fn client(setting: Setting, name: &'static str, kind: Kind) -> Key {
    Key { read_by: ReadBy::Client, ..server(setting, name, kind) }
}

/// Every key, in the order help and `config show` list them.
pub(crate) const KEYS: [Key; 18] = [
    Key {
        default: Some("127.0.0.1:8600"),
        value_name: "ADDRESS:PORT",
        help: "Where the server listens; port 0 takes a free one",
        ..server(Setting::Listen, "listen", Kind::Address)
    },
    Key {
        value_name: "DIR",
        help: "Keep the exchange in this directory; without it everything is in memory",
        ..server(Setting::Data, "data", Kind::Path)
    },
    Key {
        value_name: "FILE",
        help: "Write addresses, accounts and markets to this file (JSON) once the server is ready",
        ..server(Setting::ReadyFile, "ready-file", Kind::Path)
    },
    Key {
        default: Some("0"),
        value_name: "NUMBER",
        help: "So many numbered accounts besides the named ones",
        ..server(Setting::Accounts, "accounts", Kind::Whole { least: 0, greatest: 100_000 })
    },
    Key {
        default: Some("alice,bob"),
        value_name: "NAME[=BALANCE],…",
        help: "Named accounts, each with the balance it begins with",
        ..server(Setting::Account, "account", Kind::Accounts)
    },
    Key {
        default: Some("all"),
        value_name: "SYMBOL[=SOURCE],…",
        help: "Markets and where their prices come from: SYMBOL, SYMBOL=replay:FILE or SYMBOL=fixed:PRICE",
        ..server(Setting::Market, "market", Kind::Markets)
    },
    Key {
        default: Some("1"),
        value_name: "TIMES",
        help: "How many times faster than the clock on the wall the exchange's time runs",
        ..server(Setting::Speed, "speed", Kind::Whole { least: 1, greatest: 3_600 })
    },
    Key {
        default: Some("7"),
        value_name: "NUMBER",
        help: "Seed of the random walks: the same seed gives the same prices",
        ..server(Setting::Seed, "seed", Kind::Whole { least: 0, greatest: u64::MAX })
    },
    Key {
        default: Some("ringfence"),
        value_name: "NAME",
        help: "Rules of margin and liquidation: ringfence or binance",
        ..server(Setting::Rules, "rules", Kind::Choice(&["ringfence", "binance"]))
    },
    Key {
        default: Some("on"),
        value_name: "on|off",
        help: "Whether a maker quotes both sides so that orders fill",
        ..server(Setting::Maker, "maker", Kind::Switch)
    },
    Key {
        default: Some("off"),
        value_name: "on|off",
        help: "Whether requests and orders are limited as at Binance",
        ..server(Setting::Throttle, "throttle", Kind::Switch)
    },
    Key {
        read_by: ReadBy::Both,
        value_name: "TEXT",
        help: "Token of the control API under /local/v1",
        ..server(Setting::Token, "token", Kind::Text)
    },
    Key {
        default: Some("off"),
        value_name: "on|off",
        help: "Whether the server may listen on an address that other machines reach",
        ..server(Setting::AllowRemote, "allow-remote", Kind::Switch)
    },
    Key {
        default: Some("text"),
        value_name: "text|json",
        help: "How events and requests are logged",
        ..server(Setting::Log, "log", Kind::Choice(&["text", "json"]))
    },
    Key {
        default: Some("250"),
        value_name: "MILLISECONDS",
        help: "Time between two prices of a feed",
        ..server(Setting::FeedMs, "feed-ms", Kind::Whole { least: 10, greatest: 60_000 })
    },
    Key {
        default: Some("http://127.0.0.1:8600"),
        value_name: "URL",
        help: "The running server to talk to",
        ..client(Setting::Server, "server", Kind::Url)
    },
    Key {
        value_name: "TEXT",
        help: "API key, together with --secret [default: test-ACCOUNT]",
        ..client(Setting::Key, "key", Kind::Text)
    },
    Key {
        value_name: "TEXT",
        help: "Secret of the API key [default: test-ACCOUNT-secret]",
        ..client(Setting::Secret, "secret", Kind::Text)
    },
];

/// The known name nearest to one that is not known, if any is near enough to be what was meant.
pub(crate) fn nearest<'a>(given: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let (distance, name) = known.map(|name| (distance(given, name), name)).min_by_key(|(distance, _)| *distance)?;
    (distance <= 3 && distance < name.chars().count()).then_some(name)
}

/// Insertions, deletions and replacements of one letter that lead from one word to the other.
fn distance(one: &str, other: &str) -> usize {
    let mut above: Vec<usize> = (0..=other.chars().count()).collect();
    for (row, letter) in one.chars().enumerate() {
        let mut diagonal = row;
        let mut left = row + 1;
        let mut current = vec![left];
        for (up, against) in above.iter().skip(1).zip(other.chars()) {
            let replaced = diagonal + usize::from(letter != against);
            left = replaced.min(left + 1).min(up + 1);
            diagonal = *up;
            current.push(left);
        }
        above = current;
    }
    above.last().copied().unwrap_or(0)
}
