//! Which function is asked how: its shape, the inputs it may have, and its handler.

use super::{Handler, account, adl, bankruptcy, bitmex, funding, hyperliquid, liquidation, orders, sizes, tiers, values};
use crate::scale::Shape;

/// One function.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    inputs: &'static str,
    pub(crate) handler: Handler,
}

impl Row {
    /// Whether the function has an input of this name.
    pub(crate) fn takes(&self, input: &str) -> bool {
        self.inputs.split(' ').any(|name| name == input)
    }
}

const fn row(name: &'static str, shape: Shape, inputs: &'static str, handler: Handler) -> Row {
    Row { name, shape, inputs, handler }
}

/// The function of this name.
pub(crate) fn row_of(name: &str) -> Option<&'static Row> {
    TABLE.iter().flat_map(|part| part.iter()).find(|row| row.name == name)
}

const L: Shape = Shape::LINEAR;
const I: Shape = Shape::INVERSE;
const E: Shape = Shape::EITHER;

const TABLE: [&[Row]; 7] = [VALUES, MARGINS, ORDERS, LIQUIDATION, BITMEX, TIERS, OTHERS];

#[cfg(test)]
pub(crate) fn names() -> Vec<&'static str> {
    TABLE.iter().flat_map(|part| part.iter()).map(|row| row.name).collect()
}

const VALUES: &[Row] = &[
    row("lin_value", L, "qty price mult", values::value),
    row("inv_value", I, "contracts face price", values::value),
    row("lin_pnl", L, "side qty entry exit mult", values::pnl),
    row("inv_pnl", I, "side contracts face entry exit", values::pnl),
    row("lin_avg", L, "fills", values::average),
    row("inv_avg", I, "fills", values::average),
    row("lin_fee", L, "qty price rate mult", values::fee_of_fill),
    row("inv_fee", I, "contracts face price rate", values::fee_of_fill),
    row("fee", L, "value rate", values::fee_of_value),
    row("funding_fee", L, "value rate", values::fee_of_value),
    row("lin_funding", L, "qty price rate mult", values::funding),
    row("inv_funding", I, "contracts face price rate", values::funding),
    row("lin_roi", L, "pnl qty mult entry lev", values::return_on_margin),
    row("inv_roi", I, "pnl contracts face entry lev", values::return_on_margin),
    row("lin_net_pnl", L, "side qty entry exit fee_open fee_close funding mult", account::net_pnl),
    row("lin_net_ratio", L, "side qty entry exit fee_open fee_close lev funding", account::net_ratio),
    row("lin_seq", L, "fills mult fee_rate what", account::sequence),
    row("lin_account", L, "balance fills fee_rate part", account::balance),
    row("inv_account", I, "balance fills fee_rate part", account::balance),
];

const MARGINS: &[Row] = &[
    row("lin_im", L, "qty price lev mult", values::initial),
    row("inv_im", I, "contracts face price lev", values::initial),
    row("lin_mm", L, "qty price mmr ded mult", values::maintenance),
    row("inv_mm", I, "contracts face price mmr ded", values::maintenance),
    row("mm_fee_funding", L, "qty mult price mmr fee funding", values::maintenance_with_extras),
    row("size_from_margin_lin", Shape::LINEAR_SIZED, "margin lev price", sizes::from_margin),
    row("size_from_margin_inv", Shape::INVERSE_SIZED, "margin lev price", sizes::from_margin),
    row("contracts_from_margin", L, "margin lev price mult cap", sizes::contracts_from_margin),
    row("qty_from_cost_lin", L, "side cost lev price rate", sizes::from_cost),
    row("okx_margin_ratio", Shape::LINEAR_SIZED, "margin upnl mm mmr fee", values::balance_over_requirement),
    row("margin_ratio_pct", Shape::LINEAR_SIZED, "num den", values::percentage),
];

const ORDERS: &[Row] = &[
    row("order_cost", E, "contract side value lev rate part", orders::cost),
    row("close_fee_at_bankruptcy", E, "contract side value lev rate", orders::closing_fee),
    row("uta_im", E, "contract side value lev rate", orders::initial_and_closing_fee),
    row("uta_mm", E, "contract side value lev rate mmr ded", orders::maintenance_and_closing_fee),
    row("im_plus_fee", L, "value lev rate", orders::initial_and_fee),
    row("im_two_fee", L, "value lev rate", orders::initial_and_fee_twice),
    row("open_loss", L, "side qty mark order", orders::loss),
    row("order_cost_open_loss", L, "side qty price lev mark", orders::cost_with_loss),
    row("order_margin_net", L, "buys sells pos_notional imr", orders::worse_side),
];

const LIQUIDATION: &[Row] = &[
    row("lin_liq_mark", L, "side qty entry margin mmr cum fee tmm upnl mult", liquidation::on_mark),
    row("inv_liq_mark", I, "side contracts face entry margin mmr cum fee tmm upnl", liquidation::on_mark),
    row("okx_inv_liq_plus_tick", I, "side contracts face entry margin mmr fee tick", liquidation::plus_tick),
    row("lin_liq_equity", L, "side qty mark equity mmr fee mult", liquidation::from_equity),
    row("lin_liq_entry", L, "side entry lev mmr qty extra ded deducted", liquidation::on_entry),
    row("inv_liq_entry", I, "side entry lev mmr contracts face extra ded", liquidation::on_entry),
    row("tick_lin_liq_entry", L, "side entry lev mmr tick", liquidation::on_entry_tick),
    row("lin_liq_entry_rate", L, "side entry qty margin mmr", liquidation::on_entry_with_margin),
    row("lin_liq_entry_margin", L, "side entry qty margin mm", liquidation::fixed_maintenance),
    row("inv_liq_entry_margin", I, "side entry contracts face margin mm", liquidation::fixed_maintenance),
    row("cross_sustainable_liq", L, "side entry qty available im mm", liquidation::sustainable),
    row("liq_after_add", L, "side entry base_liq extra total_qty", liquidation::after_adding),
    row("liq_frac", L, "side entry lev frac", liquidation::share_of_initial),
    row("first_liq_tick", L, "side entry lev frac", liquidation::first_tick),
    row("lin_bankruptcy", L, "side entry lev", bankruptcy::at_leverage),
    row("inv_bankruptcy", I, "side entry lev", bankruptcy::at_leverage),
    row("tick_lin_bankruptcy", L, "side entry lev tick", bankruptcy::at_leverage_tick),
    row("lin_bankruptcy_margin", L, "side qty entry margin mult", bankruptcy::with_margin),
    row("inv_bankruptcy_margin", I, "side contracts face entry margin", bankruptcy::with_margin),
    row("tick_lin_bankruptcy_margin", L, "side qty entry margin tick", bankruptcy::with_margin_tick),
    row("account_bankruptcy", L, "side oracle equity size", bankruptcy::of_account),
    row("quanto_bankruptcy", L, "side entry lev", bankruptcy::whole_margin),
    row("close_price_for_equity", L, "side mark qty equity target", bankruptcy::for_equity),
    row("bybit_inv_cross", I, "side qty entry balance mmr fee part", bankruptcy::reserving_fee),
    row("tick_bybit_inv_cross", I, "side qty entry balance mmr fee tick", bankruptcy::reserving_fee_tick),
    row("tick_inv_from_balance", I, "side contracts face entry balance fee mmr tick part", bankruptcy::reserving_fee_tick),
    row("hl_mmr", L, "max_lev", hyperliquid::rate),
    row("hl_liq_isolated", L, "szi raw_usd max_lev", hyperliquid::from_cash),
    row("hl_liq_margin", L, "side price size margin_available max_lev", hyperliquid::from_available),
];

const BITMEX: &[Row] = &[
    row("bm_cost", Shape::WHOLE_INVERSE, "qty price", bitmex::cost),
    row("bm_value_pnl", Shape::WHOLE_INVERSE, "side qty entry mark", bitmex::pnl),
    row("bm_leg_fee", Shape::WHOLE_INVERSE, "qty price rate", bitmex::leg_fee),
    row("bm_init", Shape::WHOLE_LINEAR, "cost lev", bitmex::initial),
    row("bm_comm", Shape::WHOLE_LINEAR, "cost init cross fee", bitmex::commission),
    row("bm_maint", Shape::WHOLE_LINEAR, "cost mmr comm funding", bitmex::maintenance),
    row("bm_price_inv", Shape::WHOLE_INVERSE, "side cost buffer qty tick", bitmex::price),
    row("bm_price_lin", L, "side cost buffer qty per_unit tick", bitmex::price),
    row("bm_fair", Shape::FINE_PRICE, "index rate secs interval", funding::fair_price),
];

const TIERS: &[Row] = &[
    row("tier_cums", L, "tiers", tiers::constants),
    row("tier_next_cum", L, "floor mmr prev_mmr prev_cum", tiers::next_constant),
    row("tier_lookup", L, "tiers notional", tiers::lookup),
    row("tier_mm", L, "tiers notional", tiers::maintenance),
    row("tier_max_leverage", L, "tiers stake", tiers::greatest_leverage),
    row("imf_open_interest", L, "base oi lower upper", tiers::open_interest),
    row("oi_cap", L, "base_ppm oi lo hi", tiers::open_interest_ppm),
    row("close_down_to_tier", L, "held tier_max", tiers::close_down),
];

const OTHERS: &[Row] = &[
    row("funding_interest", L, "quote base n", funding::interest),
    row("funding_rate_clamp", L, "premium interest band cap", funding::rate),
    row("vega_funding", Shape::FINE_PRICE, "f s_ lo hi dt r", funding::of_averages),
    row("adl_order", L, "accounts", adl::order),
    row("adl_assign", L, "accounts size", adl::assign),
];
