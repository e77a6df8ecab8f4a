//! What is detected, and what is read of it.

use super::{BARS, funding, gzip, open, read, zip};
use crate::observation::{FundingRow, Observation, SeriesKind};
use crate::source::Progress;
use ringfence_risk::units::MarkPrice;
use zip::CompressionMethod::{Deflated, Stored};

/// Rows as text: `time open high low close` or `time price`.
fn rows(bytes: &[u8]) -> Vec<String> {
    let show = |row| match row {
        Observation::Bar(bar) => format!("{} {} {} {} {}", bar.open_time_ms, bar.open, bar.high, bar.low, bar.close),
        Observation::Tick(tick) => format!("{} {}", tick.time_ms, tick.price),
    };
    read(bytes).unwrap().into_iter().map(show).collect()
}

#[test]
fn layouts() {
    for (text, kind, label, first) in [
        (BARS, SeriesKind::Bars, "bars (ts_ms,open,high,low,close)", "1583884800000 7889.5 7889.5 7878 7878"),
        ("close,low,x,high,open,ts_ms\n2,1,?,4,3,9\n", SeriesKind::Bars, "bars (ts_ms,open,high,low,close)", "9 3 4 1 2"),
        (
            "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore\n\
             1746403200000,94230.20,94230.30,94159.70,94220.00,465.598,1746403259999,43861.2,9,1.5,1.5,0\n",
            SeriesKind::Bars,
            "bars (Binance klines: open_time,open,high,low,close,volume,close_time)",
            "1746403200000 94230.2 94230.3 94159.7 94220",
        ),
        (
            "1735689600123999,93576.00000000,93610.93000000,93537.50000000,93610.93000000,8.2,1735689659999999,7.1,2631,4.0,3.7,0\n",
            SeriesKind::Bars,
            "bars (Binance klines without header: 12 numbers, open_time,open,high,low,close first)",
            "1735689600123 93576 93610.93 93537.5 93610.93",
        ),
        ("ts_ms,trade_id,price,qty,side,type\n7,1,61804.8,4,buy,MARKET\n", SeriesKind::Ticks, "ticks (ts_ms,price)", "7 61804.8"),
        ("price,ts_ms\n+.5,7\n", SeriesKind::Ticks, "ticks (ts_ms,price)", "7 0.5"),
        (
            "id,price,qty,quote_qty,time,is_buyer_maker\n1,5.10,2,10.2,1746403200000,true\n",
            SeriesKind::Ticks,
            "ticks (Binance trades: id,price,qty,time,is_buyer_maker)",
            "1746403200000 5.1",
        ),
        (
            "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker\n1,5,2,1,1,1746403200000999,true\n",
            SeriesKind::Ticks,
            "ticks (Binance aggTrades: agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker)",
            "1746403200000 5",
        ),
    ] {
        let file = open(text.as_bytes()).unwrap();
        assert_eq!((file.kind(), file.describe()), (kind, format!("{label}, plain")));
        assert_eq!(rows(text.as_bytes()).first().map(String::as_str), Some(first));
    }
}

#[test]
fn every_compression_gives_the_same_rows() {
    let expected = read(BARS.as_bytes()).unwrap();
    assert_eq!(expected.len(), 3);
    let (head, tail) = BARS.as_bytes().split_at(50);
    for (bytes, name) in [
        (gzip(BARS.as_bytes()), "gzip"),
        ([gzip(head), gzip(tail)].concat(), "gzip"),
        (zip(&[("a.csv", BARS.as_bytes())], Deflated), "zip"),
        (zip(&[("folder/A.CSV", BARS.as_bytes())], Stored), "zip"),
    ] {
        assert_eq!(open(&bytes).unwrap().describe(), format!("bars (ts_ms,open,high,low,close), {name}"));
        assert_eq!(read(&bytes).unwrap(), expected);
    }
}

#[test]
fn line_ends_byte_order_mark_and_trailing_blank_lines_change_nothing() {
    let expected = read(BARS.as_bytes()).unwrap();
    for text in [BARS.replace('\n', "\r\n"), BARS.trim_end().to_owned(), format!("\u{feff}{BARS}"), format!("{BARS}\n\r\n  \n\n")]
    {
        assert_eq!(read(text.as_bytes()).unwrap(), expected, "{text:?}");
    }
}

#[test]
fn ticks_of_one_millisecond_keep_the_order_of_the_file() {
    assert_eq!(rows(b"ts_ms,price\n5,3\n5,1\n5,2\n"), ["5 3", "5 1", "5 2"]);
}

#[test]
fn the_extremes_of_a_price_are_read() {
    let text = format!("ts_ms,price\n0,{}\n9999999999999,{}\n", MarkPrice::LEAST, MarkPrice::GREATEST);
    assert_eq!(rows(text.as_bytes()), ["0 0.00000001", "9999999999999 1000000000"]);
    assert_eq!(rows(b"ts_ms,price\n1,000000000000000000001.5000000000000\n"), ["1 1.5"]);
}

#[test]
fn progress_counts_the_bytes_of_the_file() {
    let size = |bytes: &[u8]| u64::try_from(bytes.len()).unwrap();
    for bytes in [BARS.as_bytes().to_vec(), gzip(BARS.as_bytes())] {
        let mut file = open(&bytes).unwrap();
        assert_eq!(file.by_ref().count(), 3);
        assert_eq!(file.progress(), Progress { read: size(&bytes), total: size(&bytes) });
    }
    // An archive's directory stands behind its member and is not read again.
    let bytes = zip(&[("a.csv", BARS.as_bytes())], Stored);
    let directory = bytes.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    let mut file = open(&bytes).unwrap();
    assert_eq!(file.by_ref().count(), 3);
    assert_eq!(file.progress(), Progress { read: size(&bytes[..directory]), total: size(&bytes) });
}

#[test]
fn funding_files() {
    let row = |time_ms, rate: &str| FundingRow { time_ms, rate: rate.parse().unwrap() };
    for text in [
        "ts_ms,funding_rate\n1683849600000,-0.00061334\n1683878400000,0.0001\n",
        "ts_ms,coin,funding_rate,premium\n1683849600000,BTC,-0.00061334,-0.00091334\n1683878400000,BTC,0.0001,0\n",
        "calc_time,funding_interval_hours,last_funding_rate\n1683849600000,8,-0.00061334\n1683878400000,8,0.00010000\n",
    ] {
        let expected = [row(1_683_849_600_000, "-0.00061334"), row(1_683_878_400_000, "0.0001")];
        assert_eq!(funding(text.as_bytes()).unwrap(), expected);
        assert_eq!(funding(&gzip(text.as_bytes())).unwrap(), expected);
    }
}
