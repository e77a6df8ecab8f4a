//! Why a client order id is not recorded.

use super::id::ClientOrderId;

/// As many ids are recorded as may be, and none of them may be forgotten yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientIdsFull {
    /// The limit: [`ClientIdLimits::total`](super::ClientIdLimits::total).
    pub total: u32,
}

impl core::fmt::Display for ClientIdsFull {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(formatter, "no more than {} client order ids may be kept, and none of them may be forgotten yet", self.total)
    }
}

impl core::error::Error for ClientIdsFull {}

/// Why an id is not recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientIdRefusal {
    /// The account has used it already.
    Used {
        /// The id.
        id: ClientOrderId,
        /// The number of the order it was given to.
        order: u64,
    },
    /// There is no room.
    Full(ClientIdsFull),
}

impl From<ClientIdsFull> for ClientIdRefusal {
    fn from(full: ClientIdsFull) -> Self {
        Self::Full(full)
    }
}

impl core::fmt::Display for ClientIdRefusal {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Used { id, order } => write!(formatter, "client order id {id} is already that of order {order}"),
            Self::Full(full) => full.fmt(formatter),
        }
    }
}

impl core::error::Error for ClientIdRefusal {}
