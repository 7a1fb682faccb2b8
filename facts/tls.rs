//! What a TLS handshake shows: captured first, judged elsewhere.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::certificate::Certificate;
use crate::octets::Octets;
use crate::vantage::Way;
use crate::{proxy, tcp};

/// One handshake with one address of a host, in the manner of one kind of client. Nothing is said after it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shake {
    pub host: String,
    pub port: u16,
    /// A single address, a route or a proxy.
    pub way: Way,
    pub offer: Offer,
}

/// What the client offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Offer {
    /// TLS 1.3 and 1.2, as today's libraries offer them.
    Modern,
    /// What Apple's version-27 systems offer to enrollment servers: TLS 1.3, and TLS 1.2 with ECDHE, AES-GCM and the
    /// extended master secret.
    Apple27,
    /// Up to TLS 1.2 with the suites of the old days. The handshake is read as far as the server's chain and left.
    Old,
    /// The same up to TLS 1.1.
    Older,
}

impl Offer {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Modern => "modern",
            Self::Apple27 => "apple-27",
            Self::Old => "up to TLS 1.2, old suites",
            Self::Older => "up to TLS 1.1",
        }
    }
}

/// What came of one handshake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shaken {
    /// None through a proxy.
    pub address: Option<IpAddr>,
    /// Why the proxy gave no tunnel.
    pub refusal: Option<proxy::Refusal>,
    /// Why the connection did not open.
    pub failure: Option<tcp::Failure>,
    /// Until the connection opened or failed.
    pub connect_ms: u32,
    pub tls: Option<Handshake>,
    pub tls_ms: Option<u32>,
}

impl Shaken {
    /// The served chain, leaf first; empty where none was seen.
    pub fn chain(&self) -> &[Octets] {
        self.tls.as_ref().map_or(&[], Handshake::chain)
    }

    pub fn evidence(&self) -> Value {
        let mut value = json!({ "address": self.address, "connect_ms": self.connect_ms });
        if let Some(map) = value.as_object_mut() {
            if let Some(refusal) = &self.refusal {
                map.insert("proxy".into(), json!(refusal.to_string()));
            }
            if let Some(failure) = &self.failure {
                map.insert("failure".into(), json!(failure));
            }
            if let Some(tls) = &self.tls {
                map.insert("tls".into(), tls.evidence());
                map.insert("tls_ms".into(), json!(self.tls_ms));
            }
        }
        value
    }
}

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
            if let Some(extended) = capture.extended_master_secret {
                map.insert("extended_master_secret".into(), json!(extended));
            }
            if capture.client_certificate_wanted {
                map.insert("client_certificate_wanted".into(), json!(true));
            }
            map.insert("stapled_ocsp".into(), json!(capture.ocsp.is_some()));
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
    /// The protocol in the field's name (`TLSv1.3`); none if it was not agreed on.
    pub version: Option<String>,
    pub cipher: Option<String>,
    /// The stapled OCSP answer, in DER.
    pub ocsp: Option<Octets>,
    /// Whether the server proved that it holds the leaf's private key.
    pub proved_key: bool,
    /// RFC 7627; none where it was not learnt, and with TLS 1.3, which needs no such extension.
    pub extended_master_secret: Option<bool>,
    /// Whether the server asked for a client certificate.
    pub client_certificate_wanted: bool,
}

/// Why a handshake did not finish.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    #[error("connection {}", .0.as_str())]
    Connection(tcp::Failure),
    #[error("TLS alert {0}")]
    Alert(String),
    /// The client insists on the extended master secret (RFC 7627), which the server does not speak.
    #[error("no extended master secret")]
    NoExtendedMasterSecret,
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
