//! What time brings: funding, samples, settlements; and prices: sources that fall silent or lie, the three legs of the mark, its guard.
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test may stop at the first surprise, and looks for what it is about"
)]
mod script;
mod world;

use ringfence_engine::book::WindowSize;
use ringfence_engine::command::{Command, Listing, MarkSource};
use ringfence_engine::event::{Event, LedgerAccount, Posting, Reason};
use ringfence_engine::feed::{GuardRule, IndexRule};
use ringfence_engine::limits::Limits;
use ringfence_risk::plan::MarginMode;
use ringfence_risk::rule_set::FundingSource;
use script::{Script, account, check, check_listed, check_on};
use world::{LINEAR, World, inverse, linear, read};

/// Ann is long one, bob short one, from 10,000.
const OPEN: &str = "bob sells 1 @ 10000; ann buys 1 @ 10000";

#[test]
fn funding_moves_between_the_boxes_of_longs_and_shorts() {
    let rows = check(&format!(
        "
        {OPEN}; rate 0.001 | settle -> done; ann margin 990; ann free 8995; bob margin 1010; bob free 8998; insurance 0
        {OPEN}; rate -0.001 | settle -> done; ann margin 1010; bob margin 990; insurance 0
        {OPEN} | rate 0.001 -> done; ann liquidation 9036.14; bob liquidation 10956.18
        {OPEN}; rate 0.001 | settle -> done; ann liquidation 9046.18; bob liquidation 10966.14
        {OPEN}; mark 10500; rate 0.001 | settle -> done; ann margin 989.5; bob margin 1010.5
        {OPEN}; rate 0.001; settle | settle -> done; ann margin 989; rate 0.0001
        {OPEN}; rate 0.001; ann sells 0.5 @ 10000; eve buys 0.5 @ 10000 | settle -> done; ann margin 495; eve margin 495; bob margin 1010
        bob sells 0.001 @ 10000; ann buys 0.001 @ 10000; mark 10000.01; rate 0.00000003 | settle -> done; insurance 0.00000001
        | rate 0.02 -> done; rate 0.02
        | rate 0.0201 -> refused: invalid
        | rate -0.0201 -> refused: invalid
        {OPEN}; state halted | settle -> refused: market-state
        "
    ));
    assert_eq!(rows, 12);
}

/// The clock stands 6,400 seconds before a multiple of eight hours.
#[test]
fn funding_settles_on_the_hour() {
    check(&format!(
        "
        | wait 1s -> done; due in 6399000 ms
        {OPEN}; wait 1s | wait 6398s -> done; ann margin 1000; due in 1000 ms
        {OPEN}; wait 1s | wait 6399s -> done; ann margin 999; bob margin 1001; due in 28800000 ms
        {OPEN}; wait 1s | wait 30h -> done; ann margin 999; bob margin 1001
        {OPEN}; wait 1s; wait 6399s | wait 0s -> done; ann margin 999
        {OPEN}; wait 1s; rate 0.001 | wait 6399s -> done; ann margin 990; rate 0.0001
        {OPEN}; wait 1s; state halted | wait 6400s -> done; ann margin 1000
        {OPEN}; wait 1s; state halted; wait 6400s; state open | wait 0s -> done; ann margin 999
        {OPEN}; wait 1s | settle -> done; due in 6399000 ms
        | clock 1s -> refused: time-goes-back
        | wait 0s -> done
        "
    ));
}

/// A premium is sampled every five seconds with an order worth 10,000.
#[test]
fn premiums_make_the_rate() {
    check(
        "
        eve buys 1 @ 10020; dan sells 1 @ 10030 | wait 5s -> done; rate 0.0015
        eve buys 1.1 @ 9940; dan sells 1.1 @ 9950 | wait 5s -> done; rate -0.0045
        eve buys 1 @ 9999; dan sells 1 @ 10001 | wait 5s -> done; rate 0.0001
        eve buys 0.9 @ 10020; dan sells 1 @ 10030 | wait 5s -> done; rate 0.0001
        eve buys 0.5 @ 10030; eve buys 0.5 @ 10010; dan sells 1 @ 10040 | wait 5s -> done; rate 0.001502
        eve buys 1 @ 10020 | wait 5s -> done; rate 0.0001
        eve buys 1 @ 10900; dan sells 1 @ 10950 | wait 5s -> done; rate 0.02
        eve buys 1 @ 10020; dan sells 1 @ 10060; wait 5s; eve buys 1 @ 10050 | wait 5s -> done; rate 0.0035
        eve buys 1 @ 10020; dan sells 1 @ 10060; wait 5s; eve buys 1 @ 10050 | wait 4s -> done; rate 0.0015
        rate 0.003; eve buys 1 @ 10020; dan sells 1 @ 10030 | wait 5s -> done; rate 0.003
        rate 0.003; eve buys 1 @ 10020; dan sells 1 @ 10030; wait 5s; settle | wait 5s -> done; rate 0.0015
        ",
    );
}

#[test]
fn a_market_without_funding_offers_none() {
    let mut listing = linear();
    listing.funding.interval_ms = 0;
    check_listed(
        &listing,
        &format!(
            "
            | settle -> refused: not-offered
            | rate 0.001 -> refused: not-offered
            {OPEN} | wait 30h -> done; ann margin 1000
            eve buys 1 @ 10020; dan sells 1 @ 10030 | wait 5s -> done; rate 0.0001
            "
        ),
    );
}

#[test]
fn where_funding_is_paid_from() {
    let mut listing = linear();
    listing.rules.funding_source = FundingSource::Wallet;
    check_listed(
        &listing,
        &format!("{OPEN}; rate 0.001 | settle -> done; ann margin 1000; ann free 8985; bob margin 1000; bob free 9008"),
    );
    let listing = Listing { default_margin_mode: MarginMode::Cross, ..linear() };
    let paid = "rate 0.02; settle; ".repeat(5);
    check_listed(
        &listing,
        &format!(
            "
            {OPEN}; rate 0.001 | settle -> done; ann free 9985; bob free 10008
            {OPEN}; {paid} rate 0.02 | settle -> done; ann free 8795
            {OPEN}; ann buys 8.9 @ 9990; {paid} rate 0.02 | settle -> done; ann free 8795; #3 ended Unaffordable; ann holds 0
            hedge ann; bob sells 1 @ 10000; ann buys 1 @ 10000 long; eve buys 1 @ 10000; ann sells 1 @ 10000 short; rate 0.001 |
                settle -> done; ann free 9990; ann is +1 -1; bob free 10008; eve free 9988
            "
        ),
    );
}

#[test]
fn each_leg_of_a_hedge_pays_from_its_own_box() {
    check(
        "
        hedge ann; bob sells 1 @ 10000; ann buys 1 @ 10000 long; eve buys 1 @ 10000; ann sells 1 @ 10000 short; rate 0.001 |
            settle -> done; ann is +1 -1; ann margins 990 and 1010; bob margin 1010; eve margin 990
        ",
    );
}

/// At leverage four a box holds 2,500; ten payments of 240 leave 100, and the eleventh takes 140 out of a profit of 2,000.
#[test]
fn an_empty_box_pays_out_of_profit() {
    let listing = Listing { default_leverage: read("4"), ..linear() };
    let paid = "rate 0.02; settle; ".repeat(10);
    check_listed(
        &listing,
        &format!(
            "{OPEN}; mark 12000; {paid} rate 0.02 | settle -> done; ann margin 0; ann entry 10140; ann free 7495; bob margin 5140"
        ),
    );
    let listing = Listing { symbol: "XBTUSDT".to_owned(), default_leverage: read("4"), ..inverse() };
    let listing =
        Listing { contract: ringfence_risk::contract::ContractSpec { settlement: read("USDT"), ..listing.contract }, ..listing };
    check_listed(
        &listing,
        &format!(
            "
            bob sells 10000 @ 10000; ann buys 10000 @ 10000; rate 0.01 | settle -> done; ann margin 0.24; bob margin 0.26
            bob sells 10000 @ 10000; ann buys 10000 @ 10000; mark 12500; {} rate 0.02 | settle -> done; ann margin 0;
                ann entry 10060.3622; insurance 0
            ",
            "rate 0.02; settle; ".repeat(15)
        ),
    );
}

/// At leverage 100 the box holds 100 and owes 200: what is missing comes from the insurance fund, then from the receivers.
#[test]
fn what_payers_lack_is_covered_then_shared() {
    for (insured, payout, received) in [("500", 100, [140, 60]), ("30", 30, [91, 39]), ("0.5", 0, [70, 30])] {
        let world = World::with(Listing { default_leverage: read("100"), ..linear() }, inverse());
        let mut script = Script::new(world);
        let given = ["bob sells 0.7 @ 10000", "eve sells 0.3 @ 10000", "ann buys 1 @ 10000", "rate 0.02"];
        for step in given.into_iter().map(str::to_owned).chain([format!("insure {insured}")]) {
            assert!(!script.run(&step).contains("refused"), "{step}");
        }
        let mut events = Vec::new();
        script.world.engine.execute(&Command::SettleFunding { market: LINEAR }, &mut events).unwrap();
        script.world.engine.state().audit().unwrap();
        let settled = events.iter().position(|event| matches!(event, Event::FundingSettled { .. })).unwrap();
        let sum = |which: &dyn Fn(&Posting) -> bool| {
            let amount = |event: &Event| {
                if let Event::Posted(posting) = event
                    && which(posting)
                {
                    posting.amount.raw()
                } else {
                    0
                }
            };
            events[..settled].iter().map(amount).sum::<i128>() / 100_000_000
        };
        assert_eq!(sum(&|posting| matches!(posting.from, LedgerAccount::Margin(..))), 100, "the box is empty");
        assert_eq!(sum(&|posting| matches!(posting.from, LedgerAccount::Wallet(_))), 0, "the wallet pays nothing");
        assert_eq!(sum(&|posting| posting.reason == Reason::InsurancePayout), payout);
        for (who, amount) in ["bob", "eve"].into_iter().zip(received) {
            let to = |posting: &Posting| matches!(posting.to, LedgerAccount::Margin(owner, ..) if owner == account(who));
            assert_eq!(sum(&to), amount, "{who} with {insured} insured");
        }
    }
}

/// Two sources must agree within 5 %, no older than 5 s; a mark may move 5 % at once, within 20 % of the index, and lives 10 s.
fn quoted() -> Listing {
    let mut listing = linear();
    listing.feed.mark_source = MarkSource::Median;
    listing.feed.index = IndexRule { least_fresh: 2, stale_after_ms: 5_000, outlier: read("0.05") };
    listing.feed.guard = GuardRule { jump: read("0.05"), band: read("0.2"), stale_after_ms: 10_000 };
    listing
}

#[test]
fn sources_of_the_index() {
    let limits = Limits { window: WindowSize::LEAST, ..Limits::DEFAULT };
    check_on(
        || script::unmarked(limits, &quoted()),
        "
        quote 0 10000 | ann buys 1 @ 9900 -> refused: no-mark
        quote 0 10000 | settle -> refused: no-mark
        quote 0 10000 | quote 1 10002 -> done; index 10001; mark 10001
        quote 0 10000; quote 1 10002 | quote 2 20000 -> done; index 10002
        quote 0 10000; quote 1 10002; quote 2 10004; wait 4s; quote 0 10000; quote 1 10002 | wait 2s -> done; index 10001
        quote 0 10000; quote 1 10002; wait 10s | ann buys 1 @ 9900 -> rests
        quote 0 10000; quote 1 10002; wait 11s | ann buys 1 @ 9900 -> refused: no-mark
        quote 0 10000; quote 1 10002; wait 4s; wait 10s | ann buys 1 @ 9900 -> rests
        quote 0 10000; quote 1 10002; wait 11s; quote 0 10000 | ann buys 1 @ 9900 -> refused: no-mark
        quote 0 10000; quote 1 10002; wait 11s; quote 0 10000; quote 1 10002 | ann buys 1 @ 9900 -> rests
        quote 0 10000; quote 1 10000 | mark 10000 -> refused: invalid
        quote 0 10000; quote 1 10000; rate 0.01; settle; quote 0 1000000000 | quote 1 1000000000 -> done; mark 10000
        ",
    );
    check("| quote 0 10000 -> refused: invalid");
}

#[test]
fn three_legs_make_the_mark() {
    let limits = Limits { window: WindowSize::LEAST, ..Limits::DEFAULT };
    let book = "eve buys 1 @ 10040; dan sells 1 @ 10060";
    check_on(
        || script::unmarked(limits, &quoted()),
        &format!(
            "
            quote 0 10000; quote 1 10000; trade 10050 | quote 0 10000 -> done; mark 10000; last 10050
            quote 0 10000; quote 1 10000; {book} | quote 0 10000 -> done; mark 10000
            quote 0 10000; quote 1 10000; trade 10050; {book} | quote 0 10000 -> done; mark 10050
            quote 0 10000; quote 1 10000; trade 10045; {book} | wait 1s -> done; mark 10045
            quote 0 10000; quote 1 10000; trade 10100; rate 0.01; settle | quote 0 10000 -> done; mark 10022.22
            quote 0 10000; quote 1 10000; trade 10100; rate 0.01; settle | wait 3s -> done; mark 10022.21
            "
        ),
    );
}

#[test]
fn the_guard_of_the_mark() {
    let limits = Limits { window: WindowSize::LEAST, ..Limits::DEFAULT };
    check_on(
        || script::unmarked(limits, &quoted()),
        "
        quote 0 10000; quote 1 10000 | quote 1 11000 -> done; index 10500; mark 10500
        quote 0 10000; quote 1 10000 | quote 1 11020 -> done; index 10510; mark 10000
        quote 0 10000; quote 1 10000; quote 1 11020 | quote 0 11000 -> done; mark 11010
        quote 0 10000; quote 1 10000; quote 1 11020 | quote 1 10000 -> done; mark 10000
        quote 0 10000; quote 1 10000; quote 1 11020 | wait 1s -> done; mark 10000
        ",
    );
    let mut direct = quoted();
    direct.feed.mark_source = MarkSource::Direct;
    check_listed(
        &direct,
        "
        | mark 10500 -> done; mark 10500
        | mark 10500.01 -> done; mark 10000
        mark 10600 | mark 10601 -> done; mark 10601
        mark 10600 | mark 10001 -> done; mark 10001
        | mark 10400 index 8000 -> done; mark 10000
        | mark 10000.005 -> refused: mark-not-believed
        ann buys 1 stop 10550 @ 10550 on-mark | mark 10600 -> done; #1 waits 1
        ann buys 1 stop 10550 @ 10550 on-mark; mark 10600 | mark 10600 -> done; #1 rests 1
        ",
    );
}
