//! The effective settings as a recording keeps them: everything that judgements need, and no secret.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use checks::own::{Declaration, Own};
use checks::subject::{Given, HostPort, ScepTarget, Tenant, Thresholds};
use facts::dns::Server;
use facts::vantage::Proxies;
use facts::{Name, Vantage};
use jiff::civil::Date;
use probes::secret::Secrets;
use serde::{Deserialize, Serialize};

use super::resolve::{CertificateCase, PushCase, Roots, Settings, own_checks};
use super::{Problem, ProxyChoice};
use crate::selection::{BadSelection, Selection};
use crate::waivers::Waiver;

#[derive(Serialize, Deserialize)]
pub struct Kept {
    tenants: Vec<Arc<Tenant>>,
    certificates: Vec<CertificateCase>,
    push: Vec<PushCase>,
    servers: Vec<HostPort>,
    scep: Vec<Arc<ScepTarget>>,
    #[serde(default)]
    own: Vec<KeptOwn>,
    only: Vec<String>,
    skip: Vec<String>,
    thresholds: Thresholds,
    roots: Roots,
    waivers: Vec<KeptWaiver>,
    vantage: KeptVantage,
}

/// From where the questions were put. Proxies stand in the recording's own lines.
#[derive(Serialize, Deserialize)]
struct KeptVantage {
    resolvers: Vec<Server>,
    authoritative: bool,
    ipv4: bool,
    ipv6: bool,
    routes: Vec<(Name, u16, SocketAddr)>,
}

#[derive(Serialize, Deserialize)]
struct KeptOwn {
    declaration: Declaration,
    tenant: Option<usize>,
}

#[derive(Serialize, Deserialize)]
struct KeptWaiver {
    check: String,
    reason: Option<String>,
    subject: Option<String>,
    because: String,
    owner: Option<String>,
    until: Date,
}

impl Kept {
    pub fn of(settings: &Settings, vantage: &Vantage) -> Self {
        let [only, skip] = settings.selection.patterns();
        Self {
            tenants: settings.tenants.clone(),
            certificates: settings.certificates.clone(),
            push: settings.push.clone(),
            servers: settings.servers.clone(),
            scep: settings.scep.clone(),
            own: settings.own.iter().map(|own| KeptOwn::of(own)).collect(),
            only,
            skip,
            thresholds: settings.given.thresholds,
            roots: settings.roots.clone(),
            waivers: settings.waivers.iter().map(KeptWaiver::of).collect(),
            vantage: KeptVantage {
                resolvers: vantage.resolvers.clone(),
                authoritative: vantage.authoritative,
                ipv4: vantage.ipv4,
                ipv6: vantage.ipv6,
                routes: vantage.routes.iter().map(|((host, port), to)| (host.clone(), *port, *to)).collect(),
            },
        }
    }

    /// The vantage of the recording, with the proxies that it noted.
    pub fn vantage(&self, proxies: impl Proxies + 'static) -> Vantage {
        let KeptVantage { resolvers, authoritative, ipv4, ipv6, routes } = &self.vantage;
        Vantage {
            resolvers: resolvers.clone(),
            authoritative: *authoritative,
            ipv4: *ipv4,
            ipv6: *ipv6,
            routes: routes.iter().map(|(host, port, to)| ((host.clone(), *port), *to)).collect(),
            proxies: Arc::new(proxies),
        }
    }

    /// Settings as if they had been read again. Checks that this version no longer has leave no waiver behind.
    pub fn settings(self) -> Result<Settings, Problem> {
        let refused = |why: String| Problem::new(format!("the recording's settings: {why}"));
        let trust = self.roots.trust().map_err(refused)?;
        let apple = self.roots.apple().map_err(refused)?;
        let given = Arc::new(Given { thresholds: self.thresholds, trust });
        let own = own(self.own, &given);
        let bad = |bad: BadSelection| refused(bad.to_string());
        let selection = Selection::new(&self.only, &self.skip, &own_checks(&own)).map_err(bad)?;
        let waivers = self.waivers.into_iter().filter_map(|waiver| waiver.waiver(&own)).collect();
        Ok(Settings {
            tenants: self.tenants,
            certificates: self.certificates,
            push: self.push,
            apple: Arc::new(apple),
            servers: self.servers,
            scep: self.scep,
            selection,
            own,
            given,
            roots: self.roots,
            resolvers: None,
            authoritative: self.vantage.authoritative,
            ipv4: self.vantage.ipv4,
            ipv6: self.vantage.ipv6,
            routes: BTreeMap::new(),
            proxy: ProxyChoice::Direct,
            timeout: super::network::TIMEOUT,
            deadline: super::network::DEADLINE,
            concurrency: usize::try_from(super::network::CONCURRENCY).unwrap_or(usize::MAX),
            waivers,
            secrets: Secrets::default(),
        })
    }
}

/// The declared checks again, one for each id.
fn own(kept: Vec<KeptOwn>, given: &Arc<Given>) -> Vec<Arc<Own>> {
    let mut all: Vec<Arc<Own>> = Vec::new();
    for KeptOwn { declaration, tenant } in kept {
        let given = Arc::clone(given);
        let known = all.iter().find(|own| own.declaration.id == declaration.id).map(|own| own.check);
        all.push(Arc::new(match known {
            Some(check) => Own { declaration, check, tenant, given },
            None => Own::new(declaration, tenant, given),
        }));
    }
    all
}

impl KeptOwn {
    fn of(own: &Own) -> Self {
        Self { declaration: own.declaration.clone(), tenant: own.tenant }
    }
}

impl KeptWaiver {
    fn of(waiver: &Waiver) -> Self {
        let Waiver { check, reason, subject, because, owner, until } = waiver.clone();
        Self { check: check.id.to_owned(), reason, subject, because, owner, until }
    }

    fn waiver(self, own: &[Arc<Own>]) -> Option<Waiver> {
        let Self { check, reason, subject, because, owner, until } = self;
        let declared = || own.iter().map(|own| own.check).find(|known| known.id == check);
        Some(Waiver {
            check: checks::by_id(&check).or_else(declared)?,
            reason,
            subject,
            because,
            owner,
            until,
        })
    }
}
