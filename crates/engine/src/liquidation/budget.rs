//! What a forced close may take from the insurance fund: all of it, or what the market's caps leave.

use ringfence_risk::units::Amount;

use super::case::{Case, sure};
use crate::ids::MarketId;
use crate::state::State;

/// What bounds a forced close beside the fund's money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Budget {
    /// The cap for an hour.
    Hour,
    /// That, and the cap for one liquidation: the fund may be worth no less than this at the mark afterwards.
    Liquidation {
        /// Its worth when the liquidation began, less the cap.
        least: Amount,
    },
    /// Nothing: the market is closed for good, and the fund has nothing left to be kept for.
    Whole,
}

impl State {
    /// What a liquidation that begins now may take.
    pub(super) fn budget(&self, market: MarketId) -> Budget {
        match self.known(market).listing().caps.insurance_per_liquidation {
            None => Budget::Hour,
            Some(cap) => Budget::Liquidation { least: sure(self.fund_worth(market).minus(cap)) },
        }
    }

    /// The fund's money, as far as an hour's cap lets it go: what stands behind its own position, and behind what it takes over.
    pub(super) fn fund_money(&self, case: &Case) -> Amount {
        let market = self.known(case.market);
        sure(Amount::from_wide(match case.budget {
            Budget::Whole => market.ledger().insurance(),
            Budget::Hour | Budget::Liquidation { .. } => market.insurance_left(self.clock),
        }))
    }

    /// What the fund may pay out for somebody else now.
    pub(super) fn payable(&self, case: &Case) -> Amount {
        let money = self.fund_money(case);
        match case.budget {
            Budget::Hour | Budget::Whole => money,
            Budget::Liquidation { least } => money.min(sure(self.fund_worth(case.market).minus(least)).or_zero()),
        }
    }

    /// Whether the fund may be worth this much at the mark.
    pub(super) fn may_be_worth(&self, case: &Case, worth: Amount) -> bool {
        match case.budget {
            Budget::Hour | Budget::Whole => true,
            Budget::Liquidation { least } => worth >= least,
        }
    }

    /// The fund's money with its position at the mark.
    fn fund_worth(&self, market: MarketId) -> Amount {
        let known = self.known(market);
        let profit = match (known.fund_position(), known.mark()) {
            (Some(position), Some(mark)) => sure(position.unrealised_pnl(known.contract(), mark)),
            (Some(_) | None, _) => Amount::ZERO,
        };
        sure(sure(Amount::from_wide(known.ledger().insurance())).plus(profit))
    }
}
