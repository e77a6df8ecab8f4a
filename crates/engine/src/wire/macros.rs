//! Encodings of structs and enums from the list of their fields and variants. A field that is forgotten does not compile.

/// Encodes a struct as its fields in the order listed: `wire_struct!(Type { first, second })`, or `wire_struct!(Type(first, second))` for a
/// tuple struct. For types whose every combination of fields is valid.
macro_rules! wire_struct {
    ($type:ident ( $($item:ident),+ $(,)? )) => {
        impl $crate::wire::Wire for $type {
            fn write(&self, to: &mut Vec<u8>) {
                let Self($($item),+) = self;
                $($crate::wire::Wire::write($item, to);)+
            }

            fn read(from: &mut $crate::wire::Reader<'_>) -> Result<Self, $crate::wire::WireError> {
                $(let $item = $crate::wire::Wire::read(from)?;)+
                Ok(Self($($item),+))
            }
        }
    };
    ($type:ident { $($field:ident),+ $(,)? }) => {
        impl $crate::wire::Wire for $type {
            fn write(&self, to: &mut Vec<u8>) {
                let Self { $($field),+ } = self;
                $($crate::wire::Wire::write($field, to);)+
            }

            fn read(from: &mut $crate::wire::Reader<'_>) -> Result<Self, $crate::wire::WireError> {
                $(let $field = $crate::wire::Wire::read(from)?;)+
                Ok(Self { $($field),+ })
            }
        }
    };
}

/// Encodes an enum as a tag of one byte, then the fields of the variant:
/// `wire_enum!(Type { 0 => Unit, 1 => Tuple(first, second), 2 => Struct { left, right } })`. A tag, once given, is never given to another variant.
macro_rules! wire_enum {
    ($type:ident {
        $($tag:literal => $variant:ident $(( $($item:ident),+ $(,)? ))? $({ $($field:ident),+ $(,)? })?),+ $(,)?
    }) => {
        impl $crate::wire::Wire for $type {
            fn write(&self, to: &mut Vec<u8>) {
                match self {
                    $(Self::$variant $(( $($item),+ ))? $({ $($field),+ })? => {
                        to.push($tag);
                        $($($crate::wire::Wire::write($item, to);)+)?
                        $($($crate::wire::Wire::write($field, to);)+)?
                    })+
                }
            }

            fn read(from: &mut $crate::wire::Reader<'_>) -> Result<Self, $crate::wire::WireError> {
                let at = from.at();
                let tag = <u8 as $crate::wire::Wire>::read(from)?;
                match tag {
                    $($tag => {
                        $($(let $item = $crate::wire::Wire::read(from)?;)+)?
                        $($(let $field = $crate::wire::Wire::read(from)?;)+)?
                        Ok(Self::$variant $(( $($item),+ ))? $({ $($field),+ })?)
                    })+
                    tag => Err($crate::wire::WireError::Tag { at, what: stringify!($type), tag }),
                }
            }
        }
    };
}

pub(crate) use {wire_enum, wire_struct};
