//! The positions to be carried through a market.

use crate::error::PopulationError;
use ringfence_risk::arithmetic::{OutOfRange, add, mul, sub};
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
}

impl Population {
    /// These positions.
    #[must_use]
    pub const fn new(openings: Vec<Opening>) -> Self {
        Self { openings, wallets: BTreeMap::new() }
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
    /// [`PopulationError`] when the account has no position or the amount is below zero.
    pub fn with_wallet(mut self, account: &str, amount: Amount) -> Result<Self, PopulationError> {
        if amount < Amount::ZERO {
            return Err(PopulationError::NegativeWallet { account: account.to_owned(), amount });
        }
        if !self.openings.iter().any(|opening| opening.account == account) {
            return Err(PopulationError::UnknownAccount { account: account.to_owned() });
        }
        self.wallets.insert(account.to_owned(), amount);
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
}
