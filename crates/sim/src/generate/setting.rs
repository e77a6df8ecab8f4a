//! Leverage, margin, modes, money, terms, and nonsense.

use ringfence_engine::book::AccountId;
use ringfence_engine::command::{AutoAdd, Command, LegRef, Listing, MarketState, PositionSide, Transfer};
use ringfence_engine::ids::{AssetId, MarketId};
use ringfence_engine::time::Time;
use ringfence_risk::plan::{Context, LegState, MarginMode, MarginMove, PositionMode, removable};
use ringfence_risk::rule_set::MarginModeScope;
use ringfence_risk::units::{Amount, IndexPrice, Leverage, MarkPrice, Price, Quantity, Rate};

use super::{NOBODY, Scene};
use crate::listing::{random_brackets, random_caps, random_fees, random_mode_scope};
use crate::random::Random;

/// A number of units as money.
pub(super) fn amount(raw: i128) -> Amount {
    Amount::from_wide(raw).unwrap_or(Amount::GREATEST)
}

impl Scene<'_> {
    /// The leg that a setting is for: mostly one with a position.
    fn some_leg(&mut self) -> LegRef {
        if self.random.chance(700)
            && let Some((market, account, position)) = self.holder()
        {
            return self.leg_of(account, market, position.side);
        }
        let (account, market) = (self.account(), self.market());
        self.leg(account, market)
    }

    /// A new leverage: round, a bracket's, one beside it, one beside the present.
    pub(crate) fn leverage(&mut self) -> Command {
        let leg = self.some_leg();
        let Some(known) = self.known(leg.market) else { return self.place() };
        let brackets = known.listing().brackets.brackets();
        let edge = brackets[self.random.below(brackets.len() as u64) as usize].max_leverage.raw();
        let present = self.leverage_of(leg.market, leg.account, ringfence_risk::units::Side::Long).raw();
        let raw = match self.random.below(7) {
            0 => 100_000_000 * self.random.between(1, 125),
            1 => edge,
            2 => edge + 1,
            3 => present + 100_000_000,
            4 => present - 100_000_000,
            5 => Leverage::ONE.raw(),
            _ => self.random.between(Leverage::ONE.raw(), edge),
        };
        Command::SetLeverage { leg, leverage: Leverage::from_raw(raw).unwrap_or(Leverage::ONE) }
    }

    /// The most margin that can leave a position now.
    pub(super) fn most_removable(&self, leg: &LegRef) -> i128 {
        let Some((known, mark)) = self.known(leg.market).and_then(|known| Some((known, known.mark()?))) else { return 0 };
        let positions = known.participant(leg.account).map(|participant| participant.positions());
        let position = positions.and_then(|both| both.long.or(both.short));
        let Some(position) = position else { return 0 };
        let leverage = self.leverage_of(leg.market, leg.account, position.side);
        let state = LegState { position: Some(position), ..LegState::flat(leverage, Amount::ZERO) };
        removable(&Context { terms: known.terms(), leg: state, mark }).map_or(0, |most| most.amount.raw())
    }

    /// Margin in or out, up to the last unit and one beyond.
    pub(crate) fn margin(&mut self) -> Command {
        let leg = self.some_leg();
        let beside = i128::from(self.random.between(-1, 1));
        let share = i128::from(self.random.between(1, 1_000_000));
        let movement = if self.random.chance(450) {
            let most = self.available(leg.account, leg.market);
            MarginMove::Add(amount(match self.random.below(4) {
                0 => most + beside,
                1 => 1,
                _ => Random::part(most, share / 10),
            }))
        } else {
            let most = self.most_removable(&leg);
            MarginMove::Remove(amount(match self.random.below(4) {
                0 | 1 => most + beside,
                2 => 1,
                _ => Random::part(most, share),
            }))
        };
        Command::MoveMargin { leg, movement }
    }

    /// The leg that a margin mode is set for: both, unless each leg of a hedge has its own.
    fn mode_leg(&mut self, account: AccountId, market: MarketId) -> LegRef {
        let scope = self.known(market).map(|known| known.listing().rules.margin_mode_scope);
        let own = scope == Some(MarginModeScope::PerLeg) && self.hedges(account);
        let drawn = self.random.later(|random| {
            let wrong = random.chance(20);
            if own == wrong { PositionSide::Both } else { random.pick(&[PositionSide::Long, PositionSide::Short]) }
        });
        LegRef { account, market, side: drawn.unwrap_or(PositionSide::Both) }
    }

    /// Isolated or cross, one-way or hedge, margin by itself or not.
    pub(crate) fn mode(&mut self) -> Command {
        let (account, market) = (self.account(), self.market());
        match self.random.weighted(&[45, 25, 30]) {
            0 => {
                let mode = self.random.pick(&[MarginMode::Isolated, MarginMode::Cross]);
                Command::SetMarginMode { leg: self.mode_leg(account, market), mode }
            }
            1 => Command::SetPositionMode { account, mode: self.random.pick(&[PositionMode::OneWay, PositionMode::Hedge]) },
            _ => Command::SetAutoAddMargin {
                account,
                market,
                setting: self.random.pick(&[AutoAdd::On, AutoAdd::On, AutoAdd::Off]),
            },
        }
    }

    /// Money in, out and across; sometimes all of it, sometimes a unit more.
    pub(crate) fn money(&mut self) -> Command {
        let (account, market) = (self.account(), self.market());
        let asset = self.known(market).map_or(AssetId(0), |known| known.asset());
        let free = self.state.available(account, asset).map_or(0, Amount::raw);
        let out = match self.random.below(5) {
            0 => free,
            1 => free + 1,
            2 => 1,
            _ => Random::part(free, i128::from(self.random.between(1, 800_000))),
        };
        let inward = amount(self.random.pick(&[1, 1_000_000, 100_000_000, 50_000_000_000, 1_000_000_000_000]));
        match self.random.weighted(&[35, 30, 20, 15]) {
            0 => Command::Deposit(Transfer { account, asset, amount: inward }),
            1 => Command::Withdraw(Transfer { account, asset, amount: amount(out) }),
            2 => {
                let to = Transfer { account: self.other(account), asset, amount: amount(out) };
                Command::TransferBetween { from: account, to }
            }
            _ => Command::FundInsurance { market, amount: inward },
        }
    }

    /// Other terms or another state for a market.
    pub(crate) fn terms(&mut self) -> Command {
        use MarketState::{CancelOnly, Halted, Open, PostOnly, ReduceOnly, Settled};
        let market = self.market();
        let Some(known) = self.known(market) else { return self.place() };
        if self.random.chance(500) {
            let state = self.random.pick(&[PostOnly, ReduceOnly, ReduceOnly, CancelOnly, Halted, Halted, Open]);
            let state = if self.random.chance(12) { Settled } else { state };
            return Command::SetMarketState { market, state };
        }
        let mut listing: Listing = known.listing().clone();
        match self.random.below(5) {
            0 => listing.fees = random_fees(self.random),
            1 => listing.brackets = random_brackets(self.random, listing.contract.kind, listing.rules.bracket_style),
            2 => listing.caps = random_caps(self.random, listing.contract.kind),
            3 => listing.funding.interval_ms = self.random.pick(&[0, 1_000, 3_600_000]),
            _ => listing.default_leverage = Leverage::ONE,
        }
        if self.random.later(|random| random.chance(100)) == Some(true) {
            listing.rules.margin_mode_scope = random_mode_scope(self.random);
        }
        let greatest = listing.brackets.brackets().first().map_or(Leverage::ONE, |bracket| bracket.max_leverage);
        if self.random.chance(900) {
            listing.default_leverage = listing.default_leverage.min(greatest);
        }
        Command::ChangeMarket { market, listing: Box::new(listing) }
    }

    /// What nobody in their senses asks for.
    pub(crate) fn nonsense(&mut self) -> Command {
        let account = self.random.pick(&[AccountId(0), NOBODY]);
        let market = self.random.pick(&[MarketId(0), MarketId(u16::MAX)]);
        let asset = self.random.pick(&[AssetId(0), AssetId(1), AssetId(u8::MAX)]);
        let extreme = self.random.pick(&[Amount::ZERO, Amount::LEAST, Amount::GREATEST, amount(-1)]);
        let leg = self.leg(account, market);
        match self.random.below(16) {
            0 => Command::Deposit(Transfer { account, asset, amount: extreme }),
            1 => Command::Withdraw(Transfer { account, asset, amount: extreme }),
            2 => Command::TransferBetween { from: account, to: Transfer { account, asset, amount: extreme } },
            3 => Command::FundInsurance { market, amount: extreme },
            4 => Command::MoveMargin { leg, movement: MarginMove::Add(extreme) },
            5 => Command::MoveMargin { leg, movement: MarginMove::Remove(extreme) },
            6 => Command::SetLeverage { leg, leverage: self.random.pick(&[Leverage::LEAST, Leverage::GREATEST]) },
            7 => Command::SetFundingRate { market, rate: self.random.pick(&[Rate::LEAST, Rate::GREATEST, Rate::ZERO]) },
            8 => {
                let (mark, index) = self.random.pick(&[
                    (MarkPrice::LEAST, IndexPrice::GREATEST),
                    (MarkPrice::GREATEST, IndexPrice::LEAST),
                    (MarkPrice::GREATEST, IndexPrice::GREATEST),
                ]);
                let source = self.random.below(3) as u8;
                match ringfence_engine::feed::SourceId::new(source) {
                    Ok(source) if self.random.chance(500) => Command::QuoteIndex { market, source, price: index },
                    Ok(_) | Err(_) => Command::SetMark { market, mark, index },
                }
            }
            9 => Command::AdvanceTime { to: self.random.pick(&[Time::from_ms(0), self.state.clock()]) },
            10 => Command::CancelAll { account, market },
            11 => Command::CountdownCancel { account, market, after_ms: u64::MAX },
            12 => Command::SettleFunding { market },
            13 => Command::SetMarginMode { leg: LegRef { account, market, side: PositionSide::Both }, mode: MarginMode::Cross },
            _ => {
                let mut order = self.order();
                order.quantity = self.random.pick(&[Quantity::ZERO, Quantity::LEAST, Quantity::GREATEST, order.quantity]);
                order.account = account;
                if let ringfence_engine::command::OrderKind::Limit { price, .. } = &mut order.kind {
                    *price = self.random.pick(&[Price::LEAST, Price::GREATEST, *price]);
                }
                Command::Place(order)
            }
        }
    }
}
