//! The edges of one watched price: what it meets first as it falls and as it rises.

use super::condition::{Condition, ConditionalId, Trailing};
use ringfence_risk::filters::OrderSide;
use ringfence_risk::units::Price;
use std::collections::BTreeSet;

/// Which way the price must go to meet an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Falling,
    Rising,
}

impl Way {
    /// In the order in which edges are reported.
    pub(super) const BOTH: [Self; 2] = [Self::Falling, Self::Rising];

    /// The order in which prices are met on this way, the first the least. Its own inverse.
    const fn rank(self, raw: i64) -> i64 {
        match self {
            Self::Falling => raw.wrapping_neg(),
            Self::Rising => raw,
        }
    }
}

/// What happens at an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// The condition is met.
    Trigger,
    /// A trailing stop becomes active or its extreme moves.
    Move,
}

/// An edge of a condition: met by the first price at or past a raw one. No price is at or below zero, every price at or below `i64::MAX`.
type Edge = (Way, Event, i64);

/// The edges of a condition: at most two.
fn edges(condition: &Condition) -> impl Iterator<Item = Edge> {
    let (first, second) = match condition {
        Condition::AtOrAbove(limit) => (Some((Way::Rising, Event::Trigger, limit.raw())), None),
        Condition::AtOrBelow(limit) => (Some((Way::Falling, Event::Trigger, limit.raw())), None),
        Condition::Trailing(trailing) => (trigger_edge(trailing), Some(move_edge(trailing))),
    };
    first.into_iter().chain(second)
}

/// Where the price triggers a trailing stop.
fn trigger_edge(trailing: &Trailing) -> Option<Edge> {
    let way = match trailing.side {
        OrderSide::Sell => Way::Falling,
        OrderSide::Buy => Way::Rising,
    };
    trailing.raw_trigger().map(|trigger| (way, Event::Trigger, trigger))
}

/// Where the price makes a trailing stop active or moves its extreme: 10⁻⁸ past the extreme, at the activation, or anywhere.
fn move_edge(trailing: &Trailing) -> Edge {
    let (extreme, activation) = (trailing.extreme.map(Price::raw), trailing.activation.map(Price::raw));
    match trailing.side {
        OrderSide::Sell => {
            let next = extreme.map(|extreme| extreme.saturating_add(1));
            (Way::Rising, Event::Move, next.or(activation).unwrap_or(0))
        }
        OrderSide::Buy => {
            let next = extreme.map(|extreme| extreme.saturating_sub(1));
            (Way::Falling, Event::Move, next.or(activation).unwrap_or(i64::MAX))
        }
    }
}

/// Edges by rank, then id.
type Ranked = BTreeSet<(i64, ConditionalId)>;

/// The edges on one way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Path {
    triggers: Ranked,
    moves: Ranked,
}

impl Path {
    const fn of(&self, event: Event) -> &Ranked {
        match event {
            Event::Trigger => &self.triggers,
            Event::Move => &self.moves,
        }
    }

    const fn of_mut(&mut self, event: Event) -> &mut Ranked {
        match event {
            Event::Trigger => &mut self.triggers,
            Event::Move => &mut self.moves,
        }
    }

    /// The least rank of any edge.
    fn nearest(&self) -> Option<i64> {
        let first = |ranked: &Ranked| ranked.first().map(|(rank, _)| *rank);
        first(&self.triggers).into_iter().chain(first(&self.moves)).min()
    }
}

/// The edges of one watched price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Watch {
    /// Raw prices: strictly between the two nothing happens. Right after [`Watch::settle`].
    below: i64,
    above: i64,
    falling: Path,
    rising: Path,
}

impl Default for Watch {
    fn default() -> Self {
        Self { below: i64::MIN, above: i64::MAX, falling: Path::default(), rising: Path::default() }
    }
}

impl Watch {
    /// Whether nothing happens at this price.
    #[inline]
    pub(super) const fn is_quiet(&self, price: Price) -> bool {
        price.raw() > self.below && price.raw() < self.above
    }

    /// Adds the edges of a condition; [`Watch::settle`] is to follow.
    pub(super) fn insert(&mut self, id: ConditionalId, condition: &Condition) {
        for (way, event, raw) in edges(condition) {
            self.path_mut(way).of_mut(event).insert((way.rank(raw), id));
        }
    }

    /// Removes the edges of a condition; [`Watch::settle`] is to follow.
    pub(super) fn remove(&mut self, id: ConditionalId, condition: &Condition) {
        for (way, event, raw) in edges(condition) {
            self.path_mut(way).of_mut(event).remove(&(way.rank(raw), id));
        }
    }

    /// The first to be met on this way, if this price is at its edge or past it.
    pub(super) fn first_met(&self, way: Way, event: Event, price: Price) -> Option<ConditionalId> {
        let path = match way {
            Way::Falling => &self.falling,
            Way::Rising => &self.rising,
        };
        path.of(event).first().filter(|(rank, _)| *rank <= way.rank(price.raw())).map(|(_, id)| *id)
    }

    /// Recomputes the quiet prices from the nearest edges.
    pub(super) fn settle(&mut self) {
        self.below = self.falling.nearest().map_or(i64::MIN, |rank| Way::Falling.rank(rank));
        self.above = self.rising.nearest().map_or(i64::MAX, |rank| Way::Rising.rank(rank));
    }

    const fn path_mut(&mut self, way: Way) -> &mut Path {
        match way {
            Way::Falling => &mut self.falling,
            Way::Rising => &mut self.rising,
        }
    }
}
