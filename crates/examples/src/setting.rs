//! What a question is judged by: a contract, brackets, and the rule set of the example's convention with what the function itself says.

use ringfence_risk::bracket::BracketTable;
use ringfence_risk::contract::Contract;
use ringfence_risk::fee::FeeSchedule;
use ringfence_risk::isolated::print_price;
use ringfence_risk::maintenance::Terms;
use ringfence_risk::ratio::Ratio;
use ringfence_risk::rule_set::{ClosingFee, FundingReserve, MaintenanceBasis, PricePrinting, RuleSet};
use ringfence_risk::units::{Rate, Side};

use crate::error::Trouble;

/// The rule set a convention names; conventions that are no venue's (`generic-linear`, `vega`, …) take the default one.
pub(crate) fn rules_of(convention: &str) -> RuleSet {
    ringfence_venues::rule_set(convention).map_or_else(|_| RuleSet::ringfence(), |named| named.rules)
}

/// Everything [`Terms`] borrow.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    contract: Contract,
    brackets: BracketTable,
    rules: RuleSet,
    taker: Rate,
    funding: Rate,
}

impl Setting {
    /// Maintenance on the mark value, no closing fee, no funding: functions that say otherwise say so.
    pub(crate) fn new(convention: &str, contract: Contract, brackets: BracketTable) -> Self {
        let rules = RuleSet {
            maintenance_basis: MaintenanceBasis::MarkValue,
            closing_fee: ClosingFee::Excluded,
            funding_reserve: FundingReserve::None,
            bracket_style: brackets.style(),
            ..rules_of(convention)
        };
        Self { contract, brackets, rules, taker: Rate::ZERO, funding: Rate::ZERO }
    }

    /// Maintenance on the entry value.
    pub(crate) fn on_entry_value(mut self) -> Self {
        self.rules.maintenance_basis = MaintenanceBasis::EntryValue;
        self
    }

    /// With a fee for closing inside the requirement.
    pub(crate) fn closing(mut self, fee: ClosingFee, taker: Rate) -> Self {
        (self.rules.closing_fee, self.taker) = (fee, taker);
        self
    }

    /// With payable funding inside the requirement.
    pub(crate) fn reserving(mut self, funding: Rate) -> Self {
        (self.rules.funding_reserve, self.funding) = (FundingReserve::PayableRate, funding);
        self
    }

    /// Liquidated strictly below maintenance only.
    pub(crate) fn strictly_below(mut self) -> Self {
        self.rules.trigger = ringfence_risk::rule_set::LiquidationTrigger::Below;
        self
    }

    pub(crate) const fn contract(&self) -> &Contract {
        &self.contract
    }

    pub(crate) const fn brackets(&self) -> &BracketTable {
        &self.brackets
    }

    pub(crate) const fn terms(&self) -> Terms<'_> {
        let fees = FeeSchedule { maker: Rate::ZERO, taker: self.taker, liquidation: Rate::ZERO };
        Terms { contract: &self.contract, brackets: &self.brackets, rules: &self.rules, fees, funding_rate: self.funding }
    }

    /// A price as this way of printing shows it.
    pub(crate) fn printed(&self, printing: PricePrinting, side: Side, price: Option<Ratio>) -> Result<Option<Ratio>, Trouble> {
        let rules = RuleSet { price_printing: printing, ..self.rules.clone() };
        let terms = Terms { rules: &rules, ..self.terms() };
        Ok(price.map(|price| print_price(&terms, side, price)).transpose()?)
    }
}
