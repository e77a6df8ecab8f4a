//! Random markets: linear, inverse and quanto contracts, brackets, rule sets, fees, prices.

use ringfence_engine::command::{FeedTerms, FundingSchedule, Listing, MarkSource, RiskCaps};
use ringfence_engine::feed::{GuardRule, IndexRule};
use ringfence_risk::bracket::{BracketRow, BracketStyle, BracketTable};
use ringfence_risk::contract::{ContractKind, ContractSpec, ValueRounding};
use ringfence_risk::fee::FeeSchedule;
use ringfence_risk::filters::OrderFilters;
use ringfence_risk::funding::FundingTerms;
use ringfence_risk::plan::MarginMode;
use ringfence_risk::rule_set::{
    AdlRanking, AutoAddMargin, ClosingFee, FundingReserve, FundingSource, LeverageChange, LeverageScope, LiquidationStep,
    LiquidationTrigger, MaintenanceBasis, MarginModeScope, MarginRemoval, ModeSwitch, OrderCost, RuleSet,
};
use ringfence_risk::units::{Leverage, Notional, Quantity, Rate};

use crate::random::Random;

/// A number as text, in whatever unit is wanted.
///
/// # Panics
/// When the text is not such a number: it stands in this crate.
pub fn read<T: core::str::FromStr>(text: &str) -> T
where
    T::Err: core::fmt::Debug,
{
    text.parse().expect("a number that this crate wrote")
}

/// A market and the price it starts at.
#[derive(Clone, Debug)]
pub struct RandomMarket {
    /// What it is listed with.
    pub listing: Listing,
    /// Its first mark.
    pub mark: &'static str,
}

/// Leverages that brackets are made of, greatest first.
const LEVERAGES: [i64; 9] = [125, 100, 75, 50, 25, 20, 10, 5, 2];

/// A random market; its number makes its name its own.
pub fn random_market(random: &mut Random, number: usize) -> RandomMarket {
    let kind = random.pick(&[ContractKind::Linear, ContractKind::Linear, ContractKind::Inverse, ContractKind::Quanto]);
    let (contract, mark) = random_contract(random, kind);
    let rules = random_rules(random);
    let brackets = random_brackets(random, kind, rules.bracket_style);
    let greatest = brackets.brackets().first().map_or(Leverage::ONE, |bracket| bracket.max_leverage);
    let default_leverage = random.pick(&[Leverage::ONE, greatest, read::<Leverage>("2"), read("10")]).min(greatest);
    let symbol = format!("{}{number}", ["LIN", "INV", "QNT"][kind as usize]);
    let default_margin_mode = if random.chance(250) { MarginMode::Cross } else { MarginMode::Isolated };
    let listing = Listing {
        symbol,
        filters: random_filters(random, contract.lot),
        contract,
        brackets,
        fees: random_fees(random),
        rules,
        funding: random_funding(random),
        feed: random_feed(random),
        caps: random_caps(random, kind),
        default_leverage,
        default_margin_mode,
    };
    RandomMarket { listing, mark }
}

fn random_contract(random: &mut Random, kind: ContractKind) -> (ContractSpec, &'static str) {
    let (tick, lot, multiplier, settlement, marks): (_, _, _, _, [&'static str; 3]) = match kind {
        ContractKind::Linear => {
            let (tick, lot) = random.pick(&[("0.1", "0.001"), ("0.01", "0.01"), ("0.00001", "1"), ("1", "0.0001")]);
            let marks = if tick == "0.00001" { ["0.07", "0.5", "12"] } else { ["10000", "64000", "100"] };
            (tick, lot, "1", "USDT", marks)
        }
        ContractKind::Inverse => {
            let (lot, face) = random.pick(&[("1", "1"), ("1", "100"), ("100", "1")]);
            ("0.5", lot, face, "BTC", ["10000", "64000", "250"])
        }
        ContractKind::Quanto => ("0.05", "1", "0.000001", "BTC", ["3000", "200", "40"]),
    };
    let value_rounding = match kind {
        ContractKind::Inverse if random.chance(300) => ValueRounding::PerContract,
        ContractKind::Linear | ContractKind::Inverse | ContractKind::Quanto => ValueRounding::PerFill,
    };
    let spec = ContractSpec {
        kind,
        settlement: read(settlement),
        tick: read(tick),
        mark_step: read(random.pick(&["0.00000001", "0.00001", "0.00001"])),
        lot: read(lot),
        multiplier: read(multiplier),
        value_rounding,
    };
    (spec, random.pick(&marks))
}

/// One to five brackets, from tiny ones, so that their edges are met, to wide ones.
pub fn random_brackets(random: &mut Random, kind: ContractKind, style: BracketStyle) -> BracketTable {
    let unit: i128 = match kind {
        ContractKind::Linear => random.pick(&[1_000, 10_000, 50_000]),
        ContractKind::Inverse | ContractKind::Quanto => random.pick(&[1, 5]),
    };
    let (mut rows, mut floor, mut cap, mut rate): (Vec<BracketRow>, i128, i128, i64) = (Vec::new(), 0, unit, 0);
    let first = random.below(5) as usize;
    let count = 1 + random.below(4) as usize;
    for times in LEVERAGES[first..].iter().take(count) {
        // Below one ÷ leverage, and never below the bracket before: leverages only fall.
        let greatest = 100_000_000 / times - 1;
        rate = random.pick(&[greatest / 2, greatest / 2, greatest / 4, greatest]).max(rate);
        let money = |whole: i128| Notional::from_raw(whole * 100_000_000).unwrap_or(Notional::GREATEST);
        rows.push(BracketRow {
            floor: money(floor),
            cap: money(cap),
            max_leverage: Leverage::whole(*times).unwrap_or(Leverage::ONE),
            maintenance_rate: Rate::from_raw(rate).unwrap_or(Rate::ZERO),
        });
        (floor, cap) = (cap, cap * i128::from(random.between(2, 12)));
    }
    BracketTable::new(style, &rows).unwrap_or_else(|error| unreachable!("brackets {rows:?}: {error}"))
}

/// This project's rules, a venue's, or any combination of choices.
fn random_rules(random: &mut Random) -> RuleSet {
    match random.weighted(&[35, 40, 25]) {
        0 => RuleSet::ringfence(),
        1 => {
            let name = random.pick(&ringfence_venues::rule_set_names());
            ringfence_venues::rule_set(name).map_or_else(|_| RuleSet::ringfence(), |named| named.rules)
        }
        _ => mixed_rules(random),
    }
}

fn mixed_rules(random: &mut Random) -> RuleSet {
    use LiquidationStep::{AutoDeleverage, CancelOrders, ImmediateOrder, InsuranceTakeover, SocialiseLoss, StepDownBracket};
    let steps: [&[LiquidationStep]; 7] = [
        &[CancelOrders, StepDownBracket, ImmediateOrder, InsuranceTakeover, AutoDeleverage, SocialiseLoss],
        &[CancelOrders, ImmediateOrder, InsuranceTakeover, AutoDeleverage],
        &[CancelOrders, InsuranceTakeover, AutoDeleverage, SocialiseLoss],
        &[CancelOrders, StepDownBracket, InsuranceTakeover],
        &[ImmediateOrder, AutoDeleverage, SocialiseLoss],
        &[CancelOrders, AutoDeleverage],
        &[InsuranceTakeover],
    ];
    RuleSet {
        maintenance_basis: random.pick(&[MaintenanceBasis::MarkValue, MaintenanceBasis::MarkValue, MaintenanceBasis::EntryValue]),
        closing_fee: random.pick(&[ClosingFee::Excluded, ClosingFee::TakerOnMaintenanceValue, ClosingFee::TakerAtBankruptcy]),
        funding_reserve: random.pick(&[FundingReserve::None, FundingReserve::PayableRate]),
        trigger: random.pick(&[LiquidationTrigger::Below, LiquidationTrigger::AtOrBelow]),
        bracket_style: random.pick(&[BracketStyle::Marginal, BracketStyle::Marginal, BracketStyle::Slab]),
        leverage_change: random.pick(&[
            LeverageChange::Recalculate,
            LeverageChange::RaiseKeepsLowerRefused,
            LeverageChange::Reset,
            LeverageChange::ResetWithoutOrders,
            LeverageChange::Keep,
        ]),
        leverage_scope: random.pick(&[LeverageScope::PerContract, LeverageScope::PerLeg]),
        margin_mode_scope: random_mode_scope(random),
        margin_removal: random.pick(&[
            MarginRemoval::KeepInitialWithoutProfit,
            MarginRemoval::KeepMaintenanceAndInitial,
            MarginRemoval::AddedOnly,
            MarginRemoval::KeepInitialWithProfit,
        ]),
        removal_floor: read(random.pick(&["0", "0", "0.1"])),
        funding_source: random.pick(&[FundingSource::PositionMargin, FundingSource::Wallet]),
        order_cost: random.pick(&[OrderCost::OpenLossAndFee, OrderCost::OpenLoss, OrderCost::TwoWayFee, OrderCost::FeeTwice]),
        margin_mode_switch: random.pick(&[ModeSwitch::Flat, ModeSwitch::CarriesPosition]),
        position_mode_switch: random.pick(&[ModeSwitch::Flat, ModeSwitch::CarriesPosition]),
        auto_add_margin: random.pick(&[AutoAddMargin::None, AutoAddMargin::InitialMargin, AutoAddMargin::Shortfall]),
        adl_ranking: random.pick(&[
            AdlRanking::ProfitTimesMarginRatio,
            AdlRanking::ProfitTimesEffectiveLeverage,
            AdlRanking::PriceRatioTimesAccountLeverage,
            AdlRanking::EntryPrice,
        ]),
        liquidation_steps: random.pick(&steps).to_vec(),
        ..RuleSet::ringfence()
    }
}

/// One margin mode for both legs of a hedge, or one for each.
pub fn random_mode_scope(random: &mut Random) -> MarginModeScope {
    let scopes = [MarginModeScope::PerSymbol, MarginModeScope::PerLeg];
    random.later(|random| random.pick(&scopes)).unwrap_or(MarginModeScope::PerSymbol)
}

/// Fees from nothing to much; makers may be paid, never more than takers pay.
pub fn random_fees(random: &mut Random) -> FeeSchedule {
    let taker: Rate = read(random.pick(&["0.0005", "0.0005", "0.00075", "0.001", "0", "0.00000001"]));
    let maker: Rate = read(random.pick(&["0.0002", "0.0002", "-0.00025", "-0.0005", "0", "0.001"]));
    let least = Rate::from_raw(-taker.raw()).unwrap_or(Rate::ZERO);
    let liquidation = read(random.pick(&["0", "0.001", "0.002", "0.005", "0.0125"]));
    FeeSchedule { maker: maker.max(least), taker, liquidation }
}

fn random_filters(random: &mut Random, lot: Quantity) -> OrderFilters {
    let times = |count: i64| Quantity::from_raw(lot.raw().saturating_mul(count)).unwrap_or(Quantity::GREATEST);
    let (band_up, band_down) = random.pick(&[("1.05", "0.95"), ("1.1", "0.9"), ("2", "0.5"), ("5", "0.01"), ("10", "0")]);
    OrderFilters {
        min_quantity: times(random.pick(&[1, 1, 10])),
        max_quantity: times(random.pick(&[1_000_000, 100_000_000])),
        min_notional: read(random.pick(&["0", "1", "5"])),
        band_up: read(band_up),
        band_down: read(band_down),
    }
}

fn random_funding(random: &mut Random) -> FundingSchedule {
    FundingSchedule {
        terms: FundingTerms {
            interest: read(random.pick(&["0.0001", "0", "-0.0003"])),
            band: read("0.0005"),
            cap: read(random.pick(&["0.02", "0.0075", "0.04"])),
            settlements_per_eight_hours: random.pick(&[1, 8]),
        },
        interval_ms: random.pick(&[28_800_000, 3_600_000, 3_600_000, 0]),
        sample_every_ms: random.pick(&[5_000, 60_000]),
        impact_notional: read(random.pick(&["200", "10000"])),
    }
}

fn random_feed(random: &mut Random) -> FeedTerms {
    FeedTerms {
        mark_source: random.pick(&[MarkSource::Direct, MarkSource::Direct, MarkSource::Median]),
        index: IndexRule {
            least_fresh: random.pick(&[1, 2, 3]),
            stale_after_ms: random.pick(&[60_000, 5_000]),
            outlier: read("0.05"),
        },
        guard: GuardRule {
            jump: read(random.pick(&["0", "0", "0.05", "0.3"])),
            band: read(random.pick(&["0", "0", "0.2"])),
            stale_after_ms: random.pick(&[0, 0, 60_000]),
        },
        basis_samples: random.pick(&[1, 5, 30]),
        basis_every_ms: 1_000,
    }
}

/// Mostly no cap on open interest, nor on what the insurance fund may lose; sometimes one that is met.
pub fn random_caps(random: &mut Random, kind: ContractKind) -> RiskCaps {
    let (lower, upper) = match (kind, random.chance(800)) {
        (_, true) => ("0", "0"),
        (ContractKind::Linear, false) => ("50000", "400000"),
        (ContractKind::Inverse | ContractKind::Quanto, false) => ("5", "40"),
    };
    let (small, large): (&[&str], &[&str]) = match kind {
        ContractKind::Linear => (&["0", "3", "200"], &["0", "20", "1000"]),
        ContractKind::Inverse | ContractKind::Quanto => (&["0", "0.0003", "0.02"], &["0", "0.002", "0.1"]),
    };
    RiskCaps {
        open_interest_lower: read(lower),
        open_interest_upper: read(upper),
        unwind_band: read(random.pick(&["0.001", "0.01", "0", "0.2"])),
        insurance_per_liquidation: random.later(|random| random.chance(300).then(|| read(random.pick(small)))).flatten(),
        insurance_per_hour: random.later(|random| random.chance(300).then(|| read(random.pick(large)))).flatten(),
    }
}
