//! How a position's margin, maintenance and liquidation price come about.

use super::{ARTICLE, BINANCE_BRACKETS, BINANCE_LIQUIDATION, Explanation, PNL, RULE_SET, Rule, SLAB_BRACKETS, or_none};
use crate::arithmetic::{OutOfRange, Rounding};
use crate::bracket::BracketStyle;
use crate::contract::ContractKind;
use crate::cross::{CrossAccount, CrossLiquidation};
use crate::isolated::{Leg, LiquidationPrice};
use crate::margin::initial_margin;
use crate::ratio::Ratio;
use crate::rule_set::{ClosingFee, LiquidationTrigger, MaintenanceBasis, PricePrinting};
use crate::units::{Amount, Leverage, MarkPrice};

/// Decimals of an exact price in an explanation.
const EXACT_PLACES: usize = 20;

fn exact(price: Ratio) -> Result<String, OutOfRange> {
    let text = price.to_decimal(EXACT_PLACES, Rounding::HalfUp)?;
    Ok(text.trim_end_matches('0').trim_end_matches('.').to_owned())
}

/// Explains a position at a mark, from what it cost to where it is liquidated.
///
/// # Errors
/// [`OutOfRange`] when a number leaves the range the rules compute with.
pub fn explain_leg(leg: &Leg<'_>, leverage: Leverage, mark: MarkPrice) -> Result<Explanation, OutOfRange> {
    let position = leg.position;
    let mut explanation = Explanation::new(format!(
        "{} {} at {}×, {} contract, mark {mark}",
        position.side,
        position.quantity,
        leverage,
        leg.terms.contract.kind()
    ));
    entry_steps(&mut explanation, leg, leverage)?;
    balance_steps(&mut explanation, leg, mark)?;
    liquidation_steps(&mut explanation, leg, leg.liquidation_price(mark)?)?;
    Ok(explanation)
}

/// Explains profit or loss at a mark.
///
/// # Errors
/// [`OutOfRange`] when a number leaves the range the rules compute with.
pub fn explain_pnl(leg: &Leg<'_>, leverage: Leverage, mark: MarkPrice) -> Result<Explanation, OutOfRange> {
    let mut explanation = Explanation::new(format!("{} {} at mark {mark}", leg.position.side, leg.position.quantity));
    entry_steps(&mut explanation, leg, leverage)?;
    pnl_step(&mut explanation, leg, mark)?;
    Ok(explanation)
}

fn entry_steps(explanation: &mut Explanation, leg: &Leg<'_>, leverage: Leverage) -> Result<(), OutOfRange> {
    let (contract, position) = (leg.terms.contract, leg.position);
    let (formula, size) = match contract.kind() {
        ContractKind::Linear => ("quantity × multiplier × price", "multiplier"),
        ContractKind::Quanto => ("quantity × settlement asset per unit of price × price", "multiplier"),
        ContractKind::Inverse => ("quantity × face value ÷ price", "face value"),
    };
    let value = Rule { name: "value at entry", formula, rounding: "nearest 10⁻⁸, once per fill", source: PNL };
    let inputs = vec![
        ("quantity", position.quantity.to_string()),
        (size, contract.spec().multiplier.to_string()),
        ("average entry price", position.average_entry_price(contract)?.to_string()),
    ];
    explanation.step(value, inputs, position.entry_value);
    let margin = Rule { name: "initial margin", formula: "value at entry ÷ leverage", rounding: "up", source: ARTICLE };
    let inputs = vec![("value at entry", position.entry_value.to_string()), ("leverage", leverage.to_string())];
    explanation.step(margin, inputs, initial_margin(position.entry_value, leverage)?);
    let collateral = Rule {
        name: "collateral",
        formula: "opening margin + margin added − funding owed (isolated), or the pool with the other positions held fixed (cross)",
        rounding: "none",
        source: ARTICLE,
    };
    let inputs =
        vec![("opening margin", position.opening_margin.to_string()), ("added margin", position.added_margin.to_string())];
    explanation.step(collateral, inputs, leg.collateral);
    Ok(())
}

fn pnl_step(explanation: &mut Explanation, leg: &Leg<'_>, mark: MarkPrice) -> Result<(), OutOfRange> {
    let (contract, position) = (leg.terms.contract, leg.position);
    let formula = match contract.value_sign(position.side) {
        1 => "value at the mark − value at entry",
        _ => "value at entry − value at the mark",
    };
    let rule = Rule { name: "unrealised profit", formula, rounding: "down", source: PNL };
    let value = contract.mark_value(contract.exposure(position.quantity)?, mark)?;
    let inputs = vec![("value at the mark", exact(value)?), ("value at entry", position.entry_value.to_string())];
    explanation.step(rule, inputs, position.unrealised_pnl(contract, mark)?);
    Ok(())
}

fn balance_steps(explanation: &mut Explanation, leg: &Leg<'_>, mark: MarkPrice) -> Result<(), OutOfRange> {
    pnl_step(explanation, leg, mark)?;
    let balance = Rule { name: "margin balance", formula: "collateral + unrealised profit", rounding: "down", source: ARTICLE };
    explanation.step(balance, vec![("collateral", leg.collateral.to_string())], leg.margin_balance(mark)?);
    maintenance_step(explanation, leg, mark)?;
    let formula = match leg.terms.rules.trigger {
        LiquidationTrigger::Below => "liquidated when balance < maintenance; at equality the position lives",
        LiquidationTrigger::AtOrBelow => "liquidated when balance ≤ maintenance",
    };
    let test = Rule {
        name: "liquidated at this mark",
        formula,
        rounding: "none: the value at the mark is not rounded, the comparison is cross-multiplied",
        source: RULE_SET,
    };
    let inputs =
        vec![("balance", leg.margin_balance(mark)?.to_string()), ("maintenance", leg.maintenance_margin(mark)?.to_string())];
    explanation.step(test, inputs, if leg.is_liquidatable(mark)? { "yes" } else { "no" });
    Ok(())
}

fn maintenance_step(explanation: &mut Explanation, leg: &Leg<'_>, mark: MarkPrice) -> Result<(), OutOfRange> {
    let (terms, position) = (&leg.terms, leg.position);
    let bracket = match terms.rules.maintenance_basis {
        MaintenanceBasis::EntryValue => terms.brackets.bracket_of(position.entry_value)?,
        MaintenanceBasis::MarkValue => terms.bracket_at(terms.contract.exposure(position.quantity)?, mark)?,
    };
    let formula = match (terms.rules.maintenance_basis, terms.rules.closing_fee) {
        (MaintenanceBasis::EntryValue, ClosingFee::Excluded | ClosingFee::ReservedAtEntry) => "value at entry × rate − cum",
        (MaintenanceBasis::MarkValue, ClosingFee::Excluded | ClosingFee::ReservedAtEntry) => "value at the mark × rate − cum",
        (MaintenanceBasis::EntryValue, ClosingFee::TakerOnMaintenanceValue) => "value at entry × (rate + taker fee) − cum",
        (MaintenanceBasis::MarkValue, ClosingFee::TakerOnMaintenanceValue) => "value at the mark × (rate + taker fee) − cum",
        (MaintenanceBasis::EntryValue, ClosingFee::TakerAtBankruptcy) => {
            "value at entry × rate − cum + fee to close at bankruptcy"
        }
        (MaintenanceBasis::MarkValue, ClosingFee::TakerAtBankruptcy) => {
            "value at the mark × rate − cum + fee to close at bankruptcy"
        }
    };
    let source = match terms.brackets.style() {
        BracketStyle::Marginal => BINANCE_BRACKETS,
        BracketStyle::Slab => SLAB_BRACKETS,
    };
    let rule = Rule { name: "maintenance margin", formula, rounding: "up", source };
    let inputs = vec![
        ("bracket from", bracket.floor.to_string()),
        ("rate", bracket.maintenance_rate.to_string()),
        ("cum (0 in slab style)", bracket.cum.to_string()),
        ("rate with fee and funding", bracket.maintenance_rate.plus(terms.extra_rate(position.side)?)?.to_string()),
    ];
    explanation.step(rule, inputs, leg.maintenance_margin(mark)?);
    Ok(())
}

fn liquidation_steps(explanation: &mut Explanation, leg: &Leg<'_>, price: Option<LiquidationPrice>) -> Result<(), OutOfRange> {
    let crossing = Rule {
        name: "liquidation price, exact",
        formula: "where collateral ± (value − value at entry) = value × rate + constant; value turned back into a price",
        rounding: "none",
        source: BINANCE_LIQUIDATION,
    };
    let inputs = price.map_or_else(Vec::new, |price| {
        vec![("rate", price.requirement.rate.to_string()), ("constant", price.requirement.constant.to_string())]
    });
    let at = price.and_then(|price| price.exact);
    explanation.step(crossing, inputs, or_none(at.map(exact).transpose()?));
    let grid = Rule {
        name: "first mark that liquidates",
        formula: "the first price on the mark's grid at which the test holds; one step before it the position is safe",
        rounding: "outward, by the exact test",
        source: RULE_SET,
    };
    let step = leg.terms.contract.spec().mark_step.to_string();
    explanation.step(grid, vec![("mark step", step)], or_none(price.map(|price| price.trigger)));
    let printing = match leg.terms.rules.price_printing {
        PricePrinting::EightDecimals => "to 10⁻⁸, on the side of earlier liquidation",
        PricePrinting::TickEarlier => "to the tick, on the side of earlier liquidation",
        PricePrinting::WholeContractValue => "value of one contract made whole, then to the tick",
    };
    let printed = Rule { name: "liquidation price, as printed", formula: printing, rounding: "display only", source: RULE_SET };
    let shown = at.map(|price| leg.printed(price)).transpose()?;
    explanation.step(printed, Vec::new(), or_none(shown.map(exact).transpose()?));
    let bankruptcy = Rule {
        name: "bankruptcy price",
        formula: "where the collateral is used up: value = value at entry ∓ collateral",
        rounding: "none",
        source: ARTICLE,
    };
    explanation.step(bankruptcy, Vec::new(), or_none(leg.bankruptcy_price()?.map(exact).transpose()?));
    Ok(())
}

/// Explains a cross account at its marks and where one of its markets liquidates it.
///
/// # Errors
/// [`OutOfRange`] when a number leaves the range the rules compute with.
pub fn explain_cross(account: &CrossAccount<'_>, market: usize) -> Result<Explanation, OutOfRange> {
    let mut explanation = Explanation::new(format!("cross account, positions: {}", account.legs.len()));
    let equity =
        Rule { name: "equity", formula: "wallet + unrealised profit of all positions", rounding: "down, each", source: PNL };
    let inputs = vec![("wallet", account.wallet.to_string()), ("unrealised", account.unrealised_pnl()?.to_string())];
    explanation.step(equity, inputs, account.equity()?);
    let maintenance =
        Rule { name: "maintenance margin", formula: "sum over all positions", rounding: "up, each", source: BINANCE_BRACKETS };
    explanation.step(maintenance, Vec::new(), account.maintenance_margin()?);
    let available = Rule {
        name: "available",
        formula: "wallet + min(0, unrealised) − initial margin − order margin, not below zero",
        rounding: "down",
        source: RULE_SET,
    };
    let inputs = vec![
        ("initial margin", account.initial_margin()?.to_string()),
        ("order margin", Amount::to_string(&account.order_margin)),
    ];
    explanation.step(available, inputs, account.available()?);
    let marks = Rule {
        name: "liquidating marks of this market",
        formula: "first mark down and up at which equity and maintenance meet, the other markets held fixed",
        rounding: "outward, by the exact test",
        source: BINANCE_LIQUIDATION,
    };
    let result = match account.liquidation_marks(market)? {
        CrossLiquidation::Now => "now".to_owned(),
        CrossLiquidation::Band { below, above } => format!("below {}, above {}", or_none(below), or_none(above)),
    };
    explanation.step(marks, Vec::new(), result);
    Ok(explanation)
}
