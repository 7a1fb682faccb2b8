//! Certificates in files.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::certificate::{Certificate, sha256};
use crate::octets::Octets;

/// Every certificate of a file, whatever wraps them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Certificates {
    /// Absolute, or relative to the working directory.
    pub path: String,
    /// Which secret opens it (PKCS#12); the secret itself never stands in a question.
    pub password: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Contents {
    Certificates {
        format: Format,
        certificates: Vec<Octets>,
        /// What lies beside them in the way of private keys, without anything secret.
        keys: Vec<Key>,
    },
    Unreadable(Unreadable),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    Pem,
    Der,
    Pkcs7,
    Pkcs12,
}

/// A private key in a file: what may be told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Key {
    /// The public key that goes with it, as SubjectPublicKeyInfo in DER.
    Public(Octets),
    /// Protected by a passphrase of its own.
    Encrypted,
    /// Of a kind whose public key is not written beside it, or not readable.
    Unreadable,
}

/// Whether a file is there, and whether a text stands in it. What else it holds is nobody's business.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Look {
    /// Absolute, or relative to the working directory.
    pub path: String,
    pub contains: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Looked {
    Missing,
    /// In the operating system's own words.
    Unreadable(String),
    Found {
        bytes: u64,
        /// None: no text was looked for.
        contains: Option<bool>,
    },
}

impl Looked {
    pub fn evidence(&self) -> Value {
        match self {
            Self::Missing => json!({ "found": false }),
            Self::Unreadable(why) => json!({ "unreadable": why }),
            Self::Found { bytes, contains } => json!({ "found": true, "bytes": bytes, "contains": contains }),
        }
    }
}

/// Why a file gave no certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unreadable {
    /// The operating system's own words.
    Os(String),
    /// Larger than what a certificate file can reasonably be, in bytes.
    TooLarge(u64),
    Empty,
    /// It holds a key, a request or something else, named here, but no certificate.
    NoCertificate(Vec<String>),
    /// It opens like a known format and breaks off or contradicts itself.
    Damaged(String),
    WrongPassword,
    PasswordMissing,
    /// It begins like nothing known.
    UnknownFormat,
}

impl Contents {
    pub fn evidence(&self) -> Value {
        match self {
            Self::Certificates { format, certificates, keys } => {
                let certificates: Vec<Value> =
                    certificates.iter().map(|der| Certificate::summary(der)).collect();
                let mut value = json!({ "format": format, "certificates": certificates });
                if let (false, Some(map)) = (keys.is_empty(), value.as_object_mut()) {
                    map.insert("private_keys".into(), keys.iter().map(Key::evidence).collect());
                }
                value
            }
            Self::Unreadable(why) => json!({ "unreadable": why }),
        }
    }
}

impl Key {
    /// The public half by its digest.
    pub fn evidence(&self) -> Value {
        match self {
            Self::Public(key) => json!({ "public_key_sha256": sha256(key) }),
            Self::Encrypted => "encrypted".into(),
            Self::Unreadable => "unreadable".into(),
        }
    }
}
