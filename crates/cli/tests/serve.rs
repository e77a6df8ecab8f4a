//! `serve`: what it says when it starts, and why it does not.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

const RINGFENCE: &str = env!("CARGO_BIN_EXE_ringfence");

/// A directory that goes away.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let place = std::env::temp_dir().join(format!("ringfence-serve-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&place).expect("a directory");
        Self(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Standard output, standard error and exit status of a command that ends.
fn run(place: &Path, arguments: &[&str]) -> (String, String, Option<i32>) {
    let output = Command::new(RINGFENCE).args(arguments).current_dir(place).output().expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (text(output.stdout), text(output.stderr), output.status.code())
}

/// A server with this directory, its banner up to its last line, and its ready file.
struct Served {
    child: Child,
    banner: String,
    ready: Value,
}

impl Served {
    fn start(place: &Path, arguments: &[&str]) -> Self {
        let ready = place.join("ready.json");
        let _ = std::fs::remove_file(&ready);
        let mut child = Command::new(RINGFENCE)
            .args(["--data", "data", "--listen", "127.0.0.1:0", "--ready-file", "ready.json", "--market", "BTCUSDT=fixed:64000"])
            .args(arguments)
            .current_dir(place)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut banner = String::new();
        for line in output.lines().map_while(Result::ok) {
            if line.starts_with("READY ") {
                break;
            }
            banner.push_str(&line);
            banner.push('\n');
        }
        let began = Instant::now();
        while !ready.exists() {
            assert!(began.elapsed() < Duration::from_secs(20), "no ready file");
            std::thread::sleep(Duration::from_millis(20));
        }
        let text = std::fs::read_to_string(ready).expect("a file");
        Self { child, banner, ready: serde_json::from_str(&text).expect("JSON") }
    }

    fn url(&self) -> &str {
        self.ready["rest"].as_str().expect("an address")
    }

    fn stop(mut self) {
        let stopped = Command::new("kill").arg(self.child.id().to_string()).status().expect("kill runs");
        assert!(stopped.success() && self.child.wait().expect("it ends").success());
    }
}

fn row<'a>(banner: &'a str, name: &str) -> &'a str {
    let start = format!("  {name} ");
    banner.lines().find(|line| line.starts_with(&start)).unwrap_or_else(|| panic!("{name} in {banner}"))
}

#[test]
fn a_resumed_exchange_shows_the_money_there_is_and_keeps_its_rules() {
    let place = Place::new("resumed");
    let first = Served::start(&place.0, &["--rules", "binance"]);
    assert!(row(&first.banner, "rules").contains(" binance "), "{}", first.banner);
    let wallet = |served: &Served| served.ready["accounts"][0]["balances"]["USDT"].clone();
    assert!(row(&first.banner, "alice").contains("10000 USDT"));
    assert_eq!(wallet(&first), "10000");
    let (_, error, status) = run(&place.0, &["order", "alice", "buy", "0.1", "BTCUSDT", "--server", first.url()]);
    assert_eq!(status, Some(0), "{error}");
    let (account, _, _) = run(&place.0, &["account", "alice", "-o", "json", "--server", first.url()]);
    let account: Value = serde_json::from_str(&account).expect("JSON");
    let now = account["assets"][0]["wallet"].as_str().expect("a wallet").to_owned();
    assert_ne!(now, "10000", "the fee is paid");
    first.stop();

    let (_, error, status) = run(&place.0, &["--data", "data", "--listen", "127.0.0.1:0", "--market", "BTCUSDT=fixed:64000"]);
    let expected = "error: the journal's market BTCUSDT follows the rules 'binance', not 'ringfence': start with --rules binance as before\n";
    assert_eq!((error.as_str(), status), (expected, Some(2)));

    let second = Served::start(&place.0, &["--rules", "binance", "--account", "alice,carol"]);
    assert!(row(&second.banner, "alice").contains(&format!("{now} USDT")), "{}", second.banner);
    assert_eq!(wallet(&second), now);
    let names: Vec<&Value> =
        second.ready["accounts"].as_array().expect("a list").iter().map(|account| &account["name"]).collect();
    assert_eq!(names, ["alice", "bob"], "the accounts that there are");
    second.stop();
}

#[test]
fn what_cannot_start_says_why_and_leaves_nothing_behind() {
    let place = Place::new("refused");
    std::fs::write(place.0.join("README.md"), "text").expect("a file");
    let rows: [(&[&str], &str, i32); 12] = [
        (&["--data", "README.md"], "README.md is a file, not a directory: name a directory; one that is not there is made", 4),
        (&["--data", "data", "--ready-file", "no/ready.json"], "ready-file: no/ready.json cannot be written: ", 4),
        (&["--data", "data", "--ready-file", "."], "ready-file: . cannot be written: it is a directory", 4),
        (
            &["--market", "NOPE"],
            "market: no contract of Binance is called 'NOPE': known are BTCUSDT, ETHUSDT, BNBUSDT, SOLUSDT, XRPUSDT, ADAUSDT,",
            2,
        ),
        (&["--market", "NOPE=fixed:5"], "market: no contract of Binance is called 'NOPE': known are BTCUSDT, ETHUSDT,", 2),
        (&["--market", "DOGEUSDT"], "market: DOGEUSDT has no price to walk from; give one: --market DOGEUSDT=fixed:PRICE", 2),
        (
            &["--market", "BTCUSDT=fixed:64000.123456789"],
            "market must be SYMBOL=fixed:PRICE, and '64000.123456789' has more than 8 digits after the point, got 'BTCUSDT=fixed",
            2,
        ),
        (
            &["--account", "alice=99999999999999999999"],
            "account must be NAME=BALANCE, and amount must be between -10000000000000 and 10000000000000, got 99999999999999999999",
            2,
        ),
        (
            &["--account", "Alice"],
            "account must be NAME or NAME=BALANCE, the name of 1 to 32 lower-case letters, digits, - or _",
            2,
        ),
        (&["--market", "BTCUSDT=replay:nofile"], "nofile: cannot open: No such file or directory", 4),
        (&["--config", "nofile"], "configuration file nofile cannot be read: No such file or directory", 4),
        (&["--speed", "-1"], "speed must be a whole number from 1 to 3600, got '-1' (flag --speed)", 2),
    ];
    for (arguments, expected, status) in rows {
        let arguments = [&["--listen", "127.0.0.1:0"], arguments].concat();
        let (out, error, ended) = run(&place.0, &arguments);
        assert!(error.starts_with(&format!("error: {expected}")), "{arguments:?}: {error}");
        assert_eq!((out.as_str(), ended), ("", Some(status)), "{arguments:?}");
        let left: Vec<_> =
            std::fs::read_dir(&place.0).expect("a directory").map(|entry| entry.expect("one").file_name()).collect();
        assert_eq!(left, ["README.md"], "{arguments:?}");
    }
}

#[test]
fn a_negative_number_gets_the_answer_of_its_option() {
    let place = Place::new("negative");
    let rows: [(&[&str], &str); 9] = [
        (&["--accounts", "-5"], "accounts must be a whole number from 0 to 100000, got '-5'"),
        (
            &["journal", "show", "--data", "d", "--from", "-1"],
            "invalid value '-1' for '--from <INDEX>': must be a whole number from 0 to 18446744073709551615, got -1",
        ),
        (
            &["funding", "x", "--first", "-1"],
            "invalid value '-1' for '--first <NUMBER>': must be a whole number from 0 to 18446744073709551615, got -1",
        ),
        (&["funding", "x", "--band", "-1%"], "--band must not be below 0, got -0.01"),
        (&["funding", "x", "--funding-hours", "-1"], "invalid value '-1' for '--funding-hours <HOURS>': -1 is not in 1..=8"),
        (&["compare", "x", "--random", "-1"], "invalid value '-1' for '--random <NUMBER>': -1 is not in 0..=4294967295"),
        (&["replay", "x", "--maker-levels", "-1"], "invalid value '-1' for '--maker-levels <NUMBER>': -1 is not in 0..=65535"),
        (&["compare", "x", "--workers", "-1"], "invalid value '-1' for '--workers <NUMBER>': -1 is not in 1..=1024"),
        (&["tiers", "BTCUSDT", "--date", "-1"], "date must be written like 2022-02-12, got '-1'"),
    ];
    std::fs::write(place.0.join("x"), "ts_ms,funding_rate,premium\n0,0.0000125,0\n").expect("a file");
    for (arguments, expected) in rows {
        let (_, error, status) = run(&place.0, arguments);
        assert!(error.starts_with(&format!("error: {expected}")), "{arguments:?}: {error}");
        assert_eq!(status, Some(2), "{arguments:?}");
    }
}

#[test]
fn a_journal_is_verified_shown_and_exported_in_the_form_asked_for() {
    let place = Place::new("journal");
    Served::start(&place.0, &[]).stop();
    let print = |arguments: &[&str]| {
        let (out, error, status) = run(&place.0, &[&["journal"], arguments, &["--data", "data"]].concat());
        assert_eq!(status, Some(0), "{arguments:?}: {error}");
        out
    };
    let plain = print(&["verify"]);
    let json: Value = serde_json::from_str(&plain).expect("JSON without a word about the form");
    let (hash, last) = (json["state_hash"].as_str().expect("a hash"), &json["last_index"]);
    assert_eq!(print(&["verify", "-o", "json"]), plain);
    let table = print(&["verify", "-o", "table"]);
    assert!(table.starts_with("Journal data\n\n  ok          yes\n"), "{table}");
    assert!(table.contains(&format!("  last index  {last}\n")) && table.contains(&format!("  state hash  {hash}\n")), "{table}");
    assert!(print(&["verify", "-o", "md"]).starts_with("## Journal data\n"));
    assert!(print(&["verify", "-o", "csv"]).lines().any(|line| line == format!("state_hash,{hash}")));
    let shown = ["show", "--from", "1", "--to", "2"];
    let form = |name: &'static str| print(&[&shown[..], &["-o", name]].concat());
    assert!(form("table").starts_with("1 "), "a line a record");
    assert!(form("csv").starts_with("index,outcome,kind,what\n1,"));
    assert!(form("json").lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
    assert!(form("md").starts_with("| index | outcome | kind | what |\n|"), "{}", form("md"));
    assert!(print(&["export", "accounts", "-o", "table"]).starts_with("History: accounts\n"));
    for absent in [["verify"].as_slice(), &["show"], &["export", "trades"]] {
        let (_, error, status) = run(&place.0, &[&["journal"], absent, &["--data", "nowhere"]].concat());
        assert_eq!((error.as_str(), status), ("error: nowhere: no journal is there\n", Some(4)), "{absent:?}");
    }
}

#[test]
fn a_snapshot_is_saved_listed_and_loaded() {
    let place = Place::new("snapshot");
    let ready = place.0.join("memory.json");
    let arguments = ["-q", "--listen", "127.0.0.1:0", "--ready-file", "memory.json", "--market", "BTCUSDT=fixed:64000"];
    let mut child = Command::new(RINGFENCE).args(arguments).current_dir(&place.0).spawn().expect("the program runs");
    let began = Instant::now();
    while !ready.exists() {
        assert!(began.elapsed() < Duration::from_secs(20), "no ready file");
        std::thread::sleep(Duration::from_millis(20));
    }
    let ready: Value = serde_json::from_str(&std::fs::read_to_string(ready).expect("a file")).expect("JSON");
    let url = ready["rest"].as_str().expect("an address");
    let ask = |arguments: &[&str]| run(&place.0, &[arguments, &["--server", url]].concat());
    assert!(ask(&["snapshot", "save", "before"]).0.starts_with("Snapshot before: saved\n"));
    assert_eq!(ask(&["order", "alice", "buy", "0.1", "BTCUSDT"]).2, Some(0));
    assert!(ask(&["position", "alice"]).0.contains("BTCUSDT  long"));
    assert!(ask(&["snapshot", "list"]).0.contains("\n  before\n"));
    assert!(ask(&["snapshot", "load", "before"]).0.starts_with("Snapshot before: loaded\n"));
    assert!(ask(&["position", "alice"]).0.contains("no open position"));
    let (_, error, status) = ask(&["snapshot", "load", "absent"]);
    assert!(error.contains("there is no snapshot 'absent'") && status == Some(1), "{error}");
    assert!(Command::new("kill").arg(child.id().to_string()).status().expect("kill runs").success());
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn a_recording_of_another_contract_is_not_read_as_the_default_one() {
    let place = Place::new("recording");
    let bars =
        "ts_ms,open,high,low,close\n1760000000000,120000,120100,119900,120050\n1760000300000,120050,120200,120000,120100\n";
    std::fs::write(place.0.join("binance_BTCUSDT_5m.csv"), bars).expect("a file");
    for command in ["replay", "compare"] {
        let (_, error, status) = run(&place.0, &[command, "binance_BTCUSDT_5m.csv"]);
        let expected = "error: binance_BTCUSDT_5m.csv is named after BTCUSDT, and --contract is bitmex:XBTUSD unless given: give --contract BTCUSDT\n";
        assert_eq!((error.as_str(), status), (expected, Some(2)), "{command}");
        for contract in ["BTCUSDT", "bitmex:XBTUSD"] {
            let (_, error, status) = run(&place.0, &[command, "binance_BTCUSDT_5m.csv", "--contract", contract]);
            assert_eq!(status, Some(0), "{command} {contract}: {error}");
        }
    }
}
