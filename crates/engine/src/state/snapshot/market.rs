//! A market as bytes, and back.

use ringfence_risk::plan::{MarginMode, PositionMode};
use ringfence_risk::position::Position;
use ringfence_risk::units::{Amount, Leverage, Quantity, Side};

use super::{refused, write_length};
use crate::book::{AccountId, Book, Lots};
use crate::command::{AutoAdd, Listing};
use crate::event::RateSource;
use crate::feed::BasisWindow;
use crate::handle::check_listing;
use crate::ids::MarketId;
use crate::state::digest::StateHash;
use crate::state::{FundingState, Market, MarketLedger, Participant, PerSide, Prices, State, index};
use crate::time::Time;
use crate::wire::{Reader, Wire, WireError, wire_enum, wire_struct};

wire_struct!(Prices { mark, index, last, sources, basis, guard });
wire_struct!(FundingState { rate, rate_source, last_rate, next, premiums });
wire_enum!(RateSource { 0 => Premium, 1 => Set });
wire_struct!(MarketLedger {
    insurance,
    settlement,
    funding,
    uncovered,
    margins,
    position_margins,
    cost,
    long,
    short,
    loss_hour,
    hour_loss,
});

/// A participant without what follows from its orders.
struct Member {
    account: AccountId,
    margin_mode: [MarginMode; 2],
    auto_add: AutoAdd,
    positions: [Option<Position>; 2],
    leverage: [Leverage; 2],
    hold: Amount,
    countdown: Option<Time>,
}

wire_struct!(Member { account, margin_mode, auto_add, positions, leverage, hold, countdown });

impl Member {
    const fn of(participant: &Participant) -> Self {
        let Participant { account, margin_mode, auto_add, positions, leverage, hold, countdown, .. } = *participant;
        let (positions, leverage) = ([positions.long, positions.short], [leverage.long, leverage.short]);
        let margin_mode = [margin_mode.long, margin_mode.short];
        Self { account, margin_mode, auto_add, positions, leverage, hold, countdown }
    }
}

impl Market {
    /// Appends everything that does not follow from the rest.
    pub(super) fn encode(&self, to: &mut Vec<u8>) {
        self.listing.write(to);
        (self.state, self.trades).write(to);
        self.prices.write(to);
        self.funding.write(to);
        self.ledger.write(to);
        self.fund.write(to);
        self.book.encode(to);
        write_length(self.participants.len(), to);
        self.participants.iter().for_each(|participant| Member::of(participant).write(to));
        self.encode_orders(to);
    }

    /// Prices and funding that were made under the terms of the market.
    fn read_feed(&mut self, from: &mut Reader<'_>) -> Result<(), WireError> {
        let at = from.at();
        let prices = Prices::read(from)?;
        let funding = FundingState::read(from)?;
        let known = &self.prices;
        let is_of_market = prices.sources.rule() == known.sources.rule()
            && prices.guard.rule() == known.guard.rule()
            && prices.basis.samples == known.basis.samples
            && prices.basis.slots.every_ms == known.basis.slots.every_ms
            && funding.premiums.slots.every_ms == self.funding.premiums.slots.every_ms;
        let is_priced = prices.mark.is_none() || prices.index.is_some();
        let is_last = prices.last.is_none_or(|last| last.to_price(&self.contract).is_ok());
        if !is_of_market || !is_priced || !is_last || !is_summed(&prices.basis) {
            return Err(refused(at, "prices of a market"));
        }
        (self.prices, self.funding) = (prices, funding);
        Ok(())
    }

    /// Whether a position can be one of this market.
    fn admits(&self, position: &Position) -> bool {
        position.quantity > Quantity::ZERO && Lots::from_quantity(&self.contract, position.quantity).is_ok()
    }

    /// Takes in a participant; `None` when there can be no such one.
    fn admit(&mut self, member: &Member, mode: PositionMode) -> Option<()> {
        let Member { account, margin_mode, auto_add, positions: [long, short], leverage, hold, countdown } = *member;
        let sides = [(long, Side::Long), (short, Side::Short)];
        let fits = |(position, side): &(Option<Position>, Side)| {
            position.is_none_or(|position| position.side == *side && self.admits(&position))
        };
        let is_double = mode == PositionMode::OneWay && long.is_some() && short.is_some();
        if self.find(account).is_some() || !sides.iter().all(fits) || is_double || hold < Amount::ZERO {
            return None;
        }
        let mut scratch = StateHash::EMPTY;
        self.join(account, &mut scratch);
        let participant = self.participants.last_mut()?;
        participant.margin_mode = PerSide { long: margin_mode[0], short: margin_mode[1] };
        participant.auto_add = auto_add;
        participant.positions = PerSide { long, short };
        participant.leverage = PerSide { long: leverage[0], short: leverage[1] };
        (participant.hold, participant.countdown) = (hold, countdown);
        self.countdowns.extend(countdown.map(|at| (at, account)));
        Some(())
    }
}

impl State {
    /// Reads one market. Accounts and assets are there already.
    pub(super) fn read_market(&self, id: MarketId, from: &mut Reader<'_>) -> Result<Market, WireError> {
        let at = from.at();
        let listing = Box::<Listing>::read(from)?;
        let asset = self.asset_named(listing.contract.settlement).filter(|_| check_listing(&listing).is_ok());
        let asset = asset.filter(|_| self.market_named(&listing.symbol).is_none());
        let asset = asset.ok_or(refused(at, "listing of a market"))?;
        let mut market = Market::new(id, asset, listing, &self.limits);
        (market.state, market.trades) = Wire::read(from)?;
        market.read_feed(from)?;
        market.ledger = Wire::read(from)?;
        let at = from.at();
        market.fund = Wire::read(from)?;
        if market.fund.is_some_and(|fund| !market.admits(&fund)) {
            return Err(refused(at, "position of an insurance fund"));
        }
        market.book = Book::decode(self.limits.book(), from)?;
        for _ in 0..from.length()? {
            let at = from.at();
            let member = Member::read(from)?;
            let account = self.accounts.get(index(member.account.0));
            let admitted = account.and_then(|account| market.admit(&member, account.position_mode));
            admitted.ok_or(refused(at, "participant of a market"))?;
        }
        market.read_orders(&self.limits, from)?;
        // Some digests are kept: they are made anew where they are put back into a hash.
        let mut scratch = StateHash::EMPTY;
        market.touch_counters(&mut scratch);
        market.touch_feed(&mut scratch);
        market.touch_trailing(&mut scratch);
        market.settle(&mut scratch);
        Ok(market)
    }
}

/// Whether a window holds no more samples than it may, and their sum.
fn is_summed(basis: &BasisWindow) -> bool {
    let sum = basis.twice.iter().fold(0_i128, |sum, twice| sum.wrapping_add(i128::from(*twice)));
    basis.twice.len() <= usize::from(basis.samples) && sum == basis.sum
}
