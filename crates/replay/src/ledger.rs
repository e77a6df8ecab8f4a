//! Money that is neither in a wallet nor in a box, counted as it moves.

use ringfence_risk::arithmetic::OutOfRange;
use ringfence_risk::units::Amount;

/// Where money went. Every movement out of an account lands in exactly one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ledger {
    /// Opening fees.
    pub(crate) fees: Amount,
    /// The insurance fund, which begins at zero and may go below it.
    pub(crate) insurance: Amount,
    /// Cash of the outside counterparty: it holds the other side of every position and of every funding payment.
    pub(crate) outside: Amount,
    /// What liquidated boxes, or liquidation fees, brought to the insurance fund.
    pub(crate) to_insurance: Amount,
    /// What the insurance fund paid.
    pub(crate) deficits: Amount,
    /// Funding the positions paid, net.
    pub(crate) funding: Amount,
    /// Funding they could not cover; the outside counterparty went without.
    pub(crate) funding_unpaid: Amount,
}

impl Ledger {
    pub(crate) const fn new(fees: Amount) -> Self {
        let zero = Amount::ZERO;
        Self { fees, insurance: zero, outside: zero, to_insurance: zero, deficits: zero, funding: zero, funding_unpaid: zero }
    }

    /// A position was closed with this profit: the outside counterparty lost it.
    pub(crate) fn realise(&mut self, profit: Amount) -> Result<(), OutOfRange> {
        self.outside = self.outside.minus(profit)?;
        Ok(())
    }

    /// The insurance fund receives.
    pub(crate) fn insure(&mut self, amount: Amount) -> Result<(), OutOfRange> {
        self.insurance = self.insurance.plus(amount)?;
        self.to_insurance = self.to_insurance.plus(amount)?;
        Ok(())
    }

    /// The insurance fund pays.
    pub(crate) fn cover(&mut self, deficit: Amount) -> Result<(), OutOfRange> {
        self.insurance = self.insurance.minus(deficit)?;
        self.deficits = self.deficits.plus(deficit)?;
        Ok(())
    }

    /// Funding of `due` was exchanged, of which `paid` could be covered.
    pub(crate) fn fund(&mut self, due: Amount, paid: Amount) -> Result<(), OutOfRange> {
        self.outside = self.outside.plus(paid)?;
        self.funding = self.funding.plus(paid)?;
        self.funding_unpaid = self.funding_unpaid.plus(due.minus(paid)?)?;
        Ok(())
    }
}
