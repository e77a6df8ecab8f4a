//! What the book counts in. The book itself is in [`Book::encode`](crate::book::Book::encode).

use super::{Reader, Wire, WireError, wire_enum, wire_struct};
use crate::book::{AccountId, Lots, SelfTrade, Ticks};

wire_struct!(AccountId(number));
wire_enum!(SelfTrade { 0 => ExpireTaker, 1 => ExpireMaker, 2 => ExpireBoth });

impl Wire for Ticks {
    #[inline]
    fn write(&self, to: &mut Vec<u8>) {
        self.raw().write(to);
    }

    #[inline]
    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        let at = from.at();
        Self::new(u32::read(from)?).ok_or(WireError::Value { at, what: "price in ticks" })
    }
}

impl Wire for Lots {
    #[inline]
    fn write(&self, to: &mut Vec<u8>) {
        self.raw().write(to);
    }

    #[inline]
    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        u64::read(from).map(Self::new)
    }
}
