//! The tables of a history: the same rows printed, in SQLite, and as the server told them.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

const RINGFENCE: &str = env!("CARGO_BIN_EXE_ringfence");
const TABLES: [&str; 7] = ["accounts", "orders", "trades", "income", "transfers", "funding", "liquidations"];

/// A directory that goes away.
struct Place(PathBuf);

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn run(place: &Path, arguments: &[&str]) -> Output {
    Command::new(RINGFENCE).args(arguments).current_dir(place).output().expect("the program runs")
}

fn printed(place: &Path, arguments: &[&str]) -> String {
    let output = run(place, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// Starts an exchange that keeps its journal, and tells where it listens.
fn exchange(place: &Path) -> (Child, String) {
    let arguments = ["serve", "--data", "data", "--listen", "127.0.0.1:0", "--market", "BTCUSDT=fixed:64000"];
    let mut child = Command::new(RINGFENCE)
        .args(arguments)
        .current_dir(place)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program runs");
    let output = BufReader::new(child.stdout.take().expect("a pipe"));
    let ready = output.lines().map_while(Result::ok).find(|line| line.starts_with("READY ")).expect("a ready line");
    let address = ready.split(' ').nth(1).expect("an address").to_owned();
    (child, format!("http://{address}"))
}

/// The rows of a table as Parquet.
#[cfg(feature = "parquet")]
fn rows_of_column_file(place: &Path, table: &str) -> i64 {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    let name = format!("{table}.parquet");
    printed(place, &["journal", "export", table, "--data", "data", "--file", &name]);
    let file = std::fs::File::open(place.join(name)).expect("a file");
    SerializedFileReader::new(file).expect("a column file").metadata().file_metadata().num_rows()
}

#[test]
fn every_table_says_the_same_wherever_it_is_written() {
    let place = Place(std::env::temp_dir().join(format!("ringfence-export-{}", std::process::id())));
    std::fs::create_dir_all(&place.0).expect("a directory");
    let (mut child, server) = exchange(&place.0);
    for side in ["buy", "sell"] {
        printed(&place.0, &["order", "alice", side, "0.1", "BTCUSDT", "--server", &server]);
    }
    child.kill().expect("it ran");
    child.wait().expect("it ended");

    printed(&place.0, &["journal", "export", "all", "--data", "data", "--file", "history.sqlite"]);
    let history = rusqlite::Connection::open(place.0.join("history.sqlite")).expect("a database");
    for table in TABLES {
        let csv = printed(&place.0, &["journal", "export", table, "--data", "data", "-o", "csv"]);
        let rows: i64 = history.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).expect("a table");
        assert_eq!(
            csv.lines().skip(1).filter(|line| !line.is_empty()).count(),
            usize::try_from(rows).expect("a number"),
            "{table}: {csv}"
        );
        #[cfg(feature = "parquet")]
        assert_eq!(rows_of_column_file(&place.0, table), rows, "{table}");
    }
    let trades = "SELECT count(*) FROM trades JOIN accounts USING (account) WHERE name = 'alice' AND quantity = '0.1'";
    let of_alice: i64 = history.query_row(trades, [], |row| row.get(0)).expect("rows");
    assert_eq!(of_alice, 2, "{}", printed(&place.0, &["journal", "export", "trades", "--data", "data", "-o", "csv"]));
    assert!(!place.0.join("history.sqlite.partial").exists());
}

#[test]
fn what_cannot_be_written_is_said_before_anything_is_read() {
    let place = std::env::temp_dir();
    let rows = [
        (vec!["journal", "export", "all", "--data", "nowhere"], "all tables at once need --file NAME.sqlite"),
        (
            vec!["journal", "export", "trades", "--data", "nowhere", "--file", "t.xls"],
            "--file must end in .sqlite or .parquet, got 't.xls'",
        ),
    ];
    for (arguments, wanted) in rows {
        let output = run(&place, &arguments);
        assert_eq!(output.status.code(), Some(2));
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(error.contains(wanted), "{error}");
    }
}
