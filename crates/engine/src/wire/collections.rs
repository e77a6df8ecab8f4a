//! Lists, texts, sets and maps: their length, then their elements.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Reader, Wire, WireError};

/// Writes the length of a list.
fn write_length(length: usize, to: &mut Vec<u8>) {
    let Ok(length) = u32::try_from(length) else { unreachable!("a list of {length} elements, more than 32 bits count") };
    length.write(to);
}

impl<T: Wire> Wire for Vec<T> {
    fn write(&self, to: &mut Vec<u8>) {
        write_length(self.len(), to);
        self.iter().for_each(|item| item.write(to));
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        from.nested(|from| {
            let length = from.length()?;
            // No more room than the bytes left take; the rest grows with what is really there.
            let room = from.remaining().checked_div(size_of::<T>()).unwrap_or(0);
            let mut items = Self::with_capacity(length.min(room));
            for _ in 0..length {
                items.push(T::read(from)?);
            }
            Ok(items)
        })
    }
}

impl<T: Wire> Wire for VecDeque<T> {
    fn write(&self, to: &mut Vec<u8>) {
        write_length(self.len(), to);
        self.iter().for_each(|item| item.write(to));
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        Vec::read(from).map(Self::from)
    }
}

impl Wire for String {
    fn write(&self, to: &mut Vec<u8>) {
        write_length(self.len(), to);
        to.extend_from_slice(self.as_bytes());
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        let length = from.length()?;
        let at = from.at();
        let text = core::str::from_utf8(from.bytes(length)?).map_err(|_| WireError::Text { at })?;
        Ok(text.to_owned())
    }
}

impl<K: Wire + Ord, V: Wire> Wire for BTreeMap<K, V> {
    fn write(&self, to: &mut Vec<u8>) {
        write_length(self.len(), to);
        for (key, value) in self {
            key.write(to);
            value.write(to);
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        from.nested(|from| {
            let mut map = Self::new();
            for _ in 0..from.length()? {
                let at = from.at();
                let key = K::read(from)?;
                if map.last_key_value().is_some_and(|(last, _)| *last >= key) {
                    return Err(WireError::Order { at });
                }
                map.insert(key, V::read(from)?);
            }
            Ok(map)
        })
    }
}

impl<K: Wire + Ord> Wire for BTreeSet<K> {
    fn write(&self, to: &mut Vec<u8>) {
        write_length(self.len(), to);
        self.iter().for_each(|key| key.write(to));
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        from.nested(|from| {
            let mut set = Self::new();
            for _ in 0..from.length()? {
                let at = from.at();
                let key = K::read(from)?;
                if set.last().is_some_and(|last| *last >= key) {
                    return Err(WireError::Order { at });
                }
                set.insert(key);
            }
            Ok(set)
        })
    }
}
