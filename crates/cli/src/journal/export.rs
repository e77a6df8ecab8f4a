//! `journal export`: tables of the history, printed or written to a file.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use ringfence_journal::tables::{TableColumn, TableError, TableFile, Value};
use ringfence_server::history::{Cell, ColumnKind, History, HistoryTable};

use super::DataArgs;
use crate::error::CliError;
use crate::output::{Format, Report, Table};

#[derive(Args, Debug)]
pub(crate) struct ExportArgs {
    /// Which table; all of them only into a SQLite file
    #[arg(value_enum)]
    table: Which,
    #[command(flatten)]
    data: DataArgs,
    /// Write it here instead: `NAME.sqlite` (all tables or one), or `NAME.parquet` (one; in builds with the feature `parquet`)
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum Which {
    All,
    Accounts,
    Orders,
    Trades,
    Income,
    Transfers,
    Funding,
    Liquidations,
}

impl Which {
    /// The table, or none for all of them.
    fn one(self) -> Option<HistoryTable> {
        Some(match self {
            Self::All => return None,
            Self::Accounts => HistoryTable::Accounts,
            Self::Orders => HistoryTable::Orders,
            Self::Trades => HistoryTable::Trades,
            Self::Income => HistoryTable::Income,
            Self::Transfers => HistoryTable::Transfers,
            Self::Funding => HistoryTable::Funding,
            Self::Liquidations => HistoryTable::Liquidations,
        })
    }
}

/// Where the rows go; found out before the log is read.
enum Target<'args> {
    Print(HistoryTable),
    Sqlite(&'args Path),
    #[cfg(feature = "parquet")]
    Parquet(&'args Path, HistoryTable),
}

impl ExportArgs {
    pub(super) fn run(&self, format: Format) -> Result<(), CliError> {
        let target = self.target()?;
        let history = History::rebuild(&self.data.data).map_err(|error| match error.exit_code() {
            2 => CliError::usage(&error),
            4 => CliError::Io(error.to_string()),
            _ => CliError::Difference(error.to_string()),
        })?;
        match target {
            Target::Print(table) => report(&history, table).print(format),
            Target::Sqlite(file) => self.sqlite(&history, file).map_err(|error| CliError::Io(error.to_string())),
            #[cfg(feature = "parquet")]
            Target::Parquet(file, table) => super::parquet::write(&history, table, file),
        }
    }

    fn target(&self) -> Result<Target<'_>, CliError> {
        let one = self.table.one();
        let Some(file) = &self.file else {
            return one.map(Target::Print).ok_or_else(|| CliError::usage("all tables at once need --file NAME.sqlite"));
        };
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("sqlite" | "sqlite3" | "db") => Ok(Target::Sqlite(file)),
            #[cfg(feature = "parquet")]
            Some("parquet") => one
                .map(|table| Target::Parquet(file, table))
                .ok_or_else(|| CliError::usage("a Parquet file holds one table: name it instead of `all`")),
            #[cfg(not(feature = "parquet"))]
            Some("parquet") => Err(CliError::usage("this build writes no Parquet: build it with --features parquet")),
            Some(_) | None => Err(CliError::usage(format!(
                "--file must end in .sqlite or .parquet, got '{}'; for CSV and JSON print with -o csv or -o json",
                file.display()
            ))),
        }
    }

    fn sqlite(&self, history: &History, path: &Path) -> Result<(), TableError> {
        let mut file = TableFile::create(path)?;
        for table in HistoryTable::ALL {
            if self.table.one().is_none_or(|one| one == table) {
                fill(&mut file, history, table)?;
            }
        }
        file.finish()
    }
}

fn fill(file: &mut TableFile, history: &History, table: HistoryTable) -> Result<(), TableError> {
    let columns: Vec<TableColumn> = table
        .columns()
        .iter()
        .map(|column| match column.kind {
            ColumnKind::Integer => TableColumn::Integer(column.name),
            ColumnKind::Text => TableColumn::Text(column.name),
        })
        .collect();
    let mut writer = file.table(table.name(), &columns)?;
    history.rows(table, |row| {
        let row: Vec<Value<'_>> = row
            .iter()
            .map(|cell| match cell {
                Cell::Integer(value) => Value::Integer(*value),
                Cell::Text(text) => Value::Text(text),
                Cell::Empty => Value::Empty,
            })
            .collect();
        writer.insert(&row)
    })
}

fn report(history: &History, table: HistoryTable) -> Report {
    let mut rows = Vec::new();
    let Ok(()) = history.rows(table, |row| {
        rows.push(row.iter().map(ToString::to_string).collect());
        Ok::<(), core::convert::Infallible>(())
    });
    let mut report = Report::new(format!("History: {}", table.name()));
    let headers = table.columns().iter().map(|column| column.name.to_owned()).collect();
    report.table(Table { key: table.name(), headers, rows });
    report
}
