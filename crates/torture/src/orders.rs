//! Signed requests, written as a client writes them.

use std::fmt::Write as _;

use crate::sign::Signer;
use crate::wire::websocket;

/// Which way an order trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Buy.
    Buy,
    /// Sell.
    Sell,
}

impl Side {
    /// The API's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Buy => "BUY",
            Self::Sell => "SELL",
        }
    }
}

/// At what price an order trades.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pricing {
    /// At this price or better, resting until cancelled.
    Limit(String),
    /// At once, at what there is.
    Market,
}

/// An order as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The client's own id.
    pub client_id: String,
    /// Buy or sell.
    pub side: Side,
    /// Limit or market.
    pub pricing: Pricing,
    /// How much of the contract, as a decimal.
    pub quantity: String,
}

/// What a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Place an order.
    Place(Order),
    /// Cancel the order with this client id.
    Cancel(String),
    /// Cancel every open order of the account in the market; the request is good for so many milliseconds, which tells it from the same request
    /// of another connection in the same millisecond. Over HTTP only.
    CancelAll(u64),
    /// Ask for the order with this exchange id. Over HTTP only.
    Order(u64),
    /// Ask for the order with this client id. Over HTTP only.
    ByClientId(String),
    /// Ask for orders from this exchange id on, oldest first. Over HTTP only.
    OrdersFrom(u64),
    /// Ask for the trades of an order. Over HTTP only.
    Trades(u64),
}

impl Action {
    /// Method and path over HTTP.
    const fn http(&self) -> (&'static str, &'static str) {
        match self {
            Self::Place(_) => ("POST", "/fapi/v1/order"),
            Self::Cancel(_) => ("DELETE", "/fapi/v1/order"),
            Self::CancelAll(_) => ("DELETE", "/fapi/v1/allOpenOrders"),
            Self::Order(_) | Self::ByClientId(_) => ("GET", "/fapi/v1/order"),
            Self::OrdersFrom(_) => ("GET", "/fapi/v1/allOrders"),
            Self::Trades(_) => ("GET", "/fapi/v1/userTrades"),
        }
    }

    /// Parameters in the order of their names, without those that every signed request has.
    fn parameters(&self, symbol: &str, pairs: &mut Vec<(&'static str, String)>) {
        match self {
            Self::Place(order) => {
                pairs.push(("newClientOrderId", order.client_id.clone()));
                match &order.pricing {
                    Pricing::Limit(price) => pairs.push(("price", price.clone())),
                    Pricing::Market => pairs.push(("newOrderRespType", "RESULT".to_owned())),
                }
                pairs.push(("quantity", order.quantity.clone()));
                pairs.push(("side", order.side.name().to_owned()));
                pairs.push(("symbol", symbol.to_owned()));
                if let Pricing::Limit(_) = &order.pricing {
                    pairs.push(("timeInForce", "GTC".to_owned()));
                }
            }
            Self::Cancel(id) | Self::ByClientId(id) => {
                pairs.extend([("origClientOrderId", id.clone()), ("symbol", symbol.to_owned())]);
            }
            Self::CancelAll(window) => pairs.extend([("recvWindow", window.to_string()), ("symbol", symbol.to_owned())]),
            Self::Order(id) | Self::Trades(id) => pairs.extend([("orderId", id.to_string()), ("symbol", symbol.to_owned())]),
            Self::OrdersFrom(id) => {
                pairs.extend([("limit", "1000".to_owned()), ("orderId", id.to_string()), ("symbol", symbol.to_owned())]);
            }
        }
    }

    /// The API's type of an order.
    const fn order_type(&self) -> Option<&'static str> {
        match self {
            Self::Place(Order { pricing: Pricing::Limit(_), .. }) => Some("LIMIT"),
            Self::Place(Order { pricing: Pricing::Market, .. }) => Some("MARKET"),
            Self::Cancel(_)
            | Self::CancelAll(_)
            | Self::Order(_)
            | Self::ByClientId(_)
            | Self::OrdersFrom(_)
            | Self::Trades(_) => None,
        }
    }
}

/// An account that may trade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Name.
    pub name: String,
    /// API key.
    pub api_key: String,
    /// The key's secret.
    pub secret: String,
}

/// Writes the requests of one account in one market.
#[derive(Clone, Debug)]
pub struct Desk {
    host: String,
    symbol: String,
    api_key: String,
    signer: Signer,
    scratch: Vec<u8>,
}

impl Desk {
    /// A desk of an account.
    #[must_use]
    pub fn new(account: &Account, host: &str, symbol: &str) -> Self {
        Self {
            host: host.to_owned(),
            symbol: symbol.to_owned(),
            api_key: account.api_key.clone(),
            signer: Signer::new(account.secret.as_bytes()),
            scratch: Vec::new(),
        }
    }

    /// The market.
    #[must_use]
    pub fn symbol(&self) -> &str {
        &self.symbol
    }

    /// Writes a request of HTTP/1.1: an order as a form in the body, everything else in the query.
    ///
    /// `timestamp` is in milliseconds since 1970.
    pub fn http(&mut self, action: &Action, timestamp: u64, out: &mut Vec<u8>) {
        let mut pairs = Vec::with_capacity(8);
        action.parameters(&self.symbol, &mut pairs);
        self.scratch.clear();
        for (name, value) in &pairs {
            push(&mut self.scratch, &[name, "=", value, "&"]);
        }
        push(&mut self.scratch, &["timestamp=", &timestamp.to_string()]);
        if let Some(kind) = action.order_type() {
            push(&mut self.scratch, &["&type=", kind]);
        }
        let (method, path) = action.http();
        if method == "POST" {
            let length = (self.scratch.len() + "&signature=".len() + 64).to_string();
            push(out, &[method, " ", path, " HTTP/1.1\r\nHost: ", &self.host, "\r\nX-MBX-APIKEY: ", &self.api_key]);
            push(out, &["\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ", &length, "\r\n\r\n"]);
            self.signed(out);
        } else {
            push(out, &[method, " ", path, "?"]);
            self.signed(out);
            push(out, &[" HTTP/1.1\r\nHost: ", &self.host, "\r\nX-MBX-APIKEY: ", &self.api_key, "\r\n\r\n"]);
        }
    }

    fn signed(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.scratch);
        push(out, &["&signature="]);
        self.signer.sign(&self.scratch, out);
    }

    /// Writes a frame of the WebSocket API. What is signed is every parameter in the order of its name.
    ///
    /// # Panics
    /// On an action that only HTTP has.
    pub fn websocket(&mut self, action: &Action, timestamp: u64, out: &mut Vec<u8>) {
        let method = match action {
            Action::Place(_) => "order.place",
            Action::Cancel(_) => "order.cancel",
            Action::CancelAll(_) | Action::Order(_) | Action::ByClientId(_) | Action::OrdersFrom(_) | Action::Trades(_) => {
                panic!("{action:?} is asked over HTTP")
            }
        };
        let mut pairs = Vec::with_capacity(9);
        pairs.push(("apiKey", self.api_key.clone()));
        action.parameters(&self.symbol, &mut pairs);
        let mut text = format!(r#"{{"id":1,"method":"{method}","params":{{"#);
        self.scratch.clear();
        for (name, value) in &pairs {
            push(&mut self.scratch, &[name, "=", value, "&"]);
            let _ = write!(text, r#""{name}":"{value}","#);
        }
        push(&mut self.scratch, &["timestamp=", &timestamp.to_string()]);
        if let Some(kind) = action.order_type() {
            push(&mut self.scratch, &["&type=", kind]);
            let _ = write!(text, r#""type":"{kind}","#);
        }
        let _ = write!(text, r#""timestamp":{timestamp},"signature":""#);
        let mut message = text.into_bytes();
        self.signer.sign(&self.scratch, &mut message);
        push(&mut message, &["\"}}"]);
        websocket::write(websocket::Kind::Text, &message, out);
    }
}

fn push(out: &mut Vec<u8>, parts: &[&str]) {
    for part in parts {
        out.extend_from_slice(part.as_bytes());
    }
}

/// Milliseconds since 1970, the time of a request.
#[must_use]
pub fn timestamp() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desk() -> Desk {
        let account =
            Account { name: "alice".to_owned(), api_key: "k".to_owned(), secret: "example-secret-0123456789".to_owned() };
        Desk::new(&account, "127.0.0.1:1", "BTCUSDT")
    }

    fn http(action: &Action) -> String {
        let mut out = Vec::new();
        desk().http(action, 1_700_000_000_000, &mut out);
        String::from_utf8(out).expect("text")
    }

    fn signature(payload: &str) -> String {
        let mut out = Vec::new();
        desk().signer.sign(payload.as_bytes(), &mut out);
        String::from_utf8(out).expect("hexadecimal")
    }

    fn limit() -> Action {
        let (client_id, quantity) = ("a-1".to_owned(), "0.004".to_owned());
        Action::Place(Order { client_id, side: Side::Buy, pricing: Pricing::Limit("32000".to_owned()), quantity })
    }

    #[test]
    fn an_order_is_a_signed_form() {
        let form = "newClientOrderId=a-1&price=32000&quantity=0.004&side=BUY&symbol=BTCUSDT&timeInForce=GTC\
                    &timestamp=1700000000000&type=LIMIT";
        let body = format!("{form}&signature={}", signature(form));
        let head = "POST /fapi/v1/order HTTP/1.1\r\nHost: 127.0.0.1:1\r\nX-MBX-APIKEY: k\r\n\
                    Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ";
        assert_eq!(http(&limit()), format!("{head}{}\r\n\r\n{body}", body.len()));
    }

    #[test]
    fn everything_else_is_signed_in_the_query() {
        let table = [
            (Action::Cancel("a-1".to_owned()), "DELETE /fapi/v1/order?", "origClientOrderId=a-1&symbol=BTCUSDT"),
            (Action::ByClientId("a-1".to_owned()), "GET /fapi/v1/order?", "origClientOrderId=a-1&symbol=BTCUSDT"),
            (Action::Order(7), "GET /fapi/v1/order?", "orderId=7&symbol=BTCUSDT"),
            (Action::Trades(7), "GET /fapi/v1/userTrades?", "orderId=7&symbol=BTCUSDT"),
            (Action::OrdersFrom(7), "GET /fapi/v1/allOrders?", "limit=1000&orderId=7&symbol=BTCUSDT"),
            (Action::CancelAll(5_001), "DELETE /fapi/v1/allOpenOrders?", "recvWindow=5001&symbol=BTCUSDT"),
        ];
        for (action, line, parameters) in table {
            let payload = format!("{parameters}&timestamp=1700000000000");
            let expected = format!("{line}{payload}&signature={} HTTP/1.1\r\n", signature(&payload));
            assert!(http(&action).starts_with(&expected), "{}", http(&action));
        }
    }

    #[test]
    fn a_frame_signs_its_parameters_in_the_order_of_their_names() {
        let market = Order { pricing: Pricing::Market, side: Side::Sell, client_id: "b".to_owned(), quantity: "0.01".to_owned() };
        for action in [limit(), Action::Place(market), Action::Cancel("a-1".to_owned())] {
            let mut out = Vec::new();
            desk().websocket(&action, 1_700_000_000_000, &mut out);
            let start = out.iter().position(|byte| *byte == b'{').expect("JSON");
            let message: serde_json::Value = serde_json::from_slice(&out[start..]).expect("JSON");
            let parameters = message["params"].as_object().expect("an object");
            let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let mut pairs: Vec<String> = parameters
                .iter()
                .filter(|(name, _)| *name != "signature")
                .map(|(name, value)| format!("{name}={}", text(value)))
                .collect();
            pairs.sort();
            assert_eq!(parameters["signature"], signature(&pairs.join("&")), "{action:?}");
        }
    }
}
