//! Certificate revocation lists, read down to what judgements need: a list may have a million entries.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::http;
use crate::octets::Octets;
use crate::vantage::Way;

/// One list by its URL, and whether a certain key signed it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Fetch {
    pub url: String,
    pub way: Way,
    /// SubjectPublicKeyInfo of the authority whose list it should be, in DER.
    pub signer: Octets,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fetched {
    List(List),
    /// An HTTP answer that is not 200.
    Status(u16),
    /// Longer than a list may be; the bound in octets.
    TooLarge(usize),
    /// What came is not a list: where it broke.
    Malformed(String),
    Failed(http::Failure),
}

/// What a list says. Serial numbers are kept as they stand in the certificates, sorted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct List {
    /// The issuer's name in DER.
    pub issuer: Octets,
    pub this_update: Timestamp,
    pub next_update: Option<Timestamp>,
    /// Whether the asked key signed it.
    pub signed: bool,
    pub covers: Covers,
    /// The addresses that the list says it is published at; none where it does not say (RFC 5280, 5.2.5).
    pub points: Vec<String>,
    pub revoked: Vec<Entry>,
    pub octets: usize,
}

/// Whose certificates a list speaks of, by its own words (RFC 5280, 5.2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Covers {
    /// All that its issuer signed.
    Everything,
    EndEntities,
    Authorities,
    /// Less than can be relied on: some reasons only, changes only, other issuers' certificates, or what an unknown
    /// critical extension says.
    Part,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Entry {
    /// Upper-case hex without separators, as [`crate::Certificate::serial`].
    pub serial: String,
    pub since: Timestamp,
}

impl List {
    /// Since when a serial number is revoked.
    pub fn revoked_since(&self, serial: &str) -> Option<Timestamp> {
        let place = self.revoked.binary_search_by(|entry| entry.serial.as_str().cmp(serial)).ok()?;
        self.revoked.get(place).map(|entry| entry.since)
    }
}

impl Fetched {
    pub fn evidence(&self) -> Value {
        match self {
            Self::List(list) => json!({
                "this_update": list.this_update,
                "next_update": list.next_update,
                "signed_by_issuer": list.signed,
                "covers": list.covers,
                "entries": list.revoked.len(),
                "octets": list.octets,
            }),
            Self::Status(status) => json!({ "status": status }),
            Self::TooLarge(most) => json!({ "failure": "too large", "bound": most }),
            Self::Malformed(why) => json!({ "failure": "not a CRL", "why": why }),
            Self::Failed(failure) => json!({ "failure": failure.to_string() }),
        }
    }
}
