//! Which part of a history a call asks for.

use ringfence_engine::time::Time;

use crate::edge::error::{ApiError, Code};
use crate::edge::parameters::Parameters;
use crate::record::Window;

/// Seven days: the longest span of an account's histories.
pub const WEEK_MS: u64 = 7 * DAY_MS;
const DAY_MS: u64 = 86_400_000;

/// What a history's parameters may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The parameter with the first number, if the history has one.
    pub from: Option<&'static str>,
    /// The limit where none is given.
    pub default: usize,
    /// The greatest limit: a greater one counts as this.
    pub most: usize,
    /// The longest time between start and end, in milliseconds.
    pub longest_ms: Option<u64>,
}

/// `startTime` and `endTime`.
///
/// # Errors
/// −1023 when the start is after the end.
pub fn times(parameters: &Parameters) -> Result<(Option<Time>, Option<Time>), ApiError> {
    let time = |name| Ok::<_, ApiError>(parameters.unsigned(name)?.map(Time::from_ms));
    let (start, end) = (time("startTime")?, time("endTime")?);
    match (start, end) {
        (Some(start), Some(end)) if start > end => Err(ApiError::of(Code::StartAfterEnd)),
        (_, _) => Ok((start, end)),
    }
}

/// `limit`.
///
/// # Errors
/// −1130 for zero.
pub fn limit(parameters: &Parameters, (default, most): (usize, usize)) -> Result<usize, ApiError> {
    let limit = parameters.unsigned("limit")?.map_or(default, |limit| usize::try_from(limit).unwrap_or(most).min(most));
    if limit == 0 { Err(ApiError::invalid("limit")) } else { Ok(limit) }
}

/// The part of a history that a call asks for.
///
/// # Errors
/// −1023 when the start is after the end, −4165 or −1127 when they lie too far apart, −1130 for a limit of zero.
pub fn window(parameters: &Parameters, bounds: &Bounds) -> Result<Window, ApiError> {
    let (start, end) = times(parameters)?;
    if let (Some(start), Some(end), Some(longest)) = (start, end, bounds.longest_ms)
        && end.since(start) > longest
    {
        return Err(if longest < DAY_MS {
            ApiError::lookup_interval(longest / 3_600_000)
        } else {
            ApiError::time_interval(longest / DAY_MS)
        });
    }
    let from = bounds.from.map(|from| parameters.unsigned(from)).transpose()?.flatten();
    Ok(Window { from, start, end, page: None, limit: limit(parameters, (bounds.default, bounds.most))? })
}

/// `page`: from 1.
///
/// # Errors
/// −1130 for zero.
pub fn page_number(parameters: &Parameters) -> Result<Option<u32>, ApiError> {
    let page = parameters.unsigned("page")?.map(|page| u32::try_from(page).unwrap_or(u32::MAX));
    if page == Some(0) { Err(ApiError::invalid("page")) } else { Ok(page) }
}

/// So many of a list, oldest first: of a page, counted from the oldest; the first ones from a start on; without either the latest.
pub fn cut<T>(mut found: Vec<T>, window: &Window) -> Vec<T> {
    if let Some(page) = window.page {
        let skip = usize::try_from(page).unwrap_or(usize::MAX).saturating_sub(1).saturating_mul(window.limit);
        return found.into_iter().skip(skip).take(window.limit).collect();
    }
    if window.from.is_some() || window.start.is_some() {
        found.truncate(window.limit);
        return found;
    }
    let skip = found.len().saturating_sub(window.limit);
    found.split_off(skip)
}
