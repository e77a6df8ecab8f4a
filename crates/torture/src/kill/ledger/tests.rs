use super::*;
use crate::orders::Side;

fn told(id: u64, status: &str, executed: &str) -> Told {
    Told {
        order_id: id,
        client_id: "a".to_owned(),
        side: "BUY".to_owned(),
        price: "32000.00".to_owned(),
        quantity: "0.005".to_owned(),
        executed: executed.to_owned(),
        status: status.to_owned(),
    }
}

fn entry(pricing: Pricing, fate: Fate, cancel: Cancel) -> Entry {
    let order = Order { client_id: "a".to_owned(), side: Side::Buy, pricing, quantity: "0.005".to_owned() };
    Entry { account: 0, order, fate, cancel }
}

fn limit(fate: Fate, cancel: Cancel) -> Entry {
    entry(Pricing::Limit("32000".to_owned()), fate, cancel)
}

/// The first word of what comparing finds.
fn kind(difference: Option<Difference>) -> String {
    difference.map_or_else(|| "same".to_owned(), |difference| difference.to_string().split(':').next().unwrap_or("").to_owned())
}

#[test]
fn a_resting_order_stays_as_it_was_told() {
    let there = || Fate::There(told(1, "NEW", "0.000"));
    let table = [
        (there(), Cancel::NotAsked, Some(told(1, "NEW", "0.000")), "same"),
        (there(), Cancel::NotAsked, None, "lost"),
        (there(), Cancel::NotAsked, Some(told(2, "NEW", "0.000")), "altered"),
        (there(), Cancel::NotAsked, Some(told(1, "CANCELED", "0.000")), "altered"),
        (there(), Cancel::NotAsked, Some(told(1, "FILLED", "0.005")), "altered"),
        (there(), Cancel::Unanswered, Some(told(1, "NEW", "0.000")), "same"),
        (there(), Cancel::Unanswered, Some(told(1, "CANCELED", "0.000")), "same"),
        (there(), Cancel::Done, Some(told(1, "CANCELED", "0.000")), "same"),
        (there(), Cancel::Done, Some(told(1, "NEW", "0.000")), "altered"),
        (Fate::Unanswered, Cancel::NotAsked, None, "same"),
        (Fate::Unanswered, Cancel::NotAsked, Some(told(1, "NEW", "0.000")), "same"),
        (Fate::Absent, Cancel::NotAsked, None, "same"),
        (Fate::Absent, Cancel::NotAsked, Some(told(1, "NEW", "0.000")), "not asked for"),
    ];
    for (fate, cancel, found, expected) in table {
        let case = format!("{fate:?} {cancel:?} {found:?}");
        assert_eq!(kind(limit(fate, cancel).compare(found)), expected, "{case}");
    }
}

#[test]
fn a_fill_that_was_told_never_changes() {
    let table = [
        (told(1, "FILLED", "0.005"), told(1, "FILLED", "0.005"), "same"),
        (told(1, "FILLED", "0.005"), told(1, "EXPIRED", "0.005"), "altered"),
        (told(1, "EXPIRED", "0.002"), told(1, "EXPIRED", "0.001"), "altered"),
        (told(1, "NEW", "0.000"), told(1, "FILLED", "0.005"), "same"),
        (told(1, "PARTIALLY_FILLED", "0.002"), told(1, "EXPIRED", "0.001"), "altered"),
        (told(1, "FILLED", "0.005"), told(1, "NEW", "0.005"), "altered"),
    ];
    for (before, now, expected) in table {
        let case = format!("{before:?} {now:?}");
        let mut entry = entry(Pricing::Market, Fate::There(before), Cancel::NotAsked);
        assert_eq!(kind(entry.compare(Some(now))), expected, "{case}");
    }
}

#[test]
fn what_was_resolved_is_held_from_then_on() {
    let mut unanswered = limit(Fate::Unanswered, Cancel::NotAsked);
    assert_eq!(unanswered.compare(Some(told(7, "NEW", "0.000"))), None);
    assert_eq!(kind(unanswered.compare(None)), "lost");

    let mut absent = limit(Fate::Unanswered, Cancel::NotAsked);
    assert_eq!(absent.compare(None), None);
    assert_eq!(kind(absent.compare(Some(told(7, "NEW", "0.000")))), "not asked for");

    let mut kept = limit(Fate::There(told(7, "NEW", "0.000")), Cancel::Unanswered);
    assert_eq!(kept.compare(Some(told(7, "NEW", "0.000"))), None);
    assert_eq!(kind(kept.compare(Some(told(7, "CANCELED", "0.000")))), "altered");

    let mut cancelled = limit(Fate::There(told(7, "NEW", "0.000")), Cancel::Unanswered);
    assert_eq!(cancelled.compare(Some(told(7, "CANCELED", "0.000"))), None);
    assert_eq!(kind(cancelled.compare(Some(told(7, "NEW", "0.000")))), "altered");
}

#[test]
fn a_listing_has_every_order_once_and_no_stranger() {
    let sent = limit(Fate::There(told(1, "NEW", "0.000")), Cancel::NotAsked);
    let stranger = Told { client_id: "ax".to_owned(), ..told(2, "NEW", "0.000") };
    let someone_else = Told { client_id: "web".to_owned(), ..told(3, "NEW", "0.000") };
    let one = told(1, "NEW", "0.000");
    let table: [(&[Told], &str); 5] = [
        (std::slice::from_ref(&one), "same"),
        (&[], "lost"),
        (&[one.clone(), told(9, "NEW", "0.000")], "twice"),
        (&[one.clone(), stranger], "not asked for"),
        (&[one.clone(), someone_else], "same"),
    ];
    for (listed, expected) in table {
        let differences = listing(&[&sent], listed, "a");
        assert!(differences.len() <= 1);
        assert_eq!(kind(differences.into_iter().next()), expected, "{listed:?}");
    }
}

#[test]
fn decimals_are_exact() {
    let table = [
        ("0.000", Some(0)),
        ("1", Some(100_000_000)),
        ("-0.00000001", Some(-1)),
        ("0.0000000100", Some(1)),
        ("0.000000001", None),
        ("1e5", None),
        ("", None),
    ];
    for (text, expected) in table {
        assert_eq!(units(text), expected, "{text}");
    }
}
