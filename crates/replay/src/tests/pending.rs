//! Steps that wait: taken as a plain scan of all of them would.

use crate::script::{Act, Pending, Script, ScriptAccount, ScriptStep, When};
use proptest::prelude::*;
use ringfence_risk::plan::MarginMode;
use ringfence_risk::units::{Amount, MarkPrice, Side};

fn mark(ticks: i64) -> MarkPrice {
    MarkPrice::from_raw(ticks * 100_000_000).unwrap()
}

fn when() -> impl Strategy<Value = When> {
    prop_oneof![
        (0_i64..40).prop_map(When::At),
        (1_i64..20).prop_map(|ticks| When::MarkAtOrBelow(mark(ticks))),
        (1_i64..20).prop_map(|ticks| When::MarkAtOrAbove(mark(ticks))),
    ]
}

fn is_due(when: When, time_ms: i64, at: MarkPrice) -> bool {
    match when {
        When::At(due) => due <= time_ms,
        When::MarkAtOrBelow(bound) => at <= bound,
        When::MarkAtOrAbove(bound) => at >= bound,
    }
}

proptest! {
    #[test]
    fn what_is_due_is_taken_once_in_the_order_of_the_file(
        accounts in prop::collection::vec(prop::collection::vec(when(), 0..12), 0..4),
        path in prop::collection::vec((0_i64..4, 1_i64..20), 1..20),
    ) {
        let step = |when| ScriptStep { when, side: Side::Long, act: Act::Close, line: 1 };
        let account = |steps: &Vec<When>| ScriptAccount {
            name: String::new(),
            wallet: Amount::ZERO,
            mode: MarginMode::Isolated,
            steps: steps.iter().copied().map(step).collect(),
        };
        let mut pending = Pending::of(&Script { accounts: accounts.iter().map(account).collect() });
        let numbered = |(account, steps): (usize, &Vec<When>)| {
            steps.iter().enumerate().map(|(number, when)| ((account, number), *when)).collect::<Vec<_>>()
        };
        let mut waiting: Vec<((usize, usize), When)> = accounts.iter().enumerate().flat_map(numbered).collect();
        let mut time_ms = 0;
        for (passed, ticks) in path {
            time_ms += passed;
            let at = mark(ticks);
            let due: Vec<_> = waiting.extract_if(.., |(_, when)| is_due(*when, time_ms, at)).map(|(step, _)| step).collect();
            prop_assert_eq!(pending.is_early(time_ms) && pending.is_quiet(at), due.is_empty());
            prop_assert_eq!(pending.take(time_ms, at), due);
        }
        prop_assert_eq!(pending.left(), waiting.into_iter().map(|(step, _)| step).collect::<Vec<_>>());
    }
}
