//! Orders of every kind, on a whole exchange. Every command is audited from scratch.
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test may stop at the first surprise, and looks for what it is about"
)]
mod script;
mod world;

use ringfence_engine::book::WindowSize;
use ringfence_engine::limits::Limits;
use script::{check, check_after, check_listed, check_on};
use world::{LINEAR, linear};

#[test]
fn limit_orders() {
    let rows = check(
        "
        ann sells 1 @ 10000 -> rests; book - / 1@10000; ann holds 1005; ann free 8995
        ann sells 1 @ 10000 | bob buys 0.4 @ 10001 -> filled; ann is -0.4; bob is +0.4; #1 rests 0.6; last 10000; bob free 9598
        ann sells 1 @ 10000 | bob buys 1.5 @ 10000 -> rests after 1; book 0.5@10000 / -; #1 ended Filled
        ann sells 1 @ 10000; bob sells 1 @ 9990 | eve buys 1.5 @ 10000 -> filled; book - / 0.5@10000; eve entry 9993.33333333
        ann sells 1 @ 10000 | ann buys 1 @ 9999 -> rests; book 1@9999 / 1@10000
        ann sells 1 @ 9990 -> rests; ann holds 1013.995; ann free 8986.005
        ann buys 9.95 @ 10000 -> rests; ann free 0.25
        ann buys 9.951 @ 10000 -> refused: insufficient-balance; ann free 10000; ann is flat
        ann buys 1 @ 10000.05 -> refused: filter
        ann buys 0.0005 @ 10000 -> refused: filter
        ann buys 1001 @ 10000 -> refused: filter
        ann buys 0.001 @ 4000 -> refused: filter
        ann buys 0.002 @ 4000 -> rests
        ann buys 0.1 @ 11000.1 -> refused: filter
        ann sells 0.1 @ 8999.9 -> refused: filter
        ann buys 0.1 @ 11000 -> rests
        ann sells 0.1 @ 30000 -> rests
        ",
    );
    assert_eq!(rows, 17);
}

#[test]
fn lifetimes() {
    check(
        "
        ann sells 1 @ 10000 | bob buys 1.5 @ 10000 ioc -> ImmediateOrCancel after 1; book - / -; bob is +1; bob holds 0
        ann sells 1 @ 10000 | bob buys 1 @ 9999 ioc -> ImmediateOrCancel; book - / 1@10000; bob free 10000
        ann sells 1 @ 10000 | bob buys 1.5 @ 10000 fok -> FillOrKill; book - / 1@10000; bob is flat; bob free 10000
        ann sells 1 @ 10000; eve sells 1 @ 10001 | bob buys 1.5 @ 10001 fok -> filled; bob is +1.5
        ann sells 1 @ 10000 | bob buys 1 @ 10000 post-only -> refused: would-take
        ann sells 1 @ 10000 | bob buys 1 @ 9999.9 post-only -> rests; book 1@9999.9 / 1@10000
        ann buys 1 @ 9900 gtd 5s | wait 4s -> done; #1 rests 1
        ann buys 1 @ 9900 gtd 5s | wait 5s -> done; #1 ended Expired; ann free 10000; ann holds 0; book - / -
        ann buys 1 @ 9900 gtd 5s; ann buys 1 @ 9901 gtd 3s | wait 9s -> done; #1 ended Expired; #2 ended Expired
        ann sells 1 @ 10000 | bob buys 2 @ 10000 gtd 5s -> rests after 1; #2 rests 1
        ann sells 1 @ 10000; bob buys 2 @ 10000 gtd 5s | wait 6s -> done; #2 ended Expired; bob is +1; bob holds 0
        ann buys 1 @ 9900 gtd 0s -> refused: invalid
        ann sells 1 @ 10000 | bob buys 1.5 market -> ImmediateOrCancel after 1; bob is +1
        ann sells 1 @ 10000; eve sells 1 @ 10500 | bob buys 1.5 market -> filled; bob is +1.5
        ann sells 1 @ 12000 | bob buys 1.5 market -> refused: no-liquidity
        ann sells 1 @ 10000 | bob buys 900 market -> refused: insufficient-balance; bob is flat
        | bob sells 1 market -> refused: no-liquidity
        ",
    );
}

#[test]
fn stops_and_take_profits() {
    check(
        "
        | ann buys 1 stop 10100 -> waits; ann free 10000; ann orders 1; book - / -
        trade 10000 | ann buys 1 stop 9999 -> refused: would-trigger-at-once
        trade 10000 | ann sells 1 stop 10000 -> refused: would-trigger-at-once
        trade 10000 | ann buys 1 take 10001 -> refused: would-trigger-at-once
        ann buys 1 stop 10100; bob sells 1 @ 10200 | trade 10100 -> filled; #1 ended Filled; ann is +1; ann entry 10200
        ann buys 1 stop 10100; bob sells 1 @ 10200 | trade 10099.9 -> filled; #1 waits 1; ann is flat
        ann buys 1 stop 10100 @ 10150 | trade 10100 -> filled; #1 rests 1; book 1@10150 / -; ann holds 1170.075
        ann buys 1 stop 10100 @ 10150 ioc | trade 10100 -> filled; #1 ended ImmediateOrCancel; ann free 10000
        ann buys 1 stop 10100 @ 10150 post-only; bob sells 1 @ 10150 | trade 10100 -> filled; #1 ended TriggerRefused
        ann buys 1 stop 10100 @ 10150 gtd 5s; wait 6s | trade 10100 -> filled; #1 ended Expired
        ann buys 1 stop 10100 @ 10150 gtd 5s; trade 10100 | wait 6s -> done; #1 ended Expired; ann holds 0
        ann buys 1 stop 10100 | trade 10100 -> filled; #1 ended TriggerRefused; ann is flat
        ann buys 1 stop 10100 on-mark; bob sells 1 @ 10200 | trade 10100 -> filled; #1 waits 1
        ann buys 1 stop 10100 on-mark; bob sells 1 @ 10200 | mark 10100 -> done; #1 ended Filled; ann is +1
        ann buys 1 take 9900 on-mark @ 9900 | mark 9900 -> done; #1 rests 1
        ann sells 1 take 10100 on-mark @ 10100 | mark 10100 -> done; #1 rests 1
        ann sells 1 stop 9900 on-mark @ 8000 | mark 9900 -> done; #1 ended TriggerRefused
        ann buys 0.001 stop 10100 @ 4000 on-mark | mark 10100 -> done; #1 ended TriggerRefused
        ann buys 9.9 stop 10100 @ 10100 on-mark | mark 10100 -> done; #1 ended TriggerRefused; ann free 10000
        ann buys 1 stop 10100 on-mark; cancel ann #1 | mark 10200 -> done; set-off; #1 ended Cancelled
        ",
    );
}

#[test]
fn set_off_in_order_and_by_each_other() {
    check(
        "
        ann buys 1 stop 10100 @ 9000 on-mark; bob buys 1 stop 10050 @ 9001 on-mark | mark 10200 -> done; set-off #2 #1
        ann buys 1 stop 10100 @ 9000 on-mark; bob buys 1 stop 10100 @ 9001 on-mark | mark 10100 -> done; set-off #1 #2
        eve sells 1 @ 10200; dan sells 1 @ 10400; ann buys 1 stop 10100; bob buys 1 stop 10200 | trade 10100 -> filled;
            set-off #3 #4; ann entry 10200; bob entry 10400; last 10400
        eve sells 1 @ 10200; ann buys 1 stop 10100; bob buys 1 stop 10200 | cancel eve #1 -> Cancelled; #2 waits 1
        eve sells 1 @ 10200; bob buys 1 stop 10200 | batch ann buys 0.5 @ 10200 & ann buys 0.5 @ 10200 -> filled, filled;
            #2 ended TriggerRefused; ann is +1
        ann buys 1 stop 10100 on-mark @ 10100; state halted | mark 10100 -> refused: market-state
        ann buys 1 stop 10100 on-mark @ 10100; state reduce-only | mark 10100 -> done; #1 ended TriggerRefused
        ",
    );
}

#[test]
fn trailing_stops() {
    check(
        "
        bob buys 1 @ 9000; ann sells 1 trail 0.01 on-mark; mark 10200 | mark 10098.01 -> done; #2 waits 1
        bob buys 1 @ 9500; ann sells 1 trail 0.01 on-mark; mark 10200 | mark 10098 -> done; #2 ended Filled; ann is -1
        bob buys 1 @ 9500; ann sells 1 trail 0.01 on-mark from 10100; mark 9800 | mark 9900 -> done; #2 waits 1
        bob buys 1 @ 9500; ann sells 1 trail 0.01 on-mark from 10100; mark 10100 | mark 9999 -> done; #2 ended Filled
        bob sells 1 @ 10300; ann buys 1 trail 0.02 on-mark; mark 9800 | mark 9996 -> done; #2 ended Filled; ann is +1
        | ann sells 1 trail 0.21 -> refused: invalid
        ",
    );
}

/// Ann is long 1 from 10,000, bob short.
#[test]
fn reducing() {
    let given = "bob sells 1 @ 10000; ann buys 1 @ 10000";
    check_after(
        given,
        "
        | ann sells 1 @ 10100 reduce-only -> rests; ann holds 0; #3 rests 1
        | ann sells 2 @ 10100 reduce-only -> rests; #3 rests 1
        | ann buys 1 @ 9900 reduce-only -> refused: would-open
        | eve sells 1 @ 10100 reduce-only -> refused: would-open
        | ann sells 1 @ 10100 close -> refused: invalid
        ann sells 1 @ 10100 reduce-only | ann sells 0.5 @ 10200 reduce-only -> refused: would-open
        ann sells 0.6 @ 10100 reduce-only | ann sells 0.6 @ 10200 reduce-only -> rests; #4 rests 0.4
        eve buys 0.7 @ 9990; ann sells 0.6 @ 10100 reduce-only; ann sells 0.4 @ 10200 reduce-only |
            ann sells 0.7 @ 9990 -> filled; ann is +0.3; #4 rests 0.3; #5 ended NothingToReduce
        eve buys 1 @ 9990; ann sells 1 @ 10100 reduce-only | ann sells 1 market reduce-only -> filled; ann is flat;
            #4 ended NothingToReduce
        eve buys 2 @ 9990 | ann sells 2 market reduce-only -> filled; ann is flat; #3 rests 1
        eve buys 2 @ 9990 | ann sells 2 @ 9990 -> filled; ann is -1
        eve buys 2 @ 9900; ann sells all stop 9950 on-mark | mark 9950 -> done; ann is flat; #3 rests 1; #4 ended Filled
        eve buys 2 @ 9900; ann sells 1 @ 10100 reduce-only; ann sells all stop 9950 on-mark | mark 9950 -> done; ann is flat;
            #4 ended NothingToReduce; #5 ended Filled
        eve buys 2 @ 9900; ann sells all stop 9950 on-mark; ann sells 1 @ 9900 | mark 9950 -> done; #4 ended NothingToReduce
        eve buys 2 @ 9900; ann sells all stop 9950 on-mark @ 9900 | mark 9950 -> done; ann is flat; #4 ended Filled
        eve buys 2 @ 9900; ann sells 2 stop 9950 on-mark reduce-only | mark 9950 -> done; ann is flat; #4 ended Filled
        ann sells all take 10100 on-mark @ 10100 | mark 10100 -> done; #3 rests 1; ann holds 0
        | ann sells 1 stop 9950 close -> refused: invalid
        state reduce-only | ann sells 1 @ 10100 reduce-only -> rests
        state reduce-only | ann sells 1 @ 10100 -> refused: market-state
        ",
    );
}

#[test]
fn self_trades() {
    check(
        "
        ann sells 1 @ 10000 | ann buys 1 @ 10000 -> SelfTrade; #1 rests 1; ann is flat
        ann sells 1 @ 10000 | ann buys 1 @ 10000 expire-maker -> rests; #1 ended SelfTrade; book 1@10000 / -
        ann sells 1 @ 10000 | ann buys 1 @ 10000 expire-both -> SelfTrade; #1 ended SelfTrade; book - / -; ann free 10000
        bob sells 1 @ 9999; ann sells 1 @ 10000 | ann buys 2 @ 10000 -> SelfTrade after 1; ann is +1; #2 rests 1
        ann sells 1 @ 9999; bob sells 1 @ 10000 | ann buys 1 @ 10000 expire-maker -> filled; #1 ended SelfTrade; ann is +1
        ann sells 1 @ 10000 | ann buys 1 @ 10000 fok -> FillOrKill; #1 rests 1
        ",
    );
}

#[test]
fn names_batches_and_cancels() {
    check(
        "
        ann buys 1 @ 9900 id=a | ann buys 1 @ 9900 id=a -> repeated #1; ann orders 1
        ann buys 1 @ 9900 id=a | ann buys 2 @ 9900 id=a -> refused: duplicate-client-id; ann orders 1
        ann buys 1 @ 9900 id=a; cancel ann id=a | ann buys 1 @ 9900 id=a -> repeated #1; ann orders 0
        ann buys 1 @ 9900 id=a | bob buys 2 @ 9900 id=a -> rests
        ann buys 1 @ 9900 id=a | cancel ann id=a -> Cancelled; ann free 10000
        ann buys 1 @ 9900 | cancel ann #1 -> Cancelled; ann free 10000; ann holds 0
        ann buys 1 @ 9900 | cancel bob #1 -> refused: unknown-order
        ann buys 1 @ 9900; cancel ann #1 | cancel ann #1 -> refused: unknown-order
        | cancel ann id=none -> refused: unknown-order
        ann buys 1 @ 9900; ann buys 1 @ 9800; ann buys 1 stop 10100 | cancel ann all -> 3 cancelled; ann free 10000; ann orders 0
        ann buys 1 @ 9900; bob buys 1 @ 9800 | cancel ann all -> 1 cancelled; #2 rests 1
        ann buys 1 @ 9900; ann buys 1 @ 9800 | cancel ann #1 id=none #2 -> Cancelled, refused: unknown-order, Cancelled
        | batch ann buys 1 @ 9900 & ann buys 99 @ 9900 & ann buys 1 @ 9800 -> rests, refused: insufficient-balance, rests
        | batch ann buys 1 @ 9900 id=a & ann buys 1 @ 9900 id=a -> rests, repeated #1; ann orders 1
        ann buys 1 @ 9900; countdown ann 5s | wait 4s -> done; #1 rests 1
        ann buys 1 @ 9900; ann buys 1 stop 10100; countdown ann 5s | wait 5s -> done; #1 ended Countdown; #2 ended Countdown
        ann buys 1 @ 9900; countdown ann 5s; wait 3s; countdown ann 5s | wait 3s -> done; #1 rests 1
        ann buys 1 @ 9900; countdown ann 5s; countdown ann 0s | wait 9s -> done; #1 rests 1
        ann buys 1 @ 9900; bob buys 1 @ 9900; countdown ann 5s; wait 5s | ann buys 1 @ 9900 -> rests; #2 rests 1
        ",
    );
}

#[test]
fn holds_are_exact_and_makers_that_cannot_pay_go() {
    check(
        "
        ann buys 1 @ 10000; ann sells 1 @ 10000.1 | cancel ann #1 -> Cancelled; ann holds 1005.01005
        ann buys 1 @ 10000; ann buys 2 @ 9000 | cancel ann #1 -> Cancelled; ann holds 1809; ann free 8191
        ann buys 1 @ 10000; ann buys 2 @ 9000; cancel ann #1 | cancel ann #2 -> Cancelled; ann holds 0; ann free 10000
        ann buys 1 @ 10000 | bob sells 0.333 @ 10000 -> filled; ann holds 670.335; ann margin 333
        bob sells 1 @ 10000; ann buys 1 @ 10000 | ann sells 1 @ 10000 -> rests; ann holds 0
        bob sells 1 @ 10000; ann buys 1 @ 10000 | ann sells 3 @ 10000 -> rests; ann holds 2010
        ann sells 1 @ 10000; withdraw ann 8995; mark 10980 | bob buys 1 @ 10000 -> rests; #1 ended Unaffordable; ann is flat
        ann sells 1 @ 10000; bob sells 1 @ 10980; withdraw ann 8995; mark 10980 | eve buys 1 @ 10980 -> filled;
            #1 ended Unaffordable; #2 ended Filled; eve entry 10980
        ",
    );
}

#[test]
fn market_states() {
    check(
        "
        state post-only | ann buys 1 @ 9900 -> refused: market-state
        state post-only | ann buys 1 @ 9900 post-only -> rests
        state post-only | ann buys 1 stop 10100 -> waits
        state cancel-only | ann buys 1 @ 9900 post-only -> refused: market-state
        ann buys 1 @ 9900; state cancel-only | cancel ann #1 -> Cancelled
        ann buys 1 @ 9900; state halted | cancel ann all -> 1 cancelled
        state halted | ann buys 1 stop 10100 -> refused: market-state
        ann buys 1 @ 9900 gtd 5s; state halted | wait 5s -> done; #1 ended Expired
        state halted; state open | ann buys 1 @ 9900 -> rests
        ",
    );
}

#[test]
fn a_stale_mark_only_reduces() {
    let mut listing = linear();
    listing.feed.guard.stale_after_ms = 10_000;
    check_listed(
        &listing,
        "
        wait 10s | ann buys 1 @ 9900 -> rests
        wait 11s | ann buys 1 @ 9900 -> refused: no-mark
        bob sells 1 @ 10000; ann buys 1 @ 10000; wait 11s | ann sells 1 @ 10100 reduce-only -> rests
        bob sells 1 @ 10000; ann buys 1 @ 10000; wait 11s | ann sells 1 @ 10100 -> refused: no-mark
        wait 11s; mark 10000 | ann buys 1 @ 9900 -> rests
        ",
    );
}

#[test]
fn limits_are_answers() {
    let limits = Limits {
        orders: 3,
        orders_per_account: 2,
        conditionals: 2,
        conditionals_per_account: 1,
        batch: 2,
        window: WindowSize::LEAST,
        ..Limits::DEFAULT
    };
    check_on(
        || {
            let mut world = script::unmarked(limits, &linear());
            world.mark(LINEAR, "10000");
            world
        },
        "
        ann buys 1 @ 9900; ann buys 1 @ 9901 | ann buys 1 @ 9902 -> refused: limit-reached
        ann buys 1 @ 9900; ann buys 1 @ 9901; bob buys 1 @ 9902 | eve buys 1 @ 9903 -> refused: limit-reached
        ann buys 1 stop 10100 | ann buys 1 stop 10200 -> refused: limit-reached
        ann buys 1 stop 10100; bob buys 1 stop 10100 | eve buys 1 stop 10200 -> refused: limit-reached
        ann buys 1 @ 9900; ann buys 1 @ 9901; cancel ann #1 | ann buys 1 @ 9902 -> rests
        | batch ann buys 1 @ 9900 & ann buys 1 @ 9901 & bob buys 1 @ 9902 -> refused: limit-reached
        ",
    );
}
