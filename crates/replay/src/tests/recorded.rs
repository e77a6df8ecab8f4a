//! The recorded feed, and recorded funding held against its formula.

use super::*;
use crate::{Agreement, BracketChange, UtcTime, WithBook, check_funding, compute_funding, mean_distance, pair_funding, premiums};
use ringfence_market::{FeedMarks, PriceFile, Reading, Recorded, read_funding, read_premiums};
use ringfence_risk::funding::FundingTerms;
use std::path::{Path, PathBuf};

fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data").join(name)
}

/// A contract of BTCUSDT's grid whose maintenance is nearly its initial margin, so that a calm minute liquidates.
fn touchy() -> Market {
    let contract = Contract::list(ContractSpec {
        kind: ContractKind::Linear,
        settlement: parsed("USDT"),
        tick: parsed("0.1"),
        mark_step: parsed("0.01"),
        lot: parsed("0.001"),
        multiplier: parsed("1"),
        value_rounding: ValueRounding::PerFill,
    });
    let brackets = BracketTable::flat(parsed("0.00999"), parsed("100")).unwrap();
    Market { contract: contract.unwrap(), brackets, ..market(ContractKind::Linear, "0.1") }
}

fn through_the_feed(marks: FeedMarks, quantity: &str, maker: Option<Maker>) -> Comparison {
    carried_through_the_feed(&touchy(), marks, (quantity, maker))
}

fn carried_through_the_feed(market: &Market, marks: FeedMarks, (quantity, maker): (&str, Option<Maker>)) -> Comparison {
    let path = shipped("binance-um_BTCUSDT_rawfeed_2024-08-08_2354.jsonl.gz");
    let feed = Recorded::open(&path, &Reading { marks, ..Reading::default() }).unwrap();
    let options = Options { maker, ..Options::default() };
    let population = Population::ladder(LadderSides::Both, parsed(quantity), &[parsed("100")]);
    let replay = Replay { market, population: &population, funding: &[], options };
    let report = replay.run(WithBook(feed), |_| {}).unwrap();
    check_money(&report);
    report
}

/// Nobody dies of the marks of this minute at 0.5 %; at 0.999 % of the second half somebody does, and meets the recorded book.
#[test]
fn a_change_of_brackets_meets_the_recorded_book() {
    let mild = Market { brackets: BracketTable::flat(parsed("0.005"), parsed("100")).unwrap(), ..touchy() };
    let without = carried_through_the_feed(&mild, FeedMarks::Trades, ("0.001", Some(Maker::DEFAULT)));
    assert_eq!((without.isolated.liquidated, without.data.from_book), (0, 0));
    let time = UtcTime(without.data.first_time.0.midpoint(without.data.last_time.0));
    let change = BracketChange { time, brackets: touchy().brackets };
    let market = Market { bracket_changes: vec![change], ..mild };
    let report = carried_through_the_feed(&market, FeedMarks::Trades, ("0.001", Some(Maker::DEFAULT)));
    let first = &report.isolated.liquidations[0];
    assert_eq!((first.time, first.closed_in_book), (time, first.quantity));
    assert!(report.data.from_book > 0);
}

#[test]
fn liquidations_eat_the_recorded_book() {
    let small = through_the_feed(FeedMarks::Trades, "0.001", Some(Maker::DEFAULT));
    assert_eq!((small.data.ticks, small.isolated.liquidated), (396, 1));
    assert!(small.data.from_book > 0);
    assert!(
        small.stated.iter().any(|line| line.contains("the maker quotes the recorded book as it was then: the best 500 prices"))
    );
    let first = &small.isolated.liquidations[0];
    assert_eq!(first.closed_in_book, first.quantity, "a lot is a trifle to the book of BTCUSDT");
    // Far more than a thousand levels hold is not.
    let large = through_the_feed(FeedMarks::Trades, "5000", Some(Maker::DEFAULT));
    let first = &large.isolated.liquidations[0];
    assert!(first.closed_in_book > parsed("0") && first.closed_in_book < first.quantity, "{first:?}");
    let nobody = through_the_feed(FeedMarks::Trades, "0.001", None);
    assert_eq!((nobody.data.from_book, nobody.isolated.closed_in_book), (0, parsed("0")));
    let middle = through_the_feed(FeedMarks::Middle, "0.001", Some(Maker::DEFAULT));
    assert!(middle.data.ticks > 1_000 && middle.data.from_book > 0);
}

fn terms(band: &str) -> FundingTerms {
    FundingTerms { interest: parsed("0.0001"), band: parsed(band), cap: Rate::GREATEST, settlements_per_eight_hours: 1 }
}

#[test]
fn the_recorded_rates_of_hyperliquid_come_from_their_premiums() {
    let rows = read_premiums(&shipped("hyperliquid_BTC_funding_premium_2023-05-12_2023-07-17.csv")).unwrap();
    let checked = check_funding(&rows, &terms("0.0003")).unwrap();
    let count = |part: &[crate::CheckedRate], agreement| part.iter().filter(|row| row.agreement == agreement).count();
    let (before, after) = checked.split_at(294);
    assert_eq!(
        (count(before, Agreement::Equal), count(before, Agreement::OtherHalf), count(before, Agreement::Differs)),
        (289, 5, 0)
    );
    assert_eq!(before.iter().filter(|row| row.hours == 8).count(), 82);
    // From 2023-06-16 21:00 on the venue used another formula.
    assert_eq!((after[0].time.to_string().as_str(), after[0].agreement), ("2023-06-16 21:00:00", Agreement::Differs));
    assert_eq!(count(after, Agreement::Equal), 66);
    // A premium that is another by a unit is found out wherever the band does not hide it.
    let mut wrong = rows.clone();
    wrong[0].premium = parsed("-0.00091333");
    assert_eq!(check_funding(&wrong, &terms("0.0003")).unwrap()[0].agreement, Agreement::Differs);
    // With another band the early rows do not come out.
    assert!(count(&check_funding(&rows, &terms("0.0005")).unwrap()[..294], Agreement::Differs) > 100);
}

#[test]
fn funding_is_computed_from_a_contract_and_a_spot_file() {
    let open = |name: &str| PriceFile::open(&shipped(name)).unwrap();
    let (contract, spot) =
        (open("binance-um_BTCUSDT_perp_5m_2025-10_09-12.csv.gz"), open("binance-spot_BTCUSDT_5m_2025-10_09-12.csv.gz"));
    let found = premiums(contract, spot).unwrap();
    assert_eq!((found.samples.len(), found.unmatched), (1_152, 0));
    let computed = compute_funding(&found.samples, &terms("0.0005"), (8, 300_000)).unwrap();
    let recorded = read_funding(&shipped("binance-um_BTCUSDT_funding_2025-10_09-13.csv")).unwrap();
    let pairs = pair_funding(&computed, &recorded);
    assert_eq!((pairs.len(), pairs.iter().filter(|pair| pair.recorded.is_some()).count()), (12, 12));
    // Closes for impact prices and one spot market for the index: the rates come near, where they moved most, too.
    assert_eq!(mean_distance(&pairs).unwrap().unwrap().to_string(), "0.00000714");
    assert!(pairs.iter().all(|pair| pair.difference().unwrap().unwrap().raw().abs() <= 1_756));
    let swapped =
        premiums(open("binance-spot_BTCUSDT_5m_2025-10_09-12.csv.gz"), open("binance-um_BTCUSDT_perp_5m_2025-10_09-12.csv.gz"));
    let swapped = compute_funding(&swapped.unwrap().samples, &terms("0.0005"), (8, 300_000)).unwrap();
    let distance = mean_distance(&pair_funding(&swapped, &recorded)).unwrap().unwrap();
    assert!(distance.raw() > 4 * 714, "{distance}");
}

#[test]
fn computed_funding_by_hand() {
    let sample =
        |hour: i64, premium: &str| ringfence_market::PremiumSample { time_ms: hour * 3_600_000, premium: parsed(premium) };
    // (1 × 0.002 + 2 × 0.005) ÷ 3 = 0.004, less the band, halved for two settlements in eight hours.
    let four: Vec<_> = [(0, "0.002"), (2, "0.005"), (4, "0.0002"), (6, "0.0002"), (8, "0.9")]
        .map(|(hour, premium)| sample(hour, premium))
        .into();
    let rows = compute_funding(&four, &terms("0.0005"), (4, 7_200_000)).unwrap();
    let rows: Vec<_> = rows.iter().map(|row| (row.time_ms / 3_600_000, row.rate.to_string())).collect();
    assert_eq!(rows, [(4, "0.00175".to_owned()), (8, "0.00005".to_owned())]);
    // An interval that is not covered from its beginning is not made up.
    assert_eq!(compute_funding(&four[1..], &terms("0.0005"), (4, 7_200_000)).unwrap().len(), 1);
    let error = compute_funding(&four, &terms("0.0005"), (3, 1)).unwrap_err();
    assert_eq!(error.to_string(), "hours between two fundings must be 1, 2, 4 or 8, got 3");
}

#[test]
fn prices_without_a_counterpart_are_counted() {
    let series = |times: &[i64]| times.iter().map(|time| Ok(tick(*time, "100"))).collect::<Vec<_>>().into_iter();
    let found = premiums(series(&[1, 2, 4, 5]), series(&[2, 3, 4])).unwrap();
    assert_eq!((found.samples.len(), found.unmatched), (2, 3));
}
