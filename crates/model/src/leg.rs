//! One position by its cost basis.

use num_bigint::BigInt;
use num_traits::{One, Zero};
use ringfence_risk::units::Leverage;

use crate::exact::{ceiling, floor};
use crate::terms::initial;

/// A position, or none: then everything is zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Leg {
    pub(crate) quantity: BigInt,
    pub(crate) entry: BigInt,
    pub(crate) opening: BigInt,
    pub(crate) added: BigInt,
    /// What closing in a liquidation left (negative: lacked), until the liquidation moves it.
    pub(crate) left: BigInt,
}

/// What closing gave.
#[derive(Clone, Debug)]
pub(crate) struct Closed {
    /// Profit, rounded against the trader.
    pub(crate) realised: BigInt,
    /// The closed part's share of the margin.
    pub(crate) released: BigInt,
}

impl Leg {
    /// All the money in the box.
    pub(crate) fn margin(&self) -> BigInt {
        &self.opening + &self.added
    }

    pub(crate) fn is_open(&self) -> bool {
        !self.quantity.is_zero()
    }

    /// Closes a part at a value. `sign` is +1 where the position gains as its value rises.
    pub(crate) fn close(&mut self, quantity: &BigInt, value: &BigInt, sign: &BigInt) -> Closed {
        let share = |whole: &BigInt| floor(&(whole * quantity), &self.quantity);
        let cost = if sign.is_one() {
            ceiling(&(&self.entry * quantity), &self.quantity)
        } else {
            floor(&(&self.entry * quantity), &self.quantity)
        };
        let (opening, added) = (share(&self.opening), share(&self.added));
        self.entry -= &cost;
        self.opening -= &opening;
        self.added -= &added;
        self.quantity -= quantity;
        Closed { realised: sign * (value - cost), released: opening + added }
    }

    /// Opens or increases at a value; answers the margin that is posted: the growth of the requirement, none without a leverage.
    pub(crate) fn open(&mut self, quantity: &BigInt, value: &BigInt, leverage: Option<Leverage>) -> BigInt {
        let entry = &self.entry + value;
        let posted = leverage.map_or_else(BigInt::zero, |leverage| initial(&entry, leverage) - initial(&self.entry, leverage));
        self.quantity += quantity;
        self.entry = entry;
        self.opening += &posted;
        posted
    }
}
