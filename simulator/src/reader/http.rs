//! Requests, with limits and second tries.

use std::io::{self, BufReader, Read};
use std::sync::Arc;
use std::thread;

use serde::de::DeserializeOwned;
use ureq::http::{Response, StatusCode, Uri};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body, Error};

use super::Limits;
use super::error::{ReaderError, Trouble};

/// Requests to one node.
#[derive(Debug)]
pub(super) struct Http {
    agent: Agent,
    base: String,
    limits: Limits,
}

impl Http {
    pub(super) fn new(url: &str, limits: Limits) -> Result<Http, ReaderError> {
        let base = url.trim_end_matches('/').to_owned();
        let wrong = |reason: &str| ReaderError {
            url: without_password(url).escape_default().to_string(),
            trouble: Trouble::Url(reason.to_owned()),
        };
        if !url.starts_with("https://") && !url.starts_with("http://") {
            return Err(wrong("not a URL: it starts with neither https:// nor http://"));
        }
        let uri: Uri = url.parse().map_err(|_| wrong("not a URL"))?;
        if uri.query().is_some() || uri.host().is_none_or(str::is_empty) {
            return Err(wrong("not the URL of a host"));
        }
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()));
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .tls_config(tls.build())
            .user_agent(concat!("zkreg/", env!("CARGO_PKG_VERSION")))
            .accept("application/json")
            .timeout_resolve(Some(limits.connect))
            .timeout_connect(Some(limits.connect))
            .timeout_per_read(Some(limits.silence))
            .timeout_global(Some(limits.answer));
        // A proxy cannot reach this machine's own servers.
        if uri.host().is_some_and(|host| ["localhost", "127.0.0.1", "[::1]"].contains(&host)) {
            config = config.proxy(None);
        }
        Ok(Http { agent: config.build().new_agent(), base, limits })
    }

    /// The URL of `path` as messages show it.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", without_password(&self.base))
    }

    /// The answer of at most `limit` bytes, as what it should be.
    pub(super) fn json<T: DeserializeOwned>(
        &self,
        path: &str,
        limit: u64,
    ) -> Result<T, ReaderError> {
        // Read as it comes: of what is not needed nothing is kept.
        let answer = self.ask(path, |response| {
            let body = response.into_body().into_with_config().limit(limit).reader();
            match serde_json::from_reader(BufReader::new(body)) {
                Err(error) if error.is_io() => Err(Error::from(io::Error::from(error))),
                answer => Ok(answer),
            }
        })?;
        answer.map_err(|error| {
            let url = self.url(path);
            ReaderError { url, trouble: Trouble::Shape(error.to_string()) }
        })
    }

    /// As [`Http::json`]; `None` if there is nothing at `path`.
    pub(super) fn found<T: DeserializeOwned>(
        &self,
        path: &str,
        limit: u64,
    ) -> Result<Option<T>, ReaderError> {
        match self.json(path, limit) {
            Ok(answer) => Ok(Some(answer)),
            Err(ReaderError { trouble: Trouble::Status { status: 404, .. }, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The answer of at most `limit` bytes, to be read as it comes.
    pub(super) fn stream(&self, path: &str, limit: u64) -> Result<Text, ReaderError> {
        let body = self.ask(path, |response| Ok(response.into_body()))?;
        let limits = self.limits;
        let body: Box<dyn Read> = Box::new(body.into_with_config().limit(limit).reader());
        Ok(Text { body, limits })
    }

    /// Asks until there is an answer that is not only in the way for a moment.
    fn ask<T>(
        &self,
        path: &str,
        mut read: impl FnMut(Response<Body>) -> Result<T, Error>,
    ) -> Result<T, ReaderError> {
        let (url, asked) = (self.url(path), format!("{}{path}", self.base));
        let mut pause = self.limits.pause;
        let mut attempts = 1;
        loop {
            let answer = self.agent.get(&asked).call().and_then(|response| {
                let status = response.status();
                if status.is_success() { read(response).map(Ok) } else { Ok(Err(status)) }
            });
            let trouble = match answer {
                Ok(Ok(read)) => return Ok(read),
                Ok(Err(status)) => Trouble::Status { status: status.as_u16(), attempts },
                Err(error) => trouble(error, attempts, &self.limits),
            };
            if attempts >= self.limits.attempts || !may_pass(&trouble) {
                return Err(ReaderError { url, trouble });
            }
            thread::sleep(pause);
            pause *= 2;
            attempts += 1;
        }
    }
}

/// `url` for messages: the password in it, if there is one, left out.
pub fn without_password(url: &str) -> String {
    let (scheme, rest) = url.split_at(url.find("://").map_or(0, |at| at + 3));
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    match host.rsplit_once('@').map(|(user, host)| (user.split_once(':'), host)) {
        Some((Some((user, _)), host)) => format!("{scheme}{user}:***@{host}{path}"),
        _ => url.to_owned(),
    }
}

/// Whether it may help to ask again.
fn may_pass(trouble: &Trouble) -> bool {
    match trouble {
        Trouble::Connection { .. } | Trouble::Timeout { .. } | Trouble::Truncated { .. } => true,
        Trouble::Status { status, .. } => {
            *status == StatusCode::TOO_MANY_REQUESTS.as_u16() || (500..=599).contains(status)
        }
        _ => false,
    }
}

fn trouble(error: Error, attempts: u32, limits: &Limits) -> Trouble {
    let connection = |reason: String| Trouble::Connection { reason, attempts };
    match error {
        Error::Timeout(timeout) => {
            let limit = match timeout {
                ureq::Timeout::Global => limits.answer,
                ureq::Timeout::Connect | ureq::Timeout::Resolve => limits.connect,
                _ => limits.silence,
            };
            Trouble::Timeout { limit, attempts }
        }
        Error::BodyExceedsLimit(limit) => Trouble::TooLarge(limit),
        Error::HostNotFound => connection("there is no such host".to_owned()),
        Error::Protocol(error) => Trouble::NotHttp(error.to_string()),
        Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Trouble::Truncated { attempts }
        }
        // What TLS has to say comes as data that is invalid.
        Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
            Trouble::Tls(error.to_string())
        }
        Error::Io(error) => connection(error.to_string()),
        Error::Rustls(error) => Trouble::Tls(error.to_string()),
        Error::Tls(reason) => Trouble::Tls(reason.to_owned()),
        other => connection(other.to_string()),
    }
}

/// The text of an answer, whose errors say what they mean.
pub(super) struct Text {
    body: Box<dyn Read>,
    limits: Limits,
}

impl Read for Text {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.body.read(bytes).map_err(|error| {
            let kind = error.kind();
            if kind == io::ErrorKind::Interrupted {
                return error;
            }
            io::Error::other(trouble(Error::from(error), 1, &self.limits).to_string())
        })
    }
}
