//! From where the questions are put: resolvers, address families, routes, proxies.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Name, dns};

/// The way from this machine to the world, as the settings and the environment give it.
#[derive(Clone)]
pub struct Vantage {
    pub resolvers: Vec<dns::Server>,
    /// Whether a zone's own name servers are asked too.
    pub authoritative: bool,
    pub ipv4: bool,
    pub ipv6: bool,
    /// Connect there instead; names and certificates are judged as usual.
    pub routes: BTreeMap<(Name, u16), SocketAddr>,
    pub proxies: Arc<dyn Proxies>,
}

impl Vantage {
    pub fn allows(&self, address: &IpAddr) -> bool {
        match address {
            IpAddr::V4(_) => self.ipv4,
            IpAddr::V6(_) => self.ipv6,
        }
    }

    pub fn route(&self, host: &Name, port: u16) -> Option<SocketAddr> {
        self.routes.get(&(host.clone(), port)).copied()
    }
}

/// Which proxy a connection takes.
pub trait Proxies: Send + Sync {
    /// The proxy's URL without credentials; none means a direct connection.
    fn proxy_for(&self, host: &str, port: u16, https: bool) -> Option<String>;
}

/// No proxy at all.
pub struct Direct;

impl Proxies for Direct {
    fn proxy_for(&self, _: &str, _: u16, _: bool) -> Option<String> {
        None
    }
}

/// How one host is reached. Part of a question, so that its answer says what was really asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// By its own addresses, at most four, in order.
    Direct(Vec<IpAddr>),
    /// By a configured route.
    Routed(SocketAddr),
    /// Through the proxy of that URL; the proxy resolves the name.
    Proxy(String),
}

/// What the resolvers say of a host's addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    Addresses(Vec<IpAddr>),
    /// The name does not exist, or has no address.
    NotFound {
        nxdomain: bool,
        by: dns::Server,
    },
    /// No resolver gave an answer about the name; each with what it said.
    Failed(Vec<(dns::Server, String)>),
}
