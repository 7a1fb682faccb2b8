//! What a proxy says when it is asked for a tunnel.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::tcp;

/// One CONNECT, alone, before anything else goes through the proxy.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Tunnel {
    /// The proxy's URL, without credentials.
    pub proxy: String,
    pub host: String,
    pub port: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// None: the tunnel opened.
    pub refusal: Option<Refusal>,
    /// Whether credentials were sent.
    pub authenticated: bool,
}

impl Opened {
    pub fn evidence(&self) -> Value {
        match &self.refusal {
            None => json!({ "opened": true, "authenticated": self.authenticated }),
            Some(refusal) => json!({ "opened": false, "refusal": refusal.to_string() }),
        }
    }
}

/// Why there is no tunnel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    #[error("proxy {}", .0.as_str())]
    Unreachable(tcp::Failure),
    /// 407, with the schemes that the proxy offers.
    #[error("proxy asks for authentication ({})", .0.join(", "))]
    AuthenticationRequired(Vec<String>),
    #[error("proxy answered {0} to CONNECT")]
    Status(u16),
    /// The proxy took the request and gave no answer in the time allowed.
    #[error("proxy silent after CONNECT")]
    Silent,
    #[error("the proxy's answer is not HTTP")]
    NotHttp,
    /// An earlier request of this run settled it: the credentials are wrong, nothing more is sent.
    #[error("not asked: the proxy refused these credentials earlier in this run")]
    CredentialsRefused(Vec<String>),
}
