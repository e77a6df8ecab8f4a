//! What an account's logs hold.

use ringfence_engine::book::{AccountId, SelfTrade, Ticks};
use ringfence_engine::client_ids::ClientOrderId;
use ringfence_engine::command::{Lifetime, NewOrder, OrderKind, PositionSide, Purpose};
use ringfence_engine::event::OrderEnd;
use ringfence_engine::ids::{AssetId, MarketId, OrderId, TradeId};
use ringfence_engine::query::LiquidationStory;
use ringfence_engine::time::Time;
use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::contract::Contract;
use ringfence_risk::filters::OrderSide;
use ringfence_risk::plan::Liquidity;
use ringfence_risk::rule_set::LiquidationStep;
use ringfence_risk::units::{Amount, Notional, Price, Quantity};
use serde::{Deserialize, Serialize};

use super::order::{RecordedOrder, Stage, average};
use super::raw;

/// A trade as one of its two parties knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserTrade {
    /// Whose.
    #[serde(with = "raw")]
    pub account: AccountId,
    /// Where.
    #[serde(with = "raw")]
    pub market: MarketId,
    /// Its number, the same for both parties.
    #[serde(with = "raw")]
    pub id: TradeId,
    /// Which order filled.
    pub order: TradeOrder,
    /// Bought or sold.
    #[serde(with = "raw")]
    pub side: OrderSide,
    /// Which position it was for.
    #[serde(with = "raw")]
    pub position_side: PositionSide,
    /// At what price.
    #[serde(with = "raw")]
    pub price: Price,
    /// How much.
    #[serde(with = "raw")]
    pub quantity: Quantity,
    /// What it is worth, in the settlement asset.
    #[serde(with = "raw")]
    pub value: Notional,
    /// Whether its order rested or took.
    #[serde(with = "raw")]
    pub liquidity: Liquidity,
    /// The trading fee; below zero for a rebate. A liquidation's own trades pay none here: their fee is an income of its own.
    #[serde(with = "raw")]
    pub fee: Amount,
    /// Profit or loss of what this trade closed, before the fee.
    #[serde(with = "raw")]
    pub realised: Amount,
    /// The asset of value, fee and profit.
    #[serde(with = "raw")]
    pub asset: AssetId,
    /// When.
    #[serde(with = "raw")]
    pub time: Time,
}

/// The order behind a trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TradeOrder {
    /// One that was placed.
    Placed(#[serde(with = "raw")] OrderId),
    /// One of a liquidation: the number of the [`ForcedOrder`].
    Forced(u64),
}

/// Money that came to an account or went from it. All of an account's incomes in an asset sum to its wallet, as long as none was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Income {
    /// Its number: unique in the exchange, and later ones are greater.
    pub id: u64,
    /// Whose.
    #[serde(with = "raw")]
    pub account: AccountId,
    /// Which market it came from, if from one.
    #[serde(with = "raw")]
    pub market: Option<MarketId>,
    /// What for.
    pub kind: IncomeKind,
    /// How much; below zero for what went.
    #[serde(with = "raw")]
    pub amount: Amount,
    /// Which asset.
    #[serde(with = "raw")]
    pub asset: AssetId,
    /// When.
    #[serde(with = "raw")]
    pub time: Time,
    /// The trade it belongs to, if to one.
    #[serde(with = "raw")]
    pub trade: Option<TradeId>,
}

/// What an income is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum IncomeKind {
    /// Money from outside.
    Deposit,
    /// Money that left.
    Withdrawal,
    /// Money from or to another account.
    Transfer,
    /// Profit or loss of what was closed, before fees. What funding or a socialised loss takes out of a profit that is still open counts as realised,
    /// too: the cost basis was made worse by as much.
    RealisedProfit,
    /// Fee of a trade; above zero for a rebate.
    Commission,
    /// Funding: one entry for what a position paid or received at a settlement.
    Funding,
    /// A liquidation's fee, what the insurance fund or the venue paid in, and what was taken from profits to cover a bankrupt position.
    InsuranceClear,
}

/// Money that entered or left the margin of an isolated position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarginChange {
    /// Its number: unique in the exchange, and later ones are greater.
    pub id: u64,
    /// Whose.
    #[serde(with = "raw")]
    pub account: AccountId,
    /// Where.
    #[serde(with = "raw")]
    pub market: MarketId,
    /// Which position.
    #[serde(with = "raw")]
    pub position_side: PositionSide,
    /// Why.
    pub cause: MarginCause,
    /// How much; below zero for what left.
    #[serde(with = "raw")]
    pub amount: Amount,
    /// Which asset.
    #[serde(with = "raw")]
    pub asset: AssetId,
    /// When.
    #[serde(with = "raw")]
    pub time: Time,
}

/// Why the margin of a position changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum MarginCause {
    /// By request.
    UserAdjust,
    /// By opening or closing; for what was closed, its profit or loss is not part of it.
    Trade,
    /// By funding.
    Funding,
    /// The position drew it by itself.
    AutoAdd,
    /// By a leverage change.
    LeverageChange,
    /// By a switch between isolated and cross.
    ModeSwitch,
    /// By a liquidation: its own, or another's that it was closed against.
    Liquidation,
}

/// What was closed by force in one step of a liquidation, or closed against a bankrupt position.
///
/// The engine has no order for it. Its number is of a sequence of its own, from 1, common to all markets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForcedOrder {
    /// Its number.
    pub id: u64,
    /// Whose position was closed.
    #[serde(with = "raw")]
    pub account: AccountId,
    /// Where.
    #[serde(with = "raw")]
    pub market: MarketId,
    /// The side that closes it.
    #[serde(with = "raw")]
    pub side: OrderSide,
    /// Which position.
    #[serde(with = "raw")]
    pub position_side: PositionSide,
    /// Why.
    pub kind: ForcedKind,
    /// How much.
    #[serde(with = "raw")]
    pub quantity: Quantity,
    /// At what value, in the settlement asset.
    #[serde(with = "raw")]
    pub value: Notional,
    /// Profit or loss of what it closed, before the liquidation fee; in the settlement asset.
    #[serde(with = "raw")]
    pub realised: Amount,
    /// The last order and the last trade of its market before it ended: it comes right after them.
    pub follows: Place,
    /// When.
    #[serde(with = "raw")]
    pub time: Time,
}

/// A moment in a market: after which order and which trade. Zero for before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The last order that was taken in.
    pub order: u64,
    /// The last trade.
    pub trade: u64,
}

/// Why a position was closed by force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ForcedKind {
    /// A step of its own liquidation.
    Liquidation(#[serde(with = "raw")] LiquidationStep),
    /// It was closed against a bankrupt position.
    Deleveraged,
}

impl ForcedKind {
    /// Whether it trades in the book; otherwise the insurance fund or other positions take all of it at once, and there is no trade.
    #[must_use]
    pub const fn trades(self) -> bool {
        match self {
            Self::Liquidation(
                LiquidationStep::CancelOrders | LiquidationStep::StepDownBracket | LiquidationStep::ImmediateOrder,
            ) => true,
            Self::Liquidation(
                LiquidationStep::InsuranceTakeover | LiquidationStep::AutoDeleverage | LiquidationStep::SocialiseLoss,
            )
            | Self::Deleveraged => false,
        }
    }
}

impl ForcedOrder {
    /// Numbers of orders and trades from here on are those of forced orders: no market ever has as many, and every JSON reader keeps them.
    pub const FIRST: u64 = 1 << 52;

    /// Its number among orders, and that of its fill among trades where it did not trade.
    #[must_use]
    pub const fn number(&self) -> u64 {
        Self::FIRST.saturating_add(self.id)
    }

    /// The name it has as an order: one that its owner can give no order.
    #[must_use]
    pub fn name(&self) -> String {
        match self.kind {
            ForcedKind::Liquidation(_) => format!("{LIQUIDATION_NAME}{}", self.id),
            ForcedKind::Deleveraged => DELEVERAGED_NAME.to_owned(),
        }
    }

    /// Whether this is its [`name`](Self::name).
    #[must_use]
    pub fn is_named(&self, name: &str) -> bool {
        match self.kind {
            ForcedKind::Liquidation(_) => name.strip_prefix(LIQUIDATION_NAME).is_some_and(|number| number.parse() == Ok(self.id)),
            ForcedKind::Deleveraged => name == DELEVERAGED_NAME,
        }
    }

    /// As an order: a limit order at its average price, all of which filled at once.
    #[must_use]
    pub fn as_order(&self, contract: &Contract) -> RecordedOrder {
        let price = self.average_price(contract).ok().flatten();
        let kind = match price {
            Some(price) => OrderKind::Limit { price, lifetime: Lifetime::ImmediateOrCancel },
            None => OrderKind::Market,
        };
        let placed = NewOrder {
            account: self.account,
            market: self.market,
            side: self.side,
            position_side: self.position_side,
            quantity: self.quantity,
            kind,
            purpose: Purpose::Any,
            self_trade: SelfTrade::ExpireTaker,
            client_id: self.name().parse().ok(),
        };
        RecordedOrder {
            order: OrderId(self.number()),
            placed,
            price,
            quantity: self.quantity,
            executed: self.quantity,
            left: Quantity::ZERO,
            executed_value: self.value,
            stage: Stage::Ended(OrderEnd::Filled),
            triggered: None,
            created: self.time,
            updated: self.time,
            amendments: 0,
            ticks: Ticks::LEAST,
        }
    }

    /// The fill of what did not trade, under a number of its own; `None` for what did: its trades are.
    #[must_use]
    pub fn fill(&self, contract: &Contract, asset: AssetId) -> Option<UserTrade> {
        if self.kind.trades() {
            return None;
        }
        Some(UserTrade {
            account: self.account,
            market: self.market,
            id: TradeId(self.number()),
            order: TradeOrder::Forced(self.id),
            side: self.side,
            position_side: self.position_side,
            price: self.average_price(contract).ok().flatten().unwrap_or(Price::LEAST),
            quantity: self.quantity,
            value: self.value,
            liquidity: Liquidity::Transfer,
            fee: Amount::ZERO,
            realised: self.realised,
            asset,
            time: self.time,
        })
    }

    /// The average price, to the nearest 10⁻⁸; `None` where it was closed at no value.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond the greatest price.
    pub fn average_price(&self, contract: &Contract) -> Result<Option<Price>, OutOfRange> {
        average(contract, self.quantity, self.value)
    }
}

/// What the names of liquidations' orders begin with.
const LIQUIDATION_NAME: &str = "autoclose-";
/// The name of every order that closes a position against a bankrupt one.
const DELEVERAGED_NAME: &str = "adl_autoclose";

/// A liquidation, told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedLiquidation {
    /// Its number: unique in the exchange, and later ones are greater.
    pub id: u64,
    /// When.
    #[serde(with = "raw")]
    pub time: Time,
    /// What happened.
    #[serde(with = "raw")]
    pub story: LiquidationStory,
}

/// A change of an open order's terms by its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedAmendment {
    /// Its number: unique in the exchange, and later ones are greater.
    pub id: u64,
    /// Whose order.
    #[serde(with = "raw")]
    pub account: AccountId,
    /// Where.
    #[serde(with = "raw")]
    pub market: MarketId,
    /// Which order.
    #[serde(with = "raw")]
    pub order: OrderId,
    /// Its owner's name for it.
    #[serde(with = "raw")]
    pub client_id: Option<ClientOrderId>,
    /// The terms before.
    pub before: OrderTerms,
    /// The terms after.
    pub after: OrderTerms,
    /// The how-manieth amendment of the order it is, from 1.
    pub count: u32,
    /// When.
    #[serde(with = "raw")]
    pub time: Time,
}

/// Price and quantity of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderTerms {
    /// Its limit.
    #[serde(with = "raw")]
    pub price: Price,
    /// Its quantity, counting what has filled.
    #[serde(with = "raw")]
    pub quantity: Quantity,
}
