//! The core's objects that a question is about, and the core's answers turned back.

use num_traits::Zero;
use ringfence_risk::arithmetic::{OutOfRange, SCALE, mul};
use ringfence_risk::bracket::{BracketRow, BracketStyle, BracketTable};
use ringfence_risk::contract::{Contract, ContractSpec, ValueRounding};
use ringfence_risk::position::{Position, fill_value};
use ringfence_risk::ratio::Ratio;
use ringfence_risk::units::{Amount, Leverage, MarkPrice, Notional, Price, Quantity, Rate};

use crate::answer::Answer;
use crate::ask::{Ask, plain, raw, to_rate};
use crate::error::Trouble;
use crate::number::{Exact, nearest, ten, whole};

impl Ask<'_> {
    fn listing(&self, lot: Quantity, tick: Price) -> Result<ContractSpec, Trouble> {
        let multiplier = self.multiplier_number()? * ten(self.multiplier_power()?);
        Ok(ContractSpec {
            kind: self.kind,
            settlement: "COIN".parse().map_err(|_| OutOfRange { what: "an asset name" })?,
            tick,
            mark_step: MarkPrice::LEAST,
            lot,
            multiplier: Quantity::from_wide(raw(&multiplier)?)?,
            value_rounding: ValueRounding::PerFill,
        })
    }

    /// The contract asked about; its lot plays no part, its tick is the example's where it has one.
    pub(crate) fn contract(&self) -> Result<Contract, Trouble> {
        let tick = if self.has("tick") { self.price("tick")? } else { Price::LEAST };
        Ok(Contract::list(self.listing(Quantity::from_wide(mul(SCALE, SCALE)?)?, tick)?)?)
    }

    /// The contract with this lot: for questions that are answered with a quantity.
    pub(crate) fn contract_by(&self, lot: Quantity) -> Result<Contract, Trouble> {
        Ok(Contract::list(self.listing(lot, Price::from_wide(SCALE)?)?)?)
    }

    /// As [`Ask::contract`], its marks on whole numbers.
    pub(crate) fn contract_on_whole_marks(&self) -> Result<Contract, Trouble> {
        let spec = *self.contract()?.spec();
        Ok(Contract::list(ContractSpec { mark_step: self.unit_price()?.as_mark(), ..spec })?)
    }

    /// As [`Ask::contract`], each contract's value a whole number of units.
    pub(crate) fn contract_by_units(&self) -> Result<Contract, Trouble> {
        let spec = *self.contract()?.spec();
        Ok(Contract::list(ContractSpec { value_rounding: ValueRounding::PerContract, ..spec })?)
    }

    /// The position asked about, entered at a price, with this much margin in it.
    pub(crate) fn position(&self, contract: &Contract, entry: &str, margin: Amount) -> Result<Position, Trouble> {
        let (side, quantity) = self.held()?;
        let entry_value = fill_value(contract, quantity, self.price(entry)?)?;
        Ok(Position { side, quantity, entry_value, opening_margin: margin, added_margin: Amount::ZERO })
    }

    /// Bracket tables in which maintenance is `value × rate − deduction`, each with what of the deduction it leaves to be counted as money.
    ///
    /// The first has a bracket without maintenance below, ending where `value × rate` is the deduction; the second is flat.
    pub(crate) fn brackets(&self, rate: Rate, deduction: Amount) -> Result<Vec<(BracketTable, Amount)>, Trouble> {
        let flat = BracketTable::flat(rate, Leverage::ONE)?;
        let mut tables = vec![(flat, deduction)];
        if deduction > Amount::ZERO && rate > Rate::ZERO {
            let floor = whole(deduction.raw()) * whole(SCALE) / whole(rate.wide());
            if floor.is_integer() {
                let floor = Notional::from_wide(nearest(&floor).ok_or(OutOfRange { what: "a bracket" })?)?;
                let row = |floor, cap, maintenance_rate| BracketRow { floor, cap, max_leverage: Leverage::ONE, maintenance_rate };
                let rows = [row(Notional::ZERO, floor, Rate::ZERO), row(floor, Notional::GREATEST, rate)];
                tables.insert(0, (BracketTable::new(BracketStyle::Marginal, &rows)?, Amount::ZERO));
            }
        }
        Ok(tables)
    }

    /// A rate in parts, each times a power of ten: for products in which the rate stands alone, so that no digit of it is lost.
    pub(crate) fn rate_parts(&self, name: &str) -> Result<Vec<(Rate, i32)>, Trouble> {
        let mut rest = self.number(name)?;
        let (mut power, mut parts) = (0, Vec::new());
        while parts.is_empty() || (rest != whole(0) && parts.len() < 4) {
            // Whole units of 10⁻⁸ at this power, cut toward zero; what is left goes to the next part.
            let part = (&rest * ten(power + 8)).trunc() * ten(-8);
            rest -= &part * ten(-power);
            parts.push((to_rate(&part)?, power));
            power += 8;
        }
        Ok(parts)
    }

    /// A sum of money that is proportional to a rate, asked for each part of the rate.
    pub(crate) fn by_rate(&self, name: &str, amount: impl Fn(Rate) -> Result<Amount, OutOfRange>) -> Result<Answer, Trouble> {
        let mut sum = whole(0);
        for (rate, power) in self.rate_parts(name)? {
            sum += whole(amount(rate)?.raw()) * ten(-8 - power);
        }
        Ok(Answer::Number(sum / self.money_factor()))
    }

    /// A sum of money.
    pub(crate) fn money(&self, raw: i128) -> Answer {
        self.money_ratio(Ratio::whole(raw))
    }

    /// A sum of money before rounding.
    pub(crate) fn money_ratio(&self, ratio: Ratio) -> Answer {
        Answer::Number(plain(ratio) / self.money_factor())
    }

    /// A price, or that there is none.
    pub(crate) fn price_answer(&self, price: Option<Ratio>) -> Answer {
        price.map_or(Answer::Never, |price| Answer::Number(plain(price) * ten(-self.scale.price)))
    }

    /// A quantity.
    pub(crate) fn quantity(&self, ratio: Ratio) -> Result<Answer, Trouble> {
        let grown = Exact::from(self.scale.factor.clone()) * ten(self.scale.power - self.multiplier_power()?);
        Ok(Answer::Number(plain(ratio) / grown))
    }

    /// A number without a unit.
    #[expect(clippy::unused_self, reason = "beside the answers that have a unit")]
    pub(crate) fn bare(&self, ratio: Ratio) -> Answer {
        Answer::Number(plain(ratio))
    }

    /// `answer ÷ 10^power`.
    pub(crate) fn over(answer: Answer, power: i32) -> Answer {
        match answer {
            Answer::Number(value) if !value.is_zero() => Answer::Number(value * ten(-power)),
            other @ (Answer::Number(_) | Answer::Never | Answer::Text(_) | Answer::Share(..) | Answer::List(_)) => other,
        }
    }
}
