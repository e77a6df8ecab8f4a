//! Records as text: one line each, for people and for other programs.

use std::io::{self, Write};
use std::ops::RangeInclusive;

use crate::error::ReadError;
use crate::reader::Reader;
use crate::record::{Record, RecordKind};

/// How to write records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `index outcome what`, for people.
    Text,
    /// `index,outcome,kind,what` with a header; fields quoted as RFC 4180 has it.
    Csv,
    /// A table in Markdown.
    Markdown,
    /// A JSON object a line: `{"index":1,"outcome":"…","kind":"command","what":"…"}`.
    JsonLines,
}

/// Why records cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum ShowError {
    /// They cannot be read.
    #[error("{0}")]
    Read(#[from] ReadError),
    /// They cannot be written where they should go.
    #[error("{0}")]
    Write(#[from] io::Error),
}

/// Writes the records of a range; how many. A command is written as its fields, a note, which may be secret, only as its length.
///
/// # Errors
/// [`ShowError`]; what was written before it stays.
pub fn show(reader: &Reader, range: &RangeInclusive<u64>, form: Form, to: &mut impl Write) -> Result<u64, ShowError> {
    match form {
        Form::Csv => writeln!(to, "index,outcome,kind,what")?,
        Form::Markdown => writeln!(to, "| index | outcome | kind | what |\n|---|---|---|---|")?,
        Form::Text | Form::JsonLines => {}
    }
    let mut count = 0;
    for record in reader.records_from(*range.start())? {
        let record = record?;
        if record.index > *range.end() {
            break;
        }
        if range.contains(&record.index) {
            line(&record, form, to)?;
            count += 1;
        }
    }
    Ok(count)
}

fn line(record: &Record, form: Form, to: &mut impl Write) -> io::Result<()> {
    let Record { index, outcome, .. } = record;
    let (kind, what) = match &record.kind {
        RecordKind::Command(command) => ("command", format!("{command:?}")),
        RecordKind::Note(note) => ("note", format!("{} bytes", note.len())),
    };
    match form {
        Form::Text => writeln!(to, "{index} {outcome} {what}"),
        Form::Csv => writeln!(to, "{index},{outcome},{kind},\"{}\"", what.replace('"', "\"\"")),
        Form::Markdown => writeln!(to, "| {index} | {outcome} | {kind} | {} |", what.replace('|', "\\|")),
        Form::JsonLines => {
            let what = escape(&what);
            writeln!(to, "{{\"index\":{index},\"outcome\":\"{outcome}\",\"kind\":\"{kind}\",\"what\":\"{what}\"}}")
        }
    }
}

/// A text inside a JSON string.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '"' | '\\' => escaped.extend(['\\', letter]),
            control if u32::from(control) < 0x20 => escaped.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => escaped.push(other),
        }
    }
    escaped
}
