//! What replays and comparisons share: the ladder, the way through a bar.

use clap::ValueEnum;
use ringfence_replay::{BarPath, DEFAULT_LADDER, LadderSides, MarkSteps, Population};
use ringfence_risk::solve::quantity_worth;
use ringfence_risk::units::{Amount, Leverage, MarkPrice, Notional, Quantity};

use crate::error::CliError;
use crate::setup::Setup;

/// The sides a ladder is built on.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Sides {
    Long,
    Short,
    Both,
}

/// The way through a bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PathArg {
    /// Open, low, high, close
    Olhc,
    /// Open, high, low, close
    Ohlc,
}

/// Which marks are visited between two prices of a bar.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum MarksArg {
    /// The recorded prices only: the mark jumps between them
    Recorded,
    /// Every step of the mark's grid
    EveryStep,
}

impl From<PathArg> for BarPath {
    fn from(path: PathArg) -> Self {
        match path {
            PathArg::Olhc => Self::OpenLowHighClose,
            PathArg::Ohlc => Self::OpenHighLowClose,
        }
    }
}

impl From<MarksArg> for MarkSteps {
    fn from(marks: MarksArg) -> Self {
        match marks {
            MarksArg::Recorded => Self::Recorded,
            MarksArg::EveryStep => Self::EveryStep,
        }
    }
}

/// A wallet: account=amount.
pub(crate) fn wallet(text: &str) -> Result<(String, Amount), String> {
    let (account, amount) = text.split_once('=').ok_or_else(|| format!("'{text}' is not account=amount"))?;
    let amount: Amount = amount.parse().map_err(|error: ringfence_risk::decimal::ParseError| error.to_string())?;
    Ok((account.to_owned(), amount))
}

/// A ladder of positions worth 10,000 of the quote currency each, unless a quantity is given, at these leverages or those of the default ladder
/// that the brackets allow.
pub(crate) fn ladder(
    setup: &Setup,
    mark: MarkPrice,
    sides: Sides,
    (quantity, leverages): (Option<Quantity>, &[Leverage]),
) -> Result<Population, CliError> {
    let quantity = match quantity {
        Some(quantity) => quantity,
        None => quantity_worth(&setup.listed.contract, "10000".parse::<Notional>().map_err(CliError::usage)?, mark.as_price())?,
    };
    setup.check_quantity(quantity)?;
    let sides = match sides {
        Sides::Long => LadderSides::Long,
        Sides::Short => LadderSides::Short,
        Sides::Both => LadderSides::Both,
    };
    if !leverages.is_empty() {
        let earlier = |index: usize, leverage: &Leverage| leverages.iter().take(index).any(|earlier| earlier == leverage);
        if let Some((_, leverage)) = leverages.iter().enumerate().find(|(index, leverage)| earlier(*index, leverage)) {
            return Err(CliError::Usage(format!("--leverages must differ, got {leverage} twice")));
        }
        return Ok(Population::ladder(sides, quantity, leverages));
    }
    // The ladder ends at the contract's greatest leverage: asking for more is left to those who name it.
    let greatest = setup.brackets.max_leverage(Notional::ZERO).unwrap_or(Leverage::ONE);
    let mut leverages = DEFAULT_LADDER.into_iter().map(Leverage::whole).collect::<Result<Vec<_>, _>>()?;
    leverages.retain(|leverage| *leverage <= greatest);
    if leverages.is_empty() {
        return Err(CliError::Usage(format!(
            "the ladder begins at 2x, but the brackets allow {greatest} at most: name --leverages"
        )));
    }
    Ok(Population::ladder(sides, quantity, &leverages))
}
