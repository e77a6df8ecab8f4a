//! How a world begins: assets, markets, insurance, accounts with money, modes.

use ringfence_engine::book::AccountId;
use ringfence_engine::command::{AutoAdd, Command, LegRef, MarkSource, PositionSide, Transfer};
use ringfence_engine::feed::SourceId;
use ringfence_engine::ids::{AssetId, MarketId};
use ringfence_engine::limits::Limits;
use ringfence_engine::time::Time;
use ringfence_risk::plan::{MarginMode, PositionMode};

use crate::listing::{RandomMarket, random_market, read};
use crate::random::Random;

/// Settlement asset of linear markets.
pub const USDT: AssetId = AssetId(0);
/// Settlement asset of inverse and quanto markets.
pub const BTC: AssetId = AssetId(1);

/// What every world runs in: limits small enough to be met.
pub const LIMITS: Limits = Limits {
    orders_per_account: 40,
    conditionals_per_account: 10,
    conditionals: 60,
    batch: 8,
    window: ringfence_engine::book::WindowSize::LEAST,
    ..Limits::DEFAULT
};

/// The commands that a world begins with.
#[must_use]
pub fn genesis(random: &mut Random) -> Vec<Command> {
    let mut commands = vec![Command::AdvanceTime { to: Time::from_ms(1_700_000_000_000) }];
    commands.extend(["USDT", "BTC"].map(|asset| Command::ListAsset { asset: read(asset) }));
    let markets: Vec<RandomMarket> = (0..1 + random.below(3) as usize).map(|number| random_market(random, number)).collect();
    for (market, number) in markets.iter().zip(0_u16..) {
        open_market(random, market, MarketId(number), &mut commands);
    }
    let accounts = random.between(2, 12) as u32;
    for account in (0..accounts).map(AccountId) {
        open_account(random, account, &markets, &mut commands);
    }
    commands
}

fn open_market(random: &mut Random, market: &RandomMarket, id: MarketId, commands: &mut Vec<Command>) {
    commands.push(Command::ListMarket(Box::new(market.listing.clone())));
    match market.listing.feed.mark_source {
        MarkSource::Direct => {
            commands.push(Command::SetMark { market: id, mark: read(market.mark), index: read(market.mark) });
        }
        MarkSource::Median => {
            for source in (0..3).filter_map(|number| SourceId::new(number).ok()) {
                commands.push(Command::QuoteIndex { market: id, source, price: read(market.mark) });
            }
        }
    }
    if random.chance(500) {
        let amount = read(random.pick(&["0.00000001", "0.05", "10", "5000"]));
        commands.push(Command::FundInsurance { market: id, amount });
    }
}

fn open_account(random: &mut Random, account: AccountId, markets: &[RandomMarket], commands: &mut Vec<Command>) {
    commands.push(Command::OpenAccount);
    let money = [(USDT, ["10", "1000", "50000", "1000000"]), (BTC, ["0.001", "0.1", "5", "100"])];
    for (asset, amounts) in money {
        let amount = read(random.pick(&amounts));
        commands.push(Command::Deposit(Transfer { account, asset, amount }));
    }
    if random.chance(350) {
        commands.push(Command::SetPositionMode { account, mode: PositionMode::Hedge });
    }
    for market in (0..markets.len()).filter_map(|number| u16::try_from(number).ok()).map(MarketId) {
        if random.chance(200) {
            let mode = random.pick(&[MarginMode::Cross, MarginMode::Isolated]);
            let side = random.later(|random| random.pick(&[PositionSide::Both, PositionSide::Long, PositionSide::Short]));
            let leg = LegRef { account, market, side: side.unwrap_or(PositionSide::Both) };
            commands.push(Command::SetMarginMode { leg, mode });
        }
        if random.chance(200) {
            commands.push(Command::SetAutoAddMargin { account, market, setting: AutoAdd::On });
        }
    }
}
