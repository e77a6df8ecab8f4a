//! The plain ranking of everybody, and whom it names for the steps that events tell of.

use ringfence_engine::book::AccountId;
use ringfence_engine::event::{Event, LiquidationStart, Reason};
use ringfence_engine::state::{Market, State};
use ringfence_risk::adl::{AdlCandidate, adl_score};
use ringfence_risk::plan::MarginMode;
use ringfence_risk::position::{Position, reduce};
use ringfence_risk::rule_set::LiquidationStep;
use ringfence_risk::units::{Notional, Side};

/// What was seen, so that a law about nothing is found out.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) deleveraged: usize,
    pub(crate) closed_out: usize,
    pub(crate) haircuts: usize,
    /// Neighbours of one score in a ranking.
    pub(crate) ties: usize,
    /// Cases after the first of a command.
    pub(crate) again: usize,
}

impl Seen {
    pub(crate) fn and(self, more: Self) -> Self {
        Self {
            deleveraged: self.deleveraged + more.deleveraged,
            closed_out: self.closed_out + more.closed_out,
            haircuts: self.haircuts + more.haircuts,
            ties: self.ties + more.ties,
            again: self.again + more.again,
        }
    }
}

/// A position of the other side.
#[derive(Clone, Copy, Debug)]
struct Other {
    account: AccountId,
    score: i128,
    position: Position,
}

/// A case that is closed, and the state in which its present step began.
struct Open {
    start: LiquidationStart,
    before: State,
    /// The state after the haircuts for the case itself: what is left is ranked after them.
    cut: Option<State>,
    events: Vec<Event>,
    has_deleveraged: bool,
}

/// Follows the events of a command and looks at every step that closed against others.
pub(crate) fn check(mut state: State, events: &[Event]) -> Seen {
    let (mut seen, mut open, mut cases): (_, Option<Open>, _) = (Seen::default(), None, 0_usize);
    for event in events {
        state.apply(event);
        match event {
            Event::LiquidationStarted(start) => {
                let (before, events) = (state.clone(), Vec::new());
                open = Some(Open { start: *start, before, cut: None, events, has_deleveraged: false });
            }
            Event::LiquidationStepTaken { step, .. } => {
                let open = open.as_mut().unwrap();
                if open.start.account.is_some() {
                    seen = seen.and(open.look(*step));
                    seen.again += usize::from(cases > 0);
                    cases += usize::from(matches!(step, LiquidationStep::AutoDeleverage | LiquidationStep::SocialiseLoss));
                }
                (open.before, open.cut, open.events) = (state.clone(), None, Vec::new());
            }
            Event::LiquidationEnded { .. } => open = None,
            _ => open.iter_mut().for_each(|open| open.tell(event, &state)),
        }
    }
    seen
}

impl Open {
    /// An order that cannot fill ends without a step, and gives back what was held for it: what follows is ranked after that.
    fn tell(&mut self, event: &Event, after: &State) {
        let ends = match event {
            Event::OrderEnded { .. } => true,
            Event::Posted(posting) => posting.reason == Reason::OrderHold,
            _ => false,
        };
        let is_first = !self.events.iter().any(|event| matches!(event, Event::Deleveraged { .. }));
        if is_first && matches!(event, Event::LossSocialised { side, .. } if *side != self.start.side) {
            self.cut = Some(after.clone());
        }
        if ends && self.events.is_empty() {
            self.before = after.clone();
        } else {
            self.events.push(event.clone());
        }
    }

    fn market(&self) -> &Market {
        self.before.market(self.start.market).unwrap()
    }

    /// The present position of the case.
    fn position(&self) -> Position {
        self.market().participant(self.start.account.unwrap()).unwrap().positions().of(self.start.side).unwrap()
    }

    /// A pool that is worth enough takes a profit at the mark.
    fn takes_profit(&self) -> bool {
        self.start.margin_mode == MarginMode::Cross
            && !self.before.with_pool(self.start.account.unwrap(), self.market().asset(), |pool| pool.is_liquidatable().unwrap())
    }

    fn look(&mut self, step: LiquidationStep) -> Seen {
        match step {
            LiquidationStep::AutoDeleverage if !self.takes_profit() => {
                self.has_deleveraged = true;
                self.look_at_deleveraging()
            }
            LiquidationStep::AutoDeleverage => self.look_at_close_out(),
            LiquidationStep::SocialiseLoss => {
                if !self.has_deleveraged {
                    self.look_at_deleveraging_of_nothing();
                }
                let haircuts = self.look_at_haircuts();
                self.before = self.cut.take().unwrap_or_else(|| self.before.clone());
                haircuts.and(self.look_at_close_out())
            }
            _ => Seen::default(),
        }
    }

    /// Everybody else on the other side, the highest score first, ties by number.
    fn others(&self) -> Vec<Other> {
        let (market, mark, side) = (self.market(), self.start.mark, self.start.side.opposite());
        let mut others = Vec::new();
        for account in (0_u32..).zip(self.before.accounts()).map(|(number, _)| AccountId(number)) {
            let Some(participant) = market.participant(account).filter(|_| Some(account) != self.start.account) else { continue };
            let Some(position) = participant.positions().of(side) else { continue };
            let collateral = match participant.margin_mode(side) {
                MarginMode::Isolated => position.opening_margin.plus(position.added_margin).unwrap(),
                MarginMode::Cross => self.before.with_pool(account, market.asset(), |pool| pool.wallet),
            };
            let maintenance = market.terms().maintenance_margin(&position, mark).unwrap();
            let candidate = AdlCandidate { contract: market.contract(), position: &position, collateral, maintenance, mark };
            let score = adl_score(market.listing().rules.adl_ranking, &candidate).unwrap().raw();
            others.push(Other { account, score, position });
        }
        others.sort_by(|left, right| right.score.cmp(&left.score).then(left.account.cmp(&right.account)));
        others
    }

    /// The value at which closing all of the case leaves nothing.
    fn bankruptcy_value(&self) -> i128 {
        let (position, account) = (self.position(), self.start.account.unwrap());
        let behind = match self.start.margin_mode {
            MarginMode::Isolated => position.opening_margin.plus(position.added_margin).unwrap().raw(),
            MarginMode::Cross => self.before.with_pool(account, self.market().asset(), |pool| {
                let wallet = pool.wallet.raw();
                let others = pool
                    .legs
                    .iter()
                    .filter(|leg| leg.market != usize::from(self.start.market.0) || leg.position.side != self.start.side);
                let profits = others.map(|leg| leg.position.unrealised_pnl(leg.terms.contract, leg.mark).unwrap().raw());
                (wallet + profits.sum::<i128>()).max(wallet.min(0))
            }),
        };
        (position.entry_value.raw() - self.sign(self.start.side) * behind).max(0)
    }

    fn sign(&self, side: Side) -> i128 {
        self.market().contract().value_sign(side)
    }

    /// Those who gain at the bankruptcy price.
    fn winners(&self) -> Vec<Other> {
        let (value, bankrupt, sign) = (self.bankruptcy_value(), self.position(), self.sign(self.start.side.opposite()));
        let gain = |other: &Other| {
            let (value, entry) =
                (value * other.position.quantity.wide(), other.position.entry_value.raw() * bankrupt.quantity.wide());
            sign * (value - entry)
        };
        self.others().into_iter().filter(|other| gain(other) > 0).collect()
    }

    /// Whom a size is closed against.
    fn named(&self, ranked: &[Other], size: i128) -> Vec<(AccountId, i128)> {
        let (mut left, mut named) = (size, Vec::new());
        for other in ranked {
            let taken = other.position.quantity.wide().min(left);
            if taken > 0 {
                named.push((other.account, taken));
                left -= taken;
            }
        }
        named
    }

    /// Whom it was closed against, with the values.
    fn closed(&self) -> Vec<(AccountId, i128, Notional)> {
        let lot = self.market().contract().spec().lot.wide();
        let closed = |event: &Event| match event {
            Event::Deleveraged { account, lots, value, .. } => Some((*account, i128::from(lots.raw()) * lot, *value)),
            _ => None,
        };
        self.events.iter().filter_map(closed).collect()
    }

    /// Whether a part closed at its share of the bankruptcy value costs its owner a unit: right at its entry price a rounding can.
    fn is_at_its_entry(&self, (account, quantity): (AccountId, i128)) -> bool {
        let (market, side) = (self.market(), self.start.side.opposite());
        let position = market.participant(account).unwrap().positions().of(side).unwrap();
        let value = self.bankruptcy_value() * quantity / self.position().quantity.wide();
        let quantity = ringfence_risk::units::Quantity::from_wide(quantity).unwrap();
        let realised = reduce(market.contract(), &position, quantity, Notional::from_wide(value).unwrap()).unwrap().realised;
        realised.raw().abs() <= 2
    }

    fn look_at_deleveraging(&self) -> Seen {
        let winners = self.winners();
        let named = self.named(&winners, self.position().quantity.wide());
        let closed: Vec<_> = self.closed().into_iter().map(|(account, quantity, _)| (account, quantity)).collect();
        let kept: Vec<_> = named.into_iter().filter(|part| closed.contains(part) || !self.is_at_its_entry(*part)).collect();
        assert_eq!(closed, kept, "deleveraging {:?}", self.start);
        let ties = winners.windows(2).filter(|pair| pair[0].score == pair[1].score).count();
        Seen { deleveraged: closed.len(), ties, ..Seen::default() }
    }

    fn look_at_deleveraging_of_nothing(&self) {
        let named = self.named(&self.winners(), self.position().quantity.wide());
        let left_out: Vec<_> = named.into_iter().filter(|part| !self.is_at_its_entry(*part)).collect();
        assert_eq!(left_out, [], "nobody was deleveraged for {:?}", self.start);
    }

    /// What is left is closed against others by rank, then against the fund, then against the other leg of the same account.
    fn look_at_close_out(&self) -> Seen {
        let closed: Vec<_> = self.closed().into_iter().map(|(account, quantity, _)| (account, quantity)).collect();
        let others: Vec<_> = closed.iter().copied().filter(|(account, _)| Some(*account) != self.start.account).collect();
        let named = self.named(&self.others(), closed.iter().map(|(_, quantity)| quantity).sum());
        assert_eq!(others, named, "closing out {:?}", self.start);
        assert_eq!(closed[..others.len()], others, "its own other leg is the last");
        Seen { closed_out: closed.len(), ..Seen::default() }
    }

    /// The deficit of the case itself, cut from profits pro rata; what rounding leaves, by rank.
    fn look_at_haircuts(&self) -> Seen {
        let own = self.events.iter().take_while(|event| !matches!(event, Event::Deleveraged { .. }));
        let cut = |event: &Event| match event {
            Event::LossSocialised { account, side, amount, .. } if *side != self.start.side => Some((*account, amount.raw())),
            _ => None,
        };
        let cuts: Vec<(AccountId, i128)> = own.filter_map(cut).collect();
        let profit = |position: &Position| position.unrealised_pnl(self.market().contract(), self.start.mark).unwrap();
        let mut profits: Vec<(AccountId, i128)> =
            self.others().iter().map(|other| (other.account, profit(&other.position).raw())).collect();
        let participant = self.market().participant(self.start.account.unwrap()).unwrap();
        if self.is_haircut_itself(participant.margin_mode(self.start.side.opposite())) {
            let own = participant.positions().of(self.start.side.opposite());
            profits.extend(own.map(|position| (participant.account(), profit(&position).raw())));
        }
        profits.retain(|(_, profit)| *profit > 0);
        let (deficit, total) =
            (cuts.iter().map(|(_, cut)| cut).sum::<i128>(), profits.iter().map(|(_, profit)| profit).sum::<i128>());
        let mut expected: Vec<_> = profits.iter().map(|(account, profit)| (*account, deficit * profit / total)).collect();
        let left = deficit - expected.iter().map(|(_, cut)| cut).sum::<i128>();
        expected.iter_mut().take(usize::try_from(left).unwrap()).for_each(|(_, cut)| *cut += 1);
        expected.retain(|(_, cut)| *cut > 0);
        assert_eq!(cuts, expected, "haircuts for {:?}", self.start);
        Seen { haircuts: cuts.len(), ..Seen::default() }
    }

    /// A pool's own profits were counted before it was found to be short; another leg's box was not.
    fn is_haircut_itself(&self, other_leg: MarginMode) -> bool {
        (self.start.margin_mode, other_leg) != (MarginMode::Cross, MarginMode::Cross)
    }
}
