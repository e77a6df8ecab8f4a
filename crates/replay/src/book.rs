//! Opening the population: once, the same positions for both margin modes.

use crate::error::ReplayError;
use crate::market::Market;
use crate::population::{Opening, Population};
use crate::report::RefusedOpening;
use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::filters::{OrderFilters, OrderSide};
use ringfence_risk::plan::{Context, LegState, OrderIntent, OrderPlan, OrderRequest, plan_order};
use ringfence_risk::position::Position;
use ringfence_risk::refusal::Refusal;
use ringfence_risk::units::{Amount, Leverage, MarkPrice, Notional, Price, Quantity, Rate, Side};
use std::collections::BTreeMap;

/// A position that was opened.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    /// Number of its opening in the population.
    pub(crate) opening: usize,
    /// Number of its account.
    pub(crate) account: usize,
    pub(crate) position: Position,
    pub(crate) leverage: Leverage,
    pub(crate) entry: Price,
    pub(crate) fee: Amount,
    /// Liquidation price of its box as it opened.
    pub(crate) trigger: Option<MarkPrice>,
}

/// An account as the series begins.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) name: String,
    /// Money it came with.
    pub(crate) deposit: Amount,
    /// What is left after the boxes were filled and the fees paid.
    pub(crate) free: Amount,
    pub(crate) fees: Amount,
    /// Numbers of its positions.
    pub(crate) positions: Vec<usize>,
}

/// Everything that was opened, and what was refused.
#[derive(Clone, Debug)]
pub(crate) struct Book {
    pub(crate) held: Vec<Held>,
    pub(crate) accounts: Vec<Account>,
    pub(crate) refused: Vec<RefusedOpening>,
}

/// What openings are planned in.
#[derive(Clone, Copy)]
struct Desk<'a> {
    market: &'a Market,
    rate: Rate,
    mark: MarkPrice,
}

/// A replay holds orders against tick and lot only: size limits and price bands are the venue's business.
const FILTERS: OrderFilters = OrderFilters {
    min_quantity: Quantity::ZERO,
    max_quantity: Quantity::GREATEST,
    min_notional: Notional::ZERO,
    band_up: Rate::GREATEST,
    band_down: Rate::ZERO,
};

impl Desk<'_> {
    fn entry(&self, opening: &Opening) -> Result<Price, OutOfRange> {
        opening.entry.map_or_else(|| self.market.on_tick(self.mark, opening.side), Ok)
    }

    fn plan(&self, opening: &Opening, leg: LegState) -> Result<OrderPlan, Refusal> {
        let side = match opening.side {
            Side::Long => OrderSide::Buy,
            Side::Short => OrderSide::Sell,
        };
        let price = self.entry(opening)?;
        let request = OrderRequest { side, quantity: opening.quantity, price, intent: OrderIntent::Any };
        let context = Context { terms: self.market.terms(self.rate), leg, mark: self.mark };
        plan_order(&context, &FILTERS, &request)
    }
}

impl Book {
    /// Plans and applies every opening at the first mark. `rate` is the funding rate of the next settlement.
    ///
    /// The margin and the fee of each box leave the wallet as the plan says; what the plan refuses is kept with its reason.
    pub(crate) fn open(market: &Market, population: &Population, rate: Rate, mark: MarkPrice) -> Result<Self, ReplayError> {
        let desk = Desk { market, rate, mark };
        let mut book = Self { held: Vec::new(), accounts: Vec::new(), refused: Vec::new() };
        let owners = book.found_accounts(&desk, population)?;
        for (number, (opening, owner)) in population.openings().iter().zip(owners).enumerate() {
            let position = book.held.len();
            let Some(account) = book.accounts.get_mut(owner) else { continue };
            let leg = LegState::flat(opening.leverage, account.free);
            let (plan, trigger) = match desk.plan(opening, leg) {
                Ok(plan) => (plan, plan.liquidation_after.map(|price| price.trigger)),
                Err(refusal) => {
                    book.refused.push(RefusedOpening::new(opening, &refusal));
                    continue;
                }
            };
            let after = plan.apply(&leg)?;
            let Some(opened) = after.position else { continue };
            account.free = after.available;
            account.fees = account.fees.plus(plan.fee)?;
            account.positions.push(position);
            book.held.push(Held {
                opening: number,
                account: owner,
                position: opened,
                leverage: opening.leverage,
                entry: desk.entry(opening)?,
                fee: plan.fee,
                trigger,
            });
        }
        Ok(book)
    }

    /// One account per name, in order of appearance, with its wallet; answers whose each opening is.
    fn found_accounts(&mut self, desk: &Desk<'_>, population: &Population) -> Result<Vec<usize>, ReplayError> {
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        let mut owners = Vec::with_capacity(population.openings().len());
        for opening in population.openings() {
            let name = opening.account.as_str();
            let number = *numbers.entry(name).or_insert(self.accounts.len());
            if number == self.accounts.len() {
                let (name, positions) = (name.to_owned(), Vec::new());
                self.accounts.push(Account { name, deposit: Amount::ZERO, free: Amount::ZERO, fees: Amount::ZERO, positions });
            }
            owners.push(number);
            let posted = match desk.plan(opening, LegState::flat(opening.leverage, Amount::GREATEST)) {
                Ok(plan) => plan.posted,
                Err(_) => Amount::ZERO,
            };
            if let Some(account) = self.accounts.get_mut(number) {
                account.deposit = account.deposit.plus(posted)?.plus(posted)?;
            }
        }
        for account in &mut self.accounts {
            account.deposit = population.wallet(&account.name).unwrap_or(account.deposit);
            account.free = account.deposit;
        }
        Ok(owners)
    }

    /// Opening fees of all accounts.
    pub(crate) fn fees(&self) -> Result<Amount, OutOfRange> {
        self.accounts.iter().try_fold(Amount::ZERO, |sum, account| sum.plus(account.fees))
    }

    /// Money the accounts came with.
    pub(crate) fn deposits(&self) -> Result<Amount, OutOfRange> {
        self.accounts.iter().try_fold(Amount::ZERO, |sum, account| sum.plus(account.deposit))
    }
}
