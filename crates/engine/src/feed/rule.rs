//! Rules are checked once, when a part is made.

use core::cmp::Ordering;
use core::fmt::{Display, Formatter};

use ringfence_risk::arithmetic::{SCALE, compare_products};
use ringfence_risk::units::Rate;

/// A setting outside its limits; nothing was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRule {
    /// Which setting.
    pub field: &'static str,
    /// What it was.
    pub value: String,
    /// The least it may be.
    pub least: String,
    /// The greatest it may be.
    pub greatest: String,
}

impl Display for BadRule {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> core::fmt::Result {
        write!(formatter, "{} is {}; it must be from {} to {}", self.field, self.value, self.least, self.greatest)
    }
}

impl core::error::Error for BadRule {}

/// The value, if it lies within the limits (both included).
pub(crate) fn within<T: Copy + Ord + Display>(field: &'static str, value: T, least: T, greatest: T) -> Result<T, BadRule> {
    if value >= least && value <= greatest {
        return Ok(value);
    }
    Err(BadRule { field, value: value.to_string(), least: least.to_string(), greatest: greatest.to_string() })
}

/// Whether a value lies at most `rate` × centre from the centre: exact, whatever the unit of both. The centre is above zero.
pub(crate) fn is_near(value: i64, centre: i64, rate: Rate) -> bool {
    compare_products(value.abs_diff(centre).into(), SCALE, rate.wide(), centre.into()) != Ordering::Greater
}
