//! A server whose disk fails or is full: what clients are told, and what is there afterwards.
#![expect(clippy::unwrap_used, reason = "what a test relies on fails the test")]

mod http_support;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use http_support::{Answer, send, settings, signed, try_signed};
use ringfence_engine::book::AccountId;
use ringfence_engine::engine::Engine;
use ringfence_engine::limits::Limits;
use ringfence_journal::faulty::{Fault, FaultyStore, Leftover};
use ringfence_journal::store::Tail;
use ringfence_journal::{Background, Journal, Options, RecordKind};
use ringfence_server::exchange::{SequencerSettings, World};
use ringfence_server::record::{Record, RecordLimits};
use ringfence_server::server::{Server, ServerError, ServerSettings, launch_started};
use ringfence_server::start::{Keeping, start};
use serde_json::{Value, json};

const ORDER: (&str, &str) = ("POST", "/fapi/v1/order");
const CANCEL: (&str, &str) = ("DELETE", "/fapi/v1/order");
const RESERVE: usize = 4_000;
/// As short as it may be: an attempt to get the reserve back at every look.
const OPTIONS: Options =
    Options { background: Background::ByHand, reserve_bytes: RESERVE, reserve_retry: Duration::ZERO, ..Options::DEFAULT };

/// A server that keeps its journal in this store. Nothing happens but what is asked for.
fn server(store: &FaultyStore) -> (Server, AccountId) {
    server_fed(store, Duration::from_secs(3600), OPTIONS)
}

/// The same, with prices and quotes this often.
fn server_fed(store: &FaultyStore, feed_every: Duration, options: Options) -> (Server, AccountId) {
    let sequencer = SequencerSettings { feed_every, ..SequencerSettings::DEFAULT };
    let settings = ServerSettings { sequencer, ..settings(Keeping::Memory) };
    let mut started = start(&settings.setup, &settings.keeping, RecordLimits::DEFAULT).unwrap();
    let (mut world, mut journal) = (empty(), Journal::open_store(store, options).unwrap().journal);
    for command in &started.boot.commands {
        world.step(command, &mut Vec::new()).unwrap();
        let outcome = world.hash();
        journal.push(command, outcome);
    }
    journal.commit().unwrap();
    (started.world, started.journal) = (world, journal);
    let alice = started.boot.accounts.iter().find(|(name, _)| name == "alice").unwrap().1;
    let server = launch_started(&settings, started, None).unwrap();
    // What the feed says at the beginning is on the disk once this is answered.
    assert_eq!(health(server.address)["state"], "OPEN");
    (server, alice)
}

fn empty() -> World {
    World::new(Engine::new(Limits::DEFAULT), Record::new(RecordLimits::DEFAULT))
}

/// The numbers of the account's open orders after a loss of power, every record executed again.
fn recovered(store: &FaultyStore, account: AccountId) -> BTreeSet<u64> {
    store.reboot(Leftover::Nothing);
    store.set_capacity(usize::MAX);
    let mut world = empty();
    for record in Journal::open_store(store, OPTIONS).unwrap().records {
        let record = record.unwrap();
        if let RecordKind::Command(command) = &record.kind {
            world.step(command, &mut Vec::new()).unwrap();
        }
        assert_eq!(world.hash(), record.outcome, "record {}", record.index);
    }
    world.record().open_orders(account, None).iter().map(|order| order.order.0).collect()
}

fn local(at: SocketAddr, what: &str) -> Value {
    send(at, "GET", &format!("/local/v1/{what}"), None).json
}

fn health(at: SocketAddr) -> Value {
    local(at, "health")
}

fn limit(name: &str) -> String {
    format!("symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.010&price=50000&newClientOrderId={name}")
}

fn named(name: &str) -> String {
    format!("symbol=BTCUSDT&origClientOrderId={name}")
}

/// Places an order that rests, and gives its number.
fn placed(at: SocketAddr, name: &str) -> u64 {
    number(&signed(at, "alice", ORDER, &limit(name)))
}

fn number(answer: &Answer) -> u64 {
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json["orderId"].as_u64().unwrap()
}

/// Lets the disk be as full as it is, but for the reserve.
fn fill(store: &FaultyStore) {
    store.set_capacity(store.used());
}

#[test]
fn a_disk_that_fails_ends_the_process_and_nothing_acknowledged_is_lost() {
    // A commit is one write and one sync: either may fail, or the power go off meanwhile.
    let faults = [(1, Fault::Io), (2, Fault::Io), (1, Fault::TornWrite), (2, Fault::CrashBefore), (2, Fault::CrashAfter)];
    for (call, fault) in faults {
        let store = FaultyStore::new(Tail::Atomic);
        let (server, alice) = server(&store);
        let at = server.address;
        let kept: BTreeSet<u64> = ["a", "b", "c"].into_iter().map(|name| placed(at, name)).collect();
        store.fail_at(store.calls() + call, fault);
        let running = thread::spawn(move || server.run(std::future::pending()));
        match try_signed(at, "alice", ORDER, &limit("d")) {
            None => {}
            Some(answer) => {
                assert_eq!(
                    (answer.status, &answer.json["code"]),
                    (503, &json!(-1007)),
                    "{fault:?}: whether it was done is unknown"
                );
            }
        }
        let ended = running.join().unwrap().unwrap_err();
        assert!(matches!(ended, ServerError::Fatal(_)), "{fault:?}: {ended}");
        assert_eq!(ended.exit_code(), 4, "{fault:?}");
        assert!(try_signed(at, "alice", CANCEL, &named("a")).is_none(), "{fault:?}: nobody answers any more");
        let found = recovered(&store, alice);
        assert!(found.is_superset(&kept), "{fault:?}: {kept:?} was acknowledged, {found:?} is there");
        let survives = usize::from(fault == Fault::CrashAfter);
        assert_eq!(found.len(), kept.len() + survives, "{fault:?}");
    }
}

#[test]
fn a_full_disk_takes_cancels_and_reductions_only_until_there_is_room() {
    let store = FaultyStore::new(Tail::Atomic);
    let (server, alice) = server(&store);
    let at = server.address;
    number(&signed(at, "alice", ORDER, "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.010"));
    let mut kept: BTreeSet<u64> = ["a", "b"].into_iter().map(|name| placed(at, name)).collect();
    fill(&store);
    // It was executed before the disk was known to be full: it is written into the reserve's space.
    kept.insert(placed(at, "c"));
    assert_eq!(health(at)["state"], "CANCEL_ONLY");
    let before = local(at, "audit");
    for what in [limit("d"), "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.010".to_owned()] {
        let refused = signed(at, "alice", ORDER, &what);
        assert_eq!((refused.status, &refused.json["code"]), (503, &json!(-1008)), "{refused:?}");
        assert!(refused.json["msg"].as_str().unwrap().contains("disk is full"), "{refused:?}");
    }
    let after = local(at, "audit");
    assert_eq!(before["assets"], after["assets"], "nothing was executed");
    let gone = signed(at, "alice", CANCEL, &named("a"));
    assert_eq!((gone.status, &gone.json["status"]), (200, &json!("CANCELED")), "{gone:?}");
    kept.remove(&number(&gone));
    number(&signed(at, "alice", ORDER, "symbol=BTCUSDT&side=SELL&type=MARKET&quantity=0.010&reduceOnly=true"));
    store.set_capacity(usize::MAX);
    assert_eq!(health(at)["state"], "OPEN", "the reserve is back");
    kept.insert(placed(at, "e"));
    server.run(async {}).unwrap();
    assert_eq!(recovered(&store, alice), kept);
}

#[test]
fn on_a_full_disk_neither_time_nor_prices_nor_refusals_use_the_reserve() {
    let store = FaultyStore::new(Tail::Atomic);
    let (server, alice) = server_fed(&store, Duration::from_millis(20), Options { reserve_bytes: 200_000, ..OPTIONS });
    let at = server.address;
    let mut kept: BTreeSet<u64> = ["a", "b"].into_iter().map(|name| placed(at, name)).collect();
    fill(&store);
    let durable = || health(at)["durable_index"].as_u64().unwrap();
    let began = Instant::now();
    while health(at)["state"] != "CANCEL_ONLY" {
        assert!(began.elapsed() < Duration::from_secs(10), "prices fill the disk");
    }
    let (full, used, time) = (durable(), store.used(), health(at)["time"].as_u64().unwrap());
    for _ in 0..20 {
        thread::sleep(Duration::from_millis(5));
        assert_eq!(signed(at, "alice", ("GET", "/fapi/v1/openOrders"), "").status, 200);
        assert_eq!(signed(at, "alice", ORDER, &limit("x")).status, 503);
        assert_eq!(signed(at, "alice", CANCEL, &named("nothing")).json["code"], -2011);
        let nothing_to_close = "symbol=BTCUSDT&side=SELL&type=MARKET&quantity=0.010&reduceOnly=true";
        assert_eq!(signed(at, "alice", ORDER, nothing_to_close).status, 400);
    }
    assert_eq!((durable(), store.used()), (full, used), "nothing was written");
    let gone = signed(at, "alice", CANCEL, &named("a"));
    kept.remove(&number(&gone));
    assert_eq!(durable(), full + 2, "the cancel, and the time before it");
    assert!(gone.json["updateTime"].as_u64().unwrap() >= time + 100, "{gone:?}");
    store.set_capacity(usize::MAX);
    assert_eq!(health(at)["state"], "OPEN");
    let (before, began) = (durable(), Instant::now());
    while durable() <= before + 2 {
        assert!(began.elapsed() < Duration::from_secs(10), "time and prices go on");
    }
    kept.insert(placed(at, "c"));
    server.run(async {}).unwrap();
    assert_eq!(recovered(&store, alice), kept);
}

#[test]
fn what_not_even_the_reserve_has_room_for_is_answered_once_there_is_some() {
    let store = FaultyStore::new(Tail::Atomic);
    let (server, alice) = server(&store);
    let at = server.address;
    let names: Vec<String> = (0..100).map(|number| format!("n{number}")).collect();
    for name in &names {
        placed(at, name);
    }
    fill(&store);
    placed(at, "last");
    let cancels = thread::spawn(move || {
        let took = |name: &String| {
            let began = Instant::now();
            let gone = signed(at, "alice", CANCEL, &named(name));
            assert_eq!(gone.json["status"], "CANCELED", "{gone:?}");
            began.elapsed()
        };
        names.iter().map(took).max().unwrap()
    });
    let pause = Duration::from_secs(1);
    thread::sleep(pause);
    assert!(!cancels.is_finished(), "nobody hears of what is not on the disk");
    store.set_capacity(usize::MAX);
    assert!(cancels.join().unwrap() >= pause / 2, "one of them waited");
    server.run(async {}).unwrap();
    assert_eq!(recovered(&store, alice).len(), 1);
}
