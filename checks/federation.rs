//! A tenant's federation services: what the settings name, else what the cloud says of each domain.

use std::collections::BTreeMap;
use std::sync::Arc;

use facts::{Facts, Name, Unknown};
use futures_util::future::join_all;
use url::Url;

use crate::realm::{self, Answered};
use crate::subject::{Domain, Federation, Given, HostPort, Service, Tenant};

/// Every AD FS has this in its addresses.
const ADFS_PATH: &str = "/adfs/";

/// One entry a service; one without a service where the tenant has none, or where that could not be learnt.
pub async fn learn(tenant: &Arc<Tenant>, given: &Arc<Given>, facts: &Facts) -> Vec<Federation> {
    let federation = |service, unlearnt| Federation {
        tenant: Arc::clone(tenant),
        given: Arc::clone(given),
        service,
        unlearnt,
    };
    if let Some(at) = &tenant.federation {
        let domains = tenant.domains.clone();
        let service = Service { at: at.clone(), adfs: true, sign_in: None, domains };
        return vec![federation(Some(service), false)];
    }
    let asked = tenant.domains.iter().map(|name| async move {
        let domain = Domain { name: name.clone(), tenant: Arc::clone(tenant), given: Arc::clone(given) };
        (name, of_domain(&domain, facts).await)
    });
    let mut services: BTreeMap<HostPort, Service> = BTreeMap::new();
    let mut unlearnt = false;
    for (name, found) in join_all(asked).await {
        match found {
            Ok(Some(service)) => {
                let known =
                    services.entry(service.at.clone()).or_insert(Service { domains: vec![], ..service });
                known.domains.push(name.clone());
            }
            Ok(None) => {}
            Err(_) => unlearnt = true,
        }
    }
    if services.is_empty() {
        return vec![federation(None, unlearnt)];
    }
    services.into_values().map(|service| federation(Some(service), false)).collect()
}

/// What the tenant may turn out to have, before anybody was asked.
pub fn assumed(tenant: &Arc<Tenant>, given: &Arc<Given>) -> Federation {
    let configured = tenant.federation.as_ref();
    Federation {
        tenant: Arc::clone(tenant),
        given: Arc::clone(given),
        service: configured.map(|at| Service {
            at: at.clone(),
            adfs: true,
            sign_in: None,
            domains: tenant.domains.clone(),
        }),
        unlearnt: configured.is_none(),
    }
}

/// Why a domain's federation is not known.
pub(crate) struct NotLearnt;

impl From<Unknown> for NotLearnt {
    fn from(_: Unknown) -> Self {
        Self
    }
}

/// The federation service of one domain as the cloud names it; none where it is managed.
pub(crate) async fn of_domain(domain: &Domain, facts: &Facts) -> Result<Option<Service>, NotLearnt> {
    let realm = match realm::ask(domain, facts).await? {
        Answered::Realm(realm) => realm,
        Answered::Throttled(_) | Answered::Unexpected(_) | Answered::Unreachable(_) => return Err(NotLearnt),
    };
    if !realm.is("Federated") {
        return Ok(None);
    }
    let Some((url, at)) = realm.sign_in().and_then(|url| Some((url.clone(), place(&url)?))) else {
        return Err(NotLearnt);
    };
    let mut adfs = url.path().contains(ADFS_PATH);
    if !adfs {
        // Something may stand before an AD FS; its metadata exchange still has the product's path.
        let exchange = realm::ask_xml(domain, facts).await?.and_then(|realm| realm.exchange);
        adfs = exchange.is_some_and(|address| address.path().contains(ADFS_PATH));
    }
    Ok(Some(Service { at, adfs, sign_in: Some(url.into()), domains: vec![domain.name.clone()] }))
}

fn place(url: &Url) -> Option<HostPort> {
    Some(HostPort { host: Name::of_host(url.host_str()?)?, port: url.port_or_known_default()? })
}
