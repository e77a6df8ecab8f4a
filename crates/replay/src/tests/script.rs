//! Accounts that trade by script.

use super::carry::carried;
use super::*;
use crate::script_toml::parse;
use crate::{Happening, Outcome, Regime, Watch};
use proptest::prelude::*;

const HEAD: &str = "[[account]]\nname = \"alice\"\nwallet = \"1000\"\n";

fn step(lines: &str) -> String {
    format!("\n[[account.step]]\n{}\n", lines.replace("; ", "\n"))
}

fn played(steps: &[&str], regime: Regime, prices: &[&str]) -> Outcome {
    let text: String = steps.iter().map(|lines| step(lines)).collect();
    let population = Population::default().with_script(parse("s.toml", &format!("{HEAD}{text}")).unwrap());
    let market = market(ContractKind::Linear, "0.5");
    let replay = Replay { market: &market, population: &population, funding: &[], options: Options::default() };
    let series: Vec<Observation> = prices.iter().zip(0..).map(|(price, at)| tick(at * 60_000, price)).collect();
    carried(&replay, regime, &Watch { account: Some("alice".to_owned()), ..Watch::default() }, &series)
}

fn done(outcome: &Outcome) -> Vec<(i64, String, String)> {
    outcome.script.iter().map(|done| (done.time.0 / 60_000, done.act.clone(), done.said.clone())).collect()
}

const ENTER: &str = "do = \"enter\"; side = \"long\"; at = 60000; quantity = \"20\"; leverage = \"10\"";

#[test]
fn steps_are_done_once_at_the_first_mark_at_which_they_hold() {
    let add = "do = \"add\"; side = \"long\"; mark-at-or-below = \"98\"; quantity = \"5\"";
    let margin = "do = \"add-margin\"; side = \"long\"; mark-at-or-below = \"97\"; amount = \"50\"";
    let lower = "do = \"leverage\"; side = \"long\"; mark-at-or-above = \"101\"; leverage = \"5\"";
    let close = "do = \"close\"; side = \"long\"; at = \"1970-01-01 00:06:00\"";
    let never = "do = \"reduce\"; side = \"long\"; mark-at-or-above = \"200\"; quantity = \"1\"";
    let outcome = played(
        &[ENTER, add, margin, lower, close, never],
        Regime::Isolated,
        &["100", "100", "97.5", "97", "99", "102", "103", "90"],
    );
    let expect = [
        (1, "enter 20 at 10x", "done at 100"),
        (2, "add 5", "done at 97.5"),
        (3, "add margin 50", "done"),
        (5, "leverage 5x", "done"),
        (6, "close", "done at 103"),
    ];
    assert_eq!(done(&outcome), expect.map(|(at, act, said)| (at, act.to_owned(), said.to_owned())));
    assert_eq!(outcome.never, ["line 35: long reduce by 1 of 'alice'"]);
    let [position] = outcome.positions.as_slice() else { panic!("{:?}", outcome.positions) };
    assert_eq!((position.name.as_str(), position.life.end, position.life.quantity), ("alice long", End::Closed, parsed("25")));
    // 20 × (103 − 100) + 5 × (103 − 97.5).
    assert_eq!(outcome.accounts[0].life.equity, parsed("1087.5"));
}

#[test]
fn stops_and_targets_close_at_the_makers_prices() {
    let stop = "do = \"stop-loss\"; side = \"long\"; at = 120000; price = \"95\"";
    let target = "do = \"take-profit\"; side = \"long\"; at = 120000; price = \"110\"";
    for (last, regime) in [("94", Regime::Isolated), ("94", Regime::Cross), ("111", Regime::Isolated)] {
        let outcome = played(&[ENTER, stop, target], regime, &["100", "100", "100", last, "100"]);
        let life = outcome.positions[0].life;
        assert_eq!((life.end, life.liquidations), (End::Closed, 0), "{last}");
        let result = outcome.accounts[0].life.equity.minus(parsed("1000")).unwrap();
        assert_eq!(result > Amount::ZERO, last == "111");
        // A market order takes the maker's first price at most half a percent away.
        assert!(result >= parsed("-130") && result <= parsed("220"), "{result}");
        let closes =
            if last == "94" { "long stop loss at 95 is set off: closes " } else { "long take profit at 110 is set off: closes " };
        let said = outcome.told.iter().filter_map(|told| match &told.what {
            Happening::Said(said) => Some((told.time.0, said.as_str())),
            Happening::Opened(_) | Happening::Liquidated { .. } => None,
        });
        let set_off: Vec<_> = said.filter(|(_, said)| said.contains("set off")).collect();
        let [(180_000, story)] = set_off.as_slice() else { panic!("{set_off:?}") };
        assert!(
            story.strip_prefix(closes).is_some_and(|fills| fills.starts_with("20 at 9") || fills.starts_with("20 at 11")),
            "{story}"
        );
    }
}

#[test]
fn what_the_rules_refuse_is_said_and_the_run_goes_on() {
    let margin = "do = \"add-margin\"; side = \"long\"; at = 120000; amount = \"50\"";
    let early = "do = \"close\"; side = \"long\"; at = 0";
    let outcome = played(&[ENTER, margin, early], Regime::Cross, &["100", "100", "100"]);
    let said: Vec<String> = outcome.script.iter().map(|done| done.said.clone()).collect();
    let refused = "refused: only an isolated position has margin of its own";
    assert_eq!(said, ["nothing done: there is no position", "done at 100", refused]);
    assert!(outcome.told.iter().any(|told| matches!(&told.what, Happening::Said(said) if said.contains("only an isolated"))));
}

#[test]
fn both_sides_trade_under_a_pool_too() {
    let short = "do = \"enter\"; side = \"short\"; at = 120000; quantity = \"10\"; leverage = \"20\"";
    for regime in [Regime::Isolated, Regime::Cross] {
        let outcome = played(&[ENTER, short], regime, &["100", "100", "100", "99"]);
        assert_eq!(outcome.run.positions, 2, "{:?}", done(&outcome));
    }
}

#[test]
fn each_fault_of_a_script_names_its_line() {
    let with = |lines: &str| format!("{HEAD}{}", step(lines));
    let enter = "do = \"enter\"; side = \"long\"; quantity = \"1\"; leverage = \"2\"";
    for (text, expect) in [
        (String::new(), "missing field `account`"),
        (HEAD.to_owned(), "s.toml row 1: missing field `step`"),
        (
            with("do = \"jump\"; side = \"long\"; at = 0"),
            "s.toml row 6: do must be enter, add, reduce, close, leverage, add-margin,",
        ),
        (with("do = \"close\"; side = \"up\"; at = 0"), "s.toml row 7: side must be long or short, got 'up'"),
        (with(enter), "s.toml row 5: a step must have one of at, mark-at-or-below and mark-at-or-above"),
        (with(&format!("{enter}; at = \"yesterday\"")), "s.toml row 10: at must be a time in UTC like '2020-03-12 10:30:00'"),
        (with(&format!("{enter}; at = \"2021-02-30\"")), "s.toml row 10: at must be a time in UTC"),
        (with(&format!("{enter}; at = 0; price = \"1\"")), "s.toml row 11: enter takes no price"),
        (with("do = \"enter\"; side = \"long\"; at = 0; leverage = \"2\""), "s.toml row 5: enter needs a quantity"),
        (
            with("do = \"enter\"; side = \"long\"; at = 0; leverage = \"0.5\"; quantity = \"1\""),
            "s.toml row 9: leverage must be between 1 and 1000, got 0.5",
        ),
        (
            with("do = \"enter\"; side = \"long\"; at = 0; leverage = 2; quantity = \"0\""),
            "s.toml row 10: quantity must be greater than 0, got 0",
        ),
        (
            with("do = \"enter\"; side = \"long\"; at = 0; leverage = 2; quantity = 0.5"),
            "s.toml row 10: invalid type: floating point",
        ),
        (
            with("do = \"close\"; side = \"long\"; at = 0"),
            "s.toml row 5: a step of the long needs a step of account 'alice' that enters it",
        ),
        (with("do = \"close\"; side = \"long\"; when = 0"), "s.toml row 8: unknown field `when`"),
        (
            format!("{HEAD}margin = \"some\"\n{}", step(&format!("{enter}; at = 0"))),
            "s.toml row 4: margin must be isolated or cross, got 'some'",
        ),
        (HEAD.replace("1000", "-1") + &step(&format!("{enter}; at = 0")), "s.toml row 3: wallet must not be below 0, got -1"),
    ] {
        let error = parse("s.toml", &text).unwrap_err().to_string();
        assert!(error.contains(expect) && !error.contains('\n'), "{error}\n{expect}");
    }
}

proptest! {
    #[test]
    fn no_script_panics(text in "(\\[\\[account\\]\\]\n)?(name = \"a\"\n)?(wallet = [\"0-9.]{0,5}\n)?(\\[\\[account.step\\]\\]\n)?([a-z\"= 0-9.-]{0,40}\n){0,4}") {
        if let Err(error) = parse("s.toml", &text) {
            prop_assert!(!error.to_string().contains('\n'));
        }
    }
}
