//! Reading answers: the server's words, not recalculated.

use serde_json::Value;

use crate::values::NONE;

/// A field as text; "-" where the server does not send it.
pub(crate) fn text(row: &Value, field: &str) -> String {
    match row.get(field) {
        Some(Value::String(text)) => shortened(text),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Bool(true)) => "yes".to_owned(),
        Some(Value::Bool(false)) => "no".to_owned(),
        Some(Value::Null | Value::Array(_) | Value::Object(_)) | None => "-".to_owned(),
    }
}

/// The first of several fields that the answer has: the two APIs name some things differently.
pub(crate) fn first(row: &Value, fields: &[&str]) -> String {
    let present = fields.iter().find(|field| row.get(**field).is_some());
    present.map_or_else(|| "-".to_owned(), |field| text(row, field))
}

/// A field in lower case: the names of states and kinds.
pub(crate) fn word(row: &Value, field: &str) -> String {
    text(row, field).to_lowercase().replace('_', " ")
}

/// A price, or the word for none where the server sends zero.
pub(crate) fn price(row: &Value, field: &str) -> String {
    let text = text(row, field);
    if is_zero(&text) { NONE.to_owned() } else { text }
}

/// Whether a decimal is zero, read from its digits.
pub(crate) fn is_zero(text: &str) -> bool {
    text.contains('0') && text.chars().all(|letter| matches!(letter, '0' | '.' | '-' | '+'))
}

/// The rows of a list; an object counts as a list of one.
pub(crate) fn rows(answer: Value) -> Vec<Value> {
    match answer {
        Value::Array(rows) => rows,
        Value::Object(_) => vec![answer],
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

/// A decimal without the zeros at its end.
fn shortened(text: &str) -> String {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let decimal = digits
        .split_once('.')
        .is_some_and(|(whole, part)| !whole.is_empty() && whole.bytes().chain(part.bytes()).all(|byte| byte.is_ascii_digit()));
    if decimal { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text.to_owned() }
}
