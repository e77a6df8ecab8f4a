//! What can be wrong with bytes.

/// Why bytes are not those of a value, and at which byte (counted from 0).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WireError {
    /// The bytes end inside a value.
    Short {
        /// Where the part begins that is cut off.
        at: usize,
        /// How many bytes it needs.
        needed: usize,
    },
    /// The bytes go on after the value.
    Trailing {
        /// Where the value ends.
        at: usize,
        /// How many bytes follow.
        bytes: usize,
    },
    /// A tag that names no variant.
    Tag {
        /// Where it stands.
        at: usize,
        /// The type it should name a variant of.
        what: &'static str,
        /// The tag.
        tag: u8,
    },
    /// A list of more elements than bytes are left.
    Length {
        /// Where the length stands.
        at: usize,
        /// The length.
        length: u32,
    },
    /// A key of a map or set that is not above the one before it.
    Order {
        /// Where the key begins.
        at: usize,
    },
    /// A text that is not UTF-8.
    Text {
        /// Where the text begins.
        at: usize,
    },
    /// More boxes and lists inside each other than [`Reader::DEPTH`](super::Reader::DEPTH).
    Depth {
        /// Where the innermost begins.
        at: usize,
    },
    /// A value outside its range, or one whose parts do not fit each other.
    Value {
        /// Where it begins.
        at: usize,
        /// Which.
        what: &'static str,
    },
}

impl core::fmt::Display for WireError {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Short { at, needed } => write!(formatter, "byte {at}: {needed} bytes needed, fewer are left"),
            Self::Trailing { at, bytes } => write!(formatter, "byte {at}: the value ends here, {bytes} more bytes follow"),
            Self::Tag { at, what, tag } => write!(formatter, "byte {at}: no {what} has the tag {tag}"),
            Self::Length { at, length } => write!(formatter, "byte {at}: a length of {length} is more than the bytes left"),
            Self::Order { at } => write!(formatter, "byte {at}: keys must ascend strictly"),
            Self::Text { at } => write!(formatter, "byte {at}: text must be UTF-8"),
            Self::Depth { at } => write!(formatter, "byte {at}: nested too deeply"),
            Self::Value { at, what } => write!(formatter, "byte {at}: {what} is out of range or inconsistent"),
        }
    }
}

impl core::error::Error for WireError {}
