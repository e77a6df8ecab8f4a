//! What a market allows single orders and whole sides: size, price band, brackets, open interest.

use ringfence_risk::arithmetic::{Rounding, SCALE, mul_div};
use ringfence_risk::bracket::open_interest_rate;
use ringfence_risk::contract::ContractKind;
use ringfence_risk::filters::{FilterError, OrderSide};
use ringfence_risk::plan::{OrderIntent, check_leverage};
use ringfence_risk::units::{Leverage, MarkPrice, Notional, Price, Quantity, Rate, Side};

use super::validate::{Pricing, Wanted};
use crate::book::{AccountId, Lots, Ticks};
use crate::reject::{Field, Reject};
use crate::state::{Market, Participant};

impl Market {
    /// An account that does not take part yet.
    pub(crate) fn newcomer(&self, account: AccountId) -> Participant {
        Participant::new(account, self.listing().default_margin_mode, self.listing().default_leverage)
    }

    /// The worst price a market order may trade at: the edge of the price band, on the tick.
    pub(crate) fn worst_price(&self, side: OrderSide) -> Result<Ticks, Reject> {
        let Some(mark) = self.mark() else { return Err(Reject::NoMark { since: None }) };
        let filters = &self.listing().filters;
        let tick = self.contract().spec().tick.wide();
        let (band, rounding) = match side {
            OrderSide::Buy => (filters.band_up, Rounding::Floor),
            OrderSide::Sell => (filters.band_down, Rounding::Ceiling),
        };
        let raw = mul_div(mark.wide(), band.wide(), SCALE, rounding)?;
        let ticks = mul_div(raw, 1, tick, rounding)?.clamp(1, u32::MAX.into());
        let ticks = u32::try_from(ticks).ok().and_then(Ticks::new);
        ticks.ok_or(Reject::Invalid { field: Field::Price, why: "has no tick inside the band" })
    }

    /// Size limits of single orders. What closes may be as small as it likes.
    pub(crate) fn check_quantity(&self, quantity: Quantity, intent: OrderIntent) -> Result<(), Reject> {
        let filters = &self.listing().filters;
        let least = match intent {
            OrderIntent::Any => filters.min_quantity,
            OrderIntent::ReduceOnly => self.contract().spec().lot,
        };
        if quantity < least || quantity > filters.max_quantity || quantity == Quantity::ZERO {
            return Err(FilterError::QuantityOutOfRange { quantity, least, greatest: filters.max_quantity }.into());
        }
        Ok(())
    }

    /// Quantity, notional and price band.
    #[inline(always)]
    pub(crate) fn check_filters(&self, wanted: &Wanted) -> Result<(), Reject> {
        let quantity = self.quantity(wanted.lots);
        self.check_quantity(quantity, wanted.intent)?;
        if wanted.pricing == Pricing::Market {
            return Ok(());
        }
        let filters = &self.listing().filters;
        let price = wanted.price.to_price(self.contract())?;
        if wanted.intent == OrderIntent::Any {
            let notional = self.quote_value(wanted.price, wanted.lots, (quantity, price))?;
            if notional < filters.min_notional {
                return Err(FilterError::NotionalTooSmall { notional, least: filters.min_notional }.into());
            }
        }
        let Some(mark) = self.mark() else { return Ok(()) };
        Ok(filters.check_band(wanted.side, price, mark)?)
    }

    #[inline(always)]
    fn quote_value(&self, price: Ticks, lots: Lots, (quantity, at): (Quantity, Price)) -> Result<Notional, Reject> {
        match self.contract().kind() {
            ContractKind::Inverse => Ok(self.contract().quote_value(quantity, at)?),
            ContractKind::Linear | ContractKind::Quanto => Ok(self.value(price, lots)?),
        }
    }

    /// Brackets and open interest: what a side would be worth with its orders, at this leverage.
    #[inline(always)]
    pub(crate) fn check_caps(
        &self,
        participant: &Participant,
        opens: Side,
        leverage: Leverage,
        opening: Notional,
    ) -> Result<(), Reject> {
        let held = match (participant.positions().of(opens), self.mark()) {
            (Some(position), Some(mark)) => self.contract().value_at_mark(position.quantity, mark)?,
            (Some(_) | None, _) => Notional::ZERO,
        };
        check_leverage(&self.listing().brackets, leverage, held.plus(opening)?)?;
        self.check_open_interest(leverage, opening)
    }

    /// Above a lower cap, initial margin rises with the open interest of the whole market, however it is split over accounts.
    #[inline]
    pub(crate) fn check_open_interest(&self, leverage: Leverage, opening: Notional) -> Result<(), Reject> {
        let caps = &self.listing().caps;
        match self.mark() {
            Some(mark) if caps.open_interest_lower < caps.open_interest_upper => self.check_crowding(mark, leverage, opening),
            Some(_) | None => Ok(()),
        }
    }

    /// [`check_open_interest`](Self::check_open_interest) in a market that has caps.
    #[inline(never)]
    fn check_crowding(&self, mark: MarkPrice, leverage: Leverage, opening: Notional) -> Result<(), Reject> {
        let caps = &self.listing().caps;
        let quantity = Quantity::from_wide(self.ledger().open_interest())?;
        let value = self.contract().value_at_mark(quantity, mark)?.plus(opening)?;
        let rate = open_interest_rate(Rate::ZERO, value, caps.open_interest_lower, caps.open_interest_upper)?;
        // 1 ÷ leverage below the rate: too little margin for a market as full as this.
        let own = mul_div(SCALE, SCALE, leverage.wide(), Rounding::Floor)?;
        if own >= rate.wide() && rate < Rate::WHOLE {
            return Ok(());
        }
        let most = mul_div(SCALE, SCALE, rate.wide().max(1), Rounding::Floor)?.max(SCALE);
        Err(Reject::OpenInterestCap { leverage: Leverage::from_wide(most)? })
    }
}
