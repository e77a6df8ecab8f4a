//! A market: its terms, book, orders, participants, prices, and the money that is the market's own.

use std::collections::{BTreeSet, VecDeque};

use ringfence_risk::arithmetic::{OutOfRange, Rounding, SCALE, mul, mul_div};
use ringfence_risk::contract::{Contract, ContractKind, ListingError};
use ringfence_risk::funding::funding_rate;
use ringfence_risk::hold::HeldOrders;
use ringfence_risk::maintenance::Terms;
use ringfence_risk::position::{Position, fill_value};
use ringfence_risk::units::{IndexPrice, MarkPrice, Notional, Price, Quantity, Rate};

use super::digest::{StateHash, Touched};
use super::market_ledger::MarketLedger;
use super::orders::{NOBODY, OrderDetail, OrderRecord, OrderStatus, Orders};
use super::participant::{Participant, PerSide};
use super::{broken, index};
use crate::book::{AccountId, Book, Lots, Ticks};
use crate::command::{Listing, MarketState};
use crate::conditional::{ConditionalId, Conditionals, WatchedPrice};
use crate::event::RateSource;
use crate::feed::{BasisWindow, IndexSources, MarkGuard, PremiumWindow};
use crate::ids::{AssetId, MarketId, OrderId};
use crate::limits::Limits;
use crate::time::Time;
use crate::triggers::{BandIndex, TriggerIndex};

/// Prices of a market and how they came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prices {
    pub(crate) mark: Option<MarkPrice>,
    pub(crate) index: Option<IndexPrice>,
    pub(crate) last: Option<Ticks>,
    pub(crate) sources: IndexSources,
    pub(crate) basis: BasisWindow,
    pub(crate) guard: MarkGuard,
}

/// Funding of a market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FundingState {
    /// Rate of the next settlement.
    pub(crate) rate: Rate,
    pub(crate) rate_source: RateSource,
    /// Rate of the last settlement.
    pub(crate) last_rate: Rate,
    pub(crate) next: Option<Time>,
    pub(crate) premiums: PremiumWindow,
}

/// One market.
#[derive(Clone, Debug)]
pub struct Market {
    pub(crate) id: MarketId,
    pub(crate) asset: AssetId,
    pub(crate) listing: Box<Listing>,
    pub(crate) contract: Contract,
    /// Value of one lot at one tick, where it is a whole number (linear, quanto).
    pub(super) unit_value: Option<u64>,
    pub(crate) state: MarketState,
    pub(crate) book: Book,
    pub(crate) orders: Orders,
    pub(crate) participants: Vec<Participant>,
    pub(super) participant_of: Vec<u32>,
    pub(crate) conditionals: Conditionals,
    /// Set off, not yet acted on; empty between commands.
    pub(crate) pending: VecDeque<ConditionalId>,
    /// Orders with a time at which they expire.
    pub(crate) expiries: BTreeSet<(Time, OrderId)>,
    pub(crate) countdowns: BTreeSet<(Time, AccountId)>,
    pub(crate) prices: Prices,
    pub(crate) funding: FundingState,
    pub(crate) ledger: MarketLedger,
    /// What the insurance fund took over.
    pub(crate) fund: Option<Position>,
    /// Trades ever made.
    pub(crate) trades: u64,
    /// Liquidation triggers of isolated legs: two keys per participant.
    pub(crate) triggers: TriggerIndex,
    /// Safe bands of pools, by participant.
    pub(crate) bands: BandIndex,
    pub(crate) stale: Vec<u32>,
    pub(super) touched_participants: Vec<u32>,
    pub(super) touched: Touched,
    pub(super) counters_digest: u128,
    pub(super) feed_digest: u128,
    pub(super) trailing_digest: u128,
    pub(super) terms_digest: u128,
}

/// How a listing does not hold together.
pub(crate) fn contract_of(listing: &Listing) -> Result<Contract, ListingError> {
    Contract::list(listing.contract)
}

impl Market {
    /// A market nobody trades in yet. The listing was checked.
    pub(crate) fn new(id: MarketId, asset: AssetId, listing: Box<Listing>, limits: &Limits) -> Self {
        let (Ok(contract), Ok(sources), Ok(guard)) =
            (contract_of(&listing), IndexSources::new(listing.feed.index), MarkGuard::new(listing.feed.guard))
        else {
            broken("a listing that was not checked")
        };
        let feed = &listing.feed;
        let (Ok(basis), Ok(premiums)) =
            (BasisWindow::new(feed.basis_samples, feed.basis_every_ms), PremiumWindow::new(listing.funding.sample_every_ms))
        else {
            broken("a listing that was not checked")
        };
        // As if the first premium were zero: what the interest comes to per settlement.
        let rate = funding_rate(Rate::ZERO, &listing.funding.terms).unwrap_or(Rate::ZERO);
        let mut market = Self {
            id,
            asset,
            unit_value: unit_value(&contract),
            contract,
            state: MarketState::Open,
            book: Book::new(limits.book()),
            orders: Orders::new(),
            participants: Vec::new(),
            participant_of: Vec::new(),
            conditionals: Conditionals::default(),
            pending: VecDeque::new(),
            expiries: BTreeSet::new(),
            countdowns: BTreeSet::new(),
            prices: Prices { mark: None, index: None, last: None, sources, basis, guard },
            funding: FundingState { rate, rate_source: RateSource::Premium, last_rate: Rate::ZERO, next: None, premiums },
            ledger: MarketLedger::default(),
            fund: None,
            trades: 0,
            triggers: TriggerIndex::default(),
            bands: BandIndex::default(),
            stale: Vec::new(),
            touched_participants: Vec::new(),
            touched: Touched::default(),
            counters_digest: 0,
            feed_digest: 0,
            trailing_digest: 0,
            terms_digest: 0,
            listing,
        };
        market.terms_digest = market.digest_terms();
        market.counters_digest = market.digest_counters();
        market.feed_digest = market.digest_feed();
        market.trailing_digest = market.digest_trailing();
        market
    }

    /// Its number.
    #[must_use]
    pub const fn id(&self) -> MarketId {
        self.id
    }

    /// The asset it settles in.
    #[must_use]
    pub const fn asset(&self) -> AssetId {
        self.asset
    }

    /// Its terms.
    #[must_use]
    pub const fn listing(&self) -> &Listing {
        &self.listing
    }

    /// Its contract.
    #[must_use]
    pub const fn contract(&self) -> &Contract {
        &self.contract
    }

    /// What it lets through.
    #[must_use]
    pub const fn state(&self) -> MarketState {
        self.state
    }

    /// Its book.
    #[must_use]
    pub const fn book(&self) -> &Book {
        &self.book
    }

    /// The mark.
    #[must_use]
    pub const fn mark(&self) -> Option<MarkPrice> {
        self.prices.mark
    }

    /// The index.
    #[must_use]
    pub const fn index(&self) -> Option<IndexPrice> {
        self.prices.index
    }

    /// The price of the last trade.
    #[must_use]
    pub fn last(&self) -> Option<Price> {
        self.prices.last.and_then(|ticks| ticks.to_price(&self.contract).ok())
    }

    /// Rate of the next funding settlement, and when it is due.
    #[must_use]
    pub const fn funding(&self) -> (Rate, Option<Time>) {
        (self.funding.rate, self.funding.next)
    }

    /// How many trades were made.
    #[must_use]
    pub const fn trades(&self) -> u64 {
        self.trades
    }

    /// The position the insurance fund took over and has not closed yet.
    #[must_use]
    pub const fn fund_position(&self) -> Option<&Position> {
        self.fund.as_ref()
    }

    /// The market's own money and sums.
    #[must_use]
    pub const fn ledger(&self) -> &MarketLedger {
        &self.ledger
    }

    /// An open order.
    #[must_use]
    pub fn order(&self, order: OrderId) -> Option<(&OrderRecord, &OrderDetail)> {
        let place = self.orders.find(order)?;
        Some((self.orders.record(place), self.orders.detail(place)))
    }

    /// What positions are judged by.
    #[inline]
    #[must_use]
    pub fn terms(&self) -> Terms<'_> {
        Terms {
            contract: &self.contract,
            brackets: &self.listing.brackets,
            rules: &self.listing.rules,
            fees: self.listing.fees,
            funding_rate: self.funding.rate,
        }
    }

    /// The value of lots at a price in ticks, rounded once as a fill is.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest notional.
    #[inline]
    pub fn value(&self, price: Ticks, lots: Lots) -> Result<Notional, OutOfRange> {
        if let Some(unit) = self.unit_value {
            // Nearly every order is worth less than 1.8 × 10¹¹: 64 bits.
            if let Some(value) = lots.raw().checked_mul(price.raw().into()).and_then(|count| count.checked_mul(unit)) {
                return Notional::from_wide(value.into());
            }
            let count = i128::from(lots.raw()).checked_mul(price.raw().into()).and_then(|count| count.checked_mul(unit.into()));
            return Notional::from_wide(count.ok_or(OutOfRange { what: "notional" })?);
        }
        self.divided_value(price, lots)
    }

    /// The value of a contract that is worth less the higher its price, or whose contracts are valued one by one.
    #[inline(never)]
    fn divided_value(&self, price: Ticks, lots: Lots) -> Result<Notional, OutOfRange> {
        fill_value(&self.contract, lots.to_quantity(&self.contract)?, price.to_price(&self.contract)?)
    }

    /// Lots as a quantity. The lots of an order were checked when it was placed.
    #[inline]
    pub(crate) fn quantity(&self, lots: Lots) -> Quantity {
        match lots.to_quantity(&self.contract) {
            Ok(quantity) => quantity,
            Err(_) => broken("lots beyond the greatest quantity"),
        }
    }

    /// A position's quantity in lots.
    #[inline]
    pub(crate) fn lots(&self, quantity: Quantity) -> Lots {
        match Lots::from_quantity(&self.contract, quantity) {
            Ok(lots) => lots,
            Err(_) => broken("a position off the lot"),
        }
    }

    /// An account's place among the participants.
    #[inline]
    pub(crate) fn find(&self, account: AccountId) -> Option<u32> {
        self.participant_of.get(index(account.0)).copied().filter(|slot| *slot != NOBODY)
    }

    /// An account in this market, if it ever took part.
    #[inline]
    #[must_use]
    pub fn participant(&self, account: AccountId) -> Option<&Participant> {
        self.find(account).and_then(|slot| self.participants.get(index(slot)))
    }

    #[inline]
    pub(crate) fn at(&self, slot: u32) -> &Participant {
        match self.participants.get(index(slot)) {
            Some(participant) => participant,
            None => broken("a participant that is not there"),
        }
    }

    /// A participant, about to change.
    #[inline]
    pub(crate) fn at_mut(&mut self, slot: u32, hash: &mut StateHash) -> &mut Participant {
        let Some(participant) = self.participants.get_mut(index(slot)) else { broken("a participant that is not there") };
        if participant.touched.touch(Touched::OWN) {
            hash.remove(participant.digest(self.id));
            self.touched_participants.push(slot);
        }
        participant
    }

    /// The sums over a participant's orders, about to change.
    #[inline]
    pub(crate) fn sums_mut(&mut self, slot: u32) -> &mut Participant {
        match self.participants.get_mut(index(slot)) {
            Some(participant) => participant,
            None => broken("a participant that is not there"),
        }
    }

    pub(crate) fn join(&mut self, account: AccountId, hash: &mut StateHash) {
        let Ok(slot) = u32::try_from(self.participants.len()) else { broken("more participants than accounts") };
        let at = index(account.0);
        if at >= self.participant_of.len() {
            self.participant_of.resize(at.saturating_add(1), NOBODY);
        }
        if let Some(place) = self.participant_of.get_mut(at) {
            *place = slot;
        }
        let participant = Participant::new(account, self.listing.default_margin_mode, self.listing.default_leverage);
        hash.add(participant.digest(self.id));
        self.participants.push(participant);
    }

    /// The liquidation index has to look at this participant again.
    #[inline]
    pub(crate) fn mark_stale(&mut self, slot: u32) {
        if let Some(participant) = self.participants.get_mut(index(slot))
            && participant.touched.touch(Touched::INDEX)
        {
            self.stale.push(slot);
        }
    }

    /// All have to be looked at again.
    pub(crate) fn mark_all_stale(&mut self) {
        for slot in 0..u32::try_from(self.participants.len()).unwrap_or(NOBODY) {
            self.mark_stale(slot);
        }
    }

    /// Whether all that is open here, and this much more, may be computed with at a mark: it is worth no more than a 256th of the greatest sum, so
    /// that profits of 200 markets add up in range. A mark that would break it is not believed, and what would exceed it is not opened.
    #[inline]
    pub(crate) fn fits(&self, mark: MarkPrice, more: Notional) -> bool {
        let value = Quantity::from_wide(self.ledger.long)
            .and_then(|quantity| self.contract.mark_value(self.contract.exposure(quantity)?, mark)?.rounded(Rounding::Ceiling));
        value.is_ok_and(|value| value.saturating_add(more.raw()) <= Notional::GREATEST.raw() >> 8)
    }

    /// Whether marks liquidate here.
    #[must_use]
    pub const fn liquidates(&self) -> bool {
        !matches!(self.state, MarketState::Halted | MarketState::Settled)
    }

    /// Whether a mark would liquidate nobody and set nothing off.
    #[inline]
    #[must_use]
    pub fn is_quiet(&self, mark: MarkPrice) -> bool {
        self.triggers.is_quiet(mark)
            && self.bands.is_quiet(mark)
            && self.fund.is_none()
            && self.conditionals.is_quiet(WatchedPrice::Mark, mark.as_price())
    }

    /// Whether the mark liquidates at this time: not in a halted market, and not while it is stale.
    #[must_use]
    pub fn liquidates_at(&self, now: Time) -> bool {
        self.liquidates() && !self.prices.guard.is_stale(now)
    }

    /// What the insurance fund may lose at this time: all its money, or what the hour's cap leaves of it. In 10⁻⁸.
    #[must_use]
    pub fn insurance_left(&self, now: Time) -> i128 {
        let insurance = self.ledger.insurance();
        let Some(cap) = self.listing.caps.insurance_per_hour else { return insurance };
        insurance.min(cap.raw().saturating_sub(self.ledger.insurance_lost(now))).max(0)
    }

    /// Bytes reserved for orders, beside the book's own.
    #[must_use]
    pub const fn order_bytes(&self) -> usize {
        self.orders.reserved_bytes()
    }

    /// Bytes reserved for participants and their positions, and for the liquidation index.
    #[must_use]
    pub const fn position_bytes(&self) -> usize {
        let participants = self.participants.capacity().saturating_mul(size_of::<Participant>());
        participants.saturating_add(self.triggers.reserved_bytes()).saturating_add(self.bands.reserved_bytes())
    }

    /// The participant with the sums over its orders recomputed from the orders.
    pub(crate) fn recompute_orders(&self, participant: &Participant) -> Participant {
        let mut fresh = Participant {
            held: PerSide::both(HeldOrders::NONE),
            reducing: PerSide::both(0),
            orders: 0,
            waiting: 0,
            ..*participant
        };
        for place in self.places(participant) {
            let record = self.orders.record(place);
            fresh.orders = fresh.orders.saturating_add(1);
            match record.status {
                OrderStatus::Waiting => fresh.waiting = fresh.waiting.saturating_add(1),
                OrderStatus::Active => {}
                OrderStatus::Resting if record.is_held() => {
                    let held = fresh.held.of_mut(record.side.opens());
                    let value = self.value(record.price, record.left).unwrap_or(Notional::GREATEST);
                    held.sum.quantity = held.sum.quantity.plus(self.quantity(record.left)).unwrap_or(held.sum.quantity);
                    held.sum.value = held.sum.value.plus(value).unwrap_or(held.sum.value);
                    held.open_loss = held.open_loss.plus(self.orders.detail(place).open_loss).unwrap_or(held.open_loss);
                }
                OrderStatus::Resting => {
                    let reduced = fresh.reducing.of_mut(record.side.opens().opposite());
                    *reduced = reduced.saturating_add(record.left.raw());
                }
            }
        }
        fresh
    }

    /// The places of a participant's orders, oldest first.
    pub(crate) fn places(&self, participant: &Participant) -> impl Iterator<Item = u32> {
        let some = |place: u32| Some(place).filter(|place| *place != NOBODY);
        core::iter::successors(some(participant.first), move |place| some(self.orders.record(*place).next))
    }
}

/// Value of one lot at one tick. Whole for every linear and quanto contract that is valued per fill: listing checks it.
fn unit_value(contract: &Contract) -> Option<u64> {
    let spec = contract.spec();
    let is_per_fill = matches!(spec.value_rounding, ringfence_risk::contract::ValueRounding::PerFill);
    match contract.kind() {
        ContractKind::Linear | ContractKind::Quanto if is_per_fill => {
            let exposure = contract.exposure(spec.lot).ok()?;
            let product = mul(exposure, spec.tick.wide()).ok()?;
            let unit = mul_div(product, 1, SCALE, Rounding::Floor).ok().filter(|unit| mul(*unit, SCALE) == Ok(product))?;
            u64::try_from(unit).ok()
        }
        ContractKind::Linear | ContractKind::Quanto | ContractKind::Inverse => None,
    }
}
