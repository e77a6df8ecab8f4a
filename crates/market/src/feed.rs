//! Recorded feeds: trades, quotes and the book, as the streams of a venue gave them.

use crate::book::Book;
use crate::error::{Fault, LONGEST_VALUE, ReadError, show};
use crate::lines::{LONGEST_MESSAGE, Lines};
use crate::message::{self, Change, Message, Snapshot};
use crate::observation::{Observation, Tick, middle};
use crate::order::{Order, Sequence, Summary, Verdict};
use crate::reading::{FeedMarks, Policy, Reading};
use crate::source::Progress;
use crate::table::Opened;

/// A recorded feed of one market, read as a stream: one line per message, the local receive time in nanoseconds, a blank and the JSON of a
/// combined stream of Binance (`depth`, `trade`, `bookTicker`) or a snapshot of the book (`lastUpdateId`, `bids`, `asks`).
///
/// Yields a tick per trade or per quote, as the [`Reading`] says, from the moment the book is known; [`book`](Self::book) is the book at that moment.
/// Ticks before a snapshot joined up with the changes are passed over and counted. A change that does not follow on the one before
/// ends the reading; with [`Policy::Skip`] for gaps the book is unknown until the next snapshot instead.
pub struct FeedFile {
    name: String,
    lines: Lines,
    next: NextLine,
    symbol: Option<String>,
    marks: FeedMarks,
    on_gap: Policy,
    state: State,
    order: Order,
    gaps: u64,
}

/// Where the next message is.
#[derive(PartialEq, Eq)]
enum NextLine {
    /// In the line that was read to tell the format.
    Current,
    Next,
    /// There is none.
    Ended,
}

/// What is known of the book.
enum State {
    /// Changes until a snapshot comes, with the number of their levels.
    Waiting {
        changes: Vec<Change>,
        levels: usize,
    },
    Known(Book),
}

/// Most levels in changes that wait for a snapshot: a bound on memory.
const MOST_WAITING: usize = 1_000_000;

impl FeedFile {
    pub(crate) fn new(opened: Opened, reading: &Reading) -> Self {
        let Opened { name, mut lines } = opened;
        lines.allow(LONGEST_MESSAGE);
        Self {
            name,
            lines,
            next: NextLine::Current,
            symbol: None,
            marks: reading.marks,
            on_gap: reading.policies.gap,
            state: State::waiting(),
            order: Order::new(Sequence::Moments, reading.policies, None),
            gaps: 0,
        }
    }

    /// What was detected, in words.
    #[must_use]
    pub fn describe(&self) -> String {
        let marks = match self.marks {
            FeedMarks::Trades => "trades",
            FeedMarks::Middle => "the middle of best bid and ask",
        };
        format!("recorded feed (book, trades, quotes; ticks are {marks}), {}", self.lines.source.compression)
    }

    /// How far the file is read.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.lines.source.progress()
    }

    /// What was counted so far; gaps are those of the book.
    #[must_use]
    pub fn summary(&self) -> Summary {
        Summary { gaps: self.gaps, unended: self.lines.is_unended(), ..self.order.summary() }
    }

    /// The market, once a message named it.
    #[must_use]
    pub fn symbol(&self) -> Option<&str> {
        self.symbol.as_deref()
    }

    /// The book after the last message that was read; `None` while it is not known.
    #[must_use]
    pub const fn book(&self) -> Option<&Book> {
        match &self.state {
            State::Known(book) => Some(book),
            State::Waiting { .. } => None,
        }
    }

    fn observe(&mut self) -> Result<Option<Observation>, ReadError> {
        loop {
            let is_read = core::mem::replace(&mut self.next, NextLine::Next) == NextLine::Current;
            if !is_read && !self.lines.advance().map_err(|fault| self.refuse(fault))? {
                return self.end();
            }
            let found = self.read().map_err(|fault| self.refuse(fault))?;
            if found.is_some() {
                return Ok(found);
            }
        }
    }

    /// Reads the current line; the tick it makes, if it makes one.
    fn read(&mut self) -> Result<Option<Observation>, Fault> {
        let (symbol, message) = message::parse(self.lines.line())?;
        match (symbol, &self.symbol) {
            (Some(seen), Some(first)) if seen != first => {
                let (first, value) = (show(first.as_bytes(), LONGEST_VALUE), show(seen.as_bytes(), LONGEST_VALUE));
                return Err(Fault::MixedSymbols { field: "symbol", first, value });
            }
            (Some(seen), None) => self.symbol = Some(seen.to_owned()),
            (Some(_) | None, _) => {}
        }
        match message {
            Message::Snapshot(snapshot) => self.state.join(&snapshot).or_else(|fault| self.lose(fault)).map(|()| None),
            Message::Change(change) => self.state.change(change).or_else(|fault| self.lose(fault)).map(|()| None),
            Message::Trade { time_ms, price } if self.marks == FeedMarks::Trades => self.tick(Tick { time_ms, price }),
            Message::Quote { time_ms, bid, ask } if self.marks == FeedMarks::Middle => {
                self.tick(Tick { time_ms, price: middle(bid, ask)? })
            }
            Message::Trade { .. } | Message::Quote { .. } | Message::Other => Ok(None),
        }
    }

    fn tick(&mut self, tick: Tick) -> Result<Option<Observation>, Fault> {
        if self.book().is_none() {
            self.order.pass_over();
            return Ok(None);
        }
        let verdict = self.order.place("T", tick.time_ms, None)?;
        Ok((verdict == Verdict::Taken).then_some(Observation::Tick(tick)))
    }

    /// Changes are missing: the end, or a book that is unknown until the next snapshot.
    fn lose(&mut self, fault: Fault) -> Result<(), Fault> {
        if self.on_gap != Policy::Skip || !matches!(fault, Fault::BookGap { .. }) {
            return Err(fault);
        }
        self.gaps = self.gaps.saturating_add(1);
        self.state = State::waiting();
        Ok(())
    }

    /// Nothing follows: a feed that gave nothing is not passed off as a short one.
    fn end(&self) -> Result<Option<Observation>, ReadError> {
        if self.order.summary().rows > 0 {
            return Ok(None);
        }
        let fault = match (&self.state, self.marks) {
            (State::Waiting { changes, .. }, _) => Fault::NoSnapshot { messages: changes.len() },
            (State::Known(_), FeedMarks::Trades) => Fault::NothingRecorded { what: "trades after its first snapshot" },
            (State::Known(_), FeedMarks::Middle) => Fault::NothingRecorded { what: "quotes after its first snapshot" },
        };
        Err(ReadError::in_file(&self.name, fault))
    }

    fn refuse(&self, fault: Fault) -> ReadError {
        ReadError::in_row(&self.name, self.lines.row(), fault)
    }
}

impl State {
    const fn waiting() -> Self {
        Self::Waiting { changes: Vec::new(), levels: 0 }
    }

    fn change(&mut self, change: Change) -> Result<(), Fault> {
        match self {
            Self::Known(book) => book.apply(&change),
            Self::Waiting { changes, levels } => {
                *levels = levels.saturating_add(change.levels.count()).saturating_add(1);
                changes.push(change);
                if *levels > MOST_WAITING { Err(Fault::NoSnapshot { messages: changes.len() }) } else { Ok(()) }
            }
        }
    }

    /// Takes a snapshot and joins the changes that waited for it. One that is older than the book is nothing new.
    fn join(&mut self, snapshot: &Snapshot) -> Result<(), Fault> {
        if let Self::Known(book) = self
            && snapshot.last_update <= book.last_update()
        {
            return Ok(());
        }
        let mut book = Book::new(snapshot);
        if let Self::Waiting { changes, .. } = self {
            for change in changes {
                book.apply(change)?;
            }
        }
        *self = Self::Known(book);
        Ok(())
    }
}

impl Iterator for FeedFile {
    type Item = Result<Observation, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.next == NextLine::Ended {
            return None;
        }
        let row = self.observe().transpose();
        if !matches!(row, Some(Ok(_))) {
            self.next = NextLine::Ended;
        }
        row
    }
}

impl core::fmt::Debug for FeedFile {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(formatter, "FeedFile({})", self.describe())
    }
}
