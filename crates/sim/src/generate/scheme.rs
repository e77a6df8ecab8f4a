//! Schemes of people who mean to gain by the rules of the house: several commands in a row.

use ringfence_engine::book::{AccountId, SelfTrade};
use ringfence_engine::command::{Command, LegRef, Lifetime, NewOrder, OrderKind, PositionSide, Purpose, Transfer};
use ringfence_engine::ids::MarketId;
use ringfence_risk::filters::OrderSide;
use ringfence_risk::plan::MarginMove;
use ringfence_risk::units::{Amount, Leverage, Side};

use super::Scene;
use super::setting::amount;
use crate::random::Random;

impl Scene<'_> {
    /// One of the schemes.
    pub(crate) fn scheme(&mut self) -> Vec<Command> {
        let market = self.market();
        if self.known(market).is_none_or(|known| known.mark().is_none()) {
            return Vec::new();
        }
        let one = self.account();
        let two = self.other(one);
        match self.random.below(8) {
            0 | 1 => self.max_loss_pair(market, one, two),
            2 => self.absurd_price(market, one, two),
            3 => self.profit_then_crash(market, one),
            4 => self.pull_then_crash(),
            5 => self.cancel_storm(market, one),
            6 => self.wash(market, one, two),
            _ => self.flip_leverage(),
        }
    }

    fn plain(&mut self, market: MarketId, account: AccountId, (side, ticks, lots): (OrderSide, u32, i128)) -> NewOrder {
        let position_side = if self.hedges(account) { PositionSide::of(side.opens()) } else { PositionSide::Both };
        NewOrder {
            account,
            market,
            side,
            position_side,
            quantity: self.quantity(market, lots),
            kind: OrderKind::Limit { price: self.price(market, ticks), lifetime: Lifetime::GoodTillCancel },
            purpose: Purpose::Any,
            self_trade: SelfTrade::ExpireMaker,
            client_id: None,
        }
    }

    /// Long on one account, short on another, both at the greatest leverage, and a gap: the winner keeps it, the loser loses a margin.
    fn max_loss_pair(&mut self, market: MarketId, one: AccountId, two: AccountId) -> Vec<Command> {
        let Some(known) = self.known(market) else { return Vec::new() };
        let brackets = known.listing().brackets.brackets();
        let bracket = &brackets[self.random.below(brackets.len() as u64) as usize];
        let (leverage, ticks) = (bracket.max_leverage, self.mark_ticks(market));
        let money = self.available(one, market).min(self.available(two, market));
        let value = (money.saturating_mul(leverage.wide()) / 100_000_000).min(bracket.cap.raw());
        let lots = Random::part(self.lots_for(market, value, ticks), i128::from(self.random.between(300_000, 950_000))).max(1);
        let leg = |scene: &Self, account, side| scene.leg_of(account, market, side);
        let mut commands = vec![
            Command::CancelAll { account: one, market },
            Command::CancelAll { account: two, market },
            Command::SetLeverage { leg: leg(self, one, Side::Long), leverage },
            Command::SetLeverage { leg: leg(self, two, Side::Short), leverage },
            Command::Place(self.plain(market, one, (OrderSide::Buy, ticks, lots))),
            Command::Place(self.plain(market, two, (OrderSide::Sell, ticks, lots))),
        ];
        let gap = self.random.pick(&[-600_000, -300_000, -100_000, -20_000, 20_000, 100_000, 300_000, 600_000]);
        commands.extend(self.move_by(market, 1_000_000 + gap));
        commands
    }

    /// Trades with a second account at a price far from the mark, so that one of them has a loss to leave behind.
    fn absurd_price(&mut self, market: MarketId, one: AccountId, two: AccountId) -> Vec<Command> {
        let mark = i64::from(self.mark_ticks(market));
        let far = self.random.pick(&[mark / 2, mark * 9 / 10, mark * 11 / 10, mark * 2, 1, mark * 95 / 100]);
        let ticks = far.clamp(1, i64::from(u32::MAX)) as u32;
        let side = self.side();
        let lots = self.size(market, one, (side, ticks));
        let against = if side == OrderSide::Buy { OrderSide::Sell } else { OrderSide::Buy };
        vec![
            Command::Place(self.plain(market, one, (side, ticks, lots))),
            Command::Place(self.plain(market, two, (against, ticks, lots))),
            Command::Place(self.plain(market, one, (against, ticks, lots))),
            Command::Place(self.plain(market, two, (side, ticks, lots))),
        ]
    }

    /// A profit is closed and taken out; then the price falls back.
    fn profit_then_crash(&mut self, market: MarketId, account: AccountId) -> Vec<Command> {
        let asset = self.known(market).map(ringfence_engine::state::Market::asset);
        let mut commands = self.move_by(market, 1_300_000);
        if let Some(position) = self.position(market, account, Side::Long) {
            let order = NewOrder {
                kind: OrderKind::Market,
                purpose: Purpose::ReduceOnly,
                quantity: position.quantity,
                ..self.plain(market, account, (OrderSide::Sell, 1, 1))
            };
            let position_side = self.leg_of(account, market, Side::Long).side;
            commands.push(Command::Place(NewOrder { position_side, ..order }));
        }
        let free = self.available(account, market);
        if let (Some(asset), 1..) = (asset, free) {
            commands.push(Command::Withdraw(Transfer { account, asset, amount: amount(free) }));
        }
        commands.extend(self.move_by(market, 550_000));
        commands
    }

    /// Everything that can leave a position does, just before the price turns against it.
    fn pull_then_crash(&mut self) -> Vec<Command> {
        let Some((market, account, position)) = self.holder() else { return Vec::new() };
        let leg = self.leg_of(account, market, position.side);
        let most = self.most_removable(&leg);
        let asset = self.known(market).map(ringfence_engine::state::Market::asset);
        let mut commands = vec![Command::MoveMargin { leg, movement: MarginMove::Remove(amount(most)) }];
        let free = self.available(account, market).saturating_add(most);
        if let Some(asset) = asset {
            commands.push(Command::Withdraw(Transfer {
                account,
                asset,
                amount: Amount::from_wide(free).unwrap_or(Amount::GREATEST),
            }));
        }
        let against = if position.side == Side::Long { -1 } else { 1 };
        let gap = self.random.pick(&[5_000, 20_000, 100_000, 400_000]);
        commands.extend(self.move_by(market, 1_000_000 + against * gap));
        commands
    }

    fn cancel_storm(&mut self, market: MarketId, account: AccountId) -> Vec<Command> {
        let mark = self.mark_ticks(market);
        let mut commands = Vec::new();
        for _ in 0..self.random.between(3, 45) {
            let side = self.side();
            let ticks = (i64::from(mark) + self.random.between(-20, 20)).clamp(1, i64::from(u32::MAX)) as u32;
            commands.push(Command::Place(self.plain(market, account, (side, ticks, 1))));
        }
        commands.push(Command::CancelAll { account, market });
        commands
    }

    /// The same quantity to and fro, in small lots.
    fn wash(&mut self, market: MarketId, one: AccountId, two: AccountId) -> Vec<Command> {
        let ticks = self.mark_ticks(market);
        let lots = self.size(market, one, (OrderSide::Buy, ticks));
        let mut commands = Vec::new();
        for round in 0..self.random.between(2, 10) {
            let (buyer, seller) = if round % 2 == 0 { (one, two) } else { (two, one) };
            commands.push(Command::Place(self.plain(market, buyer, (OrderSide::Buy, ticks, lots))));
            commands.push(Command::Place(self.plain(market, seller, (OrderSide::Sell, ticks, lots))));
        }
        commands
    }

    /// Leverage up and down, again and again.
    fn flip_leverage(&mut self) -> Vec<Command> {
        let Some((market, account, position)) = self.holder() else { return Vec::new() };
        let leg: LegRef = self.leg_of(account, market, position.side);
        let brackets = self.known(market).map(|known| known.listing().brackets.clone());
        let greatest = brackets.and_then(|table| table.max_leverage(position.entry_value)).unwrap_or(Leverage::ONE);
        let present = self.leverage_of(market, account, position.side);
        let flips = [greatest, Leverage::ONE, greatest, present, greatest, present];
        flips.into_iter().map(|leverage| Command::SetLeverage { leg, leverage }).collect()
    }
}
