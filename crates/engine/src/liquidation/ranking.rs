//! One side of a market in the order in which it is deleveraged, in blocks.
//!
//! A block knows its cheapest position, so that a block of which nobody has gained at a price is passed by as a whole: what is asked for is found
//! at the price of what is found, and a position that changes moves without the others being sorted again.

use ringfence_risk::adl::AdlEntry;
use ringfence_risk::arithmetic::compare_products;
use ringfence_risk::units::Quantity;

use crate::state::broken;

/// How many positions a block has at first. It is split where it grows to twice as many.
const BLOCK: usize = 256;

/// What a quantity costs, with the sign of its side: the less per unit, the better for its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cost {
    pub(super) value: i128,
    pub(super) quantity: Quantity,
}

impl Cost {
    fn is_below(self, other: Self) -> bool {
        compare_products(self.value, other.quantity.wide(), other.value, self.quantity.wide()).is_lt()
    }

    fn or_lower(self, other: Self) -> Self {
        if other.is_below(self) { other } else { self }
    }
}

/// A position in its ranking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ranked {
    pub(super) entry: AdlEntry,
    pub(super) cost: Cost,
}

/// Never empty.
#[derive(Debug)]
struct Block {
    members: Vec<Ranked>,
    cheapest: Cost,
}

impl Block {
    fn of(members: &[Ranked]) -> Option<Self> {
        let cheapest = members.iter().map(|ranked| ranked.cost).reduce(Cost::or_lower)?;
        Some(Self { members: members.to_vec(), cheapest })
    }

    fn find(&self, entry: &AdlEntry) -> Result<usize, usize> {
        self.members.binary_search_by_key(&entry.place(), |ranked| ranked.entry.place())
    }
}

/// The positions of one side, first first.
#[derive(Debug)]
pub(super) struct Ranking {
    blocks: Vec<Block>,
}

impl Ranking {
    /// Of positions in any order.
    pub(super) fn of(mut positions: Vec<Ranked>) -> Self {
        positions.sort_unstable_by_key(|ranked| ranked.entry.place());
        Self { blocks: positions.chunks(BLOCK).filter_map(Block::of).collect() }
    }

    /// Those that cost less than a limit, if there is one.
    pub(super) fn walk(&self, limit: Option<Cost>) -> impl Iterator<Item = &AdlEntry> {
        let is_within = move |cost: Cost| limit.is_none_or(|limit| cost.is_below(limit));
        let blocks = self.blocks.iter().filter(move |block| is_within(block.cheapest));
        let members = blocks.flat_map(|block| &block.members);
        members.filter(move |ranked| is_within(ranked.cost)).map(|ranked| &ranked.entry)
    }

    /// Takes a position in.
    pub(super) fn insert(&mut self, ranked: Ranked) {
        let last = self.blocks.len().saturating_sub(1);
        let at = self.block_of(&ranked.entry).min(last);
        let Some(block) = self.blocks.get_mut(at) else { return self.blocks.extend(Block::of(&[ranked])) };
        let (Ok(place) | Err(place)) = block.find(&ranked.entry);
        block.members.insert(place, ranked);
        block.cheapest = block.cheapest.or_lower(ranked.cost);
        if block.members.len() >= BLOCK.saturating_mul(2) {
            let halves: Vec<Block> = block.members.chunks(BLOCK).filter_map(Block::of).collect();
            self.blocks.splice(at..=at, halves);
        }
    }

    /// Takes a position out, by its entry when it was taken in.
    pub(super) fn remove(&mut self, entry: &AdlEntry) {
        let at = self.block_of(entry);
        let Some(block) = self.blocks.get_mut(at) else { broken("a ranking without a position") };
        let Ok(place) = block.find(entry) else { broken("a ranking without a position") };
        let removed = block.members.remove(place);
        if removed.cost == block.cheapest {
            match block.members.iter().map(|ranked| ranked.cost).reduce(Cost::or_lower) {
                Some(cheapest) => block.cheapest = cheapest,
                None => drop(self.blocks.remove(at)),
            }
        }
    }

    /// The block that an entry is in, or belongs into; one beyond the last for what ranks after all.
    fn block_of(&self, entry: &AdlEntry) -> usize {
        self.blocks.partition_point(|block| block.members.last().is_some_and(|last| last.entry.place() < entry.place()))
    }
}

#[cfg(test)]
mod tests;
