//! Commands at random, from a seed.

use ringfence_engine::book::{AccountId, SelfTrade};
use ringfence_engine::command::{
    Amendment, AutoAdd, Command, LegRef, Lifetime, NewOrder, OrderKind, OrderName, OrderRef, PositionSide, Purpose, Transfer,
    Trigger, Triggered,
};
use ringfence_engine::conditional::WatchedPrice;
use ringfence_engine::ids::{MarketId, OrderId};
use ringfence_engine::state::State;
use ringfence_risk::filters::OrderSide;
use ringfence_risk::plan::{MarginMode, MarginMove, PositionMode};
use ringfence_risk::units::{Amount, Price, Rate};

use super::{BTC, INVERSE, LINEAR, USDT, read};

/// Numbers from a seed (xorshift).
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// Below a bound.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[usize::try_from(self.below(choices.len() as u64)).unwrap()]
    }

    fn account(&mut self) -> AccountId {
        AccountId(u32::try_from(self.below(4)).unwrap())
    }

    fn market(&mut self) -> MarketId {
        self.of(&[LINEAR, LINEAR, INVERSE])
    }

    /// So many tenths of a percent around the mark, on the tick.
    fn price(&mut self, state: &State, market: MarketId, spread: u64) -> Price {
        let mark = state.market(market).unwrap().mark().unwrap().raw();
        let tick = state.market(market).unwrap().contract().spec().tick.raw();
        let off = i64::try_from(self.below(2 * spread + 1)).unwrap() - i64::try_from(spread).unwrap();
        let raw = (mark + mark / 1_000 * off) / tick * tick;
        Price::from_raw(raw.max(tick)).unwrap()
    }

    fn lifetime(&mut self, state: &State) -> Lifetime {
        let soon = state.clock().plus_ms(30_000);
        let keep = Lifetime::GoodTillCancel;
        self.of(&[
            keep,
            keep,
            keep,
            Lifetime::ImmediateOrCancel,
            Lifetime::FillOrKill,
            Lifetime::PostOnly,
            Lifetime::GoodTillDate(soon),
        ])
    }

    fn kind(&mut self, state: &State, market: MarketId) -> OrderKind {
        let (price, lifetime) = (self.price(state, market, 10), self.lifetime(state));
        match self.below(8) {
            0 => OrderKind::Market,
            1 => {
                let at = self.price(state, market, 30);
                let trailing = Trigger::Trailing { callback: Rate::from_raw(1_000_000).unwrap(), activation: None };
                let trigger = self.of(&[Trigger::Stop(at), Trigger::TakeProfit(at), trailing]);
                let watched = self.of(&[WatchedPrice::Mark, WatchedPrice::Last]);
                let then = self.of(&[Triggered::Market, Triggered::Limit { price: at, lifetime }]);
                OrderKind::Conditional { watched, trigger, then }
            }
            _ => OrderKind::Limit { price, lifetime },
        }
    }

    fn order(&mut self, state: &State) -> NewOrder {
        let (account, market) = (self.account(), self.market());
        let hedges = state.account(account).unwrap().position_mode() == PositionMode::Hedge;
        let legs = if hedges { [PositionSide::Long, PositionSide::Short] } else { [PositionSide::Both; 2] };
        let lots = self.below(80) + 1;
        let quantity = if market == LINEAR { format!("{}.{:03}", lots / 50, lots * 7 % 1_000) } else { (lots * 40).to_string() };
        NewOrder {
            account,
            market,
            side: self.of(&[OrderSide::Buy, OrderSide::Sell]),
            position_side: self.of(&legs),
            quantity: read(&quantity),
            kind: self.kind(state, market),
            purpose: self.of(&[Purpose::Any, Purpose::Any, Purpose::Any, Purpose::ReduceOnly]),
            self_trade: self.of(&[SelfTrade::ExpireTaker, SelfTrade::ExpireMaker, SelfTrade::ExpireBoth]),
            client_id: (self.below(3) == 0).then(|| read(&format!("id-{}", self.below(1 << 40)))),
        }
    }

    fn open(&mut self, state: &State) -> Option<(OrderRef, OrderId)> {
        let (account, market) = (self.account(), self.market());
        let open = state.open_orders(market, account).unwrap();
        let at = usize::try_from(self.below(open.len().max(1) as u64)).unwrap();
        let order = open.get(at)?.order;
        Some((OrderRef { account, market, name: OrderName::Id(order) }, order))
    }

    fn leg(&mut self, state: &State) -> LegRef {
        let account = self.account();
        let hedges = state.account(account).unwrap().position_mode() == PositionMode::Hedge;
        let side = if hedges { self.of(&[PositionSide::Long, PositionSide::Short]) } else { PositionSide::Both };
        LegRef { account, market: self.market(), side }
    }

    fn amount(&mut self, asset: ringfence_engine::ids::AssetId) -> Amount {
        let raw = i128::from(self.below(300) + 1) * if asset == USDT { 100_000_000 } else { 100_000 };
        Amount::from_raw(raw).unwrap()
    }

    fn money(&mut self) -> Command {
        let asset = self.of(&[USDT, BTC]);
        let transfer = Transfer { account: self.account(), asset, amount: self.amount(asset) };
        match self.below(4) {
            0 => Command::Withdraw(transfer),
            1 => Command::TransferBetween { from: self.account(), to: transfer },
            2 => {
                let market = self.market();
                let amount = self.amount(if market == LINEAR { USDT } else { BTC });
                Command::FundInsurance { market, amount }
            }
            _ => Command::Deposit(transfer),
        }
    }

    fn setting(&mut self, state: &State) -> Command {
        let leg = self.leg(state);
        let LegRef { account, market, .. } = leg;
        let amount = self.amount(if market == LINEAR { USDT } else { BTC });
        match self.below(7) {
            0 => Command::SetMarginMode {
                leg: LegRef { account, market, side: PositionSide::Both },
                mode: self.of(&[MarginMode::Isolated, MarginMode::Cross]),
            },
            1 => Command::SetPositionMode { account, mode: self.of(&[PositionMode::OneWay, PositionMode::Hedge]) },
            2 => Command::SetAutoAddMargin { account, market, setting: self.of(&[AutoAdd::Off, AutoAdd::On]) },
            3 => Command::MoveMargin { leg, movement: self.of(&[MarginMove::Add(amount), MarginMove::Remove(amount)]) },
            4 => Command::SettleFunding { market },
            5 => Command::SetFundingRate { market, rate: self.of(&[read("0.02"), read("-0.02"), read("0.0001")]) },
            _ => Command::SetLeverage { leg, leverage: self.of(&[read("5"), read("20"), read("50")]) },
        }
    }

    /// The next command: most are orders, some move the mark, some are refused.
    pub(crate) fn command(&mut self, state: &State) -> Command {
        match self.below(24) {
            0..=11 => Command::Place(self.order(state)),
            12 | 13 => self.open(state).map_or(Command::OpenAccount, |(order, _)| Command::Cancel(order)),
            14 | 15 => match self.open(state) {
                Some((order, _)) => {
                    let quantity = if order.market == LINEAR { read("0.3") } else { read("400") };
                    Command::Amend(Amendment { price: self.price(state, order.market, 10), quantity, order })
                }
                None => Command::PlaceBatch(vec![self.order(state), self.order(state)]),
            },
            16 => Command::CancelAll { account: self.account(), market: self.market() },
            17 | 18 => self.setting(state),
            19 => self.money(),
            20 => {
                let ms = self.of(&[500, 20_000, 70_000, 400_000, 9_000_000]);
                Command::AdvanceTime { to: state.clock().plus_ms(ms) }
            }
            _ => {
                let market = self.market();
                let spread = self.of(&[3, 3, 20, 60]);
                let (mark, index) = (self.price(state, market, spread), self.price(state, market, spread));
                Command::SetMark { market, mark: mark.as_mark(), index: read(&index.to_string()) }
            }
        }
    }
}
