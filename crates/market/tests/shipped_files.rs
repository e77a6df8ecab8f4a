//! The recorded crashes that ship with the project, read through the public interface.

use ringfence_market::{Bar, Observation, PriceFile, SeriesKind, read_funding};
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
