//! Tests that read from memory.

mod dumps;
mod errors;
mod feed;
mod formats;
mod fuzz;
#[cfg(feature = "parquet")]
mod parquet;
mod stated;

use crate::error::ReadError;
use crate::funding::funding_rows;
use crate::observation::{FundingRow, Observation};
use crate::price_file::PriceFile;
use crate::reading::Reading;
use crate::table::Opened;
use flate2::write::GzEncoder;
use std::io::{Cursor, Write};
use zip::write::{SimpleFileOptions, ZipWriter};

fn opened(bytes: &[u8]) -> Result<Opened, ReadError> {
    let total = u64::try_from(bytes.len()).unwrap();
    Opened::bytes("crash.csv", Cursor::new(bytes.to_vec()), total)
}

fn open(bytes: &[u8]) -> Result<PriceFile, ReadError> {
    open_as(bytes, &Reading::default())
}

fn open_as(bytes: &[u8], reading: &Reading) -> Result<PriceFile, ReadError> {
    PriceFile::new(opened(bytes)?, reading)
}

fn funding(bytes: &[u8]) -> Result<Vec<FundingRow>, ReadError> {
    funding_rows(opened(bytes)?, &Reading::default())
}

/// All rows, or the first error; after which nothing may follow.
fn read(bytes: &[u8]) -> Result<Vec<Observation>, ReadError> {
    let mut file = open(bytes)?;
    let rows = file.by_ref().collect();
    assert!(file.next().is_none(), "a row after the end");
    rows
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zip(members: &[(&str, &[u8])], method: zip::CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

const BARS: &str = "ts_ms,open,high,low,close,volume\n\
                    1583884800000,7889.5,7889.5,7878,7878,1\n\
                    1583884860000,7878,7878.50000001,7861,7861,2\n\
                    1583884920000,7861,7870.5,7861,7870.5,3\n";
