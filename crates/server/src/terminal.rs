//! One line per event for whoever watches the terminal; four for a liquidation.
//!
//! Lines are made on the sequencer's thread and written on another: it never waits for a terminal. When more than [`MOST_WAITING`] lines wait,
//! further ones are dropped, and how many is said once there is room.

use std::io::Write;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};

use ringfence_engine::book::AccountId;
use ringfence_engine::event::{Event, LedgerAccount, Posting, Reason, Trade};
use ringfence_engine::ids::MarketId;
use ringfence_engine::query::explain_liquidation;
use ringfence_risk::filters::OrderSide;

use crate::boot::{Catalog, FLOW};
use crate::exchange::{Executed, Observer, World};
use crate::users::Users;

/// Most lines that wait to be written.
pub const MOST_WAITING: usize = 4_096;

/// Tells a terminal what happened.
pub struct Terminal {
    to: SyncSender<String>,
    /// Of commands that are not durable yet.
    lines: Vec<String>,
    dropped: u64,
    catalog: Arc<Catalog>,
    users: Arc<Users>,
}

impl Terminal {
    /// Starts the thread that writes. It ends with the terminal, or when writing fails.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn start(mut out: Box<dyn Write + Send>, catalog: Arc<Catalog>, users: Arc<Users>) -> std::io::Result<Self> {
        let (to, lines) = sync_channel::<String>(MOST_WAITING);
        let write = move || {
            for line in lines {
                if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
                    return;
                }
            }
        };
        std::thread::Builder::new().name("terminal".to_owned()).spawn(write)?;
        Ok(Self { to, lines: Vec::new(), dropped: 0, catalog, users })
    }

    fn symbol(&self, market: MarketId) -> &str {
        self.catalog.get(market).map_or("a market", |symbol| symbol.symbol.as_str())
    }

    fn name(&self, account: AccountId) -> String {
        self.users.name(account).unwrap_or_else(|| format!("account {}", account.0))
    }

    fn tell(&mut self, world: &World, event: &Event) {
        if let Event::Traded(trade) = event {
            return self.fills(world, trade);
        }
        if let Event::Posted(posting) = event {
            return self.money(world, posting);
        }
        if let Event::FundingSettled { market, rate, mark, .. } = event {
            let line = format!("funding      {} at rate {rate}, mark {mark}", self.symbol(*market));
            self.lines.push(line);
        }
    }

    fn fills(&mut self, world: &World, trade: &Trade) {
        let Some(market) = world.state().market(trade.market) else { return };
        let contract = market.contract();
        let (Ok(price), Ok(quantity)) = (trade.price.to_price(contract), trade.lots.to_quantity(contract)) else { return };
        let verb = |side| match side {
            OrderSide::Buy => "buys",
            OrderSide::Sell => "sells",
        };
        let other = match trade.taker_side {
            OrderSide::Buy => OrderSide::Sell,
            OrderSide::Sell => OrderSide::Buy,
        };
        let taker = trade.taker.filter(|_| trade.taker_order.is_some());
        let sides = [(taker, trade.taker_side, "taker"), (Some(trade.maker), other, "maker")];
        for (account, side, role) in sides {
            let Some(account) = account.filter(|account| is_user(*account)) else { continue };
            let line = format!(
                "fill         {} {} {quantity} {} at {price} ({role})",
                self.name(account),
                verb(side),
                self.symbol(trade.market)
            );
            self.lines.push(line);
        }
    }

    fn money(&mut self, world: &World, posting: &Posting) {
        let asset =
            world.state().assets().get(usize::from(posting.asset.0)).map_or_else(String::new, |books| books.asset().to_string());
        let (what, account) = match (posting.reason, posting.from, posting.to) {
            (Reason::Deposit, _, LedgerAccount::Wallet(account)) => ("deposit     ", account),
            (Reason::Withdrawal, LedgerAccount::Wallet(account), _) => ("withdrawal  ", account),
            (_, _, _) => return,
        };
        if is_user(account) {
            let line = format!("{what} {} {} {asset}", self.name(account), posting.amount);
            self.lines.push(line);
        }
    }

    /// Trigger; what was closed; the fee; who bore the rest.
    fn liquidations(&mut self, world: &World, events: &[Event]) {
        for story in explain_liquidation(events) {
            let owner = story.start.account.map_or_else(|| "the insurance fund".to_owned(), |account| self.name(account));
            let Some(market) = world.state().market(story.start.market) else { continue };
            let Ok(told) = story.lines(market, &owner) else { continue };
            let heads = std::iter::once("liquidation  ").chain(std::iter::repeat("             "));
            self.lines.extend(heads.zip(told).map(|(head, line)| format!("{head}{line}")));
        }
    }

    fn send(&mut self) {
        for line in self.lines.drain(..) {
            if self.dropped > 0 {
                let said = format!("             ({} lines were dropped: the terminal is too slow)", self.dropped);
                match self.to.try_send(said) {
                    Ok(()) => self.dropped = 0,
                    Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {}
                }
            }
            match self.to.try_send(line) {
                Ok(()) => {}
                Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => self.dropped = self.dropped.saturating_add(1),
            }
        }
    }
}

fn is_user(account: AccountId) -> bool {
    account > FLOW
}

impl Observer for Terminal {
    fn executed(&mut self, world: &World, executed: &Executed<'_>) {
        for event in executed.events {
            self.tell(world, event);
        }
        if executed.events.iter().any(|event| matches!(event, Event::LiquidationStarted(_))) {
            self.liquidations(world, executed.events);
        }
    }

    fn durable(&mut self, _: &mut World, _: u64) {
        self.send();
    }

    fn reverted(&mut self, world: &World) {
        self.lines.push(format!("reverted     to {}", world.state().clock()));
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::mpsc::{Receiver, channel};
    use std::sync::{Arc, Mutex};

    use super::{MOST_WAITING, Terminal};
    use crate::boot::Catalog;
    use crate::users::Users;

    /// A terminal that takes nothing before it is let go.
    struct Stuck {
        until: Receiver<()>,
        written: Arc<Mutex<Vec<u8>>>,
    }

    impl Write for Stuck {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            // Both a word and the end of the sender let it go.
            let _ = self.until.recv();
            self.written.lock().expect("nobody panics with it").write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_stuck_terminal_holds_nobody_up_and_is_told_what_it_missed() {
        let (go, until) = channel();
        let written = Arc::new(Mutex::new(Vec::new()));
        let stuck = Box::new(Stuck { until, written: Arc::clone(&written) });
        let mut terminal = Terminal::start(stuck, Arc::new(Catalog::default()), Arc::new(Users::default())).unwrap();
        let lines = MOST_WAITING + 1_000;
        terminal.lines.extend((0..lines).map(|number| format!("line {number}")));
        terminal.send();
        // One line may be in the writer's hands.
        let dropped = terminal.dropped;
        assert!((999..=1_000).contains(&dropped), "{dropped}");
        drop(go);
        let text = || String::from_utf8(written.lock().unwrap().clone()).unwrap();
        while !text().contains(&format!("line {}\n", MOST_WAITING - 1)) {
            std::thread::yield_now();
        }
        terminal.lines.push("after".to_owned());
        terminal.send();
        while !text().ends_with("after\n") {
            std::thread::yield_now();
        }
        assert!(text().contains(&format!("({dropped} lines were dropped")), "the count is told");
    }
}
