//! A list that grows without moving what is in it.

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Entries of a segment: a few hundred kilobytes for most lists. A doubling list of a million orders would copy them twenty times over, and ask the
/// system for as much fresh memory again.
const SEGMENT: usize = 2_048;

/// A list in segments of equal length; all but the last are full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Segments<T> {
    segments: Vec<Vec<T>>,
}

impl<T> Segments<T> {
    pub(super) const fn new() -> Self {
        Self { segments: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.segments.last().map_or(0, |last| (self.segments.len() - 1) * SEGMENT + last.len())
    }

    #[inline]
    pub(super) fn push(&mut self, entry: T) {
        match self.segments.last_mut() {
            Some(last) if last.len() < SEGMENT => last.push(entry),
            // Most lists stay short: only the first segment grows.
            None => self.segments.push(vec![entry]),
            Some(_) => {
                let mut next = Vec::with_capacity(SEGMENT);
                next.push(entry);
                self.segments.push(next);
            }
        }
    }

    #[inline]
    pub(super) fn get(&self, at: usize) -> Option<&T> {
        self.segments.get(at / SEGMENT)?.get(at % SEGMENT)
    }

    #[inline]
    pub(super) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        self.segments.get_mut(at / SEGMENT)?.get_mut(at % SEGMENT)
    }

    fn iter(&self) -> impl Iterator<Item = &T> {
        self.segments.iter().flatten()
    }
}

impl<T: Serialize> Serialize for Segments<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeSeq;
        let mut list = serializer.serialize_seq(Some(self.len()))?;
        self.iter().try_for_each(|entry| list.serialize_element(entry))?;
        list.end()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Segments<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reading<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Reading<T> {
            type Value = Segments<T>;
            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a list")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Segments<T>, A::Error> {
                let mut segments = Segments::new();
                while let Some(entry) = list.next_element()? {
                    segments.push(entry);
                }
                Ok(segments)
            }
        }
        deserializer.deserialize_seq(Reading(std::marker::PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_keep_their_numbers_across_segments_and_snapshots() {
        for count in [0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 3 * SEGMENT + 7] {
            let mut list = Segments::new();
            (0..count).for_each(|entry| list.push(entry));
            assert_eq!((list.len(), list.get(count)), (count, None));
            assert!((0..count).all(|at| list.get(at) == Some(&at)));
            let bytes = postcard::to_stdvec(&list).expect("a list");
            assert_eq!(postcard::from_bytes::<Segments<usize>>(&bytes).as_ref(), Ok(&list), "{count}");
            if let Some(first) = list.get_mut(0) {
                *first = 9;
                assert_eq!(list.get(0), Some(&9));
            }
        }
    }
}
