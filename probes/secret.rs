//! Credentials. Not serialisable by type, so that they cannot reach a recording, a report or a log.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
pub use secrecy::{ExposeSecret, SecretString};

/// Passwords by the name that questions know them by.
#[derive(Clone, Debug, Default)]
pub struct Secrets(BTreeMap<String, SecretString>);

impl Secrets {
    pub fn insert(&mut self, name: impl Into<String>, secret: SecretString) {
        self.0.insert(name.into(), secret);
    }

    pub fn named(&self, name: &str) -> Option<&SecretString> {
        self.0.get(name)
    }
}

/// A ready `Proxy-Authorization` value (RFC 7617).
#[derive(Clone, Debug)]
pub struct BasicCredentials(SecretString);

impl BasicCredentials {
    pub fn new(user: &str, password: &SecretString) -> Self {
        let pair = format!("{user}:{}", password.expose_secret());
        Self(format!("Basic {}", STANDARD.encode(pair)).into())
    }

    /// Only for the header of a request to the proxy itself.
    pub(crate) fn header(&self) -> &str {
        self.0.expose_secret()
    }
}

impl BasicCredentials {
    /// A header value that the environment's own URL already gave.
    pub(crate) fn from_header(value: &str) -> Self {
        Self(value.to_owned().into())
    }
}
