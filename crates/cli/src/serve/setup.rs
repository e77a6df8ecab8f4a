//! From options to markets and accounts.

use ringfence_risk::units::{Asset, MarkPrice};
use ringfence_server::boot::{AccountSetup, MarketSetup, RuleChoice, Setup};
use ringfence_server::feed::SourceSetup;

use crate::config::kinds::{MarketChoice, NamedAccount, PriceSource, Switch};
use crate::config::{Markets, Rules, ServeOptions};

/// What a market begins at whose recorded prices say otherwise at once.
const ONE: MarkPrice = match MarkPrice::from_raw(100_000_000) {
    Ok(price) => price,
    Err(_) => panic!("one is a price"),
};

pub(super) fn setup(options: &ServeOptions) -> Result<Setup, String> {
    let mut markets = match &options.markets {
        Markets::All(choices) => {
            let mut markets = MarketSetup::defaults();
            for choice in choices {
                match markets.iter_mut().find(|market| market.symbol == choice.symbol) {
                    Some(market) => set_source(market, choice, options)?,
                    None => markets.push(market(choice, options)?),
                }
            }
            markets
        }
        Markets::Only(choices) => choices.iter().map(|choice| market(choice, options)).collect::<Result<_, _>>()?,
    };
    for (market, number) in markets.iter_mut().zip(0_u64..) {
        market.seed = options.seed.wrapping_add(number);
        market.rules = match options.rules {
            Rules::Ringfence => RuleChoice::Ringfence,
            Rules::Binance => RuleChoice::Venue,
        };
        if options.maker == Switch::Off {
            (market.maker, market.flow) = (None, None);
        }
    }
    Ok(Setup { markets, accounts: accounts(options) })
}

/// A market of the defaults, or one more that the venue data know.
fn market(choice: &MarketChoice, options: &ServeOptions) -> Result<MarketSetup, String> {
    check_listed(&choice.symbol)?;
    let known = MarketSetup::defaults().into_iter().find(|market| market.symbol == choice.symbol);
    let mut market = match (known, &choice.prices) {
        (Some(market), _) => market,
        (None, PriceSource::Walk) => {
            return Err(format!(
                "market: {symbol} has no price to walk from; give one: --market {symbol}=fixed:PRICE or {symbol}=replay:FILE",
                symbol = choice.symbol
            ));
        }
        (None, PriceSource::Replay(_) | PriceSource::Fixed(_)) => MarketSetup::walk(&choice.symbol, ONE, options.seed),
    };
    set_source(&mut market, choice, options)?;
    Ok(market)
}

/// The server speaks of Binance's contracts only.
fn check_listed(symbol: &str) -> Result<(), String> {
    let listed = ringfence_venues::contracts().map_err(|error| error.to_string())?;
    let names: Vec<&str> =
        listed.iter().filter(|listed| listed.venue.starts_with("binance-")).map(|listed| listed.symbol.as_str()).collect();
    if names.contains(&symbol) {
        return Ok(());
    }
    Err(format!(
        "market: no contract of Binance is called '{symbol}': known are {} (see `ringfence contracts`)",
        names.join(", ")
    ))
}

fn set_source(market: &mut MarketSetup, choice: &MarketChoice, options: &ServeOptions) -> Result<(), String> {
    match &choice.prices {
        PriceSource::Walk => {}
        PriceSource::Replay(path) => {
            let speed = u32::try_from(options.speed).map_err(|_| format!("speed must be at most {}", u32::MAX))?;
            market.source = SourceSetup::Recorded { path: path.clone(), speed };
        }
        PriceSource::Fixed(price) => {
            let start = MarkPrice::from_wide(price.wide());
            market.start = start.map_err(|_| format!("market: {}=fixed:{price} is beyond every price", choice.symbol))?;
            market.source = SourceSetup::Fixed;
        }
    }
    Ok(())
}

/// The named accounts, then the numbered ones: `user1`, `user2`, ….
fn accounts(options: &ServeOptions) -> Vec<AccountSetup> {
    let named = options.accounts.iter().map(named);
    let numbered = (1..=options.numbered_accounts).map(|number| AccountSetup::named(&format!("user{number}")));
    named.chain(numbered).collect()
}

/// A balance is in USDT; the coins are as usual.
fn named(account: &NamedAccount) -> AccountSetup {
    let mut setup = AccountSetup::named(&account.name);
    let usdt = "USDT".parse::<Asset>().ok();
    if let Some(balance) = account.balance {
        for (asset, amount) in &mut setup.balances {
            if Some(*asset) == usdt {
                *amount = balance;
            }
        }
    }
    setup
}
