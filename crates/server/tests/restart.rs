//! A server that starts from a snapshot its follower wrote knows what it knew.
#![expect(clippy::unwrap_used, reason = "what a test relies on fails the test")]

mod http_support;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use http_support::{send, settings, signed};
use ringfence_journal::{Reader, Snapshot};
use ringfence_server::exchange::SequencerSettings;
use ringfence_server::follower::SnapshotTerms;
use ringfence_server::record::{Record, RecordLimits};
use ringfence_server::server::{Server, ServerSettings, launch};
use ringfence_server::start::{Keeping, section, start};
use serde_json::Value;

const ORDERS: u64 = 30;

/// A directory that goes away.
struct Place(PathBuf);

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A server in this directory in which nothing happens by itself.
fn server(directory: &Path) -> Server {
    let sequencer = SequencerSettings { feed_every: Duration::from_secs(3_600), ..SequencerSettings::DEFAULT };
    let snapshots = SnapshotTerms { records: ORDERS, interval: Duration::ZERO };
    launch(&ServerSettings { sequencer, snapshots, ..settings(Keeping::Directory(directory.to_owned())) }).unwrap()
}

fn snapshots(directory: &Path) -> usize {
    let entries = std::fs::read_dir(directory).unwrap();
    entries.filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("snapshot-")).count()
}

/// What an account sees; the exchange's own audit finds nothing.
fn seen(server: &Server) -> Vec<Value> {
    let at = server.address;
    let mut seen: Vec<Value> = ["allOrders?symbol=BTCUSDT", "userTrades?symbol=BTCUSDT", "openOrders", "income"]
        .map(|call| {
            let (path, query) = call.split_once('?').unwrap_or((call, ""));
            signed(at, "alice", ("GET", &format!("/fapi/v1/{path}")), query).json
        })
        .to_vec();
    // A start quotes anew: that moves the rank and the time of a position, and nothing else of it.
    let mut positions = signed(at, "alice", ("GET", "/fapi/v3/positionRisk"), "").json;
    for position in positions.as_array_mut().unwrap() {
        let position = position.as_object_mut().unwrap();
        position.remove("adl");
        position.remove("updateTime");
    }
    seen.push(positions);
    let audit = send(at, "GET", "/local/v1/audit", None).json;
    assert!(audit["assets"].as_array().unwrap().iter().all(|asset| asset["difference"] == "0"), "{audit}");
    seen
}

/// Writes every snapshot there is again, changed.
fn change_snapshots(directory: &Path, change: impl Fn(&mut Snapshot)) {
    let mut snapshots = Reader::open(directory).unwrap().snapshots().unwrap();
    for index in snapshots.list().unwrap() {
        let mut snapshot = snapshots.load(index).unwrap();
        change(&mut snapshot);
        snapshots.write(&snapshot).unwrap();
    }
}

/// Gives the snapshot's read model another format, which nobody here can read, or none.
fn written_by(snapshot: &mut Snapshot, format: Option<u16>) {
    snapshot.sections.retain(|(name, _)| name != section::RECORD_FORMAT && name != section::RECORD);
    snapshot.sections.push((section::RECORD.to_owned(), b"in another way".to_vec()));
    let format = format.map(|format| (section::RECORD_FORMAT.to_owned(), format.to_le_bytes().to_vec()));
    snapshot.sections.extend(format);
}

/// A directory that a server has left, with a snapshot, and what an account saw.
fn left(name: &str) -> (Place, Vec<Value>) {
    let place = Place(std::env::temp_dir().join(format!("ringfence-{name}-{}", std::process::id())));
    let first = server(&place.0);
    for number in 0..ORDERS {
        let query = format!("symbol=BTCUSDT&side=BUY&quantity=0.01&newClientOrderId=n{number}&type=MARKET");
        assert_eq!(signed(first.address, "alice", ("POST", "/fapi/v1/order"), &query).status, 200);
    }
    let known = seen(&first);
    first.run(async {}).unwrap();
    assert!(snapshots(&place.0) > 0, "the last thing the follower does");
    (place, known)
}

#[test]
fn a_read_model_of_another_version_is_made_anew_from_the_log() {
    for (name, format) in [("newer", Some(Record::FORMAT + 1)), ("older", Some(Record::FORMAT - 1)), ("first", None)] {
        let (place, known) = left(name);
        change_snapshots(&place.0, |snapshot| written_by(snapshot, format));
        let second = server(&place.0);
        assert_eq!(second.report.replayed, second.report.index, "{name}: from the first record on");
        let said: Vec<&String> = second.report.notes.iter().filter(|note| note.contains("passed over")).collect();
        let line = format!("(read model of format {}, this program reads {})", format.unwrap_or(0), Record::FORMAT);
        assert!(said.len() == 1 && said[0].contains(&line) && said[0].contains("from its first record on"), "{said:?}");
        assert_eq!(seen(&second), known, "{name}");
        second.run(async {}).unwrap();
    }
}

#[test]
fn a_read_model_of_this_version_that_cannot_be_read_is_corrupt() {
    let (place, _) = left("corrupt");
    change_snapshots(&place.0, |snapshot| written_by(snapshot, Some(Record::FORMAT)));
    let keeping = Keeping::Directory(place.0.clone());
    let refused = start(&settings(keeping.clone()).setup, &keeping, RecordLimits::DEFAULT).map(|_| ()).unwrap_err();
    assert_eq!(refused.exit_code(), 3, "{refused}");
}

#[test]
fn a_start_from_the_followers_snapshot_knows_everything() {
    let place = Place(std::env::temp_dir().join(format!("ringfence-restart-{}", std::process::id())));
    let first = server(&place.0);
    let order = |number: u64, rest: &str| {
        let query = format!("symbol=BTCUSDT&side=BUY&quantity=0.01&newClientOrderId=n{number}&{rest}");
        let answer = signed(first.address, "alice", ("POST", "/fapi/v1/order"), &query);
        assert_eq!(answer.status, 200, "{answer:?}");
    };
    order(0, "type=MARKET");
    (1..=ORDERS).for_each(|number| order(number, &format!("type=LIMIT&timeInForce=GTC&price={}", 60_000 + number)));
    let began = Instant::now();
    while snapshots(&place.0) == 0 {
        assert!(began.elapsed() < Duration::from_secs(30), "no snapshot");
        std::thread::sleep(Duration::from_millis(50));
    }
    // After the snapshot: executed again at the next start.
    order(ORDERS + 1, "type=MARKET");
    let known = seen(&first);
    first.run(async {}).unwrap();

    let second = server(&place.0);
    assert!(second.report.replayed < second.report.index, "{:?} begins with nothing", second.report);
    for (now, before) in seen(&second).iter().zip(&known) {
        assert_eq!(now, before);
    }
    second.run(async {}).unwrap();
}
