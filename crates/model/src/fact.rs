//! The history: what was decided and what the market did. Money follows from it, and is not part of it where a rule can say it.

use num_bigint::BigInt;
use ringfence_engine::book::AccountId;
use ringfence_engine::command::PositionSide;
use ringfence_engine::event::LedgerAccount;
use ringfence_engine::ids::{AssetId, MarketId};
use ringfence_risk::filters::OrderSide;
use ringfence_risk::plan::MarginMode;
use ringfence_risk::units::{Leverage, Rate, Side};

use crate::terms::Terms;

/// A position's place. Without an account it is the insurance fund's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LegKey {
    /// Where.
    pub market: MarketId,
    /// Whose.
    pub account: Option<AccountId>,
    /// Which leg.
    pub side: Side,
}

impl core::fmt::Display for LegKey {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.account {
            Some(account) => write!(formatter, "{} of account {} in market {}", self.side, account.0, self.market.0),
            None => write!(formatter, "{} of the insurance fund in market {}", self.side, self.market.0),
        }
    }
}

/// Where what a closing fill leaves goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proceeds {
    /// To its owner.
    Owner,
    /// It stays with the position in liquidation until the liquidation says.
    Liquidation,
}

/// A fill as one of its two parties sees it.
#[derive(Clone, Debug)]
pub(crate) struct Fill {
    pub(crate) market: MarketId,
    pub(crate) account: Option<AccountId>,
    /// One-way, or which leg.
    pub(crate) leg: PositionSide,
    pub(crate) side: OrderSide,
    pub(crate) quantity: BigInt,
    pub(crate) value: BigInt,
    /// The price it traded at; a takeover has none.
    pub(crate) price: Option<BigInt>,
    pub(crate) proceeds: Proceeds,
}

/// A funding settlement, with what wallets held at that moment.
#[derive(Clone, Debug)]
pub(crate) struct Funding {
    pub(crate) market: MarketId,
    pub(crate) rate: Rate,
    pub(crate) mark: BigInt,
    /// What each wallet held.
    pub(crate) wallets: Vec<(AccountId, BigInt)>,
    /// What boxes that draw by themselves took from wallets for what they could not pay.
    pub(crate) drawn: Vec<(AccountId, BigInt)>,
    /// What the insurance fund may lose by it: all it has without a cap.
    pub(crate) left: Option<BigInt>,
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub(crate) enum Fact {
    /// A market has these terms from now on.
    Terms(MarketId, Box<Terms>),
    /// An account takes part.
    Joined(MarketId, AccountId, Leverage, MarginMode),
    /// Money came from outside (negative: left), or from another account.
    Moved { account: AccountId, asset: AssetId, amount: BigInt, outside: BigInt },
    /// An insurance fund was given money: what nobody covered before is paid of it first.
    InsuranceFunded(MarketId, BigInt),
    /// A position was traded or transferred.
    Filled(Fill),
    /// A trading fee (negative: a rebate) was charged.
    Fee(AccountId, MarketId, BigInt),
    /// Margin was added by hand or by itself (negative: removed).
    MarginMoved(LegKey, BigInt),
    /// A leverage was set; so much was given back where the rule leaves room.
    Leverage { leg: LegKey, leverage: Leverage, freed: BigInt },
    /// A margin mode was set; so much was put into the leg's box.
    Mode { leg: LegKey, mode: MarginMode, posted: BigInt },
    /// Funding was settled.
    Funding(Funding),
    /// A loss was put on a position's cost basis.
    Socialised(LegKey, BigInt),
    /// A liquidation moved money, as it decided: leg boxes, wallets, insurance, fees, what is uncovered.
    Flow { asset: AssetId, from: LedgerAccount, to: LedgerAccount, amount: BigInt },
    /// What a liquidation left with an open position became its margin.
    Retained(LegKey),
    /// A market was settled: every position was closed at this mark.
    Settled(MarketId, BigInt),
}
