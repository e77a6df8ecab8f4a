//! What is told when: on the sequencer's thread, between its commits.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use ringfence_engine::book::AccountId;

use super::cadence::{Cadence, Timetable};
use super::hub::{Followed, Hub, Owner};
use super::market::Markets;
use super::topic::Topic;
use super::user::{Accounts, UserEvent};
use crate::exchange::{Executed, Observer, World};

/// Tells the hub's followers what happened, once it is durable.
pub struct Publisher {
    hub: Arc<Hub>,
    followed: Followed,
    /// The followed streams by when they are told.
    plan: BTreeMap<Option<Cadence>, Vec<Topic>>,
    watched: HashSet<AccountId>,
    markets: Markets,
    accounts: Accounts,
    /// Events of accounts, with the index that makes them durable.
    pending: Vec<(u64, Owner, UserEvent)>,
    timetable: Timetable,
}

impl Publisher {
    /// One for this hub.
    #[must_use]
    pub fn new(hub: Arc<Hub>) -> Self {
        Self {
            hub,
            followed: Followed::default(),
            plan: BTreeMap::new(),
            watched: HashSet::new(),
            markets: Markets::default(),
            accounts: Accounts::default(),
            pending: Vec::new(),
            timetable: Timetable::starting(Instant::now()),
        }
    }

    /// Begins with streams that got their first follower, and forgets those that lost their last.
    fn refresh(&mut self, world: &mut World) {
        let Some(followed) = self.hub.followed_since(self.followed.version) else { return };
        for topic in self.followed.topics.difference(&followed.topics) {
            self.markets.stop(*topic);
        }
        for topic in followed.topics.difference(&self.followed.topics) {
            self.markets.begin(*topic, world);
        }
        let watched = followed.owners.iter().map(|(account, _)| *account).collect();
        self.accounts.watch(&watched);
        self.plan = BTreeMap::new();
        for topic in &followed.topics {
            self.plan.entry(topic.cadence()).or_default().push(*topic);
        }
        (self.followed, self.watched) = (followed, watched);
    }

    fn publish_events(&mut self, index: u64) {
        let ready = self.pending.partition_point(|(at, _, _)| *at <= index);
        for (_, owner, event) in self.pending.drain(..ready) {
            self.hub.publish_event(owner, event.kind, &event.frame);
        }
    }

    fn tell(&mut self, world: &mut World, due: Option<Cadence>) {
        for topic in self.plan.get(&due).into_iter().flatten() {
            for frame in self.markets.tell(*topic, &self.hub, world) {
                self.hub.publish(*topic, frame);
            }
        }
    }

    fn housekeeping(&mut self, world: &World) {
        self.hub.sweep();
        for (owner, event) in self.accounts.margin_calls(&self.followed.owners, &self.hub, world) {
            self.hub.publish_event(owner, event.kind, &event.frame);
        }
    }
}

impl Observer for Publisher {
    fn executed(&mut self, world: &World, executed: &Executed<'_>) {
        if !self.followed.topics.is_empty() {
            self.markets.note(world, executed.events);
        }
        // Whoever listens since the last commit has not been told anything yet.
        if let Some(now) = self.hub.followed_since(self.followed.version) {
            self.watched.extend(now.owners.iter().map(|(account, _)| *account));
        }
        if !self.watched.is_empty() {
            let told = self.accounts.tell(&self.watched, (&self.hub, world), executed);
            self.pending.extend(told.into_iter().map(|(owner, event)| (executed.index, owner, event)));
        }
    }

    fn durable(&mut self, world: &mut World, index: u64) {
        self.refresh(world);
        self.publish_events(index);
        let now = Instant::now();
        let due = self.timetable.due(now);
        if !self.followed.topics.is_empty() {
            self.tell(world, None);
            for cadence in &due {
                self.tell(world, Some(*cadence));
            }
            self.markets.told();
        }
        if due.contains(&Cadence::Ms500) {
            self.housekeeping(world);
        }
    }

    fn reverted(&mut self, world: &World) {
        self.pending.clear();
        self.accounts = Accounts::default();
        self.markets.reverted(world);
    }
}
