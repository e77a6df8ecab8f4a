//! Random numbers that are the same for ever: a seed names a world, so the generator is part of this crate and never changes.

/// The xoshiro256** generator, seeded by splitmix64.
#[derive(Clone, Debug)]
pub struct Random {
    state: [u64; 4],
    /// The state for what was added later; `None` where it happens never.
    later: Option<[u64; 4]>,
    /// What is drawn from instead, while it lasts.
    tape: Option<Tape>,
}

/// Bytes that decide what is drawn, two for each draw.
#[derive(Clone, Debug)]
struct Tape {
    bytes: Vec<u8>,
    at: usize,
}

/// Seeds from here on name worlds of the first generator: nothing that was added later happens in them. So a seed that broke a law once can be
/// lived again as it was.
pub const FIRST: u64 = 1 << 63;

const fn split_mix(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut word = *seed;
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

impl Random {
    /// The sequence of a seed.
    ///
    /// ```
    /// use ringfence_sim::random::Random;
    /// let mut random = Random::new(1);
    /// assert_eq!(random.next_word(), 0xb3f2_af6d_0fc7_10c5);
    /// ```
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        let mut plain = seed & !FIRST;
        let state = [split_mix(&mut plain), split_mix(&mut plain), split_mix(&mut plain), split_mix(&mut plain)];
        let later = if seed < FIRST {
            Some([split_mix(&mut plain), split_mix(&mut plain), split_mix(&mut plain), split_mix(&mut plain)])
        } else {
            None
        };
        Self { state, later, tape: None }
    }

    /// Draws that bytes decide: whoever changes a byte changes one draw. For machines that look for inputs which lead somewhere new.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self { tape: Some(Tape { bytes: bytes.to_vec(), at: 0 }), ..Self::new(0) }
    }

    /// Whether bytes decided and are used up.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.tape.as_ref().is_some_and(|tape| tape.at >= tape.bytes.len())
    }

    /// Draws for what was added later, from a sequence of its own: the other draws stay what they were. `None` in worlds of the [`FIRST`]
    /// generator.
    pub fn later<T>(&mut self, draw: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let later = self.later?;
        if self.tape.is_some() {
            return Some(draw(self));
        }
        let mut own = Self { state: later, later: None, tape: None };
        let drawn = draw(&mut own);
        self.later = Some(own.state);
        Some(drawn)
    }

    /// The next 64 bits.
    pub fn next_word(&mut self) -> u64 {
        let word = self.drawn();
        let Some(tape) = &mut self.tape else { return word };
        let mut next = || {
            let byte = tape.bytes.get(tape.at).copied().unwrap_or(0);
            tape.at = tape.at.saturating_add(1);
            byte
        };
        // The greatest bits choose; those below only fill up.
        u64::from(u16::from_le_bytes([next(), next()])) << 48 | word >> 16
    }

    const fn drawn(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let word = b.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        word
    }

    /// A number below a bound; 0 for a bound of 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        let wide = (self.next_word() as u128).wrapping_mul(bound as u128) >> 64;
        wide as u64
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = high.wrapping_sub(low) as u64;
        low.wrapping_add(self.below(span.saturating_add(1)) as i64)
    }

    /// Whether something happens that happens so many times in a thousand.
    pub fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1_000) < per_mille
    }

    /// One of several.
    ///
    /// # Panics
    /// When there is none.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }

    /// The place of one of several weights, as often as it weighs.
    pub fn weighted(&mut self, weights: &[u64]) -> usize {
        let mut at = self.below(weights.iter().sum());
        for (place, weight) in weights.iter().enumerate() {
            if at < *weight {
                return place;
            }
            at -= weight;
        }
        0
    }

    /// A share of a number, in parts of a million: `amount × parts ÷ 10⁶`.
    #[must_use]
    pub const fn part(amount: i128, parts: i128) -> i128 {
        amount.saturating_mul(parts) / 1_000_000
    }
}
