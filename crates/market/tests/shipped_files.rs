//! The recorded crashes that ship with the project, read through the public interface.

use ringfence_market::{Bar, FeedMarks, Observation, PriceFile, Reading, Recorded, SeriesKind, read_funding, read_premiums};
use std::path::{Path, PathBuf};

fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data").join(name)
}

#[test]
fn shipped_files_are_read_whole() {
    for (name, first, least, greatest) in [
        ("bitmex_XBTUSD_perp_1m_2020-03_11-14.csv.gz", 1_583_884_800_000, "3596", "7985"),
        ("bitmex_XBTUSD_perp_1m_2021-05_18-21.csv.gz", 1_621_296_000_000, "28157", "45798.5"),
    ] {
        let mut file = PriceFile::open(&shipped(name)).unwrap();
        assert_eq!((file.kind(), file.describe().as_str()), (SeriesKind::Bars, "bars (ts_ms,open,high,low,close), gzip"));
        let bars: Vec<Bar> = file
            .by_ref()
            .map(|row| match row.unwrap() {
                Observation::Bar(bar) => bar,
                Observation::Tick(tick) => panic!("{tick:?} in a file of bars"),
            })
            .collect();
        let times: Vec<i64> = bars.iter().map(|bar| bar.open_time_ms).collect();
        let expected: Vec<i64> = (0..5_760).map(|minute| first + minute * 60_000).collect();
        assert_eq!(times, expected);
        assert_eq!(bars.iter().map(|bar| bar.low).min(), Some(least.parse().unwrap()));
        assert_eq!(bars.iter().map(|bar| bar.high).max(), Some(greatest.parse().unwrap()));
        let progress = file.progress();
        assert_eq!((progress.read, progress.total), (progress.total, shipped(name).metadata().unwrap().len()));
    }
}

#[test]
fn a_file_that_cannot_be_opened_or_read_is_the_systems_fault() {
    let missing = shipped("no such file.csv");
    for error in [PriceFile::open(&missing).unwrap_err(), read_funding(&missing).unwrap_err()] {
        let expect = format!("{}: cannot open: No such file or directory (os error 2)", missing.display());
        assert_eq!(error.to_string(), expect);
        assert!(error.is_io());
    }
    let folder = shipped("");
    assert!(PriceFile::open(&folder).unwrap_err().is_io());
}

#[test]
fn the_recorded_feed_gives_a_book_that_agrees_with_the_quotes() {
    let path = shipped("binance-um_BTCUSDT_rawfeed_2024-08-08_2354.jsonl.gz");
    let mut feed = Recorded::open(&path, &Reading::default()).unwrap();
    let mut trades = 0_u32;
    while let Some(row) = feed.next() {
        row.unwrap();
        trades += 1;
        let book = feed.book().unwrap();
        assert!(book.best_bid().unwrap().0 < book.best_ask().unwrap().0);
        assert!(book.bids().count() >= 1_000 && book.asks().count() >= 1_000);
        assert!(book.bids().map(|(price, _)| price).is_sorted_by(|a, b| a > b));
    }
    assert_eq!((trades, feed.summary().to_string().as_str()), (396, "396 rows, no gap, 5 passed over"));
    let middle = Reading { marks: FeedMarks::Middle, ..Reading::default() };
    let mut quotes = Recorded::open(&path, &middle).unwrap();
    // The stream of quotes runs ahead of that of the book by some milliseconds; more often than not both show the same.
    let (mut same, mut all) = (0_u32, 0_u32);
    while let Some(row) = quotes.next() {
        let Observation::Tick(tick) = row.unwrap() else { panic!("a bar in a feed") };
        let book = quotes.book().unwrap();
        let (bid, ask) = (book.best_bid().unwrap().0, book.best_ask().unwrap().0);
        let apart = ((bid.raw() + ask.raw()) / 2 - tick.price.raw()).abs();
        assert!(apart * 5_000 < tick.price.raw(), "{bid} {ask} {tick:?}");
        (all, same) = (all + 1, same + u32::from(apart == 0));
    }
    assert!(same * 2 > all, "{same} of {all}");
}

#[test]
fn the_recorded_premiums_are_read_whole() {
    let rows = read_premiums(&shipped("hyperliquid_BTC_funding_premium_2023-05-12_2023-07-17.csv")).unwrap();
    let first = rows.first().unwrap();
    assert_eq!(
        (rows.len(), first.premium.to_string().as_str(), first.rate.to_string().as_str()),
        (1_038, "-0.00091334", "-0.00061334")
    );
}
