//! How the answers to questions asked the other way round came about, and how a switch of mode did.

use super::{ARTICLE, Explanation, PNL, RULE_SET, Rule, or_none};
use crate::arithmetic::{OutOfRange, Rounding};
use crate::contract::Contract;
use crate::maintenance::Terms;
use crate::plan::{MarginMode, MarginModePlan};
use crate::position::Position;
use crate::ratio::Ratio;
use crate::refusal::BindingRule;
use crate::solve::{
    attainable_leverage, average_price, margin_for_liquidation_price, price_for_pnl, price_for_roe, price_to_average,
};
use crate::units::{Amount, Leverage, MarkPrice, Price, Quantity, Rate};

const PLACES: usize = 8;

fn shown(price: Option<Ratio>) -> Result<String, OutOfRange> {
    let text = price.map(|price| price.to_decimal(PLACES, Rounding::HalfUp)).transpose()?;
    Ok(or_none(text.map(|text| text.trim_end_matches('0').trim_end_matches('.').to_owned())))
}

/// Explains which margin, or which leverage, lets a position live at a mark.
///
/// # Errors
/// [`OutOfRange`] when a number leaves the range the rules compute with.
pub fn explain_liquidation_target(terms: &Terms<'_>, position: &Position, target: MarkPrice) -> Result<Explanation, OutOfRange> {
    let mut explanation = Explanation::new(format!("what lets the {} live at mark {target}", position.side));
    let margin = margin_for_liquidation_price(terms, position, target)?;
    let least = Rule {
        name: "least margin",
        formula: "maintenance at the target − profit at the target (a loss adds)",
        rounding: "up; one unit more where equality liquidates",
        source: RULE_SET,
    };
    let inputs = vec![
        ("maintenance at the target", terms.maintenance_margin(position, target)?.to_string()),
        ("profit at the target", position.unrealised_pnl(terms.contract, target)?.to_string()),
    ];
    explanation.step(least, inputs, margin);
    let greatest = Rule {
        name: "greatest leverage",
        formula: "value at entry ÷ least margin, no more than the bracket allows",
        rounding: "down",
        source: ARTICLE,
    };
    let inputs = vec![
        ("value at entry", position.entry_value.to_string()),
        ("least margin", margin.to_string()),
        ("of the bracket", or_none(terms.brackets.max_leverage(position.entry_value))),
    ];
    explanation.step(greatest, inputs, or_none(attainable_leverage(terms, position, target)?));
    Ok(explanation)
}

/// Explains the price that gives a profit.
///
/// # Errors
/// [`OutOfRange`] when a number leaves the range the rules compute with.
pub fn explain_price_for_pnl(contract: &Contract, position: &Position, pnl: Amount) -> Result<Explanation, OutOfRange> {
    let mut explanation = Explanation::new(format!("price at which the {} has made {pnl}", position.side));
    let rule =
        Rule { name: "price", formula: "value at entry ± profit, turned back into a price", rounding: "none", source: PNL };
    let inputs = vec![("value at entry", position.entry_value.to_string()), ("profit", pnl.to_string())];
    explanation.step(rule, inputs, shown(price_for_pnl(contract, position, pnl)?)?);
    Ok(explanation)
}

/// Explains the price that gives a return on the initial margin.
///
/// # Errors
/// [`OutOfRange`] when a number leaves the range the rules compute with.
pub fn explain_price_for_roe(
    contract: &Contract,
    position: &Position,
    roe: Rate,
    leverage: Leverage,
) -> Result<Explanation, OutOfRange> {
    let mut explanation = Explanation::new(format!("price at which the {} has returned {roe}", position.side));
    let rule = Rule {
        name: "price",
        formula: "value at entry ± initial margin × return, turned back into a price",
        rounding: "none",
        source: PNL,
    };
    let inputs = vec![
        ("value at entry", position.entry_value.to_string()),
        ("leverage", leverage.to_string()),
        ("return", roe.to_string()),
    ];
    explanation.step(rule, inputs, shown(price_for_roe(contract, position, roe, leverage)?)?);
    Ok(explanation)
}

/// Explains an average entry price.
///
/// # Errors
/// [`OutOfRange`] without fills.
pub fn explain_average(contract: &Contract, fills: &[(Quantity, Price)]) -> Result<Explanation, OutOfRange> {
    let mut explanation = Explanation::new(format!("average entry price of {} fills", fills.len()));
    let rule = Rule {
        name: "average",
        formula: "sum of the values, turned back into a price (harmonic for inverse contracts)",
        rounding: "each value to the nearest 10⁻⁸, the price not",
        source: PNL,
    };
    let inputs = fills.iter().map(|(quantity, price)| ("fill", format!("{quantity} @ {price}"))).collect();
    explanation.step(rule, inputs, shown(Some(average_price(contract, fills)?))?);
    Ok(explanation)
}

/// Explains the price of a fill that brings the average entry to a target.
///
/// # Errors
/// [`OutOfRange`] when a number leaves the range the rules compute with.
pub fn explain_price_to_average(
    contract: &Contract,
    position: &Position,
    quantity: Quantity,
    target: Price,
) -> Result<Explanation, OutOfRange> {
    let mut explanation = Explanation::new(format!("price at which adding {quantity} brings the average to {target}"));
    let rule = Rule {
        name: "price",
        formula: "value of the whole at the target − value at entry, turned back into a price",
        rounding: "none",
        source: PNL,
    };
    let inputs = vec![("value at entry", position.entry_value.to_string()), ("quantity held", position.quantity.to_string())];
    explanation.step(rule, inputs, shown(price_to_average(contract, position, quantity, target)?)?);
    Ok(explanation)
}

/// Explains the most that can be opened.
#[must_use]
pub fn explain_max_open(most: Quantity, rule: BindingRule, available: Amount, leverage: Leverage) -> Explanation {
    let mut explanation = Explanation::new("most that can be opened");
    let step = Rule {
        name: "quantity",
        formula: "the largest order, in whole lots, that the order's own plan accepts; one lot more is refused",
        rounding: "down to the lot",
        source: RULE_SET,
    };
    let inputs = vec![("available", available.to_string()), ("leverage", leverage.to_string()), ("limited by", rule.to_string())];
    explanation.step(step, inputs, most);
    explanation
}

/// Explains a switch of the margin mode.
#[must_use]
pub fn explain_margin_mode_plan(plan: &MarginModePlan) -> Explanation {
    let (title, formula) = match plan.to {
        MarginMode::Cross => ("isolated → cross", "the whole margin of the position returns to the pool"),
        MarginMode::Isolated => ("cross → isolated", "initial margin of the value at entry, drawn from the available balance"),
    };
    let mut explanation = Explanation::new(title);
    let rule = Rule { name: "wallet → position", formula, rounding: "up", source: RULE_SET };
    explanation.step(rule, Vec::new(), plan.to_position);
    explanation
}
