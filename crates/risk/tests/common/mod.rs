//! What the law tests share: random contracts, bracket tables, rule sets and positions, biased towards edges, and exact fractions to judge by.
#![allow(dead_code, reason = "each test crate uses its own part of this module")]

use num_bigint::BigInt;
use num_rational::BigRational;
use proptest::prelude::*;
use ringfence_risk::arithmetic::{SCALE, widen};
use ringfence_risk::bracket::{BracketRow, BracketStyle, BracketTable};
use ringfence_risk::contract::{Contract, ContractKind, ContractSpec, ValueRounding};
use ringfence_risk::fee::FeeSchedule;
use ringfence_risk::isolated::Leg;
use ringfence_risk::maintenance::Terms;
use ringfence_risk::plan::LegState;
use ringfence_risk::position::{Position, fill_value, open};
use ringfence_risk::ratio::Ratio;
use ringfence_risk::rule_set::{ClosingFee, FundingReserve, LiquidationTrigger, MaintenanceBasis, RuleSet};
use ringfence_risk::units::{Amount, Leverage, MarkPrice, Notional, Price, Quantity, Rate, Side};

/// Ten thousand cases, nothing written to disk.
pub(crate) fn cases() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, max_shrink_iters: 2_000, ..ProptestConfig::with_cases(10_000) }
}

pub(crate) const KINDS: [ContractKind; 3] = [ContractKind::Linear, ContractKind::Inverse, ContractKind::Quanto];
pub(crate) const LOSSLESS: &str = "generated within range";

pub(crate) fn big(value: i128) -> BigRational {
    BigRational::from_integer(BigInt::from(value))
}

pub(crate) fn exact(ratio: Ratio) -> BigRational {
    BigRational::new(BigInt::from(ratio.numerator()), BigInt::from(ratio.denominator()))
}

pub(crate) fn amount(raw: i128) -> Amount {
    Amount::from_wide(raw).expect(LOSSLESS)
}

pub(crate) fn mark(raw: i128) -> Option<MarkPrice> {
    MarkPrice::from_wide(raw).ok()
}

/// A number of `bits` bits at most: often a power of two or ten and its neighbours, otherwise of any length.
pub(crate) fn edgy(bits: u32) -> impl Strategy<Value = i64> {
    let cap = (1_i64 << bits) - 1;
    prop_oneof![
        2 => (0..bits, -1..=1_i64).prop_map(move |(shift, by)| ((1_i64 << shift) + by).clamp(1, cap)),
        1 => (0..18_u32, -1..=1_i64).prop_map(move |(power, by)| (10_i64.pow(power) + by).clamp(1, cap)),
        5 => (0..bits, any::<u64>()).prop_map(move |(shift, noise)| {
            let low = 1_i64 << shift;
            (low + i64::try_from(noise >> 2).expect(LOSSLESS) % low).clamp(1, cap)
        }),
    ]
}

/// A contract that can be listed; a tick too fine for its lot is replaced by 1.
pub(crate) fn contract(kinds: &'static [ContractKind]) -> impl Strategy<Value = Contract> {
    let ticks = prop::sample::select(vec![1_i64, 100, 1_000_000, 10_000_000, 50_000_000, 100_000_000, 300_000_000]);
    let steps = prop::sample::select(vec![1_i64, 7, 10_000, 1_000_000, 50_000_000]);
    let sizes = prop::sample::select(vec![
        (100_000_000_i64, 100_000_000_i64),
        (100_000, 100_000_000),
        (100_000_000, 10_000),
        (100_000_000, 100),
        (1, 100_000_000),
        (1_000_000_000, 10_000_000_000),
    ]);
    let rounding = prop_oneof![4 => Just(ValueRounding::PerFill), 1 => Just(ValueRounding::PerContract)];
    (prop::sample::select(kinds), ticks, steps, sizes, rounding).prop_map(|(kind, tick, step, (lot, multiplier), rounding)| {
        let spec = ContractSpec {
            kind,
            settlement: "USDT".parse().expect(LOSSLESS),
            tick: Price::from_raw(tick).expect(LOSSLESS),
            mark_step: MarkPrice::from_raw(step).expect(LOSSLESS),
            lot: Quantity::from_raw(lot).expect(LOSSLESS),
            multiplier: Quantity::from_raw(multiplier).expect(LOSSLESS),
            value_rounding: if kind == ContractKind::Inverse { rounding } else { ValueRounding::PerFill },
        };
        let one = Quantity::from_wide(SCALE).expect(LOSSLESS);
        Contract::list(spec).or_else(|_| Contract::list(ContractSpec { lot: one, multiplier: one, ..spec })).expect(LOSSLESS)
    })
}

/// What a bracket table is made of: per bracket a fall of leverage, a rise of the rate and a width, in hundredths.
pub(crate) type Steps = Vec<(i64, i64, i64)>;

pub(crate) fn steps() -> impl Strategy<Value = (Leverage, Steps)> {
    let first = prop_oneof![Just(100_000_000_i64), Just(12_500_000_000), (100_000_000..=100_000_000_000_i64)];
    let step = (50..=100_i64, 0..=100_i64, prop_oneof![Just(1_i64), 1..300_i64]);
    (first, prop::collection::vec(step, 1..=12)).prop_map(|(first, steps)| (Leverage::from_raw(first).expect(LOSSLESS), steps))
}

fn gcd(left: i128, right: i128) -> i128 {
    if right == 0 { left } else { gcd(right, left % right) }
}

/// A table that passes every check: floors are moved up to where the constants are whole. `scale` is a value worth having edges around.
pub(crate) fn table(style: BracketStyle, shape: &(Leverage, Steps), scale: Notional) -> BracketTable {
    let (mut leverage, mut rate, mut floor) = (shape.0.wide(), 0_i128, 0_i128);
    let mut rows: Vec<BracketRow> = Vec::new();
    for (index, (fall, rise, width)) in shape.1.iter().enumerate() {
        if index > 0 {
            leverage = (leverage * widen(*fall) / 100).max(SCALE);
        }
        // With closing fee and funding (1.5 % at most) the requirement must still grow slower than the value.
        let most = ((SCALE * SCALE - 1) / leverage).min(SCALE * 97 / 100);
        let next = (rate + (most - rate).max(0) * widen(*rise) / 101).max(rate);
        let unit = SCALE / gcd(next - rate, SCALE);
        let last = floor;
        if index > 0 {
            let wanted = floor + (scale.raw() * widen(*width) / 200).max(1);
            floor = (wanted + unit - 1) / unit * unit;
        }
        if floor >= Notional::GREATEST.raw() {
            break;
        }
        rate = next;
        if let Some(before) = rows.last_mut() {
            assert!(floor > last);
            before.cap = Notional::from_wide(floor).expect(LOSSLESS);
        }
        rows.push(BracketRow {
            floor: Notional::from_wide(floor).expect(LOSSLESS),
            cap: Notional::GREATEST,
            max_leverage: Leverage::from_wide(leverage).expect(LOSSLESS),
            maintenance_rate: Rate::from_wide(rate).expect(LOSSLESS),
        });
    }
    BracketTable::new(style, &rows).expect("a table built to be valid")
}

/// Every combination of basis, closing fee, funding reserve and trigger, by number from 0 to 31.
pub(crate) fn rules(number: u8) -> RuleSet {
    let fees =
        [ClosingFee::Excluded, ClosingFee::TakerOnMaintenanceValue, ClosingFee::TakerAtBankruptcy, ClosingFee::ReservedAtEntry];
    let pick = |bit: u8| number & bit != 0;
    RuleSet {
        maintenance_basis: if pick(1) { MaintenanceBasis::EntryValue } else { MaintenanceBasis::MarkValue },
        trigger: if pick(2) { LiquidationTrigger::AtOrBelow } else { LiquidationTrigger::Below },
        funding_reserve: if pick(4) { FundingReserve::PayableRate } else { FundingReserve::None },
        closing_fee: fees[usize::from(number >> 3)],
        ..RuleSet::ringfence()
    }
}

/// A position, what it is judged by, and a mark.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) contract: Contract,
    pub(crate) table: BracketTable,
    pub(crate) rules: RuleSet,
    pub(crate) fees: FeeSchedule,
    pub(crate) funding_rate: Rate,
    pub(crate) position: Position,
    pub(crate) leverage: Leverage,
    pub(crate) entry: Price,
    pub(crate) mark: MarkPrice,
}

impl core::fmt::Debug for Case {
    /// On few lines, so that a failing case can be read.
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { contract, table, rules, fees, funding_rate, position, leverage, entry, mark } = self;
        writeln!(formatter, "{:?}\n{:?} {:?}", contract.spec(), fees, funding_rate)?;
        table.brackets().iter().try_for_each(|bracket| writeln!(formatter, "{:?} {bracket:?}", table.style()))?;
        writeln!(formatter, "{rules:?}\n{position:?}\nleverage {leverage}, entry {entry}, mark {mark}")
    }
}

impl Case {
    pub(crate) fn terms(&self) -> Terms<'_> {
        let Self { contract, table, rules, fees, funding_rate, .. } = self;
        Terms { contract, brackets: table, rules, fees: *fees, funding_rate: *funding_rate }
    }

    pub(crate) fn leg(&self) -> Leg<'_> {
        Leg::isolated(self.terms(), &self.position).expect(LOSSLESS)
    }

    pub(crate) fn step(&self) -> i128 {
        self.contract.spec().mark_step.wide()
    }

    /// The leg as an account holds it, with this much available.
    pub(crate) fn state(&self, available: i128) -> LegState {
        LegState { position: Some(self.position), ..LegState::flat(self.leverage, amount(available)) }
    }
}

/// A mark on the grid: `base` moved by `by` millionths (or to an end of the range), then down to the grid.
pub(crate) fn mark_near(contract: &Contract, base: i128, by: i64) -> MarkPrice {
    let step = contract.spec().mark_step.wide();
    let raw = match by {
        -1_000_000 => step,
        1_000_000 => MarkPrice::GREATEST.wide(),
        _ => base * (1_000_000 + widen(by)) / 1_000_000,
    };
    let steps = raw.clamp(step, MarkPrice::GREATEST.wide()) / step;
    MarkPrice::from_wide(steps * step).expect(LOSSLESS)
}

/// Moves in millionths: none, small, large, and both ends.
pub(crate) fn moves() -> impl Strategy<Value = i64> {
    prop_oneof![1 => Just(0_i64), 4 => -12_000..=12_000_i64, 3 => -999_999..=999_999_i64, 1 => Just(-1_000_000_i64), 1 => Just(1_000_000_i64)]
}

pub(crate) fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Long), Just(Side::Short)]
}

/// Leverage from 1 to 125, whole or not.
pub(crate) fn leverage() -> impl Strategy<Value = Leverage> {
    let raw = prop_oneof![(1..=125_i64).prop_map(|times| times * 100_000_000), 100_000_000..=12_500_000_000_i64];
    raw.prop_map(|raw| Leverage::from_raw(raw).expect(LOSSLESS))
}

/// A size and price on the lot and tick whose value is in range and not zero; the size is halved or doubled until it is.
pub(crate) fn fitting(contract: &Contract, lots: i64, ticks: i64) -> (Quantity, Price, Notional) {
    let (lot, tick) = (contract.spec().lot.wide(), contract.spec().tick.wide());
    let mut price = (widen(ticks) * tick).min(Price::GREATEST.wide() / tick * tick);
    let mut lots = widen(lots);
    for _ in 0..400 {
        let at = Price::from_wide(price).expect(LOSSLESS);
        let fill = Quantity::from_wide(lots * lot).and_then(|quantity| Ok((quantity, at, fill_value(contract, quantity, at)?)));
        match fill {
            // A contract whose own value rounds to nothing is worth nothing at any size: then the price falls.
            Ok((held, _, Notional::ZERO)) if held.raw() > Quantity::GREATEST.raw() / 4 => {
                (lots, price) = (1, (price / 10 / tick * tick).max(tick));
            }
            Ok((.., Notional::ZERO)) => lots *= 2,
            Ok(fill) if fill.2.raw() < Notional::GREATEST.raw() / 1_000 || lots == 1 => return fill,
            Ok(_) | Err(_) => lots = (lots / 3).max(1),
        }
    }
    unreachable!("some size has a value in range")
}

/// A position under random terms. `rule` picks the rule sets by number.
pub(crate) fn case(
    kinds: &'static [ContractKind],
    style: BracketStyle,
    rule: impl Strategy<Value = u8>,
) -> impl Strategy<Value = Case> {
    let sizes = (edgy(40), edgy(50), side(), leverage(), prop_oneof![2 => Just(0_i64), 3 => -110..=300_i64], -2..=2_i64);
    let rates = (prop_oneof![Just(0_i64), Just(40_000), 0..=1_000_000_i64], -500_000..=500_000_i64);
    (contract(kinds), steps(), rule, sizes, rates, moves()).prop_map(move |(contract, shape, rule, sizes, rates, moved)| {
        let (lots, ticks, side, leverage, added, by) = sizes;
        let (quantity, entry, value) = fitting(&contract, lots, ticks);
        let opened = open(side, quantity, value, leverage).expect(LOSSLESS);
        let added = opened.opening_margin.raw() * widen(added) / 100 + if added == 0 { 0 } else { widen(by) };
        let rate = |raw: i64| Rate::from_raw(raw).expect(LOSSLESS);
        Case {
            table: table(style, &shape, value),
            rules: rules(rule),
            fees: FeeSchedule { maker: Rate::ZERO, taker: rate(rates.0), liquidation: Rate::ZERO },
            funding_rate: rate(rates.1),
            position: Position { added_margin: amount(added), ..opened },
            leverage,
            entry,
            mark: mark_near(&contract, entry.wide(), moved),
            contract,
        }
    })
}
