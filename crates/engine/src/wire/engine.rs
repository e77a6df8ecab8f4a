//! Encodings of commands and of what they are made of.

use super::{Reader, Wire, WireError, wire_enum, wire_struct};
use crate::client_ids::{ClientOrderId, ClientRecord};
use crate::command::{
    Amendment, AutoAdd, Command, FeedTerms, FundingSchedule, LegRef, Lifetime, Listing, MarkSource, MarketState, NewOrder,
    OrderKind, OrderName, OrderRef, PositionSide, Purpose, RiskCaps, Transfer, Trigger, Triggered,
};
use crate::conditional::{Callback, Condition, ConditionalId, Trailing, WatchedPrice};
use crate::feed::{GuardRule, IndexRule, SourceId};
use crate::ids::{AssetId, MarketId, OrderId, TradeId};
use crate::time::Time;
use ringfence_risk::plan::MarginMove;

wire_struct!(MarketId(number));
wire_struct!(AssetId(number));
wire_struct!(OrderId(number));
wire_struct!(TradeId(number));
wire_struct!(ConditionalId(number));
wire_struct!(ClientRecord { order, fingerprint, time });
wire_enum!(WatchedPrice { 0 => Mark, 1 => Last });
wire_struct!(Trailing { side, callback, activation, extreme });
wire_enum!(Condition { 0 => AtOrAbove(price), 1 => AtOrBelow(price), 2 => Trailing(trailing) });
wire_enum!(MarginMove { 0 => Add(amount), 1 => Remove(amount) });
wire_enum!(AutoAdd { 0 => Off, 1 => On });
wire_enum!(PositionSide { 0 => Both, 1 => Long, 2 => Short });
wire_enum!(Purpose { 0 => Any, 1 => ReduceOnly, 2 => ClosePosition });
wire_enum!(Lifetime { 0 => GoodTillCancel, 1 => ImmediateOrCancel, 2 => FillOrKill, 3 => PostOnly, 4 => GoodTillDate(until) });
wire_enum!(Trigger { 0 => Stop(price), 1 => TakeProfit(price), 2 => Trailing { callback, activation } });
wire_enum!(Triggered { 0 => Market, 1 => Limit { price, lifetime } });
wire_enum!(OrderKind { 0 => Limit { price, lifetime }, 1 => Market, 2 => Conditional { watched, trigger, then } });
wire_struct!(NewOrder { account, market, side, position_side, quantity, kind, purpose, self_trade, client_id });
wire_enum!(OrderName { 0 => Id(id), 1 => Client(name) });
wire_struct!(OrderRef { account, market, name });
wire_struct!(Amendment { order, price, quantity });
wire_struct!(LegRef { account, market, side });
wire_struct!(Transfer { account, asset, amount });
wire_enum!(MarketState { 0 => Open, 1 => PostOnly, 2 => ReduceOnly, 3 => CancelOnly, 4 => Halted, 5 => Settled });
wire_enum!(MarkSource { 0 => Median, 1 => Direct });
wire_struct!(FundingSchedule { terms, interval_ms, sample_every_ms, impact_notional });
wire_struct!(IndexRule { least_fresh, stale_after_ms, outlier });
wire_struct!(GuardRule { jump, band, stale_after_ms });
wire_struct!(FeedTerms { mark_source, index, guard, basis_samples, basis_every_ms });
wire_struct!(RiskCaps { open_interest_lower, open_interest_upper, unwind_band, insurance_per_liquidation, insurance_per_hour });
wire_struct!(Listing {
    symbol,
    contract,
    brackets,
    rules,
    fees,
    filters,
    funding,
    feed,
    caps,
    default_leverage,
    default_margin_mode,
});
wire_enum!(Command {
    0 => AdvanceTime { to },
    1 => OpenAccount,
    2 => ListAsset { asset },
    3 => ListMarket(listing),
    4 => ChangeMarket { market, listing },
    5 => SetMarketState { market, state },
    6 => Deposit(transfer),
    7 => Withdraw(transfer),
    8 => TransferBetween { from, to },
    9 => FundInsurance { market, amount },
    10 => Place(order),
    11 => PlaceBatch(orders),
    12 => Amend(amendment),
    13 => Cancel(order),
    14 => CancelBatch(orders),
    15 => CancelAll { account, market },
    16 => CountdownCancel { account, market, after_ms },
    17 => SetLeverage { leg, leverage },
    18 => MoveMargin { leg, movement },
    19 => SetMarginMode { leg, mode },
    20 => SetPositionMode { account, mode },
    21 => SetAutoAddMargin { account, market, setting },
    22 => QuoteIndex { market, source, price },
    23 => SetMark { market, mark, index },
    24 => SetFundingRate { market, rate },
    25 => SettleFunding { market },
});

impl Wire for Time {
    fn write(&self, to: &mut Vec<u8>) {
        self.ms().write(to);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        u64::read(from).map(Self::from_ms)
    }
}

impl Wire for SourceId {
    fn write(&self, to: &mut Vec<u8>) {
        self.number().write(to);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        let at = from.at();
        Self::new(u8::read(from)?).map_err(|_| WireError::Value { at, what: "source of an index" })
    }
}

impl Wire for Callback {
    fn write(&self, to: &mut Vec<u8>) {
        self.rate().write(to);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        let at = from.at();
        Self::new(Wire::read(from)?).map_err(|_| WireError::Value { at, what: "callback" })
    }
}

impl Wire for ClientOrderId {
    fn write(&self, to: &mut Vec<u8>) {
        self.as_str().to_owned().write(to);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, WireError> {
        let at = from.at();
        String::read(from)?.parse().map_err(|_| WireError::Value { at, what: "client order id" })
    }
}
