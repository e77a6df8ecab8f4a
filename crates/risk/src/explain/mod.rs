//! Every answer can say how it came about: named steps with inputs, formula, rounding, result and source.
//!
//! An explanation asks the same functions that decide; it never computes a number of its own.

mod answers;
mod leg;
mod market;
mod plans;

pub use answers::{
    explain_average, explain_liquidation_target, explain_margin_mode_plan, explain_max_open, explain_price_for_pnl,
    explain_price_for_roe, explain_price_to_average,
};
pub use leg::{explain_cross, explain_leg, explain_pnl};
pub use market::{explain_adl, explain_funding_payment, explain_funding_rate, explain_mark};
pub use plans::{explain_leverage_plan, explain_margin_plan, explain_order_plan};

/// One step of an explanation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What is computed.
    pub name: &'static str,
    /// The rule, in words and symbols.
    pub formula: &'static str,
    /// What went in: name and value.
    pub inputs: Vec<(&'static str, String)>,
    /// How the result was made whole.
    pub rounding: &'static str,
    /// What came out.
    pub result: String,
    /// Where the rule comes from.
    pub source: &'static str,
}

/// How an answer came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What is explained.
    pub title: String,
    /// The steps, in the order in which they were taken.
    pub steps: Vec<Step>,
}

impl Explanation {
    pub(crate) fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), steps: Vec::new() }
    }

    pub(crate) fn step(&mut self, rule: Rule, inputs: Vec<(&'static str, String)>, result: impl core::fmt::Display) {
        self.steps.push(Step {
            name: rule.name,
            formula: rule.formula,
            inputs,
            rounding: rule.rounding,
            result: result.to_string(),
            source: rule.source,
        });
    }
}

impl core::fmt::Display for Explanation {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        writeln!(formatter, "{}", self.title)?;
        for (step, number) in self.steps.iter().zip(1_usize..) {
            writeln!(formatter, "{number:>3}. {} = {}", step.name, step.result)?;
            writeln!(formatter, "     {}", step.formula)?;
            if !step.inputs.is_empty() {
                let inputs: Vec<String> = step.inputs.iter().map(|(name, value)| format!("{name} {value}")).collect();
                writeln!(formatter, "     with {}", inputs.join(", "))?;
            }
            writeln!(formatter, "     rounding: {} · source: {}", step.rounding, step.source)?;
        }
        Ok(())
    }
}

/// The fixed part of a step: the rule itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    pub(crate) name: &'static str,
    pub(crate) formula: &'static str,
    pub(crate) rounding: &'static str,
    pub(crate) source: &'static str,
}

pub(crate) const ARTICLE: &str = "founding article: margin per position, fixed until close or liquidation";
pub(crate) const BINANCE_LIQUIDATION: &str = "Binance FAQ b3c689c1f50a44cabb3a84e663b81d93, solved per bracket";
pub(crate) const BINANCE_BRACKETS: &str = "Binance FAQ 360033162192 (leverage and margin), marginal form of every tiered venue";
pub(crate) const SLAB_BRACKETS: &str = "position tiers and risk limits: the whole value at the rate of its tier (OKX, BitMEX)";
pub(crate) const PNL: &str = "definition: value at the mark against value at entry";
pub(crate) const RULE_SET: &str = "a choice of the rule set";

/// "none" wherever a price does not exist.
pub(crate) fn or_none<T: core::fmt::Display>(value: Option<T>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| value.to_string())
}
