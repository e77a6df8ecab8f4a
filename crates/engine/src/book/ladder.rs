//! The occupied prices: an array around the touch with a bitmap on top, and a tree for every price outside it.
//!
//! Bids and asks share one ladder: they never hold the same price, and the touch says where one ends and the other begins.

use std::collections::BTreeMap;

use super::bitmap::Bitmap;
use super::limits::WindowSize;
use super::slab::Place;
use super::units::Ticks;
use super::{broken, index};

/// How many changes must miss the window, beyond one per level it holds, before it moves.
const MISSES_BEFORE_MOVE: u32 = 64;

/// The orders at one price: first, last, and the sum of their lots. Empty without a first.
#[derive(Clone, Copy, Default)]
pub(super) struct Level {
    pub(super) lots: u64,
    pub(super) first: Option<Place>,
    pub(super) last: Option<Place>,
}

const _: () = assert!(size_of::<Level>() == 16, "memory per level as documented");

/// All levels of a book. The level of price p inside the window lies at p modulo the window's size, so a move leaves the others in place.
#[derive(Clone)]
pub(super) struct Ladder {
    levels: Vec<Level>,
    occupied: Bitmap,
    /// How many levels of the window are occupied.
    count: u32,
    /// The lowest price of the window.
    base: u32,
    /// The window's size − 1.
    mask: u32,
    /// Occupied levels outside the window.
    outside: BTreeMap<Ticks, Level>,
    /// How often a level outside was changed since the window was last looked at.
    misses: u32,
}

impl Ladder {
    pub(super) fn new(size: WindowSize) -> Self {
        let prices = size.prices();
        Self {
            levels: vec![Level::default(); index(prices)],
            occupied: Bitmap::new(prices),
            count: 0,
            base: 0,
            mask: prices.saturating_sub(1),
            outside: BTreeMap::new(),
            misses: 0,
        }
    }

    #[inline]
    pub(super) const fn is_inside(&self, price: Ticks) -> bool {
        price.raw().wrapping_sub(self.base) <= self.mask
    }

    /// The highest price of the window.
    #[inline]
    const fn end(&self) -> u32 {
        self.base.saturating_add(self.mask)
    }

    /// The level at a price, occupied or not.
    #[inline]
    pub(super) fn level(&self, price: Ticks) -> Level {
        if self.is_inside(price) {
            return self.levels.get(index(price.raw() & self.mask)).copied().unwrap_or_default();
        }
        self.outside.get(&price).copied().unwrap_or_default()
    }

    /// The level at a price, to put an order into.
    #[inline]
    pub(super) fn level_mut(&mut self, price: Ticks) -> &mut Level {
        if self.is_inside(price) {
            return match self.levels.get_mut(index(price.raw() & self.mask)) {
                Some(level) => level,
                None => broken("a price of the window without a level"),
            };
        }
        self.misses = self.misses.saturating_add(1);
        self.outside.entry(price).or_default()
    }

    /// Notes that the level at this price got its first order.
    #[inline]
    pub(super) fn occupy(&mut self, price: Ticks) {
        if self.is_inside(price) {
            self.occupied.set(price.raw() & self.mask);
            self.count = self.count.saturating_add(1);
        }
    }

    /// Notes that the level at this price lost its last order.
    #[inline]
    pub(super) fn vacate(&mut self, price: Ticks) {
        if self.is_inside(price) {
            self.occupied.clear(price.raw() & self.mask);
            self.count = self.count.saturating_sub(1);
        } else {
            self.outside.remove(&price);
        }
    }

    /// The price of a place in the window.
    #[inline]
    const fn price_of(&self, place: u32) -> Option<Ticks> {
        Ticks::new(self.base.wrapping_add(place.wrapping_sub(self.base) & self.mask))
    }

    /// The lowest occupied price of the window at or above this one.
    #[inline]
    fn inside_from(&self, price: u32) -> Option<Ticks> {
        if self.count == 0 {
            return None;
        }
        let place = self.occupied.at_or_above(price & self.mask).or_else(|| self.occupied.at_or_above(0))?;
        self.price_of(place).filter(|found| found.raw() >= price)
    }

    /// The highest occupied price of the window at or below this one.
    #[inline]
    fn inside_up_to(&self, price: u32) -> Option<Ticks> {
        if self.count == 0 {
            return None;
        }
        let place = self.occupied.at_or_below(price & self.mask).or_else(|| self.occupied.at_or_below(self.mask))?;
        self.price_of(place).filter(|found| found.raw() <= price)
    }

    /// The next occupied price above this one.
    #[inline]
    pub(super) fn above(&self, price: Ticks) -> Option<Ticks> {
        let from = Ticks::new(price.raw().checked_add(1)?)?;
        self.at_or_above(from)
    }

    /// The next occupied price below this one.
    #[inline]
    pub(super) fn below(&self, price: Ticks) -> Option<Ticks> {
        let up_to = Ticks::new(price.raw().checked_sub(1)?)?;
        self.at_or_below(up_to)
    }

    /// The lowest occupied price at or above this one.
    #[inline]
    pub(super) fn at_or_above(&self, from: Ticks) -> Option<Ticks> {
        let inside = if from.raw() > self.end() { None } else { self.inside_from(from.raw().max(self.base)) };
        if self.outside.is_empty() {
            return inside;
        }
        let outside = self.outside.range(from..).next().map(|(price, _)| *price);
        inside.into_iter().chain(outside).min()
    }

    /// The highest occupied price at or below this one.
    #[inline]
    pub(super) fn at_or_below(&self, up_to: Ticks) -> Option<Ticks> {
        let inside = if up_to.raw() < self.base { None } else { self.inside_up_to(up_to.raw().min(self.end())) };
        if self.outside.is_empty() {
            return inside;
        }
        let outside = self.outside.range(..=up_to).next_back().map(|(price, _)| *price);
        inside.into_iter().chain(outside).max()
    }

    /// Whether no price of the window is occupied.
    pub(super) const fn is_empty_inside(&self) -> bool {
        self.count == 0
    }

    /// Whether enough changes missed the window for a move to have paid for itself.
    #[inline]
    pub(super) const fn is_missed(&self) -> bool {
        self.misses > 0 && (self.count == 0 || self.misses > self.count.saturating_add(MISSES_BEFORE_MOVE))
    }

    /// Moves the window so that this price is in its middle, unless it is in the middle half already. Costs one tree operation per
    /// occupied level that leaves or enters; [`is_missed`](Self::is_missed) bounds that to a constant per change that missed.
    #[cold]
    pub(super) fn follow(&mut self, centre: Ticks) {
        self.misses = 0;
        let quarter = self.mask >> 2;
        let off = centre.raw().saturating_sub(self.base);
        let is_central = centre.raw() >= self.base && off >= quarter && off <= self.mask.saturating_sub(quarter);
        let base = centre.raw().saturating_sub(self.mask >> 1).min(u32::MAX.saturating_sub(self.mask));
        if is_central || base == self.base {
            return;
        }
        let end = base.saturating_add(self.mask);
        let (old_base, old_end) = (self.base, self.end());
        self.evict(old_base, old_end.min(base.saturating_sub(1)));
        self.evict(old_base.max(end.saturating_add(1)), old_end);
        self.base = base;
        self.admit();
    }

    /// Moves the occupied levels between two prices of the window to the tree.
    fn evict(&mut self, from: u32, up_to: u32) {
        let mut next = from;
        while next <= up_to
            && let Some(price) = self.inside_from(next).filter(|price| price.raw() <= up_to)
        {
            let level = core::mem::take(self.level_mut(price));
            self.vacate(price);
            self.outside.insert(price, level);
            next = price.raw().saturating_add(1);
        }
    }

    /// Moves the levels of the tree that the window now covers into it.
    fn admit(&mut self) {
        let (Some(from), Some(up_to)) = (Ticks::new(self.base.max(1)), Ticks::new(self.end())) else { return };
        while let Some((price, level)) = self.outside.range(from..=up_to).next().map(|(price, level)| (*price, *level)) {
            self.outside.remove(&price);
            *self.level_mut(price) = level;
            self.occupy(price);
        }
    }

    /// Every occupied level, lowest price first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Ticks, Level)> {
        let first = self.at_or_above(Ticks::LEAST);
        core::iter::successors(first, |price| self.above(*price)).map(|price| (price, self.level(price)))
    }

    /// Whether the bitmap, the counter and the tree say what the levels hold.
    pub(super) fn is_consistent(&self) -> bool {
        let places = 0..=self.mask;
        let marked = places.clone().filter(|place| self.occupied.contains(*place)).count();
        let marks_agree = places.zip(&self.levels).all(|(place, level)| self.occupied.contains(place) == level.first.is_some());
        let apart = self.outside.iter().all(|(price, level)| level.first.is_some() && !self.is_inside(*price));
        marks_agree && apart && marked == index(self.count) && self.occupied.is_consistent()
    }
}
