//! Whether rows follow on one another, and what was counted where they do not.

use crate::error::Fault;
use crate::reading::{Policies, Policy};

/// What a file turned out to hold. Complete once its last row is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rows taken.
    pub rows: u64,
    /// The time between two bars: the stated one, or the least of the file.
    pub step_ms: Option<i64>,
    /// Times at which a bar, or a number of a trade, does not follow on the one before.
    pub gaps: u64,
    /// Bars or trades missing in all gaps together.
    pub missing: u64,
    /// The longest gap: from which time, for how many milliseconds.
    pub longest_gap: Option<(i64, i64)>,
    /// Rows given again.
    pub repeated: u64,
    /// Rows with a time before that of the row before.
    pub back: u64,
    /// Rows passed over: repeated, going back, or before the book of a feed was known.
    pub passed_over: u64,
    /// Whether the last row ends without a line end, as in a file that was cut off.
    pub unended: bool,
}

impl Summary {
    /// Whether every row followed on the one before and was taken, up to a line end.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.gaps == 0 && self.repeated == 0 && self.back == 0 && self.passed_over == 0 && !self.unended
    }
}

impl core::fmt::Display for Summary {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(formatter, "{} rows", self.rows)?;
        if let Some(step) = self.step_ms {
            write!(formatter, " {step} ms apart")?;
        }
        match (self.gaps, self.longest_gap) {
            (0, _) => formatter.write_str(", no gap")?,
            (gaps, None) => write!(formatter, ", {gaps} gaps ({} rows missing)", self.missing)?,
            (gaps, Some((from, length))) => {
                write!(formatter, ", {gaps} gaps ({} rows missing, the longest {length} ms from {from})", self.missing)?;
            }
        }
        for (count, what) in [(self.repeated, "repeated"), (self.back, "going back"), (self.passed_over, "passed over")] {
            if count > 0 {
                write!(formatter, ", {count} {what}")?;
            }
        }
        formatter.write_str(if self.unended { ", the last row without a line end" } else { "" })
    }
}

/// What is to follow on what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sequence {
    /// Bars: one for each time, at equal steps.
    Times,
    /// Funding rates: one for each time.
    Increasing,
    /// Trades or quotes: several may share a time.
    Moments,
}

/// Whether a row is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Taken,
    PassedOver,
}

/// Holds every row against the one before.
#[derive(Debug)]
pub(crate) struct Order {
    sequence: Sequence,
    policies: Policies,
    stated_step_ms: Option<i64>,
    previous_ms: Option<i64>,
    previous_id: Option<u64>,
    first_ms: Option<i64>,
    /// Steps of the least length seen so far, and where the first of them began.
    even_steps: u64,
    even_from_ms: i64,
    summary: Summary,
}

impl Order {
    pub(crate) fn new(sequence: Sequence, policies: Policies, step_ms: Option<i64>) -> Self {
        let stated_step_ms = step_ms.filter(|_| sequence == Sequence::Times);
        let summary = Summary { step_ms: stated_step_ms, ..Summary::default() };
        Self {
            sequence,
            policies,
            stated_step_ms,
            previous_ms: None,
            previous_id: None,
            first_ms: None,
            even_steps: 0,
            even_from_ms: 0,
            summary,
        }
    }

    /// What was counted so far.
    pub(crate) fn summary(&self) -> Summary {
        let mut summary = self.summary;
        if let (Sequence::Times, Some(step), Some(first), Some(last)) =
            (self.sequence, summary.step_ms, self.first_ms, self.previous_ms)
        {
            let steps = summary.rows.saturating_sub(1).saturating_sub(summary.repeated).saturating_sub(summary.back);
            summary.gaps = steps.saturating_sub(self.even_steps);
            let whole = u64::try_from(last.saturating_sub(first).checked_div(step).unwrap_or(0)).unwrap_or(0);
            summary.missing = whole.saturating_sub(steps);
        }
        summary.longest_gap = summary.longest_gap.filter(|_| summary.gaps > 0);
        summary
    }

    pub(crate) const fn pass_over(&mut self) {
        self.summary.passed_over = self.summary.passed_over.saturating_add(1);
    }

    /// Judges the next row by its time and, where it has one, its number.
    #[inline]
    pub(crate) fn place(&mut self, field: &'static str, value: i64, id: Option<(&'static str, u64)>) -> Result<Verdict, Fault> {
        let Some(previous) = self.previous_ms else {
            self.first_ms = Some(value);
            return Ok(self.take(value, id));
        };
        if value < previous {
            let fault = Fault::TimeGoesBack { field, previous, value };
            return self.judge(self.policies.back, fault, |summary| &mut summary.back, (value, id));
        }
        match self.sequence {
            Sequence::Times | Sequence::Increasing if value == previous => {
                let fault = Fault::TimeRepeated { field, value };
                return self.judge(self.policies.repeated, fault, |summary| &mut summary.repeated, (value, id));
            }
            Sequence::Times => self.step(field, previous, value)?,
            Sequence::Increasing => {}
            Sequence::Moments => {
                if let (Some((field, value_id)), Some(previous)) = (id, self.previous_id) {
                    if value_id <= previous {
                        let fault = Fault::IdentifierNotGreater { field, previous, value: value_id };
                        return self.judge(self.policies.repeated, fault, |summary| &mut summary.repeated, (value, id));
                    }
                    self.follow(field, previous, value_id)?;
                }
            }
        }
        Ok(self.take(value, id))
    }

    #[inline]
    const fn take(&mut self, value: i64, id: Option<(&'static str, u64)>) -> Verdict {
        self.previous_ms = Some(value);
        if let Some((_, id)) = id {
            self.previous_id = Some(id);
        }
        self.summary.rows = self.summary.rows.saturating_add(1);
        Verdict::Taken
    }

    #[cold]
    fn judge(
        &mut self,
        policy: Policy,
        fault: Fault,
        count: fn(&mut Summary) -> &mut u64,
        (value, id): (i64, Option<(&'static str, u64)>),
    ) -> Result<Verdict, Fault> {
        if policy == Policy::Refuse {
            return Err(fault);
        }
        let count = count(&mut self.summary);
        *count = count.saturating_add(1);
        if policy == Policy::Keep {
            return Ok(self.take(value, id));
        }
        self.pass_over();
        Ok(Verdict::PassedOver)
    }

    /// Holds the time between two bars against the step.
    #[inline]
    fn step(&mut self, field: &'static str, previous: i64, value: i64) -> Result<(), Fault> {
        let length = value.saturating_sub(previous);
        match self.summary.step_ms {
            Some(step) if length == step => self.even_steps = self.even_steps.saturating_add(1),
            None => self.least_step(previous, length),
            Some(step) if length > step && self.policies.gap != Policy::Refuse => self.note_gap(previous, length),
            Some(step) if length < step && self.stated_step_ms.is_none() && self.policies.gap != Policy::Refuse => {
                self.note_gap(self.even_from_ms, step);
                self.least_step(previous, length);
            }
            Some(step_ms) => return Err(Fault::Gap { field, step_ms, previous, value }),
        }
        Ok(())
    }

    /// Holds the number of a trade against the one before.
    #[inline]
    fn follow(&mut self, field: &'static str, previous: u64, value: u64) -> Result<(), Fault> {
        let missing = value.saturating_sub(previous).saturating_sub(1);
        if missing == 0 {
            return Ok(());
        }
        if self.policies.gap == Policy::Refuse {
            return Err(Fault::IdentifierGap { field, previous, value });
        }
        self.summary.gaps = self.summary.gaps.saturating_add(1);
        self.summary.missing = self.summary.missing.saturating_add(missing);
        Ok(())
    }

    #[cold]
    const fn least_step(&mut self, from: i64, length: i64) {
        (self.summary.step_ms, self.even_steps, self.even_from_ms) = (Some(length), 1, from);
    }

    #[cold]
    fn note_gap(&mut self, from: i64, length: i64) {
        if self.summary.longest_gap.is_none_or(|(_, longest)| length > longest) {
            self.summary.longest_gap = Some((from, length));
        }
    }
}
