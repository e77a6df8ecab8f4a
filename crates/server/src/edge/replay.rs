//! No signed request takes effect twice.
//!
//! Each account remembers the requests of all its keys that could change something for as long as they would be accepted. The same method,
//! path and signature again is answered -1022 with a text of its own and not executed. Reads are not remembered: they may
//! repeat, and clients do send two reads with one signature within a millisecond.
//!
//! Two limits come with the interface. The signature covers neither method nor path nor where the query ends and the body
//! begins, so who captures a request before it arrives can change those; only TLS prevents capturing. And two requests of the same content within the same millisecond
//! have the same signature: the second is refused, where Binance takes both. Clients that send a client order id are not affected.
//!
//! The memory is bounded. When it is full the oldest request is forgotten, and from then on no request with the same or an
//! older timestamp is accepted (-1021): what is forgotten cannot be repeated either. The same holds for what was forgotten
//! because it was too old, so that a clock set back lets nothing through twice, and for all that was stamped before an exchange that is kept in a
//! directory was started again. A client whose clock is ahead by more than such a start takes is the one gap in that.

use std::collections::BTreeSet;

use ringfence_engine::time::Time;
use sha2::{Digest, Sha256};

use super::error::{ApiError, Code};
use super::window::{LONGEST_WINDOW_US, Window};

/// How many requests an account remembers unless told otherwise.
pub const DEFAULT_CAPACITY: usize = 65_536;

const FINGERPRINT_BYTES: usize = 16;

/// What tells one request from another: a digest of its method, path and signature.
pub type Fingerprint = [u8; FINGERPRINT_BYTES];

/// The fingerprint of a request. `action` is its method and path; the signature is the decoded one, so that another
/// spelling of it is the same.
#[must_use]
pub fn fingerprint(action: &[&str], signature: &[u8]) -> Fingerprint {
    let mut digest = Sha256::new();
    for part in action {
        digest.update(part.as_bytes());
        digest.update([0]);
    }
    digest.update(signature);
    let whole: [u8; 32] = digest.finalize().into();
    let mut short = [0; FINGERPRINT_BYTES];
    short.copy_from_slice(whole.split_at(FINGERPRINT_BYTES).0);
    short
}

/// The requests of one account that must not be repeated.
#[derive(Debug)]
pub struct ReplayGuard {
    seen: BTreeSet<(u64, Fingerprint)>,
    capacity: usize,
    /// Requests up to this timestamp may have been forgotten.
    forgotten_us: Option<u64>,
    /// What was noted last.
    latest: Option<Fingerprint>,
}

impl ReplayGuard {
    /// Remembers nothing yet, and later this many requests; at least one.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { seen: BTreeSet::new(), capacity: capacity.max(1), forgotten_us: None, latest: None }
    }

    /// Remembers as many, and takes nothing stamped before this time.
    #[must_use]
    pub fn since(capacity: usize, time: Time) -> Self {
        Self { forgotten_us: time.ms().saturating_mul(1_000).checked_sub(1), ..Self::new(capacity) }
    }

    /// Notes a request that only says what something shall be, such as a leverage: its repetition changes nothing as long as the account asked for
    /// nothing else in between, and fast clients send two in a millisecond.
    ///
    /// # Errors
    /// As [`ReplayGuard::note`].
    pub fn note_setting(&mut self, window: &Window, fingerprint: Fingerprint, now: Time) -> Result<(), ApiError> {
        let is_repeated = self.latest == Some(fingerprint) && self.seen.contains(&(window.timestamp_us(), fingerprint));
        if is_repeated { Ok(()) } else { self.note(window, fingerprint, now) }
    }

    /// Notes a request that passed every other check.
    ///
    /// # Errors
    /// -1022 when it was noted before, -1021 when it is as old as one that had to be forgotten.
    pub fn note(&mut self, window: &Window, fingerprint: Fingerprint, now: Time) -> Result<(), ApiError> {
        self.forget_expired(now);
        let timestamp = window.timestamp_us();
        if self.seen.contains(&(timestamp, fingerprint)) {
            return Err(ApiError::saying(
                Code::InvalidSignature,
                "Signature for this request is not valid: it was used already. Send a new timestamp or a client order id.",
            ));
        }
        if self.forgotten_us.is_some_and(|forgotten| timestamp <= forgotten) {
            return Err(ApiError::of(Code::TimestampOutside));
        }
        self.seen.insert((timestamp, fingerprint));
        self.latest = Some(fingerprint);
        if self.seen.len() > self.capacity {
            self.forget_oldest();
        }
        if self.seen.contains(&(timestamp, fingerprint)) { Ok(()) } else { Err(ApiError::of(Code::TimestampOutside)) }
    }

    /// How many requests are remembered.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.seen.len()
    }

    /// No window is longer than 60 s: what is older can no longer be accepted.
    fn forget_expired(&mut self, now: Time) {
        let oldest_accepted = now.ms().saturating_mul(1_000).saturating_sub(LONGEST_WINDOW_US);
        while self.seen.first().is_some_and(|(timestamp, _)| *timestamp < oldest_accepted) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some((oldest, _)) = self.seen.pop_first() {
            self.forgotten_us = self.forgotten_us.max(Some(oldest));
        }
    }
}

#[cfg(test)]
mod tests {
    use ringfence_engine::time::Time;

    use super::{ReplayGuard, fingerprint};
    use crate::edge::window::{TimeUnit, Window};

    const NOW: u64 = 1_700_000_000_000;

    fn window(ms: u64) -> Window {
        Window::read(Some(&ms.to_string()), Some("60000"), TimeUnit::Milliseconds).unwrap()
    }

    fn code(result: Result<(), crate::edge::error::ApiError>) -> i32 {
        result.map_or_else(|error| error.code, |()| 0)
    }

    #[test]
    fn a_setting_may_be_repeated_at_once_and_not_after_another_request() {
        let mut guard = ReplayGuard::new(10);
        let twenty = fingerprint(&["POST", "/fapi/v1/leverage"], b"twenty");
        let ten = fingerprint(&["POST", "/fapi/v1/leverage"], b"ten");
        assert_eq!(code(guard.note_setting(&window(NOW), twenty, Time::from_ms(NOW))), 0);
        assert_eq!(code(guard.note_setting(&window(NOW), twenty, Time::from_ms(NOW + 1))), 0);
        assert_eq!(code(guard.note_setting(&window(NOW), ten, Time::from_ms(NOW + 2))), 0);
        assert_eq!(code(guard.note_setting(&window(NOW), twenty, Time::from_ms(NOW + 3))), -1022);
    }

    #[test]
    fn a_request_is_noted_once_for_as_long_as_it_is_acceptable() {
        let mut guard = ReplayGuard::new(10);
        let order = fingerprint(&["POST", "/fapi/v1/order"], b"signature");
        let at = |ms| Time::from_ms(NOW + ms);
        assert_eq!(code(guard.note(&window(NOW), order, at(0))), 0);
        for later in [0, 1, 59_999, 60_000] {
            assert_eq!(code(guard.note(&window(NOW), order, at(later))), -1022, "{later}");
        }
        assert_eq!(code(guard.note(&window(NOW), fingerprint(&["DELETE", "/fapi/v1/order"], b"signature"), at(0))), 0);
        assert_eq!(code(guard.note(&window(NOW), fingerprint(&["POST", "/fapi/v1/order"], b"Signature"), at(0))), 0);
        assert_eq!(guard.remembered(), 3);
        assert_eq!(code(guard.note(&window(NOW + 60_001), order, at(60_001))), 0);
        assert_eq!(guard.remembered(), 1, "what can no longer be accepted is forgotten");
    }

    #[test]
    fn ten_thousand_requests_sent_three_times_have_one_effect_each() {
        let mut guard = ReplayGuard::new(super::DEFAULT_CAPACITY);
        let mut effects = 0;
        for _ in 0..3 {
            for number in 0_u32..10_000 {
                let request = fingerprint(&["POST", "/fapi/v1/order"], &number.to_be_bytes());
                effects += i32::from(guard.note(&window(NOW + u64::from(number % 900)), request, Time::from_ms(NOW)).is_ok());
            }
        }
        assert_eq!(effects, 10_000);
    }

    #[test]
    fn a_full_memory_never_lets_a_request_through_twice() {
        for capacity in [1, 2, 7, 100] {
            let mut guard = ReplayGuard::new(capacity);
            let mut effects = vec![0; 500];
            for round in 0..3 {
                for (number, effect) in effects.iter_mut().enumerate() {
                    let request = fingerprint(&["POST"], &number.to_be_bytes());
                    let timestamp = NOW + u64::try_from(number * 7 % 500).unwrap();
                    *effect += i32::from(guard.note(&window(timestamp), request, Time::from_ms(NOW + round)).is_ok());
                }
                assert!(guard.remembered() <= capacity);
            }
            assert!(effects.iter().all(|effect| *effect <= 1), "capacity {capacity}");
            assert!(effects.iter().sum::<i32>() >= 1);
        }
    }

    #[test]
    fn what_was_forgotten_is_not_accepted_with_the_same_timestamp() {
        let mut guard = ReplayGuard::new(1);
        let request = |number: u8| fingerprint(&["POST"], &[number]);
        let first = [1, 2].map(|number| code(guard.note(&window(NOW), request(number), Time::from_ms(NOW))));
        assert!(first.contains(&0));
        for number in [1, 2] {
            let again = code(guard.note(&window(NOW), request(number), Time::from_ms(NOW)));
            assert!(matches!(again, -1021 | -1022), "{number}: {again}");
        }
        assert_eq!(code(guard.note(&window(NOW + 1), request(1), Time::from_ms(NOW))), 0, "what is newer is accepted");
    }

    #[test]
    fn a_clock_set_back_lets_nothing_through_twice() {
        let mut guard = ReplayGuard::new(10);
        let request = |number: u8| fingerprint(&["POST"], &[number]);
        assert_eq!(code(guard.note(&window(NOW), request(1), Time::from_ms(NOW))), 0);
        assert_eq!(code(guard.note(&window(NOW + 60_001), request(2), Time::from_ms(NOW + 60_001))), 0);
        assert_eq!(guard.remembered(), 1);
        assert_eq!(code(guard.note(&window(NOW), request(1), Time::from_ms(NOW))), -1021);
        assert_eq!(code(guard.note(&window(NOW + 1), request(1), Time::from_ms(NOW))), 0);
    }

    #[test]
    fn parts_of_an_action_do_not_run_into_each_other() {
        assert_ne!(fingerprint(&["POST", "/a"], b"x"), fingerprint(&["POST/", "a"], b"x"));
        assert_ne!(fingerprint(&["POST"], b"x"), fingerprint(&["POST", ""], b"x"));
    }
}
