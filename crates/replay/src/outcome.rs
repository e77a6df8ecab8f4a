//! What one run answers.

use crate::assemble::{Ended, life_positions, refused_of, run_report};
use crate::cast::account_of;
use crate::error::ReplayError;
use crate::lives::Lives;
use crate::regime::{Regime, Told};
use crate::replay::Options;
use crate::report::{AccountLife, DataFacts, Life, RefusedOpening, RunReport};
use crate::stated::{stated, stated_makers};
use crate::text::text;
use crate::time::UtcTime;
use crate::timeline::Sample;
use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::units::{Amount, Leverage, MarkPrice, Side};
use serde::Serialize;

/// One run under one regime.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// The market.
    pub symbol: String,
    /// What amounts are in.
    pub settlement: String,
    /// Whose margin mode.
    pub regime: Regime,
    /// The way through the series, the maker, and how liquidations move the mark.
    pub options: Options,
    /// What was observed.
    pub data: DataFacts,
    /// What was assumed, a line each.
    pub stated: Vec<String>,
    /// Rows that were not opened.
    pub refused: Vec<RefusedOpening>,
    /// Positions in the order of their first rows.
    pub positions: Vec<PositionOutcome>,
    /// Accounts in order of appearance.
    pub accounts: Vec<AccountOutcome>,
    /// Sums over all of them, and every liquidation.
    pub run: RunReport,
    /// The steps of scripts that were done.
    pub script: Vec<Done>,
    /// Steps of scripts whose time or price never came, a line each.
    pub never: Vec<String>,
    /// Samples along the way, where they were asked for.
    pub samples: Vec<Sample>,
    /// The story of the account that was watched.
    #[serde(skip)]
    pub told: Vec<Told>,
}

/// A position and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PositionOutcome {
    /// Its name: of its only row, or account and side.
    pub name: String,
    /// Its account.
    pub account: String,
    /// Its side.
    #[serde(serialize_with = "text")]
    pub side: Side,
    /// The leverage it was opened at.
    #[serde(serialize_with = "text")]
    pub leverage: Leverage,
    /// How many rows of the population it adds up; 0 for one of a script.
    pub rows: usize,
    /// What became of it.
    pub life: Life,
}

/// An account and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccountOutcome {
    /// Its name.
    pub name: String,
    /// Money it came with, what it got later counted.
    #[serde(serialize_with = "text")]
    pub wallet_before: Amount,
    /// What became of it.
    pub life: AccountLife,
}

/// A step of a script that was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Done {
    /// When (of a bar: when it opens).
    pub time: UtcTime,
    /// At which mark.
    #[serde(serialize_with = "text")]
    pub mark: MarkPrice,
    /// In which run.
    pub regime: Regime,
    /// Whose.
    pub account: String,
    /// Line of the file.
    pub line: usize,
    /// Of which position.
    #[serde(serialize_with = "text")]
    pub side: Side,
    /// What was to be done.
    pub act: String,
    /// What came of it.
    pub said: String,
}

/// What became of the steps of a script.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scripted {
    pub(crate) done: Vec<Done>,
    pub(crate) never: Vec<String>,
}

/// Writes the outcome and holds the books against what came in.
pub(crate) fn outcome(mut ended: Ended<'_>) -> Result<Outcome, ReplayError> {
    let none = || OutOfRange { what: "number of runs" };
    let hash = ended.exchanges.first_mut().ok_or_else(none)?.hash();
    let told = ended.exchanges.first_mut().and_then(|exchange| exchange.watched.take()).map(|watched| watched.told);
    let (mut samples, script) = (std::mem::take(&mut ended.samples), std::mem::take(&mut ended.script));
    let exchange = ended.exchanges.first().ok_or_else(none)?;
    let lives = Lives::of((exchange, ended.replay.market), ended.scene.cast, ended.facts.last_mark)?;
    for sample in &mut samples {
        // A box for each position that was opened, in their order.
        let boxes = sample.boxes.iter().copied().enumerate().filter(|(leg, _)| lives.life(*leg).is_some());
        sample.boxes = boxes.map(|(_, balance)| balance).collect();
    }
    let run = run_report(&ended, exchange, (&lives, hash))?;
    let mut accounts = Vec::with_capacity(ended.scene.cast.players.len());
    for (number, player) in ended.scene.cast.players.iter().enumerate() {
        let (name, life) = (player.name.clone(), lives.account(account_of(number))?);
        accounts.push(AccountOutcome { name, wallet_before: player.deposit.plus(player.more)?, life });
    }
    let market = ended.replay.market;
    Ok(Outcome {
        symbol: market.symbol.clone(),
        settlement: market.contract.spec().settlement.to_string(),
        regime: exchange.regime,
        options: ended.replay.options,
        data: ended.facts,
        stated: stated(ended.replay, &ended.facts).into_iter().chain(stated_makers(exchange)).collect(),
        refused: refused_of(&ended, exchange),
        positions: life_positions(&ended, &lives),
        accounts,
        run,
        script: script.done,
        never: script.never,
        samples,
        told: told.unwrap_or_default(),
    })
}
