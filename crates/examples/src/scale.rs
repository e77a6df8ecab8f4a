//! The size at which a question is put to the core.
//!
//! The core's money is whole multiples of 10⁻⁸ with a named rounding, while examples print up to sixteen digits. There is no second code path
//! for them. Every rule is homogeneous: a position F times as large has values, margins and fees F times as large and the same prices. So the
//! core is asked about a position F times as large, with margins and bracket floors F times as large, and its answer is divided by F.
//!
//! F is `factor × 10^power`. The power is the greatest at which nothing leaves the core's range (values up to 10¹³ units). The factor is the
//! smallest that makes entry values and margins whole, so that nothing at all is rounded: a multiple of the leverage's numerator, of the
//! maintenance rate's where brackets have constants, and for inverse contracts of the prices'. Where that does not fit, the factor is 1.
//!
//! Prices scale in the same way by 10^price, as little as their own digits need (or, where the core answers with a rounded price, as much as
//! fits); a linear value then grows by as much and an inverse one shrinks. Digits beyond what then fits are rounded to the nearest.

use num_bigint::BigInt;
use num_traits::{One, Signed};

use crate::number::{Exact, decimals, parse, room, ten, whole};
use crate::schema::{Example, Field};
use ringfence_risk::contract::ContractKind;

/// What takes up the power of ten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grow {
    /// The contract's multiplier first, then the quantity: quantities stay as they are where possible.
    Multiplier,
    /// The quantity first, as far as it stays in range, then the multiplier: for questions that are answered with a quantity.
    Quantity,
    /// Nothing: whole numbers of the smallest unit stay what they are.
    Nothing,
}

/// How many digits prices are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Digits {
    /// As many as they have.
    Own,
    /// As many as fit: the answer is a rounded price.
    All,
}

/// What kind of question a function asks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// The contract's kind; `None` when an input says it.
    pub(crate) kind: Option<ContractKind>,
    pub(crate) grow: Grow,
    pub(crate) digits: Digits,
}

impl Shape {
    const fn of(kind: ContractKind) -> Self {
        Self { kind: Some(kind), grow: Grow::Multiplier, digits: Digits::Own }
    }
    pub(crate) const LINEAR: Self = Self::of(ContractKind::Linear);
    pub(crate) const INVERSE: Self = Self::of(ContractKind::Inverse);
    pub(crate) const EITHER: Self = Self { kind: None, ..Self::LINEAR };
    pub(crate) const LINEAR_SIZED: Self = Self { grow: Grow::Quantity, ..Self::LINEAR };
    pub(crate) const INVERSE_SIZED: Self = Self { grow: Grow::Quantity, ..Self::INVERSE };
    pub(crate) const WHOLE_LINEAR: Self = Self { grow: Grow::Nothing, ..Self::LINEAR };
    pub(crate) const WHOLE_INVERSE: Self = Self { grow: Grow::Nothing, ..Self::INVERSE };
    pub(crate) const FINE_PRICE: Self = Self { digits: Digits::All, ..Self::LINEAR };
}

/// One size at which to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scale {
    pub(crate) factor: BigInt,
    pub(crate) power: i32,
    pub(crate) price: i32,
    /// The part of the power that quantities need for their own digits.
    pub(crate) quantity: i32,
}

const PRICES: [&str; 11] = ["entry", "exit", "price", "mark", "order", "base_liq", "index", "oracle", "tick", "f", "s_"];
const QUANTITIES: [&str; 6] = ["qty", "contracts", "size", "total_qty", "value", "szi"];
const LEVERAGES: [&str; 2] = ["lev", "max_lev"];
const DEDUCTIONS: [&str; 3] = ["cum", "ded", "mm"];
/// Digits beyond the eighth that an answer in quantities is given, as many as fit.
const FINENESS: [i32; 13] = [12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0];
const HIGHEST: i32 = 26;
const LOWEST: i32 = -16;

/// The sizes to try, best first.
pub(crate) fn scales(example: &Example, shape: Shape, kind: ContractKind) -> Vec<Scale> {
    if shape.grow == Grow::Nothing {
        return vec![Scale { factor: BigInt::one(), power: 0, price: 0, quantity: 0 }];
    }
    let prices = prices(example);
    let price = price_power(&prices, shape.digits);
    let factor = factor(example, &prices, kind);
    let quantity = quantity_power(example);
    let mut scales = Vec::new();
    for price in [price, 0] {
        if scales.iter().any(|scale: &Scale| scale.price == price) {
            continue;
        }
        let with = |factor: &BigInt, power| Scale { factor: factor.clone(), power, price, quantity };
        if shape.grow == Grow::Quantity {
            scales.extend([&factor, &BigInt::one()].into_iter().flat_map(|factor| {
                FINENESS.iter().flat_map(|quantity| {
                    (*quantity..=HIGHEST).rev().map(|power| Scale { quantity: *quantity, ..with(factor, power) })
                })
            }));
            scales.extend((LOWEST..0).rev().map(|power| Scale { quantity: power, ..with(&BigInt::one(), power) }));
            continue;
        }
        if !factor.is_one() {
            scales.extend((0..=HIGHEST).rev().map(|power| with(&factor, power)));
        }
        scales.extend((LOWEST..=HIGHEST).rev().map(|power| with(&BigInt::one(), power)));
    }
    scales
}

fn number(example: &Example, name: &str) -> Option<Exact> {
    example.inputs.iter().find(|(input, _)| input == name).and_then(|(_, field)| match field {
        Field::Text(text) => parse(text),
        Field::List(_) => None,
    })
}

/// A column of the fills: quantities or prices.
fn of_fills(example: &Example, column: usize) -> Vec<Exact> {
    let Some((_, Field::List(fills))) = example.inputs.iter().find(|(name, _)| name == "fills") else { return Vec::new() };
    let number = |fill: &Field| match fill {
        Field::List(pair) => match pair.get(column) {
            Some(Field::Text(text)) => parse(text),
            Some(Field::List(_)) | None => None,
        },
        Field::Text(_) => None,
    };
    fills.iter().filter_map(number).collect()
}

/// Every price among the inputs, those of fills included.
fn prices(example: &Example) -> Vec<Exact> {
    let mut prices: Vec<Exact> = PRICES.iter().filter_map(|name| number(example, name)).collect();
    prices.extend(of_fills(example, 1));
    prices.retain(Signed::is_positive);
    prices
}

/// The core's quantities have eight decimals.
fn quantity_power(example: &Example) -> i32 {
    let mut quantities: Vec<Exact> = QUANTITIES.iter().filter_map(|name| number(example, name)).collect();
    quantities.extend(of_fills(example, 0));
    quantities.iter().map(|quantity| decimals(quantity, 24) - 8).max().unwrap_or(0).max(0)
}

/// The core's prices go up to 10⁹ and have eight decimals.
fn price_power(prices: &[Exact], digits: Digits) -> i32 {
    let Some(greatest) = prices.iter().max() else { return 0 };
    match digits {
        Digits::All => room(greatest, &ten(8)),
        Digits::Own => {
            let fits = room(greatest, &ten(9));
            let needed = prices.iter().map(|price| decimals(price, 40) - 8).max().unwrap_or(0).max(0);
            needed.min(fits).max(fits.min(0))
        }
    }
}

fn factor(example: &Example, prices: &[Exact], kind: ContractKind) -> BigInt {
    let numerators = |values: &mut dyn Iterator<Item = Exact>| {
        values
            .filter(Signed::is_positive)
            .fold(BigInt::one(), |all, value| least_common_multiple(&all, &without_tens(value.numer().clone())))
    };
    let mut factor = numerators(&mut LEVERAGES.iter().filter_map(|name| number(example, name)));
    if DEDUCTIONS.iter().any(|name| number(example, name).is_some()) {
        factor *= numerators(&mut number(example, "mmr").into_iter());
    }
    if kind == ContractKind::Inverse {
        factor *= numerators(&mut prices.iter().cloned());
    }
    if Exact::from(factor.clone()) > whole(10).pow(20) { BigInt::one() } else { factor }
}

/// Powers of ten are the other part's business.
fn without_tens(mut value: BigInt) -> BigInt {
    let ten = BigInt::from(10);
    while (&value % &ten) == BigInt::from(0) {
        value /= &ten;
    }
    value
}

fn least_common_multiple(left: &BigInt, right: &BigInt) -> BigInt {
    // A fraction in lowest terms has divided both by their greatest common divisor.
    let reduced = Exact::new(left.clone(), right.clone());
    reduced.numer() * right
}
