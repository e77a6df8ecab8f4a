//! What one subscriber was told, played again.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::error::Failure;
use crate::wire::stream::{self, Stream};
use crate::wire::websocket::{self, Kind};

/// Messages and when they came.
#[derive(Clone, Debug, Default)]
pub(super) struct Tape(Vec<(Duration, String)>);

impl Tape {
    /// A tape that begins with its first message.
    pub(super) fn new(told: Vec<(Instant, String)>) -> Self {
        let begin = told.first().map(|(at, _)| *at);
        let since = |at: Instant| begin.map_or(Duration::ZERO, |begin| at.saturating_duration_since(begin));
        Self(told.into_iter().map(|(at, text)| (since(at), text)).collect())
    }

    /// How long it plays.
    pub(super) fn length(&self) -> Duration {
        self.0.last().map_or(Duration::ZERO, |(at, _)| *at)
    }

    /// Hands each message to a yardstick at its time.
    pub(super) fn play(&self, address: SocketAddr) -> Result<(), Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::io("threads"))?;
        runtime
            .block_on(async {
                let mut source = Stream::open(address, stream::source(0)).await?;
                source.upgrade(&address.to_string(), "/source").await?;
                let (begin, mut frame) = (Instant::now(), Vec::new());
                for (at, text) in &self.0 {
                    tokio::time::sleep_until((begin + *at).into()).await;
                    frame.clear();
                    websocket::write(Kind::Text, text.as_bytes(), &mut frame);
                    source.send(&frame).await?;
                }
                Ok(())
            })
            .map_err(Failure::io("playing the messages"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tape_begins_with_its_first_message() {
        let now = Instant::now();
        let later = now + Duration::from_millis(3);
        let tape = Tape::new(vec![(now, "a".to_owned()), (later, "b".to_owned())]);
        assert_eq!(tape.0, [(Duration::ZERO, "a".to_owned()), (Duration::from_millis(3), "b".to_owned())]);
    }
}
