//! Bytes that are being read.

use super::WireError;

/// Bytes and how far they were read.
///
/// ```
/// use ringfence_engine::wire::{Reader, Wire, WireError};
/// let mut reader = Reader::new(&[1, 0, 9]);
/// assert_eq!(u16::read(&mut reader)?, 1);
/// assert_eq!((reader.at(), reader.remaining()), (2, 1));
/// assert_eq!(reader.finish(), Err(WireError::Trailing { at: 2, bytes: 1 }));
/// # Ok::<(), WireError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    at: usize,
    depth: u32,
}

impl<'a> Reader<'a> {
    /// How many boxes and lists may lie inside each other.
    pub const DEPTH: u32 = 64;

    /// Reads from the first of these bytes on.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, at: 0, depth: 0 }
    }

    /// The number of bytes read: where the next value begins.
    #[inline]
    #[must_use]
    pub const fn at(&self) -> usize {
        self.at
    }

    /// The number of bytes left.
    #[inline]
    #[must_use]
    pub const fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// Makes sure that nothing is left.
    ///
    /// # Errors
    /// [`WireError::Trailing`].
    pub const fn finish(&self) -> Result<(), WireError> {
        match self.rest.len() {
            0 => Ok(()),
            bytes => Err(WireError::Trailing { at: self.at, bytes }),
        }
    }

    /// The next `N` bytes.
    ///
    /// # Errors
    /// [`WireError::Short`] when fewer are left.
    #[inline]
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        let (taken, rest) = self.rest.split_first_chunk::<N>().ok_or(WireError::Short { at: self.at, needed: N })?;
        (self.rest, self.at) = (rest, self.at.saturating_add(N));
        Ok(*taken)
    }

    /// The next bytes, this many.
    ///
    /// # Errors
    /// [`WireError::Short`] when fewer are left.
    pub fn bytes(&mut self, count: usize) -> Result<&'a [u8], WireError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(WireError::Short { at: self.at, needed: count })?;
        (self.rest, self.at) = (rest, self.at.saturating_add(count));
        Ok(taken)
    }

    /// The length of a list whose elements take at least one byte each: never more than the bytes left.
    ///
    /// # Errors
    /// [`WireError::Short`], [`WireError::Length`].
    pub fn length(&mut self) -> Result<usize, WireError> {
        let at = self.at;
        let length = u32::from_le_bytes(self.array()?);
        usize::try_from(length).ok().filter(|length| *length <= self.remaining()).ok_or(WireError::Length { at, length })
    }

    /// Reads what lies inside a box or list, so that bytes cannot make the reading recurse without bound.
    ///
    /// # Errors
    /// [`WireError::Depth`] beyond [`Reader::DEPTH`]; otherwise what `read` says.
    pub fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, WireError>) -> Result<T, WireError> {
        if self.depth >= Self::DEPTH {
            return Err(WireError::Depth { at: self.at });
        }
        self.depth = self.depth.saturating_add(1);
        let value = read(self);
        self.depth = self.depth.saturating_sub(1);
        value
    }
}
