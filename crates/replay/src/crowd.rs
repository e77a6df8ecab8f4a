//! Random populations: the same for a seed, on every machine and for ever.

use crate::error::PopulationError;
use crate::market::Market;
use crate::population::{Opening, Population};
use crate::random::Random;
use ringfence_risk::arithmetic::{OutOfRange, Rounding, add, div, mul, mul_div, sub};
use ringfence_risk::plan::MarginMode;
use ringfence_risk::position::fill_value;
use ringfence_risk::solve::quantity_worth;
use ringfence_risk::units::{Leverage, MarkPrice, Notional, Quantity, Rate, Side};
use serde::Serialize;

use crate::text::text;

/// What a random population is drawn from.
///
/// Each account draws its size (evenly over the orders of magnitude between the two ends), its leverage (by weight), its side, whether it
/// holds both sides, and its margin mode. A leverage that the bracket of the size does not allow is lowered to the greatest whole one that it
/// does. The generator is xoshiro256** seeded by splitmix64; all draws are whole numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Crowd {
    /// How many accounts, at most [`Crowd::MOST`].
    pub accounts: u32,
    /// The seed.
    pub seed: u64,
    /// Least size, worth this much of the quote currency at the first mark.
    #[serde(serialize_with = "text")]
    pub least: Notional,
    /// Greatest size.
    #[serde(serialize_with = "text")]
    pub most: Notional,
    /// Leverages with their weights.
    pub leverages: Vec<Weighted>,
    /// Share of accounts that are long.
    #[serde(serialize_with = "text")]
    pub longs: Rate,
    /// Share of accounts that hold the other side, too, in a size of its own.
    #[serde(serialize_with = "text")]
    pub hedged: Rate,
    /// Share of accounts on cross in a run with the stated modes.
    #[serde(serialize_with = "text")]
    pub cross: Rate,
}

/// A leverage and how often it is drawn beside the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Weighted {
    /// The leverage.
    #[serde(serialize_with = "text")]
    pub leverage: Leverage,
    /// Its weight; greater than zero.
    pub weight: u32,
}

impl Crowd {
    /// Most accounts.
    pub const MOST: u32 = 1_000_000;

    fn check(&self) -> Result<(), PopulationError> {
        let fault = |field, rule, given: String| Err(PopulationError::Crowd { field, rule, given });
        if self.accounts == 0 || self.accounts > Self::MOST {
            return fault("number of accounts", "between 1 and 1000000", self.accounts.to_string());
        }
        if self.least <= Notional::ZERO || self.least > self.most {
            return fault("least size", "greater than 0 and at most the greatest", format!("{} … {}", self.least, self.most));
        }
        for (field, share) in [("share of longs", self.longs), ("share of hedgers", self.hedged), ("share on cross", self.cross)]
        {
            if share < Rate::ZERO || share > Rate::WHOLE {
                return fault(field, "between 0 and 1", share.to_string());
            }
        }
        if self.leverages.is_empty() || self.leverages.iter().any(|weighted| weighted.weight == 0) {
            return fault(
                "leverages",
                "at least one, each with a weight greater than 0",
                format!("{} of them", self.leverages.len()),
            );
        }
        Ok(())
    }
}

impl Population {
    /// Draws a population for a market whose first mark this is.
    ///
    /// # Errors
    /// [`PopulationError`] naming what cannot be drawn from, or a size that is worth less than one lot.
    pub fn random(crowd: &Crowd, market: &Market, mark: MarkPrice) -> Result<Self, PopulationError> {
        crowd.check()?;
        let mut draw = Draw { crowd, market, mark: market.on_grid(mark)?, random: Random::new(crowd.seed) };
        if draw.quantity(crowd.least)? == Quantity::ZERO {
            let (rule, given) = ("worth at least one lot", crowd.least.to_string());
            return Err(PopulationError::Crowd { field: "least size", rule, given });
        }
        let mut openings = Vec::new();
        let mut cross = Vec::new();
        for number in 1..=crowd.accounts {
            let account = format!("r{number}");
            let side = if draw.random.chance(crowd.longs) { Side::Long } else { Side::Short };
            let hedges = draw.random.chance(crowd.hedged);
            if draw.random.chance(crowd.cross) {
                cross.push(account.clone());
            }
            let first = draw.opening(&account, side, None)?;
            let leverage = first.leverage;
            openings.push(first);
            if hedges {
                // Some rule sets know one leverage for both sides: the lower of the two serves.
                let second = draw.opening(&account, side.opposite(), Some(leverage))?;
                if let Some(first) = openings.last_mut() {
                    first.leverage = second.leverage;
                }
                openings.push(second);
            }
        }
        let population = Self::new(openings);
        Ok(cross.iter().fold(population, |population, account| population.with_mode(account, MarginMode::Cross)))
    }
}

struct Draw<'a> {
    crowd: &'a Crowd,
    market: &'a Market,
    mark: MarkPrice,
    random: Random,
}

impl Draw<'_> {
    fn opening(&mut self, account: &str, side: Side, leverage: Option<Leverage>) -> Result<Opening, PopulationError> {
        let worth = self.worth()?;
        let quantity = self.quantity(worth)?;
        let wanted = match leverage {
            Some(leverage) => leverage,
            None => self.leverage(),
        };
        let leverage = wanted.min(self.greatest(quantity, side)?);
        let (name, account) = (format!("{account} {side}"), account.to_owned());
        Ok(Opening { name, account, side, quantity, leverage, entry: None })
    }

    /// Evenly over the doublings from least to most, and evenly within a doubling.
    fn worth(&mut self) -> Result<Notional, OutOfRange> {
        let (least, most) = (self.crowd.least.wide(), self.crowd.most.wide());
        let mut doublings = 0_u32;
        while least.checked_shl(doublings.saturating_add(1)).is_some_and(|double| double <= most) {
            doublings = doublings.saturating_add(1);
        }
        let chosen = u32::try_from(self.random.below(u64::from(doublings).saturating_add(1))).unwrap_or(0);
        let low = mul(least, 1_i128.checked_shl(chosen).unwrap_or(1))?;
        let high = mul(low, 2)?.min(most);
        let within = i128::from(self.random.below(1 << 32));
        Notional::from_wide(add(low, mul_div(sub(high, low)?, within, 1 << 32, Rounding::Floor)?)?)
    }

    fn quantity(&self, worth: Notional) -> Result<Quantity, OutOfRange> {
        quantity_worth(&self.market.contract, worth, self.mark.as_price())
    }

    fn leverage(&mut self) -> Leverage {
        let weights = self.crowd.leverages.iter().map(|weighted| u64::from(weighted.weight));
        let mut left = self.random.below(weights.fold(0, u64::saturating_add));
        for weighted in &self.crowd.leverages {
            match left.checked_sub(u64::from(weighted.weight)) {
                Some(less) => left = less,
                None => return weighted.leverage,
            }
        }
        Leverage::ONE
    }

    /// The greatest whole leverage that the bracket of this size allows.
    fn greatest(&self, quantity: Quantity, side: Side) -> Result<Leverage, OutOfRange> {
        let price = self.market.on_tick(self.mark, side)?;
        let value = fill_value(&self.market.contract, quantity, price)?;
        let greatest = self.market.brackets.max_leverage(value).unwrap_or(Leverage::ONE);
        let whole = div(greatest.wide(), Leverage::ONE.wide(), Rounding::Floor)?;
        Leverage::from_wide(mul(whole.max(1), Leverage::ONE.wide())?)
    }
}
