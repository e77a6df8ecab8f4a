//! Where quotes come from.

use super::rule::{BadRule, within};

/// Which source quotes: a number below [`SourceId::COUNT`].
///
/// ```
/// use ringfence_engine::feed::SourceId;
/// assert_eq!(SourceId::new(15)?.number(), 15);
/// assert_eq!(SourceId::new(16).unwrap_err().to_string(), "source is 16; it must be from 0 to 15");
/// # Ok::<(), ringfence_engine::feed::BadRule>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(u8);

impl SourceId {
    /// How many sources an index may have.
    pub const COUNT: u8 = 16;

    /// The source of this number.
    ///
    /// # Errors
    /// [`BadRule`] for 16 and above.
    pub fn new(number: u8) -> Result<Self, BadRule> {
        within("source", number, 0, Self::COUNT.saturating_sub(1)).map(Self)
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }
}
