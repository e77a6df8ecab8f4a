//! Random numbers that are the same for ever: a seed names a population, so the generator is part of this crate and never changes.

use ringfence_risk::units::Rate;

/// The xoshiro256** generator, seeded by splitmix64.
#[derive(Clone, Debug)]
pub(crate) struct Random {
    state: [u64; 4],
}

const fn split_mix(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut word = *seed;
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

impl Random {
    pub(crate) const fn new(mut seed: u64) -> Self {
        Self { state: [split_mix(&mut seed), split_mix(&mut seed), split_mix(&mut seed), split_mix(&mut seed)] }
    }

    /// The next 64 bits.
    pub(crate) const fn next_word(&mut self) -> u64 {
        let [a, b, c, d] = &mut self.state;
        let word = b.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let shifted = *b << 17;
        *c ^= *a;
        *d ^= *b;
        *b ^= *c;
        *a ^= *d;
        *c ^= shifted;
        *d = d.rotate_left(45);
        word
    }

    /// A number below a limit; 0 below 1. The upper half of a product, whose unevenness is below one in 2³² for the limits used here.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        let product = u128::from(self.next_word()).saturating_mul(u128::from(limit));
        u64::try_from(product >> 64).unwrap_or(0)
    }

    /// Whether something of this probability happens.
    pub(crate) fn chance(&mut self, share: Rate) -> bool {
        let whole = u64::try_from(Rate::WHOLE.raw()).unwrap_or(1);
        self.below(whole) < u64::try_from(share.raw()).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn the_generator_is_the_published_one() {
        // splitmix64 from seed 0 begins like this (Vigna), and the first word is rotl(s1 × 5, 7) × 9.
        let mut seed = 0;
        assert_eq!(super::split_mix(&mut seed), 0xe220_a839_7b1d_cdaf);
        assert_eq!(Random::new(1).next_word(), 0xb3f2_af6d_0fc7_10c5);
    }

    #[test]
    fn numbers_stay_below_their_limit() {
        let mut random = Random::new(7);
        assert!((0..10_000).all(|_| random.below(3) < 3));
        assert_eq!(random.below(1), 0);
    }
}
