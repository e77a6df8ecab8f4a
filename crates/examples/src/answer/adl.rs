//! Auto-deleveraging queues.

use num_traits::ToPrimitive;
use ringfence_risk::adl::{self, AdlEntry, AdlScore};
use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::ratio::Ratio;

use super::Answer;
use crate::ask::{Ask, malformed};
use crate::error::Trouble;
use crate::number::{Exact, parse, ten};

/// The queue in its order, accounts numbered as they are listed, and their names.
fn queue<'a>(ask: &Ask<'a>) -> Result<(Vec<AdlEntry>, Vec<&'a str>), Trouble> {
    let mut names = Vec::new();
    let mut entries = Vec::new();
    for (account, row) in (0_u64..).zip(ask.rows("accounts", 3)?) {
        let [name, quantity, score] = row.as_slice() else { continue };
        let number = |text: &str| parse(text).ok_or_else(|| malformed("accounts", text, "a decimal number"));
        entries.push(AdlEntry { account, quantity: ask.to_quantity(&number(quantity)?)?, score: score_of(&number(score)?)? });
        names.push(*name);
    }
    adl::rank(&mut entries);
    Ok((entries, names))
}

fn score_of(score: &Exact) -> Result<AdlScore, Trouble> {
    let raw = (score * ten(16)).round().to_integer().to_i128();
    Ok(AdlScore::from_raw(raw.ok_or(OutOfRange { what: "a score" })?))
}

fn name_of(names: &[&str], account: u64) -> String {
    usize::try_from(account).ok().and_then(|index| names.get(index)).map_or_else(String::new, |name| (*name).to_owned())
}

pub(super) fn order(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let (entries, names) = queue(ask)?;
    Ok(Answer::List(entries.iter().map(|entry| Answer::Text(name_of(&names, entry.account))).collect()))
}

pub(super) fn assign(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let (entries, names) = queue(ask)?;
    let (closed, _) = adl::assign(&entries, ask.to_quantity(&ask.number("size")?)?)?;
    let share = |(account, quantity): &(u64, ringfence_risk::units::Quantity)| {
        Ok(match ask.quantity(Ratio::whole(quantity.wide()))? {
            Answer::Number(quantity) => Answer::Share(name_of(&names, *account), quantity),
            other @ (Answer::Never | Answer::Text(_) | Answer::Share(..) | Answer::List(_)) => other,
        })
    };
    closed.iter().map(share).collect::<Result<Vec<_>, Trouble>>().map(Answer::List)
}
