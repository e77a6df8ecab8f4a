//! The data as a user of the crate meets them.

use ringfence_risk::bracket::{BracketStyle, BracketTable};
use ringfence_risk::units::{Amount, Notional};
use ringfence_venues::{
    VenueError, VenueSymbol, bracket_dates, bracket_history, bracket_symbols, brackets, brackets_on, check_all, contract,
    contracts, rule_set,
};

/// The brackets on both sides of an edge ask the same maintenance there.
fn assert_continuous(name: &str, table: &BracketTable) {
    for pair in table.brackets().windows(2) {
        let edge = pair[1].floor;
        let below = pair[0].maintenance_margin(edge);
        assert!(below.is_ok(), "{name} at {edge}");
        assert_eq!(below, pair[1].maintenance_margin(edge), "{name} jumps at {edge}");
    }
}

#[test]
fn everything_loads_and_is_counted() {
    let summary = check_all().unwrap();
    let of = |file: &str| summary.sources.iter().find(|source| source.file.ends_with(file)).unwrap();
    let snapshot = of("/binance-usdm.txt");
    assert_eq!((snapshot.symbols, snapshot.tables, snapshot.entries, snapshot.brackets), (528, 127, 528, 4839));
    let history = of("/binance-usdm-history.txt");
    assert_eq!((history.symbols, history.tables, history.entries, history.brackets), (23, 132, 223, 2036));
    assert_eq!(summary.rule_sets, 8);
    assert_eq!(summary.contracts, contracts().unwrap().len());
    assert_eq!(summary.symbols, bracket_symbols().len());
    assert_eq!(summary.tables, summary.sources.iter().map(|source| source.tables).sum::<usize>());
}

#[test]
fn a_date_before_a_change_gives_the_older_table() {
    let old = brackets_on("BTCUSDT", "2022-02-12", BracketStyle::Marginal).unwrap();
    let new = brackets("BTCUSDT", BracketStyle::Marginal).unwrap();
    let first = |table: &BracketTable| {
        let bracket = table.brackets()[0];
        (bracket.max_leverage.to_string(), bracket.cap.to_string(), bracket.maintenance_rate.to_string())
    };
    assert_eq!(first(&old.table), ("125".to_owned(), "50000".to_owned(), "0.004".to_owned()));
    assert_eq!(first(&new.table), ("125".to_owned(), "300000".to_owned(), "0.004".to_owned()));
    assert_eq!((old.date, new.date), ("2022-02-12", "2025-07-10"));
    let dates = bracket_dates("BTCUSDT").unwrap();
    assert!(dates.windows(2).all(|pair| pair[0] < pair[1]), "{dates:?}");
    for date in &dates {
        assert_eq!(brackets_on("BTCUSDT", date, BracketStyle::Marginal).unwrap().date, *date);
    }
    let between = brackets_on("BTCUSDT", "2022-02-13", BracketStyle::Marginal).unwrap();
    assert_eq!(between, old, "a table holds until the next");
}

#[test]
fn bitmex_lowered_its_maintenance_in_2020() {
    let rate = |date| brackets_on("XBTUSD", date, BracketStyle::Slab).unwrap().table.brackets()[0].maintenance_rate.to_string();
    assert_eq!([rate("2020-03-12"), rate("2020-04-17"), rate("2020-05-05")], ["0.005", "0.0045", "0.004"]);
}

#[test]
fn the_history_of_a_symbol_is_what_holds_on_its_days() {
    for VenueSymbol { venue, symbol } in bracket_symbols() {
        let name = format!("{venue}:{symbol}");
        let history = bracket_history(&name, BracketStyle::Slab).unwrap();
        assert!(history.windows(2).all(|pair| pair[0].date < pair[1].date), "{name}");
        for entry in &history {
            assert_eq!(&brackets_on(&name, entry.date, BracketStyle::Slab).unwrap(), entry);
        }
    }
    let gone = bracket_history("LUNAUSDT", BracketStyle::Marginal).unwrap();
    assert!(!gone.is_empty() && gone.iter().all(|entry| entry.date < "2022-05-21"), "{gone:?}");
}

#[test]
fn a_delisted_symbol_says_so() {
    assert!(brackets_on("LUNAUSDT", "2022-05-20", BracketStyle::Marginal).is_ok());
    let error = brackets("LUNAUSDT", BracketStyle::Marginal).unwrap_err();
    assert_eq!(
        error.to_string(),
        "LUNAUSDT has no brackets on 2022-05-21: it is gone since 2022-05-21, the first known are of 2022-02-12"
    );
    let error = brackets_on("1000PEPEUSDT", "2023-01-01", BracketStyle::Marginal).unwrap_err();
    assert_eq!(error.to_string(), "1000PEPEUSDT has no brackets on 2023-01-01: the first known are of 2025-07-10");
}

#[test]
fn days_are_checked() {
    for wrong in ["", "2022", "2022-2-12", "12-02-2022", "2022-13-01", "2022-00-10", "2022-01-32", "2022/01/31", "２０２２-01"]
    {
        let error = brackets_on("BTCUSDT", wrong, BracketStyle::Marginal).unwrap_err();
        assert_eq!(error, VenueError::NotADate { text: wrong.to_owned() });
    }
}

#[test]
fn maintenance_is_continuous_in_every_table_of_every_day() {
    let mut tables = 0;
    for known in bracket_symbols() {
        for date in bracket_dates(&known.to_string()).unwrap() {
            match brackets_on(&known.to_string(), date, BracketStyle::Marginal) {
                Ok(entry) => {
                    assert_continuous(&format!("{known} of {date}"), &entry.table);
                    assert_eq!(entry.table.brackets()[0].cum, Amount::ZERO);
                    tables += 1;
                }
                Err(error) => assert!(matches!(error, VenueError::Gone { .. }), "{error}"),
            }
        }
    }
    assert_eq!(tables, check_all().unwrap().history_entries - 1, "all but the one that is gone");
}

#[test]
fn a_slab_charges_the_whole_value_and_a_marginal_table_the_slices() {
    let value = "250".parse::<Notional>().unwrap(); // 200 at 0.5 %, 50 at 1 %
    let slab = brackets_on("bitmex:XBTUSD", "2020-03-12", BracketStyle::Slab).unwrap().table;
    let marginal = brackets_on("bitmex:XBTUSD", "2020-03-12", BracketStyle::Marginal).unwrap().table;
    assert_eq!(slab.maintenance_margin(value).unwrap().to_string(), "2.5");
    assert_eq!(marginal.maintenance_margin(value).unwrap().to_string(), "1.5");
}

#[test]
fn no_limit_is_the_greatest_notional() {
    let table = brackets("BTCSTUSDT", BracketStyle::Marginal).unwrap().table;
    assert_eq!(table.brackets().last().unwrap().cap, Notional::GREATEST);
}

#[test]
fn the_five_markets_have_everything_on_both_kinds_of_contract() {
    for base in ["BTC", "ETH", "BNB", "SOL", "XRP"] {
        for symbol in [format!("{base}USDT"), format!("{base}USD_PERP")] {
            let listed = contract(&symbol).unwrap();
            assert_eq!((listed.symbol.as_str(), listed.base.as_str()), (symbol.as_str(), base));
            let style = rule_set(&listed.default_rules).unwrap().rules.bracket_style;
            let entry = brackets(&listed.brackets_key, style).unwrap();
            assert_eq!(entry.margin_asset, listed.contract.spec().settlement);
        }
    }
}

#[test]
fn every_contract_is_found_by_its_name_with_its_venue() {
    for listed in contracts().unwrap() {
        let found = contract(&format!("{}:{}", listed.venue, listed.symbol)).unwrap();
        assert_eq!(found, listed);
        assert!(!listed.source.is_empty());
    }
}

#[test]
fn symbols_without_a_venue_mean_binance_first() {
    assert_eq!(contract("BTCUSDT").unwrap().venue, "binance-usdm");
    assert_eq!(contract("BTCUSD").unwrap().venue, "bybit");
    assert_eq!(contract("XBTUSD").unwrap().venue, "bitmex");
    assert_eq!(brackets("ETHUSDT", BracketStyle::Marginal).unwrap().venue, "binance-usdm");
    assert_eq!(brackets("bitmex:ETHUSDT", BracketStyle::Slab).unwrap().venue, "bitmex");
    assert!(bracket_symbols().contains(&VenueSymbol { venue: "okx", symbol: "BTC-USD-SWAP" }));
}

#[test]
fn wrong_names_get_the_nearest() {
    let lines = [
        (contract("SOLUSTD").unwrap_err(), "no contract is called 'SOLUSTD', did you mean SOLUSDT?"),
        (contract("byibt:BTCUSD").unwrap_err(), "no venue is called 'byibt', did you mean bybit?"),
        (contract("qqqqqqqqqqqq").unwrap_err(), "no contract is called 'qqqqqqqqqqqq'"),
        (rule_set("hyperliqiud").unwrap_err(), "no rule set is called 'hyperliqiud', did you mean hyperliquid?"),
        (
            brackets("1000PEPUSDT", BracketStyle::Slab).unwrap_err(),
            "no bracket table is called '1000PEPUSDT', did you mean 1000PEPEUSDT",
        ),
    ];
    for (error, line) in lines {
        assert!(error.to_string().starts_with(line), "{error}");
    }
}

#[test]
fn known_filters_are_the_published_ones() {
    let bitcoin = contract("BTCUSDT").unwrap();
    let spec = bitcoin.contract.spec();
    assert_eq!((spec.tick.to_string().as_str(), spec.lot.to_string().as_str()), ("0.1", "0.001"));
    assert_eq!(bitcoin.filters.band_up.to_string(), "1.1");
    let coin = contract("BTCUSD_PERP").unwrap();
    assert_eq!(coin.contract.spec().multiplier.to_string(), "100");
    let quanto = contract("bitmex:ETHUSD").unwrap();
    assert_eq!(quanto.contract.quote_value("1".parse().unwrap(), "200".parse().unwrap()).unwrap().to_string(), "0.0002");
}
