//! A connection of the WebSocket API.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::ws::Utf8Bytes;

use super::hub::Connection;
use super::outbox::Outbox;
use super::request::answer;
use super::route::RateLimitRows;
use super::settings::StreamSettings;
use super::under_way::UnderWay;
use crate::api::app::{App, wall_time};
use crate::boot::Family;

/// What the requests of a connection share.
pub(super) struct Place {
    pub(super) app: Arc<App>,
    pub(super) peer: IpAddr,
    pub(super) family: Family,
    pub(super) rows: RateLimitRows,
    /// When the connection began, in milliseconds since 1970.
    pub(super) since: u64,
    /// The key that logged on, and when.
    pub(super) logged_on: Mutex<Option<(String, u64)>>,
}

impl Place {
    pub(super) fn key(&self) -> Option<(String, u64)> {
        self.logged_on.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set_key(&self, key: Option<(String, u64)>) {
        *self.logged_on.lock().unwrap_or_else(PoisonError::into_inner) = key;
    }
}

/// The client of a connection of the WebSocket API: its commands reach the sequencer in the order they were sent, and are
/// answered as they are durable.
pub(super) struct Session {
    place: Arc<Place>,
    connection: Connection,
    under_way: UnderWay<Utf8Bytes>,
    most: usize,
}

impl Session {
    pub(super) fn new(app: Arc<App>, peer: IpAddr, (family, rows): (Family, RateLimitRows), settings: &StreamSettings) -> Self {
        let connection = app.hub.open();
        let place = Place { app, peer, family, rows, since: wall_time().ms(), logged_on: Mutex::new(None) };
        Self { place: Arc::new(place), connection, under_way: UnderWay::new(), most: settings.requests_under_way }
    }

    pub(super) fn outbox(&self) -> &Arc<Outbox> {
        &self.connection.outbox
    }

    /// Whether another request may be read.
    pub(super) fn has_room(&self) -> bool {
        self.under_way.len() < self.most
    }

    /// Begins to answer a request.
    pub(super) fn take(&mut self, text: Utf8Bytes) {
        let place = Arc::clone(&self.place);
        self.under_way.begin(async move { answer(&place, text.as_str()).await.into() });
    }

    /// The next answer; never, as long as nothing is asked.
    pub(super) async fn answer(&mut self) -> Utf8Bytes {
        self.under_way.next().await
    }
}
