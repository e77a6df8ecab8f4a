//! Populations from CSV files.

use crate::error::PopulationError;
use crate::population::{Opening, Population};
use core::str::FromStr;
use ringfence_risk::decimal::ParseError;
use ringfence_risk::plan::MarginMode;
use ringfence_risk::units::{Quantity, Side};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Most bytes of a file: a bound on memory.
const MOST_BYTES: u64 = 64 << 20;
/// Longest name, in characters.
const LONGEST_NAME: usize = 40;
/// Longest text of a field in a message, in characters.
const LONGEST_SHOWN: usize = 40;
const HEADER: &str = "name,account,side,quantity,leverage";

impl Population {
    /// Reads a CSV file with the header `name,account,side,quantity,leverage`, the same with `,entry`, or with `,entry,mode`.
    ///
    /// Side is `long` or `short`; an empty entry means the first observed mark; mode is `isolated`, `cross` or empty (isolated) and counts in
    /// runs with the stated modes. Names are used once; rows of one account and side have one leverage, those of one account one mode.
    /// Fields are not quoted.
    ///
    /// # Errors
    /// [`PopulationError`]: one line that names file, row, field, limit and value, for the first fault.
    pub fn from_csv(path: &Path) -> Result<Self, PopulationError> {
        let file = show(&path.display().to_string(), 160);
        let failed = |error| PopulationError::Io { file: file.clone(), error };
        let mut bytes = Vec::new();
        File::open(path).and_then(|opened| opened.take(MOST_BYTES.saturating_add(1)).read_to_end(&mut bytes)).map_err(failed)?;
        let whole = |fault| PopulationError::Content { file: file.clone(), row: None, fault };
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MOST_BYTES {
            return Err(whole(format!("a population must have at most {MOST_BYTES} bytes, got more")));
        }
        let text = String::from_utf8(bytes).map_err(|_| whole("a population must be UTF-8 text, got other bytes".to_owned()))?;
        parse(&file, &text)
    }
}

/// Reads the text of a population; `file` is named in errors.
pub(crate) fn parse(file: &str, text: &str) -> Result<Population, PopulationError> {
    let fault = |row: Option<u64>| move |fault: String| PopulationError::Content { file: file.to_owned(), row, fault };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = text.lines().zip(1_u64..).filter(|(line, _)| !line.trim().is_empty());
    let Some((header, row)) = lines.next() else {
        return Err(fault(None)("the file must have a header and rows, got an empty file".to_owned()));
    };
    let fields = match header.trim().strip_prefix(HEADER) {
        Some("") => 5,
        Some(",entry") => 6,
        Some(",entry,mode") => 7,
        Some(_) | None => {
            let message =
                format!("header must be '{HEADER}', '{HEADER},entry' or '{HEADER},entry,mode', got '{}'", show(header, 160));
            return Err(fault(Some(row))(message));
        }
    };
    let mut openings = Vec::new();
    let (mut names, mut leverages, mut modes) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for (line, row) in lines {
        let (opening, mode) = opening(line, fields).map_err(fault(Some(row)))?;
        let earlier = *modes.entry(opening.account.clone()).or_insert(mode);
        if earlier != mode {
            return Err(fault(Some(row))(format!("mode must be the same in all rows of account '{}'", opening.account)));
        }
        if let Some(before) = names.insert(opening.name.clone(), row) {
            return Err(fault(Some(row))(format!("name must be used once, got '{}' of row {before} again", opening.name)));
        }
        let before = *leverages.entry((opening.account.clone(), opening.side)).or_insert(opening.leverage);
        if before != opening.leverage {
            let Opening { account, side, leverage, .. } = &opening;
            let message = format!("leverage must be {before} like the other {side} of account '{account}', got {leverage}");
            return Err(fault(Some(row))(message));
        }
        openings.push(opening);
    }
    if openings.is_empty() {
        return Err(fault(None)("the header must be followed by rows, got none".to_owned()));
    }
    let on_cross = modes.iter().filter(|(_, mode)| **mode == MarginMode::Cross);
    Ok(on_cross.fold(Population::new(openings), |population, (account, mode)| population.with_mode(account, *mode)))
}

fn opening(line: &str, fields: usize) -> Result<(Opening, MarginMode), String> {
    if line.contains('"') {
        return Err("fields must not be quoted, got a quotation mark".to_owned());
    }
    let parts: Vec<&str> = line.split(',').map(str::trim).collect();
    let found = parts.len();
    let (&[named, account, side, quantity, leverage], rest) = parts
        .split_first_chunk::<5>()
        .filter(|_| found == fields)
        .ok_or_else(|| format!("a row must have {fields} fields like the header, got {found}"))?;
    let opening = Opening {
        name: name("name", named)?,
        account: name("account", account)?,
        side: match side {
            "long" => Side::Long,
            "short" => Side::Short,
            other => return Err(format!("side must be long or short, got '{}'", show(other, LONGEST_SHOWN))),
        },
        quantity: number("quantity", quantity)?,
        leverage: number("leverage", leverage)?,
        entry: rest.first().filter(|entry| !entry.is_empty()).map(|entry| number("entry", entry)).transpose()?,
    };
    if opening.quantity == Quantity::ZERO {
        return Err(format!("quantity must be greater than 0, got {}", show(quantity, LONGEST_SHOWN)));
    }
    let mode = match rest.get(1).copied() {
        None | Some("" | "isolated") => MarginMode::Isolated,
        Some("cross") => MarginMode::Cross,
        Some(other) => return Err(format!("mode must be isolated or cross, got '{}'", show(other, LONGEST_SHOWN))),
    };
    Ok((opening, mode))
}

fn name(field: &str, text: &str) -> Result<String, String> {
    let printable = |character: char| character == ' ' || (character.is_alphanumeric() || character.is_ascii_punctuation());
    let length = text.chars().count();
    if length == 0 || length > LONGEST_NAME {
        return Err(format!("{field} must have 1 to {LONGEST_NAME} characters, got {length}"));
    }
    if !text.chars().all(printable) {
        let shown = show(text, LONGEST_SHOWN);
        return Err(format!("{field} must consist of letters, digits, spaces and ASCII punctuation, got '{shown}'"));
    }
    Ok(text.to_owned())
}

fn number<T: FromStr<Err = ParseError>>(field: &str, text: &str) -> Result<T, String> {
    text.parse().map_err(|error| {
        let shown = show(text, LONGEST_SHOWN);
        match error {
            ParseError::NotADecimal { .. } => format!("{field} must be a decimal number like 12.5, got '{shown}'"),
            ParseError::TooPrecise { .. } => format!("{field} must have at most 8 digits after the point, got '{shown}'"),
            ParseError::OutOfRange { least, greatest, .. } => {
                format!("{field} must be between {least} and {greatest}, got '{shown}'")
            }
        }
    })
}

/// A text fit for one line of a message: shortened, control characters escaped.
fn show(text: &str, longest: usize) -> String {
    let mut shown = String::new();
    for character in text.chars().take(longest) {
        match character {
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                shown.extend(character.escape_unicode());
            }
            _ if character.is_control() => shown.extend(character.escape_unicode()),
            _ => shown.push(character),
        }
    }
    if text.chars().nth(longest).is_some() {
        shown.push('…');
    }
    shown
}
