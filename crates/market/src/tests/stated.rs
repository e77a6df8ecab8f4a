//! Columns that are stated, and what is done about rows that do not follow on one another.

use super::{open_as, opened};
use crate::error::ReadError;
use crate::funding::{funding_rows, premium_rows, premium_samples};
use crate::mapping::Mapping;
use crate::observation::Observation;
use crate::reading::{Policies, Policy, Reading};

fn stating(columns: &str) -> Reading {
    Reading { columns: Some(columns.parse().unwrap()), ..Reading::default() }
}

fn times(text: &str, reading: &Reading) -> Result<Vec<i64>, ReadError> {
    let time = |row| match row {
        Observation::Bar(bar) => bar.open_time_ms,
        Observation::Tick(tick) => tick.time_ms,
    };
    open_as(text.as_bytes(), reading)?.map(|row| row.map(time)).collect()
}

#[test]
fn columns_by_place_and_by_name() {
    for (text, columns, expect) in [
        ("1583884800,5,6,4,5\n", "time=0,unit=s,open=1,high=2,low=3,close=4", 1_583_884_800_000),
        ("t,o,h,l,c\n1583884800,5,6,4,5\n", "time=0,unit=s,open=1,high=2,low=3,close=4", 1_583_884_800_000),
        ("Last,Date\n5,2020-03-11\n", "time=Date,unit=text,price=Last", 1_583_884_800_000),
        ("x,1583884800000000000,5\n", "time=1,unit=ns,price=2", 1_583_884_800_000),
        ("1583884800000999,BTCUSDT,5,6\n", "time=0,unit=us,symbol=1,bid=2,ask=3", 1_583_884_800_000),
        ("1583884800000,5,7,BTCUSDT\n", "time=0,unit=ms,price=1,id=2,symbol=3", 1_583_884_800_000),
        ("1583884860000,5,6,4,5\n", "time=0,unit=ms,open=1,high=2,low=3,close=4,stamp=end", 1_583_884_800_000),
    ] {
        let reading = Reading { step_ms: Some(60_000), ..stating(columns) };
        assert_eq!(times(text, &reading).unwrap(), [expect], "{columns}");
        assert!(open_as(text.as_bytes(), &reading).unwrap().describe().contains(columns));
    }
    let rates = funding_rows(opened(b"when;x\n").unwrap(), &stating("time=when,unit=s,rate=r"));
    assert_eq!(rates.unwrap_err().to_string(), "crash.csv row 1: stated column 'when' must be in the file, got 'when;x'");
    let rates =
        funding_rows(opened(b"1583884800,0.0001\n1583888400,-0.0002\n").unwrap(), &stating("time=0,unit=s,rate=1")).unwrap();
    assert_eq!((rates.len(), rates[1].rate.to_string().as_str()), (2, "-0.0002"));
}

#[test]
fn statements_that_do_not_fit_the_file() {
    for (text, columns, expect) in [
        ("1,5\n", "time=0,unit=ms,price=2", "row 1: stated column 2 must be in the file, got '1,5'"),
        ("a,b\n1,5\n", "time=a,unit=ms,price=c", "row 1: stated column 'c' must be in the file, got 'a,b'"),
        ("a,b,b\n1,5,6\n", "time=a,unit=ms,price=b", "row 1: stated column 'b' once must be in the file, got 'a,b,b'"),
        ("1,5\n", "time=0,unit=ms,rate=1", "row 1: stated columns must be those of bars, got those of funding rates"),
        (
            "1583884800,5\n",
            "time=0,unit=us,price=1",
            "row 1: time must be microseconds since 1970 of 16 digits, got '1583884800'",
        ),
        (
            "12345678901,5\n",
            "time=0,unit=s,price=1",
            "row 1: time must be seconds since 1970 of at most 10 digits, got '12345678901'",
        ),
        ("1,x\n", "time=0,unit=ms,price=1", "row 1: price must be a decimal number, got 'x'"),
    ] {
        assert_eq!(times(text, &stating(columns)).unwrap_err().to_string(), format!("crash.csv {expect}"), "{columns}");
    }
}

#[test]
fn statements_that_mean_nothing() {
    for (columns, expect) in [
        ("", "columns must be stated as what=column,…, got ''"),
        ("time", "columns must be stated as what=column,…, got 'time'"),
        (
            "time=0,when=1",
            "columns are time, unit, open, high, low, close, price, bid, ask, rate, symbol, id and stamp, got 'when'",
        ),
        ("time=0,time=1", "columns must state time once"),
        ("time=0,price=1", "columns must state unit: s, ms, us, ns or text"),
        ("time=0,unit=h,price=1", "columns must state unit: s, ms, us, ns or text"),
        ("time=0,unit=ms,price=1,stamp=middle", "stamp must be begin or end"),
        ("time=0,unit=ms,price=0", "column 0 must be stated for one thing only"),
        ("time=0,unit=ms,price=p", "columns must all be places or all be names"),
        ("time=0,unit=ms,price=1000", "a place of a column must be below 1000, got 1000"),
        ("time=0,unit=ms,price=99999999999999999999", "a place of a column must be below 1000, got 18446744073709551615"),
    ] {
        assert_eq!(columns.parse::<Mapping>().unwrap_err().to_string(), expect);
    }
    let error = "time=0,unit=ms,open=1,price=2".parse::<Mapping>().unwrap_err().to_string();
    assert!(error.ends_with("got time, open, price"), "{error}");
}

const BARS: &str = "ts_ms,open,high,low,close\n";

fn bars(times: &[i64]) -> String {
    times.iter().fold(BARS.to_owned(), |text, time| format!("{text}{time},1,1,1,1\n"))
}

fn policies(gap: Policy, repeated: Policy, back: Policy) -> Reading {
    Reading { policies: Policies { gap, repeated, back }, ..Reading::default() }
}

#[test]
fn rows_that_do_not_follow() {
    use Policy::{Keep, Refuse, Skip};
    let refused = |times: &[i64], reading: &Reading| super::stated::times(&bars(times), reading).unwrap_err().to_string();
    let strict = policies(Refuse, Refuse, Refuse);
    assert_eq!(refused(&[0, 60, 120, 240], &strict), "crash.csv row 5: ts_ms must be 60 ms after 120 in the row before, got 240");
    assert_eq!(refused(&[0, 60, 60], &strict), "crash.csv row 4: ts_ms must be later than in the row before, got 60 again");
    let stated = Reading { step_ms: Some(60), ..strict };
    assert_eq!(refused(&[0, 120], &stated), "crash.csv row 3: ts_ms must be 60 ms after 0 in the row before, got 120");
    let stated = Reading { step_ms: Some(60), ..Reading::default() };
    assert_eq!(refused(&[0, 30], &stated), "crash.csv row 3: ts_ms must be 60 ms after 0 in the row before, got 30");
    for (given, reading, taken, told) in [
        (vec![0, 60, 120], Reading::default(), vec![0, 60, 120], "3 rows 60 ms apart, no gap"),
        (
            vec![0, 60, 240, 300],
            Reading::default(),
            vec![0, 60, 240, 300],
            "4 rows 60 ms apart, 1 gaps (2 rows missing, the longest 180 ms from 60)",
        ),
        // The first step turns out to be a gap.
        (
            vec![0, 120, 180, 240],
            Reading::default(),
            vec![0, 120, 180, 240],
            "4 rows 60 ms apart, 1 gaps (1 rows missing, the longest 120 ms from 0)",
        ),
        (
            vec![0, 60, 60, 120],
            policies(Keep, Skip, Refuse),
            vec![0, 60, 120],
            "3 rows 60 ms apart, no gap, 1 repeated, 1 passed over",
        ),
        (
            vec![0, 60, 30, 120],
            policies(Keep, Refuse, Skip),
            vec![0, 60, 120],
            "3 rows 60 ms apart, no gap, 1 going back, 1 passed over",
        ),
        (vec![0, 60, 60, 120], policies(Keep, Keep, Refuse), vec![0, 60, 60, 120], "4 rows 60 ms apart, no gap, 1 repeated"),
    ] {
        let mut file = open_as(bars(&given).as_bytes(), &reading).unwrap();
        let seen: Vec<i64> = file
            .by_ref()
            .map(|row| match row.unwrap() {
                Observation::Bar(bar) => bar.open_time_ms,
                Observation::Tick(tick) => tick.time_ms,
            })
            .collect();
        assert_eq!((seen, file.summary().to_string()), (taken, told.to_owned()), "{given:?}");
    }
}

#[test]
fn numbers_of_trades_tell_what_is_missing_and_what_is_repeated() {
    let text = "1,5,1,5,1672531200000,true\n2,5,1,5,1672531200000,true\n5,5,1,5,1672531200000,true\n5,5,1,5,1672531200001,true";
    let error = times(text, &Reading::default()).unwrap_err().to_string();
    assert_eq!(error, "crash.csv row 4: id must be greater than 5 in the row before, got 5");
    let error = times(text, &policies(Policy::Refuse, Policy::Skip, Policy::Refuse)).unwrap_err().to_string();
    assert_eq!(error, "crash.csv row 3: id must follow on 2 in the row before, got 5");
    let mut file = open_as(text.as_bytes(), &policies(Policy::Keep, Policy::Skip, Policy::Refuse)).unwrap();
    assert_eq!(file.by_ref().filter_map(Result::ok).count(), 3);
    let told = "3 rows, 1 gaps (2 rows missing), 1 repeated, 1 passed over, the last row without a line end";
    assert_eq!(file.summary().to_string(), told);
}

#[test]
fn premiums() {
    let text = "ts_ms,coin,funding_rate,premium\n1,BTC,0.0001,-0.0002\n2,BTC,0.0001,0.0003\n";
    let rows = premium_rows(opened(text.as_bytes()).unwrap()).unwrap();
    assert_eq!((rows.len(), rows[0].premium.to_string().as_str(), rows[1].rate.to_string().as_str()), (2, "-0.0002", "0.0001"));
    let error = premium_rows(opened(text.replace("2,BTC", "2,ETH").as_bytes()).unwrap()).unwrap_err().to_string();
    assert_eq!(error, "crash.csv row 3: coin must be 'BTC' like in the rows before, got 'ETH': a file must hold one market");
    let klines = "1704067200000,-0.0003,0.0001,-0.0004,-0.0002,0,1704067259999,0,60,0,0,0\n";
    let samples = premium_samples(opened(klines.as_bytes()).unwrap()).unwrap();
    assert_eq!((samples[0].time_ms, samples[0].premium.to_string().as_str()), (1_704_067_200_000, "-0.0002"));
    let error = premium_samples(opened(klines.replace("-0.0002", "0.0002").as_bytes()).unwrap()).unwrap_err().to_string();
    assert_eq!(error, "crash.csv row 1: close must be between the low of -0.0004 and the high of 0.0001, got 0.0002");
}
