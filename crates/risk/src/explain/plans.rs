//! How a plan came about: what moves, why, and what limits it.

use super::{ARTICLE, Explanation, RULE_SET, Rule, or_none};
use crate::isolated::LiquidationPrice;
use crate::plan::{Context, LeveragePlan, MarginPlan, OrderPlan};
use crate::rule_set::{LeverageChange, MarginRemoval, OrderCost};

fn liquidation_step(explanation: &mut Explanation, before: Option<LiquidationPrice>, after: Option<LiquidationPrice>) {
    let rule = Rule {
        name: "first mark that liquidates, afterwards",
        formula: "the first price on the mark's grid at which the test holds",
        rounding: "outward, by the exact test",
        source: RULE_SET,
    };
    let trigger = |price: Option<LiquidationPrice>| or_none(price.map(|price| price.trigger));
    explanation.step(rule, vec![("before", trigger(before))], trigger(after));
}

/// Explains an order plan.
#[must_use]
pub fn explain_order_plan(context: &Context<'_>, plan: &OrderPlan) -> Explanation {
    let mut explanation = Explanation::new(format!(
        "order: {} closes, {} opens, at leverage {}",
        plan.parts.closing, plan.parts.opening, context.leg.leverage
    ));
    if let Some(reduction) = plan.reduction {
        let realised = Rule {
            name: "realised profit",
            formula: "value closed against its share of the entry value",
            rounding: "against the trader",
            source: ARTICLE,
        };
        explanation.step(realised, Vec::new(), reduction.realised);
        let released = Rule {
            name: "margin released",
            formula: "margin × quantity closed ÷ quantity held",
            rounding: "down",
            source: ARTICLE,
        };
        explanation.step(released, Vec::new(), reduction.released_margin);
    }
    let formula = match context.terms.rules.order_cost {
        OrderCost::OpenLossAndFee => "initial margin + open loss + opening fee",
        OrderCost::OpenLoss => "initial margin + open loss",
        OrderCost::TwoWayFee => "initial margin + opening fee + fee to close at bankruptcy",
        OrderCost::FeeTwice => "initial margin + twice the opening fee",
    };
    let cost = Rule { name: "needed for the opening part", formula, rounding: "up, each part", source: RULE_SET };
    let inputs = vec![
        ("initial margin", plan.cost.initial_margin.to_string()),
        ("open loss", plan.cost.open_loss.to_string()),
        ("opening fee", plan.cost.opening_fee.to_string()),
        ("closing fee", plan.cost.closing_fee.to_string()),
    ];
    explanation.step(cost, inputs, plan.cost.total().map_or_else(|error| error.to_string(), |total| total.to_string()));
    let posted = Rule {
        name: "margin posted",
        formula: "initial margin of the whole position, after − before",
        rounding: "up",
        source: ARTICLE,
    };
    explanation.step(posted, Vec::new(), plan.posted);
    let change = Rule {
        name: "change of the available balance",
        formula: "margin released + realised profit − margin posted − fee",
        rounding: "none",
        source: ARTICLE,
    };
    explanation.step(change, vec![("fee", plan.fee.to_string())], plan.available_change);
    liquidation_step(&mut explanation, plan.liquidation_before, plan.liquidation_after);
    explanation
}

/// Explains a leverage plan.
#[must_use]
pub fn explain_leverage_plan(context: &Context<'_>, plan: &LeveragePlan) -> Explanation {
    let mut explanation = Explanation::new(format!("leverage {} → {}", plan.from, plan.to));
    let cap = Rule {
        name: "greatest leverage at this size",
        formula: "leverage of the bracket that position and orders fall in",
        rounding: "none",
        source: ARTICLE,
    };
    explanation.step(cap, Vec::new(), or_none(plan.bracket_leverage));
    let requirement =
        Rule { name: "initial margin requirement", formula: "value at entry ÷ leverage", rounding: "up", source: ARTICLE };
    explanation.step(requirement, vec![("before", plan.requirement_before.to_string())], plan.requirement_after);
    let formula = match context.terms.rules.leverage_change {
        LeverageChange::Recalculate => {
            "requirement after − opening margin; what is freed returns as far as it may be removed, a shortfall is drawn"
        }
        LeverageChange::RaiseKeepsLowerRefused => "raising keeps the margin, lowering an open position is refused",
        LeverageChange::Reset => "requirement after − whole margin: added margin is returned",
        LeverageChange::ResetWithoutOrders => "requirement after − whole margin, without open orders",
        LeverageChange::Keep => "nothing moves; the leverage counts for what is opened next",
    };
    let moved = Rule { name: "wallet → position", formula, rounding: "none", source: RULE_SET };
    let inputs = vec![
        ("into order margin", plan.to_orders.to_string()),
        ("limited by", or_none(plan.binding)),
        ("available", context.leg.available.to_string()),
    ];
    explanation.step(moved, inputs, plan.to_position);
    liquidation_step(&mut explanation, plan.liquidation_before, plan.liquidation_after);
    explanation
}

/// Explains a plan that moves margin.
#[must_use]
pub fn explain_margin_plan(context: &Context<'_>, plan: &MarginPlan) -> Explanation {
    let mut explanation = Explanation::new(format!("margin {} into the position", plan.to_position));
    let add = Rule { name: "most that can be added", formula: "the available balance", rounding: "none", source: RULE_SET };
    explanation.step(add, Vec::new(), plan.max_addable);
    let formula = match context.terms.rules.margin_removal {
        MarginRemoval::KeepInitialWithoutProfit => "margin + min(0, profit) − max(initial margin at the mark, floor × value)",
        MarginRemoval::KeepMaintenanceAndInitial => "min(margin − maintenance, margin + profit − initial margin at the mark)",
        MarginRemoval::AddedOnly => "margin added by hand + min(0, profit)",
        MarginRemoval::KeepInitialWithProfit => "margin + profit − max(initial margin at the mark, floor × value)",
    };
    let remove = Rule { name: "most that can be removed", formula, rounding: "down", source: RULE_SET };
    explanation.step(remove, vec![("set by", plan.max_removable.rule.to_string())], plan.max_removable.amount);
    liquidation_step(&mut explanation, plan.liquidation_before, plan.liquidation_after);
    explanation
}
