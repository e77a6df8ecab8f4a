//! The lines of a load.

use std::time::Duration;

use super::row::{Measured, Row};
use super::{LoadOptions, Mix, Transport};
use crate::histogram::Histogram;

/// Durable orders a second wanted at [`GOAL_CONNECTIONS`].
const GOAL_ORDERS: u64 = 40_000;
/// Connections at which the goal is meant.
const GOAL_CONNECTIONS: usize = 64;
/// How many tenths the yardstick may be faster.
const GOAL_TENTHS: u64 = 25;

/// Prints rows and judges them.
#[derive(Clone, Copy, Debug)]
pub struct Report {
    check: bool,
}

impl Report {
    /// Begins a report with the names of its columns.
    #[must_use]
    pub fn new(options: &LoadOptions) -> Self {
        println!(
            "{:<10} {:<4} {:<12} {:>5} {:>9} {:>10} {:>10} {:>9} {:>9} {:>9} {:>7} {:>9}",
            "side", "path", "mix", "conns", "loop", "orders/s", "requests/s", "p50", "p99", "p99.9", "errors", "cpu/req"
        );
        Self { check: options.check }
    }

    /// Prints what the disk takes.
    pub fn disk(self, when: &str, times: &Histogram) {
        let [p50, p99] = [500, 990].map(|share| milliseconds(times.per_mille(share)));
        println!("fdatasync, {when}: p50 {p50}, p99 {p99} ({} syncs)", times.count());
    }

    /// Prints one side of a row.
    pub fn row(self, side: &str, row: &Row, measured: &Measured) {
        let path = match row.transport {
            Transport::Http => "http",
            Transport::Ws => "ws",
        };
        let mix = match row.mix {
            Mix::Place => "place",
            Mix::PlaceCancel => "place-cancel",
            Mix::Trade => "trade",
        };
        let pace = row.rate.map_or_else(|| "closed".to_owned(), |rate| format!("{rate}/s"));
        let [p50, p99, p999] = [500, 990, 999].map(|share| milliseconds(measured.times.per_mille(share)));
        let (orders, requests) = (thousands(measured.orders_a_second()), thousands(measured.requests_a_second()));
        let all = u128::from(measured.requests_a_second()) * u128::from(row.seconds + 1);
        let each = format!("{:.1} µs", measured.processor.as_micros() as f64 / all.max(1) as f64);
        println!(
            "{side:<10} {path:<4} {mix:<12} {:>5} {pace:>9} {orders:>10} {requests:>10} {p50:>9} {p99:>9} {p999:>9} {:>7} {each:>9}",
            row.connections, measured.errors
        );
        if let Some(error) = &measured.first_error {
            println!("           first error: {error}");
        }
    }

    /// Prints how the sides compare. Returns the goals missed, when they are judged.
    #[must_use]
    pub fn compare(self, row: &Row, ours: &Measured, theirs: &Measured, disk: &Histogram) -> Vec<String> {
        let mut missed = Vec::new();
        let name = format!("{} connections", row.connections);
        if ours.errors > 0 {
            missed.push(format!("{name}: {} errors", ours.errors));
        }
        if disk.count() > 0 {
            self.disk("beside the server", disk);
        }
        match row.rate {
            Some(_) => {
                let (p99, most) = (ours.times.per_mille(990), 3 * disk.per_mille(990) + Duration::from_millis(2));
                println!("           p99 {} of at most {} (3 × fdatasync p99 + 2 ms)", milliseconds(p99), milliseconds(most));
                if p99 > most {
                    missed.push(format!("{name}: p99 {} is above {}", milliseconds(p99), milliseconds(most)));
                }
            }
            None => {
                let tenths = theirs.requests_a_second() * 10 / ours.requests_a_second().max(1);
                println!("           the yardstick does {}.{} times the requests", tenths / 10, tenths % 10);
                if row.connections == GOAL_CONNECTIONS && tenths > GOAL_TENTHS {
                    missed.push(format!("{name}: the yardstick is {}.{} times faster, at most 2.5", tenths / 10, tenths % 10));
                }
                if row.connections == GOAL_CONNECTIONS && ours.orders_a_second() < GOAL_ORDERS {
                    missed.push(format!("{name}: {} orders/s of {GOAL_ORDERS}", ours.orders_a_second()));
                }
            }
        }
        if self.check { missed } else { Vec::new() }
    }
}

/// A time in milliseconds with two decimals.
#[must_use]
pub fn milliseconds(time: Duration) -> String {
    let hundredths = time.as_micros().div_ceil(10);
    format!("{}.{:02} ms", hundredths / 100, hundredths % 100)
}

/// A number with commas.
#[must_use]
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_easy_to_read() {
        let table = [(0, "0"), (999, "999"), (1000, "1,000"), (40_000, "40,000"), (1_234_567, "1,234,567")];
        for (number, expected) in table {
            assert_eq!(thousands(number), expected);
        }
        assert_eq!(milliseconds(Duration::from_micros(1234)), "1.24 ms");
    }

    fn measured(requests: u64, time: Duration) -> Measured {
        let mut times = Histogram::new();
        (0..requests).for_each(|_| times.record(time));
        let (orders, errors, first_error, elapsed) = (requests, 0, None, Duration::from_secs(1));
        Measured { times, orders, errors, first_error, elapsed, processor: Duration::ZERO }
    }

    fn row(connections: usize, rate: Option<u64>) -> Row {
        let (seconds, transport, mix, open_orders, threads) = (1, Transport::Http, Mix::Place, 150, 1);
        Row { connections, seconds, rate, transport, mix, open_orders, threads }
    }

    #[test]
    fn every_goal_is_judged() {
        let millisecond = Duration::from_millis(1);
        let mut disk = Histogram::new();
        disk.record(millisecond);
        let table = [
            (row(64, None), measured(40_000, millisecond), 100_000, 0),
            (row(64, None), measured(39_999, millisecond), 50_000, 1),
            (row(64, None), measured(40_000, millisecond), 110_000, 1),
            (row(1, None), measured(10, millisecond), 50_000, 0),
            (row(64, Some(10_000)), measured(10_000, Duration::from_micros(4_990)), 10_000, 0),
            (row(64, Some(10_000)), measured(10_000, Duration::from_millis(6)), 10_000, 1),
        ];
        for (row, ours, theirs, expected) in table {
            let missed = Report { check: true }.compare(&row, &ours, &measured(theirs, millisecond), &disk);
            assert_eq!(missed.len(), expected, "{row:?}: {missed:?}");
            assert!(Report { check: false }.compare(&row, &ours, &ours, &disk).is_empty());
        }
    }
}
