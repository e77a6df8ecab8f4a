//! How the choices of a rule set are written: the same names as in the rules, in kebab case.

use ringfence_risk::bracket::BracketStyle;
use ringfence_risk::contract::{ContractKind, ValueRounding};
use ringfence_risk::fee::FeeSchedule;
use ringfence_risk::rule_set::{
    AdlRanking, AutoAddMargin, ClosingFee, FundingReserve, FundingSource, LeverageChange, LeverageScope, LiquidationStep,
    LiquidationTrigger, MaintenanceBasis, MarginModeScope, MarginRemoval, ModeSwitch, OrderCost, PricePrinting, RuleSet,
};
use ringfence_risk::units::Rate;
use serde::{Deserialize, Deserializer};

use crate::reading::decimal;

/// Says that an enum of the rules is written as its variants in kebab case.
macro_rules! choice {
    ($text:ident for $name:literal: $($variant:ident),+) => {
        #[derive(Deserialize)]
        #[serde(remote = $name, rename_all = "kebab-case")]
        pub(crate) enum $text { $($variant),+ }
    };
}

choice!(KindText for "ContractKind": Linear, Inverse, Quanto);
choice!(RoundingText for "ValueRounding": PerFill, PerContract);
choice!(BasisText for "MaintenanceBasis": EntryValue, MarkValue);
choice!(ClosingFeeText for "ClosingFee": Excluded, TakerOnMaintenanceValue, TakerAtBankruptcy, ReservedAtEntry);
choice!(ReserveText for "FundingReserve": None, PayableRate);
choice!(TriggerText for "LiquidationTrigger": Below, AtOrBelow);
choice!(StyleText for "BracketStyle": Marginal, Slab);
choice!(ChangeText for "LeverageChange": Recalculate, RaiseKeepsLowerRefused, Reset, ResetWithoutOrders, Keep);
choice!(ScopeText for "LeverageScope": PerContract, PerLeg);
choice!(ModeScopeText for "MarginModeScope": PerSymbol, PerLeg);
choice!(RemovalText for "MarginRemoval": KeepInitialWithoutProfit, KeepMaintenanceAndInitial, AddedOnly, KeepInitialWithProfit);
choice!(SourceText for "FundingSource": PositionMargin, Wallet);
choice!(CostText for "OrderCost": OpenLossAndFee, OpenLoss, TwoWayFee, FeeTwice);
choice!(SwitchText for "ModeSwitch": Flat, CarriesPosition);
choice!(AutoAddText for "AutoAddMargin": None, InitialMargin, Shortfall);
choice!(PrintingText for "PricePrinting": EightDecimals, TickEarlier, WholeContractValue);
choice!(RankingText for "AdlRanking":
    ProfitTimesMarginRatio, ProfitTimesEffectiveLeverage, PriceRatioTimesAccountLeverage, EntryPrice);
choice!(StepText for "LiquidationStep":
    CancelOrders, StepDownBracket, ImmediateOrder, InsuranceTakeover, AutoDeleverage, SocialiseLoss);

/// Every choice of a rule set: one key per field, none missing, none unknown.
#[derive(Deserialize)]
#[serde(remote = "RuleSet", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct RuleSetText {
    #[serde(with = "BasisText")]
    maintenance_basis: MaintenanceBasis,
    #[serde(with = "ClosingFeeText")]
    closing_fee: ClosingFee,
    #[serde(with = "ReserveText")]
    funding_reserve: FundingReserve,
    #[serde(with = "TriggerText")]
    trigger: LiquidationTrigger,
    #[serde(with = "StyleText")]
    bracket_style: BracketStyle,
    #[serde(with = "ChangeText")]
    leverage_change: LeverageChange,
    #[serde(with = "ScopeText")]
    leverage_scope: LeverageScope,
    #[serde(with = "ModeScopeText")]
    margin_mode_scope: MarginModeScope,
    #[serde(with = "RemovalText")]
    margin_removal: MarginRemoval,
    #[serde(deserialize_with = "decimal")]
    removal_floor: Rate,
    #[serde(with = "SourceText")]
    funding_source: FundingSource,
    #[serde(with = "CostText")]
    order_cost: OrderCost,
    #[serde(with = "SwitchText")]
    margin_mode_switch: ModeSwitch,
    #[serde(with = "SwitchText")]
    position_mode_switch: ModeSwitch,
    #[serde(with = "AutoAddText")]
    auto_add_margin: AutoAddMargin,
    #[serde(with = "PrintingText")]
    price_printing: PricePrinting,
    #[serde(with = "RankingText")]
    adl_ranking: AdlRanking,
    #[serde(deserialize_with = "steps")]
    liquidation_steps: Vec<LiquidationStep>,
}

/// Fee rates of a rule set.
#[derive(Deserialize)]
#[serde(remote = "FeeSchedule", deny_unknown_fields)]
pub(crate) struct FeesText {
    #[serde(deserialize_with = "decimal")]
    maker: Rate,
    #[serde(deserialize_with = "decimal")]
    taker: Rate,
    #[serde(deserialize_with = "decimal")]
    liquidation: Rate,
}

fn steps<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<LiquidationStep>, D::Error> {
    #[derive(Deserialize)]
    struct Step(#[serde(with = "StepText")] LiquidationStep);
    Ok(Vec::<Step>::deserialize(deserializer)?.into_iter().map(|step| step.0).collect())
}
