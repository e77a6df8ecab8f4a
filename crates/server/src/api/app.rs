//! What every handler holds.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use http::StatusCode;
use ringfence_engine::command::Command;
use ringfence_engine::engine::Reply;
use ringfence_engine::event::Event;
use ringfence_engine::time::Time;

use super::asked::asked;
use super::call::Call;
use super::endpoint::{Endpoint, OrderCount};
use super::http::Control;
use super::router::Router;
use crate::boot::{Catalog, Symbol};
use crate::edge::error::reject::from_reject;
use crate::edge::error::{ApiError, Code};
use crate::edge::keys::Registry;
use crate::edge::limits::{Admission, OrderLimiter, OrderUsage, WeightLimiter};
use crate::edge::parameters::Parameters;
use crate::exchange::{Answer, Exchange, Lane, Unavailable, World};
use crate::local::Local;
use crate::metrics::Metrics;
use crate::stream::Hub;
use crate::users::Users;

/// The application: shared by all connections.
pub struct App {
    /// The exchange.
    pub exchange: Exchange,
    /// Its markets as clients know them.
    pub catalog: Arc<Catalog>,
    /// Who may sign.
    pub keys: Arc<Registry>,
    /// Who follows which stream.
    pub hub: Arc<Hub>,
    /// Who the accounts belong to.
    pub users: Arc<Users>,
    /// Which calls there are.
    pub router: Router,
    /// Who may control the exchange.
    pub control: Control,
    /// Weight that addresses have used.
    pub weights: WeightLimiter,
    /// Orders that accounts have placed.
    pub orders: OrderLimiter,
    /// What only whoever controls the exchange may use.
    pub local: Local,
    /// What is counted.
    pub metrics: Arc<Metrics>,
}

/// The machine's time: what signatures are judged by.
#[must_use]
pub fn wall_time() -> Time {
    let passed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time::from_ms(u64::try_from(passed.as_millis()).unwrap_or(u64::MAX))
}

/// What a client is told when the exchange has no answer for it.
#[must_use]
pub fn unavailable(why: Unavailable) -> ApiError {
    match why {
        Unavailable::Busy => ApiError::of(Code::Throttled).after(1),
        Unavailable::DiskFull => ApiError::saying(Code::Throttled, why.to_string()).after(1),
        Unavailable::Stopping => ApiError::saying(Code::ShuttingDown, why.to_string()),
        Unavailable::Unknown => ApiError::of(Code::BackendTimeout).with_status(StatusCode::SERVICE_UNAVAILABLE),
    }
}

impl App {
    /// Charges an address for a call.
    pub(crate) fn charge_weight(&self, peer: IpAddr, endpoint: &Endpoint, parameters: &Parameters) -> Admission {
        let limit = parameters.get("limit").and_then(|limit| limit.parse().ok());
        let weight = endpoint.weight.of(parameters.get("symbol"), limit);
        self.weights.charge(peer, weight, wall_time())
    }

    /// Counts the orders of a call towards the limits of its account; nothing where it places none.
    ///
    /// # Errors
    /// −1015 when there are too many.
    pub(crate) fn charge_orders(&self, endpoint: &Endpoint, call: &Call) -> Result<Option<OrderUsage>, ApiError> {
        let orders = match endpoint.orders {
            OrderCount::Zero => return Ok(None),
            OrderCount::One => 1,
            OrderCount::Listed => {
                let listed = call.parameters.objects("batchOrders")?.map_or(0, |orders| orders.len());
                u32::try_from(listed).unwrap_or(u32::MAX)
            }
        };
        self.orders.charge(call.identity()?.account, orders, wall_time()).map(Some)
    }

    /// Executes the command that `prepare` makes of the state and answers with what `finish` makes of its events, once it is durable.
    ///
    /// A signed call is looked at once more just before: it may have waited longer than it is good for.
    ///
    /// # Errors
    /// The answer to the client: of `prepare`, of the engine's refusal, of `finish`, or that the exchange cannot do anything now.
    pub async fn execute<T, P, F>(&self, call: &Call, lane: Lane, prepare: P, finish: F) -> Result<Answer<T>, ApiError>
    where
        T: Send + 'static,
        P: FnOnce(&World) -> Result<Command, ApiError> + Send + 'static,
        F: FnOnce(&World, &Reply, &[Event]) -> Result<T, ApiError> + Send + 'static,
    {
        let window = call.identity.as_ref().and_then(|identity| identity.window);
        let family = call.family;
        let (skew, metrics) = (self.local.faults.skew(), Arc::clone(&self.metrics));
        let prepare = move |world: &World| {
            window.map_or(Ok(()), |window| window.check(skew.of(wall_time()))).map_err(Err)?;
            prepare(world).map_err(Err)
        };
        let finish = move |world: &World, command: &Command, outcome: Result<&Reply, &_>, events: &[Event]| match outcome {
            Ok(reply) => finish(world, reply, events),
            Err(refused) => {
                metrics.rejected(refused);
                Err(from_reject(refused, asked(command), family))
            }
        };
        let answer = self.exchange.execute(lane, prepare, finish).await.map_err(unavailable)?;
        answer.value.map(|value| Answer { value, index: answer.index })
    }

    /// What `look` finds in a state that is durable.
    ///
    /// # Errors
    /// The answer to the client.
    pub async fn read<T, L>(&self, look: L) -> Result<T, ApiError>
    where
        T: Send + 'static,
        L: FnOnce(&World) -> Result<T, ApiError> + Send + 'static,
    {
        self.exchange.read(look).await.map_err(unavailable)?
    }

    /// The market a call names, of the API it came to.
    ///
    /// # Errors
    /// −1102 without a symbol, −1121 for one that this API does not know.
    pub fn symbol(&self, call: &Call) -> Result<&Symbol, ApiError> {
        self.named(call, call.parameters.required("symbol")?)
    }

    /// The market a call names, where it names one.
    ///
    /// # Errors
    /// −1121 for one that this API does not know.
    pub fn symbol_if_given(&self, call: &Call) -> Result<Option<&Symbol>, ApiError> {
        call.parameters.get("symbol").map(|name| self.named(call, name)).transpose()
    }

    /// The market of this name in the API of a call.
    ///
    /// # Errors
    /// −1121 for one that this API does not know.
    pub fn named(&self, call: &Call, name: &str) -> Result<&Symbol, ApiError> {
        let found = self.catalog.find(name).filter(|symbol| symbol.family == call.family);
        found.ok_or_else(|| ApiError::of(Code::InvalidSymbol))
    }
}
