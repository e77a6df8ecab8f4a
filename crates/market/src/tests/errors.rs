//! Every fault, with the exact line it is reported in.

use super::{BARS, funding, gzip, open, read, zip};
use zip::CompressionMethod::{Deflated, Stored};

fn check(bytes: &[u8], expect: &str) {
    let error = read(bytes).map(|rows| rows.len()).unwrap_err();
    assert_eq!(error.to_string(), expect, "for {:?}", String::from_utf8_lossy(bytes));
    assert!(!error.is_io(), "{expect}");
}

/// A file of one good bar and then `row`.
fn check_bar(row: &str, expect: &str) {
    check(format!("ts_ms,open,high,low,close\n60000,100,110,90,105\n{row}\n").as_bytes(), &format!("crash.csv row 3: {expect}"));
}

#[test]
fn prices() {
    for (row, expect) in [
        ("120000,100,NaN,90,105", "high must be a decimal number, got 'NaN'"),
        ("120000,100,110,inf,105", "low must be a decimal number, got 'inf'"),
        ("120000,1e2,110,90,105", "open must be a decimal number, got '1e2'"),
        ("120000,100,110,90,", "close must be a decimal number, got ''"),
        ("120000,100,110,90,.", "close must be a decimal number, got '.'"),
        ("120000,100,110,90,1.0.5", "close must be a decimal number, got '1.0.5'"),
        ("120000, 100,110,90,105", "open must be a decimal number, got ' 100'"),
        ("120000,100,110,90,\"105\"", "close must be a decimal number, got '\"105\"'"),
        ("120000,٣,110,90,105", "open must be a decimal number, got '٣'"),
        ("120000,\u{1b}[2J,110,90,105", "open must be a decimal number, got '\\u{1b}[2J'"),
        ("120000,\u{202e}1,110,90,105", "open must be a decimal number, got '\\u{202e}1'"),
        ("120000,100,110,0,105", "low must be greater than 0, got '0'"),
        ("120000,100,110,-0.00,105", "low must be greater than 0, got '-0.00'"),
        ("120000,100,110,-90,105", "low must be greater than 0, got '-90'"),
        ("120000,100,110.000000001,90,105", "high must have at most 8 digits after the point, got '110.000000001'"),
        ("120000,100,1000000000.00000001,90,105", "high must be between 0.00000001 and 1000000000, got '1000000000.00000001'"),
        ("120000,100,99999999999999999999,90,105", "high must be between 0.00000001 and 1000000000, got '99999999999999999999'"),
        ("120000,100,89,90,105", "high must be at least the low of 90, got 89"),
        ("120000,110.5,110,90,105", "open must be between the low of 90 and the high of 110, got 110.5"),
        ("120000,100,110,90,89.99999999", "close must be between the low of 90 and the high of 110, got 89.99999999"),
    ] {
        check_bar(row, expect);
    }
    let long = "9".repeat(50);
    let shown = format!("low must be between 0.00000001 and 1000000000, got '{}…'", "9".repeat(40));
    check_bar(&format!("120000,100,110,{long},105"), &shown);
}

#[test]
fn times() {
    const LIMIT: &str = "milliseconds since 1970 of at most 13 digits";
    for (time, expect) in [
        ("now", "ts_ms must be a whole number of milliseconds since 1970, got 'now'".to_owned()),
        ("", "ts_ms must be a whole number of milliseconds since 1970, got ''".to_owned()),
        ("-1", "ts_ms must be a whole number of milliseconds since 1970, got '-1'".to_owned()),
        ("120000.5", "ts_ms must be a whole number of milliseconds since 1970, got '120000.5'".to_owned()),
        ("59999", "ts_ms must not go back from 60000 in the row before, got 59999".to_owned()),
        ("60000", "ts_ms must be later than in the row before, got 60000 again".to_owned()),
        ("1583884800000000", format!("ts_ms must be {LIMIT}, got '1583884800000000'")),
        ("99999999999999999999", format!("ts_ms must be {LIMIT}, got '99999999999999999999'")),
    ] {
        check_bar(&format!("{time},100,110,90,105"), &expect);
    }
    check(
        b"open_time,open,high,low,close,volume,close_time\n15838848000000,1,1,1,1,1,1\n",
        "crash.csv row 2: open_time must be milliseconds since 1970 of at most 13 digits or microseconds of 16, \
         got '15838848000000'",
    );
    check(b"ts_ms,price\n1,5\n1,5\n0,5\n", "crash.csv row 4: ts_ms must not go back from 1 in the row before, got 0");
}

#[test]
fn rows() {
    check_bar("120000,100,110,90", "a row must have 5 fields like row 1, got 4");
    check_bar("120000,100,110,90,105,5", "a row must have 5 fields like row 1, got 6");
    check_bar("\n120000,100,110,90,105", "a line between rows must hold a row, got a blank line");
    check_bar(" \t\n\n120000,100,110,90,105", "a line between rows must hold a row, got a blank line");
    check(b"\nts_ms,price\n1,5\n", "crash.csv row 1: a line between rows must hold a row, got a blank line");
    check(b"ts_ms,price\n1,5\n2,\xff\n", "crash.csv row 3: a line must be UTF-8 text, got other bytes");
    let long = [b"ts_ms,price,note\n1,5,".as_slice(), &[b'x'; 70_000]].concat();
    check(&long, "crash.csv row 2: a line must have at most 65536 bytes, got more");
    check(&vec![b'7'; 1 << 20], "crash.csv row 1: a line must have at most 65536 bytes, got more");
}

#[test]
fn a_line_of_exactly_the_limit_is_read_whatever_its_end() {
    for end in ["", "\n", "\r\n"] {
        let row = format!("1,5,{}", "x".repeat(65_536 - 4));
        assert_eq!(read(format!("ts_ms,price,note\n{row}{end}").as_bytes()).unwrap().len(), 1, "{end:?}");
        check(
            format!("ts_ms,price,note\n{row}x{end}").as_bytes(),
            "crash.csv row 2: a line must have at most 65536 bytes, got more",
        );
    }
}

#[test]
fn files_without_rows() {
    for bytes in [b"".as_slice(), b"\n\r\n  \n", b"\xef\xbb\xbf"] {
        check(bytes, "crash.csv: the file must have a header and rows, got an empty file");
    }
    check(b"ts_ms,price\n\n", "crash.csv row 1: the header must be followed by rows, got none");
    check(&gzip(b""), "crash.csv: the file must have a header and rows, got an empty file");
}

const PRICE_HEADERS: &str = "bars (ts_ms,open,high,low,close); \
    bars (Binance klines: open_time,open,high,low,close,volume,close_time); \
    bars (BitMEX: timestamp,symbol,open,high,low,close; a timestamp is the end of its bar); \
    ticks (ts_ms,price); \
    ticks (BitMEX: timestamp,symbol,side,size,price); \
    ticks (Binance trades: id,price,qty,time,is_buyer_maker); \
    ticks (Binance aggTrades: agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker); \
    quotes (ts_ms,bid,ask); \
    quotes (Binance bookTicker: update_id,best_bid_price,best_bid_qty,best_ask_price,best_ask_qty,transaction_time,event_time)";

#[test]
fn headers() {
    for header in ["a,b,c", "1583884800000,1,1,1,1,1", "time,price", "Ts_ms,price", "id,price,qty,time", "ts_ms,funding_rate"] {
        check(
            format!("{header}\n1,1,1\n").as_bytes(),
            &format!(
                "crash.csv row 1: header must be a known one or its columns be stated, got '{header}'; known are {PRICE_HEADERS}"
            ),
        );
    }
    check(
        b"ts_ms,open,high,close,price\n1,1,1,1,1\n",
        "crash.csv row 1: header of bars must name open, high, low and close, 'low' is missing in 'ts_ms,open,high,close,price'",
    );
    check(
        b"ts_ms,open,high,low,close,open\n1,1,1,1,1,1\n",
        "crash.csv row 1: header must name 'open' once, got 'ts_ms,open,high,low,close,open'",
    );
}

#[test]
fn compressed_files() {
    let packed = gzip(BARS.as_bytes());
    let cut = &packed[..packed.len() - 4];
    check(cut, "crash.csv row 5: gzip data must be complete, got a file cut short");
    check(b"\x1f\x8b", "crash.csv row 1: gzip data must be complete, got a file cut short");
    let mut damaged = packed.clone();
    let checksum = damaged.len() - 8;
    damaged[checksum] ^= 1;
    check(&damaged, "crash.csv row 5: gzip data must be undamaged, got: corrupt gzip stream does not have a matching checksum");

    let none = "crash.csv: a zip archive must hold one .csv file and nothing else, got";
    check(&zip(&[], Stored), &format!("{none} no file"));
    check(&zip(&[("a.csv", b"1"), ("b.csv", b"2"), ("c.csv", b"3")], Deflated), &format!("{none} 3 files"));
    check(&zip(&[("read\nme.txt", b"1")], Deflated), &format!("{none} 'read\\u{{a}}me.txt'"));
    let mut altered = zip(&[("a.csv", BARS.as_bytes())], Stored);
    let digit = altered.windows(6).position(|bytes| bytes == b"7889.5").unwrap();
    altered[digit + 5] = b'4';
    check(&altered, "crash.csv row 5: zip data must be undamaged, got: the checksum differs");
}

#[test]
fn encrypted_archives() {
    let mut bytes = zip(&[("a.csv", BARS.as_bytes())], Deflated);
    let directory = bytes.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    // The flag stands in the member's own header and in the directory.
    bytes[6] |= 1;
    bytes[directory + 8] |= 1;
    check(&bytes, "crash.csv: zip data must be undamaged, got: the member is encrypted");
}

#[test]
fn funding_files_are_bounded() {
    use core::fmt::Write;
    let mut text = "ts_ms,funding_rate\n".to_owned();
    (0..1_000_000).for_each(|time| writeln!(text, "{time},0").unwrap());
    assert_eq!(funding(text.as_bytes()).unwrap().len(), 1_000_000);
    text.push_str("1000000,0\n");
    let expect = "crash.csv row 1000002: the file must have at most 1000000 rows, got more";
    assert_eq!(funding(text.as_bytes()).unwrap_err().to_string(), expect);
}

#[test]
fn funding_rows() {
    for (text, expect) in [
        ("ts_ms,funding_rate\n1,0.0001\n1,0.0001\n", "row 3: ts_ms must be later than in the row before, got 1 again"),
        ("ts_ms,funding_rate\n1,1E-05\n", "row 2: funding_rate must be a decimal number, got '1E-05'"),
        (
            "ts_ms,funding_rate\n1,0.000000001\n",
            "row 2: funding_rate must have at most 8 digits after the point, got '0.000000001'",
        ),
        ("ts_ms,funding_rate\n1,-11\n", "row 2: funding_rate must be between -1 and 1, got '-11'"),
        ("ts_ms,funding_rate\n1,1\n2,1.00000001\n", "row 3: funding_rate must be between -1 and 1, got '1.00000001'"),
        (
            "ts_ms,symbol,funding_rate\n1,A,0\n2,B,0\n",
            "row 3: symbol must be 'A' like in the rows before, got 'B': a file must hold one market",
        ),
        ("ts_ms,funding_rate\n", "row 1: the header must be followed by rows, got none"),
        (
            "ts_ms,open,high,low,close\n1,1,1,1,1\n",
            "row 1: header must be a known one or its columns be stated, got 'ts_ms,open,high,low,close'; \
             known are funding (ts_ms,funding_rate); funding (Binance: calc_time,funding_interval_hours,last_funding_rate)",
        ),
    ] {
        assert_eq!(funding(text.as_bytes()).unwrap_err().to_string(), format!("crash.csv {expect}"));
    }
}

#[test]
fn rows_before_a_fault_are_delivered_and_none_after_it() {
    let mut file = open(b"ts_ms,price\n1,5\n2,x\n3,5\n").unwrap();
    assert!(file.next().unwrap().is_ok());
    let error = file.next().unwrap().unwrap_err();
    assert_eq!((error.file(), error.row()), ("crash.csv", Some(3)));
    assert!(file.next().is_none());
}
