//! A small client of a running server: signed requests as Binance's API wants them, JSON back, errors with a way to mend them.

mod error;
mod sign;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::config::ClientOptions;
use crate::verbosity::Verbosity;

pub(crate) use error::{RemoteError, RemoteErrorKind};
pub(crate) use sign::Parameters;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// What a request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
    Delete,
}

impl Method {
    fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

/// Which clock stamps requests.
#[derive(Clone, Copy, Debug)]
enum Clock {
    System,
    #[cfg(test)]
    Fixed(u128),
}

impl Clock {
    fn milliseconds(self) -> u128 {
        match self {
            Self::System => SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis()),
            #[cfg(test)]
            Self::Fixed(time) => time,
        }
    }
}

/// One account at one server.
#[derive(Debug)]
pub(crate) struct Remote {
    agent: ureq::Agent,
    server: String,
    key: String,
    secret: String,
    token: Option<String>,
    verbosity: Verbosity,
    clock: Clock,
}

impl Remote {
    /// A client for an account. Nothing is sent yet.
    pub(crate) fn new(options: &ClientOptions, account: &str, verbosity: Verbosity) -> Self {
        let (key, secret) = options.keys_of(account);
        // The server is this machine's or a neighbour's: no proxy, no redirect that would carry a signature elsewhere.
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(Duration::from_secs(5)))
            .timeout_global(Some(PATIENCE))
            .user_agent(concat!("ringfence/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent();
        let (server, token) = (options.server.clone(), options.token.clone());
        Self { agent, server, key, secret, token, verbosity, clock: Clock::System }
    }

    /// A signed request; parameters, timestamp and signature stand in the query.
    ///
    /// # Errors
    /// [`RemoteError`]: no server, no answer, a refusal.
    pub(crate) fn signed(&self, method: Method, path: &str, parameters: &[(&'static str, String)]) -> Result<Value, RemoteError> {
        let mut all = parameters.to_vec();
        all.push(("timestamp", self.clock.milliseconds().to_string()));
        let payload = sign::query(&all);
        let signature = sign::signature(&self.secret, &payload).unwrap_or_default();
        let header = Some(("X-MBX-APIKEY", self.key.clone()));
        self.send(
            method,
            path,
            &Target { shown: sign::query(parameters), sent: format!("{payload}&signature={signature}"), header },
        )
    }

    /// A request to the control API: no signature, but the token where there is one.
    ///
    /// # Errors
    /// [`RemoteError`]: no server, no answer, a refusal.
    pub(crate) fn local(&self, method: Method, path: &str, parameters: &[(&'static str, String)]) -> Result<Value, RemoteError> {
        let query = sign::query(parameters);
        let header = self.token.as_ref().map(|token| ("Authorization", format!("Bearer {token}")));
        self.send(method, path, &Target { shown: query.clone(), sent: query, header })
    }

    fn send(&self, method: Method, path: &str, target: &Target) -> Result<Value, RemoteError> {
        let failed = |kind| RemoteError { request: format!("{} {path}", method.name()), kind };
        let mut request = ureq::http::Request::builder().method(method.name()).uri(format!(
            "{}{path}{}{}",
            self.server,
            if target.sent.is_empty() { "" } else { "?" },
            target.sent
        ));
        if let Some((name, value)) = &target.header {
            request = request.header(*name, value);
        }
        let request = request.body(()).map_err(|error| failed(self.not_running(error.to_string())))?;
        let begun = Instant::now();
        let mut response = self.agent.run(request).map_err(|error| failed(self.transport(&error)))?;
        let status = response.status().as_u16();
        let text = response.body_mut().with_config().limit(64 << 20).read_to_string();
        if self.verbosity == Verbosity::Verbose {
            let question = if target.shown.is_empty() { String::new() } else { format!("?{}", target.shown) };
            anstream::eprintln!("{} {path}{question} -> {status} in {} ms", method.name(), begun.elapsed().as_millis());
        }
        let text = text.map_err(|error| failed(RemoteErrorKind::Unknown { cause: format!("the answer broke off: {error}") }))?;
        read(status, &text).map_err(failed)
    }

    fn not_running(&self, cause: String) -> RemoteErrorKind {
        RemoteErrorKind::NotRunning { server: self.server.clone(), cause }
    }

    /// Whether the request cannot have arrived, or may have.
    fn transport(&self, error: &ureq::Error) -> RemoteErrorKind {
        use ureq::{Error, Timeout};
        if matches!(error, Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused) {
            self.not_running("connection refused".to_owned())
        } else if matches!(error, Error::Timeout(Timeout::Connect | Timeout::Resolve)) {
            self.not_running("no connection in 5 s".to_owned())
        } else if matches!(error, Error::HostNotFound | Error::ConnectionFailed | Error::BadUri(_) | Error::Http(_)) {
            self.not_running(error.to_string())
        } else if matches!(error, Error::Timeout(_)) {
            RemoteErrorKind::Unknown { cause: format!("no answer in {} s", PATIENCE.as_secs()) }
        } else {
            RemoteErrorKind::Unknown { cause: error.to_string() }
        }
    }
}

/// What is sent, and what of it may be shown.
struct Target {
    shown: String,
    sent: String,
    header: Option<(&'static str, String)>,
}

/// The answer's JSON, or what its error means.
fn read(status: u16, text: &str) -> Result<Value, RemoteErrorKind> {
    let Ok(value) = serde_json::from_str::<Value>(text) else { return Err(unreadable(status)) };
    let code = value.get("code").and_then(Value::as_i64);
    if (200..300).contains(&status) {
        return Ok(value);
    }
    let message = value.get("msg").and_then(Value::as_str).unwrap_or("no reason given").to_owned();
    match code {
        // -1008 is thrown away before anything is done; every other trouble inside the server leaves it open what was.
        Some(code) if code == -1007 || (status >= 500 && code != -1008) || status == 408 => {
            Err(RemoteErrorKind::Unknown { cause: format!("{message} (code {code}, status {status})") })
        }
        Some(code) => Err(RemoteErrorKind::Refused { status, code, message }),
        None => Err(unreadable(status)),
    }
}

fn unreadable(status: u16) -> RemoteErrorKind {
    if status >= 500 || status == 408 {
        RemoteErrorKind::Unknown { cause: format!("the server failed with status {status}") }
    } else {
        RemoteErrorKind::Strange { status }
    }
}
