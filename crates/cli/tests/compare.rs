//! `compare` from end to end: reports are the same bit for bit, bad input leaves none, and a sweep in parts is the sweep.

mod compare_support;

use std::fs;
use std::path::Path;

use compare_support::{MARCH, Scratch, ringfence, root, well};

#[test]
fn two_runs_give_the_same_reports_bit_for_bit() {
    let (one, other) = (Scratch::new("one"), Scratch::new("other"));
    let kinds = ["html", "svg", "png", "json", "csv"];
    for (scratch, workers) in [(&one, "1"), (&other, "2")] {
        let reports: Vec<String> = kinds.iter().map(|kind| scratch.path(&format!("report.{kind}"))).collect();
        let mut arguments =
            vec!["compare", MARCH, "--random", "60", "--seed", "3", "--impact", "0.2%", "--explain", "r7", "--workers", workers];
        reports.iter().for_each(|report| arguments.extend(["--report", report.as_str()]));
        well(&arguments);
    }
    for kind in kinds {
        let name = format!("report.{kind}");
        assert!(one.bytes(&name) == other.bytes(&name), "{name} differs");
    }
    let page = String::from_utf8(one.bytes("report.html")).expect("UTF-8");
    for part in [
        "b7eaeb76b0d16a0ffdd6f5c177dca6c5074985eca315893657c56afd2fc147b2",
        "seed 3",
        "What is assumed",
        concat!("ringfence ", env!("CARGO_PKG_VERSION")),
        "Story: isolated ringfence",
    ] {
        assert!(page.contains(part), "{part}");
    }
}

#[test]
fn the_figure_of_the_readme_is_what_is_drawn_today() {
    let scratch = Scratch::new("figure");
    well(&["compare", MARCH, "--report", &scratch.path("figure.svg")]);
    let committed = fs::read(root().join("docs/compare-2020-03-12.svg")).expect("the figure is there");
    let advice =
        "draw it anew: ringfence compare data/bitmex_XBTUSD_perp_1m_2020-03_11-14.csv.gz --report docs/compare-2020-03-12.svg";
    assert!(scratch.bytes("figure.svg") == committed, "{advice}");
}

#[test]
fn bad_input_ends_in_one_line_and_leaves_no_report() {
    let scratch = Scratch::new("bad");
    let file = |name: &str, text: &str| {
        fs::write(scratch.0.join(name), text).expect("a file");
        scratch.path(name)
    };
    let back = file("back.csv", "ts_ms,open,high,low,close\n1000,2,3,1,2\n0,2,3,1,2\n");
    let population = file("population.csv", "name,account,side,quantity,leverage\na,a,long,10,10\nb,a,long,10,20\n");
    let script = file(
        "script.toml",
        "[[account]]\nname = \"a\"\nwallet = \"1\"\n\n[[account.step]]\ndo = \"fly\"\nside = \"long\"\nat = 0\n",
    );
    let report = scratch.path("report.html");
    for (arguments, status, expect) in [
        (vec!["compare", back.as_str()], 2, "back.csv row 3: "),
        (vec!["compare", MARCH, "--population", population.as_str()], 2, "population.csv row 3: leverage must be 10"),
        (vec!["compare", MARCH, "--strategy", script.as_str()], 2, "script.toml row 6: do must be enter"),
        (vec!["compare", "no-file"], 4, "no-file: cannot open"),
        (vec!["compare", MARCH, "--impact", "0"], 2, "isolated ringfence: the impact's share per million must be greater than 0"),
        (vec!["compare", MARCH, "--modes", "half"], 2, "--modes must be among isolated, cross, stated"),
        (vec!["compare", MARCH, "--leverage", "200"], 2, "no position could be opened"),
    ] {
        let mut arguments = arguments;
        arguments.extend(["--report", report.as_str()]);
        let output = ringfence(&arguments);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {error}");
        assert!(error.contains(expect) && error.lines().count() == 1 && output.stdout.is_empty(), "{error}");
        assert!(!Path::new(&report).exists(), "{arguments:?} left a report");
    }
}

#[test]
fn a_sweep_in_parts_is_the_sweep() {
    let scratch = Scratch::new("sweep");
    let sweep = ["compare", MARCH, "--random", "30", "--sweep", "leverage=5,20 seeds=1..3"];
    let whole = well(&[sweep.as_slice(), &["-o", "csv"]].concat());
    let out = scratch.path("out");
    let first = well(&[sweep.as_slice(), &["--out", &out, "--shard", "1/2"]].concat());
    assert!(first.contains("not yet: 6 of 12 runs are finished") && !Path::new(&out).join("table.csv").exists());
    well(&[sweep.as_slice(), &["--out", &out, "--shard", "2/2"]].concat());
    let again = well(&[sweep.as_slice(), &["--out", &out]].concat());
    assert!(again.contains("finished before      12"), "{again}");
    let table = fs::read_to_string(Path::new(&out).join("table.csv")).expect("a table");
    let rows: Vec<String> = table.lines().map(|row| row.split_once(',').expect("a cell").1.to_owned()).collect();
    assert_eq!(rows, whole.lines().collect::<Vec<_>>());
    let other = ringfence(&["compare", MARCH, "--random", "30", "--sweep", "leverage=5,20 seeds=1..4", "--out", &out]);
    assert!(String::from_utf8_lossy(&other.stderr).contains("holds results of another sweep"));
}
