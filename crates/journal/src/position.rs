//! Where in the log one is, and the hashes that say which log it is.

use ringfence_engine::state::StateHash;

/// The hash over a batch and, through the hash of the batch before, over everything before it: the first half of a BLAKE3 hash.
///
/// It finds accidents: rot, swapped rows, another journal's file. It is no signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chain([u8; Self::BYTES]);

impl Chain {
    /// How many bytes it takes.
    pub const BYTES: usize = 16;

    /// Of these bytes.
    #[must_use]
    pub fn over(bytes: &[u8]) -> Self {
        let hash = blake3::hash(bytes);
        let (half, _) = hash.as_bytes().split_first_chunk().expect("32 bytes begin with 16");
        Self(*half)
    }

    /// From its bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn bytes(self) -> [u8; Self::BYTES] {
        self.0
    }
}

impl core::fmt::Display for Chain {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(formatter, "{:032x}", u128::from_be_bytes(self.0))
    }
}

/// The end of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The index of the last record of the batch; 0 before the first record.
    pub index: u64,
    /// The hash over everything up to it.
    pub chain: Chain,
    /// The state hash after it.
    pub outcome: StateHash,
}
