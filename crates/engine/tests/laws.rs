//! Laws that hold whatever is asked of an exchange, in whatever order.
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test may stop at the first surprise, and looks for what it is about"
)]
mod laws_support;
mod world;

use laws_support::commands::{Scope, everything, everything_but_time, isolated, mark, orders, sequence, trading};
use laws_support::views::*;
use laws_support::*;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use ringfence_engine::book::{AccountId, SelfTrade};
use ringfence_engine::command::*;
use ringfence_engine::engine::{OrderFate, Reply};
use ringfence_engine::event::{Event, LedgerAccount, Reason};
use ringfence_engine::ids::MarketId;
use ringfence_engine::state::State;
use ringfence_risk::margin::initial_margin;
use ringfence_risk::plan::MarginMove;
use ringfence_risk::units::{Amount, Leverage, MarkPrice};
use std::collections::BTreeMap;
use world::{BTC, INVERSE, LINEAR, USDT, read};

const ALL: Scope = Scope { accounts: (0, 6), markets: &[LINEAR, INVERSE, ETHER] };
/// Those who trade among themselves.
const COALITION: Scope = Scope { accounts: (0, 3), ..ALL };
const FIRST: Scope = Scope { accounts: (0, 3), markets: &[LINEAR] };
const OTHERS: Scope = Scope { accounts: (3, 6), markets: &[ETHER, INVERSE] };

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { failure_persistence: None, max_shrink_iters: 4_000, ..ProptestConfig::with_cases(cases) }
}

fn starts(events: &[Event]) -> impl Iterator<Item = (MarketId, Option<AccountId>)> {
    events
        .iter()
        .filter_map(|event| if let Event::LiquidationStarted(start) = event { Some((start.market, start.account)) } else { None })
}

proptest! {
    #![proptest_config(cases(600))]

    /// Deposits less withdrawals are what everybody has, at every mark there could be: a tick, the present one, the greatest.
    #[test]
    fn money_is_conserved_at_all_marks(
        commands in sequence(everything(ALL), 100), vectors in prop::collection::vec([mark(), mark(), mark()], 2),
    ) {
        let mut engine = ready();
        let mut brought = BTreeMap::from([(USDT, 6_000_000_000_000_i128), (BTC, 600_000_000)]);
        let mut vectors: Vec<Vec<MarkPrice>> = vectors.into_iter().map(|marks| marks.to_vec()).collect();
        vectors.push(vec![MarkPrice::from_raw(1).expect("in range"); 3]);
        vectors.push(vec![read("100000000"); 3]);
        for command in &commands {
            if execute(&mut engine, command).0.is_ok() {
                let asset_of = |market: MarketId| engine.state().markets()[usize::from(market.0)].asset();
                if let Some((asset, amount)) = brought_in(command, asset_of) {
                    *brought.entry(asset).or_default() += amount;
                }
            }
            for marks in &vectors {
                for (asset, amount) in &brought {
                    let worth = all_worth(engine.state(), *asset, marks).whole();
                    prop_assert_eq!(worth, *amount, "{:?} at {:?} after {:?}", asset, marks, command);
                }
            }
        }
    }

    /// At constant marks whatever some accounts do among themselves costs them the fees, to the unit, and nobody else anything.
    #[test]
    fn trading_is_zero_sum_inside_a_coalition(
        before in sequence(everything(ALL), 50), commands in sequence(trading(COALITION), 80),
    ) {
        let mut engine = after(&before);
        for (account, market) in accounts_and_markets(engine.state()) {
            drop(execute(&mut engine, &Command::CancelAll { account, market }));
        }
        let marks = marks(engine.state());
        let rest = of_accounts(engine.state(), 3..6);
        let funds = funds(engine.state());
        let coalition = || (0..3).map(AccountId);
        for command in &commands {
            let worths = [USDT, BTC].map(|asset| worth(engine.state(), coalition(), asset, &marks));
            let fees_before = fees(engine.state());
            let (_, events) = execute(&mut engine, command);
            for ((asset, before), at) in [USDT, BTC].into_iter().zip(&worths).zip(0..) {
                let gained = worth(engine.state(), coalition(), asset, &marks).minus(before);
                let paid = fees(engine.state())[at] - fees_before[at];
                prop_assert!(paid >= 0, "the venue paid {} for {:?}", -paid, command);
                prop_assert_eq!(gained, -paid, "{:?}", command);
            }
            prop_assert_eq!(starts(&events).count(), 0, "nobody trades into a liquidation: {:?}", command);
        }
        prop_assert_eq!(of_accounts(engine.state(), 3..6), rest);
        prop_assert_eq!(self::funds(engine.state()), funds);
    }

    /// Without the commands of one market the others are what they are with them.
    #[test]
    fn a_market_does_not_know_what_happens_in_another(commands in sequence(isolated(ALL), 100)) {
        let commands: Vec<Command> = commands.iter().map(unnamed).collect();
        let without: Vec<Command> = commands.iter().filter(|command| market_of(command) != Some(INVERSE)).cloned().collect();
        let (with, without) = (after(&commands), after(&of_markets(&without, &[LINEAR, ETHER])));
        for market in [LINEAR, ETHER] {
            prop_assert_eq!(of_market(with.state(), market), of_market(without.state(), market));
        }
    }

    /// What an isolated market does leaves positions, holds and funds of the others as they are, also where they share wallets.
    #[test]
    fn isolated_positions_do_not_touch_each_other(commands in sequence(isolated(ALL), 100)) {
        let mut engine = ready();
        for command in &commands {
            let Some(market) = market_of(command) else { run(&mut engine, core::slice::from_ref(command)); continue };
            let others = |state: &State| {
                let others = [LINEAR, INVERSE, ETHER].into_iter().filter(|other| *other != market);
                others.map(|other| of_market(state, other)).collect::<Vec<_>>()
            };
            let before = others(engine.state());
            run(&mut engine, core::slice::from_ref(command));
            prop_assert_eq!(others(engine.state()), before, "{:?}", command);
        }
    }

    /// No box ever holds less than nothing, and a closed position leaves none: from flat to flat nobody loses more than was put in.
    #[test]
    fn an_isolated_episode_loses_no_more_than_was_put_in(commands in sequence(isolated(ALL), 100)) {
        let (mut engine, mut boxes) = (ready(), BTreeMap::<_, i128>::new());
        for command in &commands {
            for event in execute(&mut engine, command).1 {
                if let Event::Posted(posting) = event {
                    for (account, amount) in [(posting.from, -posting.amount.raw()), (posting.to, posting.amount.raw())] {
                        if let LedgerAccount::Margin(..) = account {
                            let left = boxes.entry(account).or_default();
                            *left += amount;
                            prop_assert!(*left >= 0, "{:?} owes {} after {:?}", account, -*left, command);
                        }
                    }
                }
                if let Event::PositionSet { market, account: Some(account), side, position: None } = event {
                    let left = boxes.get(&LedgerAccount::Margin(account, market, side)).copied().unwrap_or(0);
                    prop_assert_eq!(left, 0, "flat, and money is left in the box: {:?}", command);
                }
            }
        }
    }

    /// Free money falls by one's own commands and one's own resting orders; never by a liquidation, by funding or by what others do.
    #[test]
    fn nobody_elses_command_takes_free_money(commands in sequence(isolated(ALL), 100)) {
        let mut engine = ready();
        for command in &commands {
            let issuers = issuers(command);
            let state = engine.state();
            let standing = |account| (account, has_orders(state, account), free(state, account));
            let before: Vec<_> = accounts(state).map(standing).collect();
            let (_, events) = execute(&mut engine, command);
            for (account, has_orders, free_before) in before.into_iter().filter(|(account, ..)| !issuers.contains(account)) {
                let now = free(engine.state(), account);
                let keeps = now.iter().zip(&free_before).all(|(now, before)| now >= before);
                prop_assert!(has_orders || keeps, "{:?} lost by {:?}", account, command);
                for event in &events {
                    if let Event::Posted(posting) = event && posting.from == LedgerAccount::Wallet(account) {
                        let own = matches!(posting.reason, Reason::OrderHold | Reason::MarginPosted | Reason::TradingFee);
                        prop_assert!(own, "{:?} of {:?}", posting, command);
                    }
                }
            }
        }
    }

    /// A refused command changes nothing, not even what the hash does not know; a preview says what will be, and changes nothing either.
    #[test]
    fn a_preview_is_the_execution_and_a_refusal_is_nothing(commands in sequence(everything(ALL), 100)) {
        let mut engine = ready();
        for command in &commands {
            let before = engine.snapshot();
            let preview = engine.preview(command);
            prop_assert_eq!(&engine.snapshot(), &before);
            let (outcome, events) = execute(&mut engine, command);
            if outcome.is_err() {
                prop_assert!(engine.snapshot() == before && events.is_empty(), "{:?}", command);
            }
            prop_assert_eq!(preview, outcome.map(|reply| (reply, events)), "{:?}", command);
            prop_assert!(engine.state().audit().is_ok() && engine.state().overdue().is_none(), "after {:?}", command);
        }
    }

    /// An order sent again is answered with its number, at once or after anything else, and nothing is done.
    #[test]
    fn a_retry_is_answered_and_not_repeated(commands in sequence(everything(ALL), 100)) {
        let (mut engine, mut placed) = (ready(), Vec::new());
        for command in &commands {
            let (outcome, _) = execute(&mut engine, command);
            let hash = engine.hash();
            if let (Command::Place(NewOrder { client_id: Some(_), .. }), Ok(Reply::Order(reply))) = (command, outcome) {
                placed.push((command, reply.order));
            }
            for (command, order) in &placed {
                let (again, events) = execute(&mut engine, command);
                let Ok(Reply::Order(again)) = again else { return Err(TestCaseError::fail(format!("{command:?}: {again:?}"))) };
                prop_assert_eq!((again.order, again.fate, again.executed.raw()), (*order, OrderFate::Repeated, 0));
                prop_assert!(events.is_empty() && engine.hash() == hash);
            }
        }
    }

    /// The numbers of the accounts do not matter, unless a tie between equals had to be broken.
    #[test]
    fn accounts_are_interchangeable(commands in sequence(everything(ALL), 100), shift in 1..6_u32) {
        let to = |account: AccountId| AccountId((account.0 + shift) % ACCOUNTS);
        let (mut one, mut other) = (ready(), ready());
        for command in &commands {
            let (outcome, events) = execute(&mut one, command);
            let (again, _) = execute(&mut other, &relabelled(command, to));
            let ranks = |event: &Event| matches!(event, Event::Deleveraged { .. } | Event::LossSocialised { .. });
            if starts(&events).count() > 1 || events.iter().any(ranks) {
                return Ok(());
            }
            prop_assert_eq!(outcome.is_ok(), again.is_ok(), "{:?}", command);
            for account in accounts(one.state()) {
                prop_assert_eq!(of_account(one.state(), account), of_account(other.state(), to(account)), "{:?}", command);
            }
        }
    }

    /// Accounts that share no market may act in any order.
    #[test]
    fn disjoint_accounts_commute(
        first in sequence(everything_but_time(FIRST), 30),
        second in sequence(everything_but_time(OTHERS), 30),
        turns in prop::collection::vec(any::<bool>(), 80),
    ) {
        let mut apart = after(&first);
        run(&mut apart, &second);
        let (mut mixed, mut first, mut second) = (ready(), first.iter(), second.iter());
        for turn in turns {
            let next = if turn { first.next() } else { second.next() };
            next.into_iter().for_each(|command| drop(execute(&mut mixed, command)));
        }
        first.chain(second).for_each(|command| drop(execute(&mut mixed, command)));
        prop_assert_eq!(apart.hash(), mixed.hash());
    }

    /// The liquidation index knows whom a mark would liquidate: those who are below the line there, and nobody where there is nobody.
    #[test]
    fn the_index_is_what_a_recomputation_finds(commands in sequence(isolated(ALL), 100), more in [mark(), mark(), mark()]) {
        let mut engine = after(&commands);
        for (account, market) in accounts_and_markets(engine.state()) {
            drop(execute(&mut engine, &Command::CancelAll { account, market }));
        }
        for market in [LINEAR, INVERSE, ETHER] {
            for mark in candidates(engine.state(), market).into_iter().chain(more) {
                let due = due_at(engine.state(), market, mark);
                let holds_nothing = engine.state().markets()[usize::from(market.0)].fund_position().is_none();
                let is_quiet = engine.state().is_quiet(market, mark);
                prop_assert!(!is_quiet || due.is_empty(), "{:?} at {} would be liquidated", due, mark);
                prop_assert!(is_quiet || !due.is_empty() || !holds_nothing, "nobody would be liquidated at {}", mark);
                let (_, events) = engine.preview(&Command::SetMark { market, mark, index: read("10000") }).expect("a mark");
                for account in due {
                    let dies = starts(&events).any(|start| start == (market, Some(account)));
                    prop_assert!(dies, "{:?} lives at {}", account, mark);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(cases(600))]

    /// Margin added and taken out again, leverage up and down again, an order placed and cancelled: neutral to the unit.
    #[test]
    fn what_is_undone_was_nothing(commands in sequence(isolated(ALL), 100), raw in 1..500_000_000_000_i128, times in 1..125_i64) {
        let engine = after(&commands);
        for (account, market) in accounts_and_markets(engine.state()) {
            let leg = LegRef { account, market, side: PositionSide::Both };
            let Some(participant) = engine.state().markets()[usize::from(market.0)].participant(account) else { continue };
            let present = participant.leverage().long;
            let amount = Amount::from_raw(raw).expect("in range");
            let (add, remove) = (MarginMove::Add(amount), MarginMove::Remove(amount));
            is_neutral(&engine, &[Command::MoveMargin { leg, movement: add }, Command::MoveMargin { leg, movement: remove }])?;
            let leverage = Leverage::whole(times).expect("in range");
            let set = |leverage| Command::SetLeverage { leg, leverage };
            // Several fills round up one by one, and margin that might not leave is more than was needed: nothing to go back to.
            let is_exact = legs(participant).all(|leg| initial_margin(leg.entry_value, present) == Ok(leg.opening_margin));
            if leverage > present && is_exact {
                is_neutral(&engine, &[set(leverage), set(present)])?;
            }
        }
    }

    #[test]
    fn an_order_placed_and_cancelled_was_nothing(commands in sequence(everything(ALL), 100), more in orders(ALL)) {
        let engine = after(&commands);
        for command in more {
            let Command::Place(order) = command else { continue };
            let order = NewOrder { self_trade: SelfTrade::ExpireTaker, ..order };
            let command = Command::Place(order);
            let mut then = engine.clone();
            let (Ok(Reply::Order(reply)), events) = execute(&mut then, &command) else { continue };
            // Orders it meets may fill, or go because they could not be paid.
            let meets = events.iter().any(|event| matches!(event, Event::Traded(_) | Event::OrderEnded { .. }));
            if !matches!(reply.fate, OrderFate::Resting | OrderFate::Waiting) || meets {
                continue;
            }
            let name = OrderName::Id(reply.order);
            let cancel = Command::Cancel(OrderRef { account: order.account, market: order.market, name });
            is_neutral(&engine, &[command, cancel])?;
        }
    }
}

/// The random commands reach what the laws are about.
#[test]
fn random_commands_do_something() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = [0_u32; 6];
    for _ in 0..200 {
        let mut engine = ready();
        for command in sequence(everything(ALL), 100).new_tree(&mut runner).expect("commands").current() {
            for event in execute(&mut engine, &command).1 {
                let kinds = [
                    matches!(event, Event::Traded(_)),
                    matches!(event, Event::LiquidationStarted(_)),
                    matches!(event, Event::Deleveraged { .. }),
                    matches!(event, Event::FundingSettled { .. }),
                    matches!(event, Event::MarginModeSet { .. }),
                    matches!(event, Event::OrderTriggered { .. }),
                ];
                seen.iter_mut().zip(kinds).for_each(|(seen, is)| *seen += u32::from(is));
            }
        }
    }
    assert!(seen.iter().all(|seen| *seen >= 20), "trades, liquidations, deleveragings, fundings, modes, triggers: {seen:?}");
}
