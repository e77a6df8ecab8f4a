//! A market's own money, and what must add up in it.

use ringfence_risk::contract::Contract;
use ringfence_risk::position::Position;
use ringfence_risk::units::Side;

use crate::event::Reason;
use crate::time::Time;

/// The market's own money, and sums over all of its positions (the insurance fund's counted).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MarketLedger {
    pub(crate) insurance: i128,
    pub(crate) settlement: i128,
    pub(crate) funding: i128,
    pub(crate) uncovered: i128,
    /// Margins of its isolated positions, as posted.
    pub(crate) margins: i128,
    /// The same, summed over the positions.
    pub(crate) position_margins: i128,
    /// Signed cost basis of its positions.
    pub(crate) cost: i128,
    /// Quantity held long and short, in 10⁻⁸.
    pub(crate) long: i128,
    pub(crate) short: i128,
    /// The hour of engine time in which the insurance fund last lost money, and how much it lost in it.
    pub(crate) loss_hour: u64,
    pub(crate) hour_loss: i128,
}

/// Milliseconds of the hour that an insurance fund's cap is for.
const HOUR_MS: u64 = 3_600_000;

/// The hour of a time: whole hours since the clock's zero.
const fn hour(time: Time) -> u64 {
    time.ms().div_euclid(HOUR_MS)
}

impl MarketLedger {
    /// Takes a position into or out of the market's sums.
    #[inline]
    pub(crate) fn count(&mut self, contract: &Contract, position: &Position, times: i128) {
        let cost = position.entry_value.raw().wrapping_mul(contract.value_sign(position.side)).wrapping_mul(times);
        let margin = position.opening_margin.raw().wrapping_add(position.added_margin.raw()).wrapping_mul(times);
        let quantity = position.quantity.wide().wrapping_mul(times);
        self.cost = self.cost.wrapping_add(cost);
        self.position_margins = self.position_margins.wrapping_add(margin);
        match position.side {
            Side::Long => self.long = self.long.wrapping_add(quantity),
            Side::Short => self.short = self.short.wrapping_add(quantity),
        }
    }
}

impl MarketLedger {
    /// How much of the insurance fund's money was lost in the hour of this time, in 10⁻⁸: paid out, lost by the fund's own trades or paid as its
    /// funding, less what others made good of it.
    #[must_use]
    pub const fn insurance_lost(&self, now: Time) -> i128 {
        if hour(now) == self.loss_hour { self.hour_loss } else { 0 }
    }

    /// Money entered the insurance fund (below zero: left it). What others make good is no loss; what the fund earns does not widen the cap.
    pub(crate) fn count_loss(&mut self, by: i128, reason: Reason, now: Time) {
        if by > 0 && reason != Reason::Socialised {
            return;
        }
        self.hour_loss = self.insurance_lost(now).wrapping_sub(by);
        self.loss_hour = hour(now);
    }

    /// The market's insurance fund, in 10⁻⁸ of the settlement asset.
    #[must_use]
    pub const fn insurance(&self) -> i128 {
        self.insurance
    }

    /// Losses that nobody could cover.
    #[must_use]
    pub const fn uncovered(&self) -> i128 {
        self.uncovered.wrapping_neg()
    }

    /// Quantity held long, as much as is held short, in 10⁻⁸.
    #[must_use]
    pub const fn open_interest(&self) -> i128 {
        self.long
    }

    /// What does not add up, if anything.
    #[inline]
    pub(crate) fn fault(&self) -> Option<&'static str> {
        let differs = (self.long ^ self.short)
            | self.settlement.wrapping_add(self.cost)
            | (self.margins ^ self.position_margins)
            | self.funding
            | i128::from(self.insurance < 0);
        if differs == 0 { None } else { Some(self.named_fault()) }
    }

    #[cold]
    fn named_fault(&self) -> &'static str {
        if self.long != self.short {
            "longs and shorts differ"
        } else if self.settlement.wrapping_add(self.cost) != 0 {
            "realised profits and the cost basis of open positions do not sum to zero"
        } else if self.margins != self.position_margins {
            "margins posted and margins of positions differ"
        } else if self.insurance < 0 {
            "the insurance fund is below zero"
        } else {
            "funding is still on its way"
        }
    }
}
