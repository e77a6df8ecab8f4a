//! From a setup to the first commands.

use ringfence_engine::engine::Engine;
use ringfence_engine::limits::Limits;
use ringfence_engine::time::Time;
use ringfence_risk::plan::MarginMode;
use ringfence_risk::rule_set::{ModeSwitch, RuleSet};
use ringfence_risk::units::Amount;
use ringfence_server::boot::{AccountSetup, Boot, Family, MarketSetup, RuleChoice, Setup};
use ringfence_server::feed::SourceSetup;

const NOW: Time = Time::from_ms(1_795_377_600_000);

#[test]
fn the_default_exchange_has_the_markets_and_money_it_says() {
    let boot = Boot::build(&Setup::default(), NOW).unwrap();
    let mut engine = Engine::new(Limits::DEFAULT);
    for command in &boot.commands {
        engine.execute(command, &mut Vec::new()).unwrap();
    }
    let state = engine.state();
    let facts: Vec<String> = boot
        .catalog
        .symbols()
        .iter()
        .map(|symbol| {
            let market = state.market(symbol.market).unwrap();
            let listing = market.listing();
            assert_eq!((&listing.symbol, market.asset()), (&symbol.symbol, symbol.asset));
            assert_eq!((listing.default_margin_mode, listing.default_leverage.to_string().as_str()), (MarginMode::Cross, "20"));
            let flat =
                RuleSet { margin_mode_switch: ModeSwitch::Flat, position_mode_switch: ModeSwitch::Flat, ..RuleSet::ringfence() };
            assert_eq!(listing.rules, flat);
            assert!(market.ledger().insurance() > 0 && market.mark().is_some() && market.funding().1.is_some());
            let digits = (symbol.price_precision, symbol.quantity_precision);
            let size = (symbol.contract_size, symbol.filters.max_quantity, symbol.max_market_quantity, symbol.max_leverage);
            format!(
                "{} {:?} {} {}/{} {digits:?} {} {} {} {}x",
                symbol.symbol, symbol.family, symbol.pair, symbol.base, symbol.quote, size.0, size.1, size.2, size.3
            )
        })
        .collect();
    assert_eq!(
        facts,
        [
            "BTCUSDT UsdM BTCUSDT BTC/USDT (1, 3) 1 1000 1000 125x",
            "ETHUSDT UsdM ETHUSDT ETH/USDT (2, 3) 1 10000 10000 125x",
            "BNBUSDT UsdM BNBUSDT BNB/USDT (2, 2) 1 100000 100000 75x",
            "SOLUSDT UsdM SOLUSDT SOL/USDT (2, 2) 1 1000000 1000000 100x",
            "XRPUSDT UsdM XRPUSDT XRP/USDT (4, 1) 1 10000000 10000000 75x",
            "BTCUSD_PERP CoinM BTCUSD BTC/USD (1, 0) 100 1000000 60000 125x",
            "ETHUSD_PERP CoinM ETHUSD ETH/USD (2, 0) 10 1000000 1000000 100x",
        ]
    );
    let names: Vec<&str> = boot.accounts.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["maker", "flow", "alice", "bob"]);
    for (asset, amount) in [("USDT", "10000"), ("BTC", "1"), ("ETH", "10")] {
        let asset = state.asset_named(asset.parse().unwrap()).unwrap();
        assert_eq!(state.free(boot.account("bob").unwrap(), asset).to_string(), amount);
    }
    assert_eq!(boot.catalog.of(Family::CoinM).count(), 2);
    assert!(boot.catalog.find("btcusdt").is_none());
}

#[test]
fn what_does_not_hold_together_is_refused_in_one_line() {
    let market = |symbol: &str| MarketSetup::walk(symbol, "64000".parse().unwrap(), 1);
    let with = |markets: Vec<MarketSetup>| Setup { markets, ..Setup::default() };
    let recorded = |speed| SourceSetup::Recorded { path: "/nowhere.csv".into(), speed };
    let accounts =
        |names: &[&str]| Setup { accounts: names.iter().map(|name| AccountSetup::named(name)).collect(), ..Setup::default() };
    let mut broke = Setup::default();
    broke.accounts[0].balances[0].1 = Amount::ZERO;
    let named = MarketSetup { rules: RuleChoice::Named("ringfense".to_owned()), ..market("BTCUSDT") };
    for (setup, text) in [
        (with(vec![]), "an exchange needs at least one market, got none"),
        (with(vec![market("BTCUSDT"), market("binance-usdm:BTCUSDT")]), "market 'BTCUSDT' is named twice"),
        (with(vec![market("BTCUSTD")]), "no contract is called 'BTCUSTD', did you mean BTCUSD or BTCUSDT?"),
        (with(vec![market("bybit:BTCUSDT")]), "market 'BTCUSDT' must be one of Binance's, got one of bybit"),
        (with(vec![named]), "no rule set is called 'ringfense', did you mean ringfence?"),
        (with(vec![MarketSetup { source: recorded(0), ..market("BTCUSDT") }]), "speed must be between 1 and 1000000, got 0"),
        (accounts(&["carol", "carol"]), "account 'carol' is named twice or is the house's own"),
        (accounts(&["maker"]), "account 'maker' is named twice or is the house's own"),
        (broke, "deposit of 'alice' must be greater than 0, got 0 USDT"),
    ] {
        assert_eq!(Boot::build(&setup, NOW).unwrap_err().to_string(), text);
    }
    let missing = with(vec![MarketSetup { source: recorded(60), ..market("BTCUSDT") }]);
    assert!(Boot::build(&missing, NOW).unwrap_err().to_string().starts_with("/nowhere.csv: cannot open"));
}
