//! What checks are put to: domains and their tenants, endpoints, files.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use facts::{Name, file};
use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;

use crate::chain::Trust;
use crate::clouds::Cloud;
use crate::inspection::Survey;
use crate::text::Message;

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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// An organisation, as the settings describe it.
#[derive(Clone, Debug)]
pub struct Tenant {
    pub name: String,
    pub domains: Vec<Name>,
    /// None: to be discovered.
    pub cloud: Option<Cloud>,
    pub platforms: BTreeSet<Platform>,
    /// None: not said.
    pub automatic_enrollment: Option<bool>,
    pub account_driven: bool,
    /// The host of the federation service, where the settings name it.
    pub federation: Option<Name>,
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
