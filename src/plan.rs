//! From settings to cases: which check is put to what.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use checks::own::Own;
use checks::subject::{
    CertificateFile, Domain, Federation, Landscape, Platform, PreviousCertificate, PushCertificate,
    ScepServer, ScepTarget, Server,
};
use checks::{Check, Judge, Judgement};
use facts::{Facts, Vantage};
use probes::recording::Unfinished;
use serde::Serialize;

use crate::endpoints::{self, Needs};
use crate::needed::Needed;
use crate::servers;
use crate::settings::{self, CertificateCase, PushCase, Settings};

/// One check on one subject.
pub struct Case {
    pub check: &'static Check,
    pub tenant: String,
    pub subject: String,
    /// The tenants whose verdict it counts for.
    pub needed_by: Needed,
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

    pub(crate) fn unfinished(&self) -> Unfinished {
        let (tenant, check, subject) = (self.tenant.clone(), self.check.id.to_owned(), self.subject.clone());
        Unfinished::Case { tenant, check, subject }
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

/// What the selected checks are put to, tenant by tenant: nothing is made before its turn.
pub struct Plan<'a> {
    settings: &'a Settings,
    pub checks: Vec<&'static Check>,
    /// Certificate files, push certificates and own checks by the tenant that they belong to.
    certificates: HashMap<Option<usize>, Vec<&'a CertificateCase>>,
    push: HashMap<Option<usize>, Vec<&'a PushCase>>,
    own: HashMap<Option<usize>, Vec<&'a Arc<Own>>>,
}

impl<'a> Plan<'a> {
    pub fn of(settings: &'a Settings) -> Self {
        let mut plan = Self {
            settings,
            checks: selected(settings),
            certificates: HashMap::new(),
            push: HashMap::new(),
            own: HashMap::new(),
        };
        settings.certificates.iter().for_each(|c| plan.certificates.entry(c.tenant).or_default().push(c));
        settings.push.iter().for_each(|push| plan.push.entry(push.tenant).or_default().push(push));
        settings.own.iter().for_each(|own| plan.own.entry(own.tenant).or_default().push(own));
        plan
    }

    fn with(&self, fits: impl Fn(&Judge) -> bool) -> impl Iterator<Item = &'static Check> {
        self.checks.iter().copied().filter(move |check| fits(&check.judge))
    }

    /// Cases that belong to no tenant and depend on the settings alone.
    pub fn alone(&self) -> Vec<Case> {
        let mut cases = self.of_things(None);
        let mut seen = BTreeSet::new();
        for target in self.settings.scep.iter().filter(|target| seen.insert(&target.url)) {
            cases.extend(self.of_scep_server(None, target, Platform::ALL.into()));
        }
        cases.extend(self.of_servers_alone());
        cases
    }

    /// Cases of a tenant that depend on the settings alone.
    pub fn of_tenant(&self, place: usize) -> Vec<Case> {
        let mut cases = Vec::new();
        let Some(tenant) = self.settings.tenants.get(place) else { return cases };
        for name in &tenant.domains {
            let domain = Arc::new(Domain {
                name: name.clone(),
                tenant: Arc::clone(tenant),
                given: Arc::clone(&self.settings.given),
            });
            let of_domains = self.with(|judge| matches!(judge, Judge::EachDomain(_)));
            cases.extend(of_domains.map(|check| {
                self.case(check, Some(place), name.to_string(), Put::Domain(Arc::clone(&domain)))
            }));
        }
        cases.extend(self.of_things(Some(place)));
        let mut seen = BTreeSet::new();
        for target in tenant.scep.iter().filter(|target| seen.insert(&target.url)) {
            cases.extend(self.of_scep_server(Some(place), target, tenant.platforms.clone()));
        }
        cases
    }

    /// A case of a tenant, or of none.
    fn case(&self, check: &'static Check, place: Option<usize>, subject: String, put: Put) -> Case {
        let tenant = place.and_then(|place| self.settings.tenants.get(place));
        let tenant = tenant.map_or_else(|| "*".to_owned(), |tenant| tenant.name.clone());
        Case { check, tenant, subject, needed_by: Needed::by(place), put }
    }

    /// Files and declared checks.
    fn of_things(&self, place: Option<usize>) -> Vec<Case> {
        let mut cases = Vec::new();
        let mut seen = BTreeSet::new();
        for file in self.certificates.get(&place).into_iter().flatten() {
            if !seen.insert(&file.shown) {
                continue;
            }
            let subject = Arc::new(CertificateFile {
                shown: file.shown.clone(),
                question: file.question.clone(),
                given: Arc::clone(&self.settings.given),
            });
            for check in self.with(|judge| matches!(judge, Judge::EachCertificateFile(_))) {
                cases.push(self.case(check, place, file.shown.clone(), Put::File(Arc::clone(&subject))));
            }
        }
        cases.extend(self.of_push_certificates(place));
        cases.extend(self.of_own(place));
        cases
    }

    fn of_push_certificates(&self, place: Option<usize>) -> Vec<Case> {
        let mut cases = Vec::new();
        let mut seen = BTreeSet::new();
        for push in self.push.get(&place).into_iter().flatten() {
            let shown = &push.certificate.shown;
            if !seen.insert(shown) {
                continue;
            }
            let previous = push.previous.as_ref().map(|previous| PreviousCertificate {
                shown: previous.shown.clone(),
                question: previous.question.clone(),
            });
            let subject = Arc::new(PushCertificate {
                shown: shown.clone(),
                question: push.certificate.question.clone(),
                previous,
                apple: Arc::clone(&self.settings.apple),
                given: Arc::clone(&self.settings.given),
            });
            for check in self.with(|judge| matches!(judge, Judge::EachPushCertificate(_))) {
                cases.push(self.case(check, place, shown.clone(), Put::Push(Arc::clone(&subject))));
            }
        }
        cases
    }

    /// What the user declared counts for the tenant that it names, or for all of them.
    fn of_own(&self, place: Option<usize>) -> Vec<Case> {
        let mut cases = Vec::new();
        let mut seen = BTreeSet::new();
        for own in self.own.get(&place).into_iter().flatten() {
            let subject = own.declaration.what.subject();
            let selected = self.checks.iter().any(|check| check.id == own.check.id);
            if !selected || !seen.insert((own.check.id, subject.clone())) {
                continue;
            }
            let mut case = self.case(own.check, place, subject, Put::Own(Arc::clone(own)));
            if place.is_none() {
                case.needed_by = Needed::all(self.settings.tenants.len());
            }
            cases.push(case);
        }
        cases
    }

    fn of_scep_server(
        &self,
        place: Option<usize>,
        target: &Arc<ScepTarget>,
        platforms: BTreeSet<Platform>,
    ) -> Vec<Case> {
        let given = Arc::clone(&self.settings.given);
        let server = Arc::new(ScepServer { target: Arc::clone(target), platforms, given });
        self.with(|judge| matches!(judge, Judge::EachScepServer(_)))
            .map(|check| self.case(check, place, target.url.to_string(), Put::Scep(Arc::clone(&server))))
            .collect()
    }

    /// Whether any selected check depends on what the clouds say of the tenants.
    pub fn needs_landscape(&self) -> bool {
        let on_landscape = |judge: &Judge| {
            matches!(
                judge,
                Judge::EachEndpoint(_) | Judge::Network(_) | Judge::ThisMachine(_) | Judge::EachProxy(_)
            )
        };
        !self.settings.tenants.is_empty() && self.with(on_landscape).next().is_some()
    }

    /// Cases about the network: the endpoints that the tenants need, and what they show together.
    pub fn of_landscape(&self, needs: &[Needs], vantage: &Vantage, list: &endpoints::List) -> Vec<Case> {
        let Some(first) = needs.first() else { return Vec::new() };
        let (endpoints, needed_by): (Vec<_>, Vec<_>) = endpoints::select(list, needs).into_iter().unzip();
        let surveyed = |judge: &Judge| matches!(judge, Judge::EachEndpoint(_) | Judge::Network(_));
        let everything = self.with(surveyed).next().is_some();
        let given = Arc::clone(&self.settings.given);
        let landscape = Arc::new(Landscape::new(endpoints, first.cloud, everything, given));
        let tenant = shared_name(self.settings);
        let everybody = Needed::all(self.settings.tenants.len());
        let mut cases = Vec::new();
        for check in &self.checks {
            let mut add = |subject: String, needed_by: &Needed, put: Put| {
                let (tenant, needed_by) = (tenant.clone(), needed_by.clone());
                cases.push(Case { check, tenant, subject, needed_by, put });
            };
            match check.judge {
                Judge::EachEndpoint(_) => {
                    let endpoints = landscape.endpoints.iter().zip(&needed_by).enumerate();
                    for (place, (endpoint, needed_by)) in endpoints {
                        add(endpoint.subject(), needed_by, Put::Endpoint(Arc::clone(&landscape), place));
                    }
                }
                Judge::Network(_) => {
                    add("network".to_owned(), &everybody, Put::Landscape(Arc::clone(&landscape)));
                }
                Judge::ThisMachine(_) => {
                    add("this-machine".to_owned(), &everybody, Put::Landscape(Arc::clone(&landscape)));
                }
                Judge::EachProxy(_) => {
                    let proxies = proxies(&landscape, vantage);
                    if proxies.is_empty() {
                        add("network".to_owned(), &everybody, Put::Proxy(Arc::clone(&landscape), None));
                    }
                    for proxy in proxies {
                        let put = Put::Proxy(Arc::clone(&landscape), Some(proxy.clone()));
                        add(proxy, &everybody, put);
                    }
                }
                _ => {}
            }
        }
        cases
    }

    /// Whether any selected check depends on the organisation's own servers.
    pub fn needs_servers(&self) -> bool {
        self.with(|judge| matches!(judge, Judge::EachServer(_) | Judge::EachFederation(_))).next().is_some()
    }

    /// Cases about a tenant's own servers, each server once, with all that it is for.
    pub fn of_servers(&self, place: usize, federations: &[Federation]) -> Vec<Case> {
        let mut cases = Vec::new();
        let Some(tenant) = self.settings.tenants.get(place) else { return cases };
        for server in servers::of_tenant(tenant, &self.settings.given, federations) {
            let server = Arc::new(server);
            let on_servers = self.with(|judge| matches!(judge, Judge::EachServer(_)));
            for check in on_servers.filter(|check| servers::concerns(check, &server)) {
                let put = Put::Server(Arc::clone(&server));
                cases.push(self.case(check, Some(place), server.at.to_string(), put));
            }
        }
        for federation in federations {
            let at = federation.service.as_ref().map(|service| service.at.to_string());
            let subject = at.unwrap_or_else(|| tenant.name.clone());
            let federation = Arc::new(federation.clone());
            for check in self.with(|judge| matches!(judge, Judge::EachFederation(_))) {
                let put = Put::Federation(Arc::clone(&federation));
                cases.push(self.case(check, Some(place), subject.clone(), put));
            }
        }
        cases
    }

    /// Cases about servers that are named without a tenant.
    fn of_servers_alone(&self) -> Vec<Case> {
        let mut cases = Vec::new();
        for server in servers::alone(self.settings) {
            let server = Arc::new(server);
            for check in self.with(|judge| matches!(judge, Judge::EachServer(_))) {
                cases.push(self.case(check, None, server.at.to_string(), Put::Server(Arc::clone(&server))));
            }
        }
        cases
    }
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
