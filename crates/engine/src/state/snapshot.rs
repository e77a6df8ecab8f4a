//! A state as bytes, and back.
//!
//! The bytes hold everything that a later answer depends on, in the crate's [encoding](crate::wire), and nothing that follows from the rest:
//! lists of orders, sums over orders, expiries, conditions, liquidation triggers and hashes are made anew. Equal states give equal bytes.
//!
//! Hostile bytes are refused, never believed: every number that names something is looked up before it is used, then the
//! [audit](State::audit) recomputes what must add up, then the hash at the end is compared. The hash does not cover everything (not, for
//! instance, the order in which free places will be used again): whoever keeps snapshots on a disk should keep a checksum beside them.

mod market;
mod orders;

use ringfence_risk::plan::PositionMode;
use ringfence_risk::units::{Amount, Asset};

use super::digest::StateHash;
use super::ledger::{AssetBooks, Totals, Wallet};
use super::{Account, State, index};
use crate::book::AccountId;
use crate::client_ids::{ClientOrderId, ClientRecord};
use crate::ids::MarketId;
use crate::limits::Limits;
use crate::wire::{Reader, Wire, WireError, wire_struct};

/// What every snapshot begins with.
const MAGIC: [u8; 8] = *b"ringsnap";
/// Changes whenever the layout does.
const VERSION: u16 = 2;

wire_struct!(Totals { outside, wallets, holds, margins, fees, insurance, settlement, funding, uncovered });

/// A part that does not fit the others.
const fn refused(at: usize, what: &'static str) -> WireError {
    WireError::Value { at, what }
}

/// The length of a list whose elements are written one by one.
fn write_length(length: usize, to: &mut Vec<u8>) {
    let Ok(length) = u32::try_from(length) else { unreachable!("a list of {length} elements, more than 32 bits count") };
    length.write(to);
}

impl State {
    /// The bytes of the state between two commands.
    pub(crate) fn encode(&mut self) -> Vec<u8> {
        let hash = self.hash();
        let mut bytes = MAGIC.to_vec();
        let to = &mut bytes;
        VERSION.write(to);
        (self.clock, self.client_sum).write(to);
        write_length(self.accounts.len(), to);
        self.accounts.iter().for_each(|account| account.position_mode.write(to));
        write_length(self.assets.len(), to);
        for books in &self.assets {
            (books.asset, books.totals).write(to);
            books.wallets.iter().for_each(|wallet| wallet.free.write(to));
        }
        write_length(self.client_ids.entries().count(), to);
        self.client_ids.entries().for_each(|entry| entry.write(to));
        write_length(self.markets.len(), to);
        self.markets.iter().for_each(|market| market.encode(to));
        hash.raw().write(to);
        bytes
    }

    /// The state that wrote these bytes, its liquidation index not made yet: all markets are visited and all participants stale.
    ///
    /// # Errors
    /// [`WireError`] where the bytes are not those of a state, or of one beyond the limits.
    pub(crate) fn decode(limits: Limits, bytes: &[u8]) -> Result<Self, WireError> {
        let mut from = Reader::new(bytes);
        if from.array::<8>()? != MAGIC {
            return Err(refused(0, "magic of a snapshot"));
        }
        let at = from.at();
        if u16::read(&mut from)? != VERSION {
            return Err(refused(at, "version of a snapshot"));
        }
        let mut state = Self::new(limits);
        (state.clock, state.client_sum) = Wire::read(&mut from)?;
        state.read_accounts(&mut from)?;
        state.read_assets(&mut from)?;
        state.read_client_ids(&mut from)?;
        state.read_markets(&mut from)?;
        state.judge(&mut from)?;
        Ok(state)
    }

    fn read_accounts(&mut self, from: &mut Reader<'_>) -> Result<(), WireError> {
        let at = from.at();
        let modes = Vec::<PositionMode>::read(from)?;
        if u32::try_from(modes.len()).map_or(true, |accounts| accounts > self.limits.accounts) {
            return Err(refused(at, "number of accounts"));
        }
        let account = |position_mode| Account { position_mode, markets: Vec::new(), cross_markets: 0 };
        self.accounts = modes.into_iter().map(account).collect();
        Ok(())
    }

    fn read_assets(&mut self, from: &mut Reader<'_>) -> Result<(), WireError> {
        let at = from.at();
        let length = from.length()?;
        if length > usize::from(self.limits.assets) {
            return Err(refused(at, "number of assets"));
        }
        for (_, number) in (0..length).zip(0_u8..) {
            let at = from.at();
            let (asset, totals) = <(Asset, Totals)>::read(from)?;
            if self.asset_named(asset).is_some() {
                return Err(refused(at, "asset that is listed already"));
            }
            // Nothing is reserved before the bytes are there to fill it.
            let mut wallets = Vec::new();
            for (_, account) in self.accounts.iter().zip(0_u32..) {
                wallets.push(Wallet::new(account, number, Amount::read(from)?));
            }
            let mut books = AssetBooks::new(asset, wallets);
            (books.totals, books.touched) = (totals, false);
            self.assets.push(books);
        }
        Ok(())
    }

    fn read_client_ids(&mut self, from: &mut Reader<'_>) -> Result<(), WireError> {
        let at = from.at();
        let length = from.length()?;
        if u32::try_from(length).map_or(true, |ids| ids > self.limits.client_ids.total) {
            return Err(refused(at, "number of client order ids"));
        }
        let mut last = AccountId(0);
        for _ in 0..length {
            let at = from.at();
            let (account, id, record) = <(AccountId, ClientOrderId, ClientRecord)>::read(from)?;
            let is_known = index(account.0) < self.accounts.len() && account >= last;
            if !is_known || self.client_ids.insert(account, id, record).is_err() {
                return Err(refused(at, "client order id"));
            }
            last = account;
        }
        Ok(())
    }

    fn read_markets(&mut self, from: &mut Reader<'_>) -> Result<(), WireError> {
        let at = from.at();
        let length = from.length()?;
        if length > usize::from(self.limits.markets) {
            return Err(refused(at, "number of markets"));
        }
        for (_, number) in (0..length).zip(0_u16..) {
            let market = self.read_market(MarketId(number), from)?;
            for participant in &market.participants {
                let Some(account) = self.accounts.get_mut(index(participant.account.0)) else { continue };
                account.markets.push(market.id);
                let is_in_pool = participant.has_cross_position();
                account.cross_markets = account.cross_markets.saturating_add(u32::from(is_in_pool));
            }
            self.visited.push(market.id);
            self.markets.push(market);
        }
        Ok(())
    }

    /// Everything adds up, and the hash is the one that the state had.
    fn judge(&mut self, from: &mut Reader<'_>) -> Result<(), WireError> {
        let at = from.at();
        let hash = StateHash::from_raw(u128::read(from)?);
        from.finish()?;
        if self.fault().is_some() || self.audit().is_err() {
            return Err(refused(at, "state that does not add up"));
        }
        self.clock_touched = false;
        self.hash = self.rehash();
        if self.hash != hash {
            return Err(refused(at, "hash of a state"));
        }
        self.markets.iter_mut().for_each(super::Market::mark_all_stale);
        Ok(())
    }
}
