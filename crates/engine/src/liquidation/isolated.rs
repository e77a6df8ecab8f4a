//! Liquidating an isolated leg: its own margin, nothing else of the account.

use super::case::{Case, Holder};
use crate::engine::Run;

impl Run<'_> {
    pub(super) fn liquidate_leg(&mut self, case: &Case) {
        let Holder::Boxed(account) = case.holder else { return };
        if self.auto_add(case.market, account, case.side).is_some() {
            return;
        }
        self.take_steps(case);
    }
}
