//! Laws 15 and 16: who is deleveraged, what the mark is made of, and the funding rate.

mod common;

use common::{KINDS, amount, big, case, cases, edgy};
use num_rational::BigRational;
use proptest::prelude::*;
use ringfence_risk::adl::{AdlCandidate, AdlEntry, AdlScore, adl_score, assign, indicator, rank};
use ringfence_risk::arithmetic::{Rounding, SCALE};
use ringfence_risk::bracket::BracketStyle;
use ringfence_risk::contract::ContractKind;
use ringfence_risk::funding::{FundingTerms, average_premium, funding_rate, impact_price, premium};
use ringfence_risk::mark::{MarkInputs, average_basis, mark_price, median};
use ringfence_risk::position::Position;
use ringfence_risk::rule_set::AdlRanking;
use ringfence_risk::units::{IndexPrice, MarkPrice, Notional, Price, Quantity, Rate, Side};

fn mark_at(raw: i64) -> MarkPrice {
    MarkPrice::from_raw(raw).expect("in range")
}

fn price_at(raw: i64) -> Price {
    Price::from_raw(raw).expect("in range")
}

proptest! {
    #![proptest_config(cases())]

    /// Deleveraging closes exactly what is needed or all there is, the highest score first, ties by account, and nobody before a higher one is
    /// exhausted (P13, S19).
    #[test]
    fn deleveraging_is_minimal(scores in prop::collection::vec((-3..=3_i128, 0..=1_000_000_i64), 0..12), size in 0..=3_000_000_i64) {
        let mut queue: Vec<AdlEntry> = scores.iter().zip(0_u64..).map(|((score, quantity), account)| AdlEntry {
            account: (account * 7) % 13,
            quantity: Quantity::from_raw(*quantity).unwrap(),
            score: AdlScore::from_raw(*score),
        }).collect();
        rank(&mut queue);
        for pair in queue.windows(2) {
            prop_assert!(pair[0].score > pair[1].score || pair[0].score == pair[1].score && pair[0].account < pair[1].account);
        }
        let (closed, left) = assign(&queue, Quantity::from_raw(size).unwrap()).unwrap();
        let total: i64 = queue.iter().map(|entry| entry.quantity.raw()).sum();
        prop_assert_eq!(closed.iter().map(|(_, quantity)| quantity.raw()).sum::<i64>(), size.min(total));
        prop_assert_eq!(left.raw(), (size - total).max(0));
        let taken = |account: u64| closed.iter().find(|(closed, _)| *closed == account).map_or(0, |(_, quantity)| quantity.raw());
        for pair in queue.windows(2) {
            prop_assert!(taken(pair[1].account) == 0 || taken(pair[0].account) == pair[0].quantity.raw());
        }
        let lamps: Vec<u8> = queue.iter().map(|entry| indicator(&queue, entry.account).unwrap()).collect();
        prop_assert!(lamps.iter().all(|lamp| (1..=5).contains(lamp)) && lamps.windows(2).all(|pair| pair[0] >= pair[1]));
        prop_assert!(lamps.first().is_none_or(|lamp| *lamp == 5));
    }

    /// The more a position has gained, the earlier it is deleveraged, under every ranking that looks at profit; a loss never scores above a gain.
    #[test]
    fn scores_rise_with_profit(case in case(&KINDS, BracketStyle::Marginal, 0..1_u8), low in -20_000..=20_000_i64, more in 1..=20_000_i64, which in 0..2_usize) {
        let ranking = [AdlRanking::ProfitTimesMarginRatio, AdlRanking::ProfitTimesEffectiveLeverage][which];
        let position = Position { added_margin: amount(0), ..case.position };
        let whole = position.entry_value.raw();
        if whole < 1_000_000_000 {
            return Ok(()); // factors are cut to 10⁻⁸: too coarse to tell so small positions apart
        }
        let score = |by: i64| {
            let mark = common::mark_near(&case.contract, case.entry.wide(), by * i64::try_from(position.side.sign()).unwrap());
            let candidate = AdlCandidate { contract: &case.contract, position: &position, collateral: amount(whole), maintenance: amount(whole / 200), mark };
            let pnl = position.unrealised_pnl(&case.contract, mark).unwrap();
            (pnl.raw(), adl_score(ranking, &candidate).unwrap().raw())
        };
        let ((less, first), (greater, second)) = (score(low), score(low + more));
        if less < -whole / 10 || greater > whole / 10 {
            return Ok(()); // far from the entry BitMEX's own formula bends back: it divides by a leverage that falls with the loss
        }
        prop_assert!(less <= greater && first <= second, "{} scores {}, {} scores {}", less, first, greater, second);
        prop_assert!(first.signum() * less.signum() >= 0);
    }

    /// With the entry price deciding, the lowest entry of the longs and the highest of the shorts go first.
    #[test]
    fn entry_price_ranking(case in case(&KINDS, BracketStyle::Marginal, 0..1_u8)) {
        let candidate = AdlCandidate { contract: &case.contract, position: &case.position, collateral: amount(1), maintenance: amount(1), mark: case.mark };
        let Ok(entry) = case.position.exact_entry_price(&case.contract).and_then(|entry| entry.rounded(Rounding::HalfEven)) else { return Ok(()) };
        let Ok(score) = adl_score(AdlRanking::EntryPrice, &candidate) else { return Ok(()) };
        let expected = entry * SCALE;
        prop_assert_eq!(score.raw(), if case.position.side == Side::Long { -expected } else { expected });
    }

    /// The median is one of the three, at least one is not above it and one not below it, whatever their order: one leg alone moves nothing
    /// beyond the other two (S21).
    #[test]
    fn the_median_is_the_middle(a in edgy(56), b in edgy(56), c in edgy(56)) {
        let mut sorted = [a, b, c];
        sorted.sort_unstable();
        let (a, b, c) = (mark_at(a), mark_at(b), mark_at(c));
        for median in [median(a, b, c), median(b, c, a), median(c, b, a), median(b, a, c)] {
            prop_assert_eq!(median.raw(), sorted[1]);
        }
    }

    /// The mark is the median of its legs on its grid, to the nearest; a missing leg is the index, and with both missing the mark lies between
    /// the index and the funding leg. No last price, however absurd, moves it beyond the other two legs.
    #[test]
    fn the_mark_is_the_median_on_the_grid(index in edgy(50), rate in -1_000_000..=1_000_000_i64, until in 0..=28_800_000_i64, basis in prop::option::of(-900..=900_i64), last in prop::option::of(edgy(56)), step in prop::sample::select(vec![1_i64, 7, 1_000_000])) {
        let basis = basis.map(|share| i64::try_from(i128::from(index) * i128::from(share) / 1_000).unwrap());
        let inputs = MarkInputs {
            index: IndexPrice::from_raw(index).unwrap(),
            funding_rate: Rate::from_raw(rate).unwrap(),
            until_funding_ms: until,
            funding_interval_ms: 28_800_000,
            average_basis: basis,
            last: last.map(price_at),
        };
        let made = mark_price(&inputs, mark_at(step)).unwrap();
        let fair = big(index.into()) * (big(1) + big(rate.into()) * big(until.into()) / big(SCALE * 28_800_000));
        let off = big(made.funding_leg.wide()) - fair;
        prop_assert!(off.clone() + off.clone() <= big(1) && off.clone() + off >= big(-1));
        prop_assert_eq!(made.basis_leg.raw(), index + basis.unwrap_or(0));
        prop_assert_eq!(made.last_leg.raw(), last.unwrap_or(index));
        let mut legs = [made.funding_leg.raw(), made.basis_leg.raw(), made.last_leg.raw()];
        legs.sort_unstable();
        prop_assert_eq!(made.mark.raw() % step, 0);
        let distance = (made.mark.raw() - legs[1]).abs();
        prop_assert!(2 * distance <= step || made.mark.raw() == step && legs[1] < step);
        let (low, high) = (made.funding_leg.min(made.basis_leg).raw(), made.funding_leg.max(made.basis_leg).raw());
        prop_assert!(legs[1] >= low && legs[1] <= high, "the last price alone moved the mark");
    }

    /// The average basis is the mean of the middles less the index, to the nearest unit.
    #[test]
    fn the_basis_is_a_mean(samples in prop::collection::vec((edgy(50), 0..1_000_000_i64, edgy(50)), 0..8)) {
        let quotes: Vec<_> = samples.iter().map(|(bid, spread, index)| (price_at(*bid), price_at(bid + spread), IndexPrice::from_raw(*index).unwrap())).collect();
        let twice: i128 = samples.iter().map(|(bid, spread, index)| i128::from(2 * bid + spread - 2 * index)).sum();
        let count = i128::try_from(samples.len()).unwrap();
        match average_basis(&quotes).unwrap() {
            None => prop_assert!(samples.is_empty()),
            Some(mean) => prop_assert!((2 * count * i128::from(mean) - twice).abs() <= count),
        }
    }

    /// A funding rate stays within its cap, is the interest while the premium is within the band of it, and never falls as the premium rises.
    #[test]
    fn funding_rates(low in -3_000_000..=3_000_000_i64, more in 0..=3_000_000_i64, interest in -20_000..=20_000_i64, cap in 0..=3_000_000_i64, settlements in 1..=8_i64) {
        let rate = |raw: i64| Rate::from_raw(raw).unwrap();
        let terms = FundingTerms { interest: rate(interest), band: rate(50_000), cap: rate(cap), settlements_per_eight_hours: settlements };
        let (less, greater) = (funding_rate(rate(low), &terms).unwrap(), funding_rate(rate(low + more), &terms).unwrap());
        prop_assert!(less <= greater && less.raw().abs() <= cap);
        if (interest - low).abs() <= 50_000 {
            let whole = big(interest.into()) / big(settlements.into());
            let off = big(less.wide()) - &whole;
            prop_assert!(less.raw().abs() == cap || off.clone() + off.clone() <= big(1) && off.clone() + off >= big(-1));
        }
    }

    /// The average premium weighs the n-th sample n times: the latest counts most.
    #[test]
    fn premiums_are_weighted_by_time(samples in prop::collection::vec(-3_000_000..=3_000_000_i64, 0..20)) {
        let rates: Vec<_> = samples.iter().map(|raw| Rate::from_raw(*raw).unwrap()).collect();
        let weights: i128 = (1_i128..).take(samples.len()).sum();
        let sum: i128 = samples.iter().zip(1_i128..).map(|(sample, weight)| i128::from(*sample) * weight).sum();
        let average = average_premium(&rates).unwrap().wide();
        prop_assert!((2 * (average * weights - sum)).abs() <= weights);
    }

    /// The impact price is the price that the notional really pays on average, of linear and of inverse contracts; a book that is too thin has
    /// none; the premium has the sign of the side on which the index is left behind.
    #[test]
    fn impact_prices(
        contract in common::contract(&[ContractKind::Linear, ContractKind::Inverse]),
        levels in prop::collection::vec((1_000_000..=1_000_000_000_000_i64, 1..=1_000_i64), 1..8),
        share in 1..=120_i128,
        index in 1_000_000..=1_000_000_000_000_i64,
    ) {
        let mut sorted = levels;
        sorted.sort_unstable();
        let lot = contract.spec().lot.raw();
        let book: Vec<_> = sorted.iter().map(|(price, lots)| (price_at(*price), Quantity::from_raw(lots * lot).unwrap())).collect();
        let inverse = contract.kind() == ContractKind::Inverse;
        // Quote money and what it buys, level by level, in whole units.
        let traded: Vec<_> = book.iter().map(|(price, quantity)| {
            let exposure = big(contract.exposure(*quantity).unwrap()) / big(SCALE);
            let price = big(price.wide()) / big(SCALE);
            if inverse { (exposure.clone(), exposure / price) } else { (exposure.clone() * price, exposure) }
        }).collect();
        let depth: BigRational = traded.iter().map(|(worth, _)| worth).sum();
        let wanted = (depth.clone() * big(SCALE) * big(share) / big(100)).floor().to_integer();
        let Ok(notional) = Notional::from_wide(i128::try_from(wanted).unwrap().max(1)) else { return Ok(()) };
        let mut left = big(notional.raw()) / big(SCALE);
        let mut bought = big(0);
        for (worth, gained) in &traded {
            let spent = left.clone().min(worth.clone());
            bought += gained * &spent / worth;
            left -= spent;
        }
        match impact_price(&contract, &book, notional) {
            Ok(None) => prop_assert!(left > big(0)),
            Ok(Some(price)) => {
                prop_assert!(left == big(0));
                // Rounded once to 10⁻⁸, and each level's part to 10⁻¹⁶.
                let exact = big(notional.raw()) / &bought;
                let off = big(price.wide()) / &exact - big(1);
                let close = big(2) / &exact + big(20) / (bought * big(SCALE) * big(SCALE));
                prop_assert!(off.clone() <= close.clone() && off >= -close, "{} against {}", price, exact);
                let index = IndexPrice::from_raw(index).unwrap();
                let rate = premium(price, price, index);
                prop_assert!(rate.is_err() || rate.unwrap().raw().signum() * (price.raw() - index.raw()).signum() >= 0);
            }
            Err(_) => {}
        }
    }
}
