//! From settings to the world as this machine sees it: resolvers, routes, proxies, the live source.

use std::sync::Arc;

use facts::dns::Server;
use facts::memory::{Memory, Source};
use facts::vantage::{Direct, Proxies, Vantage};
use jiff::Timestamp;
use probes::proxies::{Environment, Keys, One};
use probes::{Network, Options};

use crate::settings::{Problem, ProxyChoice, Settings};

/// What every case of a run shares.
#[derive(Clone)]
pub struct World {
    pub memory: Arc<Memory>,
    pub vantage: Arc<Vantage>,
    /// The time of judgement.
    pub now: Timestamp,
}

impl World {
    /// The live network.
    pub fn live(settings: &Settings) -> Result<Self, Problem> {
        let (proxies, proxy_keys) = proxies(settings)?;
        let vantage = Arc::new(vantage(settings, proxies)?);
        let network = Network::new(Options {
            vantage: Arc::clone(&vantage),
            timeout: settings.timeout,
            concurrency: settings.concurrency,
            proxy_keys,
            secrets: settings.secrets.clone(),
        });
        Ok(Self { memory: Arc::new(Memory::of(network)), vantage, now: Timestamp::now() })
    }

    /// A world of one's own: tests, simulations.
    pub fn from(source: impl Source + 'static, vantage: Vantage, now: Timestamp) -> Self {
        Self { memory: Arc::new(Memory::of(source)), vantage: Arc::new(vantage), now }
    }
}

fn vantage(settings: &Settings, proxies: Arc<dyn Proxies>) -> Result<Vantage, Problem> {
    let resolvers = match &settings.resolvers {
        Some(addresses) => addresses.iter().map(|address| Server::at(*address)).collect(),
        None if settings.needs_resolvers() => {
            let found = probes::system::resolvers().map_err(|why| {
                Problem::new(format!("cannot learn the system's resolvers: {why}"))
                    .help("name one with --resolver")
            })?;
            if found.is_empty() {
                return Err(Problem::new("the system has no resolver").help("name one with --resolver"));
            }
            found
        }
        None if settings.may_use_resolvers() => probes::system::resolvers().unwrap_or_default(),
        None => Vec::new(),
    };
    Ok(Vantage {
        resolvers,
        authoritative: settings.authoritative,
        ipv4: settings.ipv4,
        ipv6: settings.ipv6,
        routes: settings.routes.clone(),
        proxies,
    })
}

fn proxies(settings: &Settings) -> Result<(Arc<dyn Proxies>, Keys), Problem> {
    Ok(match &settings.proxy {
        ProxyChoice::Direct => (Arc::new(Direct), Keys::new()),
        ProxyChoice::One { url, credentials } => {
            let keys = credentials.iter().map(|key| (url.clone(), key.clone())).collect();
            (Arc::new(One(url.clone())), keys)
        }
        ProxyChoice::Environment => {
            let environment = Environment::read();
            let keys = environment.keys().map_err(|(shown, bad)| {
                Problem::new(format!("the environment's proxy {shown} cannot be used: {bad}"))
                    .help("name another with --proxy, or connect directly with --no-proxy")
            })?;
            (Arc::new(environment), keys)
        }
    })
}
