//! What exactness costs: the core beside the same formulas in `f64` and in `rust_decimal`, in one run.
//!
//! `cargo bench -p ringfence-risk` prints nanoseconds per answer (the least of many alternating rounds) and the two ratios. The inputs are the
//! same 256 positions for all three; the answers are compared first, so that nobody is fast by being wrong.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::disallowed_types,
    reason = "a benchmark has no public items, reads the clock, and may stop at the first surprise"
)]

use std::hint::black_box;
use std::time::Instant;

use ringfence_risk::bracket::{BracketRow, BracketStyle, BracketTable};
use ringfence_risk::contract::{Contract, ContractKind, ContractSpec, ValueRounding};
use ringfence_risk::fee::FeeSchedule;
use ringfence_risk::isolated::Leg;
use ringfence_risk::maintenance::Terms;
use ringfence_risk::margin::initial_margin;
use ringfence_risk::position::{Position, fill_value, open};
use ringfence_risk::rule_set::RuleSet;
use ringfence_risk::units::{Leverage, MarkPrice, Price, Quantity, Rate, Side};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// (cap, leverage, maintenance rate) of ten brackets, in thousands of quote currency or in coins.
const BRACKETS: [(i64, i64, &str); 10] = [
    (50, 125, "0.004"),
    (250, 100, "0.005"),
    (1_000, 50, "0.01"),
    (7_500, 20, "0.025"),
    (40_000, 10, "0.05"),
    (100_000, 5, "0.1"),
    (200_000, 4, "0.125"),
    (400_000, 3, "0.15"),
    (600_000, 2, "0.25"),
    (1_000_000, 1, "0.5"),
];
const POSITIONS: usize = 256;
const ROUNDS: usize = 1_600;

/// One position as the core holds it.
struct Case {
    position: Position,
    leverage: Leverage,
    price: Price,
    quantity: Quantity,
    mark: MarkPrice,
}

/// The same positions in all three number systems, each in its own list so that none pays for another's memory.
struct Cases {
    exact: Vec<Case>,
    float: Vec<Plain<f64>>,
    decimal: Vec<Plain<Decimal>>,
}

#[derive(Clone, Copy)]
struct Plain<N> {
    sign: N,
    size: N,
    entry_value: N,
    price: N,
    leverage: N,
    margin: N,
    mark: N,
    step: N,
}

struct Brackets<N> {
    floor: Vec<N>,
    rate: Vec<N>,
    cum: Vec<N>,
}

fn contract(kind: ContractKind) -> Contract {
    Contract::list(ContractSpec {
        kind,
        settlement: "USDT".parse().unwrap(),
        tick: "0.1".parse().unwrap(),
        mark_step: "0.01".parse().unwrap(),
        lot: if kind == ContractKind::Inverse { "1".parse().unwrap() } else { "0.001".parse().unwrap() },
        multiplier: if kind == ContractKind::Inverse { "100".parse().unwrap() } else { "1".parse().unwrap() },
        value_rounding: ValueRounding::PerFill,
    })
    .unwrap()
}

fn brackets(unit: &str) -> BracketTable {
    let cap = |thousands: i64| format!("{thousands}{unit}").parse().unwrap();
    let mut floor = "0".parse().unwrap();
    let mut rows = Vec::new();
    for (thousands, leverage, rate) in BRACKETS {
        let row = BracketRow {
            floor,
            cap: cap(thousands),
            max_leverage: Leverage::whole(leverage).unwrap(),
            maintenance_rate: rate.parse().unwrap(),
        };
        floor = row.cap;
        rows.push(row);
    }
    BracketTable::new(BracketStyle::Marginal, &rows).unwrap()
}

fn converted<N>(table: &BracketTable, convert: impl Fn(i128) -> N) -> Brackets<N> {
    let list = |raw: fn(&ringfence_risk::bracket::Bracket) -> i128| table.brackets().iter().map(|b| convert(raw(b))).collect();
    Brackets { floor: list(|b| b.floor.raw()), rate: list(|b| b.maintenance_rate.wide()), cum: list(|b| b.cum.raw()) }
}

fn float(raw: i128) -> f64 {
    decimal(raw).to_f64().unwrap()
}

fn decimal(raw: i128) -> Decimal {
    Decimal::from_i128_with_scale(raw, 8).normalize()
}

/// A fixed sequence that looks random: the same in every run.
fn sequence(mut state: u64) -> impl FnMut(u64) -> i64 {
    move |below| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((state >> 33) % below).unwrap()
    }
}

fn cases(contract: &Contract) -> Cases {
    let mut next = sequence(7);
    let leverages = [2, 3, 5, 10, 20, 50, 100];
    let mut cases = Cases { exact: Vec::new(), float: Vec::new(), decimal: Vec::new() };
    for index in 0..POSITIONS {
        let side = if index % 2 == 0 { Side::Long } else { Side::Short };
        let price = Price::from_wide(i128::from(90_000 + next(600_000)) * 10_000_000).unwrap();
        let magnitude = next(14);
        let lots = 1 + next(2 << magnitude);
        let quantity = Quantity::from_wide(i128::from(lots) * contract.spec().lot.wide()).unwrap();
        let leverage = Leverage::whole(leverages[usize::try_from(next(7)).unwrap()]).unwrap();
        let value = fill_value(contract, quantity, price).unwrap();
        let position = open(side, quantity, value, leverage).unwrap();
        let mark = MarkPrice::from_raw(price.raw() + (next(2_000) - 1_000) * 1_000_000).unwrap();
        let exposure = contract.exposure(quantity).unwrap();
        let sign = contract.value_sign(side) * 100_000_000;
        let margin = position.opening_margin.raw();
        let raws = [sign, exposure, value.raw(), price.wide(), leverage.wide(), margin, mark.wide(), 1_000_000];
        cases.exact.push(Case { position, leverage, price, quantity, mark });
        cases.float.push(plain(raws.map(float)));
        cases.decimal.push(plain(raws.map(decimal)));
    }
    cases
}

fn plain<N: Copy>([sign, size, entry_value, price, leverage, margin, mark, step]: [N; 8]) -> Plain<N> {
    Plain { sign, size, entry_value, price, leverage, margin, mark, step }
}

/// The same formulas for any number that adds, multiplies, divides and compares.
macro_rules! formulas {
    ($module:ident, $number:ty, $zero:expr) => {
        mod $module {
            use super::{Brackets, Plain};
            /// The crossing of balance and requirement in the bracket whose floors enclose it, as a value.
            fn crossing(p: &Plain<$number>, b: &Brackets<$number>) -> $number {
                let base = p.margin - p.sign * p.entry_value;
                let mut found = 0;
                for index in 1..b.floor.len() {
                    let spare = base + p.sign * b.floor[index];
                    let needed = b.floor[index] * b.rate[index] - b.cum[index];
                    if (p.sign > $zero && spare > needed) || (p.sign < $zero && spare < needed) {
                        break;
                    }
                    found = index;
                }
                (-base - b.cum[found]) / (p.sign - b.rate[found])
            }
            pub(super) fn liquidation_linear(p: &Plain<$number>, b: &Brackets<$number>) -> ($number, $number) {
                let price = crossing(p, b) / p.size;
                (price, on_grid(price, p.sign, p.step))
            }
            pub(super) fn liquidation_inverse(p: &Plain<$number>, b: &Brackets<$number>) -> ($number, $number) {
                let price = p.size / crossing(p, b);
                (price, on_grid(price, -p.sign, p.step))
            }
            /// The first mark on the grid past a price.
            fn on_grid(price: $number, side: $number, step: $number) -> $number {
                let steps = price / step;
                (if side > $zero { steps.floor() } else { steps.ceil() }) * step
            }
            pub(super) fn is_liquidatable(p: &Plain<$number>, b: &Brackets<$number>, value: $number) -> bool {
                let mut found = 0;
                while found + 1 < b.floor.len() && b.floor[found + 1] <= value {
                    found += 1;
                }
                p.margin + p.sign * (value - p.entry_value) < value * b.rate[found] - b.cum[found]
            }
        }
    };
}
formulas!(floats, f64, 0.0);
formulas!(decimals, rust_decimal::Decimal, rust_decimal::Decimal::ZERO);

/// Least nanoseconds per item of each contestant, measured in turn so that a busy neighbour disturbs all alike.
fn race(mut contestants: [&mut dyn FnMut(); 3]) -> [f64; 3] {
    let mut least = [f64::INFINITY; 3];
    for _ in 0..ROUNDS {
        for (contestant, least) in contestants.iter_mut().zip(&mut least) {
            let start = Instant::now();
            contestant();
            let elapsed = start.elapsed().as_secs_f64() * 1e9 / f64::from(u32::try_from(POSITIONS).unwrap());
            *least = least.min(elapsed);
        }
    }
    least
}

fn report(name: &str, [ours, float, decimal]: [f64; 3]) {
    println!("{name:<44} {ours:>8.1} {float:>8.1} {decimal:>8.1} {:>10.2} {:>12.1}", ours / float, decimal / ours);
}

/// Answers for every item of a list, keeping the compiler from dropping the answers.
macro_rules! each {
    ($case:ident of $list:expr => $answer:expr) => {
        &mut || {
            for $case in &$list {
                black_box($answer);
            }
        }
    };
}

struct Bench<'a> {
    terms: Terms<'a>,
    cases: Cases,
    floats: Brackets<f64>,
    decimals: Brackets<Decimal>,
}

impl Bench<'_> {
    fn fill_value(&self, name: &str) {
        let contract = self.terms.contract;
        let ours = each!(case of self.cases.exact => fill_value(contract, case.quantity, case.price).unwrap());
        let result = if contract.kind() == ContractKind::Inverse {
            let float = each!(case of self.cases.float => case.size / case.price);
            race([ours, float, each!(case of self.cases.decimal => case.size / case.price)])
        } else {
            let float = each!(case of self.cases.float => case.size * case.price);
            race([ours, float, each!(case of self.cases.decimal => case.size * case.price)])
        };
        report(name, result);
    }

    fn initial_margin(&self, name: &str) {
        let ours = each!(case of self.cases.exact => initial_margin(case.position.entry_value, case.leverage).unwrap());
        let float = each!(case of self.cases.float => (case.entry_value / case.leverage * 1e8).ceil() / 1e8);
        let decimal = each!(case of self.cases.decimal => (case.entry_value / case.leverage)
            .round_dp_with_strategy(8, rust_decimal::RoundingStrategy::AwayFromZero));
        report(name, race([ours, float, decimal]));
    }

    fn liquidation(&self, name: &str) {
        let terms = self.terms;
        let inverse = terms.contract.kind() == ContractKind::Inverse;
        self.compare_liquidation();
        let ours = each!(case of self.cases.exact => Leg { terms, position: &case.position, collateral: case.position.opening_margin }
            .liquidation_price(case.mark).unwrap());
        let (fb, db) = (&self.floats, &self.decimals);
        let result = if inverse {
            let float = each!(case of self.cases.float => floats::liquidation_inverse(case, fb));
            race([ours, float, each!(case of self.cases.decimal => decimals::liquidation_inverse(case, db))])
        } else {
            let float = each!(case of self.cases.float => floats::liquidation_linear(case, fb));
            race([ours, float, each!(case of self.cases.decimal => decimals::liquidation_linear(case, db))])
        };
        report(name, result);
    }

    /// The three answers must agree before their speed means anything.
    fn compare_liquidation(&self) {
        let inverse = self.terms.contract.kind() == ContractKind::Inverse;
        for (case, plain) in self.cases.exact.iter().zip(&self.cases.float) {
            let leg = Leg { terms: self.terms, position: &case.position, collateral: case.position.opening_margin };
            let Some(price) = leg.liquidation_price(case.mark).unwrap() else { continue };
            let exact: f64 =
                price.exact.unwrap().to_decimal(12, ringfence_risk::arithmetic::Rounding::HalfEven).unwrap().parse().unwrap();
            let float = if inverse {
                floats::liquidation_inverse(plain, &self.floats).0
            } else {
                floats::liquidation_linear(plain, &self.floats).0
            };
            assert!((exact - float).abs() <= exact.abs() * 1e-6, "{exact} against {float} for {:?}", case.position);
        }
    }

    fn check(&self, name: &str) {
        let terms = self.terms;
        let inverse = terms.contract.kind() == ContractKind::Inverse;
        let ours = each!(case of self.cases.exact => terms.is_liquidatable(&case.position, case.position.opening_margin, case.mark).unwrap());
        let (fb, db) = (&self.floats, &self.decimals);
        let result = if inverse {
            let float = each!(case of self.cases.float => floats::is_liquidatable(case, fb, case.size / case.mark));
            let decimal = each!(case of self.cases.decimal => decimals::is_liquidatable(case, db, case.size / case.mark));
            race([ours, float, decimal])
        } else {
            let float = each!(case of self.cases.float => floats::is_liquidatable(case, fb, case.size * case.mark));
            let decimal = each!(case of self.cases.decimal => decimals::is_liquidatable(case, db, case.size * case.mark));
            race([ours, float, decimal])
        };
        report(name, result);
    }
}

fn main() {
    let rules = RuleSet::ringfence();
    let fees = FeeSchedule { maker: Rate::ZERO, taker: Rate::ZERO, liquidation: Rate::ZERO };
    println!("least nanoseconds per answer, {ROUNDS} alternating rounds over {POSITIONS} positions");
    println!("{:<44} {:>8} {:>8} {:>8} {:>10} {:>12}", "", "exact", "f64", "decimal", "exact/f64", "decimal/exact");
    for (kind, unit, name) in [(ContractKind::Linear, "000", "linear"), (ContractKind::Inverse, "", "inverse")] {
        let (contract, table) = (contract(kind), brackets(unit));
        let terms = Terms { contract: &contract, brackets: &table, rules: &rules, fees, funding_rate: Rate::ZERO };
        let bench =
            Bench { terms, cases: cases(&contract), floats: converted(&table, float), decimals: converted(&table, decimal) };
        bench.fill_value(&format!("value of a fill, {name}"));
        bench.initial_margin(&format!("initial margin, {name}"));
        bench.check(&format!("maintenance check, 10 brackets, {name}"));
        bench.liquidation(&format!("liquidation price, 10 brackets, {name}"));
    }
}
