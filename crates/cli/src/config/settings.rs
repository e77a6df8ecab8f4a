//! Which source wins: flag, then environment, then file, then default.

use std::path::Path;

use super::file::{FileEntry, parse};
use super::keys::{FILE_VARIABLE, KEYS, Key, PREFIX, Setting, nearest};
use crate::error::CliError;

/// The file that is read when none is named and it exists.
const USUAL_FILE: &str = "ringfence.toml";

/// What every source gave, not yet weighed against each other.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    pub(crate) flags: Vec<(Setting, Vec<String>)>,
    /// Variables whose name begins with `RINGFENCE_`.
    pub(crate) environment: Vec<(String, String)>,
    /// Name and text of the configuration file.
    pub(crate) file: Option<(String, String)>,
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Flag(String),
    Environment(String),
    File { name: String, line: usize },
    Default,
}

impl core::fmt::Display for Origin {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Flag(name) => write!(formatter, "flag --{name}"),
            Self::Environment(name) => write!(formatter, "environment {name}"),
            Self::File { name, line } => write!(formatter, "{name} line {line}"),
            Self::Default => formatter.write_str("default"),
        }
    }
}

/// A key with the values that won; none where nobody gave one and there is no default.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub(crate) key: &'static Key,
    pub(crate) values: Vec<String>,
    pub(crate) origin: Origin,
}

/// Every key with its value, each checked on its own.
#[derive(Debug)]
pub(crate) struct Settings {
    entries: Vec<Resolved>,
    /// What is worth a word but no error: variables that look like a key and are none.
    pub(crate) notes: Vec<String>,
}

impl Sources {
    /// Reads the environment and the file: the one named by flag, else by `RINGFENCE_CONFIG`, else `ringfence.toml` where there is one.
    ///
    /// # Errors
    /// [`CliError::Usage`] for a named file that cannot be read, or a variable that is not text.
    pub(crate) fn read(flags: Vec<(Setting, Vec<String>)>, named: Option<&Path>) -> Result<Self, CliError> {
        let mut environment = Vec::new();
        for (name, value) in std::env::vars_os() {
            let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else { continue };
            let value = value.into_string().map_err(|_| CliError::Usage(format!("environment {name} must be UTF-8 text")))?;
            environment.push((name.to_owned(), value));
        }
        environment.sort();
        let variable = environment.iter().find(|(name, value)| name == FILE_VARIABLE && !value.is_empty());
        let from_variable = variable.map(|(_, value)| Path::new(value.as_str()));
        let file = match named.or(from_variable) {
            Some(path) => Some((path.display().to_string(), read_named(path)?)),
            None if Path::new(USUAL_FILE).exists() => Some((USUAL_FILE.to_owned(), read_named(Path::new(USUAL_FILE))?)),
            None => None,
        };
        Ok(Self { flags, environment, file })
    }

    /// Weighs the sources and checks what won.
    ///
    /// # Errors
    /// [`CliError::Usage`] naming key, value, what is allowed and the source.
    pub(crate) fn resolve(&self) -> Result<Settings, CliError> {
        let file = self.file.as_ref().map_or(Ok(Vec::new()), |(name, text)| parse(name, text))?;
        let entries: Vec<Resolved> = KEYS.iter().map(|key| self.winner(key, &file)).collect();
        for entry in &entries {
            entry.check()?;
        }
        Ok(Settings { entries, notes: self.unknown_variables() })
    }

    fn winner(&self, key: &'static Key, file: &[FileEntry]) -> Resolved {
        if let Some((_, values)) = self.flags.iter().find(|(setting, _)| *setting == key.setting) {
            let values = values.iter().flat_map(|text| key.items(text)).collect();
            return Resolved { key, values, origin: Origin::Flag(key.name.to_owned()) };
        }
        let variable = key.variable();
        if let Some((_, text)) = self.environment.iter().find(|(name, text)| *name == variable && !text.is_empty()) {
            return Resolved { key, values: key.items(text), origin: Origin::Environment(variable) };
        }
        let name = self.file.as_ref().map(|(name, _)| name.clone());
        if let (Some(name), Some(entry)) = (name, file.iter().find(|entry| entry.key.setting == key.setting)) {
            return Resolved { key, values: entry.values.clone(), origin: Origin::File { name, line: entry.line } };
        }
        let values = key.default.map_or_else(Vec::new, |text| key.items(text));
        Resolved { key, values, origin: Origin::Default }
    }

    fn unknown_variables(&self) -> Vec<String> {
        let known: Vec<String> = KEYS.iter().map(Key::variable).chain([FILE_VARIABLE.to_owned()]).collect();
        let strangers = self.environment.iter().filter(|(name, _)| !known.contains(name));
        let note = |(name, _): &(String, String)| {
            let near = nearest(name, known.iter().map(String::as_str));
            let hint = near.map_or_else(String::new, |near| format!(": did you mean {near}?"));
            format!("environment {name} is not a setting{hint}")
        };
        strangers.map(note).collect()
    }
}

fn read_named(path: &Path) -> Result<String, CliError> {
    std::fs::read_to_string(path)
        .map_err(|error| CliError::Io(format!("configuration file {} cannot be read: {error}", path.display())))
}

impl Resolved {
    fn check(&self) -> Result<(), CliError> {
        self.values.iter().try_for_each(|text| self.key.kind.check(text).map_err(|allowed| self.refuse(&allowed, text)))
    }

    /// An error about this value: key, what is allowed, value, source.
    pub(crate) fn refuse(&self, allowed: &str, given: &str) -> CliError {
        let given = if self.key.is_secret() { String::new() } else { format!(", got '{given}'") };
        CliError::Usage(format!("{} {allowed}{given} ({})", self.key.name, self.origin))
    }
}

impl Settings {
    /// Reads all sources.
    ///
    /// # Errors
    /// [`CliError::Usage`] as the sources and the values say.
    pub(crate) fn load(flags: Vec<(Setting, Vec<String>)>, named: Option<&Path>) -> Result<Self, CliError> {
        Sources::read(flags, named)?.resolve()
    }

    /// Every key in the order of the table.
    pub(crate) fn entries(&self) -> &[Resolved] {
        &self.entries
    }

    /// One key.
    pub(crate) fn entry(&self, setting: Setting) -> Option<&Resolved> {
        self.entries.iter().find(|entry| entry.key.setting == setting)
    }

    /// Every value of a key, read.
    ///
    /// # Errors
    /// [`CliError::Usage`] when the reader refuses one.
    pub(crate) fn all<T>(&self, setting: Setting, read: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, CliError> {
        let Some(entry) = self.entry(setting) else { return Ok(Vec::new()) };
        entry.values.iter().map(|text| read(text).map_err(|allowed| entry.refuse(&allowed, text))).collect()
    }

    /// The value of a key, read; none where it is unset.
    ///
    /// # Errors
    /// [`CliError::Usage`] when the reader refuses it.
    pub(crate) fn one<T>(&self, setting: Setting, read: impl Fn(&str) -> Result<T, String>) -> Result<Option<T>, CliError> {
        Ok(self.all(setting, read)?.pop())
    }

    /// The value of a key that has a default.
    ///
    /// # Errors
    /// [`CliError::Usage`] when the reader refuses it, or it is unset after all.
    pub(crate) fn must<T>(&self, setting: Setting, read: impl Fn(&str) -> Result<T, String>) -> Result<T, CliError> {
        self.one(setting, read)?.ok_or_else(|| CliError::Usage(format!("{setting:?} must be set")))
    }
}
