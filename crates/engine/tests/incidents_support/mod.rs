//! What incidents are told with, beside what liquidations are told with.
#![allow(dead_code, reason = "every test file uses its own part of it")]
#![allow(clippy::unwrap_used, reason = "a scenario that cannot go on has failed")]

use crate::world::{USDT, World, read};
use ringfence_engine::book::AccountId;
use ringfence_engine::command::{Command, Transfer};
use ringfence_engine::engine::Engine;
use ringfence_engine::event::{Event, LedgerAccount};
use ringfence_risk::units::Amount;
use std::collections::BTreeMap;

pub(crate) fn raw(text: &str) -> i128 {
    read::<Amount>(text).raw()
}

pub(crate) fn transfer(account: u32, amount: &str) -> Transfer {
    Transfer { account: AccountId(account), asset: USDT, amount: read(amount) }
}

pub(crate) fn wait(world: &mut World, ms: u64) {
    let to = world.engine.state().clock().plus_ms(ms);
    world.run(&Command::AdvanceTime { to });
}

/// Sums up postings, one by one: no wallet, hold, box or fund may be below zero at any of them.
pub(crate) fn check_sub_steps(engine: &Engine, events: &[Event]) {
    let (state, mut books) = (engine.state(), BTreeMap::new());
    for event in events {
        let Event::Posted(posting) = event else { continue };
        for (account, amount) in [(posting.from, -posting.amount.raw()), (posting.to, posting.amount.raw())] {
            let market = |market| state.market(market).unwrap();
            let part = |owner, id| market(id).participant(owner).unwrap();
            let left = books.entry(account).or_insert_with(|| match account {
                LedgerAccount::Wallet(owner) => state.free(owner, posting.asset).raw(),
                LedgerAccount::Hold(owner, id) => part(owner, id).hold().raw(),
                LedgerAccount::Margin(owner, id, side) => {
                    part(owner, id).positions().of(side).map_or(0, |leg| leg.margin().unwrap().raw())
                }
                LedgerAccount::Insurance(id) => market(id).ledger().insurance(),
                LedgerAccount::Outside
                | LedgerAccount::Fees
                | LedgerAccount::Settlement(_)
                | LedgerAccount::Funding(_)
                | LedgerAccount::Uncovered(_) => 1 << 100,
            });
            *left += amount;
            assert!(*left >= 0, "{account:?} owes {} at {posting:?}", -*left);
        }
    }
}
