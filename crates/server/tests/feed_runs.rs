//! Ten minutes of an exchange that only the house trades on.

mod feed_support;

use feed_support::World;
use ringfence_engine::ids::MarketId;
use ringfence_market::walk::WalkTerms;
use ringfence_server::boot::{MarketSetup, RuleChoice, Setup};
use ringfence_server::feed::SourceSetup;

const MARKETS: usize = 7;

fn markets() -> impl Iterator<Item = MarketId> {
    (0..7).map(MarketId)
}

#[test]
fn ten_minutes_pass_without_a_refusal_and_both_sides_are_always_quoted() {
    let mut world = World::new(&Setup::default());
    assert_eq!(world.state().markets().len(), MARKETS);
    let mut marks = vec![std::collections::BTreeSet::new(); MARKETS];
    world.tick();
    for _ in 0..2_400 {
        world.tick();
        for market in markets() {
            assert_eq!(world.levels(market), (10, 10), "market {} at {}", market.0, world.now);
            marks[usize::from(market.0)].insert(world.mark(market));
        }
    }
    println!("commands in ten minutes of seven markets: {:?}", world.commands);
    assert_eq!(world.refused, std::collections::BTreeMap::new());
    world.audit();
    for market in markets() {
        let known = world.state().market(market).expect("a market");
        println!(
            "{} {:?} trades {} inventory {}",
            known.listing().symbol,
            known.mark(),
            known.trades(),
            world.inventory(market) / 100_000_000
        );
        assert!(marks[usize::from(market.0)].len() > 500, "the mark moves");
        // One order every two seconds; some meet two prices.
        assert!((290..450).contains(&known.trades()), "{} trades", known.trades());
    }
    // Without the marks, at most seventy commands a market and minute.
    let orders: u64 = world.commands.iter().filter(|(kind, _)| **kind != "mark").map(|(_, count)| count).sum();
    assert!(orders < 10 * 7 * 70, "{orders}");
}

#[test]
fn equal_seeds_make_equal_exchanges() {
    let hash = |seed: u64| {
        let mut setup = Setup::default();
        setup.markets[0].seed = seed;
        let mut world = World::new(&setup);
        world.run(60);
        world.engine.hash()
    };
    let first = hash(7);
    assert_eq!(first, hash(7));
    assert_ne!(first, hash(70));
}

#[test]
fn in_an_hour_the_maker_holds_little_and_funding_is_not_always_the_interest() {
    let mut world = World::new(&Setup::default());
    let (_, next) = world.state().market(MarketId(0)).expect("a market").funding();
    // 2026-11-23 00:00:00 UTC.
    assert_eq!(next.expect("scheduled").ms(), 1_795_392_000_000);
    let mut most = [0_i128; MARKETS];
    for _ in 0..60 {
        world.run(60);
        for market in markets() {
            let most = &mut most[usize::from(market.0)];
            *most = (*most).max(world.inventory(market).abs() / 100_000_000);
        }
    }
    println!("most held in an hour: {most:?}");
    assert_eq!(world.refused, std::collections::BTreeMap::new());
    // A skew of a whole spacing comes at 300,000.
    assert!(most.iter().all(|most| *most < 150_000), "{most:?}");
    world.audit();
    let rates: Vec<_> = markets().map(|market| world.state().market(market).expect("a market").funding().0.to_string()).collect();
    println!("{rates:?}");
    assert!(rates.iter().any(|rate| rate != "0.0001"), "{rates:?}");
    assert!(rates.iter().any(|rate| rate == "0.0001"), "{rates:?}");
}

#[test]
fn every_rule_set_of_the_venues_runs() {
    for rules in [RuleChoice::Venue, RuleChoice::Named("bybit-linear".to_owned()), RuleChoice::Named("okx".to_owned())] {
        let markets = MarketSetup::defaults().into_iter().map(|market| MarketSetup { rules: rules.clone(), ..market });
        let mut world = World::new(&Setup { markets: markets.collect(), ..Setup::default() });
        world.run(60);
        assert_eq!(world.refused, std::collections::BTreeMap::new(), "{rules:?}");
        world.audit();
    }
}

#[test]
fn the_wildest_walks_are_quoted_without_a_refusal() {
    let wild = WalkTerms { volatility: WalkTerms::MOST_VOLATILE, jump_every_s: 10, jump: "0.5".parse().expect("a rate") };
    for seed in 0..4 {
        let markets = MarketSetup::defaults().into_iter();
        let markets = markets.map(|market| MarketSetup { source: SourceSetup::Walk(wild), seed, ..market });
        let mut world = World::new(&Setup { markets: markets.collect(), ..Setup::default() });
        for _ in 0..120 * 4 {
            world.tick();
            for market in markets_with_bids(&world) {
                assert_eq!(world.levels(market), (10, 10), "seed {seed} market {} at {}", market.0, world.now);
            }
        }
        assert_eq!(world.refused, std::collections::BTreeMap::new(), "seed {seed}");
        world.audit();
    }
}

/// Those priced high enough for ten prices below the mark.
fn markets_with_bids(world: &World) -> impl Iterator<Item = MarketId> {
    markets().filter(|market| {
        world.mark(*market).raw() > world.state().market(*market).map_or(0, |known| known.contract().spec().tick.raw()) * 100
    })
}
