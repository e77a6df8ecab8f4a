//! The audit: what must add up, incrementally after every command and from scratch on request.

use ringfence_risk::plan::{MarginMode, PositionMode};
use ringfence_risk::units::{Amount, Asset, Side};

use super::hold::hold_of;
use super::ledger::Totals;
use super::market::Market;
use super::market_ledger::MarketLedger;
use super::participant::Participant;
use super::{State, index};
use crate::ids::MarketId;

/// The books of one asset, recomputed from every wallet, order and position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Audit {
    /// Which asset.
    pub asset: Asset,
    /// What its accounts hold.
    pub totals: Totals,
    /// Deposits less withdrawals, less everything there is: zero, or money appeared or vanished. In 10⁻⁸.
    pub difference: i128,
}

/// Something that does not add up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditDifference {
    /// What.
    pub what: String,
}

impl core::fmt::Display for AuditDifference {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str(&self.what)
    }
}

impl core::error::Error for AuditDifference {}

impl State {
    /// Looks for what does not add up where the present command did something: O(markets it touched).
    #[inline]
    pub(crate) fn fault(&self) -> Option<&'static str> {
        for books in &self.assets {
            if books.totals.difference() != 0 {
                return Some("money appeared or vanished");
            }
            if books.totals.fees < 0 {
                return Some("fees are below zero");
            }
            if !books.is_covered() {
                return Some("a wallet is below zero");
            }
        }
        self.visited.iter().filter_map(|market| self.market(*market)).find_map(|market| market.ledger.fault())
    }

    /// Recomputes everything from every wallet, order and position.
    ///
    /// # Errors
    /// The first [`AuditDifference`] between what is kept and what is recomputed.
    pub fn audit(&self) -> Result<Vec<Audit>, AuditDifference> {
        self.audit_accounts()?;
        let mut audits = Vec::new();
        for (books, number) in self.assets.iter().zip(0_u8..) {
            let mut totals = Totals { outside: books.totals.outside, fees: books.totals.fees, ..Totals::default() };
            for wallet in &books.wallets {
                if wallet.free < Amount::ZERO {
                    return Err(differs("a wallet below zero", wallet.free.raw(), 0));
                }
                totals.wallets = totals.wallets.wrapping_add(wallet.free.raw());
            }
            for market in self.markets.iter().filter(|market| market.asset.0 == number) {
                self.audit_market(market, &mut totals)?;
            }
            if totals != books.totals {
                return Err(AuditDifference { what: format!("{}: kept {:?}, recomputed {totals:?}", books.asset, books.totals) });
            }
            audits.push(Audit { asset: books.asset, totals, difference: totals.difference() });
        }
        Ok(audits)
    }

    /// How many markets each account holds cross positions in, and one leverage and margin mode for both sides in one-way mode.
    fn audit_accounts(&self) -> Result<(), AuditDifference> {
        for (account, number) in self.accounts.iter().zip(0_u32..) {
            let parts =
                account.markets.iter().filter_map(|market| self.market(*market)?.participant(crate::book::AccountId(number)));
            let mut crossed = 0_u32;
            for part in parts {
                crossed = crossed.saturating_add(u32::from(part.has_cross_position()));
                if account.position_mode == PositionMode::OneWay && part.leverage.long != part.leverage.short {
                    return Err(AuditDifference { what: format!("account {number}: two leverages in one-way mode") });
                }
                if account.position_mode == PositionMode::OneWay && part.margin_mode.long != part.margin_mode.short {
                    return Err(AuditDifference { what: format!("account {number}: two margin modes in one-way mode") });
                }
            }
            if crossed != account.cross_markets {
                return Err(differs("markets with cross positions", account.cross_markets.into(), crossed.into()));
            }
        }
        Ok(())
    }

    fn audit_market(&self, market: &Market, totals: &mut Totals) -> Result<(), AuditDifference> {
        market.book.check().map_err(|broken| AuditDifference { what: format!("{}: book {broken:?}", market.listing.symbol) })?;
        let mut sums = MarketLedger::default();
        for participant in &market.participants {
            for position in [participant.positions.long, participant.positions.short].into_iter().flatten() {
                sums.count(&market.contract, &position, 1);
            }
            let mode =
                self.accounts.get(index(participant.account.0)).map_or(PositionMode::OneWay, |account| account.position_mode);
            let held = audit_orders(market, participant)?;
            let hold = hold_of(market, &held, mode).map_err(|error| AuditDifference { what: error.to_string() })?;
            if hold != participant.hold {
                return Err(differs("a hold", participant.hold.raw(), hold.raw()));
            }
            totals.holds = totals.holds.wrapping_add(hold.raw());
        }
        if let Some(fund) = &market.fund {
            sums.count(&market.contract, fund, 1);
        }
        let kept = &market.ledger;
        for (what, kept, found) in [
            ("longs", kept.long, sums.long),
            ("shorts", kept.short, sums.short),
            ("cost basis", kept.cost, sums.cost),
            ("margins of positions", kept.position_margins, sums.position_margins),
        ] {
            if kept != found {
                return Err(differs(what, kept, found));
            }
        }
        if let Some(fault) = kept.fault() {
            return Err(AuditDifference { what: format!("{}: {fault}", market.listing.symbol) });
        }
        totals.margins = totals.margins.wrapping_add(sums.position_margins);
        totals.insurance = totals.insurance.wrapping_add(kept.insurance);
        totals.settlement = totals.settlement.wrapping_add(kept.settlement);
        totals.funding = totals.funding.wrapping_add(kept.funding);
        totals.uncovered = totals.uncovered.wrapping_add(kept.uncovered);
        Ok(())
    }

    /// Whether a pool stands behind a position in a market whose mark liquidates nobody at present.
    fn is_partly_halted(&self, account: crate::book::AccountId, asset: crate::ids::AssetId) -> bool {
        self.cross_markets(account, asset)
            .any(|(market, participant)| participant.has_cross_position() && !market.liquidates_at(self.clock))
    }

    /// The first isolated position or pool that the present marks should have liquidated and did not; `None` where all are safe. Slow.
    #[must_use]
    pub fn overdue(&self) -> Option<(MarketId, crate::book::AccountId, Side)> {
        for market in self.markets.iter().filter(|market| market.liquidates_at(self.clock)) {
            let Some(mark) = market.prices.mark else { continue };
            for participant in &market.participants {
                for position in [participant.positions.long, participant.positions.short].into_iter().flatten() {
                    let is_overdue = match participant.margin_mode.of(position.side) {
                        MarginMode::Isolated => ringfence_risk::isolated::Leg::isolated(market.terms(), &position)
                            .and_then(|leg| leg.is_liquidatable(mark))
                            .unwrap_or(true),
                        // The mark of a halted market liquidates nobody, whatever it does to the pool.
                        MarginMode::Cross if self.is_partly_halted(participant.account, market.asset) => false,
                        MarginMode::Cross => {
                            self.with_pool(participant.account, market.asset, |pool| pool.is_liquidatable()).unwrap_or(true)
                        }
                    };
                    if is_overdue {
                        return Some((market.id, participant.account, position.side));
                    }
                }
            }
        }
        None
    }
}

/// The participant with the sums over its orders recomputed from the orders.
fn audit_orders(market: &Market, participant: &Participant) -> Result<Participant, AuditDifference> {
    let recomputed = market.recompute_orders(participant);
    for (what, kept, found) in [
        ("buys", participant.held.long.sum.value.raw(), recomputed.held.long.sum.value.raw()),
        ("sells", participant.held.short.sum.value.raw(), recomputed.held.short.sum.value.raw()),
        ("reducing longs", participant.reducing.long.into(), recomputed.reducing.long.into()),
        ("reducing shorts", participant.reducing.short.into(), recomputed.reducing.short.into()),
        ("orders", participant.orders.into(), recomputed.orders.into()),
        ("waiting orders", participant.waiting.into(), recomputed.waiting.into()),
    ] {
        if kept != found {
            return Err(differs(what, kept, found));
        }
    }
    if recomputed.held != participant.held {
        return Err(AuditDifference {
            what: format!("sums over orders: kept {:?}, recomputed {:?}", participant.held, recomputed.held),
        });
    }
    Ok(recomputed)
}

fn differs(what: &str, kept: i128, found: i128) -> AuditDifference {
    AuditDifference { what: format!("{what}: kept {kept}, recomputed {found}") }
}
