//! What a SCEP server answers (RFC 8894), beyond plain documents.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::file::{Format, Unreadable};
use crate::http;
use crate::octets::Octets;
use crate::vantage::Way;
use crate::{Certificate, tcp};

/// `GetCACert`: the server's own certificates.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CaCertificates {
    /// With operation and message.
    pub url: String,
    pub way: Way,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authority {
    pub outcome: Result<Answered, http::Failure>,
}

/// An HTTP answer, and what could be read of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    pub status: u16,
    pub content_type: Option<String>,
    pub octets: usize,
    /// Whether it came as text (PEM, base64), not in binary.
    pub text: bool,
    /// The certificates in their order, and in what form they came.
    pub read: Result<(Format, Vec<Octets>), Unreadable>,
}

impl Authority {
    pub fn evidence(&self) -> Value {
        match &self.outcome {
            Err(failure) => json!({ "failure": failure.to_string() }),
            Ok(answered) => {
                let mut value = json!({
                    "status": answered.status,
                    "content_type": answered.content_type,
                    "octets": answered.octets,
                });
                if let (Ok((format, certificates)), Some(map)) = (&answered.read, value.as_object_mut()) {
                    map.insert("format".into(), json!(format));
                    let certificates = certificates.iter().take(SHOWN).map(|der| Certificate::summary(der));
                    map.insert("certificates".into(), certificates.collect());
                }
                value
            }
        }
    }
}

/// An answer may hold certificates by the thousand.
const SHOWN: usize = 16;

/// How long a request may be: `GetCACaps` with a padded message, again and again.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LongestRequest {
    /// With its query up to the message that is padded.
    pub url: String,
    pub way: Way,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Longest {
    /// What was tried, in its order.
    pub tried: Vec<Try>,
}

/// One request and how it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Try {
    /// Octets of the whole request target, path and query.
    pub octets: usize,
    pub end: End,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    Passed,
    /// A status that servers give to requests that are too long.
    TooLong(u16),
    /// Something else than the short request got: a gateway or a firewall between.
    Other(u16),
    /// A web page where capabilities were asked for.
    Page,
    Failed(tcp::Failure),
}

impl Longest {
    /// The longest that passed; none did where it is 0.
    pub fn passed(&self) -> usize {
        let passed = self.tried.iter().filter(|tried| tried.end == End::Passed);
        passed.map(|tried| tried.octets).max().unwrap_or_default()
    }

    /// The shortest that was too long, and its status.
    pub fn refused(&self) -> Option<(usize, u16)> {
        let refused = self.tried.iter().filter_map(|tried| match tried.end {
            End::TooLong(status) => Some((tried.octets, status)),
            _ => None,
        });
        refused.min()
    }

    /// What made the asking stop.
    pub fn blocked(&self) -> Option<&Try> {
        self.tried.last().filter(|tried| !matches!(tried.end, End::Passed | End::TooLong(_)))
    }

    pub fn evidence(&self) -> Value {
        json!({ "tried": self.tried })
    }
}
