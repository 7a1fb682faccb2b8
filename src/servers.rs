//! The organisation's own TLS servers: gathered from settings and discovery, each once with all that it is for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use checks::subject::{Federation, Given, HostPort, Platform, Purpose, Server, Tenant};
use checks::{Check, federation};

use crate::settings::Settings;

/// Of another identity provider only what the organisation's users depend on is looked at.
const OF_FOREIGN: [&str; 3] = ["tls.chain", "tls.validity", "tls.name"];

/// The servers of a tenant.
pub fn of_tenant(tenant: &Arc<Tenant>, given: &Arc<Given>, federations: &[Federation]) -> Vec<Server> {
    let mut purposes: BTreeMap<HostPort, BTreeSet<Purpose>> = BTreeMap::new();
    let mut foreign = BTreeSet::new();
    let mut add = |at: &HostPort, purpose| {
        purposes.entry(at.clone()).or_default().insert(purpose);
    };
    for service in federations.iter().filter_map(|federation| federation.service.as_ref()) {
        add(&service.at, Purpose::FederationService);
        if !service.adfs {
            foreign.insert(service.at.clone());
        }
    }
    let speaking = tenant.scep.iter().filter(|target| target.speaks_tls());
    speaking.for_each(|target| add(&target.at(), Purpose::ScepServer));
    tenant.servers.iter().for_each(|at| add(at, Purpose::Named));
    let apple = [Platform::Ios, Platform::Macos].iter().any(|platform| tenant.platforms.contains(platform));
    if tenant.account_driven && apple {
        for host in &tenant.domains {
            add(&HostPort { host: host.clone(), port: 443 }, Purpose::AppleDiscovery);
        }
    }
    let server = |(at, purposes): (HostPort, BTreeSet<Purpose>)| Server {
        foreign: purposes.len() == 1 && foreign.contains(&at),
        at,
        purposes,
        platforms: tenant.platforms.clone(),
        given: Arc::clone(given),
    };
    purposes.into_iter().map(server).collect()
}

/// The servers of a tenant that are known before the clouds were asked.
pub fn known(tenant: &Arc<Tenant>, given: &Arc<Given>) -> Vec<Server> {
    of_tenant(tenant, given, &[federation::assumed(tenant, given)])
}

/// Servers that are named without a tenant.
pub fn alone(settings: &Settings) -> Vec<Server> {
    let mut purposes: BTreeMap<HostPort, BTreeSet<Purpose>> = BTreeMap::new();
    let mut add = |at: HostPort, purpose| {
        purposes.entry(at).or_default().insert(purpose);
    };
    settings.servers.iter().for_each(|at| add(at.clone(), Purpose::Named));
    let speaking = settings.scep.iter().filter(|target| target.speaks_tls());
    speaking.for_each(|target| add(target.at(), Purpose::ScepServer));
    let server = |(at, purposes)| Server {
        at,
        purposes,
        platforms: Platform::ALL.into(),
        foreign: false,
        given: Arc::clone(&settings.given),
    };
    purposes.into_iter().map(server).collect()
}

pub fn concerns(check: &Check, server: &Server) -> bool {
    !server.foreign || OF_FOREIGN.contains(&check.id)
}
