//! What a client asks to be placed.

use ringfence_engine::book::{AccountId, SelfTrade};
use ringfence_engine::command::{Lifetime, NewOrder, OrderKind, PositionSide, Purpose};
use ringfence_engine::time::Time;
use ringfence_risk::filters::OrderSide;
use ringfence_risk::plan::PositionMode;
use ringfence_risk::units::{Price, Quantity};

use super::name::new_client_id;
use super::words::{CONDITIONAL_TYPES, POSITION_SIDES, SELF_TRADES, SIDES};
use crate::boot::Symbol;
use crate::edge::error::{ApiError, Code};
use crate::edge::parameters::Parameters;
use crate::exchange::{Lane, World};

/// How long at least a GTD order must live: Binance's ten minutes.
const LEAST_LIFE_MS: u64 = 600_000;
/// What a GTD order may name at most: the end of the year 9999.
const LATEST_MS: u64 = 253_402_300_799_000;

/// An order as asked for: its price may still depend on the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Draft {
    /// The order; a limit price that follows the book is not yet in it.
    pub(super) order: NewOrder,
    /// The price of the book that is wanted.
    pub(super) price_match: Option<PriceMatch>,
}

/// A price of the book: of the other side or of the own one, so many levels in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PriceMatch {
    whose: Whose,
    level: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    Opponent,
    Own,
}

const PRICE_MATCHES: [(&str, PriceMatch); 8] = {
    const fn of(whose: Whose, level: usize) -> PriceMatch {
        PriceMatch { whose, level }
    }
    [
        ("OPPONENT", of(Whose::Opponent, 1)),
        ("OPPONENT_5", of(Whose::Opponent, 5)),
        ("OPPONENT_10", of(Whose::Opponent, 10)),
        ("OPPONENT_20", of(Whose::Opponent, 20)),
        ("QUEUE", of(Whose::Own, 1)),
        ("QUEUE_5", of(Whose::Own, 5)),
        ("QUEUE_10", of(Whose::Own, 10)),
        ("QUEUE_20", of(Whose::Own, 20)),
    ]
};

#[derive(Clone, Copy)]
enum InForce {
    Cancel,
    Immediate,
    Fill,
    Post,
    Date,
}

const IN_FORCE: [(&str, InForce); 5] = [
    ("GTC", InForce::Cancel),
    ("IOC", InForce::Immediate),
    ("FOK", InForce::Fill),
    ("GTX", InForce::Post),
    ("GTD", InForce::Date),
];

/// What is common to all new orders.
pub(super) struct Common {
    pub(super) side: OrderSide,
    pub(super) position_side: PositionSide,
    pub(super) self_trade: SelfTrade,
}

/// Side, leg and self-trade prevention.
pub(super) fn common(parameters: &Parameters) -> Result<Common, ApiError> {
    let side = parameters.choice_or("side", &SIDES, ApiError::of(Code::InvalidSide))?;
    let leg = parameters.choice_or("positionSide", &POSITION_SIDES, ApiError::of(Code::InvalidPositionSide))?;
    let modes = ApiError::of(Code::InvalidSelfTradePrevention);
    let self_trade = parameters.choice_or("selfTradePreventionMode", &SELF_TRADES, modes)?;
    Ok(Common {
        side: side.ok_or_else(|| ApiError::mandatory("side"))?,
        position_side: leg.unwrap_or(PositionSide::Both),
        self_trade: self_trade.unwrap_or(SelfTrade::ExpireMaker),
    })
}

/// An order of the order endpoint.
///
/// # Errors
/// As Binance answers what is missing, malformed or superfluous.
pub(super) fn draft(parameters: &Parameters, symbol: &Symbol, account: AccountId) -> Result<Draft, ApiError> {
    let common = common(parameters)?;
    let kind = parameters.required("type")?;
    check_response_type(parameters)?;
    let purpose = purpose(parameters)?;
    let (kind, price_match) = match kind {
        "LIMIT" => limit(parameters, symbol)?,
        "MARKET" => (market(parameters)?, None),
        other if CONDITIONAL_TYPES.iter().any(|(known, _)| *known == other) => return Err(ApiError::of(Code::UseAlgoEndpoint)),
        _ => return Err(ApiError::of(Code::InvalidOrderType)),
    };
    let quantity = quantity(parameters, symbol)?;
    if kind == OrderKind::Market && quantity > symbol.max_market_quantity {
        return Err(ApiError::of(Code::QuantityAboveGreatest));
    }
    let order = NewOrder {
        account,
        market: symbol.market,
        side: common.side,
        position_side: common.position_side,
        quantity,
        kind,
        purpose,
        self_trade: common.self_trade,
        client_id: new_client_id(parameters, "newClientOrderId")?,
    };
    Ok(Draft { order, price_match })
}

fn check_response_type(parameters: &Parameters) -> Result<(), ApiError> {
    let known = [("ACK", ()), ("RESULT", ())];
    parameters.choice_or("newOrderRespType", &known, ApiError::of(Code::InvalidResponseType)).map(|_| ())
}

fn purpose(parameters: &Parameters) -> Result<Purpose, ApiError> {
    // Only conditional orders close a position.
    if parameters.boolean("closePosition")? == Some(true) {
        return Err(ApiError::not_required("closePosition"));
    }
    Ok(if parameters.boolean("reduceOnly")? == Some(true) { Purpose::ReduceOnly } else { Purpose::Any })
}

fn limit(parameters: &Parameters, symbol: &Symbol) -> Result<(OrderKind, Option<PriceMatch>), ApiError> {
    let price_match = price_match(parameters)?;
    let price = match (parameters.price("price")?, price_match) {
        (Some(_), Some(_)) => return Err(ApiError::not_required("price")),
        (Some(price), None) => on_precision(price, symbol)?,
        (None, Some(_)) => symbol.tick,
        (None, None) => return Err(ApiError::mandatory("price")),
    };
    let lifetime = lifetime(parameters)?.ok_or_else(|| ApiError::mandatory("timeInForce"))?;
    Ok((OrderKind::Limit { price, lifetime }, price_match))
}

fn market(parameters: &Parameters) -> Result<OrderKind, ApiError> {
    // Some clients send timeInForce with every order; a price with a market order is a mistake worth an answer.
    if parameters.price_or_none("price")?.is_some() {
        return Err(ApiError::not_required("price"));
    }
    if price_match(parameters)?.is_some() {
        return Err(ApiError::of(Code::PriceMatchType));
    }
    Ok(OrderKind::Market)
}

/// The price of the book that is asked for.
pub(super) fn price_match(parameters: &Parameters) -> Result<Option<PriceMatch>, ApiError> {
    match parameters.get("priceMatch") {
        None | Some("NONE") => Ok(None),
        Some(_) => parameters.choice_or("priceMatch", &PRICE_MATCHES, ApiError::of(Code::InvalidPriceMatch)),
    }
}

/// How long an order is to live.
pub(super) fn lifetime(parameters: &Parameters) -> Result<Option<Lifetime>, ApiError> {
    let chosen = parameters.choice_or("timeInForce", &IN_FORCE, ApiError::of(Code::InvalidTimeInForce))?;
    let Some(chosen) = chosen else { return Ok(None) };
    Ok(Some(match chosen {
        InForce::Cancel => Lifetime::GoodTillCancel,
        InForce::Immediate => Lifetime::ImmediateOrCancel,
        InForce::Fill => Lifetime::FillOrKill,
        InForce::Post => Lifetime::PostOnly,
        InForce::Date => {
            let until = parameters.unsigned("goodTillDate")?.ok_or_else(|| ApiError::mandatory("goodTillDate"))?;
            Lifetime::GoodTillDate(Time::from_ms(until))
        }
    }))
}

/// The quantity, with no more digits than the market has.
pub(super) fn quantity(parameters: &Parameters, symbol: &Symbol) -> Result<Quantity, ApiError> {
    let quantity = parameters.need("quantity", Parameters::quantity)?;
    check_precision(quantity.raw(), symbol.quantity_precision)?;
    if quantity <= Quantity::ZERO {
        return Err(ApiError::of(Code::QuantityBelowZero));
    }
    Ok(quantity)
}

/// A price with no more digits than the market has, within what the market lists.
///
/// # Errors
/// −1111, −4002 above the greatest price, −4013 below the least.
pub(super) fn on_precision(price: Price, symbol: &Symbol) -> Result<Price, ApiError> {
    check_precision(price.raw(), symbol.price_precision)?;
    if price > symbol.max_price {
        return Err(ApiError::of(Code::PriceAboveGreatest));
    }
    if price < symbol.min_price { Err(ApiError::of(Code::PriceBelowLeast)) } else { Ok(price) }
}

fn check_precision(raw: i64, precision: u32) -> Result<(), ApiError> {
    let step = 10_i64.pow(8_u32.saturating_sub(precision));
    if raw % step == 0 { Ok(()) } else { Err(ApiError::of(Code::Precision)) }
}

impl Draft {
    /// The order as the book and the clock have it now.
    ///
    /// # Errors
    /// −5041 where the book has no such level, −5040 for an end that is too near or too far, −1106 for `reduceOnly` in hedge mode.
    pub(super) fn resolve(self, world: &World) -> Result<NewOrder, ApiError> {
        let mut order = self.order;
        check_mode(world, &order)?;
        check_life(world, &order.kind)?;
        if let (Some(wanted), OrderKind::Limit { lifetime, .. }) = (self.price_match, order.kind) {
            order.kind = OrderKind::Limit { price: wanted.price(world, &order)?, lifetime };
        }
        Ok(order)
    }

    /// Orders that only reduce are never shed.
    pub(super) const fn lane(&self) -> Lane {
        lane(&self.order)
    }
}

/// Orders that only reduce are never shed.
pub(super) const fn lane(order: &NewOrder) -> Lane {
    match order.purpose {
        Purpose::Any => Lane::Normal,
        Purpose::ReduceOnly | Purpose::ClosePosition => Lane::Protected,
    }
}

/// In hedge mode the leg and the side say whether an order opens or closes.
pub(super) fn check_mode(world: &World, order: &NewOrder) -> Result<(), ApiError> {
    let mode = world.state().account(order.account).map(ringfence_engine::state::Account::position_mode);
    match (mode, order.purpose) {
        (Some(PositionMode::Hedge), Purpose::ReduceOnly) => Err(ApiError::not_required("reduceOnly")),
        (_, _) => Ok(()),
    }
}

fn check_life(world: &World, kind: &OrderKind) -> Result<(), ApiError> {
    let OrderKind::Limit { lifetime: Lifetime::GoodTillDate(until), .. } = kind else { return Ok(()) };
    let now = world.state().clock();
    if *until > now.plus_ms(LEAST_LIFE_MS) && until.ms() < LATEST_MS { Ok(()) } else { Err(ApiError::of(Code::GoodTillDate)) }
}

impl PriceMatch {
    /// The price it means for an order.
    pub(super) fn price(self, world: &World, order: &NewOrder) -> Result<Price, ApiError> {
        let side = match (self.whose, order.side) {
            (Whose::Own, side) => side,
            (Whose::Opponent, OrderSide::Buy) => OrderSide::Sell,
            (Whose::Opponent, OrderSide::Sell) => OrderSide::Buy,
        };
        let levels = world.state().depth(order.market, side, self.level).unwrap_or_default();
        let found = levels.get(self.level.saturating_sub(1));
        found.map(|(price, _)| *price).ok_or_else(|| ApiError::of(Code::NoDepthToMatch))
    }
}
