//! From a venue's contract to a listing.

use ringfence_engine::command::{FeedTerms, FundingSchedule, Listing, MarkSource, RiskCaps};
use ringfence_engine::feed::{GuardRule, IndexRule};
use ringfence_risk::arithmetic::{OutOfRange, mul};
use ringfence_risk::funding::FundingTerms;
use ringfence_risk::plan::MarginMode;
use ringfence_risk::rule_set::{ModeSwitch, RuleSet};
use ringfence_risk::units::{Leverage, Notional, Rate};
use ringfence_venues::ListedContract;

use super::error::BootError;
use super::setup::RuleChoice;

/// What the venues' data does not say and this project chose for a local exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sandbox {
    /// Leverage of a position nobody has set another for, where the brackets allow it: 20, as at Binance.
    pub leverage: i64,
    /// Margin mode where nobody has set another: cross, as at Binance.
    pub margin_mode: MarginMode,
    /// Interest per eight hours: 0.01 %, as at Binance.
    pub interest: Rate,
    /// The interest less the premium counts within ± this: 0.05 %, as at Binance.
    pub band: Rate,
    /// A funding rate lies within ± this: 2 %. Binance's differs by symbol and leverage.
    pub cap: Rate,
    /// Milliseconds between samples of the premium: 5 seconds, as at Binance.
    pub sample_every_ms: u64,
    /// The premium is that of an order of this margin in quote currency at the greatest leverage: 200, as at Binance.
    pub impact_margin: i64,
    /// How far from the mark the insurance fund trades what it took over: 1 %.
    pub unwind_band: Rate,
    /// When a mark is believed: always, and for ever. The owner of a sandbox moves the price by hand, however far, and may stop the clock.
    pub guard: GuardRule,
}

const fn rate(raw: i64) -> Rate {
    match Rate::from_raw(raw) {
        Ok(rate) => rate,
        Err(_) => Rate::ZERO,
    }
}

/// The choices of every local exchange.
pub const SANDBOX: Sandbox = Sandbox {
    leverage: 20,
    margin_mode: MarginMode::Cross,
    interest: rate(10_000),
    band: rate(50_000),
    cap: rate(2_000_000),
    sample_every_ms: 5_000,
    impact_margin: 200,
    unwind_band: rate(1_000_000),
    guard: GuardRule { jump: Rate::ZERO, band: Rate::ZERO, stale_after_ms: 0 },
};

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;

/// The listing of a contract under the rules chosen: the venue's contract, filters, fees and latest brackets, and [`SANDBOX`] for the rest.
///
/// Marks are set directly; funding falls due at multiples of the interval since 1970, so eight hours are 00, 08 and 16 UTC. No caps on open
/// interest.
///
/// # Errors
/// [`BootError`] where there are no such rules or brackets.
pub fn listing(listed: &ListedContract, rules: &RuleChoice) -> Result<Listing, BootError> {
    let rules = match rules {
        RuleChoice::Ringfence => behind_binance(ringfence_venues::rule_set("ringfence")?.rules),
        RuleChoice::Venue => ringfence_venues::rule_set(&listed.default_rules)?.rules,
        RuleChoice::Named(name) => ringfence_venues::rule_set(name)?.rules,
    };
    let brackets = ringfence_venues::brackets(&listed.brackets_key, rules.bracket_style)?.table;
    let greatest = brackets.max_leverage(Notional::ZERO).unwrap_or(Leverage::ONE);
    Ok(Listing {
        symbol: listed.symbol.clone(),
        contract: *listed.contract.spec(),
        brackets,
        rules,
        fees: listed.fees,
        filters: listed.filters,
        funding: funding(listed, greatest)?,
        feed: FeedTerms {
            mark_source: MarkSource::Direct,
            // Neither is used where the mark is set directly; both must be valid.
            index: IndexRule { least_fresh: 1, stale_after_ms: DAY_MS, outlier: Rate::WHOLE },
            guard: SANDBOX.guard,
            basis_samples: 1,
            basis_every_ms: DAY_MS,
        },
        caps: RiskCaps {
            open_interest_lower: Notional::ZERO,
            open_interest_upper: Notional::ZERO,
            unwind_band: SANDBOX.unwind_band,
            insurance_per_liquidation: None,
            insurance_per_hour: None,
        },
        default_leverage: Leverage::whole(SANDBOX.leverage)?.min(greatest),
        default_margin_mode: SANDBOX.margin_mode,
    })
}

/// What clients of Binance's API rely on: modes are switched only without a position and without orders (−4047, −4048, −4067, −4068).
const fn behind_binance(mut rules: RuleSet) -> RuleSet {
    rules.margin_mode_switch = ModeSwitch::Flat;
    rules.position_mode_switch = ModeSwitch::Flat;
    rules
}

fn funding(listed: &ListedContract, greatest: Leverage) -> Result<FundingSchedule, OutOfRange> {
    let hours = u64::from(listed.funding_interval_hours);
    let per_eight_hours = 8_i64.checked_div(listed.funding_interval_hours.into()).unwrap_or(1).max(1);
    // The margin is in whole units, a leverage in 10⁻⁸: so is the product.
    let impact = mul(SANDBOX.impact_margin.into(), greatest.wide())?;
    Ok(FundingSchedule {
        terms: FundingTerms {
            interest: SANDBOX.interest,
            band: SANDBOX.band,
            cap: SANDBOX.cap,
            settlements_per_eight_hours: per_eight_hours,
        },
        interval_ms: hours.saturating_mul(HOUR_MS),
        sample_every_ms: SANDBOX.sample_every_ms,
        impact_notional: Notional::from_wide(impact)?,
    })
}
