//! A book as one would write it on a whiteboard: a queue of orders per price, searched from the front.

use std::collections::{BTreeMap, VecDeque};

use ringfence_engine::book::{
    Amendment, Crossing, Expiry, Lots, MatchKind, NewOrder, Order, Refusal, SelfTrade, Ticks, TimeInForce,
};
use ringfence_risk::filters::OrderSide;

use super::{Answer, HELD, Met, Number, Rest, Subject};

type Queues = BTreeMap<Ticks, VecDeque<(Number, Order)>>;

pub(crate) struct Naive {
    bids: Queues,
    asks: Queues,
    /// Where each order rests, by number.
    whereabouts: Vec<Option<(OrderSide, Ticks)>>,
    orders: u32,
    limit: u32,
}

impl Naive {
    pub(crate) fn new(limit: u32) -> Self {
        Self { bids: Queues::new(), asks: Queues::new(), whereabouts: Vec::new(), orders: 0, limit }
    }

    fn side(&mut self, side: OrderSide) -> &mut Queues {
        match side {
            OrderSide::Buy => &mut self.bids,
            OrderSide::Sell => &mut self.asks,
        }
    }

    /// The best price of the other side, if within the limit.
    fn crossed(&self, side: OrderSide, limit: Ticks) -> Option<Ticks> {
        match side {
            OrderSide::Buy => self.asks.keys().next().copied().filter(|ask| *ask <= limit),
            OrderSide::Sell => self.bids.keys().next_back().copied().filter(|bid| *bid >= limit),
        }
    }

    fn remove(&mut self, number: Number) -> Option<Order> {
        let (side, price) = self.whereabouts.get_mut(number)?.take()?;
        self.orders -= 1;
        let queues = self.side(side);
        let queue = queues.get_mut(&price).expect(HELD);
        let at = queue.iter().position(|(other, _)| *other == number).expect(HELD);
        let (_, order) = queue.remove(at).expect(HELD);
        if queue.is_empty() {
            queues.remove(&price);
        }
        Some(order)
    }

    fn sum(&self, side: OrderSide, price: Ticks, except: Option<Number>) -> u64 {
        let queues = if side == OrderSide::Buy { &self.bids } else { &self.asks };
        queues.get(&price).map_or(0, |queue| queue.iter().filter(|(n, _)| Some(*n) != except).map(|(_, o)| o.lots.raw()).sum())
    }

    fn rest(&mut self, number: Number, order: Order) {
        self.side(order.side).entry(order.price).or_default().push_back((number, order));
        self.whereabouts.resize(self.whereabouts.len().max(number + 1), None);
        self.whereabouts[number] = Some((order.side, order.price));
        self.orders += 1;
    }

    fn set_lots(&mut self, number: Number, lots: u64) {
        let (side, price) = self.whereabouts[number].expect(HELD);
        let queue = self.side(side).get_mut(&price).expect(HELD);
        queue.iter_mut().find(|(other, _)| *other == number).expect(HELD).1.lots = Lots::new(lots);
    }

    /// Takes from the front until nothing is left, nothing is within the limit, or the taker expires. Answers what is left and whether it expires.
    fn take(&mut self, taker: &Order, self_trade: SelfTrade, met: &mut Vec<Met>) -> (u64, bool) {
        let mut left = taker.lots.raw();
        while left > 0
            && let Some(price) = self.crossed(taker.side, taker.price)
        {
            let other = if taker.side == OrderSide::Buy { &self.asks } else { &self.bids };
            let (maker, order) = other[&price][0];
            let (mut lots, mut kind) = (left.min(order.lots.raw()), MatchKind::Trade);
            if order.account == taker.account {
                if self_trade == SelfTrade::ExpireTaker {
                    return (left, true);
                }
                (lots, kind) = (order.lots.raw(), MatchKind::ExpireMaker);
            } else {
                left -= lots;
            }
            let maker_left = order.lots.raw() - lots;
            let account = order.account.0;
            met.push(Met { maker, account, price, lots: Lots::new(lots), left: Lots::new(maker_left), kind });
            if maker_left == 0 {
                let _ = self.remove(maker);
            } else {
                self.set_lots(maker, maker_left);
            }
            if kind == MatchKind::ExpireMaker && self_trade == SelfTrade::ExpireBoth {
                return (left, true);
            }
        }
        (left, false)
    }

    /// Whether all of it can trade at once.
    fn fills(&self, taker: &NewOrder) -> bool {
        let makers: Vec<Order> = match taker.side {
            OrderSide::Buy => self.asks.range(..=taker.price).flat_map(|(_, queue)| queue).map(|(_, order)| *order).collect(),
            OrderSide::Sell => {
                self.bids.range(taker.price..).rev().flat_map(|(_, queue)| queue).map(|(_, order)| *order).collect()
            }
        };
        let mut left = taker.lots.raw();
        for maker in makers {
            if left == 0 {
                break;
            }
            if maker.account != taker.account {
                left = left.saturating_sub(maker.lots.raw());
            } else if taker.self_trade != SelfTrade::ExpireMaker {
                return false;
            }
        }
        left == 0
    }
}

fn answer(asked: u64, left: u64, rest: Rest) -> Answer {
    Answer { traded: asked - left, rest: if left == 0 { Rest::Filled } else { rest } }
}

impl Subject for Naive {
    fn place(&mut self, number: Number, new: &NewOrder, met: &mut Vec<Met>) -> Result<Answer, Refusal> {
        met.clear();
        let asked = new.lots.raw();
        if asked == 0 {
            return Err(Refusal::ZeroLots);
        }
        let order = Order { account: new.account, side: new.side, price: new.price, lots: new.lots };
        let crossed = self.crossed(new.side, new.price);
        if let (TimeInForce::PostOnly, Some(best)) = (new.time_in_force, crossed) {
            return Err(Refusal::WouldTake { best });
        }
        let rests = matches!(new.time_in_force, TimeInForce::PostOnly | TimeInForce::GoodTillCancel);
        if rests && crossed.is_none() {
            if self.orders >= self.limit {
                return Err(Refusal::BookFull { orders: self.limit });
            }
            self.sum(new.side, new.price, None).checked_add(asked).ok_or(Refusal::PriceFull { price: new.price })?;
        }
        if new.time_in_force == TimeInForce::FillOrKill && !self.fills(new) {
            return Ok(answer(asked, asked, Rest::Expired(asked, Expiry::FillOrKill)));
        }
        let (left, expired) = self.take(&order, new.self_trade, met);
        if expired {
            return Ok(answer(asked, left, Rest::Expired(left, Expiry::SelfTrade)));
        }
        if left > 0 && !rests {
            return Ok(answer(asked, left, Rest::Expired(left, Expiry::ImmediateOrCancel)));
        }
        if left > 0 {
            self.rest(number, Order { lots: Lots::new(left), ..order });
        }
        Ok(answer(asked, left, Rest::Resting(left)))
    }

    fn amend(&mut self, number: Number, to: &Amendment, met: &mut Vec<Met>) -> Result<Answer, Refusal> {
        met.clear();
        let old = self.order(number).ok_or(Refusal::UnknownOrder)?;
        let asked = to.lots.raw();
        if asked == 0 {
            return Err(Refusal::ZeroLots);
        }
        if to.price == old.price && to.lots <= old.lots {
            self.set_lots(number, asked);
            return Ok(answer(asked, asked, Rest::Resting(asked)));
        }
        let self_trade = match (to.crossing, self.crossed(old.side, to.price)) {
            (Crossing::Refuse, Some(best)) => return Err(Refusal::WouldTake { best }),
            (Crossing::Refuse, None) => SelfTrade::ExpireTaker,
            (Crossing::Take(self_trade), _) => self_trade,
        };
        self.sum(old.side, to.price, Some(number)).checked_add(asked).ok_or(Refusal::PriceFull { price: to.price })?;
        self.remove(number);
        let order = Order { price: to.price, lots: to.lots, ..old };
        let (left, expired) = self.take(&order, self_trade, met);
        if left > 0 && !expired {
            self.rest(number, Order { lots: Lots::new(left), ..order });
        }
        Ok(answer(asked, left, if expired { Rest::Expired(left, Expiry::SelfTrade) } else { Rest::Resting(left) }))
    }

    fn reduce(&mut self, number: Number, by: Lots) -> Result<u64, Refusal> {
        let open = self.order(number).ok_or(Refusal::UnknownOrder)?.lots;
        if by == Lots::ZERO {
            return Err(Refusal::ZeroLots);
        }
        let left = open.raw().checked_sub(by.raw()).ok_or(Refusal::MoreThanOpen { open })?;
        if left == 0 {
            let _ = self.remove(number);
        } else {
            self.set_lots(number, left);
        }
        Ok(left)
    }

    fn cancel(&mut self, number: Number) -> Result<Order, Refusal> {
        self.remove(number).ok_or(Refusal::UnknownOrder)
    }

    fn order(&self, number: Number) -> Option<Order> {
        let (side, price) = (*self.whereabouts.get(number)?)?;
        let queues = if side == OrderSide::Buy { &self.bids } else { &self.asks };
        queues[&price].iter().find(|(other, _)| *other == number).map(|(_, order)| *order)
    }

    fn depth(&self, side: OrderSide) -> Vec<(u32, u64)> {
        let level =
            |(price, queue): (&Ticks, &VecDeque<(Number, Order)>)| (price.raw(), queue.iter().map(|(_, o)| o.lots.raw()).sum());
        match side {
            OrderSide::Buy => self.bids.iter().rev().map(level).collect(),
            OrderSide::Sell => self.asks.iter().map(level).collect(),
        }
    }

    fn queue(&self, price: Ticks) -> Vec<(Number, Order)> {
        self.bids.get(&price).or_else(|| self.asks.get(&price)).map_or_else(Vec::new, |queue| queue.iter().copied().collect())
    }
}
