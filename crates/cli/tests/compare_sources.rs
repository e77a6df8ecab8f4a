//! `compare` reads whatever `replay` reads, says how, and ends with one line where it cannot.

mod compare_support;

use std::fs;
use std::io::{Read, Write};

use compare_support::{MARCH, Scratch, ringfence, root, well};

const FEED: &str = "data/binance-um_BTCUSDT_rawfeed_2024-08-08_2354.jsonl.gz";
const AUTUMN: &str = "data/binance-um_BTCUSDT_perp_5m_2025-10_09-12.csv.gz";
const SPOT: &str = "data/binance-spot_BTCUSDT_5m_2025-10_09-12.csv.gz";

fn gunzipped(name: &str) -> String {
    let file = fs::File::open(root().join(name)).expect("a shipped file");
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(file).read_to_string(&mut text).expect("text");
    text
}

fn zipped(text: &str) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.start_file("crash.csv", zip::write::SimpleFileOptions::default()).expect("a member");
    writer.write_all(text.as_bytes()).expect("memory");
    writer.finish().expect("an archive").into_inner()
}

/// What became of the positions, isolated and on cross.
const SUMS: [&str; 5] = ["positions", "liquidated", "posted", "lost", "gap"];

fn sums_of_replay(arguments: &[&str]) -> Vec<Vec<String>> {
    let report: serde_json::Value =
        serde_json::from_str(&well(&[&["replay"], arguments, &["-o", "json"]].concat())).expect("JSON");
    let sum = |run: &str, name: &str| report[run][name].to_string().replace('"', "");
    ["isolated", "cross"].map(|run| SUMS.map(|name| sum(run, name)).to_vec()).to_vec()
}

/// Every field of every run: the hashes of the exchanges are among them.
fn rows_of_compare(arguments: &[&str]) -> String {
    well(&[&["compare"], arguments, &["-o", "csv"]].concat())
}

fn sums_of_compare(arguments: &[&str]) -> Vec<Vec<String>> {
    let text = rows_of_compare(arguments);
    let mut rows = text.lines().map(|row| row.split(',').map(str::to_owned).collect::<Vec<String>>());
    let heads = rows.next().expect("heads");
    let place = |name: &&str| heads.iter().position(|head| head == name).expect("a column");
    rows.map(|row| SUMS.iter().map(|name| row[place(name)].clone()).collect()).collect()
}

#[test]
fn every_source_of_replay_gives_compare_the_same_rows() {
    let scratch = Scratch::new("sources");
    let text = gunzipped(MARCH);
    let (_, rows) = text.split_once('\n').expect("a header");
    let file = |name: &str, bytes: &[u8]| {
        fs::write(scratch.0.join(name), bytes).expect("a file");
        scratch.path(name)
    };
    let (zip, bare) = (file("crash.zip", &zipped(&text)), file("bare.csv", rows.as_bytes()));
    let again = file("again.csv", format!("{text}{}\n", rows.lines().last().expect("a row")).as_bytes());
    let places = "time=0,unit=ms,open=1,high=2,low=3,close=4";
    assert_eq!(sums_of_compare(&[MARCH]), sums_of_replay(&[MARCH]));
    let plain = rows_of_compare(&[MARCH]);
    for arguments in [
        vec![zip.as_str()],
        vec![bare.as_str(), "--columns", places],
        vec![again.as_str(), "--on-repeat", "skip"],
        vec![MARCH, "--step", "1m", "--on-gap", "refuse"],
    ] {
        assert_eq!(rows_of_compare(&arguments), plain, "{arguments:?}");
    }
    // The book of the feed is what liquidations meet: rates high enough to have some.
    let feed = [FEED, "--contract", "BTCUSDT", "--mmr", "0.79%"];
    let index = [AUTUMN, "--contract", "BTCUSDT", "--index", SPOT, "--interest", "0"];
    for arguments in [feed.as_slice(), &[&feed, ["--feed-marks", "middle"].as_slice()].concat(), &index] {
        assert_eq!(sums_of_compare(arguments), sums_of_replay(arguments), "{arguments:?}");
    }
    assert!(well(&[&["compare"], feed.as_slice()].concat()).contains("the maker quotes the recorded book as it was then"));
}

#[test]
fn a_report_says_how_its_file_was_read() {
    let scratch = Scratch::new("read-as");
    let text = gunzipped(MARCH);
    let file = |name: &str, text: &str| {
        fs::write(scratch.0.join(name), text).expect("a file");
        scratch.path(name)
    };
    let again = file("again.csv", &format!("{text}{}", text.lines().last().expect("a row")));
    let gap: String = text.lines().enumerate().filter(|(row, _)| *row != 9).map(|(_, row)| format!("{row}\n")).collect();
    let gap = file("gap.csv", &gap);
    for (arguments, expect) in [
        (
            vec![again.as_str(), "--on-repeat", "skip", "--step", "1m"],
            vec![
                "bars of 60000 ms; gaps are counted, repeated rows passed over and counted, times that go back refused",
                "5760 rows 60000 ms apart, no gap, 1 repeated, 1 passed over, the last row without a line end",
            ],
        ),
        (vec![gap.as_str()], vec!["5759 rows 60000 ms apart, 1 gaps (1 rows missing"]),
        (
            vec![MARCH, "--columns", "time=ts_ms,unit=ms,open=open,high=high,low=low,close=close"],
            vec!["columns time=ts_ms,unit=ms"],
        ),
        (vec![AUTUMN, "--contract", "BTCUSDT", "--index", SPOT], vec!["12 funding rates are computed from 1152 premiums", SPOT]),
    ] {
        let page = scratch.path("page.html");
        let table = well(&[["compare"].as_slice(), &arguments, &["--report", &page]].concat());
        let page = fs::read_to_string(page).expect("a page");
        for expect in expect {
            assert!(table.contains(expect) && page.contains(expect), "{expect}: {table}");
        }
    }
    let plain = well(&["compare", MARCH]);
    assert!(!plain.contains("read as") && !plain.contains("rows  "), "nothing is said where nothing was stated: {plain}");
}

#[test]
fn bad_files_end_in_one_line_that_names_file_and_row() {
    let scratch = Scratch::new("bad-sources");
    let text = gunzipped(MARCH);
    let file = |name: &str, bytes: &[u8]| {
        fs::write(scratch.0.join(name), bytes).expect("a file");
        scratch.path(name)
    };
    let compressed = fs::read(root().join(MARCH)).expect("a shipped file");
    let cut = file("cut.csv.gz", &compressed[..compressed.len() / 2]);
    let torn = file("torn.csv", &text.as_bytes()[..text.len() / 2 - 7]);
    let again = file("again.csv", format!("{text}{}\n", text.lines().last().expect("a row")).as_bytes());
    let mixed = file("mixed.csv", b"when,market,price\n1,BTCUSDT,100\n2,ETHUSDT,100\n");
    let seconds = file("seconds.csv", b"ts_ms,price\n1583884800,100\n1583884801,100\n");
    let micros = file("micros.csv", b"ts_ms,price\n1583884800000000,100\n");
    let column_file = file("bars.parquet", b"PAR1 and then nothing");
    let by_name = ["--columns", "time=when,unit=ms,price=price,symbol=market"];
    let fine = ["--columns", "time=0,unit=s,open=1,high=2,low=3,close=4"];
    let report = scratch.path("report.html");
    for (arguments, expect) in [
        (vec![cut.as_str()], "cut.csv.gz row "),
        (vec![torn.as_str()], "torn.csv row "),
        (vec![again.as_str()], "again.csv row 5762: "),
        ([[mixed.as_str()].as_slice(), &by_name].concat(), "mixed.csv row 3: "),
        (vec![micros.as_str()], "micros.csv row 2: "),
        (vec![seconds.as_str()], "which reads as seconds: state the unit"),
        ([[MARCH].as_slice(), &fine].concat(), "row 2: time must be seconds since 1970 of at most 10 digits"),
        (vec![column_file.as_str()], "bars.parquet: "),
        (vec![FEED, "--contract", "BTCUSDT", "--columns", "time=0,unit=ns,price=1"], "row 2: a row must have 172 fields"),
        (vec!["/dev/null"], "/dev/null must be a file"),
        (vec![AUTUMN, "--index", SPOT, "--funding", SPOT], "cannot be used with"),
        (vec![again.as_str(), "--report", again.as_str()], "--report must not be a file that is read"),
        (
            vec![MARCH, "--what-if", "leverage=2", "--account", "long 20x", "--report", "x.html"],
            "--report cannot be used with --what-if",
        ),
    ] {
        let output = ringfence(&[["compare"].as_slice(), &arguments, &["--report", &report]].concat());
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        assert!(error.contains(expect) && error.lines().count() == 1, "{arguments:?}: {error}");
        assert!(output.stdout.is_empty() && !scratch.0.join("report.html").exists(), "{arguments:?} left a report");
    }
}

/// A shipped file of bars as columns: times, and prices times two as whole numbers.
#[cfg(feature = "parquet")]
fn column_file(text: &str) -> Vec<u8> {
    use parquet::data_type::{Int32Type, Int64Type};
    let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|row| row.split(',').collect()).collect();
    let schema = "message bars { required int64 ts_ms; required int32 open_x2; required int32 high_x2; required int32 low_x2; \
                  required int32 close_x2; }";
    let schema = std::sync::Arc::new(parquet::schema::parser::parse_message_type(schema).expect("a schema"));
    let mut bytes = Vec::new();
    let mut writer = parquet::file::writer::SerializedFileWriter::new(&mut bytes, schema, Default::default()).expect("memory");
    for rows in rows.chunks(1_000) {
        let mut group = writer.next_row_group().expect("a group");
        for place in 0..5 {
            let mut column = group.next_column().expect("memory").expect("a column");
            let fields = rows.iter().map(|row| row[place]);
            if place == 0 {
                let times: Vec<i64> = fields.map(|field| field.parse().expect("a time")).collect();
                column.typed::<Int64Type>().write_batch(&times, None, None).expect("memory");
            } else {
                let halves = |field: &str| match field.split_once('.') {
                    Some((whole, fraction)) => whole.parse::<i32>().expect("a price") * 2 + i32::from(fraction == "5"),
                    None => field.parse::<i32>().expect("a price") * 2,
                };
                let prices: Vec<i32> = fields.map(halves).collect();
                column.typed::<Int32Type>().write_batch(&prices, None, None).expect("memory");
            }
            column.close().expect("memory");
        }
        group.close().expect("memory");
    }
    writer.close().expect("memory");
    bytes
}

#[cfg(feature = "parquet")]
#[test]
fn a_column_file_gives_the_same_rows() {
    let scratch = Scratch::new("columns");
    let bytes = column_file(&gunzipped(MARCH));
    for (name, length) in [("bars.parquet", bytes.len()), ("cut.parquet", bytes.len() / 2)] {
        fs::write(scratch.0.join(name), &bytes[..length]).expect("a file");
    }
    let whole = scratch.path("bars.parquet");
    assert_eq!(rows_of_compare(&[&whole]), rows_of_compare(&[MARCH]));
    assert_eq!(sums_of_replay(&[&whole]), sums_of_replay(&[MARCH]));
    let cut = ringfence(&["compare", &scratch.path("cut.parquet")]);
    assert!(String::from_utf8_lossy(&cut.stderr).contains("cut.parquet: Parquet data must be readable") && cut.stdout.is_empty());
}
