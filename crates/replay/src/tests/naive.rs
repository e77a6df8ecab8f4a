//! The plain way: every position is asked at every mark. Slow, and obviously right.

use crate::{BarPath, Comparison, MarkSteps, Market, Options};
use ringfence_market::{FundingRow, Observation};
use ringfence_risk::cross::{CrossAccount, CrossLeg};
use ringfence_risk::fee::funding_payment;
use ringfence_risk::position::{Position, fill_value, open};
use ringfence_risk::units::{Amount, Leverage, MarkPrice, Rate};

pub(crate) type Fate = Option<(i64, MarkPrice)>;

/// The marks of one observation; funding is exchanged after the first.
pub(crate) struct Visit {
    pub(crate) time_ms: i64,
    pub(crate) marks: Vec<MarkPrice>,
}

fn nearest(price: MarkPrice, step: MarkPrice) -> i64 {
    let (price, step) = (price.raw(), step.raw());
    let (steps, rest) = (price / step, price % step);
    let up = 2 * rest > step || (2 * rest == step && steps % 2 == 1);
    (steps + i64::from(up)).max(1) * step
}

pub(crate) fn visits(market: &Market, options: Options, observations: &[Observation]) -> Vec<Visit> {
    let step = market.contract.spec().mark_step;
    let mark = |raw: i64| MarkPrice::from_raw(raw).unwrap();
    let visit = |observation: &Observation| match observation {
        Observation::Tick(tick) => Visit { time_ms: tick.time_ms, marks: vec![mark(nearest(tick.price, step))] },
        Observation::Bar(bar) => {
            let prices = match options.path {
                BarPath::OpenLowHighClose => [bar.open, bar.low, bar.high, bar.close],
                BarPath::OpenHighLowClose => [bar.open, bar.high, bar.low, bar.close],
            };
            let prices = prices.map(|price| nearest(price, step));
            let mut marks = vec![mark(prices[0])];
            for pair in prices.windows(2) {
                let mut at = pair[0];
                while options.steps == MarkSteps::EveryStep && at != pair[1] {
                    at += (pair[1] - at).signum() * step.raw();
                    marks.push(mark(at));
                }
                if options.steps == MarkSteps::Recorded {
                    marks.push(mark(pair[1]));
                }
            }
            Visit { time_ms: bar.open_time_ms, marks }
        }
    };
    observations.iter().map(visit).collect()
}

/// The positions of a report, built anew from what was asked for.
pub(crate) fn positions(market: &Market, report: &Comparison) -> Vec<Position> {
    let built = report.positions.iter().map(|one| {
        let value = fill_value(&market.contract, one.quantity, one.entry).unwrap();
        open(one.side, one.quantity, value, one.leverage).unwrap()
    });
    built.collect()
}

/// What falls due at a visit, and the rate after each.
fn due(rows: &[FundingRow], since: i64, until: i64) -> Vec<(Rate, Rate)> {
    let rate_after =
        |row: &FundingRow| rows.iter().find(|other| other.time_ms > row.time_ms).map_or(Rate::ZERO, |other| other.rate);
    rows.iter().filter(|row| row.time_ms > since && row.time_ms <= until).map(|row| (row.rate, rate_after(row))).collect()
}

fn first_rate(rows: &[FundingRow], opening_ms: i64) -> Rate {
    rows.iter().find(|row| row.time_ms > opening_ms).map_or(Rate::ZERO, |row| row.rate)
}

/// Isolated: when and where each position dies.
pub(crate) fn isolated(market: &Market, mut positions: Vec<Position>, rows: &[FundingRow], visits: &[Visit]) -> Vec<Fate> {
    let mut fates: Vec<Fate> = vec![None; positions.len()];
    let mut before = visits[0].time_ms;
    let mut rate = first_rate(rows, before);
    for visit in visits {
        for (order, mark) in visit.marks.iter().enumerate() {
            let mut settlements = if order == 0 { due(rows, before, visit.time_ms) } else { Vec::new() }.into_iter();
            loop {
                for (position, fate) in positions.iter().zip(&mut fates).filter(|(_, fate)| fate.is_none()) {
                    let margin = position.margin().unwrap();
                    if market.terms(rate).is_liquidatable(position, margin, *mark).unwrap() {
                        *fate = Some((visit.time_ms, *mark));
                    }
                }
                let Some((paid_rate, next)) = settlements.next() else { break };
                for (position, _) in positions.iter_mut().zip(&fates).filter(|(_, fate)| fate.is_none()) {
                    let payment = funding_payment(&market.contract, position.side, position.quantity, *mark, paid_rate).unwrap();
                    let margin = position.margin().unwrap();
                    let balance = margin.plus(position.unrealised_pnl(&market.contract, *mark).unwrap()).unwrap();
                    let paid = payment.min(balance.min(margin).or_zero());
                    position.added_margin = position.added_margin.minus(paid).unwrap();
                }
                rate = next;
            }
        }
        before = visit.time_ms;
    }
    fates
}

/// Cross: when and where each position of one pool is closed, and the pool at the end.
pub(crate) fn cross(
    market: &Market,
    positions: &[Position],
    pool: Amount,
    rows: &[FundingRow],
    visits: &[Visit],
) -> (Vec<Fate>, Amount) {
    let (mut fates, mut pool): (Vec<Fate>, Amount) = (vec![None; positions.len()], pool);
    let mut before = visits[0].time_ms;
    let mut rate = first_rate(rows, before);
    for visit in visits {
        for (order, mark) in visit.marks.iter().enumerate() {
            let mut settlements = if order == 0 { due(rows, before, visit.time_ms) } else { Vec::new() }.into_iter();
            loop {
                while let Some((worst, realised)) = next_close(market, (positions, &fates), (pool, rate), *mark) {
                    fates[worst] = Some((visit.time_ms, *mark));
                    pool = pool.plus(realised).unwrap();
                    if fates.iter().all(Option::is_some) {
                        pool = pool.or_zero();
                    }
                }
                let Some((paid_rate, next)) = settlements.next() else { break };
                let (mut payment, mut equity) = (Amount::ZERO, pool);
                for (position, _) in positions.iter().zip(&fates).filter(|(_, fate)| fate.is_none()) {
                    let one = funding_payment(&market.contract, position.side, position.quantity, *mark, paid_rate).unwrap();
                    payment = payment.plus(one).unwrap();
                    equity = equity.plus(position.unrealised_pnl(&market.contract, *mark).unwrap()).unwrap();
                }
                pool = pool.minus(payment.min(equity.or_zero())).unwrap();
                rate = next;
            }
        }
        before = visit.time_ms;
    }
    (fates, pool)
}

/// The position a liquidatable pool closes next, and its profit.
fn next_close(
    market: &Market,
    (positions, fates): (&[Position], &[Fate]),
    (pool, rate): (Amount, Rate),
    mark: MarkPrice,
) -> Option<(usize, Amount)> {
    let open: Vec<usize> = (0..positions.len()).filter(|number| fates[*number].is_none()).collect();
    let leg = |number: &usize| {
        let (terms, position) = (market.terms(rate), &positions[*number]);
        CrossLeg { terms, position, leverage: Leverage::ONE, mark, market: 0 }
    };
    let legs: Vec<CrossLeg<'_>> = open.iter().map(leg).collect();
    let account = CrossAccount { wallet: pool, order_margin: Amount::ZERO, legs: &legs, trigger: market.rules.trigger };
    if open.is_empty() || !account.is_liquidatable().unwrap() {
        return None;
    }
    let pnl = |number: usize| positions[number].unrealised_pnl(&market.contract, mark).unwrap();
    open.into_iter().map(|number| (pnl(number), number)).min().map(|(pnl, number)| (number, pnl))
}
