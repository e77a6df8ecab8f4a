//! Worlds that must hold on every machine, always the same ones.

use std::time::Duration;

use ringfence_engine::command::Command;
use ringfence_engine::engine::Engine;
use ringfence_sim::campaign::{AfterFailure, Plan, simulate};
use ringfence_sim::checker::{Auditor, Options};
use ringfence_sim::genesis::{LIMITS, genesis};
use ringfence_sim::random::{FIRST, Random};
use ringfence_sim::world::{live, relive};

const OPTIONS: Options = Options::DEFAULT;

#[test]
fn every_law_holds_in_sixty_worlds() {
    let limit = Duration::from_secs(600);
    let plan = Plan { seed: 1, worlds: 60, commands: 400, limit, jobs: 2, options: OPTIONS, model_every: 0 };
    let report = simulate(&plan, AfterFailure::GoOn, &|_| {});
    let failures: Vec<String> =
        report.failures.iter().map(|failure| format!("seed {}: {}", failure.seed, failure.violation)).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!((report.worlds, report.commands), (60, 24_000));
    assert!(report.marks.reached["trade"] > 200, "worlds in which something happens: {:?}", report.marks.reached);
}

/// The independent model agrees to the unit: two hundred worlds of two thousand commands.
#[test]
fn the_model_agrees_in_two_hundred_worlds() {
    let limit = Duration::from_secs(900);
    let options = Options { every: 50, ..OPTIONS };
    let plan = Plan { seed: 1_001, worlds: 200, commands: 2_000, limit, jobs: 2, options, model_every: 1 };
    let report = simulate(&plan, AfterFailure::GoOn, &|_| {});
    let failures: Vec<String> =
        report.failures.iter().map(|failure| format!("seed {}: {}", failure.seed, failure.violation)).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!((report.worlds, report.commands), (200, 400_000));
}

/// Worlds in which a law broke once: a fill-or-kill order filled in part, a pool kept due by a halted market, a search without end, a mark
/// beyond all bounds, boxes that others made up, roundings.
#[test]
fn every_law_holds_where_one_broke_once() {
    for seed in
        [833, 2_424, 101_673, 101_718, 101_738, 102_383, 102_431, 103_250, 106_621, 504_028, 507_135, 3_343, 7_879, 28_982]
    {
        let options = Options { every: 64, auditor: Auditor::Model, ..OPTIONS };
        assert_eq!(live(FIRST | seed, 2_000, options).violation, None, "seed {seed}");
    }
}

#[test]
fn a_seed_is_the_same_world_for_ever() {
    let (first, again) = (live(11, 300, OPTIONS), live(11, 300, OPTIONS));
    assert_eq!(first.commands, again.commands);
    assert_eq!(relive(&first.commands, OPTIONS).marks, first.marks);
}

#[test]
fn every_market_of_a_genesis_is_listed() {
    for seed in 0..300 {
        let mut engine = Engine::new(LIMITS);
        for command in genesis(&mut Random::new(seed)) {
            let outcome = engine.execute(&command, &mut Vec::new());
            let expected = matches!(
                command,
                Command::ListMarket(_)
                    | Command::ListAsset { .. }
                    | Command::OpenAccount
                    | Command::Deposit(_)
                    | Command::SetMark { .. }
            );
            assert!(!expected || outcome.is_ok(), "seed {seed}: {command:?}: {outcome:?}");
        }
    }
}
