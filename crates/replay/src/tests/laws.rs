//! Random markets, positions and paths: liquidations come when the plain scan says, the fence holds, and money adds up.

use super::*;
use crate::tests::naive::{scan, visits};
use crate::{BarPath, BracketChange, MarkSteps, Modes, UtcTime};
use proptest::prelude::*;
use ringfence_risk::bracket::{BracketRow, BracketStyle};
use ringfence_risk::rule_set::{ClosingFee, FundingReserve, LiquidationTrigger, MaintenanceBasis};
use ringfence_risk::units::{Leverage, Notional};

/// Brackets that follow, some of them while the series runs.
fn changes(kind: ContractKind) -> impl Strategy<Value = Vec<BracketChange>> {
    let flat = |rate: &str, leverage: &str| BracketTable::flat(parsed(rate), parsed(leverage)).unwrap();
    let table = prop_oneof![
        Just(brackets(BracketStyle::Marginal, kind)),
        Just(brackets(BracketStyle::Slab, kind)),
        Just(flat("0.005", "100")),
        Just(flat("0.03", "25")),
        Just(flat("0.15", "5")),
    ];
    proptest::collection::btree_map(1_i64..450, table, 0..4).prop_map(|drawn| {
        drawn.into_iter().map(|(time_ms, brackets)| BracketChange { time: UtcTime(time_ms), brackets }).collect()
    })
}

/// Brackets that a mark between 20 and 180 crosses with quantities of up to 50.
fn brackets(style: BracketStyle, kind: ContractKind) -> BracketTable {
    let edges = match kind {
        ContractKind::Inverse => ["0", "0.1", "0.25", "0.5", "10000000000000"],
        ContractKind::Linear | ContractKind::Quanto => ["0", "500", "1500", "3000", "10000000000000"],
    };
    // Slabs jump so far that a mark can leap over a stretch that liquidates.
    let terms = match style {
        BracketStyle::Marginal => [("50", "0.01"), ("20", "0.03"), ("10", "0.05"), ("5", "0.1")],
        BracketStyle::Slab => [("50", "0.01"), ("3", "0.3"), ("2.4", "0.4"), ("1.5", "0.6")],
    };
    let row = |(edge, (leverage, rate)): (&[&str], (&str, &str))| BracketRow {
        floor: parsed(edge[0]),
        cap: parsed(edge[1]),
        max_leverage: parsed(leverage),
        maintenance_rate: parsed(rate),
    };
    let rows: Vec<BracketRow> = edges.windows(2).zip(terms).map(row).collect();
    assert_eq!(rows[3].cap, Notional::GREATEST);
    BracketTable::new(style, &rows).unwrap()
}

fn markets() -> impl Strategy<Value = Market> {
    let kinds = prop_oneof![Just(ContractKind::Linear), Just(ContractKind::Inverse)];
    let tables = prop_oneof![2 => Just(None), 2 => Just(Some(BracketStyle::Marginal)), 3 => Just(Some(BracketStyle::Slab))];
    let bases = prop_oneof![3 => Just(MaintenanceBasis::MarkValue), 1 => Just(MaintenanceBasis::EntryValue)];
    let triggers = prop_oneof![Just(LiquidationTrigger::Below), Just(LiquidationTrigger::AtOrBelow)];
    let closings =
        prop_oneof![Just(ClosingFee::Excluded), Just(ClosingFee::TakerOnMaintenanceValue), Just(ClosingFee::TakerAtBankruptcy)];
    let reserves = prop_oneof![Just(FundingReserve::None), Just(FundingReserve::PayableRate)];
    (kinds, tables, bases, triggers, closings, reserves).prop_map(|(kind, style, basis, trigger, closing, reserve)| {
        let mut market = market(kind, "0.5");
        market.brackets =
            style.map_or_else(|| BracketTable::flat(parsed("0.005"), parsed("100")).unwrap(), |style| brackets(style, kind));
        market.rules.maintenance_basis = basis;
        market.rules.trigger = trigger;
        market.rules.closing_fee = closing;
        market.rules.funding_reserve = reserve;
        market.rules.bracket_style = market.brackets.style();
        market.fees.taker = parsed("0.0005");
        market
    })
}

fn changing_markets() -> impl Strategy<Value = Market> {
    markets().prop_flat_map(|market| {
        changes(market.contract.kind()).prop_map(move |bracket_changes| Market { bracket_changes, ..market.clone() })
    })
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Accounts {
    Single,
    Hedged,
}

fn openings(accounts: Accounts) -> impl Strategy<Value = Population> {
    let one = (prop_oneof![Just(Side::Long), Just(Side::Short)], 1_i64..50, prop_oneof![100_i64..300, 100_i64..6_000]);
    proptest::collection::vec(one, 1..12).prop_map(move |drawn| {
        let numbered = drawn.into_iter().enumerate().map(|(number, (side, quantity, leverage))| {
            let mut opening = opening(&format!("p{number}"), side, &quantity.to_string(), "1");
            opening.leverage = Leverage::from_raw(leverage * 1_000_000).unwrap();
            // Alone, or a long and a short of one account in turn.
            opening.account = format!("a{number}");
            if accounts == Accounts::Hedged {
                opening.side = if number % 2 == 0 { Side::Long } else { Side::Short };
                opening.account = format!("a{}", number / 2);
            }
            opening
        });
        Population::new(numbered.collect())
    })
}

/// Bars or ticks between 20 and 180, some prices off the grid of 0.5.
fn series() -> impl Strategy<Value = Vec<Observation>> {
    let price =
        || prop_oneof![4 => (320_i64..480).prop_map(|quarters| quarters), 1 => (80_i64..720).prop_map(|quarters| quarters)];
    let mark = |quarters: i64| MarkPrice::from_raw(quarters * 25_000_000).unwrap();
    let bars = proptest::collection::vec([price(), price(), price(), price()], 1..20).prop_map(move |drawn| {
        let numbered = drawn.into_iter().zip(0_i64..).map(|(mut prices, time)| {
            prices.sort_unstable();
            let [low, one, other, high] = prices.map(mark);
            let (open, close) = if time % 2 == 0 { (one, other) } else { (other, one) };
            Observation::Bar(Bar { open_time_ms: time * 10, open, high, low, close })
        });
        numbered.collect()
    });
    let ticks = proptest::collection::vec(price(), 1..40).prop_map(move |drawn| {
        let numbered = drawn.into_iter().zip(0_i64..);
        numbered.map(|(price, time)| Observation::Tick(Tick { time_ms: time * 10, price: mark(price) })).collect()
    });
    prop_oneof![2 => bars, 1 => ticks]
}

fn all_options() -> impl Strategy<Value = Options> {
    let paths = prop_oneof![Just(BarPath::OpenLowHighClose), Just(BarPath::OpenHighLowClose)];
    let steps = prop_oneof![Just(MarkSteps::Recorded), Just(MarkSteps::EveryStep)];
    let makers = prop_oneof![
        Just(None),
        Just(Some(Maker { levels: 2, depth: parsed("300"), half_spread: parsed("0.01"), spacing: parsed("0.03") })),
        Just(Some(Maker { levels: 5, depth: parsed("100000"), half_spread: parsed("0"), spacing: parsed("0.001") })),
    ];
    let funds = prop_oneof![Just("0"), Just("5"), Just("100000")];
    (paths, steps, makers, funds).prop_map(|(path, steps, maker, insurance)| Options {
        path,
        steps,
        modes: Modes::Both,
        maker,
        insurance: parsed(insurance),
        impact: None,
    })
}

fn fundings() -> impl Strategy<Value = Vec<FundingRow>> {
    proptest::collection::btree_map(-20_i64..250, prop_oneof![-2_000_000_i64..2_000_000, -30_000_000_i64..30_000_000], 0..5)
        .prop_map(|rows| {
            let row = |(time_ms, raw)| FundingRow { time_ms, rate: Rate::from_raw(raw).unwrap() };
            rows.into_iter().map(row).collect()
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn liquidations_come_when_the_plain_scan_says(
        market in changing_markets(), population in openings(Accounts::Single), series in series(), options in all_options(),
    ) {
        let report = with_options(&market, &population, options, &series);
        let scanned = scan(&market, &population, &visits(&market, options, &series));
        for ((number, row), scanned) in population.openings().iter().enumerate().zip(scanned) {
            let Some(position) = report.positions.iter().find(|position| position.name == row.name) else { continue };
            let Some(life) = position.isolated.filter(|life| life.deleveraged == parsed("0") && life.socialised == Amount::ZERO) else {
                continue;
            };
            prop_assert_eq!(life.time.map(|time| time.0).zip(life.mark), scanned, "{} {:?}", number, life);
        }
    }

    #[test]
    fn the_fence_holds_and_money_adds_up(
        market in changing_markets(), population in openings(Accounts::Hedged), series in series(), options in all_options(), rows in fundings(),
    ) {
        let replay = Replay { market: &market, population: &population, funding: &rows, options };
        let report = run(&replay, &series).unwrap();
        check_money(&report);
        prop_assert_eq!(report, run(&replay, &series).unwrap());
    }

    /// A change that ends where it began says nothing of who dies and when; what lies behind the series does not exist.
    #[test]
    fn a_change_to_the_same_brackets_is_none(
        market in markets(), population in openings(Accounts::Single), series in series(), options in all_options(),
        times in proptest::collection::btree_set(1_i64..450, 0..4),
    ) {
        let same = |time_ms| BracketChange { time: UtcTime(time_ms), brackets: market.brackets.clone() };
        let changing = Market { bracket_changes: times.into_iter().map(same).collect(), ..market.clone() };
        let report = with_options(&market, &population, options, &series);
        let changed = with_options(&changing, &population, options, &series);
        prop_assert_eq!(&report.positions, &changed.positions);
        prop_assert_eq!(&report.accounts, &changed.accounts);
        prop_assert_eq!(&report.isolated.liquidations, &changed.isolated.liquidations);
        let last = report.data.last_time;
        let within = changing.bracket_changes.iter().filter(|change| change.time <= last).cloned().collect();
        let cut = Market { bracket_changes: within, ..market.clone() };
        prop_assert_eq!(changed, with_options(&cut, &population, options, &series));
    }

    #[test]
    fn no_text_panics(text in "(name,account,side,quantity,leverage(,entry)?\n)?([a-z0-9.,\"\n-]|long|short){0,60}") {
        if let Err(error) = crate::population_csv::parse("p.csv", &text) {
            prop_assert!(!error.to_string().contains('\n'));
        }
    }
}
