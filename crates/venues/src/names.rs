//! Symbols with and without a venue, and the known names nearest to a wrong one.

use crate::error::VenueError;

/// The venues in the order in which a symbol without one is looked for.
pub(crate) const VENUES: [&str; 6] = ["binance-usdm", "binance-coinm", "bybit", "okx", "bitmex", "hyperliquid"];

/// A symbol and the venue that lists it, written `bybit:BTCUSD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct VenueSymbol {
    /// The venue.
    pub venue: &'static str,
    /// The symbol.
    pub symbol: &'static str,
}

impl core::fmt::Display for VenueSymbol {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.pad(&format!("{}:{}", self.venue, self.symbol))
    }
}

/// The venue that `text` means: the one it names, or of those that list the symbol Binance first, or the only one.
///
/// # Errors
/// [`VenueError::Unknown`] for an unknown venue or symbol, [`VenueError::Ambiguous`] when it may be several.
pub(crate) fn resolve<'text>(
    kind: &'static str,
    text: &'text str,
    lists: impl Fn(&str, &str) -> bool,
    all: impl FnOnce() -> Vec<VenueSymbol>,
) -> Result<(&'static str, &'text str), VenueError> {
    let unknown = |all: Vec<VenueSymbol>| {
        let names = all.iter().flat_map(|known| [known.symbol.to_owned(), known.to_string()]);
        VenueError::Unknown { kind, name: text.to_owned(), nearest: nearest(text, names) }
    };
    if let Some((prefix, symbol)) = text.split_once(':') {
        let venue = VENUES.into_iter().find(|venue| *venue == prefix).ok_or_else(|| VenueError::Unknown {
            kind: "venue",
            name: prefix.to_owned(),
            nearest: nearest(prefix, VENUES.into_iter().map(str::to_owned)),
        })?;
        return if lists(venue, symbol) { Ok((venue, symbol)) } else { Err(unknown(all())) };
    }
    let found: Vec<&'static str> = VENUES.into_iter().filter(|venue| lists(venue, text)).collect();
    match found.as_slice() {
        [] => Err(unknown(all())),
        [venue] => Ok((venue, text)),
        [venue, ..] if venue.starts_with("binance") => Ok((venue, text)),
        several => Err(VenueError::Ambiguous {
            symbol: text.to_owned(),
            choices: several.iter().map(|venue| format!("{venue}:{text}")).collect(),
        }),
    }
}

/// Up to three names that few edits turn into `wrong`, nearest first and none much farther than the best; case does not count.
pub(crate) fn nearest(wrong: &str, names: impl Iterator<Item = String>) -> Vec<String> {
    const MOST: usize = 3;
    const LONGEST: usize = 64; // nothing is near to a longer text, and comparing it takes its length squared
    let wrong = wrong.to_ascii_uppercase();
    let limit = wrong.len().div_euclid(3).max(2);
    if wrong.len() > LONGEST {
        return Vec::new();
    }
    let mut near: Vec<(usize, String)> = names
        .map(|name| (distance(&wrong, &name.to_ascii_uppercase()), name))
        .filter(|(distance, _)| *distance <= limit)
        .collect();
    near.sort();
    near.dedup();
    let best = near.first().map_or(0, |(distance, _)| *distance);
    near.retain(|(distance, _)| *distance <= best.saturating_add(1));
    near.into_iter().take(MOST).map(|(_, name)| name).collect()
}

/// Letters to insert, remove or replace to turn one text into the other.
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (letter, first) in left.bytes().zip(1_usize..) {
        let mut diagonal = core::mem::replace(row.first_mut().unwrap_or(&mut 0), first);
        let mut before = first;
        for (other, cell) in right.bytes().zip(row.iter_mut().skip(1)) {
            let replaced = diagonal.saturating_add(usize::from(letter != other));
            diagonal = *cell;
            *cell = replaced.min(before.saturating_add(1)).min(cell.saturating_add(1));
            before = *cell;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn distance_counts_edits() {
        for (left, right, edits) in
            [("", "", 0), ("", "AB", 2), ("KITTEN", "SITTING", 3), ("BTCUSD", "BTCUSDT", 1), ("ABC", "ABC", 0)]
        {
            assert_eq!(distance(left, right), edits, "{left} {right}");
            assert_eq!(distance(right, left), edits, "{right} {left}");
        }
    }

    #[test]
    fn nearest_is_short_sorted_and_blind_to_case() {
        let names = || ["okx", "bitmex", "bybit-linear", "bybit-inverse"].into_iter().map(str::to_owned);
        assert_eq!(nearest("Bitmax", names()), ["bitmex"]);
        assert_eq!(nearest("bybit-linaer", names()), ["bybit-linear"]);
        assert!(nearest("dydx-v4", names()).is_empty());
        assert!(nearest(&"x".repeat(100_000), names()).is_empty());
    }
}
