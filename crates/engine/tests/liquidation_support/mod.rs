//! What a liquidation scenario is told with: who is long, who is short, where the mark goes, who has what afterwards.
#![allow(dead_code, clippy::unwrap_used, clippy::wildcard_enum_match_arm, reason = "every test file uses its own part of it")]

use crate::world::{BTC, INVERSE, LINEAR, USDT, World, inverse, limit, linear, read};
use ringfence_engine::book::AccountId;
use ringfence_engine::command::{Command, Listing, MarketState, RiskCaps};
use ringfence_engine::event::{Event, OrderEnd};
use ringfence_engine::ids::{AssetId, MarketId};
use ringfence_risk::bracket::BracketTable;
use ringfence_risk::fee::FeeSchedule;
use ringfence_risk::filters::OrderFilters;
use ringfence_risk::filters::OrderSide::{Buy, Sell};
use ringfence_risk::plan::{MarginMode, PositionMode};
use ringfence_risk::position::Position;
use ringfence_risk::rule_set::{LiquidationStep, RuleSet};
use ringfence_risk::units::{Amount, Side};

/// A linear market without fees: half a percent maintenance up to 100×, positions at 10×.
pub(crate) fn plain() -> Listing {
    Listing {
        brackets: BracketTable::flat(read("0.005"), read("100")).unwrap(),
        fees: FeeSchedule { maker: read("0"), taker: read("0"), liquidation: read("0") },
        filters: OrderFilters { band_up: read("9"), band_down: read("0"), min_notional: read("0"), ..linear().filters },
        caps: RiskCaps { unwind_band: read("0.001"), ..linear().caps },
        ..linear()
    }
}

/// The same with a liquidation fee of a thousandth.
pub(crate) fn with_fee() -> Listing {
    Listing { fees: FeeSchedule { liquidation: read("0.001"), ..plain().fees }, ..plain() }
}

/// A plain market with other rules.
pub(crate) fn ruled(change: impl FnOnce(&mut RuleSet)) -> Listing {
    let mut listing = plain();
    change(&mut listing.rules);
    listing
}

/// The inverse market, without limits on prices.
pub(crate) fn coin(leverage: &str) -> Listing {
    let filters = OrderFilters { band_up: read("9"), band_down: read("0"), ..inverse().filters };
    Listing { default_leverage: read(leverage), filters, ..inverse() }
}

/// A second plain linear market.
pub(crate) const OTHER: MarketId = MarketId(2);

pub(crate) fn world(listing: Listing) -> World {
    let mut world = World::with(listing, coin("100"));
    world.run(&Command::ListMarket(Box::new(Listing { symbol: "ETHUSDT".to_owned(), ..plain() })));
    world.mark(OTHER, "1000");
    world
}

impl World {
    /// Opens more accounts, each with 10,000 USDT and 1 BTC.
    pub(crate) fn more_accounts(&mut self, count: u32) {
        for _ in 0..count {
            self.run(&Command::OpenAccount);
            let account = u32::try_from(self.engine.state().accounts().len()).unwrap() - 1;
            self.deposit(account, USDT, "10000");
            self.deposit(account, BTC, "1");
        }
    }

    fn join(&mut self, account: u32, market: MarketId) {
        let (account, known) = (AccountId(account), self.engine.state().market(market).unwrap());
        if known.participant(account).is_none() {
            self.engine.follow(&[Event::ParticipantJoined { market, account }]);
        }
    }

    /// Sets the leverage of an account that has no position.
    pub(crate) fn leverage(&mut self, account: u32, market: MarketId, leverage: &str) {
        self.join(account, market);
        for side in [Side::Long, Side::Short] {
            let account = AccountId(account);
            self.engine.follow(&[Event::LeverageSet { market, account, side, leverage: read(leverage) }]);
        }
    }

    /// Switches a market of an account without a position to cross.
    pub(crate) fn cross(&mut self, account: u32, market: MarketId) {
        self.join(account, market);
        for side in [Side::Long, Side::Short] {
            let account = AccountId(account);
            self.engine.follow(&[Event::MarginModeSet { market, account, side, mode: MarginMode::Cross }]);
        }
    }

    /// Switches an account without positions to hedge mode.
    pub(crate) fn hedge(&mut self, account: u32) {
        self.engine.follow(&[Event::PositionModeSet { account: AccountId(account), mode: PositionMode::Hedge }]);
    }

    /// One buys from the other.
    pub(crate) fn trade(&mut self, market: MarketId, (buyer, seller): (u32, u32), quantity: &str, price: &str) {
        self.run(&Command::Place(limit(seller, market, Sell, quantity, price)));
        self.run(&Command::Place(limit(buyer, market, Buy, quantity, price)));
    }

    pub(crate) fn bid(&mut self, account: u32, market: MarketId, quantity: &str, price: &str) {
        self.run(&Command::Place(limit(account, market, Buy, quantity, price)));
    }

    pub(crate) fn ask(&mut self, account: u32, market: MarketId, quantity: &str, price: &str) {
        self.run(&Command::Place(limit(account, market, Sell, quantity, price)));
    }

    pub(crate) fn insure(&mut self, market: MarketId, amount: &str) {
        self.run(&Command::FundInsurance { market, amount: read(amount) });
    }

    pub(crate) fn state_to(&mut self, market: MarketId, state: MarketState) {
        self.run(&Command::SetMarketState { market, state });
    }

    pub(crate) fn leg(&self, account: u32, market: MarketId, side: Side) -> Option<Position> {
        self.engine.state().market(market)?.participant(AccountId(account))?.positions().of(side)
    }

    /// Size of a position with its sign: `-0.4` is short.
    pub(crate) fn size(&self, account: u32, market: MarketId) -> String {
        match (self.leg(account, market, Side::Long), self.leg(account, market, Side::Short)) {
            (None, None) => "0".to_owned(),
            (Some(long), None) => long.quantity.to_string(),
            (None, Some(short)) => format!("-{}", short.quantity),
            (Some(long), Some(short)) => format!("{}/-{}", long.quantity, short.quantity),
        }
    }

    pub(crate) fn insurance(&self, market: MarketId) -> String {
        amount(self.engine.state().market(market).unwrap().ledger().insurance())
    }

    pub(crate) fn uncovered(&self, market: MarketId) -> String {
        amount(self.engine.state().market(market).unwrap().ledger().uncovered())
    }

    pub(crate) fn open_interest(&self, market: MarketId) -> String {
        amount(self.engine.state().market(market).unwrap().ledger().open_interest())
    }

    /// Side, size and cost of what the insurance fund holds.
    pub(crate) fn fund(&self, market: MarketId) -> Option<(Side, String, String)> {
        let fund = self.engine.state().market(market).unwrap().fund_position()?;
        Some((fund.side, fund.quantity.to_string(), fund.entry_value.to_string()))
    }

    /// The steps that the last command's liquidations took.
    pub(crate) fn steps(&self) -> Vec<LiquidationStep> {
        let step = |event: &Event| match event {
            Event::LiquidationStepTaken { step, .. } => Some(*step),
            _ => None,
        };
        self.events.iter().filter_map(step).collect()
    }

    /// Whom the last command liquidated, in order.
    pub(crate) fn liquidated(&self) -> Vec<(u32, MarketId, Side)> {
        let start = |event: &Event| match event {
            Event::LiquidationStarted(start) => start.account.map(|account| (account.0, start.market, start.side)),
            _ => None,
        };
        self.events.iter().filter_map(start).collect()
    }

    /// Whom the last command deleveraged, how many lots, at what value.
    pub(crate) fn deleveraged(&self) -> Vec<(u32, u64, String)> {
        let closed = |event: &Event| match event {
            Event::Deleveraged { account, lots, value, .. } => Some((account.0, lots.raw(), value.to_string())),
            _ => None,
        };
        self.events.iter().filter_map(closed).collect()
    }

    /// Whose profits the last command cut.
    pub(crate) fn haircuts(&self) -> Vec<(u32, String)> {
        let cut = |event: &Event| match event {
            Event::LossSocialised { account, amount, .. } => Some((account.0, amount.to_string())),
            _ => None,
        };
        self.events.iter().filter_map(cut).collect()
    }

    pub(crate) fn ends(&self) -> Vec<OrderEnd> {
        let end = |event: &Event| match event {
            Event::OrderEnded { end, .. } => Some(*end),
            _ => None,
        };
        self.events.iter().filter_map(end).collect()
    }

    /// Everything the venue holds for an asset, summed over all there is, is what was deposited.
    pub(crate) fn wallets(&self, asset: AssetId) -> Vec<String> {
        let accounts = u32::try_from(self.engine.state().accounts().len()).unwrap();
        (0..accounts).map(|account| self.free(account, asset)).collect()
    }
}

fn amount(raw: i128) -> String {
    Amount::from_wide(raw).unwrap().to_string()
}

/// Account 0 long 1 at 10,000 and 10×, account 1 short: bankrupt at 9,000, liquidated below 9,045.226….
pub(crate) fn one_long(listing: Listing) -> World {
    let mut world = world(listing);
    world.trade(LINEAR, (0, 1), "1", "10000");
    world
}

/// Account 0 short, account 1 long 10,000 contracts at 10,000 and 100×.
pub(crate) fn one_coin_long() -> World {
    let mut world = world(plain());
    world.trade(INVERSE, (0, 1), "10000", "10000");
    world
}
