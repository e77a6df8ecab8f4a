//! The names of orders.

use core::fmt;
use core::str::FromStr;

use ringfence_engine::client_ids::ClientOrderId;
use ringfence_engine::command::OrderName;
use ringfence_engine::ids::OrderId;
use serde::{Serialize, Serializer};

use crate::edge::error::{ApiError, Code};
use crate::edge::parameters::Parameters;
use crate::record::RecordedOrder;

/// What the names of orders begin with that their owners gave none.
pub(super) const OWN_PREFIX: &str = "rf-";

/// The client order id of an order: its owner's, or one made of its number, so that it can always be asked for by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderLabel {
    /// The owner's.
    Given(ClientOrderId),
    /// `rf-` and the number.
    Number(OrderId),
}

impl OrderLabel {
    /// That of an order.
    #[must_use]
    pub const fn of(order: &RecordedOrder) -> Self {
        match order.placed.client_id {
            Some(name) => Self::Given(name),
            None => Self::Number(order.order),
        }
    }
}

impl fmt::Display for OrderLabel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(name) => formatter.write_str(name.as_str()),
            Self::Number(order) => write!(formatter, "{OWN_PREFIX}{order}"),
        }
    }
}

impl Serialize for OrderLabel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The name an owner gives a new order.
///
/// # Errors
/// −4015 or −1100 for what cannot be one, and for those that begin as the exchange's own do.
pub(super) fn new_client_id(parameters: &Parameters, field: &str) -> Result<Option<ClientOrderId>, ApiError> {
    let Some(text) = parameters.client_id(field)? else { return Ok(None) };
    if text.starts_with(OWN_PREFIX) {
        return Err(ApiError::of(Code::InvalidClientOrderId));
    }
    ClientOrderId::from_str(text).map(Some).map_err(|_| ApiError::of(Code::InvalidClientOrderId))
}

/// Which order is meant, by one of two parameters; the number counts where both are given.
///
/// # Errors
/// −1102 where neither is given; `unknown` for a name that no order can have.
pub(super) fn named_order(parameters: &Parameters, fields: (&str, &str), unknown: &ApiError) -> Result<OrderName, ApiError> {
    let (number, name) = fields;
    if let Some(number) = parameters.unsigned(number)? {
        return Ok(OrderName::Id(OrderId(number)));
    }
    let text = parameters.get(name).ok_or_else(|| ApiError::either(name, number))?;
    label(text).ok_or_else(|| unknown.clone())
}

/// The order that a label names.
pub(super) fn label(text: &str) -> Option<OrderName> {
    if let Some(number) = text.strip_prefix(OWN_PREFIX).and_then(|number| number.parse().ok()) {
        return Some(OrderName::Id(OrderId(number)));
    }
    ClientOrderId::from_str(text).ok().map(OrderName::Client)
}
