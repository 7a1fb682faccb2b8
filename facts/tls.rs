//! What a TLS handshake shows: captured first, judged elsewhere.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::certificate::Certificate;
use crate::octets::Octets;
use crate::tcp;

/// One handshake. The capture survives a failure that comes after it (a client certificate asked for, a reset).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handshake {
    pub capture: Option<Capture>,
    pub failure: Option<Failure>,
}

impl Handshake {
    /// The served chain, leaf first; empty where none was seen.
    pub fn chain(&self) -> &[Octets] {
        self.capture.as_ref().map_or(&[], |capture| &capture.chain)
    }

    pub fn evidence(&self) -> Value {
        let mut value = json!({});
        if let (Some(capture), Some(map)) = (&self.capture, value.as_object_mut()) {
            map.insert("version".into(), json!(capture.version));
            map.insert("cipher".into(), json!(capture.cipher));
            map.insert("chain".into(), capture.chain.iter().map(|der| Certificate::summary(der)).collect());
        }
        if let (Some(failure), Some(map)) = (&self.failure, value.as_object_mut()) {
            map.insert("failure".into(), json!(failure.to_string()));
        }
        value
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capture {
    /// Certificates in DER, exactly as served: order, duplicates and all.
    pub chain: Vec<Octets>,
    /// The protocol in the field's name (`TLSv1.3`); none if the handshake did not finish.
    pub version: Option<String>,
    pub cipher: Option<String>,
    /// The stapled OCSP answer, in DER.
    pub ocsp: Option<Octets>,
    /// Whether the server proved that it holds the leaf's private key.
    pub proved_key: bool,
}

/// Why a handshake did not finish.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    #[error("connection {}", .0.as_str())]
    Connection(tcp::Failure),
    #[error("TLS alert {0}")]
    Alert(String),
    #[error("the answer is not TLS")]
    NotTls,
    #[error("TLS error: {0}")]
    Protocol(String),
}

/// What kind of TLS the other side is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Application {
    /// ALPN `http/1.1`.
    Http,
    /// No ALPN at all.
    Other,
}
