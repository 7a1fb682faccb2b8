//! Files and arguments together, as one set of settings with nothing left to guess.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use checks::Check;
use checks::apple::Authorities;
use checks::chain::Trust;
use checks::own::Own;
use checks::subject::{Given, HostPort, Platform, ScepTarget, Tenant, Thresholds};
use facts::file::{Certificates, Contents};
use facts::{Name, Octets};
use probes::proxies;
use probes::secret::Secrets;
use serde::{Deserialize, Serialize};
use serde_spanned::Spanned;

use super::duration;
use super::file;
use super::load::{self, Loaded, load};
use super::network::{NetworkPart, ProxyChoice};
use super::problem::Problem;
use super::waiver::read_waiver;
use crate::arguments::{NetworkOptions, What};
use crate::bounded;
use crate::selection::{BadSelection, Selection};
use crate::waivers::Waiver;

const DEFAULT_FILE: &str = "enrollcheck.toml";

/// Everything that a run is told.
pub struct Settings {
    pub tenants: Vec<Arc<Tenant>>,
    pub certificates: Vec<CertificateCase>,
    pub push: Vec<PushCase>,
    /// Apple's anchors, the built-in ones or a laboratory's.
    pub apple: Arc<Authorities>,
    /// Servers that stand alone, without a tenant.
    pub servers: Vec<HostPort>,
    /// SCEP servers that stand alone.
    pub scep: Vec<Arc<ScepTarget>>,
    /// Checks of the user's own, one entry a subject.
    pub own: Vec<Arc<Own>>,
    pub selection: Selection,
    pub given: Arc<Given>,
    pub roots: Roots,
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
}

impl Settings {
    /// Whether there is anything to check at all.
    pub fn is_empty(&self) -> bool {
        let files = self.certificates.len() + self.push.len();
        let named = self.servers.len() + self.scep.len() + self.own.len();
        self.tenants.is_empty() && files == 0 && named == 0
    }

    /// Whether this run cannot do without looking names up: certificate files need no network.
    pub fn needs_resolvers(&self) -> bool {
        let own = self.own.iter().any(|own| own.declaration.what.needs_network());
        !self.tenants.is_empty() || !self.servers.is_empty() || !self.scep.is_empty() || own
    }

    /// Whether a name may be looked up all the same: push certificates name a revocation list, and do without it.
    pub fn may_use_resolvers(&self) -> bool {
        !self.push.is_empty()
    }
}

/// Certificates that the settings name as anchors, as they came; None where the built-in ones count.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Roots {
    pub public: Option<Vec<Octets>>,
    pub enterprise: Vec<Octets>,
    pub apple: Option<Vec<Octets>>,
}

impl Roots {
    /// An error says which anchor cannot be one.
    pub fn trust(&self) -> Result<Trust, String> {
        Trust::new(self.public.as_deref(), &self.enterprise).map_err(|bad| bad.to_string())
    }

    /// An error says which certificate cannot be read.
    pub fn apple(&self) -> Result<Authorities, String> {
        let given = self.apple.as_deref().map(Authorities::of);
        given.unwrap_or_else(|| Ok(Authorities::built_in())).map_err(|bad| bad.to_string())
    }
}

/// A certificate file of a tenant, or one that stands alone.
#[derive(Clone, Serialize, Deserialize)]
pub struct CertificateCase {
    /// Place in the list of tenants; none for one given on the command line.
    pub tenant: Option<usize>,
    pub shown: String,
    pub question: Certificates,
}

/// A file as the user named it, and as it is asked for.
#[derive(Clone, Serialize, Deserialize)]
pub struct FileCase {
    pub shown: String,
    pub question: Certificates,
}

/// A push certificate of a tenant, or one that stands alone.
#[derive(Clone, Serialize, Deserialize)]
pub struct PushCase {
    /// Place in the list of tenants; none for one given on the command line.
    pub tenant: Option<usize>,
    pub certificate: FileCase,
    pub previous: Option<FileCase>,
}

/// Reads what is named, checks that it makes sense, and lets the command line have the last word.
pub fn resolve(domains: &[Name], what: &What, network: &NetworkOptions) -> Result<Settings, Problem> {
    let files = what.certificates.len() + what.apns.len();
    let alone = domains.is_empty() && files == 0 && what.servers.is_empty() && what.scep.is_empty();
    let files = match &what.config {
        Some(path) => load(path)?,
        None if alone && Path::new(DEFAULT_FILE).exists() => load(Path::new(DEFAULT_FILE))?,
        None => Vec::new(),
    };
    let mut builder = Builder::default();
    for loaded in &files {
        builder.take(loaded)?;
    }
    builder.judge_together(&files)?;
    builder.add_arguments(domains, what, network)?;
    builder.finish(&files, what)
}

/// The settings that stand in one text, for tools that have no file: what is named as `path` is shown in problems. A
/// text that names other files or variables of the environment is refused, and nothing is opened.
pub fn of_text(path: &Path, text: Vec<u8>) -> Result<Settings, Problem> {
    let loaded = load::parse(path, text)?;
    if loaded.file.points_elsewhere() {
        return Err(Problem::new(format!("{} names files or variables", path.display())));
    }
    let files = [loaded];
    let mut builder = Builder::default();
    for loaded in &files {
        builder.take(loaded)?;
    }
    builder.judge_together(&files)?;
    builder.finish(&files, &What::default())
}

/// The settings of a recording, with what the command line says instead: a settings file or subjects of its own replace
/// what was looked at, `--only` and `--skip` the selection.
pub fn overridden(
    kept: Settings,
    domains: &[Name],
    what: &What,
    network: &NetworkOptions,
) -> Result<Settings, Problem> {
    // The environment's settings are for runs of this machine, not for evidence from elsewhere.
    let of_environment = std::env::var_os("ENROLLCHECK_CONFIG");
    let config = what.config.clone().filter(|path| Some(path.as_os_str()) != of_environment.as_deref());
    let chosen = !what.only.is_empty() || !what.skip.is_empty();
    let files = what.certificates.len() + what.apns.len();
    let subjects = domains.len() + files + what.servers.len() + what.scep.len();
    if config.is_none() && subjects == 0 {
        let selection = match chosen {
            true => Selection::new(&what.only, &what.skip, &own_checks(&kept.own))
                .map_err(|bad| Problem::new(bad.to_string()))?,
            false => kept.selection.clone(),
        };
        return Ok(Settings { selection, ..kept });
    }
    let named = config.is_some();
    let what = What { config, ..what.clone() };
    let given = resolve(domains, &what, network)?;
    let selection = if chosen { given.selection.clone() } else { kept.selection.clone() };
    if named {
        return Ok(Settings { selection, ..given });
    }
    // Subjects alone: judged under the recording's thresholds, trust and waivers.
    let Settings { given: thresholds, roots, apple, waivers, .. } = kept;
    Ok(Settings { selection, given: thresholds, roots, apple, waivers, ..given })
}

#[derive(Default)]
pub(super) struct Builder {
    pub(super) tenants: Vec<Tenant>,
    pub(super) certificates: Vec<CertificateCase>,
    pub(super) push: Vec<PushCase>,
    pub(super) servers: Vec<HostPort>,
    pub(super) scep: Vec<Arc<ScepTarget>>,
    pub(super) own: Vec<Arc<Own>>,
    pub(super) thresholds: Thresholds,
    pub(super) roots: Roots,
    pub(super) network: Option<NetworkPart>,
    pub(super) seen: BTreeSet<&'static str>,
    pub(super) waivers: Vec<Waiver>,
    pub(super) secrets: Secrets,
}

impl Builder {
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
        Ok(())
    }

    /// Parts that hold for the whole run stand in one file of a folder.
    fn once<T>(&mut self, loaded: &Loaded, part: &'static str, place: &Spanned<T>) -> Result<(), Problem> {
        if self.seen.insert(part) {
            return Ok(());
        }
        Err(loaded.problem(place.span(), format!("[{part}] stands in another file of the folder too")))
    }

    fn trust(&mut self, loaded: &Loaded, trust: &file::Trust) -> Result<(), Problem> {
        if let Some(paths) = &trust.public_roots {
            self.roots.public = Some(roots(loaded, paths)?);
        }
        self.roots.enterprise = roots(loaded, &trust.enterprise_roots)?;
        if let Some(paths) = &trust.apple_roots {
            self.roots.apple = Some(roots(loaded, paths)?);
            let span = paths.first().map_or(0..0, Spanned::span);
            self.roots.apple().map_err(|bad| loaded.problem(span, bad))?;
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
        self.roots.trust().map(|_| ()).map_err(|bad| {
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
        self.add_push(what)?;
        self.servers.extend(what.servers.iter().cloned());
        self.scep.extend(what.scep.iter().cloned().map(Arc::new));
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

    /// Each `--apns-previous` goes with the `--apns` in the same place.
    fn add_push(&mut self, what: &What) -> Result<(), Problem> {
        if what.apns_previous.len() > what.apns.len() {
            let problem = Problem::new("there are more --apns-previous than --apns");
            return Err(problem.help("name with --apns the certificate that follows each"));
        }
        let named = |path: &PathBuf| -> Result<FileCase, Problem> {
            openable(path).map_err(Problem::new)?;
            let shown = path.display().to_string();
            let question = Certificates { path: shown.clone(), password: None };
            Ok(FileCase { shown, question })
        };
        for (place, path) in what.apns.iter().enumerate() {
            let certificate = named(path)?;
            let previous = what.apns_previous.get(place).map(named).transpose()?;
            self.push.push(PushCase { tenant: None, certificate, previous });
        }
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
            scep: Vec::new(),
            servers: Vec::new(),
            configured: false,
        });
    }

    fn finish(mut self, files: &[Loaded], what: &What) -> Result<Settings, Problem> {
        let network = self.network.take().unwrap_or_default();
        let bad = |bad: String| Problem::new(format!("[trust]: {bad}"));
        let trust = self.roots.trust().map_err(bad)?;
        let apple = self.roots.apple().map_err(bad)?;
        let given = Arc::new(Given { thresholds: self.thresholds, trust });
        for loaded in files {
            self.own_checks(loaded, &given)?;
        }
        for loaded in files {
            for waiver in &loaded.file.waiver {
                self.waivers.push(read_waiver(loaded, waiver.get_ref(), &self.own)?);
            }
        }
        let bad = |bad: BadSelection| Problem::new(bad.to_string());
        let selection = Selection::new(&what.only, &what.skip, &own_checks(&self.own)).map_err(bad)?;
        Ok(Settings {
            tenants: self.tenants.into_iter().map(Arc::new).collect(),
            certificates: self.certificates,
            push: self.push,
            apple: Arc::new(apple),
            servers: self.servers,
            scep: self.scep,
            own: self.own,
            selection,
            given,
            roots: self.roots,
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
        })
    }
}

/// The declared checks, each once.
pub fn own_checks(own: &[Arc<Own>]) -> Vec<&'static Check> {
    let mut seen = BTreeSet::new();
    own.iter().map(|own| own.check).filter(|check| seen.insert(check.id)).collect()
}

/// A file that is named can be opened, or the settings are wrong.
pub(super) fn openable(path: &Path) -> Result<(), String> {
    let failed = |why: std::io::Error| format!("cannot open {}: {why}", path.display());
    let kind = std::fs::metadata(path).map_err(failed)?;
    if kind.is_dir() {
        return Err(format!("cannot open {}: it is a folder", path.display()));
    }
    // Opening a pipe waits for its other end: that is left to the probe, which has a time for it.
    if kind.is_file() {
        std::fs::File::open(path).map_err(failed)?;
    }
    Ok(())
}

/// Every public root of every programme has less than a tenth of this.
const MOST_ROOTS: u64 = 16 * 1024 * 1024;

fn roots(loaded: &Loaded, paths: &[Spanned<PathBuf>]) -> Result<Vec<Octets>, Problem> {
    let mut certificates = Vec::new();
    for path in paths {
        let bytes = bounded::read(&loaded.beside(path.get_ref()), MOST_ROOTS).map_err(|why| {
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
