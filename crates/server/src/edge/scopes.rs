//! What an API key may do.

/// A set of permissions. The empty set may do nothing that needs a key's permission.
///
/// ```
/// use ringfence_server::edge::scopes::Scopes;
/// let trader = Scopes::READ.and(Scopes::TRADE);
/// assert!(trader.contain(Scopes::READ) && !trader.contain(Scopes::CONTROL));
/// assert_eq!(trader.to_string(), "read, trade");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Scopes(u8);

impl Scopes {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// Reading one's own account.
    pub const READ: Self = Self(1);
    /// Orders and settings of one's own account.
    pub const TRADE: Self = Self(2);
    /// The exchange itself: clock, prices, markets, other accounts.
    pub const CONTROL: Self = Self(4);
    /// Everything.
    pub const ALL: Self = Self(7);

    /// The set as bits: read 1, trade 2, control 4.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// From bits; `None` when a bit has no meaning.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Option<Self> {
        if bits & !Self::ALL.0 == 0 { Some(Self(bits)) } else { None }
    }

    /// Both sets together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether every permission of the other set is in this one.
    #[must_use]
    pub const fn contain(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl core::fmt::Display for Scopes {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let names = [(Self::READ, "read"), (Self::TRADE, "trade"), (Self::CONTROL, "control")];
        let held: Vec<&str> = names.iter().filter(|(scope, _)| self.contain(*scope)).map(|(_, name)| *name).collect();
        formatter.pad(&if held.is_empty() { "none".to_owned() } else { held.join(", ") })
    }
}

#[cfg(test)]
mod tests {
    use super::Scopes;

    #[test]
    fn every_set_survives_its_bits() {
        for bits in 0..=7 {
            let scopes = Scopes::from_bits(bits).unwrap();
            assert_eq!(scopes.bits(), bits);
            for other in 0..=7 {
                assert_eq!(scopes.contain(Scopes::from_bits(other).unwrap()), bits & other == other);
            }
        }
        assert!((8..=u8::MAX).all(|bits| Scopes::from_bits(bits).is_none()));
        assert_eq!(Scopes::NONE.to_string(), "none");
    }
}
