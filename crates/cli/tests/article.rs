//! The founding article's position under every convention, as documented in `docs/isolated-margin-example.md`.

use std::process::Command;

use serde_json::Value;

fn ask(arguments: &str) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_ringfence"))
        .args(arguments.split_whitespace())
        .args(["-o", "json"])
        .output()
        .expect("the command runs");
    assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

const LINEAR: &str = "calc liquidation --contract BTCUSDT --quantity 1 --entry 10000 --leverage 100";
const INVERSE: &str = "calc liquidation --contract BTCUSD_PERP --quantity 100 --entry 10000 --leverage 100";
const BITMEX: &str = "calc liquidation --contract XBTUSD --quantity 10000 --entry 10000 --leverage 100 --mmr 0.5% --rules bitmex";

#[test]
fn every_convention_gives_its_own_price() {
    let table = [
        (format!("{LINEAR} --mmr 0.5% --rules bybit-linear"), "9950"),
        (format!("{LINEAR} --mmr 0.5% --rules binance-usdm"), "9949.74874371859296482412"),
        (format!("{LINEAR} --mmr 0.5% --rules hyperliquid"), "9949.74874371859296482412"),
        (format!("{LINEAR} --rules binance-usdm"), "9939.75903614457831325301"),
        (format!("{LINEAR} --mmr 0.5% --rules okx"), "9954.75113122171945701357"),
        (format!("{INVERSE} --mmr 0.5% --rules bybit-inverse"), "9950.24875621890547263682"),
        (BITMEX.to_owned(), "9950.24875621890547263682"),
        (format!("{BITMEX} --funding-rate 0.01%"), "9951.23892924669121305603"),
        (format!("{INVERSE} --mmr 0.5% --rules binance-coinm"), "9950.4950495049504950495"),
        (format!("{INVERSE} --rules binance-coinm"), "9940.59405940594059405941"),
        (format!("{INVERSE} --mmr 0.5% --rules okx"), "9955.44554455445544554455"),
    ];
    for (arguments, price) in table {
        assert_eq!(ask(&arguments)["liquidation_price"], price, "{arguments}");
    }
}

#[test]
fn bitmex_prints_on_its_tick_and_its_fee_reserve_cancels() {
    let answer = ask(BITMEX);
    assert_eq!(answer["printed"], "9950.5");
    assert_eq!(answer["fee_reserve"], "0.0007575");
    assert_eq!(ask(&BITMEX.replace("liquidation", "bankruptcy"))["printed"], "9901");
}

#[test]
fn margin_maintenance_and_the_line_are_as_the_article_says() {
    let position = "--contract bybit:BTCUSD --quantity 10000 --entry 10000 --leverage 100 --mmr 0.5%";
    let at_entry = ask(&format!("calc liquidation {position}"));
    assert_eq!(at_entry["opening_margin"], "0.01");
    assert_eq!(at_entry["maintenance_margin"], "0.005");
    let at_9950 = ask(&format!("calc liquidation {position} --mark 9950"));
    assert_eq!(at_9950["margin_balance"], "0.00497487");
    assert_eq!(at_9950["maintenance_margin"], "0.00502513");
    assert_eq!(at_9950["liquidated"], "yes");
    let bankruptcy = ask(&format!("calc bankruptcy {position}"));
    assert_eq!(bankruptcy["bankruptcy_price"], "9900.99009900990099009901");
    assert_eq!(bankruptcy["greatest_loss"], "0.01");
}

/// Linear with maintenance on the entry value: at exactly 9,950 the balance equals maintenance. A rule set that counts equality liquidates
/// there; the article's own ("should the price continue to decline") waits for one step more.
#[test]
fn at_equality_the_trigger_decides() {
    let equality = ask(&format!("{LINEAR} --mmr 0.5% --rules bybit-linear --mark 9950"));
    assert_eq!((&equality["margin_balance"], &equality["maintenance_margin"]), (&Value::from("50"), &Value::from("50")));
    assert_eq!(equality["liquidated"], "yes");
    assert_eq!(equality["first_liquidating_mark"], "9950");
}
