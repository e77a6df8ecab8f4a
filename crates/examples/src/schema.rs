//! Reading a file of worked examples.

use serde_json::{Map, Value};

use crate::error::ExamplesError;
use crate::number::{self, Exact};

/// A value of `inputs` or of `expected`: a number or word as text, or a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    /// A number or a word.
    Text(String),
    /// Several.
    List(Vec<Field>),
}

impl Field {
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(Self::Text(text.clone())),
            Value::Number(number) if number.is_i64() || number.is_u64() => Some(Self::Text(number.to_string())),
            Value::Array(items) => items.iter().map(Self::read).collect::<Option<Vec<_>>>().map(Self::List),
            Value::Number(_) | Value::Null | Value::Bool(_) | Value::Object(_) => None,
        }
    }

    /// As it was written, for messages.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::List(items) => format!("[{}]", items.iter().map(Self::shown).collect::<Vec<_>>().join(", ")),
        }
    }
}

/// How an answer is held against the printed number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Compare {
    /// The same number.
    Exact,
    /// Within half a unit of the last printed digit.
    Round(i32),
    /// The same after cutting off.
    Trunc(i32),
    /// Within some units of a digit.
    Ulp(i32, i64),
    /// Within a share of the number.
    Rel(Exact),
}

impl core::fmt::Display for Compare {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Exact => formatter.write_str("exact"),
            Self::Round(dp) => write!(formatter, "round dp {dp}"),
            Self::Trunc(dp) => write!(formatter, "trunc dp {dp}"),
            Self::Ulp(dp, n) => write!(formatter, "ulp dp {dp} n {n}"),
            Self::Rel(share) => write!(formatter, "rel {}", number::show(share)),
        }
    }
}

/// One worked example.
#[derive(Clone, Debug)]
pub(crate) struct Example {
    pub(crate) id: String,
    pub(crate) function: String,
    pub(crate) convention: String,
    pub(crate) contract: String,
    pub(crate) source: String,
    pub(crate) inputs: Vec<(String, Field)>,
    pub(crate) expected: Field,
    pub(crate) compare: Compare,
}

/// Reads all examples of a file.
pub(crate) fn read(file: &str, text: &str) -> Result<Vec<Example>, ExamplesError> {
    let value: Value = serde_json::from_str(text).map_err(|error| ExamplesError::NotJson {
        file: file.to_owned(),
        line: error.line(),
        column: error.column(),
        why: error.to_string(),
    })?;
    let Value::Array(entries) = value else {
        return Err(ExamplesError::NotAList { file: file.to_owned() });
    };
    let mut examples: Vec<Example> = Vec::with_capacity(entries.len());
    for (index, entry) in entries.iter().enumerate() {
        examples.push(Reader { file, label: format!("entry {}", index + 1), entry }.example()?);
    }
    let mut ids: Vec<&str> = examples.iter().map(|example| example.id.as_str()).collect();
    ids.sort_unstable();
    if let Some(id) = ids.windows(2).find_map(|pair| (pair.first() == pair.last()).then(|| pair.first().copied()).flatten()) {
        return Err(ExamplesError::malformed(file, id, ("id", id), "an id that no other entry has"));
    }
    Ok(examples)
}

struct Reader<'a> {
    file: &'a str,
    label: String,
    entry: &'a Value,
}

impl Reader<'_> {
    fn bad(&self, field: &str, value: Option<&Value>, wanted: &'static str) -> ExamplesError {
        let value = value.map_or_else(|| "nothing".to_owned(), ToString::to_string);
        ExamplesError::malformed(self.file, &self.label, (field, &value), wanted)
    }

    fn text(&self, object: &Map<String, Value>, field: &str) -> Result<String, ExamplesError> {
        match object.get(field) {
            Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
            other => Err(self.bad(field, other, "a text")),
        }
    }

    fn text_or_empty(&self, object: &Map<String, Value>, field: &str) -> Result<String, ExamplesError> {
        if object.contains_key(field) { self.text(object, field) } else { Ok(String::new()) }
    }

    fn example(mut self) -> Result<Example, ExamplesError> {
        let Value::Object(object) = self.entry else {
            return Err(self.bad("entry", Some(self.entry), "an object"));
        };
        let id = self.text(object, "id")?;
        self.label.clone_from(&id);
        let function = self.text(object, "fn")?;
        let inputs = match object.get("inputs") {
            Some(Value::Object(inputs)) => inputs
                .iter()
                .map(|(name, value)| {
                    let field = Field::read(value)
                        .ok_or_else(|| self.bad(name, Some(value), "a decimal or word in quotes, or a list"))?;
                    Ok((name.clone(), field))
                })
                .collect::<Result<Vec<_>, ExamplesError>>()?,
            other => return Err(self.bad("inputs", other, "an object")),
        };
        let expected = object.get("expected");
        let expected =
            expected.and_then(Field::read).ok_or_else(|| self.bad("expected", expected, "a decimal in quotes, or a list"))?;
        let compare = match object.get("compare") {
            Some(Value::Object(compare)) => self.compare(compare)?,
            other => return Err(self.bad("compare", other, "an object")),
        };
        let [convention, contract, source] = [
            self.text_or_empty(object, "convention")?,
            self.text_or_empty(object, "contract")?,
            self.text_or_empty(object, "source")?,
        ];
        Ok(Example { id, function, convention, contract, source, inputs, expected, compare })
    }

    fn compare(&self, compare: &Map<String, Value>) -> Result<Compare, ExamplesError> {
        let places = || {
            let value = compare.get("dp");
            let places = value.and_then(Value::as_i64).filter(|dp| (-30..=60).contains(dp)).and_then(|dp| i32::try_from(dp).ok());
            places.ok_or_else(|| self.bad("compare.dp", value, "a number of decimals"))
        };
        match self.text(compare, "mode").map_err(|_| self.bad("compare.mode", compare.get("mode"), MODES))?.as_str() {
            "exact" => Ok(Compare::Exact),
            "round" => Ok(Compare::Round(places()?)),
            "trunc" => Ok(Compare::Trunc(places()?)),
            "ulp" => {
                let units = match compare.get("n") {
                    None => Some(1),
                    Some(value) => value.as_i64().filter(|units| *units >= 0),
                };
                Ok(Compare::Ulp(places()?, units.ok_or_else(|| self.bad("compare.n", compare.get("n"), "a number of units"))?))
            }
            "rel" => {
                let value = compare.get("rel");
                let share = value.and_then(Value::as_str).and_then(number::parse);
                share.map(Compare::Rel).ok_or_else(|| self.bad("compare.rel", value, "a decimal in quotes"))
            }
            _ => Err(self.bad("compare.mode", compare.get("mode"), MODES)),
        }
    }
}

const MODES: &str = "one of exact, round, trunc, ulp, rel";
