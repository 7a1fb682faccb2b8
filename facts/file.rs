//! Certificates in files.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::certificate::Certificate;
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
    Certificates { format: Format, certificates: Vec<Octets> },
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
            Self::Certificates { format, certificates } => json!({
                "format": format,
                "certificates": certificates.iter().map(|der| Certificate::summary(der)).collect::<Vec<_>>(),
            }),
            Self::Unreadable(why) => json!({ "unreadable": why }),
        }
    }
}
