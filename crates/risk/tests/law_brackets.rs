//! Laws 3 and 14: brackets are continuous, sum to their slices, and bound size and leverage consistently.

mod common;

use common::{big, cases, edgy, exact, steps, table};
use num_rational::BigRational;
use proptest::prelude::*;
use ringfence_risk::arithmetic::SCALE;
use ringfence_risk::bracket::{BracketError, BracketRow, BracketStyle, BracketTable, open_interest_rate};
use ringfence_risk::units::{Amount, Leverage, Notional, Rate};

fn notional(raw: i128) -> Notional {
    Notional::from_wide(raw.clamp(0, Notional::GREATEST.raw())).expect("clamped")
}

fn tables(style: BracketStyle) -> impl Strategy<Value = BracketTable> {
    (steps(), edgy(55)).prop_map(move |(shape, scale)| table(style, &shape, notional(scale.into())))
}

fn rows(table: &BracketTable) -> Vec<BracketRow> {
    let row = |bracket: &ringfence_risk::bracket::Bracket| BracketRow {
        floor: bracket.floor,
        cap: bracket.cap,
        max_leverage: bracket.max_leverage,
        maintenance_rate: bracket.maintenance_rate,
    };
    table.brackets().iter().map(row).collect()
}

proptest! {
    #![proptest_config(cases())]

    /// At an edge the two brackets that meet give the same maintenance, and one unit away it differs by no more than the rate asks (P11, S17).
    #[test]
    fn maintenance_is_continuous(table in tables(BracketStyle::Marginal)) {
        for pair in table.brackets().windows(2) {
            let (below, above) = (pair[0], pair[1]);
            let at = |raw: i128| table.maintenance_margin(notional(raw)).unwrap().raw();
            let edge = above.floor.raw();
            prop_assert_eq!(below.maintenance_margin(above.floor).unwrap(), above.maintenance_margin(above.floor).unwrap());
            prop_assert_eq!(at(edge), above.maintenance_margin(above.floor).unwrap().raw());
            prop_assert!((0..=1).contains(&(at(edge) - at(edge - 1))), "rates are below 1, so one unit of value moves one unit at most");
            prop_assert!((0..=1).contains(&(at(edge + 1) - at(edge))));
        }
    }

    /// Marginal maintenance is the sum of each slice at its own rate, rounded up once.
    #[test]
    fn maintenance_is_the_sum_of_slices(table in tables(BracketStyle::Marginal), value in edgy(62), edge in 0..12_usize, by in -2..=2_i128, near in any::<bool>()) {
        let brackets = table.brackets();
        let value = notional(if near { brackets[edge % brackets.len()].floor.raw() + by } else { value.into() });
        let slice = |bracket: &ringfence_risk::bracket::Bracket| {
            let top = if bracket.cap == Notional::GREATEST { value.raw() } else { value.raw().min(bracket.cap.raw()) };
            big((top - bracket.floor.raw()).max(0)) * big(bracket.maintenance_rate.wide()) / big(SCALE)
        };
        let sum: BigRational = brackets.iter().map(slice).sum();
        prop_assert_eq!(big(table.maintenance_margin(value).unwrap().raw()), sum.ceil());
    }

    /// Slab maintenance is the whole value at the rate of its bracket: the highest that begins below it, so that a position may be as large as a cap.
    #[test]
    fn slab_maintenance(table in tables(BracketStyle::Slab), value in edgy(62)) {
        let value = notional(value.into());
        let rate = table.brackets().iter().filter(|bracket| bracket.floor < value || bracket.floor == Notional::ZERO).map(|bracket| bracket.maintenance_rate).max().unwrap();
        let expected = (big(value.raw()) * big(rate.wide()) / big(SCALE)).ceil();
        prop_assert_eq!(big(table.maintenance_margin(value).unwrap().raw()), expected);
    }

    /// Maintenance never falls with the value, is zero at zero, is convex, and is below the initial margin of the bracket's leverage (S17).
    #[test]
    fn maintenance_rises_and_stays_below_initial(table in tables(BracketStyle::Marginal), low in edgy(60), more in edgy(60)) {
        let value = [0, i128::from(low), i128::from(low) + i128::from(more), i128::from(low) + 2 * i128::from(more)].map(notional);
        let margin = value.map(|value| table.maintenance_margin(value).unwrap().raw());
        prop_assert_eq!(margin[0], 0);
        prop_assert!(margin[1] <= margin[2] && margin[2] <= margin[3]);
        prop_assert!(margin[3] - margin[2] >= margin[2] - margin[1] - 1, "convex up to one unit of rounding");
        let leverage = table.max_leverage(value[1]).unwrap();
        prop_assert!(margin[1] <= ringfence_risk::margin::initial_margin(value[1], leverage).unwrap().raw());
    }

    /// A value fits a leverage if and only if the leverage fits the value.
    #[test]
    fn leverage_and_value_agree(table in tables(BracketStyle::Marginal), value in edgy(62), edge in 0..12_usize, by in -1..=1_i128, near in any::<bool>(), leverage in 100_000_000..=100_000_000_000_i64) {
        let brackets = table.brackets();
        let bracket = brackets[edge % brackets.len()];
        let value = notional(if near { bracket.cap.raw() + by } else { value.into() });
        let leverage = if near { bracket.max_leverage } else { Leverage::from_raw(leverage).unwrap() };
        let fits = table.max_value(leverage).is_some_and(|greatest| value <= greatest);
        prop_assert_eq!(fits, table.max_leverage(value).is_some_and(|greatest| leverage <= greatest));
    }

    /// The greatest leverage for a margin opens a value that a bracket allows at it; nothing above it does, at any bracket.
    #[test]
    fn leverage_for_a_margin(table in tables(BracketStyle::Marginal), margin in edgy(50)) {
        let whole = big(SCALE);
        let margin_amount = Amount::from_wide(margin.into()).unwrap();
        let best = table.max_leverage_for_margin(margin_amount).unwrap().map(exact);
        let allowed = |leverage: &BigRational| {
            let value = big(margin.into()) * leverage / &whole;
            table.brackets().iter().any(|bracket| value >= big(bracket.floor.raw()) && value <= big(bracket.cap.raw()) && *leverage <= big(bracket.max_leverage.wide()))
        };
        if let Some(best) = &best {
            prop_assert!(allowed(best));
        }
        let edges = table.brackets().iter().flat_map(|bracket| [big(bracket.cap.raw()) * &whole / big(margin.into()), big(bracket.max_leverage.wide())]);
        for edge in edges {
            prop_assert!(!allowed(&edge) || best.as_ref().is_some_and(|best| edge <= *best));
        }
    }

    /// A table's own rows and constants are accepted again; each spoiled row is refused with the number of its bracket.
    #[test]
    fn tables_are_checked(table in tables(BracketStyle::Marginal), which in 0..12_usize) {
        let cums: Vec<Amount> = table.brackets().iter().map(|bracket| bracket.cum).collect();
        prop_assert_eq!(&BracketTable::with_published_cums(BracketStyle::Marginal, &rows(&table), &cums).unwrap(), &table);
        let which = which % cums.len();
        let mut wrong = cums.clone();
        wrong[which] = wrong[which].plus(Amount::from_wide(1).unwrap()).unwrap();
        let refused = BracketTable::with_published_cums(BracketStyle::Marginal, &rows(&table), &wrong);
        prop_assert_eq!(refused, Err(BracketError::WrongCum { bracket: which + 1, published: wrong[which], expected: cums[which] }));
        let mut gap = rows(&table);
        gap[which].floor = notional(gap[which].floor.raw() + 1);
        let gap = BracketTable::new(BracketStyle::Marginal, &gap);
        prop_assert!(matches!(gap, Err(BracketError::FirstFloorNotZero { .. } | BracketError::Gap { .. })), "{:?}", gap);
        let mut steep = rows(&table);
        steep[which].max_leverage = steep[0].max_leverage;
        let rate = SCALE * SCALE / steep[which].max_leverage.wide();
        steep[which].maintenance_rate = Rate::from_wide((rate + 1).min(SCALE - 1)).unwrap();
        steep.truncate(which + 1);
        let accepted = BracketTable::new(BracketStyle::Slab, &steep).is_ok();
        prop_assert_eq!(accepted, (rate + 1).min(SCALE - 1) * steep[which].max_leverage.wide() < SCALE * SCALE && steep.windows(2).all(|pair| pair[1].max_leverage <= pair[0].max_leverage));
    }

    /// The market's initial margin rate lies between the base and 100 %, is each of them at its end, and never falls with the open interest.
    #[test]
    fn open_interest_rates(base in 0..=100_000_000_i64, lower in edgy(60), width in edgy(60), at in -100..=200_i128) {
        let base = Rate::from_raw(base).unwrap();
        let (lower, upper) = (notional(lower.into()), notional(i128::from(lower) + i128::from(width)));
        let interest = |percent: i128| notional(lower.raw() + i128::from(width) * percent / 100);
        let rate = |percent: i128| open_interest_rate(base, interest(percent), lower, upper).unwrap();
        prop_assert!(rate(at) >= base && rate(at) <= Rate::WHOLE);
        prop_assert!(rate(at) <= rate(at + 1));
        prop_assert_eq!((rate(-100), rate(0), rate(100), rate(200)), (base, base, Rate::WHOLE, Rate::WHOLE));
        let (above, span) = ((interest(at).raw() - lower.raw()).clamp(0, width.into()), i128::from(width));
        let line = big(base.wide()) + big(SCALE - base.wide()) * big(above) / big(span);
        prop_assert_eq!(big(rate(at).wide()), line.ceil());
    }
}
