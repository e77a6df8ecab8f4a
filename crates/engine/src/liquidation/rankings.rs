//! Rankings that are kept while a command runs: one per side of a market at a mark, brought up to date from the events since.
//!
//! They follow from the state and are no part of it. A command that deleverages many ranks everybody once, and then only those who were touched.

use ringfence_risk::adl::AdlEntry;
use ringfence_risk::units::{MarkPrice, Side};

use super::case::Case;
use super::deleverage::counter_of;
use super::ranking::Ranking;
use crate::book::AccountId;
use crate::event::{Event, LedgerAccount};
use crate::ids::MarketId;
use crate::state::{State, broken, index};

/// Where more than this part of all was touched, and more than a few, everybody is ranked anew: one by one would take longer.
const PART: usize = 8;
const FEW: usize = 100;

/// The rankings of a command.
#[derive(Debug)]
pub(crate) struct Rankings {
    kept: Vec<Kept>,
}

impl Rankings {
    pub(crate) const NONE: Self = Self { kept: Vec::new() };

    /// The ranking of the side that a case is closed against, as the state is now.
    pub(super) fn ranking(&mut self, state: &State, events: &[Event], case: &Case) -> &Ranking {
        let key = (case.market, case.side.opposite(), case.mark);
        let at = self.kept.iter().position(|kept| kept.key == key).unwrap_or_else(|| {
            self.kept.retain(|kept| (kept.key.0, kept.key.1) != (key.0, key.1));
            self.kept.push(Kept::now(state, events, case));
            self.kept.len().saturating_sub(1)
        });
        let Some(kept) = self.kept.get_mut(at) else { broken("a ranking that is not kept") };
        kept.catch_up(state, events, case);
        &kept.ranking
    }
}

/// A ranking, and how it can be brought up to date.
#[derive(Debug)]
struct Kept {
    key: (MarketId, Side, MarkPrice),
    ranking: Ranking,
    /// What is ranked, by participant.
    entries: Vec<Option<AdlEntry>>,
    /// How many events it knows.
    seen: usize,
}

impl Kept {
    /// Ranks everybody.
    fn now(state: &State, events: &[Event], case: &Case) -> Self {
        let participants = &state.known(case.market).participants;
        let ranked: Vec<_> = participants.iter().map(|participant| state.ranked(&counter_of(case, participant))).collect();
        Self {
            key: (case.market, case.side.opposite(), case.mark),
            entries: ranked.iter().map(|ranked| ranked.map(|ranked| ranked.entry)).collect(),
            ranking: Ranking::of(ranked.into_iter().flatten().collect()),
            seen: events.len(),
        }
    }

    /// Ranks those anew whom events touched.
    fn catch_up(&mut self, state: &State, events: &[Event], case: &Case) {
        let mut touched: Vec<AccountId> = Vec::new();
        for event in events.get(self.seen..).unwrap_or_default() {
            match touches(event) {
                Touches::Those(accounts) => touched.extend(accounts.into_iter().flatten()),
                Touches::Everybody => return *self = Self::now(state, events, case),
            }
        }
        self.seen = events.len();
        touched.sort_unstable();
        touched.dedup();
        if touched.len() > FEW.max(self.entries.len() / PART) {
            return *self = Self::now(state, events, case);
        }
        for account in touched {
            if let Some(slot) = state.known(case.market).find(account) {
                self.rank_again(state, case, slot);
            }
        }
    }

    fn rank_again(&mut self, state: &State, case: &Case, slot: u32) {
        let place = index(slot);
        if place >= self.entries.len() {
            self.entries.resize(place.saturating_add(1), None);
        }
        let Some(entry) = self.entries.get_mut(place) else { return };
        if let Some(before) = entry.take() {
            self.ranking.remove(&before);
        }
        if let Some(ranked) = state.ranked(&counter_of(case, state.known(case.market).at(slot))) {
            *entry = Some(ranked.entry);
            self.ranking.insert(ranked);
        }
    }
}

/// Whose places in rankings an event may change.
enum Touches {
    /// At most these.
    Those([Option<AccountId>; 2]),
    /// Those of everybody, somewhere.
    Everybody,
}

/// A place in a ranking follows from a position, the margin behind it, the mark and the market's terms.
const fn touches(event: &Event) -> Touches {
    match event {
        Event::Posted(posting) => Touches::Those([owner(posting.from), owner(posting.to)]),
        Event::PositionSet { account, .. } => Touches::Those([*account, None]),
        Event::LeverageSet { account, .. } | Event::MarginModeSet { account, .. } | Event::PositionModeSet { account, .. } => {
            Touches::Those([Some(*account), None])
        }
        Event::MarkMoved { .. } | Event::MarketChanged { .. } | Event::FundingRateSet { .. } => Touches::Everybody,
        // What is held for an order is posted when it changes.
        Event::OrderAccepted { .. }
        | Event::OrderRested { .. }
        | Event::OrderTriggered { .. }
        | Event::OrderFilled { .. }
        | Event::OrderAmended { .. }
        | Event::OrderPulled { .. }
        | Event::OrderShrunk { .. }
        | Event::OrderEnded { .. }
        | Event::Traded(_) => Touches::Those([None, None]),
        Event::ClockAdvanced { .. }
        | Event::AccountOpened { .. }
        | Event::AssetListed { .. }
        | Event::MarketListed { .. }
        | Event::MarketStateSet { .. }
        | Event::ParticipantJoined { .. }
        | Event::AutoAddSet { .. }
        | Event::CountdownSet { .. }
        | Event::IndexQuoted { .. }
        | Event::IndexSet { .. }
        | Event::MarkOffered { .. }
        | Event::BasisSampled { .. }
        | Event::PremiumSampled { .. }
        | Event::FundingScheduled { .. }
        | Event::FundingSettled { .. }
        | Event::LiquidationStarted(_)
        | Event::LiquidationStepTaken { .. }
        | Event::Deleveraged { .. }
        | Event::LossSocialised { .. }
        | Event::LiquidationEnded { .. } => Touches::Those([None, None]),
    }
}

/// Whose money is there.
const fn owner(account: LedgerAccount) -> Option<AccountId> {
    match account {
        LedgerAccount::Wallet(owner) | LedgerAccount::Hold(owner, _) | LedgerAccount::Margin(owner, ..) => Some(owner),
        LedgerAccount::Outside
        | LedgerAccount::Fees
        | LedgerAccount::Insurance(_)
        | LedgerAccount::Settlement(_)
        | LedgerAccount::Funding(_)
        | LedgerAccount::Uncovered(_) => None,
    }
}
