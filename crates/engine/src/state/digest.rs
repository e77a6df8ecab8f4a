//! The state hash: a sum over all objects of a keyed digest of each, so that a change costs as much as what it touched.
//!
//! It finds differences between two machines that should agree (replay, standby, another build). It is no signature: its keys are public.

use crate::command::NewOrder;
use crate::wire::Wire;

/// The hash of a state: the same for the same state, whatever the way to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateHash(u128);

impl StateHash {
    /// Of an exchange in which nothing happened yet.
    pub const EMPTY: Self = Self(0);

    /// The number.
    #[must_use]
    pub const fn raw(self) -> u128 {
        self.0
    }

    /// From a number.
    #[must_use]
    pub const fn from_raw(raw: u128) -> Self {
        Self(raw)
    }

    /// With one object more.
    #[inline]
    pub(crate) const fn add(&mut self, digest: u128) {
        self.0 = self.0.wrapping_add(digest);
    }

    /// With one object less.
    #[inline]
    pub(crate) const fn remove(&mut self, digest: u128) {
        self.0 = self.0.wrapping_sub(digest);
    }
}

impl core::fmt::Display for StateHash {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(formatter, "{:032x}", self.0)
    }
}

/// What an object is: part of its digest, so that two objects of equal content but different kind differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Clock,
    Asset,
    Account,
    Wallet,
    Terms,
    Prices,
    Counters,
    Ledger,
    Participant,
    Order,
    OrderDetail,
    Feed,
    Trailing,
    ClientId,
}

const KEY: u64 = 0x9e37_79b9_7f4a_7c15;
const OTHER_KEY: u64 = 0xd6e8_feb8_6659_fd93;

/// The digest of an object given as words: products of pairs of keyed words (independent of each other, so that they run side by side), summed,
/// and the halves of the sum multiplied at the end, so that what changes in one object never makes up for what changes in another.
#[inline]
pub(crate) fn digest<const N: usize>(kind: Kind, words: [u64; N]) -> u128 {
    #![expect(clippy::as_conversions, reason = "the number of an enum's variant")]
    let (mut sum, mut key) = (0_u128, KEY.wrapping_mul(kind as u64 | 1));
    let (pairs, rest) = words.as_chunks::<2>();
    for [first, second] in pairs {
        sum = sum.wrapping_add(product(first.wrapping_add(key), second.wrapping_add(key ^ OTHER_KEY)));
        key = key.wrapping_add(KEY);
    }
    for word in rest {
        sum = sum.wrapping_add(product(word.wrapping_add(key), key ^ OTHER_KEY));
    }
    fold(sum, kind as u64)
}

/// The digest of an object given as bytes.
pub(crate) fn digest_bytes(kind: Kind, bytes: &[u8]) -> u128 {
    #![expect(clippy::as_conversions, reason = "the number of an enum's variant")]
    let (mut sum, mut key) = (0_u128, OTHER_KEY.wrapping_mul(kind as u64 | 1));
    let (words, rest) = bytes.as_chunks::<8>();
    let mut last = [0_u8; 8];
    if let Some(start) = last.get_mut(..rest.len()) {
        start.copy_from_slice(rest);
    }
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    for word in words.iter().chain([&last]) {
        let word = u64::from_le_bytes(*word);
        sum = sum.rotate_left(29).wrapping_add(product(word ^ key, word.rotate_left(32).wrapping_add(key)));
        key = key.wrapping_add(KEY);
    }
    mix(sum.wrapping_add(product(length ^ KEY, OTHER_KEY)), kind as u64)
}

#[inline]
fn product(left: u64, right: u64) -> u128 {
    u128::from(left).wrapping_mul(u128::from(right))
}

/// The product of the keyed halves of a sum, and the sum itself: one multiplication.
#[inline]
fn fold(sum: u128, kind: u64) -> u128 {
    #![expect(clippy::as_conversions, reason = "the two halves of 128 bits")]
    let (low, high) = (sum as u64, (sum >> 64) as u64);
    product(low ^ kind.wrapping_mul(KEY), high ^ OTHER_KEY).wrapping_add(sum.rotate_left(64))
}

/// The slower mixing of a sum whose words were rotated into each other.
#[inline]
fn mix(sum: u128, kind: u64) -> u128 {
    #![expect(clippy::as_conversions, reason = "the two halves of 128 bits")]
    let (low, high) = (sum as u64, (sum >> 64) as u64);
    let one = finish(low ^ high.rotate_left(23) ^ kind.wrapping_mul(KEY));
    let two = finish(high.wrapping_add(low.rotate_left(41)).wrapping_add(OTHER_KEY));
    (u128::from(one) << 64) | u128::from(two)
}

#[inline]
const fn finish(word: u64) -> u64 {
    let word = (word ^ (word >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    let word = (word ^ (word >> 29)).wrapping_mul(0x9fb2_1c65_1e98_df25);
    word ^ (word >> 32)
}

/// The two halves of a 128-bit number as words.
#[inline]
pub(crate) const fn halves(number: i128) -> [u64; 2] {
    #![expect(clippy::as_conversions, reason = "the two halves of 128 bits")]
    [number as u64, (number >> 64) as u64]
}

/// A 64-bit number as a word.
#[inline]
pub(crate) const fn word(number: i64) -> u64 {
    number.cast_unsigned()
}

/// An order as a number: equal for an order sent twice, different for another.
pub(crate) fn fingerprint(placed: &NewOrder) -> u128 {
    // No order takes more, so that the bytes are asked for once.
    let mut bytes = Vec::with_capacity(256);
    placed.write(&mut bytes);
    digest_bytes(Kind::ClientId, &bytes)
}

/// What was touched, bit by bit: taken out of the hash, or waiting to be looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Touched(u8);

impl Touched {
    /// Nothing.
    pub(crate) const NONE: Self = Self(0);
    /// Prices, funding and money of a market; settings and positions of a participant.
    pub(crate) const OWN: u8 = 1;
    /// Counters of a market.
    pub(crate) const COUNTERS: u8 = 2;
    /// What prices are made of.
    pub(crate) const FEED: u8 = 4;
    /// How far trailing orders have followed.
    pub(crate) const TRAILING: u8 = 8;
    /// The liquidation index has to look again.
    pub(crate) const INDEX: u8 = 16;

    /// Touches a part; whether it was untouched.
    #[inline]
    pub(crate) const fn touch(&mut self, part: u8) -> bool {
        let was_untouched = self.0 & part == 0;
        self.0 |= part;
        was_untouched
    }

    /// A part is in order again; whether it was touched.
    #[inline]
    pub(crate) const fn clear(&mut self, part: u8) -> bool {
        let was_touched = self.0 & part != 0;
        self.0 &= !part;
        was_touched
    }
}
