//! `[network]`: from where the questions are put.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use facts::Name;
use probes::proxies;
use probes::secret::{BasicCredentials, SecretString};
use serde_spanned::Spanned;

use super::duration;
use super::file::{self, Family};
use super::load::Loaded;
use super::problem::Problem;
use super::resolve::Builder;
use super::secret;
use crate::arguments;

pub(super) const TIMEOUT: Duration = Duration::from_secs(10);
pub(super) const DEADLINE: Duration = Duration::from_secs(60);
pub(super) const CONCURRENCY: u32 = 256;

pub enum ProxyChoice {
    Environment,
    Direct,
    One { url: String, credentials: Option<BasicCredentials> },
}

/// `[network]`, read.
pub(super) struct NetworkPart {
    pub(super) resolvers: Option<Vec<SocketAddr>>,
    pub(super) authoritative: bool,
    pub(super) ipv4: bool,
    pub(super) ipv6: bool,
    pub(super) routes: BTreeMap<(Name, u16), SocketAddr>,
    pub(super) proxy: ProxyChoice,
    pub(super) timeout: Duration,
    pub(super) deadline: Duration,
    pub(super) concurrency: u32,
}

impl Default for NetworkPart {
    fn default() -> Self {
        Self {
            resolvers: None,
            authoritative: true,
            ipv4: true,
            ipv6: true,
            routes: BTreeMap::new(),
            proxy: ProxyChoice::Environment,
            timeout: TIMEOUT,
            deadline: DEADLINE,
            concurrency: CONCURRENCY,
        }
    }
}

impl Builder {
    pub(super) fn read_network(
        &mut self,
        loaded: &Loaded,
        network: &file::Network,
    ) -> Result<NetworkPart, Problem> {
        let mut part = NetworkPart::default();
        if let Some(resolvers) = &network.resolvers {
            let mut addresses = Vec::new();
            for resolver in resolvers.get_ref() {
                let address = arguments::resolver(resolver.get_ref());
                addresses.push(address.map_err(|why| loaded.problem(resolver.span(), why))?);
            }
            if addresses.is_empty() {
                let problem = loaded.problem(resolvers.span(), "no resolver is named");
                return Err(problem.help("leave `resolvers` out to use the system's"));
            }
            part.resolvers = Some(addresses);
        }
        part.authoritative = network.authoritative.unwrap_or(true);
        part.proxy = self.proxy(loaded, network)?;
        let length = |value: &Option<Spanned<String>>, default| match value {
            Some(text) => duration::parse(text.get_ref()).map_err(|why| loaded.problem(text.span(), why)),
            None => Ok(default),
        };
        part.timeout = length(&network.timeout, TIMEOUT)?;
        part.deadline = length(&network.deadline, DEADLINE)?;
        if let Some(concurrency) = &network.concurrency {
            if !(1..=65536).contains(concurrency.get_ref()) {
                return Err(loaded.problem(concurrency.span(), "concurrency is between 1 and 65536"));
            }
            part.concurrency = *concurrency.get_ref();
        }
        if let Some(families) = &network.address_families {
            part.ipv4 = families.get_ref().contains(&Family::Ipv4);
            part.ipv6 = families.get_ref().contains(&Family::Ipv6);
            if families.get_ref().is_empty() {
                return Err(loaded.problem(families.span(), "at least one address family is needed"));
            }
        }
        for (from, to) in &network.routes {
            let route = arguments::parse_route(from.get_ref(), to.get_ref())
                .map_err(|why| loaded.problem(from.span().start..to.span().end, why))?;
            part.routes.insert(route.from, route.to);
        }
        Ok(part)
    }

    pub(super) fn proxy(&mut self, loaded: &Loaded, network: &file::Network) -> Result<ProxyChoice, Problem> {
        let Some(text) = &network.proxy else {
            let lonely = [
                network.proxy_user.as_ref().map(Spanned::span),
                network.proxy_password.as_ref().map(Spanned::span),
            ];
            return match lonely.into_iter().flatten().next() {
                Some(span) => {
                    Err(loaded.problem(span, "credentials for a proxy that is not named (`proxy`)"))
                }
                None => Ok(ProxyChoice::Environment),
            };
        };
        let bad = |why: proxies::BadProxy| {
            Problem::new(format!("{}: [network] proxy: {why}", loaded.path.display()))
        };
        let (url, in_url) = proxies::parse(text.get_ref()).map_err(bad)?;
        if in_url.is_some() {
            let problem =
                Problem::new(format!("{}: the proxy's URL holds credentials", loaded.path.display()));
            return Err(
                problem.help("write proxy_user = \"...\" and proxy_password = { env = \"NAME\" } instead")
            );
        }
        let credentials = match (&network.proxy_user, &network.proxy_password) {
            (Some(user), Some(password)) => {
                let folder = loaded.path.parent().unwrap_or(Path::new(""));
                let value = secret::read(password.get_ref(), folder)
                    .map_err(|why| loaded.problem(password.span(), why))?;
                Some(BasicCredentials::new(user.get_ref(), &value))
            }
            (Some(user), None) => Some(BasicCredentials::new(user.get_ref(), &SecretString::default())),
            (None, Some(password)) => {
                return Err(loaded.problem(password.span(), "a password without `proxy_user`"));
            }
            (None, None) => None,
        };
        Ok(ProxyChoice::One { url, credentials })
    }
}
