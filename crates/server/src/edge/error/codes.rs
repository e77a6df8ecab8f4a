//! The table of codes: number, HTTP status, text.

use http::StatusCode;

pub use crate::boot::Family;

macro_rules! codes {
    (@coin $number:literal) => { $number };
    (@coin $number:literal $coin:literal) => { $coin };
    ($($name:ident $number:literal $((coin $coin:literal))? $status:ident $text:literal;)*) => {
        /// A code of the interface. Its documentation is its text; each `%s` stands for a value.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code {
            $(#[doc = concat!("`", stringify!($number), "` ", $text)] $name,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The number in an interface.
            #[must_use]
            pub const fn number(self, family: Family) -> i32 {
                match (self, family) {
                    $(
                        (Self::$name, Family::UsdM) => $number,
                        (Self::$name, Family::CoinM) => codes!(@coin $number $($coin)?),
                    )*
                }
            }

            /// The HTTP status it is answered with.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self {
                    $(Self::$name => StatusCode::$status,)*
                }
            }

            /// The text.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

codes! {
    // Transport, authentication, parameters.
    Unknown -1000 INTERNAL_SERVER_ERROR "An unknown error occured while processing the request.";
    Internal -1001 INTERNAL_SERVER_ERROR "Internal error; unable to process your request. Please try again.";
    Unauthorized -1002 FORBIDDEN "You are not authorized to execute this request.";
    TooManyRequests -1003 TOO_MANY_REQUESTS "Too many requests; current limit of IP(%s) is %s requests per minute. Please use the websocket for live updates to avoid polling the API.";
    Banned -1003 IM_A_TEAPOT "Way too many requests; IP(%s) banned until %s. Please use the websocket for live updates to avoid bans.";
    BackendTimeout -1007 REQUEST_TIMEOUT "Timeout waiting for response from backend server. Send status unknown; execution status unknown.";
    Throttled -1008 SERVICE_UNAVAILABLE "Request throttled by system-level protection. Reduce-only/close-position orders are exempt. Please try again.";
    TooManyOrders -1015 TOO_MANY_REQUESTS "Too many new orders; current limit is %s orders per %s.";
    ShuttingDown -1016 SERVICE_UNAVAILABLE "This service is no longer available.";
    NotSupported -1020 BAD_REQUEST "This operation is not supported.";
    TimestampOutside -1021 BAD_REQUEST "Timestamp for this request is outside of the recvWindow.";
    TimestampAhead -1021 BAD_REQUEST "Timestamp for this request was 1000ms ahead of the server's time.";
    InvalidSignature -1022 BAD_REQUEST "Signature for this request is not valid.";
    StartAfterEnd -1023 BAD_REQUEST "Start time is greater than end time.";
    IllegalCharacters -1100 BAD_REQUEST "Illegal characters found in a parameter.";
    IllegalCharactersIn -1100 BAD_REQUEST "Illegal characters found in parameter '%s'; legal range is '%s'.";
    TooManyParameters -1101 BAD_REQUEST "Too many parameters sent for this endpoint.";
    DuplicateParameter -1101 BAD_REQUEST "Duplicate values for a parameter detected.";
    MandatoryParameter -1102 BAD_REQUEST "Mandatory parameter '%s' was not sent, was empty/null, or malformed.";
    EitherParameter -1102 BAD_REQUEST "Param '%s' or '%s' must be sent, but both were empty/null!";
    NotRequired -1106 BAD_REQUEST "Parameter '%s' sent when not required.";
    Precision -1111 BAD_REQUEST "Precision is over the maximum defined for this asset.";
    InvalidTimeInForce -1115 BAD_REQUEST "Invalid timeInForce.";
    InvalidOrderType -1116 BAD_REQUEST "Invalid orderType.";
    InvalidSide -1117 BAD_REQUEST "Invalid side.";
    EmptyClientOrderId -1118 BAD_REQUEST "New client order ID was empty.";
    EmptyOriginalClientOrderId -1119 BAD_REQUEST "Original client order ID was empty.";
    InvalidInterval -1120 BAD_REQUEST "Invalid interval.";
    InvalidSymbol -1121 BAD_REQUEST "Invalid symbol.";
    InvalidSymbolStatus -1122 BAD_REQUEST "Invalid symbol status.";
    InvalidListenKey -1125 BAD_REQUEST "This listenKey does not exist.";
    LookupInterval -1127 BAD_REQUEST "Lookup interval is too big. More than %s hours between startTime and endTime.";
    InvalidCombination -1128 BAD_REQUEST "Combination of optional parameters invalid.";
    InvalidData -1130 BAD_REQUEST "Invalid data sent for a parameter.";
    InvalidParameter -1130 BAD_REQUEST "Data sent for parameter '%s' is not valid.";
    InvalidReceiveWindow -1131 BAD_REQUEST "recvWindow must be less than 60000.";
    InvalidResponseType -1136 BAD_REQUEST "Invalid newOrderRespType.";
    KeyFormat -2014 UNAUTHORIZED "API-key format invalid.";
    InvalidKey -2015 UNAUTHORIZED "Invalid API-key, IP, or permissions for action.";
    KeysLocked -2017 BAD_REQUEST "API Keys are locked on this account.";
    InvalidPath -5000 NOT_FOUND "Path %s, Method %s is invalid";

    // Orders.
    OrderRejected -2010 BAD_REQUEST "NEW_ORDER_REJECTED";
    UnknownOrder -2011 BAD_REQUEST "Unknown order sent.";
    BatchCancelFailed -2012 BAD_REQUEST "Batch cancel failure.";
    NoSuchOrder -2013 BAD_REQUEST "Order does not exist.";
    BalanceInsufficient -2018 BAD_REQUEST "Balance is insufficient.";
    MarginInsufficient -2019 BAD_REQUEST "Margin is insufficient.";
    UnableToFill -2020 BAD_REQUEST "Unable to fill.";
    WouldTrigger -2021 BAD_REQUEST "Order would immediately trigger.";
    ReduceOnlyRejected -2022 BAD_REQUEST "ReduceOnly Order is rejected.";
    InLiquidation -2023 BAD_REQUEST "User in liquidation mode now.";
    PositionInsufficient -2024 BAD_REQUEST "Position is not sufficient.";
    TooManyOpenOrders -2025 BAD_REQUEST "Reach max open order limit.";
    ReduceOnlyType -2026 BAD_REQUEST "This OrderType is not supported when reduceOnly.";
    PriceBelowZero -4001 BAD_REQUEST "Price less than 0.";
    PriceAboveGreatest -4002 BAD_REQUEST "Price greater than max price.";
    QuantityBelowZero -4003 BAD_REQUEST "Quantity less than zero.";
    QuantityBelowLeast -4004 BAD_REQUEST "Quantity less than min quantity.";
    QuantityAboveGreatest -4005 BAD_REQUEST "Quantity greater than max quantity.";
    PriceBelowLeast -4013 BAD_REQUEST "Price less than min price.";
    OffTick -4014 BAD_REQUEST "Price not increased by tick size.";
    InvalidClientOrderId -4015 BAD_REQUEST "Client order id is not valid. Client order id length should not be more than 36 chars";
    PriceAboveBand -4016 BAD_REQUEST "Price is higher than mark price multiplier cap.";
    OffLot -4023 BAD_REQUEST "Qty not increased by step size.";
    PriceBelowBand -4024 BAD_REQUEST "Price is lower than mark price multiplier floor.";
    TooManyStopOrders -4045 BAD_REQUEST "Reach max stop order limit.";
    InvalidPositionSide -4060 BAD_REQUEST "Invalid position side.";
    WrongPositionSide -4061 BAD_REQUEST "Order's position side does not match user's setting.";
    InvalidReduceOnly -4062 BAD_REQUEST "Invalid or improper reduceOnly value.";
    BatchSize -4082 BAD_REQUEST "Invalid number of batch place orders.";
    BatchFailed -4083 BAD_REQUEST "Fail to place batch orders.";
    OnlyReduceOnly -4087 (coin -4089) BAD_REQUEST "User can only place reduce only order";
    CannotPlace -4088 (coin -4090) BAD_REQUEST "User can not place order currently";
    InactiveAccount -4109 BAD_REQUEST "Inactive account. Transfer any amount of asset to future wallet to reactive";
    DuplicateClientOrderId -4116 BAD_REQUEST "clientOrderId is duplicated";
    ReduceOnlyFailed -4118 (coin -4112) BAD_REQUEST "ReduceOnly Order Failed. Please check your existing position and open orders";
    UseAlgoEndpoint -4120 BAD_REQUEST "Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.";
    BeyondPriceBand -4131 (coin -4113) BAD_REQUEST "The counterparty's best price does not meet the PERCENT_PRICE filter limit";
    InvalidActivationPrice -4135 BAD_REQUEST "Invalid activation price";
    ClosePositionQuantity -4137 BAD_REQUEST "Quantity must be zero with closePosition equals true";
    ClosePositionReduceOnly -4138 BAD_REQUEST "Reduce only must be true with closePosition equals true";
    NotOpening -4140 BAD_REQUEST "Invalid symbol status for opening position";
    SymbolClosed -4141 BAD_REQUEST "Symbol is closed";
    WouldTriggerRejected -4142 BAD_REQUEST "REJECT: take profit or stop order will be triggered immediately";
    InvalidPair -4144 BAD_REQUEST "Invalid pair";
    NotionalTooSmall -4164 (coin -4178) BAD_REQUEST "Order's notional must be no smaller than %s (unless you choose reduce only).";
    TimeInterval -4165 BAD_REQUEST "Invalid time interval. Maximum time interval is %s days";
    StopPriceAboveCap -4210 BAD_REQUEST "Stop price is higher than price multiplier cap.";
    StopPriceBelowFloor -4211 BAD_REQUEST "Stop price is lower than price multiplier floor.";
    FillOrKillRejected -5021 BAD_REQUEST "Due to the order could not be filled immediately, the FOK order has been rejected.";
    PostOnlyRejected -5022 BAD_REQUEST "Due to the order could not be executed as maker, the Post Only order will be rejected.";
    AmendNotPermitted -5024 BAD_REQUEST "Symbol is not in trading status. Order amendment is not permitted.";
    AmendOnlyLimit -5025 BAD_REQUEST "Only limit order is supported.";
    TooManyAmendments -5026 (coin -4198) BAD_REQUEST "Exceed maximum modify order limit.";
    NoNeedToAmend -5027 (coin -4197) BAD_REQUEST "No need to modify the order.";
    InvalidPriceMatch -5037 BAD_REQUEST "Invalid price match";
    PriceMatchType -5038 BAD_REQUEST "Price match only supports order type: LIMIT, STOP AND TAKE_PROFIT";
    InvalidSelfTradePrevention -5039 BAD_REQUEST "Invalid self trade prevention mode";
    GoodTillDate -5040 BAD_REQUEST "The goodTillDate timestamp must be greater than the current time plus 600 seconds and smaller than 253402300799000";
    NoDepthToMatch -5041 BAD_REQUEST "No depth matches this BBO order";

    // Margin, leverage, modes.
    AboveMaxPosition -2027 BAD_REQUEST "Exceeded the maximum allowable position at current leverage.";
    LeverageTooSmall -2028 BAD_REQUEST "Leverage is smaller than permitted: insufficient margin balance.";
    InvalidLeverage -4028 BAD_REQUEST "Leverage %s is not valid";
    MarginTypeUnchanged -4046 BAD_REQUEST "No need to change margin type.";
    MarginTypeOpenOrders -4047 BAD_REQUEST "Margin type cannot be changed if there exists open orders.";
    MarginTypePosition -4048 BAD_REQUEST "Margin type cannot be changed if there exists position.";
    AddMarginIsolatedOnly -4049 BAD_REQUEST "Add margin only support for isolated position.";
    CrossBalanceInsufficient -4050 BAD_REQUEST "Cross balance insufficient.";
    IsolatedBalanceInsufficient -4051 BAD_REQUEST "Isolated balance insufficient.";
    AutoAddMarginUnchanged -4052 BAD_REQUEST "No need to change auto add margin.";
    AutoAddMarginIsolatedOnly -4053 BAD_REQUEST "Auto add margin only support for isolated position.";
    NoPosition -4054 BAD_REQUEST "Cannot add position margin: position is 0.";
    AmountNotPositive -4055 BAD_REQUEST "Amount must be positive.";
    PositionModeUnchanged -4059 BAD_REQUEST "No need to change position side.";
    PositionModeOpenOrders -4067 BAD_REQUEST "Position side cannot be changed if there exists open orders.";
    PositionModePosition -4068 BAD_REQUEST "Position side cannot be changed if there exists position.";
    LeverageReduction -4161 (coin -4150) BAD_REQUEST "Leverage reduction is not supported in Isolated Margin Mode with open positions";
    MultiAssetsIsolated -4167 BAD_REQUEST "Unable to adjust to Multi-Assets mode with symbols of USDⓈ-M Futures under isolated-margin mode.";
    IsolatedMultiAssets -4168 BAD_REQUEST "Unable to adjust to isolated-margin mode under the Multi-Assets mode.";
    AssetModeUnchanged -4171 BAD_REQUEST "Adjusted asset mode is currently set and does not need to be adjusted repeatedly.";
    SymbolMaxLeverage -4209 BAD_REQUEST "Leverage adjustment failed. Current symbol max leverage limit is %sx";
}
