//! What one liquidation and one hour may take from an insurance fund, and what leaves while a loss of the venue is uncovered.
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test may stop at the first surprise, and looks for what it is about"
)]
mod liquidation_support;
mod world;

use liquidation_support::{OTHER, one_long, plain, world};
use ringfence_engine::book::AccountId;
use ringfence_engine::command::{Command, Listing, MarketState, Transfer};
use ringfence_engine::reject::Reject;
use ringfence_engine::time::Time;
use ringfence_risk::rule_set::LiquidationStep::SocialiseLoss;
use ringfence_risk::units::{Amount, Side};
use world::{BTC, LINEAR, USDT, World, read};

/// The first full hour of engine time after the world's beginning: 2023-11-14 23:00 UTC.
const NEXT_HOUR: u64 = 472_223 * 3_600_000;

fn cap(text: &str) -> Option<Amount> {
    (text != "-").then(|| read(text))
}

fn capped(per_liquidation: &str, per_hour: &str) -> Listing {
    let mut listing = plain();
    listing.caps.insurance_per_liquidation = cap(per_liquidation);
    listing.caps.insurance_per_hour = cap(per_hour);
    listing
}

/// The same where a deficit is paid out at once, instead of taken over with its position.
fn paying(per_liquidation: &str, per_hour: &str) -> Listing {
    let mut listing = capped(per_liquidation, per_hour);
    listing.rules.liquidation_steps = vec![SocialiseLoss];
    listing
}

impl World {
    fn time(&mut self, ms: u64) {
        self.run(&Command::AdvanceTime { to: Time::from_ms(ms) });
    }

    fn lost(&self) -> String {
        let state = self.engine.state();
        Amount::from_wide(state.market(LINEAR).unwrap().ledger().insurance_lost(state.clock())).unwrap().to_string()
    }

    fn left(&self) -> String {
        self.engine.state().market_view(LINEAR).unwrap().unwrap().insurance_left.to_string()
    }

    fn withdrawal(&mut self, account: u32, asset: ringfence_engine::ids::AssetId, amount: &str) -> Result<(), Reject> {
        let transfer = Transfer { account: AccountId(account), asset, amount: read(amount) };
        self.try_run(&Command::Withdraw(transfer)).map(drop)
    }
}

/// Account 0's coin is 200 beyond bankruptcy at 8,800. Insured, cap of a liquidation, cap of an hour: lots the fund takes over, lots that are
/// deleveraged at the bankruptcy price.
const TAKEOVERS: &str = "
    500  -     -      -> 1000 0
    500  50    -      -> 250 750
    500  50.1  -      -> 250 750
    500  49.9  -      -> 249 751
    500  0     -      -> 0 1000
    500  -     50     -> 249 751
    500  -     50.01  -> 250 750
    500  -     0      -> 0 1000
    500  50    50     -> 249 751
    500  50    10     -> 49 951
    500  10    50     -> 50 950
    500  1000  1000   -> 1000 0
    100  1000  1000   -> 499 501
    0    1000  1000   -> 0 1000";

#[test]
fn a_takeover_stops_at_the_caps_and_the_rest_is_deleveraged() {
    for row in TAKEOVERS.lines().filter(|row| !row.trim().is_empty()) {
        let words: Vec<&str> = row.split_whitespace().collect();
        let [insured, liquidation, hour, _, taken, closed] = words[..] else { panic!("{row}") };
        let mut world = one_long(capped(liquidation, hour));
        if insured != "0" {
            world.insure(LINEAR, insured);
        }
        world.mark(LINEAR, "8800");
        let lots = world.fund(LINEAR).map_or(0, |(_, size, _)| read::<ringfence_risk::units::Quantity>(&size).raw() / 100_000);
        let deleveraged: u64 = world.deleveraged().iter().map(|(_, lots, _)| *lots).sum();
        assert_eq!((lots.to_string().as_str(), deleveraged.to_string().as_str()), (taken, closed), "{row}");
        assert_eq!((world.free(0, USDT).as_str(), world.insurance(LINEAR).as_str()), ("9000", insured), "{row}");
        assert_eq!(world.uncovered(LINEAR), "0", "{row}");
    }
}

/// Account 0's deficit at 8,800 is 200, account 1's profit 1,200. Insured, cap of a liquidation, cap of an hour: what the fund pays, what is cut.
const PAYOUTS: &str = "
    500  -    -    -> 200 0
    500  50   -    -> 50 150
    500  -    50   -> 50 150
    500  120  50   -> 50 150
    500  50   120  -> 50 150
    500  0    -    -> 0 200
    500  -    0    -> 0 200
    30   50   50   -> 30 170";

#[test]
fn a_payout_stops_at_the_caps_and_the_rest_is_socialised() {
    for row in PAYOUTS.lines().filter(|row| !row.trim().is_empty()) {
        let words: Vec<&str> = row.split_whitespace().collect();
        let [insured, liquidation, hour, _, paid, cut] = words[..] else { panic!("{row}") };
        let mut world = one_long(paying(liquidation, hour));
        world.insure(LINEAR, insured);
        world.mark(LINEAR, "8800");
        let left = read::<Amount>(insured).minus(read(paid)).unwrap();
        assert_eq!((world.insurance(LINEAR), world.lost()), (left.to_string(), paid.to_owned()), "{row}");
        let expected: Vec<(u32, String)> = if cut == "0" { vec![] } else { vec![(1, cut.to_owned())] };
        assert_eq!((world.haircuts(), world.uncovered(LINEAR).as_str()), (expected, "0"), "{row}");
    }
}

#[test]
fn an_hour_is_from_full_hour_to_full_hour() {
    let mut world = world(paying("-", "150"));
    world.insure(LINEAR, "1000");
    world.trade(LINEAR, (0, 1), "1", "10000");
    world.mark(LINEAR, "8800");
    assert_eq!((world.insurance(LINEAR).as_str(), world.lost().as_str(), world.left().as_str()), ("850", "150", "0"));
    // Later in the same hour nothing is left, however much the fund has or is given.
    world.insure(LINEAR, "1000");
    world.mark(LINEAR, "10000");
    world.time(NEXT_HOUR - 1);
    world.mark(LINEAR, "10000");
    world.trade(LINEAR, (2, 3), "1", "10000");
    world.mark(LINEAR, "8800");
    assert_eq!((world.insurance(LINEAR).as_str(), world.haircuts()), ("1850", vec![(3, "200".into())]));
    // In the next hour it is.
    world.mark(LINEAR, "10000");
    world.time(NEXT_HOUR);
    world.mark(LINEAR, "10000");
    assert_eq!((world.lost().as_str(), world.left().as_str()), ("0", "150"));
    world.trade(LINEAR, (2, 3), "1", "10000");
    world.mark(LINEAR, "8800");
    assert_eq!((world.insurance(LINEAR).as_str(), world.lost().as_str()), ("1700", "150"));
}

#[test]
fn a_cap_for_a_liquidation_is_for_each_of_them() {
    let mut world = world(paying("150", "-"));
    world.insure(LINEAR, "1000");
    world.trade(LINEAR, (0, 1), "1", "10000");
    world.trade(LINEAR, (2, 3), "1", "10000");
    world.mark(LINEAR, "8800");
    assert_eq!((world.liquidated().len(), world.insurance(LINEAR).as_str()), (2, "700"));
}

#[test]
fn a_fund_that_has_lost_what_an_hour_allows_is_deleveraged_with_its_money_unspent() {
    let mut world = one_long(capped("-", "100"));
    world.insure(LINEAR, "1000");
    world.mark(LINEAR, "9040");
    assert_eq!(world.fund(LINEAR), Some((Side::Long, "1".into(), "9000".into())));
    world.mark(LINEAR, "8900");
    assert_eq!(world.deleveraged(), [], "as much as the hour allows");
    world.mark(LINEAR, "8899.99");
    assert_eq!(world.deleveraged(), [(1, 1_000, "8900".into())]);
    assert_eq!((world.fund(LINEAR), world.insurance(LINEAR), world.lost()), (None, "900".into(), "100".into()));
    assert_eq!(world.uncovered(LINEAR), "0");
}

#[test]
fn a_fund_sells_at_a_loss_only_as_far_as_an_hour_allows() {
    let mut world = one_long(capped("-", "3"));
    world.insure(LINEAR, "1000");
    world.mark(LINEAR, "9045.22");
    world.bid(2, LINEAR, "1", "8995");
    world.mark(LINEAR, "9001");
    assert!(world.fund(LINEAR).is_some(), "selling would cost 5, and an hour allows 3");
    world.bid(3, LINEAR, "1", "8997");
    world.mark(LINEAR, "9001");
    assert_eq!((world.fund(LINEAR), world.insurance(LINEAR), world.lost()), (None, "997".into(), "3".into()));
}

#[test]
fn what_a_fund_earns_does_not_widen_its_cap() {
    let mut world = one_long(capped("-", "150"));
    world.insure(LINEAR, "1000");
    world.mark(LINEAR, "9045.22");
    world.bid(2, LINEAR, "1", "9095");
    world.mark(LINEAR, "9100");
    assert_eq!((world.insurance(LINEAR).as_str(), world.lost().as_str(), world.left().as_str()), ("1095", "0", "150"));
}

#[test]
fn a_cap_lowered_below_what_was_lost_counts_as_just_reached() {
    let mut world = one_long(paying("-", "150"));
    world.insure(LINEAR, "1000");
    world.mark(LINEAR, "8800");
    let change = |hour| Command::ChangeMarket { market: LINEAR, listing: Box::new(paying("-", hour)) };
    for (hour, lost, left) in
        [("200", "150", "50"), ("100", "100", "0"), ("120", "100", "20"), ("0", "0", "0"), ("-", "0", "850")]
    {
        world.run(&change(hour));
        assert_eq!((world.lost().as_str(), world.left().as_str()), (lost, left), "{hour}");
    }
}

#[test]
fn caps_below_zero_are_refused() {
    for listing in [capped("-0.00000001", "-"), capped("-", "-1")] {
        let mut world = world(plain());
        let outcome = world.try_run(&Command::ChangeMarket { market: LINEAR, listing: Box::new(listing) });
        assert!(matches!(outcome, Err(Reject::BadListing { .. })), "{outcome:?}");
    }
}

/// Account 0's deficit of 200 is nobody's profit: it is the venue's.
fn uncovered() -> World {
    let mut world = one_long(plain());
    world.mark(LINEAR, "9100");
    world.trade(LINEAR, (1, 2), "1", "8750");
    world.mark(LINEAR, "8800");
    assert_eq!(world.uncovered(LINEAR), "200");
    world
}

#[test]
fn nothing_of_an_asset_leaves_while_a_loss_in_it_is_uncovered() {
    let mut world = uncovered();
    let refused = |amount: &str| Err(Reject::UncoveredLoss { amount: read(amount) });
    assert_eq!(world.withdrawal(3, USDT, "1"), refused("200"));
    assert_eq!(Reject::UncoveredLoss { amount: read("200") }.code(), (119, "uncovered-loss"));
    assert_eq!(world.withdrawal(3, BTC, "1"), Ok(()), "another asset");
    world.deposit(3, USDT, "5");
    world.run(&Command::TransferBetween {
        from: AccountId(3),
        to: Transfer { account: AccountId(0), asset: USDT, amount: read("5") },
    });
    world.trade(LINEAR, (0, 3), "0.1", "8800");
    // Another market's fund is another market's.
    world.insure(OTHER, "1000");
    assert_eq!(world.withdrawal(3, USDT, "1"), refused("200"));
    world.insure(LINEAR, "150");
    assert_eq!((world.uncovered(LINEAR).as_str(), world.insurance(LINEAR).as_str()), ("50", "0"));
    assert_eq!(world.withdrawal(3, USDT, "1"), refused("50"));
    world.insure(LINEAR, "80");
    assert_eq!((world.uncovered(LINEAR).as_str(), world.insurance(LINEAR).as_str()), ("0", "30"));
    assert_eq!(world.withdrawal(3, USDT, "1"), Ok(()));
}

#[test]
fn a_loss_of_a_settled_market_can_be_funded() {
    let mut world = uncovered();
    world.state_to(LINEAR, MarketState::Settled);
    assert!(world.withdrawal(3, USDT, "1").is_err());
    let owed = world.uncovered(LINEAR);
    world.insure(LINEAR, &owed);
    assert_eq!((world.uncovered(LINEAR).as_str(), world.withdrawal(3, USDT, "1")), ("0", Ok(())));
}

#[test]
fn a_withdrawal_is_refused_for_what_it_is_before_it_is_for_what_is_uncovered() {
    let mut world = uncovered();
    assert!(matches!(world.withdrawal(99, USDT, "1"), Err(Reject::Unknown { .. })));
    assert!(matches!(world.withdrawal(3, USDT, "0"), Err(Reject::Core(_))));
    assert!(matches!(world.withdrawal(3, USDT, "99999999"), Err(Reject::UncoveredLoss { .. })));
}
