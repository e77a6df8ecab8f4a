//! An account in one market, as JSON: its money, and its positions with everything that follows from them.

use ringfence_engine::book::AccountId;
use ringfence_engine::event::{Event, LedgerAccount, Posting, Reason};
use ringfence_engine::ids::{AssetId, MarketId};
use ringfence_engine::query::PositionView;
use ringfence_engine::state::State;
use ringfence_risk::arithmetic::{OutOfRange, SCALE};
use ringfence_risk::plan::{LeveragePlan, MarginMode, MarginPlan};
use ringfence_risk::ratio::Ratio;
use ringfence_risk::units::{Amount, Side};
use serde_json::{Value, json};

use crate::api::text::Decimal;
use crate::boot::Family;
use crate::edge::error::ApiError;

/// Whom and what a preview looks at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Eye {
    pub(super) account: AccountId,
    pub(super) market: MarketId,
    pub(super) asset: AssetId,
    pub(super) family: Family,
}

pub(in crate::local) fn out_of_range(error: OutOfRange) -> ApiError {
    ApiError::refused(error.to_string())
}

pub(in crate::local) fn ratio(ratio: Option<Ratio>) -> Option<String> {
    ratio.map(|ratio| Decimal::ratio(ratio, 0).to_string())
}

/// Money and positions of an account in a market.
pub(super) fn standing(state: &State, eye: Eye) -> Result<Value, ApiError> {
    let money = state.account_view(eye.account, eye.asset).map_err(out_of_range)?;
    let market = state.market(eye.market);
    let part = market.and_then(|market| market.participant(eye.account));
    // Who never did anything in a market stands there as the market was listed.
    let listing = market.map(ringfence_engine::state::Market::listing);
    let margin_mode = part.map(|part| part.margin_mode(Side::Long)).or(listing.map(|listing| listing.default_margin_mode));
    let leverage = part.map(|part| part.leverage().long).or(listing.map(|listing| listing.default_leverage));
    let mut positions = Vec::new();
    for side in [Side::Long, Side::Short] {
        let view = state.position_view(eye.market, eye.account, side).map_err(out_of_range)?;
        positions.extend(view.map(|view| position(&view)));
    }
    Ok(json!({
        "wallet": money.map(|money| money.wallet.to_string()),
        "free": money.map(|money| money.free.to_string()),
        "held": money.map(|money| money.held.to_string()),
        "isolated_margin": money.map(|money| money.isolated_margin.to_string()),
        "available": money.map(|money| money.available.to_string()),
        "unrealised_pnl": money.map(|money| money.unrealised_pnl.to_string()),
        "margin_mode": margin_mode.map(mode),
        "leverage": leverage.map(|leverage| leverage.to_string()),
        "positions": positions,
    }))
}

pub(in crate::local) const fn mode(mode: MarginMode) -> &'static str {
    match mode {
        MarginMode::Isolated => "isolated",
        MarginMode::Cross => "cross",
    }
}

/// Prices that do not exist are `null`.
pub(in crate::local) fn position(view: &PositionView) -> Value {
    json!({
        "side": view.side.to_string(),
        "quantity": view.quantity.to_string(),
        "entry_price": view.entry_price.to_string(),
        "break_even_price": ratio(view.break_even_price),
        "mark": view.mark.to_string(),
        "notional": view.notional.to_string(),
        "unrealised_pnl": view.unrealised_pnl.to_string(),
        "return_on_equity": ratio(view.return_on_equity),
        "margin_mode": mode(view.margin_mode),
        "leverage": view.leverage.to_string(),
        "initial_margin": view.initial_margin.to_string(),
        "opening_margin": view.opening_margin.to_string(),
        "added_margin": view.added_margin.to_string(),
        "margin_balance": view.margin_balance.to_string(),
        "maintenance_margin": view.maintenance_margin.to_string(),
        "margin_ratio": ratio(view.margin_ratio),
        "liquidation_price": view.liquidation_price().map(|price| price.to_string()),
        "liquidation_distance": ratio(distance(view)),
        "liquidation_price_printed": ratio(view.liquidation.printed),
        "bankruptcy_price": ratio(view.bankruptcy_price),
        "max_removable": view.max_removable.map(|most| most.amount.to_string()),
        "max_removable_rule": view.max_removable.map(|most| most.rule.to_string()),
        "max_addable": view.max_addable.map(|most| most.to_string()),
    })
}

/// How far the mark is from where it liquidates, as a fraction of the mark: below zero for a price below it.
fn distance(view: &PositionView) -> Option<Ratio> {
    let (mark, price) = (view.mark.wide(), view.liquidation_price()?.wide());
    Ratio::new(price.checked_sub(mark)?.checked_mul(SCALE)?, mark).ok()
}

/// What a leverage change moves: of both legs together where each hedge leg has its own.
pub(super) fn leverage_plans(plans: &[LeveragePlan]) -> Result<Value, OutOfRange> {
    let sum = |of: fn(&LeveragePlan) -> Amount| {
        plans.iter().try_fold(Amount::ZERO, |sum, plan| sum.plus(of(plan))).map(|sum| sum.to_string())
    };
    let bracket = plans.iter().filter_map(|plan| plan.bracket_leverage).min();
    Ok(json!({
        "to_position": sum(|plan| plan.to_position)?, "to_orders": sum(|plan| plan.to_orders)?,
        "requirement_before": sum(|plan| plan.requirement_before)?, "requirement_after": sum(|plan| plan.requirement_after)?,
        "bracket_leverage": bracket.map(|leverage| leverage.to_string()),
        "rule": plans.iter().find_map(|plan| plan.binding).map(|rule| rule.to_string()),
    }))
}

/// What moving margin moves.
pub(super) fn margin_plan(plan: &MarginPlan) -> Value {
    json!({
        "to_position": plan.to_position.to_string(),
        "max_addable": plan.max_addable.to_string(),
        "max_removable": plan.max_removable.amount.to_string(),
        "rule": plan.max_removable.rule.to_string(),
    })
}

/// The trading fees that the account paid among these events, as the ledger has them; a rebate counts against them.
pub(super) fn fees(events: &[Event], eye: Eye) -> Option<String> {
    let owns = |account: LedgerAccount| match account {
        LedgerAccount::Wallet(owner) | LedgerAccount::Hold(owner, _) | LedgerAccount::Margin(owner, ..) => owner == eye.account,
        LedgerAccount::Outside
        | LedgerAccount::Fees
        | LedgerAccount::Insurance(_)
        | LedgerAccount::Settlement(_)
        | LedgerAccount::Funding(_)
        | LedgerAccount::Uncovered(_) => false,
    };
    let postings = events.iter().filter_map(|event| if let Event::Posted(posting) = event { Some(posting) } else { None });
    let paid =
        postings.filter(|posting| posting.reason == Reason::TradingFee).try_fold(Amount::ZERO, |sum, posting: &Posting| {
            match (owns(posting.from), owns(posting.to)) {
                (true, false) => sum.plus(posting.amount),
                (false, true) => sum.minus(posting.amount),
                (true, true) | (false, false) => Ok(sum),
            }
        });
    paid.ok().map(|paid| paid.to_string())
}
