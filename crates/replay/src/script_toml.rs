//! Scripts from TOML files.

use crate::error::PopulationError;
use crate::script::{Act, Script, ScriptAccount, ScriptStep, When};
use crate::time::UtcTime;
use core::ops::Range;
use core::str::FromStr;
use ringfence_risk::decimal::ParseError;
use ringfence_risk::plan::MarginMode;
use ringfence_risk::units::{Amount, Leverage, Price, Quantity, Side};
use serde::Deserialize;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use toml::Spanned;

/// Most bytes of a file: a bound on memory.
const MOST_BYTES: u64 = 4 << 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileText {
    account: Vec<Spanned<AccountText>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountText {
    name: String,
    wallet: Spanned<Number>,
    margin: Option<Spanned<String>>,
    step: Vec<Spanned<StepText>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct StepText {
    r#do: Spanned<String>,
    side: Spanned<String>,
    at: Option<Spanned<Number>>,
    mark_at_or_below: Option<Spanned<Number>>,
    mark_at_or_above: Option<Spanned<Number>>,
    quantity: Option<Spanned<Number>>,
    leverage: Option<Spanned<Number>>,
    amount: Option<Spanned<Number>>,
    price: Option<Spanned<Number>>,
}

/// A number as it was written: text or a whole number, never a float, so that it stays exact.
struct Number(String);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Number;

            fn expecting(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                formatter.write_str("a number in quotes (so that it stays exact) or a whole number")
            }

            fn visit_str<E>(self, text: &str) -> Result<Number, E> {
                Ok(Number(text.to_owned()))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Number, E> {
                Ok(Number(number.to_string()))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl Script {
    /// Reads a script from a TOML file.
    ///
    /// Each `[[account]]` has a `name`, a `wallet`, if you like `margin = "isolated"` or `"cross"` (for runs with the stated modes), and steps.
    /// Each `[[account.step]]` names what it does (`do`), its `side`, and when: `at` (`"2020-03-12 10:30:00"` in UTC, or milliseconds since
    /// 1970), `mark-at-or-below`, or `mark-at-or-above`; and what it needs: `enter` a `quantity` and a `leverage`, `add` and `reduce` a
    /// `quantity`, `close` nothing, `leverage` a `leverage`, `add-margin` and `remove-margin` an `amount`, `take-profit` and `stop-loss` a
    /// `price`. Numbers stand in quotes; unknown keys are refused.
    ///
    /// # Errors
    /// [`PopulationError`]: one line that names file, line, field, limit and value, for the first fault.
    pub fn from_toml(path: &Path) -> Result<Self, PopulationError> {
        let file = path.display().to_string();
        let failed = |error| PopulationError::Io { file: file.clone(), error };
        let mut bytes = Vec::new();
        File::open(path).and_then(|opened| opened.take(MOST_BYTES.saturating_add(1)).read_to_end(&mut bytes)).map_err(failed)?;
        let whole = |fault| PopulationError::Content { file: file.clone(), row: None, fault };
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MOST_BYTES {
            return Err(whole(format!("a script must have at most {MOST_BYTES} bytes, got more")));
        }
        let text = String::from_utf8(bytes).map_err(|_| whole("a script must be UTF-8 text, got other bytes".to_owned()))?;
        parse(&file, &text)
    }
}

/// Reads the text of a script; `file` is named in errors.
pub(crate) fn parse(file: &str, text: &str) -> Result<Script, PopulationError> {
    let source = Source { file, text };
    let parsed: FileText = toml::from_str(text).map_err(|error| {
        let line = error.span().map(|span| source.line(span.start));
        let message = error.message().split_whitespace().collect::<Vec<_>>().join(" ");
        PopulationError::Content { file: file.to_owned(), row: line, fault: message }
    })?;
    let mut accounts: Vec<ScriptAccount> = Vec::new();
    for account in parsed.account {
        let span = account.span();
        let account = source.account(account.into_inner(), &span)?;
        if accounts.iter().any(|earlier| earlier.name == account.name) {
            return Err(source.fault(&span, format!("name must be used once, got '{}' again", account.name)));
        }
        accounts.push(account);
    }
    Ok(Script { accounts })
}

struct Source<'a> {
    file: &'a str,
    text: &'a str,
}

impl Source<'_> {
    fn line(&self, offset: usize) -> u64 {
        let before = self.text.get(..offset).unwrap_or(self.text);
        u64::try_from(before.matches('\n').count()).unwrap_or(0).saturating_add(1)
    }

    fn fault(&self, span: &Range<usize>, fault: String) -> PopulationError {
        PopulationError::Content { file: self.file.to_owned(), row: Some(self.line(span.start)), fault }
    }

    fn number<T: FromStr<Err = ParseError>>(&self, field: &str, number: &Spanned<Number>) -> Result<T, PopulationError> {
        let text = &number.as_ref().0;
        text.parse().map_err(|error: ParseError| {
            let said = error.to_string();
            let fault = if said.starts_with(field) { said } else { format!("{field}: {said}") };
            self.fault(&number.span(), fault)
        })
    }

    fn account(&self, account: AccountText, span: &Range<usize>) -> Result<ScriptAccount, PopulationError> {
        let AccountText { name, wallet, margin, step } = account;
        if name.trim().is_empty() || name.chars().count() > 40 || name.chars().any(char::is_control) {
            return Err(self.fault(span, "name must have 1 to 40 printable characters".to_owned()));
        }
        let money: Amount = self.number("wallet", &wallet)?;
        if money < Amount::ZERO {
            return Err(self.fault(&wallet.span(), format!("wallet must not be below 0, got {money}")));
        }
        let mode = match margin.as_ref().map(|margin| margin.as_ref().as_str()) {
            None | Some("isolated") => MarginMode::Isolated,
            Some("cross") => MarginMode::Cross,
            Some(other) => {
                let place = margin.as_ref().map_or_else(|| span.clone(), Spanned::span);
                return Err(self.fault(&place, format!("margin must be isolated or cross, got '{other}'")));
            }
        };
        if step.is_empty() {
            return Err(self.fault(span, format!("account '{name}' must have at least one step, got none")));
        }
        let steps: Vec<ScriptStep> = step.into_iter().map(|step| self.step(step)).collect::<Result<_, _>>()?;
        let account = ScriptAccount { name, wallet: money, mode, steps };
        let sides = account.sides();
        if let Some(step) = account.steps.iter().find(|step| !sides.contains_key(&step.side)) {
            let row = u64::try_from(step.line).ok();
            let fault =
                format!("a step of the {} needs a step of account '{}' that enters it, got none", step.side, account.name);
            return Err(PopulationError::Content { file: self.file.to_owned(), row, fault });
        }
        Ok(account)
    }

    fn step(&self, step: Spanned<StepText>) -> Result<ScriptStep, PopulationError> {
        let span = step.span();
        let line = usize::try_from(self.line(span.start)).unwrap_or(0);
        let step = step.into_inner();
        let side = match step.side.as_ref().as_str() {
            "long" => Side::Long,
            "short" => Side::Short,
            other => return Err(self.fault(&step.side.span(), format!("side must be long or short, got '{other}'"))),
        };
        let when = match (&step.at, &step.mark_at_or_below, &step.mark_at_or_above) {
            (Some(at), None, None) => When::At(self.time(at)?),
            (None, Some(mark), None) => When::MarkAtOrBelow(self.number("mark-at-or-below", mark)?),
            (None, None, Some(mark)) => When::MarkAtOrAbove(self.number("mark-at-or-above", mark)?),
            _ => {
                let rule = "a step must have one of at, mark-at-or-below and mark-at-or-above";
                return Err(self.fault(&span, rule.to_owned()));
            }
        };
        Ok(ScriptStep { when, side, act: self.act(&step, &span)?, line })
    }

    fn time(&self, at: &Spanned<Number>) -> Result<i64, PopulationError> {
        let text = &at.as_ref().0;
        let rule = "at must be a time in UTC like '2020-03-12 10:30:00', or milliseconds since 1970";
        text.parse()
            .ok()
            .or_else(|| UtcTime::of(text).map(|time| time.0))
            .ok_or_else(|| self.fault(&at.span(), format!("{rule}, got '{text}'")))
    }

    fn act(&self, step: &StepText, span: &Range<usize>) -> Result<Act, PopulationError> {
        let name = step.r#do.as_ref().as_str();
        let needs: &[&str] = match name {
            "enter" => &["quantity", "leverage"],
            "add" | "reduce" => &["quantity"],
            "close" => &[],
            "leverage" => &["leverage"],
            "add-margin" | "remove-margin" => &["amount"],
            "take-profit" | "stop-loss" => &["price"],
            other => {
                let rule = "do must be enter, add, reduce, close, leverage, add-margin, remove-margin, take-profit or stop-loss";
                return Err(self.fault(&step.r#do.span(), format!("{rule}, got '{other}'")));
            }
        };
        let given =
            [("quantity", &step.quantity), ("leverage", &step.leverage), ("amount", &step.amount), ("price", &step.price)];
        for (field, number) in given {
            match (needs.contains(&field), number) {
                (true, None) => return Err(self.fault(span, format!("{name} needs a {field}"))),
                (false, Some(number)) => return Err(self.fault(&number.span(), format!("{name} takes no {field}"))),
                (true, Some(_)) | (false, None) => {}
            }
        }
        let positive = "greater than 0";
        let quantity =
            || self.bounded("quantity", step.quantity.as_ref(), (Quantity::ZERO, positive), |value| *value > Quantity::ZERO);
        let leverage =
            || self.bounded("leverage", step.leverage.as_ref(), (Leverage::ONE, "at least 1"), |value| *value >= Leverage::ONE);
        let amount = || self.bounded("amount", step.amount.as_ref(), (Amount::ZERO, positive), |value| *value > Amount::ZERO);
        let price = || match &step.price {
            Some(price) => self.number::<Price>("price", price),
            None => Err(self.fault(span, format!("{name} needs a price"))),
        };
        Ok(match name {
            "enter" => Act::Enter { quantity: quantity()?, leverage: leverage()? },
            "add" => Act::Add { quantity: quantity()? },
            "reduce" => Act::Reduce { quantity: quantity()? },
            "leverage" => Act::Leverage { leverage: leverage()? },
            "add-margin" => Act::AddMargin { amount: amount()? },
            "remove-margin" => Act::RemoveMargin { amount: amount()? },
            "take-profit" => Act::TakeProfit { price: price()? },
            "stop-loss" => Act::StopLoss { price: price()? },
            _ => Act::Close,
        })
    }

    /// A number that a rule allows; the fallback where there is none.
    fn bounded<T: FromStr<Err = ParseError> + core::fmt::Display>(
        &self,
        field: &str,
        number: Option<&Spanned<Number>>,
        (fallback, rule): (T, &str),
        allowed: impl Fn(&T) -> bool,
    ) -> Result<T, PopulationError> {
        let Some(number) = number else { return Ok(fallback) };
        let value: T = self.number(field, number)?;
        if allowed(&value) {
            return Ok(value);
        }
        Err(self.fault(&number.span(), format!("{field} must be {rule}, got {value}")))
    }
}
