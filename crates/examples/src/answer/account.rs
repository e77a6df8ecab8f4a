//! What is left after fills, fees and funding.

use num_traits::{Signed, Zero};
use ringfence_risk::contract::Contract;
use ringfence_risk::fee::fee;
use ringfence_risk::filters::OrderSide;
use ringfence_risk::margin::initial_margin;
use ringfence_risk::position::{Position, fill_value, increase, open, reduce, split};
use ringfence_risk::ratio::Ratio;
use ringfence_risk::units::{Amount, Leverage, Notional, Price, Quantity, Rate, Side};

use super::Answer;
use crate::ask::{Ask, malformed};
use crate::error::Trouble;
use crate::number::Exact;

/// Profit of the close, less both fees, with the funding received.
fn net(ask: &Ask<'_>, contract: &Contract) -> Result<(Position, Amount), Trouble> {
    let position = ask.position(contract, "entry", Amount::ZERO)?;
    let exit_value = fill_value(contract, position.quantity, ask.price("exit")?)?;
    let closed = reduce(contract, &position, position.quantity, exit_value)?;
    let opening = fee(position.entry_value, ask.rate("fee_open")?)?;
    let closing = fee(exit_value, ask.rate("fee_close")?)?;
    let net = closed.to_wallet()?.minus(opening)?.minus(closing)?.plus(ask.amount_or_zero("funding")?)?;
    Ok((position, net))
}

pub(super) fn net_pnl(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let (_, net) = net(ask, &ask.contract()?)?;
    Ok(ask.money(net.raw()))
}

/// The return on a position whose cost basis holds the opening fee: more for a long, less for a short.
pub(super) fn net_ratio(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let (position, net) = net(ask, &ask.contract()?)?;
    let paid = fee(position.entry_value, ask.rate("fee_open")?)?;
    let paid = match position.side {
        Side::Long => paid,
        Side::Short => paid.negated()?,
    };
    let basis = Amount::from_wide(position.entry_value.raw())?.plus(paid)?;
    let with_fee = Position { entry_value: Notional::from_wide(basis.raw())?, ..position };
    Ok(ask.bare(with_fee.return_on_equity(Ratio::whole(net.raw()), ask.leverage()?)?))
}

struct Book {
    position: Option<Position>,
    realised: Amount,
}

impl Book {
    /// One fill: what closes is realised, what opens is added, the fee is paid.
    fn fill(&mut self, contract: &Contract, side: OrderSide, fill: (Quantity, Price), rate: Rate) -> Result<(), Trouble> {
        let (quantity, price) = fill;
        let parts = split(self.position.as_ref(), side, quantity)?;
        let whole = fill_value(contract, quantity, price)?;
        let closing = fill_value(contract, parts.closing, price)?;
        let opening = whole.minus(closing)?;
        self.realised = self.realised.minus(fee(whole, rate)?)?;
        if let Some(position) = self.position
            && parts.closing > Quantity::ZERO
        {
            let closed = reduce(contract, &position, parts.closing, closing)?;
            self.position = closed.remaining;
            self.realised = self.realised.plus(closed.realised)?;
        }
        if parts.opening > Quantity::ZERO {
            self.position = Some(match self.position {
                Some(position) => increase(&position, parts.opening, opening, Leverage::ONE)?,
                None => open(side.opens(), parts.opening, opening, Leverage::ONE)?,
            });
        }
        Ok(())
    }
}

fn replay(ask: &Ask<'_>) -> Result<Book, Trouble> {
    let contract = ask.contract()?;
    let rate = ask.rate_or_zero("fee_rate")?;
    let mut book = Book { position: None, realised: Amount::ZERO };
    for (signed, price) in ask.fills()? {
        let side = if signed.is_negative() { OrderSide::Sell } else { OrderSide::Buy };
        book.fill(&contract, side, (ask.to_quantity(&signed.abs())?, price), rate)?;
    }
    Ok(book)
}

pub(super) fn sequence(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let book = replay(ask)?;
    let what = if ask.has("what") { ask.word("what")? } else { "realised" };
    match (what, book.position) {
        ("realised", _) => Ok(ask.money(book.realised.raw())),
        ("avg" | "qty", None) => Ok(Answer::Number(Exact::zero())),
        ("avg", Some(position)) => Ok(ask.price_answer(Some(position.exact_entry_price(&ask.contract()?)?))),
        ("qty", Some(position)) => ask.quantity(Ratio::new(position.side.sign() * position.quantity.wide(), 1)?),
        (other, _) => Err(malformed("what", other, "realised, avg or qty")),
    }
}

pub(super) fn balance(ask: &Ask<'_>) -> Result<Answer, Trouble> {
    let book = replay(ask)?;
    let equity = ask.amount("balance")?.plus(book.realised)?;
    match ask.word("part")? {
        "equity" => Ok(ask.money(equity.raw())),
        "available" => {
            let used = book.position.map_or(Ok(Amount::ZERO), |position| initial_margin(position.entry_value, Leverage::ONE))?;
            Ok(ask.money(equity.minus(used)?.raw()))
        }
        "bad_debt" => Ok(ask.money(equity.negated()?.or_zero().raw())),
        other => Err(malformed("part", other, "equity, available or bad_debt")),
    }
}
