//! Which of up to 262,144 places are occupied, and the next occupied one in either direction: three levels of 64 bits.

use super::{broken, index};

/// One bit per place (`fine`), one per word of `fine` that is not zero (`middle`), one per word of `middle` that is not zero (`top`).
#[derive(Clone)]
pub(super) struct Bitmap {
    fine: Vec<u64>,
    middle: Vec<u64>,
    top: u64,
}

/// The bit of a place in its word.
#[inline]
const fn bit(place: u32) -> u64 {
    1_u64.wrapping_shl(place & 63)
}

/// The places from this one up, within its word.
#[inline]
const fn from(place: u32) -> u64 {
    u64::MAX.wrapping_shl(place & 63)
}

/// The places up to this one, within its word.
#[inline]
const fn up_to(place: u32) -> u64 {
    u64::MAX.wrapping_shr((place & 63) ^ 63)
}

/// Lowest set bit as a place below the word at this index.
#[inline]
fn lowest(word_index: u32, word: u64) -> Option<u32> {
    (word != 0).then(|| (word_index << 6) | word.trailing_zeros())
}

/// Highest set bit as a place below the word at this index.
#[inline]
fn highest(word_index: u32, word: u64) -> Option<u32> {
    (word != 0).then(|| (word_index << 6) | (word.leading_zeros() ^ 63))
}

#[inline]
fn word(words: &[u64], place: u32) -> u64 {
    words.get(index(place)).copied().unwrap_or(0)
}

#[inline]
fn word_mut(words: &mut [u64], place: u32) -> &mut u64 {
    match words.get_mut(index(place)) {
        Some(word) => word,
        None => broken("a place beyond the window"),
    }
}

impl Bitmap {
    /// Room for this many places, none occupied.
    pub(super) fn new(places: u32) -> Self {
        let words = places.div_ceil(64);
        Self { fine: vec![0; index(words)], middle: vec![0; index(words.div_ceil(64))], top: 0 }
    }

    #[inline]
    pub(super) fn set(&mut self, place: u32) {
        *word_mut(&mut self.fine, place >> 6) |= bit(place);
        *word_mut(&mut self.middle, place >> 12) |= bit(place >> 6);
        self.top |= bit(place >> 12);
    }

    #[inline]
    pub(super) fn clear(&mut self, place: u32) {
        let fine = word_mut(&mut self.fine, place >> 6);
        *fine &= !bit(place);
        if *fine == 0 {
            let middle = word_mut(&mut self.middle, place >> 12);
            *middle &= !bit(place >> 6);
            if *middle == 0 {
                self.top &= !bit(place >> 12);
            }
        }
    }

    pub(super) fn contains(&self, place: u32) -> bool {
        word(&self.fine, place >> 6) & bit(place) != 0
    }

    /// The first occupied place at or above this one.
    #[inline]
    pub(super) fn at_or_above(&self, place: u32) -> Option<u32> {
        if let Some(found) = lowest(place >> 6, word(&self.fine, place >> 6) & from(place)) {
            return Some(found);
        }
        let next = (place >> 6).checked_add(1)?;
        let word_of_fine = lowest(next >> 6, word(&self.middle, next >> 6) & from(next)).or_else(|| {
            let next = (next >> 6).checked_add(1).filter(|next| *next < 64)?;
            let word_of_middle = lowest(0, self.top & from(next))?;
            lowest(word_of_middle, word(&self.middle, word_of_middle))
        })?;
        lowest(word_of_fine, word(&self.fine, word_of_fine))
    }

    /// The last occupied place at or below this one.
    #[inline]
    pub(super) fn at_or_below(&self, place: u32) -> Option<u32> {
        if let Some(found) = highest(place >> 6, word(&self.fine, place >> 6) & up_to(place)) {
            return Some(found);
        }
        let next = (place >> 6).checked_sub(1)?;
        let word_of_fine = highest(next >> 6, word(&self.middle, next >> 6) & up_to(next)).or_else(|| {
            let next = (next >> 6).checked_sub(1)?;
            let word_of_middle = highest(0, self.top & up_to(next))?;
            highest(word_of_middle, word(&self.middle, word_of_middle))
        })?;
        highest(word_of_fine, word(&self.fine, word_of_fine))
    }

    /// Whether the upper levels say what the lower ones hold.
    pub(super) fn is_consistent(&self) -> bool {
        let summary = |words: &[u64], place: usize| words.get(place).is_some_and(|word| *word != 0);
        let says = |words: &[u64], place: usize| {
            let place = u32::try_from(place).unwrap_or(u32::MAX);
            word(words, place >> 6) & bit(place) != 0
        };
        (0..self.fine.len()).all(|place| summary(&self.fine, place) == says(&self.middle, place))
            && (0..64).all(|place| summary(&self.middle, place) == says(&[self.top], place))
    }
}

#[cfg(test)]
mod tests {
    use super::Bitmap;

    #[test]
    fn finds_the_same_neighbours_as_a_scan() {
        for places in [64, 4_096, 262_144] {
            let occupied = [0, 1, 62, 63, 64, 65, 127, 4_000, 4_095, 4_096, 70_000, 131_071, 262_143];
            let occupied: Vec<u32> = occupied.into_iter().filter(|place| *place < places).collect();
            let mut bitmap = Bitmap::new(places);
            occupied.iter().for_each(|place| bitmap.set(*place));
            for place in 0..places {
                let above = occupied.iter().find(|other| **other >= place).copied();
                let below = occupied.iter().rfind(|other| **other <= place).copied();
                assert_eq!((bitmap.at_or_above(place), bitmap.at_or_below(place)), (above, below), "{place} of {places}");
                assert_eq!(bitmap.contains(place), occupied.contains(&place));
            }
            assert!(bitmap.is_consistent());
            occupied.iter().for_each(|place| bitmap.clear(*place));
            assert_eq!((bitmap.at_or_above(0), bitmap.at_or_below(places - 1)), (None, None));
            assert!(bitmap.is_consistent());
        }
    }
}
