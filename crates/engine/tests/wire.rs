//! The encoding: one byte string per value, one value per byte string, and no harm from any other bytes.
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test may stop at the first surprise, and looks for what it is about"
)]

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Debug;

use proptest::prelude::*;
use ringfence_engine::book::{AccountId, Lots, SelfTrade, Ticks};
use ringfence_engine::wire::{Reader, Wire, WireError, from_bytes, to_bytes};
use ringfence_risk::bracket::{BracketRow, BracketStyle, BracketTable};
use ringfence_risk::contract::{Contract, ContractKind, ContractSpec, ValueRounding};
use ringfence_risk::fee::FeeSchedule;
use ringfence_risk::filters::{OrderFilters, OrderSide};
use ringfence_risk::funding::FundingTerms;
use ringfence_risk::plan::{MarginMode, PositionMode};
use ringfence_risk::position::Position;
use ringfence_risk::rule_set::*;
use ringfence_risk::units::{Amount, Asset, IndexPrice, Leverage, MarkPrice, Notional, Price, Quantity, Rate, Side};

type Nested = (Option<Box<[Quantity; 2]>>, Vec<(bool, String)>, [VecDeque<u16>; 3]);
type Keyed = (BTreeMap<(u8, u64), Option<i128>>, BTreeSet<u128>);

/// A value comes back; cut off, continued or with a byte changed, its bytes are refused or those of another value.
fn law<T: Wire + PartialEq + Debug>(value: &T, change: (prop::sample::Index, u8)) -> Result<(), TestCaseError> {
    let mut bytes = to_bytes(value);
    let again = from_bytes::<T>(&bytes);
    prop_assert_eq!(again.as_ref(), Ok(value));
    for end in 0..bytes.len() {
        prop_assert!(from_bytes::<T>(&bytes[..end]).is_err(), "cut off at {}", end);
    }
    bytes.push(0);
    prop_assert_eq!(from_bytes::<T>(&bytes), Err(WireError::Trailing { at: bytes.len() - 1, bytes: 1 }));
    bytes.pop();
    let at = change.0.index(bytes.len());
    bytes[at] = change.1;
    if let Ok(other) = from_bytes::<T>(&bytes) {
        prop_assert_eq!(to_bytes(&other), bytes);
    }
    Ok(())
}

/// Bytes that are read are written again.
fn reads<T: Wire>(bytes: &[u8]) -> Result<(), TestCaseError> {
    let mut reader = Reader::new(bytes);
    if let Ok(value) = T::read(&mut reader) {
        prop_assert_eq!(&*to_bytes(&value), &bytes[..reader.at()]);
        prop_assert_eq!(reader.at() + reader.remaining(), bytes.len());
    }
    Ok(())
}

macro_rules! unit {
    ($($name:ident: $type:ident),+) => {$(
        fn $name() -> impl Strategy<Value = $type> {
            let range = $type::LEAST.raw()..=$type::GREATEST.raw();
            prop_oneof![4 => range, 1 => Just($type::LEAST.raw()), 1 => Just($type::GREATEST.raw())]
                .prop_map(|raw| $type::from_raw(raw).expect("in range"))
        }
    )+};
}

unit!(price: Price, mark: MarkPrice, index: IndexPrice, quantity: Quantity, notional: Notional, amount: Amount, rate: Rate, leverage: Leverage);

fn side() -> impl Strategy<Value = Side> {
    prop::sample::select(vec![Side::Long, Side::Short])
}

fn position() -> impl Strategy<Value = Position> {
    let quantity = quantity().prop_filter("flat is no position", |quantity| *quantity > Quantity::ZERO);
    (side(), quantity, notional(), amount(), amount()).prop_map(|(side, quantity, entry_value, opening_margin, added_margin)| {
        Position { side, quantity, entry_value, opening_margin, added_margin }
    })
}

fn contract() -> impl Strategy<Value = Contract> {
    let power = |least: u32| (least..12).prop_map(|power| 10_i64.pow(power));
    let kinds = prop::sample::select(vec![ContractKind::Linear, ContractKind::Inverse, ContractKind::Quanto]);
    let roundings = prop::sample::select(vec![ValueRounding::PerFill, ValueRounding::PerContract]);
    let names = "[A-Za-z0-9]{1,16}";
    (kinds, names, power(0), mark(), power(4), power(4), roundings).prop_filter_map(
        "not every step is whole",
        |(kind, name, tick, mark_step, lot, multiplier, value_rounding)| {
            let (tick, lot) = (Price::from_raw(tick).ok()?, Quantity::from_raw(lot).ok()?);
            let (settlement, multiplier) = (name.parse().ok()?, Quantity::from_raw(multiplier).ok()?);
            Contract::list(ContractSpec { kind, settlement, tick, mark_step, lot, multiplier, value_rounding }).ok()
        },
    )
}

fn brackets() -> impl Strategy<Value = BracketTable> {
    let styles = prop::sample::select(vec![BracketStyle::Marginal, BracketStyle::Slab]);
    let steps = prop::collection::vec((1..1_000_000_i128, 0..3_i64, 0..10_i64), 1..8);
    (styles, steps).prop_map(|(style, steps)| {
        let (mut floor, mut rate, mut times, mut rows) = (Notional::ZERO, 100_000, 125, Vec::new());
        for (width, rise, fall) in steps {
            let cap = Notional::from_raw(floor.raw() + width * 100_000_000).expect("in range");
            (rate, times) = (rate + rise * 10_000, times - fall);
            let (max_leverage, maintenance_rate) = (Leverage::whole(times), Rate::from_raw(rate));
            rows.push(BracketRow {
                floor,
                cap,
                max_leverage: max_leverage.expect("in range"),
                maintenance_rate: maintenance_rate.expect("in range"),
            });
            floor = cap;
        }
        BracketTable::new(style, &rows).expect("a table in order")
    })
}

/// The bytes of a rule set by their description: sixteen choices with this many variants each around a rate, then the steps.
fn rule_set_bytes() -> impl Strategy<Value = Vec<u8>> {
    let before = [2_u8, 4, 2, 2, 2, 5, 2, 2, 4].map(|variants| 0..variants);
    let after = [2_u8, 4, 2, 2, 3, 3, 4].map(|variants| 0..variants);
    (before, rate(), after, prop::collection::vec(0..6_u8, 0..9))
        .prop_map(|(before, rate, after, steps)| [before.to_vec(), to_bytes(&rate), after.to_vec(), to_bytes(&steps)].concat())
}

fn nested() -> impl Strategy<Value = Nested> {
    let boxed = prop::option::of([quantity(), quantity()].prop_map(Box::new));
    let list = || prop::collection::vec_deque(any::<u16>(), 0..4);
    (boxed, prop::collection::vec((any::<bool>(), "\\PC{0,6}"), 0..6), [list(), list(), list()])
}

fn keyed() -> impl Strategy<Value = Keyed> {
    let map = prop::collection::btree_map(any::<(u8, u64)>(), any::<Option<i128>>(), 0..6);
    (map, prop::collection::btree_set(any::<u128>(), 0..6))
}

fn changes() -> impl Strategy<Value = (prop::sample::Index, u8)> {
    (any::<prop::sample::Index>(), prop_oneof![0..4_u8, any::<u8>()])
}

fn cases() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4_000) }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn general_values_come_back(
        nested in nested(),
        keyed in keyed(),
        numbers in any::<(u32, i64, u128)>(),
        change in changes(),
    ) {
        law::<Nested>(&nested, change)?;
        law::<Keyed>(&keyed, change)?;
        law(&numbers, change)?;
    }

    #[test]
    fn units_come_back(
        prices in (price(), mark(), index()),
        sizes in (quantity(), notional(), leverage()),
        money in (amount(), rate(), side()),
        book in (1..=u32::MAX, any::<u64>(), any::<u32>()),
        change in changes(),
    ) {
        law(&prices, change)?;
        law(&sizes, change)?;
        law(&money, change)?;
        let (ticks, lots, account) = book;
        law(&(Ticks::new(ticks).expect("not zero"), Lots::new(lots), AccountId(account)), change)?;
    }

    #[test]
    fn what_markets_are_made_of_comes_back(
        (contract, brackets, position) in (contract(), brackets(), position()),
        rates in [rate(), rate(), rate()],
        limits in (quantity(), quantity(), notional()),
        settlements in any::<i64>(),
        change in changes(),
    ) {
        law(&contract, change)?;
        law(contract.spec(), change)?;
        law(&brackets, change)?;
        law(&Some(position), change)?;
        let ([first, second, third], (min_quantity, max_quantity, min_notional)) = (rates, limits);
        law(&FeeSchedule { maker: first, taker: second, liquidation: third }, change)?;
        law(&OrderFilters { min_quantity, max_quantity, min_notional, band_up: first, band_down: second }, change)?;
        law(&FundingTerms { interest: first, band: second, cap: third, settlements_per_eight_hours: settlements }, change)?;
    }

    #[test]
    fn rule_sets_come_back(bytes in rule_set_bytes(), change in changes()) {
        let rules = from_bytes::<RuleSet>(&bytes);
        prop_assert!(rules.is_ok(), "{:?}", rules);
        let rules = rules.expect("just asked");
        prop_assert_eq!(&to_bytes(&rules), &bytes);
        law(&rules, change)?;
    }

    #[test]
    fn any_bytes_are_refused_or_written_again(bytes in prop::collection::vec(prop_oneof![5 => 0..3_u8, 1 => any::<u8>()], 0..200)) {
        reads::<Nested>(&bytes)?;
        reads::<Keyed>(&bytes)?;
        reads::<(Ticks, Lots, AccountId)>(&bytes)?;
        reads::<(Price, MarkPrice, IndexPrice)>(&bytes)?;
        reads::<(Quantity, Notional, Leverage)>(&bytes)?;
        reads::<Asset>(&bytes)?;
        reads::<Contract>(&bytes)?;
        reads::<BracketTable>(&bytes)?;
        reads::<Option<Position>>(&bytes)?;
        reads::<OrderFilters>(&bytes)?;
        reads::<FundingTerms>(&bytes)?;
        reads::<RuleSet>(&bytes)?;
    }
}

/// An enum of unit variants has the tags 0 up to the number of its variants, and no others.
fn has_variants<T: Wire + Debug>(variants: u8) {
    for tag in 0..=u8::MAX {
        match from_bytes::<T>(&[tag]) {
            Ok(value) => assert_eq!((to_bytes(&value), tag < variants), (vec![tag], true), "{value:?}"),
            Err(error) => assert!(matches!(error, WireError::Tag { at: 0, .. }) && tag >= variants, "{tag}: {error}"),
        }
    }
}

#[test]
fn every_choice_has_its_tag_and_no_other() {
    has_variants::<bool>(2);
    has_variants::<Side>(2);
    has_variants::<OrderSide>(2);
    has_variants::<SelfTrade>(3);
    has_variants::<MarginMode>(2);
    has_variants::<PositionMode>(2);
    has_variants::<ContractKind>(3);
    has_variants::<ValueRounding>(2);
    has_variants::<BracketStyle>(2);
    has_variants::<MaintenanceBasis>(2);
    has_variants::<ClosingFee>(4);
    has_variants::<LiquidationTrigger>(2);
    has_variants::<FundingReserve>(2);
    has_variants::<LeverageChange>(5);
    has_variants::<MarginRemoval>(4);
    has_variants::<FundingSource>(2);
    has_variants::<OrderCost>(4);
    has_variants::<PricePrinting>(3);
    has_variants::<AdlRanking>(4);
    has_variants::<LiquidationStep>(6);
    has_variants::<LeverageScope>(2);
    has_variants::<MarginModeScope>(2);
    has_variants::<ModeSwitch>(2);
    has_variants::<AutoAddMargin>(3);
}

#[test]
fn the_bytes_of_known_values_stay() {
    let name: Asset = "USDT".parse().expect("a name");
    assert_eq!(&to_bytes(&name), b"USDT\0\0\0\0\0\0\0\0\0\0\0\0");
    let rules = [1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 0, 0, 5, 0, 0, 0, 0, 2, 3, 4, 5];
    assert_eq!(to_bytes(&RuleSet::ringfence()), rules);
    let position = Position {
        side: Side::Short,
        quantity: Quantity::from_raw(258).expect("in range"),
        entry_value: Notional::from_raw(3).expect("in range"),
        opening_margin: Amount::from_raw(-1).expect("in range"),
        added_margin: Amount::ZERO,
    };
    let expected = [vec![1, 2, 1, 0, 0, 0, 0, 0, 0, 3], vec![0; 15], vec![255; 16], vec![0; 16]].concat();
    assert_eq!(to_bytes(&position), expected);
}

#[test]
fn what_constructors_refuse_is_refused() {
    let value = |at, what| WireError::Value { at, what };
    assert_eq!(from_bytes::<Price>(&[0; 8]), Err(value(0, "price")));
    assert_eq!(from_bytes::<(u8, Ticks)>(&[0; 5]), Err(value(1, "price in ticks")));
    assert_eq!(from_bytes::<Position>(&[0; 57]), Err(value(0, "quantity of a position")));
    assert_eq!(from_bytes::<BracketTable>(&[0; 5]), Err(value(0, "bracket table")));
    for name in [*b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", *b"US\0DT\0\0\0\0\0\0\0\0\0\0\0", *b"US DT\0\0\0\0\0\0\0\0\0\0\0"] {
        assert_eq!(from_bytes::<Asset>(&name), Err(value(0, "asset name")));
    }
    assert_eq!(from_bytes::<String>(&[1, 0, 0, 0, 255]), Err(WireError::Text { at: 4 }));
    assert_eq!(from_bytes::<BTreeSet<u8>>(&[2, 0, 0, 0, 7, 7]), Err(WireError::Order { at: 5 }));
    assert_eq!(from_bytes::<BTreeMap<u8, u8>>(&[2, 0, 0, 0, 7, 0, 6, 0]), Err(WireError::Order { at: 6 }));
    assert_eq!(from_bytes::<Vec<u8>>(&[255; 9]), Err(WireError::Length { at: 0, length: u32::MAX }));
}
