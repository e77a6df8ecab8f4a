//! Every dump of Binance and BitMEX, with and without its header: what is told, and the first row.

use super::{open, open_as, read};
use crate::observation::{Observation, SeriesKind};
use crate::reading::Reading;

fn first(text: &str, reading: &Reading) -> String {
    match open_as(text.as_bytes(), reading).unwrap().next().unwrap().unwrap() {
        Observation::Bar(bar) => format!("{} {} {} {} {}", bar.open_time_ms, bar.open, bar.high, bar.low, bar.close),
        Observation::Tick(tick) => format!("{} {}", tick.time_ms, tick.price),
    }
}

#[test]
fn dumps_of_binance() {
    use SeriesKind::{Bars, Quotes, Ticks};
    for (text, kind, told, expect) in [
        // Mark, index and price klines look the same; files of futures count in milliseconds, newer ones of spot markets in microseconds.
        (
            "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore\n\
             1704067200000,42314.00000000,42335.80000000,42289.60000000,42331.90000000,0,1704067259999,0,60,0,0,0\n",
            Bars,
            "Binance klines: ",
            "1704067200000 42314 42335.8 42289.6 42331.9",
        ),
        (
            "1577836800000,7195.24,7196.25,7178.64,7179.78,95.509,1577836859999,686317.13,1127,32.77,235540.1,0\n",
            Bars,
            "Binance klines without header",
            "1577836800000 7195.24 7196.25 7178.64 7179.78",
        ),
        (
            "id,price,qty,base_qty,time,is_buyer_maker\n1,61804.8,4,0.00647,1723161257679,false\n",
            Ticks,
            "Binance trades: ",
            "1723161257679 61804.8",
        ),
        ("5,16500.0,0.001,16.5,1672531200012,true\n", Ticks, "Binance trades without header", "1672531200012 16500"),
        (
            "3000000001,93576.00,0.00012,11.22,1735689600123456,True,True\n",
            Ticks,
            "Binance spot trades without header",
            "1735689600123 93576",
        ),
        ("1,16500.0,0.5,1,3,1672531200012,false\n", Ticks, "Binance aggTrades without header", "1672531200012 16500"),
        (
            "26129,0.01633102,4.70443515,27781,27781,1498793709153,True,True\n",
            Ticks,
            "Binance spot aggTrades without header",
            "1498793709153 0.01633102",
        ),
        (
            "update_id,best_bid_price,best_bid_qty,best_ask_price,best_ask_qty,transaction_time,event_time\n\
             3671000,29000.10,1.5,29000.30,2,1689000000001,1689000000004\n",
            Quotes,
            "Binance bookTicker: ",
            "1689000000001 29000.2",
        ),
        (
            "3671000,29000.10000000,1.5,29000.10000001,2,1689000000001,1689000000004\n",
            Quotes,
            "Binance bookTicker without header",
            "1689000000001 29000.1",
        ),
        ("ts_ms,update_id,bid,bid_qty,ask,ask_qty\n1,7,10,1,11,1\n", Quotes, "ts_ms,bid,ask", "1 10.5"),
    ] {
        let file = open(text.as_bytes()).unwrap();
        assert_eq!(file.kind(), kind, "{text}");
        assert!(file.describe().contains(told), "{} for {text}", file.describe());
        assert_eq!(first(text, &Reading::default()), expect);
    }
}

#[test]
fn bars_of_bitmex_are_stamped_at_their_end() {
    let text = "timestamp,symbol,open,high,low,close,trades,volume\n\
                2020-03-12T10:45:00.000Z,XBTUSD,7250,7260.5,7240,7255.5,10,1000\n";
    let minute = Reading { step_ms: Some(60_000), ..Reading::default() };
    assert_eq!(first(text, &minute), "1584009840000 7250 7260.5 7240 7255.5");
    let error = open(text.as_bytes()).unwrap_err().to_string();
    assert!(error.starts_with("crash.csv: times of bars (BitMEX: "), "{error}");
    assert!(error.ends_with("are those of the end of a bar: the length of a bar must be stated"), "{error}");
    let trades = "timestamp,symbol,side,size,price,tickDirection\n2020-03-12D10:44:00.123456789,XBTUSD,Sell,1,7250,MinusTick\n";
    assert_eq!(first(trades, &Reading::default()), "1584009840123 7250");
}

#[test]
fn a_file_holds_one_market() {
    for (field, mixed) in [
        (
            "symbol",
            "timestamp,symbol,side,size,price\n2020-03-12T10:44:00Z,XBTUSD,Sell,1,7250\n2020-03-12T10:44:01Z,ETHUSD,Sell,1,180\n",
        ),
        ("symbol", "ts_ms,price,symbol\n1,7250,XBTUSD\n2,180,ETHUSD\n"),
        ("symbol", "ts_ms,price,trade_id,symbol\n1,7250,1,XBTUSD\n2,180,2,ETHUSD\n"),
        ("symbol", "symbol,id,price,qty,quote_qty,time,is_buyer_maker\nXBTUSD,1,5,1,5,1,true\nETHUSD,2,5,1,5,2,true\n"),
        ("coin", "ts_ms,coin,bid,ask\n1,XBTUSD,1,2\n2,ETHUSD,1,2\n"),
    ] {
        let error = read(mixed.as_bytes()).unwrap_err().to_string();
        let expect = format!(
            "crash.csv row 3: {field} must be 'XBTUSD' like in the rows before, got 'ETHUSD': a file must hold one market"
        );
        assert_eq!(error, expect, "{mixed}");
    }
}

#[test]
fn what_fits_several_layouts_is_not_guessed() {
    let both = "ts_ms,open_time,open,high,low,close,volume,close_time\n1,1,1,1,1,1,1,1\n";
    let error = open(both.as_bytes()).unwrap_err().to_string();
    assert!(error.starts_with("crash.csv row 1: header must fit one layout, got one that fits bars (ts_ms,"), "{error}");
    // Seven numbers without times of a known length could be anything.
    for text in ["1,2,3,4,5,6,7\n", "1689000000001,2,3,4,5,6,7\n", "1,2,3,4,5,6,true\n"] {
        let error = open(text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("header must be a known one or its columns be stated"), "{error}");
    }
}

#[test]
fn wrong_units_and_crossed_quotes_are_refused() {
    for (text, expect) in [
        (
            "ts_ms,price\n1583884800,5\n",
            "row 2: ts_ms must be milliseconds since 1970, got '1583884800', which reads as seconds: state the unit",
        ),
        (
            "ts_ms,price\n1583884800000000,5\n",
            "row 2: ts_ms must be milliseconds since 1970 of at most 13 digits, got '1583884800000000'",
        ),
        ("ts_ms,bid,ask\n1,11,10\n", "row 2: bid must not be above the ask of 10, got 11"),
        ("ts_ms,bid,ask\n1,0,10\n", "row 2: bid must be greater than 0, got '0'"),
        ("id,price,qty,quote_qty,time,is_buyer_maker\nx,5,1,5,1746403200000,true\n", "row 2: id must be a whole number, got 'x'"),
        (
            "timestamp,symbol,side,size,price\n2020-02-30T00:00:00Z,XBTUSD,Buy,1,5\n",
            "row 2: timestamp must be a time in UTC from 1970 to 2286 like 2020-03-12T10:44:00.000Z, got '2020-02-30T00:00:00Z'",
        ),
    ] {
        assert_eq!(read(text.as_bytes()).unwrap_err().to_string(), format!("crash.csv {expect}"));
    }
}
