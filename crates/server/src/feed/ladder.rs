//! Which prices the maker shows.

use ringfence_engine::query::OrderView;
use ringfence_engine::state::Market;
use ringfence_risk::arithmetic::{OutOfRange, Rounding, SCALE, div, mul, mul_div};
use ringfence_risk::filters::OrderSide;
use ringfence_risk::units::{MarkPrice, Price};

use super::maker::MakerTerms;

/// The prices of both sides, best first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ladder {
    pub(super) bids: Vec<Price>,
    pub(super) asks: Vec<Price>,
}

/// The greatest of 1, 2, 5, 10, 20, 50, … that is not above a number; 1 for less.
pub(super) fn round_number(greatest: i128) -> i128 {
    let mut found = 1_i128;
    for (factor, divisor) in [(2, 1), (5, 2), (2, 1)].into_iter().cycle() {
        // 1 → 2 → 5 → 10 → 20 → …
        let next = found.saturating_mul(factor).checked_div(divisor).unwrap_or(i128::MAX);
        if next > greatest {
            return found;
        }
        found = next;
    }
    found
}

/// The least distance between neighbouring prices of the present quotes, in 10⁻⁸.
fn present_gap(own: &[OrderView]) -> Option<i128> {
    let gaps = [OrderSide::Buy, OrderSide::Sell].into_iter().filter_map(|side| {
        let mut prices: Vec<i128> = prices(own, side).collect();
        prices.sort_unstable();
        prices.dedup();
        prices.windows(2).filter_map(|pair| pair.last()?.checked_sub(*pair.first()?)).min()
    });
    gaps.min()
}

fn prices(own: &[OrderView], side: OrderSide) -> impl Iterator<Item = i128> {
    own.iter().filter(move |order| order.side == side).filter_map(|order| order.price).map(Price::wide)
}

/// The distance between prices, in 10⁻⁸: the present one as long as it is nearly right.
fn gap(terms: &MakerTerms, market: &Market, mark: MarkPrice, own: &[OrderView]) -> Result<i128, OutOfRange> {
    let tick = market.contract().spec().tick.wide();
    let ideal = mul_div(mark.wide(), terms.spacing.wide(), SCALE, Rounding::Floor)?;
    let present = present_gap(own).filter(|gap| {
        let ticks = gap.checked_div(tick).unwrap_or(0);
        round_number(ticks) == ticks && gap.saturating_mul(3) >= ideal && gap.saturating_mul(5) <= ideal.saturating_mul(6)
    });
    match present {
        Some(gap) => Ok(gap),
        None => mul(round_number(div(ideal, tick, Rounding::Floor)?), tick),
    }
}

/// The best price of a side as a number of gaps: the present one while it is near enough.
fn best(terms: &MakerTerms, centre: i128, gap: i128, side: OrderSide, own: &[OrderView]) -> Result<i128, OutOfRange> {
    let half = mul_div(centre, terms.half_spread.wide(), SCALE, Rounding::HalfEven)?;
    let (present, distance, wanted) = match side {
        OrderSide::Buy => {
            let present = prices(own, side).max();
            (present, present.map(|at| centre.saturating_sub(at)), div(centre.saturating_sub(half), gap, Rounding::Floor)?)
        }
        OrderSide::Sell => {
            let present = prices(own, side).min();
            (present, present.map(|at| at.saturating_sub(centre)), div(centre.saturating_add(half), gap, Rounding::Ceiling)?)
        }
    };
    let farthest = half.saturating_add(gap).saturating_add(gap.checked_div(4).unwrap_or(0));
    let (Some(present), Some(distance)) = (present, distance) else { return Ok(wanted) };
    let near = distance.saturating_mul(2) >= half && distance <= farthest;
    let on_grid = present.checked_rem(gap) == Some(0);
    if near && on_grid { div(present, gap, Rounding::Floor) } else { Ok(wanted) }
}

impl Ladder {
    /// The prices to be shown, given those that are. Near zero there are fewer bids than asked for.
    pub(super) fn new(terms: &MakerTerms, market: &Market, mark: MarkPrice, own: &[OrderView]) -> Result<Self, OutOfRange> {
        let centre = terms.centre(market, mark)?;
        let gap = gap(terms, market, mark, own)?;
        let bid = best(terms, centre, gap, OrderSide::Buy, own)?;
        // Where half a spread is less than 10⁻⁸ the two could be one.
        let ask = best(terms, centre, gap, OrderSide::Sell, own)?.max(bid.saturating_add(1)).max(1);
        let price = |count: i128| mul(count, gap).and_then(Price::from_wide);
        let levels = i128::from(terms.levels);
        Ok(Self {
            bids: (0..levels)
                .map(|level| bid.saturating_sub(level))
                .filter(|count| *count > 0)
                .map(price)
                .collect::<Result<_, _>>()?,
            asks: (0..levels).map(|level| price(ask.saturating_add(level))).collect::<Result<_, _>>()?,
        })
    }

    pub(super) fn side(&self, side: OrderSide) -> &[Price] {
        match side {
            OrderSide::Buy => &self.bids,
            OrderSide::Sell => &self.asks,
        }
    }

    pub(super) const fn side_mut(&mut self, side: OrderSide) -> &mut Vec<Price> {
        match side {
            OrderSide::Buy => &mut self.bids,
            OrderSide::Sell => &mut self.asks,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::round_number;

    #[test]
    fn round_numbers() {
        for (greatest, found) in
            [(0, 1), (1, 1), (2, 2), (4, 2), (5, 5), (9, 5), (10, 10), (19, 10), (20, 20), (128, 100), (999, 500), (1_000, 1_000)]
        {
            assert_eq!(round_number(greatest), found, "{greatest}");
        }
    }
}
