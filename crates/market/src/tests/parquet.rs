//! Column files, written here and read back.

use crate::observation::Observation;
use crate::price_file::PriceFile;
use ::parquet::basic::{Compression, ZstdLevel};
use ::parquet::data_type::{DoubleType, Int32Type, Int64Type};
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::parser::parse_message_type;
use std::path::PathBuf;
use std::sync::Arc;

/// A column of a file to be written.
enum Written {
    Whole(Vec<i64>),
    Short(Vec<i32>),
    Double(Vec<f64>),
}

/// Writes columns in row groups of two rows.
fn write(name: &str, columns: &[(&str, Written)]) -> PathBuf {
    let field = |(name, column): &(&str, Written)| match column {
        Written::Whole(_) => format!("required int64 {name};"),
        Written::Short(_) => format!("required int32 {name};"),
        Written::Double(_) => format!("required double {name};"),
    };
    let schema = format!("message bars {{ {} }}", columns.iter().map(field).collect::<String>());
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build();
    let mut bytes = Vec::new();
    let schema = Arc::new(parse_message_type(&schema).unwrap());
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::new(properties)).unwrap();
    for rows in [0..2, 2..4] {
        let mut group = writer.next_row_group().unwrap();
        for (_, column) in columns {
            let mut into = group.next_column().unwrap().unwrap();
            match column {
                Written::Whole(values) => into.typed::<Int64Type>().write_batch(&values[rows.clone()], None, None).unwrap(),
                Written::Short(values) => into.typed::<Int32Type>().write_batch(&values[rows.clone()], None, None).unwrap(),
                Written::Double(values) => into.typed::<DoubleType>().write_batch(&values[rows.clone()], None, None).unwrap(),
            };
            into.close().unwrap();
        }
        group.close().unwrap();
    }
    writer.close().unwrap();
    let path = std::env::temp_dir().join(format!("ringfence-{}-{name}.parquet", std::process::id()));
    std::fs::write(&path, bytes).unwrap();
    path
}

fn read(path: &PathBuf) -> Result<Vec<String>, String> {
    let show = |row| match row {
        Observation::Bar(bar) => format!("{} {} {} {} {}", bar.open_time_ms, bar.open, bar.high, bar.low, bar.close),
        Observation::Tick(tick) => panic!("{tick:?}"),
    };
    let error = |error: crate::ReadError| error.to_string().replace(&path.display().to_string(), "bars.parquet");
    let rows = PriceFile::open(path).map_err(error)?.map(|row| row.map(show).map_err(error)).collect();
    std::fs::remove_file(path).unwrap();
    rows
}

fn times() -> Written {
    Written::Whole(vec![0, 60_000, 120_000, 180_000])
}

#[test]
fn bars_of_whole_numbers_halves_and_decimals() {
    let halves = |values: [i32; 4]| Written::Short(values.to_vec());
    let path = write(
        "halves",
        &[
            ("ts_ms", times()),
            ("open_x2", halves([15_779, 2, 2, 2])),
            ("high_x2", halves([15_779, 3, 2, 2])),
            ("low_x2", halves([15_756, 1, 2, 2])),
            ("close_x2", halves([15_756, 3, 2, 2])),
        ],
    );
    assert_eq!(PriceFile::open(&path).unwrap().describe(), "bars (ts_ms,open_x2,high_x2,low_x2,close_x2), Parquet");
    let expect = ["0 7889.5 7889.5 7878 7878", "60000 1 1.5 0.5 1.5", "120000 1 1 1 1", "180000 1 1 1 1"];
    assert_eq!(read(&path).unwrap(), expect);
    let decimals = |values: [f64; 4]| Written::Double(values.to_vec());
    let path = write(
        "decimals",
        &[
            ("ts_ms", times()),
            ("open", decimals([0.1, 94_230.2, 1.0, 1.0])),
            ("high", decimals([0.3, 94_230.3, 1.0, 1.0])),
            ("low", decimals([0.1, 94_159.7, 1.0, 1.0])),
            ("close", decimals([0.2, 94_220.0, 1.0, 1.0])),
        ],
    );
    assert_eq!(read(&path).unwrap()[..2], ["0 0.1 0.3 0.1 0.2", "60000 94230.2 94230.3 94159.7 94220"]);
}

#[test]
fn faulty_column_files() {
    let flat = |value: i64| Written::Whole(vec![value; 4]);
    let of = |name: &str, time: Written, low: i64| {
        read(&write(name, &[("ts_ms", time), ("open", flat(5)), ("high", flat(5)), ("low", flat(low)), ("close", flat(5))]))
    };
    let expect = "bars.parquet row 1: low must be between 0.00000001 and 1000000000, got '0'";
    assert_eq!(of("zero", times(), 0).unwrap_err(), expect);
    assert_eq!(of("above", times(), 6).unwrap_err(), "bars.parquet row 1: high must be at least the low of 6, got 5");
    let back = Written::Whole(vec![0, 60_000, 30_000, 90_000]);
    assert_eq!(
        of("back", back, 5).unwrap_err(),
        "bars.parquet row 3: ts_ms must not go back from 60000 in the row before, got 30000"
    );
    let seconds = Written::Whole(vec![1_583_884_800; 4]);
    assert!(of("seconds", seconds, 5).unwrap_err().contains("ts_ms must be milliseconds since 1970"));
    let path = write("names", &[("time", times()), ("open", flat(5))]);
    let error = read(&path).unwrap_err();
    std::fs::remove_file(&path).unwrap();
    assert!(error.contains("header must be a known one or its columns be stated, got 'time,open'"), "{error}");
    let path = write("cut", &[("ts_ms", times()), ("open", flat(5)), ("high", flat(5)), ("low", flat(5)), ("close", flat(5))]);
    let whole = std::fs::read(&path).unwrap();
    for length in (4..whole.len()).step_by(7) {
        std::fs::write(&path, &whole[..length]).unwrap();
        assert!(PriceFile::open(&path).unwrap_err().to_string().contains("Parquet data must be readable"), "{length}");
    }
    for place in (4..whole.len() - 8).step_by(3) {
        let mut bytes = whole.clone();
        bytes[place] ^= 0xff;
        std::fs::write(&path, &bytes).unwrap();
        // Damage may go unnoticed where the format holds no checksum; it never panics and never yields more than the rows.
        if let Ok(file) = PriceFile::open(&path) {
            assert!(file.take(100).filter_map(Result::ok).count() <= 4);
        }
    }
    std::fs::remove_file(&path).unwrap();
}
