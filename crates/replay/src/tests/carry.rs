//! One run under one regime: the same as in a comparison, and what only it can do.

use super::*;
use crate::{BracketChange, Crowd, Happening, Impact, Outcome, PopulationError, Regime, UtcTime, Watch, Weighted};
use proptest::prelude::*;
use ringfence_risk::plan::MarginMode;

pub(crate) fn carried(replay: &Replay<'_>, regime: Regime, watch: &Watch, series: &[Observation]) -> Outcome {
    let outcome = replay.carry((regime, watch), series.iter().copied().map(Ok), |_| {}).unwrap();
    assert_eq!(outcome.run.audit.audit_difference, Amount::ZERO);
    outcome
}

fn replay<'a>(market: &'a Market, population: &'a Population, options: Options) -> Replay<'a> {
    Replay { market, population, funding: &[], options }
}

fn crash() -> Vec<Observation> {
    ["100", "99", "97", "93", "90", "80", "95", "101"].into_iter().zip(0..).map(|(price, at)| tick(at * 60_000, price)).collect()
}

#[test]
fn a_run_alone_is_the_run_beside_another() {
    let (market, population) = (market(ContractKind::Linear, "0.5"), both("10"));
    for options in [Options::default(), alone()] {
        let beside = with_options(&market, &population, options, &crash());
        let lives = |outcome: &Outcome| outcome.positions.iter().map(|position| position.life).collect::<Vec<_>>();
        let isolated = carried(&replay(&market, &population, options), Regime::Isolated, &Watch::default(), &crash());
        assert_eq!(lives(&isolated), beside.positions.iter().filter_map(|position| position.isolated).collect::<Vec<_>>());
        let cross = carried(&replay(&market, &population, options), Regime::Cross, &Watch::default(), &crash());
        assert_eq!(lives(&cross), beside.positions.iter().filter_map(|position| position.cross).collect::<Vec<_>>());
    }
}

#[test]
fn each_account_has_its_stated_mode() {
    let population = both("10").with_mode("long 20x", MarginMode::Cross);
    let market = market(ContractKind::Linear, "0.5");
    let stated = carried(&replay(&market, &population, Options::default()), Regime::Stated, &Watch::default(), &crash());
    for position in &stated.positions {
        assert_eq!(position.life.posted == Amount::ZERO, position.name == "long 20x", "{position:?}");
    }
}

/// One long of 100 dies at the recorded mark; what it sells takes the mark to where the next dies, and so on.
#[test]
fn liquidations_move_the_mark_where_they_are_said_to() {
    let market = market(ContractKind::Linear, "0.01");
    let rows = [("first", "1000", "50"), ("second", "1000", "25"), ("third", "1000", "5")].map(|(name, quantity, leverage)| {
        let mut row = opening(name, Side::Long, quantity, leverage);
        row.account = name.to_owned();
        row
    });
    let population = Population::new(rows.to_vec());
    // 1000 at 98.4 are worth 98,400: with 20 % for a million the mark falls by 1.968 % of itself, to where 25× is due below 96.48.
    let series = [tick(0, "100"), tick(60_000, "98.4"), tick(120_000, "98.4"), tick(7_200_000, "98.4")];
    let impact = Some(Impact { per_million: parsed("0.2"), half_life_ms: 60_000 });
    let moved =
        carried(&replay(&market, &population, Options { impact, ..Options::default() }), Regime::Isolated, &WATCH, &series);
    let recorded = carried(&replay(&market, &population, Options::default()), Regime::Isolated, &WATCH, &series);
    let dead = |outcome: &Outcome| {
        outcome.run.liquidations.iter().map(|one| (one.account.clone(), one.mark, one.recorded)).collect::<Vec<_>>()
    };
    assert_eq!(dead(&recorded), [("first".to_owned(), parsed("98.4"), parsed("98.4"))]);
    let first = ("first".to_owned(), parsed("98.4"), parsed("98.4"));
    let second = ("second".to_owned(), parsed("96.46"), parsed("98.4"));
    assert_eq!(dead(&moved), [first, second]);
    // Two displacements of 1.968 %, half of them left after a minute, nothing after two hours.
    let marks: Vec<MarkPrice> = moved.samples.iter().map(|sample| sample.mark).collect();
    assert_eq!(marks, [parsed("100"), parsed("94.53"), parsed("96.46"), parsed("98.4")]);
}

const WATCH: Watch = Watch { samples: 10, expected: None, account: None };

#[test]
fn an_impact_must_be_one_that_can_be_computed() {
    let (market, population) = (market(ContractKind::Linear, "0.5"), both("10"));
    for (per_million, half_life_ms, expect) in [
        ("0", 1, "the impact's share per million must be greater than 0 and at most 0.5, got 0"),
        ("0.6", 1, "the impact's share per million must be greater than 0 and at most 0.5, got 0.6"),
        ("0.1", 0, "the impact's half-life must be greater than 0, got 0 ms"),
    ] {
        let impact = Some(Impact { per_million: parsed(per_million), half_life_ms });
        let replay = replay(&market, &population, Options { impact, ..Options::default() });
        let refused = replay.carry((Regime::Cross, &WATCH), crash().into_iter().map(Ok), |_| {});
        assert_eq!(refused.unwrap_err().to_string(), expect);
    }
}

#[test]
fn a_story_tells_the_liquidation_with_its_numbers() {
    let (market, population) = (market(ContractKind::Linear, "0.5"), both("10"));
    let watch = Watch { account: Some("long 20x".to_owned()), ..Watch::default() };
    let told = carried(&replay(&market, &population, Options::default()), Regime::Isolated, &watch, &crash()).told;
    let [first, second] = told.as_slice() else { panic!("{told:?}") };
    assert!(
        matches!(&first.what, Happening::Opened(explanation) if explanation.to_string().contains("first mark that liquidates = 95"))
    );
    let Happening::Liquidated { position: Some(position), text } = &second.what else { panic!("{second:?}") };
    assert_eq!((second.time.0, second.mark), (180_000, parsed("93")));
    assert!(position.to_string().contains("liquidated at this mark = yes"));
    assert!(text[0].starts_with("long 20x: isolated long 10 "), "{text:?}");
    assert!(text[3].starts_with("lost 50 "), "{text:?}");
    let nobody = Watch { account: Some("nobody".to_owned()), ..Watch::default() };
    let replay = replay(&market, &population, Options::default());
    let refused = replay.carry((Regime::Isolated, &nobody), crash().into_iter().map(Ok), |_| {});
    assert_eq!(refused.unwrap_err().to_string(), "an account to be explained must be one of the population, got 'nobody'");
}

#[test]
fn samples_are_few_however_long_the_series() {
    let leverages = [2, 3, 5].map(|times| ringfence_risk::units::Leverage::whole(times).unwrap());
    let (market, population) =
        (market(ContractKind::Linear, "0.5"), Population::ladder(LadderSides::Both, parsed("10"), &leverages));
    let long: Vec<Observation> = (0..5_000).map(|at| tick(at, if at % 2 == 0 { "100" } else { "101" })).collect();
    for (samples, expected) in [(10, None), (10, Some(5_000)), (0, None)] {
        let watch = Watch { samples, expected, account: None };
        let outcome = carried(&replay(&market, &population, Options::default()), Regime::Isolated, &watch, &long);
        assert!(
            outcome.samples.len() <= 2 * samples && (samples == 0 || outcome.samples.len() >= samples),
            "{}",
            outcome.samples.len()
        );
        for sample in &outcome.samples {
            assert_eq!((sample.low, sample.high, sample.open), (parsed("100"), parsed("101"), outcome.run.positions));
            assert_eq!(sample.boxes.len(), outcome.positions.len());
        }
        assert_eq!(outcome.samples.last().map(|sample| sample.time.0), (samples > 0).then_some(4_999));
    }
}

#[test]
fn more_money_goes_into_the_box_and_another_leverage_posts_otherwise() {
    let market = market(ContractKind::Linear, "0.5");
    let as_it_was = both("10");
    let life = |population: &Population, regime| {
        let outcome = carried(&replay(&market, population, Options::default()), regime, &Watch::default(), &crash());
        let account = outcome.accounts.iter().find(|account| account.name == "long 20x").unwrap().clone();
        (outcome.positions.iter().find(|position| position.name == "long 20x").unwrap().life, account.wallet_before)
    };
    let before = life(&as_it_was, Regime::Isolated);
    assert_eq!((before.0.mark, before.1), (Some(parsed("93")), parsed("100")));
    let more = as_it_was.clone().with_more("long 20x", parsed("200")).unwrap();
    let with_more = life(&more, Regime::Isolated);
    assert_eq!((with_more.0.mark, with_more.1, with_more.0.end), (None, parsed("300"), End::Open));
    assert_eq!(life(&more, Regime::Cross).0.end, End::Open);
    let lower =
        as_it_was.clone().with_wallet("long 20x", parsed("100")).unwrap().with_leverage(Some("long 20x"), parsed("10")).unwrap();
    let at_ten = life(&lower, Regime::Isolated).0;
    assert_eq!((at_ten.posted, at_ten.mark), (parsed("100"), Some(parsed("90"))));
    let unknown = as_it_was.with_more("nobody", parsed("1")).unwrap_err();
    assert_eq!(unknown.to_string(), "a wallet must be of an account that has positions, got 'nobody'");
}

fn crowd() -> Crowd {
    let leverages = [(2, 1), (10, 3), (100, 1)];
    let weighted = |(times, weight)| Weighted { leverage: ringfence_risk::units::Leverage::whole(times).unwrap(), weight };
    Crowd {
        accounts: 500,
        seed: 7,
        least: parsed("100"),
        most: parsed("100000"),
        leverages: leverages.map(weighted).to_vec(),
        longs: parsed("0.5"),
        hedged: parsed("0.1"),
        cross: parsed("0.25"),
    }
}

#[test]
fn a_seed_names_a_population() {
    let market = market(ContractKind::Linear, "0.5");
    let draw = |crowd: &Crowd| Population::random(crowd, &market, parsed("100")).unwrap();
    let population = draw(&crowd());
    assert_eq!(population, draw(&crowd()));
    assert_ne!(population, draw(&Crowd { seed: 8, ..crowd() }));
    // Frozen: a seed of today names the same population for ever.
    let shown = |row: &Opening| format!("{} {} {}x", row.name, row.quantity, row.leverage);
    let first: Vec<String> = population.openings().iter().take(3).map(shown).collect();
    assert_eq!(first, ["r1 short 995 100x", "r2 long 3 10x", "r3 short 40 10x"]);
    let count = |of: fn(&Opening) -> bool| population.openings().iter().filter(|row| of(row)).count();
    assert!((500..=600).contains(&population.openings().len()));
    assert!((230..=330).contains(&count(|row| row.side == Side::Long)));
    assert!((260..=380).contains(&count(|row| row.leverage == parsed("10"))));
    assert!(population.openings().iter().all(|row| (parsed("1")..=parsed("1000")).contains(&row.quantity)));
    let cross = (1..=500).filter(|number| population.mode(&format!("r{number}")) == Some(MarginMode::Cross)).count();
    assert!((90..=160).contains(&cross), "{cross}");
}

/// The table holds positions of up to 500 at 1x: each account of the maker takes so much and no more.
#[test]
fn a_maker_whose_bracket_is_full_goes_on_with_another_account() {
    let row = |[floor, cap, leverage, rate]: [&str; 4]| ringfence_risk::bracket::BracketRow {
        floor: parsed(floor),
        cap: parsed(cap),
        max_leverage: parsed(leverage),
        maintenance_rate: parsed(rate),
    };
    let rows = [row(["0", "200", "50", "0.005"]), row(["200", "500", "10", "0.01"])];
    let brackets = BracketTable::new(ringfence_risk::bracket::BracketStyle::Marginal, &rows).unwrap();
    let market = Market { brackets, ..market(ContractKind::Linear, "0.5") };
    let rows =
        (0..10).map(|number| Opening { account: format!("a{number}"), ..opening(&format!("p{number}"), Side::Long, "4", "5") });
    let population = Population::new(rows.collect());
    let maker = Some(Maker { levels: 2, depth: parsed("100"), ..Maker::DEFAULT });
    let replay = replay(&market, &population, Options { maker, ..Options::default() });
    let outcome = carried(&replay, Regime::Isolated, &Watch::default(), &crash());
    assert_eq!((outcome.run.positions, outcome.refused.len()), (10, 0));
    assert_eq!((outcome.run.maker.held.as_str(), outcome.run.maker.quotes_refused), ("none", 0));
}

#[test]
fn an_impossible_population_is_refused_in_one_line() {
    let market = market(ContractKind::Linear, "0.5");
    let draw = |crowd: &Crowd| -> PopulationError { Population::random(crowd, &market, parsed("100")).unwrap_err() };
    for (crowd, expect) in [
        (Crowd { accounts: 0, ..crowd() }, "the number of accounts of a random population must be between 1 and 1000000, got 0"),
        (
            Crowd { least: parsed("10"), most: parsed("5"), ..crowd() },
            "the least size of a random population must be greater than 0 and at most the greatest, got 10 … 5",
        ),
        (Crowd { least: parsed("1"), ..crowd() }, "the least size of a random population must be worth at least one lot, got 1"),
        (Crowd { longs: parsed("1.1"), ..crowd() }, "the share of longs of a random population must be between 0 and 1, got 1.1"),
        (
            Crowd { leverages: Vec::new(), ..crowd() },
            "the leverages of a random population must be at least one, each with a weight greater than 0, got 0 of them",
        ),
    ] {
        assert_eq!(draw(&crowd).to_string(), expect);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Whatever liquidations do to the mark, and whatever brackets follow: money adds up, the fence holds, and the run is the same again.
    #[test]
    fn impact_breaks_no_law(seed in 0_u64..1_000_000, per_million in 1_i64..50_000_000, half_life_ms in 1_u64..3_600_000, regime in 0_usize..3) {
        let mut market = market(ContractKind::Inverse, "0.5");
        let harder = BracketTable::flat(parsed("0.03"), parsed("20")).unwrap();
        market.bracket_changes = (0..seed % 3).map(|_| BracketChange { time: UtcTime(90_000), brackets: harder.clone() }).take(1).collect();
        let population = Population::random(&Crowd { accounts: 40, seed, ..crowd() }, &market, parsed("100")).unwrap();
        let impact = Some(Impact { per_million: Rate::from_raw(per_million).unwrap(), half_life_ms });
        let steps = if seed % 2 == 0 { crate::MarkSteps::Recorded } else { crate::MarkSteps::EveryStep };
        let replay = replay(&market, &population, Options { impact, steps, ..Options::default() });
        let regime = [Regime::Isolated, Regime::Cross, Regime::Stated][regime];
        let bars: Vec<Observation> = [["100", "104", "97", "98"], ["98", "99", "80", "85"], ["85", "110", "84", "108"]]
            .into_iter().zip(0..).map(|(prices, at)| bar(at * 60_000, prices)).collect();
        let outcome = carried(&replay, regime, &WATCH, &bars);
        prop_assert_eq!(&outcome, &carried(&replay, regime, &WATCH, &bars));
        for position in outcome.positions.iter().filter(|position| position.life.posted > Amount::ZERO) {
            prop_assert!(position.life.loss <= position.life.posted, "{:?}", position);
        }
    }
}
