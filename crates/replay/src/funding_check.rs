//! Funding rates held against the formula they are said to come from, and rates computed where none were recorded.

use crate::error::ReplayError;
use crate::time::UtcTime;
use ringfence_market::{FundingRow, Observation, PremiumRow, PremiumSample, ReadError};
use ringfence_risk::arithmetic::{OutOfRange, add, mul, sub};
use ringfence_risk::funding::{FundingTerms, average_premium, funding_rate, premium};
use ringfence_risk::units::{IndexPrice, Rate};

const HOUR_MS: i64 = 3_600_000;

/// How a recorded rate stands to the formula.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// The formula gives it.
    Equal,
    /// The formula gives a number exactly between two of eight decimals; the record has the other of the two.
    OtherHalf,
    /// The formula gives another rate.
    Differs,
}

/// One row of the record beside what the formula makes of its premium.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckedRate {
    /// When the funding was exchanged.
    pub time: UtcTime,
    /// The input.
    pub premium: Rate,
    /// Hours the rate is for.
    pub hours: i64,
    /// As recorded.
    pub recorded: Rate,
    /// As computed: to the nearest 10⁻⁸, halves to even.
    pub computed: Rate,
    /// How they stand to each other.
    pub agreement: Agreement,
}

/// Hours of the interval that ends at a row: the nearest of 1, 2, 4 and 8 to the time since the row before; for the first row, to the time until the
/// next.
fn hours(rows: &[PremiumRow], number: usize) -> i64 {
    let time = |number: usize| rows.get(number).map(|row| row.time_ms);
    let length = match number.checked_sub(1).and_then(time) {
        Some(before) => time(number).map(|now| now.saturating_sub(before)),
        None => time(1).zip(time(0)).map(|(next, now)| next.saturating_sub(now)),
    };
    let length = length.unwrap_or(HOUR_MS);
    let distance = |hours: &i64| length.saturating_sub(hours.saturating_mul(HOUR_MS)).saturating_abs();
    [1, 2, 4, 8].into_iter().min_by_key(distance).unwrap_or(1)
}

/// Holds every recorded rate against `(premium + clamp(interest − premium, ± band)) ÷ n`, where `n` is how often the row's interval fits eight hours.
/// `terms.settlements_per_eight_hours` is not looked at: the rows say.
///
/// # Errors
/// [`OutOfRange`] when a number does not fit.
pub fn check_funding(rows: &[PremiumRow], terms: &FundingTerms) -> Result<Vec<CheckedRate>, OutOfRange> {
    let check = |(number, row): (usize, &PremiumRow)| {
        let hours = hours(rows, number);
        let settlements = 8_i64.checked_div(hours).unwrap_or(1);
        let computed = funding_rate(row.premium, &FundingTerms { settlements_per_eight_hours: settlements, ..*terms })?;
        // Before the division: what the recorded rate, times n, may miss by half a unit.
        let whole = funding_rate(row.premium, &FundingTerms { settlements_per_eight_hours: 1, ..*terms })?;
        let missed = sub(mul(row.rate.wide(), settlements.into())?, whole.wide())?.saturating_abs();
        let agreement = if computed == row.rate {
            Agreement::Equal
        } else if missed.saturating_mul(2) == i128::from(settlements) {
            Agreement::OtherHalf
        } else {
            Agreement::Differs
        };
        Ok(CheckedRate { time: UtcTime(row.time_ms), premium: row.premium, hours, recorded: row.rate, computed, agreement })
    };
    rows.iter().enumerate().map(check).collect()
}

/// Premiums of a contract over its index, and how many prices had no counterpart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Premiums {
    /// A sample for every time at which both were recorded.
    pub samples: Vec<PremiumSample>,
    /// Rows of one file at whose time the other has none.
    pub unmatched: u64,
}

/// A series of closes: a bar's close at its opening time, a tick's price at its own.
fn closes<I>(series: I) -> impl Iterator<Item = Result<(i64, ringfence_risk::units::MarkPrice), ReadError>>
where
    I: Iterator<Item = Result<Observation, ReadError>>,
{
    series.map(|row| {
        row.map(|row| match row {
            Observation::Bar(bar) => (bar.open_time_ms, bar.close),
            Observation::Tick(tick) => (tick.time_ms, tick.price),
        })
    })
}

/// Samples `(price − index) ÷ index` wherever both series have a row of the same time. The closes stand for the impact prices of a venue, which
/// bars do not hold; a spot file stands for the index.
///
/// # Errors
/// [`ReplayError`] when a file is faulty.
pub fn premiums<I, J>(contract: I, index: J) -> Result<Premiums, ReplayError>
where
    I: Iterator<Item = Result<Observation, ReadError>>,
    J: Iterator<Item = Result<Observation, ReadError>>,
{
    let (mut contract, mut index) = (closes(contract).peekable(), closes(index).peekable());
    let mut found = Premiums { samples: Vec::new(), unmatched: 0 };
    loop {
        let (price, spot) = match (contract.peek(), index.peek()) {
            (Some(Ok(price)), Some(Ok(spot))) => (Some(*price), Some(*spot)),
            (Some(Ok(price)), None) => (Some(*price), None),
            (None, Some(Ok(spot))) => (None, Some(*spot)),
            (None, None) => return Ok(found),
            (Some(Err(_)), _) => {
                contract.next().transpose()?;
                continue;
            }
            (_, Some(Err(_))) => {
                index.next().transpose()?;
                continue;
            }
        };
        let (at, other) = (price.map_or(i64::MAX, |(at, _)| at), spot.map_or(i64::MAX, |(at, _)| at));
        if at <= other {
            contract.next();
        }
        if other <= at {
            index.next();
        }
        match (price, spot) {
            (Some((at, price)), Some((other, spot))) if at == other => {
                let premium = premium(price.as_price(), price.as_price(), IndexPrice::from_wide(spot.wide())?)?;
                found.samples.push(PremiumSample { time_ms: at, premium });
            }
            (Some(_) | None, _) => found.unmatched = found.unmatched.saturating_add(1),
        }
    }
}

/// Funding rates from samples of the premium, whose times increase.
///
/// Intervals of `hours` begin at whole multiples since 1970. A sample counts for the interval in which its bar opens, later ones more than earlier
/// ones (the n-th n times); the rate is due at the end of the interval. An interval that the samples do not cover from its beginning to its
/// end is left out: `step_ms` is the time between two samples.
///
/// # Errors
/// [`ReplayError`] for an interval that is none of 1, 2, 4 and 8 hours, or a number out of range.
pub fn compute_funding(
    samples: &[PremiumSample],
    terms: &FundingTerms,
    (hours, step_ms): (i64, i64),
) -> Result<Vec<FundingRow>, ReplayError> {
    if ![1, 2, 4, 8].contains(&hours) {
        return Err(ReplayError::FundingInterval { hours });
    }
    let (interval, settlements) = (hours.saturating_mul(HOUR_MS), 8_i64.checked_div(hours).unwrap_or(1));
    let terms = FundingTerms { settlements_per_eight_hours: settlements, ..*terms };
    let mut rows = Vec::new();
    for group in samples.chunk_by(|one, other| one.time_ms.div_euclid(interval) == other.time_ms.div_euclid(interval)) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let begins = first.time_ms.saturating_sub(first.time_ms.rem_euclid(interval));
        let ends = begins.saturating_add(interval);
        if first.time_ms.saturating_sub(step_ms) >= begins || last.time_ms.saturating_add(step_ms) < ends {
            continue;
        }
        let premiums: Vec<Rate> = group.iter().map(|sample| sample.premium).collect();
        rows.push(FundingRow { time_ms: ends, rate: funding_rate(average_premium(&premiums)?, &terms)? });
    }
    Ok(rows)
}

/// A computed rate beside the recorded one of the same settlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RatePair {
    /// When it is exchanged.
    pub time: UtcTime,
    /// From premiums.
    pub computed: Rate,
    /// As the venue exchanged it; `None` where it is not on record.
    pub recorded: Option<Rate>,
}

impl RatePair {
    /// Computed less recorded.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the range of a rate.
    pub fn difference(&self) -> Result<Option<Rate>, OutOfRange> {
        self.recorded.map(|recorded| Rate::from_wide(sub(self.computed.wide(), recorded.wide())?)).transpose()
    }
}

/// Puts recorded rates beside computed ones; a record within half a minute of a settlement is of it. Both in order of time.
#[must_use]
pub fn pair_funding(computed: &[FundingRow], recorded: &[FundingRow]) -> Vec<RatePair> {
    let of = |row: &FundingRow| {
        let near = |other: &&FundingRow| other.time_ms.saturating_sub(row.time_ms).saturating_abs() <= 30_000;
        let from = recorded.partition_point(|other| other.time_ms.saturating_add(30_000) < row.time_ms);
        let recorded = recorded.get(from).filter(near).map(|other| other.rate);
        RatePair { time: UtcTime(row.time_ms), computed: row.rate, recorded }
    };
    computed.iter().map(of).collect()
}

/// Mean distance of computed from recorded rates, whatever its sign, to the nearest 10⁻⁸; `None` without a pair.
///
/// # Errors
/// [`OutOfRange`] when a sum does not fit.
pub fn mean_distance(pairs: &[RatePair]) -> Result<Option<Rate>, OutOfRange> {
    let (mut sum, mut count) = (0_i128, 0_i128);
    for pair in pairs {
        if let Some(difference) = pair.difference()? {
            (sum, count) = (add(sum, difference.wide().saturating_abs())?, add(count, 1)?);
        }
    }
    if count == 0 {
        return Ok(None);
    }
    let mean = ringfence_risk::arithmetic::div(sum, count, ringfence_risk::arithmetic::Rounding::HalfEven)?;
    Rate::from_wide(mean).map(Some)
}
