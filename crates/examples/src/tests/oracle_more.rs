//! As the oracle: bankruptcy, orders, sizes, Hyperliquid, BitMEX, brackets and funding rates.

use super::dice::{Dice, number, sign};
use super::oracle::Asked;
use crate::answer::Answer;
use crate::answer::names;
use crate::number::{Exact, ten, whole};
use num_traits::Zero;

const ROUNDS: usize = 100;

#[test]
fn bankruptcy_prices() {
    let mut dice = Dice::new(11);
    for _ in 0..ROUNDS {
        let (side, quantity, entry, leverage) = (dice.side(), dice.quantity(), dice.price(), dice.leverage());
        let s = sign(side);
        let asked = || Asked::new().word("side", side).with("entry", &entry);
        asked().with("lev", &leverage).must_be("lin_bankruptcy", &(&entry * (whole(1) - &s / &leverage)));
        let below = &leverage + &s;
        if !below.is_zero() {
            asked().with("lev", &leverage).must_be("inv_bankruptcy", &(&entry * &leverage / below));
        }
        let whole_entry = entry.trunc() + whole(100);
        let margin = (&whole_entry / &leverage).trunc();
        let asked_whole = Asked::new().word("side", side).with("entry", &whole_entry).with("lev", &leverage);
        asked_whole.must_be("quanto_bankruptcy", &(&whole_entry - &s * margin));
        let margin = dice.part(&(&quantity * &entry), 10, 600);
        asked()
            .with("qty", &quantity)
            .with("margin", &margin)
            .must_be("lin_bankruptcy_margin", &(&entry - &s * &margin / &quantity));
        let maintenance = dice.part(&margin, 10, 300);
        let spare = &margin - &maintenance;
        let fixed = asked().with("qty", &quantity).with("margin", &margin).with("mm", &maintenance);
        fixed.must_be("lin_liq_entry_margin", &(&entry - &s * &spare / &quantity));
        let cross = asked().with("qty", &quantity).with("available", &margin).with("im", &margin).with("mm", &maintenance);
        cross.must_be("cross_sustainable_liq", &(&entry - &s * (&margin + &spare) / &quantity));
        let share = number(dice.pick(&["0.5", "0.1", "0.33"]));
        let price = &entry - &s * &entry / &leverage * (whole(1) - &share);
        asked().with("lev", &leverage).with("frac", &share).must_be("liq_frac", &price);
        let whole_price = |price: &Exact| if side == "long" { price.ceil() } else { price.floor() + whole(1) };
        let price = &whole_entry - &s * &whole_entry / &leverage * (whole(1) - &share);
        let asked = Asked::new().word("side", side).with("entry", &whole_entry).with("lev", &leverage).with("frac", &share);
        asked.must_be("first_liq_tick", &whole_price(&price));
    }
}

#[test]
fn margin_added_to_a_printed_price() {
    let mut dice = Dice::new(12);
    for _ in 0..ROUNDS {
        let (side, quantity, entry) = (dice.side(), dice.quantity(), dice.price() + whole(1));
        let s = sign(side);
        let distance = dice.part(&entry, 10, 300).max(ten(-8)) * ten(12);
        let distance = distance.trunc() * ten(-12);
        let base = (&entry - &s * distance) * ten(8);
        let base = base.trunc() * ten(-8);
        let extra = dice.part(&(&quantity * &entry), 10, 300);
        let asked = Asked::new().word("side", side).with("entry", &entry).with("base_liq", &base);
        let price = &base - &s * &extra / &quantity;
        asked.with("extra", &extra).with("total_qty", &quantity).must_be("liq_after_add", &price);
    }
}

#[test]
fn a_balance_that_pays_the_closing_fee() {
    let mut dice = Dice::new(13);
    for _ in 0..ROUNDS {
        let (side, quantity, entry, fee) = (dice.side(), dice.decimal(5, 0), dice.decimal(6, 1) + whole(10), dice.fee());
        let (s, mmr) = (sign(side), number("0.005"));
        let value = &quantity / &entry;
        let balance = dice.part(&value, 20, 700);
        let bust = &quantity * (whole(1) + &s * &fee) / (&value + &s * &balance);
        let spare = &balance - &value * &mmr - &quantity * &fee / &bust;
        let price = &quantity / (&value + &s * spare);
        let asked = |size: &str| {
            let asked = Asked::new().word("side", side).with(size, &quantity).with("entry", &entry).with("balance", &balance);
            asked.with("mmr", &mmr).with("fee", &fee)
        };
        asked("qty").word("part", "bankruptcy").must_be("bybit_inv_cross", &bust);
        asked("qty").word("part", "liquidation").must_be("bybit_inv_cross", &price);
        let tick = number("0.05");
        let on_tick =
            |price: &Exact| if side == "long" { (price / &tick).ceil() * &tick } else { (price / &tick).floor() * &tick };
        asked("qty").with("tick", &tick).must_be("tick_bybit_inv_cross", &on_tick(&price));
        let isolated = || asked("contracts").with("face", &whole(1)).with("tick", &tick);
        isolated().word("part", "bust").must_be("tick_inv_from_balance", &on_tick(&bust));
        isolated().word("part", "liq").must_be("tick_inv_from_balance", &on_tick(&price));
    }
}

#[test]
fn orders() {
    let mut dice = Dice::new(14);
    for _ in 0..ROUNDS {
        let (side, value, leverage, rate, mmr) = (dice.side(), dice.quantity(), dice.leverage(), dice.fee(), dice.maintenance());
        let kind = dice.pick(&["linear", "inverse"]);
        let turn = if kind == "linear" { sign(side) } else { -sign(side) };
        let asked = || {
            let asked = Asked::new().word("contract", kind).word("side", side).with("value", &value);
            asked.with("lev", &leverage).with("rate", &rate)
        };
        let (margin, opening) = (&value / &leverage, &value * &rate);
        let closing = &value * (whole(1) - &turn / &leverage) * &rate;
        asked().must_be("close_fee_at_bankruptcy", &closing);
        for (part, expected) in [
            ("im", margin.clone()),
            ("fee_open", opening.clone()),
            ("fee_close", closing.clone()),
            ("two_way_fee", &opening + &closing),
            ("total", &margin + &opening + &closing),
        ] {
            asked().word("part", part).must_be("order_cost", &expected);
        }
        asked().must_be("uta_im", &(&margin + &closing));
        asked().with("mmr", &mmr).must_be("uta_mm", &(&value * &mmr + &closing));
        let deduction = dice.part(&value, 0, 3);
        asked().with("mmr", &mmr).with("ded", &deduction).must_be("uta_mm", &(&value * &mmr - &deduction + &closing));
        let (price, mark) = (dice.price(), dice.price());
        let loss = (sign(side) * &value * (&price - &mark)).max(whole(0));
        let order = || Asked::new().word("side", side).with("qty", &value).with("mark", &mark);
        order().with("order", &price).must_be("open_loss", &loss);
        let cost = &value * &price / &leverage + &loss;
        order().with("price", &price).with("lev", &leverage).must_be("order_cost_open_loss", &cost);
        let share = &price * (leverage.recip() + &rate + &rate * (whole(1) - sign(side) / &leverage));
        let size = Asked::new().word("side", side).with("cost", &value).with("lev", &leverage).with("price", &price);
        size.with("rate", &rate).must_be("qty_from_cost_lin", &(&value / share));
    }
}

#[test]
fn sizes_are_whole_where_they_are() {
    let asked = |margin: &str, leverage: &str, price: &str| {
        Asked::new().with("margin", &number(margin)).with("lev", &number(leverage)).with("price", &number(price))
    };
    let exactly = |asked: Asked, function: &str, expected: &str| {
        assert_eq!(asked.of(function), Answer::Number(number(expected)), "{function}");
    };
    exactly(asked("0.1", "10", "10000"), "size_from_margin_inv", "10000");
    exactly(asked("0.0123", "4.2", "37643.1"), "size_from_margin_inv", "1944.642546");
    exactly(asked("1000", "10", "8000"), "size_from_margin_lin", "1.25");
    exactly(asked("87442", "12.5", "360"), "size_from_margin_inv", "393489000");
    exactly(asked("1000", "3", "7").with("mult", &number("0.1")).with("cap", &whole(10_000)), "contracts_from_margin", "4285");
    exactly(asked("1000", "3", "7").with("mult", &number("0.1")).with("cap", &whole(100)), "contracts_from_margin", "100");
    exactly(Asked::new().with("held", &whole(15_000)).with("tier_max", &whole(2_000)), "close_down_to_tier", "13000");
}

#[test]
fn hyperliquid() {
    let mut dice = Dice::new(15);
    for _ in 0..ROUNDS {
        let (side, size, price) = (dice.side(), dice.quantity(), dice.price());
        let greatest = number(dice.pick(&["3", "5", "7", "10", "20", "40", "50"]));
        let (s, share) = (sign(side), (whole(2) * &greatest).recip());
        let available = dice.part(&(&size * &price), 10, 400);
        let asked = Asked::new().word("side", side).with("price", &price).with("size", &size).with("max_lev", &greatest);
        let expected = &price - &s * &available / &size / (whole(1) - &s * &share);
        asked.with("margin_available", &available).must_be("hl_liq_margin", &expected);
        let signed = &s * &size;
        let cash = -&s * &size * &price + &available;
        let expected = -&cash / (&signed * (whole(1) - &s * &share));
        let asked = Asked::new().with("szi", &signed).with("raw_usd", &cash).with("max_lev", &greatest);
        asked.must_be("hl_liq_isolated", &expected);
        Asked::new().with("max_lev", &greatest).must_be("hl_mmr", &share);
    }
}

#[test]
fn bitmex() {
    let mut dice = Dice::new(16);
    for _ in 0..ROUNDS {
        let (side, quantity, entry, mark) = (dice.side(), dice.decimal(4, 0), dice.decimal(6, 1), dice.decimal(6, 1));
        let (s, leverage, fee, mmr) = (sign(side), dice.leverage(), dice.fee(), dice.maintenance());
        let cost = |price: &Exact| &quantity * (ten(8) / price).round();
        Asked::new().with("qty", &quantity).with("price", &entry).must_be("bm_cost", &cost(&entry));
        let asked = Asked::new().word("side", side).with("qty", &quantity).with("entry", &entry).with("mark", &mark);
        asked.must_be("bm_value_pnl", &(&s * (cost(&entry) - cost(&mark))));
        let rate = number("0.00025");
        let asked = Asked::new().with("qty", &quantity).with("price", &entry).with("rate", &rate);
        asked.must_be("bm_leg_fee", &(cost(&entry) * &rate));
        let cost = cost(&entry);
        let init = (&cost / &leverage).ceil();
        Asked::new().with("cost", &cost).with("lev", &leverage).must_be("bm_init", &init);
        let cross = dice.decimal(5, 0);
        let asked = Asked::new().with("cost", &cost).with("init", &init).with("cross", &cross).with("fee", &fee);
        let commission = ((&cost + &init + &cross) * &fee).ceil();
        asked.must_be("bm_comm", &commission);
        let funding = dice.decimal(3, 6);
        let asked = Asked::new().with("cost", &cost).with("mmr", &mmr).with("comm", &commission).with("funding", &funding);
        asked.must_be("bm_maint", &((&cost * (&mmr + &funding)).ceil() + &commission));
        let buffer = dice.part(&cost, 5, 400).trunc();
        let per = (&cost + &s * &buffer) / &quantity;
        let (per, tick) = (if side == "long" { per.floor() } else { per.ceil() }, number("0.5"));
        let steps = ten(8) / per / &tick;
        let price = if side == "long" { steps.ceil() } else { steps.floor() } * &tick;
        let asked = Asked::new().word("side", side).with("cost", &cost).with("buffer", &buffer).with("qty", &quantity);
        asked.with("tick", &tick).must_be("bm_price_inv", &price);
        let steps = (&cost - &s * &buffer) / (&quantity * whole(10)) / &tick;
        let price = if side == "long" { steps.ceil() } else { steps.floor() } * &tick;
        let asked = Asked::new().word("side", side).with("cost", &cost).with("buffer", &buffer).with("qty", &quantity);
        asked.with("per_unit", &whole(10)).with("tick", &tick).must_be("bm_price_lin", &price);
    }
}

#[test]
fn every_function_of_the_format_is_known() {
    let known = names();
    let mut once = known.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), known.len(), "a function stands twice");
    for name in FORMAT.split_whitespace() {
        assert!(known.contains(&name), "{name} is not known");
    }
}

const FORMAT: &str = "adl_assign adl_order bm_comm bm_cost bm_fair bm_init bm_leg_fee bm_maint bm_price_inv bm_price_lin bm_value_pnl
    bybit_inv_cross close_down_to_tier close_fee_at_bankruptcy contracts_from_margin cross_sustainable_liq first_liq_tick funding_fee
    funding_interest hl_liq_isolated hl_liq_margin hl_mmr inv_account inv_avg inv_bankruptcy inv_fee inv_funding inv_im inv_liq_entry
    inv_liq_mark inv_mm inv_pnl inv_value lin_account lin_avg lin_bankruptcy lin_bankruptcy_margin lin_fee lin_funding lin_im lin_liq_entry
    lin_liq_entry_margin lin_liq_equity lin_liq_mark lin_mm lin_net_pnl lin_net_ratio lin_pnl lin_roi lin_seq lin_value liq_after_add
    liq_frac margin_ratio_pct okx_inv_liq_plus_tick okx_margin_ratio open_loss order_cost order_cost_open_loss order_margin_net
    qty_from_cost_lin quanto_bankruptcy size_from_margin_inv size_from_margin_lin tick_bybit_inv_cross tick_inv_from_balance
    tick_lin_bankruptcy tick_lin_liq_entry tier_cums tier_lookup tier_max_leverage tier_mm tier_next_cum uta_im uta_mm vega_funding";
