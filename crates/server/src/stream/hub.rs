//! Who follows what.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use axum::extract::ws::Utf8Bytes;
use ringfence_engine::book::AccountId;
use serde::Serialize;

use super::listen::{Lapse, ListenKey, ListenKeys};
use super::outbox::Outbox;
use super::settings::StreamSettings;
use super::topic::Topic;
use crate::api::app::wall_time;
use crate::boot::{Catalog, Family};
use crate::edge::keys::Registry;

/// Whose events, and of which API.
pub(super) type Owner = (AccountId, Family);

/// Which user events a connection wants: all of them without a list.
pub(super) type Wanted = Option<Arc<[String]>>;

/// Who follows which stream; shared by the connections and the sequencer's thread.
pub struct Hub {
    catalog: Arc<Catalog>,
    keys: Arc<Registry>,
    listen: ListenKeys,
    settings: RwLock<StreamSettings>,
    followers: Mutex<Followers>,
    /// Changes whenever a stream gets its first follower or loses its last.
    version: AtomicU64,
    connections: AtomicU64,
    open: AtomicUsize,
}

#[derive(Default)]
struct Followers {
    topics: HashMap<Topic, Vec<Arc<Outbox>>>,
    users: HashMap<Owner, Vec<Listener>>,
}

struct Listener {
    key: Arc<str>,
    wanted: Wanted,
    outbox: Arc<Outbox>,
}

/// A frame with the name of its stream.
#[derive(Serialize)]
struct Combined<'a> {
    stream: &'a str,
    data: &'a serde_json::value::RawValue,
}

fn combined(stream: &str, raw: &str) -> Option<Utf8Bytes> {
    let data = serde_json::from_str(raw).ok()?;
    serde_json::to_string(&Combined { stream, data }).ok().map(Utf8Bytes::from)
}

/// What is followed at a time.
#[derive(Clone, Debug, Default)]
pub(super) struct Followed {
    pub(super) version: u64,
    pub(super) topics: BTreeSet<Topic>,
    pub(super) owners: Vec<Owner>,
}

impl Hub {
    /// One that nobody follows yet.
    #[must_use]
    pub fn new(catalog: Arc<Catalog>, keys: Arc<Registry>, settings: StreamSettings) -> Self {
        Self {
            catalog,
            keys,
            listen: ListenKeys::default(),
            settings: RwLock::new(settings),
            followers: Mutex::default(),
            version: AtomicU64::new(0),
            connections: AtomicU64::new(0),
            open: AtomicUsize::new(0),
        }
    }

    /// The markets.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The listen keys.
    #[must_use]
    pub const fn listen_keys(&self) -> &ListenKeys {
        &self.listen
    }

    /// The limits of connections that are opened from now on.
    #[must_use]
    pub fn settings(&self) -> StreamSettings {
        *self.settings.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the limits of connections that are opened from now on.
    pub fn configure(&self, settings: StreamSettings) {
        *self.settings.write().unwrap_or_else(PoisonError::into_inner) = settings;
    }

    fn lock(&self) -> MutexGuard<'_, Followers> {
        self.followers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self) {
        self.version.fetch_add(1, Ordering::Release);
    }

    /// A connection begins.
    pub(super) fn open(self: &Arc<Self>) -> Connection {
        self.open.fetch_add(1, Ordering::AcqRel);
        let id = self.connections.fetch_add(1, Ordering::Relaxed);
        Connection { outbox: Arc::new(Outbox::new(id, self.settings().backlog_bytes)), hub: Arc::clone(self) }
    }

    /// Waits until no connection is open, at most so long.
    pub async fn closed(&self, most: Duration) {
        let closing = async {
            while self.open.load(Ordering::Acquire) > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        // What is still open then is cut.
        let _ = tokio::time::timeout(most, closing).await;
    }

    /// Sends a stream's frames to a connection from now on.
    pub(super) fn follow(&self, topic: Topic, outbox: &Arc<Outbox>) {
        let mut followers = self.lock();
        let of_topic = followers.topics.entry(topic).or_default();
        if of_topic.iter().any(|known| known.id() == outbox.id()) {
            return;
        }
        of_topic.push(Arc::clone(outbox));
        if of_topic.len() == 1 {
            self.changed();
        }
    }

    /// Sends no more of a stream's frames to a connection.
    pub(super) fn unfollow(&self, topic: Topic, outbox: &Outbox) {
        let mut followers = self.lock();
        let Some(of_topic) = followers.topics.get_mut(&topic) else { return };
        of_topic.retain(|known| known.id() != outbox.id());
        if of_topic.is_empty() {
            followers.topics.remove(&topic);
            self.changed();
        }
    }

    /// Sends an account's events to a connection from now on.
    pub(super) fn listen(&self, key: &ListenKey, wanted: Wanted, outbox: &Arc<Outbox>) {
        let mut followers = self.lock();
        let listeners = followers.users.entry((key.account, key.family)).or_default();
        listeners.retain(|listener| listener.outbox.id() != outbox.id() || listener.key != key.key);
        listeners.push(Listener { key: Arc::clone(&key.key), wanted, outbox: Arc::clone(outbox) });
        drop(followers);
        self.changed();
    }

    /// Sends no more of what a listen key tells to a connection.
    pub(super) fn unlisten(&self, key: &str, outbox: &Outbox) {
        self.drop_listeners(|listener| &*listener.key == key && listener.outbox.id() == outbox.id());
    }

    fn drop_listeners(&self, goes: impl Fn(&Listener) -> bool) {
        let mut followers = self.lock();
        followers.users.retain(|_, listeners| {
            listeners.retain(|listener| !goes(listener));
            !listeners.is_empty()
        });
        drop(followers);
        self.changed();
    }

    /// Ends the streams of a listen key: their connections are closed.
    pub fn end_key(&self, key: &ListenKey) {
        self.close_key(key, None, "the listenKey was closed");
    }

    fn close_key(&self, key: &ListenKey, last: Option<&str>, reason: &'static str) {
        if let Some(last) = last {
            self.tell_listeners((key.account, key.family), |listener| (listener.key == key.key).then_some(last));
        }
        self.drop_listeners(|listener| {
            let goes = listener.key == key.key;
            if goes {
                listener.outbox.close(1008, reason);
            }
            goes
        });
    }

    /// Ends the listen keys whose time is over, and those of revoked API keys.
    pub(super) fn sweep(&self) {
        let now = wall_time();
        for (key, lapse) in self.listen.sweep(&self.keys, now) {
            match lapse {
                Lapse::Revoked => self.close_key(&key, None, "the API key was revoked"),
                Lapse::Expired => {
                    let last = serde_json::json!({ "e": "listenKeyExpired", "E": now.ms(), "listenKey": &*key.key });
                    self.close_key(&key, Some(&last.to_string()), "the listenKey expired");
                }
            }
        }
    }

    /// What is followed now, if that is not what it was.
    pub(super) fn followed_since(&self, version: u64) -> Option<Followed> {
        let now = self.version.load(Ordering::Acquire);
        if now == version {
            return None;
        }
        let followers = self.lock();
        Some(Followed {
            version: now,
            topics: followers.topics.keys().copied().collect(),
            owners: followers.users.keys().copied().collect(),
        })
    }

    /// Hands a frame to all who follow its stream. It is written with its name at most once.
    pub(super) fn publish(&self, topic: Topic, raw: String) {
        let followers = self.lock();
        let Some(outboxes) = followers.topics.get(&topic) else { return };
        let raw = Utf8Bytes::from(raw);
        let mut named = None;
        for outbox in outboxes {
            if outbox.is_combined() {
                let named = named.get_or_insert_with(|| combined(&topic.name(&self.catalog), raw.as_str()));
                if let Some(frame) = named {
                    outbox.push(frame.clone());
                }
            } else {
                outbox.push(raw.clone());
            }
        }
    }

    /// Hands an event of this kind to all who listen to an account.
    pub(super) fn publish_event(&self, owner: Owner, kind: &str, raw: &str) {
        let wants = |listener: &Listener| listener.wanted.as_ref().is_none_or(|wanted| wanted.iter().any(|name| name == kind));
        self.tell_listeners(owner, |listener| wants(listener).then_some(raw));
    }

    fn tell_listeners<'a>(&self, owner: Owner, what: impl Fn(&Listener) -> Option<&'a str>) {
        let followers = self.lock();
        let mut plain: Option<Utf8Bytes> = None;
        for listener in followers.users.get(&owner).into_iter().flatten() {
            let Some(raw) = what(listener) else { continue };
            if listener.outbox.is_combined() {
                if let Some(frame) = combined(&listener.key, raw) {
                    listener.outbox.push_now(frame);
                }
            } else {
                listener.outbox.push_now(plain.get_or_insert_with(|| Utf8Bytes::from(raw)).clone());
            }
        }
    }
}

/// A connection's place in the hub; it is out once this is dropped.
pub(super) struct Connection {
    pub(super) outbox: Arc<Outbox>,
    pub(super) hub: Arc<Hub>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.hub.open.fetch_sub(1, Ordering::AcqRel);
    }
}
