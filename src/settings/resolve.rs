//! Files and arguments together, as one set of settings with nothing left to guess.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use checks::chain::Trust;
use checks::subject::{Given, Platform, Tenant, Thresholds};
use facts::file::{Certificates, Contents};
use facts::{Name, Octets};
use probes::proxies;
use probes::secret::{BasicCredentials, SecretString, Secrets};
use serde_spanned::Spanned;

use super::duration;
use super::file::{self, Family};
use super::load::{Loaded, load};
use super::problem::Problem;
use super::secret;
use crate::arguments::{self, NetworkOptions, What};
use crate::selection::Selection;
use crate::waivers::Waiver;

const DEFAULT_FILE: &str = "enrollcheck.toml";
const TIMEOUT: Duration = Duration::from_secs(10);
const DEADLINE: Duration = Duration::from_secs(60);
const CONCURRENCY: u32 = 256;

/// Everything that a run is told.
pub struct Settings {
    pub tenants: Vec<Arc<Tenant>>,
    pub certificates: Vec<CertificateCase>,
    pub selection: Selection,
    pub given: Arc<Given>,
    /// None: the system's.
    pub resolvers: Option<Vec<SocketAddr>>,
    pub authoritative: bool,
    pub ipv4: bool,
    pub ipv6: bool,
    pub routes: BTreeMap<(Name, u16), SocketAddr>,
    pub proxy: ProxyChoice,
    pub timeout: Duration,
    pub deadline: Duration,
    pub concurrency: usize,
    pub waivers: Vec<Waiver>,
    pub secrets: Secrets,
    /// Parts of the settings that were read and that no check of this version looks at.
    pub idle: BTreeSet<&'static str>,
}

impl Settings {
    /// Whether there is anything to check at all.
    pub fn is_empty(&self) -> bool {
        self.tenants.is_empty() && self.certificates.is_empty()
    }

    /// Whether any name can be looked up in this run: certificate files need no network.
    pub fn needs_resolvers(&self) -> bool {
        !self.tenants.is_empty()
    }
}

/// A certificate file of a tenant, or one that stands alone.
pub struct CertificateCase {
    /// Place in the list of tenants; none for one given on the command line.
    pub tenant: Option<usize>,
    pub shown: String,
    pub question: Certificates,
}

pub enum ProxyChoice {
    Environment,
    Direct,
    One { url: String, credentials: Option<BasicCredentials> },
}

/// Reads what is named, checks that it makes sense, and lets the command line have the last word.
pub fn resolve(domains: &[Name], what: &What, network: &NetworkOptions) -> Result<Settings, Problem> {
    let selection = Selection::new(&what.only, &what.skip).map_err(|bad| Problem::new(bad.to_string()))?;
    let alone = domains.is_empty() && what.certificates.is_empty();
    let files = match &what.config {
        Some(path) => load(path)?,
        None if alone && Path::new(DEFAULT_FILE).exists() => load(Path::new(DEFAULT_FILE))?,
        None => Vec::new(),
    };
    let mut builder = Builder::new(selection)?;
    for loaded in &files {
        builder.take(loaded)?;
    }
    builder.judge_together(&files)?;
    builder.add_arguments(domains, what, network)?;
    builder.finish()
}

struct Builder {
    tenants: Vec<Tenant>,
    certificates: Vec<CertificateCase>,
    selection: Selection,
    thresholds: Thresholds,
    public_roots: Option<Vec<Octets>>,
    enterprise_roots: Vec<Octets>,
    network: Option<NetworkPart>,
    seen: BTreeSet<&'static str>,
    waivers: Vec<Waiver>,
    secrets: Secrets,
    idle: BTreeSet<&'static str>,
}

/// `[network]`, read.
struct NetworkPart {
    resolvers: Option<Vec<SocketAddr>>,
    authoritative: bool,
    ipv4: bool,
    ipv6: bool,
    routes: BTreeMap<(Name, u16), SocketAddr>,
    proxy: ProxyChoice,
    timeout: Duration,
    deadline: Duration,
    concurrency: u32,
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
    fn new(selection: Selection) -> Result<Self, Problem> {
        Ok(Self {
            tenants: Vec::new(),
            certificates: Vec::new(),
            selection,
            thresholds: Thresholds::default(),
            public_roots: None,
            enterprise_roots: Vec::new(),
            network: None,
            seen: BTreeSet::new(),
            waivers: Vec::new(),
            secrets: Secrets::default(),
            idle: BTreeSet::new(),
        })
    }

    fn take(&mut self, loaded: &Loaded) -> Result<(), Problem> {
        for tenant in &loaded.file.tenant {
            self.tenant(loaded, tenant)?;
        }
        if let Some(network) = &loaded.file.network {
            self.once(loaded, "network", network)?;
            self.network = Some(self.read_network(loaded, network.get_ref())?);
        }
        if let Some(trust) = &loaded.file.trust {
            self.once(loaded, "trust", trust)?;
            self.trust(loaded, trust.get_ref())?;
        }
        if let Some(thresholds) = &loaded.file.thresholds {
            self.once(loaded, "thresholds", thresholds)?;
            self.read_thresholds(loaded, thresholds.get_ref())?;
        }
        for waiver in &loaded.file.waiver {
            self.waivers.push(read_waiver(loaded, waiver.get_ref())?);
        }
        if !loaded.file.check.is_empty() {
            self.idle.insert("[[check]]");
        }
        Ok(())
    }

    /// Parts that hold for the whole run stand in one file of a folder.
    fn once<T>(&mut self, loaded: &Loaded, part: &'static str, place: &Spanned<T>) -> Result<(), Problem> {
        if self.seen.insert(part) {
            return Ok(());
        }
        Err(loaded.problem(place.span(), format!("[{part}] stands in another file of the folder too")))
    }

    fn tenant(&mut self, loaded: &Loaded, tenant: &Spanned<file::Tenant>) -> Result<(), Problem> {
        let file = tenant.get_ref();
        let mut domains: Vec<Name> = Vec::new();
        for domain in file.domains.get_ref() {
            let name = Name::parse_domain(domain.get_ref())
                .map_err(|bad| loaded.problem(domain.span(), bad.to_string()).label("not a domain"))?;
            if !domains.contains(&name) {
                domains.push(name);
            }
        }
        let Some(first) = domains.first() else {
            return Err(loaded.problem(file.domains.span(), "a tenant needs at least one domain"));
        };
        let name = match &file.name {
            Some(name) if name.get_ref().trim().is_empty() || name.get_ref() == "*" => {
                return Err(loaded.problem(name.span(), "not a name for a tenant"));
            }
            Some(name) => name.get_ref().clone(),
            None => first.to_string(),
        };
        if self.tenants.iter().any(|other| other.name == name) {
            let span = file.name.as_ref().map_or_else(|| file.domains.span(), Spanned::span);
            return Err(loaded.problem(span, format!("two tenants are named {name:?}")));
        }
        let platforms: BTreeSet<Platform> = match &file.platforms {
            Some(platforms) if platforms.get_ref().is_empty() => {
                return Err(loaded.problem(platforms.span(), "a tenant needs at least one platform"));
            }
            Some(platforms) => platforms.get_ref().iter().copied().collect(),
            None => Platform::ALL.into(),
        };
        let place = self.tenants.len();
        for certificate in &file.certificate {
            self.certificate(loaded, certificate, place)?;
        }
        let federation = match &file.adfs {
            Some(adfs) => Some(host_of(loaded, &adfs.url)?),
            None => None,
        };
        self.look_over(loaded, file)?;
        self.tenants.push(Tenant {
            name,
            domains,
            cloud: file.cloud,
            platforms,
            automatic_enrollment: file.automatic_enrollment,
            account_driven: file.account_driven,
            federation,
            configured: true,
        });
        Ok(())
    }

    fn certificate(
        &mut self,
        loaded: &Loaded,
        file: &file::Certificate,
        tenant: usize,
    ) -> Result<(), Problem> {
        let path = loaded.beside(file.path.get_ref());
        openable(&path).map_err(|why| loaded.problem(file.path.span(), why))?;
        let shown = file.path.get_ref().display().to_string();
        let password = match &file.password {
            Some(password) => {
                let folder = loaded.path.parent().unwrap_or(Path::new(""));
                let value = secret::read(password.get_ref(), folder)
                    .map_err(|why| loaded.problem(password.span(), why))?;
                let name = format!("{} of {}", shown, loaded.path.display());
                self.secrets.insert(name.clone(), value);
                Some(name)
            }
            None => None,
        };
        let question = Certificates { path: path.display().to_string(), password };
        self.certificates.push(CertificateCase { tenant: Some(tenant), shown, question });
        Ok(())
    }

    /// Parts whose checks come with later versions: wrong values are errors today all the same.
    fn look_over(&mut self, loaded: &Loaded, tenant: &file::Tenant) -> Result<(), Problem> {
        if tenant.adfs.is_some() {
            self.idle.insert("[tenant.adfs]");
        }
        for scep in &tenant.scep {
            self.idle.insert("[[tenant.scep]]");
            host_of(loaded, &scep.url)?;
            let _ = scep.kind;
            if let Some(thumbprint) = &scep.ca_thumbprint {
                let digits =
                    thumbprint.get_ref().chars().filter(|c| !matches!(c, ' ' | ':')).collect::<String>();
                let hex = digits.chars().all(|c| c.is_ascii_hexdigit());
                if !hex || !matches!(digits.len(), 40 | 64) {
                    let problem = loaded.problem(thumbprint.span(), "not a thumbprint");
                    return Err(problem.label("wanted SHA-1 (40) or SHA-256 (64) in hexadecimal digits"));
                }
            }
        }
        if let Some(apns) = &tenant.apns {
            self.idle.insert("[tenant.apns]");
            for path in std::iter::once(&apns.certificate).chain(&apns.previous) {
                openable(&loaded.beside(path.get_ref())).map_err(|why| loaded.problem(path.span(), why))?;
            }
        }
        for server in &tenant.server {
            self.idle.insert("[[tenant.server]]");
            let address = server.address.get_ref();
            let port = address.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
            if port.is_none_or(|port| port == 0) {
                let problem = loaded.problem(server.address.span(), "not an address with a port");
                return Err(problem.label("wanted something like jamf.contoso.com:8443"));
            }
        }
        Ok(())
    }

    fn read_network(&mut self, loaded: &Loaded, network: &file::Network) -> Result<NetworkPart, Problem> {
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

    fn proxy(&mut self, loaded: &Loaded, network: &file::Network) -> Result<ProxyChoice, Problem> {
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

    fn trust(&mut self, loaded: &Loaded, trust: &file::Trust) -> Result<(), Problem> {
        if let Some(paths) = &trust.public_roots {
            self.public_roots = Some(roots(loaded, paths)?);
        }
        self.enterprise_roots = roots(loaded, &trust.enterprise_roots)?;
        if !trust.apple_roots.is_empty() {
            self.idle.insert("[trust] apple_roots");
            roots(loaded, &trust.apple_roots)?;
        }
        Ok(())
    }

    fn read_thresholds(&mut self, loaded: &Loaded, file: &file::Thresholds) -> Result<(), Problem> {
        let read = |value: &Option<Spanned<String>>, target: &mut Duration| -> Result<(), Problem> {
            if let Some(text) = value {
                *target = duration::parse(text.get_ref()).map_err(|why| loaded.problem(text.span(), why))?;
            }
            Ok(())
        };
        let thresholds = &mut self.thresholds;
        read(&file.certificate_warn, &mut thresholds.certificate_warn)?;
        read(&file.certificate_fail, &mut thresholds.certificate_fail)?;
        read(&file.clock_skew_warn, &mut thresholds.clock_skew_warn)?;
        read(&file.clock_skew_fail, &mut thresholds.clock_skew_fail)?;
        read(&file.slow, &mut thresholds.slow)?;
        let place = |warn: &Option<Spanned<String>>, fail: &Option<Spanned<String>>| {
            warn.as_ref().or(fail.as_ref()).map_or(0..0, Spanned::span)
        };
        if thresholds.certificate_warn < thresholds.certificate_fail {
            let span = place(&file.certificate_warn, &file.certificate_fail);
            let problem = loaded.problem(span, "certificate_warn is shorter than certificate_fail");
            return Err(problem
                .help("a warning comes before a failure: certificate_warn must be the longer of the two"));
        }
        if thresholds.clock_skew_warn > thresholds.clock_skew_fail {
            let span = place(&file.clock_skew_warn, &file.clock_skew_fail);
            let problem = loaded.problem(span, "clock_skew_warn is larger than clock_skew_fail");
            return Err(problem
                .help("a warning comes before a failure: clock_skew_warn must be the smaller of the two"));
        }
        Ok(())
    }

    /// What can only be judged when every file has been read.
    fn judge_together(&mut self, files: &[Loaded]) -> Result<(), Problem> {
        let trust = Trust::new(self.public_roots.as_deref(), &self.enterprise_roots);
        trust.map(|_| ()).map_err(|bad| {
            let path = files.first().map(|f| f.path.display().to_string()).unwrap_or_default();
            Problem::new(format!("{path}: [trust]: {bad}"))
        })
    }

    fn add_arguments(
        &mut self,
        domains: &[Name],
        what: &What,
        network: &NetworkOptions,
    ) -> Result<(), Problem> {
        self.add_domains(domains);
        for path in &what.certificates {
            openable(path).map_err(Problem::new)?;
            let shown = path.display().to_string();
            let question = Certificates { path: shown.clone(), password: None };
            self.certificates.push(CertificateCase { tenant: None, shown, question });
        }
        let part = self.network.get_or_insert_default();
        if !network.resolvers.is_empty() {
            part.resolvers = Some(network.resolvers.clone());
        }
        if network.no_proxy {
            part.proxy = ProxyChoice::Direct;
        }
        if let Some(text) = &network.proxy {
            let bad = |why: proxies::BadProxy| Problem::new(format!("--proxy: {why}"));
            let (url, credentials) = proxies::parse(text).map_err(bad)?;
            // The file's credentials belong to the file's proxy.
            let known = match &part.proxy {
                ProxyChoice::One { url: same, credentials } if *same == url => credentials.clone(),
                _ => None,
            };
            part.proxy = ProxyChoice::One { url, credentials: credentials.or(known) };
        }
        part.routes.extend(network.routes.iter().map(|route| (route.from.clone(), route.to)));
        part.timeout = network.timeout.unwrap_or(part.timeout);
        part.deadline = network.deadline.unwrap_or(part.deadline);
        part.concurrency = network.concurrency.unwrap_or(part.concurrency);
        Ok(())
    }

    /// Domains on the command line join the file's only tenant, else they form one of their own.
    fn add_domains(&mut self, domains: &[Name]) {
        let Some(first) = domains.first() else { return };
        let mut unique: Vec<Name> = Vec::new();
        for name in domains {
            if !unique.contains(name) {
                unique.push(name.clone());
            }
        }
        if let [only] = self.tenants.as_mut_slice() {
            unique.retain(|name| !only.domains.contains(name));
            only.domains.extend(unique);
            return;
        }
        let mut name = first.to_string();
        while self.tenants.iter().any(|tenant| tenant.name == name) {
            name.push_str(" (command line)");
        }
        self.tenants.push(Tenant {
            name,
            domains: unique,
            cloud: None,
            platforms: Platform::ALL.into(),
            automatic_enrollment: None,
            account_driven: false,
            federation: None,
            configured: false,
        });
    }

    fn finish(self) -> Result<Settings, Problem> {
        let network = self.network.unwrap_or_default();
        let trust = Trust::new(self.public_roots.as_deref(), &self.enterprise_roots)
            .map_err(|bad| Problem::new(format!("[trust]: {bad}")))?;
        Ok(Settings {
            tenants: self.tenants.into_iter().map(Arc::new).collect(),
            certificates: self.certificates,
            selection: self.selection,
            given: Arc::new(Given { thresholds: self.thresholds, trust }),
            resolvers: network.resolvers,
            authoritative: network.authoritative,
            ipv4: network.ipv4,
            ipv6: network.ipv6,
            routes: network.routes,
            proxy: network.proxy,
            timeout: network.timeout,
            deadline: network.deadline,
            concurrency: usize::try_from(network.concurrency).unwrap_or(usize::MAX),
            waivers: self.waivers,
            secrets: self.secrets,
            idle: self.idle,
        })
    }
}

fn read_waiver(loaded: &Loaded, file: &file::Waiver) -> Result<Waiver, Problem> {
    let id = file.check.get_ref();
    let Some(check) = checks::by_id(id) else {
        let problem =
            loaded.problem(file.check.span(), format!("there is no check `{id}`")).label("not known");
        return Err(match crate::selection::nearest(id) {
            Some(meant) => problem.help(format!("did you mean `{meant}`?")),
            None => problem.help("`enrollcheck list` shows every check"),
        });
    };
    if let Some(reason) = &file.reason {
        let known = check.reason(reason.get_ref()).is_some()
            || checks::common::REASONS.iter().any(|r| r.id == reason.get_ref());
        if !known {
            let ids: Vec<&str> = check.reasons.iter().map(|reason| reason.id).collect();
            let problem =
                loaded.problem(reason.span(), format!("{id} gives no reason `{}`", reason.get_ref()));
            return Err(problem.label("not known").help(format!("its reasons: {}", ids.join(", "))));
        }
    }
    if file.because.get_ref().trim().is_empty() {
        return Err(loaded.problem(file.because.span(), "a waiver says why (`because`)"));
    }
    let subject = file.subject.as_ref();
    if let Some(subject) = subject {
        crate::selection::glob(subject.get_ref())
            .map_err(|bad| loaded.problem(subject.span(), bad.to_string()))?;
    }
    let until = file.until.get_ref();
    let day = until.date.and_then(|d| {
        jiff::civil::Date::new(
            i16::try_from(d.year).ok()?,
            i8::try_from(d.month).ok()?,
            i8::try_from(d.day).ok()?,
        )
        .ok()
    });
    let Some(until) = day else {
        return Err(loaded.problem(file.until.span(), "wanted a date, as in 2027-03-31"));
    };
    Ok(Waiver {
        check,
        reason: file.reason.as_ref().map(|reason| reason.get_ref().clone()),
        subject: subject.map(|subject| subject.get_ref().clone()),
        because: file.because.get_ref().clone(),
        owner: file.owner.clone(),
        until,
    })
}

fn host_of(loaded: &Loaded, text: &Spanned<String>) -> Result<Name, Problem> {
    let url = url::Url::parse(text.get_ref()).map_err(|why| {
        loaded
            .problem(text.span(), format!("not a URL: {why}"))
            .label("wanted something like https://sts.contoso.com")
    })?;
    let host = url.host_str().filter(|_| matches!(url.scheme(), "http" | "https"));
    host.map(Name::from_wire).ok_or_else(|| loaded.problem(text.span(), "not an https:// URL with a host"))
}

/// A file that is named can be opened, or the settings are wrong.
fn openable(path: &Path) -> Result<(), String> {
    let failed = |why: std::io::Error| format!("cannot open {}: {why}", path.display());
    let file = std::fs::File::open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.is_dir() {
        return Err(format!("cannot open {}: it is a folder", path.display()));
    }
    Ok(())
}

fn roots(loaded: &Loaded, paths: &[Spanned<PathBuf>]) -> Result<Vec<Octets>, Problem> {
    let mut certificates = Vec::new();
    for path in paths {
        let bytes = std::fs::read(loaded.beside(path.get_ref())).map_err(|why| {
            loaded.problem(path.span(), format!("cannot open {}: {why}", path.get_ref().display()))
        })?;
        match probes::file::parse(&bytes, None) {
            Contents::Certificates { certificates: found, .. } => certificates.extend(found),
            Contents::Unreadable(_) => {
                return Err(
                    loaded.problem(path.span(), format!("{} holds no certificate", path.get_ref().display()))
                );
            }
        }
    }
    Ok(certificates)
}
