//! A call and its answer, whichever way they travel: HTTP and the WebSocket API share the handlers.

use std::net::IpAddr;

use http::HeaderValue;
use ringfence_engine::book::AccountId;
use serde::Serialize;

use crate::boot::Family;
use crate::edge::authenticate::Identity;
use crate::edge::error::{ApiError, Code};
use crate::edge::parameters::Parameters;

/// A call that has passed the edge: known, allowed, its signature verified.
#[derive(Clone, Debug)]
pub struct Call {
    /// Which API it came to. Calls of neither count as USDⓈ-M.
    pub family: Family,
    /// What it carries.
    pub parameters: Parameters,
    /// Who makes it; `None` for public calls.
    pub identity: Option<Identity>,
    /// From where.
    pub peer: IpAddr,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Success {
    /// JSON, or what `content_type` says.
    pub body: Vec<u8>,
    /// What the body is.
    pub content_type: &'static str,
    /// Index of the journal's record that made it durable; `None` where nothing changed.
    pub index: Option<u64>,
    /// What a browser may do with it, where that is not what it may do with every answer.
    pub policy: Option<HeaderValue>,
}

impl Call {
    /// Who makes it.
    ///
    /// # Errors
    /// −2014 where nobody is named: only a row of the table that lets strangers reach a handler that asks.
    pub fn identity(&self) -> Result<&Identity, ApiError> {
        self.identity.as_ref().ok_or_else(|| ApiError::of(Code::KeyFormat))
    }

    /// Whose account it is about.
    ///
    /// # Errors
    /// As [`Call::identity`].
    pub fn account(&self) -> Result<AccountId, ApiError> {
        Ok(AccountId(self.identity()?.account))
    }
}

impl Success {
    /// Room for an order as JSON, so that the most frequent answer never grows.
    const USUAL_BYTES: usize = 768;

    /// What JSON is called.
    pub const JSON: &'static str = "application/json";

    /// A value as JSON.
    ///
    /// # Errors
    /// −1000 where it cannot be written as JSON, which no type of this crate does.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Result<Self, ApiError> {
        let mut body = Vec::with_capacity(Self::USUAL_BYTES);
        serde_json::to_writer(&mut body, value).map_err(|_| ApiError::of(Code::Unknown))?;
        Ok(Self { body, content_type: Self::JSON, index: None, policy: None })
    }

    /// The same answer, made durable by this record.
    #[must_use]
    pub const fn at(mut self, index: Option<u64>) -> Self {
        self.index = index;
        self
    }
}
