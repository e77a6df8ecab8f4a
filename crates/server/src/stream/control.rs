//! What the client of a stream socket may say.

use std::sync::Arc;

use serde_json::{Value, json};

use super::hub::{Connection, Wanted};
use super::listen::ListenKey;
use super::outbox::Form;
use super::topic::Topic;

/// What a connection follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Follow {
    Stream(Topic),
    Account(ListenKey),
}

/// A refusal: code and text.
type Refusal = (i32, String);

const METHODS: &str = "`SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, `GET_PROPERTY`";

/// The client of a stream socket.
pub(super) struct Control {
    connection: Connection,
    follows: Vec<Follow>,
    most: usize,
}

fn invalid(text: impl core::fmt::Display) -> Refusal {
    (2, format!("Invalid request: {text}"))
}

impl Control {
    pub(super) const fn new(connection: Connection, most: usize) -> Self {
        Self { connection, follows: Vec::new(), most }
    }

    /// What a name stands for; `None` for one that is neither a stream nor a listen key in force.
    pub(super) fn named(&self, name: &str) -> Option<Follow> {
        let hub = &self.connection.hub;
        let stream = Topic::named(hub.catalog(), name).map(Follow::Stream);
        stream.or_else(|| hub.listen_keys().find(name).map(Follow::Account))
    }

    /// Follows something from now on; of an account only the events that are wanted.
    ///
    /// # Errors
    /// When these would be too many: nothing was changed.
    pub(super) fn follow(&mut self, wishes: Vec<Follow>, wanted: &Wanted) -> Result<(), String> {
        let mut new: Vec<Follow> = Vec::new();
        for wish in wishes {
            if !self.follows.contains(&wish) && !new.contains(&wish) {
                new.push(wish);
            }
        }
        if self.follows.len().saturating_add(new.len()) > self.most {
            return Err(format!("a connection may follow {} streams, not more", self.most));
        }
        for wish in new {
            match &wish {
                Follow::Stream(topic) => self.connection.hub.follow(*topic, &self.connection.outbox),
                Follow::Account(key) => self.connection.hub.listen(key, wanted.clone(), &self.connection.outbox),
            }
            self.follows.push(wish);
        }
        Ok(())
    }

    fn unfollow(&mut self, gone: &Follow) {
        self.follows.retain(|known| known != gone);
        leave(&self.connection, gone);
    }

    fn name(&self, follow: &Follow) -> String {
        match follow {
            Follow::Stream(topic) => topic.name(self.connection.hub.catalog()),
            Follow::Account(key) => key.key.to_string(),
        }
    }

    /// Answers a message.
    pub(super) fn answer(&mut self, text: &str) {
        let request: Value = match serde_json::from_str(text) {
            Ok(request) => request,
            Err(error) => return self.reply(&json!({ "error": { "code": 3, "msg": format!("Invalid JSON: {error}") } })),
        };
        let id = request.get("id").cloned().unwrap_or(Value::Null);
        if !(id.is_null() || id.is_string() || id.is_i64() || id.is_u64()) {
            let (code, msg) = invalid("field `id` must be an integer or a string");
            return self.reply(&json!({ "error": { "code": code, "msg": msg } }));
        }
        if let Err((code, msg)) = self.carry_out(&request, &id) {
            self.reply(&json!({ "error": { "code": code, "msg": msg }, "id": id }));
        }
    }

    fn reply(&self, reply: &Value) {
        self.connection.outbox.push_now(reply.to_string().into());
    }

    fn done(&self, result: &Value, id: &Value) {
        self.reply(&json!({ "result": result, "id": id }));
    }

    fn carry_out(&mut self, request: &Value, id: &Value) -> Result<(), Refusal> {
        if !request.is_object() {
            return Err(invalid("expected an object"));
        }
        let method = request.get("method").ok_or_else(|| invalid("missing field `method`"))?;
        let method = method.as_str().ok_or_else(|| invalid("field `method` must be a string"))?;
        match method {
            "SUBSCRIBE" => {
                let wishes = self.wishes(request)?;
                // Whoever reads this answer is followed up from here on: nothing is sent before this function ends.
                let follows = self.follow(wishes, &None).map_err(invalid);
                follows.map(|()| self.done(&Value::Null, id))
            }
            "UNSUBSCRIBE" => {
                for name in names(request)? {
                    if let Some(gone) = self.named(name) {
                        self.unfollow(&gone);
                    }
                }
                self.done(&Value::Null, id);
                Ok(())
            }
            "LIST_SUBSCRIPTIONS" => {
                let listed: Vec<String> = self.follows.iter().map(|follow| self.name(follow)).collect();
                self.done(&json!(listed), id);
                Ok(())
            }
            "SET_PROPERTY" => self.set_property(request, id),
            "GET_PROPERTY" => {
                let name = params(request)?.first().and_then(Value::as_str);
                if name != Some("combined") {
                    return Err((0, "Unknown property".to_owned()));
                }
                self.done(&json!(self.connection.outbox.is_combined()), id);
                Ok(())
            }
            other => Err(invalid(format_args!("unknown variant `{other}`, expected one of {METHODS}"))),
        }
    }

    fn set_property(&self, request: &Value, id: &Value) -> Result<(), Refusal> {
        let [name, value] = params(request)?.as_slice() else {
            return Err(invalid("`params` must be a name and a value"));
        };
        if name.as_str() != Some("combined") {
            return Err((0, "Unknown property".to_owned()));
        }
        let combined = value.as_bool().ok_or_else(|| (1, "Invalid value type: expected Boolean".to_owned()))?;
        self.connection.outbox.set_form(if combined { Form::Combined } else { Form::Raw });
        self.done(&Value::Null, id);
        Ok(())
    }

    fn wishes(&self, request: &Value) -> Result<Vec<Follow>, Refusal> {
        let unknown = |name: &str| invalid(format_args!("there is no stream `{name}`"));
        names(request)?.into_iter().map(|name| self.named(name).ok_or_else(|| unknown(name))).collect()
    }

    pub(super) fn outbox(&self) -> &Arc<super::outbox::Outbox> {
        &self.connection.outbox
    }
}

fn leave(connection: &Connection, gone: &Follow) {
    match gone {
        Follow::Stream(topic) => connection.hub.unfollow(*topic, &connection.outbox),
        Follow::Account(key) => connection.hub.unlisten(&key.key, &connection.outbox),
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        for gone in &self.follows {
            leave(&self.connection, gone);
        }
    }
}

fn params(request: &Value) -> Result<&Vec<Value>, Refusal> {
    let params = request.get("params").ok_or_else(|| invalid("missing field `params`"))?;
    params.as_array().ok_or_else(|| invalid("field `params` must be a list"))
}

fn names(request: &Value) -> Result<Vec<&str>, Refusal> {
    let name = |name: &'_ Value| name.is_string();
    let params = params(request)?;
    if !params.iter().all(name) {
        return Err(invalid("`params` must be a list of strings"));
    }
    Ok(params.iter().filter_map(Value::as_str).collect())
}
