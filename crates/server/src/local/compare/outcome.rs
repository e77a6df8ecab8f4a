//! A run as the comparison's report takes it. Nothing is decided here: views and stories are the engine's, sums are over them.

use ringfence_compare::{Cell, PathOrd, Ran, Summary};
use ringfence_engine::event::LiquidationStart;
use ringfence_engine::ids::AssetId;
use ringfence_engine::query::{AccountView, LiquidationStory};
use ringfence_engine::state::Market;
use ringfence_replay::{
    AccountLife, AccountOutcome, BarPath, BoxBalance, DataFacts, End, Happening, Life, LiquidationReport, Options, Outcome,
    PositionOutcome, Regime, Sample, Told, UtcTime,
};
use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::isolated::Leg;
use ringfence_risk::plan::MarginMode;
use ringfence_risk::rule_set::LiquidationStep;
use ringfence_risk::units::{Amount, MarkPrice, Quantity, Side};

use super::run::{Course, Fate, Run};
use super::sums::sums;
use crate::edge::error::{ApiError, Code};
use crate::local::preview::out_of_range;

/// How long a step of the path is drawn: time stands still meanwhile.
const STEP_MS: i64 = 60_000;

/// A run, seen through the asset that its leading market settles in.
pub(super) struct Seen<'a> {
    pub(super) course: &'a Course,
    pub(super) run: &'a Run,
    /// The account's name.
    pub(super) owner: &'a str,
    pub(super) asset: AssetId,
    /// The leading market as it ended.
    pub(super) market: &'a Market,
}

/// The run as a report takes it.
pub(super) fn ran(course: &Course, run: &Run, owner: &str) -> Result<Ran, ApiError> {
    let [_, ended] = &run.engines;
    let none = || ApiError::of(Code::Internal);
    let market = ended.state().market(course.leading.market).ok_or_else(none)?;
    let seen = Seen { course, run, owner, asset: market.asset(), market };
    let outcome = seen.outcome()?;
    let (mode, rules) = (outcome.regime, outcome.symbol.clone());
    let cell = Cell { mode, rules, date: None, leverage: None, seed: None, path: PathOrd(BarPath::default()) };
    let summary = Summary::of(&outcome, None).map_err(out_of_range)?;
    Ok(Ran { cell, brackets: "as listed here".to_owned(), outcome, summary })
}

impl Seen<'_> {
    fn outcome(&self) -> Result<Outcome, ApiError> {
        let Self { run, market, .. } = self;
        let find = |purses: &[super::run::Purse]| purses.iter().find(|purse| purse.asset == self.asset).map(|purse| purse.view);
        let none = || ApiError::of(Code::Internal);
        let (before, after) = (find(&run.before).ok_or_else(none)?, find(&run.after).ok_or_else(none)?);
        let positions = self.fates().map(|fate| self.position(fate)).collect::<Result<Vec<_>, _>>().map_err(out_of_range)?;
        let liquidations = self.own().map(|told| self.liquidation(told)).collect::<Result<Vec<_>, _>>().map_err(out_of_range)?;
        let account = self.account(&before, &after).map_err(out_of_range)?;
        Ok(Outcome {
            symbol: market.listing().symbol.clone(),
            settlement: market.contract().spec().settlement.to_string(),
            regime: regime(run.mode),
            options: Options { maker: None, ..Options::default() },
            data: self.data(),
            stated: self.stated(),
            refused: Vec::new(),
            run: sums(self, &positions, liquidations)?,
            positions,
            accounts: vec![account],
            script: Vec::new(),
            never: Vec::new(),
            samples: self.samples(),
            told: self.own().map(|told| self.told(told)).collect::<Result<Vec<_>, _>>().map_err(out_of_range)?,
        })
    }

    /// The positions that settle in the asset.
    pub(super) fn fates(&self) -> impl Iterator<Item = &Fate> {
        let [_, ended] = &self.run.engines;
        self.run.fates.iter().filter(|fate| ended.state().market(fate.market).map(Market::asset) == Some(self.asset))
    }

    /// The account's liquidations in them, each with its step.
    pub(super) fn own(&self) -> impl Iterator<Item = &(usize, LiquidationStory)> {
        self.run.stories.iter().filter(|(_, story)| {
            let is_seen = |fate: &Fate| fate.market == story.start.market && fate.side == story.start.side;
            story.start.account == Some(self.course.account) && self.fates().any(is_seen)
        })
    }

    /// A time for a step: 0 is before the first.
    fn time(&self, step: usize) -> UtcTime {
        let [start, _] = &self.run.engines;
        let begun = i64::try_from(start.state().clock().ms()).unwrap_or(i64::MAX);
        UtcTime(begun.saturating_add(STEP_MS.saturating_mul(i64::try_from(step).unwrap_or(i64::MAX))))
    }

    /// The leading mark after a step.
    fn mark(&self, step: usize) -> MarkPrice {
        self.run.at(step).mark
    }

    fn data(&self) -> DataFacts {
        let marks = || self.run.all().map(|point| point.mark);
        let first = self.mark(0);
        let last = self.run.points.len();
        DataFacts {
            bars: 0,
            ticks: u64::try_from(last).unwrap_or(u64::MAX),
            fundings: 0,
            from_book: 0,
            off_grid: 0,
            first_time: self.time(0),
            last_time: self.time(last),
            first_mark: first,
            last_mark: self.mark(last),
            low: marks().min().unwrap_or(first),
            high: marks().max().unwrap_or(first),
        }
    }

    fn samples(&self) -> Vec<Sample> {
        let points = self.run.all().enumerate();
        let sample = |(step, point): (usize, &super::run::Point)| {
            let shows_boxes = point.boxes.len() <= Sample::MOST_BOXES;
            Sample {
                time: self.time(step),
                low: point.mark,
                high: point.mark,
                mark: point.mark,
                equity: point.money.margin_balance,
                margins: point.money.isolated_margin,
                insurance: point.insurance,
                open: point.open,
                liquidations: self.own().filter(|(at, _)| *at < step).count(),
                boxes: if shows_boxes { point.boxes.iter().map(|held| held.map(BoxBalance)).collect() } else { Vec::new() },
            }
        };
        points.map(sample).collect()
    }

    fn told(&self, (step, story): &(usize, LiquidationStory)) -> Result<Told, OutOfRange> {
        let (time, mark) = (self.time(step.saturating_add(1)), story.start.mark);
        let [_, ended] = &self.run.engines;
        let market = ended.state().market(story.start.market).ok_or(OutOfRange { what: "number of a market" })?;
        let what = Happening::Liquidated { position: None, text: story.lines(market, self.owner)? };
        Ok(Told { time, mark, recorded: mark, what })
    }

    fn account(&self, before: &AccountView, after: &AccountView) -> Result<AccountOutcome, OutOfRange> {
        let lost = self.own().try_fold(Amount::ZERO, |sum, (_, story)| sum.plus(story.lost))?;
        let life = AccountLife {
            fees: Amount::ZERO,
            funding: Amount::ZERO,
            liquidations: self.own().count(),
            lost,
            wallet: after.cross_wallet,
            margins: after.isolated_margin,
            unrealised: after.unrealised_pnl,
            equity: after.margin_balance,
        };
        Ok(AccountOutcome { name: self.owner.to_owned(), wallet_before: before.margin_balance, life })
    }

    fn position(&self, fate: &Fate) -> Result<PositionOutcome, OutOfRange> {
        // As the page marks sides, and as short as the figure has room for.
        let sign = match fate.side {
            Side::Long => "▲",
            Side::Short => "▼",
        };
        let name = format!("{sign} {}", fate.name.trim_end_matches("_PERP"));
        let (account, side, leverage) = (self.owner.to_owned(), fate.side, fate.start.leverage);
        Ok(PositionOutcome { name, account, side, leverage, rows: 1, life: self.life(fate)? })
    }

    fn life(&self, fate: &Fate) -> Result<Life, OutOfRange> {
        let [_, ended] = &self.run.engines;
        let own: Vec<&(usize, LiquidationStory)> = self.run.ends(fate, self.course.account).collect();
        let sum = |of: fn(&LiquidationStory) -> Amount| own.iter().try_fold(Amount::ZERO, |sum, (_, one)| sum.plus(of(one)));
        let market = ended.state().market(fate.market).ok_or(OutOfRange { what: "number of a market" })?;
        let lots = |steps: &[LiquidationStep]| {
            own.iter().try_fold(Quantity::ZERO, |sum, (_, story)| sum.plus(closed(market, story, steps)?))
        };
        let end = match (&fate.end, own.is_empty()) {
            (Some(_), _) => End::Open,
            (None, false) => End::Liquidated,
            (None, true) => End::Deleveraged,
        };
        Ok(Life {
            quantity: fate.start.quantity,
            entry: fate.start.entry_price,
            posted: fate.start.margin,
            opening_fee: Amount::ZERO,
            liquidating_mark: fate.start.liquidation_price(),
            end,
            liquidations: own.len(),
            time: own.first().map(|(step, _)| self.time(step.saturating_add(1))),
            mark: own.first().map(|(_, story)| story.start.mark),
            loss: sum(|story| story.lost)?,
            liquidation_fee: sum(|story| story.fee)?,
            returned: sum(|story| story.returned)?,
            funding: Amount::ZERO,
            closed_in_book: lots(&[LiquidationStep::ImmediateOrder, LiquidationStep::StepDownBracket])?,
            taken_over: lots(&[LiquidationStep::InsuranceTakeover])?,
            closed_against_others: lots(&[LiquidationStep::AutoDeleverage, LiquidationStep::SocialiseLoss])?,
            deleveraged: Quantity::ZERO,
            socialised: Amount::ZERO,
            left: fate.end.as_ref().map_or(Quantity::ZERO, |view| view.quantity),
            margin: fate.end.as_ref().map_or(Amount::ZERO, |view| view.margin),
            unrealised: fate.end.as_ref().map_or(Amount::ZERO, |view| view.unrealised_pnl),
        })
    }

    fn liquidation(&self, (step, story): &(usize, LiquidationStory)) -> Result<LiquidationReport, OutOfRange> {
        let LiquidationStart { market, side, margin_mode, mark, margin_balance, maintenance_margin, position, .. } = &story.start;
        let [_, ended] = &self.run.engines;
        let market = ended.state().market(*market).ok_or(OutOfRange { what: "number of a market" })?;
        let liquidating_mark = match margin_mode {
            MarginMode::Isolated => Leg::isolated(market.terms(), position)?.liquidation_price(*mark)?.map(|price| price.trigger),
            MarginMode::Cross => None,
        };
        // Figures show one mark: the leading one. A market that moved with it stands at the same step.
        let shown = self.mark(step.saturating_add(1));
        Ok(LiquidationReport {
            time: self.time(step.saturating_add(1)),
            mark: shown,
            recorded: shown,
            account: self.owner.to_owned(),
            side: *side,
            quantity: position.quantity,
            margin_mode: *margin_mode,
            liquidating_mark,
            margin_balance: *margin_balance,
            maintenance_margin: *maintenance_margin,
            closed_in_book: closed(market, story, &[LiquidationStep::ImmediateOrder, LiquidationStep::StepDownBracket])?,
            taken_over: closed(market, story, &[LiquidationStep::InsuranceTakeover])?,
            deleveraged: closed(market, story, &[LiquidationStep::AutoDeleverage])?,
            socialised: closed(market, story, &[LiquidationStep::SocialiseLoss])?,
            loss: story.lost,
            fee: story.fee,
            insurance_paid: story.insurance_paid,
            returned: story.returned,
        })
    }
}

const fn regime(mode: MarginMode) -> Regime {
    match mode {
        MarginMode::Isolated => Regime::Isolated,
        MarginMode::Cross => Regime::Cross,
    }
}

/// What these steps of a liquidation closed.
pub(super) fn closed(market: &Market, story: &LiquidationStory, steps: &[LiquidationStep]) -> Result<Quantity, OutOfRange> {
    let own = story.steps.iter().filter(|closed| steps.contains(&closed.step));
    own.map(|closed| closed.lots.to_quantity(market.contract())).try_fold(Quantity::ZERO, |sum, one| sum.plus(one?))
}
