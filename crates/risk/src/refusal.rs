//! Why a command is refused: one numbered table. Each plan says in its documentation which it looks for, in which order.

use crate::arithmetic::OutOfRange;
use crate::filters::FilterError;
use crate::units::{Amount, Leverage, MarkPrice, Notional, Quantity};

/// The rule that sets a maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BindingRule {
    /// The available balance.
    AvailableBalance,
    /// Initial margin must stay, an unrealised loss counted.
    InitialMargin,
    /// Maintenance margin must stay.
    MaintenanceMargin,
    /// A share of the position's value must stay.
    ValueFloor,
    /// Only margin added by hand may leave.
    AddedMargin,
    /// The margin itself: there is no more.
    WholeMargin,
    /// The cap of the leverage bracket.
    BracketCap,
    /// The largest quantity of one order.
    MaxQuantity,
}

impl core::fmt::Display for BindingRule {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.pad(match self {
            Self::AvailableBalance => "available balance",
            Self::InitialMargin => "initial margin must stay",
            Self::MaintenanceMargin => "maintenance margin must stay",
            Self::ValueFloor => "a share of the position's value must stay",
            Self::AddedMargin => "only added margin may be removed",
            Self::WholeMargin => "the whole margin",
            Self::BracketCap => "leverage bracket",
            Self::MaxQuantity => "largest order quantity",
        })
    }
}

/// Why a command is refused. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A number left the range the rules compute with.
    OutOfRange(OutOfRange),
    /// The order is malformed.
    Filter(FilterError),
    /// An amount of margin to move must be greater than zero.
    AmountNotPositive {
        /// Amount given.
        amount: Amount,
    },
    /// There is no position to act on.
    NoPosition,
    /// The setting already has this value.
    NoChange {
        /// Which setting.
        setting: &'static str,
    },
    /// The rule set does not offer this.
    NotOffered {
        /// What was asked for.
        what: &'static str,
    },
    /// Open orders must be cancelled first.
    OpenOrders {
        /// Their value.
        value: Notional,
    },
    /// A position is open and must be closed first.
    PositionOpen {
        /// Its size.
        quantity: Quantity,
    },
    /// Above the contract's greatest leverage.
    LeverageAboveContract {
        /// Leverage given.
        leverage: Leverage,
        /// The greatest.
        greatest: Leverage,
    },
    /// Position and orders are too large for this leverage.
    LeverageAboveBracket {
        /// Leverage given.
        leverage: Leverage,
        /// Value of position and orders.
        value: Notional,
        /// Greatest value at this leverage.
        greatest: Notional,
    },
    /// Leverage may not be lowered while an isolated position is open.
    LoweringRefused {
        /// Leverage given.
        leverage: Leverage,
        /// Present leverage.
        present: Leverage,
    },
    /// The order would open or increase, but may only reduce.
    WouldOpen {
        /// Quantity beyond what there is to close.
        excess: Quantity,
    },
    /// The available balance is too small.
    InsufficientBalance {
        /// What is needed.
        needed: Amount,
        /// What there is.
        available: Amount,
    },
    /// More margin than may be removed.
    AboveRemovable {
        /// Amount given.
        amount: Amount,
        /// The most.
        greatest: Amount,
        /// The rule that sets it.
        rule: BindingRule,
    },
    /// Closing at this price would lose more than the closed part's margin.
    BeyondBankruptcy {
        /// What would be missing.
        missing: Amount,
    },
    /// The position is being liquidated at the present mark.
    InLiquidation {
        /// The mark.
        mark: MarkPrice,
    },
    /// The position would be liquidated at once.
    WouldLiquidate {
        /// The mark.
        mark: MarkPrice,
    },
}

impl From<OutOfRange> for Refusal {
    fn from(error: OutOfRange) -> Self {
        Self::OutOfRange(error)
    }
}

impl From<FilterError> for Refusal {
    fn from(error: FilterError) -> Self {
        if let FilterError::OutOfRange(error) = error { Self::OutOfRange(error) } else { Self::Filter(error) }
    }
}

impl Refusal {
    /// Its number and its name: stable, for logs and for mapping to a venue's codes.
    #[must_use]
    pub const fn code(&self) -> (u16, &'static str) {
        match self {
            Self::OutOfRange(_) => (1, "out-of-range"),
            Self::Filter(_) => (2, "filter"),
            Self::AmountNotPositive { .. } => (3, "amount-not-positive"),
            Self::NoPosition => (4, "no-position"),
            Self::NoChange { .. } => (5, "no-change"),
            Self::NotOffered { .. } => (6, "not-offered"),
            Self::OpenOrders { .. } => (7, "open-orders"),
            Self::PositionOpen { .. } => (8, "position-open"),
            Self::LeverageAboveContract { .. } => (9, "leverage-above-contract"),
            Self::LeverageAboveBracket { .. } => (10, "leverage-above-bracket"),
            Self::LoweringRefused { .. } => (11, "lowering-refused"),
            Self::WouldOpen { .. } => (12, "would-open"),
            Self::InsufficientBalance { .. } => (13, "insufficient-balance"),
            Self::AboveRemovable { .. } => (14, "above-removable"),
            Self::BeyondBankruptcy { .. } => (15, "beyond-bankruptcy"),
            Self::InLiquidation { .. } => (16, "in-liquidation"),
            Self::WouldLiquidate { .. } => (17, "would-liquidate"),
        }
    }
}

impl core::fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::OutOfRange(error) => error.fmt(formatter),
            Self::Filter(error) => error.fmt(formatter),
            Self::AmountNotPositive { amount } => write!(formatter, "amount must be greater than 0, got {amount}"),
            Self::NoPosition => formatter.write_str("there is no position"),
            Self::NoChange { setting } => write!(formatter, "{setting} already has this value"),
            Self::NotOffered { what } => write!(formatter, "{what} is not offered by this rule set"),
            Self::OpenOrders { value } => write!(formatter, "open orders worth {value} must be cancelled first"),
            Self::PositionOpen { quantity } => write!(formatter, "the open position of {quantity} must be closed first"),
            Self::LeverageAboveContract { leverage, greatest } => {
                write!(formatter, "leverage must not be above {greatest}, got {leverage}")
            }
            Self::LeverageAboveBracket { leverage, value, greatest } => {
                write!(formatter, "at leverage {leverage} position and orders may be worth {greatest} at most, got {value}")
            }
            Self::LoweringRefused { leverage, present } => write!(
                formatter,
                "leverage of an open isolated position must not be below {present} under this rule set, got {leverage}"
            ),
            Self::WouldOpen { excess } => write!(formatter, "a reducing order must not exceed the position, got {excess} more"),
            Self::InsufficientBalance { needed, available } => {
                write!(formatter, "available balance must be at least {needed}, got {available}")
            }
            Self::AboveRemovable { amount, greatest, rule } => {
                write!(formatter, "at most {greatest} may be removed ({rule}), got {amount}")
            }
            Self::BeyondBankruptcy { missing } => {
                write!(formatter, "closing at this price would lose {missing} more than the closed part's margin")
            }
            Self::InLiquidation { mark } => write!(formatter, "the position is being liquidated at mark {mark}"),
            Self::WouldLiquidate { mark } => write!(formatter, "the position would be liquidated at once at mark {mark}"),
        }
    }
}

impl core::error::Error for Refusal {}
