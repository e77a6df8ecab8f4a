//! What everybody may ask of a market: trades, aggregates, candles, a day's statistics, funding, open interest, changes of the book.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod record_support;

use record_support::chance::Chance;
use record_support::{BEGIN, INVERSE, LINEAR, World, inverse, limit, linear, read};
use ringfence_engine::command::{Command, NewOrder, OrderKind};
use ringfence_engine::ids::MarketId;
use ringfence_engine::time::Time;
use ringfence_risk::filters::OrderSide::{self, Buy, Sell};
use ringfence_server::record::{CandleWindow, Interval, OpenInterest, PublicTrade, RecordLimits, TradeCandle, Window};

const MINUTE: u64 = 60_000;
const ALL: CandleWindow = CandleWindow { start: None, end: None, limit: 100_000 };

fn market(account: u32, side: OrderSide, quantity: &str) -> NewOrder {
    NewOrder { kind: OrderKind::Market, ..limit(account, LINEAR, side, quantity, "1") }
}

fn now(world: &World) -> Time {
    world.engine.state().clock()
}

/// One sells to another at a price.
fn trade(world: &mut World, quantity: &str, price: &str) {
    world.place(limit(0, LINEAR, Sell, quantity, price));
    world.place(limit(1, LINEAR, Buy, quantity, price));
}

#[test]
fn fills_of_one_order_at_one_price_are_one_aggregate() {
    let mut world = World::new();
    for (quantity, price) in [("0.1", "10000"), ("0.2", "10000"), ("0.1", "10010")] {
        world.place(limit(0, LINEAR, Sell, quantity, price));
    }
    world.place(market(1, Buy, "0.25"));
    world.place(market(2, Buy, "0.15"));
    let rows: Vec<(u64, String, String, u64, u64)> = world
        .record
        .aggregate_trades(LINEAR, &Window::ALL)
        .iter()
        .map(|one| (one.id, one.price.to_string(), one.quantity.to_string(), one.first.0, one.last.0))
        .collect();
    let row = |id, price: &str, quantity: &str, first, last| (id, price.to_owned(), quantity.to_owned(), first, last);
    let expected = [row(1, "10000", "0.25", 1, 2), row(2, "10000", "0.05", 3, 3), row(3, "10010", "0.1", 4, 4)];
    assert_eq!(rows, expected);
    let ids: Vec<u64> = world.record.trades(LINEAR, &Window::latest(3)).iter().map(|one| one.id.0).collect();
    assert_eq!((ids, world.record.last_trade(LINEAR).unwrap().price), (vec![2, 3, 4], read("10010")));
}

fn row(candle: &TradeCandle) -> (u64, [String; 7], u64) {
    let prices = candle.prices;
    let numbers = [
        prices.open.to_string(),
        prices.high.to_string(),
        prices.low.to_string(),
        prices.close.to_string(),
        candle.volume.to_string(),
        candle.value.to_string(),
        candle.taker_buy_volume.to_string(),
    ];
    ((prices.open_time.ms() - Interval::Minute1.start(Time::from_ms(BEGIN)).ms()) / MINUTE, numbers, candle.trades)
}

#[test]
fn candles_begin_with_the_first_mark_and_go_on_without_trades() {
    let mut world = World::new();
    world.pass(MINUTE);
    trade(&mut world, "0.1", "10005");
    trade(&mut world, "0.2", "9995");
    world.place(limit(1, LINEAR, Buy, "0.1", "10000"));
    world.place(market(0, Sell, "0.1"));
    world.pass(2 * MINUTE);
    let rows: Vec<_> = world.record.candles(LINEAR, Interval::Minute1, &ALL, now(&world)).iter().map(row).collect();
    let flat = |minute, price: &str| (minute, [price, price, price, price, "0", "0", "0"].map(str::to_owned), 0);
    let traded = ["10005", "10005", "9995", "10000", "0.4", "3999.5", "0.3"].map(str::to_owned);
    assert_eq!(rows, [flat(0, "10000"), (1, traded, 3), flat(2, "10000"), flat(3, "10000")]);
    let last = world.record.candles(LINEAR, Interval::Minute1, &CandleWindow { limit: 1, ..ALL }, now(&world))[0];
    assert_eq!(last.prices.close_time.ms(), last.prices.open_time.ms() + MINUTE - 1);
    assert_eq!(world.record.candles(MarketId(7), Interval::Minute1, &ALL, now(&world)), []);
}

#[test]
fn a_premium_is_mark_over_index_once_both_have_moved() {
    let mut world = World::new();
    world.run(&Command::SetMark { market: LINEAR, mark: read("12000"), index: read("12000") });
    world.run(&Command::SetMark { market: LINEAR, mark: read("9900"), index: read("10000") });
    let premium = world.record.premium_candles(LINEAR, Interval::Hour1, &ALL, now(&world))[0];
    assert_eq!((premium.open, premium.high, premium.low), (read("0"), read("0"), read("-0.01")));
    let mark = world.record.mark_candles(LINEAR, Interval::Hour1, &ALL, now(&world))[0];
    assert_eq!((mark.open, mark.high, mark.low, mark.close), (read("10000"), read("12000"), read("9900"), read("9900")));
    let index = world.record.index_candles(LINEAR, Interval::Hour1, &ALL, now(&world))[0];
    assert_eq!((index.low, index.close), (read("10000"), read("10000")));
}

#[test]
fn a_day_is_counted_by_whole_minutes() {
    let mut world = World::new();
    assert_eq!(world.record.ticker(world.engine.state(), LINEAR), None);
    trade(&mut world, "0.1", "10000");
    world.pass(MINUTE);
    trade(&mut world, "0.2", "9990");
    trade(&mut world, "0.1", "10020");
    let day = |world: &World| {
        let ticker = world.record.ticker(world.engine.state(), LINEAR).unwrap();
        let prices = [ticker.open, ticker.high, ticker.low, ticker.last].map(|price| price.to_string());
        let average = ticker.weighted_average.map(|price| price.to_string());
        (prices, ticker.volume.to_string(), ticker.trades, ticker.ids.map(|(first, last)| (first.0, last.0)), average)
    };
    let prices = |prices: [&str; 4]| prices.map(str::to_owned);
    let all = (prices(["10000", "10020", "9990", "10020"]), "0.4".to_owned(), 3, Some((1, 3)), Some("10000".to_owned()));
    assert_eq!(day(&world), all);
    world.pass(1_438 * MINUTE);
    assert_eq!(day(&world), all, "the first minute is the 1,439th before this one");
    world.pass(MINUTE);
    let two = (prices(["9990", "10020", "9990", "10020"]), "0.3".to_owned(), 2, Some((2, 3)), Some("10000".to_owned()));
    assert_eq!(day(&world), two);
    world.pass(MINUTE);
    let none = (prices(["10020"; 4]), "0".to_owned(), 0, None, None);
    assert_eq!(day(&world), none);
}

#[test]
fn funding_and_open_interest_have_a_history() {
    let mut world = World::new();
    trade(&mut world, "0.1", "10000");
    world.run(&Command::SetFundingRate { market: LINEAR, rate: read("0.001") });
    world.run(&Command::SettleFunding { market: LINEAR });
    let settled = world.record.funding_history(LINEAR, &Window::latest(5));
    let rows: Vec<_> = settled.iter().map(|one| (one.time.ms(), one.rate, one.mark)).collect();
    assert_eq!(rows, [(BEGIN, read("0.001"), read("10000"))]);
    world.pass(5 * MINUTE);
    world.pass(MINUTE);
    world.place(limit(0, LINEAR, Sell, "0.3", "10000"));
    world.place(limit(2, LINEAR, Buy, "0.3", "10000"));
    world.pass(4 * MINUTE);
    let samples = |interval| -> Vec<(u64, String, String)> {
        let told =
            |one: &&OpenInterest| (one.time.ms() % (60 * MINUTE) / MINUTE, one.quantity.to_string(), one.value.to_string());
        world.record.open_interest_history(LINEAR, interval, &Window::ALL).iter().map(told).collect()
    };
    let row = |minute, quantity: &str, value: &str| (minute, quantity.to_owned(), value.to_owned());
    // It is 22:13:20 in the beginning. The clock of the world started before there were markets.
    assert_eq!(samples(Interval::Minutes5), [row(15, "0.1", "1000"), row(20, "0.4", "4000")]);
    assert_eq!(samples(Interval::Minutes15), [row(15, "0.1", "1000")]);
}

#[test]
fn book_changes_are_kept_only_for_those_who_ask_and_given_up_where_nobody_does() {
    let mut world = World::with(linear(), inverse(), RecordLimits { book_changes: 4, ..RecordLimits::DEFAULT });
    world.place(limit(0, LINEAR, Sell, "0.1", "10000"));
    let take = |world: &mut World| world.record.take_book_changes(world.engine.state(), LINEAR);
    assert_eq!((take(&mut world), world.record.book_update_id(LINEAR)), (None, 1), "following begins");
    world.place(limit(0, LINEAR, Sell, "0.2", "10000"));
    world.place(limit(0, LINEAR, Buy, "0.1", "9000"));
    world.place(market(1, Buy, "0.1"));
    let changes = take(&mut world).unwrap();
    let levels: Vec<_> = changes.levels.iter().map(|one| (one.side, one.price.raw(), one.lots.raw())).collect();
    assert_eq!((changes.first, changes.last, changes.is_complete), (2, 4, true));
    assert_eq!(levels, [(Buy, 90_000, 100), (Sell, 100_000, 200)]);
    for price in ["9001", "9002", "9003", "9004", "9005", "9006"] {
        world.place(limit(0, LINEAR, Buy, "0.1", price));
    }
    let changes = take(&mut world).unwrap();
    assert_eq!((changes.first, changes.last, changes.is_complete, changes.levels), (5, 10, false, vec![]));
    world.place(limit(0, LINEAR, Buy, "0.1", "9007"));
    assert_eq!(take(&mut world).map(|changes| (changes.first, changes.last, changes.is_complete)), Some((11, 11, true)));
}

/// A candle counted from the trades themselves.
fn counted(trades: &[&PublicTrade], prices: ringfence_server::record::Candle<ringfence_risk::units::Price>) -> [i128; 9] {
    let within = trades.iter().filter(|one| one.time >= prices.open_time && one.time <= prices.close_time);
    let within: Vec<_> = within.collect();
    let (Some(first), Some(last)) = (within.first(), within.last()) else {
        return [prices.open.wide(), prices.open.wide(), prices.open.wide(), prices.open.wide(), 0, 0, 0, 0, 0];
    };
    let of = |value: fn(&PublicTrade) -> i128| within.iter().map(move |one| value(one));
    let bought =
        |value: fn(&PublicTrade) -> i128| within.iter().filter(|one| one.taker_side == Buy).map(|one| value(one)).sum::<i128>();
    [
        first.price.wide(),
        of(|one| one.price.wide()).max().unwrap(),
        of(|one| one.price.wide()).min().unwrap(),
        last.price.wide(),
        of(|one| one.quantity.wide()).sum(),
        of(|one| one.value.raw()).sum(),
        i128::try_from(within.len()).unwrap(),
        bought(|one| one.quantity.wide()),
        bought(|one| one.value.raw()),
    ]
}

#[test]
fn candles_and_aggregates_are_what_the_trades_make() {
    let mut candles_seen = 0;
    for seed in 0..6 {
        let limits = RecordLimits { candles: 100_000, ..RecordLimits::DEFAULT };
        let mut world = World::with(linear(), inverse(), limits);
        let mut chance = Chance::new(seed);
        for _ in 0..1_500 {
            let command = chance.command(world.engine.state());
            let _ = world.try_run(&command);
        }
        for market in [LINEAR, INVERSE] {
            let trades = world.record.trades(market, &Window::ALL);
            let ids: Vec<u64> = trades.iter().map(|one| one.id.0).collect();
            assert_eq!(ids, (1..=world.engine.state().market(market).unwrap().trades()).collect::<Vec<_>>());
            for interval in Interval::ALL.into_iter().skip(usize::from(seed != 0)) {
                let candles = world.record.candles(market, interval, &ALL, now(&world));
                let mut close = candles[0].prices.open;
                for candle in &candles {
                    let TradeCandle { prices, volume, value, trades: count, taker_buy_volume, taker_buy_value } = *candle;
                    let sums = [volume, value, taker_buy_volume, taker_buy_value].map(|sum| sum.raw());
                    let shown = [prices.open, prices.high, prices.low, prices.close].map(|price| price.wide());
                    let [open, high, low, last] = shown;
                    let shown = [open, high, low, last, sums[0], sums[1], i128::from(count), sums[2], sums[3]];
                    assert_eq!(shown, counted(&trades, prices), "{} {prices:?}", interval.name());
                    assert!(count > 0 || prices.open == close, "the close before");
                    close = prices.close;
                    candles_seen += usize::from(count > 0);
                }
                let gaps = candles.windows(2).filter(|two| two[1].prices.open_time.ms() != two[0].prices.close_time.ms() + 1);
                assert_eq!(gaps.count(), 0, "{}", interval.name());
                assert!(candles.last().unwrap().prices.close_time >= now(&world), "the last one is open");
            }
            let mut next = 1;
            for (number, one) in (1..).zip(world.record.aggregate_trades(market, &Window::ALL)) {
                let parts: Vec<_> = trades.iter().filter(|part| part.id >= one.first && part.id <= one.last).collect();
                assert_eq!((one.id, one.first.0), (number, next));
                assert!(
                    parts.iter().all(|part| (part.price, part.time, part.taker_side) == (one.price, one.time, one.taker_side))
                );
                assert_eq!(parts.iter().map(|part| part.quantity.wide()).sum::<i128>(), one.quantity.wide());
                next = one.last.0 + 1;
            }
            assert_eq!(next, trades.len() as u64 + 1, "every trade is in an aggregate");
        }
    }
    assert!(candles_seen > 1_000, "{candles_seen}");
}
