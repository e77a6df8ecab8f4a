//! Triggers in the order in which a moving mark meets them.

use crate::watch::Band;
use ringfence_risk::units::MarkPrice;

/// The marks at which one position is to be looked at: on the way down and on the way up.
///
/// A long has the first, a short the second; with brackets that jump a position may have both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Arms {
    pub(crate) below: Option<MarkPrice>,
    pub(crate) above: Option<MarkPrice>,
}

/// Two stacks, the nearest trigger last. Looking costs nothing, taking one is a pop.
#[derive(Debug, Default)]
pub(crate) struct Triggers {
    /// Ascending: the last is met first on the way down.
    falling: Vec<(MarkPrice, usize)>,
    /// Descending: the last is met first on the way up.
    rising: Vec<(MarkPrice, usize)>,
}

impl Triggers {
    pub(crate) fn build(arms: impl Iterator<Item = (usize, Arms)>) -> Self {
        let mut built = Self::default();
        for (position, arms) in arms {
            built.falling.extend(arms.below.map(|mark| (mark, position)));
            built.rising.extend(arms.above.map(|mark| (mark, position)));
        }
        // Of equal triggers the first position is met first: it is last in the stack.
        built.falling.sort_unstable_by(|one, other| one.0.cmp(&other.0).then(other.1.cmp(&one.1)));
        built.rising.sort_unstable_by(|one, other| other.0.cmp(&one.0).then(other.1.cmp(&one.1)));
        built
    }

    /// The nearest of both stacks.
    pub(crate) fn band(&self) -> Band {
        Band::of(self.falling.last().map(|(mark, _)| *mark), self.rising.last().map(|(mark, _)| *mark))
    }

    /// Takes the next position whose trigger the mark has reached or passed.
    pub(crate) fn pop(&mut self, mark: MarkPrice) -> Option<usize> {
        if self.falling.last().is_some_and(|(trigger, _)| *trigger >= mark) {
            return self.falling.pop().map(|(_, position)| position);
        }
        if self.rising.last().is_some_and(|(trigger, _)| *trigger <= mark) {
            return self.rising.pop().map(|(_, position)| position);
        }
        None
    }

    /// Adds a position's triggers. Older ones of it may stay: whoever takes one asks the exact test again.
    pub(crate) fn insert(&mut self, position: usize, arms: Arms) {
        if let Some(mark) = arms.below {
            let at = self.falling.partition_point(|(other, _)| *other < mark);
            self.falling.insert(at, (mark, position));
        }
        if let Some(mark) = arms.above {
            let at = self.rising.partition_point(|(other, _)| *other > mark);
            self.rising.insert(at, (mark, position));
        }
    }
}
