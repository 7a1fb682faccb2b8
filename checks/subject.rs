//! What checks are put to: domains and their tenants, endpoints, files.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use facts::{Name, file};
use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;

use crate::apple::Authorities;
use crate::chain::Trust;
use crate::clouds::Cloud;
use crate::inspection::Survey;
use crate::text::{Message, Text};

/// The platforms that enroll.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    Windows,
    Ios,
    Macos,
    Android,
}

impl Platform {
    pub const ALL: [Self; 4] = [Self::Windows, Self::Ios, Self::Macos, Self::Android];

    pub fn name(self) -> &'static str {
        match self {
            Self::Windows => "Windows",
            Self::Ios => "iOS",
            Self::Macos => "macOS",
            Self::Android => "Android",
        }
    }
}

/// What the settings say that judgements need.
pub struct Given {
    pub thresholds: Thresholds,
    pub trust: Trust,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thresholds {
    pub certificate_warn: Duration,
    pub certificate_fail: Duration,
    pub clock_skew_warn: Duration,
    pub clock_skew_fail: Duration,
    pub slow: Duration,
}

impl Default for Thresholds {
    fn default() -> Self {
        const DAY: u64 = 24 * 60 * 60;
        Self {
            certificate_warn: Duration::from_secs(30 * DAY),
            certificate_fail: Duration::from_secs(7 * DAY),
            clock_skew_warn: Duration::from_secs(5 * 60),
            clock_skew_fail: Duration::from_secs(12 * 60 * 60),
            slow: Duration::from_secs(3),
        }
    }
}

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HostPort {
    pub host: Name,
    pub port: u16,
}

impl std::fmt::Display for HostPort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// What a server of the organisation's own is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Purpose {
    /// Users sign in there.
    FederationService,
    /// Devices get certificates there.
    ScepServer,
    /// Apple devices learn there where to enroll (account-driven enrollment).
    AppleDiscovery,
    /// Named in the settings or on the command line.
    Named,
}

impl Purpose {
    pub fn in_words(self) -> Text {
        match self {
            Self::FederationService => Text::new("federation service", "service de fédération"),
            Self::ScepServer => Text::new("SCEP server", "serveur SCEP"),
            Self::AppleDiscovery => {
                Text::new("Apple account-driven discovery", "découverte Apple par le compte")
            }
            Self::Named => {
                Text::new("server named for this check", "serveur désigné pour cette vérification")
            }
        }
    }
}

/// A TLS server that devices use.
pub struct Server {
    pub at: HostPort,
    pub purposes: BTreeSet<Purpose>,
    pub platforms: BTreeSet<Platform>,
    /// Another identity provider's: not the organisation's to change.
    pub foreign: bool,
    pub given: Arc<Given>,
}

impl Server {
    pub fn is(&self, purpose: Purpose) -> bool {
        self.purposes.contains(&purpose)
    }
}

/// A tenant's federation service, or the fact that it has none.
#[derive(Clone)]
pub struct Federation {
    pub tenant: Arc<Tenant>,
    pub given: Arc<Given>,
    pub service: Option<Service>,
    /// Whether there is one could not be learnt.
    pub unlearnt: bool,
}

/// A federation service: AD FS, or another identity provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    pub at: HostPort,
    pub adfs: bool,
    /// Where the cloud sends users; none where only the settings name the service.
    pub sign_in: Option<String>,
    /// The domains that the cloud says are federated with it; all of the tenant's where the settings name it.
    pub domains: Vec<Name>,
}

/// An organisation, as the settings describe it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tenant {
    pub name: String,
    pub domains: Vec<Name>,
    /// None: to be discovered.
    pub cloud: Option<Cloud>,
    pub platforms: BTreeSet<Platform>,
    /// None: not said.
    pub automatic_enrollment: Option<bool>,
    pub account_driven: bool,
    /// The federation service, where the settings name it; it is AD FS then.
    pub federation: Option<HostPort>,
    pub scep: Vec<Arc<ScepTarget>>,
    /// Other TLS servers of the organisation's own that devices use.
    pub servers: Vec<HostPort>,
    /// A `[[tenant]]` of a file; false for domains that only stand together on a command line.
    pub configured: bool,
}

/// One domain of a tenant.
pub struct Domain {
    pub name: Name,
    pub tenant: Arc<Tenant>,
    pub given: Arc<Given>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grade {
    /// Strictest first, so that the smaller of two holds.
    Core,
    Feature,
    Legacy,
    NotTested,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    Https,
    Tls,
    Http,
    Tcp,
    Udp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Preferred,
    Fallback,
}

/// What a plain-HTTP connectivity test must answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Canary {
    pub path: String,
    pub status: u16,
    /// A part of the body.
    pub body: String,
}

/// One host and port that devices need, with everything that the list says of it.
#[derive(Clone, Debug)]
pub struct Endpoint {
    pub host: Name,
    pub port: u16,
    pub grade: Grade,
    pub transport: Transport,
    pub purpose: Message,
    /// The feature that needs it, by its key in the list.
    pub feature: Option<String>,
    pub why: Option<Message>,
    pub platforms: BTreeSet<Platform>,
    pub service: Option<String>,
    pub role: Option<Role>,
    /// A fallback that is left alone while the same host's preferred port answers.
    pub only_after_preferred: bool,
    pub inspection_forbidden: bool,
    pub unauthenticated: bool,
    pub vendor: String,
    pub canary: Option<Canary>,
    pub represented_by: Vec<String>,
    /// What firewalls must let through: more than what is probed, for some.
    pub open: Vec<u16>,
    /// Where it says so.
    pub sources: Vec<String>,
}

impl Endpoint {
    pub fn subject(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// Whether anything is sent to it at all.
    pub fn probed(&self) -> bool {
        let named = !self.host.as_str().starts_with('*') && self.transport != Transport::Udp;
        named && self.grade != Grade::NotTested
    }

    /// Whether a certificate is seen on a visit.
    pub fn speaks_tls(&self) -> bool {
        matches!(self.transport, Transport::Https | Transport::Tls)
    }
}

/// All endpoints of a run, and what they show together.
pub struct Landscape {
    pub endpoints: Vec<Endpoint>,
    pub cloud: Cloud,
    /// Whether every endpoint is visited in this run, or only the core where a check needs a look.
    pub everything: bool,
    pub given: Arc<Given>,
    pub(crate) survey: OnceCell<Arc<Survey>>,
}

impl Landscape {
    pub fn new(endpoints: Vec<Endpoint>, cloud: Cloud, everything: bool, given: Arc<Given>) -> Self {
        Self { endpoints, cloud, everything, given, survey: OnceCell::new() }
    }

    /// The other rows that meet the same need.
    pub fn alternatives<'a>(&'a self, endpoint: &'a Endpoint) -> impl Iterator<Item = &'a Endpoint> {
        let same =
            |other: &&Endpoint| other.service == endpoint.service && other.subject() != endpoint.subject();
        self.endpoints.iter().filter(|_| endpoint.service.is_some()).filter(same)
    }

    /// The endpoints that this run visits anyway.
    pub fn visited(&self) -> impl Iterator<Item = &Endpoint> {
        let wanted = |e: &&Endpoint| e.probed() && (self.everything || e.grade == Grade::Core);
        self.endpoints.iter().filter(wanted)
    }
}

/// A certificate file, as the user named it and as it is asked for.
pub struct CertificateFile {
    pub shown: String,
    pub question: file::Certificates,
    pub given: Arc<Given>,
}

/// What kind of SCEP server it is: that decides what its bare address may answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScepKind {
    Ndes,
    ThirdParty,
    CloudPki,
}

/// A SCEP server as the settings or the command line name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScepTarget {
    /// As a URL parser normalises it.
    pub url: url::Url,
    pub kind: ScepKind,
    /// Of the CA that profiles name: SHA-1 or SHA-256 in lower-case hex.
    pub ca_thumbprint: Option<String>,
}

/// Why a text is not the address of a SCEP server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadScepUrl {
    #[error("not a URL: {0}")]
    NotAUrl(String),
    #[error("not an http:// or https:// URL with a host")]
    Scheme,
    #[error("the URL holds credentials, which SCEP does not know")]
    Credentials,
    #[error(
        "each view of the mscep_admin page uses up an enrollment password; name the address of the server itself, which ends in mscep.dll"
    )]
    AdminPage,
}

impl ScepTarget {
    pub fn parse(
        text: &str,
        kind: Option<ScepKind>,
        ca_thumbprint: Option<String>,
    ) -> Result<Self, BadScepUrl> {
        let mut url = url::Url::parse(text.trim()).map_err(|why| BadScepUrl::NotAUrl(why.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().and_then(Name::of_host).is_none() {
            return Err(BadScepUrl::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BadScepUrl::Credentials);
        }
        let path = url.path().to_ascii_lowercase();
        if path.contains("mscep_admin") {
            return Err(BadScepUrl::AdminPage);
        }
        url.set_fragment(None);
        let inferred = if path.contains("/certsrv/mscep/") { ScepKind::Ndes } else { ScepKind::ThirdParty };
        Ok(Self { url, kind: kind.unwrap_or(inferred), ca_thumbprint })
    }

    pub fn at(&self) -> HostPort {
        let port = self.url.port_or_known_default().unwrap_or(443);
        HostPort { host: Name::from_wire(self.url.host_str().unwrap_or_default()), port }
    }

    pub fn speaks_tls(&self) -> bool {
        self.url.scheme() == "https"
    }
}

/// A SCEP server in a run.
pub struct ScepServer {
    pub target: Arc<ScepTarget>,
    pub platforms: BTreeSet<Platform>,
    pub given: Arc<Given>,
}

/// Apple's MDM push certificate in a file, and the one that it follows where that is named too.
pub struct PushCertificate {
    pub shown: String,
    pub question: file::Certificates,
    pub previous: Option<PreviousCertificate>,
    /// The anchors of Apple's that count.
    pub apple: Arc<Authorities>,
    pub given: Arc<Given>,
}

/// The push certificate that was in use until now.
pub struct PreviousCertificate {
    pub shown: String,
    pub question: file::Certificates,
}
