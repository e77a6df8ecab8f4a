//! The one function that changes the state, event by event.

use ringfence_risk::plan::{MarginMode, PositionMode};
use ringfence_risk::position::Position;
use ringfence_risk::units::{Amount, Asset, Quantity, Side};

use super::digest::{StateHash, fingerprint};
use super::ledger::{AssetBooks, Wallet};
use super::market::Market;
use super::{Account, State, broken, index};
use crate::book::{AccountId, Lots, Ticks};
use crate::client_ids::ClientRecord;
use crate::command::{Listing, NewOrder};
use crate::event::{Event, LedgerAccount, Posting};
use crate::ids::{AssetId, MarketId, OrderId};
use crate::time::Time;

impl State {
    /// Applies one event. Events come from [`Engine`](crate::engine::Engine) only, in order; anything else is a broken invariant and stops the
    /// process.
    #[inline(always)]
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Posted(posting) => self.post(posting),
            Event::OrderAmended { market, order, price, lots, open_loss, queue } => {
                let (market, hash) = self.visit(*market);
                market.amend(*order, (*price, *lots, *open_loss), *queue, hash);
            }
            Event::OrderAccepted { order, lots, price, placed } => self.accept(*order, (*lots, *price), placed),
            Event::OrderRested { market, order, open_loss } => self.rest(*market, *order, *open_loss),
            Event::OrderTriggered { market, order, lots, price } => {
                self.on(*market, |m, hash| m.set_off(*order, (*price, *lots), hash));
            }
            Event::OrderFilled { market, order, lots, value } => self.on(*market, |m, hash| m.fill(*order, *lots, *value, hash)),
            Event::OrderPulled { market, order, price, lots } => {
                self.on(*market, |m, hash| m.pull(*order, (*price, *lots), hash));
            }
            Event::OrderShrunk { market, order, lots } => self.on(*market, |m, hash| m.shrink(*order, *lots, hash)),
            Event::OrderEnded { market, order, end: _ } => self.on(*market, |m, hash| m.end(*order, hash)),
            Event::Traded(trade) => self.on(trade.market, |m, hash| m.trade(trade, hash)),
            Event::PositionSet { market, account, side, position } => self.set_position(*market, *account, *side, *position),
            Event::AccountOpened { account } => self.open_account(*account),
            Event::AssetListed { asset } => self.list_asset(*asset),
            Event::MarketListed { market, asset, listing } => self.list_market(*market, *asset, listing),
            Event::MarketChanged { market, listing } => self.on(*market, |m, hash| m.change_terms(listing.clone(), hash)),
            Event::MarketStateSet { market, state } => self.on(*market, |m, hash| m.set_state(*state, hash)),
            Event::ParticipantJoined { market, account } => self.join(*market, *account),
            Event::LeverageSet { market, account, side, leverage } => {
                self.on(*market, |m, hash| m.set_leverage(*account, *side, *leverage, hash));
            }
            Event::MarginModeSet { market, account, side, mode } => self.set_margin_mode(*market, *account, *side, *mode),
            Event::PositionModeSet { account, mode } => self.set_position_mode(*account, *mode),
            Event::AutoAddSet { market, account, setting } => {
                self.on(*market, |m, hash| m.set_auto_add(*account, *setting, hash));
            }
            Event::CountdownSet { market, account, at } => self.on(*market, |m, hash| m.set_countdown(*account, *at, hash)),
            Event::ClockAdvanced { to } => self.set_clock(*to),
            Event::IndexQuoted { market, source, price } => {
                self.at_time(*market, |m, now, hash| m.quote((*source, *price), now, hash));
            }
            Event::IndexSet { market, index } => self.on(*market, |m, hash| m.set_index(*index, hash)),
            Event::MarkOffered { market, mark } => self.at_time(*market, |m, now, hash| m.offer_mark(*mark, now, hash)),
            Event::MarkMoved { market, mark } => self.at_time(*market, |m, now, hash| m.move_mark(*mark, now, hash)),
            Event::BasisSampled { market, touch } => self.at_time(*market, |m, now, hash| m.sample_basis(*touch, now, hash)),
            Event::PremiumSampled { market, premium } => {
                self.at_time(*market, |m, now, hash| m.sample_premium(*premium, now, hash));
            }
            Event::FundingRateSet { market, rate, source } => {
                self.on(*market, |m, hash| m.set_funding_rate(*rate, *source, hash));
            }
            Event::FundingScheduled { market, next } => self.on(*market, |m, hash| {
                m.touch(hash);
                m.funding.next = *next;
            }),
            Event::FundingSettled { market, rate, mark: _, next } => {
                self.on(*market, |m, hash| m.settle_funding(*rate, *next, hash));
            }
            // What they tell is done by the postings and positions beside them.
            Event::LiquidationStarted(_)
            | Event::LiquidationStepTaken { .. }
            | Event::Deleveraged { .. }
            | Event::LossSocialised { .. }
            | Event::LiquidationEnded { .. } => {}
        }
    }

    #[inline]
    fn on(&mut self, market: MarketId, change: impl FnOnce(&mut Market, &mut StateHash)) {
        let (market, hash) = self.visit(market);
        change(market, hash);
    }

    #[inline]
    fn at_time(&mut self, market: MarketId, change: impl FnOnce(&mut Market, Time, &mut StateHash)) {
        let now = self.clock;
        let (market, hash) = self.visit(market);
        change(market, now, hash);
    }

    /// A market about to change, and the hash.
    #[inline(always)]
    fn visit(&mut self, market: MarketId) -> (&mut Market, &mut StateHash) {
        if self.visited.last() != Some(&market) && !self.visited.contains(&market) {
            self.visited.push(market);
        }
        match self.markets.get_mut(usize::from(market.0)) {
            Some(market) => (market, &mut self.hash),
            None => broken("a market that is not there"),
        }
    }

    #[inline(always)]
    fn post(&mut self, posting: &Posting) {
        let amount = posting.amount.raw();
        if amount < 0 {
            broken("a posting of a negative amount");
        }
        match (posting.from, posting.to) {
            // Nearly all: money held for orders, or given back.
            (LedgerAccount::Wallet(owner), LedgerAccount::Hold(holder, market)) if owner == holder => {
                self.hold(posting.asset, (owner, market), amount);
            }
            (LedgerAccount::Hold(holder, market), LedgerAccount::Wallet(owner)) if owner == holder => {
                self.hold(posting.asset, (owner, market), amount.wrapping_neg());
            }
            (from, to) => {
                self.enter(posting, from, amount.wrapping_neg());
                self.enter(posting, to, amount);
            }
        }
    }

    /// Both entries of a posting from an account's wallet to its hold in a market.
    #[inline(never)]
    fn hold(&mut self, asset: AssetId, (owner, market): (AccountId, MarketId), by: i128) {
        let Some(books) = self.assets.get_mut(usize::from(asset.0)) else { broken("an asset that is not there") };
        books.totals.wallets = books.totals.wallets.wrapping_sub(by);
        books.totals.holds = books.totals.holds.wrapping_add(by);
        books.change_wallet(owner.0, by.wrapping_neg(), &mut self.hash);
        let (known, _) = self.visit(market);
        if known.asset != asset {
            broken("a posting of another asset than the market settles in");
        }
        known.change_hold(owner, by);
        // What is held for orders on cross still stands behind the pool: its bands stay what they are.
        if !known.is_all_cross(owner) {
            self.stale_pool(owner, asset);
        }
    }

    #[inline]
    fn enter(&mut self, posting: &Posting, account: LedgerAccount, by: i128) {
        let Some(books) = self.assets.get_mut(usize::from(posting.asset.0)) else { broken("an asset that is not there") };
        if matches!(account, LedgerAccount::Outside | LedgerAccount::Fees) && !books.touched {
            books.touched = true;
            self.hash.remove(books.digest(posting.asset.0));
        }
        let total = books.totals.of_mut(account);
        *total = total.wrapping_add(by);
        let market = match account {
            LedgerAccount::Outside | LedgerAccount::Fees => return,
            LedgerAccount::Wallet(owner) => {
                books.change_wallet(owner.0, by, &mut self.hash);
                return self.stale_pool(owner, posting.asset);
            }
            LedgerAccount::Hold(_, market) | LedgerAccount::Margin(_, market, _) => market,
            LedgerAccount::Insurance(market) => {
                let now = self.clock;
                let (market, hash) = self.visit(market);
                market.count_insurance(by, posting.reason, now, hash);
                market.id
            }
            LedgerAccount::Settlement(market) | LedgerAccount::Funding(market) | LedgerAccount::Uncovered(market) => market,
        };
        let (market, hash) = self.visit(market);
        if market.asset != posting.asset {
            broken("a posting of another asset than the market settles in");
        }
        market.enter(account, by, hash);
    }

    fn accept(&mut self, order: OrderId, (lots, price): (Lots, Ticks), placed: &NewOrder) {
        if let Some(client) = placed.client_id {
            self.touch_clock();
            let fingerprint = fingerprint(placed);
            let owned = client.fingerprint() ^ u64::from(placed.account.0).rotate_left(40);
            self.client_sum = self.client_sum.wrapping_add(owned.wrapping_mul(order.0 | 1));
            let record = ClientRecord { order: order.0, fingerprint, time: self.clock.ms() };
            if self.client_ids.insert(placed.account, client, record).is_err() {
                broken("a client order id that was not checked");
            }
        }
        let now = self.clock;
        let (market, hash) = self.visit(placed.market);
        market.accept((order, lots, price), placed, now, hash);
    }

    fn rest(&mut self, market: MarketId, order: OrderId, open_loss: Amount) {
        let mut matches = core::mem::take(&mut self.matches);
        let (market, hash) = self.visit(market);
        market.rest(order, open_loss, &mut matches, hash);
        self.matches = matches;
    }

    fn set_position(&mut self, market: MarketId, account: Option<AccountId>, side: Side, position: Option<Position>) {
        if position.is_some_and(|position| position.side != side || position.quantity == Quantity::ZERO) {
            broken("a position on the wrong leg");
        }
        let (market, hash) = self.visit(market);
        let Some(account) = account else {
            market.touch(hash);
            let before = core::mem::replace(&mut market.fund, position);
            return market.recount(before, position);
        };
        let Some(slot) = market.find(account) else { broken("a position of nobody") };
        let participant = market.at_mut(slot, hash);
        let is_cross = participant.margin_mode.of(side) == MarginMode::Cross;
        let had = participant.has_cross_position();
        let before = core::mem::replace(participant.positions.of_mut(side), position);
        let has = participant.has_cross_position();
        market.recount(before, position);
        market.mark_stale(slot);
        if is_cross {
            let asset = market.asset;
            self.count_cross(account, u32::from(had), u32::from(has));
            self.stale_pool(account, asset);
        }
    }

    /// The safe bands of a pool have to be made anew.
    #[inline]
    fn stale_pool(&mut self, account: AccountId, asset: AssetId) {
        let Some(known) = self.accounts.get(index(account.0)) else { broken("an account that is not there") };
        if known.cross_markets > 0 {
            self.stale_markets(account, asset);
        }
    }

    #[cold]
    fn stale_markets(&mut self, account: AccountId, asset: AssetId) {
        let markets: Vec<MarketId> = self.cross_markets(account, asset).map(|(market, _)| market.id).collect();
        for market in markets {
            let (market, _) = self.visit(market);
            let slot = market.slot(account);
            market.mark_stale(slot);
        }
    }

    /// How many markets an account holds cross positions in.
    fn count_cross(&mut self, account: AccountId, before: u32, after: u32) {
        let Some(account) = self.accounts.get_mut(index(account.0)) else { broken("an account that is not there") };
        account.cross_markets = account.cross_markets.wrapping_add(after).wrapping_sub(before);
    }

    fn list_asset(&mut self, asset: Asset) {
        // Its digest enters the hash when the hash is asked for; the wallets' do now.
        let (number, accounts) = (u8::try_from(self.assets.len()).unwrap_or(u8::MAX), 0_u32..);
        let wallets = self.accounts.iter().zip(accounts).map(|(_, account)| Wallet::new(account, number, Amount::ZERO));
        let books = AssetBooks::new(asset, wallets.collect());
        for (wallet, account) in books.wallets.iter().zip(0_u32..) {
            self.hash.add(wallet.digest(account, number));
        }
        self.assets.push(books);
    }

    fn list_market(&mut self, market: MarketId, asset: AssetId, listing: &Listing) {
        let listed = Market::new(market, asset, Box::new(listing.clone()), &self.limits);
        listed.rehash(&mut self.hash);
        self.markets.push(listed);
    }

    fn join(&mut self, market: MarketId, account: AccountId) {
        let (joined, hash) = self.visit(market);
        joined.join(account, hash);
        let Some(account) = self.accounts.get_mut(index(account.0)) else { broken("an account that is not there") };
        let at = account.markets.partition_point(|known| *known < market);
        account.markets.insert(at, market);
    }

    fn open_account(&mut self, account: AccountId) {
        let opened = Account { position_mode: PositionMode::OneWay, markets: Vec::new(), cross_markets: 0 };
        self.hash.add(opened.digest(account.0));
        self.accounts.push(opened);
        for (books, number) in self.assets.iter_mut().zip(0_u8..) {
            let wallet = Wallet::new(account.0, number, Amount::ZERO);
            self.hash.add(wallet.digest(account.0, number));
            books.wallets.push(wallet);
        }
    }

    fn set_margin_mode(&mut self, market: MarketId, account: AccountId, side: Side, mode: MarginMode) {
        let (market, hash) = self.visit(market);
        let slot = market.slot(account);
        let participant = market.at_mut(slot, hash);
        let had = participant.has_cross_position();
        *participant.margin_mode.of_mut(side) = mode;
        let has = participant.has_cross_position();
        market.mark_stale(slot);
        self.count_cross(account, u32::from(had), u32::from(has));
    }

    fn set_position_mode(&mut self, account: AccountId, mode: PositionMode) {
        let Some(known) = self.accounts.get_mut(index(account.0)) else { broken("an account that is not there") };
        self.hash.remove(known.digest(account.0));
        known.position_mode = mode;
        self.hash.add(known.digest(account.0));
    }

    fn set_clock(&mut self, to: Time) {
        self.touch_clock();
        self.clock = to;
    }
}
