//! What happened at the exchange, kept to be asked for: orders, trades, incomes, liquidations, candles, funding, changes of books.
//!
//! A [`Record`] is built from nothing but what the engine did: [`Record::apply`] takes each executed command with its events, in order. It has no
//! clock and calculates no money, so the same commands give the same record, and one that went through a snapshot goes on as the one that did not.
//!
//! | module | holds |
//! |---|---|
//! | `order`, `orders` | an order, open or finished; all of them |
//! | `entry`, `accounts`, `fills`, `forced` | what an account's logs hold, and how they are told from events |
//! | `tape`, `bars`, `interval`, `candle` | a market's public trades, candles, a day's statistics, funding, open interest |
//! | `levels` | which levels of a book changed |
//! | `apply`, `ask`, `ask_market` | events in, answers out |
//! | `around` | what events do not say: contracts, clocks, modes; of the state, or of what is known of it on another thread |
//! | `limits`, `log`, `segments`, `names`, `window` | how much is kept, where, and which part of it is asked for |
//! | `raw` | how it is written in snapshots |

mod accounts;
mod apply;
mod around;
mod ask;
mod ask_market;
mod bars;
mod candle;
mod entry;
mod fills;
mod forced;
mod interval;
mod levels;
mod limits;
mod log;
mod names;
mod order;
mod orders;
mod raw;
mod segments;
mod tape;
mod volume;
mod window;

use ringfence_engine::ids::MarketId;
use ringfence_engine::time::Time;
use serde::{Deserialize, Serialize};

pub use around::{Fact, Facts};
pub use bars::CandleWindow;
pub use candle::{Candle, Ticker, TradeCandle};
pub use entry::{
    ForcedKind, ForcedOrder, Income, IncomeKind, MarginCause, MarginChange, OrderTerms, Place, RecordedAmendment,
    RecordedLiquidation, TradeOrder, UserTrade,
};
pub use interval::Interval;
pub use levels::{BookChanges, ChangedLevel};
pub use limits::{LogLimits, RecordLimits};
pub use order::{ConditionalState, OrderState, OrderType, RecordedOrder, Stage};
pub use tape::{AggregateTrade, FundingSettlement, OpenInterest, PublicTrade};
pub use volume::Volume;
pub use window::Window;

/// What happened at the exchange.
///
/// ```
/// use ringfence_engine::{command::Command, engine::Engine, limits::Limits};
/// use ringfence_server::record::{Record, RecordLimits};
/// let (mut engine, mut record) = (Engine::new(Limits::DEFAULT), Record::new(RecordLimits::DEFAULT));
/// let mut events = Vec::new();
/// engine.execute(&Command::OpenAccount, &mut events)?;
/// record.apply(engine.state(), &Command::OpenAccount, &events);
/// # Ok::<(), ringfence_engine::reject::Reject>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    limits: RecordLimits,
    orders: orders::Orders,
    accounts: accounts::Accounts,
    markets: Vec<MarketRecord>,
    /// Since when open interest was sampled last.
    #[serde(with = "raw")]
    interest_sampled: Time,
    /// Markets whose mark or index moved in the present command; empty between commands.
    #[serde(skip)]
    moved: Vec<MarketId>,
}

/// What is known of one market.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct MarketRecord {
    tape: tape::Tape,
    levels: levels::Levels,
    /// The last order and the last trade.
    last: Place,
}

impl Record {
    /// The format it has in snapshots. It goes up by one with every change of what is written: a snapshot of another format is not read.
    pub const FORMAT: u16 = 4;

    /// A record of nothing yet.
    #[must_use]
    pub fn new(limits: RecordLimits) -> Self {
        Self {
            limits,
            orders: orders::Orders::new(&limits),
            accounts: accounts::Accounts::new(&limits),
            markets: Vec::new(),
            interest_sampled: Time::from_ms(0),
            moved: Vec::new(),
        }
    }

    /// The bounds it keeps to.
    #[must_use]
    pub const fn limits(&self) -> &RecordLimits {
        &self.limits
    }
}
