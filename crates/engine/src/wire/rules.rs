//! Rule sets and the choices in them.

use ringfence_risk::rule_set::{
    AdlRanking, AutoAddMargin, ClosingFee, FundingReserve, FundingSource, LeverageChange, LeverageScope, LiquidationStep,
    LiquidationTrigger, MaintenanceBasis, MarginModeScope, MarginRemoval, ModeSwitch, OrderCost, PricePrinting, RuleSet,
};

use super::{wire_enum, wire_struct};

wire_enum!(MaintenanceBasis { 0 => EntryValue, 1 => MarkValue });
wire_enum!(ClosingFee { 0 => Excluded, 1 => TakerOnMaintenanceValue, 2 => TakerAtBankruptcy, 3 => ReservedAtEntry });
wire_enum!(LiquidationTrigger { 0 => Below, 1 => AtOrBelow });
wire_enum!(FundingReserve { 0 => None, 1 => PayableRate });
wire_enum!(LeverageChange { 0 => Recalculate, 1 => RaiseKeepsLowerRefused, 2 => Reset, 3 => ResetWithoutOrders, 4 => Keep });
wire_enum!(MarginRemoval {
    0 => KeepInitialWithoutProfit,
    1 => KeepMaintenanceAndInitial,
    2 => AddedOnly,
    3 => KeepInitialWithProfit,
});
wire_enum!(FundingSource { 0 => PositionMargin, 1 => Wallet });
wire_enum!(OrderCost { 0 => OpenLossAndFee, 1 => OpenLoss, 2 => TwoWayFee, 3 => FeeTwice });
wire_enum!(PricePrinting { 0 => EightDecimals, 1 => TickEarlier, 2 => WholeContractValue });
wire_enum!(AdlRanking {
    0 => ProfitTimesMarginRatio,
    1 => ProfitTimesEffectiveLeverage,
    2 => PriceRatioTimesAccountLeverage,
    3 => EntryPrice,
});
wire_enum!(LiquidationStep {
    0 => CancelOrders,
    1 => StepDownBracket,
    2 => ImmediateOrder,
    3 => InsuranceTakeover,
    4 => AutoDeleverage,
    5 => SocialiseLoss,
});
wire_enum!(LeverageScope { 0 => PerContract, 1 => PerLeg });
wire_enum!(MarginModeScope { 0 => PerSymbol, 1 => PerLeg });
wire_enum!(ModeSwitch { 0 => Flat, 1 => CarriesPosition });
wire_enum!(AutoAddMargin { 0 => None, 1 => InitialMargin, 2 => Shortfall });

wire_struct!(RuleSet {
    maintenance_basis,
    closing_fee,
    funding_reserve,
    trigger,
    bracket_style,
    leverage_change,
    leverage_scope,
    margin_mode_scope,
    margin_removal,
    removal_floor,
    funding_source,
    order_cost,
    margin_mode_switch,
    position_mode_switch,
    auto_add_margin,
    price_printing,
    adl_ranking,
    liquidation_steps,
});
