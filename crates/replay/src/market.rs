//! What the positions are positions in.

use crate::bracket_change::BracketChange;
use ringfence_engine::command::{FeedTerms, FundingSchedule, Listing, MarkSource, RiskCaps};
use ringfence_engine::feed::{GuardRule, IndexRule};
use ringfence_risk::arithmetic::{OutOfRange, Rounding, div, mul};
use ringfence_risk::bracket::BracketTable;
use ringfence_risk::contract::Contract;
use ringfence_risk::fee::FeeSchedule;
use ringfence_risk::filters::OrderFilters;
use ringfence_risk::funding::FundingTerms;
use ringfence_risk::maintenance::Terms;
use ringfence_risk::plan::MarginMode;
use ringfence_risk::rule_set::RuleSet;
use ringfence_risk::units::{Leverage, MarkPrice, Notional, Price, Quantity, Rate, Side};

/// One contract with the brackets, rules and fees its positions are judged by.
#[derive(Clone, Debug)]
pub struct Market {
    /// The contract.
    pub contract: Contract,
    /// Its leverage brackets when positions are opened.
    pub brackets: BracketTable,
    /// Brackets that follow while the series runs: later than its first observation, times increasing. Those after its last do nothing.
    pub bracket_changes: Vec<BracketChange>,
    /// The rule set.
    pub rules: RuleSet,
    /// Fee rates: openings pay the taker rate, the maker its own, what a liquidation trades the liquidation rate.
    pub fees: FeeSchedule,
    /// What it is called in reports.
    pub symbol: String,
}

/// How far from the mark the insurance fund trades what it took over: 1 %.
pub(crate) const UNWIND_BAND: Rate = match Rate::from_raw(1_000_000) {
    Ok(rate) => rate,
    Err(_) => Rate::ZERO,
};

/// A replay holds orders against tick and lot only: size limits and price bands are the venue's business.
pub(crate) const FILTERS: OrderFilters = OrderFilters {
    min_quantity: Quantity::ZERO,
    max_quantity: Quantity::GREATEST,
    min_notional: Notional::ZERO,
    band_up: Rate::GREATEST,
    band_down: Rate::ZERO,
};

/// Most lots of one order that the exchange lists.
const MOST_LOTS: i128 = (1 << 42) - 1;

/// Funding never falls due by itself: the recorded rates are settled at their times.
const NEVER_MS: u64 = u64::MAX;
const DAY_MS: u64 = 86_400_000;

impl Market {
    /// What a position is judged by while this is the funding rate of the next settlement.
    #[must_use]
    pub const fn terms(&self, funding_rate: Rate) -> Terms<'_> {
        Terms { contract: &self.contract, brackets: &self.brackets, rules: &self.rules, fees: self.fees, funding_rate }
    }

    /// The filters, with the greatest quantity that the exchange lists for the contract's lot.
    fn filters(&self) -> OrderFilters {
        let most = self.contract.spec().lot.wide().saturating_mul(MOST_LOTS);
        OrderFilters { max_quantity: Quantity::from_wide(most).unwrap_or(Quantity::GREATEST), ..FILTERS }
    }

    /// The brackets once so many changes were made.
    pub(crate) fn brackets_after(&self, changes: usize) -> &BracketTable {
        let last = changes.checked_sub(1).and_then(|last| self.bracket_changes.get(last));
        last.map_or(&self.brackets, |change| &change.brackets)
    }

    /// The market as it is listed on the exchange of a replay: marks set directly and always believed, no caps, no limits on single orders.
    #[must_use]
    pub fn listing(&self) -> Listing {
        self.listing_with(&self.brackets)
    }

    /// The same with other brackets.
    pub(crate) fn listing_with(&self, brackets: &BracketTable) -> Listing {
        // One rate for every size is the same table in either style.
        let rules = RuleSet { bracket_style: brackets.style(), ..self.rules.clone() };
        let terms = FundingTerms { interest: Rate::ZERO, band: Rate::ZERO, cap: Rate::GREATEST, settlements_per_eight_hours: 1 };
        Listing {
            symbol: self.symbol.clone(),
            contract: *self.contract.spec(),
            brackets: brackets.clone(),
            rules,
            fees: self.fees,
            filters: self.filters(),
            funding: FundingSchedule {
                terms,
                interval_ms: NEVER_MS,
                sample_every_ms: DAY_MS,
                impact_notional: Notional::GREATEST,
            },
            feed: FeedTerms {
                mark_source: MarkSource::Direct,
                index: IndexRule { least_fresh: 1, stale_after_ms: 60_000, outlier: UNWIND_BAND },
                guard: GuardRule { jump: Rate::ZERO, band: Rate::ZERO, stale_after_ms: 0 },
                basis_samples: 1,
                basis_every_ms: DAY_MS,
            },
            caps: RiskCaps {
                open_interest_lower: Notional::ZERO,
                open_interest_upper: Notional::ZERO,
                unwind_band: UNWIND_BAND,
                insurance_per_liquidation: None,
                insurance_per_hour: None,
            },
            default_leverage: Leverage::ONE,
            default_margin_mode: MarginMode::Isolated,
        }
    }

    /// A recorded price on the grid of the mark: itself, or the nearest step (halves to even, at least one step).
    #[inline]
    pub(crate) fn on_grid(&self, price: MarkPrice) -> Result<MarkPrice, OutOfRange> {
        let step = self.contract.spec().mark_step;
        if price.raw().checked_rem(step.raw()) == Some(0) {
            return Ok(price);
        }
        let steps = div(price.wide(), step.wide(), Rounding::HalfEven)?.max(1);
        MarkPrice::from_wide(mul(steps, step.wide())?)
    }

    /// A mark as a price to open at: on the tick, rounded against the trader (a long's up, a short's down, at least one tick).
    pub(crate) fn on_tick(&self, mark: MarkPrice, side: Side) -> Result<Price, OutOfRange> {
        let tick = self.contract.spec().tick.wide();
        let rounding = match side {
            Side::Long => Rounding::Ceiling,
            Side::Short => Rounding::Floor,
        };
        Price::from_wide(mul(div(mark.wide(), tick, rounding)?.max(1), tick)?)
    }
}
