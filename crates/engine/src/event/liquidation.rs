//! What a liquidation begins with.

use ringfence_risk::plan::MarginMode;
use ringfence_risk::position::Position;
use ringfence_risk::units::{Amount, MarkPrice, Side};

use crate::book::AccountId;
use crate::ids::MarketId;

/// What a liquidation begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiquidationStart {
    /// Where.
    pub market: MarketId,
    /// Whose; the insurance fund's without one.
    pub account: Option<AccountId>,
    /// Which leg.
    pub side: Side,
    /// Its own box, or the pool.
    pub margin_mode: MarginMode,
    /// The mark that set it off.
    pub mark: MarkPrice,
    /// Margin balance there: of the position, or of the pool.
    pub margin_balance: Amount,
    /// Maintenance requirement there: of the position, or of the pool.
    pub maintenance_margin: Amount,
    /// The position as it was.
    pub position: Position,
}
