//! What happened. Events alone rebuild the state: each names a fact with its results, so that applying it needs no rule and cannot fail.

mod liquidation;

pub use liquidation::LiquidationStart;

use ringfence_risk::filters::OrderSide;
use ringfence_risk::plan::{MarginMode, PositionMode};
use ringfence_risk::position::Position;
use ringfence_risk::rule_set::LiquidationStep;
use ringfence_risk::units::{Amount, Asset, IndexPrice, Leverage, MarkPrice, Notional, Price, Rate, Side};

use crate::book::{AccountId, Lots, Ticks};
use crate::command::{AutoAdd, Listing, MarketState, NewOrder};
use crate::feed::SourceId;
use crate::ids::{AssetId, MarketId, OrderId, TradeId};
use crate::time::Time;

/// One fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The clock moved.
    ClockAdvanced {
        /// The present time.
        to: Time,
    },
    /// An account was opened.
    AccountOpened {
        /// Its number.
        account: AccountId,
    },
    /// An asset was listed.
    AssetListed {
        /// Its name.
        asset: Asset,
    },
    /// A market was listed.
    MarketListed {
        /// Its number.
        market: MarketId,
        /// Its settlement asset.
        asset: AssetId,
        /// Its terms.
        listing: Box<Listing>,
    },
    /// A market's terms changed.
    MarketChanged {
        /// Which market.
        market: MarketId,
        /// The new terms.
        listing: Box<Listing>,
    },
    /// A market was opened, restricted, halted or settled.
    MarketStateSet {
        /// Which market.
        market: MarketId,
        /// The new state.
        state: MarketState,
    },
    /// An account took part in a market for the first time.
    ParticipantJoined {
        /// Which market.
        market: MarketId,
        /// Whose.
        account: AccountId,
    },
    /// Money moved between two accounts of the ledger.
    Posted(Posting),
    /// An order was taken in: it takes, rests or waits next.
    OrderAccepted {
        /// Its number.
        order: OrderId,
        /// Its quantity in lots.
        lots: Lots,
        /// Its price in ticks: its limit, or the worst price a market order may trade at.
        price: Ticks,
        /// The order as it was placed.
        placed: NewOrder,
    },
    /// What is left of an order went into the book, last in line at its price.
    OrderRested {
        /// Which market.
        market: MarketId,
        /// Which order.
        order: OrderId,
        /// What it would lose at once against the mark.
        open_loss: Amount,
    },
    /// A waiting order was set off; it acts next, at this price or better.
    OrderTriggered {
        /// Which market.
        market: MarketId,
        /// Which order.
        order: OrderId,
        /// Its quantity in lots.
        lots: Lots,
        /// Its price in ticks.
        price: Ticks,
    },
    /// An order was filled, in whole or in part.
    OrderFilled {
        /// Which market.
        market: MarketId,
        /// Which order.
        order: OrderId,
        /// How much.
        lots: Lots,
        /// The value of the fill.
        value: Notional,
    },
    /// A resting order has a new price or quantity.
    OrderAmended {
        /// Which market.
        market: MarketId,
        /// Which order.
        order: OrderId,
        /// Its price.
        price: Ticks,
        /// What is left of it.
        lots: Lots,
        /// What it would lose at once against the mark.
        open_loss: Amount,
        /// Whether it keeps its place in line.
        queue: QueuePlace,
    },
    /// A resting order was taken out of the book to act again, with a new price or quantity.
    OrderPulled {
        /// Which market.
        market: MarketId,
        /// Which order.
        order: OrderId,
        /// Its price.
        price: Ticks,
        /// What is left of it.
        lots: Lots,
    },
    /// An order lost a part that will not fill; the rest stays where it is.
    OrderShrunk {
        /// Which market.
        market: MarketId,
        /// Which order.
        order: OrderId,
        /// By how much.
        lots: Lots,
    },
    /// An order is gone.
    OrderEnded {
        /// Which market.
        market: MarketId,
        /// Which order.
        order: OrderId,
        /// Why.
        end: OrderEnd,
    },
    /// Two orders traded.
    Traded(Trade),
    /// A position is now this.
    PositionSet {
        /// Where.
        market: MarketId,
        /// Whose; the insurance fund's without one.
        account: Option<AccountId>,
        /// Which leg.
        side: Side,
        /// The position; `None` when closed.
        position: Option<Position>,
    },
    /// The leverage of a leg was set.
    LeverageSet {
        /// Where.
        market: MarketId,
        /// Whose.
        account: AccountId,
        /// Which leg.
        side: Side,
        /// Its leverage.
        leverage: Leverage,
    },
    /// A leg was switched between isolated and cross.
    MarginModeSet {
        /// Where.
        market: MarketId,
        /// Whose.
        account: AccountId,
        /// Which leg.
        side: Side,
        /// The new mode.
        mode: MarginMode,
    },
    /// An account was switched between one-way and hedge.
    PositionModeSet {
        /// Whose.
        account: AccountId,
        /// The new mode.
        mode: PositionMode,
    },
    /// Automatic margin was switched on or off.
    AutoAddSet {
        /// Where.
        market: MarketId,
        /// Whose.
        account: AccountId,
        /// On or off.
        setting: AutoAdd,
    },
    /// A countdown was set, or ended.
    CountdownSet {
        /// Where.
        market: MarketId,
        /// Whose.
        account: AccountId,
        /// When all orders are cancelled.
        at: Option<Time>,
    },
    /// A source of the index quoted a price.
    IndexQuoted {
        /// Which market.
        market: MarketId,
        /// Which source.
        source: SourceId,
        /// Its price.
        price: IndexPrice,
    },
    /// The index is now this.
    IndexSet {
        /// Which market.
        market: MarketId,
        /// The index.
        index: IndexPrice,
    },
    /// A mark was put before the guard: taken if it is believed.
    MarkOffered {
        /// Which market.
        market: MarketId,
        /// The mark.
        mark: MarkPrice,
    },
    /// The mark is now this.
    MarkMoved {
        /// Which market.
        market: MarketId,
        /// The mark.
        mark: MarkPrice,
    },
    /// The book was compared with the index, for the mark's moving average.
    BasisSampled {
        /// Which market.
        market: MarketId,
        /// Best bid and ask.
        touch: (Price, Price),
    },
    /// The premium of the contract over the index was sampled.
    PremiumSampled {
        /// Which market.
        market: MarketId,
        /// The premium.
        premium: Rate,
    },
    /// The rate of the next settlement is now this.
    FundingRateSet {
        /// Which market.
        market: MarketId,
        /// The rate.
        rate: Rate,
        /// Whether it was set by hand, so that premiums do not change it.
        source: RateSource,
    },
    /// The next funding settlement is due then.
    FundingScheduled {
        /// Which market.
        market: MarketId,
        /// When; `None` where there is no funding any more.
        next: Option<Time>,
    },
    /// Funding was settled.
    FundingSettled {
        /// Which market.
        market: MarketId,
        /// At which rate.
        rate: Rate,
        /// At which mark.
        mark: MarkPrice,
        /// When the next settlement is due.
        next: Time,
    },
    /// A liquidation began.
    LiquidationStarted(LiquidationStart),
    /// A step of a liquidation was taken.
    LiquidationStepTaken {
        /// Where.
        market: MarketId,
        /// Whose; the insurance fund's without one.
        account: Option<AccountId>,
        /// Which leg.
        side: Side,
        /// Which step.
        step: LiquidationStep,
        /// How much it closed.
        lots: Lots,
        /// At what value.
        value: Notional,
    },
    /// A position was closed against a bankrupt one.
    Deleveraged {
        /// Where.
        market: MarketId,
        /// Whose position was closed.
        account: AccountId,
        /// Which leg.
        side: Side,
        /// How much.
        lots: Lots,
        /// At what value.
        value: Notional,
    },
    /// An uncovered loss was taken from a position's unrealised profit.
    LossSocialised {
        /// Where.
        market: MarketId,
        /// Whose.
        account: AccountId,
        /// Which leg.
        side: Side,
        /// How much.
        amount: Amount,
    },
    /// A liquidation is over.
    LiquidationEnded {
        /// Where.
        market: MarketId,
        /// Whose; the insurance fund's without one.
        account: Option<AccountId>,
        /// Which leg.
        side: Side,
    },
}

/// Whether an order keeps its place in line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QueuePlace {
    /// It does.
    Kept,
    /// It is last at its price now.
    Lost,
}

/// Where a funding rate comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RateSource {
    /// From premiums.
    Premium,
    /// It was set.
    Set,
}

/// One entry of the ledger: the same amount leaves one account and enters another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posting {
    /// Which asset.
    pub asset: AssetId,
    /// Where it leaves.
    pub from: LedgerAccount,
    /// Where it enters.
    pub to: LedgerAccount,
    /// How much; greater than zero.
    pub amount: Amount,
    /// What for.
    pub reason: Reason,
}

/// An account of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LedgerAccount {
    /// The world: what was deposited and not withdrawn is owed to it.
    Outside,
    /// Free money of an account.
    Wallet(AccountId),
    /// Held for the open orders of an account in a market.
    Hold(AccountId, MarketId),
    /// The margin of an isolated position: its box.
    Margin(AccountId, MarketId, Side),
    /// Fees earned.
    Fees,
    /// A market's insurance fund.
    Insurance(MarketId),
    /// Where realised profits come from and losses go to: minus the cost basis of the open positions.
    Settlement(MarketId),
    /// Funding on its way from payers to receivers; empty between commands.
    Funding(MarketId),
    /// What nobody could cover: the venue's own loss.
    Uncovered(MarketId),
}

/// Why money moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// It came from outside.
    Deposit,
    /// It left.
    Withdrawal,
    /// From one account to another, or from outside into an insurance fund or an uncovered loss.
    Transfer,
    /// Held for open orders, or given back.
    OrderHold,
    /// Profit or loss of what was closed.
    RealisedProfit,
    /// Fee of a trade.
    TradingFee,
    /// Margin posted at opening.
    MarginPosted,
    /// Margin given back at closing, profit or loss included.
    MarginReleased,
    /// Margin added or removed by hand.
    MarginMoved,
    /// Margin drawn by itself.
    MarginAutoAdded,
    /// A leverage change.
    LeverageChange,
    /// A switch between isolated and cross.
    ModeSwitch,
    /// Funding.
    Funding,
    /// Fee of a liquidation, to the insurance fund.
    LiquidationFee,
    /// The insurance fund covers a deficit.
    InsurancePayout,
    /// Profit or loss of the insurance fund's own trades.
    InsuranceTrade,
    /// A deficit was spread over unrealised profits.
    Socialised,
}

/// Why an order is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OrderEnd {
    /// All of it filled.
    Filled,
    /// Its owner cancelled it.
    Cancelled,
    /// It was to trade at once, and what was left found nobody.
    ImmediateOrCancel,
    /// Not all of it could trade at once; nothing did.
    FillOrKill,
    /// Its time was up.
    Expired,
    /// It met an order of its own account.
    SelfTrade,
    /// Its countdown ran out.
    Countdown,
    /// Filling (more of) it was not affordable, or would have been liquidated at once.
    Unaffordable,
    /// It may only reduce, and there is nothing left to reduce.
    NothingToReduce,
    /// When it was triggered it could not be placed.
    TriggerRefused,
    /// Its account was liquidated.
    Liquidated,
    /// Its market was settled.
    MarketSettled,
}

/// A trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trade {
    /// Where.
    pub market: MarketId,
    /// Its number.
    pub id: TradeId,
    /// At what price.
    pub price: Ticks,
    /// How much.
    pub lots: Lots,
    /// What it is worth: the same for both.
    pub value: Notional,
    /// Whether the taker bought or sold.
    pub taker_side: OrderSide,
    /// The resting order.
    pub maker_order: OrderId,
    /// Whose it is.
    pub maker: AccountId,
    /// The order that took; `None` for the order of a liquidation or of the insurance fund.
    pub taker_order: Option<OrderId>,
    /// Whose it is; the insurance fund's without one.
    pub taker: Option<AccountId>,
}
