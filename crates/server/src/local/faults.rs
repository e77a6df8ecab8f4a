//! Faults on purpose: what a client must survive, on Binance's paths only.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http::StatusCode;
use ringfence_engine::time::Time;
use ringfence_market::walk::SplitMix;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::ask::{answer, wrong};
use crate::api::app::App;
use crate::api::call::{Call, Success};
use crate::edge::error::{ApiError, Code};
use crate::edge::parameters::Parameters;

/// Longest delay of an answer, in milliseconds.
pub const LONGEST_LATENCY_MS: u64 = 60_000;
/// Most that the clock which judges signatures may be off, in milliseconds.
pub const GREATEST_SKEW_MS: i64 = 3_600_000;

/// The faults in force.
pub struct Faults {
    active: Mutex<Option<Active>>,
    sockets: watch::Sender<u64>,
}

struct Active {
    latency: Duration,
    permille: u64,
    reject: Rejection,
    skew_ms: i64,
    until: Option<Instant>,
    random: SplitMix,
}

/// What a request is refused with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rejection {
    TooMany,
    Banned,
    Internal,
    Unavailable,
}

const REJECTIONS: [(&str, Rejection); 4] =
    [("429", Rejection::TooMany), ("418", Rejection::Banned), ("500", Rejection::Internal), ("503", Rejection::Unavailable)];

/// What one request meets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hit {
    /// How long it waits.
    pub latency: Duration,
    /// What it is refused with; it is not executed then.
    pub refusal: Option<ApiError>,
}

/// How far a clock is off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skew(i64);

impl Skew {
    /// What the clock shows at this time.
    #[must_use]
    pub const fn of(self, time: Time) -> Time {
        Time::from_ms(time.ms().saturating_add_signed(self.0))
    }
}

impl Rejection {
    fn error(self) -> ApiError {
        let said = |code, text: &str| {
            ApiError::saying(code, format!("{text} (a fault injected at /local/v1/faults; nothing was executed)"))
        };
        match self {
            Self::TooMany => said(Code::TooManyRequests, "Too many requests.").after(1),
            Self::Banned => said(Code::Banned, "Way too many requests; IP banned.").after(120),
            Self::Internal => said(Code::Internal, Code::Internal.text()),
            Self::Unavailable => said(Code::Unknown, "Unknown error, please check your request or try again later.")
                .with_status(StatusCode::SERVICE_UNAVAILABLE),
        }
    }
}

impl Default for Faults {
    fn default() -> Self {
        Self { active: Mutex::new(None), sockets: watch::channel(0).0 }
    }
}

impl Faults {
    fn active(&self) -> MutexGuard<'_, Option<Active>> {
        let mut active = self.active.lock().unwrap_or_else(PoisonError::into_inner);
        if active.as_ref().and_then(|active| active.until).is_some_and(|until| until <= Instant::now()) {
            *active = None;
        }
        active
    }

    /// What the next request meets.
    #[must_use]
    pub fn meet(&self) -> Hit {
        let mut active = self.active();
        let Some(active) = active.as_mut() else { return Hit::default() };
        let refused = active.random.below(1_000) < active.permille;
        Hit { latency: active.latency, refusal: refused.then(|| active.reject.error()) }
    }

    /// How far the clock that judges signatures is off.
    #[must_use]
    pub fn skew(&self) -> Skew {
        Skew(self.active().as_ref().map_or(0, |active| active.skew_ms))
    }

    /// Changes whenever all open sockets are to be dropped: every stream watches it.
    #[must_use]
    pub fn sockets(&self) -> watch::Receiver<u64> {
        self.sockets.subscribe()
    }

    fn told(&self) -> Value {
        let active = self.active();
        active.as_ref().map_or_else(
            || json!({"active": false}),
            |active| {
                let left = active.until.map(|until| until.saturating_duration_since(Instant::now()).as_secs());
                json!({
                    "active": true, "latency_ms": u64::try_from(active.latency.as_millis()).unwrap_or(u64::MAX),
                    "error_rate_permille": active.permille, "reject": active.reject.error().status.as_u16(),
                    "clock_skew_ms": active.skew_ms, "seconds_left": left,
                })
            },
        )
    }
}

/// `GET /local/v1/faults`.
pub(super) async fn get(app: Arc<App>, _: Call) -> Result<Success, ApiError> {
    answer(&app.local.faults.told(), None)
}

/// `POST /local/v1/faults`: these instead of those in force; without parameters, none.
pub(super) async fn set(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    let faults = &app.local.faults;
    let active = read(&call.parameters)?;
    *faults.active() = active;
    if call.parameters.boolean("drop_sockets")? == Some(true) {
        faults.sockets.send_modify(|times| *times = times.saturating_add(1));
    }
    let mut told = faults.told();
    if let Some(object) = told.as_object_mut() {
        object.insert("sockets_watching".to_owned(), json!(faults.sockets.receiver_count()));
    }
    answer(&told, None)
}

fn read(parameters: &Parameters) -> Result<Option<Active>, ApiError> {
    let latency = bounded(parameters, "latency_ms", LONGEST_LATENCY_MS)?;
    let rate = bounded(parameters, "error_rate_permille", 1_000)?;
    let reject = parameters.choice_or("reject", &REJECTIONS, wrong("reject", "must be 418, 429, 500 or 503"))?;
    let skew = parameters.integer("clock_skew_ms")?;
    let seconds = bounded(parameters, "for_seconds", 86_400)?;
    let seed = parameters.unsigned("seed")?.unwrap_or(1);
    if skew.is_some_and(|skew| skew.abs_diff(0) > GREATEST_SKEW_MS.unsigned_abs()) {
        return Err(wrong("clock_skew_ms", format!("must be ±{GREATEST_SKEW_MS} at most")));
    }
    if latency.is_none() && rate.is_none() && reject.is_none() && skew.is_none() {
        return Ok(None);
    }
    Ok(Some(Active {
        latency: Duration::from_millis(latency.unwrap_or(0)),
        permille: rate.unwrap_or(if reject.is_some() { 1_000 } else { 0 }),
        reject: reject.unwrap_or(Rejection::Unavailable),
        skew_ms: skew.unwrap_or(0),
        until: seconds.and_then(|seconds| Instant::now().checked_add(Duration::from_secs(seconds))),
        random: SplitMix::new(seed),
    }))
}

fn bounded(parameters: &Parameters, field: &str, most: u64) -> Result<Option<u64>, ApiError> {
    let given = parameters.unsigned(field)?;
    match given {
        Some(given) if given > most => Err(wrong(field, format!("must be at most {most}, got {given}"))),
        Some(_) | None => Ok(given),
    }
}

#[cfg(test)]
mod tests {
    use super::{Faults, read};
    use crate::edge::parameters::Parameters;

    fn statuses(query: &str, requests: usize) -> Vec<u16> {
        let faults = Faults::default();
        *faults.active() = read(&Parameters::of_form(query.as_bytes(), b"").unwrap()).unwrap();
        let status = |_| faults.meet().refusal.map_or(200, |error| error.status.as_u16());
        (0..requests).map(status).collect()
    }

    #[test]
    fn the_same_seed_refuses_the_same_requests() {
        let first = statuses("error_rate_permille=300&seed=7", 1_000);
        assert_eq!(first, statuses("error_rate_permille=300&seed=7", 1_000));
        assert_ne!(first, statuses("error_rate_permille=300&seed=8", 1_000));
        let refused = first.iter().filter(|status| **status == 503).count();
        assert!((250..350).contains(&refused), "{refused}");
    }

    #[test]
    fn a_rejection_without_a_rate_meets_everybody_and_nothing_meets_nobody() {
        for (query, expected) in [("reject=429", 429), ("reject=418", 418), ("reject=500", 500), ("latency_ms=5", 200), ("", 200)]
        {
            assert_eq!(statuses(query, 3), [expected; 3], "{query}");
        }
        for query in ["reject=404", "latency_ms=60001", "error_rate_permille=1001", "clock_skew_ms=-3600001", "for_seconds=86401"]
        {
            assert!(read(&Parameters::of_form(query.as_bytes(), b"").unwrap()).is_err(), "{query}");
        }
    }
}
