//! Going back to an earlier state, in memory.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::json;

use super::ask::{answer, wrong};
use crate::api::app::{App, unavailable};
use crate::api::call::{Call, Success};
use crate::edge::error::{ApiError, Code};
use crate::exchange::{Sequencer, World};
use crate::start::Keeping;

/// Most snapshots there may be: each is a whole copy, 10 MB and more.
pub const MOST_SNAPSHOTS: usize = 16;
/// Longest name of one.
const LONGEST_NAME: usize = 64;

/// States to go back to.
#[derive(Default)]
pub struct Snapshots {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    start: Option<Box<World>>,
    named: Vec<(String, Box<World>)>,
}

impl Snapshots {
    /// With the state the exchange starts with; `None` where it is kept in a directory.
    #[must_use]
    pub fn new(start: Option<World>) -> Self {
        Self { inner: Mutex::new(Inner { start: start.map(Box::new), named: Vec::new() }) }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An exchange in a directory goes forward only.
fn check_memory(app: &App) -> Result<(), ApiError> {
    match app.local.keeping {
        Keeping::Memory => Ok(()),
        Keeping::Directory(_) => Err(ApiError::saying(
            Code::NotSupported,
            "This exchange is kept in a directory: its journal only goes forward, so there is no going back. Start one without --data for that.",
        )),
    }
}

fn name(call: &Call) -> Result<String, ApiError> {
    let name = call.parameters.required("name")?;
    let fits = name.len() <= LONGEST_NAME && name.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { Ok(name.to_owned()) } else { Err(wrong("name", format!("must be 1 to {LONGEST_NAME} visible ASCII characters"))) }
}

/// `GET /local/v1/snapshots`.
pub(super) async fn list(app: Arc<App>, _: Call) -> Result<Success, ApiError> {
    let names: Vec<String> = app.local.snapshots.inner().named.iter().map(|(name, _)| name.clone()).collect();
    answer(&json!({"snapshots": names, "most": MOST_SNAPSHOTS, "possible": app.local.keeping == Keeping::Memory}), None)
}

/// `POST /local/v1/snapshot`: the state now, under a name; one of the same name is replaced.
pub(super) async fn take(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    check_memory(&app)?;
    let name = name(&call)?;
    let world =
        app.exchange.control(|sequencer: &mut Sequencer| Box::new(sequencer.world().clone())).await.map_err(unavailable)?;
    let time = world.state().clock().ms();
    let mut inner = app.local.snapshots.inner();
    inner.named.retain(|(known, _)| *known != name);
    if inner.named.len() >= MOST_SNAPSHOTS {
        return Err(wrong("name", format!("there are {MOST_SNAPSHOTS} snapshots already; take one under the name of another")));
    }
    inner.named.push((name.clone(), world));
    drop(inner);
    answer(&json!({"name": name, "time": time}), None)
}

/// `POST /local/v1/revert`: the snapshot stays and can be gone back to again.
pub(super) async fn revert(app: Arc<App>, call: Call) -> Result<Success, ApiError> {
    check_memory(&app)?;
    let name = name(&call)?;
    let found = app.local.snapshots.inner().named.iter().find(|(known, _)| *known == name).map(|(_, world)| world.clone());
    let world = found.ok_or_else(|| wrong("name", format!("there is no snapshot '{name}'")))?;
    go_back(&app, world, &name).await
}

/// `POST /local/v1/reset`: everything as it was when the exchange started; snapshots stay.
pub(super) async fn reset(app: Arc<App>, _: Call) -> Result<Success, ApiError> {
    check_memory(&app)?;
    let start = app.local.snapshots.inner().start.clone();
    let world = start.ok_or_else(|| ApiError::of(Code::NotSupported))?;
    go_back(&app, world, "start").await
}

/// Accounts that did not exist then are forgotten with their keys; keys of the others, price sources and the clock's setting stay as they are.
async fn go_back(app: &Arc<App>, world: Box<World>, to: &str) -> Result<Success, ApiError> {
    let users = Arc::clone(app);
    let time = world.state().clock().ms();
    let act = move |sequencer: &mut Sequencer| {
        let accounts = u32::try_from(world.state().accounts().len()).unwrap_or(u32::MAX);
        sequencer.replace_world(*world);
        users.users.forget_from(accounts, &users.keys);
    };
    app.exchange.control(act).await.map_err(unavailable)?;
    answer(&json!({"reverted_to": to, "time": time}), None)
}
