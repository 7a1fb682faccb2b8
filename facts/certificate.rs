//! A readable view over the DER of a certificate: names, dates, key, signature, extensions, fingerprints.

use std::cell::RefCell;
use std::collections::HashMap;

use jiff::Timestamp;
use ring::digest;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use x509_parser::certificate::X509Certificate;
use x509_parser::der_parser::oid;
use x509_parser::der_parser::oid::Oid;
use x509_parser::extensions::{DistributionPointName, GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;
use x509_parser::time::ASN1Time;
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

use crate::der::Signed;

/// RFC 4519, 2.39.
const USER_ID: Oid<'static> = oid!(0.9.2342.19200300.100.1.1);

/// What can be read from one certificate. Dates are instants; sizes are in bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// RFC 4514-like text, in the order of the certificate.
    pub subject: String,
    pub issuer: String,
    /// The names in DER, to compare them as RFC 5280 wants it for byte-identical encodings.
    pub subject_der: Vec<u8>,
    pub issuer_der: Vec<u8>,
    /// Upper-case hex without separators.
    pub serial: String,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
    /// DNS names and addresses of the subject alternative name.
    pub names: Vec<String>,
    pub authority: bool,
    /// How many authorities may stand below this one.
    pub path_length: Option<u32>,
    /// Whether the extended key usages allow a TLS server; none without that extension.
    pub for_servers: Option<bool>,
    /// Whether the extended key usages allow a TLS client; none without that extension.
    pub for_clients: Option<bool>,
    /// User ids of the subject (0.9.2342.19200300.100.1.1): the topic of an Apple push certificate.
    pub user_ids: Vec<String>,
    /// The object identifiers of its extensions.
    pub extensions: Vec<String>,
    /// Whether its key usage allows to sign certificates.
    pub signs_certificates: bool,
    /// Whether it constrains the names that may be signed below it.
    pub constrained: bool,
    pub key: Key,
    pub signature_oid: String,
    pub subject_key_id: Option<Vec<u8>>,
    pub authority_key_id: Option<Vec<u8>>,
    /// Where the issuer's own certificate can be had (AIA).
    pub issuer_urls: Vec<String>,
    /// Where an OCSP responder answers for it (AIA).
    pub ocsp_urls: Vec<String>,
    /// Where its issuer publishes revocation lists.
    pub crl_urls: Vec<String>,
    /// SubjectPublicKeyInfo in DER.
    pub public_key: Vec<u8>,
    /// Lower-case hex.
    pub sha256: String,
    pub sha1: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Key {
    Rsa { bits: usize },
    Ec { bits: usize },
    Other,
}

/// The bytes are not a certificate that can be read; the text says where it broke.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a readable X.509 certificate: {0}")]
pub struct Malformed(pub String);

impl Certificate {
    pub fn parse(der: &[u8]) -> Result<Self, Malformed> {
        let (rest, certificate) = X509Certificate::from_der(der).map_err(|e| Malformed(e.to_string()))?;
        if !rest.is_empty() {
            return Err(Malformed(format!("{} octets follow the certificate", rest.len())));
        }
        let mut view = Self {
            subject: text(certificate.subject()),
            issuer: text(certificate.issuer()),
            subject_der: certificate.subject().as_raw().to_vec(),
            issuer_der: certificate.issuer().as_raw().to_vec(),
            serial: hex(certificate.raw_serial()).to_ascii_uppercase(),
            not_before: timestamp(certificate.validity().not_before),
            not_after: timestamp(certificate.validity().not_after),
            names: Vec::new(),
            authority: false,
            path_length: None,
            for_servers: None,
            for_clients: None,
            user_ids: certificate.subject().iter_by_oid(&USER_ID).map(value).collect(),
            extensions: certificate.extensions().iter().map(|e| e.oid.to_id_string()).collect(),
            signs_certificates: false,
            constrained: false,
            key: key(&certificate),
            signature_oid: certificate.signature_algorithm.algorithm.to_id_string(),
            subject_key_id: None,
            authority_key_id: None,
            issuer_urls: Vec::new(),
            ocsp_urls: Vec::new(),
            crl_urls: Vec::new(),
            public_key: certificate.public_key().raw.to_vec(),
            sha256: sha256(der),
            sha1: hex(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, der).as_ref()),
        };
        for extension in certificate.extensions() {
            view.read(extension.parsed_extension());
        }
        Ok(view)
    }

    fn read(&mut self, extension: &ParsedExtension<'_>) {
        match extension {
            ParsedExtension::SubjectAlternativeName(names) => {
                self.names = names.general_names.iter().filter_map(dns_or_address).collect();
            }
            ParsedExtension::BasicConstraints(constraints) => {
                self.authority = constraints.ca;
                self.path_length = constraints.path_len_constraint;
            }
            ParsedExtension::ExtendedKeyUsage(usages) => {
                self.for_servers = Some(usages.server_auth || usages.any);
                self.for_clients = Some(usages.client_auth || usages.any);
            }
            ParsedExtension::KeyUsage(usage) => self.signs_certificates = usage.key_cert_sign(),
            ParsedExtension::NameConstraints(_) => self.constrained = true,
            ParsedExtension::SubjectKeyIdentifier(id) => self.subject_key_id = Some(id.0.to_vec()),
            ParsedExtension::AuthorityKeyIdentifier(id) => {
                self.authority_key_id = id.key_identifier.as_ref().map(|id| id.0.to_vec());
            }
            ParsedExtension::AuthorityInfoAccess(access) => {
                let of = |method: &str| {
                    let wanted =
                        access.accessdescs.iter().filter(|d| d.access_method.to_id_string() == method);
                    wanted.filter_map(|d| url(&d.access_location)).collect()
                };
                self.issuer_urls = of("1.3.6.1.5.5.7.48.2");
                self.ocsp_urls = of("1.3.6.1.5.5.7.48.1");
            }
            ParsedExtension::CRLDistributionPoints(points) => {
                let names = points.points.iter().filter_map(|point| match &point.distribution_point {
                    Some(DistributionPointName::FullName(names)) => Some(names),
                    _ => None,
                });
                self.crl_urls = names.flatten().filter_map(url).collect();
            }
            _ => {}
        }
    }

    /// Subject and issuer are the same name: a root, or a certificate that stands for itself.
    pub fn self_issued(&self) -> bool {
        self.subject_der == self.issuer_der
    }

    /// Whether that certificate's name, and its key identifier where both have one, fit as this one's issuer.
    pub fn may_be_issued_by(&self, other: &Self) -> bool {
        self.issuer_der == other.subject_der
            && match (&self.authority_key_id, &other.subject_key_id) {
                (Some(wanted), Some(found)) => wanted == found,
                _ => true,
            }
    }

    /// The digest of a signature that no platform accepts any more.
    pub fn weak_signature(&self) -> Option<&'static str> {
        match self.signature_oid.as_str() {
            "1.2.840.113549.1.1.5" | "1.3.14.3.2.29" | "1.2.840.10045.4.1" | "1.2.840.10040.4.3" => {
                Some("SHA-1")
            }
            "1.2.840.113549.1.1.4" | "1.3.14.3.2.3" => Some("MD5"),
            "1.2.840.113549.1.1.2" => Some("MD2"),
            _ => None,
        }
    }

    /// The common name of the subject, or the whole subject where there is none.
    pub fn short_name(&self) -> &str {
        short(&self.subject)
    }

    pub fn short_issuer(&self) -> &str {
        short(&self.issuer)
    }

    /// A certificate in evidence: what an administrator compares, not its bytes, and no more of it than a report can
    /// hold.
    pub fn summary(der: &[u8]) -> Value {
        if der.len() > KEPT_OCTETS {
            return Self::summarized(der);
        }
        SUMMARIES.with_borrow_mut(|kept| {
            if let Some(known) = kept.get(der) {
                return known.clone();
            }
            if kept.len() >= KEPT {
                kept.clear();
            }
            let summary = Self::summarized(der);
            kept.insert(der.into(), summary.clone());
            summary
        })
    }

    fn summarized(der: &[u8]) -> Value {
        let shortened = |text: &str| text.chars().take(SHOWN_CHARACTERS).collect::<String>();
        match Self::parse(der) {
            Ok(view) => json!({
                "subject": shortened(&view.subject),
                "issuer": shortened(&view.issuer),
                "not_before": view.not_before,
                "not_after": view.not_after,
                "names": view.names.iter().take(SHOWN_NAMES).map(|name| shortened(name)).collect::<Vec<_>>(),
                "names_in_all": view.names.len(),
                "sha256": view.sha256,
            }),
            Err(malformed) => json!({ "malformed": shortened(&malformed.0), "octets": der.len() }),
        }
    }
}

thread_local! {
    /// Thousands of answers come with the same few certificates.
    static SUMMARIES: RefCell<HashMap<Box<[u8]>, Value>> = RefCell::default();
}

const KEPT: usize = 256;
/// Larger certificates are rare, and not worth the memory.
const KEPT_OCTETS: usize = 4096;

/// A certificate may carry names by the thousand.
const SHOWN_NAMES: usize = 8;
const SHOWN_CHARACTERS: usize = 256;
/// RFC 5280 (appendix A.1) has at most 64 characters to most attributes.
const LONGEST_NAME: usize = 512;

fn short(name: &str) -> &str {
    name.split(", ").find_map(|part| part.strip_prefix("CN=")).unwrap_or(name)
}

/// The names' text as the library gives it; a name that it cannot print is shown as what it is.
fn text(name: &X509Name<'_>) -> String {
    match name.to_string() {
        text if text.is_empty() => "(no name)".to_owned(),
        text => match text.char_indices().nth(LONGEST_NAME) {
            Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
            None => text,
        },
    }
}

/// The value of an attribute as text, whatever its type; what is no UTF-8 is replaced.
fn value(attribute: &AttributeTypeAndValue<'_>) -> String {
    String::from_utf8_lossy(attribute.as_slice()).into_owned()
}

/// A date past what the calendar library knows (9999-12-31 stands for "no end", RFC 5280) is its last instant.
pub(crate) fn timestamp(time: ASN1Time) -> Timestamp {
    let second = time.timestamp();
    Timestamp::from_second(second).unwrap_or(if second < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

fn key(certificate: &X509Certificate<'_>) -> Key {
    match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => Key::Rsa { bits: key.key_size() },
        Ok(PublicKey::EC(point)) => Key::Ec { bits: point.key_size() },
        _ => Key::Other,
    }
}

fn url(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::URI(url) => Some((*url).to_owned()),
        _ => None,
    }
}

fn dns_or_address(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(octets) => match octets.len() {
            4 => <[u8; 4]>::try_from(*octets).ok().map(|o| std::net::Ipv4Addr::from(o).to_string()),
            16 => <[u8; 16]>::try_from(*octets).ok().map(|o| std::net::Ipv6Addr::from(o).to_string()),
            _ => None,
        },
        _ => None,
    }
}

/// Whether the key of one certificate made the signature of another.
pub fn is_signed_by(child: &[u8], issuer: &[u8]) -> bool {
    X509Certificate::from_der(issuer).is_ok_and(|(_, issuer)| is_signed_with(child, issuer.public_key().raw))
}

/// The same for a key alone, as SubjectPublicKeyInfo in DER.
pub fn is_signed_with(child: &[u8], key: &[u8]) -> bool {
    Signed::parse(child).is_ok_and(|signed| signed.by(key))
}

/// A fingerprint, in lower-case hex.
pub fn sha256(octets: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, octets).as_ref())
}

/// Lower-case hex without separators.
pub fn hex(octets: &[u8]) -> String {
    let digits = octets.iter().flat_map(|octet| [octet >> 4, octet & 0xf]);
    let mut text = String::with_capacity(octets.len() * 2);
    text.extend(digits.filter_map(|digit| char::from_digit(digit.into(), 16)));
    text
}
