//! The choices in which venues differ, as closed data: each is matched in exactly one place.
//!
//! A rule set is a value of [`RuleSet`]; the named ones (`ringfence`, `binance-usdm`, …) are files that another crate loads. No code asks *which
//! venue* it serves, only which choice was made.

use crate::bracket::BracketStyle;
use crate::units::Rate;

/// What maintenance margin is computed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MaintenanceBasis {
    /// The value at entry: maintenance does not move with the mark.
    EntryValue,
    /// The value at the mark.
    MarkValue,
}

/// Whether the fee for closing is part of the maintenance requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClosingFee {
    /// It is not.
    Excluded,
    /// The taker rate is added to the maintenance rate (on the same value).
    TakerOnMaintenanceValue,
    /// The taker fee for closing at the bankruptcy price is added as a fixed amount.
    TakerAtBankruptcy,
    /// Reserved at entry beside the margin and added to both sides of the test, so that it cancels.
    ReservedAtEntry,
}

/// Whether a position is liquidated when its margin balance *equals* the requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LiquidationTrigger {
    /// Only strictly below: at equality it lives.
    Below,
    /// At equality too.
    AtOrBelow,
}

/// Whether funding about to be paid is part of the requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FundingReserve {
    /// It is not.
    None,
    /// The funding rate is added to the maintenance rate while this side pays.
    PayableRate,
}

/// What a leverage change does to an open isolated position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LeverageChange {
    /// The opening margin follows the new requirement: raising returns what is freed (as far as it may be removed), lowering draws the
    /// shortfall from the available balance. Margin added by hand stays.
    Recalculate,
    /// Raising keeps the margin, lowering is refused while a position is open (Binance −4161).
    RaiseKeepsLowerRefused,
    /// The margin is reset to the requirement at the new leverage, both ways; margin added by hand is returned. Refused only where the position
    /// would be liquidated at once (Bybit 110046), also in a loss.
    Reset,
    /// As `Reset`, and open orders must be cancelled first (OKX).
    ResetWithoutOrders,
    /// Nothing moves; the leverage counts when a position is opened or increased (Hyperliquid).
    Keep,
}

/// How much margin may be taken out of an isolated position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MarginRemoval {
    /// Down to the initial margin at the mark, a loss counted, a profit not: `margin + min(0, PnL) − initial`.
    KeepInitialWithoutProfit,
    /// Binance's two terms: `min(margin − maintenance, margin + PnL − initial)`.
    KeepMaintenanceAndInitial,
    /// Only margin added by hand, less an unrealised loss (Bybit).
    AddedOnly,
    /// Down to the initial margin at the mark, profit counted: `margin + PnL − initial` (Hyperliquid, with a floor of the value).
    KeepInitialWithProfit,
}

/// Where funding payments come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FundingSource {
    /// The position's own margin; what it cannot cover is never taken from the wallet.
    PositionMargin,
    /// The wallet.
    Wallet,
}

/// What an order must find in the available balance, beyond its initial margin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OrderCost {
    /// Open loss against the mark, and the opening fee.
    OpenLossAndFee,
    /// Open loss against the mark.
    OpenLoss,
    /// The fee to open and the fee to close at the bankruptcy price.
    TwoWayFee,
    /// The fee to open, and as much again to close.
    FeeTwice,
}

/// How a liquidation price is printed. Never used for a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PricePrinting {
    /// To 10⁻⁸, on the side of earlier liquidation: a long's up, a short's down.
    EightDecimals,
    /// On the tick, on the side of earlier liquidation: a long's up, a short's down.
    TickEarlier,
    /// The value of one contract is made whole first (long down, short up), then the price goes on the tick (long up, short down).
    WholeContractValue,
}

/// Who is deleveraged first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AdlRanking {
    /// Profit ratio × margin ratio (Binance).
    ProfitTimesMarginRatio,
    /// Profit ratio × effective leverage, divided by it in a loss (BitMEX).
    ProfitTimesEffectiveLeverage,
    /// Mark over entry × position value over account value (Hyperliquid).
    PriceRatioTimesAccountLeverage,
    /// The best entry price.
    EntryPrice,
}

/// One step of a forced liquidation; a rule set lists its steps in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LiquidationStep {
    /// Cancel the account's open orders in this contract.
    CancelOrders,
    /// Close down to the greatest size of a lower bracket, then test again.
    StepDownBracket,
    /// One immediate order bounded by the bankruptcy price.
    ImmediateOrder,
    /// The insurance fund takes the rest over at the bankruptcy price.
    InsuranceTakeover,
    /// Profitable positions of the other side are closed at the bankruptcy price.
    AutoDeleverage,
    /// What nobody covers is spread over the profitable positions and reported as such.
    SocialiseLoss,
}

/// Whether the legs of a hedged position share one leverage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LeverageScope {
    /// One leverage per contract.
    PerContract,
    /// Long and short leg each have their own.
    PerLeg,
}

/// Whether the legs of a hedged position share one margin mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MarginModeScope {
    /// One mode per contract: both legs isolated, or both in the pool.
    PerSymbol,
    /// Long and short leg each have their own: one may be isolated while the other stands in the pool.
    PerLeg,
}

/// When an account may switch a contract between isolated and cross margin, or itself between one-way and hedge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ModeSwitch {
    /// Only without a position and without open orders (Binance).
    Flat,
    /// Open orders must be cancelled first; a position is carried over (BitMEX).
    CarriesPosition,
}

/// What happens when a position comes close to liquidation and may draw on the available balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AutoAddMargin {
    /// Not offered.
    None,
    /// Draws as much as the initial margin, or all that is available (Bybit).
    InitialMargin,
    /// Draws what restores the initial margin, or all that is available.
    Shortfall,
}

/// Every choice a rule set makes. See the module's documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleSet {
    /// What maintenance is computed on.
    pub maintenance_basis: MaintenanceBasis,
    /// Whether the closing fee is inside the requirement.
    pub closing_fee: ClosingFee,
    /// Whether payable funding is inside the requirement.
    pub funding_reserve: FundingReserve,
    /// Equality or strictly below.
    pub trigger: LiquidationTrigger,
    /// How brackets apply.
    pub bracket_style: BracketStyle,
    /// What a leverage change does.
    pub leverage_change: LeverageChange,
    /// Whether hedge legs share their leverage.
    pub leverage_scope: LeverageScope,
    /// Whether hedge legs share their margin mode.
    pub margin_mode_scope: MarginModeScope,
    /// What margin may be removed.
    pub margin_removal: MarginRemoval,
    /// At least this share of the position's value stays in it when margin is removed.
    pub removal_floor: Rate,
    /// Where funding is paid from.
    pub funding_source: FundingSource,
    /// What an order must find available.
    pub order_cost: OrderCost,
    /// When isolated and cross may be switched.
    pub margin_mode_switch: ModeSwitch,
    /// When one-way and hedge may be switched.
    pub position_mode_switch: ModeSwitch,
    /// What a position that may add margin by itself draws.
    pub auto_add_margin: AutoAddMargin,
    /// How liquidation prices are printed.
    pub price_printing: PricePrinting,
    /// Who is deleveraged first.
    pub adl_ranking: AdlRanking,
    /// The steps of a liquidation, in order.
    pub liquidation_steps: Vec<LiquidationStep>,
}

impl RuleSet {
    /// The default rule set, the founding article's: margin posted at opening and boxed, leverage changeable both ways, liquidation strictly
    /// below maintenance on the mark value, never a loss above the margin posted.
    ///
    /// ```
    /// use ringfence_risk::rule_set::{LiquidationTrigger, RuleSet};
    /// assert_eq!(RuleSet::ringfence().trigger, LiquidationTrigger::Below);
    /// ```
    #[must_use]
    pub fn ringfence() -> Self {
        Self {
            maintenance_basis: MaintenanceBasis::MarkValue,
            closing_fee: ClosingFee::Excluded,
            funding_reserve: FundingReserve::None,
            trigger: LiquidationTrigger::Below,
            bracket_style: BracketStyle::Marginal,
            leverage_change: LeverageChange::Recalculate,
            leverage_scope: LeverageScope::PerLeg,
            margin_mode_scope: MarginModeScope::PerSymbol,
            margin_removal: MarginRemoval::KeepInitialWithoutProfit,
            removal_floor: Rate::ZERO,
            funding_source: FundingSource::PositionMargin,
            order_cost: OrderCost::OpenLossAndFee,
            margin_mode_switch: ModeSwitch::CarriesPosition,
            position_mode_switch: ModeSwitch::CarriesPosition,
            auto_add_margin: AutoAddMargin::Shortfall,
            price_printing: PricePrinting::EightDecimals,
            adl_ranking: AdlRanking::ProfitTimesMarginRatio,
            liquidation_steps: vec![
                LiquidationStep::CancelOrders,
                LiquidationStep::ImmediateOrder,
                LiquidationStep::InsuranceTakeover,
                LiquidationStep::AutoDeleverage,
                LiquidationStep::SocialiseLoss,
            ],
        }
    }
}
