//! Index and mark.

use ringfence_risk::mark::{MarkInputs, mark_price};
use ringfence_risk::units::{IndexPrice, MarkPrice, Notional};

use crate::command::MarkSource;
use crate::engine::{Reply, Run};
use crate::event::Event;
use crate::feed::{IndexState, SourceId, Verdict};
use crate::ids::MarketId;
use crate::reject::{Field, Reject};
use crate::state::Market;

impl Run<'_> {
    #[inline]
    pub(super) fn set_mark(&mut self, market: MarketId, mark: MarkPrice, index: IndexPrice) -> Result<Reply, Reject> {
        let known = self.market(market)?;
        check_priced(known, MarkSource::Direct)?;
        if mark.raw().checked_rem(known.contract().spec().mark_step.raw()) != Some(0) {
            return Err(Reject::MarkNotBelieved { mark, why: "it is not a multiple of the mark's step" });
        }
        if !known.fits(mark, Notional::ZERO) {
            return Err(Reject::MarkNotBelieved { mark, why: "what is open would be worth more than can be computed" });
        }
        if known.index() != Some(index) {
            self.emit(Event::IndexSet { market, index });
        }
        self.offer(market, mark, index);
        Ok(Reply::Done)
    }

    pub(super) fn quote_index(&mut self, market: MarketId, source: SourceId, price: IndexPrice) -> Result<Reply, Reject> {
        let known = self.market(market)?;
        check_priced(known, MarkSource::Median)?;
        self.emit(Event::IndexQuoted { market, source, price });
        self.refresh(market);
        Ok(Reply::Done)
    }

    /// Makes index and mark anew from what the sources say now. Without enough fresh sources, or where what they make is no price, there is
    /// neither, and the mark grows stale.
    pub(crate) fn refresh(&mut self, market: MarketId) {
        let (known, now) = (self.state.known(market), self.state.clock());
        let IndexState::Index { price: index, .. } = known.prices.sources.index(now) else { return };
        if known.index() != Some(index) {
            self.emit(Event::IndexSet { market, index });
        }
        self.sample(market);
        let known = self.state.known(market);
        let funding = &known.listing().funding;
        let until = known.funding.next.map_or(0, |next| next.since(now));
        let inputs = MarkInputs {
            index,
            funding_rate: known.funding.last_rate,
            until_funding_ms: i64::try_from(until.min(funding.interval_ms)).unwrap_or(0),
            funding_interval_ms: i64::try_from(funding.interval_ms).unwrap_or(i64::MAX).max(1),
            average_basis: known.prices.basis.average(),
            last: known.last(),
        };
        if let Ok(made) = mark_price(&inputs, known.contract().spec().mark_step)
            && known.fits(made.mark, Notional::ZERO)
        {
            self.offer(market, made.mark, index);
        }
    }

    /// Puts a mark before the guard; one that is believed moves the market.
    #[inline]
    fn offer(&mut self, market: MarketId, mark: MarkPrice, index: IndexPrice) {
        let known = self.state.known(market);
        match known.prices.guard.clone().admit(mark, index, self.state.clock()) {
            Verdict::Accept => {
                self.emit(Event::MarkMoved { market, mark });
                self.marked(market);
            }
            Verdict::AwaitConfirmation { .. } | Verdict::OutsideBand { .. } => self.emit(Event::MarkOffered { market, mark }),
        }
    }
}

/// A market takes prices from where it was listed to, until it is settled.
fn check_priced(market: &Market, source: MarkSource) -> Result<(), Reject> {
    // While a market is halted its prices stand still, too: nothing moves that nobody may answer to.
    if !market.liquidates() {
        return Err(Reject::MarketNot { state: market.state(), what: "a price" });
    }
    if market.listing().feed.mark_source != source {
        return Err(Reject::Invalid { field: Field::MarkSource, why: "of this market is another" });
    }
    Ok(())
}
