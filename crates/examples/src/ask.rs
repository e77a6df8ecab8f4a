//! One question at one scale: reads inputs as the core's types and turns the core's answers back.

use num_traits::Signed;
use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::contract::ContractKind;
use ringfence_risk::ratio::Ratio;
use ringfence_risk::units::{Amount, Leverage, MarkPrice, Notional, Price, Quantity, Rate, Side};

use crate::error::Trouble;
use crate::number::{Exact, nearest, parse, room, ten, whole};
use crate::scale::{Grow, Scale, Shape};
use crate::schema::{Example, Field};

/// A question at one scale.
pub(crate) struct Ask<'a> {
    pub(crate) example: &'a Example,
    pub(crate) kind: ContractKind,
    pub(crate) shape: Shape,
    pub(crate) scale: Scale,
}

/// The kind of contract a question is about: an input may say it, and an example of a quanto contract asks linear questions.
pub(crate) fn kind_of(example: &Example, shape: Shape) -> Result<ContractKind, Trouble> {
    match shape.kind {
        Some(ContractKind::Linear) if example.contract == "quanto" => Ok(ContractKind::Quanto),
        Some(kind) => Ok(kind),
        None => match word_of(example, "contract")? {
            "linear" => Ok(ContractKind::Linear),
            "inverse" => Ok(ContractKind::Inverse),
            other => Err(malformed("contract", other, "linear or inverse")),
        },
    }
}

pub(crate) fn malformed(field: &str, value: &str, wanted: &'static str) -> Trouble {
    Trouble::Malformed { field: format!("inputs.{field}"), value: value.to_owned(), wanted }
}

fn field_of<'a>(example: &'a Example, name: &str) -> Option<&'a Field> {
    example.inputs.iter().find(|(input, _)| input == name).map(|(_, field)| field)
}

fn word_of<'a>(example: &'a Example, name: &str) -> Result<&'a str, Trouble> {
    match field_of(example, name) {
        Some(Field::Text(text)) => Ok(text),
        Some(list @ Field::List(_)) => Err(malformed(name, &list.shown(), "a text")),
        None => Err(malformed(name, "nothing", "a text")),
    }
}

fn decimal(name: &str, text: &str) -> Result<Exact, Trouble> {
    parse(text).ok_or_else(|| malformed(name, text, "a decimal number"))
}

/// To whole units of 10⁻⁸, the nearest.
pub(crate) fn raw(value: &Exact) -> Result<i128, OutOfRange> {
    nearest(&(value * ten(8))).ok_or(OutOfRange { what: "an input" })
}

/// A fraction of the core in its own units of 10⁻⁸.
pub(crate) fn plain(ratio: Ratio) -> Exact {
    whole(ratio.numerator()) / whole(ratio.denominator()) * ten(-8)
}

impl<'a> Ask<'a> {
    pub(crate) fn has(&self, name: &str) -> bool {
        field_of(self.example, name).is_some()
    }

    pub(crate) fn number(&self, name: &str) -> Result<Exact, Trouble> {
        decimal(name, word_of(self.example, name).map_err(|_| malformed(name, &self.shown(name), "a decimal number"))?)
    }

    pub(crate) fn number_or(&self, name: &str, default: i128) -> Result<Exact, Trouble> {
        if self.has(name) { self.number(name) } else { Ok(whole(default)) }
    }

    pub(crate) fn word(&self, name: &str) -> Result<&'a str, Trouble> {
        word_of(self.example, name)
    }

    fn shown(&self, name: &str) -> String {
        field_of(self.example, name).map_or_else(|| "nothing".to_owned(), Field::shown)
    }

    pub(crate) fn list(&self, name: &str) -> Result<&'a [Field], Trouble> {
        match field_of(self.example, name) {
            Some(Field::List(items)) => Ok(items),
            Some(Field::Text(_)) | None => Err(malformed(name, &self.shown(name), "a list")),
        }
    }

    /// A list of lists of `width` texts.
    pub(crate) fn rows(&self, name: &str, width: usize) -> Result<Vec<Vec<&'a str>>, Trouble> {
        let row = |field: &'a Field| match field {
            Field::List(items) if items.len() == width => items.iter().map(|item| self.text_of(name, item)).collect(),
            Field::List(_) | Field::Text(_) => Err(malformed(name, &field.shown(), "a list of lists of decimal numbers")),
        };
        self.list(name)?.iter().map(row).collect()
    }

    fn text_of(&self, name: &str, field: &'a Field) -> Result<&'a str, Trouble> {
        match field {
            Field::Text(text) => Ok(text),
            Field::List(_) => Err(malformed(name, &self.shown(name), "a list of decimal numbers")),
        }
    }

    pub(crate) fn numbers(&self, name: &str) -> Result<Vec<Exact>, Trouble> {
        self.list(name)?.iter().map(|item| decimal(name, self.text_of(name, item)?)).collect()
    }

    /// Rows of `width` numbers.
    pub(crate) fn number_rows(&self, name: &str, width: usize) -> Result<Vec<Vec<Exact>>, Trouble> {
        self.rows(name, width)?.iter().map(|row| row.iter().map(|text| decimal(name, text)).collect()).collect()
    }

    /// The fills: signed quantity and price.
    pub(crate) fn fills(&self) -> Result<Vec<(Exact, Price)>, Trouble> {
        self.number_rows("fills", 2)?
            .into_iter()
            .map(|row| match <[Exact; 2]>::try_from(row) {
                Ok([quantity, price]) => Ok((quantity, self.to_price(&price)?)),
                Err(_) => Err(malformed("fills", &self.shown("fills"), "a list of pairs")),
            })
            .collect()
    }

    pub(crate) fn side(&self) -> Result<Side, Trouble> {
        match self.word("side")? {
            "long" | "both" => Ok(Side::Long),
            "short" => Ok(Side::Short),
            other => Err(malformed("side", other, "long, short or both")),
        }
    }

    // ---- scaling ----

    /// By how much money grows.
    pub(crate) fn money_factor(&self) -> Exact {
        let price = match self.kind {
            ContractKind::Linear | ContractKind::Quanto => self.scale.price,
            ContractKind::Inverse => -self.scale.price,
        };
        Exact::from(self.scale.factor.clone()) * ten(self.scale.power + price)
    }

    pub(crate) fn multiplier_number(&self) -> Result<Exact, Trouble> {
        let name = ["mult", "face", "per_unit"].into_iter().find(|name| self.has(name));
        name.map_or_else(|| Ok(whole(1)), |name| self.number(name))
    }

    /// The part of the power of ten that the multiplier takes.
    pub(crate) fn multiplier_power(&self) -> Result<i32, Trouble> {
        let power = self.scale.power;
        Ok(match self.shape.grow {
            Grow::Nothing => 0,
            Grow::Multiplier if power < 0 => power,
            Grow::Multiplier | Grow::Quantity => {
                let left = power - self.scale.quantity.min(power);
                left.min(room(&self.multiplier_number()?, &(whole(9) * ten(10))))
            }
        })
    }

    /// A quantity at this scale.
    pub(crate) fn to_quantity(&self, value: &Exact) -> Result<Quantity, Trouble> {
        let grown = value * Exact::from(self.scale.factor.clone()) * ten(self.scale.power - self.multiplier_power()?);
        Ok(Quantity::from_wide(raw(&grown)?)?)
    }

    pub(crate) fn to_price(&self, value: &Exact) -> Result<Price, Trouble> {
        Ok(Price::from_wide(raw(&(value * ten(self.scale.price)))?)?)
    }

    pub(crate) fn to_amount(&self, value: &Exact) -> Result<Amount, Trouble> {
        Ok(Amount::from_wide(raw(&(value * self.money_factor()))?)?)
    }

    pub(crate) fn to_notional(&self, value: &Exact) -> Result<Notional, Trouble> {
        Ok(Notional::from_wide(self.to_amount(value)?.raw())?)
    }

    // ---- inputs as the core's types ----

    pub(crate) fn price(&self, name: &str) -> Result<Price, Trouble> {
        self.to_price(&self.number(name)?)
    }

    pub(crate) fn mark(&self, name: &str) -> Result<MarkPrice, Trouble> {
        Ok(self.price(name)?.as_mark())
    }

    /// A price of one: what makes a quantity its own value.
    pub(crate) fn unit_price(&self) -> Result<Price, Trouble> {
        self.to_price(&whole(1))
    }

    pub(crate) fn amount(&self, name: &str) -> Result<Amount, Trouble> {
        self.to_amount(&self.number(name)?)
    }

    /// Zero where it is not given.
    pub(crate) fn amount_or_zero(&self, name: &str) -> Result<Amount, Trouble> {
        self.to_amount(&self.number_or(name, 0)?)
    }

    pub(crate) fn notional(&self, name: &str) -> Result<Notional, Trouble> {
        self.to_notional(&self.number(name)?)
    }

    pub(crate) fn rate(&self, name: &str) -> Result<Rate, Trouble> {
        to_rate(&self.number(name)?)
    }

    /// Zero where it is not given.
    pub(crate) fn rate_or_zero(&self, name: &str) -> Result<Rate, Trouble> {
        to_rate(&self.number_or(name, 0)?)
    }

    pub(crate) fn leverage(&self) -> Result<Leverage, Trouble> {
        Ok(Leverage::from_wide(raw(&self.number("lev")?)?)?)
    }

    /// Side and size of the position asked about; a negative size turns the side, no size means one.
    pub(crate) fn held(&self) -> Result<(Side, Quantity), Trouble> {
        let name = ["qty", "contracts", "size", "total_qty", "value"].into_iter().find(|name| self.has(name));
        let size = name.map_or_else(|| Ok(whole(1)), |name| self.number(name))?;
        let side = if self.has("side") { self.side()? } else { Side::Long };
        let side = if size.is_negative() { side.opposite() } else { side };
        Ok((side, self.to_quantity(&size.abs())?))
    }
}

/// The nearest rate.
pub(crate) fn to_rate(value: &Exact) -> Result<Rate, Trouble> {
    Ok(Rate::from_wide(raw(value)?)?)
}
