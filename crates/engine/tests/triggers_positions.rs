//! The index of triggers against the liquidation test of real positions: it fires where the test says so, and nowhere else (S16, S15).
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use proptest::prelude::*;
use ringfence_engine::triggers::{BandIndex, SafeBand, TriggerIndex, TriggerKey};
use ringfence_risk::bracket::{BracketRow, BracketStyle, BracketTable};
use ringfence_risk::contract::{Contract, ContractKind, ContractSpec, ValueRounding};
use ringfence_risk::cross::{CrossAccount, CrossLeg, CrossLiquidation};
use ringfence_risk::fee::FeeSchedule;
use ringfence_risk::isolated::Leg;
use ringfence_risk::maintenance::Terms;
use ringfence_risk::position::{Position, fill_value, open};
use ringfence_risk::rule_set::{LiquidationTrigger, RuleSet};
use ringfence_risk::units::{Amount, Leverage, MarkPrice, Price, Quantity, Rate, Side};

/// (cap in thousands, leverage, maintenance rate): linear values are in quote currency, inverse ones in coins.
const BRACKETS: [(i64, i64, &str); 6] = [
    (50, 125, "0.004"),
    (250, 100, "0.005"),
    (1_000, 50, "0.01"),
    (7_500, 20, "0.025"),
    (40_000, 10, "0.05"),
    (1_000_000, 1, "0.5"),
];

fn cases() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, max_shrink_iters: 2_000, ..ProptestConfig::with_cases(10_000) }
}

fn key(slot: usize) -> TriggerKey {
    TriggerKey::new(u32::try_from(slot).unwrap()).unwrap()
}

/// A market and the positions open in it, each with funding it owes.
#[derive(Debug)]
struct Market {
    contract: Contract,
    table: BracketTable,
    rules: RuleSet,
    positions: Vec<(Position, Amount)>,
    entry: MarkPrice,
}

fn contract(kind: ContractKind, step: i64) -> Contract {
    let inverse = kind == ContractKind::Inverse;
    Contract::list(ContractSpec {
        kind,
        settlement: if inverse { "BTC" } else { "USDT" }.parse().unwrap(),
        tick: "0.1".parse().unwrap(),
        mark_step: MarkPrice::from_raw(step).unwrap(),
        lot: if inverse { "1" } else { "0.001" }.parse().unwrap(),
        multiplier: if inverse { "100" } else { "1" }.parse().unwrap(),
        value_rounding: ValueRounding::PerFill,
    })
    .unwrap()
}

fn table(kind: ContractKind) -> BracketTable {
    let unit = if kind == ContractKind::Inverse { "" } else { "000" };
    let mut floor = "0".parse().unwrap();
    let rows: Vec<_> = BRACKETS
        .iter()
        .map(|(thousands, leverage, rate)| {
            let cap = format!("{thousands}{unit}").parse().unwrap();
            let row = BracketRow {
                floor,
                cap,
                max_leverage: Leverage::whole(*leverage).unwrap(),
                maintenance_rate: rate.parse().unwrap(),
            };
            floor = cap;
            row
        })
        .collect();
    BracketTable::new(BracketStyle::Marginal, &rows).unwrap()
}

/// Side, size in lots, distance of the entry from the market's price in millionths, leverage, funding owed in hundredths of the margin.
type Drawn = (Side, i64, i64, i64, i64);

fn drawn() -> impl Strategy<Value = Drawn> {
    let side = prop_oneof![Just(Side::Long), Just(Side::Short)];
    let lots = (0..22_u32, 0..1_000_i64).prop_map(|(bits, noise)| (1 << bits) + noise);
    (side, lots, -20_000..=20_000_i64, 1..=125_i64, prop_oneof![2 => Just(0), 1 => -150..=150_i64])
}

fn position(contract: &Contract, base: i64, (side, lots, away, leverage, owed): Drawn) -> (Position, Amount) {
    let tick = contract.spec().tick.raw();
    let price = Price::from_raw(base / 1_000_000 * (1_000_000 + away) / tick * tick).unwrap();
    let quantity = Quantity::from_raw(lots * contract.spec().lot.raw()).unwrap();
    let value = fill_value(contract, quantity, price).unwrap();
    let opened = open(side, quantity, value, Leverage::whole(leverage).unwrap()).unwrap();
    let owed = Amount::from_raw(opened.opening_margin.raw() * i128::from(owed) / 100).unwrap();
    (opened, owed)
}

fn market() -> impl Strategy<Value = Market> {
    let kind = prop_oneof![Just(ContractKind::Linear), Just(ContractKind::Inverse)];
    let step = prop::sample::select(vec![1_i64, 7, 10_000, 1_000_000, 50_000_000]);
    let trigger = prop_oneof![Just(LiquidationTrigger::Below), Just(LiquidationTrigger::AtOrBelow)];
    let base = prop_oneof![1_000..1_000_000_i64].prop_map(|ticks| ticks * 10_000_000);
    (kind, step, trigger, base, prop::collection::vec(drawn(), 1..12)).prop_map(|(kind, step, trigger, base, drawn)| {
        let contract = contract(kind, step);
        let positions = drawn.into_iter().map(|drawn| position(&contract, base, drawn)).collect();
        let rules = RuleSet { trigger, ..RuleSet::ringfence() };
        Market { table: table(kind), rules, positions, entry: grid(step, base), contract }
    })
}

/// The mark on the grid at or below, within the range.
fn grid(step: i64, raw: i64) -> MarkPrice {
    MarkPrice::from_raw(raw.clamp(step, MarkPrice::GREATEST.raw()) / step * step).unwrap()
}

impl Market {
    fn step(&self) -> i64 {
        self.contract.spec().mark_step.raw()
    }

    fn terms(&self) -> Terms<'_> {
        let fees = FeeSchedule { maker: Rate::ZERO, taker: Rate::ZERO, liquidation: Rate::ZERO };
        Terms { contract: &self.contract, brackets: &self.table, rules: &self.rules, fees, funding_rate: Rate::ZERO }
    }

    fn leg(&self, slot: usize) -> Leg<'_> {
        let (position, owed) = &self.positions[slot];
        Leg::isolated(self.terms(), position).unwrap().owing(*owed).unwrap()
    }

    fn index(&self) -> TriggerIndex {
        let mut index = TriggerIndex::default();
        for slot in 0..self.positions.len() {
            let trigger = self.leg(slot).liquidation_price(self.entry).unwrap().map(|price| price.trigger);
            index.set(key(slot), self.positions[slot].0.side, trigger);
        }
        index
    }

    /// {position: the test says so}.
    fn liquidatable(&self, at: MarkPrice) -> Vec<TriggerKey> {
        (0..self.positions.len()).filter(|slot| self.leg(*slot).is_liquidatable(at).unwrap()).map(key).collect()
    }

    /// Each position's trigger, one step to either side of it and 5 % to either side; the entry likewise; both ends of the range.
    fn marks(&self, index: &TriggerIndex) -> Vec<MarkPrice> {
        let trigger = |slot: usize| index.trigger(key(slot), self.positions[slot].0.side);
        let around = |at: MarkPrice| {
            let (raw, step) = (at.raw(), self.step());
            [raw, raw - step, raw + step, raw - raw / 20, raw + raw / 20]
        };
        let triggers = (0..self.positions.len()).filter_map(trigger).chain([self.entry]).flat_map(around);
        triggers.chain([MarkPrice::LEAST.raw(), MarkPrice::GREATEST.raw()]).map(|raw| grid(self.step(), raw)).collect()
    }

    fn cross_legs(&self, at: MarkPrice) -> Vec<CrossLeg<'_>> {
        let leg = |(position, _)| CrossLeg { terms: self.terms(), position, leverage: Leverage::ONE, mark: at, market: 0 };
        self.positions.iter().map(|(position, owed)| leg((position, owed))).collect()
    }
}

fn fired(index: &TriggerIndex, at: MarkPrice) -> Vec<TriggerKey> {
    let mut found = Vec::new();
    index.crossed(at, &mut found);
    let mut keys: Vec<_> = found.into_iter().map(|crossing| crossing.key).collect();
    keys.sort_unstable();
    keys
}

proptest! {
    #![proptest_config(cases())]

    /// {position: index fires} = {position: liquidatable}, at every mark that could tell them apart (S16).
    #[test]
    fn the_index_fires_where_the_test_says_so(market in market()) {
        let index = market.index();
        for at in market.marks(&index) {
            prop_assert_eq!(fired(&index, at), market.liquidatable(at), "at {}", at);
        }
    }

    /// However far the mark jumps, when nothing more is reported no position is liquidatable, and only liquidatable ones were reported (S15).
    #[test]
    fn a_gap_leaves_nobody_behind(market in market(), jumps in prop::collection::vec(-999_999..3_000_000_i64, 1..5)) {
        let mut index = market.index();
        let mut closed = Vec::new();
        let mut at = market.entry;
        for jump in jumps.into_iter().chain([-500_000, 4_000_000]) {
            at = grid(market.step(), at.raw() / 1_000_000 * (1_000_000 + jump));
            while let Some(crossing) = index.first_crossed(at) {
                prop_assert!(market.liquidatable(at).contains(&crossing.key));
                index.set(crossing.key, crossing.side, None);
                closed.push(crossing.key);
            }
            prop_assert!(market.liquidatable(at).iter().all(|key| closed.contains(key)), "someone is left at {}", at);
        }
    }

    /// A pool of one market is called for by its band exactly where it first becomes liquidatable.
    #[test]
    fn a_pool_is_called_for_where_its_band_ends(market in market(), percent in 1..40_i128) {
        let legs = market.cross_legs(market.entry);
        let worth: i128 = market.positions.iter().map(|(position, _)| position.entry_value.raw()).sum();
        let wallet = Amount::from_raw(worth * percent / 100).unwrap();
        let account = CrossAccount { wallet, order_margin: Amount::ZERO, legs: &legs, trigger: market.rules.trigger };
        let marks = account.liquidation_marks(0).unwrap();
        let Some(band) = SafeBand::of(marks) else {
            prop_assert!(marks == CrossLiquidation::Now && account.is_liquidatable().unwrap());
            return Ok(());
        };
        let mut index = BandIndex::default();
        index.set(key(3), band);
        for (edge, inward) in [(band.below, 1), (band.above, -1)].into_iter().filter_map(|(edge, by)| edge.map(|edge| (edge, by))) {
            for at in [edge, grid(market.step(), edge.raw() + inward * market.step())] {
                let legs = market.cross_legs(at);
                let moved = CrossAccount { legs: &legs, ..account };
                prop_assert_eq!(index.first_left(at).is_some(), moved.is_liquidatable().unwrap(), "at {}", at);
            }
        }
    }
}
