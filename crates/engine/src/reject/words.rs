//! What a refusal is about: closed lists, so that whoever maps refusals to a venue's codes leaves none out.

use core::fmt;

/// A kind of thing that is named by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Thing {
    /// A market.
    Market,
    /// An account.
    Account,
    /// An asset.
    Asset,
}

impl fmt::Display for Thing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Market => "market",
            Self::Account => "account",
            Self::Asset => "asset",
        })
    }
}

/// Something of which there are only so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limited {
    /// Accounts.
    Accounts,
    /// Assets.
    Assets,
    /// Markets.
    Markets,
    /// Orders in one batch.
    OrdersInBatch,
    /// Client order ids remembered.
    ClientIds,
    /// Open orders of an account in a market.
    OrdersOfAccount,
    /// Open orders in a market.
    Orders,
    /// Orders of an account that wait for a trigger in a market.
    WaitingOfAccount,
    /// Orders that wait for a trigger in a market.
    Waiting,
}

impl fmt::Display for Limited {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Accounts => "accounts",
            Self::Assets => "assets",
            Self::Markets => "markets",
            Self::OrdersInBatch => "orders in a batch",
            Self::ClientIds => "client order ids",
            Self::OrdersOfAccount => "open orders of an account in a market",
            Self::Orders => "open orders in a market",
            Self::WaitingOfAccount => "waiting orders of an account in a market",
            Self::Waiting => "waiting orders in a market",
        })
    }
}

/// A field of a command that does not fit the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// The asset to list.
    Asset,
    /// Distance of a trailing stop.
    Callback,
    /// The end of an order's life.
    GoodTillDate,
    /// Where a mark comes from.
    MarkSource,
    /// An order's price.
    Price,
    /// What an order is for.
    Purpose,
    /// An order's quantity.
    Quantity,
    /// The quantity of an order that closes the whole position: there must be none.
    QuantityOfClose,
    /// The funding rate.
    Rate,
    /// Who receives a transfer.
    To,
}

impl fmt::Display for Field {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Asset => "asset",
            Self::Callback => "callback",
            Self::GoodTillDate => "good till date",
            Self::MarkSource => "mark source",
            Self::Price => "price",
            Self::Purpose => "purpose",
            Self::Quantity | Self::QuantityOfClose => "quantity",
            Self::Rate => "rate",
            Self::To => "to",
        })
    }
}
