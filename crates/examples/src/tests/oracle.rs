//! Margins, fees, funding, profits and liquidation prices of random positions against formulas written here, in exact fractions.

use super::dice::{Dice, number, sign};
use crate::answer;
use crate::answer::Answer;
use crate::number::{Exact, show, ten, whole};
use crate::schema::{Compare, Example, Field};
use num_traits::{Signed, Zero};

/// An example with its inputs given one by one.
pub(super) struct Asked(Vec<(String, Field)>);

impl Asked {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(super) fn word(mut self, name: &str, word: &str) -> Self {
        self.0.push((name.to_owned(), Field::Text(word.to_owned())));
        self
    }

    pub(super) fn with(self, name: &str, value: &Exact) -> Self {
        let text = show(value);
        self.word(name, &text)
    }

    pub(super) fn list(mut self, name: &str, rows: &[[Exact; 2]]) -> Self {
        let row = |row: &[Exact; 2]| Field::List(row.iter().map(|value| Field::Text(show(value))).collect());
        self.0.push((name.to_owned(), Field::List(rows.iter().map(row).collect())));
        self
    }

    pub(super) fn of(self, function: &str) -> Answer {
        let text = String::new;
        let (inputs, expected) = (self.0, Field::Text(String::new()));
        let example = Example {
            id: text(),
            function: function.to_owned(),
            convention: text(),
            contract: text(),
            source: text(),
            inputs,
            expected,
            compare: Compare::Exact,
        };
        answer(&example).unwrap_or_else(|trouble| panic!("{function} {:?}: {trouble}", example.inputs)).unwrap()
    }

    /// The answer must be this number, to fifteen digits; where it is no positive price, that there is none will do.
    pub(super) fn must_be(self, function: &str, expected: &Exact) {
        let inputs = format!("{:?}", self.0);
        match self.of(function) {
            Answer::Number(got) => {
                let close = (&got - expected).abs() <= expected.abs() * ten(-14) || (expected.is_zero() && got.is_zero());
                assert!(close, "{function} {inputs}: got {}, must be {}", show(&got), show(expected));
            }
            Answer::Never => assert!(!expected.is_positive(), "{function} {inputs}: got none, must be {}", show(expected)),
            other @ (Answer::Text(_) | Answer::Share(..) | Answer::List(_)) => panic!("{function} {inputs}: got {other}"),
        }
    }
}

const ROUNDS: usize = 100;

#[test]
fn values_profits_fees_and_funding() {
    let mut dice = Dice::new(1);
    for _ in 0..ROUNDS {
        let (side, quantity, entry, exit) = (dice.side(), dice.quantity(), dice.price(), dice.price());
        let (rate, leverage, multiplier) =
            (dice.decimal(5, 8), dice.leverage(), number(dice.pick(&["1", "0.01", "0.0001", "100"])));
        let linear = || Asked::new().with("qty", &quantity).with("mult", &multiplier).with("price", &entry);
        let inverse = || Asked::new().with("contracts", &quantity).with("face", &multiplier).with("price", &entry);
        let (value, value_of_coin) = (&quantity * &multiplier * &entry, &quantity * &multiplier / &entry);
        linear().must_be("lin_value", &value);
        inverse().must_be("inv_value", &value_of_coin);
        linear().with("lev", &leverage).must_be("lin_im", &(&value / &leverage));
        inverse().with("lev", &leverage).must_be("inv_im", &(&value_of_coin / &leverage));
        linear().with("rate", &rate).must_be("lin_fee", &(&value * &rate));
        inverse().with("rate", &rate).must_be("inv_fee", &(&value_of_coin * &rate));
        linear().with("rate", &-rate.clone()).must_be("lin_funding", &(-&value * &rate));
        inverse().with("rate", &rate).must_be("inv_funding", &(&value_of_coin * &rate));
        let deduction = dice.decimal(3, 4);
        let maintenance = dice.maintenance();
        linear().with("mmr", &maintenance).with("ded", &deduction).must_be("lin_mm", &(&value * &maintenance - &deduction));
        inverse().with("mmr", &maintenance).must_be("inv_mm", &(&value_of_coin * &maintenance));
        let trade = |asked: Asked| asked.word("side", side).with("entry", &entry).with("exit", &exit);
        let gain = sign(side) * &quantity * &multiplier * (&exit - &entry);
        trade(Asked::new().with("qty", &quantity).with("mult", &multiplier)).must_be("lin_pnl", &gain);
        let gain = sign(side) * &quantity * &multiplier * (entry.recip() - exit.recip());
        trade(Asked::new().with("contracts", &quantity).with("face", &multiplier)).must_be("inv_pnl", &gain);
    }
}

#[test]
fn rates_keep_all_their_digits_and_negative_sizes_turn_the_payment() {
    let rate = number("0.0001234567890123456");
    Asked::new().with("value", &whole(10)).with("rate", &rate).must_be("funding_fee", &(whole(10) * &rate));
    let asked = Asked::new().with("qty", &whole(-10)).with("price", &whole(3)).with("rate", &rate);
    asked.must_be("lin_funding", &(whole(-30) * &rate));
}

#[test]
fn net_profit_and_its_ratio() {
    let mut dice = Dice::new(2);
    for _ in 0..ROUNDS {
        let (side, quantity, entry, exit, leverage) = (dice.side(), dice.quantity(), dice.price(), dice.price(), dice.leverage());
        let (opening, closing, funding) = (dice.fee(), dice.fee(), dice.decimal(3, 2) - whole(5));
        let asked = || {
            let asked = Asked::new().word("side", side).with("qty", &quantity).with("entry", &entry).with("exit", &exit);
            asked.with("fee_open", &opening).with("fee_close", &closing).with("funding", &funding)
        };
        let fees = &quantity * (&entry * &opening + &exit * &closing);
        let net = sign(side) * &quantity * (&exit - &entry) - fees + &funding;
        asked().must_be("lin_net_pnl", &net);
        let basis = &quantity * &entry * (whole(1) + sign(side) * &opening);
        asked().with("lev", &leverage).must_be("lin_net_ratio", &(net / basis * leverage));
    }
}

#[test]
fn averages_of_fills() {
    let mut dice = Dice::new(3);
    for _ in 0..ROUNDS {
        let fills: Vec<[Exact; 2]> = (0..=dice.below(4)).map(|_| [dice.quantity(), dice.price()]).collect();
        let quantity: Exact = fills.iter().map(|[quantity, _]| quantity).sum();
        let value: Exact = fills.iter().map(|[quantity, price]| quantity * price).sum();
        let coins: Exact = fills.iter().map(|[quantity, price]| quantity / price).sum();
        Asked::new().list("fills", &fills).must_be("lin_avg", &(value / &quantity));
        Asked::new().list("fills", &fills).must_be("inv_avg", &(quantity / coins));
    }
}

#[test]
fn liquidation_with_maintenance_on_the_mark_value() {
    let mut dice = Dice::new(4);
    for _ in 0..ROUNDS {
        let (side, quantity, entry, mmr) = (dice.side(), dice.quantity(), dice.price(), dice.maintenance());
        let fee = if dice.chance() { dice.fee() } else { whole(0) };
        let s = sign(side);
        let terms = |asked: Asked| asked.word("side", side).with("mmr", &mmr).with("fee", &fee);
        let value = &quantity * &entry;
        let [margin, cum, tmm, upnl] = [(10, 600), (0, 3), (0, 2), (0, 5)].map(|(from, to)| dice.part(&value, from, to));
        let upnl = if dice.chance() { -upnl } else { upnl };
        let money = |asked: Asked| asked.with("margin", &margin).with("cum", &cum).with("tmm", &tmm).with("upnl", &upnl);
        let behind = &margin - &tmm + &upnl;
        let price = (&behind + &cum - &s * &value) / (&quantity * (&mmr + &fee) - &s * &quantity);
        money(terms(Asked::new().with("qty", &quantity).with("entry", &entry))).must_be("lin_liq_mark", &price);
        let price = (&margin - &s * &value) / (&quantity * (&mmr + &fee) - &s * &quantity);
        terms(Asked::new().with("qty", &quantity).with("mark", &entry)).with("equity", &margin).must_be("lin_liq_equity", &price);

        let value = &quantity * whole(100) / &entry;
        let [margin, cum, tmm, upnl] = [(10, 600), (0, 3), (0, 2), (0, 5)].map(|(from, to)| dice.part(&value, from, to));
        let money = |asked: Asked| asked.with("margin", &margin).with("cum", &cum).with("tmm", &tmm).with("upnl", &upnl);
        let behind = &margin - &tmm + &upnl;
        let price = &quantity * whole(100) * (&s + &mmr + &fee) / (behind + &cum + &s * &value);
        let asked = Asked::new().with("contracts", &quantity).with("face", &whole(100)).with("entry", &entry);
        money(terms(asked)).must_be("inv_liq_mark", &price);
    }
}

#[test]
fn liquidation_with_maintenance_on_the_entry_value() {
    let mut dice = Dice::new(5);
    for _ in 0..ROUNDS {
        let (side, quantity, entry, mmr, leverage) =
            (dice.side(), dice.quantity(), dice.price(), dice.maintenance(), dice.leverage());
        let s = sign(side);
        let asked = || Asked::new().word("side", side).with("entry", &entry).with("lev", &leverage).with("mmr", &mmr);
        let value = &quantity * &entry;
        let [extra, ded, deducted] = [100, 3, 5].map(|to| dice.part(&value, 0, to));
        let spare = &value / &leverage - (&value * &mmr - &ded) + &extra;
        let price = &entry - &s * (&spare - &deducted) / &quantity;
        let linear = asked().with("qty", &quantity).with("extra", &extra).with("ded", &ded).with("deducted", &deducted);
        linear.must_be("lin_liq_entry", &price);
        asked().must_be("lin_liq_entry", &(&entry - &s * &entry * (leverage.recip() - &mmr)));

        let value = &quantity * whole(10) / &entry;
        let [extra, ded] = [100, 3].map(|to| dice.part(&value, 0, to));
        let spare = &value / &leverage - (&value * &mmr - &ded) + &extra;
        let inverse = asked().with("contracts", &quantity).with("face", &whole(10)).with("extra", &extra).with("ded", &ded);
        let denominator = &value + &s * spare;
        if !denominator.is_zero() {
            inverse.must_be("inv_liq_entry", &(&quantity * whole(10) / denominator));
        }
    }
}
