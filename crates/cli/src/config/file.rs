//! `ringfence.toml`: one line per key.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{KEYS, Key, nearest};
use crate::error::CliError;

/// A key of the file with its values and the line it stands on.
#[derive(Debug)]
pub(crate) struct FileEntry {
    pub(crate) key: &'static Key,
    pub(crate) values: Vec<String>,
    pub(crate) line: usize,
}

/// Reads the text of a configuration file; `name` is what errors call it.
///
/// # Errors
/// [`CliError::Usage`] with the line: not TOML, an unknown key (with the nearest known one), a value that is a table or a date.
pub(crate) fn parse(name: &str, text: &str) -> Result<Vec<FileEntry>, CliError> {
    let table = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line_of(text, span.start));
        CliError::Usage(format!("{name} line {line} is not TOML: {}", error.message()))
    })?;
    let mut entries = Vec::new();
    for (given, value) in table.get_ref() {
        let line = line_of(text, given.span().start);
        let key = KEYS.iter().find(|key| key.name == given.get_ref()).ok_or_else(|| unknown(name, line, given.get_ref()))?;
        let values = values(key, value).ok_or_else(|| {
            let allowed = if key.kind.is_list() { "a list of strings" } else { "one string, number or boolean" };
            CliError::Usage(format!("{} must be {allowed} ({name} line {line})", key.name))
        })?;
        if !key.kind.is_list() && values.len() != 1 {
            return Err(CliError::Usage(format!("{} must be one value, not a list ({name} line {line})", key.name)));
        }
        entries.push(FileEntry { key, values, line });
    }
    Ok(entries)
}

fn unknown(name: &str, line: usize, given: &str) -> CliError {
    let hint = match nearest(given, KEYS.iter().map(|key| key.name)) {
        Some(near) => format!("did you mean '{near}'?"),
        None => format!("known keys: {}", KEYS.map(|key| key.name).join(", ")),
    };
    CliError::Usage(format!("unknown key '{given}' in {name} line {line}: {hint}"))
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

/// The values of an entry as text, or none for what cannot be one. The items of an array may hold commas, a single string of a list is split at
/// them.
fn values(key: &Key, value: &Spanned<DeValue<'_>>) -> Option<Vec<String>> {
    match value.get_ref() {
        DeValue::Array(items) => items.iter().map(|item| scalar(item.get_ref())).collect(),
        single @ (DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)
        | DeValue::Table(_)) => scalar(single).map(|text| key.items(&text)),
    }
}

fn scalar(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Float(number) => Some(number.to_string()),
        DeValue::Boolean(true) => Some("on".to_owned()),
        DeValue::Boolean(false) => Some("off".to_owned()),
        DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => None,
    }
}
