//! One visit to a host and port: TCP to each address, then TLS and HTTP on one of them.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::http;
use crate::proxy;
use crate::tcp;
use crate::tls::Handshake;
use crate::vantage::Way;

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Visit {
    pub host: String,
    pub port: u16,
    pub spoken: Spoken,
    pub way: Way,
}

/// How far a visit goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Spoken {
    /// A connection and nothing on it.
    Tcp,
    /// A handshake, without a request.
    Tls,
    /// A handshake and one GET of that path.
    Https(String),
    /// One GET of that path in the clear.
    Http(String),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visited {
    /// Each address that was tried; one entry without an address for a proxy.
    pub attempts: Vec<Attempt>,
    /// The address on which TLS and HTTP were spoken.
    pub talked_to: Option<IpAddr>,
    /// Why the proxy gave no tunnel.
    pub refusal: Option<proxy::Refusal>,
    pub tls: Option<Handshake>,
    pub tls_ms: Option<u32>,
    pub http: Option<Result<http::Response, http::Failure>>,
}

impl Visited {
    /// Whether a connection opened at all.
    pub fn connected(&self) -> bool {
        self.refusal.is_none() && self.attempts.iter().any(|a| a.failure.is_none())
    }

    pub fn evidence(&self) -> Value {
        let mut value = json!({ "attempts": self.attempts });
        if let Some(map) = value.as_object_mut() {
            if let Some(refusal) = &self.refusal {
                map.insert("proxy".into(), json!(refusal.to_string()));
            }
            if let Some(tls) = &self.tls {
                map.insert("tls".into(), tls.evidence());
                map.insert("tls_ms".into(), json!(self.tls_ms));
            }
            match &self.http {
                Some(Ok(response)) => map.insert("http".into(), response.evidence()),
                Some(Err(failure)) => map.insert("http".into(), json!({ "failure": failure.to_string() })),
                None => None,
            };
        }
        value
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    pub address: Option<IpAddr>,
    pub failure: Option<tcp::Failure>,
    /// Until the connection opened or failed.
    pub connect_ms: u32,
}
