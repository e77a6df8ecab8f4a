//! What has broken other exchanges: each incident as a scenario, and the rule that keeps it from breaking this one. Accounts and their money.
#![allow(clippy::unwrap_used, reason = "a scenario that cannot go on has failed")]

mod incidents_support;
mod laws_support;
mod liquidation_support;
mod world;

use incidents_support::{raw, transfer};
use laws_support::{LIMITS, execute, listings, setup};
use liquidation_support::{OTHER, one_long, plain, world};
use ringfence_engine::book::AccountId;
use ringfence_engine::command::*;
use ringfence_engine::engine::Engine;
use ringfence_engine::event::Event;
use ringfence_engine::reject::Reject;
use ringfence_engine::state::Participant;
use ringfence_risk::filters::OrderSide::{Buy, Sell};
use ringfence_risk::plan::MarginMove;
use ringfence_risk::refusal::Refusal;
use ringfence_risk::units::Side;
use world::{INVERSE, LINEAR, USDT, World, limit, linear, read};

/// What outsiders put in and did not take out, and what accounts could take out now.
fn vault(world: &World) -> (i128, i128) {
    let totals = world.engine.state().assets()[0].totals();
    (-totals.outside, totals.wallets)
}

/// Deleveraging, 2025-10-10: a queue closed about 50 million more of profits than the losses were.
/// S19: exactly the bankrupt quantity, in the order of the ranking, nobody before a higher one is exhausted; haircuts sum up to the shortfall.
#[test]
fn sc09_deleveraging_closes_the_bankrupt_quantity_and_no_more() {
    let mut world = world(plain());
    world.more_accounts(4);
    for (account, leverage) in [(1, "2"), (4, "20"), (5, "50"), (6, "10"), (7, "20")] {
        world.leverage(account, LINEAR, leverage);
        world.trade(LINEAR, (0, account), "0.7", "10000");
    }
    // How they rank shortly before anybody is liquidated.
    let mut before = world.engine.clone();
    execute(&mut before, &Command::SetMark { market: LINEAR, mark: read("9100"), index: read("9100") }).0.unwrap();
    let ranked = before.state().adl_queue(LINEAR, Side::Short).unwrap();
    let mark = Command::SetMark { market: LINEAR, mark: read("8750"), index: read("8750") };
    world.insure(LINEAR, "0.1");
    world.run(&mark);
    let closed = world.deleveraged();
    let first = |(account, ..): &(u32, u64, String)| u64::from(*account);
    assert!(closed.iter().map(first).eq(ranked.iter().map(|entry| entry.account).take(closed.len())), "{closed:?}");
    let taken_over = world.fund(LINEAR).map_or(0, |(_, quantity, _)| raw(&quantity) / 100_000);
    let lots: u64 = closed.iter().map(|(_, lots, _)| lots).sum();
    assert_eq!(i128::from(lots) + taken_over, 3_500);
    assert!(closed.iter().rev().skip(1).all(|(_, lots, _)| *lots == 700), "exhausted, but for the last: {closed:?}");
    // At 8,750 each lot is worth 0.25 less than at 9,000, where it was closed.
    let haircut: i128 = closed.iter().map(|(_, lots, value)| raw(value) - raw("8.75") * i128::from(*lots)).sum();
    assert_eq!(haircut, raw("0.25") * i128::from(lots));
    assert_eq!((world.free(0, USDT).as_str(), world.uncovered(LINEAR).as_str()), ("6500", "0"));
}

/// dYdX v3 YFI, 2023-11: unrealised profit was recycled into ever greater positions.
/// S7: profit that is not realised opens nothing and leaves nowhere, isolated or cross.
#[test]
fn sc10_unrealised_profit_opens_nothing() {
    for is_cross in [false, true] {
        let mut world = world(plain());
        world.deposit(1, USDT, "1000000");
        world.cross(1, LINEAR);
        if is_cross {
            world.cross(0, LINEAR);
        }
        world.trade(LINEAR, (0, 1), "5", "10000");
        let available = world.engine.state().available(AccountId(0), USDT).unwrap();
        assert_eq!(available.to_string(), "5000");
        world.mark(LINEAR, "31500");
        let now = world.engine.state().available(AccountId(0), USDT).unwrap();
        assert!(now <= available, "107,500 of profit, and {now} available");
        let order = world.try_run(&Command::Place(limit(0, LINEAR, Buy, "1.7", "31500")));
        assert!(matches!(order, Err(Reject::Core(Refusal::InsufficientBalance { .. }))), "{order:?}");
        let more = format!("{}", ringfence_risk::units::Amount::from_raw(now.raw() + 1).unwrap());
        let out = world.try_run(&Command::Withdraw(transfer(0, &more)));
        assert!(matches!(out, Err(Reject::InsufficientFunds { .. })), "{out:?}");
    }
}

/// Mango, 2022-10: two wallets traded with each other, pumped the price, and took the pool of all others against the profit.
/// S6, S11: a pair gets out what it put in, less fees; the winner's profit ends where the loser's margin does.
#[test]
fn sc11_a_pair_gets_out_what_it_put_in() {
    for (listing, fees) in [(plain(), "0"), (linear(), "33.5")] {
        let mut world = world(listing);
        world.trade(LINEAR, (0, 1), "5", "9990");
        for mark in ["12000", "20000", "50000"] {
            world.mark(LINEAR, mark);
            let free = raw(&world.free(0, USDT));
            assert!(world.try_run(&Command::Withdraw(transfer(0, "20000"))).is_err(), "{free}");
        }
        assert_eq!(world.open_interest(LINEAR), "0");
        let (pair, paid) =
            (raw(&world.free(0, USDT)) + raw(&world.free(1, USDT)), world.engine.state().assets()[0].totals().fees);
        assert_eq!(pair + paid + raw(&world.insurance(LINEAR)), raw("20000"));
        assert!(paid >= raw(fees), "{paid}");
        for account in 0..4 {
            let all = world.free(account, USDT);
            world.run(&Command::Withdraw(transfer(account, &all)));
        }
        assert_eq!(
            vault(&world),
            (paid + raw(&world.insurance(LINEAR)), 0),
            "everybody is paid, and what is left is the venue's"
        );
    }
}

/// Drift v1, 2022-05: winners withdrew what losers had not lost yet, and the insurance fund was overdrawn.
/// S6: every free unit is covered at any time; what nobody covers is the venue's own loss, and is shown as such, to the unit. While it stands
/// nobody leaves, so that no run decides whose money is missing; who funds the loss opens the gate.
#[test]
fn sc12_what_winners_withdraw_is_covered() {
    for (insured, uncovered) in [("0.2", "199.8"), ("150", "50"), ("200", "0"), ("500", "0")] {
        let mut world = one_long(plain());
        world.insure(LINEAR, insured);
        world.mark(LINEAR, "9100");
        // The winner leaves before the loser has lost: somebody else is short from 8,750.
        world.trade(LINEAR, (1, 2), "1", "8750");
        let won = world.free(1, USDT);
        assert_eq!(won, "11250");
        world.run(&Command::Withdraw(transfer(1, &won)));
        world.mark(LINEAR, "8800");
        let (owed, free) = vault(&world);
        assert!(raw(&world.insurance(LINEAR)) >= 0);
        assert_eq!(world.free(0, USDT), "9000");
        if world.fund(LINEAR).is_none() {
            assert_eq!(world.uncovered(LINEAR), uncovered, "insured {insured}");
        }
        assert!(owed + raw(&world.uncovered(LINEAR)) >= free, "insured {insured}: {owed} for {free}");
        let leave = Command::Withdraw(transfer(3, "10000"));
        let missing = raw(&world.uncovered(LINEAR));
        if missing > 0 {
            let refused = Reject::UncoveredLoss { amount: read(&world.uncovered(LINEAR)) };
            assert_eq!(world.try_run(&leave), Err(refused), "insured {insured}");
            let before = raw(&world.insurance(LINEAR));
            world.insure(LINEAR, "200");
            assert_eq!((raw(&world.uncovered(LINEAR)), raw(&world.insurance(LINEAR))), (0, before + raw("200") - missing));
        }
        world.run(&leave);
        let (owed, free) = vault(&world);
        assert!(owed >= free, "insured {insured}: {owed} for {free}");
    }
}

/// Drift, 2026-04-01: limits were lifted, and 31 withdrawals emptied the vault in twelve minutes.
/// No command takes more than is free: a unit more is refused, whatever it is called, and by whomever it is given.
#[test]
fn sc13_no_command_takes_more_than_is_free() {
    let mut world = one_long(plain());
    let add = |amount: &str| {
        let leg = LegRef { account: AccountId(0), market: LINEAR, side: PositionSide::Both };
        Command::MoveMargin { leg, movement: MarginMove::Add(read(amount)) }
    };
    let between = |amount: &str| Command::TransferBetween { from: AccountId(0), to: transfer(3, amount) };
    let out = |amount: &str| Command::Withdraw(transfer(0, amount));
    for command in [out("9000.00000001"), between("9000.00000001"), add("9000.00000001")] {
        assert!(world.try_run(&command).is_err(), "{command:?}");
    }
    for command in [out("0"), between("0"), out("-1"), between("-1"), add("-1")] {
        assert!(world.try_run(&command).is_err(), "{command:?}");
    }
    world.bid(0, LINEAR, "1", "10000");
    assert!(world.try_run(&out("8000.00000001")).is_err(), "what an order holds is not free");
    for command in [out("1000"), between("2000"), add("5000")] {
        world.run(&command);
    }
    assert_eq!(world.free(0, USDT), "0");
    for command in [out("0.00000001"), between("0.00000001"), add("0.00000001")] {
        assert!(world.try_run(&command).is_err(), "{command:?}");
    }
}

/// GMX v1, 2025-07: an average that another path did not update was what money was paid by.
/// S12, S16: after every path that moves positions, sums over them are what a recomputation gives (the world audits every command).
#[test]
fn sc15_aggregates_are_recomputed_on_every_path() {
    let mut world = world(linear());
    world.more_accounts(2);
    world.cross(1, LINEAR);
    world.deposit(1, USDT, "100000");
    world.trade(LINEAR, (0, 1), "1", "10000");
    world.trade(LINEAR, (4, 1), "0.3", "10100");
    world.trade(LINEAR, (0, 5), "0.5", "9990");
    world.trade(LINEAR, (5, 0), "0.8", "10010");
    world.run(&Command::SetFundingRate { market: LINEAR, rate: read("0.003") });
    world.run(&Command::SettleFunding { market: LINEAR });
    world.run(&Command::SetMarginMode {
        leg: LegRef { account: AccountId(4), market: LINEAR, side: PositionSide::Both },
        mode: ringfence_risk::plan::MarginMode::Cross,
    });
    world.insure(LINEAR, "3");
    for mark in ["9500", "9000", "8500", "12000", "15000"] {
        world.mark(LINEAR, mark);
        let state = world.engine.state();
        let market = state.market(LINEAR).unwrap();
        let held = |side: Side| {
            let legs = laws_support::participants(state, market)
                .filter_map(|participant: &Participant| participant.positions().of(side));
            let fund = market.fund_position().copied().filter(|fund| fund.side == side);
            legs.chain(fund).map(|leg| i128::from(leg.quantity.raw())).sum::<i128>()
        };
        let counted = market.ledger().open_interest();
        assert_eq!((held(Side::Long), held(Side::Short)), (counted, counted), "at {mark}");
    }
    world.state_to(LINEAR, MarketState::Settled);
    assert_eq!(world.open_interest(LINEAR), "0");
}

/// Paradex, 2026-01-19: a restart lost the funding indices, and positions were liquidated for funding they had paid already.
/// S28: restored from a snapshot or replayed from its commands, the exchange is the same: rates, due times, boxes, and everything it does next.
#[test]
fn sc16_a_restart_keeps_what_funding_was_paid() {
    let mut log = setup(listings());
    let order = |account, side, price| Command::Place(limit(account, LINEAR, side, "1", price));
    log.extend([order(1, Sell, "10000"), order(0, Buy, "10000")]);
    let rates = ["0.003", "-0.001", "0.002", "0.0001"].map(|rate| Command::SetFundingRate { market: LINEAR, rate: read(rate) });
    for rate in rates {
        log.extend([rate, Command::SettleFunding { market: LINEAR }]);
    }
    log.push(Command::SetMark { market: LINEAR, mark: read("9100"), index: read("9100") });
    let replay = |log: &[Command]| {
        let mut engine = Engine::new(LIMITS);
        log.iter().for_each(|command| drop(execute(&mut engine, command).0.unwrap()));
        engine
    };
    let mut straight = replay(&log);
    let mut restarted = [replay(&log), Engine::restore(LIMITS, &straight.snapshot()).unwrap()];
    let settle = Command::SettleFunding { market: LINEAR };
    let later = Command::AdvanceTime { to: straight.state().clock().plus_ms(6_500_000) };
    let mark = |mark| Command::SetMark { market: LINEAR, mark: read(mark), index: read(mark) };
    for command in [later, settle, mark("9099"), mark("9100"), mark("9000")] {
        let expected = execute(&mut straight, &command);
        for engine in &mut restarted {
            assert_eq!(execute(engine, &command), expected, "{command:?}");
            assert_eq!((engine.hash(), engine.snapshot()), (straight.hash(), straight.snapshot()), "{command:?}");
        }
        let liquidates = expected.1.iter().any(|event| matches!(event, Event::LiquidationStarted(_)));
        assert_eq!(liquidates, command == mark("9000"), "{command:?}");
    }
}

/// FTX: one account could go below zero, and was never liquidated.
/// S22: whoever holds the same position is liquidated at the same mark: rich or poor, first or last, with orders, in either position mode.
#[test]
fn sc17_nobody_is_exempt_from_liquidation() {
    let mut world = world(plain());
    world.more_accounts(8);
    world.deposit(3, USDT, "5000000");
    world.cross(3, LINEAR);
    let owners = [0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11];
    world.deposit(1, USDT, "900000000");
    world.run(&Command::Withdraw(transfer(2, "9000")));
    world.hedge(4);
    world.bid(5, LINEAR, "0.1", "5000");
    world.trade(OTHER, (6, 3), "1", "1000");
    world.trade(INVERSE, (7, 3), "10", "10000");
    for account in owners {
        let position_side = if account == 4 { PositionSide::Long } else { PositionSide::Both };
        world.ask(3, LINEAR, "1", "10000");
        world.run(&Command::Place(NewOrder { position_side, ..limit(account, LINEAR, Buy, "1", "10000") }));
    }
    world.insure(LINEAR, "1");
    world.mark(LINEAR, "9045.23");
    assert_eq!(world.liquidated(), []);
    world.mark(LINEAR, "9045.22");
    let mut liquidated: Vec<u32> = world.liquidated().into_iter().map(|(account, ..)| account).collect();
    liquidated.sort_unstable();
    assert_eq!(liquidated, owners);
}

/// A round of the pair: long and short of the same size at this leverage, a gap, and the winner leaves at the mark, whoever is there.
fn max_loss_round(world: &mut World, leverage: &str, gap: i64) {
    for account in [0, 1] {
        let leg = LegRef { account: AccountId(account), market: LINEAR, side: PositionSide::Both };
        world.run(&Command::SetLeverage { leg, leverage: read(leverage) });
    }
    world.trade(LINEAR, (0, 1), "4", "10000");
    world.mark(LINEAR, &(10_000 + gap).to_string());
    // The fund sells what it took over to whoever bids at the mark: the winner does.
    for account in [0, 1] {
        for side in [Side::Long, Side::Short] {
            let Some(leg) = world.leg(account, LINEAR, side) else { continue };
            let order = limit(
                account,
                LINEAR,
                if side == Side::Long { Sell } else { Buy },
                &leg.quantity.to_string(),
                &(10_000 + gap).to_string(),
            );
            world.run(&Command::Place(NewOrder { purpose: Purpose::ReduceOnly, ..order }));
        }
    }
    world.mark(LINEAR, &(10_000 + gap).to_string());
    for account in [0, 1] {
        world.run(&Command::CancelAll { account: AccountId(account), market: LINEAR });
    }
}

/// So many rounds at this leverage: what the fund lost, what the pair gained, and what the venue earned of it.
fn max_loss_pair(leverage: &str, insured: &str, rounds: u32) -> [i128; 3] {
    let mut world = world(linear());
    for account in [0, 1] {
        world.deposit(account, USDT, "90000000");
    }
    world.insure(LINEAR, insured);
    let mut dice = 20_u64;
    for _ in 0..rounds {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        max_loss_round(&mut world, leverage, i64::try_from((dice >> 33) % 1_001).unwrap() - 500);
        let flat = [0, 1].map(|account| world.size(account, LINEAR));
        if world.fund(LINEAR).is_none() && flat != ["0", "0"] {
            // Neither was liquidated: they leave at the mark, each with the other.
            for account in [0, 1] {
                let side = if world.leg(account, LINEAR, Side::Long).is_some() { Sell } else { Buy };
                let price = world.engine.state().market(LINEAR).unwrap().mark().unwrap();
                let order = limit(account, LINEAR, side, "4", &price.to_string());
                world.run(&Command::Place(NewOrder { purpose: Purpose::ReduceOnly, ..order }));
            }
        }
        assert_eq!((world.open_interest(LINEAR).as_str(), world.uncovered(LINEAR).as_str()), ("0", "0"));
        world.mark(LINEAR, "10000");
    }
    let pair = raw(&world.free(0, USDT)) + raw(&world.free(1, USDT)) - 2 * raw("90010000");
    [raw(insured) - raw(&world.insurance(LINEAR)), pair, world.engine.state().assets()[0].totals().fees]
}

/// The max-loss pair: long on one account, short on another, at the greatest leverage; a gap makes the winner more than the loser can lose.
/// S11, S18: where the margin is about half a gap or more, a thousand rounds cost the fund less than the fees; at any leverage the pair gains no
/// more than the fund held, and where that is nothing, exactly the fees less than nothing.
#[test]
fn sc20_a_max_loss_pair_gains_no_more_than_the_fund_holds() {
    for leverage in ["10", "18", "20", "25"] {
        let [drained, gained, earned] = max_loss_pair(leverage, "10000000", 1_000);
        assert!(drained <= earned && gained <= 0, "{leverage}×: {drained} of the fund for {earned}");
        assert_eq!(drained - gained, earned);
    }
    for leverage in ["50", "75", "125"] {
        for insured in ["0.00000001", "10000", "50000"] {
            let [drained, gained, earned] = max_loss_pair(leverage, insured, 300);
            assert_eq!(drained - gained, earned, "what the fund lost the pair gained, or the venue earned");
            assert!(drained <= raw(insured) && earned > 0, "{leverage}×, {insured}: {drained}");
        }
    }
}
