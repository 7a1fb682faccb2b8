//! From settings to cases: which check is put to what.

use std::collections::BTreeSet;
use std::sync::Arc;

use checks::own::Own;
use checks::subject::{
    CertificateFile, Domain, Federation, Landscape, Platform, PreviousCertificate, PushCertificate,
    ScepServer, ScepTarget, Server,
};
use checks::{Check, Judge, Judgement};
use facts::{Facts, Vantage};
use serde::Serialize;

use crate::endpoints::{self, Needs};
use crate::servers;
use crate::settings::{self, Settings};

/// One check on one subject.
pub struct Case {
    pub check: &'static Check,
    pub tenant: String,
    pub subject: String,
    /// Places of the tenants whose verdict it counts for.
    pub needed_by: BTreeSet<usize>,
    put: Put,
}

/// A case as `list` shows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Shown {
    pub tenant: String,
    pub subject: String,
}

enum Put {
    Domain(Arc<Domain>),
    Endpoint(Arc<Landscape>, usize),
    Landscape(Arc<Landscape>),
    Proxy(Arc<Landscape>, Option<String>),
    File(Arc<CertificateFile>),
    Push(Arc<PushCertificate>),
    Scep(Arc<ScepServer>),
    Server(Arc<Server>),
    Federation(Arc<Federation>),
    Own(Arc<Own>),
}

impl Case {
    /// The judgement; none where check and subject do not fit, which the plan never makes.
    pub fn judge<'a>(&'a self, facts: &'a Facts) -> Option<Judgement<'a>> {
        match (&self.check.judge, &self.put) {
            (Judge::EachDomain(judge), Put::Domain(domain)) => Some(judge(domain, facts)),
            (Judge::EachEndpoint(judge), Put::Endpoint(landscape, place)) => {
                Some(judge(landscape.endpoints.get(*place)?, landscape, facts))
            }
            (Judge::Network(judge) | Judge::ThisMachine(judge), Put::Landscape(landscape)) => {
                Some(judge(landscape, facts))
            }
            (Judge::EachProxy(judge), Put::Proxy(landscape, proxy)) => {
                Some(judge(proxy.as_deref(), landscape, facts))
            }
            (Judge::EachCertificateFile(judge), Put::File(file)) => Some(judge(file, facts)),
            (Judge::EachPushCertificate(judge), Put::Push(file)) => Some(judge(file, facts)),
            (Judge::EachScepServer(judge), Put::Scep(server)) => Some(judge(server, facts)),
            (Judge::EachServer(judge), Put::Server(server)) => Some(judge(server, facts)),
            (Judge::EachFederation(judge), Put::Federation(federation)) => Some(judge(federation, facts)),
            (Judge::Declared(judge), Put::Own(own)) => Some(judge(own, facts)),
            _ => None,
        }
    }

    pub fn shown(&self) -> Shown {
        Shown { tenant: self.tenant.clone(), subject: self.subject.clone() }
    }
}

/// The name that findings carry which no single tenant owns: the only tenant's, or `*`.
pub fn shared_name(settings: &Settings) -> String {
    match settings.tenants.as_slice() {
        [only] => only.name.clone(),
        _ => "*".to_owned(),
    }
}

/// Cases that depend on the settings alone, and can start at once.
pub fn at_once(settings: &Settings, checks: &[&'static Check]) -> Vec<Case> {
    let mut cases = Vec::new();
    for (place, tenant) in settings.tenants.iter().enumerate() {
        for name in &tenant.domains {
            let domain = Arc::new(Domain {
                name: name.clone(),
                tenant: Arc::clone(tenant),
                given: Arc::clone(&settings.given),
            });
            let of_domains = checks.iter().filter(|check| matches!(check.judge, Judge::EachDomain(_)));
            cases.extend(of_domains.map(|check| Case {
                check,
                tenant: tenant.name.clone(),
                subject: name.to_string(),
                needed_by: BTreeSet::from([place]),
                put: Put::Domain(Arc::clone(&domain)),
            }));
        }
    }
    let mut seen = BTreeSet::new();
    for file in &settings.certificates {
        if !seen.insert((file.tenant, &file.shown)) {
            continue;
        }
        let tenant = file.tenant.and_then(|place| settings.tenants.get(place));
        let subject = Arc::new(CertificateFile {
            shown: file.shown.clone(),
            question: file.question.clone(),
            given: Arc::clone(&settings.given),
        });
        let of_files = checks.iter().filter(|check| matches!(check.judge, Judge::EachCertificateFile(_)));
        cases.extend(of_files.map(|check| Case {
            check,
            tenant: tenant.map_or_else(|| "*".to_owned(), |tenant| tenant.name.clone()),
            subject: file.shown.clone(),
            needed_by: file.tenant.into_iter().collect(),
            put: Put::File(Arc::clone(&subject)),
        }));
    }
    cases.extend(of_push_certificates(settings, checks));
    cases.extend(of_scep_servers(settings, checks));
    cases.extend(of_own(settings, checks));
    cases
}

/// What the user declared counts for the tenant that it names, or for all of them.
fn of_own(settings: &Settings, checks: &[&'static Check]) -> Vec<Case> {
    let selected = |own: &&Arc<Own>| checks.iter().any(|check| check.id == own.check.id);
    let mut seen = BTreeSet::new();
    let mut cases = Vec::new();
    for own in settings.own.iter().filter(selected) {
        let subject = own.declaration.what.subject();
        if !seen.insert((own.check.id, own.tenant, subject.clone())) {
            continue;
        }
        let tenant = own.tenant.and_then(|place| settings.tenants.get(place));
        let everybody = 0..settings.tenants.len();
        cases.push(Case {
            check: own.check,
            tenant: tenant.map_or_else(|| "*".to_owned(), |tenant| tenant.name.clone()),
            subject,
            needed_by: own.tenant.map_or_else(|| everybody.collect(), |place| BTreeSet::from([place])),
            put: Put::Own(Arc::clone(own)),
        });
    }
    cases
}

fn of_scep_servers(settings: &Settings, checks: &[&'static Check]) -> Vec<Case> {
    let mut cases = Vec::new();
    let of_scep = || checks.iter().filter(|check| matches!(check.judge, Judge::EachScepServer(_)));
    let mut add = |tenant: &str, target: &Arc<ScepTarget>, platforms, needed_by: BTreeSet<usize>| {
        let given = Arc::clone(&settings.given);
        let server = Arc::new(ScepServer { target: Arc::clone(target), platforms, given });
        cases.extend(of_scep().map(|check| Case {
            check,
            tenant: tenant.to_owned(),
            subject: target.url.to_string(),
            needed_by: needed_by.clone(),
            put: Put::Scep(Arc::clone(&server)),
        }));
    };
    for (place, tenant) in settings.tenants.iter().enumerate() {
        let mut seen = BTreeSet::new();
        for target in tenant.scep.iter().filter(|target| seen.insert(&target.url)) {
            add(&tenant.name, target, tenant.platforms.clone(), BTreeSet::from([place]));
        }
    }
    let mut seen = BTreeSet::new();
    for target in settings.scep.iter().filter(|target| seen.insert(&target.url)) {
        add("*", target, Platform::ALL.into(), BTreeSet::new());
    }
    cases
}

fn of_push_certificates(settings: &Settings, checks: &[&'static Check]) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut seen = BTreeSet::new();
    for push in &settings.push {
        let shown = &push.certificate.shown;
        if !seen.insert((push.tenant, shown)) {
            continue;
        }
        let tenant = push.tenant.and_then(|place| settings.tenants.get(place));
        let previous = push.previous.as_ref().map(|previous| PreviousCertificate {
            shown: previous.shown.clone(),
            question: previous.question.clone(),
        });
        let subject = Arc::new(PushCertificate {
            shown: shown.clone(),
            question: push.certificate.question.clone(),
            previous,
            apple: Arc::clone(&settings.apple),
            given: Arc::clone(&settings.given),
        });
        let of_push = checks.iter().filter(|check| matches!(check.judge, Judge::EachPushCertificate(_)));
        cases.extend(of_push.map(|check| Case {
            check,
            tenant: tenant.map_or_else(|| "*".to_owned(), |tenant| tenant.name.clone()),
            subject: shown.clone(),
            needed_by: push.tenant.into_iter().collect(),
            put: Put::Push(Arc::clone(&subject)),
        }));
    }
    cases
}

/// Whether any selected check depends on what the clouds say of the tenants.
pub fn needs_landscape(settings: &Settings, checks: &[&'static Check]) -> bool {
    let on_landscape = |check: &&Check| {
        matches!(
            check.judge,
            Judge::EachEndpoint(_) | Judge::Network(_) | Judge::ThisMachine(_) | Judge::EachProxy(_)
        )
    };
    !settings.tenants.is_empty() && checks.iter().any(on_landscape)
}

/// Cases about the network: the endpoints that the tenants need, and what they show together.
pub fn of_landscape(
    settings: &Settings,
    checks: &[&'static Check],
    needs: &[Needs],
    vantage: &Vantage,
    list: &endpoints::List,
) -> Vec<Case> {
    let Some(first) = needs.first() else { return Vec::new() };
    let (endpoints, needed_by): (Vec<_>, Vec<_>) = endpoints::select(list, needs).into_iter().unzip();
    let surveyed = |check: &&&Check| matches!(check.judge, Judge::EachEndpoint(_) | Judge::Network(_));
    let everything = checks.iter().any(|check| surveyed(&check));
    let landscape = Arc::new(Landscape::new(endpoints, first.cloud, everything, Arc::clone(&settings.given)));
    let tenant = shared_name(settings);
    let everybody: BTreeSet<usize> = (0..settings.tenants.len()).collect();
    let mut cases = Vec::new();
    for check in checks {
        let mut add = |subject: String, needed_by: BTreeSet<usize>, put: Put| {
            cases.push(Case { check, tenant: tenant.clone(), subject, needed_by, put });
        };
        match check.judge {
            Judge::EachEndpoint(_) => {
                for (place, (endpoint, needed_by)) in landscape.endpoints.iter().zip(&needed_by).enumerate() {
                    add(endpoint.subject(), needed_by.clone(), Put::Endpoint(Arc::clone(&landscape), place));
                }
            }
            Judge::Network(_) => {
                add("network".to_owned(), everybody.clone(), Put::Landscape(Arc::clone(&landscape)));
            }
            Judge::ThisMachine(_) => {
                add("this-machine".to_owned(), everybody.clone(), Put::Landscape(Arc::clone(&landscape)));
            }
            Judge::EachProxy(_) => {
                let proxies = proxies(&landscape, vantage);
                if proxies.is_empty() {
                    add("network".to_owned(), everybody.clone(), Put::Proxy(Arc::clone(&landscape), None));
                }
                for proxy in proxies {
                    let put = Put::Proxy(Arc::clone(&landscape), Some(proxy.clone()));
                    add(proxy, everybody.clone(), put);
                }
            }
            _ => {}
        }
    }
    cases
}

/// Whether any selected check depends on the organisation's own servers.
pub fn needs_servers(settings: &Settings, checks: &[&'static Check]) -> bool {
    let on_servers = |check: &&Check| matches!(check.judge, Judge::EachServer(_) | Judge::EachFederation(_));
    let subjects = !settings.tenants.is_empty() || !servers::alone(settings).is_empty();
    subjects && checks.iter().any(on_servers)
}

/// Cases about the organisation's own servers, each server once in a tenant, with all that it is for.
pub fn of_servers(
    settings: &Settings,
    checks: &[&'static Check],
    federations: &[Vec<Federation>],
) -> Vec<Case> {
    let mut cases = Vec::new();
    for ((place, tenant), federations) in settings.tenants.iter().enumerate().zip(federations) {
        let needed_by = BTreeSet::from([place]);
        let mut add = |check, subject, put| {
            let (tenant, needed_by) = (tenant.name.clone(), needed_by.clone());
            cases.push(Case { check, tenant, subject, needed_by, put });
        };
        for server in servers::of_tenant(tenant, &settings.given, federations) {
            let server = Arc::new(server);
            let on_servers = checks.iter().filter(|check| matches!(check.judge, Judge::EachServer(_)));
            for check in on_servers.filter(|check| servers::concerns(check, &server)) {
                add(check, server.at.to_string(), Put::Server(Arc::clone(&server)));
            }
        }
        for federation in federations {
            let at = federation.service.as_ref().map(|service| service.at.to_string());
            let subject = at.unwrap_or_else(|| tenant.name.clone());
            let federation = Arc::new(federation.clone());
            for check in checks.iter().filter(|check| matches!(check.judge, Judge::EachFederation(_))) {
                add(check, subject.clone(), Put::Federation(Arc::clone(&federation)));
            }
        }
    }
    for server in servers::alone(settings) {
        let server = Arc::new(server);
        for check in checks.iter().filter(|check| matches!(check.judge, Judge::EachServer(_))) {
            cases.push(Case {
                check,
                tenant: "*".to_owned(),
                subject: server.at.to_string(),
                needed_by: BTreeSet::new(),
                put: Put::Server(Arc::clone(&server)),
            });
        }
    }
    cases
}

/// Every proxy that some connection of the run takes.
fn proxies(landscape: &Landscape, vantage: &Vantage) -> BTreeSet<String> {
    use checks::subject::Transport;
    let of = |endpoint: &checks::subject::Endpoint| {
        let https = endpoint.transport != Transport::Http;
        vantage.proxies.proxy_for(endpoint.host.as_str(), endpoint.port, https)
    };
    let direct = |e: &&checks::subject::Endpoint| vantage.route(&e.host, e.port).is_none();
    landscape.endpoints.iter().filter(|e| e.probed()).filter(direct).filter_map(of).collect()
}

/// The selected checks, in the order of the catalogue.
pub fn selected(settings: &Settings) -> Vec<&'static Check> {
    let own = settings::own_checks(&settings.own);
    checks::all().chain(own).filter(|check| settings.selection.has(check)).collect()
}
