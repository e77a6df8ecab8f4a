//! Listing markets and changing them.

use ringfence_risk::arithmetic::{SCALE, mul};
use ringfence_risk::units::{Amount, Notional, Rate};

use crate::command::{Listing, MarketState};
use crate::engine::{Reply, Run};
use crate::event::Event;
use crate::feed::{BasisWindow, IndexSources, MarkGuard, PremiumWindow};
use crate::ids::{MarketId, OrderId};
use crate::reject::{Limited, Reject};
use crate::state::contract_of;

impl Run<'_> {
    pub(super) fn list_market(&mut self, listing: &Listing) -> Result<Reply, Reject> {
        let limit = self.state.limits().markets;
        let number = u16::try_from(self.state.markets().len()).unwrap_or(u16::MAX);
        if number >= limit {
            return Err(Reject::LimitReached { what: Limited::Markets, limit: limit.into() });
        }
        check_listing(listing)?;
        if self.state.market_named(&listing.symbol).is_some() {
            return Err(bad("symbol", "is listed already".to_owned()));
        }
        let settlement = listing.contract.settlement;
        let asset = self.state.asset_named(settlement).ok_or_else(|| bad("settlement", format!("{settlement} is not listed")))?;
        let market = MarketId(number);
        self.emit(Event::MarketListed { market, asset, listing: Box::new(listing.clone()) });
        Ok(Reply::Market(market))
    }

    /// New terms are in force at once, for open positions and orders, too: what they make liquidatable is liquidated in the same command, and
    /// orders whose accounts cannot hold what they need now go. What a contract is cannot change.
    pub(super) fn change_market(&mut self, market: MarketId, listing: &Listing) -> Result<Reply, Reject> {
        let present = self.market(market)?.listing();
        check_listing(listing)?;
        if listing.symbol != present.symbol {
            return Err(bad("symbol", format!("must stay {}", present.symbol)));
        }
        if listing.contract != present.contract {
            return Err(bad("contract", "must stay what it is".to_owned()));
        }
        if listing.feed != present.feed || listing.funding.sample_every_ms != present.funding.sample_every_ms {
            return Err(bad("feed", "must stay what it is".to_owned()));
        }
        self.emit(Event::MarketChanged { market, listing: Box::new(listing.clone()) });
        let accounts: Vec<_> = self.state.known(market).participants.iter().map(crate::state::Participant::account).collect();
        for account in accounts {
            self.rehold(market, account);
        }
        Ok(Reply::Done)
    }

    pub(super) fn set_market_state(&mut self, market: MarketId, state: MarketState) -> Result<Reply, Reject> {
        let known = self.market(market)?;
        if known.state() == MarketState::Settled {
            return Err(Reject::MarketNot { state: MarketState::Settled, what: "another state" });
        }
        if state == MarketState::Settled {
            return self.settle_market(market);
        }
        if known.state() != state {
            self.emit(Event::MarketStateSet { market, state });
        }
        Ok(Reply::Done)
    }
}

fn bad(field: &'static str, why: String) -> Reject {
    Reject::BadListing { field, why }
}

/// Everything a market must satisfy, at listing and at every change.
pub(crate) fn check_listing(listing: &Listing) -> Result<(), Reject> {
    if listing.symbol.is_empty() || listing.symbol.len() > 32 || !listing.symbol.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(bad("symbol", format!("must be 1 to 32 printable characters, got {:?}", listing.symbol)));
    }
    contract_of(listing).map_err(|error| bad("contract", error.to_string()))?;
    if listing.brackets.style() != listing.rules.bracket_style {
        return Err(bad("brackets", format!("must be {} as the rule set's", listing.rules.bracket_style)));
    }
    check_fees(listing)?;
    check_filters(listing)?;
    let feed = &listing.feed;
    IndexSources::new(feed.index).map_err(|error| bad("index", error.to_string()))?;
    MarkGuard::new(feed.guard).map_err(|error| bad("guard", error.to_string()))?;
    BasisWindow::new(feed.basis_samples, feed.basis_every_ms).map_err(|error| bad("basis", error.to_string()))?;
    PremiumWindow::new(listing.funding.sample_every_ms).map_err(|error| bad("funding", error.to_string()))?;
    if listing.funding.terms.settlements_per_eight_hours <= 0 {
        return Err(bad("settlements per eight hours", "must be greater than 0".to_owned()));
    }
    if listing.caps.open_interest_upper < listing.caps.open_interest_lower {
        return Err(bad("open interest", "upper cap must not be below the lower".to_owned()));
    }
    if listing.caps.unwind_band < Rate::ZERO || listing.caps.unwind_band >= Rate::WHOLE {
        return Err(bad("unwind band", format!("must be between 0 and 1, got {}", listing.caps.unwind_band)));
    }
    let caps = [
        ("insurance per liquidation", listing.caps.insurance_per_liquidation),
        ("insurance per hour", listing.caps.insurance_per_hour),
    ];
    for (field, cap) in caps {
        if let Some(cap) = cap.filter(|cap| *cap < Amount::ZERO) {
            return Err(bad(field, format!("must not be below 0, got {cap}")));
        }
    }
    let greatest = listing.brackets.max_leverage(Notional::ZERO);
    if greatest.is_none_or(|greatest| listing.default_leverage > greatest) {
        return Err(bad("default leverage", format!("must not be above the brackets', got {}", listing.default_leverage)));
    }
    Ok(())
}

/// No trade may bring less than nothing. (A liquidation fee takes at most what is left of the margin.)
fn check_fees(listing: &Listing) -> Result<(), Reject> {
    let fees = &listing.fees;
    for (field, rate) in [("taker fee", fees.taker), ("liquidation fee", fees.liquidation)] {
        if rate < Rate::ZERO || rate >= Rate::WHOLE {
            return Err(bad(field, format!("must be between 0 and 1, got {rate}")));
        }
    }
    if fees.maker.raw().saturating_add(fees.taker.raw()) < 0 || fees.maker >= Rate::WHOLE {
        return Err(bad("maker fee", format!("must not be below minus the taker fee {}, got {}", fees.taker, fees.maker)));
    }
    Ok(())
}

fn check_filters(listing: &Listing) -> Result<(), Reject> {
    let filters = &listing.filters;
    let lot = listing.contract.lot;
    if filters.max_quantity < filters.min_quantity || filters.max_quantity < lot {
        return Err(bad(
            "max quantity",
            format!("must not be below {}, got {}", filters.min_quantity.max(lot), filters.max_quantity),
        ));
    }
    // A level of the book is 64 bits of lots: as many of the largest orders as there can be must fit.
    let lots = filters.max_quantity.raw().checked_div(lot.raw()).and_then(|lots| u64::try_from(lots).ok());
    if lots.and_then(|lots| lots.checked_mul(1 << OrderId::PLACE_BITS)).is_none() {
        return Err(bad("max quantity", format!("must not be more than 2⁴² lots, got {}", filters.max_quantity)));
    }
    let (up, down) = (filters.band_up, filters.band_down);
    if up <= Rate::WHOLE || down >= Rate::WHOLE || down < Rate::ZERO {
        return Err(bad("price band", format!("must enclose the mark: above 1 and below 1, got {up} and {down}")));
    }
    // A price in ticks is 32 bits: the band has to fit.
    let greatest = mul(listing.contract.tick.wide(), u32::MAX.into())?;
    if greatest < SCALE.min(listing.contract.mark_step.wide()) {
        return Err(bad("tick", "is too fine for prices of 32 bits".to_owned()));
    }
    Ok(())
}
