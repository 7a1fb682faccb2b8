//! Certificates of any shape: a public root of the laboratory, its intermediate, and an inspecting proxy's root.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;

const DAY: u64 = 24 * 60 * 60;

/// When a certificate is valid, in days from now.
#[derive(Clone, Copy, Debug)]
pub struct Dates {
    pub from_days: i64,
    pub until_days: i64,
}

impl Default for Dates {
    fn default() -> Self {
        Self { from_days: -1, until_days: 90 }
    }
}

/// Everybody who signs in the laboratory.
pub struct Authority {
    root: CertifiedIssuer<'static, KeyPair>,
    intermediate: CertifiedIssuer<'static, KeyPair>,
    inspector: CertifiedIssuer<'static, KeyPair>,
    stranger: CertifiedIssuer<'static, KeyPair>,
}

/// Whose signature stands under a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Issuer {
    Intermediate,
    Inspector,
    Stranger,
    Itself,
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

impl Authority {
    pub fn new() -> Self {
        let root = CertifiedIssuer::self_signed(authority("Lab Public Root"), key()).expect("a root");
        let intermediate = CertifiedIssuer::signed_by(authority("Lab Public Intermediate"), key(), &root)
            .expect("an intermediate");
        let inspector =
            CertifiedIssuer::self_signed(authority("Contoso Web Gateway Root"), key()).expect("a root");
        let stranger = CertifiedIssuer::self_signed(authority("Unheard-of Root"), key()).expect("a root");
        Self { root, intermediate, inspector, stranger }
    }

    pub fn root_pem(&self) -> String {
        self.root.pem()
    }

    pub fn inspector_pem(&self) -> String {
        self.inspector.pem()
    }

    /// A leaf for the names, as PEM, for files.
    pub fn leaf_pem(&self, names: &[&str], dates: Dates) -> String {
        self.sign(names, Issuer::Intermediate, dates).0.pem()
    }

    /// A chain and its key as PEM, for servers that read files.
    pub fn server_pem(&self, names: &[&str], complete: bool) -> (String, String) {
        let (leaf, key) = self.sign(names, Issuer::Intermediate, Dates::default());
        let rest = if complete { self.intermediate.pem() } else { String::new() };
        (format!("{}{rest}", leaf.pem()), key.serialize_pem())
    }

    /// A leaf with its key and what is served behind it.
    pub fn certified(
        &self,
        names: &[&str],
        issuer: Issuer,
        dates: Dates,
        complete: bool,
    ) -> Arc<CertifiedKey> {
        let (leaf, key) = self.sign(names, issuer, dates);
        let mut chain: Vec<CertificateDer<'static>> = vec![leaf.der().clone()];
        if complete {
            match issuer {
                Issuer::Intermediate => chain.push(self.intermediate.der().clone()),
                Issuer::Inspector => chain.push(self.inspector.der().clone()),
                Issuer::Stranger => chain.push(self.stranger.der().clone()),
                Issuer::Itself => {}
            }
        }
        let der = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let signing = rustls::crypto::ring::sign::any_supported_type(&der).expect("a key that ring can use");
        Arc::new(CertifiedKey::new(chain, signing))
    }

    fn sign(&self, names: &[&str], issuer: Issuer, dates: Dates) -> (rcgen::Certificate, KeyPair) {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let mut params =
            CertificateParams::new(names.clone()).expect("names that can stand in a certificate");
        params.distinguished_name.push(DnType::CommonName, names.first().cloned().unwrap_or_default());
        params.not_before = in_days(dates.from_days).into();
        params.not_after = in_days(dates.until_days).into();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let key = key();
        let leaf = match issuer {
            Issuer::Intermediate => params.signed_by(&key, &self.intermediate),
            Issuer::Inspector => params.signed_by(&key, &self.inspector),
            Issuer::Stranger => params.signed_by(&key, &self.stranger),
            Issuer::Itself => params.self_signed(&key),
        };
        (leaf.expect("a leaf"), key)
    }
}

pub(crate) fn key() -> KeyPair {
    KeyPair::generate().expect("a key")
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = in_days(-365).into();
    params.not_after = in_days(3650).into();
    params
}

pub(crate) fn in_days(days: i64) -> SystemTime {
    let length = Duration::from_secs(days.unsigned_abs() * DAY);
    if days < 0 { SystemTime::now() - length } else { SystemTime::now() + length }
}
