//! Holding an answer against a printed number, exactly.

use num_traits::{Signed, Zero};

use crate::answer::Answer;
use crate::number::{Exact, parse, ten, truncated, whole};
use crate::schema::{Compare, Field};

/// Whether an answer agrees with what was printed; `None` when what was printed is not a number but should be.
///
/// A price that does not exist ("no price liquidates") agrees with the word `none` and with a printed price of zero or less.
pub(crate) fn agrees(answer: &Answer, expected: &Field, compare: &Compare) -> Option<bool> {
    match (answer, expected) {
        (Answer::List(answers), Field::List(expected)) => {
            let mut all = answers.len() == expected.len();
            for (answer, expected) in answers.iter().zip(expected) {
                all &= agrees(answer, expected, compare)?;
            }
            Some(all)
        }
        (Answer::List(_), Field::Text(_)) | (_, Field::List(_)) => Some(false),
        (Answer::Text(answer), Field::Text(expected)) => Some(answer == expected),
        (Answer::Share(who, quantity), Field::Text(expected)) => Some(match expected.rsplit_once(':') {
            Some((name, printed)) => name == who && parse(printed).is_some_and(|printed| printed == *quantity),
            None => false,
        }),
        (Answer::Never, Field::Text(expected)) => {
            if expected == "none" {
                return Some(true);
            }
            parse(expected).map(|printed| !printed.is_positive())
        }
        (Answer::Number(_), Field::Text(expected)) if expected == "none" => Some(false),
        (Answer::Number(value), Field::Text(expected)) => parse(expected).map(|printed| close(value, &printed, compare)),
    }
}

/// Whether a number agrees with a printed one.
pub(crate) fn close(value: &Exact, printed: &Exact, compare: &Compare) -> bool {
    let distance = (value - printed).abs();
    match compare {
        Compare::Exact => distance <= printed.abs() * ten(-40),
        Compare::Round(places) => distance * whole(2) <= ten(-places),
        Compare::Trunc(places) => (truncated(&(value * ten(*places))) * ten(-places) - printed).is_zero(),
        Compare::Ulp(places, units) => distance <= ten(-places) * whole(i128::from(*units)),
        Compare::Rel(share) => distance <= printed.abs() * share,
    }
}
