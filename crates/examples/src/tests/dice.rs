//! Random numbers for the oracles.

use crate::number::{Exact, parse, ten, whole};

/// Random numbers that are the same on every run.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    pub(super) fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[usize::try_from(self.below(u64::try_from(words.len()).unwrap())).unwrap()]
    }

    pub(super) fn side(&mut self) -> &'static str {
        self.pick(&["long", "short"])
    }

    /// A decimal of up to `digits` digits, `places` of them after the point.
    pub(super) fn decimal(&mut self, digits: u32, places: i32) -> Exact {
        whole(i128::from(self.below(10_u64.pow(digits)) + 1)) * ten(-places)
    }

    pub(super) fn price(&mut self) -> Exact {
        match self.below(3) {
            0 => self.decimal(5, 5),
            1 => self.decimal(5, 2),
            _ => self.decimal(6, 1),
        }
    }

    pub(super) fn quantity(&mut self) -> Exact {
        match self.below(3) {
            0 => self.decimal(4, 3),
            1 => self.decimal(5, 1),
            _ => self.decimal(4, 0),
        }
    }

    /// A part of a number, between two shares in thousandths, with twelve decimals.
    pub(super) fn part(&mut self, of: &Exact, from: u64, to: u64) -> Exact {
        let share = whole(i128::from(from + self.below(to - from))) * ten(-3);
        (of * share * ten(12)).round() * ten(-12)
    }

    pub(super) fn leverage(&mut self) -> Exact {
        number(self.pick(&["1", "2", "3", "4.2", "7", "10", "12.5", "25", "50", "100", "125"]))
    }

    pub(super) fn maintenance(&mut self) -> Exact {
        number(self.pick(&["0.0035", "0.004", "0.005", "0.01", "0.015", "0.025", "0.065", "0.1"]))
    }

    pub(super) fn fee(&mut self) -> Exact {
        number(self.pick(&["0.0002", "0.0005", "0.00055", "0.0006", "0.00075"]))
    }

    pub(super) fn chance(&mut self) -> bool {
        self.below(2) == 0
    }
}

pub(super) fn number(text: &str) -> Exact {
    parse(text).unwrap()
}

pub(super) fn sign(side: &str) -> Exact {
    whole(if side == "long" { 1 } else { -1 })
}
