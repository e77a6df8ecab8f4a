//! A market out of nothing: a seeded random walk of prices, in whole numbers.
//!
//! The price moves at fixed steps of [`Walk::STEP_MS`], so a walk is a function of its seed and of the time that has passed, however often it
//! is asked. Each step multiplies the price by `1 + x`, where `x` is the sum of four equal draws (nearly normal) of mean zero; now and then a
//! jump comes on top.

use ringfence_risk::arithmetic::{OutOfRange, Rounding, add, div, mul, mul_div};
use ringfence_risk::units::{MarkPrice, Rate};

/// The splitmix64 generator: the same numbers for a seed for ever. Every seed is as good as any other, so a seed may also be a [`mix`] of
/// several numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitMix(u64);

impl SplitMix {
    /// The sequence of a seed.
    ///
    /// ```
    /// use ringfence_market::walk::SplitMix;
    /// assert_eq!(SplitMix::new(0).next_word(), 0xe220_a839_7b1d_cdaf);
    /// ```
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub const fn next_word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// A number below a bound; 0 for a bound of 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        let wide = u128::from(self.next_word()).wrapping_mul(u128::from(bound)) >> 64;
        u64::try_from(wide).unwrap_or(0)
    }
}

/// One seed out of several numbers: the order matters, and a change of any bit changes all of it.
#[must_use]
pub fn mix(numbers: &[u64]) -> u64 {
    numbers.iter().fold(0, |seed, number| SplitMix::new(seed ^ *number).next_word())
}

/// How a walk moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WalkTerms {
    /// Standard deviation of the price after one second, as a fraction of the price; after `n` seconds it is √n times as much. From 0 to
    /// [`WalkTerms::MOST_VOLATILE`].
    pub volatility: Rate,
    /// Mean time between two jumps in seconds; 0 for none.
    pub jump_every_s: u64,
    /// The greatest jump, as a fraction of the price, up or down; the least is a quarter of it. From 0 to 0.5.
    pub jump: Rate,
}

const fn rate(raw: i64) -> Rate {
    match Rate::from_raw(raw) {
        Ok(rate) => rate,
        Err(_) => Rate::ZERO,
    }
}

impl WalkTerms {
    /// The most that [`volatility`](Self::volatility) may be: 1 % per √second.
    pub const MOST_VOLATILE: Rate = rate(1_000_000);
    /// 0.007 % per √second (about 40 % a year), and a jump of 0.25 to 1 % every half hour.
    pub const DEFAULT: Self = Self { volatility: rate(7_000), jump_every_s: 1_800, jump: rate(1_000_000) };
    const MOST_JUMP: Rate = rate(50_000_000);

    /// The terms themselves, if they are within their limits.
    ///
    /// # Errors
    /// [`BadWalk`] naming the field, its limits and its value.
    pub fn check(self) -> Result<Self, BadWalk> {
        for (field, greatest, value) in
            [("volatility", Self::MOST_VOLATILE, self.volatility), ("jump", Self::MOST_JUMP, self.jump)]
        {
            if value < Rate::ZERO || value > greatest {
                return Err(BadWalk { field, greatest, value });
            }
        }
        Ok(self)
    }
}

/// A walk that cannot be: nothing was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} of a walk must be between 0 and {greatest}, got {value}")]
pub struct BadWalk {
    /// Which field.
    pub field: &'static str,
    /// The most it may be.
    pub greatest: Rate,
    /// What it was.
    pub value: Rate,
}

/// Prices are kept in parts of 10⁻¹⁶ so that small steps are not lost on a coarse grid.
const FINE: i128 = 100_000_000;
/// Draws are fractions of this.
const UNIT: i128 = 1_000_000_000_000;
/// √3 ÷ 4 in parts of [`UNIT`]: four draws from ±a have a standard deviation of 2a ÷ √3, and a step is half a square-root second.
const SPREAD: i128 = 433_012_701_892;

/// A price that wanders.
///
/// It stays within a tenth and ten times the price it started from (or was last [moved](Walk::move_to) to): a step that would leave this range
/// is taken the other way.
///
/// ```
/// use ringfence_market::walk::{Walk, WalkTerms};
/// let mut walk = Walk::new(7, "64000".parse()?, "0.01".parse()?, WalkTerms::DEFAULT)?;
/// let mut same = walk.clone();
/// assert_eq!(walk.advance(60_000), { same.advance(20_000); same.advance(40_000) });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walk {
    terms: WalkTerms,
    random: SplitMix,
    /// Grid of the prices it answers, in 10⁻⁸.
    grid: MarkPrice,
    /// In 10⁻¹⁶.
    exact: i128,
    /// In 10⁻¹⁶.
    range: (i128, i128),
    /// Time that has not made a whole step yet.
    left_ms: u64,
}

impl Walk {
    /// Milliseconds between two steps.
    pub const STEP_MS: u64 = 250;
    /// A longer time than this counts as this: one day.
    pub const LONGEST_MS: u64 = 86_400_000;

    /// A walk from a price. What it answers are multiples of `grid`.
    ///
    /// # Errors
    /// [`BadWalk`] when the terms are outside their limits.
    pub fn new(seed: u64, start: MarkPrice, grid: MarkPrice, terms: WalkTerms) -> Result<Self, BadWalk> {
        let terms = terms.check()?;
        let mut walk = Self { terms, random: SplitMix::new(seed), grid, exact: 0, range: (0, 0), left_ms: 0 };
        walk.move_to(start);
        Ok(walk)
    }

    /// How it moves.
    #[must_use]
    pub const fn terms(&self) -> WalkTerms {
        self.terms
    }

    /// Goes on from another price.
    pub fn move_to(&mut self, price: MarkPrice) {
        let least = self.grid.wide();
        let most = MarkPrice::GREATEST.wide().saturating_sub(least);
        let at = price.wide().clamp(least, most);
        self.exact = at.saturating_mul(FINE);
        let (low, high) = (at.checked_div(10).unwrap_or(least), at.saturating_mul(10));
        self.range = (low.max(least).saturating_mul(FINE), high.min(most).saturating_mul(FINE));
    }

    /// The price: the nearest multiple of the grid.
    #[must_use]
    pub fn price(&self) -> MarkPrice {
        // Within the range there is always one; the grid's least step stands in for an answer that cannot be.
        self.rounded().unwrap_or(self.grid)
    }

    fn rounded(&self) -> Result<MarkPrice, OutOfRange> {
        let grid = self.grid.wide();
        let steps = div(self.exact, mul(grid, FINE)?, Rounding::HalfEven)?.max(1);
        MarkPrice::from_wide(mul(steps, grid)?)
    }

    /// Lets time pass and answers the price then.
    pub fn advance(&mut self, ms: u64) -> MarkPrice {
        self.left_ms = self.left_ms.saturating_add(ms.min(Self::LONGEST_MS));
        while let Some(left) = self.left_ms.checked_sub(Self::STEP_MS) {
            self.left_ms = left;
            self.step();
        }
        self.price()
    }

    fn step(&mut self) {
        let change = self.wobble().saturating_add(self.jump());
        let moved = |change: i128| add(self.exact, mul_div(self.exact, change, UNIT, Rounding::HalfEven)?);
        let inside = |price: &i128| (self.range.0..=self.range.1).contains(price);
        let next = moved(change).ok().filter(inside).or_else(|| moved(change.saturating_neg()).ok().filter(inside));
        if let Some(next) = next {
            self.exact = next;
        }
    }

    /// The sum of four draws, each from ± volatility × √3 ÷ 4, in parts of [`UNIT`].
    fn wobble(&mut self) -> i128 {
        // A rate is in 10⁻⁸, a draw in 10⁻¹².
        let most = self.terms.volatility.wide().saturating_mul(10_000);
        let most = mul_div(most, SPREAD, UNIT, Rounding::HalfEven).unwrap_or(0);
        (0..4).map(|_| self.draw(most)).fold(0, i128::saturating_add)
    }

    fn jump(&mut self) -> i128 {
        let every = self.terms.jump_every_s.saturating_mul(1_000).checked_div(Self::STEP_MS).unwrap_or(0);
        if every == 0 || self.random.below(every) != 0 {
            return 0;
        }
        let most = self.terms.jump.wide().saturating_mul(10_000);
        let least = most.checked_div(4).unwrap_or(0);
        let drawn = self.draw(most.saturating_sub(least));
        if drawn < 0 { drawn.saturating_sub(least) } else { drawn.saturating_add(least) }
    }

    /// A number from −most to most.
    fn draw(&mut self, most: i128) -> i128 {
        let span = u64::try_from(most.saturating_mul(2).saturating_add(1)).unwrap_or(1);
        i128::from(self.random.below(span)).saturating_sub(most)
    }
}

#[cfg(test)]
mod tests {
    use super::{Walk, WalkTerms, mix};
    use proptest::prelude::{ProptestConfig, any, prop_assert, proptest};
    use ringfence_risk::units::{MarkPrice, Rate};

    fn calm() -> WalkTerms {
        WalkTerms { jump_every_s: 0, ..WalkTerms::DEFAULT }
    }

    fn walk(seed: u64, terms: WalkTerms) -> Walk {
        Walk::new(seed, "64000".parse().unwrap(), "0.01".parse().unwrap(), terms).unwrap()
    }

    #[test]
    fn a_seed_names_a_walk() {
        let path = |seed| {
            let mut walk = walk(seed, WalkTerms::DEFAULT);
            (0..10_000).map(|_| walk.advance(250)).collect::<Vec<_>>()
        };
        assert_eq!(path(7), path(7));
        assert_ne!(path(7), path(8));
        assert_eq!(path(7)[9_999], walk(7, WalkTerms::DEFAULT).advance(2_500_000), "however often it is asked");
    }

    #[test]
    fn volatility_is_as_asked() {
        // 0.007 % per √second: over 100 seconds 0.07 %, so 44.8 of 64,000.
        let squares: i64 = (0..2_000)
            .map(|seed| {
                let moved = walk(seed, calm()).advance(100_000).raw() - 6_400_000_000_000;
                (moved / 1_000_000) * (moved / 1_000_000)
            })
            .sum();
        let variance = squares / 2_000; // in 10⁻⁴ of a squared dollar: 44.8² is 20,070,400
        assert!((18_500_000..21_700_000).contains(&variance), "{variance}");
    }

    #[test]
    fn jumps_come_as_often_and_as_large_as_asked() {
        let terms = WalkTerms { volatility: Rate::ZERO, jump_every_s: 100, jump: "0.01".parse().unwrap() };
        let mut walk = walk(3, terms);
        let (mut jumps, mut before) = (0, walk.price().raw());
        for _ in 0..400_000 {
            let now = walk.advance(250).raw();
            if now != before {
                jumps += 1;
                let millionths = (now - before).abs() * 1_000 / (before / 1_000);
                assert!((2_499..=10_001).contains(&millionths), "{before} to {now}");
            }
            before = now;
        }
        assert!((900..1_100).contains(&jumps), "{jumps} in 100,000 seconds");
    }

    #[test]
    fn it_goes_on_from_where_it_is_put() {
        let mut walk = walk(1, calm());
        walk.move_to("100".parse().unwrap());
        assert_eq!(walk.price().to_string(), "100");
        let after = walk.advance(1_000);
        assert!(after > "99".parse().unwrap() && after < "101".parse().unwrap(), "{after}");
    }

    #[test]
    fn terms_outside_their_limits_are_refused() {
        let wild = WalkTerms { volatility: "0.02".parse().unwrap(), ..WalkTerms::DEFAULT };
        assert_eq!(wild.check().unwrap_err().to_string(), "volatility of a walk must be between 0 and 0.01, got 0.02");
        let negative = WalkTerms { jump: "-0.1".parse().unwrap(), ..WalkTerms::DEFAULT };
        assert_eq!(negative.check().unwrap_err().to_string(), "jump of a walk must be between 0 and 0.5, got -0.1");
    }

    #[test]
    fn every_number_of_a_mix_counts() {
        assert_ne!(mix(&[1, 2]), mix(&[2, 1]));
        assert_ne!(mix(&[1, 2]), mix(&[1, 3]));
        assert_ne!(mix(&[1]), mix(&[1, 0]));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]
        #[test]
        fn a_million_steps_stay_on_the_grid_and_in_range(
            seed in any::<u64>(), start in 1_i64..=MarkPrice::GREATEST.raw(), grid in 1_i64..1_000_000,
        ) {
            let grid = MarkPrice::from_raw(grid).unwrap();
            let terms = WalkTerms { volatility: WalkTerms::MOST_VOLATILE, jump_every_s: 10, jump: "0.5".parse().unwrap() };
            let start = MarkPrice::from_raw(start.max(grid.raw())).unwrap();
            let mut walk = Walk::new(seed, start, grid, terms).unwrap();
            for _ in 0..1_000_000 {
                let price = walk.advance(Walk::STEP_MS);
                prop_assert!(price.raw().checked_rem(grid.raw()) == Some(0) && price >= grid);
                let (least, most) = (start.wide().saturating_sub(1), start.wide().saturating_mul(10));
                let (price, grid) = (price.wide(), grid.wide());
                prop_assert!(price.saturating_add(grid).saturating_mul(10) >= least && price <= most.saturating_add(grid));
            }
        }
    }
}
