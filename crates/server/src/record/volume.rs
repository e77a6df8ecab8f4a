//! Sums of quantities, which grow beyond what a single order may have.

use ringfence_risk::units::Amount;
use serde::{Deserialize, Serialize};

/// A sum of quantities or of values, in 10⁻⁸.
///
/// ```
/// use ringfence_server::record::Volume;
/// assert_eq!(Volume::new(150_000_000).to_string(), "1.5");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Volume(i128);

impl Volume {
    /// From a number of 10⁻⁸; what is beyond the greatest amount counts as that.
    #[must_use]
    pub fn new(raw: i128) -> Self {
        Self(raw.clamp(0, Amount::GREATEST.raw()))
    }

    /// As a number of 10⁻⁸.
    #[must_use]
    pub const fn raw(self) -> i128 {
        self.0
    }

    /// What of it a part leaves.
    #[must_use]
    pub const fn less(self, part: Self) -> Self {
        Self(self.0.saturating_sub(part.0))
    }
}

impl core::fmt::Display for Volume {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        Amount::from_raw(self.0).unwrap_or(Amount::GREATEST).fmt(formatter)
    }
}
