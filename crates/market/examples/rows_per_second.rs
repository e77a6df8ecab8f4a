//! Reads a recorded market and says how fast: `cargo run --release -p ringfence-market --example rows_per_second -- FILE`.
//!
//! A text file of bars, ticks or quotes that is not compressed is also read by the plain `csv` crate, once into fields and once into the same numbers of 10⁻⁸,
//! and the ratios are printed: least of seven alternating runs.

use ringfence_market::{Reading, Recorded};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

const RUNS: usize = 7;

/// Rows read, and what they add up to so that no reader is optimised away.
type Read = Result<(u32, i64), Box<dyn Error>>;

fn ours(path: &Path) -> Read {
    let mut read = (0, 0_i64);
    for row in Recorded::open(path, &Reading::default())? {
        let time_ms = match row? {
            ringfence_market::Observation::Bar(bar) => bar.open_time_ms ^ bar.close.raw(),
            ringfence_market::Observation::Tick(tick) => tick.time_ms ^ tick.price.raw(),
        };
        read = (read.0 + 1, read.1.wrapping_add(time_ms));
    }
    Ok(read)
}

/// A way to read a file.
type Reader = fn(&Path) -> Read;

/// The csv crate, one reused record, fields only.
fn fields(path: &Path) -> Read {
    let mut reader = csv::ReaderBuilder::new().from_path(path)?;
    let (mut record, mut read) = (csv::ByteRecord::new(), (0, 0_i64));
    while reader.read_byte_record(&mut record)? {
        read = (read.0 + 1, read.1.wrapping_add(i64::try_from(record.len())?));
    }
    Ok(read)
}

/// The csv crate, and the first five fields as whole numbers of 10⁻⁸ by the exact reader of decimals.
fn numbers(path: &Path) -> Read {
    let mut reader = csv::ReaderBuilder::new().from_path(path)?;
    let (mut record, mut read) = (csv::StringRecord::new(), (0, 0_i64));
    while reader.read_record(&mut record)? {
        for field in record.iter().take(5) {
            if let Ok(number) = ringfence_risk::decimal::parse(field) {
                read.1 = read.1.wrapping_add(i64::try_from(number).unwrap_or(1));
            }
        }
        read.0 += 1;
    }
    Ok(read)
}

fn measure(path: &Path) -> Result<(), Box<dyn Error>> {
    let mut recorded = Recorded::open(path, &Reading::default())?;
    for row in recorded.by_ref() {
        row?;
    }
    println!("{}\n{}", recorded.describe(), recorded.summary());
    let is_table = recorded.describe().ends_with("plain") && matches!(recorded, Recorded::Prices(_));
    let readers: [(&str, Reader); 3] = [("this reader", ours), ("csv crate, fields", fields), ("csv crate, numbers", numbers)];
    let readers = readers.get(..if is_table { 3 } else { 1 }).unwrap_or_default();
    let mut least = vec![(f64::INFINITY, 0); readers.len()];
    for _ in 0..RUNS {
        for ((_, reader), least) in readers.iter().zip(&mut least) {
            let start = Instant::now();
            let (rows, sum) = std::hint::black_box(reader(path)?);
            std::hint::black_box(sum);
            *least = (least.0.min(start.elapsed().as_secs_f64()), rows);
        }
    }
    let ours = least.first().map_or(f64::INFINITY, |(seconds, _)| *seconds);
    for ((name, _), (seconds, rows)) in readers.iter().zip(&least) {
        println!(
            "{name:<20} {rows:>9} rows {seconds:>8.4} s {:>12.0} rows/s {:>6.2} x this reader's time",
            f64::from(*rows) / seconds,
            seconds / ours
        );
    }
    Ok(())
}

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("name a recorded market");
        return ExitCode::from(2);
    };
    match measure(&path) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
