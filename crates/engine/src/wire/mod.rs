//! The canonical encoding: what commands, events and snapshots are as bytes. Written by hand, so that it depends on nothing and changes only
//! when somebody changes it here.
//!
//! **One value, one byte string.** Equal values write equal bytes, and bytes that are read were written by exactly one value; so states can be
//! compared and hashed by their bytes. Whatever has two spellings elsewhere has one here: a tag other than those listed is an error, keys of
//! a map ascend strictly, an asset's name is padded with zeros and nothing else.
//!
//! **Hostile bytes.** Reading never panics, reserves no more memory than in proportion to the bytes that are left, and stops at
//! [`Reader::DEPTH`] boxes and lists inside each other. What a checked constructor would refuse is refused.
//!
//! | value | bytes |
//! |---|---|
//! | integer | fixed width, least byte first |
//! | `bool`, tag of an `Option` or enum | one byte |
//! | list, text, set, map | number of elements in 4 bytes, then the elements |
//! | struct, tuple, array | the fields in order |
//!
//! ```
//! use ringfence_engine::wire::{WireError, from_bytes, to_bytes};
//! let bytes = to_bytes(&(7_u16, vec![Some(true), None]));
//! assert_eq!(bytes, [7, 0, 2, 0, 0, 0, 1, 1, 0]);
//! assert_eq!(from_bytes::<(u16, Vec<Option<bool>>)>(&bytes)?, (7, vec![Some(true), None]));
//! assert_eq!(from_bytes::<bool>(&[2]), Err(WireError::Tag { at: 0, what: "bool", tag: 2 }));
//! # Ok::<(), WireError>(())
//! ```

mod book;
mod collections;
mod engine;
mod error;
mod feed;
mod macros;
#[cfg(test)]
mod macros_tests;
mod market;
mod primitives;
mod reader;
mod rules;

pub use error::WireError;
pub(crate) use macros::{wire_enum, wire_struct};
pub use reader::Reader;

/// A value with one canonical byte string.
///
/// An element of a list, set or map takes at least one byte, or the list cannot be read back.
pub trait Wire: Sized {
    /// Appends the value's bytes.
    ///
    /// # Panics
    /// At a list of more than 2³² − 1 elements.
    fn write(&self, to: &mut Vec<u8>);

    /// Reads one value and leaves what follows it.
    ///
    /// # Errors
    /// [`WireError`] where the bytes are not those of a value. The reader is then somewhere inside it.
    fn read(from: &mut Reader<'_>) -> Result<Self, WireError>;
}

/// The bytes of one value. See the [module](self) for an example.
#[must_use]
pub fn to_bytes<T: Wire>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    value.write(&mut bytes);
    bytes
}

/// The value that wrote exactly these bytes.
///
/// # Errors
/// [`WireError`] where they are not those of a value, or go on after it.
pub fn from_bytes<T: Wire>(bytes: &[u8]) -> Result<T, WireError> {
    let mut reader = Reader::new(bytes);
    let value = T::read(&mut reader)?;
    reader.finish()?;
    Ok(value)
}
