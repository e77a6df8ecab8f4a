//! The first commands of an exchange.

use ringfence_engine::book::AccountId;
use ringfence_engine::command::{Command, LegRef, Listing, PositionSide, Transfer};
use ringfence_engine::ids::{AssetId, MarketId};
use ringfence_engine::time::Time;
use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::contract::ContractKind;
use ringfence_risk::units::{Amount, Asset, IndexPrice, Leverage, MarkPrice};
use ringfence_venues::ListedContract;

use super::catalog::{Catalog, Symbol};
use super::error::BootError;
use super::listing::listing;
use super::setup::{MarketSetup, Setup, read};

/// The account that quotes both sides.
pub const MAKER: AccountId = AccountId(0);
/// The account that takes now and then, so that there are trades.
pub const FLOW: AccountId = AccountId(1);
/// What the house's own accounts are called, in the order of their numbers.
pub(super) const HOUSE: [&str; 2] = ["maker", "flow"];

/// What each account of the house has: 10¹⁰ units of the quote currency of linear markets, 10⁶ coins. It never runs out of it.
const HOUSE_QUOTE: &str = "10000000000";
const HOUSE_COINS: &str = "1000000";

/// How an exchange begins.
#[derive(Clone, Debug)]
pub struct Boot {
    /// The commands of an empty exchange. None is refused: assets, markets with their first mark and insurance fund, the house's accounts, then
    /// the users' with their deposits.
    pub commands: Vec<Command>,
    /// The markets as the network layer describes them.
    pub catalog: Catalog,
    /// Every account by name, in the order of their numbers; the first two are the house's.
    pub accounts: Vec<(String, AccountId)>,
    /// The setups, in the order of the markets' numbers: what the feed is made of. A recorded market starts at the file's first price.
    pub markets: Vec<MarketSetup>,
}

/// A market on its way.
struct Listed {
    contract: ListedContract,
    listing: Listing,
    id: MarketId,
    asset: AssetId,
}

impl Boot {
    /// Looks up what the setup names, and says how an exchange of it begins at this moment.
    ///
    /// # Errors
    /// [`BootError`]: a symbol, a rule set or a file that is not there, a name used twice, an amount or a setting outside its limits.
    pub fn build(setup: &Setup, now: Time) -> Result<Self, BootError> {
        setup.check()?;
        let mut markets = setup.markets.clone();
        let contracts = setup.markets.iter().map(|market| ringfence_venues::contract(&market.symbol));
        let contracts = contracts.collect::<Result<Vec<_>, _>>()?;
        let assets = assets(&contracts, setup);
        let mut listed: Vec<Listed> = Vec::with_capacity(contracts.len());
        for ((contract, market), number) in contracts.into_iter().zip(&mut markets).zip(0_u16..) {
            // With its venue or without it is the same symbol.
            if listed.iter().any(|earlier| earlier.contract.symbol == contract.symbol) {
                return Err(BootError::MarketTwice { symbol: contract.symbol });
            }
            let listing = listing(&contract, &market.rules)?;
            let asset = asset_id(&assets, contract.contract.spec().settlement)?;
            if let Some(first) = market.source.first_price(listing.contract.mark_step)? {
                market.start = first;
            }
            check_start(market, &listing)?;
            listed.push(Listed { contract, listing, id: MarketId(number), asset });
        }
        let symbols = listed.iter().map(|listed| {
            let greatest = listed.listing.brackets.brackets().first().map_or(Leverage::ONE, |bracket| bracket.max_leverage);
            Symbol::new(&listed.contract, (listed.id, listed.asset), greatest)
        });
        let catalog = Catalog::new(symbols.collect::<Result<Vec<_>, _>>()?);
        Ok(Self { commands: commands(setup, (&listed, &markets), &assets, now)?, catalog, accounts: names(setup), markets })
    }

    /// An account by name.
    #[must_use]
    pub fn account(&self, name: &str) -> Option<AccountId> {
        self.accounts.iter().find(|(known, _)| known == name).map(|(_, account)| *account)
    }
}

/// What markets settle in, then what else is deposited, each once.
fn assets(contracts: &[ListedContract], setup: &Setup) -> Vec<Asset> {
    let settled = contracts.iter().map(|listed| listed.contract.spec().settlement);
    let deposited = setup.accounts.iter().flat_map(|account| account.balances.iter().map(|(asset, _)| *asset));
    let mut assets = Vec::new();
    for asset in settled.chain(deposited) {
        if !assets.contains(&asset) {
            assets.push(asset);
        }
    }
    assets
}

fn asset_id(assets: &[Asset], asset: Asset) -> Result<AssetId, OutOfRange> {
    let at = assets.iter().position(|known| *known == asset).and_then(|at| u8::try_from(at).ok());
    at.map(AssetId).ok_or(OutOfRange { what: "a number of assets" })
}

fn check_start(market: &MarketSetup, listing: &Listing) -> Result<(), BootError> {
    let grid = listing.contract.mark_step;
    if market.start.raw().checked_rem(grid.raw()) == Some(0) {
        return Ok(());
    }
    Err(BootError::StartPrice { symbol: market.symbol.clone(), grid, price: market.start })
}

fn commands(
    setup: &Setup,
    (listed, markets): (&[Listed], &[MarketSetup]),
    assets: &[Asset],
    now: Time,
) -> Result<Vec<Command>, BootError> {
    let mut commands = vec![Command::AdvanceTime { to: now }];
    commands.extend(assets.iter().map(|asset| Command::ListAsset { asset: *asset }));
    for (listed, market) in listed.iter().zip(markets) {
        open_market(listed, market, &mut commands)?;
    }
    for account in [MAKER, FLOW] {
        open_house(account, listed, assets, &mut commands)?;
    }
    for (account, number) in setup.accounts.iter().zip(FLOW.0.saturating_add(1)..) {
        commands.push(Command::OpenAccount);
        for (asset, amount) in &account.balances {
            let asset = asset_id(assets, *asset)?;
            commands.push(Command::Deposit(Transfer { account: AccountId(number), asset, amount: *amount }));
        }
    }
    // The clock once more: with a mark there, the first settlement of funding is scheduled.
    commands.push(Command::AdvanceTime { to: now });
    Ok(commands)
}

fn open_market(listed: &Listed, setup: &MarketSetup, commands: &mut Vec<Command>) -> Result<(), OutOfRange> {
    let market = listed.id;
    commands.push(Command::ListMarket(Box::new(listed.listing.clone())));
    if setup.insurance > Amount::ZERO {
        commands.push(Command::FundInsurance { market, amount: setup.insurance });
    }
    commands.push(Command::SetMark { market, mark: setup.start, index: index(setup.start)? });
    Ok(())
}

/// The house trades with its whole money: leverage 1, so that every bracket is open to it.
fn open_house(account: AccountId, listed: &[Listed], assets: &[Asset], commands: &mut Vec<Command>) -> Result<(), OutOfRange> {
    commands.push(Command::OpenAccount);
    for asset in assets {
        let linear = listed
            .iter()
            .any(|listed| listed.listing.contract.kind == ContractKind::Linear && listed.listing.contract.settlement == *asset);
        let amount = read(if linear { HOUSE_QUOTE } else { HOUSE_COINS });
        commands.push(Command::Deposit(Transfer { account, asset: asset_id(assets, *asset)?, amount }));
    }
    for listed in listed {
        let leg = LegRef { account, market: listed.id, side: PositionSide::Both };
        commands.push(Command::SetLeverage { leg, leverage: Leverage::ONE });
    }
    Ok(())
}

pub(crate) fn index(mark: MarkPrice) -> Result<IndexPrice, OutOfRange> {
    IndexPrice::from_wide(mark.wide())
}

fn names(setup: &Setup) -> Vec<(String, AccountId)> {
    let users = setup.accounts.iter().map(|account| account.name.as_str());
    HOUSE.into_iter().chain(users).map(str::to_owned).zip((0..).map(AccountId)).collect()
}
