//! How a run went along: a bounded number of samples, whatever the length of the series.

use crate::cast::{Cast, account_of};
use crate::exchange::{ASSET, Exchange};
use crate::maker::MARKET;
use crate::text::text;
use crate::time::UtcTime;
use ringfence_engine::state::PerSide;
use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::isolated::Leg;
use ringfence_risk::plan::MarginMode;
use ringfence_risk::units::{Amount, MarkPrice};
use serde::Serialize;

/// The exchange at one time, and the marks since the sample before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sample {
    /// When (of a bar: when it opens).
    pub time: UtcTime,
    /// Least recorded mark since the sample before.
    #[serde(serialize_with = "text")]
    pub low: MarkPrice,
    /// Greatest recorded mark since the sample before.
    #[serde(serialize_with = "text")]
    pub high: MarkPrice,
    /// The mark that accounts are valued at: the recorded one, displaced where liquidations move it.
    #[serde(serialize_with = "text")]
    pub mark: MarkPrice,
    /// Wallets, margins and unrealised profits of all accounts but the maker's.
    #[serde(serialize_with = "text")]
    pub equity: Amount,
    /// Margins of isolated positions: the boxes.
    #[serde(serialize_with = "text")]
    pub margins: Amount,
    /// Money of the insurance fund.
    #[serde(serialize_with = "text")]
    pub insurance: Amount,
    /// Positions open.
    pub open: usize,
    /// Liquidations so far.
    pub liquidations: usize,
    /// Of each position, in their order, what is in its box: margin balance, rounded down; `None` where there is no box now. Empty where there
    /// are more than [`Sample::MOST_BOXES`] positions.
    pub boxes: Vec<Option<BoxBalance>>,
}

/// What is in the box of an isolated position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct BoxBalance(#[serde(serialize_with = "text")] pub Amount);

impl Sample {
    /// Most positions whose boxes are sampled one by one.
    pub const MOST_BOXES: usize = 40;
}

/// Takes samples: every so many observations, and half as often each time there are twice too many.
#[derive(Clone, Debug)]
pub(crate) struct Sampler {
    wanted: usize,
    stride: u64,
    since: u64,
    range: Option<(MarkPrice, MarkPrice)>,
    pub(crate) samples: Vec<Sample>,
}

impl Sampler {
    /// As many samples as wanted, up to twice as many; none takes none. The number of observations, where it is known, saves samples that are
    /// dropped later.
    pub(crate) fn new(wanted: usize, expected: Option<u64>) -> Self {
        let stride = u64::try_from(wanted).ok().and_then(|wanted| expected?.checked_div(wanted));
        Self { wanted, stride: stride.unwrap_or(1).max(1), since: 0, range: None, samples: Vec::new() }
    }

    /// An observation between these marks. Answers whether a sample is due.
    #[inline]
    pub(crate) fn observe(&mut self, low: MarkPrice, high: MarkPrice) -> bool {
        if self.wanted == 0 {
            return false;
        }
        self.range = Some(self.range.map_or((low, high), |(least, most)| (least.min(low), most.max(high))));
        self.since = self.since.saturating_add(1);
        self.since >= self.stride
    }

    /// Whether observations are waiting for the last sample.
    pub(crate) const fn is_waiting(&self) -> bool {
        self.wanted > 0 && self.since > 0
    }

    #[cold]
    pub(crate) fn take(
        &mut self,
        exchange: &Exchange,
        cast: &Cast,
        (time, mark): (UtcTime, MarkPrice),
    ) -> Result<(), OutOfRange> {
        let (low, high) = self.range.take().unwrap_or((mark, mark));
        self.since = 0;
        let sample = exchange.sample(cast, (time, mark))?;
        self.samples.push(Sample { low, high, ..sample });
        if self.samples.len() >= self.wanted.saturating_mul(2) {
            self.thin();
        }
        Ok(())
    }

    /// Two samples into one: the later one, with the marks of both.
    fn thin(&mut self) {
        let mut thinned = Vec::with_capacity(self.wanted);
        let mut samples = std::mem::take(&mut self.samples).into_iter();
        while let Some(first) = samples.next() {
            let (low, high) = (first.low, first.high);
            let last = samples.next().unwrap_or(first);
            thinned.push(Sample { low: last.low.min(low), high: last.high.max(high), ..last });
        }
        self.samples = thinned;
        self.stride = self.stride.saturating_mul(2);
    }
}

impl Exchange {
    fn sample(&self, cast: &Cast, (time, mark): (UtcTime, MarkPrice)) -> Result<Sample, OutOfRange> {
        let market = self.state().market(MARKET).ok_or(OutOfRange { what: "number of a market" })?;
        let (mut equity, mut margins) = (Amount::ZERO, Amount::ZERO);
        let shows_boxes = cast.legs.len() <= Sample::MOST_BOXES;
        let mut boxes = vec![None; if shows_boxes { cast.legs.len() } else { 0 }];
        for (number, player) in cast.players.iter().enumerate() {
            let account = account_of(number);
            equity = equity.plus(self.state().free(account, ASSET))?;
            let Some(participant) = market.participant(account) else { continue };
            equity = equity.plus(participant.hold())?;
            let PerSide { long, short } = *participant.positions();
            for position in [long, short].into_iter().flatten() {
                let margin = position.margin()?;
                margins = margins.plus(margin)?;
                equity = equity.plus(margin)?.plus(position.unrealised_pnl(market.contract(), mark)?)?;
                let is_boxed = participant.margin_mode(position.side) == MarginMode::Isolated;
                let place = player.legs.of(position.side).and_then(|leg| boxes.get_mut(leg));
                if let (true, Some(place)) = (is_boxed, place) {
                    *place = Some(BoxBalance(Leg::isolated(market.terms(), &position)?.margin_balance(mark)?));
                }
            }
        }
        Ok(Sample {
            time,
            low: mark,
            high: mark,
            mark,
            equity,
            margins,
            insurance: Amount::from_wide(market.ledger().insurance())?,
            open: self.record.open,
            liquidations: self.record.liquidations.len(),
            boxes,
        })
    }
}
