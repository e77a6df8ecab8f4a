//! A table of the history as Apache Parquet, for data frames.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{Type, TypePtr};
use ringfence_server::history::{Cell, Column, ColumnKind, History, HistoryTable};

use crate::error::CliError;

/// Rows that are kept before they are written: what a reader takes at once.
const GROUP: usize = 131_072;

/// Writes a table; the file has its name only when it is whole.
pub(super) fn write(history: &History, table: HistoryTable, path: &Path) -> Result<(), CliError> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let failed = |error: &dyn core::fmt::Display| CliError::Io(format!("{}: {error}", path.display()));
    let file = File::create(&partial).map_err(|error| failed(&error))?;
    fill(history, table, file).map_err(|error| failed(&error))?;
    std::fs::rename(&partial, path).map_err(|error| failed(&error))
}

fn schema(table: HistoryTable) -> Result<TypePtr, ParquetError> {
    let column = |column: &Column| -> Result<TypePtr, ParquetError> {
        let built = match column.kind {
            ColumnKind::Integer => Type::primitive_type_builder(column.name, Physical::INT64),
            ColumnKind::Text => {
                Type::primitive_type_builder(column.name, Physical::BYTE_ARRAY).with_logical_type(Some(LogicalType::String))
            }
        };
        Ok(Arc::new(built.with_repetition(Repetition::OPTIONAL).build()?))
    };
    let columns = table.columns().iter().map(column).collect::<Result<_, _>>()?;
    Ok(Arc::new(Type::group_type_builder(table.name()).with_fields(columns).build()?))
}

fn fill(history: &History, table: HistoryTable, file: File) -> Result<(), ParquetError> {
    let mut writer = SerializedFileWriter::new(file, schema(table)?, Arc::new(WriterProperties::builder().build()))?;
    let mut waiting: Vec<Vec<Cell>> = Vec::new();
    history.rows(table, |row| {
        waiting.push(row);
        if waiting.len() < GROUP { Ok(()) } else { write_group(&mut writer, table, &mut waiting) }
    })?;
    write_group(&mut writer, table, &mut waiting)?;
    let file = writer.into_inner()?;
    Ok(file.sync_all()?)
}

fn write_group<W: Write + Send>(
    writer: &mut SerializedFileWriter<W>,
    table: HistoryTable,
    waiting: &mut Vec<Vec<Cell>>,
) -> Result<(), ParquetError> {
    if waiting.is_empty() {
        return Ok(());
    }
    let mut group = writer.next_row_group()?;
    for (place, column) in table.columns().iter().enumerate() {
        let Some(mut next) = group.next_column()? else { continue };
        write_column(&mut next, column.kind, waiting.iter().filter_map(|row| row.get(place)))?;
        next.close()?;
    }
    group.close()?;
    waiting.clear();
    Ok(())
}

fn write_column<'rows>(
    writer: &mut SerializedColumnWriter<'_>,
    kind: ColumnKind,
    cells: impl Iterator<Item = &'rows Cell> + Clone,
) -> Result<(), ParquetError> {
    let there: Vec<i16> = cells.clone().map(|cell| i16::from(*cell != Cell::Empty)).collect();
    match kind {
        ColumnKind::Integer => {
            let values: Vec<i64> = cells
                .filter_map(|cell| match cell {
                    Cell::Integer(value) => Some(*value),
                    Cell::Text(_) | Cell::Empty => None,
                })
                .collect();
            writer.typed::<Int64Type>().write_batch(&values, Some(&there), None)?;
        }
        ColumnKind::Text => {
            let values: Vec<ByteArray> = cells
                .filter_map(|cell| match cell {
                    Cell::Text(text) => Some(ByteArray::from(text.as_str())),
                    Cell::Integer(_) | Cell::Empty => None,
                })
                .collect();
            writer.typed::<ByteArrayType>().write_batch(&values, Some(&there), None)?;
        }
    }
    Ok(())
}
