//! Everything that can be asked of an exchange. Time, prices, funding and parameters are commands, too: there is no timer inside.

use ringfence_risk::bracket::BracketTable;
use ringfence_risk::contract::ContractSpec;
use ringfence_risk::fee::FeeSchedule;
use ringfence_risk::filters::{OrderFilters, OrderSide};
use ringfence_risk::funding::FundingTerms;
use ringfence_risk::plan::{MarginMode, MarginMove, PositionMode};
use ringfence_risk::rule_set::RuleSet;
use ringfence_risk::units::{Amount, Asset, IndexPrice, Leverage, MarkPrice, Notional, Price, Quantity, Rate, Side};

use crate::book::{AccountId, SelfTrade};
use crate::client_ids::ClientOrderId;
use crate::conditional::WatchedPrice;
use crate::feed::{GuardRule, IndexRule, SourceId};
use crate::ids::{AssetId, MarketId, OrderId};
use crate::time::Time;

/// One thing asked of the exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// The clock moves on; what is due happens: orders expire, countdowns cancel, premiums are sampled, funding settles, stale prices are noticed.
    AdvanceTime {
        /// The present time. Never earlier than before.
        to: Time,
    },
    /// Opens the next account. Accounts are numbered from 0.
    OpenAccount,
    /// Lists the next asset.
    ListAsset {
        /// Its name.
        asset: Asset,
    },
    /// Lists the next market.
    ListMarket(Box<Listing>),
    /// Changes what a market was listed with: validated whole, in force for open positions and orders at once. Contract and symbol stay.
    ChangeMarket {
        /// Which market.
        market: MarketId,
        /// The new terms.
        listing: Box<Listing>,
    },
    /// Opens, restricts, halts or settles a market.
    SetMarketState {
        /// Which market.
        market: MarketId,
        /// The new state.
        state: MarketState,
    },
    /// Money comes in from outside.
    Deposit(Transfer),
    /// Money leaves. None of an asset does while a loss of the venue in that asset is uncovered.
    Withdraw(Transfer),
    /// Money goes from one account to another.
    TransferBetween {
        /// From whom.
        from: AccountId,
        /// To whom, which asset, how much.
        to: Transfer,
    },
    /// Money from outside enters a market's insurance fund. The market's uncovered losses are paid first, and only the rest stays in the fund.
    FundInsurance {
        /// Which market.
        market: MarketId,
        /// How much of its settlement asset.
        amount: Amount,
    },
    /// Places an order.
    Place(NewOrder),
    /// Places several orders, each on its own: some may be refused.
    PlaceBatch(Vec<NewOrder>),
    /// Gives a resting order a new price or quantity.
    Amend(Amendment),
    /// Cancels an order.
    Cancel(OrderRef),
    /// Cancels several orders, each on its own.
    CancelBatch(Vec<OrderRef>),
    /// Cancels all orders of an account in a market.
    CancelAll {
        /// Whose.
        account: AccountId,
        /// Where.
        market: MarketId,
    },
    /// Cancels all orders of an account in a market unless it is asked again in time.
    CountdownCancel {
        /// Whose.
        account: AccountId,
        /// Where.
        market: MarketId,
        /// In how many milliseconds; 0 ends the countdown.
        after_ms: u64,
    },
    /// Sets the leverage of a position, or of both legs of a hedged one.
    SetLeverage {
        /// Whose, where and which leg.
        leg: LegRef,
        /// The new leverage.
        leverage: Leverage,
    },
    /// Adds margin to an isolated position or takes some out.
    MoveMargin {
        /// Whose, where and which leg.
        leg: LegRef,
        /// Which way and how much.
        movement: MarginMove,
    },
    /// Switches a position between isolated and cross: both legs of a hedged one, or one of them where the rule set gives each its own mode.
    SetMarginMode {
        /// Whose, where and which leg.
        leg: LegRef,
        /// The new mode.
        mode: MarginMode,
    },
    /// Switches an account between one-way and hedge.
    SetPositionMode {
        /// Whose.
        account: AccountId,
        /// The new mode.
        mode: PositionMode,
    },
    /// Whether isolated positions of this account in this market may draw margin by themselves before they are liquidated.
    SetAutoAddMargin {
        /// Whose.
        account: AccountId,
        /// Where.
        market: MarketId,
        /// On or off.
        setting: AutoAdd,
    },
    /// A spot market's price, one of the sources of the index.
    QuoteIndex {
        /// Which market's index.
        market: MarketId,
        /// Which source.
        source: SourceId,
        /// Its price.
        price: IndexPrice,
    },
    /// Sets mark and index directly: recorded markets, local control. Guarded like every other mark.
    SetMark {
        /// Which market.
        market: MarketId,
        /// The mark.
        mark: MarkPrice,
        /// The index.
        index: IndexPrice,
    },
    /// Sets the rate of the next funding settlement, in place of the one that premiums give.
    SetFundingRate {
        /// Which market.
        market: MarketId,
        /// The rate.
        rate: Rate,
    },
    /// Settles funding now instead of when it is due.
    SettleFunding {
        /// Which market.
        market: MarketId,
    },
}

/// Money moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Whose wallet.
    pub account: AccountId,
    /// Which asset.
    pub asset: AssetId,
    /// How much; greater than zero.
    pub amount: Amount,
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AutoAdd {
    /// The position is liquidated when its margin is used up.
    Off,
    /// It draws on the available balance first.
    On,
}

/// Which position an order or a setting is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PositionSide {
    /// One-way mode: the position, whichever way it is.
    Both,
    /// Hedge mode: the long leg.
    Long,
    /// Hedge mode: the short leg.
    Short,
}

/// A position by account, market and leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LegRef {
    /// Whose.
    pub account: AccountId,
    /// Where.
    pub market: MarketId,
    /// Which leg.
    pub side: PositionSide,
}

/// An order to be placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewOrder {
    /// Whose.
    pub account: AccountId,
    /// Where.
    pub market: MarketId,
    /// Buys or sells.
    pub side: OrderSide,
    /// Which position it is for.
    pub position_side: PositionSide,
    /// How much. Zero for an order that closes the whole position.
    pub quantity: Quantity,
    /// At what price, and when.
    pub kind: OrderKind,
    /// What it may do to the position.
    pub purpose: Purpose,
    /// What happens when it meets an order of its own account.
    pub self_trade: SelfTrade,
    /// The account's own name for it, unique for good.
    pub client_id: Option<ClientOrderId>,
}

/// What an order may do to the position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// Open, increase, reduce or turn it.
    Any,
    /// Only reduce it; shrinks with it.
    ReduceOnly,
    /// Close all of it when triggered.
    ClosePosition,
}

/// The price of an order and when it acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderKind {
    /// At once, at this price or better.
    Limit {
        /// The price.
        price: Price,
        /// What happens to the part that finds no counterparty at once.
        lifetime: Lifetime,
    },
    /// At once, at the best prices within the market's price band; what finds no counterparty expires.
    Market,
    /// When the watched price reaches a trigger.
    Conditional {
        /// Which price is watched.
        watched: WatchedPrice,
        /// What sets it off.
        trigger: Trigger,
        /// What it becomes.
        then: Triggered,
    },
}

/// How long a limit order lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lifetime {
    /// GTC: until cancelled.
    GoodTillCancel,
    /// IOC: what does not fill at once expires.
    ImmediateOrCancel,
    /// FOK: all of it fills at once, or nothing.
    FillOrKill,
    /// GTX: refused if any of it would fill at once.
    PostOnly,
    /// GTD: until this time.
    GoodTillDate(Time),
}

/// What sets a waiting order off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// A stop: a buy waits for the price to rise to it, a sell for it to fall.
    Stop(Price),
    /// A take-profit: a buy waits for the price to fall to it, a sell for it to rise.
    TakeProfit(Price),
    /// A trailing stop: follows the best price since activation at this distance.
    Trailing {
        /// The distance, as a share of the best price.
        callback: Rate,
        /// Follows from this price on; from the start without one.
        activation: Option<Price>,
    },
}

/// What a waiting order becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Triggered {
    /// A market order.
    Market,
    /// A limit order.
    Limit {
        /// Its price.
        price: Price,
        /// Its lifetime.
        lifetime: Lifetime,
    },
}

/// An order by its number or by its owner's name for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderRef {
    /// Whose.
    pub account: AccountId,
    /// Where.
    pub market: MarketId,
    /// Which.
    pub name: OrderName,
}

/// How an order is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderName {
    /// By number.
    Id(OrderId),
    /// By its owner's name.
    Client(ClientOrderId),
}

/// New terms of a resting limit order. At the same price with no more quantity it keeps its place in line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amendment {
    /// Which order.
    pub order: OrderRef,
    /// Its new price.
    pub price: Price,
    /// Its new quantity, counting what was filled before.
    pub quantity: Quantity,
}

/// What a market lets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MarketState {
    /// Everything.
    Open,
    /// Orders that rest or reduce; nothing that opens at once.
    PostOnly,
    /// Orders that reduce, and cancels.
    ReduceOnly,
    /// Cancels.
    CancelOnly,
    /// Nothing; marks do not liquidate.
    Halted,
    /// Closed for good: every order was cancelled and every position closed at the last mark.
    Settled,
}

/// Where a market's mark comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MarkSource {
    /// The median of index plus funding basis, index plus book basis, and last trade; a quote of the index moves it.
    Median,
    /// Set directly.
    Direct,
}

/// Funding of a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FundingSchedule {
    /// Interest, band, cap, settlements per eight hours.
    pub terms: FundingTerms,
    /// Milliseconds between settlements; 0 for a market without funding.
    pub interval_ms: u64,
    /// Milliseconds between samples of the premium.
    pub sample_every_ms: u64,
    /// Notional, in quote currency, of the order whose average price gives the premium.
    pub impact_notional: Notional,
}

/// Where prices come from and when they are believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedTerms {
    /// Where the mark comes from.
    pub mark_source: MarkSource,
    /// When sources of the index are believed.
    pub index: IndexRule,
    /// When a mark is believed.
    pub guard: GuardRule,
    /// Samples in the moving average of the book's basis.
    pub basis_samples: u16,
    /// Milliseconds between them.
    pub basis_every_ms: u64,
}

/// The caps that keep one market from sinking an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RiskCaps {
    /// Above this open interest, in value at the mark, initial margin rises in a straight line…
    pub open_interest_lower: Notional,
    /// …to the whole value here, where no more is opened. Equal bounds switch the rise off.
    pub open_interest_upper: Notional,
    /// How far from the mark the insurance fund trades what it took over.
    pub unwind_band: Rate,
    /// How much less the insurance fund may be worth at the mark after one liquidation: its money, and what its own position would bring there.
    /// What is missing beyond it goes on to auto-deleveraging and socialisation, as if the fund were empty. Without one the fund gives all it has.
    pub insurance_per_liquidation: Option<Amount>,
    /// How much of the insurance fund's money may be lost in one hour of engine time, from full hour to full hour since the clock's zero: payouts,
    /// losses of the fund's own trades and its funding, less what others made good of them. Beyond it, as if the fund were empty.
    /// A cap that is set below what the hour has lost already counts as just reached.
    pub insurance_per_hour: Option<Amount>,
}

/// What a market is listed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Its name, such as `BTCUSDT`: 1 to 32 characters.
    pub symbol: String,
    /// The contract.
    pub contract: ContractSpec,
    /// Leverage brackets.
    pub brackets: BracketTable,
    /// The rule set.
    pub rules: RuleSet,
    /// Fees.
    pub fees: FeeSchedule,
    /// Limits on single orders.
    pub filters: OrderFilters,
    /// Funding.
    pub funding: FundingSchedule,
    /// Prices.
    pub feed: FeedTerms,
    /// Caps.
    pub caps: RiskCaps,
    /// Leverage of a position nobody has set another for.
    pub default_leverage: Leverage,
    /// Margin mode where nobody has set another.
    pub default_margin_mode: MarginMode,
}

impl PositionSide {
    /// The leg a side names.
    #[must_use]
    pub const fn of(side: Side) -> Self {
        match side {
            Side::Long => Self::Long,
            Side::Short => Self::Short,
        }
    }
}
