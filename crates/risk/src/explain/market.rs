//! How a mark, a funding rate, a payment or an ADL score came about.

use super::{Explanation, PNL, Rule, or_none};
use crate::adl::{AdlCandidate, adl_score};
use crate::arithmetic::OutOfRange;
use crate::contract::Contract;
use crate::fee::funding_payment;
use crate::funding::{FundingTerms, funding_rate};
use crate::mark::{MarkInputs, mark_price};
use crate::rule_set::AdlRanking;
use crate::units::{MarkPrice, Quantity, Rate, Side};

const MARK: &str = "Binance mark price (median of three legs); a missing leg is replaced by the index";
const FUNDING: &str = "Binance funding rate: premium + clamp(interest − premium)";

/// Explains a mark price.
///
/// # Errors
/// [`OutOfRange`] when a leg is not a price.
pub fn explain_mark(inputs: &MarkInputs, step: MarkPrice) -> Result<Explanation, OutOfRange> {
    let mark = mark_price(inputs, step)?;
    let mut explanation = Explanation::new("mark price");
    let rule = |name, formula| Rule { name, formula, rounding: "nearest 10⁻⁸", source: MARK };
    let funding = rule("funding leg", "index × (1 + funding rate × time to funding ÷ interval)");
    let values = vec![
        ("index", inputs.index.to_string()),
        ("funding rate", inputs.funding_rate.to_string()),
        ("milliseconds to funding", inputs.until_funding_ms.to_string()),
        ("interval", inputs.funding_interval_ms.to_string()),
    ];
    explanation.step(funding, values, mark.funding_leg);
    let basis = inputs.average_basis.map(|raw| crate::units::Amount::from_wide(raw.into())).transpose()?;
    explanation.step(
        rule("basis leg", "index + moving average of (middle − index)"),
        vec![("basis", or_none(basis))],
        mark.basis_leg,
    );
    explanation.step(rule("last leg", "last traded price"), vec![("last", or_none(inputs.last))], mark.last_leg);
    explanation.step(
        rule("mark", "median of the three legs, on the mark's grid"),
        vec![("mark step", step.to_string())],
        mark.mark,
    );
    Ok(explanation)
}

/// Explains a funding rate.
///
/// # Errors
/// [`OutOfRange`] when the number of settlements is zero.
pub fn explain_funding_rate(premium: Rate, terms: &FundingTerms) -> Result<Explanation, OutOfRange> {
    let mut explanation = Explanation::new("funding rate");
    let rule = Rule {
        name: "rate",
        formula: "(premium + clamp(interest − premium, ± band)) ÷ settlements per eight hours, within ± cap",
        rounding: "nearest 10⁻⁸, halves to even",
        source: FUNDING,
    };
    let inputs = vec![
        ("premium", premium.to_string()),
        ("interest", terms.interest.to_string()),
        ("band", terms.band.to_string()),
        ("cap", terms.cap.to_string()),
        ("settlements", terms.settlements_per_eight_hours.to_string()),
    ];
    explanation.step(rule, inputs, funding_rate(premium, terms)?);
    Ok(explanation)
}

/// Explains what a position pays at a funding settlement.
///
/// # Errors
/// [`OutOfRange`] beyond the greatest amount.
pub fn explain_funding_payment(
    contract: &Contract,
    side: Side,
    quantity: Quantity,
    mark: MarkPrice,
    rate: Rate,
) -> Result<Explanation, OutOfRange> {
    let mut explanation = Explanation::new("funding payment");
    let rule = Rule {
        name: "paid (negative: received)",
        formula: "value at the mark × rate; longs pay shorts when the rate is positive",
        rounding: "payments up, receipts down",
        source: PNL,
    };
    let inputs = vec![
        ("side", side.to_string()),
        ("quantity", quantity.to_string()),
        ("mark", mark.to_string()),
        ("rate", rate.to_string()),
    ];
    explanation.step(rule, inputs, funding_payment(contract, side, quantity, mark, rate)?);
    Ok(explanation)
}

/// Explains an ADL score.
///
/// # Errors
/// [`OutOfRange`] when a product does not fit.
pub fn explain_adl(ranking: AdlRanking, candidate: &AdlCandidate<'_>) -> Result<Explanation, OutOfRange> {
    let (formula, source) = match ranking {
        AdlRanking::ProfitTimesMarginRatio => {
            ("max(0, profit) ÷ max(1, wallet) × maintenance ÷ (wallet + profit)", "Binance ADL ranking")
        }
        AdlRanking::ProfitTimesEffectiveLeverage => (
            "profit % × effective leverage; ÷ in a loss",
            "BitMEX auto-deleveraging: effective leverage = value ÷ (value − bankrupt value)",
        ),
        AdlRanking::PriceRatioTimesAccountLeverage => ("mark ÷ entry × value ÷ account value", "Hyperliquid auto-deleveraging"),
        AdlRanking::EntryPrice => ("the entry price: lowest long, highest short first", "order of entry"),
    };
    let mut explanation = Explanation::new("ADL score");
    let rule = Rule { name: "score", formula, rounding: "cut to 10⁻¹⁶ after each factor", source };
    let inputs = vec![
        ("profit", candidate.position.unrealised_pnl(candidate.contract, candidate.mark)?.to_string()),
        ("wallet", candidate.collateral.to_string()),
        ("maintenance", candidate.maintenance.to_string()),
        ("mark", candidate.mark.to_string()),
    ];
    let score = crate::ratio::Ratio::new(adl_score(ranking, candidate)?.raw(), crate::arithmetic::SCALE)?;
    explanation.step(rule, inputs, score.to_decimal(16, crate::arithmetic::Rounding::TowardZero)?);
    Ok(explanation)
}
