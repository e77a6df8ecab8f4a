//! One report, four ways to print it: table, JSON, CSV, Markdown.

use std::io::Write;

use clap::ValueEnum;
use ringfence_risk::arithmetic::{OutOfRange, Rounding};
use ringfence_risk::explain::Explanation;
use ringfence_risk::ratio::Ratio;
use ringfence_risk::units::Leverage;
use serde_json::{Map, Value};

use crate::error::CliError;
use crate::values::{NONE, percent};

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Aligned text for people.
    Table,
    /// One JSON object.
    Json,
    /// Comma-separated values.
    Csv,
    /// Markdown tables.
    Md,
}

/// A named value: `key` and `value` for machines, `label` and `shown` for people.
#[derive(Debug)]
struct Fact {
    key: &'static str,
    label: &'static str,
    value: String,
    shown: String,
}

/// Rows under headers.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) key: &'static str,
    pub(crate) headers: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

/// Column names.
pub(crate) fn headers(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// A part of a report.
#[derive(Debug)]
enum Block {
    Facts(Vec<Fact>),
    Table(Table),
    Notes(Vec<String>),
    Explanation(Explanation),
}

/// The result of a command.
#[derive(Debug)]
pub(crate) struct Report {
    title: String,
    /// The asset that amounts are in.
    settlement: Option<String>,
    blocks: Vec<Block>,
}

impl Report {
    pub(crate) fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), settlement: None, blocks: Vec::new() }
    }

    /// A report whose amounts are in one asset.
    pub(crate) fn settled_in(title: impl Into<String>, asset: String) -> Self {
        Self { settlement: Some(asset), ..Self::new(title) }
    }

    /// Adds a named value; values that follow each other are shown together.
    pub(crate) fn fact(&mut self, key: &'static str, label: &'static str, value: impl core::fmt::Display) {
        let value = value.to_string();
        self.push(Fact { key, label, shown: value.clone(), value });
    }

    /// Adds a sum of the settlement asset: people see its name, machines find it once as `settlement`.
    pub(crate) fn money(&mut self, key: &'static str, label: &'static str, value: impl core::fmt::Display) {
        let shown = format!("{value} {}", self.settlement.as_deref().unwrap_or_default());
        self.push(Fact { key, label, value: value.to_string(), shown });
    }

    /// Adds a leverage: `20x` for people, `20` for machines.
    pub(crate) fn times(&mut self, key: &'static str, label: &'static str, value: Leverage) {
        self.push(Fact { key, label, value: value.to_string(), shown: format!("{value}x") });
    }

    /// Adds a fraction: percent for people, the fraction with eight decimals for machines; "none" where there is none.
    ///
    /// # Errors
    /// [`OutOfRange`] when it cannot be written.
    pub(crate) fn fraction(&mut self, key: &'static str, label: &'static str, value: Option<Ratio>) -> Result<(), OutOfRange> {
        let none = || Ok(NONE.to_owned());
        let shown = value.map_or_else(none, percent)?;
        let value = value.map_or_else(none, |value| value.to_decimal(8, Rounding::HalfUp))?;
        self.push(Fact { key, label, value, shown });
        Ok(())
    }

    fn push(&mut self, fact: Fact) {
        match self.blocks.last_mut() {
            Some(Block::Facts(facts)) => facts.push(fact),
            Some(Block::Table(_) | Block::Notes(_) | Block::Explanation(_)) | None => self.blocks.push(Block::Facts(vec![fact])),
        }
    }

    pub(crate) fn table(&mut self, table: Table) {
        self.blocks.push(Block::Table(table));
    }

    pub(crate) fn note(&mut self, note: impl Into<String>) {
        match self.blocks.last_mut() {
            Some(Block::Notes(notes)) => notes.push(note.into()),
            Some(Block::Table(_) | Block::Facts(_) | Block::Explanation(_)) | None => {
                self.blocks.push(Block::Notes(vec![note.into()]));
            }
        }
    }

    pub(crate) fn explanation(&mut self, explanation: Explanation) {
        self.blocks.push(Block::Explanation(explanation));
    }

    /// Writes the report to standard output.
    ///
    /// # Errors
    /// [`CliError::Io`] when it cannot be written.
    pub(crate) fn print(&self, format: Format) -> Result<(), CliError> {
        let text = match format {
            Format::Table => self.to_text(),
            Format::Json => format!("{:#}\n", self.to_json()),
            Format::Csv => self.to_csv(),
            Format::Md => self.to_markdown(),
        };
        let mut out = anstream::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()?;
        Ok(())
    }

    fn to_text(&self) -> String {
        // Styles reach terminals only: the stream takes them out elsewhere.
        let bold = anstyle::Style::new().bold();
        let mut text = format!("{bold}{}{bold:#}\n", self.title);
        for block in &self.blocks {
            text.push('\n');
            match block {
                Block::Facts(facts) => {
                    let width = facts.iter().map(|fact| fact.label.chars().count()).max().unwrap_or(0);
                    for fact in facts {
                        text.push_str(&format!("  {:<width$}  {}\n", fact.label, fact.shown));
                    }
                }
                Block::Table(table) => text.push_str(&aligned(table)),
                Block::Notes(notes) => {
                    for note in notes {
                        text.push_str(&format!("  {note}\n"));
                    }
                }
                Block::Explanation(explanation) => text.push_str(&explanation.to_string()),
            }
        }
        text
    }

    fn to_json(&self) -> Value {
        let mut object = Map::new();
        object.insert("title".to_owned(), Value::from(self.title.clone()));
        if let Some(asset) = &self.settlement {
            object.insert("settlement".to_owned(), Value::from(asset.clone()));
        }
        for block in &self.blocks {
            match block {
                Block::Facts(facts) => {
                    for fact in facts {
                        object.insert(fact.key.to_owned(), Value::from(fact.value.clone()));
                    }
                }
                Block::Table(table) => {
                    object.insert(table.key.to_owned(), table_json(table));
                }
                Block::Notes(notes) => {
                    object.insert("notes".to_owned(), Value::from(notes.clone()));
                }
                Block::Explanation(explanation) => {
                    let list = object.entry("explanations").or_insert_with(|| Value::Array(Vec::new()));
                    if let Value::Array(list) = list {
                        list.push(explanation_json(explanation));
                    }
                }
            }
        }
        Value::Object(object)
    }

    /// Tables as they are; where a report has none, its named values as `name,value`.
    fn to_csv(&self) -> String {
        let mut text = String::new();
        let tables: Vec<&Table> = self
            .blocks
            .iter()
            .filter_map(|block| match block {
                Block::Table(table) => Some(table),
                Block::Facts(_) | Block::Notes(_) | Block::Explanation(_) => None,
            })
            .collect();
        for (index, table) in tables.iter().enumerate() {
            if index > 0 {
                text.push('\n');
            }
            text.push_str(&csv_line(&table.headers.iter().map(|header| snake(header)).collect::<Vec<_>>()));
            for row in &table.rows {
                text.push_str(&csv_line(row));
            }
        }
        if tables.is_empty() {
            text.push_str("name,value\n");
            for block in &self.blocks {
                if let Block::Facts(facts) = block {
                    for fact in facts {
                        text.push_str(&csv_line(&[fact.key.to_owned(), fact.value.clone()]));
                    }
                }
            }
        }
        text
    }

    fn to_markdown(&self) -> String {
        let mut text = format!("## {}\n", self.title);
        for block in &self.blocks {
            text.push('\n');
            match block {
                Block::Facts(facts) => {
                    text.push_str("| | |\n|---|---|\n");
                    for fact in facts {
                        text.push_str(&format!("| {} | {} |\n", cell(fact.label), cell(&fact.shown)));
                    }
                }
                Block::Table(table) => {
                    text.push_str(&format!("| {} |\n|{}\n", table.headers.join(" | "), "---|".repeat(table.headers.len())));
                    for row in &table.rows {
                        let cells: Vec<String> = row.iter().map(|value| cell(value)).collect();
                        text.push_str(&format!("| {} |\n", cells.join(" | ")));
                    }
                }
                Block::Notes(notes) => {
                    for note in notes {
                        text.push_str(&format!("- {note}\n"));
                    }
                }
                Block::Explanation(explanation) => text.push_str(&format!("```text\n{explanation}```\n")),
            }
        }
        text
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn snake(header: &str) -> String {
    header.to_lowercase().replace([' ', '-'], "_")
}

fn aligned(table: &Table) -> String {
    let mut out = comfy_table::Table::new();
    out.load_preset(comfy_table::presets::NOTHING).set_content_arrangement(comfy_table::ContentArrangement::Disabled);
    out.set_header(&table.headers);
    for row in &table.rows {
        out.add_row(row);
    }
    for (index, column) in out.column_iter_mut().enumerate() {
        let numeric = |row: &Vec<String>| {
            row.get(index).is_none_or(|value| {
                value.is_empty() || value == "none" || value == "-" || value.starts_with(|c: char| c.is_ascii_digit() || c == '-')
            })
        };
        if table.rows.iter().all(numeric) {
            column.set_cell_alignment(comfy_table::CellAlignment::Right);
        }
    }
    out.lines().fold(String::new(), |text, line| text + " " + line.trim_end() + "\n")
}

fn table_json(table: &Table) -> Value {
    let object = |row: &Vec<String>| {
        let pairs = table.headers.iter().zip(row).map(|(header, value)| (snake(header), Value::from(value.clone())));
        Value::Object(pairs.collect())
    };
    Value::Array(table.rows.iter().map(object).collect())
}

fn explanation_json(explanation: &Explanation) -> Value {
    let steps = explanation.steps.iter().map(|step| {
        let input = |(name, value): &(&'static str, String)| {
            let pairs = [("name".to_owned(), Value::from(*name)), ("value".to_owned(), Value::from(value.clone()))];
            Value::Object(pairs.into_iter().collect())
        };
        let mut object = Map::new();
        object.insert("name".to_owned(), Value::from(step.name));
        object.insert("formula".to_owned(), Value::from(step.formula));
        object.insert("inputs".to_owned(), Value::Array(step.inputs.iter().map(input).collect()));
        object.insert("rounding".to_owned(), Value::from(step.rounding));
        object.insert("result".to_owned(), Value::from(step.result.clone()));
        object.insert("source".to_owned(), Value::from(step.source));
        Value::Object(object)
    });
    let mut object = Map::new();
    object.insert("title".to_owned(), Value::from(explanation.title.clone()));
    object.insert("steps".to_owned(), Value::Array(steps.collect()));
    Value::Object(object)
}

fn csv_line(cells: &[String]) -> String {
    let quoted = cells
        .iter()
        .map(|cell| if cell.contains([',', '"', '\n']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.clone() });
    format!("{}\n", quoted.collect::<Vec<_>>().join(","))
}
