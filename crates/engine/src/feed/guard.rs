//! Whether a new mark may be used to liquidate.

use ringfence_risk::arithmetic::{OutOfRange, Rounding, SCALE, add, mul_div, sub};
use ringfence_risk::units::{IndexPrice, MarkPrice, Rate};

use super::rule::{BadRule, is_near, within};
use crate::time::Time;

/// What is asked of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuardRule {
    /// A mark further than this from the last accepted one must be confirmed, as a fraction of the last accepted one. Zero: no limit.
    pub jump: Rate,
    /// A mark further than this from the index is never accepted, as a fraction of the index. Zero: no limit.
    pub band: Rate,
    /// When nothing was accepted for longer than this many milliseconds, the last mark is stale. Zero: an accepted mark never becomes stale.
    pub stale_after_ms: u64,
}

impl GuardRule {
    /// The rule itself, if neither rate is negative.
    ///
    /// # Errors
    /// [`BadRule`] naming the setting, what it was and its limits.
    ///
    /// ```
    /// use ringfence_engine::feed::GuardRule;
    /// let rule = GuardRule { jump: "-0.01".parse()?, band: "0.1".parse()?, stale_after_ms: 10_000 };
    /// assert_eq!(rule.check().unwrap_err().to_string(), "jump is -0.01; it must be from 0 to 10");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn check(self) -> Result<Self, BadRule> {
        within("jump", self.jump, Rate::ZERO, Rate::GREATEST)?;
        within("band", self.band, Rate::ZERO, Rate::GREATEST)?;
        Ok(self)
    }
}

/// What becomes of a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// It is the mark now: liquidate by it.
    Accept,
    /// It is held back until the next candidate confirms it; the last accepted mark stands.
    AwaitConfirmation {
        /// The last accepted mark.
        from: MarkPrice,
        /// The candidate held back.
        to: MarkPrice,
    },
    /// It is too far from the index; the last accepted mark stands, and nothing is held back any more.
    OutsideBand {
        /// The last price that would have been near enough: rounded towards the index, not on the mark's grid.
        limit: MarkPrice,
    },
}

/// The last accepted mark, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Accepted {
    pub(crate) mark: MarkPrice,
    pub(crate) at: Time,
}

/// Keeps a single wrong mark from liquidating anyone, and a true crash from being held up for more than one candidate.
///
/// In this order: a candidate outside the band around the index is refused. One within `jump` of the last accepted mark is accepted, as is the
/// first one ever. One within `jump` of the candidate that was held back just before is accepted. Any other is held back itself. Limits are
/// included: a candidate exactly at one is within it.
///
/// ```
/// use ringfence_engine::feed::{GuardRule, MarkGuard, Verdict};
/// use ringfence_engine::time::Time;
///
/// let mut guard = MarkGuard::new(GuardRule { jump: "0.05".parse()?, band: "0.2".parse()?, stale_after_ms: 10_000 })?;
/// let (index, now) = ("60000".parse()?, Time::from_ms(1_700_000_000_000));
/// assert_eq!(guard.admit("60000".parse()?, index, now), Verdict::Accept);
/// assert_eq!(guard.admit("71999".parse()?, index, now), Verdict::AwaitConfirmation { from: "60000".parse()?, to: "71999".parse()? });
/// assert_eq!(guard.admit("60010".parse()?, index, now), Verdict::Accept); // it was a spike
/// assert_eq!(guard.admit("47000".parse()?, index, now), Verdict::OutsideBand { limit: "48000".parse()? });
/// assert_eq!(guard.last(), Some("60010".parse()?));
/// assert!(!guard.is_stale(now.plus_ms(10_000)) && guard.is_stale(now.plus_ms(10_001)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkGuard {
    pub(crate) rule: GuardRule,
    pub(crate) accepted: Option<Accepted>,
    pub(crate) held: Option<MarkPrice>,
}

impl MarkGuard {
    /// Nothing is accepted yet.
    ///
    /// # Errors
    /// [`BadRule`] when a rate is negative.
    pub fn new(rule: GuardRule) -> Result<Self, BadRule> {
        Ok(Self { rule: rule.check()?, accepted: None, held: None })
    }

    /// The rule it was made with.
    #[must_use]
    pub const fn rule(&self) -> GuardRule {
        self.rule
    }

    /// Decides on a candidate, and remembers what it decided.
    pub fn admit(&mut self, candidate: MarkPrice, index: IndexPrice, now: Time) -> Verdict {
        if let Some(limit) = self.passed_limit(candidate, index) {
            self.held = None;
            return Verdict::OutsideBand { limit };
        }
        if let Some(from) = self.last()
            && !self.is_step(from, candidate)
            && !self.held.is_some_and(|held| self.is_step(held, candidate))
        {
            self.held = Some(candidate);
            return Verdict::AwaitConfirmation { from, to: candidate };
        }
        let at = self.accepted.map_or(now, |last| last.at.max(now));
        self.accepted = Some(Accepted { mark: candidate, at });
        self.held = None;
        Verdict::Accept
    }

    /// Whether nothing was accepted for longer than `stale_after_ms`, or nothing ever.
    #[must_use]
    pub fn is_stale(&self, now: Time) -> bool {
        let limit = self.rule.stale_after_ms;
        self.accepted.is_none_or(|last| limit != 0 && now.since(last.at) > limit)
    }

    /// The last accepted mark.
    #[must_use]
    pub fn last(&self) -> Option<MarkPrice> {
        self.accepted.map(|last| last.mark)
    }

    /// Whether a mark lies within `jump` of another.
    fn is_step(&self, from: MarkPrice, to: MarkPrice) -> bool {
        self.rule.jump == Rate::ZERO || is_near(to.raw(), from.raw(), self.rule.jump)
    }

    /// The limit of the band that a candidate lies beyond; `None` inside the band.
    fn passed_limit(&self, candidate: MarkPrice, index: IndexPrice) -> Option<MarkPrice> {
        if self.rule.band == Rate::ZERO || is_near(candidate.raw(), index.raw(), self.rule.band) {
            return None;
        }
        // The limit lies between the index and the candidate, so it is a price.
        let limit = if candidate.raw() > index.raw() { self.highest(index) } else { self.lowest(index) };
        Some(limit.unwrap_or(candidate))
    }

    fn highest(&self, index: IndexPrice) -> Result<MarkPrice, OutOfRange> {
        let part = add(SCALE, self.rule.band.wide())?;
        MarkPrice::from_wide(mul_div(index.wide(), part, SCALE, Rounding::Floor)?)
    }

    fn lowest(&self, index: IndexPrice) -> Result<MarkPrice, OutOfRange> {
        let part = sub(SCALE, self.rule.band.wide())?;
        MarkPrice::from_wide(mul_div(index.wide(), part, SCALE, Rounding::Ceiling)?)
    }
}
