//! Reading TOML so that an error is one line, and decimals as text so that no digit is lost.

use core::fmt::Display;
use core::str::FromStr;

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};

use crate::error::VenueError;

/// Reads a TOML file.
///
/// # Errors
/// [`VenueError::Unreadable`] with the line, the key on it, and what is wrong.
pub(crate) fn toml<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, VenueError> {
    toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.lines().count().max(1);
        let line = if before.ends_with('\n') { line.saturating_add(1) } else { line };
        let statement = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
        let key = statement.split_once('=').map(|(key, _)| format!("{}: ", key.trim())).unwrap_or_default();
        VenueError::Unreadable { file: file.to_owned(), line, reason: format!("{key}{}", error.message().replace('\n', " ")) }
    })
}

/// A number of the rules, written as text.
///
/// # Errors
/// What its parser says.
pub(crate) fn decimal<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}

/// Checks that a day is written like 2022-02-12, so that days compare as texts.
///
/// # Errors
/// [`VenueError::NotADate`].
pub(crate) fn check_date(text: &str) -> Result<(), VenueError> {
    let shape = |(position, byte): (usize, u8)| if matches!(position, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() };
    let within = |range, least: &str, greatest: &str| text.get(range).is_some_and(|part| part >= least && part <= greatest);
    if text.len() == 10 && text.bytes().enumerate().all(shape) && within(5..7, "01", "12") && within(8..10, "01", "31") {
        Ok(())
    } else {
        Err(VenueError::NotADate { text: text.chars().take(40).collect() })
    }
}
