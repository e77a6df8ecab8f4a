//! Integers, truth values, options, boxes, tuples, arrays.

use super::{Reader, Wire, WireError};

macro_rules! integers {
    ($($type:ty),+) => {$(
        impl Wire for $type {
            #[inline]
            fn write(&self, to: &mut Vec<u8>) {
                to.extend_from_slice(&self.to_le_bytes());
            }

            #[inline]
            fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
                Ok(Self::from_le_bytes(from.array()?))
            }
        }
    )+};
}

integers!(u8, u16, u32, u64, u128, i64, i128);

/// A byte that is 0 or 1.
fn flag(from: &mut Reader<'_>, what: &'static str) -> Result<bool, WireError> {
    let at = from.at();
    match u8::read(from)? {
        0 => Ok(false),
        1 => Ok(true),
        tag => Err(WireError::Tag { at, what, tag }),
    }
}

impl Wire for bool {
    fn write(&self, to: &mut Vec<u8>) {
        to.push(u8::from(*self));
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        flag(from, "bool")
    }
}

impl<T: Wire> Wire for Option<T> {
    fn write(&self, to: &mut Vec<u8>) {
        to.push(u8::from(self.is_some()));
        if let Some(value) = self {
            value.write(to);
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        if flag(from, "option")? { T::read(from).map(Some) } else { Ok(None) }
    }
}

impl<T: Wire> Wire for Box<T> {
    fn write(&self, to: &mut Vec<u8>) {
        T::write(self, to);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        from.nested(T::read).map(Self::new)
    }
}

impl<A: Wire, B: Wire> Wire for (A, B) {
    fn write(&self, to: &mut Vec<u8>) {
        self.0.write(to);
        self.1.write(to);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok((A::read(from)?, B::read(from)?))
    }
}

impl<A: Wire, B: Wire, C: Wire> Wire for (A, B, C) {
    fn write(&self, to: &mut Vec<u8>) {
        self.0.write(to);
        self.1.write(to);
        self.2.write(to);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok((A::read(from)?, B::read(from)?, C::read(from)?))
    }
}

impl<T: Wire> Wire for [T; 2] {
    fn write(&self, to: &mut Vec<u8>) {
        self.iter().for_each(|item| item.write(to));
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok([T::read(from)?, T::read(from)?])
    }
}

impl<T: Wire> Wire for [T; 3] {
    fn write(&self, to: &mut Vec<u8>) {
        self.iter().for_each(|item| item.write(to));
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok([T::read(from)?, T::read(from)?, T::read(from)?])
    }
}
