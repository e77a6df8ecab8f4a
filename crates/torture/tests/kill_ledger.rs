//! The ledger of a kill, held against exchanges that forget, repeat or change what they acknowledged.

mod fake;

use std::net::SocketAddr;
use std::thread;

use fake::{Fake, Kept};
use ringfence_torture::kill::check::Checker;
use ringfence_torture::kill::client::{Client, Trade};
use ringfence_torture::kill::ledger::{Cancel, Difference, Fate, Ledger};
use ringfence_torture::kill::random::Random;
use ringfence_torture::orders::Account;
use ringfence_torture::target::FarAway;
use serde_json::json;

/// More than one page of a listing.
const REQUESTS: u64 = 1500;

fn accounts() -> Vec<Account> {
    vec![Account { name: "alice".to_owned(), api_key: "key".to_owned(), secret: "secret".to_owned() }]
}

/// What four clients are told by an exchange.
fn traded(address: SocketAddr, requests: u64) -> Ledger {
    let accounts = accounts();
    let far = FarAway { price: "32000".to_owned(), quantity: "0.005".to_owned() };
    let trade = Trade { address, symbol: "BTCUSDT".to_owned(), far, quantity: "0.003".to_owned() };
    let mut ledger = Ledger::default();
    let clients: Vec<_> = (0..4)
        .map(|number| Client::new(trade.clone(), (0, &accounts[0]), format!("k-{number}"), Random::new(number)))
        .map(|client| thread::spawn(move || client.work(requests / 4)))
        .collect();
    for client in clients {
        ledger.add(client.join().expect("a client"));
    }
    ledger
}

fn differences(address: SocketAddr, ledger: &mut Ledger) -> Vec<Difference> {
    let accounts = accounts();
    let checker = Checker { address, accounts: &accounts, symbol: "BTCUSDT", prefix: "k" };
    let whole = 0..ledger.entries.len();
    checker.check(ledger, whole).expect("an answer")
}

/// The differences that a spoiled exchange shows, as their first words, each once.
fn found(spoil: impl FnOnce(&mut Kept)) -> Vec<String> {
    let fake = Fake::default();
    let address = fake.serve();
    let mut ledger = traded(address, 200);
    fake.spoil(spoil);
    let mut kinds: Vec<String> = differences(address, &mut ledger)
        .iter()
        .map(|difference| difference.to_string().split(':').next().unwrap_or_default().to_owned())
        .collect();
    kinds.sort();
    kinds.dedup();
    kinds
}

#[test]
fn an_honest_exchange_shows_no_difference_however_often_it_is_asked() {
    let fake = Fake::default();
    let address = fake.serve();
    let mut ledger = traded(address, REQUESTS);
    assert_eq!((ledger.acknowledged, ledger.unanswered, ledger.refused.0), (REQUESTS, 0, 0));
    assert!(ledger.entries.iter().any(|entry| entry.cancel == Cancel::Done), "cancels were sent");
    assert!(ledger.index >= REQUESTS - 1);
    assert_eq!(differences(address, &mut ledger), []);
    assert_eq!(differences(address, &mut ledger), []);
}

#[test]
fn a_lost_acknowledgement_is_found() {
    assert_eq!(found(|kept| drop(kept.orders.pop())), ["lost"]);
    assert_eq!(found(|kept| drop(kept.orders.remove(0))), ["lost"]);
}

#[test]
fn a_repeated_order_is_found() {
    let repeat = |kept: &mut Kept| {
        let mut again = kept.orders[7].clone();
        again["orderId"] = json!(1_000_000);
        kept.orders.push(again);
    };
    assert_eq!(found(repeat), ["twice"]);
}

#[test]
fn an_order_nobody_sent_is_found() {
    let invent = |kept: &mut Kept| {
        let mut other = kept.orders[7].clone();
        (other["orderId"], other["clientOrderId"]) = (json!(1_000_000), json!("k-other"));
        kept.orders.push(other);
    };
    assert_eq!(found(invent), ["not asked for"]);
}

#[test]
fn a_lost_cancel_is_found() {
    let revive = |kept: &mut Kept| {
        let cancelled = kept.orders.iter_mut().find(|order| order["status"] == "CANCELED").expect("a cancel");
        cancelled["status"] = json!("NEW");
    };
    assert_eq!(found(revive), ["altered"]);
}

#[test]
fn a_changed_price_is_found() {
    assert_eq!(found(|kept| kept.orders[3]["price"] = json!("1")), ["altered"]);
}

#[test]
fn a_lost_or_repeated_trade_is_found() {
    assert_eq!(found(|kept| drop(kept.trades.pop())), ["trades"]);
    let repeat = |kept: &mut Kept| {
        let again = kept.trades[0].clone();
        kept.trades.push(again);
    };
    assert_eq!(found(repeat), ["trades"]);
}

#[test]
fn missing_money_is_found() {
    assert_eq!(found(|kept| kept.missing_money = 1), ["audit"]);
}

#[test]
fn a_request_without_an_answer_is_resolved_and_then_held() {
    let fake = Fake::default();
    let address = fake.serve();
    let mut ledger = traded(address, 40);
    for entry in &mut ledger.entries[..2] {
        entry.fate = Fate::Unanswered;
        entry.cancel = Cancel::Unanswered;
    }
    let first = ledger.entries[0].order.client_id.clone();
    fake.spoil(|kept| kept.orders.retain(|order| order["clientOrderId"] != first));
    ledger.entries[1].cancel =
        if is_cancelled(&fake, &ledger.entries[1].order.client_id) { Cancel::Done } else { Cancel::NotAsked };
    assert_eq!(differences(address, &mut ledger), [], "one was applied and one was not");
    assert_eq!(ledger.entries[0].fate, Fate::Absent);
    assert!(matches!(ledger.entries[1].fate, Fate::There(_)));
    let second = ledger.entries[1].order.client_id.clone();
    fake.spoil(|kept| kept.orders.retain(|order| order["clientOrderId"] != second));
    assert!(differences(address, &mut ledger).iter().any(|one| matches!(one, Difference::Lost(_))));
}

fn is_cancelled(fake: &Fake, name: &str) -> bool {
    let kept = fake.kept.lock().expect("kept");
    kept.orders.iter().any(|order| order["clientOrderId"] == name && order["status"] == "CANCELED")
}
