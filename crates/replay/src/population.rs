//! The positions to be carried through a market.

use crate::error::PopulationError;
use crate::script::{Act, Script};
use ringfence_risk::arithmetic::{OutOfRange, add, mul, sub};
use ringfence_risk::plan::MarginMode;
use ringfence_risk::units::{Amount, Leverage, MarkPrice, Price, Quantity, Side};
use std::collections::BTreeMap;

/// Leverages of a ladder unless others are given.
pub const DEFAULT_LADDER: [i64; 10] = [2, 3, 5, 10, 20, 25, 50, 75, 100, 125];

/// A row of a population: an order of an account that opens a position. Rows of one account and side add up to one position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// What it is called in reports.
    pub name: String,
    /// Whose it is: one wallet, and under cross one pool.
    pub account: String,
    /// Long or short.
    pub side: Side,
    /// Contracts, or units of the underlying where a contract is one unit.
    pub quantity: Quantity,
    /// Leverage of its opening margin: the same for all rows of an account and side.
    pub leverage: Leverage,
    /// Price it is opened at; `None` for the first observed mark.
    pub entry: Option<Price>,
}

/// Which sides a ladder has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LadderSides {
    /// Longs only.
    Long,
    /// Shorts only.
    Short,
    /// Longs and shorts.
    Both,
}

/// What [`Population::uniform`] makes many of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uniform {
    /// How many positions.
    pub count: usize,
    /// Quantity of each.
    pub quantity: Quantity,
    /// Price around which they are opened: the first mark of the series.
    pub around: MarkPrice,
    /// Step between entry prices: a multiple of the contract's tick.
    pub step: Price,
    /// Leverages, taken in turn, each for a long and a short; none makes no positions.
    pub leverages: Vec<Leverage>,
}

/// Positions, and the wallets of their accounts.
///
/// An account without a stated wallet gets twice the margin its positions post: half stays free under isolated margin, and under cross the
/// whole is the pool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Population {
    openings: Vec<Opening>,
    wallets: BTreeMap<String, Amount>,
    modes: BTreeMap<String, MarginMode>,
    more: BTreeMap<String, Amount>,
    script: Script,
}

impl Population {
    /// These positions.
    #[must_use]
    pub const fn new(openings: Vec<Opening>) -> Self {
        let script = Script { accounts: Vec::new() };
        Self { openings, wallets: BTreeMap::new(), modes: BTreeMap::new(), more: BTreeMap::new(), script }
    }

    /// A ladder: one position per leverage and side, each of an account of its own that bears its name.
    ///
    /// A leverage that the bracket does not allow stays in the population and is reported as refused. [`DEFAULT_LADDER`] as `leverages` is
    /// what [`Population::default_ladder`] takes.
    #[must_use]
    pub fn ladder(sides: LadderSides, quantity: Quantity, leverages: &[Leverage]) -> Self {
        let sides: &[Side] = match sides {
            LadderSides::Long => &[Side::Long],
            LadderSides::Short => &[Side::Short],
            LadderSides::Both => &[Side::Long, Side::Short],
        };
        let rung = |side: Side, leverage: Leverage| Opening {
            name: format!("{side} {leverage}x"),
            account: format!("{side} {leverage}x"),
            side,
            quantity,
            leverage,
            entry: None,
        };
        let rungs = sides.iter().flat_map(|side| leverages.iter().map(|leverage| rung(*side, *leverage)));
        Self::new(rungs.collect())
    }

    /// A ladder of the leverages in [`DEFAULT_LADDER`].
    ///
    /// # Errors
    /// None in practice: every one is a leverage.
    pub fn default_ladder(sides: LadderSides, quantity: Quantity) -> Result<Self, OutOfRange> {
        let leverages = DEFAULT_LADDER.into_iter().map(Leverage::whole).collect::<Result<Vec<_>, _>>()?;
        Ok(Self::ladder(sides, quantity, &leverages))
    }

    /// Many positions of as many accounts, longs and shorts in turn, each leverage for one of both before the next, entry prices spread over 500
    /// steps on the side on which a position gains (so that none is liquidated as it opens).
    ///
    /// # Errors
    /// [`OutOfRange`] when an entry price leaves the range of prices.
    pub fn uniform(uniform: &Uniform) -> Result<Self, OutOfRange> {
        let step = uniform.step.wide();
        let middle = mul(uniform.around.wide().checked_div(step).unwrap_or(0), step)?;
        // Each leverage for a long and a short before the next.
        let leverages = uniform.leverages.iter().copied().cycle().flat_map(|leverage| [leverage, leverage]);
        let numbered = (0_usize..uniform.count).zip(0_i128..).zip(leverages);
        let openings = numbered.map(|((index, wide), leverage)| {
            let side = if index & 1 == 0 { Side::Long } else { Side::Short };
            let offset = mul(wide.checked_rem(500).unwrap_or(0), step)?;
            let entry = match side {
                Side::Long => sub(middle, offset)?,
                Side::Short => add(add(middle, step)?, offset)?,
            };
            Ok(Opening {
                name: format!("p{index}"),
                account: format!("a{index}"),
                side,
                quantity: uniform.quantity,
                leverage,
                entry: Some(Price::from_wide(entry)?),
            })
        });
        openings.collect::<Result<Vec<_>, _>>().map(Self::new)
    }

    /// The same positions, this account beginning with this much money of the settlement asset.
    ///
    /// # Errors
    /// [`PopulationError`] when there is no such account or the amount is below zero.
    pub fn with_wallet(mut self, account: &str, amount: Amount) -> Result<Self, PopulationError> {
        if amount < Amount::ZERO {
            return Err(PopulationError::NegativeWallet { account: account.to_owned(), amount });
        }
        self.check_account(account)?;
        self.wallets.insert(account.to_owned(), amount);
        Ok(self)
    }

    /// The same positions, every account beginning with this much money, those with a wallet of their own and those of a script excepted.
    ///
    /// # Errors
    /// [`PopulationError`] when the amount is below zero.
    pub fn with_money(mut self, amount: Amount) -> Result<Self, PopulationError> {
        for opening in &self.openings {
            if amount < Amount::ZERO {
                return Err(PopulationError::NegativeWallet { account: opening.account.clone(), amount });
            }
            self.wallets.entry(opening.account.clone()).or_insert(amount);
        }
        Ok(self)
    }

    fn check_account(&self, account: &str) -> Result<(), PopulationError> {
        let opens = self.openings.iter().any(|opening| opening.account == account);
        if opens || self.script.accounts.iter().any(|scripted| scripted.name == account) {
            return Ok(());
        }
        Err(PopulationError::UnknownAccount { account: account.to_owned() })
    }

    /// The same positions, this account with this margin mode in runs with the stated modes.
    #[must_use]
    pub fn with_mode(mut self, account: &str, mode: MarginMode) -> Self {
        self.modes.insert(account.to_owned(), mode);
        self
    }

    /// The same positions, and these accounts that trade by script.
    #[must_use]
    pub fn with_script(mut self, script: Script) -> Self {
        self.script = script;
        self
    }

    /// The same positions at this leverage: of one account, or of all.
    ///
    /// # Errors
    /// [`PopulationError`] when there is no such account.
    pub fn with_leverage(mut self, account: Option<&str>, leverage: Leverage) -> Result<Self, PopulationError> {
        if let Some(account) = account {
            self.check_account(account)?;
        }
        let concerns = |name: &str| account.is_none_or(|account| account == name);
        for opening in self.openings.iter_mut().filter(|opening| concerns(&opening.account)) {
            opening.leverage = leverage;
        }
        for scripted in self.script.accounts.iter_mut().filter(|scripted| concerns(&scripted.name)) {
            for step in &mut scripted.steps {
                if let Act::Enter { leverage: entered, .. } = &mut step.act {
                    *entered = leverage;
                }
            }
        }
        Ok(self)
    }

    /// The same positions, this account getting more money once it has opened: into the box of its position (its long's, where it has both),
    /// or into its pool on cross.
    ///
    /// # Errors
    /// [`PopulationError`] when there is no such account or the amount is below zero.
    pub fn with_more(mut self, account: &str, amount: Amount) -> Result<Self, PopulationError> {
        if amount < Amount::ZERO {
            return Err(PopulationError::NegativeWallet { account: account.to_owned(), amount });
        }
        self.check_account(account)?;
        self.more.insert(account.to_owned(), amount);
        Ok(self)
    }

    /// The positions to be opened, in order.
    #[must_use]
    pub fn openings(&self) -> &[Opening] {
        &self.openings
    }

    /// The wallet stated for an account.
    #[must_use]
    pub fn wallet(&self, account: &str) -> Option<Amount> {
        self.wallets.get(account).copied()
    }

    /// The margin mode stated for an account.
    #[must_use]
    pub fn mode(&self, account: &str) -> Option<MarginMode> {
        self.modes.get(account).copied()
    }

    /// The accounts that trade by script.
    #[must_use]
    pub const fn script(&self) -> &Script {
        &self.script
    }

    pub(crate) fn more(&self, account: &str) -> Amount {
        self.more.get(account).copied().unwrap_or(Amount::ZERO)
    }
}
