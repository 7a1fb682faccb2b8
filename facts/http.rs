//! Documents fetched over HTTP, and every way of not getting them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::octets::Octets;
use crate::proxy;
use crate::tcp;
use crate::tls::{self, Handshake};
use crate::vantage::Way;

/// What is kept of a body. Discovery documents have a few kilobytes, federation metadata a hundred or two.
pub const KEPT_BYTES: usize = 1024 * 1024;

/// One GET without redirects; the body is kept up to [`KEPT_BYTES`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Get {
    pub url: String,
    pub way: Way,
    /// Asked on the side, for what others can do without: it is given up sooner.
    pub brief: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetched {
    /// Absent for plain HTTP, and where no connection opened.
    pub tls: Option<Handshake>,
    pub outcome: Result<Response, Failure>,
}

impl Fetched {
    pub fn evidence(&self) -> Value {
        let mut value = match &self.outcome {
            Ok(response) => response.evidence(),
            Err(failure) => json!({ "failure": failure.to_string() }),
        };
        if let (Some(tls), Some(map)) = (&self.tls, value.as_object_mut()) {
            map.insert("tls".into(), tls.evidence());
        }
        value
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    pub status: u16,
    /// The headers that something judges, names in lower case; nothing that could be a secret.
    pub headers: BTreeMap<String, String>,
    pub body: Octets,
    /// The body was longer than what is kept, or it broke off.
    pub truncated: bool,
    /// This machine's clock when the first octet of the answer came.
    pub received_at: Timestamp,
    /// From the request to the first octet of the answer.
    pub first_answer_ms: u32,
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// `Retry-After` in seconds; a date is taken against the moment of the answer.
    pub fn retry_after_s(&self) -> Option<u32> {
        let value = self.header("retry-after")?.trim();
        if let Ok(seconds) = value.parse() {
            return Some(seconds);
        }
        let until = parse_date(value)?;
        u32::try_from(until.as_second().saturating_sub(self.received_at.as_second()).max(0)).ok()
    }

    /// The `Date` header.
    pub fn date(&self) -> Option<Timestamp> {
        parse_date(self.header("date")?)
    }

    pub fn evidence(&self) -> Value {
        json!({
            "status": self.status,
            "headers": self.headers,
            "body_bytes": self.body.len(),
            "first_answer_ms": self.first_answer_ms,
        })
    }
}

fn parse_date(value: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::parse(value.trim()).ok().map(|date| date.timestamp())
}

/// Why no HTTP answer came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    #[error("connection {}", .0.as_str())]
    Connection(tcp::Failure),
    #[error("{0}")]
    Proxy(proxy::Refusal),
    #[error("{0}")]
    Tls(tls::Failure),
    #[error("the answer is not HTTP")]
    NotHttp,
    /// The server asked for patience earlier in this run, so nothing was sent; seconds still to wait.
    #[error("throttled for {0} s more")]
    Throttled(u32),
}
